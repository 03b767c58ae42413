"""A part of the land: which records it answers for, and all that may meet these, read whole.

A part never clips a shape. A record belongs to the part its anchor lies in (the middle of the
envelope of its shape, or of its first parcel's or sheet's); records without any shape are parted
by key. So any number of parts shares out all there is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import fields as fields_of
from datetime import date

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Shapes
from gis.facts import link
from gis.facts.approvals import name_of
from gis.facts.gather import Records, cut_to, gather
from gis.facts.neighbourhood import (
    Reader,
    Stretch,
    Targets,
    cited,
    numbers_of,
    read_neighbourhood,
    withdrawn_shapes,
)
from gis.facts.papers_of import papers_of
from gis.facts.set_aside import SetAside
from gis.store.database import Connection
from gis.store.record_filter import Box, RecordFilter

# What of a supply says where it lies.
_NAMED_BY = ("supply_no", "contract_no", "phase", "geom")


@dataclass(frozen=True)
class Part:
    """A part by its place (west <= x < east, south <= y < north), by keys or by name.

    Without any of the three it is everything. `is_papers_alone`: of named supplies only what
    speaks of them is wanted, and nothing that lies around. `beyond`: of a stretch of keys, see
    `Stretch`.
    """

    number: int
    box: Box | None = None
    keys: tuple[str, str | None] | None = None
    mine: Targets | None = None
    is_papers_alone: bool = False
    beyond: pd.DataFrame | None = field(default=None, compare=False, repr=False)

    @property
    def is_everything(self) -> bool:
        """True for the part that is the whole."""
        return self.box is None and self.keys is None and self.mine is None


def gather_part(
    connection: Connection,
    as_of: date,
    known_at: int,
    region: str | None,
    part: Part,
    aside: SetAside | None = None,
) -> tuple[Records, Targets]:
    """Return the records a part needs, as `gather` gives them, and which of them are its own.

    What `aside` leaves out is not among them.
    """
    aside = aside or SetAside()
    if part.is_everything:
        known = gather(connection, as_of, known_at, region, aside)
        return known, all_of(known)
    read = Reader(connection, as_of, known_at, aside)
    if part.is_papers_alone and part.mine is not None:
        return papers_of(read, part.mine.supplies), part.mine
    mine, shapes, whole = _own(read, part) if part.mine is None else _named(read, part.mine)
    stretch = None if whole is None or part.keys is None else Stretch(whole, part.beyond)
    known = cut_to(read_neighbourhood(read, mine, shapes, region, stretch), region)
    there = all_of(known)
    own = {
        each.name: getattr(mine, each.name).intersection(getattr(there, each.name), sort=False)
        for each in fields_of(Targets)
    }
    return known, Targets(**own)


def all_of(known: Records) -> Targets:
    """Return everything that is known, as what a part of the whole answers for."""
    dated = known.dated
    return Targets(
        approvals=pd.Index(name_of(known.on_table["approvals"]).unique()),
        supplies=pd.Index(known.on_table["supplies"]["key"]),
        undated=pd.Index(known.undated["supplies"]["key"]),
        parcels=pd.Index(dated["parcels"]["key"]),
        former=pd.Index(known.former_parcels["key"]),
        buildings=pd.Index(dated["buildings"]["key"]),
        parks=pd.Index(dated["parks"]["park_code"]),
    )


def _own(read: Reader, part: Part) -> tuple[Targets, Shapes, pd.DataFrame | None]:
    """Return what a part answers for, the shapes of that, and supplies that were read whole.

    Where nothing has a shape a stretch of keys answers for all supplies it has: they are not read
    a second time.
    """
    boxes = () if part.box is None else (part.box,)
    here = RecordFilter(boxes=boxes)
    parcels, buildings, former = read("parcels", here), read("buildings", here), read.former(here)
    numbers = parcels["supply_no"].dropna()
    named = {"supply_no": numbers, "contract_no": numbers}
    told = RecordFilter(boxes, named if boxes else {}, part.keys)
    is_all = not boxes and read.is_shapeless()
    supplies = read.on_table("supplies", told, None if is_all else _NAMED_BY)
    lent = _lent(supplies, read("parcels", RecordFilter(named={"supply_no": cited(supplies)})))
    approvals = read.on_table("approvals", RecordFilter(boxes, keys=part.keys))
    numbers = approvals["approval_no"]
    approvals = read.on_table("approvals", RecordFilter(named={"approval_no": numbers}))
    approvals = approvals.assign(name=name_of(approvals))
    parks = read("parks", here)
    parks = parks[parks["key"].isin(_inside(parks, "key", part))]
    shaped = supplies[supplies["geom"].notna()].rename(columns={"key": "subject"})
    drawn = pd.concat([shaped[["subject", "geom"]], lent[["subject", "geom"]]], ignore_index=True)
    own_parcels, own_buildings, own_former = (
        _inside(table, "key", part) for table in (parcels, buildings, former)
    )
    mine = Targets(
        approvals=_anchored(approvals, "name", part, approvals.groupby("name")["key"].min()),
        supplies=_anchored(drawn, "subject", part, supplies.set_index("key", drop=False)["key"]),
        undated=pd.Index(read.undated("supplies", RecordFilter(keys=part.keys))["key"]),
        parcels=own_parcels,
        former=own_former,
        buildings=own_buildings,
        parks=pd.Index(parks["park_code"]),
    )
    shapes = pd.concat(
        [
            approvals.loc[approvals["name"].isin(mine.approvals), "geom"],
            drawn.loc[drawn["subject"].isin(mine.supplies), "geom"],
            parcels.loc[parcels["key"].isin(own_parcels), "geom"],
            former.loc[former["key"].isin(own_former), "geom"],
            buildings.loc[buildings["key"].isin(own_buildings), "geom"],
            parks["geom"],
            withdrawn_shapes(read, parks["geom"]),
        ]
    )
    whole = supplies[supplies["key"].isin(mine.supplies)] if is_all else None
    return mine, shapes.dropna().to_numpy(dtype=object), whole


def _named(read: Reader, mine: Targets) -> tuple[Targets, Shapes, None]:
    """Return what a part by name answers for, and the shapes of that; some of it may be no more."""

    def by_key(kind: str, keys: pd.Index) -> pd.DataFrame:
        return read(kind, RecordFilter(named={"key": keys}))

    supplies = read.on_table("supplies", RecordFilter(named={"key": mine.supplies}))
    lent = _lent(supplies, read("parcels", RecordFilter(named={"supply_no": cited(supplies)})))
    sheets = RecordFilter(named={"approval_no": numbers_of(mine.approvals)})
    approvals = read.on_table("approvals", sheets)
    parks = by_key("parks", mine.parks)["geom"]
    shapes = [
        approvals.loc[name_of(approvals).isin(mine.approvals), "geom"],
        supplies["geom"],
        lent["geom"],
        by_key("parcels", mine.parcels)["geom"],
        by_key("buildings", mine.buildings)["geom"],
        read.former(RecordFilter(named={"key": mine.former}))["geom"],
        parks,
        withdrawn_shapes(read, parks),
    ]
    return mine, pd.concat(shapes).dropna().to_numpy(dtype=object), None


def anchors(shapes: Shapes) -> np.ndarray:
    """Return the middle (x, y) of the envelope of each shape; NaN for an empty one."""
    bounds = shapely.bounds(shapes).reshape(-1, 4)
    return (bounds[:, :2] + bounds[:, 2:]) / 2


def _inside(table: pd.DataFrame, key: str, part: Part) -> pd.Index:
    """Return the keys of the rows whose anchor lies in the part's box."""
    if part.box is None or table.empty:
        return pd.Index([], dtype=object)
    west, south, east, north = part.box
    x, y = anchors(table["geom"].to_numpy(dtype=object)).T
    is_inside = (west <= x) & (x < east) & (south <= y) & (y < north)
    keys: pd.Index = pd.Index(table[key].to_numpy(dtype=object)[is_inside])
    return keys


def _anchored(drawn: pd.DataFrame, by: str, part: Part, keys: pd.Series) -> pd.Index:
    """Return what is anchored in the part: by its first shape, or by key where it has none.

    `drawn` is ordered so that the first row with a shape is the anchor; `keys` has the first
    record key of each name.
    """
    geoms = drawn["geom"].to_numpy(dtype=object)
    is_drawn = ~(shapely.is_missing(geoms) | shapely.is_empty(geoms))
    placed = drawn[is_drawn].drop_duplicates(by)
    if part.keys is None:
        return _inside(placed, by, part)
    first, end = part.keys
    bare = keys[~keys.index.isin(placed[by])].astype(object)
    within = bare >= first if end is None else (bare >= first) & (bare < end)
    names: pd.Index = pd.Index(bare.index.to_numpy(dtype=object)[within.to_numpy(dtype=bool)])
    return names


def _lent(supplies: pd.DataFrame, parcels: pd.DataFrame) -> pd.DataFrame:
    """Return subject and geom of the parcels that lend a supply its shape, by parcel key."""
    bare = supplies[supplies["geom"].isna()]
    met = link.join(parcels[["supply_no", "phase", "key", "geom"]], link.references(bare))
    return met.sort_values(["subject", "key"])[["subject", "geom"]]
