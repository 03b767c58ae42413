"""Areas: in the plane shapes lie in, and on the ellipsoid of CGCS2000."""

from __future__ import annotations

import math

import numpy as np
import shapely

from gis.arrays import Numbers, Shapes

# The CGCS2000 ellipsoid (GB 22021-2008, the table of defining constants).
SEMI_MAJOR_M = 6378137.0
INVERSE_FLATTENING = 298.257222101


def planar_area_m2(geoms: Shapes) -> Numbers:
    """Return the area of each shape in the plane it lies in; 0 where there is none.

    >>> planar_area_m2(np.array([shapely.box(0, 0, 20, 30), None])).tolist()
    [600.0, 0.0]
    """
    return np.nan_to_num(shapely.area(geoms), nan=0.0)


def ellipsoidal_area_m2(geoms: Shapes) -> Numbers:
    """Return the area of each shape of EPSG:4490 on the CGCS2000 ellipsoid; 0 where there is none.

    The trapezoid formula of the land survey (椭球面积, TD/T 1055): an edge from (L1, B1) to
    (L2, B2) counts for (L1 + L2)/2 times the area per radian between the two parallels. That
    is the plane area after (L, B) -> (L, Q(B)/a), Q being that area per radian from the
    equator, so holes and parts need no care of their own.
    """
    geoms = np.asarray(geoms, dtype=object)
    is_ring = shapely.get_type_id(geoms) == shapely.GeometryType.POLYGON
    is_ring &= shapely.get_num_interior_rings(geoms) == 0
    out = np.empty(geoms.shape)
    out[is_ring] = _ring_area(geoms[is_ring])
    out[~is_ring] = planar_area_m2(shapely.transform(geoms[~is_ring], _equal_area))
    return out


def _ring_area(geoms: Shapes) -> Numbers:
    """Return the same of polygons without holes, from their coordinates alone: four times as fast.

    As GEOS has it: each ring about its own first vertex, for the digits.
    """
    x, y = _plane(*shapely.get_coordinates(geoms).T)
    counts = shapely.get_num_coordinates(geoms)
    first = np.cumsum(counts) - counts
    x -= np.repeat(x[first[counts > 0]], counts[counts > 0])
    terms = np.zeros(len(x))
    terms[1:-1] = x[1:-1] * (y[2:] - y[:-2])
    # The first vertex is the origin, and the last is the first again: both weigh nothing.
    terms[first[counts > 0]] = 0.0
    terms[(first + counts - 1)[counts > 0]] = 0.0
    area = np.zeros(len(geoms))
    area[counts > 0] = np.abs(np.add.reduceat(terms, first[counts > 0])) / 2.0 if len(x) else 0.0
    return area


def _equal_area(degrees: Numbers) -> Numbers:
    return np.column_stack(_plane(*degrees.T))


def _plane(longitude: Numbers, latitude: Numbers) -> tuple[Numbers, Numbers]:
    """Return where degrees lie in the plane of equal areas, in metres."""
    eccentricity = math.sqrt((2.0 - 1.0 / INVERSE_FLATTENING) / INVERSE_FLATTENING)
    sine = np.sin(np.radians(latitude))
    tilted = eccentricity * sine
    zone_height = (
        0.5 * SEMI_MAJOR_M * (1.0 - eccentricity**2)
        * (sine / (1.0 - tilted**2) + np.arctanh(tilted) / eccentricity)
    )  # fmt: skip
    return np.radians(longitude) * SEMI_MAJOR_M, zone_height
