"""Supplies that fit together in an approval: a coverage, and what it leaves, without a cut.

Most supplies lie wholly in one approval and share their corners with their neighbours. That is
proved for all of an approval at once: they are a coverage, and their union takes from the
approval the sum of their areas, so none of them lies outside.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from gis.crs import Flags, Numbers, Shapes, origin_of, planar_area_m2, shift
from gis.overlay.groups import are_coverages, coverage_united, first_and_last, strays
from gis.overlay.pairs import ROUNDOFF_M2, Indices, in_threads, solid


class Fit(NamedTuple):
    """The shapes of each subject that are proved to be a coverage, and what they leave of it.

    Members are pairs of a subject and a shape whose middle lies in it, ordered by subject, then
    by shape. Shapes that share no corner with the others are left out, a group refuted as a whole.
    """

    subject: Indices  # of each member
    shape: Indices
    is_whole: Flags  # the shape lies wholly in the subject; False = not known
    rest: Shapes  # of each subject, about its origin; None where it has no member
    is_refuted: Flags  # of each subject: some shapes in it are no coverage


def fit(subjects: Shapes, shapes: Shapes, threads: int = 1) -> Fit:
    """Return which shapes fit together in each subject, edge on edge, and what they leave."""
    tree = shapely.STRtree(shapes)
    origins = origin_of(subjects)
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    area_m2 = planar_area_m2(shapes)

    def look(rows: Indices) -> Fit:
        return _fit(subjects, shapes, tree, origins, middle, area_m2, rows)

    parts = in_threads(look, len(subjects), threads)
    return Fit(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _fit(
    subjects: Shapes,
    shapes: Shapes,
    tree: shapely.STRtree,
    origins: Numbers,
    middle: Numbers,
    area_m2: Numbers,
    rows: Indices,
) -> Fit:
    """Return the fit of a slice of subjects; no other thread prepares them meanwhile."""
    mine = subjects[rows]
    one, other = tree.query(mine)
    shapely.prepare(mine)
    is_inside = shapely.contains_xy(mine[one], middle[other, 0], middle[other, 1])
    shapely.destroy_prepared(mine)
    one, other = one[is_inside], other[is_inside]
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    # One shape moved by a centimetre would spoil the proof for all the others.
    is_stray = strays(shapes[other], one)
    one, other = one[~is_stray], other[~is_stray]
    first, last = first_and_last(one, len(rows))
    is_proved = are_coverages(shapes[other], first, last)
    members = is_proved[one]
    one, other = one[members], other[members]
    proved = np.unique(one)
    # Uniting a coverage moves no vertex, so only the union's few vertices need be shifted.
    taken = coverage_united(shapes[other], one)
    by = -origins[rows[proved]]
    whole = shift(mine[proved], by)
    left = solid(shapely.difference(whole, shift(taken, by)))
    used_m2 = np.zeros(len(rows))
    used_m2[proved] = planar_area_m2(whole) - planar_area_m2(left)
    asked_m2 = np.bincount(one, weights=area_m2[other], minlength=len(rows))
    rest = np.full(len(rows), None, dtype=object)
    rest[proved] = left
    is_whole = np.abs(used_m2 - asked_m2) < ROUNDOFF_M2
    return Fit(rows[one], other, is_whole[one], rest, ~is_proved)
