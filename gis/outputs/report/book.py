"""How a sheet looks: frozen heads, filters, formats, widths for Chinese, A3 landscape."""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter

from gis.errors import UsageError
from gis.files import atomic

ROWS_OF_EXCEL = 1_048_576
_CHARACTERS_OF_A_CELL = 32_767
_FIRST_YEAR = 1900
_PAPER_A3 = 8
_FONT = "宋体"
_WIDTHS = (6, 30)
# So many characters of 10 points stand across A3 when nothing gets smaller than 8 points.
_ACROSS = 240.0
# Number, place and subject stand on every sheet of paper of a list that takes several across.
_REPEATED_COLUMNS = 3
_MOST_WITHOUT_REPEAT = 8
_SIGNATURES = "　　　".join(
    (
        *("填表人：＿＿＿＿＿＿", "审核人：＿＿＿＿＿＿", "负责人：＿＿＿＿＿＿"),
        *("单位（盖章）", "日期：＿＿＿＿年＿＿月＿＿日"),
    )
)
_LETTERS_OF_HEADER = 200  # Excel takes 255, with the codes of its fonts
# Widths are read from this many rows: enough to look right, and quick on a long list.
_ROWS_FOR_WIDTH = 300
_NUMBER_FORMATS = {
    "text": "@",
    "day": "yyyy-mm-dd",
    "integer": "#,##0",
    "year": "0",
    "m2": "#,##0.00",
    "公顷": "#,##0.0000",
    "亩": "#,##0.00",
    "元": "#,##0.00",
    "share": "0.00%",
    "number": "#,##0.00##",
}
# A day known only by its month shows the month; the cell still holds the day it was read as.
_MONTH_FORMAT = 'yyyy-mm"（仅到月）"'
_MONTH_WIDTH = 17
# Points of a line of text, and how many of them Excel lets a row take (409 points).
_LINE_HEIGHT, _MOST_LINES = 13.5, 30
# Sums stand in m2, 公顷 and 亩 below one another in one column.
_SUM_FORMAT = "#,##0.00##"


@dataclass(frozen=True)
class Sheet:
    """One sheet: `kinds` names its columns in order and how each is shown.

    `table` and `totals` have these columns; a totals row is set apart below the list. `notes` are
    lines above the head. `months` says by column which of its days are known only by their month.
    `bars`: columns that are drawn below for each row, as the parts of one bar (`is_stacked`) or as
    bars side by side; a row is called as in `bars_by`, or as in the columns up to `bars_until`.
    """

    name: str
    kinds: Mapping[str, str]
    table: pd.DataFrame
    totals: pd.DataFrame | None = None
    notes: Sequence[str] = field(default_factory=tuple)
    months: Mapping[str, pd.Series[bool]] = field(default_factory=dict)
    bars: Sequence[str] = field(default_factory=tuple)
    bars_by: str = ""
    bars_until: str = ""
    is_stacked: bool = True


@contextmanager
def opened(out: Path, title: str, made_on: datetime) -> Iterator[xlsxwriter.Workbook]:
    """Give a workbook that takes the place of `out` when the block succeeds.

    `made_on` is written as its day of creation: equal content, equal bytes.
    """
    options = {
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "in_memory": True,
    }
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, options)
    book.set_properties({"title": title, "created": made_on})
    yield book
    book.close()
    with atomic.replacing(out) as draft:
        draft.write_bytes(content.getvalue())


class Looks:
    """The cell formats of one workbook, made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        font = {"font_name": _FONT, "font_size": 10, "valign": "vcenter"}
        self.title = book.add_format({**font, "font_size": 14, "bold": True})
        self.note = book.add_format({**font, "font_size": 9, "font_color": "#555555"})
        self.head = book.add_format(
            {**font, "bold": True, "border": 1, "bg_color": "#DDE6EE", "text_wrap": True}
            | {"align": "center"}
        )
        font["text_wrap"] = True
        self.cells = {
            kind: book.add_format({**font, "border": 1, "num_format": form})
            for kind, form in _NUMBER_FORMATS.items()
        }
        self.month = book.add_format({**font, "border": 1, "num_format": _MONTH_FORMAT})
        self.totals = {
            kind: book.add_format(
                {**font, "border": 1, "num_format": form, "bold": True, "bg_color": "#F1F1E6"}
            )
            for kind, form in {**_NUMBER_FORMATS, "m2": _SUM_FORMAT}.items()
        }


def add(book: xlsxwriter.Workbook, looks: Looks, sheet: Sheet, heads: Sequence[str]) -> None:
    """Append `sheet`; `heads` are the lines under its title: day, run, law."""
    if len(sheet.table) > ROWS_OF_EXCEL - 20:
        raise UsageError(
            f"{sheet.name} 有 {len(sheet.table):,} 行，超过 Excel 的上限 is too long for Excel",
            "按旗县运行，或导出 csv / parquet run by region, or export csv or parquet",
        )
    page = book.add_worksheet(sheet.name)
    page.write_string(0, 0, sheet.name, looks.title)
    lines = [*heads, *sheet.notes]
    # Text that runs on over the columns repeated on every sheet of paper would be cut there.
    notes_column = _REPEATED_COLUMNS if _has_repeat(sheet.kinds) else 0
    for row, line in enumerate(lines, start=1):
        page.write_string(row, notes_column, line, looks.note)
    head = len(lines) + 1
    totals = sheet.totals if sheet.totals is not None else sheet.table.iloc[:0]
    below = head + 1 + len(sheet.table)
    widths: list[float] = []
    for column, (title, kind) in enumerate(sheet.kinds.items()):
        page.write_string(head, column, title, looks.head)
        told = sheet.table[title], totals[title]
        widths.append(_width(title, kind, *told, has_months=title in sheet.months))
        page.set_column(column, column, widths[-1])
        page.write_column(head + 1, column, _plain(sheet.table[title]), looks.cells[kind])
        is_month = sheet.months.get(title, pd.Series(dtype=bool))
        for row in np.flatnonzero(is_month).tolist():
            day = _plain(sheet.table[title].iloc[[row]])[0]
            page.write(head + 1 + row, column, day, looks.month)
        page.write_column(below, column, _plain(totals[title]), looks.totals[kind])
    for row, lines_count in _lines_of_rows(sheet, widths).items():
        page.set_row(head + 1 + row, lines_count * _LINE_HEIGHT)
    page.write_string(below + len(totals) + 1, notes_column, _SIGNATURES, looks.note)
    _draw_bars(book, page, sheet, head, below + len(totals) + 3)
    last_column = len(sheet.kinds) - 1
    page.autofilter(head, 0, head + len(sheet.table), last_column)
    page.freeze_panes(head + 1, min(2, last_column))
    _print_set_up(page, head, widths, heads)


def _draw_bars(book: xlsxwriter.Workbook, page: Any, sheet: Sheet, head: int, at: int) -> None:
    """Draw the chart of a sheet beneath its list, of the cells themselves."""
    if not sheet.bars or sheet.table.empty:
        return
    titles = [*sheet.kinds]
    first, last, names = head + 1, head + len(sheet.table), titles.index(sheet.bars_by)
    until = titles.index(sheet.bars_until or sheet.bars_by)
    chart = book.add_chart({"type": "bar"} | ({"subtype": "stacked"} if sheet.is_stacked else {}))
    for title in sheet.bars:
        column = titles.index(title)
        chart.add_series(
            {
                "name": [sheet.name, head, column],
                "categories": [sheet.name, first, names, last, until],
                "values": [sheet.name, first, column, last, column],
            }
        )
    chart.set_title({"name": sheet.name})
    # The first row of the list stands on top.
    chart.set_y_axis({"reverse": True})
    of_row = 26 if sheet.is_stacked else 18 * len(sheet.bars)
    chart.set_size({"width": 960, "height": 160 + of_row * len(sheet.table)})
    # Over columns that are repeated on every page it would be printed on every page.
    page.insert_chart(at, _REPEATED_COLUMNS if _has_repeat(titles) else 0, chart)


def _has_repeat(columns: Sized) -> bool:
    """Return whether a sheet is so wide that its first columns stand on every printed page."""
    return len(columns) > _MOST_WITHOUT_REPEAT


def _lines_of_rows(sheet: Sheet, widths: Sequence[float]) -> dict[int, int]:
    """Return how many lines each row takes that takes several: not every program fits it."""
    lines: dict[int, int] = {}
    for (title, kind), width in zip(sheet.kinds.items(), widths, strict=True):
        if kind != "text":
            continue
        texts = sheet.table[title].reset_index(drop=True).dropna().astype("str")
        for row, text in texts[texts.str.len() > width / 2].items():
            # A wide character that does not fit leaves its place open: a cell less a line.
            needed = sum(math.ceil(_columns(part) / (width - 2)) or 1 for part in text.split("\n"))
            if needed > 1:
                at = int(str(row))
                lines[at] = min(max(needed, lines.get(at, 1)), _MOST_LINES)
    return lines


def _print_set_up(page: Any, head: int, widths: Sequence[float], heads: Sequence[str]) -> None:
    page.set_landscape()
    page.set_paper(_PAPER_A3)
    page.fit_to_pages(max(1, math.ceil(sum(widths) / _ACROSS)), 0)
    # The lines above the head stand on the first page: the first of them, which says of what day
    # and run the figures are, in the margin of every page, where it takes no row of the list.
    page.repeat_rows(head, head)
    for line in heads[:1]:
        page.set_header("&R&9 " + line.replace("&", "&&")[:_LETTERS_OF_HEADER])
    if _has_repeat(widths):
        page.repeat_columns(0, _REPEATED_COLUMNS - 1)
    page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
    page.set_footer("&L&A&C第 &P 页 / 共 &N 页")
    page.set_row(0, 22)
    page.set_row(head, 30)


def _plain(values: pd.Series) -> list[Any]:
    """Return values as Excel takes them; what is unknown is an empty cell."""
    if pd.api.types.is_datetime64_any_dtype(values):
        # Excel has no day before 1900: it would show ####.
        return [
            None if day is pd.NaT else day.date() if day.year >= _FIRST_YEAR else f"{day:%Y-%m-%d}"
            for day in values
        ]
    known = values.to_numpy(dtype=object, copy=True)
    known[values.isna().to_numpy()] = None
    return [
        one[: _CHARACTERS_OF_A_CELL - 1] + "…"
        if isinstance(one, str) and len(one) > _CHARACTERS_OF_A_CELL
        else one
        for one in known
    ]


def _width(
    title: str, kind: str, values: pd.Series, totals: pd.Series, *, has_months: bool
) -> float:
    if kind == "text":
        shown = [*values.dropna()[:_ROWS_FOR_WIDTH], *totals.dropna()]
        widest = max((_columns(str(one)) for one in shown), default=0)
    else:
        widest = {"day": 10, "integer": 7, "year": 6}.get(kind, 12)
        widest = _MONTH_WIDTH if has_months else widest
    narrowest, broadest = _WIDTHS
    # A long title wraps onto two lines; the list is not made wider for it.
    return float(min(max(narrowest, widest + 2, _columns(title) / 2 + 4), broadest))


def _columns(text: str) -> int:
    """Return how many columns a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
