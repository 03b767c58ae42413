"""The same approvals cut on many days: who met whom is found once, what holds on a day is chosen.

A state is one approval on one day. Its claims are a choice of the pairs that the whole table gives,
and are shared out as on a day alone (`cutting.cut`), so a piece is the same to the last digit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis import days
from gis.approvals.cutting import Cut, cut, known
from gis.approvals.overlay_settings import Settings
from gis.arrays import Flags, Shapes
from gis.crs.systems import zone_of
from gis.crs.transform import from_zone
from gis.days import Days
from gis.frames import door
from gis.geometry.areas import planar_area_m2
from gis.geometry.by_zone import into_zone, near_enough
from gis.geometry.clean import mend, origin_of, shift
from gis.geometry.coverage import fit, lying_in
from gis.geometry.groups import first_and_last
from gis.geometry.noding import node
from gis.geometry.pairs import Indices, Pairs, overlapping, pairs

# Claims that are shared out at a time: a state has as many as its approval has supplies by then.
_CLAIMS_AT_A_TIME = 200_000
_TYPES = {
    "state": "int64", "zone": "int64", "disposition": "object", "supply": "object",
    "granted_share": "float64", "is_built": "bool", "area_planar_m2": "float64",
    "mean_width_m": "float64",
}  # fmt: skip
_PIECE = [*_TYPES][2:]


class Claimants(NamedTuple):
    """Who asks for parts of approvals besides the supplies; geom in EPSG:4490.

    withdrawals  state, document: those that count in a state
    replacing    state, approval, approved_on: newer approvals that replace that of a state
    """

    withdrawals: pd.DataFrame
    replacing: pd.DataFrame


@dataclass(frozen=True)
class Meetings:
    """Approvals of one zone in its plane, and all that meets them on any day.

    `versions`: version, geom; `met` are the pairs of these and the supplies, `inside` those that
    may fit together.
    """

    zone: int
    versions: pd.DataFrame
    supplies: pd.DataFrame
    surveyed: pd.DataFrame
    met: Pairs
    inside: tuple[Indices, Indices]
    surveying: tuple[Indices, Indices]

    @property
    def change_days(self) -> pd.DataFrame:
        """Return the days on which something that meets a version comes or goes: version, on."""
        found = []
        supplies, (row, polygon) = self.supplies.iloc[self.met.right], self.surveying
        for name in ("from_on", "until_on"):
            found.append((self.met.left, supplies[name].to_numpy()))
        found.append((row, self.surveyed["from_on"].to_numpy()[polygon]))
        version = self.versions["version"].to_numpy()
        return pd.concat(
            [pd.DataFrame({"version": version[row], "on": on}) for row, on in found],
            ignore_index=True,
        ).dropna()

    @property
    def shares(self) -> pd.DataFrame:
        """Return of each version and supply that met: version, supply, share_of_supply."""
        whole_m2 = planar_area_m2(self.supplies["geom"].to_numpy())
        return pd.DataFrame(
            {
                "version": self.versions["version"].to_numpy()[self.met.left],
                "supply": self.supplies["key"].to_numpy()[self.met.right],
                "share_of_supply": self.met.area_m2 / whole_m2[self.met.right],
            }
        )


@door(versions="days.versions", supplies="days.supplies", surveyed="days.surveyed", gives="days.*")
def meetings(
    versions: pd.DataFrame, supplies: pd.DataFrame, surveyed: pd.DataFrame, threads: int = 1
) -> list[Meetings]:
    """Return zone by zone the versions of approvals (version, geom) and what meets them.

    supplies: key, signed_on, from_on, until_on (the first day on which it holds no more),
    granted_share, geom. surveyed: is_built, from_on, geom: the word that holds first.
    """
    versions, supplies, surveyed = (_with_geom(each) for each in (versions, supplies, surveyed))
    zones = zone_of(versions["geom"].to_numpy())
    return [
        _in_zone(int(zone), versions[zones == zone], supplies, surveyed, threads)
        for zone in np.unique(zones)
    ]


def _in_zone(
    zone: int, mine: pd.DataFrame, supplies: pd.DataFrame, surveyed: pd.DataFrame, threads: int
) -> Meetings:
    near = (_near(each, mine["geom"].to_numpy()) for each in (supplies, surveyed))
    mine, supplies, surveyed = (
        into_zone(each, zone)[0].reset_index(drop=True) for each in (mine, *near)
    )
    supplies = supplies.sort_values(["signed_on", "key"], ignore_index=True)
    own, shapes = mine["geom"].to_numpy(), supplies["geom"].to_numpy()
    one, other = shapely.STRtree(surveyed["geom"].to_numpy()).query(own)
    is_shared = overlapping(own, surveyed["geom"].to_numpy(), one, other, threads)
    return Meetings(
        zone,
        mine,
        supplies,
        surveyed,
        pairs(own, shapes, threads),
        lying_in(own, shapes, threads),
        (one[is_shared], other[is_shared]),
    )


@dataclass(frozen=True)
class Pieces:
    """The pieces of states, in order, and the sizes of their approvals.

    table: state, zone and what `cutting.Cut` has of a piece; sizes: state, approved_m2.
    """

    table: pd.DataFrame
    sizes: pd.DataFrame
    cuts: tuple[tuple[Indices, Shapes, Cut], ...]

    def in_place(self, states: Indices, settings: Settings, threads: int = 1) -> Shapes:
        """Return the shape of every piece of some states in EPSG:4490, None of the others."""
        found = [np.full(0, None, dtype=object)]
        start = 0
        for state, subjects, each in self.cuts:
            zone = self.table["zone"].iloc[start : start + len(each.table)]
            found.append(_in_place(np.isin(state, states), subjects, each, zone, settings, threads))
            start += len(each.table)
        return np.concatenate(found)


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
    found: list[tuple[Indices, Shapes, Cut]] = []
    tables, sizes = [_nothing(_TYPES)], [_nothing({"state": "int64", "approved_m2": "float64"})]
    for each in met:
        for some in _slices(each, states, of_ended):
            state = some["state"].to_numpy()
            subjects = each.versions["geom"].to_numpy()[some["row"].to_numpy()]
            one = _cut(each, some, subjects, claimants, settings, threads, of_ended)
            table = one.table[_PIECE].assign(state=state[one.table["subject"]], zone=each.zone)
            tables.append(table)
            sizes.append(pd.DataFrame({"state": state, "approved_m2": planar_area_m2(subjects)}))
            found.append((state, subjects, one))
    return Pieces(
        pd.concat(tables[1:] or tables, ignore_index=True),
        pd.concat(sizes[1:] or sizes, ignore_index=True),
        tuple(found),
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
        state, pair = _expanded(each.met.left, own["row"].to_numpy())
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
    is_there = _InForce(each.supplies, on, of_ended)
    state, pair = _expanded(each.met.left, row)
    met = each.met
    met = Pairs(state, met.right[pair], met.geoms[pair], met.area_m2[pair], met.is_whole[pair])
    met = met.kept(is_there(met.left, met.right))
    inner, place = _expanded(each.inside[0], row)
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


class _InForce:
    """Which supplies hold land on the day of a state, or held some that they hold no more."""

    def __init__(self, supplies: pd.DataFrame, on: Days, of_ended: bool) -> None:
        self._from, self._until = (
            days.from_column(supplies[name]) for name in ("from_on", "until_on")
        )
        self._on, self._of_ended = on, of_ended

    def __call__(self, state: Indices, supply: Indices) -> Flags:
        on = self._on[state]
        has_ended = self._until[supply] <= on
        has_come = self._from[supply] <= on
        return np.asarray(has_come & (has_ended if self._of_ended else ~has_ended), dtype=bool)


def _expanded(left: Indices, row: Indices) -> tuple[Indices, Indices]:
    """Return for states by the row of their version each pair of it: place of state, and of pair.

    `left` is the row of each pair, in order.
    """
    first, last = first_and_last(left, int(row.max(initial=-1)) + 1)
    count = (last - first)[row]
    state = np.repeat(np.arange(len(row)), count)
    step = np.arange(len(state)) - np.repeat(np.cumsum(count) - count, count)
    return state, first[row][state] + step


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
    own = _with_geom(claims[claims["state"].isin(place.index)])
    own, _ = into_zone(own.sort_values([*order, "state"], na_position="first"), zone)
    own = own.reset_index(drop=True)
    at = place.reindex(own["state"]).to_numpy(dtype=np.int64)
    asked = np.unique(at)
    met = pairs(subjects[asked], own["geom"].to_numpy(), threads,
                wanted=lambda one, other: asked[one] == at[other])  # fmt: skip
    return met._replace(left=asked[met.left]), own


def _in_place(
    is_asked: Flags,
    subjects: Shapes,
    found: Cut,
    zone: pd.Series,
    settings: Settings,
    threads: int,
) -> Shapes:
    """Return the pieces of some states as they are stored, on rings noded among themselves."""
    out = np.full(len(found.table), None, dtype=object)
    owner = found.table["subject"].to_numpy()
    rows = np.flatnonzero(is_asked[owner])
    if not len(rows):
        return out
    own = np.flatnonzero(is_asked)
    of = np.searchsorted(own, owner[rows])
    origins = found.shares.origins[own]
    hair = found.table["may_have_hair"].to_numpy()[rows]
    rings = shift(subjects[own], -origins)
    noded, _, _ = node(
        found.shapes[rows], of, hair, rings, origins, settings.sliver_width_m, threads
    )
    placed = mend(shift(noded, origins[of])).geoms
    out[rows] = mend(from_zone(placed, int(zone.iloc[0]))).geoms
    return out


def _with_geom(table: pd.DataFrame) -> pd.DataFrame:
    geoms = table["geom"].to_numpy(dtype=object)
    kept: pd.DataFrame = table[~(shapely.is_missing(geoms) | shapely.is_empty(geoms))]
    return kept


def _near(table: pd.DataFrame, subjects: Shapes) -> pd.DataFrame:
    return table.iloc[near_enough(table["geom"].to_numpy(), subjects)]
