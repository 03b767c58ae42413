"""How far two shapes are the same land: what they share, whether they touch, how far one moved."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.crs import systems, transform
from gis.fields import IDENTITY
from gis.geometry import clean

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
_FAR_DEGREES = 1.0  # farther apart than any plane carries both, and than any threshold
_APART = 0.125  # of the envelope, of each of the two
_MOST_MET = 8  # a heap of shapes in one place: so many are compared with each
_GRIDS = ((0.0, 0.0), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5))


class Alike(NamedTuple):
    """Of each pair: the shared land, as a share of the larger; whether they touch; metres moved."""

    share: Numbers
    touches: Flags
    moved_m: Numbers


def measured(left: Any, right: Any) -> Alike:
    """Measure pairs of shapes of EPSG:4490 in the plane of the left one's zone.

    A pair of which one has no shape, or that lies more than a degree apart, shares nothing and
    does not touch; it is infinitely far.
    """
    left, right = np.asarray(left, dtype=object), np.asarray(right, dtype=object)
    share, touches = np.zeros(len(left)), np.zeros(len(left), dtype=bool)
    moved_m = np.full(len(left), np.inf)
    near = np.flatnonzero(_are_near(left, right))
    zones = systems.zone_of(left[near]) if len(near) else np.empty(0, np.int64)
    for zone in np.unique(zones):
        at = near[zones == zone]
        one, other = (
            clean.work_on(transform.to_zone(shapes[at], int(zone))).geoms
            for shapes in (left, right)
        )
        share[at] = _shares(one, other)
        touches[at] = shapely.dwithin(one, other, IDENTITY.touching_m)
        moved_m[at] = np.round(shapely.distance(shapely.centroid(one), shapely.centroid(other)), 2)
    return Alike(share, touches, moved_m)


def _are_near(left: Any, right: Any) -> Flags:
    has_both = ~(shapely.is_missing(left) | shapely.is_missing(right))
    has_both &= ~(shapely.is_empty(left) | shapely.is_empty(right))
    return np.asarray(has_both & shapely.dwithin(left, right, _FAR_DEGREES))


def _shares(left: Any, right: Any) -> Numbers:
    """Return the shared land of the larger; of shapes without area whether they are the same."""
    larger = np.maximum(shapely.area(left), shapely.area(right))
    shared = shapely.area(shapely.intersection(left, right))
    has_area = larger > 0
    told = np.where(has_area, shared / np.where(has_area, larger, 1.0), 0.0)
    told[~has_area] = shapely.equals(left[~has_area], right[~has_area])
    return np.asarray(np.round(told, 4))


def marks(geoms: Any) -> pd.DataFrame:
    """Return the middle (x, y) of each shape's envelope, and how far a copy's may lie from it.

    A quick look, for rows of one delivery: a copy whose envelope differs by more than a quarter,
    by a spike of no area to speak of, is not seen.
    """
    west, south, east, north = shapely.bounds(geoms).T
    return pd.DataFrame(
        {
            "x": (west + east) / 2.0,
            "y": (south + north) / 2.0,
            "reach_x": (east - west) * _APART,
            "reach_y": (north - south) * _APART,
        }
    )


def neighbours(found: pd.DataFrame) -> tuple[Places, Places]:
    """Return the pairs (earlier, later place) of `marks` within reach of each other, by the later.

    Of a heap of shapes in one place each is paired with a few of the others.
    """
    values = found[["x", "y", "reach_x", "reach_y"]].to_numpy(np.float64)
    known = np.flatnonzero(np.isfinite(values).all(axis=1))
    if len(known) < 2:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    if len(known) < len(values):
        values = values[known]
    first, second = known[_near_middles(values)]
    order = np.lexsort((first, second))
    return first[order], second[order]


def _near_middles(values: Numbers) -> Places:
    """Return the pairs of places (2, n), the earlier first, whose middles lie within reach."""
    x, y, *reach = values.T
    # A cell for all but the few that are far larger than the rest.
    usual = [float(min(each.max(), 2.0 * np.quantile(each, 0.99))) or 1e-9 for each in reach]
    met_count = np.zeros(len(x), dtype=np.int64)
    pairs = [_in_one_cell(values, usual, offset, met_count) for offset in _GRIDS]
    wide = np.flatnonzero((reach[0] > usual[0]) | (reach[1] > usual[1]))
    if len(wide):
        tree = shapely.STRtree(shapely.points(x, y))
        far_x, far_y = ((each + each.max())[wide] for each in reach)
        boxes = shapely.box(x[wide] - far_x, y[wide] - far_y, x[wide] + far_x, y[wide] + far_y)
        asked, met = tree.query(boxes)
        found = np.sort(np.stack([wide[asked], met]), axis=0)
        pairs.append(found[:, _within_reach(values, found)])
    return np.unique(np.hstack(pairs), axis=1)


def _in_one_cell(
    values: Numbers, usual: list[float], offset: tuple[float, float], met_count: Places
) -> Places:
    """Return the pairs within reach in one cell of a grid; who has met enough is asked no more."""
    column, row = (
        np.floor(values[:, at] / (4.0 * usual[at]) + offset[at]).astype(np.int64) for at in (0, 1)
    )
    cell = column * np.int64(2_654_435_761) + row
    order = np.argsort(cell, kind="stable")
    cell = cell[order]
    found = [np.empty((2, 0), np.int64)]
    for step in range(1, len(order)):
        at = np.flatnonzero(cell[step:] == cell[:-step])
        at = at[met_count[order[at + step]] < _MOST_MET]
        if not len(at):
            break
        pair = np.stack([order[at], order[at + step]])
        pair = pair[:, _within_reach(values, pair)]
        np.add.at(met_count, pair[1], 1)
        found.append(pair)
    return np.hstack(found)


def _within_reach(values: Numbers, pairs: Places) -> Flags:
    x, y, reach_x, reach_y = values.T
    first, second = pairs
    is_near = np.abs(x[first] - x[second]) <= reach_x[first] + reach_x[second]
    is_near &= np.abs(y[first] - y[second]) <= reach_y[first] + reach_y[second]
    return np.asarray(is_near & (first != second))
