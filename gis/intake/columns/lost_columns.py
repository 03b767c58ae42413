"""Columns nobody asked for by name: what they look like, and which column of the kind they may be.

A day or an area whose header the dictionary does not know is lost as surely as one never sent: it
is a warning. A column that repeats another, or that looks like nothing the kind lacks, is a note.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gis.fields import Column, Kind
from gis.intake.columns.amounts import AREA_UNITS, INTENSITY_UNITS, MONEY_UNITS
from gis.intake.columns.looks import Look, look_of
from gis.intake.columns.mapping import Mapped, likeness, readings
from gis.intake.columns.values import read_column
from gis.intake.issues import Issues, show
from gis.intake.table import Table

_FORMS = {
    "day": "日期", "number": "数", "counter": "序号", "text": "文字", "supply_no": "电子监管号",
    "parcel_code": "宗地代码", "unit_no": "不动产单元号",
}  # fmt: skip
_WORDS = {"area": ("面积", "亩", "公顷"), "money": ("价", "金额", "投资", "费")}
_ALIKE = 0.5
_MOST_NAMED = 4
# 0.8249 公顷 and 12.37 亩 are one area written twice.
_SAME = 0.005
_COMPARED = frozenset({"day", "day_end", "area", "money", "intensity"})


def tell_unused(
    mapped: Mapped, kind: Kind, table: Table, is_silent: frozenset[str], issues: Issues
) -> None:
    """Tell every column that feeds none, by what it holds; `is_silent` names headers to pass by."""
    free = [column for column in kind.asked if column.name not in mapped.units]
    for header in mapped.unused:
        if header in is_silent:
            continue
        look = look_of(table.frame[header])
        meant = _meant(header, look, free)
        alike = sorted(meant, key=lambda column: -likeness(header, column))
        near = [column for column in alike if likeness(header, column) >= _ALIKE]
        if meant:
            titles = [column.title for column in near or alike][:_MOST_NAMED]
            issues.add(
                "lost_column",
                value=header,
                detail=f"{_FORMS[look.form]}（如 {show(look.example)[:40]}），"
                f"可能是「{'」「'.join(titles)}」",
            )
            continue
        fitting = [c for c in free if look.fits(c) and likeness(header, c) >= _ALIKE]
        best = max(fitting, key=lambda column: likeness(header, column), default=None)
        issues.add(
            "unmapped_header", value=header, detail=f"（接近「{best.title}」）" if best else ""
        )


def tell_shadowed(mapped: Mapped, kind: Kind, table: Table, issues: Issues) -> None:
    """Tell every second column for the same thing; where the two differ that is a warning."""
    for header, name, winner in mapped.shadowed:
        column = kind.columns[name]
        count = _differing(mapped, column, table, header)
        issues.add(
            "shadowed_differs" if count else "shadowed_header",
            field=name,
            title=column.title,
            value=header,
            detail=f"{winner}，有 {count} 行不同" if count else winner,
        )


def _meant(header: str, look: Look, free: Sequence[Column]) -> list[Column]:
    """Return the columns of days, amounts or codes, not found so far, that a header may stand for.

    Days and codes show themselves; that a number is an area or money only its header can say.
    """
    if look.form == "day":
        return [column for column in free if column.type in {"day", "day_end"}]
    if look.form in {"supply_no", "parcel_code", "unit_no"}:
        return [column for column in free if column.name == look.form]
    if look.form not in {"number", "counter"}:
        return []
    # 1, 2, 3 under 宗地面积(公顷) count nothing: the header of a counter names no unit, no money.
    units = {unit for _, unit in readings(header) if unit}
    kinds = {
        type_
        for type_, known in (
            ("area", AREA_UNITS), ("money", MONEY_UNITS), ("intensity", INTENSITY_UNITS)
        )
        if units & set(known)
    }  # fmt: skip
    if not kinds:
        kinds = {type_ for type_, words in _WORDS.items() if any(word in header for word in words)}
    return [column for column in free if column.type in kinds]


def _differing(mapped: Mapped, column: Column, table: Table, header: str) -> int:
    """Return in how many rows a second column of days or amounts speaks and says other things."""
    if column.type not in _COMPARED:
        return 0
    winner = mapped.columns[column.name]
    unit = next((unit for _, unit in readings(header) if unit), None)
    first, second = (
        pd.Series(read_column(column, table.frame[one], of_one, mapped.empty_days).values)
        for one, of_one in ((winner, mapped.units[column.name]), (header, unit))
    )
    both = first.notna() & second.notna()
    first, second = first[both], second[both]
    if column.type in {"day", "day_end"}:
        return int((first != second).sum())
    a, b = first.to_numpy(np.float64), second.to_numpy(np.float64)
    return int((np.abs(a - b) > _SAME * np.maximum(np.abs(a), np.abs(b))).sum())
