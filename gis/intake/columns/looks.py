"""What the cells of a column look like, whatever stands over them: days, numbers, codes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gis.fields import Column
from gis.intake.columns import ids
from gis.intake.columns.amounts import split_number
from gis.intake.columns.cells import BLANK_MARKS, Unread, fold, is_cell_error
from gis.intake.columns.days import read_day

_LOOKED_AT = 500  # cells
# A register is dirty: most cells, not all, make the look of a column.
_MOST = 0.8
_NUMBERS = frozenset({"area", "areas", "money", "intensity", "number", "integer"})
_DAYS = frozenset({"day", "day_end"})
_CODES: Mapping[str, Any] = {
    "unit_no": ids.unit_parts,
    "parcel_code": ids.parcel_parts,
    "supply_no": ids.supply_parts,
}


@dataclass(frozen=True)
class Look:
    """`form`: nothing, counter (1 2 3), day, number, text, or the column a code is made for."""

    form: str
    example: object = ""

    def fits(self, column: Column) -> bool:
        """True when cells of this look can be what a column is for."""
        if self.form == "nothing":
            return False
        if column.type in _DAYS:
            return self.form == "day"
        if column.type in _NUMBERS:
            return self.form == "number" or (column.type == "integer" and self.form == "counter")
        if self.form in _CODES:
            # 合同编号 may hold a 电子监管号; no name and no place does.
            return column.name.endswith(("_no", "_nos", "_code", "document"))
        return self.form in {"text", "number"} if _is_name(column) else self.form == "text"


def look_of(cells: pd.Series[Any]) -> Look:
    """Return what the first cells that are filled look like."""
    filled = [cell for cell in cells.dropna().head(4 * _LOOKED_AT) if _is_told(cell)][:_LOOKED_AT]
    if not filled:
        return Look("nothing")
    if (dates := [cell for cell in filled if _is_day(cell)]) and len(dates) >= _MOST * len(filled):
        return Look("day", dates[0])
    numbers = [_number(cell) for cell in filled]
    known = np.array([number for number in numbers if number is not None], np.float64)
    if len(known) >= _MOST * len(filled):
        steps = np.diff(known)
        is_counted = known[0] in {0, 1} and bool((steps == 1).mean() >= _MOST if len(steps) else 1)
        return Look("counter" if is_counted else "number", filled[0])
    texts = pd.Series([fold(str(cell)).upper() for cell in filled], dtype="str")
    for name, parts_of in _CODES.items():
        if parts_of(texts).iloc[:, 0].notna().mean() >= _MOST:
            return Look(name, filled[0])
    return Look("text", filled[0])


def _is_name(column: Column) -> bool:
    return column.name.endswith(("_no", "_nos", "document"))


def _is_told(cell: object) -> bool:
    text = str(cell).strip().lower()
    return text not in BLANK_MARKS and not is_cell_error(text) and not isinstance(cell, Unread)


def _is_day(cell: object) -> bool:
    """True for a day that is written as one: an amount may be a spreadsheet's day number too."""
    if isinstance(cell, date | np.datetime64):
        return True
    if isinstance(cell, bool | np.bool_):
        return False
    if isinstance(cell, int | float | np.number):
        return 19_900_101 <= float(cell) <= 21_001_231 and read_day(float(cell)).value is not None
    text = str(cell).strip()
    return read_day(text).code in {None, "month_without_day", "sentinel_day", "far_day"} and (
        len(text) == 8 or not text.replace(".", "").isdigit()
    )


def _number(cell: object) -> float | None:
    found = None if isinstance(cell, bool | date) else split_number(str(cell))
    return float(found[0]) if found is not None else None
