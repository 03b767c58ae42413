"""Vector tiles read number by number, as the specification says, to hold what we write against."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely

from gis.tiles.layers import LAYERS


@dataclass
class Layer:
    """A layer: its name, and its features as (id, kind of shape, what is said, commands)."""

    name: str = ""
    extent: int = 0
    features: list[tuple[int | None, int, dict[str, Any], list[int]]] = field(default_factory=list)


def read(content: bytes) -> dict[str, Layer]:
    """Return the layers of a tile by name; two of one name are a fault."""
    found: dict[str, Layer] = {}
    for number, value in _fields(content):
        assert number == 3
        layer = _layer(value)
        assert layer.name not in found, layer.name
        found[layer.name] = layer
    return found


def said(content: bytes, layer: str) -> list[dict[str, Any]]:
    """Return what is said of each feature of a layer."""
    known = read(content).get(layer, Layer())
    return [one for _, _, one, _ in known.features]


def corners(commands: list[int]) -> list[tuple[int, int]]:
    """Return the points of a shape: behind a command two zigzag numbers for each of its points."""
    found, at, x, y = [], 0, 0, 0
    while at < len(commands):
        count = 0 if commands[at] & 7 == 7 else commands[at] >> 3
        at += 1
        for _ in range(count):
            across, down = ((value >> 1) ^ -(value & 1) for value in commands[at : at + 2])
            x, y, at = x + across, y + down, at + 2
            found.append((x, y))
    return found


def tile_of(zoom: int, longitude: float, latitude: float) -> tuple[int, int]:
    """Return column and row of the tile a point lies in, by the formula of the slippy map."""
    count = 2**zoom
    turned = math.radians(latitude)
    column = (longitude + 180) / 360 * count
    row = (1 - math.log(math.tan(turned) + 1 / math.cos(turned)) / math.pi) / 2 * count
    return math.floor(column), math.floor(row)


def layer_addresses(path: str, points: Sequence[shapely.Point]) -> list[str]:
    """Return the addresses of every layer: its tiles on two days, far and near; its features."""
    name = "{collectionId}" if "{collectionId}" in path else "{layer}"
    path = path.replace("{tileMatrixSetId}", "WebMercatorQuad")
    found = [*dict.fromkeys(path.replace(name, layer) for layer in LAYERS)]
    if "{number}" in path:
        return [one.replace("{number}", str(number)) for one in found for number in (1, 2, 5, 14)]
    if "/tiles" not in path:
        return found
    path = path.replace("{tileMatrix}/{tileRow}/{tileCol}", "{z}/{y}/{x}")
    found = [path.replace(name, layer) for layer in LAYERS]
    if "{z}" in path:
        # The same tiles have another address; a few show that the door is as narrow.
        zooms = (13,) if path.startswith("/ogc") else (7, 13)
        at = [(zoom, *tile_of(zoom, point.x, point.y)) for zoom in zooms for point in points]
        found = [one.format(z=z, x=x, y=y) for one in found for z, x, y in dict.fromkeys(at)]
    days = ("",) if path.startswith("/ogc") else ("", "?as_of=2023-01-01")
    return [one + day for one in found for day in days]


def _layer(content: bytes) -> Layer:
    layer, keys, values, features = Layer(), [], [], []
    for number, value in _fields(content):
        if number == 1:
            layer.name = value.decode()
        elif number == 2:
            features.append(value)
        elif number == 3:
            keys.append(value.decode())
        elif number == 4:
            values.append(_value(value))
        elif number == 5:
            layer.extent = value
        else:
            assert (number, value) == (15, 2)
    for one in features:
        told = dict(_fields(one))
        tags = [*_numbers(told.get(2, b""))]
        said = {keys[a]: values[b] for a, b in zip(tags[::2], tags[1::2], strict=True)}
        layer.features.append((told.get(1), told[3], said, [*_numbers(told[4])]))
    return layer


def _value(content: bytes) -> Any:
    ((number, value),) = _fields(content)
    if number == 1:
        return value.decode()
    if number == 3:
        return struct.unpack("<d", value)[0]
    if number == 4:
        return value
    if number == 6:
        return (value >> 1) ^ -(value & 1)
    assert number in {5, 7}, number
    return value if number == 5 else bool(value)


def _fields(content: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(content):
        tag, at = _number(content, at)
        kind = tag & 7
        if kind == 0:
            value, at = _number(content, at)
            yield tag >> 3, value
            continue
        length = 8
        if kind == 2:
            length, at = _number(content, at)
        else:
            assert kind == 1, kind
        assert at + length <= len(content)
        yield tag >> 3, content[at : at + length]
        at += length


def _numbers(content: bytes) -> Iterator[int]:
    at = 0
    while at < len(content):
        value, at = _number(content, at)
        yield value


def _number(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
