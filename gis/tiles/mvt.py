"""The bytes of a vector tile (Mapbox Vector Tile 2.1) that PostGIS does not make: points, squares.

A tile is its layers one behind the other, so what is made here is simply put behind what is made
there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from struct import pack

EXTENT = 4096
Value = str | int | float | bool
_POINT, _POLYGON = 1, 3
_MOVE, _LINE, _CLOSE = 9, 26, 15  # one point to go to, three lines, the ring is closed
_TAGS_FIELD, _KIND_FIELD, _SHAPE_FIELD = 0x12, 0x18, 0x22


@dataclass(frozen=True)
class Feature:
    """A point (side 0), or the square whose upper left corner it is, with what is said of it."""

    column: int
    row: int
    side: int
    said: Mapping[str, Value]


def layer(name: str, features: Sequence[Feature]) -> bytes:
    """Return a layer of features; nothing where there are none."""
    if not features:
        return b""
    keys: dict[str, int] = {}
    values: dict[tuple[type, Value], int] = {}
    written = b"".join(_field(0x12, _feature(one, keys, values)) for one in features)
    return _field(
        0x1A,
        _field(0x0A, name.encode())
        + written
        + b"".join(_field(0x1A, key.encode()) for key in keys)
        + b"".join(_field(0x22, _value(value)) for _, value in values)
        + b"\x28"
        + _number(EXTENT)
        + b"\x78\x02",
    )


def _feature(one: Feature, keys: dict[str, int], values: dict[tuple[type, Value], int]) -> bytes:
    tags = []
    for key, value in one.said.items():
        tags.append(_number(keys.setdefault(key, len(keys))))
        tags.append(_number(values.setdefault((type(value), value), len(values))))
    shape = _number(_MOVE) + _signed(one.column) + _signed(one.row)
    if one.side:
        shape += _number(_LINE) + _signed(one.side) + _signed(0) + _signed(0) + _signed(one.side)
        shape += _signed(-one.side) + _signed(0) + _number(_CLOSE)
    kind = _POLYGON if one.side else _POINT
    tagged = _field(_TAGS_FIELD, b"".join(tags))
    return tagged + bytes([_KIND_FIELD, kind]) + _field(_SHAPE_FIELD, shape)


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


def _signed(number: int) -> bytes:
    return _number(2 * number if number >= 0 else -2 * number - 1)


def _number(number: int) -> bytes:
    return _SHORT[number] if number < len(_SHORT) else _written(number)


def _written(number: int) -> bytes:
    """Return a number as a varint: seven bits a byte, the last byte without the eighth."""
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


# A tile of squares has tens of thousands of small numbers.
_SHORT = [_written(number) for number in range(1 << 14)]
