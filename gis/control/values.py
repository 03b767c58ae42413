"""Control values as stated, in stored units: yuan per m2 of land, ratios, shares of one.

1 万元/亩 is 15 yuan per m2, 1 万元/公顷 is 1: fifteen times apart, so a value that needs a unit and
has none is no value; it is told and judged by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gis.frames import door

FLOOR_RATIO = "floor_ratio"
SITE_COVERAGE = "site_coverage"
OFFICE_LAND = "office_land_share"
OFFICE_FLOOR = "office_floor_share"
INVESTMENT = "investment_yuan_per_m2"
OUTPUT = "output_yuan_per_m2"
TAX = "tax_yuan_per_m2"
NAMES = (FLOOR_RATIO, SITE_COVERAGE, OFFICE_LAND, OFFICE_FLOOR, INVESTMENT, OUTPUT, TAX)
SHARES = frozenset({SITE_COVERAGE, OFFICE_LAND, OFFICE_FLOOR})
INTENSITIES = frozenset({INVESTMENT, OUTPUT, TAX})
LEVELS = ("agreement", "park", "region", "nation")
"""By authority: what a contract agreed stands above what a place set."""

# unit -> what makes stored units of it: times, divided by (35 x 0.01 is not 0.35, 35 / 100 is)
_OF_INTENSITY = {"wan_per_mu": (15, 1), "wan_per_hectare": (1, 1), "yuan_per_m2": (1, 1)}
_OF_RATIO = {"ratio": (1, 1)}
_OF_SHARE = {"percent": (1, 100), "ratio": (1, 1)}
_UNITS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    name: _OF_INTENSITY if name in INTENSITIES else _OF_SHARE if name in SHARES else _OF_RATIO
    for name in NAMES
}
# A floor area ratio has no unit to be mistaken in.
_NEEDS_NONE = FLOOR_RATIO


@door(rows="control.stated", gives="control.values")
def in_stored_units(rows: pd.DataFrame) -> pd.DataFrame:
    """Return control values with least and most in stored units and `fault`, None where sound.

    A faulty row keeps its place with no bounds: whom it is for is not judged by another instead.
    """
    factors = [_factor(name, unit) for name, unit in zip(rows["name"], rows["unit"], strict=True)]
    times, divided = np.array(factors, dtype=np.float64).reshape(-1, 2).T
    least = rows["least"].astype("float64") * times / divided
    most = rows["most"].astype("float64") * times / divided
    is_unread = pd.Series(np.isnan(times), index=rows.index)
    has_unit = rows["unit"].isin([*_OF_INTENSITY, *_OF_SHARE])
    highest = pd.concat([least, most], axis=1).max(axis=1)
    faults = {
        "share_above_one": rows["name"].isin(SHARES) & (highest > 1),
        "bounds_crossed": least > most,
        "no_bound": rows["least"].isna() & rows["most"].isna(),
        "unit_wrong": is_unread & has_unit,
        "unit_unknown": is_unread & ~has_unit,
    }
    fault = pd.Series(None, index=rows.index, dtype="object")
    for code, is_so in faults.items():
        fault[is_so] = code
    is_sound = fault.isna()
    return rows.assign(least=least.where(is_sound), most=most.where(is_sound), fault=fault)


def _factor(name: str, unit: object) -> tuple[float, float]:
    if not isinstance(unit, str):
        return (1, 1) if name == _NEEDS_NONE else (np.nan, np.nan)
    return _UNITS[name].get(unit, (np.nan, np.nan))
