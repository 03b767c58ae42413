"""What a coordinate system is: by code, by name, by WKT; and the 3-degree zones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyproj
import shapely
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import TransverseMercatorConversion

from gis.arrays import Numbers, Shapes, Zones
from gis.crs import datums
from gis.crs.datums import Bounds
from gis.errors import GeometryError

STORE_EPSG = 4490
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
