"""Ledger, shapefile, CSV, card: what a run knew of a supply, through the door, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pandas as pd
import pytest

from gis.result_tables import STORED
from tests import warm

SUBJECT = "1506992024B01801"
# 演示-疑似满一年-02 as its papers say: agreed start 2025-02-07 (no extension, no hand-over).
# 2025-02-07 to 2026-06-30: 365 days to 2026-02-07, and 21 + 31 + 30 + 31 + 30 = 143 more: 508.
# One year is full on 2026-02-07, passed on 02-08; two on 2027-02-07, passed on 02-08.
# 343.18 万元 is 3,431,800 元; the fee is a fifth of it: 686,360.
EXPECTED: dict[str, Any] = {
    "土地使用权人": "演示企业第183号",
    "电子监管号": SUBJECT,
    "合同编号": "演示约P1801",
    "宗地代码": "150699001001GB01831",
    "取得方式": "出让",
    "状态": "疑似闲置",
    "合同价款（元）": 3_431_800.0,
    "合同签订日": date(2024, 2, 26),
    "合同约定动工日": date(2025, 2, 7),
    "约定动工日": date(2025, 2, 7),
    "未动工天数": 508,
    "满一年日": date(2026, 2, 8),
    "满两年日": date(2027, 2, 8),
    "处置方向自": date(2026, 2, 8),
    "约定竣工日": date(2027, 2, 7),
    "闲置费（元）": 686_360.0,
    "面积（公顷）": 1.0,
    "面积（亩）": 15.0,
}


@pytest.fixture(scope="module")
def out(demo: warm.Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("ledgers")
    for what, form, name in (
        ("targets", "xlsx", "targets.xlsx"),
        ("unsupplied", "xlsx", "unsupplied.xlsx"),
        ("candidates", "xlsx", "candidates.xlsx"),
        ("targets", "shp", "targets.shp"),
        ("targets", "csv", "targets.csv"),
    ):
        demo.json("export", what, "--format", form, "--out", str(folder / name))
    return folder


def rows_of(path: Path, sheet: str) -> list[dict[str, Any]]:
    lines = [list(row) for row in openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)]
    head = next(n for n, line in enumerate(lines) if line[0] == "序号")
    return [dict(zip(lines[head], line, strict=True)) for line in lines[head + 1 :]]


def plain(value: Any) -> Any:
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.date() if hasattr(value, "date") else value


def test_a_letter_can_be_written_from_the_ledger(out: Path) -> None:
    rows = rows_of(out / "targets.xlsx", "闲置土地台账(含疑似)")
    (row,) = [row for row in rows if row["监测对象"] == SUBJECT]
    assert {title: plain(row[title]) for title in EXPECTED} == EXPECTED
    assert not [title for title in row if "起算" in title]


def test_the_shapefile_carries_the_same_under_short_names_and_a_dictionary(out: Path) -> None:
    listed = pd.read_csv(out / "targets_字段说明.csv")
    short_of = dict(zip(listed["中文名称"], listed["字段名"], strict=True))
    assert all(len(short) <= 10 and short.isascii() for short in short_of.values())
    assert listed["字段名"].is_unique
    assert listed["中文名称"].is_unique
    shapes = geopandas.read_file(out / "targets.shp")
    (row,) = shapes[shapes["JCDX"] == SUBJECT].to_dict("records")
    found = {title: plain(row[short_of[title]]) for title in EXPECTED if title != "状态"}
    assert found == {title: value for title, value in EXPECTED.items() if title != "状态"}
    assert row["JGMC"] == EXPECTED["状态"]


def test_the_csv_is_chinese_in_yuan_and_in_three_units(out: Path) -> None:
    table = pd.read_csv(out / "targets.csv", dtype={"监测对象": str, "电子监管号": str})
    assert not [title for title in table.columns if title.isascii() or "（分）" in title]
    (row,) = table[table["监测对象"] == SUBJECT].to_dict("records")
    assert (row["合同价款（元）"], row["闲置费（元）"]) == (3_431_800.0, 686_360.0)
    assert (row["满一年日"], row["取得方式"], row["面积（亩）"]) == ("2026-02-08", "出让", 15.0)


def test_export_of_a_kind_as_a_workbook_gives_that_kind(out: Path) -> None:
    for name, sheets in (
        ("unsupplied", ["批而未供台账", "字段说明"]),
        ("candidates", ["未报动工核查清单", "字段说明"]),
    ):
        assert openpyxl.load_workbook(out / f"{name}.xlsx").sheetnames == sheets


def test_sums_stand_below_by_place_and_status_and_never_across(out: Path) -> None:
    rows = rows_of(out / "targets.xlsx", "闲置土地台账(含疑似)")
    single = pd.DataFrame([row for row in rows if isinstance(row["序号"], int)])
    sums = [row for row in rows if str(row["监测对象"]).startswith(("小计", "合计"))]
    assert {row["状态"] for row in sums} == set(single["状态"])
    for row in (row for row in sums if str(row["监测对象"]).startswith("合计")):
        own = single[single["状态"] == row["状态"]]
        assert row["监测对象"] == f"合计 {len(own)} 宗"
        for title in ("面积（平方米）", "面积（公顷）", "面积（亩）"):
            assert row[title] == pytest.approx(own[title].sum())
    assert sum("审核人" in str(cell) for row in rows for cell in row.values()) == 1


def test_the_workbook_prints_on_a3_with_its_head_on_every_sheet(out: Path) -> None:
    page = openpyxl.load_workbook(out / "targets.xlsx")["闲置土地台账(含疑似)"]
    head = next(n for n, row in enumerate(page.iter_rows(values_only=True), 1) if row[0] == "序号")
    assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 8)
    assert page.print_title_rows == f"${head}:${head}"
    # Of what day and run the figures are stands in the margin of every page.
    assert page.oddHeader.right.text.strip() == page.cell(2, 4).value
    assert page.print_title_cols == "$A:$C"
    assert page.cell(head + 1, 4).alignment.wrap_text
    said = " ".join(str(page.cell(n, 1).value) for n in range(1, head))
    assert "unsupplied." not in said
    assert "idle." not in said


def test_lists_show_and_save_the_days_apart(demo: warm.Desk, tmp_path: Path) -> None:
    told = demo.call("findings", "--csv", str(tmp_path / "f.csv"))
    assert "起算日" not in told.stdout
    table = pd.read_csv(tmp_path / "f.csv", dtype=str)
    assert {"约定动工日", "未动工天数", "满一年日", "满两年日", "处置方向自"} <= set(table.columns)
    assert not [title for title in table.columns if title.isascii()]
    for command in ("leads", "indicators", "balance", "unsupplied"):
        demo.call(command, "--csv", str(tmp_path / f"{command}.csv"))
        titles = pd.read_csv(tmp_path / f"{command}.csv", dtype=str).columns
        assert not [title for title in titles if title.isascii() or "起算" in title], command


def test_the_card_carries_what_a_letter_needs(demo: warm.Desk, tmp_path: Path) -> None:
    from maps.layers import LAYERS

    shown = {line.column for layer in LAYERS if layer.key == "idle" for line in layer.lines}
    derived = {"subject", "phase", "supply_no", "approval_nos", "supplement_fen", "found_cause"}
    derived |= {"extension_document", "completion_extended_on"}
    assert {column.name for column in STORED["holding"].stored} - derived <= shown
    demo.json("map", "--all", "--out", str(tmp_path))
    assert "起算日" not in (tmp_path / "YS-B.html").read_text(encoding="utf-8")
