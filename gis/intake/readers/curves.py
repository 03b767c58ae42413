"""Shapes with arcs, and surfaces in space, from WKB: as the polygons the rest of the program knows.

ArcGIS, QGIS and CAD write true arcs (ISO 13249-3: CIRCULARSTRING, COMPOUNDCURVE, CURVEPOLYGON,
MULTICURVE, MULTISURFACE); GEOS has none of them. An arc becomes chords that nowhere lie farther
from it than the tolerance of `shapes.toml`. The same arc gives the same chords whichever way it
runs, so neighbours go on sharing it. A surface in space (POLYHEDRALSURFACE, TIN, TRIANGLE) is read
as what it covers in the plane.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass, field

import numpy as np
import shapely

from gis.arrays import Numbers
from gis.intake.readers import limits

_POINT, _LINE, _POLYGON, _COLLECTION = 1, 2, 3, 7
_MULTI = {4: "point", 5: "line", 6: "area"}
_CIRCULAR, _COMPOUND, _CURVE_POLYGON, _MULTI_CURVE, _MULTI_SURFACE = 8, 9, 10, 11, 12
_POLYHEDRAL, _TIN, _TRIANGLE = 15, 16, 17
_MEMBERS = frozenset({*_MULTI, _COLLECTION, _MULTI_CURVE, _MULTI_SURFACE})
_SURFACES = frozenset({_POLYHEDRAL, _TIN})
# Flags of PostGIS in the type; ISO adds 1000 for heights, 2000 for measures.
_HAS_Z, _HAS_M, _HAS_SRID = 0x80000000, 0x40000000, 0x20000000
# A degree of latitude; nothing drawn in metres in China lies within 360 m of the origin.
_METRES_PER_DEGREE = 111_320.0
_DEEPEST = 64


class UnreadableShapeError(ValueError):
    """WKB that breaks off, or holds what is no shape."""


@dataclass
class Drawn:
    """A shape drawn with chords alone, and what had to be done for it."""

    geom: shapely.Geometry | None = None
    arc_count: int = 0
    has_surface: bool = False
    has_height: bool = False


@dataclass
class _Reader:
    data: bytes
    at: int = 0
    told: Drawn = field(default_factory=Drawn)

    def take(self, form: str) -> tuple[int | float, ...]:
        try:
            found = struct.unpack_from(form, self.data, self.at)
        except struct.error:
            raise UnreadableShapeError("cut short") from None
        self.at += struct.calcsize(form)
        return found

    def head(self) -> tuple[str, int, int]:
        """Return byte order, kind and numbers a point; in order of the bytes."""
        (mark,) = self.take("<B")
        if mark not in (0, 1):
            raise UnreadableShapeError(f"byte order {mark}")
        order = "<" if mark else ">"
        code = int(self.take(order + "I")[0])
        if code & _HAS_SRID:
            self.take(order + "I")
        flagged = bool(code & _HAS_Z) + bool(code & _HAS_M)
        dimension, kind = divmod(code & 0x0FFFFFFF, 1000)
        if dimension > 3:
            raise UnreadableShapeError(f"type {code}")
        has_z = bool(code & _HAS_Z) or dimension in (1, 3)
        self.told.has_height |= has_z
        return order, kind, 2 + max(flagged, (0, 1, 1, 2)[dimension])

    def points(self, order: str, width: int) -> Numbers:
        count = int(self.take(order + "I")[0])
        size = count * width * 8
        if self.at + size > len(self.data):
            raise UnreadableShapeError("cut short")
        numbers = np.frombuffer(self.data, order + "f8", count * width, self.at)
        self.at += size
        return numbers.reshape(count, width)[:, :2].astype(np.float64)

    def shape(self, depth: int = 0) -> shapely.Geometry:
        if depth > _DEEPEST:
            raise UnreadableShapeError("nested too deep")
        order, kind, width = self.head()
        if kind == _POINT:
            xy = self.take(order + "d" * width)[:2]
            return shapely.Point() if math.isnan(xy[0]) else shapely.Point(xy)
        if kind in (_LINE, _CIRCULAR):
            return _line(self.curve(kind, order, width))
        if kind in (_POLYGON, _TRIANGLE):
            self.told.has_surface |= kind == _TRIANGLE
            count = int(self.take(order + "I")[0])
            return _polygon([self.points(order, width) for _ in range(count)])
        count = int(self.take(order + "I")[0])
        if kind == _COMPOUND:
            return _line(self.chain(count, depth))
        if kind == _CURVE_POLYGON:
            return _polygon([self.ring(depth) for _ in range(count)])
        if kind in _SURFACES:
            self.told.has_surface = True
            return _footprint([self.shape(depth + 1) for _ in range(count)])
        if kind in _MEMBERS:
            return _gathered([self.shape(depth + 1) for _ in range(count)])
        raise UnreadableShapeError(f"type {kind}")

    def ring(self, depth: int) -> Numbers:
        order, kind, width = self.head()
        if kind == _COMPOUND:
            return self.chain(int(self.take(order + "I")[0]), depth)
        return self.curve(kind, order, width)

    def chain(self, count: int, depth: int) -> Numbers:
        """Return the points of curves that follow one another."""
        parts = [self.ring(depth + 1) for _ in range(count) if depth < _DEEPEST]
        parts = [part for part in parts if len(part)]
        if not parts:
            return np.empty((0, 2))
        return np.vstack([parts[0], *(part[1:] for part in parts[1:])])

    def curve(self, kind: int, order: str, width: int) -> Numbers:
        xy = self.points(order, width)
        if kind == _LINE or len(xy) < 3:
            return xy
        if kind != _CIRCULAR or len(xy) % 2 == 0:
            raise UnreadableShapeError(f"type {kind} with {len(xy)} points")
        parts = [xy[:1]]
        for first in range(0, len(xy) - 2, 2):
            self.told.arc_count += 1
            parts.append(chords(*xy[first : first + 3])[1:])
        return np.vstack(parts)


def drawn(wkb: bytes) -> Drawn:
    """Return the shape of WKB with arcs drawn as chords; UnreadableShapeError for no WKB."""
    reader = _Reader(bytes(wkb))
    try:
        with np.errstate(invalid="ignore"):
            reader.told.geom = reader.shape()
    except (shapely.errors.ShapelyError, ValueError, OverflowError, MemoryError) as fault:
        raise UnreadableShapeError(str(fault)) from fault
    return reader.told


def chords(first: Numbers, middle: Numbers, last: Numbers) -> Numbers:
    """Return the points of the arc through three points, its ends as they came.

    First and last the same: a whole circle, `middle` opposite. Three points on a line: that line.
    UnreadableShapeError for an arc that would take more chords than `shapes.toml` lets it.
    """
    if not np.isfinite([first, middle, last]).all():
        return np.array([first, middle, last])
    if tuple(first) > tuple(last):
        return chords(last, middle, first)[::-1]
    is_circle = bool((first == last).all())
    centre = (first + middle) / 2.0 if is_circle else _centre(first, middle, last)
    if centre is None or not np.isfinite(centre).all():
        return np.array([first, middle, last])
    radius = float(np.hypot(*(first - centre)))
    start, through, end = (math.atan2(*(point - centre)[::-1]) for point in (first, middle, last))
    turn = 2.0 * math.pi
    sweep = turn if is_circle else (end - start) % turn
    if not is_circle and (through - start) % turn > sweep:
        sweep -= turn
    count = _chord_count(radius, abs(sweep), _tolerance(first))
    angles = start + sweep * np.arange(1, count) / count
    inner = centre + radius * np.column_stack([np.cos(angles), np.sin(angles)])
    return np.vstack([first, inner, last])


def _chord_count(radius: float, sweep: float, tolerance: float) -> int:
    """Return how many chords keep an arc: one of angle a lies r (1 - cos a/2) away at most."""
    most = limits.curves().most_chords
    if radius <= tolerance:
        return 4
    half = math.acos(1.0 - tolerance / radius)
    count = max(2.0, sweep / (2.0 * half)) if half > 0 else math.inf
    if count > most:
        raise UnreadableShapeError(f"an arc of radius {radius:.0f}")
    return math.ceil(count)


def _tolerance(point: Numbers) -> float:
    """Return the tolerance in the unit of the coordinates."""
    is_degrees = abs(point[0]) <= 360.0 and abs(point[1]) <= 90.0
    return limits.curves().tolerance_m / (_METRES_PER_DEGREE if is_degrees else 1.0)


def _centre(first: Numbers, middle: Numbers, last: Numbers) -> Numbers | None:
    one, other = middle - first, last - first
    double = 2.0 * float(one[0] * other[1] - one[1] * other[0])
    scale = float(np.hypot(*one) * np.hypot(*other))
    if not math.isfinite(scale) or abs(double) <= 1e-12 * scale:
        return None
    squares = float(one @ one), float(other @ other)
    across = other[1] * squares[0] - one[1] * squares[1]
    along = one[0] * squares[1] - other[0] * squares[0]
    return np.asarray(first + np.array([across, along]) / double)


def _line(xy: Numbers) -> shapely.Geometry:
    return shapely.LineString(xy) if len(xy) > 1 else shapely.LineString()


def _polygon(rings: list[Numbers]) -> shapely.Geometry:
    kept = [ring for ring in rings if len(ring)]
    if not kept or not len(rings[0]):
        return shapely.Polygon()
    shell, *holes = [_closed(ring) for ring in kept]
    return shapely.Polygon(shell, holes)


def _closed(ring: Numbers) -> Numbers:
    ring = ring if (ring[0] == ring[-1]).all() else np.vstack([ring, ring[:1]])
    return ring if len(ring) > 3 else np.vstack([ring, *[ring[:1]] * (4 - len(ring))])


def _gathered(members: list[shapely.Geometry]) -> shapely.Geometry:
    """Return members as one shape: polygons alone as a multipolygon, others as a collection."""
    parts = [part for member in members for part in getattr(member, "geoms", [member])]
    kinds = {int(shapely.get_type_id(part)) for part in parts}
    if kinds == {int(shapely.GeometryType.POLYGON)}:
        areas: shapely.Geometry = shapely.multipolygons(parts)  # the class drops empty ones
        return areas
    if kinds == {int(shapely.GeometryType.LINESTRING)}:
        return shapely.MultiLineString(parts)
    return shapely.GeometryCollection(parts)


def _footprint(faces: list[shapely.Geometry]) -> shapely.Geometry:
    """Return what the faces of a surface cover seen from above; upright ones cover nothing."""
    there = [face for face in faces if shapely.area(face) > 0]
    if not there:
        return shapely.MultiPolygon()
    covered: shapely.Geometry = shapely.union_all(shapely.make_valid(there))
    return covered
