"""Repairs a person has accepted, and the before and after of every row they change."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import shapely
from shapely import GeometryType

from gis.arrays import Numbers
from gis.crs import transform
from gis.crs.systems import FALSE_EASTING_M, STORE_EPSG, CrsInfo
from gis.errors import GeometryError, UsageError
from gis.geometry import clean
from gis.intake.columns.amounts import AREA_UNITS
from gis.intake.doctor import forms, systems, vertices
from gis.intake.doctor.codes import DOCTOR, FIXES
from gis.intake.doctor.findings import Findings
from gis.intake.doctor.gcj02 import from_gcj02
from gis.intake.doctor.position import Supposed
from gis.intake.table import Table

Array = np.ndarray[Any, Any]
# 1 US survey foot (retired in 2022, in force in the files): 1200/3937 m.
METRES_PER_SURVEY_FOOT = 1200.0 / 3937.0
_POLYGONS = (GeometryType.POLYGON, GeometryType.MULTIPOLYGON)
_LINES = (GeometryType.LINESTRING, GeometryType.MULTILINESTRING)


@dataclass(frozen=True)
class Fix:
    """One fix a person named, with what it was given ("area_unit:亩" -> 亩)."""

    name: str
    value: str = ""


def fixes_of(words: Sequence[str]) -> list[Fix]:
    """Return the fixes that `--fix` words name: a fix, or a finding that one fix mends.

    In the order they are carried out, each once. UsageError for a word that names none.
    """
    found: dict[str, Fix] = {}
    for word in words:
        name, _, value = word.partition(":")
        if name not in FIXES:
            mends = [fix for fix, (_, _, codes) in FIXES.items() if name in codes]
            if not mends:
                is_finding = name in DOCTOR
                raise UsageError(
                    f"--fix {word}："
                    + ("没有修复它的办法。" if is_finding else "没有这个代码。")
                    + f" --fix {word}: "
                    + ("nothing mends it." if is_finding else "no such code."),
                    "可用 one of: " + "、".join(f"{n}（{zh}）" for n, (zh, _, _) in FIXES.items()),
                )
            name = mends[0]
        if name == "area_unit" and value not in AREA_UNITS:
            raise UsageError(
                f"--fix {word}：要写明单位。 The unit is to be named.",
                "--fix area_unit:亩，可用 one of: 平方米、亩、公顷、平方公里",
            )
        found[name] = Fix(name, value)
    return [found[name] for name in FIXES if name in found]


def apply(
    table: Table, fixes: Sequence[Fix], supposed: Supposed | None, findings: Findings
) -> Table:
    """Return the layer with the fixes carried out on its shapes and its coordinate system.

    Every changed row leaves a finding `fixed:<fix>`: value before, value after, and the shape
    before as WKT. `supposed` is what the numbers propose for the system (`position.find`).
    """
    for fix in fixes:
        if fix.name == "crs":
            table = _take_crs(table, supposed, findings)
        elif fix.name == "gcj02_to_cgcs2000":
            table = _unshifted(table, findings)
        elif fix.name in _CHANGES and table.geoms is not None:
            table = _changed(table, fix, _CHANGES[fix.name], findings)
    return table


def suppose(table: Table, supposed: Supposed | None) -> Table:
    """Return the layer as the numbers propose it, without a record: for checking on, not to keep.

    What is supposed is told by the finding it comes from.
    """
    silent = Findings("")
    if supposed is None or table.geoms is None:
        return table
    if supposed.system is not None:
        table = replace(table, crs=supposed.system.definition)
    if supposed.fix == "crs":
        return table
    return _changed(table, Fix(supposed.fix), _CHANGES[supposed.fix], silent)


def _take_crs(table: Table, supposed: Supposed | None, findings: Findings) -> Table:
    if supposed is None or supposed.system is None:
        findings.add("fix_without_effect", values="crs")
        return table
    before = systems.name_of(table.crs)
    findings.add(
        "fixed:crs",
        values=before or "没有坐标系",
        details=systems.name_of(supposed.system.definition),
    )
    return replace(table, crs=supposed.system.definition)


def _changed(
    table: Table,
    fix: Fix,
    change: Callable[[Array, CrsInfo | None], Array],
    findings: Findings,
) -> Table:
    """Return the layer with one change made to its shapes, a record for each row it touches."""
    before = np.asarray(table.geoms, dtype=object)
    after = change(before.copy(), systems.system_named(table.crs))
    is_changed = ~_same(before, after)
    at = np.flatnonzero(is_changed)
    if not len(at):
        findings.add("fix_without_effect", values=fix.name)
        return table
    findings.add(
        f"fixed:{fix.name}",
        table.row_nos[at],
        [_shown(geom) for geom in before[at]],
        [_shown(geom) for geom in after[at]],
        field="geom",
        raws=[
            {"geom": text} for text in shapely.to_wkt(before[at], rounding_precision=-1).tolist()
        ],
    )
    return replace(table, geoms=after)


def _unshifted(table: Table, findings: Findings) -> Table:
    """Return the layer on CGCS2000 where it was drawn on a shifted map; shapes go to EPSG:4490."""
    system = systems.system_named(table.crs)
    if table.geoms is None or system is None:
        findings.add("fix_without_effect", values="gcj02_to_cgcs2000")
        return table

    def back(geoms: Array, _: CrsInfo | None) -> Array:
        try:
            stored = transform.to_store(shapely.force_2d(geoms), system).geoms
        except GeometryError:
            return geoms
        true = shapely.transform(stored, from_gcj02)
        return np.asarray(transform.between(true, STORE_EPSG, system), dtype=object)

    return _changed(table, Fix("gcj02_to_cgcs2000"), back, findings)


def _swap_axes(geoms: Array, _: CrsInfo | None) -> Array:
    """Swap the axes of the shapes whose numbers stand the wrong way round."""
    seen = forms.forms_of(systems.corners(geoms)).astype(str)
    at = np.char.endswith(seen, forms.SWAPPED)
    geoms[at] = shapely.transform(geoms[at], lambda xy: xy[:, ::-1])
    return geoms


def _add_prefix(geoms: Array, system: CrsInfo | None) -> Array:
    easting = (system.false_easting_m or 0.0) if system else 0.0
    at = forms.forms_of(systems.corners(geoms)) == "plane"
    return _eastward(geoms, at, easting - FALSE_EASTING_M)


def _strip_prefix(geoms: Array, system: CrsInfo | None) -> Array:
    if system is None or float(system.false_easting_m or 0) >= forms.PREFIX_M:
        return geoms
    xy = systems.corners(geoms)
    at = forms.forms_of(xy) == "prefixed"
    zones = np.floor(xy[:, 0] / forms.PREFIX_M)
    for zone in np.unique(zones[at]):
        geoms = _eastward(geoms, at & (zones == zone), -float(zone) * forms.PREFIX_M)
    return geoms


def _eastward(geoms: Array, at: Array, metres: float) -> Array:
    if metres and at.any():
        geoms[at] = shapely.transform(geoms[at], lambda xy: xy + np.array([metres, 0.0]))
    return geoms


def _feet(geoms: Array, _: CrsInfo | None) -> Array:
    return np.asarray(
        shapely.transform(geoms, lambda xy: xy * METRES_PER_SURVEY_FOOT), dtype=object
    )


def _strip_z(geoms: Array, _: CrsInfo | None) -> Array:
    at = shapely.has_z(geoms) | shapely.has_m(geoms)
    geoms[at] = shapely.force_2d(geoms[at])
    return geoms


def _close(geoms: Array, _: CrsInfo | None) -> Array:
    for i in np.flatnonzero(np.isin(shapely.get_type_id(geoms), _LINES)):
        geoms[i] = vertices.closed(geoms[i]) or geoms[i]
    return geoms


def _in_metres(change: Callable[[Any], Any]) -> Callable[[Array, CrsInfo | None], Array]:
    """Return a change whose limits are in metres, for shapes that may be in degrees or feet."""

    def changed(geoms: Array, system: CrsInfo | None) -> Array:
        flat = systems.plane(geoms, system)
        areas = np.isin(shapely.get_type_id(flat), _POLYGONS)
        for i in np.flatnonzero(areas):
            mended = change(flat[i])
            if not shapely.equals_exact(mended, flat[i], tolerance=0.0):
                geoms[i] = _like(geoms[i], flat[i], mended)
        return geoms

    return changed


def _like(geom: Any, flat: Any, mended: Any) -> Any:
    """Return the shape with the vertices that were kept in the plane, as they came."""
    there = {tuple(one): tuple(own) for one, own in zip(
        shapely.get_coordinates(flat), shapely.get_coordinates(geom), strict=True
    )}  # fmt: skip
    return shapely.transform(mended, lambda xy: np.array([there[tuple(one)] for one in xy]))


def _repair(geoms: Array, _: CrsInfo | None) -> Array:
    at = np.flatnonzero(~shapely.is_valid(geoms) & np.isin(shapely.get_type_id(geoms), _POLYGONS))
    mended = clean.polygonal(
        shapely.make_valid(geoms[at], method="structure", keep_collapsed=False)
    )
    is_left = ~shapely.is_empty(mended)
    geoms[at[is_left]] = mended[is_left]
    return geoms


_CHANGES: dict[str, Callable[[Array, CrsInfo | None], Array]] = {
    "swap_axes": _swap_axes,
    "add_zone_prefix": _add_prefix,
    "strip_zone_prefix": _strip_prefix,
    "feet_to_metres": _feet,
    "strip_z": _strip_z,
    "close_rings": _close,
    "drop_repeated_points": _in_metres(vertices.without_near_points),
    "drop_spikes": _in_metres(vertices.without_spikes),
    "repair_crossing": _repair,
}


def _same(before: Array, after: Array) -> Array:
    gone = shapely.is_missing(before) & shapely.is_missing(after)
    # Bytes, since a dropped height leaves the plane coordinates equal.
    return np.asarray(gone | (shapely.to_wkb(before) == shapely.to_wkb(after)))


def _shown(geom: Any) -> str:
    first: Numbers = shapely.get_coordinates(geom, include_z=bool(shapely.has_z(geom)))[0]
    words = ", ".join(f"{number:.4f}".rstrip("0").rstrip(".") for number in first)
    return f"首点 {words}，{shapely.get_num_coordinates(geom)} 点"
