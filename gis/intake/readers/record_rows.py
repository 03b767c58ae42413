"""Which rows below a header are records: totals, footers, sections and repeated headers are not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gis.fields import Kind
from gis.intake.columns.cells import fold, without_control
from gis.intake.columns.mapping import index_of, readings
from gis.intake.issues import Issues
from gis.intake.source.file_format import refusal

Array = np.ndarray[Any, Any]

# A name may begin with such a word (共计科技厂房); after a total comes a number or a mark.
_TOTALS = re.compile(
    r"[(（]?(?:(?:合|总|小|共|累)计|平均(?:值|数)?|总和|汇总|本页合计|本年合计|total)(?![\u4e00-\u9fff])"
)
_FOOTERS = re.compile(
    r"(?:填表|制表|审核|复核|填报|报表|负责|经办|统计|主管|单位负责)(?:人|单位|日期|时间|部门)(?![\u4e00-\u9fff])"
    r"|(?:注|备注|说明|联系电话)\d?[:.、]"
)
_SECTION = re.compile(r"[(（]?[一二三四五六七八九十]+[)）、.]")


@dataclass(frozen=True)
class _Row:
    """What is looked at to tell a row that is no record."""

    words: list[str]
    is_leading: bool  # its one cell stands in the first column
    has_mapped: bool
    has_key: bool


def records_only(
    frame: pd.DataFrame, row_nos: Array, kind: Kind, columns: Mapping[str, str], issues: Issues
) -> Array:
    """Return which rows of a register are records, with a note for each other that is not empty.

    `columns` gives the header of each mapped column. Only rows without a key, with a single cell,
    or with a telling first word are looked at one by one.
    """
    names = list(frame.columns)
    is_cell = np.zeros(frame.shape, dtype=bool)
    for at, name in enumerate(names):
        is_cell[:, at] = _is_filled(frame[name])
    count: Array = np.sum(is_cell, axis=1)
    mapped = [names.index(header) for header in columns.values()]
    has_mapped: Array = np.any(is_cell[:, mapped], axis=1)
    keys = [columns[name] for name in (*kind.key, *kind.key_else) if name in columns]
    key_at = names.index(keys[0]) if keys else 0
    has_key: Array = is_cell[:, key_at]
    headers = frozenset(fold(str(name)) for name in names)
    words = {header: column for column, header in columns.items()}
    codes, distinct = pd.factorize(frame.iloc[:, key_at])
    folded = _folded(pd.Series(np.asarray(distinct, dtype=object)).map(str))
    is_telling = folded.isin(headers | frozenset(index_of(kind))).to_numpy(bool, copy=True)
    # No word of a total or a footer begins with a digit, and most keys do.
    worded = np.flatnonzero(~folded.str.match("[0-9]").to_numpy(bool))
    words_at = [bool(_TOTALS.match(word) or _FOOTERS.match(word)) for word in folded.iloc[worded]]
    is_telling[worded] |= np.array(words_at, dtype=bool)
    is_telling = np.append(is_telling, False)[codes]  # an empty key tells nothing
    is_lonely = (count == 1) & (len(names) > 2)
    is_record: Array = np.greater(count, 0)
    is_odd = is_record & (~has_key | ~has_mapped | is_lonely | is_telling)
    for at in np.flatnonzero(is_odd).tolist():
        filled = np.flatnonzero(is_cell[at, :])
        cells = frame.iloc[at].tolist()
        if _is_header(pairs := [(str(names[i]), str(cells[i])) for i in filled], kind, headers):
            _must_repeat(pairs, kind, words, int(row_nos[at]), issues.file)
            is_record[at] = False
            issues.add("repeated_header", row_no=int(row_nos[at]))
            continue
        said = [str(cells[i]).strip() for i in filled]
        code = _oddity(_Row(said, filled[0] == 0, bool(has_mapped[at]), bool(has_key[at])))
        if code:
            is_record[at] = False
            issues.add(code, row_no=int(row_nos[at]), value="、".join(said)[:120])
    return is_record


def _is_filled(cells: pd.Series) -> Array:
    """Return which cells hold more than blanks."""
    if not isinstance(cells.dtype, pd.StringDtype):
        cells = cells.astype("str")
    filled: Array = cells.str.strip().ne("").to_numpy(bool) & cells.notna().to_numpy()
    return filled


def _folded(words: pd.Series) -> pd.Series:
    """Return words folded for comparing; plain signs without a blank only become small."""
    folded = words.astype("str").str.lower()
    is_odd = ~words.str.fullmatch("[!-~]*").to_numpy(bool)
    return folded.where(~is_odd, words[is_odd].map(lambda word: fold(without_control(word))))


def _meant(cell: str, kind: Kind) -> set[str]:
    """Return the columns of a kind that a cell is a header of."""
    index = index_of(kind)
    return {column.name for word, _ in readings(cell) for _, column in index.get(word, [])}


def _is_header(pairs: list[tuple[str, str]], kind: Kind, headers: frozenset[str]) -> bool:
    """True when most cells of a row are headers; `pairs` are a column's header and its cell."""
    cells = [without_control(cell) for _, cell in pairs]
    known = [cell for cell in cells if fold(cell) in headers or _meant(cell, kind)]
    return len(cells) >= 2 and len(known) * 2 > len(cells)


def _must_repeat(
    pairs: list[tuple[str, str]], kind: Kind, columns: Mapping[str, str], row_no: int, file: str
) -> None:
    """Refuse a second header that puts other columns where the first has its own."""
    own = {fold(header) for header, _ in pairs}
    for header, cell in pairs:
        word = fold(without_control(cell))
        meant = _meant(without_control(cell), kind)
        column = columns.get(header)
        is_other = word in own or (column is not None and meant and column not in meant)
        if word != fold(header) and is_other:
            raise refusal(
                file,
                f"第 {row_no} 行另有表头，列的次序不同（「{header}」之下是「{cell.strip()}」）",
                f"row {row_no} is another header with its columns in another order",
                "把文件在这一行分成两个，分别报送",
            )
        if word != fold(header) and column in meant and _unit(cell) != _unit(header):
            raise refusal(
                file,
                f"第 {row_no} 行另有表头，单位不同（「{header}」之下是「{cell.strip()}」）",
                f"row {row_no} is another header with another unit",
                "把文件在这一行分成两个，分别报送",
            )


def _unit(header: str) -> str | None:
    return next((unit for _, unit in readings(without_control(header)) if unit), None)


def _oddity(row: _Row) -> str | None:
    """Return the code of a row that is no record, None for a record."""
    folded = [fold(word) for word in row.words]
    if any(_TOTALS.match(word) for word in folded[:2]):
        return "totals_row"
    if any(_FOOTERS.match(word) for word in folded[:2]):
        return "footer_row"
    if len(folded) == 1 and row.is_leading:
        # A number standing alone may be a record of which only the number is known.
        is_number = bool(re.search(r"[0-9a-z]", folded[0]))
        if _SECTION.match(folded[0]) or (not row.has_key and not is_number):
            return "section_row"
    return None if row.has_mapped else "no_data_row"
