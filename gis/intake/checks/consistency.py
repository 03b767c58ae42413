"""Rows that contradict themselves: days out of order, a part larger than the whole."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis import units
from gis.fields import Kind
from gis.intake.issues import Issues
from gis.intake.table import Array


def tell_contradictions(data: pd.DataFrame, kind: Kind, row_nos: Array, issues: Issues) -> None:
    """Add an issue for each pair of a row's columns that goes against `order` or `at_most`.

    Pairs that name another kind's column are left to whoever knows those records. The values stay
    as they came: which of the two is wrong only a person can say.
    """
    for earlier, later in kind.order:
        if earlier in data and later in data:
            first, second = (data[name].to_numpy("datetime64[D]") for name in (earlier, later))
            # Of a month nobody knows on which side of a day in it its own day lies.
            is_month = _is_month(data, kind, earlier) | _is_month(data, kind, later)
            is_open = is_month & (first.astype("M8[M]") == second.astype("M8[M]"))
            is_wrong = (first > second) & ~is_open
            _tell("days_out_of_order", later, earlier, is_wrong, data, kind, row_nos, issues)
    for smaller, larger in kind.at_most:
        if smaller in data and larger in data:
            part, whole = (data[name].to_numpy(np.float64) for name in (smaller, larger))
            slack = np.maximum(units.AREA_TOLERANCE_M2, units.AREA_TOLERANCE_SHARE * whole)
            is_wrong = part > whole + slack
            _tell("area_too_large", smaller, larger, is_wrong, data, kind, row_nos, issues)


def _is_month(data: pd.DataFrame, kind: Kind, day: str) -> Array:
    flag = kind.month_flags.get(day)
    if flag is None or flag not in data:
        return np.zeros(len(data), bool)
    return data[flag].to_numpy(dtype=bool, na_value=False)


def _tell(
    code: str,
    name: str,
    other: str,
    is_wrong: Array,
    data: pd.DataFrame,
    kind: Kind,
    row_nos: Array,
    issues: Issues,
) -> None:
    if not is_wrong.any():
        return
    title = kind.columns[other].title
    issues.add_rows(
        code,
        row_nos[is_wrong],
        _texts(data.loc[is_wrong, name]),
        field=name,
        title=kind.columns[name].title,
        details=[f"「{title}」{text}" for text in _texts(data.loc[is_wrong, other])],
    )


def _texts(values: pd.Series) -> list[str]:
    """Return days and areas as people read them."""
    if values.dtype.kind == "M":
        days: list[str] = np.datetime_as_string(values.to_numpy("datetime64[D]")).tolist()
        return days
    return [f"{value:,.2f} 平方米" for value in values]
