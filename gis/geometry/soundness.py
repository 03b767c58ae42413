"""Whether a stored record can be worked on at all: its shape in the plane, its numbers.

Intake lets none of these in; a store that was written by another hand, or by an earlier intake, may
hold them. Each test looks at one record alone, so what is unsound is so in any company.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Flags, Shapes
from gis.crs import systems, transform
from gis.errors import GeometryError
from gis.geometry import clean

Reasons = np.ndarray[Any, Any]  # "" where nothing is wrong, else a code of list aside_reason
# Some 2 cm at the equator: only what is this narrow is looked at for vanishing at 0.1 mm.
_NARROW_DEGREES = 2e-7
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


def vanishes(geoms: Shapes) -> Flags:
    """Return which shapes (EPSG:4490, in place) rounding to 0.1 mm leaves nothing of."""
    gone = np.zeros(len(geoms), dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = 2.0 * shapely.area(geoms) / shapely.length(geoms)
    at = np.flatnonzero((width < _NARROW_DEGREES) & ~shapely.is_empty(geoms))
    zones = systems.zone_of(geoms[at])
    for zone in np.unique(zones):
        own = at[zones == zone]
        rounded = clean.work_on(transform.to_zone(geoms[own], int(zone))).geoms
        gone[own] = shapely.area(rounded) <= 0
    return gone


def unsound(rows: pd.DataFrame) -> Reasons:
    """Return for each record what makes it unfit to be worked on, "" for nothing.

    Looks at the column `geom` (EPSG:4490) and at every column of numbers.
    """
    reasons = np.full(len(rows), "", dtype=object)
    for name in rows.columns[[kind == np.float64 for kind in rows.dtypes]]:
        reasons[np.isinf(rows[name].to_numpy(np.float64))] = "infinite_number"
    if "geom" in rows and len(rows):
        found = _of_shapes(rows["geom"].to_numpy(dtype=object))
        reasons = np.where(found != "", found, reasons)
    return np.asarray(reasons, dtype=object)


def _of_shapes(geoms: Shapes) -> Reasons:
    reasons = np.full(len(geoms), "", dtype=object)
    there = ~shapely.is_missing(geoms)
    reasons[there & shapely.is_empty(geoms)] = "empty_shape"
    reasons[there & ~np.isin(shapely.get_type_id(geoms), _AREAS)] = "not_an_area"
    xy, owner = shapely.get_coordinates(geoms, return_index=True)
    with np.errstate(invalid="ignore"):
        is_out = ~(np.abs(xy) <= (180.0, 90.0)).all(axis=1)
    reasons[np.unique(owner[is_out])] = "outside_the_earth"
    reasons[np.unique(owner[~np.isfinite(xy).all(axis=1)])] = "no_number"
    at = np.flatnonzero(there & (reasons == ""))
    reasons[at] = _reasons_in_plane(geoms[at])
    return reasons


def _reasons_in_plane(geoms: Shapes) -> Reasons:
    """Return what keeps shapes from being drawn in the plane of their zone."""
    try:
        return np.where(vanishes(geoms), "vanishing_shape", "").astype(object)
    except (shapely.errors.GEOSException, GeometryError, ValueError):
        if len(geoms) == 1:
            return np.array(["no_place"], dtype=object)
        half = len(geoms) // 2
        return np.concatenate([_reasons_in_plane(geoms[:half]), _reasons_in_plane(geoms[half:])])
