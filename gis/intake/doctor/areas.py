"""Recorded areas against the areas of the shapes: a column, or a row, kept in another unit."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Numbers
from gis.fields import Column, Kind
from gis.geometry import areas
from gis.intake.columns.amounts import AREA_UNITS
from gis.intake.doctor.findings import Findings

Array = np.ndarray[Any, Any]
MAIN_AREAS = ("area_m2", "total_area_m2")
# 1 国际平方英尺; the US survey foot differs by four millionths, which no area shows.
SQUARE_METRES_PER_SQUARE_FOOT = 0.3048**2
_UNITS = ("平方米", "亩", "公顷", "平方公里", "万亩")
# Recorded areas are rounded and shapes are drawn: a unit is told apart by far more than this.
_NEAR = 0.03
_MAJORITY = 0.6
# Of shapes drawn roughly the middle one still shows the unit, if there are a few.
_ROUGHLY_NEAR, _FEWEST = 1.5, 5


def main_area(kind: Kind, data: pd.DataFrame) -> Column | None:
    """Return the column of a kind that records the area of its shape, if the file fills it."""
    for name in MAIN_AREAS:
        if name in kind.columns and data[name].notna().any():
            return kind.columns[name]
    return None


def tell(rows: pd.DataFrame, kind: Kind, units: dict[str, str], findings: Findings) -> bool:
    """Tell a unit that is another than was read; True when it is that of the whole column.

    `rows` has row_no, geom (EPSG:4490) and areas in m2 as read; `units` the units headers name.
    """
    column = main_area(kind, rows)
    if column is None:
        return False
    geoms = rows["geom"].to_numpy(dtype=object)
    recorded = rows[column.name].to_numpy(np.float64)
    at = np.flatnonzero(~shapely.is_missing(geoms) & (recorded > 0))
    computed = areas.ellipsoidal_area_m2(geoms[at])
    at, computed = at[computed > 0], computed[computed > 0]
    if not len(at):
        return False
    ratio = recorded[at] / computed
    read_as = units.get(column.name) or column.unit or "平方米"
    meant = _meant(ratio, read_as)
    is_column = _tell_column(ratio, meant, read_as, column, findings)
    if not is_column:
        odd = meant != read_as
        odd &= meant != ""
        row_nos = rows["row_no"].to_numpy(np.int64)[at[odd]]
        values = [f"{area:.4f} 平方米（按{read_as}读）" for area in recorded[at[odd]]]
        findings.add(
            "row_area_unit", row_nos, values, meant[odd].tolist(),
            field=column.name, title=column.title, confidence=0.8,
        )  # fmt: skip
    return is_column


def _tell_column(
    ratio: Numbers, meant: Array, read_as: str, column: Column, findings: Findings
) -> bool:
    names, counts = np.unique(meant[meant != ""].astype(str), return_counts=True)
    best = str(names[int(np.argmax(counts))]) if len(names) else ""
    count = int(counts.max(initial=0))
    middle = float(np.median(ratio))
    if count < _MAJORITY * len(meant):
        best, count = _meant_by_most(ratio, read_as)
    share = count / len(meant)
    if best == read_as or share < _MAJORITY:
        return False
    # One or two rows show a unit as surely as they show a slip.
    sure = round(share * min(1.0, 0.5 + 0.1 * len(meant)), 3)
    if best == "坐标为英尺":
        findings.add(
            "feet_as_metres", values=f"{1 / middle:.4f}", field="geom", confidence=sure,
            proposal="--fix feet_to_metres",
        )  # fmt: skip
        return True
    findings.add(
        "area_unit",
        values=read_as,
        details=f"{best}（登记与图形之比中位数 {middle:.6g}，{len(meant)} 行中 {count} 行）",
        field=column.name,
        title=column.title,
        confidence=sure,
        proposal=f"--fix area_unit:{best}",
    )
    return True


def _meant_by_most(ratio: Numbers, read_as: str) -> tuple[str, int]:
    """Return the unit the median ratio betrays where shapes are rough, and how many rows are near.

    Units lie ten times apart and more: a shape may be half as large again and still tell which.
    """
    if len(ratio) < _FEWEST:
        return read_as, 0
    off = {unit: np.abs(np.log(AREA_UNITS[read_as] / AREA_UNITS[unit] / ratio)) for unit in _UNITS}
    best = min(off, key=lambda unit: float(np.median(off[unit])))
    if float(np.median(off[best])) > np.log(_ROUGHLY_NEAR):
        return read_as, 0
    return best, int((off[best] < np.log(2 * _ROUGHLY_NEAR)).sum())


def tell_between(rows: pd.DataFrame, kind: Kind, findings: Findings) -> None:
    """Tell two area columns of one file that stand to each other as two units do (亩 and 公顷)."""
    for small, large in kind.at_most:
        if small not in rows or large not in rows:
            continue
        first, second = rows[small].to_numpy(np.float64), rows[large].to_numpy(np.float64)
        both = (first > 0) & (second > 0)
        if both.sum() < _FEWEST:
            continue
        ratio = first[both] / second[both]
        for one, other in permutations(_UNITS, 2):
            factor = AREA_UNITS[one] / AREA_UNITS[other]
            count = int((np.abs(ratio / factor - 1.0) < _NEAR).sum())
            if count >= _MAJORITY * len(ratio):
                findings.add(
                    "units_differ",
                    values=f"{np.median(ratio):.6g}",
                    details=f"「{kind.columns[large].title}」之比是{one}与{other}之比"
                    f"（{len(ratio)} 行中 {count} 行）",
                    field=small,
                    title=kind.columns[small].title,
                    confidence=round(count / len(ratio), 3),
                )


def _meant(ratio: Numbers, read_as: str) -> Array:
    """Return for each ratio of recorded to computed area the unit it betrays, '' for none."""
    meant = np.full(len(ratio), "", dtype=object)
    true_factor = AREA_UNITS[read_as] / ratio
    factors = {unit: AREA_UNITS[unit] for unit in _UNITS}
    factors["平方英尺"] = SQUARE_METRES_PER_SQUARE_FOOT
    factors["坐标为英尺"] = AREA_UNITS[read_as] / SQUARE_METRES_PER_SQUARE_FOOT
    factors[read_as] = AREA_UNITS[read_as]
    for unit, factor in factors.items():
        meant[np.abs(true_factor / factor - 1.0) < _NEAR] = unit
    return meant
