"""Areas without a roundoff: what parts have adds up to what the whole has, to the last digit.

A coordinate in a zone's plane, and what is left of it about a local origin, is a whole number of
steps of 2^-34 m (0.06 nm), so twice an area is a whole number of squares of these. It is added up
as such, in three limbs of 24 bits, and rounded once: it rests on the land alone, and not on where a
ring begins or which parts it was added up from. A corner that an overlay made lies between steps:
such a shape has the area GEOS gives it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from gis.arrays import Flags, Numbers, Shapes
from gis.geometry.areas import planar_area_m2
from gis.geometry.pairs import Indices

Limbs = npt.NDArray[np.int64]

_STEPS_PER_M = 2.0**34
_LIMB_BITS = 24
_LIMB = (1 << _LIMB_BITS) - 1
# Beyond these a sum of products of limbs might not go into 64 bits: 16 km, and 8,192 corners.
_MOST_STEPS = 1 << (2 * _LIMB_BITS)
MOST_CORNERS = 1 << 13


class ExactAreas(NamedTuple):
    """Twice the area of shapes in squares of a step, (n, 3) lowest limb first."""

    limbs: Limbs
    is_known: Flags  # the shape has no corner between steps, and is small enough

    def summed(self, first: Indices) -> ExactAreas:
        """Return the sums of runs of shapes, which begin at `first`."""
        if not len(first):
            return ExactAreas(np.zeros((0, 3), np.int64), np.zeros(0, bool))
        limbs = np.add.reduceat(self.limbs, first, axis=0)
        return ExactAreas(_carried(limbs), np.logical_and.reduceat(self.is_known, first))

    @property
    def in_m2(self) -> Numbers:
        """Return the areas, rounded once; whatever where one is not known."""
        low, middle, high = self.limbs.T
        rest = (middle << _LIMB_BITS) + low
        twice = high.astype(np.float64) * float(_MOST_STEPS) + rest.astype(np.float64)
        return np.asarray(twice / (2.0 * _STEPS_PER_M**2), dtype=np.float64)


def exact_area_m2(geoms: Shapes) -> Numbers:
    """Return the area of each polygon of a plane; GEOS's own where a corner lies between steps.

    >>> triangle = shapely.Polygon([(0.1, 0.1), (0.2, 0.1), (0.1, 0.3)])
    >>> exact_area_m2(np.array([shapely.box(0, 0, 20, 30), triangle])).tolist()[0]
    600.0
    """
    found = exact_areas(geoms)
    out = found.in_m2
    between = np.flatnonzero(~found.is_known)
    out[between] = planar_area_m2(geoms[between])
    return out


def exact_areas(geoms: Shapes) -> ExactAreas:
    """Return the exact areas of polygons and multipolygons of a plane; holes are no area."""
    parts, shape = shapely.get_parts(geoms, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    is_hole = np.diff(part, prepend=-1) == 0
    limbs, is_known = _of_rings(rings)
    limbs[is_hole] *= -1
    out = np.zeros((len(geoms), 3), np.int64)
    np.add.at(out, shape[part], limbs)
    is_sound = np.bincount(shape[part[~is_known]], minlength=len(geoms)) == 0
    return ExactAreas(_carried(out), is_sound)


def _of_rings(rings: Shapes) -> tuple[Limbs, Flags]:
    """Return the limbs of each ring, whichever way it runs, and which are known."""
    count = shapely.get_num_coordinates(rings)
    steps = shapely.get_coordinates(rings) * _STEPS_PER_M
    first = np.cumsum(count) - count
    ring = np.repeat(np.arange(len(rings)), count)
    is_whole = (np.rint(steps) == steps) & (np.abs(steps) < 2.0**62)
    whole = np.where(is_whole, steps, 0.0).astype(np.int64)
    # About the first corner of each ring, which weighs nothing so; nor does the last, the same.
    x, y = (whole - whole[first[ring]]).T
    is_known = is_whole.all(axis=1) & (np.abs(x) < _MOST_STEPS) & (np.abs(y) < _MOST_STEPS)
    is_sound = np.bincount(ring[~is_known], minlength=len(rings)) == 0
    is_sound &= (count > 0) & (count <= MOST_CORNERS)
    x[~is_sound[ring]] = 0
    rise = np.zeros(len(y), np.int64)
    rise[1:-1] = y[2:] - y[:-2]
    limbs = np.zeros((len(rings), 3), np.int64)
    if not len(x):
        return limbs, is_sound
    (x_low, x_high), (rise_low, rise_high) = (
        (each & _LIMB, each >> _LIMB_BITS) for each in (x, rise)
    )
    products = np.stack(
        [x_low * rise_low, x_low * rise_high + x_high * rise_low, x_high * rise_high], axis=1
    )
    some = count > 0
    limbs[some] = np.add.reduceat(products, first[some], axis=0)
    limbs = _carried(limbs)
    limbs[limbs[:, 2] < 0] *= -1
    return limbs, is_sound


def _carried(limbs: Limbs) -> Limbs:
    """Return the same numbers with all limbs but the highest between 0 and 2^24."""
    low, middle, high = limbs.T
    middle = middle + (low >> _LIMB_BITS)
    high = high + (middle >> _LIMB_BITS)
    return np.stack([low & _LIMB, middle & _LIMB, high], axis=1)
