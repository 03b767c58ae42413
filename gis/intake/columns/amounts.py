"""Numbers, areas and money as registers write them: areas in m2, money in whole fen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

import numpy as np
import pandas as pd

from gis.intake.columns.cells import (
    BLANK_MARKS,
    Fault,
    Parsed,
    Read,
    by_distinct,
    is_cell_error,
    plain,
)
from gis.units import MU_DENOMINATOR, MU_NUMERATOR

SQUARE_METRES_PER_MU = MU_DENOMINATOR / MU_NUMERATOR
AREA_UNITS: Mapping[str, float] = {
    "公顷": 10_000.0, "ha": 10_000.0, "hm2": 10_000.0, "hm^2": 10_000.0,
    "亩": SQUARE_METRES_PER_MU, "万亩": 10_000 * SQUARE_METRES_PER_MU,
    "平方米": 1.0, "平米": 1.0, "m2": 1.0, "m^2": 1.0, "万平方米": 10_000.0, "万m2": 10_000.0,
    "平方公里": 1_000_000.0, "平方千米": 1_000_000.0, "km2": 1_000_000.0,
}  # fmt: skip
MONEY_UNITS: Mapping[str, int] = {
    "元": 100, "圆": 100, "千元": 100_000, "万元": 1_000_000, "万": 1_000_000,
    "百万元": 100_000_000,    "千万元": 1_000_000_000, "亿元": 10_000_000_000, "亿": 10_000_000_000,
    "元人民币": 100, "万元人民币": 1_000_000,
}  # fmt: skip
# Money per land in yuan per m2, which is 万元/公顷.
INTENSITY_UNITS: Mapping[str, float] = {
    f"{money}/{area}": fen * MU_NUMERATOR / (100 * MU_DENOMINATOR)
    if area == "亩"
    else fen / (100 * AREA_UNITS[area])
    for money, fen in MONEY_UNITS.items()
    for area in ("公顷", "ha", "hm2", "亩", "平方米", "平米", "m2", "平方公里", "km2")
}
NUMBER_UNITS = frozenset({"", "米", "m", "层", "年", "个", "栋", "通", "%"})
_NUMBER = re.compile(
    r"(?P<sign>[≤≥<>=]{0,2})\s*(?:人民币|rmb|¥|￥)?\s*"
    r"(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:e[+-]?\d{1,3})?)\s*(?P<unit>[^\d\s].*)?"
)
_MAX_BIGINT = 2**63 - 1
_MAX_INTEGER = 2**31 - 1


def split_number(text: str) -> tuple[Decimal, str] | None:
    """Return the number and the unit word of a cell such as "1,234.5 亩", or None if neither."""
    found = _NUMBER.fullmatch(plain(text).lower())
    if found is None:
        return None
    try:
        number = Decimal(found["number"].replace(",", ""))
    except InvalidOperation:
        return None
    return number, re.sub(r"\s+", "", found["unit"] or "")


def read_numbers(raw: pd.Series, is_whole: bool = False, *, is_signed: bool = False) -> Parsed:
    """Return plain numbers: float64, or Int64 when `is_whole`; NaN or NA when unknown.

    Below nothing is only what `is_signed`: no building has -1 storeys, no park -40 residents.
    """

    def read(value: Any) -> Read:
        number = _plain_number(value)
        if not isinstance(number, Decimal):
            return Read(code=number)
        if is_whole and (number != number.to_integral_value() or abs(number) > _MAX_INTEGER):
            return Read(code="unreadable_number")
        if not np.isfinite(float(number)):
            return Read(code="unreadable_number")
        if number < 0 and not is_signed:
            return Read(code="negative_number")
        return Read(int(number) if is_whole else float(number))

    return by_distinct(raw, read, _integers if is_whole else _floats)


def read_areas(raw: pd.Series, unit: str) -> Parsed:
    """Return areas in m2 (float64, NaN unknown); `unit` is what a bare number means.

    A unit written in the cell wins over the header's. Rounded to 1e-6 m2, so that 0.8249 公顷
    is 8,249 m2 and not the nearest product of two doubles.
    """
    if raw.dtype.kind in "iuf":
        numbers = pd.to_numeric(raw).to_numpy(np.float64, na_value=np.nan)
        with np.errstate(over="ignore"):  # what is too large for a double is told below
            areas = np.round(numbers * AREA_UNITS[unit], 6)
        is_endless = np.isinf(areas)
        parsed = _no_negatives(np.where(is_endless, np.nan, areas), "negative_area")
        if is_endless.any():
            parsed.faults.append(Fault("unreadable_number", np.flatnonzero(is_endless)))
        return parsed
    parsed = by_distinct(raw, lambda value: read_area(value, unit), _floats)
    values = _no_negatives(parsed.values, "negative_area")
    return Parsed(values.values, parsed.faults + values.faults)


def read_area(value: object, unit: str) -> Read:
    """Return one cell as m2 with the fault met, if any."""
    number = _number(value)
    if not isinstance(number, tuple):
        return Read(code=number)
    factor = AREA_UNITS.get(number[1] or unit)
    area_m2 = float(number[0]) * factor if factor else float("inf")
    if not np.isfinite(area_m2):
        return Read(code="unreadable_number")
    return Read(round(area_m2, 6))


def read_intensities(raw: pd.Series, unit: str) -> Parsed:
    """Return money per land in yuan per m2 (float64, NaN unknown), rounded to 1e-6.

    `unit` ("万元/亩") is what a bare number means; one written in the cell wins.

    >>> read_intensities(pd.Series(["300", "4500万元/公顷"]), "万元/亩").values.tolist()
    [4500.0, 4500.0]
    """

    def read(value: Any) -> Read:
        number = _number(value)
        if not isinstance(number, tuple):
            return Read(code=number)
        factor = INTENSITY_UNITS.get(number[1] or unit)
        if factor is None:
            return Read(code="unreadable_number")
        if number[0] < 0:
            return Read(code="negative_money")
        per_m2 = float(number[0]) * factor
        return Read(round(per_m2, 6)) if np.isfinite(per_m2) else Read(code="unreadable_number")

    return by_distinct(raw, read, _floats)


def read_money(raw: pd.Series, unit: str) -> Parsed:
    """Return money in whole fen (Int64, NA unknown), worked in decimals, half a fen upward."""

    def read(value: Any) -> Read:
        number = _number(value)
        if not isinstance(number, tuple):
            return Read(code=number)
        factor = MONEY_UNITS.get(number[1] or unit)
        if factor is None or number[0].adjusted() > 18:
            return Read(code="unreadable_number")
        exact = number[0] * factor
        if exact < 0:
            return Read(code="negative_money")
        fen = int(exact.to_integral_value(ROUND_HALF_UP))
        if fen > _MAX_BIGINT:
            return Read(code="unreadable_number")
        # A spreadsheet's 0.1 + 0.2 is no fraction of a fen: only a real one is worth a note.
        return Read(fen, "rounded_money" if abs(exact - fen) > Decimal("0.001") else None)

    return by_distinct(raw, read, _integers)


def _number(value: object) -> tuple[Decimal, str] | str | None:
    """Return the number and its unit, or the code of the fault, or None for an empty cell."""
    if isinstance(value, Decimal):
        return (value, "") if value.is_finite() else "unreadable_number"
    if isinstance(value, int | np.integer):
        return Decimal(int(value)), ""
    if isinstance(value, float | np.floating):
        if np.isnan(value):
            return None
        return (Decimal(repr(float(value))), "") if np.isfinite(value) else "unreadable_number"
    text = plain(value)
    if text.lower() in BLANK_MARKS:
        return None
    if is_cell_error(text):
        return "cell_error"
    return split_number(text) or "unreadable_number"


def _plain_number(value: object) -> Decimal | str | None:
    number = _number(value)
    if not isinstance(number, tuple):
        return number
    return number[0] if number[1] in NUMBER_UNITS else "unreadable_number"


def _floats(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def _integers(values: np.ndarray[Any, Any]) -> Any:
    return pd.array(values.tolist(), dtype="Int64")


def _no_negatives(values: np.ndarray[Any, Any], code: str) -> Parsed:
    is_negative = values < 0
    if not is_negative.any():
        return Parsed(values)
    return Parsed(np.where(is_negative, np.nan, values), [Fault(code, np.flatnonzero(is_negative))])
