"""Faults within one shape: spikes, points too near each other, tiny rings, boundary lines.

Limits are ours (R) and stand here; shapes lie in a plane, metres.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import shapely
from shapely import GeometryType

from gis.arrays import Numbers
from gis.intake.doctor.findings import Findings

Array = np.ndarray[Any, Any]

# A spike goes out and comes back within this angle, and is at least this long.
SPIKE_DEGREES = 1.0
SPIKE_LEAST_M = 0.05
# Boundary points are surveyed to centimetres: two of them this near are one.
NEAR_M = 0.005
# No parcel, yard or light shaft is smaller.
TINY_RING_M2 = 0.1
# A boundary whose ends lie nearer than this, or than a share of its length, was meant to close.
END_GAP_M = 1.0
END_GAP_SHARE = 0.02
_ROUNDS = 8


class Vertices(NamedTuple):
    """Every vertex of every ring once (the closing point left out), ring by ring."""

    xy: Numbers
    ring: Array  # number of the ring, ascending
    first: Array  # where each ring starts
    size: Array  # vertices of each ring
    owner: Array  # shape of each ring


def tell(plane: Array, row_nos: Array, findings: Findings) -> None:
    """Tell the faults of single shapes; `plane` holds them in metres, None for none."""
    _tell_lines(plane, row_nos, findings)
    flat = plane.copy()
    flat[~_is_area(plane)] = None
    vertices = vertices_of(flat)
    if not len(vertices.xy):
        return
    spiky = is_spike(vertices)
    per_shape = _per_shape(spiky, vertices, len(plane))
    at = np.flatnonzero(per_shape)
    shown = vertices.xy[np.flatnonzero(spiky)]
    owner = vertices.owner[vertices.ring[spiky]]
    where = [_point(shown[np.searchsorted(owner, i)]) for i in at]
    findings.add(
        "spike", row_nos[at], per_shape[at].tolist(), where,
        field="geom", confidence=0.9, proposal="--fix drop_spikes",
    )  # fmt: skip
    length = np.hypot(*(_following(vertices) - vertices.xy).T)
    near = _per_shape((length > 0) & (length < NEAR_M), vertices, len(plane))
    at = np.flatnonzero(near)
    findings.add(
        "near_points", row_nos[at], near[at].tolist(), f"{NEAR_M * 1000:.0f} 毫米",
        field="geom", confidence=0.8, proposal="--fix drop_repeated_points",
    )  # fmt: skip
    _tell_tiny_rings(flat, row_nos, findings)


def vertices_of(geoms: Array) -> Vertices:
    """Return the vertices of polygons without repeated ones and each ring's closing point."""
    parts, shape = shapely.get_parts(geoms, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    if not len(xy):
        none = np.zeros(0, np.int64)
        return Vertices(xy, none, none, none, none)
    is_last = np.append(ring[1:] != ring[:-1], True)
    is_same = np.append(False, (xy[1:] == xy[:-1]).all(axis=1) & (ring[1:] == ring[:-1]))
    kept = ~is_last & ~is_same
    xy, ring = xy[kept], ring[kept]
    count = np.bincount(ring, minlength=len(rings))
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    return Vertices(xy, ring, first, count, shape[part])


def is_spike(vertices: Vertices) -> Array:
    """Return which vertices are the tip of a spike: the boundary turns back upon itself there."""
    before, after = _preceding(vertices) - vertices.xy, _following(vertices) - vertices.xy
    one, other = np.hypot(*before.T), np.hypot(*after.T)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosine = (before * after).sum(axis=1) / (one * other)
    is_sharp = cosine > np.cos(np.radians(SPIKE_DEGREES))
    is_ring = vertices.size[vertices.ring] > 3
    return np.asarray(is_sharp & (np.minimum(one, other) >= SPIKE_LEAST_M) & is_ring)


def without_spikes(geom: shapely.Geometry) -> shapely.Geometry:
    """Return a polygon without the tips of its spikes; a ring of nothing else is left alone."""
    shapes = np.array([geom], dtype=object)
    for _ in range(_ROUNDS):
        spiky = is_spike(vertices_of(shapes))
        if not spiky.any():
            break
        shapes = np.array([_rebuilt(shapes[0], ~spiky)], dtype=object)
    mended: shapely.Geometry = shapes[0]
    return mended


def without_near_points(geom: shapely.Geometry) -> shapely.Geometry:
    """Return a polygon with points nearer than NEAR_M to the one before left out."""
    return shapely.remove_repeated_points(geom, NEAR_M)


def closed(geom: shapely.Geometry) -> shapely.Geometry | None:
    """Return the polygon a boundary line encloses once its ends meet, None if it encloses none."""
    line = shapely.line_merge(geom)
    if shapely.get_type_id(line) != GeometryType.LINESTRING or not _ends_meet(line):
        return None
    xy = shapely.get_coordinates(line)
    if len(np.unique(xy, axis=0)) < 3:
        return None
    ring = xy if (xy[0] == xy[-1]).all() else np.vstack([xy, xy[:1]])
    area: shapely.Geometry = shapely.Polygon(ring)
    return area if shapely.is_valid(area) and shapely.area(area) > 0 else None


def _ends_meet(line: shapely.Geometry) -> bool:
    xy = shapely.get_coordinates(line)
    gap = float(np.hypot(*(xy[0] - xy[-1])))
    return bool(gap <= max(END_GAP_M, END_GAP_SHARE * float(shapely.length(line))))


def _tell_lines(plane: Array, row_nos: Array, findings: Findings) -> None:
    kinds = shapely.get_type_id(plane)
    lines = np.flatnonzero(np.isin(kinds, (GeometryType.LINESTRING, GeometryType.MULTILINESTRING)))
    at = [i for i in lines if closed(plane[i]) is not None]
    findings.add(
        "boundary_lines",
        row_nos[at],
        details=[f"闭合后 {float(shapely.area(closed(plane[i]))):.2f} 平方米" for i in at],
        field="geom",
        confidence=0.8,
        proposal="--fix close_rings",
    )


def _tell_tiny_rings(plane: Array, row_nos: Array, findings: Findings) -> None:
    parts, shape = shapely.get_parts(plane, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    # A shape's only shell is the shape itself; a crossed ring's halves cancel, its hull does not.
    is_only = np.bincount(shape[part], minlength=len(plane))[shape[part]] == 1
    is_tiny = (shapely.area(shapely.convex_hull(rings)) < TINY_RING_M2) & ~is_only
    count = np.bincount(shape[part][is_tiny], minlength=len(plane))
    at = np.flatnonzero(count)
    findings.add(
        "tiny_ring", row_nos[at], count[at].tolist(), f"{TINY_RING_M2} 平方米", field="geom",
        confidence=0.9,
    )  # fmt: skip


def _rebuilt(geom: shapely.Geometry, kept: Array) -> shapely.Geometry:
    """Return a polygon made of the vertices kept, ring for ring as it was."""
    vertices = vertices_of(np.array([geom], dtype=object))
    loops = []
    for first, count in zip(vertices.first, vertices.size, strict=True):
        part = slice(first, first + count)
        loop = vertices.xy[part][kept[part]]
        loops.append(vertices.xy[part] if len(loop) < 3 else loop)
    made, at = [], 0
    for part in shapely.get_parts(geom):
        holes = int(shapely.get_num_interior_rings(part))
        made.append(shapely.Polygon(loops[at], loops[at + 1 : at + 1 + holes]))
        at += 1 + holes
    return made[0] if len(made) == 1 else shapely.MultiPolygon(made)


def _is_area(geoms: Array) -> Array:
    kinds = shapely.get_type_id(geoms)
    return np.isin(kinds, (GeometryType.POLYGON, GeometryType.MULTIPOLYGON))


def _following(vertices: Vertices) -> Numbers:
    at = np.arange(len(vertices.xy)) + 1
    last = (vertices.first + vertices.size - 1)[vertices.size > 0]
    at[last] = vertices.first[vertices.size > 0]
    return vertices.xy[at]


def _preceding(vertices: Vertices) -> Numbers:
    at = np.arange(len(vertices.xy)) - 1
    filled = vertices.size > 0
    at[vertices.first[filled]] = (vertices.first + vertices.size - 1)[filled]
    return vertices.xy[at]


def _per_shape(flags: Array, vertices: Vertices, count: int) -> Array:
    return np.bincount(vertices.owner[vertices.ring[flags]], minlength=count)


def _point(xy: Numbers) -> str:
    return f"{xy[0]:.3f}, {xy[1]:.3f}"
