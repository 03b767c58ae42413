"""Identifiers with parts: 宗地代码, 不动产单元号, 电子监管号, taken apart, whatever their length.

Lengths differ in practice: what is no standard number has no parts, and that is all. See
docs/law.md (Registers and codes).
"""

from __future__ import annotations

import pandas as pd

# 宗地代码 19 (TD/T 1001): county, 地籍区, 地籍子区, 特征码, serial.
_PARCEL = (
    r"(?P<county>\d{6})(?P<district>\d{3})(?P<subdistrict>\d{3})(?P<feature>[A-Z]{2})"
    r"(?P<serial>\d{5})"
)
# 不动产单元号 28 (GB/T 37346): the parcel's 19, then what stands on it and its number.
_UNIT = r"(?P<parcel_code>\d{12}[A-Z]{2}\d{5})(?P<building>[FLQW])(?P<number>\d{8})"
# 电子监管号 16: county, year, A (划拨) or B (出让), serial; a suffix has no certain meaning.
_SUPPLY = r"(?P<county>\d{6})(?P<year>\d{4})(?P<letter>[A-Z])(?P<serial>\d{5})(?P<suffix>-\w+)?"

LETTERS = {"A": "allocation", "B": "grant"}


def parcel_parts(codes: pd.Series[str]) -> pd.DataFrame:
    """Return county, district, subdistrict, feature and serial of each 宗地代码; NaN where odd.

    >>> parcel_parts(pd.Series(["450108001010GB00040"])).iloc[0].tolist()
    ['450108', '001', '010', 'GB', '00040']
    """
    return _parts(codes, _PARCEL)


def unit_parts(numbers: pd.Series[str]) -> pd.DataFrame:
    """Return parcel_code, building letter and number of each 不动产单元号; NaN where odd.

    >>> unit_parts(pd.Series(["450108001010GB00040F00010001"])).iloc[0].tolist()
    ['450108001010GB00040', 'F', '00010001']
    """
    return _parts(numbers, _UNIT)


def supply_parts(numbers: pd.Series[str]) -> pd.DataFrame:
    """Return county, year, letter, serial and suffix of each 电子监管号; NaN where odd.

    >>> supply_parts(pd.Series(["1502062012B00017-1"])).iloc[0].tolist()
    ['150206', '2012', 'B', '00017', '-1']
    """
    return _parts(numbers, _SUPPLY)


def _parts(numbers: pd.Series[str], pattern: str) -> pd.DataFrame:
    return numbers.astype("str").str.upper().str.extract(f"^{pattern}$")
