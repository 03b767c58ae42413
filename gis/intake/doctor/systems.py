"""The system a delivery names, and its shapes in metres, vertex for vertex."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from gis.arrays import Numbers
from gis.crs import systems
from gis.crs.systems import CrsInfo
from gis.errors import GeometryError

Array = np.ndarray[Any, Any]
METRES_PER_DEGREE = 111_320.0


def corners(geoms: Array) -> Numbers:
    """Return the middle of each shape's bounds, (n, 2); NaN where there is none."""
    bounds = shapely.bounds(geoms)
    return np.asarray((bounds[:, :2] + bounds[:, 2:]) / 2.0)


def system_named(declared: str | None) -> CrsInfo | None:
    """Return the system a file or a person names, None for none and for one nobody knows."""
    if not declared:
        return None
    try:
        return systems.parse(declared)
    except GeometryError:
        return None


def name_of(declared: str | None) -> str:
    """Return the code of a system, else its name, '' for none."""
    system = system_named(declared)
    if system is None:
        return (declared or "")[:40]
    return f"EPSG:{system.epsg}" if system.epsg else system.name


def plane(geoms: Array, system: CrsInfo | None) -> Array:
    """Return shapes in metres, vertex for vertex, whatever unit their system has."""
    if system is None:
        return geoms
    if system.is_geographic:
        xy = corners(geoms)
        xy = xy[np.isfinite(xy).all(axis=1)]
        if not len(xy):
            return geoms  # none has a shape
        degrees = np.median(xy, axis=0)
        scale = METRES_PER_DEGREE * np.array([np.cos(np.radians(degrees[1])), 1.0])
    else:
        scale = np.full(2, float(system.metres_per_unit or 1.0))
    return np.asarray(shapely.transform(geoms, lambda xy: xy * scale), dtype=object)
