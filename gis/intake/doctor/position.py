"""Where a delivery says it lies against where its own numbers and the store say it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from gis.arrays import Numbers
from gis.crs import systems
from gis.crs.systems import CrsInfo
from gis.intake.checks.placement import twin
from gis.intake.doctor import forms
from gis.intake.doctor.findings import Findings
from gis.intake.doctor.known import Known
from gis.intake.doctor.systems import METRES_PER_DEGREE, corners, system_named
from gis.intake.doctor.zones import candidates

Array = np.ndarray[Any, Any]
_MAJORITY = 0.5
_WIDEST_OF_THREE_DEGREES = 1.6  # half a zone and a margin for parcels across its edge


@dataclass(frozen=True)
class Supposed:
    """What the rest of the check goes on with: a fix by name, and the system it leads to."""

    fix: str
    system: CrsInfo | None = None


def find(
    geoms: Array,
    row_nos: Array,
    declared: str | None,
    known: Known | None,
    findings: Findings,
) -> Supposed | None:
    """Tell what contradicts the declared system; return what the numbers propose instead.

    `geoms` as they came; None is returned when nothing speaks against the declaration.
    """
    xy = corners(geoms)
    there = np.asarray(np.isfinite(xy).all(axis=1))
    if not there.any():
        return None
    system = system_named(declared)
    seen = forms.forms_of(xy)
    form, share = _commonest(seen[there])
    if system is None:
        return _without_system(xy[there], form, share, known, findings)
    wanted = forms.form_wanted(system)
    name = f"EPSG:{system.epsg}" if system.epsg else system.name
    _tell_datum(system, findings)
    if wanted is None:
        if form.startswith("degrees") and share > _MAJORITY and not system.is_geographic:
            return _as_crs(
                "degrees_as_metres", xy[there], systems.parse(4490), name, share, findings
            )
        return None
    if form == wanted:
        _tell_rows(xy, row_nos, seen, wanted, there, name, findings)
        if form == "prefixed" and (other := _other_zone(xy[there], system, name, findings)):
            return other
        _tell_beyond(xy[there & (seen == form)], system, findings)
        return None
    if form == forms.OTHER or share <= _MAJORITY:
        return None
    return _contradicted(xy[there], system, name, form, wanted, share, known, findings)


def _without_system(
    xy: Numbers, form: str, share: float, known: Known | None, findings: Findings
) -> Supposed | None:
    example = _example(xy)
    swapped = form.endswith(forms.SWAPPED)
    if swapped:
        xy, form = xy[:, ::-1], form.removesuffix(forms.SWAPPED)
    system, sure = _by_numbers(xy, form, "cgcs2000", known)
    if system is None:
        findings.add(
            "missing_crs",
            values=example,
            details="坐标数字本身看不出带号",
            proposal="--crs EPSG:…",
        )
        return None
    words = f"按坐标数字很可能是 {system.name}，以下按此检查" + ("（X、Y 对调）" if swapped else "")
    findings.add(
        "missing_crs",
        values=example,
        details=words,
        confidence=round(sure * share, 3),
        proposal=f"--crs {system.definition}" + (" --fix swap_axes" if swapped else ""),
    )
    return Supposed("swap_axes" if swapped else "crs", system)


def _contradicted(
    xy: Numbers,
    system: CrsInfo,
    name: str,
    form: str,
    wanted: str,
    share: float,
    known: Known | None,
    findings: Findings,
) -> Supposed | None:
    datum = forms.datum_of(system)
    if form.endswith(forms.SWAPPED):
        findings.add(
            "swapped_xy", values=_example(xy), details=name,
            confidence=0.95 * share, proposal="--fix swap_axes",
        )  # fmt: skip
        straight = form.removesuffix(forms.SWAPPED)
        rest = None
        if straight != wanted:
            rest = _contradicted(
                xy[:, ::-1], system, name, straight, wanted, share, known, findings
            )
        return Supposed("swap_axes", rest.system if rest else None)
    if wanted == "degrees" or form == "degrees":
        code = "metres_as_degrees" if wanted == "degrees" else "degrees_as_metres"
        proposed, sure = _by_numbers(xy, form, datum, known)
        if proposed is None:
            findings.add(code, values=_example(xy), details=name, proposal="--crs EPSG:…")
            return None
        return _as_crs(code, xy, proposed, name, sure * share, findings)
    if wanted == "prefixed":
        findings.add(
            "zone_prefix_missing", values=_example(xy) + _other(system, "不带带号"), details=name,
            confidence=0.9 * share, proposal="--fix add_zone_prefix",
        )  # fmt: skip
        return Supposed("add_zone_prefix")
    in_front = forms.zone_in_front(datum, float(np.median(xy[:, 0])))
    if in_front is not None and in_front.central_meridian == system.central_meridian:
        findings.add(
            "zone_prefix_extra", values=_example(xy) + _other(system, "带带号"), details=name,
            confidence=0.95 * share, proposal="--fix strip_zone_prefix",
        )  # fmt: skip
        return Supposed("strip_zone_prefix")
    if in_front is None:
        return None
    return _as_crs("zone_differs", xy, in_front, name, 0.9 * share, findings)


def _other(system: CrsInfo, which: str) -> str:
    """Return the words that name the system with the other way of writing Y, '' for none."""
    found = twin(system)
    return f"；{which}的坐标系是 EPSG:{found.epsg}" if found else ""


def _other_zone(xy: Numbers, system: CrsInfo, name: str, findings: Findings) -> Supposed | None:
    """Tell a zone in front of Y that is not the declared one, with the system it names."""
    east = float(np.median(xy[:, 0]))
    in_front = forms.zone_in_front(forms.datum_of(system), east)
    declared = int((system.false_easting_m or 0) // forms.PREFIX_M)
    if in_front is None or int(east // forms.PREFIX_M) == declared:
        return None
    is_six, said_six = forms.is_six_degrees(east), 13 <= declared <= 23
    code = "zone_differs"
    if is_six != said_six:
        code = "six_degree_zone" if is_six else "three_degree_zone"
    return _as_crs(code, xy, in_front, name, 0.9, findings)


def _as_crs(
    code: str, xy: Numbers, proposed: CrsInfo, name: str, sure: float, findings: Findings
) -> Supposed:
    findings.add(
        code,
        values=_example(xy),
        details=name,
        confidence=round(sure, 3),
        proposal=f"--crs {proposed.definition}",
    )
    return Supposed("crs", proposed)


def _by_numbers(
    xy: Numbers, form: str, datum: str, known: Known | None
) -> tuple[CrsInfo | None, float]:
    """Return the system the numbers name, or the only one that puts them into known places."""
    if form == "degrees":
        return systems.geographic(datum), 0.7  # may as well be WGS 84 or GCJ-02
    if form == "prefixed":
        return forms.zone_in_front(datum, float(np.median(xy[:, 0]))), 0.9
    if form == "plane" and (found := candidates(xy, datum, known)):
        return found[0][0], round(0.9 * found[0][1], 3)
    return None, 0.0


def _tell_rows(
    xy: Numbers,
    row_nos: Array,
    seen: Array,
    wanted: str,
    there: Array,
    name: str,
    findings: Findings,
) -> None:
    """Tell single rows whose form is another than that of the file."""
    codes = {
        wanted + forms.SWAPPED: "swapped_xy",
        "plane": "zone_prefix_missing",
        "prefixed": "zone_prefix_extra",
    }
    fixes = {
        "swapped_xy": "swap_axes",
        "zone_prefix_missing": "add_zone_prefix",
        "zone_prefix_extra": "strip_zone_prefix",
    }
    for form, code in codes.items():
        at = np.flatnonzero(there & (seen == form))
        if form == wanted or not len(at) or (wanted == "degrees" and code != "swapped_xy"):
            continue
        findings.add(
            code,
            row_nos[at],
            [_example(xy[i : i + 1]) for i in at],
            name,
            field="geom",
            confidence=0.95,
            proposal=f"--fix {fixes[code]}",
        )


def _tell_beyond(xy: Numbers, system: CrsInfo, findings: Findings) -> None:
    """Tell a 3-degree zone whose shapes lie farther from its meridian than a zone is wide."""
    if system.is_geographic or "3-degree" not in system.name or not len(xy):
        return
    offset = float(np.median(xy[:, 0])) - float(system.false_easting_m or 0)
    latitude = float(np.median(xy[:, 1])) / METRES_PER_DEGREE
    degrees = abs(offset) / (METRES_PER_DEGREE * np.cos(np.radians(latitude)))
    if degrees <= _WIDEST_OF_THREE_DEGREES:
        return
    meridian = float(system.central_meridian or 0)
    zone, rest = divmod(meridian + 3, 6)
    words, proposal = "不是任何六度带的中央经线", None
    if not rest and 13 <= zone <= 23:
        has_prefix = float(system.false_easting_m or 0) >= forms.PREFIX_M
        six = systems.gauss_kruger(forms.datum_of(system), 6, int(zone), has_prefix=has_prefix)
        words, proposal = f"可能是 {six.name}", f"--crs {six.definition}"
    findings.add(
        "beyond_zone", values=f"{degrees:.2f}", details=words, confidence=0.6, proposal=proposal
    )


def _tell_datum(system: CrsInfo, findings: Findings) -> None:
    if forms.datum_of(system) != "cgcs2000":
        findings.add("old_datum", values=f"{system.name}（EPSG:{system.epsg}）")
    if system.metres_per_unit is not None and abs(system.metres_per_unit - 1.0) > 1e-9:
        findings.add(
            "foot_units", values=f"{system.name}，1 单位 = {system.metres_per_unit:.9f} 米"
        )


def _commonest(seen: Array) -> tuple[str, float]:
    names, counts = np.unique(seen.astype(str), return_counts=True)
    best = int(np.argmax(counts))
    return str(names[best]), float(counts[best] / counts.sum())


def _example(xy: Numbers) -> str:
    return f"{xy[0, 0]:.3f}, {xy[0, 1]:.3f}"
