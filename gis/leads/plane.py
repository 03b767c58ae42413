"""Land two sets of shapes share, or one has alone, each subject in the plane of its own zone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis import units
from gis.approvals.remainder import mean_width_m
from gis.arrays import Flags, Numbers, Shapes, values_of
from gis.crs import systems, transform
from gis.geometry import clean
from gis.geometry.areas import planar_area_m2
from gis.geometry.by_zone import into_zone, near_enough
from gis.geometry.clean import shift
from gis.geometry.groups import united
from gis.geometry.pairs import Indices, Pairs, pairs, solid
from gis.leads.settings import Settings

COLUMNS = ["kind", "subjects", "area_m2", "confidence", "detail", "region_code", "geom"]
Work = Callable[..., list[pd.DataFrame]]
Wanted = Callable[[Indices, Indices], Flags]


def by_zone(left: pd.DataFrame, others: list[pd.DataFrame], work: Work) -> pd.DataFrame:
    """Return the leads `work` finds for the rows of `left` in each zone, in EPSG:4490.

    `work` is given `left` and the `others` near it, all in one plane (tables with `geom`; rows
    without a shape are left out), and gives lists of leads in that plane.
    """
    left = _with_geom(left)
    if left.empty:
        return none()
    others = [_with_geom(table) for table in others]
    zones = systems.zone_of(left["geom"].to_numpy())
    found = [none()]
    for zone in np.unique(zones):
        mine = left[zones == zone]
        near = [
            table.iloc[near_enough(table["geom"].to_numpy(), mine["geom"].to_numpy())]
            for table in others
        ]
        moved = [into_zone(table, int(zone))[0].reset_index(drop=True) for table in (mine, *near)]
        leads = pd.concat([none(), *work(*moved)], ignore_index=True)
        geoms = clean.mend(transform.from_zone(leads["geom"].to_numpy(), int(zone))).geoms
        found.append(leads.assign(geom=geoms))
    return pd.concat(found, ignore_index=True)


def none() -> pd.DataFrame:
    """Return a table of leads without rows."""
    return pd.DataFrame(
        {name: np.array([], dtype=np.float64 if name == "area_m2" else object) for name in COLUMNS}
    )


def shared(left: pd.DataFrame, right: pd.DataFrame, wanted: Wanted | None = None) -> Pairs:
    """Return the pairs of the two tables that share land; shapes about the left one's origin.

    `wanted` tells which rows of the left and of the right one are asked for (None: all).
    """
    return pairs(left["geom"].to_numpy(), right["geom"].to_numpy(), wanted=wanted)


def held(left: pd.DataFrame, right: pd.DataFrame) -> Pairs:
    """Return what `shared` does, for left shapes that mostly lie wholly in a right one.

    Asked from the side of the larger shape, which is prepared once for all it holds. `is_whole` is
    not told.
    """
    shapes, larger = left["geom"].to_numpy(), right["geom"].to_numpy()
    met = pairs(larger, shapes)
    order = np.lexsort((met.left, met.right))
    one, other, geoms = met.right[order], met.left[order], met.geoms[order]
    origins = clean.origin_of(shapes)[one]
    by = clean.origin_of(larger)[other] - origins
    is_whole = met.is_whole[order]
    out = np.empty(len(geoms), dtype=object)
    out[is_whole] = shift(shapes[one[is_whole]], -origins[is_whole])
    out[~is_whole] = shift(geoms[~is_whole], by[~is_whole])
    return Pairs(one, other, out, planar_area_m2(out), np.zeros(len(out), dtype=bool))


def alone(left: Shapes, met: Pairs, settings: Settings) -> Shapes:
    """Return what of each left shape none of its pairs covers, about the left one's origin.

    Empty where one pair alone leaves less than a lead may speak of: nothing need be cut there.
    """
    origins = clean.origin_of(left)
    out = shift(left, -origins)
    whole = np.zeros(len(left), dtype=bool)
    whole[met.left[planar_area_m2(left)[met.left] - met.area_m2 < settings.area_m2]] = True
    out[whole] = shapely.multipolygons(np.array([], dtype=object))
    partly = np.setdiff1d(np.unique(met.left), np.flatnonzero(whole))
    if len(partly):
        chosen = np.isin(met.left, partly)
        group = np.searchsorted(partly, met.left[chosen])
        taken = united(met.geoms[chosen], group, len(partly))
        out[partly] = solid(shapely.difference(out[partly], taken))
    return out


def together(left: Shapes, met: Pairs) -> Shapes:
    """Return the land each left shape shares with any of its pairs, about its origin."""
    out = np.full(len(left), shapely.MultiPolygon(), dtype=object)
    used, group = np.unique(met.left, return_inverse=True)
    if len(used):
        out[used] = united(met.geoms, group, len(used))
    return out


def substantial(geoms: Shapes, settings: Settings) -> Shapes:
    """Return shapes without the parts that are too thin or too small to speak of.

    >>> limits = Settings(0.5, 10, 1, 0.01, 0.1, 0.01, 0.5, 0.8)
    >>> strip, square = shapely.box(0, 0, 100, 0.2), shapely.box(0, 0, 4, 4)
    >>> [shape.area for shape in substantial(np.array([strip, square]), limits)]
    [0.0, 16.0]
    """
    parts, owner = shapely.get_parts(geoms, return_index=True)
    kept = (planar_area_m2(parts) >= settings.area_m2) & (mean_width_m(parts) >= settings.width_m)
    out = np.full(len(geoms), shapely.MultiPolygon(), dtype=object)
    whole, group = np.unique(owner[kept], return_inverse=True)
    if len(whole):
        out[whole] = shapely.multipolygons(parts[kept], indices=group)
    return out


def confidence(shares: Numbers, settings: Settings) -> Shapes:
    """Return high, medium or low by the share of the land a lead speaks of."""
    return np.select(
        [shares >= settings.high_share, shares >= settings.medium_share],
        ["high", "medium"],
        "low",
    ).astype(object)


def grouped(keys: pd.Series, groups: Indices, count: int) -> pd.Series:
    """Return, for groups 0..count-1, the keys of each, sorted, as a tuple; () for none.

    >>> grouped(pd.Series(["b", "a", "b"]), np.array([0, 0, 2]), 3).tolist()
    [('a', 'b'), (), ('b',)]
    """
    return pd.Series(values_of(groups, keys, count), dtype=object)


def facts_of(**columns: Any) -> Shapes:
    """Return what each lead rests on: an object of facts, named as `lead_fact` lists them.

    A column has one value a row; a pair of columns those of the two subjects, in their order, of
    whom one may be unknown. Days become ISO texts, areas (m2) have two decimals. A fact nobody
    knows is left out.

    >>> days = pd.Series(pd.to_datetime(["2016-01-01", None]))
    >>> facts_of(signed_on=days, drawn_m2=[10.004, float("nan")]).tolist()
    [{'signed_on': '2016-01-01', 'drawn_m2': 10.0}, {}]
    """
    named = {
        name: [[*both] for both in zip(*map(_plain, column), strict=True)]
        if isinstance(column, tuple)
        else _plain(column)
        for name, column in columns.items()
    }
    rows = [
        {name: value for name, value in zip(named, row, strict=True) if value is not None}
        for row in zip(*named.values(), strict=True)
    ]
    told = np.empty(len(rows), dtype=object)
    told[:] = rows
    return told


def _plain(column: Any) -> list[Any]:
    """Return the values of a column as JSON has them, None for what is unknown."""
    values = pd.Series(column).reset_index(drop=True)
    if values.dtype.kind == "M":
        values = values.dt.strftime("%Y-%m-%d")
    elif values.dtype.kind == "f":
        values = values.map(lambda area_m2: round(area_m2, units.DECIMALS["m2"]))
    known = values.notna()
    return [value if is_known else None for value, is_known in zip(values, known, strict=True)]


def subjects_of(chief: pd.Series, *others: pd.Series) -> pd.Series:
    """Return the keys a lead speaks of as a tuple, the chief one first.

    `others` have a key or a tuple of keys in each row; what is unknown is left out.
    """
    columns = [
        [each if isinstance(each, tuple) else (each,) for each in column]
        for column in (chief, *others)
    ]
    rows = [
        tuple(key for keys in row for key in keys if isinstance(key, str))
        for row in zip(*columns, strict=True)
    ]
    return pd.Series(rows, dtype=object)


def _with_geom(table: pd.DataFrame) -> pd.DataFrame:
    geoms = table["geom"].to_numpy(dtype=object)
    kept: pd.DataFrame = table[~(shapely.is_missing(geoms) | shapely.is_empty(geoms))]
    return kept
