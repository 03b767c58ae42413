"""The coordinate system of a delivery: declared or named, never against its own numbers."""

from __future__ import annotations

import contextlib
import itertools
import re
from typing import Any

import numpy as np
import shapely

from gis.crs import systems, transform
from gis.errors import DeliveryError, GeometryError
from gis.intake.source.file_format import refusal

Array = np.ndarray[Any, Any]
_DATUMS = ("cgcs2000", "xian1980", "beijing1954")


def system_of(
    geoms: Array, declared: str | None, named: str | None, file: str, is_shapefile: bool
) -> systems.CrsInfo:
    """Return the system the shapes are in; `named` (--crs) wins over what the file declares.

    The answer knows where the shapes lie (`crs.placed`).
    Raises DeliveryError when there is none, when it is unknown, or when most coordinates are
    degrees where it says metres or the other way round.
    """
    text = named or declared
    if not text:
        what = "（没有 .prj 文件）" if is_shapefile else ""
        raise refusal(
            file,
            f"没有坐标系{what}",
            "the coordinate system is missing",
            f"用 --crs 指定，例如 --crs {_proposal(geoms) or 'EPSG:4525'}",
        )
    try:
        system = transform.placed(systems.parse(text), geoms)
    except GeometryError as fault:
        raise refusal(
            file,
            f"坐标系「{name_in(text)[:80]}」没有定义或不认识，等于没有坐标系",
            fault.found,
            f"用 --crs 指定，例如 --crs {_proposal(geoms) or 'EPSG:4525'}",
        ) from fault
    _refuse_a_lie(geoms, system, file)
    return system


def name_in(text: str) -> str:
    """Return the name that WKT or PROJJSON gives its system; other text as it is.

    >>> name_in('GEOGCS["Undefined geographic SRS",DATUM["unknown"]]')
    'Undefined geographic SRS'
    """
    found = re.match(r'\s*[A-Z_]+\s*[\[(]\s*"([^"]*)"', text) or re.search(
        r'"name"\s*:\s*"([^"]*)"', text
    )
    return found[1] if found else text


def _refuse_a_lie(geoms: Array, system: systems.CrsInfo, file: str) -> None:
    corners = shapely.bounds(geoms)[:, :2]
    corners = corners[np.isfinite(corners).all(axis=1)]
    if not len(corners):
        return
    x, y = corners[:, 0], corners[:, 1]
    like_degrees = (np.abs(x) <= 180) & (np.abs(y) <= 90)
    example = f"（例如 {x[0]:.3f}, {y[0]:.3f}）"
    name = f"EPSG:{system.epsg}" if system.epsg else system.name
    if system.is_geographic and np.mean(~like_degrees) > 0.5:
        raise _contradiction(
            file,
            f"坐标系 {name} 以度为单位，坐标却是米{example}",
            f"{name} is in degrees but the coordinates are metres",
            geoms,
        )
    if not system.is_geographic and np.mean(like_degrees) > 0.5:
        raise _contradiction(
            file,
            f"坐标系 {name} 以米为单位，坐标却像经纬度{example}",
            f"{name} is in metres but the coordinates look like degrees",
            geoms,
        )
    if system.false_easting_m is None:
        return
    expected = int(system.false_easting_m // 1e6)  # 37500000 has zone 37 in front
    seen = np.floor(x / 1e6)
    is_other = (seen != expected) & (seen >= 13) & (seen <= 45)
    if expected >= 13:
        is_other |= (x > 0) & (x < 1e6)
    if np.mean(is_other) > 0.5:
        raise _contradiction(
            file,
            f"坐标系 {name} 的带号与 Y 坐标不符{example}",
            f"the zone of {name} is not the one in front of the eastings",
            geoms,
            _fitting_twin(system, seen[is_other]),
        )


def twin(system: systems.CrsInfo) -> systems.CrsInfo | None:
    """Return the same zone of China with its number in front of Y, or without: the other of both.

    None for a system that is no coded Gauss-Krüger zone.
    """
    meridian = system.central_meridian
    if not system.epsg or meridian is None:
        return None
    zones = ((3, meridian / 3), (6, (meridian + 3) / 6))
    for datum, (degrees, zone) in itertools.product(_DATUMS, zones):
        if not zone.is_integer():
            continue
        with contextlib.suppress(GeometryError):
            with_zone, without = (
                systems.gauss_kruger(datum, degrees, int(zone), has) for has in (True, False)
            )
            if system.epsg in {with_zone.epsg, without.epsg}:
                return without if system.epsg == with_zone.epsg else with_zone
    return None


def _fitting_twin(system: systems.CrsInfo, seen: Array) -> str | None:
    """Return the twin of a system where the zones seen in front of Y are its own."""
    other = twin(system)
    if other is None or other.false_easting_m is None:
        return None
    return other.definition if np.all(seen == other.false_easting_m // 1e6) else None


def _contradiction(
    file: str, chinese: str, english: str, geoms: Array, likely: str | None = None
) -> DeliveryError:
    proposal = likely or _proposal(geoms)
    mend = (
        f"很可能是 {proposal}：核对后用 --crs {proposal} 指定"
        if proposal
        else "核对坐标系，用 --crs 指定"
    )
    return refusal(file, chinese, english, mend)


def _proposal(geoms: Array) -> str | None:
    """Return the CGCS2000 system that the numbers themselves name, None when they name none."""
    corners = shapely.bounds(geoms)[:, :2]
    corners = corners[np.isfinite(corners).all(axis=1)]
    if not len(corners):
        return None
    x, y = np.median(corners, axis=0)
    if 73 <= x <= 136 and 3 <= y <= 54:
        return "EPSG:4490"
    zone = int(x // 1_000_000)
    if not 1_800_000 <= y <= 6_000_000:
        return None
    if 25 <= zone <= 45:
        return systems.gauss_kruger("cgcs2000", 3, zone, True).definition
    if 13 <= zone <= 23:
        return systems.gauss_kruger("cgcs2000", 6, zone, True).definition
    return None
