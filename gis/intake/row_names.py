"""What each row of a delivery is known by: its natural key, or the sender's own row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.fields import Kind
from gis.intake.issues import Issues
from gis.intake.table import Array, Table


def name_rows(
    data: pd.DataFrame, kind: Kind, table: Table, sender: str | None, issues: Issues
) -> pd.Series:
    """Return the natural key of each row: its key columns joined by "|", an empty tail dropped."""
    keys, is_named = _joined(data, kind.key)
    if kind.key_else == ("sender_row",):
        spare, has_spare = _sender_rows(table, sender, ~is_named), ~is_named
    elif kind.key_else:
        spare, has_spare = _joined(data, kind.key_else)
    else:
        spare, has_spare = keys, is_named
    keys = keys.where(is_named, spare)
    lost = np.flatnonzero(~is_named & ~has_spare)
    # A row already rejected for the empty column itself needs no second reason.
    lost = lost[~np.isin(table.row_nos[lost], issues.rejected)]
    names = [kind.columns[n].title for n in (kind.key[0], *kind.key_else[:1]) if n in kind.columns]
    issues.add_rows(
        "missing_key",
        table.row_nos[lost],
        [""] * len(lost),
        field=kind.key[0],
        title=kind.columns[kind.key[0]].title,
        details=["、".join(names)] * len(lost),
    )
    return keys


def _sender_rows(table: Table, sender: str | None, is_wanted: Array) -> pd.Series:
    """Return sender, layer and the sender's own row id for the rows that have no other name."""
    ids = table.row_ids if table.row_ids is not None else table.row_nos
    prefix = f"{sender}/{table.layer}" if sender else str(table.layer)
    names = np.full(len(ids), "", dtype=object)
    names[is_wanted] = [f"{prefix}#{row_id}" for row_id in ids[is_wanted]]
    return pd.Series(names, dtype="str")


def _joined(data: pd.DataFrame, names: tuple[str, ...]) -> tuple[pd.Series, Array]:
    parts = []
    for name in names:
        column = data[name]
        text = column.dt.strftime("%Y-%m-%d") if column.dtype.kind == "M" else column.astype("str")
        parts.append(text.astype("str").where(column.notna(), "").fillna(""))
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + "|" + part
    return joined.str.rstrip("|"), data[names[0]].notna().to_numpy()
