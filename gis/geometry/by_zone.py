"""Stored shapes (EPSG:4490) zone by zone: brought into its plane, and which may meet there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Numbers, Shapes
from gis.crs.transform import to_zone
from gis.geometry import remembered
from gis.geometry.clean import Worked, polygonal, work_on

# An edge that is straight in the plane leaves the one between longitudes: by 2 cm where it is 1 km
# long, and so with the square of its length; 0.002 degrees where it is one degree long.
_BULGE = 0.01
# What lies within a sliver's width is a neighbour, and its own edges of up to 20 km bulge by less
# than 6 m: together 11 m, as far north as 60 degrees.
_NEAR_DEGREES = 0.0002
NEAR_M = 5.0


def into_zone(table: pd.DataFrame, zone: int) -> tuple[pd.DataFrame, pd.Series]:
    """Return a table with its shapes in the plane of a zone, valid, and which were mended."""
    worked = remembered.in_plane(table["geom"].to_numpy(dtype=object), zone, _moved)
    kept = ~shapely.is_empty(worked.geoms)
    moved = table.assign(geom=worked.geoms)[kept]
    return moved, pd.Series(worked.is_mended[kept], index=moved.index)


def _moved(geoms: Shapes, zone: int) -> Worked:
    """Return stored shapes as areas in the plane of a zone, and which were mended."""
    worked = work_on(to_zone(geoms, zone))
    geoms = worked.geoms
    gathered = np.flatnonzero(shapely.get_type_id(geoms) == shapely.GeometryType.GEOMETRYCOLLECTION)
    if len(gathered):
        # The parts of one subject may overlap or adjoin; its land counts once.
        geoms[gathered] = shapely.unary_union(geoms[gathered, np.newaxis], axis=1)
    return Worked(polygonal(geoms), worked.is_mended)


def reach(geoms: Shapes) -> Numbers:
    """Return the box (west, south, east, north; degrees) of all that each shape may meet.

    Whatever comes within NEAR_M of the shape in the plane of a zone has bounds that meet the box,
    if its edges are no longer than 20 km.
    """
    bounds = shapely.bounds(geoms).reshape(-1, 4)
    size = (bounds[:, 2:] - bounds[:, :2]).max(axis=1, initial=0)
    wide = _NEAR_DEGREES + _BULGE * size**2
    return np.asarray(bounds + np.outer(wide, [-1.0, -1.0, 1.0, 1.0]), dtype=np.float64)


def near_enough(geoms: Shapes, subjects: Shapes) -> np.ndarray:
    """Return which shapes (EPSG:4490) may meet one of the subjects in the plane of its zone."""
    windows = shapely.box(*reach(subjects).T)
    return np.unique(shapely.STRtree(geoms).query(windows)[1])
