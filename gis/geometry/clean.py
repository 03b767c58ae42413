"""Shapes made fit to work on: rounded once, valid, of areas alone, near an origin."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from gis.arrays import Flags, Numbers, Shapes

ROUNDING_DECIMALS = 4  # metres: coordinates are rounded once to 0.1 mm


class Worked(NamedTuple):
    """Shapes rounded once to 0.1 mm and valid, and which of them had to be mended."""

    geoms: Shapes
    is_mended: Flags


def work_on(geoms: Shapes) -> Worked:
    """Return shapes rounded once to 0.1 mm, without a precision model, and valid.

    Rounding is done vertex by vertex, so edges that two shapes share stay shared, and leaves
    no precision model behind: GEOS would go on snapping every later intersection to it (up to
    0.02 m2 a parcel). What rounding made invalid is mended; parts thinner than 0.1 mm vanish.

    >>> worked = work_on(np.array([shapely.box(0.00004, 0, 10, 10.00006)]))
    >>> shapely.bounds(worked.geoms).tolist(), worked.is_mended.tolist()
    ([[0.0, 0.0, 10.0, 10.0001]], [False])
    """
    rounded = shapely.transform(geoms, lambda xy: np.round(xy, ROUNDING_DECIMALS))
    return mend(rounded)


def mend(geoms: Shapes) -> Worked:
    """Return shapes with the invalid ones made valid, and which these were.

    Needed after every rounding, also the silent one of putting a local shape back in its place:
    an overlay may leave a hair thinner than the last digit there.
    """
    is_mended = ~shapely.is_valid(geoms) & ~shapely.is_missing(geoms)
    if not is_mended.any():
        return Worked(geoms, is_mended)
    out = geoms.copy()
    out[is_mended] = polygonal(
        shapely.make_valid(geoms[is_mended], method="structure", keep_collapsed=False)
    )
    return Worked(out, is_mended)


def polygonal(geoms: Shapes) -> Shapes:
    """Return only the area of each shape: polygons kept, lines and points left out."""
    out = np.asarray(geoms, dtype=object).copy()
    kinds = shapely.get_type_id(out)
    mixed = np.flatnonzero(kinds == shapely.GeometryType.GEOMETRYCOLLECTION)
    if len(mixed):
        parts, owner = shapely.get_parts(shapely.get_parts(out[mixed]), return_index=True)
        _, outer = shapely.get_parts(out[mixed], return_index=True)
        owner = outer[owner]
        is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
        out[mixed] = shapely.multipolygons(np.array([], dtype=object))
        kept = np.unique(owner[is_area])
        if len(kept):
            gathered = shapely.multipolygons(
                parts[is_area], indices=np.searchsorted(kept, owner[is_area])
            )
            out[mixed[kept]] = gathered
    flat = (kinds >= 0) & ~np.isin(kinds, (3, 6, 7))
    out[flat] = shapely.multipolygons(np.array([], dtype=object))
    return out


def origin_of(geoms: Shapes) -> Numbers:
    """Return a local origin for each shape, (n, 2) whole kilometres at its lower left corner.

    A whole number is taken off and put back without loss, and near the origin floating-point
    numbers are a thousand times finer than at Y = 4,300 km.

    >>> origin_of(np.array([shapely.box(500_321, 4_300_987, 500_400, 4_301_100)])).tolist()
    [[500000.0, 4300000.0]]
    """
    corner = shapely.bounds(geoms)[:, :2]
    return np.asarray(np.floor(corner / 1000.0) * 1000.0, dtype=np.float64)


def shift(geoms: Shapes, by: Numbers) -> Shapes:
    """Return each shape moved by its own row of `by`, (n, 2) metres."""
    steps = np.repeat(np.asarray(by), shapely.get_num_coordinates(geoms), axis=0)
    return shapely.transform(geoms, lambda xy: xy + steps)
