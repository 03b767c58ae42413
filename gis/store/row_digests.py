"""The digest of a row, as the server makes it: md5 of the row in PostgreSQL's own writing.

Made of the bytes that go to the server, column by column: `md5(ROW(...)::text)` there takes longer
than all else that is done with the row. A value whose writing is the server's own matter - JSON, a
number with an exponent - leaves its row without a digest, for the server to make.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Mapping
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from gis.store import binary
from gis.store.binary import Field, Truths

_BINARY = pa.large_binary()
# What makes PostgreSQL put a value of a row, or of an array, into quotes (as do no signs at all).
_SPACES = b" \t\n\v\f\r"
_IN_ROW, _IN_ARRAY = b'"\\(),' + _SPACES, b'"\\{},' + _SPACES
_IS_QUOTED = np.isin(np.arange(256), np.frombuffer(_IN_ROW, np.uint8))
_DAY_ZERO = np.datetime64("2000-01-01", "D")
_FIRST_DAY, _LAST_DAY = np.datetime64("0001-01-01", "D"), np.datetime64("9999-12-31", "D")
# Where most rows are the server's it may as well make the rest.
_FEW = 0.5
# Each byte in the hexadecimal digits a shape is written in.
_DIGITS = np.frombuffer(bytes(range(256)).hex().upper().encode(), np.uint16)
# Numbers beyond are written with an exponent, there or here.
_LEAST, _MOST = 1e-3, 1e15
_ARRAY_HEAD = struct.Struct(">iiiii")
_LENGTH = struct.Struct(">i")


def digests(fields: Mapping[str, Field], types: Mapping[str, str], count: int) -> Field:
    """Return the digest of each of `count` rows as a text column, empty where it is not ours.

    fields: encoded columns by name; types: every column of the row in its order, name -> PostgreSQL
    type. A column without a field is unknown throughout.
    """
    is_open, nothing = _of_the_server(fields, types, count), np.zeros(count, np.int64)
    if not count or is_open.mean() > _FEW:
        return Field(nothing, np.empty(0, np.uint8))
    pieces: list[pa.Array | pa.Scalar] = []
    between = b"("
    for name, kind in types.items():
        field = fields.get(name)
        is_known = None if field is None else field.lengths >= 0
        if field is not None and is_known is not None and is_known.any():
            write = _WRITTEN.get(kind)
            if write is not None:
                written, is_ours = write(field, is_known)
                pieces += [pa.scalar(between, _BINARY), written]
                between = b""
                is_open |= ~is_ours
        between += b","
    pieces.append(pa.scalar(between[:-1] + b")", _BINARY))
    if len(pieces) == 1:
        return Field(nothing, np.empty(0, np.uint8))
    rows = compute.binary_join_element_wise(*pieces, pa.scalar(b"", _BINARY))
    ends = np.frombuffer(rows.buffers()[1], np.int64)[: count + 1].tolist()
    data = memoryview(rows.buffers()[2])
    found = [
        hashlib.md5(data[start:end], usedforsecurity=False).hexdigest()
        for start, end in pairwise(ends)
    ]
    lengths = np.where(is_open, 0, 32).astype(np.int64)
    told = np.frombuffer("".join(found).encode("ascii"), np.uint8).reshape(count, 32)
    return Field(lengths, np.ascontiguousarray(told[~is_open]).reshape(-1))


def are_ours(types: Mapping[str, str]) -> bool:
    """Return whether rows of these columns have digests, but for a value here and there."""
    return {*types.values()} <= {*_WRITTEN}


def _of_the_server(fields: Mapping[str, Field], types: Mapping[str, str], count: int) -> Truths:
    """Return which rows have a value that only the server can write."""
    is_open = np.zeros(count, dtype=bool)
    for name, kind in types.items():
        if name in fields and kind not in _WRITTEN:
            is_open |= fields[name].lengths >= 0
    return is_open


_Written = tuple[pa.Array, Truths]


def _texts(field: Field, is_known: Truths) -> _Written:
    texts = binary.laid_out(field)
    is_quoted = is_known & (field.lengths == 0)
    at = np.flatnonzero(_IS_QUOTED[field.data])
    if len(at):
        ends = np.cumsum(np.maximum(field.lengths, 0))
        is_quoted[np.searchsorted(ends, at, side="right")] = True
    if is_quoted.any():
        mask = pa.array(is_quoted)
        texts = compute.replace_with_mask(texts, mask, _quoted(texts.filter(mask)))
    return texts, np.ones(len(is_known), dtype=bool)


def _quoted(texts: pa.Array) -> pa.Array:
    for sign in (b"\\", b'"'):
        texts = compute.replace_substring(texts, pattern=sign, replacement=sign + sign)
    quote, nothing = pa.scalar(b'"', _BINARY), pa.scalar(b"", _BINARY)
    return compute.binary_join_element_wise(quote, texts, quote, nothing)


def _days(field: Field, is_known: Truths) -> _Written:
    code, different = pd.factorize(field.data.view(binary.FIXED["date"]).astype(np.int64))
    days = _DAY_ZERO + different
    is_ours = (days >= _FIRST_DAY) & (days <= _LAST_DAY)
    written = [day.encode() for day in np.datetime_as_string(days).tolist()]
    return _spread(pa.array(written, _BINARY).take(pa.array(code)), is_known, is_ours[code])


def _numbers(field: Field, is_known: Truths) -> _Written:
    numbers = field.data.view(binary.FIXED["float8"]).astype(np.float64)
    size = np.abs(numbers)
    is_ours = (size == 0) | ((size >= _LEAST) & (size < _MOST))
    written = [repr(number).removesuffix(".0").encode() for number in numbers.tolist()]
    return _spread(pa.array(written, _BINARY), is_known, is_ours)


def _whole(kind: str) -> Callable[[Field, Truths], _Written]:
    def written(field: Field, is_known: Truths) -> _Written:
        numbers = pa.array(field.data.view(binary.FIXED[kind]).astype(np.int64))
        return _spread(numbers.cast(pa.large_string()).cast(_BINARY), is_known, None)

    return written


def _flags(field: Field, is_known: Truths) -> _Written:
    signs = pa.array([b"f", b"t"], _BINARY)
    return _spread(signs.take(pa.array(field.data.astype(np.int64))), is_known, None)


def _shapes(field: Field, is_known: Truths) -> _Written:
    written = Field(2 * field.lengths, _DIGITS[field.data].view(np.uint8))
    return binary.laid_out(written), np.ones(len(is_known), dtype=bool)


def _lists(field: Field, is_known: Truths) -> _Written:
    # A column has few different ones.
    coded = binary.laid_out(field).dictionary_encode()
    known = field.lengths[is_known] > 0
    assert known.all(), "an array has a head"
    written = [_list(own) if own else b"" for own in coded.dictionary.to_pylist()]
    different = pa.array(written, _BINARY)
    texts, _ = _texts(binary.field_of(different), np.array([own != b"" for own in written]))
    return texts.take(coded.indices), np.ones(len(is_known), dtype=bool)


def _list(sent: bytes) -> bytes:
    """Return a text[] as PostgreSQL writes it, from its binary form."""
    if len(sent) < _ARRAY_HEAD.size:
        return b"{}"
    count, at = _ARRAY_HEAD.unpack_from(sent)[3], _ARRAY_HEAD.size
    members = []
    for _ in range(count):
        (length,) = _LENGTH.unpack_from(sent, at)
        text = sent[at + _LENGTH.size : at + _LENGTH.size + length]
        at += _LENGTH.size + length
        if not text or text.upper() == b"NULL" or any(sign in _IN_ARRAY for sign in text):
            text = b'"' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
        members.append(text)
    return b"{" + b",".join(members) + b"}"


def _spread(known: pa.Array, is_known: Truths, is_ours: npt.NDArray[np.bool_] | None) -> _Written:
    """Return what is written of the known values at their places, nothing at the others."""
    every = np.ones(len(is_known), dtype=bool)
    if is_ours is not None:
        every[is_known] = is_ours
    if is_known.all():
        return known, every
    place = np.cumsum(is_known) - 1
    spread = known.take(pa.array(place, mask=~is_known))
    return spread.fill_null(pa.scalar(b"", _BINARY)), every


_WRITTEN: Mapping[str, Callable[[Field, Truths], _Written]] = {
    "text": _texts,
    "date": _days,
    "float8": _numbers,
    "int4": _whole("int4"),
    "int8": _whole("int8"),
    "bool": _flags,
    "text[]": _lists,
    "geometry": _shapes,
}
