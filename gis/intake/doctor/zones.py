"""Which zone puts a delivery into the banners and parks the store knows."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from gis.arrays import Numbers
from gis.crs import systems, transform
from gis.crs.systems import CrsInfo
from gis.errors import GeometryError
from gis.intake.doctor import forms
from gis.intake.doctor.findings import Findings
from gis.intake.doctor.known import Known
from gis.intake.doctor.systems import corners

Array = np.ndarray[Any, Any]
_MAJORITY = 0.5
_ZONES = [(3, zone) for zone in range(25, 46)] + [(6, zone) for zone in range(13, 24)]


def candidates(xy: Numbers, datum: str, known: Known | None) -> list[tuple[CrsInfo, float]]:
    """Return the zoned systems, Y without the zone, that put the points into known places.

    Each with the share of points inside; best first, a 3-degree zone before a 6-degree one.
    """
    if known is None or not len(places := known.places):
        return []
    area = shapely.union_all(places)
    shapely.prepare(area)
    found = []
    points = np.asarray(shapely.points(xy), dtype=object)
    for degrees, zone in _ZONES:
        system = systems.gauss_kruger(datum, degrees, zone, has_prefix=False)
        try:
            stored = transform.to_store(points, system).geoms
        except GeometryError:
            continue
        share = float(np.mean(shapely.contains(area, stored)))
        if share > 0:
            found.append((system, share))
    return sorted(found, key=lambda entry: -entry[1])


def tell_out_of_place(
    geoms: Array, lost: Array, system: CrsInfo, known: Known, findings: Findings
) -> None:
    """Tell a delivery most of whose shapes lie outside their region, with the zone that fits.

    `lost` marks the rows outside their region altogether; `geoms` are as they came.
    """
    if not len(lost) or np.mean(lost) <= _MAJORITY:
        return
    told, proposal, sure = f"{int(lost.sum())} 行", None, 0.5
    words = "没有一个带能让图形落进去"
    if forms.form_wanted(system) in {"plane", "prefixed"}:
        xy = corners(geoms)
        xy = xy[np.isfinite(xy).all(axis=1)]
        easting = float(system.false_easting_m or 0) - systems.FALSE_EASTING_M
        fitting = candidates(xy - [easting, 0.0], forms.datum_of(system), known)
        fitting = [entry for entry in fitting if entry[0].definition != system.definition]
        if fitting and fitting[0][1] > _MAJORITY:
            best, share = fitting[0]
            words, sure = f"按 {best.name} 有 {share * 100:.0f}% 落在已知范围内", 0.8 * share
            proposal = f"--crs {_alike(best, system).definition}"
    findings.add("out_of_place", values=told, details=words, confidence=sure, proposal=proposal)


def _alike(best: CrsInfo, system: CrsInfo) -> CrsInfo:
    """Return a zone's system without the zone in front; with one, the coordinates name it."""
    if float(system.false_easting_m or 0) < forms.PREFIX_M:
        return best
    degrees = 3 if "3-degree" in best.name else 6
    meridian = float(best.central_meridian or 0)
    zone = int(meridian // 3) if degrees == 3 else int((meridian + 3) // 6)
    return systems.gauss_kruger(forms.datum_of(system), degrees, zone, has_prefix=True)
