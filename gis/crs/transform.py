"""Shapes from one coordinate system to another, and how well the way is known."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import shapely

from gis.arrays import Shapes
from gis.crs import datums
from gis.crs.datums import Way, carried
from gis.crs.systems import STORE_EPSG, CrsInfo, parse, zone_definition


class Stored(NamedTuple):
    """Shapes in EPSG:4490, and how good the way there was."""

    geoms: Shapes
    accuracy_m: float | None  # None: a guess, off by up to some 100 m
    operation: str  # in PROJ's words; empty where nothing had to be done


def to_zone(geoms: Shapes, zone: int) -> Shapes:
    """Return shapes of EPSG:4490 in the plane of a 3-degree zone, metres, east first.

    On the central meridian of zone 36 (108 degrees east), Y without the zone in front:

    >>> point = to_zone(np.array([shapely.Point(108.0, 40.0)]), 36)[0]
    >>> round(point.x, 3), round(from_zone(np.array([point]), 36)[0].y, 9)
    (500000.0, 40.0)
    """
    return carried(datums.direct(f"EPSG:{STORE_EPSG}", zone_definition(zone)), geoms)


def from_zone(geoms: Shapes, zone: int) -> Shapes:
    """Return shapes of a zone's plane in EPSG:4490; there and back moves a point by 3e-9 m."""
    return carried(datums.direct(zone_definition(zone), f"EPSG:{STORE_EPSG}"), geoms)


def to_store(geoms: Shapes, from_crs: CrsInfo | str | int) -> Stored:
    """Return shapes of any coordinate system in EPSG:4490, and how well the way is known.

    Heights are dropped. Raises GeometryError when a coordinate has no place in `from_crs`.
    """
    source = from_crs if isinstance(from_crs, CrsInfo) else parse(from_crs)
    if source.epsg == STORE_EPSG and not shapely.has_z(geoms).any():
        return Stored(geoms, 0.0, "")
    way, moved = _moved(geoms, source, f"EPSG:{STORE_EPSG}")
    return Stored(moved, way.accuracy_m, way.description)


def between(geoms: Shapes, from_crs: CrsInfo | str | int, into: CrsInfo | str | int) -> Shapes:
    """Return shapes of one coordinate system in another (exports, base maps)."""
    source = from_crs if isinstance(from_crs, CrsInfo) else parse(from_crs)
    target = into if isinstance(into, CrsInfo) else parse(into)
    return _moved(geoms, source, target.definition)[1]


def placed(system: CrsInfo, geoms: Shapes) -> CrsInfo:
    """Return a system with the place of these shapes, so that later ones go the same way."""
    rough = datums.direct(system.definition, f"EPSG:{STORE_EPSG}")
    bounds = shapely.bounds(geoms)
    corners = rough.move(bounds.reshape(-1, 2)) if rough.accuracy_m != 0.0 else np.empty((0, 2))
    with np.errstate(invalid="ignore"):
        corners = corners[(np.abs(corners) <= (180.0, 90.0)).all(axis=1)]
    if not len(corners):
        return system
    west, south = np.floor(corners.min(axis=0)).astype(int).tolist()
    east, north = (np.floor(corners.max(axis=0)) + 1).astype(int).tolist()
    return replace(system, place=(west, south, east, north))


def _moved(geoms: Shapes, source: CrsInfo, target: str) -> tuple[Way, Shapes]:
    """Return the best way known at the place of the shapes, and the shapes at its end."""
    way = datums.direct(source.definition, target)
    if way.accuracy_m != 0.0:
        place = (source if source.place else placed(source, geoms)).place
        way = datums.at_place(source.definition, target, place) if place else way
    return way, carried(way, geoms)
