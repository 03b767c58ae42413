"""Which shapes meet, and in which area: the many-to-many overlay of two sets in one plane."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import shapely

from gis.arrays import Flags, Numbers, Shapes
from gis.geometry import remembered
from gis.geometry.areas import planar_area_m2
from gis.geometry.clean import origin_of, polygonal, shift

Indices = npt.NDArray[np.int64]
T = TypeVar("T")

# Below one square millimetre an area is what floating point left over, not land.
ROUNDOFF_M2 = 1e-6
# A shape of more vertices is cut into tiles before it meets its neighbours: GEOS walks the whole
# ring of both shapes for every single pair.
GIANT_VERTICES = 2_000
TILE_VERTICES = 256


class Pairs(NamedTuple):
    """One row per left and right shape that share an area, ordered by left, then right."""

    left: Indices
    right: Indices
    geoms: Shapes  # the shared area, about the origin of the left shape
    area_m2: Numbers
    is_whole: Flags  # the right shape lies wholly in the left one

    def are(self, left: Indices, right: Indices) -> Flags:
        """Return which of the pairs are among those of `left` and `right`."""
        width = 1 + max(self.right.max(initial=0), right.max(initial=0))
        return np.isin(self.left * width + self.right, left * width + right)

    def kept(self, rows: Flags) -> Pairs:
        """Return only the pairs for which `rows` is true."""
        return Pairs(
            self.left[rows],
            self.right[rows],
            self.geoms[rows],
            self.area_m2[rows],
            self.is_whole[rows],
        )


class Meeting(NamedTuple):
    """One row per left and right shape with a common inside, ordered by left, then right."""

    left: Indices
    right: Indices
    is_whole: Flags  # the right shape lies wholly in the left one

    def kept(self, rows: Flags) -> Meeting:
        """Return only the pairs for which `rows` is true."""
        return Meeting(self.left[rows], self.right[rows], self.is_whole[rows])


class PairHints(NamedTuple):
    """What is known of two sets before they meet: it saves asking, and changes no answer."""

    is_alone: Flags  # the left shape shares no area with another left one
    left: Indices
    right: Indices  # lies wholly in `left`


def pairs(
    left: Shapes,
    right: Shapes,
    threads: int = 1,
    known: PairHints | None = None,
    wanted: Callable[[Indices, Indices], Flags] | None = None,
) -> Pairs:
    """Return every pair of a left and a right shape that share an area, and that area.

    Shapes lie in one plane in metres. Each pair is worked on about the left shape's local
    origin (`gis.crs.origin_of`), so the answer for a pair depends on the pair alone. What is
    `known` of them before is not asked again. `wanted` tells of the pairs that may meet which
    ones are asked for at all.

    Two squares of 10 m, the second one moved by 4 m:

    >>> squares = np.array([shapely.box(0, 0, 10, 10), shapely.box(4, 0, 14, 10)])
    >>> met = pairs(squares[:1], squares[1:])
    >>> met.area_m2.tolist(), met.is_whole.tolist()
    ([60.0], [False])
    """
    return shared(left, right, meeting(left, right, threads, known, wanted), threads)


def meeting(
    left: Shapes,
    right: Shapes,
    threads: int = 1,
    known: PairHints | None = None,
    wanted: Callable[[Indices, Indices], Flags] | None = None,
) -> Meeting:
    """Return which shapes have a common inside, and which right ones lie wholly in the left one.

    Nothing is cut yet (`shared`): who knows of a pair what he asks for does without.
    """
    tree = shapely.STRtree(right)
    one, other = (np.asarray(found, dtype=np.int64) for found in tree.query(left))
    if wanted is not None:
        kept = wanted(one, other)
        one, other = one[kept], other[kept]
    may_share = _may_share(left, right, one, other)
    one, other = one[may_share], other[may_share]
    order = np.lexsort((other, one))
    one, other = one[order], other[order]
    is_whole, is_open = _sorted_out(left, right, one, other, known, threads)
    kept = is_whole | is_open
    return Meeting(one[kept], other[kept], is_whole[kept])


def shared(left: Shapes, right: Shapes, met: Meeting, threads: int = 1) -> Pairs:
    """Return the pairs of a meeting of these shapes with the area each one shares."""
    origins = origin_of(left)
    one, other, is_whole = met

    def move(rows: Indices) -> Shapes:
        return shift(right[other[rows]], -origins[one[rows]])

    def ask(asked: Indices) -> Shapes:
        at = np.flatnonzero(~is_whole)[asked]
        cut = in_threads(
            lambda rows: _cut(left, one[at[rows]], move(at[rows]), origins), len(at), threads
        )
        return np.concatenate(cut)

    geoms = np.empty(len(one), dtype=object)
    geoms[is_whole] = move(np.flatnonzero(is_whole))
    geoms[~is_whole] = remembered.shapes("cut", left, right, one[~is_whole], other[~is_whole], ask)
    area_m2 = planar_area_m2(geoms)
    return Pairs(one, other, geoms, area_m2, is_whole).kept(area_m2 > ROUNDOFF_M2)


def about_left(met: Pairs, right: Shapes, origins: Numbers) -> Shapes:
    """Return the whole right shape of each pair about the origin of its left one.

    `origins`: those of the left shapes, (n, 2) metres.
    """
    shapes = met.geoms.copy()
    cut = np.flatnonzero(~met.is_whole)
    shapes[cut] = shift(right[met.right[cut]], -origins[met.left[cut]])
    return shapes


def alone(geoms: Shapes, threads: int = 1) -> Flags:
    """Return which shapes share no area with another one of the same set."""
    found = shapely.STRtree(geoms).query(geoms)
    one, other = found[:, found[0] < found[1]]
    may_share = _may_share(geoms, geoms, one, other)
    one, other = one[may_share], other[may_share]
    is_shared = overlapping(geoms, geoms, one, other, threads)
    is_alone = np.ones(len(geoms), dtype=bool)
    is_alone[one[is_shared]] = is_alone[other[is_shared]] = False
    return is_alone


def overlapping(
    left: Shapes, right: Shapes, one: Indices, other: Indices, threads: int = 1
) -> Flags:
    """Return which pairs have a common inside: neighbours edge on edge have none."""

    def ask(asked: Indices) -> Flags:
        first, second = left[one[asked]], right[other[asked]]

        def overlap(rows: Indices) -> Flags:
            return np.asarray(shapely.relate_pattern(first[rows], second[rows], "T********"))

        return np.concatenate(in_threads(overlap, len(asked), threads))

    return remembered.flags("overlapping", left, right, one, other, ask)


def in_threads(work: Callable[[Indices], T], count: int, threads: int) -> list[T]:
    """Return what `work` gives for consecutive slices of 0..count-1, in their order.

    GEOS lets go of Python's lock, so slices run side by side; each shape is touched by the
    thread of its own slice only, because a prepared shape must not be shared.
    """
    slices = np.array_split(np.arange(count), max(1, min(threads * 8, count // 64)))
    if threads <= 1 or len(slices) == 1:
        return [work(rows) for rows in slices]
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, slices))


def solid(geoms: Shapes) -> Shapes:
    """Return the areas of shapes without the parts that are only roundoff.

    Where edges almost match, an overlay leaves parts a billionth of a metre wide and as long as
    the edge; the next rounding turns them inside out.
    """
    out = polygonal(geoms)
    several = np.flatnonzero(shapely.get_num_geometries(out) > 1)
    parts, owner = shapely.get_parts(out[several], return_index=True)
    is_land = planar_area_m2(parts) > ROUNDOFF_M2
    broken, group = np.unique(owner[~is_land], return_inverse=True)
    if len(group):
        kept = is_land & np.isin(owner, broken)
        out[several[broken]] = shapely.multipolygons(np.array([], dtype=object))
        whole, group = np.unique(owner[kept], return_inverse=True)
        if len(whole):
            out[several[whole]] = shapely.multipolygons(parts[kept], indices=group)
    return out


def tiles(geom: shapely.Geometry) -> list[shapely.Geometry]:
    """Return one shape cut into parts of few vertices each, halving the longer side."""
    done: list[shapely.Geometry] = []
    waiting = [geom]
    while waiting:
        part = waiting.pop()
        west, south, east, north = shapely.bounds(part)
        is_small = shapely.get_num_coordinates(part) <= TILE_VERTICES
        if is_small or max(east - west, north - south) < 1:
            done.append(part)
            continue
        if east - west >= north - south:
            middle = (west + east) / 2
            halves = [(west, south, middle, north), (middle, south, east, north)]
        else:
            middle = (south + north) / 2
            halves = [(west, south, east, middle), (west, middle, east, north)]
        cut = polygonal(shapely.intersection(part, [shapely.box(*half) for half in halves]))
        waiting.extend(half for half in cut if not half.is_empty)
    return done


def _sorted_out(
    left: Shapes,
    right: Shapes,
    one: Indices,
    other: Indices,
    known: PairHints | None,
    threads: int,
) -> tuple[Flags, Flags]:
    """Return the pairs in which the right shape lies wholly in the left one, and those to cut.

    A shape that lies wholly in one of several that stand alone shares nothing with the others.
    """
    is_whole, is_alone = np.zeros(len(one), dtype=bool), np.zeros(len(left), dtype=bool)
    if known is not None:
        is_whole = np.isin(one * len(right) + other, known.left * len(right) + known.right)
        is_alone = known.is_alone
    stands_alone, is_held = is_alone[one], np.zeros(len(right), dtype=bool)
    is_held[other[is_whole & stands_alone]] = True
    is_open = ~is_whole & ~(is_held[other] & stands_alone)
    asked = np.flatnonzero(is_open & _may_cover(left, right, one, other))
    # Much land is drawn the same in two registers: one look at the corners tells it.
    is_same = shapely.equals_identical(left[one[asked]], right[other[asked]])
    is_whole[asked[is_same]] = True
    asked = asked[~is_same]
    is_whole[asked] = _covered(left, right, one[asked], other[asked], threads)
    is_held[other[is_whole & stands_alone]] = True
    is_open = ~is_whole & ~(is_held[other] & stands_alone)
    asked = np.flatnonzero(is_open)
    is_open[asked] = overlapping(left, right, one[asked], other[asked], threads)
    return is_whole, is_open


def _may_share(left: Shapes, right: Shapes, one: Indices, other: Indices) -> Flags:
    """Return the pairs whose bounds share an area: what meets along a line or not at all does not.

    Neighbours in a grid meet so, and GEOS would walk their rings to find out.
    """
    first, second = _sides(left), _sides(right)
    found = np.ones(len(one), dtype=bool)
    for low, high in ((0, 2), (1, 3)):
        start = np.maximum(first[low][one], second[low][other])
        found &= start < np.minimum(first[high][one], second[high][other])
    return found


def _may_cover(left: Shapes, right: Shapes, one: Indices, other: Indices) -> Flags:
    """Return the pairs in which the right bounds lie in the left ones."""
    outer, inner = _sides(left), _sides(right)
    found = np.ones(len(one), dtype=bool)
    for low, high in ((0, 2), (1, 3)):
        found &= outer[low][one] <= inner[low][other]
        found &= outer[high][one] >= inner[high][other]
    return found


def _sides(shapes: Shapes) -> Numbers:
    """Return the western, southern, eastern and northern side of each shape, (4, n)."""
    return np.ascontiguousarray(shapely.bounds(shapes).reshape(-1, 4).T)


def _covered(left: Shapes, right: Shapes, one: Indices, other: Indices, threads: int) -> Flags:
    """Return the pairs in which the left shape covers the right one; `one` is ordered."""

    def ask(asked: Indices) -> Flags:
        first, second = one[asked], right[other[asked]]
        rows, start = np.unique(first, return_index=True)
        ends = np.append(start, len(first))

        def cover(places: Indices) -> Flags:
            if not len(places):
                return np.zeros(0, dtype=bool)
            mine = np.arange(ends[places[0]], ends[places[-1] + 1])
            shapely.prepare(left[rows[places]])
            is_inside = shapely.contains_properly(left[first[mine]], second[mine])
            unsure = mine[~is_inside]
            is_inside[~is_inside] = shapely.covers(left[first[unsure]], second[unsure])
            shapely.destroy_prepared(left[rows[places]])
            return np.asarray(is_inside)

        return np.concatenate(in_threads(cover, len(rows), threads))

    return remembered.flags("covered", left, right, one, other, ask)


def _cut(left: Shapes, one: Indices, moved: Shapes, origins: Numbers) -> Shapes:
    """Return the shared area of each pair; giants meet their neighbours tile by tile."""
    shapes = shift(left[one], -origins[one])
    is_giant = np.maximum(
        shapely.get_num_coordinates(shapes), shapely.get_num_coordinates(moved)
    ) > GIANT_VERTICES  # fmt: skip
    out = np.empty(len(one), dtype=object)
    plain = ~is_giant
    out[plain] = solid(shapely.intersection(shapes[plain], moved[plain]))
    if is_giant.any():
        out[is_giant] = _cut_tiles(shapes[is_giant], moved[is_giant], one[is_giant])
    return out


def _cut_tiles(shapes: Shapes, moved: Shapes, one: Indices) -> Shapes:
    """Return shared areas where a side is a giant: only tiles that touch are overlaid.

    A left giant is tiled once about its own origin; a right one once for each left shape it
    meets, since each has an origin of its own.
    """
    keys, rows = np.unique(one, return_index=True)
    tiled = {key: np.array(tiles(shapes[row])) for key, row in zip(keys, rows, strict=True)}
    trees = {key: shapely.STRtree(parts) for key, parts in tiled.items()}
    out = np.empty(len(one), dtype=object)
    for row, key in enumerate(one):
        mine = moved[row : row + 1]
        if shapely.get_num_coordinates(moved[row]) > GIANT_VERTICES:
            mine = np.array(tiles(moved[row]))
        first, second = trees[key].query(mine, predicate="intersects")
        shared = shapely.intersection(mine[first], tiled[key][second])
        out[row] = shapely.union_all(polygonal(shared))
    return solid(out)
