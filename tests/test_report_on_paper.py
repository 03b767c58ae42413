"""What the workbook of the demo looks like on paper: charts once, years as years."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.worksheet import Worksheet

from gis import contracts, result_tables
from tests.warm import Desk


@pytest.fixture(scope="module")
def book(written: Path) -> Iterator[openpyxl.Workbook]:
    (path,) = written.glob("*.xlsx")
    found = openpyxl.load_workbook(path)
    yield found
    found.close()


def repeated(sheet: Worksheet) -> int:
    """How many first columns stand on every printed page."""
    named = re.search(r"\$?A:\$?([A-Z]+)", sheet.print_title_cols or "")
    return column_index_from_string(named[1]) if named else 0


def test_no_chart_lies_over_columns_that_are_printed_on_every_page(
    book: openpyxl.Workbook,
) -> None:
    charts = [(one, chart) for one in book for chart in one._charts]
    assert "任务完成情况" in {sheet.title for sheet, _ in charts}
    for sheet, chart in charts:
        assert chart.anchor._from.col >= repeated(sheet), sheet.title
    assert repeated(book["任务完成情况"]) == 3


def test_years_are_written_as_years(book: openpyxl.Workbook) -> None:
    for name in ("园区指标", "任务完成情况"):
        sheet = book[name]
        head = next(
            row for row in sheet.iter_rows(max_row=12) if "年度" in [one.value for one in row]
        )
        (column,) = (one.column for one in head if one.value == "年度")
        below = sheet.iter_rows(min_row=head[0].row + 1, min_col=column, max_col=column)
        years = [one for (one,) in below if isinstance(one.value, int)]
        assert years, name
        assert {one.number_format for one in years} == {"0"}, name


def rows_of(sheet: Worksheet, first: str) -> list[dict[str, object]]:
    """The list of a sheet below the head that begins with `first`."""
    rows = [*sheet.iter_rows(values_only=True)]
    head = next(n for n, row in enumerate(rows) if row[0] == first)
    listed = rows[head + 1 :]
    last = next((n for n, row in enumerate(listed) if row[0] is None), len(listed))
    return [dict(zip(map(str, rows[head]), row, strict=True)) for row in listed[:last]]


def test_figures_stand_on_one_page_across_and_their_definitions_once(
    book: openpyxl.Workbook, demo: Desk
) -> None:
    told = demo.json("indicators")["rows"]
    figures = rows_of(book["园区指标"], "对象类别")
    plots = rows_of(book["宗地建设强度"], "对象类别")
    # No figure is lost for it: place by place, name by name, in the order of the run.
    assert [(row["对象代码"], row["年度"]) for row in figures] == [
        (row["place_code"], row["year"]) for row in told
    ]
    for title, name in (("数值", "value"), ("分子", "numerator"), ("分母", "denominator")):
        # A workbook keeps 15 or 16 digits.
        wanted = [None if row[name] is None else pytest.approx(row[name]) for row in told]
        assert [row[title] for row in figures] == wanted, title
    defined = {row["定义序号"]: row for row in rows_of(book["指标定义"], "定义序号")}
    for row, one in zip(figures, told, strict=True):
        meant = defined[row["定义序号"]]
        assert (meant["指标"], meant["定义"]) == (row["指标"], one["definition"])
    assert {row["定义序号"] for row in (*figures, *plots)} == {*defined}
    for name in ("园区指标", "宗地建设强度", "指标定义"):
        # Excel writes no number where it is 1.
        assert book[name].page_setup.fitToWidth in (None, 1), name
        assert book[name].sheet_properties.pageSetUpPr.fitToPage, name


def widths_of(sheet: Worksheet) -> dict[int, float]:
    """The width of each column; neighbours of one width are kept as one."""
    return {
        column: one.width
        for one in sheet.column_dimensions.values()
        for column in range(one.min, one.max + 1)
    }


def test_every_figure_fits_its_column(book: openpyxl.Workbook) -> None:
    """One that does not is printed as ####."""
    forms = {"#,##0": 0, "0": 0, "#,##0.00": 2, "#,##0.0000": 4, "#,##0.00##": 2, "0.00%": 2}
    count = 0
    for sheet in book:
        widths = widths_of(sheet)
        for row in sheet.iter_rows():
            for cell in row:
                if not isinstance(cell.value, int | float) or cell.number_format not in forms:
                    continue
                value = cell.value * (100 if "%" in cell.number_format else 1)
                said = f"{value:,.{forms[cell.number_format]}f}"
                assert len(said) + 1 <= widths[cell.column], f"{sheet.title}!{cell.coordinate}"
                count += 1
    assert count > 5_000


def test_what_a_list_takes_across_leaves_its_letters_readable(book: openpyxl.Workbook) -> None:
    """A3 takes 260 characters of 8 points across; pages are whole columns, the first repeated."""
    for sheet in book:
        widths = [width for _, width in sorted(widths_of(sheet).items())]
        pages = sheet.page_setup.fitToWidth or 1
        room = pages * 260 - (pages - 1) * sum(widths[:3])
        assert sum(widths) <= room, sheet.title
        assert (pages > 1) == (sheet.print_title_cols is not None), sheet.title


def test_the_columns_and_the_codes_stand_beside_each_other_in_short_rows(
    book: openpyxl.Workbook,
) -> None:
    sheet = book["字段说明"]
    rows = rows_of(sheet, "表")
    columns = [column for table in result_tables.TABLES.values() for column in table.columns]
    codes = [(name, code) for name, codes in contracts.CODES.items() for code in codes]
    assert [row["列名"] for row in rows if row["列名"]] == [one.name for one in columns]
    told = [*sheet.iter_rows(min_col=6, max_col=7, values_only=True)]
    first = told.index(("代码表", "代码")) + 1
    assert told[first : first + len(codes)] == codes
    assert sheet.page_setup.scale == 80
    # Hardly a row is higher than one line.
    high = [at for at, row in sheet.row_dimensions.items() if at > first and row.height]
    assert len(high) < len(codes) / 20
