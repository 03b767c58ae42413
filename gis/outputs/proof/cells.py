"""Every cell of a file by its place, and the first that is not what it should be."""

from __future__ import annotations

import difflib
import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gis.cell_names import letters_of

SHEET, LIST, PAGE, ROWS = "sheet", "list", "page", "rows"
_BETWEEN = " / "
# A program that saves a workbook anew keeps 15 digits of a number.
_SAME_TO = 1e-12
_LEAST_M2 = 1e-9
_DIGEST_LETTERS = 16


@dataclass(frozen=True)
class Group:
    """What one sheet, list or page says: where it stands, and its rows.

    A row is its label and one value per column: a number, a text, or None. `kind` is sheet (cells
    of a workbook), list (CSV, dBASE), page (one row per text or sign of an HTML page) or rows (the
    rows packed into a map). `head` is the row that holds the titles of the columns, -1 where none.
    """

    where: str
    kind: str
    head: int
    rows: tuple[tuple[Any, ...], ...]

    @property
    def file(self) -> str:
        """Return the file the group was read from."""
        return self.where.split(_BETWEEN)[0]

    @property
    def cells_count(self) -> int:
        """Return how many values it holds, empty ones left out."""
        return sum(value is not None for row in self.rows for value in row[1:])


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it should be: its place, what is there, and what should be.

    `cell` is the address in a workbook (F12), else empty.
    """

    where: str
    cell: str
    row: str
    column: str
    printed: Any
    stored: Any


def named(file: str, part: str) -> str:
    """Return the name of a part of a file, as groups are named."""
    return f"{file}{_BETWEEN}{part}"


def folded(group: Group) -> Group:
    """Return a group of rows with one digest in place of the values of each; others unchanged."""
    if group.kind != ROWS:
        return group
    rows = (
        (str(row[0]), *(row[1:] if len(row) == 2 and _is_digest(row[1]) else (_digest(row[1:]),)))
        for row in group.rows
    )
    return Group(group.where, group.kind, -1, tuple(rows))


def differences(printed: Group, stored: Group) -> Iterator[Difference]:
    """Yield every value of `printed` that is not that of `stored`, in the order of the rows."""
    was, is_ = printed.rows, stored.rows
    if len(was) == len(is_):
        for place in range(len(was)):
            yield from _of_row(printed, stored, place, place)
        return
    # Rows are aligned by what they say, so that one row more or less is told as that.
    sides = [[_key(row) for row in rows] for rows in (was, is_)]
    matcher = difflib.SequenceMatcher(None, sides[0], sides[1], autojunk=False)
    for tag, first, end, other, other_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        both = min(end - first, other_end - other)
        for step in range(both):
            yield from _of_row(printed, stored, first + step, other + step)
        for row in was[first + both : end]:
            yield Difference(printed.where, "", str(row[0]), "", _said(row), None)
        for row in is_[other + both : other_end]:
            yield Difference(printed.where, "", str(row[0]), "", None, _said(row))


def _of_row(printed: Group, stored: Group, place: int, other: int) -> Iterator[Difference]:
    was, is_ = printed.rows[place], stored.rows[other]
    for column in range(1, max(len(was), len(is_))):
        old = was[column] if column < len(was) else None
        new = is_[column] if column < len(is_) else None
        if not _same(old, new):
            cell = f"{letters_of(column - 1)}{place + 1}" if printed.kind == SHEET else ""
            title = _title(stored, column) or _title(printed, column)
            yield Difference(printed.where, cell, str(is_[0]), title, old, new)


def _title(group: Group, column: int) -> str:
    if 0 <= group.head < len(group.rows) and column < len(group.rows[group.head]):
        return str(group.rows[group.head][column] or "")
    return ""


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    if isinstance(old, int | float) and isinstance(new, int | float):
        return math.isclose(old, new, rel_tol=_SAME_TO, abs_tol=_LEAST_M2)
    return bool(old == new)


def _key(row: Sequence[Any]) -> tuple[Any, ...]:
    values = [f"{v:.11g}" if isinstance(v, float | int) else v for v in row[1:]]
    while values and values[-1] is None:
        values.pop()
    return tuple(values)


def _said(row: Sequence[Any]) -> str:
    return " ".join(str(value) for value in row[1:] if value is not None)


def _digest(values: Sequence[Any]) -> str:
    text = json.dumps(list(values), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST_LETTERS]


def _is_digest(value: Any) -> bool:
    return isinstance(value, str) and len(value) == _DIGEST_LETTERS
