"""What the workbook of the demo looks like on paper: charts once, years as years."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.worksheet import Worksheet


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
