"""Supplies that fit together in an approval: a coverage, and what it leaves, without a cut.

Most supplies lie wholly in one approval and share their corners with their neighbours. That is
proved for all of an approval at once: edges that come twice cancel, and what is left must be
smaller than the approval by the sum of their areas. Where edges do not cancel, GEOS is asked
whether the supplies are a coverage.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import shapely

from gis.arrays import Flags, Numbers, Shapes
from gis.geometry.areas import planar_area_m2
from gis.geometry.clean import origin_of, polygonal, shift
from gis.geometry.groups import are_coverages, coverage_united, first_and_last, spread, strays
from gis.geometry.pairs import ROUNDOFF_M2, Indices, in_threads, solid


class CoverageFit(NamedTuple):
    """The shapes of each subject that are proved to be a coverage, and what they leave of it.

    Members are pairs of a subject and a shape with a point inside it that lies in the subject, so
    that they share land; ordered by subject, then by shape. Shapes that share no corner with the
    others are left out, a group refuted as a whole.
    """

    subject: Indices  # of each member
    shape: Indices
    is_whole: Flags  # the shape lies wholly in the subject; False = not known
    rest: Shapes  # of each subject, about its origin; None where it has no member
    is_refuted: Flags  # of each subject: some shapes in it are no coverage


def fit(
    subjects: Shapes,
    shapes: Shapes,
    threads: int = 1,
    inside: tuple[Indices, Indices] | None = None,
) -> CoverageFit:
    """Return which shapes fit together in each subject, edge on edge, and what they leave.

    `inside`: the pairs of a subject and a shape to be asked, as `lying_in` gives them; None: all.
    """
    one, other = lying_in(subjects, shapes, threads) if inside is None else inside
    first, last = first_and_last(one, len(subjects))
    origins = origin_of(subjects)
    area_m2 = planar_area_m2(shapes)
    # Many subjects may be one shape, asked about on many days: its rings are taken apart once.
    names = np.array([id(subject) for subject in subjects], dtype=np.int64)
    _, place, outline = np.unique(names, return_index=True, return_inverse=True)
    outlines, rims = _Rings.of(subjects[place]), _Rings.of(shapes)

    def look(rows: Indices) -> CoverageFit:
        part = slice(first[rows[0]], last[rows[-1]]) if len(rows) else slice(0, 0)
        own = one[part] - rows[0] if len(rows) else one[part]

        def left_over(groups: Indices, kept: Indices, group: Indices) -> Shapes:
            return _left_over(outlines, outline[rows[groups]], rims, kept, group)

        return _fit(subjects, shapes, own, other[part], origins, area_m2, rows, left_over)

    parts = in_threads(look, len(subjects), threads)
    return CoverageFit(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def lying_in(subjects: Shapes, shapes: Shapes, threads: int = 1) -> tuple[Indices, Indices]:
    """Return the pairs of a subject and a shape whose middle lies in it, by subject, then shape."""
    tree = shapely.STRtree(shapes)
    middle = _middle(shapes)

    def look(rows: Indices) -> tuple[Indices, Indices]:
        mine = subjects[rows]
        one, other = tree.query(mine)
        # No other thread prepares these meanwhile.
        shapely.prepare(mine)
        is_inside = shapely.contains_xy(mine[one], middle[other, 0], middle[other, 1])
        shapely.destroy_prepared(mine)
        one, other = one[is_inside], other[is_inside]
        order = np.lexsort((other, one))
        return rows[one[order]], other[order]

    parts = in_threads(look, len(subjects), threads)
    one, other = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return one, other


def _middle(shapes: Shapes) -> Numbers:
    """Return a point inside each shape, (n, 2): its centroid, if that lies in it."""
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    is_outside = ~shapely.contains_xy(shapes, middle[:, 0], middle[:, 1])
    middle[is_outside] = shapely.get_coordinates(shapely.point_on_surface(shapes[is_outside]))
    return middle


def _fit(
    subjects: Shapes,
    shapes: Shapes,
    one: Indices,
    other: Indices,
    origins: Numbers,
    area_m2: Numbers,
    rows: Indices,
    left_over: Callable[[Indices, Indices, Indices], Shapes],
) -> CoverageFit:
    """Return the fit of a slice of subjects; `one` is the place of a pair's subject among these.

    `left_over`: what some shapes leave of the subjects of some places, see `_left_over`.
    """
    mine = subjects[rows]
    # One shape moved by a centimetre would spoil the proof for all the others.
    is_stray = strays(shapes[other], one)
    one, other = one[~is_stray], other[~is_stray]
    groups, group = np.unique(one, return_inverse=True)
    whole_m2, asked_m2 = (
        planar_area_m2(mine),
        np.bincount(one, weights=area_m2[other], minlength=len(rows)).astype(np.float64),
    )
    left = left_over(groups, other, group)
    is_exact = shapely.is_valid(left) & _takes(whole_m2, left, asked_m2, groups)
    is_proved = is_exact.copy()
    first, last = first_and_last(group, len(groups))
    is_proved[~is_exact] = are_coverages(shapes[other], first[~is_exact], last[~is_exact])
    is_refuted = np.zeros(len(rows), dtype=bool)
    is_refuted[groups[~is_proved]] = True
    proved, left, is_exact = groups[is_proved], left[is_proved], is_exact[is_proved]
    one, other = one[is_proved[group]], other[is_proved[group]]
    by = -origins[rows[proved]]
    left = shift(left, by)
    general = np.flatnonzero(~is_exact)
    if len(general):
        cut = proved[general]
        is_asked = np.isin(one, cut)
        # Uniting a coverage moves no vertex, so only the union's few vertices need be shifted.
        taken = shift(coverage_united(shapes[other[is_asked]], one[is_asked]), by[general])
        left[general] = shapely.difference(shift(mine[cut], by[general]), taken)
    left = solid(left)
    is_whole = np.zeros(len(rows), dtype=bool)
    is_whole[proved] = _takes(whole_m2, left, asked_m2, proved)
    rest = np.full(len(rows), None, dtype=object)
    rest[proved] = left
    return CoverageFit(rows[one], other, is_whole[one], rest, is_refuted)


class _Rings(NamedTuple):
    """The rings of shapes, part by part, of each part the outer one first."""

    rings: Shapes
    is_hole: Flags
    first: Indices  # of each shape, and the place after its last
    last: Indices

    @classmethod
    def of(cls, shapes: Shapes) -> _Rings:
        """Return the rings of some shapes."""
        parts, part_of = shapely.get_parts(shapes, return_index=True)
        rings, ring_of = shapely.get_rings(parts, return_index=True)
        ends = first_and_last(part_of[ring_of], len(shapes))
        return cls(rings, np.diff(ring_of, prepend=-1) == 0, *ends)

    def taken(self, shape: Indices) -> tuple[Indices, Shapes, Flags]:
        """Return of shapes, one after another, each ring: whose it is, itself, is it a hole."""
        place, at = spread(self.first, self.last, shape)
        return place, self.rings[at], self.is_hole[at]


def _left_over(
    outlines: _Rings, subject: Indices, plots: _Rings, plot: Indices, group: Indices
) -> Shapes:
    """Return what shapes leave of each subject if they fit edge on edge, else anything.

    `subject` and `plot` are rows of the rings; `group` is the subject of each plot, in order. Edges
    that come twice cancel one another, those of two supplies and those of a supply and its approval
    alike: what is left bounds the land that an odd number of them covers, the approval counted.
    None where the edges do not close.

    If that is a valid shape and smaller than the subject by the areas of all the shapes, it is the
    remainder and the shapes are proved a coverage: wherever two of them lie over one another, or
    one lies outside, more is left than the subject less their areas, and nowhere is less left.
    """
    subject_of, outline, is_court = outlines.taken(subject)
    outline_of, part_of = np.cumsum(~is_court) - 1, subject_of[~is_court]
    rim_of, rims, is_hole = plots.taken(plot)
    rim_group = group[rim_of]
    # As a hole of its approval a supply's rim runs the other way, so that both cancel.
    ring_of = np.concatenate([outline_of, np.searchsorted(part_of, rim_group[~is_hole])])
    order = np.argsort(ring_of, kind="stable")
    rings = np.concatenate([outline, rims[~is_hole]])[order]
    pierced: Any = shapely.polygons(rings, indices=ring_of[order])
    courts: Any = shapely.polygons(rims[is_hole])
    owner = np.concatenate([part_of, rim_group[is_hole]])
    order = np.argsort(owner, kind="stable")
    faces = np.concatenate([pierced, courts])[order]
    first, last = first_and_last(owner[order], len(subject))
    out = np.full(len(subject), None, dtype=object)
    for row, (start, end) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        try:
            out[row] = shapely.coverage_union_all(faces[start:end])
        except shapely.errors.GEOSException:  # edges that almost match: the general way
            continue
    return polygonal(out)


def _takes(whole_m2: Numbers, left: Shapes, asked_m2: Numbers, rows: Indices) -> Flags:
    """Return whether a remainder is smaller than its subject by just the area asked."""
    used_m2 = whole_m2[rows] - planar_area_m2(left)
    return np.asarray(np.abs(used_m2 - asked_m2[rows]) < ROUNDOFF_M2)
