"""All the records that may meet the shapes of a part, or speak of what is its own, read whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Shapes
from gis.facts.approvals import name_of
from gis.facts.dependencies import GROUND, OF_APPROVALS, ON_TABLE, PAPERS_OF_SUPPLIES, WHOLE
from gis.facts.gather import DATED, NOTES, Records, effective_by
from gis.facts.set_aside import SetAside
from gis.geometry.by_zone import reach
from gis.record_names import number_of
from gis.store import records
from gis.store.database import Connection
from gis.store.record_filter import Box, RecordFilter

# Where shapes take up so much of the window around them all, one window costs less than many.
_FULL_SHARE = 0.6
# Papers that are looked up by more than the supplies a part asks for.
_OWN_WAY = frozenset({"right_endings", NOTES})


@dataclass(frozen=True)
class Targets:
    """What a part answers for: names of approvals, keys of the rest, codes of parks.

    `approvals` and `supplies` are those of any day: one that is yet to come has no finding, but a
    timeline.
    """

    approvals: pd.Index
    supplies: pd.Index
    undated: pd.Index
    parcels: pd.Index
    former: pd.Index
    buildings: pd.Index
    parks: pd.Index


@dataclass(frozen=True)
class Stretch:
    """All supplies of a stretch of keys, read whole.

    `beyond`: those beyond it that share a number with one of them: key, supply_no, contract_no.
    """

    supplies: pd.DataFrame
    beyond: pd.DataFrame | None


@dataclass(frozen=True)
class Reader:
    """Reads the records known at a delivery, as of a day, less those left out."""

    connection: Connection
    as_of: date
    known_at: int
    aside: SetAside = field(default_factory=SetAside)

    def __call__(
        self, kind: str, only: RecordFilter, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Return the records of a kind that count on the day; parcels and notes count without."""
        connection, known_at, only = self.connection, self.known_at, self._asked(kind, only)
        by = None if kind == "parcels" else self.as_of
        dated = records.read(connection, kind, known_at, by, columns=columns, only=only)
        if kind not in {"parcels", NOTES}:
            return self.aside(kind, dated)
        undated = records.read(connection, kind, known_at, columns=columns, undated=True, only=only)
        return self.aside(kind, pd.concat([dated, undated], ignore_index=True))

    def on_table(
        self, kind: str, only: RecordFilter, columns: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Return the records of a kind dated before the day or after."""
        asked = self._asked(kind, only)
        rows = records.read(self.connection, kind, self.known_at, columns=columns, only=asked)
        return self.aside(kind, rows)

    def each_on_table(self, kinds: Collection[str], only: RecordFilter) -> dict[str, pd.DataFrame]:
        """Return the records of several kinds, as `on_table` does: few of them may have any."""
        there = records.kinds_of(self.connection, [*kinds], only)
        nothing = RecordFilter()
        return {kind: self.on_table(kind, only if kind in there else nothing) for kind in kinds}

    def of_one_number(
        self, beyond: pd.DataFrame | None, own: Collection[str], held: Collection[str]
    ) -> pd.Series:
        """Return the keys of the supplies beyond a stretch that one of its numbers names too.

        `beyond`: see `Stretch`; `own`: every number of those in the stretch, and `held` more of
        them, see `cited`.
        """
        named = RecordFilter(named={"supply_no": held, "contract_no": held})
        found = [self.on_table("supplies", named, ())["key"]]
        if beyond is not None:
            is_cited = beyond["supply_no"].isin(own) | beyond["contract_no"].isin(own)
            found.append(self.aside("supplies", beyond[is_cited])["key"])
        return pd.concat(found, ignore_index=True).drop_duplicates()

    def undated(self, kind: str, only: RecordFilter) -> pd.DataFrame:
        """Return the records of a kind that carry no day."""
        asked = self._asked(kind, only)
        rows = records.read(self.connection, kind, self.known_at, undated=True, only=asked)
        return self.aside(kind, rows)

    def former(self, only: RecordFilter) -> pd.DataFrame:
        """Return the last ended version of each parcel."""
        columns = ("region_code", "geom")
        rows = records.former(self.connection, "parcels", self.known_at, columns, only)
        return self.aside("parcels", rows)

    def is_shapeless(self) -> bool:
        """Return whether no supply has a shape, of its own or lent."""
        return "parcels" not in self._held and not records.has_shapes(
            self.connection, "supplies", self.known_at, date.max, None
        )

    def _asked(self, kind: str, only: RecordFilter) -> RecordFilter:
        """Return what is asked of a kind: nothing where the store holds none of it."""
        return only if kind in self._held else RecordFilter()

    @cached_property
    def _held(self) -> frozenset[str]:
        return records.kinds_held(self.connection)


def read_neighbourhood(
    read: Reader,
    mine: Targets,
    shapes: Shapes,
    region: str | None,
    there: Stretch | None = None,
) -> Records:
    """Return all records that may meet the shapes, or speak of what is the part's own.

    there: the own supplies, where they were read already.

    Of supplies that only meet the part's own, no papers are read but those that end a right: what
    became of their contracts nobody asks.
    """
    boxes = search_boxes(shapes)
    near = RecordFilter(boxes)
    numbers = read("parcels", near, ("supply_no",))["supply_no"].dropna()
    ours = numbers_of(mine.approvals)
    either: dict[str, Collection[str]] = {
        "supply_no": numbers, "contract_no": numbers, "approval_nos": ours,
        "key": mine.supplies if there is None else (),
    }  # fmt: skip
    met = read.on_table("supplies", RecordFilter(boxes, either))
    if there is not None:
        met = there.supplies if met.empty else pd.concat([there.supplies, met])
        met = met.drop_duplicates("key")
    # Phases of one supply share what was recorded of the whole, and what an enterprise pays is
    # measured over all the land it holds.
    own = cited(met[met["key"].isin(mine.supplies)])
    held = of_one_holder(read, own)
    refs = [*own, *held]
    if there is None:
        by_number = RecordFilter(named={"supply_no": refs, "contract_no": refs})
        keys = read.on_table("supplies", by_number, ())["key"]
    else:
        keys = read.of_one_number(there.beyond, refs, held)
    # Nearly all of these are there already: the others alone are read whole.
    more = read.on_table("supplies", RecordFilter(named={"key": keys[~keys.isin(met["key"])]}))
    supplies = met if more.empty else pd.concat([met, more])
    if not supplies["key"].is_monotonic_increasing:
        supplies = supplies.sort_values("key")
    supplies = supplies.reset_index(drop=True)
    names = RecordFilter(named={"supply_no": cited(supplies)})
    papers = RecordFilter(named={"supply_no": _spoken_of(read, mine, supplies, held)})
    named = [name for names in supplies["approval_nos"].dropna() for name in names]
    either = {"replaces": ours, "approval_no": numbers_of([*ours, *named])}
    met = read.on_table("approvals", RecordFilter(boxes, either), ("approval_no", "replaces"))
    replaced = [name for names in met["replaces"].dropna() for name in names]
    sheets = numbers_of([*met["approval_no"], *replaced])
    approvals = read.on_table("approvals", RecordFilter(named={"approval_no": sheets}))
    sheets = [*approvals["approval_no"], *name_of(approvals)]
    blocks = read("blocks", near)
    of_supplies = RecordFilter(boxes, names.named)
    notes = RecordFilter(named={**papers.named, "approval_no": sheets})
    on_table = {kind: read.on_table(kind, papers) for kind in sorted(PAPERS_OF_SUPPLIES - _OWN_WAY)}
    on_table |= {
        NOTES: read.on_table(NOTES, notes),
        "supplies": supplies,
        "right_endings": read.on_table("right_endings", names),
        "buildings": read.on_table("buildings", of_supplies),
        "approvals": approvals,
        "withdrawals": read.on_table("withdrawals", RecordFilter(boxes, {"approval_no": sheets})),
        "approval_status": read.on_table(
            "approval_status", RecordFilter(named={"approval_no": sheets})
        ),
        "landclass": read.on_table("landclass", near),
        **whole_on_table(read),
    }
    dated = {
        "parcels": read("parcels", of_supplies),
        "blocks": blocks,
        "parks": read("parks", RecordFilter(boxes, {"park_code": blocks["park_code"].dropna()})),
        **{kind: read(kind, near) for kind in GROUND if kind not in OF_APPROVALS},
        **{kind: effective_by(table, read.as_of) for kind, table in on_table.items()},
        NOTES: read(NOTES, notes),
        "regions": read("regions", RecordFilter(keys=("", None))),
    }
    nothing = {kind: read(kind, RecordFilter()) for kind in DATED if kind not in dated}
    undated = read.undated("supplies", RecordFilter(named={"key": mine.undated}))
    return Records(
        read.as_of,
        read.known_at,
        region,
        {**dated, **nothing},
        {"supplies": undated, "approvals": read.undated("approvals", RecordFilter())},
        read.former(near),
        on_table,
    )


def whole_on_table(read: Reader) -> dict[str, pd.DataFrame]:
    """Return the records of the kinds read whole that are kept whatever their day."""
    return read.each_on_table(sorted(WHOLE.intersection(ON_TABLE)), RecordFilter(keys=("", None)))


def _spoken_of(
    read: Reader, mine: Targets, supplies: pd.DataFrame, held: Collection[str]
) -> pd.Series:
    """Return the numbers of the supplies whose papers count.

    These are the own, those held with them, and those in the own parks: what was built there.
    """
    parks = read("parks", RecordFilter(named={"park_code": mine.parks}))["geom"]
    there = RecordFilter(search_boxes(parks.dropna().to_numpy(dtype=object)))
    inside, lent = read("supplies", there, ())["key"], read("parcels", there, ("supply_no",))
    numbers = [*held, *lent["supply_no"].dropna()]
    is_own = supplies["key"].isin(mine.supplies) | supplies["key"].isin(inside)
    is_named = supplies["supply_no"].isin(numbers) | supplies["contract_no"].isin(numbers)
    return cited(supplies[is_own | is_named])


def of_one_holder(read: Reader, numbers: Iterable[str]) -> list[str]:
    """Return the numbers of all supplies of the enterprises that hold one of these."""
    firms = read.on_table("enterprises", RecordFilter(named={"supply_nos": [*numbers]}))
    return sorted({number for held in firms["supply_nos"] for number in held})


def withdrawn_shapes(read: Reader, parks: pd.Series) -> pd.Series:
    """Return the shapes of approvals near parks that a withdrawal names.

    A park asks what is left of them, and that is told by all that meets them, in the park or not.
    """
    near = read("approvals", RecordFilter(search_boxes(parks.to_numpy(dtype=object))))
    near = read("approvals", RecordFilter(named={"approval_no": near["approval_no"]}))
    names = [*near["approval_no"], *name_of(near)]
    withdrawals = read("withdrawals", RecordFilter(named={"approval_no": names}))["approval_no"]
    is_cut = near["approval_no"].isin(withdrawals) | name_of(near).isin(withdrawals)
    return near.loc[is_cut, "geom"]


def search_boxes(shapes: Shapes) -> tuple[Box, ...]:
    """Return boxes that hold whatever may meet one of the shapes (EPSG:4490).

    One box where the shapes lie close together; else one for each, less those within another.
    """
    shapes = shapes[~shapely.is_empty(shapes)]
    if not len(shapes):
        return ()
    bounds = np.unique(reach(shapes), axis=0)
    boxes = np.asarray(shapely.box(*bounds.T), dtype=object)
    inner, outer = shapely.STRtree(boxes).query(boxes, predicate="within")
    bounds = bounds[~np.isin(np.arange(len(boxes)), inner[inner != outer])]
    low, high = bounds[:, :2].min(axis=0), bounds[:, 2:].max(axis=0)
    taken = np.prod(bounds[:, 2:] - bounds[:, :2], axis=1).sum()
    if taken > _FULL_SHARE * np.prod(high - low):
        bounds = np.array([[*low, *high]])
    return tuple((west, south, east, north) for west, south, east, north in bounds.tolist())


def cited(supplies: pd.DataFrame) -> pd.Series:
    """Return every number later documents may cite the supplies by, each once."""
    numbers = pd.concat([supplies["supply_no"], supplies["contract_no"]], ignore_index=True)
    return numbers.dropna().drop_duplicates()


def numbers_of(names: Iterable[str]) -> list[str]:
    """Return names of approvals and their numbers: the name is number or number|batch."""
    given = [str(name) for name in names]
    return sorted({*given, *(number_of(name) for name in given)})
