"""Where the header of a register is: below its titles, one or several lines high, often merged."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gis.fields import Kind
from gis.intake.columns.cells import fold
from gis.intake.columns.mapping import UNITS, index_of, map_headers, missing, readings

Grid = Sequence[Sequence[object]]
Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]  # (row, column) of both corners, from 0

_SEARCHED_ROWS = 40
_TALLEST = 4
LOOKED_AT = _SEARCHED_ROWS + _TALLEST  # rows from the top that may belong to a header
# What a group's name may end with and the names below it leave out.
_TAILS = ("时间", "日期", "面积", "价款", "价格", "金额", "编号", "名称", "代码")
_UNIT_LINE = re.compile(r"单位[:：]?\s*(.+)")


@dataclass(frozen=True)
class HeaderRows:
    """The header found: its first row and the first row below it (from 0), and its words."""

    start: int
    end: int
    headers: tuple[str, ...]
    units: tuple[str, ...]  # of a line such as "单位：公顷、万元" above


def find(
    grid: Grid, merged: Merged, kind: Kind, column_map: Mapping[str, str] | None = None
) -> HeaderRows | None:
    """Return the rows that match most of the kind's columns; None when no row matches any.

    Of equal matches the one with fewer lines wins, then the higher one.
    """
    top = _spread(grid, merged, LOOKED_AT)
    words = frozenset(index_of(kind)) | {
        word for original in column_map or {} for word, _ in readings(original)
    }
    best: tuple[tuple[int, int, int, int], HeaderRows] | None = None
    for start in range(min(len(top), _SEARCHED_ROWS)):
        for height in range(1, _TALLEST + 1):
            rows = top[start : start + height]
            if len(rows) < height or not any(fold(str(cell)) for cell in rows[-1]):
                break
            if height > 1 and not _continues(rows[-1]):
                break
            headers = _joined(rows, words)
            if not any(_is_known(header, words) for header in headers):
                continue
            present = {k: v for k, v in (column_map or {}).items() if k in headers}
            mapped = map_headers([h for h in headers if h], kind, present)
            if not mapped.units:
                continue
            units_seen = sum(unit is not None for unit in mapped.units.values())
            score = (-len(missing(kind, mapped)), len(mapped.units), units_seen, -height)
            # Below rows of data a header that knows no more is one of another file, joined on.
            is_joined = (
                best is not None
                and start >= best[1].end
                and start + height > best[1].end + 1
                and score[:2] <= best[0][:2]
            )
            if best is None or (score > best[0] and not is_joined):
                best = score, HeaderRows(start, start + height, headers, _sheet_units(top[:start]))
    return best[1] if best else None


def first_data_row(grid: Grid, header: HeaderRows) -> int:
    """Return the first row below the header that is no line of column numbers (1 2 3, 甲 乙)."""
    row = header.end
    while row < len(grid) and _is_index(grid[row]):
        row += 1
    return row


def _spread(grid: Grid, merged: Merged, rows: int) -> list[list[object]]:
    """Return the top rows with the value of every merged range in each of its cells."""
    top = [list(row) for row in grid[:rows]]
    for (first_row, first_column), (last_row, last_column) in merged:
        if first_row >= len(top) or first_column >= len(top[first_row]):
            continue
        value = top[first_row][first_column]
        for row in top[first_row : last_row + 1]:
            for column in range(first_column, min(last_column + 1, len(row))):
                # A program may merge over words of their own: those stay.
                if not str(row[column]).strip():
                    row[column] = value
    return top


def _is_known(header: str, words: frozenset[str]) -> bool:
    return any(word in words for word, _ in readings(header))


def _joined(rows: Sequence[Sequence[object]], known_words: frozenset[str]) -> tuple[str, ...]:
    """Return one header per column: the joined lines if the dictionary knows them, else the lowest.

    约定 over 开工时间 is 约定开工时间; 土地信息 over 电子监管号 is 电子监管号.
    """
    width = max(map(len, rows))
    lines = [[str(cell).strip() for cell in row] + [""] * (width - len(row)) for row in rows]
    for line in lines[:-1]:
        for column in range(1, width):
            # A group's name stands over its first column only, where nothing is merged.
            is_open = not line[column] and any(lower[column] for lower in lines[1:])
            if is_open and line[column - 1] and not _fills(lines, column - 1):
                line[column] = line[column - 1]
    headers = []
    for column in range(width):
        words = list(dict.fromkeys(line[column] for line in lines if line[column]))
        joined = "".join(words)
        choices = dict.fromkeys([joined, *_together(words), *reversed(words)])
        known = [c for c in choices if c and _is_known(c, known_words)]
        headers.append(known[0] if known else joined)
    return tuple(headers)


def _together(words: Sequence[str]) -> list[str]:
    """Return what the lines over a column may say together, each line a part of it.

    约定时间 over 开工 is 约定开工时间; 面积 over 供地 over 公顷 is 供地面积(公顷).
    """
    if len(words) < 2:
        return []
    if len(words) > 2 and fold(words[-1]).strip("()") in UNITS:
        return [f"{said}({words[-1].strip('()（）')})" for said in _together(words[:-1])]
    found = []
    for over in ("".join(words[:-1]), words[-2]):
        under = words[-1]
        found.append(under + over)
        for tail in _TAILS:
            if over.endswith(tail):
                stem = over.removesuffix(tail)
                found += [stem + under + tail, stem + under]
        found += [over + under + tail for tail in ("时间", "日期")]
    return [said for said in found if said]


def _fills(lines: list[list[str]], column: int) -> bool:
    """True when a column's own header stands above blanks only: it is no group."""
    return not any(line[column] for line in lines[1:])


def _continues(row: Sequence[object]) -> bool:
    """True when a row can be a further line of a header: words only, no numbers and no days."""
    words = [fold(str(cell)) for cell in row if fold(str(cell))]
    return all(
        not isinstance(cell, int | float) or isinstance(cell, bool) for cell in row
    ) and not any(re.search(r"\d{4}", word) or re.fullmatch(r"[\d.,]+", word) for word in words)


def _sheet_units(rows: Sequence[Sequence[object]]) -> tuple[str, ...]:
    found: list[str] = []
    for row in rows:
        for cell in row:
            if match := _UNIT_LINE.search(str(cell)):
                found += re.findall("|".join(map(re.escape, UNITS)), fold(match[1]))
    return tuple(dict.fromkeys(found))


def _is_index(row: Sequence[object]) -> bool:
    words = [fold(str(cell)).removesuffix(".0").strip("()") for cell in row]
    numbers = [int(word) for word in words if re.fullmatch(r"\d{1,2}", word)]
    filled = [word for word in words if word]
    letters = [word for word in filled if word in "甲乙丙丁戊己庚辛"]
    if len(filled) < 3 or len(numbers) + len(letters) < len(filled):
        return False
    return numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else False
