"""How a sheet looks: frozen heads, filters, formats, widths for Chinese, A3 landscape."""

from __future__ import annotations

import io
import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
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
# A column of long texts is made broader until none takes more lines, but not beyond this.
_LINES_WANTED, _BROADEST = 4, 50
# So many characters of 10 points stand across A3 when nothing gets smaller than 8 points; a column
# takes a part of one besides.
_ACROSS, _BESIDES = 260.0, 0.72
_SMALL_PERCENT = 80
# Number, place and subject stand on every sheet of paper of a list that takes several across.
_REPEATED_COLUMNS = 3
_SIGNATURES = "　　　".join(
    (
        *("填表人：＿＿＿＿＿＿", "审核人：＿＿＿＿＿＿", "负责人：＿＿＿＿＿＿"),
        *("单位（盖章）", "日期：＿＿＿＿年＿＿月＿＿日"),
    )
)
_LETTERS_OF_HEADER = 200  # Excel takes 255, with the codes of its fonts
# Widths of texts are read from this many rows: enough to look right, and quick on a long list. A
# figure that is wider than its column shows as ####, so of figures every row counts.
_ROWS_FOR_WIDTH = 2_000
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
_MONTH_WIDTH, _DAY_WIDTH = 17, 10
# How many decimals a kind of figure shows at most.
_DECIMALS = {"integer": 0, "year": 0, "公顷": 4, "number": 4}
# Points of a line of text, what a row has above and below, and how many lines Excel lets it take
# (409 points).
_LINE_HEIGHT, _ROW_MARGIN, _MOST_LINES = 13.5, 3.0, 30
# Sums stand in m2, 公顷 and 亩 below one another in one column.
_SUM_FORMAT = "#,##0.00##"


@dataclass(frozen=True)
class Sheet:
    """One sheet: `kinds` names its columns in order and how each is shown.

    `table` and `totals` have these columns; a totals row is set apart below the list. `notes` are
    lines above the head. `months` says by column which of its days are known only by their month.
    `bars`: columns that are drawn below for each row, as the parts of one bar (`is_stacked`) or as
    bars side by side; a row is called as in `bars_by`, or as in the columns up to `bars_until`.
    `is_small`: printed in 8 points, mostly a line a row, for what is looked up and not read.
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
    is_small: bool = False


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
        # A text stands off the figure beside it.
        aside = {"text": {"indent": 1}}
        self.cells = {
            kind: book.add_format({**font, "border": 1, "num_format": form, **aside.get(kind, {})})
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
    totals = sheet.totals if sheet.totals is not None else sheet.table.iloc[:0]
    widths = [
        _width(
            title,
            kind,
            sheet.table[title],
            totals[title],
            has_months=title in sheet.months,
            lines_wanted=1 if sheet.is_small else _LINES_WANTED,
        )
        for title, kind in sheet.kinds.items()
    ]
    across = _pages_across(widths)
    # Text that runs on over the columns repeated on every sheet of paper would be cut there.
    notes_column = _REPEATED_COLUMNS if across > 1 else 0
    for row, line in enumerate(lines, start=1):
        page.write_string(row, notes_column, line, looks.note)
    head = len(lines) + 1
    below = head + 1 + len(sheet.table)
    for column, (title, kind) in enumerate(sheet.kinds.items()):
        page.write_string(head, column, title, looks.head)
        page.set_column(column, column, widths[column])
        page.write_column(head + 1, column, _plain(sheet.table[title]), looks.cells[kind])
        is_month = sheet.months.get(title, pd.Series(dtype=bool))
        for row in np.flatnonzero(is_month).tolist():
            day = _plain(sheet.table[title].iloc[[row]])[0]
            page.write(head + 1 + row, column, day, looks.month)
        page.write_column(below, column, _plain(totals[title]), looks.totals[kind])
    for row, lines_count in _lines_of_rows(sheet, widths).items():
        page.set_row(head + 1 + row, lines_count * _LINE_HEIGHT + _ROW_MARGIN)
    page.write_string(below + len(totals) + 1, notes_column, _SIGNATURES, looks.note)
    _draw_bars(book, page, sheet, head, (below + len(totals) + 3, notes_column))
    last_column = len(sheet.kinds) - 1
    page.autofilter(head, 0, head + len(sheet.table), last_column)
    page.freeze_panes(head + 1, min(2, last_column))
    _print_set_up(page, head, across, heads, is_small=sheet.is_small)


def _draw_bars(
    book: xlsxwriter.Workbook, page: Any, sheet: Sheet, head: int, at: tuple[int, int]
) -> None:
    """Draw the chart of a sheet beneath its list, of the cells themselves.

    `at`: row and column, behind the columns that are printed on every page.
    """
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
    page.insert_chart(*at, chart)


def _pages_across(widths: Sequence[float]) -> int:
    """Return how many pages side by side the columns take, each whole and none under 8 points.

    Every page but the first begins with the columns that are repeated.

    >>> _pages_across([60.0] * 4), _pages_across([60.0] * 5), _pages_across([60.0] * 6)
    (1, 2, 3)
    """
    taken = [width + _BESIDES for width in widths]
    pages, used = 1, 0.0
    for width in taken:
        if used + width > _ACROSS and used:
            pages, used = pages + 1, sum(taken[:_REPEATED_COLUMNS])
        used += width
    return pages


def _lines_of_rows(sheet: Sheet, widths: Sequence[float]) -> dict[int, int]:
    """Return how many lines each row takes that takes several: not every program fits it."""
    lines: dict[int, int] = {}
    for (title, kind), width in zip(sheet.kinds.items(), widths, strict=True):
        if kind != "text":
            continue
        texts = sheet.table[title].reset_index(drop=True).dropna().astype("str")
        for row, text in texts[texts.str.len() > width / 2].items():
            # A wide character that does not fit leaves its place open: a cell less a line.
            needed = sum(math.ceil(_columns(part) / (width - 3)) or 1 for part in text.split("\n"))
            if needed > 1:
                at = int(str(row))
                lines[at] = min(max(needed, lines.get(at, 1)), _MOST_LINES)
    return lines


def _print_set_up(
    page: Any, head: int, across: int, heads: Sequence[str], *, is_small: bool
) -> None:
    page.set_landscape()
    page.set_paper(_PAPER_A3)
    if is_small and across == 1:
        page.set_print_scale(_SMALL_PERCENT)
    else:
        page.fit_to_pages(across, 0)
    # The lines above the head stand on the first page: the first of them, which says of what day
    # and run the figures are, in the margin of every page, where it takes no row of the list.
    page.repeat_rows(head, head)
    for line in heads[:1]:
        page.set_header("&R&9 " + line.replace("&", "&&")[:_LETTERS_OF_HEADER])
    if across > 1:
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
    title: str,
    kind: str,
    values: pd.Series,
    totals: pd.Series,
    *,
    has_months: bool,
    lines_wanted: int,
) -> float:
    if kind == "text":
        shown = [*values.dropna()[:_ROWS_FOR_WIDTH], *totals.dropna()]
        widest = max((_columns(str(one)) for one in shown), default=0) + 1
    elif kind == "day":
        widest = _MONTH_WIDTH if has_months else _DAY_WIDTH
    else:
        widest = _digits(kind, pd.concat([values, totals]))
    narrowest, broadest = _WIDTHS
    broadest = min(max(broadest, math.ceil(widest / lines_wanted) + 3), _BROADEST)
    # A long title wraps onto two lines; the list is not made wider for it.
    return float(min(max(narrowest, widest + 2, _columns(title) / 2 + 5), broadest))


def _digits(kind: str, figures: pd.Series) -> int:
    """Return how many characters the widest of figures takes as its kind is shown, 0 for none.

    >>> _digits("m2", pd.Series([1_234.5, None, -20.0])), _digits("share", pd.Series([0.125]))
    (8, 6)
    """
    known = figures.dropna().astype("float64") * (100 if kind == "share" else 1)
    places = _DECIMALS.get(kind, 2)
    widest = max((len(f"{one:,.{places}f}") for one in {known.max(), known.min()}), default=0)
    return 0 if known.empty else widest + (kind == "share")


def _columns(text: str) -> int:
    """Return how many columns a text takes: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in text)
