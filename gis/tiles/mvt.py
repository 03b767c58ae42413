"""The bytes of a vector tile (Mapbox Vector Tile 2.1) that PostGIS does not make: points, squares.

A tile is its layers one behind the other, so what is made here is simply put behind what is made
there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from struct import pack
from typing import Any

import numpy as np
import numpy.typing as npt

EXTENT = 4096
Value = str | int | float | bool
Ints = npt.NDArray[np.int64]
_POINT, _POLYGON = 1, 3
_MOVE, _LINE, _CLOSE = 9, 26, 15  # one point to go to, three lines, the ring is closed
_TAGS_FIELD, _KIND_FIELD, _SHAPE_FIELD = 0x12, 0x18, 0x22
_FEATURE_FIELD, _KEY_FIELD, _VALUE_FIELD = 0x12, 0x1A, 0x22
_MOST_VARINT_BYTES = 5


@dataclass(frozen=True)
class Squares:
    """Squares of a side, by their upper left corners, and what is said of them.

    Of square `of` is said under `keys[key]` what is `values[value]`.
    """

    column: Ints
    row: Ints
    side: int
    keys: Sequence[str]
    values: Sequence[Value]
    of: Ints
    key: Ints
    value: Ints


def point(name: str, column: int, row: int, said: Mapping[str, Value]) -> bytes:
    """Return a layer of one point, which says a value once, whoever has it."""
    values: dict[tuple[type, Value], int] = {}
    places = [values.setdefault((type(one), one), len(values)) for one in said.values()]
    tags = b"".join(_number(key) + _number(place) for key, place in enumerate(places))
    shape = _number(_MOVE) + _number(_zigzag(column)) + _number(_zigzag(row))
    written = _field(_TAGS_FIELD, tags) + bytes([_KIND_FIELD, _POINT]) + _field(_SHAPE_FIELD, shape)
    return _layer(name, _field(_FEATURE_FIELD, written), [*said], [value for _, value in values])


def squares(name: str, drawn: Squares) -> bytes:
    """Return a layer of squares; nothing where there are none.

    All that a feature is, is numbers of one to five bytes: they are laid out for all squares, and
    written at once.
    """
    count = len(drawn.column)
    if not count:
        return b""
    order = np.lexsort((drawn.key, drawn.of))
    of = np.repeat(drawn.of[order], 2)
    tags = np.stack([drawn.key[order], drawn.value[order]], axis=1).reshape(-1)
    tags_bytes = np.bincount(of, _bytes_of(tags), count).astype(np.int64)
    there, back = _zigzag(drawn.side), _zigzag(-drawn.side)
    shape = _rows(_MOVE, _zigzag(drawn.column), _zigzag(drawn.row),
                  _LINE, there, 0, 0, there, back, 0, _CLOSE)  # fmt: skip
    tail = np.hstack([
        _rows(_KIND_FIELD, _POLYGON, _SHAPE_FIELD, _bytes_of(shape).sum(axis=1)), shape
    ])  # fmt: skip
    whole = 1 + _bytes_of(tags_bytes) + tags_bytes + _bytes_of(tail).sum(axis=1)
    head = _rows(_FEATURE_FIELD, whole, _TAGS_FIELD, tags_bytes)
    numbers = np.concatenate([head.reshape(-1), tags, tail.reshape(-1)])
    each = np.arange(count)
    square = np.concatenate([each.repeat(head.shape[1]), of, each.repeat(tail.shape[1])])
    written = _varints(numbers[np.argsort(square, kind="stable")])
    return _layer(name, written, drawn.keys, drawn.values)


def _layer(name: str, features: bytes, keys: Sequence[str], values: Sequence[Value]) -> bytes:
    return _field(
        0x1A,
        _field(0x0A, name.encode())
        + features
        + b"".join(_field(_KEY_FIELD, key.encode()) for key in keys)
        + b"".join(_field(_VALUE_FIELD, _value(value)) for value in values)
        + b"\x28"
        + _number(EXTENT)
        + b"\x78\x02",
    )


def _rows(*numbers: Any) -> Ints:
    """Return a row of numbers for each square; what is one number is the same in all of them."""
    found: Ints = np.stack(np.broadcast_arrays(*map(np.int64, numbers)), axis=1)
    return found


def _zigzag(number: Any) -> Any:
    """Return a number as a shape has it, none below nothing: 0, -1, 1, -2 are 0, 1, 2, 3."""
    return (number << 1) ^ (number >> 63)


def _bytes_of(numbers: Ints) -> Ints:
    """Return how many bytes each number takes: seven bits in each."""
    bounds = 1 << 7 * np.arange(1, _MOST_VARINT_BYTES)
    return np.searchsorted(bounds, numbers, side="right") + 1


def _varints(numbers: Ints) -> bytes:
    """Return the bytes of numbers: seven bits in each, the last without the eighth."""
    place = np.arange(_MOST_VARINT_BYTES)
    left = _bytes_of(numbers)[:, None] - place
    written = (numbers[:, None] >> 7 * place) & 0x7F | np.where(left > 1, 0x80, 0)
    return written[left > 0].astype(np.uint8).tobytes()


def _value(value: Value) -> bytes:
    if isinstance(value, bool):
        return b"\x38" + _number(int(value))
    if isinstance(value, int):
        return b"\x20" + _number(value & 0xFFFFFFFFFFFFFFFF)
    if isinstance(value, float):
        return b"\x19" + pack("<d", value)
    return _field(0x0A, value.encode())


def _field(tag: int, content: bytes) -> bytes:
    return bytes([tag]) + _number(len(content)) + content


def _number(number: int) -> bytes:
    """Return a number as a varint: seven bits a byte, the last byte without the eighth."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)
