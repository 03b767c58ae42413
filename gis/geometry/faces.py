"""Land divided into faces, each measured once: what some of them leave is told without a cut.

The faces of a subject are the shapes that fit together in it, and the parts that all of them leave.
Where every edge comes twice, once for the land on either side, what any choice of the shapes leaves
is the faces not chosen: those that share an edge are one polygon, whose area is the sum of theirs
(`exact_areas`), and whose outline is made of the edges that lie on one side of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import shapely

from gis.arrays import Flags, Numbers, Shapes
from gis.geometry.areas import planar_area_m2
from gis.geometry.clean import origin_of, shift
from gis.geometry.coverage import CoverageFit
from gis.geometry.exact_areas import MOST_CORNERS, ExactAreas, exact_areas
from gis.geometry.groups import clusters, first_and_last, spread
from gis.geometry.pairs import ROUNDOFF_M2, Indices

OUTSIDE = -1
# Odd numbers that spread corners over 64 bits; a chance collision only has a subject left out.
_SPREAD = np.array([-7046029254386353131, -4417276706812531889, 1609587929392839161])


class Faces(NamedTuple):
    """The faces of subjects, ordered by subject, and where they border on one another."""

    subject: Indices
    shape: Indices  # the shape that the face is, OUTSIDE where it is what all shapes leave
    areas: ExactAreas
    bounds: Numbers  # (n, 4)
    one: Indices  # of each border two faces, ordered by the first
    other: Indices  # OUTSIDE: the border is one of the subject
    length_m: Numbers
    is_divided: Flags  # of each subject; the others have no faces


class Parts(NamedTuple):
    """The polygons that choices of faces leave, ordered by choice."""

    choice: Indices
    area_m2: Numbers
    outline_m: Numbers
    bounds: Numbers


def divide(subjects: Shapes, shapes: Shapes, fitted: CoverageFit) -> Faces:
    """Return the faces of those subjects that are divided edge on edge by what fits in them."""
    rest, rest_of = shapely.get_parts(shift(fitted.rest, origin_of(subjects)), return_index=True)
    is_rest = planar_area_m2(rest) > 0
    rest, rest_of = rest[is_rest], rest_of[is_rest]
    land = np.concatenate([shapes[fitted.shape], rest])
    subject = np.concatenate([fitted.subject, rest_of]).astype(np.int64)
    shape = np.concatenate([fitted.shape, np.full(len(rest), OUTSIDE)]).astype(np.int64)
    order = np.argsort(subject, kind="stable")
    land, subject, shape = land[order], subject[order], shape[order]
    areas = exact_areas(land)
    # A face of several parts would join what lies apart.
    is_odd = ~areas.is_known | (shapely.get_num_geometries(land) != 1)
    is_open = ~shapely.is_missing(fitted.rest)
    is_open[subject[is_odd]] = is_open[fitted.subject[~fitted.is_whole]] = False
    one, other, length_m, is_bordered = _borders(subjects, land, subject, is_open)
    is_divided = is_open & is_bordered & (planar_area_m2(subjects) > ROUNDOFF_M2)
    is_divided &= exact_areas(subjects).is_known
    kept = is_divided[subject]
    place = np.cumsum(kept) - 1
    is_mine = kept[one]
    one, other, length_m = one[is_mine], other[is_mine], length_m[is_mine]
    return Faces(
        subject[kept],
        shape[kept],
        ExactAreas(areas.limbs[kept], areas.is_known[kept]),
        shapely.bounds(land[kept]).reshape(-1, 4),
        place[one],
        np.where(other == OUTSIDE, OUTSIDE, place[other]),
        length_m,
        is_divided,
    )


def left(faces: Faces, subject: Indices, choice: Indices, face: Indices) -> Parts:
    """Return the polygons that are left of subjects where some of their faces are taken.

    `subject`: of each choice, a divided one. `choice`, `face`: the faces taken of each choice.
    """
    first, last = first_and_last(faces.subject, len(faces.is_divided))
    at, own = spread(first, last, subject)
    start = np.searchsorted(at, np.arange(len(subject)))
    is_left = np.ones(len(at), dtype=bool)
    is_left[start[choice] + face - first[subject[choice]]] = False
    border_subject = faces.subject[faces.one]
    bordering, border = spread(*first_and_last(border_subject, len(faces.is_divided)), subject)
    by = (start - first[subject])[bordering]
    one, other = faces.one[border] + by, faces.other[border] + by
    is_outer = faces.other[border] == OUTSIDE
    is_here, is_there = is_left[one], is_left[np.where(is_outer, 0, other)] & ~is_outer
    joins, bounds_it = is_here & is_there, is_here != is_there
    label = clusters(one[joins], other[joins], len(at))
    outline_m = np.bincount(
        label[np.where(is_here, one, other)[bounds_it]],
        weights=faces.length_m[border[bounds_it]],
        minlength=len(at),
    )
    rows = np.flatnonzero(is_left)
    rows = rows[np.argsort(label[rows], kind="stable")]
    (begin,) = np.nonzero(np.diff(label[rows], prepend=-1))
    of, parts = own[rows], label[rows][begin]
    bounds = faces.bounds[of]
    if len(rows):
        low, high = np.minimum.reduceat(bounds, begin), np.maximum.reduceat(bounds, begin)
        bounds = np.concatenate([low[:, :2], high[:, 2:]], axis=1)
    areas = ExactAreas(faces.areas.limbs[of], faces.areas.is_known[of]).summed(begin)
    return Parts(at[parts], areas.in_m2, np.asarray(outline_m[parts], np.float64), bounds)


def _borders(
    subjects: Shapes, land: Shapes, subject: Indices, is_open: Flags
) -> tuple[Indices, Indices, Numbers, Flags]:
    """Return two faces and the length of each border, and the subjects whose edges all come twice.

    `land` are faces, `subject` whose each is. Of a border with the outside the face stands first.
    Each edge must be gone once either way, with the land to the left, and the outside to the left
    of the subject's own. Then the faces lie nowhere over one another, nowhere outside the subject
    and leave nothing of it: what has no border has no area.
    """
    start, stop, face, of = _edges(subjects, land, subject, is_open)
    # An edge of either way has one mark; the outside comes first of those that share it.
    mark = (_mark(start) + _mark(stop)) ^ (of * _SPREAD[0])
    order = np.lexsort((face, mark))
    start, stop, face, of = start[order], stop[order], face[order], of[order]
    group = np.cumsum(np.diff(mark[order], prepend=mark[order[:1]]) != 0)
    is_twice = np.bincount(group)[group] == 2
    is_sound = np.ones(len(subjects), dtype=bool)
    is_sound[of[~is_twice]] = False
    (low, high), (one, other) = (each[is_twice].reshape(-1, 2).T for each in (face, of))
    (start, start_2), (stop, stop_2) = (
        each[is_twice].reshape(-1, 2, 2).swapaxes(0, 1) for each in (start, stop)
    )
    is_edge = _same(start, stop_2) & _same(stop, start_2)
    is_edge &= (one == other) & (low != high) & ~_same(start, stop)
    is_sound[np.concatenate([one[~is_edge], other[~is_edge]])] = False
    kept = is_edge & is_sound[one]
    count = np.bincount(one[kept], minlength=len(subjects))
    is_sound &= (count > 0) & (count <= MOST_CORNERS)
    width = len(land) + 1
    key, border = np.unique(high[kept] * width + low[kept] + 1, return_inverse=True)
    edge_m = np.hypot(*(stop[kept] - start[kept]).T)
    length_m = np.bincount(border, weights=edge_m, minlength=len(key))
    face, beyond = np.divmod(key, width)
    return face, beyond - 1, np.asarray(length_m, np.float64), is_sound


def _edges(
    subjects: Shapes, land: Shapes, subject: Indices, is_open: Flags
) -> tuple[Numbers, Numbers, Indices, Indices]:
    """Return the ends of each edge, the face whose it is (OUTSIDE: the subject's), the subject.

    They run with the land to their left, those of the outside with the outside.
    """
    asked = np.flatnonzero(is_open)
    every = np.concatenate([subjects[asked], land])
    corners, place = shapely.get_coordinates(every, return_index=True)
    rings, part = shapely.get_rings(shapely.get_parts(every), return_index=True)
    is_hole = np.diff(part, prepend=-1) == 0
    count = shapely.get_num_coordinates(rings)
    is_start = np.ones(len(corners), dtype=bool)
    is_start[np.cumsum(count) - 1] = False
    (edge,) = np.nonzero(is_start)
    place = place[edge]
    is_face = place >= len(asked)
    is_left = np.repeat(shapely.is_ccw(rings) ^ is_hole, count)[edge] == is_face
    start = np.where(is_left, edge, edge + 1)
    face, of = np.full(len(edge), OUTSIDE), np.empty(len(edge), dtype=np.int64)
    face[is_face] = place[is_face] - len(asked)
    of[is_face], of[~is_face] = subject[face[is_face]], asked[place[~is_face]]
    return corners[start], corners[2 * edge + 1 - start], face, of


def _mark(corners: Numbers) -> Indices:
    """Return a number for each corner, nearly always another one for another corner."""
    bits = np.ascontiguousarray(corners).view(np.int64)
    mark = bits[:, 0] * _SPREAD[0] + bits[:, 1] * _SPREAD[1]
    return np.asarray((mark ^ (mark >> 31)) * _SPREAD[2], dtype=np.int64)


def _same(one: Numbers, other: Numbers) -> Flags:
    return np.asarray((one == other).all(axis=1))
