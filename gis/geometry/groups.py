"""Shapes in groups: whether a group is a coverage, who cannot be in one, and unions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Flags, Numbers, Shapes
from gis.geometry.clean import polygonal
from gis.geometry.pairs import Indices

# Odd numbers that spread corners over 64 bits; chance collisions only choose the slower way.
_SPREAD = np.array([-7046029254386353131, -4417276706812531889, 1609587929392839161])


def first_and_last(group: Indices, count: int) -> tuple[Indices, Indices]:
    """Return where each group 0..count-1 begins and ends in an ordered column of groups."""
    numbers = np.arange(count)
    return np.searchsorted(group, numbers, side="left"), np.searchsorted(group, numbers, "right")


def spread(first: Indices, last: Indices, group: Indices) -> tuple[Indices, Indices]:
    """Return for each row of a list of groups the places first..last-1 of its own: row, place."""
    count = (last - first)[group]
    row = np.repeat(np.arange(len(group)), count)
    step = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return row, first[group][row] + step


def alike(*columns: Indices) -> Indices:
    """Return one number for all rows that agree in every column (three at most), 0 for the first.

    Numbers come in the order in which rows of a kind come first. The columns are whole numbers.

    >>> alike(np.array([7, 7, 5, 7]), np.array([1, 2, 1, 1])).tolist()
    [0, 1, 2, 0]
    """
    mixed = np.zeros(len(columns[0]), dtype=np.int64)
    for column, odd in zip(columns, _SPREAD, strict=False):
        mixed ^= column * odd
    code = pd.factorize(mixed)[0]
    first = first_of(code)
    if all((column[first][code] == column).all() for column in columns):
        return np.asarray(code, dtype=np.int64)
    # By chance rows that differ were mixed to one number: column by column they cannot be.
    code = np.zeros(len(mixed), dtype=np.int64)
    for column in columns:
        further, found = pd.factorize(column)
        code = pd.factorize(code * len(found) + further)[0]
    return np.asarray(code, dtype=np.int64)


def first_of(code: Indices) -> Indices:
    """Return the first row of each number 0..n-1, of which every one occurs."""
    first = np.empty(code.max(initial=-1) + 1, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]
    return first


def are_coverages(geoms: Shapes, first: Indices, last: Indices) -> Flags:
    """Return, for each run of shapes first..last, whether it is a valid coverage."""
    return np.array(
        [
            end - start < 2 or bool(shapely.coverage_is_valid(geoms[start:end]))
            for start, end in zip(first.tolist(), last.tolist(), strict=True)
        ],
        dtype=bool,
    )


def gathered(geoms: Shapes, group: Indices) -> Shapes:
    """Return one collection for each group that occurs, in the order of their numbers.

    `group` is ordered.
    """
    if not len(geoms):
        return np.empty(0, dtype=object)
    collections: Any = shapely.geometrycollections(
        geoms, indices=np.cumsum(np.diff(group, prepend=group[0]) != 0)
    )
    return np.asarray(collections, dtype=object)


def boxes(low: Numbers, high: Numbers) -> Shapes:
    """Return the rectangle of each row's lower left and upper right corner, (n, 2) both."""
    return np.asarray(shapely.box(low[:, 0], low[:, 1], high[:, 0], high[:, 1]), dtype=object)


def coverage_united(geoms: Shapes, group: Indices) -> Shapes:
    """Return the union of each group that occurs; each must have been proved a coverage.

    `group` is ordered. No vertex moves; but roundoff of 1e-13 m2 may be found valid by GEOS and
    then refused: such a group is united as any other.
    """
    groups = gathered(geoms, group)
    try:
        # Without the axis the whole column would become one shape.
        unions: Any = shapely.coverage_union_all(groups[:, np.newaxis], axis=1)
    except shapely.errors.GEOSException:
        unions = [_covered_or_united(each) for each in groups]
    return np.asarray(unions, dtype=object)


def _covered_or_united(shapes: shapely.GeometryCollection) -> shapely.Geometry:
    try:
        return shapely.coverage_union_all([shapes])
    except shapely.errors.GEOSException:
        return shapely.unary_union(shapes)


def united(geoms: Shapes, groups: Indices, count: int) -> Shapes:
    """Return the union of the shapes of each group 0..count-1; None for a group without any.

    >>> cells = np.array([shapely.box(x, 0, x + 1, 1) for x in range(3)])
    >>> [None if one is None else one.area for one in united(cells, np.array([0, 0, 2]), 3)]
    [2.0, None, 1.0]
    """
    out = np.full(count, None, dtype=object)
    order = np.argsort(groups, kind="stable")
    if len(order):
        collections = gathered(geoms[order], groups[order])
        unions: Any = shapely.unary_union(collections[:, np.newaxis], axis=1)
        out[np.unique(groups)] = polygonal(unions)
    return out


def united_apart(geoms: Shapes, group: Indices, count: int, places: Numbers) -> Shapes:
    """Return the union of each group, uniting only the shapes that touch one another.

    Shapes that touch and are proved a coverage are united as one: no vertex moves, and it takes a
    fraction of the time. Shapes lie about their `places`, (n, 2). None for a group without any.
    """
    out = np.full(count, None, dtype=object)
    if not len(geoms):
        return out
    order = np.argsort(group, kind="stable")
    geoms, group, places = geoms[order], group[order], places[order]
    bounds = shapely.bounds(geoms)
    rectangles = boxes(bounds[:, :2] + places, bounds[:, 2:] + places)
    one, other = shapely.STRtree(rectangles).query(rectangles)
    near = (one < other) & (group[one] == group[other])
    one, other = one[near], other[near]
    touching = shapely.intersects(geoms[one], geoms[other])
    cluster = clusters(one[touching], other[touching], len(geoms))
    first, number, size = np.unique(
        cluster, return_index=True, return_inverse=True, return_counts=True
    )[1:]
    unions = geoms[first].copy()
    several = size[number] > 1
    unions[size > 1] = _united_or_covered(geoms[several], number[several])
    parts, owner = shapely.get_parts(unions, return_index=True)
    used, index = np.unique(group[first][owner], return_inverse=True)
    out[used] = shapely.multipolygons(parts, indices=index)
    return out


def _united_or_covered(geoms: Shapes, group: Indices) -> Shapes:
    """Return the union of each group that occurs, as a coverage where it is proved to be one."""
    order = np.argsort(group, kind="stable")
    geoms, (groups, group) = geoms[order], np.unique(group[order], return_inverse=True)
    first, last = first_and_last(group, len(groups))
    is_coverage = are_coverages(geoms, first, last)
    members = is_coverage[group]
    out = united(geoms[~members], group[~members], len(groups))
    out[is_coverage] = polygonal(coverage_united(geoms[members], group[members]))
    return out


def clusters(one: Indices, other: Indices, count: int) -> Indices:
    """Return the lowest number that each of 0..count-1 is linked to, by whatever way."""
    label = np.arange(count)
    while True:
        before = label.copy()
        np.minimum.at(label, one, label[other])
        np.minimum.at(label, other, label[one])
        label = label[label]
        if (label == before).all():
            return label


def strays(geoms: Shapes, group: Indices) -> Flags:
    """Return the shapes that share no corner with their group, though their bounds meet it.

    This only looks for shapes that would spoil a coverage, and proves nothing.
    """
    corners, shape = shapely.get_coordinates(geoms, return_index=True)
    is_first = np.diff(shape, prepend=-1) != 0  # the closing corner comes again at the end
    corners, shape = corners[~is_first], shape[~is_first]
    bits = corners.view(np.int64)
    marks = (bits[:, 0] * _SPREAD[0]) ^ (bits[:, 1] * _SPREAD[1]) ^ (group[shape] * _SPREAD[2])
    code = pd.factorize(marks)[0]
    is_shared = np.bincount(code)[code] > 1
    is_alone = np.bincount(shape, weights=is_shared, minlength=len(geoms)) == 0
    out = np.zeros(len(geoms), dtype=bool)
    if is_alone.any():
        alone, near = np.flatnonzero(is_alone), np.flatnonzero(np.isin(group, group[is_alone]))
        one, other = shapely.STRtree(geoms[near]).query(geoms[alone])
        one, other = alone[one], near[other]
        out[one[(group[one] == group[other]) & (one != other)]] = True
    return out
