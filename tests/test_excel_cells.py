"""Cells of a workbook that hold no value: told with their address, never taken for empty."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from gis.errors import DeliveryError
from gis.intake.doctor.examine import examine
from gis.intake.read import Reading, read
from tests.conftest import Server
from tests.intake_samples import write_workbook, write_xls
from tests.shared_data import SHARED, needs_shared
from tests.stores import Store, copied
from tests.workbook_samples import write_xlsb, write_xlsx

HEADER = ["电子监管号", "面积(公顷)", "成交价格(万元)", "合同签订日期", "供地方式"]
WHOLE = ["1506992024B00001", 1.5, 300, "2022-01-15", "出让"]
KEY = WHOLE[0]


def told(reading: Reading, *codes: str) -> list[tuple[Any, ...]]:
    """Row, field, code and value of the issues of these codes, by field."""
    issues = reading.issues[reading.issues["code"].isin(codes)].sort_values(["row_no", "field"])
    return [tuple(row) for row in issues[["row_no", "field", "code", "value"]].to_numpy()]


@pytest.fixture(scope="module")
def store(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("cells")
    with copied(server, pattern, f"landwatch_cells_{os.getpid()}", folder) as store:
        yield store


def stored(store: Store, key: str) -> tuple[Any, ...]:
    with store.connect() as connection:
        row = connection.execute(
            "SELECT area_m2, price_fen, signed_on::text, supply_way FROM landwatch.supplies"
            " WHERE key = %s AND to_delivery IS NULL",
            (key,),
        ).fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize(
    ("error", "spoiled"),
    [
        ("#N/A", '<c t="e"><v>#N/A</v></c>'),
        ("#DIV/0!", "<c t='e'><f>1/0</f><v>#DIV/0!</v></c>"),
        ("#SPILL!", '<c s="1" t="e" cm="1"><v>#SPILL!</v></c>'),
        ("#CALC!", '<c t="e"><v>#CALC!</v></c>'),
        ("#NULL!", '<c t = "e"><v>#NULL!</v></c>'),
    ],
)
def test_an_error_cell_is_told_with_its_address(tmp_path: Path, error: str, spoiled: str) -> None:
    row = [KEY, spoiled, spoiled, spoiled, spoiled]
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, row])
    reading = read(path, "supplies")
    assert told(reading, "cell_error") == [
        (2, "area_m2", "cell_error", error),
        (2, "price_fen", "cell_error", error),
        (2, "signed_on", "cell_error", error),
        (2, "supply_way", "cell_error", error),
    ]
    messages = " ".join(reading.issues["message"])
    assert all(f"单元格 {letter}2" in messages for letter in "BCDE")
    assert "保存" in reading.issues["fix"].iloc[0]
    assert examine(path, "supplies").grade == "conditional"


@pytest.mark.parametrize(
    "formula",
    [
        "<c><f>15/15</f></c>",
        "<c><f>15/15</f><v></v></c>",
        "<c><f>15/15</f><v/></c>",
        '<c><f t="shared" si="0"/></c>',
        '<c t="str"><f>15/15</f></c>',
    ],
)
def test_a_formula_without_a_stored_value_is_told(tmp_path: Path, formula: str) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, [KEY, formula, 300, "2022-01-15", "出让"]])
    (found,) = told(read(path, "supplies"), "formula_without_value")
    assert found[:3] == (2, "area_m2", "formula_without_value")
    assert examine(path, "supplies").grade == "conditional"


def test_a_formula_that_gives_an_empty_text_is_an_empty_cell(tmp_path: Path) -> None:
    empty = '<c t="str"><f>IF(A2="","",1)</f><v></v></c>'
    path = write_xlsx(tmp_path / "a.xlsx", [HEADER, [KEY, 1.5, empty, "2022-01-15", "出让"]])
    reading = read(path, "supplies")
    assert told(reading, "formula_without_value", "cell_error") == []
    assert reading.rows["price_fen"].isna().all()
    assert examine(path, "supplies").grade == "ready"


def test_a_formula_with_its_value_is_read_like_a_value(tmp_path: Path) -> None:
    row = [KEY, "<c><f>3/2</f><v>1.5</v></c>", 300, "2022-01-15", "出让"]
    reading = read(write_xlsx(tmp_path / "a.xlsx", [HEADER, row]), "supplies")
    assert reading.rows["area_m2"].tolist() == [15_000.0]  # 1.5 x 10,000
    assert reading.issues.empty


def test_results_of_a_workbook_that_asks_to_be_recalculated_are_doubted(tmp_path: Path) -> None:
    # XlsxWriter and its like store 0 for what they cannot work out.
    row = [KEY, "<c><f>3/2</f><v>0</v></c>", "<c><f>B2*200</f><v>300</v></c>", "2022-01-15", "出让"]
    path = write_xlsx(
        tmp_path / "a.xlsx", [HEADER, row], calculation='<calcPr calcId="1" fullCalcOnLoad="1"/>'
    )
    reading = read(path, "supplies")
    assert told(reading, "formula_without_value") == [
        (2, "area_m2", "formula_without_value", "=3/2")
    ]
    assert "recalculated_formula" in reading.issues["code"].tolist()
    assert reading.rows["price_fen"].tolist() == [300_000_000]  # 300 万元 in fen
    assert reading.rows["area_m2"].isna().all()


def test_the_key_of_a_row_may_not_be_an_error(tmp_path: Path) -> None:
    error = '<c t="e"><v>#REF!</v></c>'
    rows = [["文号", "电子监管号", "签订日期"], [error, KEY, "2022-01-15"], ["延1", error, error]]
    reading = read(write_xlsx(tmp_path / "a.xlsx", rows), "extensions")
    assert len(reading.rows) == 0
    errors = reading.issues[reading.issues["severity"] == "error"]
    assert errors[["row_no", "field"]].to_numpy().tolist() == [
        [2, "document"], [3, "supply_no"], [3, "signed_on"]
    ]  # fmt: skip
    assert errors["raw"].iloc[0] == {
        "文号": "#REF!", "电子监管号": KEY, "签订日期": "2022-01-15"
    }  # fmt: skip


def test_cells_in_other_words_of_xml_are_found_too(tmp_path: Path) -> None:
    rows = (
        '<x:row><x:c t="inlineStr"><x:is><x:t>电子监管号</x:t></x:is></x:c>'
        '<x:c t="inlineStr"><x:is><x:t>面积(公顷)</x:t></x:is></x:c></x:row>'
        '<!-- <c t="e"/> --><x:row><x:c t="inlineStr"><x:is><x:t>A1</x:t></x:is></x:c>'
        '<x:c t="e"><x:v>#NUM!</x:v></x:c></x:row>'
    )
    sheet = (
        '<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<x:sheetData>{rows}</x:sheetData></x:worksheet>"
    )
    reading = read(write_xlsx(tmp_path / "a.xlsx", [], sheet=sheet), "supplies")
    assert told(reading, "cell_error") == [(2, "area_m2", "cell_error", "#NUM!")]
    assert "单元格 B2" in reading.issues["message"].iloc[0]


def test_a_document_type_in_a_workbook_is_refused(tmp_path: Path) -> None:
    sheet = (
        '<!DOCTYPE w [<!ENTITY a "AAAAAAAA"><!ENTITY b "&a;&a;">]>'
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>电子监管号</t></is></c></row>'
        '<row r="2"><c r="A2" t="e"><v>#N/A</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(DeliveryError, match="打不开"):
        read(write_xlsx(tmp_path / "a.xlsx", [], sheet=sheet), "supplies")


def test_a_lone_formula_far_out_costs_a_sentence_and_no_memory(tmp_path: Path) -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1" t="inlineStr"><is><t>电子监管号</t></is></c></row>'
        '<row r="2"><c r="A2" t="inlineStr"><is><t>A1</t></is></c></row>'
        + "".join(f'<row r="{n}"><c r="XFD{n}"><f>1</f></c></row>' for n in range(3, 400))
        + "</sheetData></worksheet>"
    )
    with pytest.raises(DeliveryError, match="删除 XFD399"):
        read(write_xlsx(tmp_path / "a.xlsx", [], sheet=sheet), "supplies")


def test_old_workbooks_tell_their_errors_too(tmp_path: Path) -> None:
    # BOOLERR with 0x2A is #N/A; a FORMULA whose result is an error ends in FFFF, 0x07 is #DIV/0!.
    error = (0x0205, struct.pack("<BB", 0x2A, 1))
    formula = (0x0006, struct.pack("<6sHHIH", b"\2\0\7\0\0\0", 0xFFFF, 0, 0, 0))
    number = (0x0006, struct.pack("<dHIH", 300.0, 0, 0, 0))
    path = write_xls(tmp_path / "a.xls", [HEADER, [KEY, error, number, formula, "出让"]])
    reading = read(path, "supplies")
    assert told(reading, "cell_error") == [
        (2, "area_m2", "cell_error", "#N/A"),
        (2, "signed_on", "cell_error", "#DIV/0!"),
    ]
    assert reading.rows["price_fen"].tolist() == [300_000_000]


def test_an_old_workbook_no_program_ever_calculated_is_told(tmp_path: Path) -> None:
    blank = (0x0006, struct.pack("<6sHHIH", b"\3\0\0\0\0\0", 0xFFFF, 0, 0, 0))
    path = write_xls(tmp_path / "a.xls", [HEADER, [KEY, blank, 300, "2022-01-15", "出让"]])
    assert told(read(path, "supplies"), "formula_without_value") == [
        (2, "area_m2", "formula_without_value", "=")
    ]


def test_binary_workbooks_tell_their_errors_too(tmp_path: Path) -> None:
    path = write_xlsb(tmp_path / "a.xlsb", [HEADER, [KEY, b"\x2a", 300, b"\x17\x00", "出让"]])
    reading = read(path, "supplies")
    assert told(reading, "cell_error") == [
        (2, "area_m2", "cell_error", "#N/A"),
        (2, "signed_on", "cell_error", "#REF!"),
    ]
    assert reading.rows["price_fen"].tolist() == [300_000_000]


def test_errors_a_table_was_exported_with_are_told_in_text_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",".join(HEADER) + f"\n{KEY},#N/A,#DIV/0!,########,#NAME?\n", encoding="utf-8")
    assert told(read(path, "supplies"), "cell_error") == [
        (2, "area_m2", "cell_error", "#N/A"),
        (2, "price_fen", "cell_error", "#DIV/0!"),
        (2, "signed_on", "cell_error", "########"),
        (2, "supply_way", "cell_error", "#NAME?"),
    ]


def test_what_is_stored_stays_where_a_cell_has_no_value(store: Store, tmp_path: Path) -> None:
    first = write_workbook(tmp_path / "first.xlsx", 供地=[HEADER, WHOLE])
    store.json("load", "supplies", str(first))
    whole = (15_000.0, 300_000_000, "2022-01-15", "grant")
    assert stored(store, KEY) == whole
    error, formula = '<c t="e"><v>#N/A</v></c>', "<c><f>15/15</f></c>"
    second = write_xlsx(
        tmp_path / "second.xlsx",
        [HEADER, [KEY, error, formula, error, formula], ["1506992024B00002", error, 1, None, None]],
    )
    loaded = store.json("load", "supplies", str(second))
    assert stored(store, KEY) == whole
    assert stored(store, "1506992024B00002") == (None, 1_000_000, None, None)
    assert loaded["issues"] == {"cell_error": 3, "formula_without_value": 2}
    assert (loaded["accepted"], loaded["unchanged"]) == (2, 1)
    # An empty cell is another thing: the file says that there is nothing.
    third = write_workbook(
        tmp_path / "third.xlsx", 供地=[HEADER, [KEY, 2, None, "2022-02-30", "出让"]]
    )
    store.json("load", "supplies", str(third))
    # 2 公顷; no price any more; a day that does not exist says nothing of the day agreed.
    assert stored(store, KEY) == (20_000.0, None, "2022-01-15", "grant")


def test_a_correction_outlives_a_cell_without_a_value(store: Store, tmp_path: Path) -> None:
    key = "1506992024B00077"
    first = write_workbook(tmp_path / "c1.xlsx", 供地=[HEADER, [key, *WHOLE[1:]]])
    store.json("load", "supplies", str(first))
    done = store.call("correct", "supplies", key, "area_m2=1.2345", "--who", "甲", "--why", "核实")
    assert done.code == 0, done.stderr  # 1.2345 公顷 are 12,345 m2
    second = write_xlsx(
        tmp_path / "c2.xlsx", [HEADER, [key, '<c t="e"><v>#N/A</v></c>', 400, WHOLE[3], "出让"]]
    )
    store.json("load", "supplies", str(second))
    assert stored(store, key) == (12_345.0, 400_000_000, "2022-01-15", "grant")


@needs_shared
@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("excel_error_cells/supplies.xlsx", "cell_error"),
        ("formula_without_cached_value/supplies.xlsx", "formula_without_value"),
        ("formula_without_cached_value/supplies_openpyxl.xlsx", "formula_without_value"),
    ],
)
def test_the_reported_workbooks_are_told(case: str, code: str) -> None:
    found = examine(SHARED.parent / "cases" / case, "supplies")
    assert found.findings["code"].value_counts().to_dict() == {code: 4}
    assert found.findings["row_no"].tolist() == [2] * 4
    assert found.grade == "conditional"


def test_days_that_count_from_1904_are_the_days_people_see(tmp_path: Path) -> None:
    # 2016-08-28 is day 42,610 counted from 1899-12-30, and 42,610 - 1,462 = 41,148 from 1904.
    rows = [HEADER, [KEY, 1.5, 300, 41_148, "出让"]]
    path = write_xlsx(tmp_path / "a.xlsx", rows, settings='<workbookPr date1904="1"/>')
    assert read(path, "supplies").rows["signed_on"].tolist() == [pd.Timestamp(2016, 8, 28)]
    plain = write_xlsx(tmp_path / "b.xlsx", [HEADER, [KEY, 1.5, 300, 42_610, "出让"]])
    assert read(plain, "supplies").rows["signed_on"].tolist() == [pd.Timestamp(2016, 8, 28)]


def test_hidden_rows_and_columns_are_read_and_told(tmp_path: Path) -> None:
    rows = [HEADER, WHOLE, ["1506992024B00002", *WHOLE[1:]]]
    columns = '<cols><col min="3" max="3" width="8" hidden="1"/></cols>'
    path = write_xlsx(tmp_path / "a.xlsx", rows, columns=columns, hidden=[3])
    reading = read(path, "supplies")
    assert reading.rows["price_fen"].tolist() == [300_000_000] * 2
    messages = {row["code"]: row["message"] for row in reading.issues.to_dict("records")}
    assert "第 3 行" in messages["hidden_rows"]
    assert "成交价格(万元)" in messages["hidden_columns"]


def test_numbers_lost_in_a_list_of_identifiers_are_told(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx", 供地=[["电子监管号", "批准文号"], [KEY, 1.23456789012345e18]]
    )
    assert [one[1:3] for one in told(read(path, "supplies"), "rounded_id")] == [
        ("approval_nos", "rounded_id")
    ]


def test_codes_that_lost_their_leading_zeros_are_told(tmp_path: Path) -> None:
    rows = [["电子监管号", "合同编号"], [KEY, 12], ["1506992024B00002", "0013"], ["B3", 2016]]
    reading = read(write_workbook(tmp_path / "a.xlsx", 供地=rows), "supplies")
    assert told(reading, "lost_zeros") == [(2, "contract_no", "lost_zeros", "12")]
    assert reading.rows["contract_no"].tolist() == ["12", "0013", "2016"]
    alone = [["电子监管号", "合同编号"], [KEY, 12], ["1506992024B00002", "13"]]
    assert read(write_workbook(tmp_path / "b.xlsx", 供地=alone), "supplies").issues.empty
