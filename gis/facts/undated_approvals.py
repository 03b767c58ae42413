"""Approvals without their day: nothing can be counted from them, and every run says which they are.

A line of the balance tells their area; it stands in no sum.
"""

from __future__ import annotations

import pandas as pd

from gis.arrays import objects
from gis.facts.approvals import area_of_each, name_of
from gis.facts.gather import is_within
from gis.store import records
from gis.store.database import Connection

METHOD = "undated"
"""The `method` of such a line of the balance."""
MISSING = "approved_on"


def lines(
    connection: Connection, known_at: int, region: str | None, left_out: pd.DataFrame
) -> pd.DataFrame:
    """Return one line of the balance for each approval of a region without its day.

    Columns: approval, base_m2 (the area registered; NaN where none is), region_code, method,
    missing. Records of `left_out` (kind, key) are told elsewhere.
    """
    parts = records.read(connection, "approvals", known_at, undated=True)
    gone = left_out.loc[left_out["kind"] == "approvals", "key"]
    is_here = is_within(parts["region_code"], region) & ~parts["key"].isin(gone)
    parts = parts[is_here].assign(approval=name_of).sort_values("key")
    first = parts.groupby("approval", sort=True)["region_code"].first()
    return pd.DataFrame(
        {
            "approval": first.index,
            "base_m2": area_of_each(parts, "total_area_m2").reindex(first.index).to_numpy(),
            "region_code": first.to_numpy(),
            "method": METHOD,
            "missing": objects([(MISSING,)] * len(first)),
        }
    )
