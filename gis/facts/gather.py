"""The records in force on a day and up to a delivery, read from the store kind by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from gis import arrays, fields
from gis.errors import UsageError
from gis.facts.dependencies import ON_TABLE
from gis.facts.set_aside import SetAside
from gis.store import records
from gis.store.database import Connection

_PLACED = ("supplies", "approvals", "parks")
DATED = tuple(kind for kind in fields.KINDS if kind != "parcels")
# Papers that tell of days before their own: a start, a stop, 未动工; a document that is revoked.
LOOKING_BACK = ("decisions", "progress")
# What an office notes in its ledger decides nothing: without a day it is shown all the same.
NOTES = "ledgers"


@dataclass(frozen=True)
class Records:
    """Records by kind: those that count on the day, and those without a day of their own.

    `on_table` has every known record of the kinds ON_TABLE, dated before the day or after.
    `former_parcels` has the last ended version of each parcel: key, to_delivery, region_code, geom.
    """

    as_of: date
    known_at: int
    region: str | None
    dated: Mapping[str, pd.DataFrame]
    undated: Mapping[str, pd.DataFrame]
    former_parcels: pd.DataFrame
    on_table: Mapping[str, pd.DataFrame]


def gather(
    connection: Connection,
    as_of: date,
    known_at: int,
    region: str | None = None,
    aside: SetAside | None = None,
) -> Records:
    """Read every kind as known at delivery `known_at`, records effective by `as_of`.

    Parcels are read without regard to their registration day: they only lend a supply its shape,
    and the supply carries the day (a 宗地 is often registered long after the contract).
    What `aside` leaves out is not among them. UsageError for a region nothing is known of.
    """
    sound = aside or SetAside()
    on_table = {kind: sound(kind, records.read(connection, kind, known_at)) for kind in ON_TABLE}
    dated = {
        kind: effective_by(on_table[kind], as_of)
        if kind in on_table
        else sound(kind, records.read(connection, kind, known_at, as_of))
        for kind in DATED
    }
    dated["parcels"] = pd.concat(
        [
            sound("parcels", records.read(connection, "parcels", known_at)),
            sound("parcels", records.read(connection, "parcels", known_at, undated=True)),
        ],
        ignore_index=True,
    )
    notes = sound(NOTES, records.read(connection, NOTES, known_at, undated=True))
    dated[NOTES] = pd.concat([dated[NOTES], notes], ignore_index=True)
    undated = {
        kind: sound(kind, records.read(connection, kind, known_at, undated=True))
        for kind in ("supplies", "approvals")
    }
    former = records.former(connection, "parcels", known_at, ("region_code", "geom"))
    former = sound("parcels", former)
    known = Records(as_of, known_at, region, dated, undated, former, on_table)
    if region is not None:
        must_be_known(connection, as_of, known_at, region)
    return cut_to(known, region)


def effective_by(papers: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the papers that count from their own day on, on a day."""
    if papers.empty:
        return papers
    return papers[papers["effective_on"] <= pd.Timestamp(as_of)].reset_index(drop=True)


def region_of(supplies: pd.DataFrame) -> pd.Series:
    """Return the county code of supplies: recorded, else the first six digits of their number."""
    codes = supplies["region_code"]
    is_open = codes.isna()
    if not is_open.any():
        return codes
    # By place: two tables laid under each other may call their rows the same.
    (rows,) = np.nonzero(is_open.to_numpy(dtype=bool))
    numbers = supplies["supply_no"].to_numpy(dtype=object)[rows]
    heads = [number[:6] if isinstance(number, str) else "" for number in numbers]
    code, names = pd.factorize(arrays.objects(heads))
    told = [name if len(name) == 6 and name.isdecimal() else None for name in names]
    from_number = pd.Series(arrays.objects(told)[code], rows, dtype="str")
    return codes.reset_index(drop=True).fillna(from_number).set_axis(codes.index)


def is_within(codes: pd.Series, region: str | None) -> pd.Series:
    """Return which region codes lie in a region; with None all do, the empty ones too."""
    if region is None:
        return pd.Series(True, index=codes.index)
    return codes.astype("str").str.startswith(records.region_start(region)).eq(True)


def cut_to(known: Records, region: str | None) -> Records:
    """Keep the supplies, approvals, parks and blocks of a region; what speaks of them follows."""
    if region is None:
        return known
    start = records.region_start(region)

    def cut(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
        kept = dict(tables)
        for kind in _PLACED:
            if kind in kept:
                codes = region_of(kept[kind]) if kind == "supplies" else kept[kind]["region_code"]
                kept[kind] = kept[kind][codes.str.startswith(start).eq(True)]
        if "blocks" in kept:
            kept["blocks"] = kept["blocks"][
                kept["blocks"]["park_code"].isin(kept["parks"]["park_code"])
            ]
        return {kind: table.reset_index(drop=True) for kind, table in kept.items()}

    return replace(
        known,
        dated=cut(known.dated),
        undated=cut(known.undated),
        on_table=cut(known.on_table),
    )


def must_be_known(connection: Connection, as_of: date, known_at: int, region: str) -> None:
    """Raise UsageError for a region of which no supply, approval, park or boundary is known."""
    for kind in (*_PLACED, "regions"):
        columns = ("region_code", "supply_no") if kind == "supplies" else ("region_code",)
        dated = records.read(connection, kind, known_at, as_of, columns=columns)
        undated = records.read(connection, kind, known_at, columns=columns, undated=True)
        found = pd.concat([dated, undated]) if kind != "parks" else dated
        codes = region_of(found) if kind == "supplies" else found["region_code"]
        if is_within(codes, region).any():
            return
    raise UsageError(
        f"没有行政区 {region} 的资料。 Nothing is known of region {region} on {as_of}.",
        "核对代码 check the code, 或去掉 or leave out --region",
    )
