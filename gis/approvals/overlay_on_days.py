"""The same approvals cut on many days: who met whom is found once, what holds on a day is chosen.

A state is one approval on one day. Where its supplies divide it edge on edge, its pieces are told
by faces (`faces_on_days`). Else its claims are a choice of the pairs that the whole table gives,
and are shared out as on a day alone (`cutting.cut`): both ways a piece is the same to the last
digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from gis import days
from gis.approvals import faces_on_days
from gis.approvals.cutting import Cut, cut, known
from gis.approvals.meetings import Claimants, InForce, Meetings, expanded, with_geom
from gis.approvals.overlay_settings import Settings
from gis.arrays import Flags, Shapes
from gis.crs.transform import from_zone
from gis.geometry.areas import planar_area_m2
from gis.geometry.by_zone import into_zone
from gis.geometry.clean import mend, origin_of, shift
from gis.geometry.coverage import fit
from gis.geometry.noding import node
from gis.geometry.pairs import Indices, Pairs, pairs

# Claims that are shared out at a time: a state has as many as its approval has supplies by then.
_CLAIMS_AT_A_TIME = 200_000
_TYPES = {
    "state": "int64", "zone": "int64", "disposition": "object", "supply": "object",
    "granted_share": "float64", "is_built": "bool", "area_planar_m2": "float64",
    "mean_width_m": "float64",
}  # fmt: skip
_PIECE = [*_TYPES][2:]


class _Asking(NamedTuple):
    """What some states of a zone are cut by, and how many rows of pieces they have."""

    each: Meetings
    states: pd.DataFrame
    claimants: Claimants
    settings: Settings
    of_ended: bool
    rows: int

    @property
    def subjects(self) -> Shapes:
        """Return the approval of each state, in the plane."""
        geoms = self.each.versions["geom"].to_numpy()
        return np.asarray(geoms[self.states["row"].to_numpy()], dtype=object)

    def cut(self, threads: int) -> Cut:
        """Return the pieces with their shapes."""
        return _cut(
            self.each, self.states, self.subjects, self.claimants, self.settings, threads,
            self.of_ended,
        )  # fmt: skip


@dataclass(frozen=True)
class Pieces:
    """The pieces of states, in order, and the sizes of their approvals.

    table: state, zone and what `cutting.Cut` has of a piece; sizes: state, approved_m2.
    """

    table: pd.DataFrame
    sizes: pd.DataFrame
    # What each run of rows was made by; of those that no cut was asked for, None.
    made: tuple[tuple[_Asking, Cut | None], ...]

    def in_place(self, states: Indices, settings: Settings, threads: int = 1) -> Shapes:
        """Return the shape of every piece of some states in EPSG:4490, None of the others."""
        out = np.full(len(self.table), None, dtype=object)
        start = 0
        for asking, found in self.made:
            own = self.table["state"].to_numpy()[start : start + asking.rows]
            rows = start + np.flatnonzero(np.isin(own, states))
            start += asking.rows
            if not len(rows):
                continue
            is_asked = asking.states["state"].isin(states).to_numpy(dtype=bool)
            if found is None:
                some = asking.states[is_asked].reset_index(drop=True)
                asking = asking._replace(states=some)
                is_asked, found = is_asked[is_asked], asking.cut(threads)
            placed = _in_place(
                is_asked, asking.subjects, found, asking.each.zone, settings, threads
            )
            out[rows] = placed
        return out


def pieces(
    met: list[Meetings],
    states: pd.DataFrame,
    claimants: Claimants,
    settings: Settings,
    threads: int = 1,
    *,
    of_ended: bool = False,
) -> Pieces:
    """Return the pieces of states (state, version, on) of those versions that have a shape.

    `of_ended`: what the supplies took that held nothing any more on the day, and nothing else.
    """
    made: list[tuple[_Asking, Cut | None]] = []
    tables, sizes = [_nothing(_TYPES)], [_nothing({"state": "int64", "approved_m2": "float64"})]
    for each in met:
        for some in _slices(each, states, of_ended):
            is_told = np.zeros(len(some), dtype=bool)
            if not of_ended:
                table, is_told = faces_on_days.told(each, some, claimants, settings)
                own = some[is_told].reset_index(drop=True)
                made.append((_Asking(each, own, claimants, settings, of_ended, len(table)), None))
                tables.append(table.assign(zone=each.zone))
            own = some[~is_told].reset_index(drop=True)
            asking = _Asking(each, own, claimants, settings, of_ended, 0)
            found = asking.cut(threads)
            made.append((asking._replace(rows=len(found.table)), found))
            state = own["state"].to_numpy()
            table = found.table[_PIECE].assign(state=state[found.table["subject"]])
            tables.append(table.assign(zone=each.zone))
            approved_m2 = planar_area_m2(each.versions["geom"].to_numpy())
            sizes.append(
                pd.DataFrame(
                    {"state": some["state"], "approved_m2": approved_m2[some["row"].to_numpy()]}
                )
            )
    return Pieces(
        pd.concat(tables[1:] or tables, ignore_index=True),
        pd.concat(sizes[1:] or sizes, ignore_index=True),
        tuple(made),
    )


def _nothing(types: dict[str, str]) -> pd.DataFrame:
    """Return a table without a row whose columns are what they are where there are some."""
    return pd.DataFrame({name: pd.Series(dtype=type_) for name, type_ in types.items()})


def _slices(each: Meetings, states: pd.DataFrame, of_ended: bool) -> Iterator[pd.DataFrame]:
    """Yield the states of a zone with the row of their version, so many claims at a time."""
    row = pd.Series(np.arange(len(each.versions)), index=each.versions["version"])
    own = states[states["version"].isin(row.index)]
    own = own.assign(row=row.reindex(own["version"]).to_numpy()).reset_index(drop=True)
    if of_ended:
        on = days.from_column(own["on"])
        state, pair = expanded(each.met.left, own["row"].to_numpy())
        ended = days.from_column(each.supplies["until_on"])[each.met.right[pair]] <= on[state]
        own = own.iloc[np.unique(state[ended])].reset_index(drop=True)
    count = np.bincount(each.met.left, minlength=len(each.versions))[own["row"].to_numpy()] + 1
    slot = np.cumsum(count) // _CLAIMS_AT_A_TIME if len(own) else np.empty(0, dtype=np.int64)
    for number in np.unique(slot):
        yield own[slot == number].reset_index(drop=True)


def _cut(
    each: Meetings,
    states: pd.DataFrame,
    subjects: Shapes,
    claimants: Claimants,
    settings: Settings,
    threads: int,
    of_ended: bool,
) -> Cut:
    on, row = days.from_column(states["on"]), states["row"].to_numpy()
    shapes = each.supplies["geom"].to_numpy()
    is_there = InForce(each.supplies, on, of_ended)
    state, pair = expanded(each.met.left, row)
    met = each.met
    met = Pairs(state, met.right[pair], met.geoms[pair], met.area_m2[pair], met.is_whole[pair])
    met = met.kept(is_there(met.left, met.right))
    inner, place = expanded(each.inside[0], row)
    other = each.inside[1][place]
    kept = is_there(inner, other)
    fitted = fit(subjects, shapes, threads, (inner[kept], other[kept]))
    met = _whole(met, met.are(fitted.subject[fitted.is_whole], fitted.shape[fitted.is_whole]),
                 shapes, subjects)  # fmt: skip
    given_up, withdrawals = _of_states(claimants.withdrawals, states, subjects, each.zone, threads,
                                       ["document"])  # fmt: skip
    replaced, newer = _of_states(claimants.replacing, states, subjects, each.zone, threads,
                                 ["approved_on", "approval"])  # fmt: skip
    if of_ended:
        given_up, replaced = (
            one.kept(np.zeros(len(one.left), bool)) for one in (given_up, replaced)
        )
    by_disposition = {
        "supplied": (met, shapes, known(each.supplies, "key", None)),
        "withdrawn": (given_up, withdrawals["geom"].to_numpy(),
                      known(withdrawals, None, "document")),
        "exempt": (replaced, newer["geom"].to_numpy(), known(newer, None, "approval")),
    }  # fmt: skip
    approvals = pd.DataFrame({"approval": states["state"].astype("str"), "geom": subjects})
    surveyed = None if of_ended or each.surveyed.empty else each.surveyed
    return cut(approvals, by_disposition, fitted, surveyed, settings, threads, on)


def _whole(met: Pairs, is_fitted: Flags, shapes: Shapes, subjects: Shapes) -> Pairs:
    """Return the pairs with those that fit wholly into their subject uncut, as `pairs` has them."""
    at = np.flatnonzero(is_fitted & ~met.is_whole)
    if not len(at):
        return met
    geoms, area_m2, is_whole = met.geoms.copy(), met.area_m2.copy(), met.is_whole.copy()
    geoms[at] = shift(shapes[met.right[at]], -origin_of(subjects)[met.left[at]])
    area_m2[at], is_whole[at] = planar_area_m2(geoms[at]), True
    return Pairs(met.left, met.right, geoms, area_m2, is_whole)


def _of_states(
    claims: pd.DataFrame,
    states: pd.DataFrame,
    subjects: Shapes,
    zone: int,
    threads: int,
    order: list[str],
) -> tuple[Pairs, pd.DataFrame]:
    """Return the pairs of states and the claims that count in each, and these in the plane."""
    place = pd.Series(np.arange(len(states)), index=states["state"])
    own = with_geom(claims[claims["state"].isin(place.index)])
    own, _ = into_zone(own.sort_values([*order, "state"], na_position="first"), zone)
    own = own.reset_index(drop=True)
    at = place.reindex(own["state"]).to_numpy(dtype=np.int64)
    asked = np.unique(at)
    met = pairs(subjects[asked], own["geom"].to_numpy(), threads,
                wanted=lambda one, other: asked[one] == at[other])  # fmt: skip
    return met._replace(left=asked[met.left]), own


def _in_place(
    is_asked: Flags, subjects: Shapes, found: Cut, zone: int, settings: Settings, threads: int
) -> Shapes:
    """Return the pieces of some states as they are stored, on rings noded among themselves."""
    owner = found.table["subject"].to_numpy()
    rows = np.flatnonzero(is_asked[owner])
    own = np.flatnonzero(is_asked)
    of = np.searchsorted(own, owner[rows])
    origins = found.shares.origins[own]
    hair = found.table["may_have_hair"].to_numpy()[rows]
    rings = shift(subjects[own], -origins)
    noded, _, _ = node(
        found.shapes[rows], of, hair, rings, origins, settings.sliver_width_m, threads
    )
    placed = mend(shift(noded, origins[of])).geoms
    return mend(from_zone(placed, zone)).geoms
