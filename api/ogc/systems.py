"""Coordinate systems of OGC API Features (part 2): their names, and which axis comes first.

CRS84 is longitude first; EPSG:4490 latitude first; the 3-degree zones of CGCS2000 north first, as
EPSG defines them. CRS84 and CGCS2000 are taken as one: they differ by decimetres.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import shapely

from api.errors import BadParameterError
from gis.crs import transform

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
STORED = "http://www.opengis.net/def/crs/EPSG/0/4490"
_EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
# 25 to 45 with the number of the zone in front of the easting, and without it.
_ZONES = (*range(4513, 4534), *range(4534, 4555))
_DEGREES = 4490
SYSTEMS = (CRS84, STORED, *(f"{_EPSG}{code}" for code in _ZONES))
_FORMS = re.compile(
    r"(?:http://www\.opengis\.net/def/crs/EPSG/[0-9.]+/|urn:ogc:def:crs:EPSG:[0-9.]*:|EPSG:)(\d{4,5})"
)
# A straight edge of a zone is a curve in degrees: corners between its ends.
_PIECES = 20


def known(name: str, parameter: str) -> str:
    """Return the name a coordinate system goes by here; BadParameterError for another one."""
    found = name.strip("[]")
    if match := _FORMS.fullmatch(found):
        found = f"{_EPSG}{match[1]}"
    if found not in SYSTEMS:
        raise BadParameterError(
            f"{parameter}：坐标系 {name} 不提供。 The coordinate system {name!r} is not given.",
            f"可用 use one of: {CRS84}, {STORED}, {_EPSG}4513 – {_EPSG}4554",
        )
    return found


def carried(shapes: np.ndarray, system: str) -> np.ndarray:
    """Return shapes of the store in a system, the axes in its own order."""
    code = _code(system)
    there = shapes if code == _DEGREES else transform.between(shapes, _DEGREES, code)
    return there if system == CRS84 else _turned(there)


def box(text: str, system: str) -> list[shapely.Geometry]:
    """Return the shapes of a `bbox` in degrees: two where it lies across the antimeridian.

    BadParameterError where the text is no box, or the box lies where the system does not reach.
    """
    try:
        numbers = [float(one) for one in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) not in {4, 6} or not np.isfinite(numbers).all():
        raise _no_box(text)
    half = len(numbers) // 2
    return spanned([*numbers[:2], *numbers[half : half + 2]], system)


def brought(shape: shapely.Geometry, system: str) -> shapely.Geometry:
    """Return a shape of a system, the axes in its own order, in degrees, longitude first.

    GeometryError where a coordinate has no place in the system.
    """
    there = np.array([shape])
    if system != CRS84:
        there = _turned(there)
    code = _code(system)
    if code != _DEGREES:
        west, south, east, north = shapely.bounds(there[0]).tolist()
        longest = max(east - west, north - south, 1.0)
        there = transform.between(shapely.segmentize(there, longest / _PIECES), code, _DEGREES)
    found: shapely.Geometry
    (found,) = there
    return found


def spanned(numbers: list[float], system: str) -> list[shapely.Geometry]:
    """Return the shapes in degrees of a box given by two corners, as `box` does."""
    text = ",".join(map(str, numbers))
    low, high = numbers[:2], numbers[2:]
    if system != CRS84:
        low, high = low[::-1], high[::-1]
    if _code(system) != _DEGREES:
        return [_of_zone(text, low, high, system)]
    (west, south), (east, north) = low, high
    if south > north or max(abs(south), abs(north)) > 90 or max(abs(west), abs(east)) > 180:
        raise _no_box(text)
    if west <= east:
        return [shapely.box(west, south, east, north)]
    return [shapely.box(west, south, 180, north), shapely.box(-180, south, east, north)]


def _of_zone(text: str, low: list[float], high: list[float], system: str) -> shapely.Geometry:
    if low[0] > high[0] or low[1] > high[1]:
        raise _no_box(text)
    shape = shapely.box(low[0], low[1], high[0], high[1])
    longest = max(high[0] - low[0], high[1] - low[1], 1.0)
    edge = shapely.segmentize(np.array([shape]), longest / _PIECES)
    there: shapely.Geometry
    (there,) = transform.between(edge, _code(system), _DEGREES)
    if not (shapely.is_valid(there) and np.isfinite(shapely.get_coordinates(there)).all()):
        raise _no_box(text)
    return there


def _no_box(text: str) -> BadParameterError:
    return BadParameterError(
        f"bbox：{text[:60]} 不是范围。 bbox: {text[:60]!r} is no box.",
        "坐标顺序按 bbox-crs，写成"
        " write it in the order of the axes of bbox-crs, like 109.1,39.2,109.9,39.8",
    )


def _turned(shapes: np.ndarray) -> np.ndarray:
    turned: Any = shapely.transform(shapes, lambda points: points[:, ::-1])
    return np.asarray(turned)


def _code(system: str) -> int:
    return _DEGREES if system == CRS84 else int(system.rpartition("/")[2])
