"""CSV that Excel opens with every Chinese character right and runs nothing of."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gis.files import atomic
from gis.outputs.export import columns

# A cell that begins so is a formula to Excel, WPS and LibreOffice (the full-width signs too).
_FORMULA_STARTS = r"^[=+\-@\t\r\n＝＋－＠]"


def write(rows: pd.DataFrame, table: str, out: Path) -> None:
    """Write `rows` as people read them: Chinese heads and words, areas in three units, 元."""
    save(columns.worded(rows, table).titled(), out)


def save(table: pd.DataFrame, out: Path) -> None:
    """Write a table as it is, as UTF-8 with a byte order mark: days in ISO form, unknown as empty.

    Text that would run as a formula gets an apostrophe in front; numbers and days are left alone.
    """
    safe = {}
    for position, name in enumerate(table.columns):
        values = table.iloc[:, position]
        if pd.api.types.is_datetime64_any_dtype(values):
            values = values.dt.strftime("%Y-%m-%d")
        elif not (pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)):
            texts = values.astype("str")
            is_formula = texts.str.match(_FORMULA_STARTS).fillna(False).astype(bool)
            if is_formula.any():
                values = values.where(~is_formula, "'" + texts)
        safe[name] = values
    frame = pd.DataFrame(safe, index=table.index)
    with atomic.replacing(out) as draft:
        frame.to_csv(draft, index=False, encoding="utf-8-sig", lineterminator="\r\n")
