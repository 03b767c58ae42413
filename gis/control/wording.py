"""Control values and verdicts as people read them: 万元/亩, percent, ratios; bounds in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import Decimal

from gis import contracts, units
from gis.control.values import INTENSITIES, SHARES

_YUAN_PER_WAN = 10_000


def amount(name: str, value: float | None, language: str = "zh") -> str:
    """Return a value of a control value's kind as registers write it; "" where it is not known.

    >>> amount("investment_yuan_per_m2", 4500.0), amount("site_coverage", 0.4)
    ('300.00 万元/亩', '40.00 %')
    >>> amount("floor_ratio", -0.00005)
    '-0.00005'
    >>> amount("floor_ratio", 0.79995), amount("tax_yuan_per_m2", 300.0, "en")
    ('0.79995', '200,000.00 yuan/mu')
    """
    if value is None or math.isnan(value):
        return ""
    if name in INTENSITIES:
        # 1 亩 is 2000/3 m2.
        per_mu = value * units.MU_DENOMINATOR / units.MU_NUMERATOR
        if language == "en":
            return f"{_digits(per_mu)} yuan/mu"
        return f"{_digits(per_mu / _YUAN_PER_WAN)} 万元/亩"
    return f"{_digits(100 * value)} %" if name in SHARES else _digits(value)


def _digits(value: float) -> str:
    """Return a figure with two digits, with more where two would hide what it is short of."""
    if abs(round(value, 2) - value) < 1e-9:
        return f"{value:,.2f}"
    return f"{Decimal(f'{value:.6g}'):,f}"


def bounds(name: str, least: float | None, most: float | None, language: str = "zh") -> str:
    """Return what is asked for: at least, at most, or between.

    >>> bounds("floor_ratio", 0.8, 2.0), bounds("site_coverage", 0.4, None)
    ('0.80 ～ 2.00', '≥ 40.00 %')
    """
    low, high = amount(name, least, language), amount(name, most, language)
    if low and high:
        return f"{low} ～ {high}"
    return f"≥ {low}" if low else f"≤ {high}" if high else ""


def reached(name: str, low: float | None, high: float | None, language: str = "zh") -> str:
    """Return what was reached: a figure, or how much at least and at most.

    >>> reached("site_coverage", 0.35, None), reached("floor_ratio", 0.8, 0.8)
    ('≥ 35.00 %', '0.80')
    """
    if low is not None and low == high:
        return amount(name, low, language)
    return bounds(name, low, high, language)


def others(name: str, told: Sequence[str] | None, language: str = "zh") -> str:
    """Return what the other levels would ask, in words.

    >>> others("floor_ratio", ["park:0.8-2.0", "region:0.6-"])
    '园区 0.80 ～ 2.00；地方 ≥ 0.60'
    """
    parts = []
    for one in told or ():
        level, _, values = one.partition(":")
        least, _, most = values.partition("-")
        asked = "?" if values == "?" else bounds(name, _number(least), _number(most), language)
        parts.append(f"{contracts.label('control_level', level, language)} {asked}")
    return ("；" if language == "zh" else "; ").join(parts)


def _number(text: str) -> float | None:
    return float(text) if text else None
