"""Shapes and coordinate systems as ArcGIS writes them: east (or longitude) first, whatever system.

Outer rings run clockwise, holes the other way. Read of what is asked, written of what is answered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from api.errors import BadParameterError
from gis.arrays import Shapes
from gis.crs import transform

STORED = 4490
# WGS 84 and CGCS2000 are taken as one: they differ by decimetres. The last is that of web maps.
_DEGREES = frozenset({STORED, 4326})
_WEB = {102100: 3857, 3857: 3857}
_ZONES = range(4513, 4555)
# Digits behind the point: about a millimetre in degrees, a tenth of it in metres.
_DEGREE_DIGITS, _METRE_DIGITS = 8, 4
_MOST_DIGITS = 12
# A straight edge of a zone is a curve in degrees: corners between its ends.
_PIECES = 20
_MOST_POINTS = 20_000
_ENVELOPE, _POINT, _POINTS = "esriGeometryEnvelope", "esriGeometryPoint", "esriGeometryMultipoint"
_POLYGON, _LINE = "esriGeometryPolygon", "esriGeometryPolyline"
_KINDS = (_ENVELOPE, _POINT, _POINTS, _POLYGON, _LINE)
_MEMBER = {_POINTS: "points", _POLYGON: "rings", _LINE: "paths"}


def system(text: str | int, parameter: str) -> int:
    """Return the code of a system: a number, or {"wkid": …}; BadParameterError for others."""
    given: Any = text
    if isinstance(text, str) and text.lstrip().startswith("{"):
        given = _read(text, parameter)
    if isinstance(given, Mapping):
        given = given.get("latestWkid", given.get("wkid"))
    if isinstance(given, str) and given.strip().isascii() and given.strip().isdecimal():
        given = int(given.strip()[:9])
    if isinstance(given, int) and not isinstance(given, bool):
        code = _WEB.get(given, given)
        if code in _DEGREES or code in _ZONES or code in _WEB:
            return code
    raise BadParameterError(
        f"{parameter}：不提供坐标系 {str(text)[:40]}。 {parameter}: the coordinate system "
        f"{str(text)[:40]!r} is not given.",
        f"可用 use: 4490, 4326, {_ZONES[0]} – {_ZONES[-1]}, 3857",
    )


def told(code: int) -> dict[str, int]:
    """Return a system as ArcGIS names it."""
    return {"wkid": 102100 if code == 3857 else code, "latestWkid": code}


def given(text: str, kind: str, code: int) -> shapely.Geometry:
    """Return a shape that is asked for, in degrees.

    `code`: its system where it names none. BadParameterError where it is none, or lies nowhere.
    """
    if kind not in _KINDS:
        raise BadParameterError(
            f"geometryType：{kind[:40]} 不提供。 The kind of shape {kind[:40]!r} is not given.",
            f"可用 use: {', '.join(_KINDS)}",
        )
    is_bare = kind in {_ENVELOPE, _POINT} and not text.lstrip().startswith("{")
    if is_bare:
        shape = _of_numbers(text, kind)
    else:
        written = _read(text, "geometry")
        if written.get("spatialReference"):
            code = system(json.dumps(written["spatialReference"]), "geometry")
        shape = _of_json(written, kind)
    return in_degrees(shape, code)


def carried(shapes: Shapes, code: int) -> Shapes:
    """Return shapes of the store in a system, east first; what has no shape stays None."""
    there = shapes.copy()
    has_shape = ~shapely.is_missing(shapes)
    if code not in _DEGREES and has_shape.any():
        there[has_shape] = transform.between(shapes[has_shape], STORED, code)
    return there


def bounds(box: tuple[float, float, float, float], code: int) -> dict[str, Any]:
    """Return an extent of degrees in a system, by its edge: never smaller than what lies in it."""
    edge = shapely.segmentize(np.array([shapely.box(*box)]), _longest(box))
    (there,) = carried(np.asarray(edge, dtype=object), code)
    west, south, east, north = (round(float(one), 8) for one in there.bounds)
    return {
        "xmin": west,
        "ymin": south,
        "xmax": east,
        "ymax": north,
        "spatialReference": told(code),
    }


def digits(code: int, asked: int | None) -> int:
    """Return how many digits coordinates have behind the point."""
    own = _DEGREE_DIGITS if code in _DEGREES else _METRE_DIGITS
    return own if asked is None else min(asked, _MOST_DIGITS)


def written(shapes: Shapes, places: int) -> list[dict[str, Any] | None]:
    """Return areas as rings, and None for what has no shape, in the order of `shapes`."""
    answer: list[dict[str, Any] | None] = [None] * len(shapes)
    turned = shapely.orient_polygons(shapes, exterior_cw=True)
    parts, owner = shapely.get_parts(turned, return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    points, ring = shapely.get_coordinates(rings, return_index=True)
    ends = np.flatnonzero(np.diff(ring)) + 1
    corners = np.split(points.round(places), ends) if len(rings) else []
    for row, each in zip(owner[part].tolist(), corners, strict=True):
        if answer[row] is None:
            answer[row] = {"rings": []}
        answer[row]["rings"].append(each.tolist())
    return answer


def _of_numbers(text: str, kind: str) -> shapely.Geometry:
    try:
        numbers = [float(one) for one in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != (4 if kind == _ENVELOPE else 2) or not np.isfinite(numbers).all():
        raise _no_shape(text)
    return box(*numbers) if kind == _ENVELOPE else shapely.Point(numbers)


def _of_json(one: Mapping[str, Any], kind: str) -> shapely.Geometry:
    if kind in {_ENVELOPE, _POINT}:
        names = ("xmin", "ymin", "xmax", "ymax") if kind == _ENVELOPE else ("x", "y")
        numbers = _points([[one.get(name) for name in names]], len(names))[0]
        return box(*numbers.tolist()) if kind == _ENVELOPE else shapely.Point(numbers)
    members = one.get(_MEMBER[kind])
    if not isinstance(members, list) or not members:
        raise _no_shape(one)
    if kind == _POINTS:
        return shapely.MultiPoint(_points(members))
    lines = [_points(each) for each in members]
    least = 4 if kind == _POLYGON else 2
    if any(len(each) < least for each in lines) or sum(map(len, lines)) > _MOST_POINTS:
        raise _no_shape(one)
    if kind == _LINE:
        return shapely.MultiLineString(lines)
    # Whichever way its rings run: what lies in an odd number of them lies in the area.
    rings = shapely.MultiLineString([shapely.LinearRing(each) for each in lines])
    area: shapely.Geometry = shapely.build_area(shapely.node(rings))
    if shapely.is_empty(area):
        raise _no_shape(one)
    return area


def _points(members: Any, size: int = 2) -> npt.NDArray[np.float64]:
    """Return corners; heights and measures are left out. BadParameterError for what is none."""
    try:
        rows = [[float(number) for number in one[:size]] for one in members]
        found = np.array(rows, dtype=float).reshape(-1, size)
    except (TypeError, ValueError, KeyError, OverflowError) as fault:
        raise _no_shape(members) from fault
    if not len(found) or len(found) > _MOST_POINTS or not (np.abs(found) < 1e9).all():
        raise _no_shape(members)
    return found


def box(west: float, south: float, east: float, north: float) -> shapely.Geometry:
    """Return an envelope; without height or width a line, without both a point."""
    if west > east or south > north:
        raise _no_shape(f"{west},{south},{east},{north}")
    if west == east or south == north:
        return (
            shapely.Point(west, south)
            if (west, south) == (east, north)
            else shapely.LineString([(west, south), (east, north)])
        )
    return shapely.box(west, south, east, north)


def in_degrees(shape: Any, code: int) -> shapely.Geometry:
    """Return a shape of a system in degrees; BadParameterError where it lies nowhere."""
    if code in _DEGREES:
        # A map that shows more than the world asks for more.
        there = shapely.clip_by_rect(shape, -180, -90, 180, 90)
    else:
        edge = shapely.segmentize(np.array([shape], dtype=object), _longest(shape.bounds))
        (there,) = transform.between(np.asarray(edge, dtype=object), code, STORED)
    found: shapely.Geometry = there
    whole = shapely.get_coordinates(found)
    is_somewhere = len(whole) and np.isfinite(whole).all() and shapely.is_valid(found)
    if not is_somewhere or (np.abs(whole) > (180, 90)).any():
        raise _no_shape(shape.wkt)
    return found


def _longest(box: tuple[float, float, float, float]) -> float:
    return max(box[2] - box[0], box[3] - box[1], 1e-6) / _PIECES


def _read(text: str, parameter: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadParameterError(
            f"{parameter}：不是 JSON 对象。 {parameter} is no JSON object.",
            '写成 write it like {"xmin": 109.1, "ymin": 39.2, "xmax": 109.9, "ymax": 39.8}',
        )
    return found


def _no_shape(what: object) -> BadParameterError:
    return BadParameterError(
        f"geometry：不是可用的图形 {str(what)[:60]}。 This is no shape that can be used.",
        f"东（经）在前，至多 {_MOST_POINTS} 点 east first, no more than so many points",
    )
