"""Registers as bureaus send them: titles, tall headers, totals, footers, Excel's own habits."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_samples import EXAMPLES, write_workbook, write_xls

from gis.errors import DeliveryError
from gis.fields import KINDS
from gis.intake.read import Reading, read
from gis.intake.readers import header_rows

HEADER = ["电子监管号", "项目名称", "面积(公顷)", "供地方式", "成交价格(万元)", "合同签订日期"]
ROWS = [
    ["1506022016B00012", "甲厂", 1.5, "挂牌出让", 250.4396, "2016年8月28日"],
    ["1506022016A00013-1", "乙路", 0.8249, "划拨", 0, datetime.fromisoformat("2016-09-01")],
]


def codes(reading: Reading, row_no: int | None = None) -> list[str]:
    issues = reading.issues
    if row_no is not None:
        issues = issues[issues["row_no"] == row_no]
    return issues["code"].tolist()


def book(tmp_path: Path, *rows: list[Any], name: str = "a.xlsx") -> Path:
    return write_workbook(tmp_path / name, 供地=rows)


def test_a_plain_sheet_is_read_in_stored_units(tmp_path: Path) -> None:
    reading = read(book(tmp_path, HEADER, *ROWS), "supplies")
    rows = reading.rows
    assert rows["key"].tolist() == ["1506022016B00012", "1506022016A00013-1"]
    assert rows["row_no"].tolist() == [2, 3]
    assert rows["file"].tolist() == ["a.xlsx"] * 2
    assert rows["area_m2"].tolist() == [15_000.0, 8_249.0]
    assert rows["price_fen"].tolist() == [250_439_600, 0]
    assert rows["supply_way"].tolist() == ["grant", "allocation"]
    assert rows["signed_on"].dtype == "datetime64[s]"
    assert rows["signed_on"].tolist() == [pd.Timestamp(2016, 8, 28), pd.Timestamp(2016, 9, 1)]
    assert reading.issues.empty
    assert reading.mapping["面积(公顷)"] == "area_m2"
    assert reading.units == {"area_m2": "公顷", "price_fen": "万元"}
    assert reading.row_count == 2


def test_columns_a_file_lacks_are_unknown_in_their_own_type(tmp_path: Path) -> None:
    rows = read(book(tmp_path, HEADER, *ROWS), "supplies").rows
    assert rows["handover_agreed_on"].isna().all()
    assert rows["handover_agreed_on"].dtype == "datetime64[s]"
    assert rows["investment_total_fen"].dtype == "Int64"
    assert rows["holder"].dtype == "str"
    assert rows["approval_nos"].tolist() == [None, None]
    assert rows["geom"].tolist() == [None, None]


def test_a_supplementary_price_is_read_by_each_of_its_names(tmp_path: Path) -> None:
    for header in ("补缴价款(万元)", "补缴出让价款（万元）", "补缴土地价款", "补缴地价款"):
        path = book(tmp_path, ["电子监管号", "成交价格(万元)", header], ["A1", 100, 12.5])
        rows = read(path, "supplies").rows
        assert rows["supplement_fen"].tolist() == [12_500_000], header
        assert rows["price_fen"].tolist() == [100_000_000]


def test_titles_above_and_a_unit_line_are_understood(tmp_path: Path) -> None:
    path = book(
        tmp_path,
        ["鄂尔多斯市供地台账"],
        ["填报日期：2024年1月5日", None, "单位：亩、元"],
        [],
        ["序号", "电子监管号", "面积", "成交价格"],
        [1, "A1", 15, 100],
    )
    reading = read(path, "supplies")
    assert reading.rows["row_no"].tolist() == [5]
    assert reading.rows["area_m2"].tolist() == [10_000.0]
    assert reading.rows["price_fen"].tolist() == [10_000]
    assert "title_rows" in codes(reading)
    assert "assumed_unit" not in codes(reading)


def test_a_header_of_two_lines_with_merged_groups_is_joined(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(["台账"])
    sheet.append(["电子监管号", "约定", None, None, "面积", "实际", None])
    sheet.append([None, "交地时间", "开工时间", "竣工时间", "(公顷)", "开工时间", "竣工时间"])
    sheet.append([1, 2, 3, 4, 5, 6, 7])
    sheet.append(["A1", "2016-1-1", "2016-2-1", "2017-2-1", 2, "2016-3-1", None])
    for cells in ("A1:G1", "A2:A3", "B2:D2", "F2:G2"):
        sheet.merge_cells(cells)
    workbook.save(path)
    reading = read(path, "supplies")
    row = reading.rows.iloc[0]
    assert row["row_no"] == 5
    assert row["area_m2"] == 20_000.0
    assert row["handover_agreed_on"] == pd.Timestamp(2016, 1, 1)
    assert row["start_agreed_on"] == pd.Timestamp(2016, 2, 1)
    assert row["completion_agreed_on"] == pd.Timestamp(2017, 2, 1)
    assert row["started_on"] == pd.Timestamp(2016, 3, 1)
    assert reading.mapping["约定开工时间"] == "start_agreed_on"


def test_a_two_line_header_without_merges_is_joined_too(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        "电子监管号,约定,,实际,\n,开工时间,竣工时间,开工时间,竣工时间\nA1,2016-2-1,2017-2-1,2016-3-1,\n",
        encoding="utf-8",
    )
    row = read(path, "supplies").rows.iloc[0]
    assert row["start_agreed_on"] == pd.Timestamp(2016, 2, 1)
    assert row["completion_agreed_on"] == pd.Timestamp(2017, 2, 1)
    assert row["started_on"] == pd.Timestamp(2016, 3, 1)


def test_what_is_no_record_is_told_and_not_loaded(tmp_path: Path) -> None:
    path = book(
        tmp_path, HEADER, ["一、东胜区"], ROWS[0], [], HEADER, ROWS[1],
        ["小计", None, 2.3249], ["合  计", None, 2.3249, None, 250.4396],
        ["填表人：某某", None, "审核人：某某"], ["注：面积以公顷计"],
    )  # fmt: skip
    reading = read(path, "supplies")
    assert reading.rows["row_no"].tolist() == [3, 6]
    found = {row["row_no"]: row["code"] for row in reading.issues.to_dict("records")}
    assert found == {
        2: "section_row", 5: "repeated_header", 7: "totals_row", 8: "totals_row",
        9: "footer_row", 10: "footer_row",
    }  # fmt: skip
    assert (reading.issues["severity"] == "note").all()


def test_a_project_whose_name_begins_like_a_total_is_a_record(tmp_path: Path) -> None:
    path = book(tmp_path, HEADER, ["1506022016B00099", "共计科技厂房", 1, "划拨", 1, "2016-1-1"])
    assert len(read(path, "supplies").rows) + 1 == 2


def test_merged_words_are_filled_down_and_merged_amounts_are_not(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    for row in (["行政区", "电子监管号", "面积(公顷)"], ["东胜区", "A1", 3], [None, "A2", None]):
        sheet.append(row)
    sheet.merge_cells("A2:A3")
    sheet.merge_cells("C2:C3")
    workbook.save(path)
    reading = read(path, "supplies")
    assert reading.rows["region_name"].tolist() == ["东胜区", "东胜区"]
    assert reading.rows["area_m2"].isna().tolist() == [False, True]
    assert codes(reading, 2) == ["merged_number"]
    assert "merged_cells" in codes(reading)


def test_numbers_excel_made_of_identifiers_are_restored_or_refused(tmp_path: Path) -> None:
    path = book(
        tmp_path, ["电子监管号", "合同编号"], [150602, 20160012], [1.50602201601234e15, "合1"],
        ["1.50602E+15", "合2"], ["B4", 1.23456789012345e17],
    )  # fmt: skip
    reading = read(path, "supplies")
    assert reading.rows["supply_no"].tolist() == ["150602", "B4"]
    assert reading.rows["contract_no"].iloc[0] == "20160012"
    lost = reading.issues[reading.issues["code"] == "rounded_id"]
    assert lost["row_no"].tolist() == [3, 4, 5]
    assert lost["severity"].tolist() == ["error", "error", "warning"]
    assert lost["raw"].iloc[1] == {"电子监管号": "1.50602E+15", "合同编号": "合2"}


def test_no_number_is_rejected_for_its_length_and_suffixes_stay(tmp_path: Path) -> None:
    numbers = [
        "1506022016B00012",
        "1506022016B00012-1",
        "1506022016B000123456",
        "合同2016-03",
        "７",
    ]
    path = book(tmp_path, ["电子监管号"], *[[number] for number in numbers])
    reading = read(path, "supplies")
    assert reading.rows["key"].tolist() == [*numbers[:4], "7"]
    assert codes(reading) == ["normalised_text"]


def test_the_contract_number_stands_in_for_a_missing_supply_number(tmp_path: Path) -> None:
    path = book(
        tmp_path, ["电子监管号", "合同编号", "分期"], [None, "H1", "二期"], [None, None, "三期"]
    )
    reading = read(path, "supplies")
    assert reading.rows["key"].tolist() == ["H1|二期"]
    assert codes(reading, 3) == ["missing_key"]
    assert reading.issues["raw"].dropna().tolist() == [{"分期": "三期"}]


def test_bad_cells_empty_the_field_and_keep_the_row(tmp_path: Path) -> None:
    path = book(
        tmp_path, HEADER,
        ["A1", "甲", -1.5, "赠送", "面议", "2013年2月30日"],
        ["A2", "乙", 1, "划拨", 1, "1900-01-01"],
    )  # fmt: skip
    reading = read(path, "supplies")
    assert len(reading.rows) == 2
    assert reading.rows.iloc[0][["area_m2", "supply_way", "price_fen", "signed_on"]].isna().all()
    assert sorted(codes(reading, 2)) == [
        "impossible_day", "negative_area", "unknown_code", "unreadable_number",
    ]  # fmt: skip
    found = reading.issues[reading.issues["code"] == "impossible_day"].iloc[0]
    assert (found["field"], found["value"], found["severity"]) == (
        "signed_on",
        "2013年2月30日",
        "warning",
    )
    assert "合同签订日期" in found["message"]
    assert found["fix"]
    assert codes(reading, 3) == ["sentinel_day"]


def test_a_bad_cell_in_a_column_the_row_needs_rejects_the_row_and_keeps_it(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx",
        进度=[["电子监管号", "观测日期", "状态"], ["A1", "2013年2月30日", "未动工"],
              ["A2", None, "未动工"],
              ["A3", "2016-01-02", "未动工"]],
    )  # fmt: skip
    reading = read(path, "progress")
    assert reading.rows["supply_no"].tolist() == ["A3"]
    errors = reading.issues[reading.issues["severity"] == "error"]
    assert errors["code"].tolist() == ["impossible_day", "missing_value"]
    assert errors["raw"].iloc[0] == {
        "电子监管号": "A1",
        "观测日期": "2013年2月30日",
        "状态": "未动工",
    }
    assert "本行未采用" in errors["message"].iloc[0]
    assert reading.rejected_count == 2


def test_lists_of_approvals_and_their_areas_stay_in_one_order(tmp_path: Path) -> None:
    path = book(
        tmp_path, ["电子监管号", "批准文号", "各批文用地面积(公顷)"],
        ["A1", "内政土发〔2016〕1号、内政土发[2016]2号", "1.2；0.8"],
        ["A2", "甲(1.2公顷);乙(15亩)", None],
        ["A3", "甲、乙", "1.2"], ["A4", "甲", 3], ["A5", "甲\n乙", None],
    )  # fmt: skip
    reading = read(path, "supplies")
    assert reading.rows["approval_nos"].tolist() == [
        ["内政土发〔2016〕1号", "内政土发〔2016〕2号"],
        ["甲", "乙"], ["甲", "乙"], ["甲"], ["甲", "乙"],
    ]  # fmt: skip
    assert reading.rows["approval_areas_m2"].tolist() == [
        [12_000.0, 8_000.0], [12_000.0, 10_000.0], None, [30_000.0], None,
    ]  # fmt: skip
    assert codes(reading, 4) == ["count_mismatch"]


def test_the_source_of_land_may_be_words(tmp_path: Path) -> None:
    path = book(tmp_path, ["电子监管号", "土地来源"], ["A1", "新增建设用地"], ["A2", "0.5"])
    reading = read(path, "supplies")
    assert reading.rows["source_area_m2"].isna().tolist() == [True, False]
    assert reading.rows["source_area_m2"].iloc[1] == 5_000.0
    assert "source_in_words" in codes(reading)


def test_a_bare_number_without_any_unit_is_read_by_the_dictionary_and_said(tmp_path: Path) -> None:
    reading = read(book(tmp_path, ["电子监管号", "面积"], ["A1", 1.5], ["A2", "15亩"]), "supplies")
    assert reading.rows["area_m2"].tolist() == [15_000.0, 10_000.0]
    told = reading.issues[reading.issues["code"] == "assumed_unit"]
    assert len(told) == 1
    assert told["row_no"].isna().all()
    assert "公顷" in told["message"].iloc[0]


def test_the_only_sheet_that_fits_is_taken_and_said(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "a.xlsx", 说明=[["本表由系统导出"]], 供地=[HEADER, *ROWS], 空=[],
    )  # fmt: skip
    reading = read(path, "supplies")
    assert reading.layer == "供地"
    assert "sheet_chosen" in codes(reading)


def test_several_sheets_that_fit_are_listed_and_none_is_taken(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "a.xlsx", 一月=[HEADER, *ROWS], 二月=[HEADER, *ROWS])
    with pytest.raises(DeliveryError, match="一月、二月"):
        read(path, "supplies")
    assert len(read(path, "supplies", layer="二月").rows) == 2
    with pytest.raises(DeliveryError, match="三月"):
        read(path, "supplies", layer="三月")


def test_an_old_xls_reads_like_the_new_one(tmp_path: Path) -> None:
    reading = read(write_xls(tmp_path / "a.xls", [HEADER, ROWS[0]]), "supplies")
    assert reading.rows["key"].tolist() == ["1506022016B00012"]
    assert reading.rows["area_m2"].tolist() == [15_000.0]
    assert reading.rows["project_name"].tolist() == ["甲厂"]


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_a_csv_reads_right_in_any_encoding_and_delimiter(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    path = tmp_path / "供地结果.csv"
    lines = [HEADER, *[[str(cell) for cell in row] for row in ROWS]]
    path.write_text("\r\n".join(delimiter.join(line) for line in lines) + "\r\n", encoding=encoding)
    reading = read(path, "supplies")
    assert reading.rows["project_name"].tolist() == ["甲厂", "乙路"]
    assert reading.rows["row_no"].tolist() == [2, 3]
    assert reading.rows["signed_on"].notna().all()


def test_quotes_commas_and_line_breaks_inside_cells_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('电子监管号,项目名称\nA1,"甲,乙\n""丙"""\nA2,丁\n', encoding="utf-8")
    rows = read(path, "supplies").rows
    assert rows["project_name"].tolist() == ['甲,乙\n"丙"', "丁"]
    assert rows["row_no"].tolist() == [2, 3]


def test_rows_longer_or_shorter_than_the_header_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("电子监管号,项目名称\nA1,甲,多\nA2\nA3,丙\n", encoding="utf-8")
    reading = read(path, "supplies")
    assert reading.rows["supply_no"].tolist() == ["A1", "A2", "A3"]
    assert codes(reading, 2) == ["extra_cells"]
    assert codes(reading, 3) == ["short_row"]


def test_headers_that_repeat_are_told(tmp_path: Path) -> None:
    reading = read(
        book(tmp_path, ["电子监管号", "面积(公顷)", "面积(公顷)"], ["A1", 1, 2]), "supplies"
    )
    assert reading.rows["area_m2"].tolist() == [10_000.0]
    assert "duplicate_header" in codes(reading)


def test_a_csv_under_the_name_xls_is_read_for_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "供地.xls"
    path.write_text("电子监管号\t面积(公顷)\nA1\t1.5\n", encoding="gbk")
    reading = read(path, "supplies")
    assert reading.rows["area_m2"].tolist() == [15_000.0]
    assert "misnamed_file" in codes(reading)


def test_excel_days_and_serials_are_days(tmp_path: Path) -> None:
    cells = [
        date(2016, 8, 28),
        datetime.fromisoformat("2016-08-28T12:00"),
        42610,
        20160828,
        "2016/8/28",
    ]
    path = book(
        tmp_path, ["电子监管号", "合同签订日期"], *[[f"A{n}", c] for n, c in enumerate(cells)]
    )
    reading = read(path, "supplies")
    assert set(reading.rows["signed_on"]) == {pd.Timestamp(2016, 8, 28)}
    told = reading.issues[reading.issues["code"] == "day_from_serial"]
    assert len(told) == 1


def test_a_month_in_an_end_day_is_the_whole_month(tmp_path: Path) -> None:
    path = book(
        tmp_path, ["文号", "电子监管号", "原因类型", "起始日期", "终止日期"],
        ["证1", "A1", "不可抗力", "2016年2月", "2016年2月"],
    )  # fmt: skip
    row = read(path, "causes").rows.iloc[0]
    assert row["starts_on"] == pd.Timestamp(2016, 2, 1)
    assert row["ends_on"] == pd.Timestamp(2016, 2, 29)
    assert row["kind"] == "force_majeure"


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=8)


@given(
    titles=st.lists(st.lists(words, max_size=3), max_size=4),
    order=st.permutations(["电子监管号", "项目名称：", "面积（公顷", "合同签定日期"]),
)
@EXAMPLES
def test_the_header_is_found_under_any_titles(titles: list[list[str]], order: list[str]) -> None:
    grid = [*titles, list(order), ["A1", "甲厂", "1.5", "2016-08-28"]]
    found = header_rows.find(grid, [], KINDS["supplies"])
    assert found is not None
    assert found.headers[-1] or found.headers
    assert found.end == len(titles) + 1
