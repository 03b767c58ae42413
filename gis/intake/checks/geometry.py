"""Shapes checked and, where one reading is beyond doubt, repaired; every change is told.

A self-crossing boundary is repaired only when GEOS's two ways of reading it (lines alternately in
and out; shells merged and holes cut) agree on the area: else the row is rejected, since a guess
would move land from one owner to another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from shapely import GeometryType

from gis.crs import systems, transform
from gis.errors import GeometryError
from gis.geometry import clean, soundness
from gis.geometry.areas import ellipsoidal_area_m2, planar_area_m2
from gis.intake.checks import rings
from gis.intake.issues import Issues

Array = np.ndarray[Any, Any]

_TITLES = {0: "点", 1: "线", 2: "线", 3: "面", 4: "点", 5: "线", 6: "面", 7: "点线面混合"}
_POLYGONAL = (GeometryType.POLYGON, GeometryType.MULTIPOLYGON)
_WIDEST_OFF_MERIDIAN_DEGREES = 6.0
_LARGEST_COORDINATE_M = 1e8


@dataclass(frozen=True)
class Located:
    """Shapes in EPSG:4490 (None where there is none) and the code of the system they came in."""

    geoms: Array
    source_epsg: int


def check(
    geoms: Array, row_nos: Array, system: systems.CrsInfo, geometry: str, issues: Issues
) -> Located:
    """Return shapes fit to be stored, with an issue for each that is missing, mended or refused.

    `geometry` is the kind's: with "required" a row without a shape is rejected.
    """
    geoms = _filled(np.asarray(geoms, dtype=object).copy(), row_nos, issues)
    is_missing = shapely.is_missing(geoms) | shapely.is_empty(geoms)
    geoms[is_missing] = None
    # A row whose shape a reader has already refused needs no second reason.
    told = np.isin(row_nos, issues.rejected)
    code = "missing_geometry" if geometry == "required" else "no_geometry"
    issues.add_rows(code, row_nos[is_missing & ~told], [""] * int((is_missing & ~told).sum()))
    geoms = _flat(geoms, row_nos, issues)
    geoms = _areas_only(geoms, row_nos, issues)
    geoms = _in_place(geoms, row_nos, system, issues)
    geoms = _valid(geoms, row_nos, system, issues)
    _mention(geoms, row_nos, issues)
    located = _stored(geoms, row_nos, system, issues)
    _refuse_hairs(located.geoms, row_nos, issues)
    return located


def _filled(geoms: Array, row_nos: Array, issues: Issues) -> Array:
    """Return shapes without empty parts and empty rings, which hold nothing and stop what follows.

    A shape that is nothing else is missing.
    """
    kinds = shapely.get_type_id(geoms)
    is_plain = (kinds == GeometryType.POLYGON) & (shapely.get_num_interior_rings(geoms) == 0)
    at = np.flatnonzero((kinds >= 0) & ~is_plain & ~shapely.is_empty(geoms))
    parts, part_of = shapely.get_parts(geoms[at], return_index=True)
    loops, ring_of = shapely.get_rings(parts, return_index=True)
    empty_rings = np.bincount(
        ring_of[shapely.is_empty(loops) & ~shapely.is_empty(parts)[ring_of]], minlength=len(parts)
    )
    empty_count = np.bincount(
        part_of, weights=shapely.is_empty(parts) + empty_rings, minlength=len(at)
    ).astype(np.int64)
    for i in np.flatnonzero(empty_count):
        geoms[at[i]] = _without_empty(geoms[at[i]])
    told = at[empty_count > 0]
    issues.add_rows(
        "empty_parts",
        row_nos[told],
        [""] * len(told),
        details=empty_count[empty_count > 0].tolist(),
    )
    return geoms


def _without_empty(geom: shapely.Geometry) -> shapely.Geometry:
    parts = [part for part in shapely.get_parts(geom) if not shapely.is_empty(part)]
    for at, part in enumerate(parts):
        if shapely.get_type_id(part) == GeometryType.POLYGON:
            shell, *holes = shapely.get_rings(part)
            parts[at] = shapely.Polygon(shell, [h for h in holes if not shapely.is_empty(h)])
    if len(parts) == 1:
        only: shapely.Geometry = parts[0]
        return only
    if shapely.get_type_id(geom) == GeometryType.MULTIPOLYGON:
        return shapely.MultiPolygon(parts)
    return shapely.GeometryCollection(parts)


def _flat(geoms: Array, row_nos: Array, issues: Issues) -> Array:
    has_height = shapely.has_z(geoms) | shapely.has_m(geoms)
    if has_height.any():
        geoms[has_height] = shapely.force_2d(geoms[has_height])
        row_nos = row_nos[has_height]
        issues.add_rows("flattened_geometry", row_nos, [f"第 {row_nos[0]} 行"] * len(row_nos))
    return geoms


def _areas_only(geoms: Array, row_nos: Array, issues: Issues) -> Array:
    kinds = shapely.get_type_id(geoms)
    is_mixed = kinds == GeometryType.GEOMETRYCOLLECTION
    if is_mixed.any():
        kept = clean.polygonal(geoms[is_mixed])
        at = np.flatnonzero(is_mixed)[~shapely.is_empty(kept)]
        details = [f"原有 {shapely.get_num_geometries(geoms[i])} 个图形" for i in at]
        issues.add_rows("mixed_geometry", row_nos[at], [""] * len(at), details=details)
        geoms[at] = kept[~shapely.is_empty(kept)]
        kinds = shapely.get_type_id(geoms)
    is_wrong = (kinds >= 0) & ~np.isin(kinds, _POLYGONAL)
    issues.add_rows("wrong_geometry", row_nos[is_wrong], [_TITLES[int(k)] for k in kinds[is_wrong]])
    geoms[is_wrong] = None
    # A multipolygon of one part is that part: the same parcel must not differ by its file's format.
    is_single = (kinds == GeometryType.MULTIPOLYGON) & (shapely.get_num_geometries(geoms) == 1)
    geoms[is_single] = shapely.get_geometry(geoms[is_single], 0)
    return geoms


def _in_place(geoms: Array, row_nos: Array, system: systems.CrsInfo, issues: Issues) -> Array:
    """Reject shapes whose coordinates are no numbers or lie where their system does not reach."""
    bounds = shapely.bounds(geoms)
    there = ~shapely.is_missing(geoms)
    coordinates, owner = shapely.get_coordinates(geoms, return_index=True)
    is_bad = np.zeros(len(geoms), bool)
    if not np.isfinite(coordinates).all():
        is_bad[owner[~np.isfinite(coordinates).all(axis=1)]] = True
    issues.add_rows("bad_coordinates", row_nos[is_bad], [""] * int(is_bad.sum()))
    geoms[is_bad] = None
    there &= ~is_bad
    if system.is_geographic:
        is_out = (np.abs(bounds[:, [0, 2]]) > 180).any(axis=1) | (
            np.abs(bounds[:, [1, 3]]) > 90
        ).any(axis=1)
    else:
        is_out = (np.abs(bounds) > _LARGEST_COORDINATE_M).any(axis=1)
        if system.false_easting_m is not None:
            # Beyond 6 degrees from its meridian no Gauss-Krüger zone is meant.
            reach = 111_320.0 * _WIDEST_OFF_MERIDIAN_DEGREES
            offset = bounds[:, [0, 2]] * float(system.metres_per_unit or 1) - system.false_easting_m
            is_out |= (np.abs(offset) > reach).any(axis=1)
            is_out |= (np.abs(bounds[:, [1, 3]]) > 10_002_000.0).any(axis=1)
    is_out &= there
    corners = [f"{x:.6f}, {y:.6f}" for x, y in bounds[is_out, :2]]
    name = f"EPSG:{system.epsg}" if system.epsg else system.name
    issues.add_rows("outside_crs", row_nos[is_out], corners, details=[name] * len(corners))
    geoms[is_out] = None
    return geoms


def _valid(geoms: Array, row_nos: Array, system: systems.CrsInfo, issues: Issues) -> Array:
    at = np.flatnonzero(~shapely.is_valid(geoms) & ~shapely.is_missing(geoms))
    at = _further_parts(geoms, at, row_nos, system, issues)
    if at.size:
        broken = geoms[at]
        by_structure = clean.polygonal(_made_valid(broken, "structure"))
        by_lines = clean.polygonal(_made_valid(broken, "linework"))
        before = _square_metres(broken, system)
        one, other = _square_metres(by_structure, system), _square_metres(by_lines, system)
        reasons = shapely.is_valid_reason(broken)
        agrees = np.abs(one - other) <= np.maximum(1.0, 0.001 * np.maximum(one, other))
        # Both ways turn a hole outside its shell into land, which nobody delivered: the ring runs
        # a hole's way. What GEOS can mend in neither way is not mended.
        agrees &= ~(shapely.is_missing(by_structure) | shapely.is_missing(by_lines))
        agrees &= ~np.char.startswith(reasons.astype(str), "Hole lies outside shell")
        details = [
            f"修复前 {b:.2f} 平方米，修复后 {a:.2f} 平方米" if ok else f"{a:.2f} 或 {c:.2f} 平方米"
            for b, a, c, ok in zip(before, one, other, agrees, strict=True)
        ]
        issues.add_rows(
            "repaired_geometry",
            row_nos[at[agrees]],
            reasons[agrees],
            details=[d for d, ok in zip(details, agrees, strict=True) if ok],
        )
        issues.add_rows(
            "invalid_geometry",
            row_nos[at[~agrees]],
            reasons[~agrees],
            details=[d for d, ok in zip(details, agrees, strict=True) if not ok],
        )
        by_structure[~agrees] = None
        geoms[at] = by_structure
        is_single = shapely.get_num_geometries(geoms[at]) == 1
        geoms[at[is_single]] = shapely.get_geometry(geoms[at[is_single]], 0)
    is_flat = ~shapely.is_missing(geoms) & (shapely.area(geoms) <= 0)
    issues.add_rows("zero_area", row_nos[is_flat], [""] * int(is_flat.sum()))
    geoms[is_flat] = None
    return geoms


def _further_parts(
    geoms: Array, at: Array, row_nos: Array, system: systems.CrsInfo, issues: Issues
) -> Array:
    """Make misplaced holes, by place and way, parts of their own; return who is still invalid.

    `at`: the places of the invalid shapes, which are changed in `geoms`.
    """
    reasons = [str(reason) for reason in shapely.is_valid_reason(geoms[at])]
    for i, reason in zip(at, reasons, strict=True):
        found = rings.with_further_parts(geoms[i]) if reason.startswith(rings.MISPLACED) else None
        if found is None:
            continue
        areas = _square_metres(shapely.get_parts(found), system)
        told = "、".join(f"{area:.2f}" for area in areas[:8]) + ("……" if len(areas) > 8 else "")
        issues.add("hole_as_part", row_no=int(row_nos[i]), detail=f"各部分 {told} 平方米")
        geoms[i] = found
    return at[~shapely.is_valid(geoms[at])]


def _made_valid(geoms: Array, method: str) -> Array:
    """Return shapes made valid; None for one that GEOS itself fails over."""
    try:
        if method == "linework":
            return np.asarray(shapely.make_valid(geoms, method="linework"), dtype=object)
        made = shapely.make_valid(geoms, method="structure", keep_collapsed=False)
        return np.asarray(made, dtype=object)
    except shapely.errors.GEOSException:
        if len(geoms) == 1:
            return np.array([None], dtype=object)
        half = len(geoms) // 2
        parts = [_made_valid(geoms[:half], method), _made_valid(geoms[half:], method)]
        return np.concatenate(parts)


def _refuse_hairs(stored: Array, row_nos: Array, issues: Issues) -> None:
    """Reject shapes of which rounding to 0.1 mm leaves nothing; `stored` in EPSG:4490, in place."""
    is_gone = soundness.vanishes(stored)
    issues.add_rows("vanishing_shape", row_nos[is_gone], [""] * int(is_gone.sum()))
    stored[is_gone] = None


def _square_metres(geoms: Array, system: systems.CrsInfo) -> Array:
    """Return areas in m2 of shapes that may be invalid, near enough to compare two repairs."""
    if system.is_geographic:
        return np.asarray(ellipsoidal_area_m2(geoms))
    return np.asarray(planar_area_m2(geoms) * float(system.metres_per_unit or 1) ** 2)


def _mention(geoms: Array, row_nos: Array, issues: Issues) -> None:
    parts = shapely.get_num_geometries(geoms)
    many = np.flatnonzero(parts > 1)
    issues.add_rows(
        "multipart_geometry", row_nos[many], [""] * len(many), details=parts[many].tolist()
    )
    coordinates, owner = shapely.get_coordinates(geoms, return_index=True)
    x, y = coordinates[:, 0], coordinates[:, 1]
    is_same = (x[1:] == x[:-1]) & (y[1:] == y[:-1]) & (owner[1:] == owner[:-1])
    # A ring may begin where the one before it ended: only those that look so are gone through.
    at = np.unique(owner[1:][is_same])
    thinned = shapely.remove_repeated_points(geoms[at])
    repeated = shapely.get_num_coordinates(geoms[at]) - shapely.get_num_coordinates(thinned)
    at, repeated = at[repeated > 0], repeated[repeated > 0]
    issues.add_rows("repeated_points", row_nos[at], [""] * len(at), details=repeated.tolist())


def _stored(geoms: Array, row_nos: Array, system: systems.CrsInfo, issues: Issues) -> Located:
    try:
        stored, accuracy_m, _ = transform.to_store(geoms, system)
    except GeometryError:
        is_lost = _lost(geoms, np.arange(len(geoms)), system)
        lost = np.flatnonzero(is_lost)
        corners = [f"{x:.6f}, {y:.6f}" for x, y in shapely.bounds(geoms[lost])[:, :2]]
        issues.add_rows("outside_crs", row_nos[lost], corners, details=[system.name] * len(lost))
        geoms[lost] = None
        stored, accuracy_m, _ = transform.to_store(geoms, system)
    if accuracy_m != 0.0 and not shapely.is_missing(geoms).all():
        told = f"{system.name}（{system.definition[:40]}）"
        if accuracy_m is None:
            issues.add("ballpark_transform", value=told)
        else:
            issues.add("transform_accuracy", value=told, detail=accuracy_m)
    return Located(np.asarray(stored, dtype=object), system.epsg)


def _lost(geoms: Array, at: Array, system: systems.CrsInfo) -> Array:
    """Return which shapes have no place, by halving: only the halves that fail are looked into."""
    is_lost = np.zeros(len(geoms), bool)
    try:
        transform.to_store(geoms[at], system)
    except GeometryError:
        if len(at) == 1:
            is_lost[at] = True
        else:
            half = len(at) // 2
            is_lost = _lost(geoms, at[:half], system) | _lost(geoms, at[half:], system)
    return is_lost
