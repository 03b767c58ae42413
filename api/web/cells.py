"""Rows of frames as pages show them: days as days, what is not known as None."""

from __future__ import annotations

from typing import Any

import pandas as pd


def rows_of(frame: pd.DataFrame, *left_out: str) -> list[dict[str, Any]]:
    """Return the rows of a frame without its shapes and the columns left out."""
    kept = frame.drop(columns=[name for name in ("geom", *left_out) if name in frame])
    return [{str(name): cell(value) for name, value in row.items()}
            for row in kept.to_dict("records")]  # fmt: skip


def cell(value: Any) -> Any:
    """Return one cell: a day as `date`, a list as a list, a number of Python's own.

    >>> cell(pd.Timestamp("2026-06-30")), cell(float("nan")), cell(["a"])
    (datetime.date(2026, 6, 30), None, ['a'])
    """
    if isinstance(value, list | tuple):
        return [*value]
    if value is None or (not isinstance(value, str | dict) and pd.isna(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date() if value.tzinfo is None else value.to_pydatetime()
    return value.item() if hasattr(value, "item") else value
