"""Who meets whom, approval by approval, on any day: found once for all days of a timeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis import days
from gis.arrays import Flags, Shapes
from gis.crs.systems import zone_of
from gis.days import Days
from gis.frames import door
from gis.geometry import remembered
from gis.geometry.areas import planar_area_m2
from gis.geometry.by_zone import into_zone, near_enough
from gis.geometry.coverage import fit, lying_in
from gis.geometry.faces import OUTSIDE, Faces, divide
from gis.geometry.groups import first_and_last, spread
from gis.geometry.pairs import Indices, PairHints, Pairs, alone, overlapping, pairs


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
    may fit together. `faces` are the versions that their supplies divide edge on edge, and
    `face` has of each pair which one its supply is (OUTSIDE: none). `is_plain`: all that meets
    the version is among its faces, so that what is left of it on a day need not be cut.
    """

    zone: int
    versions: pd.DataFrame
    supplies: pd.DataFrame
    surveyed: pd.DataFrame
    met: Pairs
    inside: tuple[Indices, Indices]
    surveying: tuple[Indices, Indices]
    faces: Faces
    face: Indices
    is_plain: Flags

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
    versions, supplies, surveyed = (with_geom(each) for each in (versions, supplies, surveyed))
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
    surveying = one[is_shared], other[is_shared]
    inside = lying_in(own, shapes, threads)
    faces = divide(own, shapes, fit(own, shapes, threads, inside))
    is_supply = faces.shape != OUTSIDE
    held = faces.subject[is_supply], faces.shape[is_supply]
    # What is a face lies wholly in its approval.
    is_alone = alone(own, threads)
    remembered.faces(own, is_alone, shapes, *held)
    met = pairs(own, shapes, threads, PairHints(is_alone, *held))
    face = _faces_of(met, *held, np.flatnonzero(is_supply))
    is_plain = faces.is_divided.copy()
    is_plain[met.left[face == OUTSIDE]] = False
    is_plain[surveying[0][surveyed["is_built"].to_numpy(dtype=bool)[surveying[1]]]] = False
    return Meetings(zone, mine, supplies, surveyed, met, inside, surveying, faces, face, is_plain)


def _faces_of(met: Pairs, subject: Indices, shape: Indices, face: Indices) -> Indices:
    """Return the face that the shape of each pair is in its subject, OUTSIDE where it is none."""
    width = 1 + max(met.right.max(initial=0), shape.max(initial=0))
    key, asked = subject * width + shape, met.left * width + met.right
    place = np.searchsorted(key, asked)
    found = np.full(len(asked), OUTSIDE)
    is_there = np.flatnonzero(place < len(key))
    is_there = is_there[key[place[is_there]] == asked[is_there]]
    found[is_there] = face[place[is_there]]
    return found


class InForce:
    """Which supplies hold land on the day of a state, or held some that they hold no more."""

    def __init__(self, supplies: pd.DataFrame, on: Days, of_ended: bool) -> None:
        self._from, self._until = (
            days.from_column(supplies[name]) for name in ("from_on", "until_on")
        )
        self._on, self._of_ended = on, of_ended

    def __call__(self, state: Indices, supply: Indices) -> Flags:
        """Return which supplies do, each asked about a state."""
        on = self._on[state]
        has_ended = self._until[supply] <= on
        has_come = self._from[supply] <= on
        return np.asarray(has_come & (has_ended if self._of_ended else ~has_ended), dtype=bool)


def expanded(left: Indices, row: Indices) -> tuple[Indices, Indices]:
    """Return for states by the row of their version each pair of it: place of state, and of pair.

    `left` is the row of each pair, in order.
    """
    return spread(*first_and_last(left, int(row.max(initial=-1)) + 1), row)


def with_geom(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that have a shape."""
    geoms = table["geom"].to_numpy(dtype=object)
    kept: pd.DataFrame = table[~(shapely.is_missing(geoms) | shapely.is_empty(geoms))]
    return kept


def _near(table: pd.DataFrame, subjects: Shapes) -> pd.DataFrame:
    return table.iloc[near_enough(table["geom"].to_numpy(), subjects)]
