"""The records in force on a day and up to a delivery, read from the store kind by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from gis import fields
from gis.store import records
from gis.store.database import Connection

DATED = tuple(kind for kind in fields.KINDS if kind != "parcels")


@dataclass(frozen=True)
class Records:
    """Records by kind: those that count on the day, and those without a day of their own."""

    as_of: date
    known_at: int
    region: str | None
    dated: Mapping[str, pd.DataFrame]
    undated: Mapping[str, pd.DataFrame]


def gather(
    connection: Connection, as_of: date, known_at: int, region: str | None = None
) -> Records:
    """Read every kind as known at delivery `known_at`, records effective by `as_of`.

    Parcels are read without regard to their registration day: they only lend a supply its shape,
    and the supply carries the day (a 宗地 is often registered long after the contract).
    """
    dated = {kind: records.read(connection, kind, known_at, as_of, region) for kind in DATED}
    dated["parcels"] = pd.concat(
        [
            records.read(connection, "parcels", known_at, None, region),
            records.read(connection, "parcels", known_at, None, region, undated=True),
        ],
        ignore_index=True,
    )
    undated = {
        kind: records.read(connection, kind, known_at, None, region, undated=True)
        for kind in ("supplies", "approvals")
    }
    return Records(as_of, known_at, region, dated, undated)
