"""Rings that carry every vertex of their neighbours, so that ellipsoidal areas add up.

A vertex in the middle of a neighbour's edge changes nothing in the plane, but an edge that is
straight between longitudes and latitudes bulges: 8 m2 on the side of a 1 km square.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Flags, Numbers, Shapes
from gis.geometry.groups import alike, boxes, first_of
from gis.geometry.pairs import Indices, in_threads

# Vertices that differ by less than the rounding of coordinates are one vertex.
_SAME_M = 1e-4
# An edge up to here bulges by less than 2 micrometres.
_STRAIGHT_M = 10.0


class _Edges(NamedTuple):
    """Every edge of an array of polygons that is longer than the rounding, in ring order."""

    at: Indices  # position of its first vertex among all vertices
    owner: Indices
    place: Indices  # one number for all copies of an edge of one owner, whichever way they run
    is_falling: Flags  # this copy runs from the higher vertex number to the lower


def node(
    pieces: Shapes,
    owner: Indices,
    may_have_hair: Flags,
    rings: Shapes,
    origins: Numbers,
    reach_m: float,
    threads: int = 1,
) -> tuple[Shapes, Shapes, Flags]:
    """Return pieces and their subjects' rings with each other's vertices, and which were changed.

    `owner` is each piece's subject, a row of `rings`; shapes lie about their subject's origin.
    Vertices within `reach_m` of an edge are put on it by their foot, so no edge moves and no
    planar area changes. Edges that a neighbour answers exactly need nothing; the long ones of
    pieces that `may_have_hair` are looked at all the same, because the bulge of an edge may be
    wider than a hair or a sliver: between longitudes and latitudes its sides would cross.
    """
    shapes = np.concatenate([pieces, rings])
    owners = np.concatenate([owner, np.arange(len(rings))])
    coordinates, ring_of, shape_of = _vertices(shapes)
    edges = _edges(coordinates, ring_of, owners[shape_of])
    # In a finished partition every edge is there twice: of two pieces, or of a piece and the ring.
    is_looked_at = np.bincount(edges.place)[edges.place] % 2 == 1
    step = coordinates[edges.at + 1] - coordinates[edges.at]
    may_bulge = np.hypot(step[:, 0], step[:, 1]) > _STRAIGHT_M
    may_have_hair = np.concatenate([may_have_hair, np.zeros(len(rings), dtype=bool)])
    may_bulge &= may_have_hair[shape_of[edges.at]]
    is_hairy_place = np.zeros(len(edges.place), dtype=bool)
    is_hairy_place[edges.place[may_bulge]] = True
    looked_at = np.flatnonzero(is_looked_at | is_hairy_place[edges.place])
    vertices = np.zeros(len(coordinates), dtype=bool)
    vertices[edges.at[looked_at]] = vertices[edges.at[looked_at] + 1] = True
    vertices |= may_have_hair[shape_of]
    edge, share = _feet(
        coordinates,
        edges,
        looked_at,
        np.flatnonzero(vertices),
        owners[shape_of],
        origins,
        reach_m,
        threads,
    )
    touched = np.unique(shape_of[edges.at[edge]])
    out = shapes.copy()
    if len(touched):
        start, end = coordinates[edges.at[edge]], coordinates[edges.at[edge] + 1]
        feet = start + share[:, np.newaxis] * (end - start)
        longer = np.insert(coordinates, edges.at[edge] + 1, feet, axis=0)
        copies = 1 + np.bincount(edges.at[edge], minlength=len(coordinates))
        rings_longer, shapes_longer = np.repeat(ring_of, copies), np.repeat(shape_of, copies)
        kept = np.isin(shapes_longer, touched)
        out[touched] = _rebuilt(
            shapes[touched], longer[kept], np.unique(rings_longer[kept], return_inverse=True)[1]
        )
    is_changed = np.isin(np.arange(len(pieces)), touched)
    return out[: len(pieces)], out[len(pieces) :], is_changed


def _vertices(shapes: Shapes) -> tuple[Numbers, Indices, Indices]:
    """Return all vertices, the ring of each and the shape of each."""
    # Rings are those of polygons; of shapes of several parts GEOS would give none.
    parts, shape_of = shapely.get_parts(shapes, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    coordinates, ring_of = shapely.get_coordinates(rings, return_index=True)
    return coordinates, ring_of, np.asarray(shape_of[part_of[ring_of]], dtype=np.int64)


def _edges(coordinates: Numbers, ring_of: Indices, owner_of: Indices) -> _Edges:
    cells = np.round(coordinates / _SAME_M).astype(np.int64)
    number = (cells[:, 0] << 32) + cells[:, 1]
    at = np.flatnonzero((ring_of[1:] == ring_of[:-1]) & (number[1:] != number[:-1]))
    one, two = number[at], number[at + 1]
    place = alike(owner_of[at], np.minimum(one, two), np.maximum(one, two))
    return _Edges(at, owner_of[at], place, one > two)


def _feet(
    coordinates: Numbers,
    edges: _Edges,
    looked_at: Indices,
    vertices: Indices,
    owner_at: Indices,
    origins: Numbers,
    reach_m: float,
    threads: int,
) -> tuple[Indices, Numbers]:
    """Return (edge, share of its length) of every one of `vertices` to put on it, in ring order.

    Looked for once per place and handed to all its copies, so that neighbours stay alike.
    """
    _, first = np.unique(edges.place[looked_at], return_index=True)
    chosen = looked_at[first]
    start, end = coordinates[edges.at[chosen]], coordinates[edges.at[chosen] + 1]
    places = origins[edges.owner[chosen]]
    # Neighbours share their corners: one of them is enough.
    corners = (coordinates[vertices] + 0.0).view(np.int64)  # what is -0.0 elsewhere is 0.0
    vertices = vertices[first_of(alike(owner_at[vertices], corners[:, 0], corners[:, 1]))]
    points: Any = shapely.points(coordinates[vertices] + origins[owner_at[vertices]])
    tree = shapely.STRtree(points)

    def near(rows: Indices) -> tuple[Indices, Indices, Numbers]:
        low, high = np.minimum(start[rows], end[rows]), np.maximum(start[rows], end[rows])
        around_m = places[rows]
        line, found = tree.query(boxes(low + around_m - reach_m, high + around_m + reach_m))
        line, vertex = rows[line], vertices[found]
        # Subjects that lie over one another meet in the tree, but share no rings.
        is_mine = edges.owner[chosen[line]] == owner_at[vertex]
        line, vertex = line[is_mine], vertex[is_mine]
        along, off = (end - start)[line], coordinates[vertex] - start[line]
        length_m = np.hypot(along[:, 0], along[:, 1])
        apart_m = np.abs(off[:, 0] * along[:, 1] - off[:, 1] * along[:, 0]) / length_m
        share = (off * along).sum(axis=1) / length_m**2
        is_near = apart_m <= reach_m
        return line[is_near], share[is_near], length_m[is_near]

    line, share, length_m = (
        np.concatenate(columns)
        for columns in zip(*in_threads(near, len(chosen), threads), strict=True)
    )
    margin = 2 * _SAME_M / length_m
    is_inside = (share > margin) & (share < 1 - margin)
    feet = pd.DataFrame({"line": line, "share": share, "length_m": length_m})[is_inside]
    feet = feet.sort_values(["line", "share"], ignore_index=True)
    gap_m = feet.groupby("line")["share"].diff() * feet["length_m"]
    feet = feet[~(gap_m < _SAME_M)]
    feet["place"] = edges.place[chosen[feet["line"]]]
    feet["is_falling"] = edges.is_falling[chosen[feet["line"]]]
    copies = pd.DataFrame(
        {
            "edge": looked_at,
            "place": edges.place[looked_at],
            "falls": edges.is_falling[looked_at],
        }
    ).merge(feet, on="place")
    is_same_way = copies["falls"] == copies["is_falling"]
    copies["share"] = copies["share"].where(is_same_way, 1 - copies["share"])
    copies = copies.sort_values(["edge", "share"], ignore_index=True)
    return copies["edge"].to_numpy(), copies["share"].to_numpy()


def _rebuilt(shapes: Shapes, coordinates: Numbers, ring_of: Indices) -> Shapes:
    """Return the shapes with the same rings, each with a longer list of vertices."""
    parts, shape_of = shapely.get_parts(shapes, return_index=True)
    rings: Any = shapely.linearrings(coordinates, indices=ring_of)
    _, part_of = shapely.get_rings(parts, return_index=True)
    polygons: Any = shapely.polygons(rings, indices=part_of)
    out = np.empty(len(shapes), dtype=object)
    is_multiple = shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOLYGON
    in_multiple = is_multiple[shape_of]
    out[~is_multiple] = polygons[~in_multiple]
    if is_multiple.any():
        group = np.unique(shape_of[in_multiple], return_inverse=True)[1]
        out[is_multiple] = shapely.multipolygons(polygons[in_multiple], indices=group)
    return out
