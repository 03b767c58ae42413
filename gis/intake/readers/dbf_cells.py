"""The cells of a dBASE table: columns of bytes in, columns of text, numbers, days, truths out.

A cell that is no number, no day or no truth comes out as the text it is, for the column's own
reader to judge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as compute

from gis.intake.readers import dbf_binary
from gis.intake.source import encoding as encodings
from gis.intake.source import illegible
from gis.intake.table import Array

BLANK, _NEW_LINE, STAR = 0x20, 0x0A, 0x2A
NUMERIC = frozenset({b"N", b"F"})
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_YES, _NO, _UNKNOWN = frozenset("TtYy1"), frozenset("FfNn0"), frozenset(" ?\0")
_EXACT_BELOW = 2.0**53
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@dataclass(frozen=True)
class Field:
    """One field of a table: its name in bytes, type letter, first byte in a record, and width.

    `decimals`: how many of the width stand behind the point.
    """

    name: bytes
    kind: bytes
    at: int
    width: int
    decimals: int = 0


def column(block: Array, field: Field, encoding: str, version: int) -> Any:
    """Return one column of cells of `width` bytes each in the type its letter names.

    `version` is the first byte of the table: who wrote it.
    """
    if dbf_binary.is_kept_so(field.kind, field.width, version):
        return dbf_binary.column(block, field.kind)
    if field.kind in NUMERIC:
        return _numbers(_ended(block), encoding)
    if field.kind == b"D" and field.width == 8:
        return _days(block, encoding)
    if field.kind == b"L" and field.width == 1:
        return _truths(block)
    return _texts(_ended(block), encoding)


def _ended(block: Array) -> Array:
    """Return cells that end at their first NUL, as C has it, padded with blanks."""
    if block.size and not block.all():
        return np.where(np.maximum.accumulate(block == 0, axis=1), np.uint8(BLANK), block)
    return block


def _texts(block: Array, encoding: str) -> pd.Series:
    """Return text without padding, None where there is none (str dtype)."""
    if not block.size:
        return pd.Series([None] * len(block), dtype="str")
    if block.max() < 0x80:
        words = _bytes_of(block).cast(pa.large_string())
    else:
        words = pa.array(_lines(block, encoding), pa.large_string())
    words = compute.utf8_trim(words, " ")
    words = compute.if_else(compute.equal(words, ""), pa.scalar(None, pa.large_string()), words)
    return pd.Series(words, dtype="str")


def _lines(block: Array, encoding: str) -> list[str]:
    """Return the cells decoded, all in one sweep where every byte has a meaning."""
    if not (block == _NEW_LINE).any():
        ends = np.full((len(block), 1), _NEW_LINE, np.uint8)
        try:
            return np.hstack([block, ends]).tobytes().decode(encoding).split("\n")[:-1]
        except UnicodeError:
            pass
    cells = _bytes_of(block).dictionary_encode()
    words = [text_of(cell, encoding, is_full=True) for cell in cells.dictionary.to_pylist()]
    return [words[at] for at in cells.indices.to_numpy()]


def text_of(cell: bytes, encoding: str, *, is_full: bool) -> str:
    """Return one cell decoded; half a character at the end of a full field is marked as cut."""
    text = illegible.decoded(cell, encoding)
    if not is_full or not illegible.is_in(text):
        return text
    for lost in range(1, min(4, len(cell))):
        whole = illegible.decoded(cell[:-lost], encoding)
        if not illegible.is_in(whole) and encodings.is_begun(cell[-lost:], encoding):
            return whole + illegible.CUT
    return text


def _numbers(block: Array, encoding: str) -> pd.Series:
    """Return whole numbers (Int64) or numbers (float64); a cell that is none stays as written."""
    texts = _texts(block, encoding)
    words = pa.array(texts, pa.large_string())
    for target, dtype in ((pa.int64(), "Int64"), (pa.float64(), "float64")):
        try:
            read = compute.cast(words, target).to_numpy(zero_copy_only=False)
        except pa.ArrowInvalid:
            continue
        if dtype == "Int64":
            return pd.Series(compute.cast(words, target).to_pandas(types_mapper=_nullable))
        known = read[texts.notna().to_numpy()]
        # Whole numbers beyond these would lose their last digits.
        if (np.abs(known) < _EXACT_BELOW).all():
            return pd.Series(read)
    return pd.Series([_number(text) for text in texts.astype(object)], dtype=object)


def _nullable(_: pa.DataType) -> Any:
    return pd.Int64Dtype()


def _number(text: object) -> object:
    """Return a number that keeps every digit, else the text itself; None for no text."""
    if not isinstance(text, str):
        return None
    if re.fullmatch(r"[+-]?\d+", text):
        # More digits than a register's numbers have: a code, of which none may be lost.
        return int(text) if len(text.lstrip("+-")) <= 18 else text
    return float(text) if _NUMBER.fullmatch(text) and np.isfinite(float(text)) else text


def _days(block: Array, encoding: str) -> pd.Series:
    """Return days (datetime64[s]); text where one of them never was, so that it can be named."""
    digits = block.astype(np.int64) - ord("0")
    is_blank = ((block == BLANK) | (block == 0)).all(axis=1) | (digits == 0).all(axis=1)
    year = digits[:, :4] @ np.array([1000, 100, 10, 1])
    month, day = digits[:, 4:6] @ np.array([10, 1]), digits[:, 6:] @ np.array([10, 1])
    is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    last = _MONTH_DAYS[np.clip(month, 0, 12)] + (is_leap & (month == 2))
    is_day = ((digits >= 0) & (digits <= 9)).all(axis=1) & (day >= 1) & (day <= last) & (year > 0)
    is_day &= (month >= 1) & (month <= 12)
    if not (is_day | is_blank).all():
        texts = _texts(_ended(block), encoding).astype(object)
        return texts.mask(is_blank, None)
    months = ((np.where(is_day, year, 1970) - 1970) * 12 + month - 1).astype("M8[M]")
    days = months.astype("M8[D]") + (day - 1)
    days[~is_day] = np.datetime64("NaT")
    return pd.Series(days.astype("M8[s]"))


def _truths(block: Array) -> pd.Series:
    """Return yes and no as T and F, None where the field is not filled in, else the cell itself."""
    cells = [None if chr(byte) in _UNKNOWN else chr(byte) for byte in block[:, 0].tolist()]
    plain = {**dict.fromkeys(_YES, "T"), **dict.fromkeys(_NO, "F")}
    return pd.Series([cell and plain.get(cell, cell) for cell in cells], dtype="str")


def _bytes_of(block: Array) -> pa.Array:
    """Return the cells as bytes without the padding behind them."""
    width = block.shape[1]
    cells = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(width), len(block), [None, pa.py_buffer(np.ascontiguousarray(block))]
    )
    return cells.cast(pa.large_binary())
