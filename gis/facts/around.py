"""All the records that may meet the shapes of a part, or speak of what is its own, read whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import shapely

from gis import fields
from gis.crs import Shapes
from gis.facts import link
from gis.facts.approvals import name_of
from gis.facts.gather import DATED, Records
from gis.store import records
from gis.store.database import Connection
from gis.store.records import Box, Only

# The same margin as `overlay.zones.near_enough`: an edge that is straight in the plane leaves the
# one between longitudes by some metres.
_MARGIN_DEGREES, _MARGIN_SHARE = 0.001, 0.01
# A shape wider than this gets a window of its own; small ones share one.
_WIDE_DEGREES = 0.05
_MOST_WINDOWS = 40
_WHOLE = frozenset({"regions", "projects", "enterprises", "enterprise_years"})
_EVENTS = frozenset(
    kind
    for kind in DATED
    if "supply_no" in fields.KINDS[kind].columns and not fields.KINDS[kind].has_geometry
)
_GROUND = ("landclass", "plans", "serviced")


@dataclass(frozen=True)
class Mine:
    """What a part answers for: names of approvals, keys of the rest, codes of parks."""

    approvals: pd.Index
    supplies: pd.Index
    undated: pd.Index
    parcels: pd.Index
    former: pd.Index
    buildings: pd.Index
    parks: pd.Index


@dataclass(frozen=True)
class Reader:
    """Reads the records known at a delivery, as of a day."""

    connection: Connection
    as_of: date
    known_at: int

    def __call__(self, kind: str, only: Only) -> pd.DataFrame:
        """Return the records of a kind that count on the day; parcels count without one."""
        if kind != "parcels":
            return records.read(self.connection, kind, self.known_at, self.as_of, only=only)
        dated = records.read(self.connection, kind, self.known_at, only=only)
        undated = records.read(self.connection, kind, self.known_at, undated=True, only=only)
        return pd.concat([dated, undated], ignore_index=True)

    def undated(self, kind: str, only: Only) -> pd.DataFrame:
        """Return the records of a kind that carry no day."""
        return records.read(self.connection, kind, self.known_at, undated=True, only=only)

    def former(self, only: Only) -> pd.DataFrame:
        """Return the last ended version of each parcel."""
        columns = ("region_code", "geom")
        return records.former(self.connection, "parcels", self.known_at, columns, only)


def around(read: Reader, mine: Mine, shapes: Shapes, region: str | None) -> Records:
    """Return all records that may meet the shapes, or speak of what is the part's own."""
    boxes = windows(shapes)
    near = Only(boxes)
    numbers = read("parcels", near)["supply_no"].dropna()
    ours = numbers_of(mine.approvals)
    supplies = read(
        "supplies",
        Only(
            boxes,
            {"supply_no": numbers, "contract_no": numbers, "approval_nos": ours},
        ),
    )
    supplies = together(supplies, read("supplies", Only(named={"key": mine.supplies})))
    # Phases of one supply share what was recorded of the whole.
    refs = cited(supplies)
    phases = read("supplies", Only(named={"supply_no": refs, "contract_no": refs}))
    supplies = together(supplies, phases)
    refs = cited(supplies)
    named = [name for names in supplies["approval_nos"].dropna() for name in names]
    approvals = together(
        read("approvals", Only(boxes, {"replaces": ours})),
        read("approvals", Only(named={"approval_no": numbers_of([*ours, *named])})),
    )
    replaced = [name for names in approvals["replaces"].dropna() for name in names]
    all_numbers = numbers_of([*approvals["approval_no"], *replaced])
    approvals = read("approvals", Only(named={"approval_no": all_numbers}))
    names = [*approvals["approval_no"], *name_of(approvals)]
    blocks = read("blocks", near)
    dated = {
        "parcels": read("parcels", Only(boxes, {"supply_no": refs})),
        "supplies": supplies,
        "approvals": approvals,
        "withdrawals": read("withdrawals", Only(boxes, {"approval_no": names})),
        "approval_status": read("approval_status", Only(named={"approval_no": names})),
        "buildings": read("buildings", Only(boxes, {"supply_no": refs})),
        "blocks": blocks,
        "parks": read("parks", Only(boxes, {"park_code": blocks["park_code"].dropna()})),
        **{kind: read(kind, near) for kind in _GROUND},
        **{kind: read(kind, Only(named={"supply_no": refs})) for kind in sorted(_EVENTS)},
        **{kind: read(kind, Only(keys=("", None))) for kind in sorted(_WHOLE)},
    }
    nothing = {kind: read(kind, Only()) for kind in DATED if kind not in dated}
    undated = read.undated("supplies", Only(named={"key": mine.undated}))
    return Records(
        read.as_of,
        read.known_at,
        region,
        {**dated, **nothing},
        {"supplies": undated, "approvals": read.undated("approvals", Only())},
        read.former(near),
    )


def given_up(read: Reader, parks: pd.Series) -> pd.Series:
    """Return the shapes of approvals near parks that a withdrawal names.

    A park asks what is left of them, and that is told by all that meets them, in the park or not.
    """
    near = read("approvals", Only(windows(parks.to_numpy(dtype=object))))
    near = read("approvals", Only(named={"approval_no": near["approval_no"]}))
    names = [*near["approval_no"], *name_of(near)]
    withdrawals = read("withdrawals", Only(named={"approval_no": names}))["approval_no"]
    is_cut = near["approval_no"].isin(withdrawals) | name_of(near).isin(withdrawals)
    return near.loc[is_cut, "geom"]


def windows(shapes: Shapes) -> tuple[Box, ...]:
    """Return boxes that hold whatever may meet one of the shapes (EPSG:4490)."""
    if not len(shapes):
        return ()
    west, south, east, north = shapely.bounds(shapes).T
    size = np.maximum(east - west, north - south)
    wide = _MARGIN_DEGREES + _MARGIN_SHARE * size
    bounds = np.column_stack([west - wide, south - wide, east + wide, north + wide])
    is_wide = size > _WIDE_DEGREES
    if is_wide.sum() > _MOST_WINDOWS:
        is_wide[:] = False
    single, small = bounds[is_wide], bounds[~is_wide]
    if len(small):
        together = np.concatenate([small[:, :2].min(axis=0), small[:, 2:].max(axis=0)])
        single = np.vstack([single, together])
    return tuple((float(w), float(s), float(e), float(n)) for w, s, e, n in single)


def cited(supplies: pd.DataFrame) -> pd.Series:
    """Return every number later documents may cite the supplies by, each once."""
    return link.references(supplies)["ref"].drop_duplicates()


def numbers_of(names: Iterable[str]) -> list[str]:
    """Return names of approvals and their numbers: the name is number or number|batch."""
    given = [str(name) for name in names]
    return sorted({*given, *(name.split("|", 1)[0] for name in given)})


def together(*tables: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of several reads of a kind, each once, in the order of a single read."""
    rows = pd.concat(tables, ignore_index=True).drop_duplicates("key")
    return rows.sort_values("key", ignore_index=True)
