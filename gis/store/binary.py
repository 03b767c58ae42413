"""PostgreSQL's binary COPY format, whole columns at a time.

A row is its number of fields (2 bytes), then per field its length (4 bytes, -1 for NULL) and its
bytes, all big-endian. Written by columns: the bytes of each are laid end to end by numpy, and Arrow
joins the columns row by row. Read by columns too: a message is a row, so all first fields are
found at once, then all second ones.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import shapely
from pyarrow import compute

from gis.store.tables import EPSG

Buffer = bytes | bytearray | memoryview
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER = struct.pack(">h", -1)
_DAY_ZERO = np.datetime64("2000-01-01", "D")
_INSTANT_ZERO = np.datetime64("2000-01-01T00:00:00", "us")
# Types whose values all take the same number of bytes.
FIXED = {"date": ">i4", "int2": ">i2", "int4": ">i4", "int8": ">i8", "float8": ">f8", "bool": ">u1"}
FIXED["timestamptz"] = ">i8"
_TEXT_OID, _FLOAT_OID = 25, 701
# Little-endian WKB begins with its byte order and type. A mark in the last byte of the type says
# that the system stands next.
_HEAD_BYTES, _IS_PLACED = 5, 0x20
# A row begins with the number of its fields, a field with its length.
_COUNT_BYTES, _LENGTH_BYTES = 2, 4
_FEW = 100  # rows whose texts are as quick one by one
_SYSTEM = struct.pack("<i", EPSG)


@dataclass(frozen=True)
class Field:
    """One encoded column: bytes per row (-1 = NULL) and the bytes of all rows end to end."""

    lengths: Ints
    data: Bytes


def encode(column: pd.Series[Any], kind: str) -> Field:
    """Return a column as bytes of PostgreSQL type `kind`; None, NaN, NaT and NA become NULL.

    ValueError names the column and the value that does not fit the type.
    """
    try:
        if kind == "text":
            return _text_field(column)
        is_known = column.notna().to_numpy(dtype=bool)
        known = column if is_known.all() else column[is_known]
        if kind in FIXED:
            numbers = _NUMBERS[kind](known)
            lengths = np.where(is_known, numbers.dtype.itemsize, -1)
            return Field(lengths.astype(np.int64), numbers.view(np.uint8).reshape(-1))
        if kind in _BYTES:
            sizes, data = _BYTES[kind](known)
        else:
            parts = _PARTS[kind](known)
            sizes = np.fromiter(map(len, parts), np.int64, len(parts))
            data = np.frombuffer(b"".join(parts), np.uint8)
    except (ValueError, TypeError, OverflowError) as fault:
        raise ValueError(f"column {column.name!r} does not fit type {kind}: {fault}") from fault
    lengths = np.full(len(column), -1, np.int64)
    lengths[is_known] = sizes
    return Field(lengths, data)


def laid_out(field: Field) -> pa.Array:
    """Return an encoded column as an array of Arrow's; NULL is an empty value."""
    return _binary(field.lengths, field.data)


def field_of(values: pa.Array) -> Field:
    """Return an array of Arrow's, of bytes and none unknown, as an encoded column."""
    ends = np.frombuffer(values.buffers()[1], np.int64)[: len(values) + 1]
    return Field(np.diff(ends), np.frombuffer(values.buffers()[2] or b"", np.uint8)[: ends[-1]])


def rows(columns: Sequence[Field]) -> bytes:
    """Return the rows of equally long encoded columns, without header and trailer."""
    count = len(columns[0].lengths)
    if not count:
        return b""
    parts: list[pa.Array] = []
    # Lengths and columns of one width stand beside each other in blocks; what varies between them.
    block = [_raw(np.full(count, len(columns)), ">i2")]
    for field in columns:
        block.append(_raw(field.lengths, ">i4"))
        width = int(field.lengths[0])
        if (field.lengths == width).all():
            if width > 0:
                block.append(field.data.reshape(count, width))
            continue
        parts += [_joined(block), _binary(field.lengths, field.data)]
        block = []
    if block:
        parts.append(_joined(block))
    whole = compute.binary_join_element_wise(*parts, pa.scalar(b"", pa.large_binary()))
    ends = np.frombuffer(whole.buffers()[1], np.int64)
    return bytes(whole.buffers()[2][: int(ends[count])])


def columns(
    messages: Sequence[Buffer], kinds: Sequence[str], loaders: Mapping[str, Callable[[bytes], Any]]
) -> list[Any]:
    """Return the columns of rows read by binary COPY, a message each, as arrays a DataFrame takes.

    date -> datetime64[s]; timestamptz -> datetime64[us, UTC]; int -> Int64; bool -> boolean;
    float8 -> float64; text -> str; geometry -> shapely objects; of any other kind (arrays, jsonb)
    what its loader makes of one value, as objects.
    """
    joined = b"".join(messages)
    data = np.frombuffer(joined, np.uint8)
    sizes = np.fromiter(map(len, messages), np.int64, len(messages))
    # All rows at once, column by column: where a field ends, the next of its row begins.
    at = np.cumsum(sizes) - sizes + _COUNT_BYTES
    found = []
    text = pd.StringDtype(na_value=np.nan)  # of Arrow's, or of objects
    for kind in kinds:
        lengths = _gathered(data, at, ">i4")
        starts = at + _LENGTH_BYTES
        at = starts + np.maximum(lengths, 0)
        is_known = lengths >= 0
        if kind == "text" and len(messages) > _FEW:
            found.append(_texts(data, starts, at, is_known, text))
        elif kind == "text":
            ends, known = at.tolist(), is_known.tolist()
            told = [
                joined[start:end].decode() if is_there else None
                for start, end, is_there in zip(starts.tolist(), ends, known, strict=True)
            ]
            found.append(pd.array(told, dtype=text))
        elif kind in FIXED:
            known = starts if is_known.all() else starts[is_known]
            found.append(_ARRAYS[kind](_gathered(data, known, FIXED[kind]), is_known))
        else:
            values = np.empty(len(messages), dtype=object)
            load = loaders.get(kind, bytes)
            for row in np.flatnonzero(is_known).tolist():
                values[row] = load(joined[starts[row] : at[row]])
            found.append(_read_shapes(values) if kind == "geometry" else values)
    return found


def _gathered(data: Bytes, starts: Ints, kind: str) -> npt.NDArray[Any]:
    """Return the numbers of one kind that begin at these bytes."""
    # A number begins at every byte.
    count = max(len(data) - np.dtype(kind).itemsize + 1, 0)
    every: npt.NDArray[Any] = np.ndarray((count,), kind, data.data, 0, (1,))
    return every[starts]


def _texts(data: Bytes, starts: Ints, ends: Ints, is_known: Truths, text: pd.StringDtype) -> Any:
    """Return the texts that lie between these bytes."""
    # What lies between two texts is laid out as a text too, and every other one is taken.
    bounds = np.append(np.stack([starts, ends], axis=1).reshape(-1), len(data))
    buffers = [None, pa.py_buffer(bounds), pa.py_buffer(data)]
    every = pa.Array.from_buffers(pa.large_string(), len(bounds) - 1, buffers)
    own = pa.array(np.arange(0, len(bounds) - 1, 2), mask=~is_known)
    return text.__from_arrow__(every.take(own))  # type: ignore[attr-defined]


def _raw(numbers: npt.NDArray[Any], kind: str) -> Bytes:
    return np.ascontiguousarray(numbers.astype(kind)).view(np.uint8).reshape(len(numbers), -1)


def _joined(block: Sequence[Bytes]) -> pa.Array:
    side_by_side = np.concatenate(block, axis=1)
    count, width = side_by_side.shape
    return _binary(np.full(count, width), side_by_side.reshape(-1))


def _binary(lengths: Ints, data: Bytes) -> pa.Array:
    """Return bytes laid end to end as an array of Arrow's; a length of -1 is an empty value."""
    ends = np.concatenate([[0], np.cumsum(np.maximum(lengths, 0))]).astype(np.int64)
    return _laid_out(ends, data)


def _laid_out(ends: Ints, data: Bytes) -> pa.Array:
    """Return the bytes between neighbours of `ends` as an array of Arrow's."""
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(np.ascontiguousarray(data))]
    return pa.Array.from_buffers(pa.large_binary(), len(ends) - 1, buffers)


def _text_field(column: pd.Series[Any]) -> Field:
    """Return texts, the unknown too: Arrow knows them apart."""
    # Given objects as they are, it takes a quarter of the time a column of theirs does.
    is_arrow = getattr(column.dtype, "storage", "python") == "pyarrow"
    told = column if is_arrow else column.to_numpy(dtype=object)
    texts = pa.array(told, pa.large_string(), from_pandas=True)
    if not len(texts):
        return Field(np.empty(0, np.int64), np.empty(0, np.uint8))
    if isinstance(texts, pa.ChunkedArray):
        # Parts of a column that was put together may differ in the width of their offsets.
        texts = pa.concat_arrays([chunk.cast(pa.large_string()) for chunk in texts.chunks])
    offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset :][: len(texts) + 1]
    data = np.frombuffer(texts.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
    if not data.all():
        raise ValueError("a text holds a NUL character")
    lengths = np.diff(offsets)
    if texts.null_count:
        is_known = texts.is_valid().to_numpy(zero_copy_only=False)
        if lengths[~is_known].any():
            # What is unknown may have bytes of its own in Arrow.
            data = data[np.repeat(is_known, lengths)]
        lengths[~is_known] = -1
    return Field(lengths, data)


def _whole(known: pd.Series[Any], kind: str) -> npt.NDArray[Any]:
    numbers = known.to_numpy()
    if numbers.dtype.kind not in "iu":
        exact = np.array([int(number) for number in numbers.tolist()], dtype=np.int64)
        if not (exact == numbers).all():
            raise ValueError("a number is not whole")
        numbers = exact
    limits = np.iinfo(np.dtype(kind).newbyteorder("="))
    if len(numbers) and (numbers.min() < limits.min or numbers.max() > limits.max):
        raise ValueError(f"a number is outside {limits.min} to {limits.max}")
    return numbers.astype(kind)


def _days(known: pd.Series[Any]) -> npt.NDArray[Any]:
    if known.dtype.kind != "M":
        known = pd.Series([np.datetime64(day, "D") for day in known], dtype="datetime64[s]")
    days = known.to_numpy().astype("datetime64[D]")
    return (days - _DAY_ZERO).astype(np.int64).astype(">i4")


def _instants(known: pd.Series[Any]) -> npt.NDArray[Any]:
    moments = pd.to_datetime(known, utc=True).dt.tz_localize(None).to_numpy()
    return (moments.astype("datetime64[us]") - _INSTANT_ZERO).astype(np.int64).astype(">i8")


_NUMBERS: dict[str, Callable[[pd.Series[Any]], npt.NDArray[Any]]] = {
    "date": _days,
    "timestamptz": _instants,
    "int4": lambda known: _whole(known, ">i4"),
    "int8": lambda known: _whole(known, ">i8"),
    "float8": lambda known: known.to_numpy(dtype=np.float64).astype(">f8"),
    "bool": lambda known: known.to_numpy(dtype=bool).astype(">u1"),
}


def _array(items: list[bytes], oid: int) -> bytes:
    if not items:
        return struct.pack(">iii", 0, 0, oid)
    head = struct.pack(">iiiii", 1, 0, oid, len(items), 1)
    return head + b"".join(struct.pack(">i", len(item)) + item for item in items)


def _lists_of_text(known: pd.Series[Any]) -> tuple[Ints, Bytes]:
    """Return lists of text as arrays; a column has few different ones, and writes each once."""
    lists = known.to_numpy(dtype=object)
    # Many rows hold the very same list: it is not looked into again.
    code, ids = pd.factorize(np.fromiter(map(id, lists), np.int64, len(lists)))
    first = np.empty(len(ids), np.int64)
    first[code[::-1]] = np.arange(len(lists))[::-1]
    written: dict[tuple[str, ...], bytes] = {}
    parts: list[bytes] = []
    for texts in lists[first]:
        own = tuple(texts)
        part = written.get(own)
        if part is None:
            if isinstance(texts, str):
                raise ValueError(f"{texts!r} is a text, not a list of texts")
            part = written[own] = _array([text.encode() for text in own], _TEXT_OID)
        parts.append(part)
    sizes = np.fromiter(map(len, parts), np.int64, len(parts))[code]
    each = pa.array(parts, pa.large_binary()).take(pa.array(code))
    return sizes, np.frombuffer(each.buffers()[2] or b"", np.uint8)[: sizes.sum()]


def _read_shapes(wkb: Any) -> Any:
    """Return shapes from WKB; one that GEOS has no name for as a point of no place: no area."""
    try:
        with np.errstate(invalid="ignore"):
            return shapely.from_wkb(wkb)
    except (shapely.errors.GEOSException, NotImplementedError):
        if len(wkb) == 1:
            return np.array([shapely.Point()], dtype=object)
        half = len(wkb) // 2
        return np.concatenate([_read_shapes(wkb[:half]), _read_shapes(wkb[half:])])


def _shape_bytes(known: pd.Series[Any]) -> tuple[Ints, Bytes]:
    """Return shapes as WKB with their system; what is WKB already only gets the system."""
    shapes = known.to_numpy(dtype=object, copy=True)
    is_wkb = np.fromiter((type(shape) is bytes for shape in shapes), bool, len(shapes))
    shapes[~is_wkb] = shapely.to_wkb(shapes[~is_wkb])
    sizes = np.fromiter(map(len, shapes), np.int64, len(shapes))
    data = np.frombuffer(bytearray().join(shapes.tolist()), np.uint8)
    starts = np.cumsum(sizes) - sizes
    data[starts + _HEAD_BYTES - 1] |= _IS_PLACED
    # The system stands between the head of each and its rest, as what joins the two.
    ends = np.append(np.stack([starts, starts + _HEAD_BYTES], axis=1).reshape(-1), len(data))
    pairs = pa.LargeListArray.from_arrays(np.arange(0, len(ends), 2), _laid_out(ends, data))
    placed = compute.binary_join(pairs, pa.scalar(_SYSTEM, pa.large_binary()))
    sizes += len(_SYSTEM)
    return sizes, np.frombuffer(placed.buffers()[2] or b"", np.uint8)[: sizes.sum()]


_BYTES: dict[str, Callable[[pd.Series[Any]], tuple[Ints, Bytes]]] = {
    "geometry": _shape_bytes,
    "text[]": _lists_of_text,
}
_PARTS: dict[str, Callable[[pd.Series[Any]], list[bytes]]] = {
    "float8[]": lambda known: [
        _array([struct.pack(">d", n) for n in ns], _FLOAT_OID) for ns in known
    ],
    "jsonb": lambda known: [
        b"\1" + json.dumps(value, ensure_ascii=False, allow_nan=False).encode() for value in known
    ],
}


def _spread(
    numbers: npt.NDArray[Any], is_known: Truths, empty: npt.NDArray[Any]
) -> npt.NDArray[Any]:
    empty[is_known] = numbers
    return empty


def _nothing(is_known: Truths, kind: str, value: str | float) -> npt.NDArray[Any]:
    return np.full(len(is_known), value, dtype=kind)


def _to_days(numbers: npt.NDArray[Any], is_known: Truths) -> npt.NDArray[Any]:
    days = _DAY_ZERO + numbers.astype(np.int64)
    return _spread(days, is_known, _nothing(is_known, "datetime64[D]", "NaT")).astype("M8[s]")


def _to_instants(numbers: npt.NDArray[Any], is_known: Truths) -> Any:
    moments = _INSTANT_ZERO + numbers.astype(np.int64)
    spread = _spread(moments, is_known, _nothing(is_known, "datetime64[us]", "NaT"))
    return pd.DatetimeIndex(spread).tz_localize("UTC").array


def _to_whole(numbers: npt.NDArray[Any], is_known: Truths) -> Any:
    return pd.arrays.IntegerArray(
        _spread(numbers, is_known, np.zeros(len(is_known), np.int64)), ~is_known
    )


def _to_flags(numbers: npt.NDArray[Any], is_known: Truths) -> Any:
    return pd.arrays.BooleanArray(
        _spread(numbers != 0, is_known, np.zeros(len(is_known), bool)), ~is_known
    )


def _to_numbers(numbers: npt.NDArray[Any], is_known: Truths) -> npt.NDArray[Any]:
    return _spread(numbers, is_known, np.full(len(is_known), np.nan))


_ARRAYS: dict[str, Callable[[npt.NDArray[Any], Truths], Any]] = {
    "date": _to_days,
    "timestamptz": _to_instants,
    "int4": _to_whole,
    "int8": _to_whole,
    "float8": _to_numbers,
    "bool": _to_flags,
}
