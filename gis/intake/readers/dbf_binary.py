"""Fields of a dBASE table that are kept in binary, as FoxPro does: days, amounts, counts.

Text kept in a file of its own (memo) is not among them: the field holds but a block's number.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

Array = np.ndarray[Any, Any]
# What a field of these types holds lies in another file, or is no value of the record's.
ELSEWHERE = frozenset({b"M", b"G", b"P", b"W"})
HIDDEN = b"0"  # which fields of a record are empty, in FoxPro's own bits
_FOXPRO = frozenset({0x30, 0x31, 0x32})
_CURRENCY_PARTS = 10_000
_JULIAN_OF_1970 = 2_440_588
_WIDTHS: Mapping[bytes, int] = {b"I": 4, b"Y": 8, b"T": 8, b"O": 8}


def is_kept_so(kind: bytes, width: int, version: int) -> bool:
    """True when a field of this type and width is kept in binary by the program that wrote it."""
    if kind == b"B":
        return version in _FOXPRO and width == 8
    return _WIDTHS.get(kind) == width


def column(block: Array, kind: bytes) -> pd.Series:
    """Return the values of binary cells, one a row of `block`: Int64, float64 or datetime64[s]."""
    if not len(block):
        return pd.Series([], dtype="float64")
    if kind == b"I":
        return pd.Series(_as(block, "<i4")[:, 0].astype(np.int64), dtype="Int64")
    if kind == b"Y":
        return pd.Series(_as(block, "<i8")[:, 0] / _CURRENCY_PARTS)
    if kind == b"T":
        days, milliseconds = _as(block, "<i4").astype(np.int64).T
        seconds = (days - _JULIAN_OF_1970) * 86_400 + milliseconds // 1000
        instants = seconds.astype("M8[s]")
        instants[days <= 0] = np.datetime64("NaT")
        return pd.Series(instants)
    return pd.Series(_as(block, "<f8")[:, 0])


def _as(block: Array, dtype: str) -> Array:
    return np.ascontiguousarray(block).view(dtype)
