"""One place for coordinate systems, zones, rounding and areas.

Shapes are stored in EPSG:4490 (CGCS2000, longitude first) and worked on in the 3-degree
Gauss-Krüger zone of their subject. Arrays in, arrays out; every function here may be called
from many threads at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyproj
import shapely
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import TransverseMercatorConversion

from gis import datums
from gis.datums import Bounds, Way, carried
from gis.errors import GeometryError

Shapes = npt.NDArray[np.object_]  # shapely objects, None = no geometry
Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Zones = npt.NDArray[np.int64]

STORE_EPSG = 4490
# The CGCS2000 ellipsoid (GB 22021-2008, the table of defining constants).
SEMI_MAJOR_M = 6378137.0
INVERSE_FLATTENING = 298.257222101
ROUNDING_DECIMALS = 4  # metres: coordinates are rounded once to 0.1 mm
FALSE_EASTING_M = 500_000.0

# (datum, degrees) -> EPSG of the first zone with prefix, without; first and last zone.
_FAMILIES = {
    ("cgcs2000", 3): (4513, 4534, 25, 45),
    ("cgcs2000", 6): (4491, 4502, 13, 23),
    ("xian1980", 3): (2349, 2370, 25, 45),
    ("xian1980", 6): (2327, 2338, 13, 23),
    ("beijing1954", 3): (2401, 2422, 25, 45),
    ("beijing1954", 6): (21413, 21453, 13, 23),
}
_GEOGRAPHIC = {"cgcs2000": 4490, "xian1980": 4610, "beijing1954": 4214}


@dataclass(frozen=True)
class CrsInfo:
    """What intake must know of one coordinate system."""

    name: str
    epsg: int  # 0 = it has no code of its own
    definition: str  # "EPSG:4524", or WKT where there is no code; `to_store` takes it
    is_geographic: bool
    central_meridian: float | None  # degrees, of a transverse Mercator
    false_easting_m: float | None  # 36500000.0 where the zone stands in front of Y
    metres_per_unit: float | None  # 1.0 for metres, 0.3048... for feet; None for degrees
    place: Bounds | None = None  # where its shapes lie: it decides between ways to another datum


class Stored(NamedTuple):
    """Shapes in EPSG:4490, and how good the way there was."""

    geoms: Shapes
    accuracy_m: float | None  # None: a guess, off by up to some 100 m
    operation: str  # in PROJ's words; empty where nothing had to be done


class Worked(NamedTuple):
    """Shapes rounded once to 0.1 mm and valid, and which of them had to be mended."""

    geoms: Shapes
    is_mended: Flags


def parse(text: str | int) -> CrsInfo:
    """Return what a code, a name or WKT (OGC or a .prj of ESRI's) says of a coordinate system.

    Raises GeometryError for what names no place on the earth (unknown, local, vertical only), and
    for longitude and latitude of no datum ("Undefined geographic SRS" of a GeoPackage).
    """
    words = datums.without_files(str(text).strip())
    try:
        crs = pyproj.CRS.from_user_input(int(words) if words.isdigit() else words)
    except pyproj.exceptions.CRSError as fault:
        raise GeometryError(
            f"坐标系 {words[:120]!r} 不认识： the coordinate system {words[:120]!r} is not known",
            "用 EPSG 代码写明坐标系 name it by its EPSG code, for example --crs 4524",
        ) from fault
    if not (crs.is_geographic or crs.is_projected):
        raise GeometryError(
            f"不对应地面位置： the coordinate system {crs.name!r} names no place on the earth",
            "用 EPSG 代码写明真的坐标系 name the true one by its EPSG code: --crs 4524",
        )
    if crs.is_geographic and datums.is_adrift(crs):
        raise GeometryError(
            f"没有基准面： the coordinate system {crs.name!r} names no datum: degrees of what?",
            "用 EPSG 代码写明真的坐标系 name the true one by its EPSG code: --crs 4490",
        )
    epsg = _epsg_of(crs)
    return _describe(epsg, f"EPSG:{epsg}" if epsg else crs.to_wkt())


def gauss_kruger(datum: str, degrees: int, zone: int, has_prefix: bool) -> CrsInfo:
    """Return the Gauss-Krüger system of a zone as a 报部坐标 head names it.

    `datum` is cgcs2000, xian1980 or beijing1954, `degrees` 3 or 6; `has_prefix` tells whether
    the zone's number stands in front of Y. Raises GeometryError outside the coded zones.
    """
    family = _FAMILIES.get((datum, degrees))
    if family is None:
        raise GeometryError(
            f"没有这种分带： no Gauss-Krüger zones of {degrees} degrees are known for {datum!r}",
            f"可用 use one of {', '.join(f'{name} {width}' for name, width in _FAMILIES)}",
        )
    with_prefix, without, first, last = family
    if not first <= zone <= last:
        raise GeometryError(
            f"没有这个带号： zone {zone} is no {degrees}-degree zone of China",
            f"带号范围 the zones go from {first} to {last}",
        )
    epsg = (with_prefix if has_prefix else without) + zone - first
    return _describe(epsg, f"EPSG:{epsg}")


def geographic(datum: str) -> CrsInfo:
    """Return the longitude and latitude of a datum: cgcs2000, xian1980 or beijing1954."""
    if datum not in _GEOGRAPHIC:
        known = f"可用 use one of {', '.join(_GEOGRAPHIC)}"
        raise GeometryError(f"基准面不认识： the datum {datum!r} is not known", known)
    return _describe(_GEOGRAPHIC[datum], f"EPSG:{_GEOGRAPHIC[datum]}")


def zone_of_longitude(degrees: Numbers | float) -> Zones:
    """Return the 3-degree zone of each longitude: z covers [3z - 1.5, 3z + 1.5).

    >>> zone_of_longitude(np.array([108.0, 109.499, 109.5, -75.2])).tolist()
    [36, 36, 37, -25]
    """
    zones = np.floor((np.asarray(degrees, dtype=np.float64) + 1.5) / 3.0).astype(np.int64)
    return np.asarray(np.where(zones == -60, 60, zones), dtype=np.int64)


def zone_of(geoms: Shapes) -> Zones:
    """Return the 3-degree zone of each shape (EPSG:4490) by the longitude of its centroid.

    Raises GeometryError when a shape is missing or empty: it has no place, so it has no zone.
    """
    longitudes = shapely.get_x(shapely.centroid(geoms))
    lost = int(np.isnan(longitudes).sum())
    if lost:
        raise GeometryError(
            f"图形缺失或空： {lost} of {len(geoms)} shapes are missing or empty and have no zone",
            "先去掉没有图形的行 leave out the rows without geometry before asking for zones",
        )
    return zone_of_longitude(longitudes)


def zone_definition(zone: int) -> str:
    """Return the plane of a zone, Y without the zone in front: an EPSG code or, abroad, WKT."""
    _, without, first, last = _FAMILIES["cgcs2000", 3]
    if first <= zone <= last:
        return f"EPSG:{without + zone - first}"
    if not -60 < zone <= 60:
        raise GeometryError(f"没有： there is no 3-degree zone {zone}", "带号 zones: -59 to 60")
    plane = ProjectedCRS(
        name=f"CGCS2000 / 3-degree Gauss-Kruger CM {3 * zone}",
        conversion=TransverseMercatorConversion(
            longitude_natural_origin=3.0 * zone, false_easting=FALSE_EASTING_M
        ),
        geodetic_crs=pyproj.CRS.from_epsg(STORE_EPSG),
    )
    return str(plane.to_wkt())


def to_zone(geoms: Shapes, zone: int) -> Shapes:
    """Return shapes of EPSG:4490 in the plane of a 3-degree zone, metres, east first."""
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


def work_on(geoms: Shapes) -> Worked:
    """Return shapes rounded once to 0.1 mm, without a precision model, and valid.

    Rounding is done vertex by vertex, so edges that two shapes share stay shared, and leaves
    no precision model behind: GEOS would go on snapping every later intersection to it (up to
    0.02 m2 a parcel). What rounding made invalid is mended; parts thinner than 0.1 mm vanish.
    """
    rounded = shapely.transform(geoms, lambda xy: np.round(xy, ROUNDING_DECIMALS))
    return mend(rounded)


def mend(geoms: Shapes) -> Worked:
    """Return shapes with the invalid ones made valid, and which these were.

    Needed after every rounding, also the silent one of putting a local shape back in its place:
    an overlay may leave a hair thinner than the last digit there.
    """
    is_mended = ~shapely.is_valid(geoms) & ~shapely.is_missing(geoms)
    if not is_mended.any():
        return Worked(geoms, is_mended)
    out = geoms.copy()
    out[is_mended] = polygonal(
        shapely.make_valid(geoms[is_mended], method="structure", keep_collapsed=False)
    )
    return Worked(out, is_mended)


def polygonal(geoms: Shapes) -> Shapes:
    """Return only the area of each shape: polygons kept, lines and points left out."""
    out = np.asarray(geoms, dtype=object).copy()
    kinds = shapely.get_type_id(out)
    mixed = np.flatnonzero(kinds == shapely.GeometryType.GEOMETRYCOLLECTION)
    if len(mixed):
        parts, owner = shapely.get_parts(shapely.get_parts(out[mixed]), return_index=True)
        _, outer = shapely.get_parts(out[mixed], return_index=True)
        owner = outer[owner]
        is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
        out[mixed] = shapely.multipolygons(np.array([], dtype=object))
        kept = np.unique(owner[is_area])
        if len(kept):
            gathered = shapely.multipolygons(
                parts[is_area], indices=np.searchsorted(kept, owner[is_area])
            )
            out[mixed[kept]] = gathered
    flat = (kinds >= 0) & ~np.isin(kinds, (3, 6, 7))
    out[flat] = shapely.multipolygons(np.array([], dtype=object))
    return out


def origin_of(geoms: Shapes) -> Numbers:
    """Return a local origin for each shape, (n, 2) whole kilometres at its lower left corner.

    A whole number is taken off and put back without loss, and near the origin floating-point
    numbers are a thousand times finer than at Y = 4,300 km.
    """
    corner = shapely.bounds(geoms)[:, :2]
    return np.asarray(np.floor(corner / 1000.0) * 1000.0, dtype=np.float64)


def shift(geoms: Shapes, by: Numbers) -> Shapes:
    """Return each shape moved by its own row of `by`, (n, 2) metres."""
    steps = np.repeat(np.asarray(by), shapely.get_num_coordinates(geoms), axis=0)
    return shapely.transform(geoms, lambda xy: xy + steps)


def planar_area_m2(geoms: Shapes) -> Numbers:
    """Return the area of each shape in the plane it lies in; 0 where there is none.

    >>> planar_area_m2(np.array([shapely.box(0, 0, 20, 30), None])).tolist()
    [600.0, 0.0]
    """
    return np.nan_to_num(shapely.area(geoms), nan=0.0)


def ellipsoidal_area_m2(geoms: Shapes) -> Numbers:
    """Return the area of each shape of EPSG:4490 on the CGCS2000 ellipsoid; 0 where there is none.

    The trapezoid formula of the land survey (椭球面积, TD/T 1055): an edge from (L1, B1) to
    (L2, B2) counts for (L1 + L2)/2 times the area per radian between the two parallels. That
    is the plane area after (L, B) -> (L, Q(B)/a), Q being that area per radian from the
    equator, so holes and parts need no care of their own.
    """
    geoms = np.asarray(geoms, dtype=object)
    is_ring = shapely.get_type_id(geoms) == shapely.GeometryType.POLYGON
    is_ring &= shapely.get_num_interior_rings(geoms) == 0
    out = np.empty(geoms.shape)
    out[is_ring] = _ring_area(geoms[is_ring])
    out[~is_ring] = planar_area_m2(shapely.transform(geoms[~is_ring], _equal_area))
    return out


def _ring_area(geoms: Shapes) -> Numbers:
    """Return the same of polygons without holes, from their coordinates alone: four times as fast.

    As GEOS has it: each ring about its own first vertex, for the digits.
    """
    plane = _equal_area(shapely.get_coordinates(geoms))
    counts = shapely.get_num_coordinates(geoms)
    first = np.cumsum(counts) - counts
    x = plane[:, 0] - np.repeat(plane[first[counts > 0], 0], counts[counts > 0])
    y = plane[:, 1]
    terms = np.zeros(len(x))
    terms[1:-1] = x[1:-1] * (y[2:] - y[:-2])
    # The first vertex is the origin, and the last is the first again: both weigh nothing.
    terms[first[counts > 0]] = 0.0
    terms[(first + counts - 1)[counts > 0]] = 0.0
    area = np.zeros(len(geoms))
    area[counts > 0] = np.abs(np.add.reduceat(terms, first[counts > 0])) / 2.0 if len(x) else 0.0
    return area


def _equal_area(degrees: Numbers) -> Numbers:
    eccentricity = math.sqrt((2.0 - 1.0 / INVERSE_FLATTENING) / INVERSE_FLATTENING)
    sine = np.sin(np.radians(degrees[:, 1]))
    tilted = eccentricity * sine
    zone_height = (
        0.5 * SEMI_MAJOR_M * (1.0 - eccentricity**2)
        * (sine / (1.0 - tilted**2) + np.arctanh(tilted) / eccentricity)
    )  # fmt: skip
    return np.column_stack([np.radians(degrees[:, 0]) * SEMI_MAJOR_M, zone_height])


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


@lru_cache(maxsize=256)
def _describe(epsg: int, definition: str) -> CrsInfo:
    crs = pyproj.CRS.from_user_input(definition)
    numbers: dict[str, float] = {}
    if crs.coordinate_operation is not None:
        numbers = {item.name: float(item.value) for item in crs.coordinate_operation.params}
    is_mercator = "Scale factor at natural origin" in numbers
    return CrsInfo(
        name=crs.name,
        epsg=epsg,
        definition=definition,
        is_geographic=bool(crs.is_geographic),
        central_meridian=numbers.get("Longitude of natural origin") if is_mercator else None,
        false_easting_m=numbers.get("False easting") if is_mercator else None,
        metres_per_unit=None if crs.is_geographic else _metres_per_unit(crs),
    )


def _metres_per_unit(crs: pyproj.CRS) -> float:
    return float(crs.axis_info[0].unit_conversion_factor)


def _epsg_of(crs: pyproj.CRS) -> int:
    code = crs.to_epsg()
    # A projection of no datum is not that of the first datum whose ellipsoid fits.
    if code is None and not datums.is_adrift(crs):
        # A .prj of ESRI's carries its own names; what EPSG finds for it must mean the same.
        code = crs.to_epsg(min_confidence=25)
        if code is not None and not _means_the_same(crs, pyproj.CRS.from_epsg(code)):
            code = None
    return int(code) if code is not None else 0


def _means_the_same(left: pyproj.CRS, right: pyproj.CRS) -> bool:
    if left.equals(right, ignore_axis_order=True):
        return True
    return bool(left.is_geographic == right.is_geographic) and _shape_of(left) == _shape_of(right)


def _shape_of(crs: pyproj.CRS) -> tuple[object, ...]:
    """Return what makes the coordinates: ellipsoid, unit and projection, whatever their names."""
    operation = crs.coordinate_operation
    numbers = {} if operation is None else {item.code: item.value for item in operation.params}
    ellipsoid = crs.ellipsoid
    axes = None if ellipsoid is None else (ellipsoid.semi_major_metre, ellipsoid.inverse_flattening)
    method = None if operation is None else operation.method_code
    return axes, crs.axis_info[0].unit_conversion_factor, method, numbers
