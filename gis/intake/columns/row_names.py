"""What each row of a delivery is known by: its natural key, or the sender's own row."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.fields import Kind
from gis.intake.issues import Issues
from gis.intake.table import Table
from gis.record_names import natural_keys


def name_rows(
    data: pd.DataFrame, kind: Kind, table: Table, sender: str | None, issues: Issues
) -> pd.Series:
    """Return the natural key of each row, "" for those without one, of which each is an issue."""
    keys = natural_keys(kind, data)
    if kind.key_else == ("sender_row",) and keys.isna().any():
        keys = keys.where(keys.notna(), _sender_rows(table, sender, keys.isna()))
    lost = np.flatnonzero(keys.isna())
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
    return keys.fillna("")


def _sender_rows(table: Table, sender: str | None, is_wanted: pd.Series) -> pd.Series:
    """Return sender, layer and the sender's own row id for the rows that have no other name."""
    ids = table.row_ids if table.row_ids is not None else table.row_nos
    prefix = f"{sender}/{table.layer}" if sender else str(table.layer)
    names = np.full(len(ids), None, dtype=object)
    names[is_wanted] = [f"{prefix}#{row_id}" for row_id in ids[is_wanted]]
    return pd.Series(names, index=is_wanted.index, dtype="str")
