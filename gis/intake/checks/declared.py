"""Declared areas beside those of the shapes, row by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from gis.crs import systems, transform
from gis.geometry import areas
from gis.intake.issues import Issues
from gis.units import AREA_TOLERANCE_M2, AREA_TOLERANCE_SHARE, SQUARE_METRES_PER_HECTARE

Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Tolerance:
    """How far a declared area may lie from the shape's before it is told: the larger of the two."""

    area_m2: float = AREA_TOLERANCE_M2
    share: float = AREA_TOLERANCE_SHARE


def compare_areas(
    geoms: Array,
    row_nos: Array,
    declared_m2: Array,
    field: str,
    title: str,
    issues: Issues,
    tolerance: Tolerance = Tolerance(),
) -> None:
    """Tell every row whose declared area is neither the shape's planar nor its ellipsoidal one.

    `geoms` lie in EPSG:4490. A ratio that betrays a unit (亩 for 公顷, m2 for 公顷 ...) is named.
    """
    at = np.flatnonzero(~shapely.is_missing(geoms) & np.isfinite(declared_m2) & (declared_m2 > 0))
    if not at.size:
        return
    declared = declared_m2[at]
    ellipsoidal = areas.ellipsoidal_area_m2(geoms[at])
    allowed = np.maximum(tolerance.area_m2, tolerance.share * ellipsoidal)
    is_off = np.abs(declared - ellipsoidal) > allowed
    if not is_off.any():
        return
    at, declared = at[is_off], declared[is_off]
    ellipsoidal, allowed = ellipsoidal[is_off], allowed[is_off]
    planar = np.empty(len(at))
    zones = systems.zone_of(geoms[at])
    for zone in np.unique(zones):
        own = zones == zone
        planar[own] = areas.planar_area_m2(transform.to_zone(geoms[at[own]], int(zone)))
    is_off = np.abs(declared - planar) > allowed
    details = [
        f"椭球面积 {_area(e)}、平面面积 {_area(p)}，{_ratio(d / e)}"
        for d, e, p in zip(declared[is_off], ellipsoidal[is_off], planar[is_off], strict=True)
    ]
    issues.add_rows(
        "area_mismatch",
        row_nos[at[is_off]],
        [_area(d) for d in declared[is_off]],
        field=field,
        title=title,
        details=details,
    )


def _area(area_m2: float) -> str:
    return f"{area_m2:.2f} 平方米（{area_m2 / SQUARE_METRES_PER_HECTARE:.4f} 公顷）"


def _ratio(ratio: float) -> str:
    """Return what a ratio of declared to computed area says; a unit mix-up is called by name."""
    for factor, words in (
        (15.0, "正好 15 倍：亩数可能填在公顷栏"),
        (1 / 15, "正好 1/15：公顷数可能填在亩栏"),
        (10_000.0, "正好 10000 倍：平方米数可能填在公顷栏"),
        (1 / 10_000, "正好 1/10000：公顷数可能填在平方米栏"),
        (2000 / 3, "正好 666.67 倍：平方米数可能填在亩栏"),
        (3 / 2000, "正好 1/666.67：亩数可能填在平方米栏"),
    ):
        if abs(ratio / factor - 1) < 0.01:
            return words
    return f"相差 {(ratio - 1) * 100:+.2f}%" if ratio < 10 else f"为图形的 {ratio:.1f} 倍"
