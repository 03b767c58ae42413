"""GML 3.2 read and written, and systems by name, of which the way they are named tells the order.

Named by urn or URI the axes are in the order of EPSG, north or latitude first; `EPSG:4490` has the
east first, as the programs that write it mean it.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from xml.etree.ElementTree import Element

import numpy as np
import shapely

from api.arcgis import shapes
from api.errors import BadParameterError
from gis.arrays import Shapes

URN = "urn:ogc:def:crs:EPSG::"
_NAME = re.compile(
    r"(?:(urn:(?:x-)?ogc:def:crs:EPSG:[\d.]*:|https?://www\.opengis\.net/def/crs/EPSG/[\d.]+/)"
    r"|EPSG:|http://www\.opengis\.net/gml/srs/epsg\.xml#)(\d{4,6})",
    re.IGNORECASE,
)
_CRS84 = re.compile(r"urn:ogc:def:crs:OGC:[\d.]*:CRS84|CRS:84", re.IGNORECASE)
# East first, in EPSG's own order too.
_WEB = 3857


class System(NamedTuple):
    """A system: its name, its code, whether the north (or latitude) comes first."""

    name: str
    code: int
    is_turned: bool


def system(name: str) -> System:
    """Return the system of a name; BadParameterError for one that is not given."""
    if _CRS84.fullmatch(name):
        return System(name, 4326, False)
    met = _NAME.fullmatch(name)
    code = shapes.system(met[2] if met else name, "srsName")
    return System(name, code, bool(met and met[1]) and code != _WEB)


def written(drawn: Shapes, into: System, names: list[str]) -> list[str]:
    """Return areas as gml:MultiSurface in a system, with these ids; empty for what has no shape."""
    there = shapely.orient_polygons(shapes.carried(drawn, into.code))
    digits = shapes.digits(into.code, None)
    told = []
    for shape, name in zip(there, names, strict=True):
        areas = shapely.get_parts(shape) if shape is not None else ()
        members = "".join(
            f'<gml:surfaceMember><gml:Polygon gml:id="{name}.{place}">'
            f"{_rings(area, into, digits)}</gml:Polygon></gml:surfaceMember>"
            for place, area in enumerate(areas)
        )
        head = f'<gml:MultiSurface gml:id="{name}" srsName="{into.name}" srsDimension="2">'
        told.append(f"{head}{members}</gml:MultiSurface>" if members else "")
    return told


def _rings(area: shapely.Geometry, into: System, digits: int) -> str:
    told = []
    for place, ring in enumerate(shapely.get_rings(area)):
        points = shapely.get_coordinates(ring).round(digits)[:, :: -1 if into.is_turned else 1]
        side = "interior" if place else "exterior"
        numbers = " ".join(map(str, points.ravel().tolist()))
        told.append(f"<gml:{side}><gml:LinearRing><gml:posList>{numbers}</gml:posList>"
                    f"</gml:LinearRing></gml:{side}>")  # fmt: skip
    return "".join(told)


def read(one: Element) -> shapely.Geometry:
    """Return an envelope, point or area in degrees, longitude first; BadParameterError."""
    kind = one.tag.rpartition("}")[2]
    where = system(one.get("srsName", f"{URN}4490"))
    try:
        if kind in {"Envelope", "Point"}:
            corners = np.concatenate([_points(each, where) for each in one])
            shape: shapely.Geometry = shapes.box(*corners.min(axis=0), *corners.max(axis=0))
            shape = shape if kind == "Envelope" else shapely.Point(corners[0])
        else:
            areas = [one] if kind == "Polygon" else one.findall(".//{*}Polygon")
            rings = [[_points(r, where) for r in area.findall(".//{*}posList")] for area in areas]
            parts = [shapely.Polygon(each[0], each[1:]) for each in rings]
            shape = parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)
    except (ValueError, IndexError) as fault:
        raise BadParameterError(
            f"不是可用的图形 {kind[:40]}。 This {kind[:40]!r} is no shape that can be used.",
            "可用 use: gml:Envelope, Point, Polygon, MultiSurface",
        ) from fault
    return shapes.in_degrees(shape, where.code)


def _points(one: Element, where: System) -> np.ndarray:
    points = np.array([float(number) for number in (one.text or "").split()]).reshape(-1, 2)
    if not (np.abs(points) < 1e9).all():
        raise ValueError("no position")
    return points[:, :: -1 if where.is_turned else 1]
