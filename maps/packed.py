"""Rows and their polygons as one short text: about a twelfth of the same rows as GeoJSON.

    base64( gzip( head length, head (JSON), column streams, geometry streams ) )

Every number is LEB128. A text column is the index into the column's words, a day the days since
1970-01-01, a number a multiple of 1/scale; 0 stands for unknown. The geometry streams are parts
a row, rings a part, points a ring, then the zigzagged steps of x and of y in 1e-6 degree (0.11 m:
for display; areas travel as a column). Outer rings run counter-clockwise and the closing point
is left out. `maps/static/unpack.js` reads it.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

Integers = npt.NDArray[np.int64]

DEGREE_STEPS = 1_000_000
_POLYGON = 3
_EPOCH = date(1970, 1, 1)
_MOST_BYTES = 1 << 30
_DIGEST_LETTERS = 16


@dataclass(frozen=True)
class Column:
    """A column that travels: kind text, day or number; a number is kept to 1/scale."""

    name: str
    kind: str = "text"
    scale: int = 1


def pack(frame: pd.DataFrame, columns: Sequence[Column], about: Mapping[str, Any]) -> str:
    """Return the rows of `frame` (column `geom`: degrees, EPSG:4490) as one base64 text.

    A column the frame lacks is left out; a row without a polygon keeps its attributes. `about` is
    put into the head as it is. The same input gives the same text.

    >>> row = pd.DataFrame({"name": ["A"], "geom": [shapely.box(109.5, 40.0, 109.6, 40.1)]})
    >>> unpack(pack(row, [Column("name")], {"layer": "parcels"})).columns
    {'name': ['A']}
    """
    present = [column for column in columns if column.name in frame.columns]
    entries: list[dict[str, Any]] = []
    streams: list[Integers] = []
    for column in present:
        values, words = _encode(frame[column.name], column)
        entry: dict[str, Any] = {"name": column.name, "kind": column.kind}
        if column.kind == "text":
            entry["words"] = words
        else:
            entry["scale"] = column.scale
        entries.append(entry)
        streams.append(values)
    head = {"about": dict(about), "rows": len(frame), "columns": entries}
    text = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    streams += _rings(polygons(frame))
    body = b"".join([_leb128(np.array([len(text)])), text, *map(_leb128, streams)])
    return base64.b64encode(gzip.compress(body, compresslevel=9, mtime=0)).decode("ascii")


@dataclass(frozen=True)
class Unpacked:
    """Rows as a page reads them: values by column (days in ISO form), a digest of each shape."""

    about: dict[str, Any]
    columns: dict[str, list[Any]]
    shapes: list[str | None]


def unpack(text: str) -> Unpacked:
    """Return what `pack` put into a text; ValueError where it is no such text."""
    with gzip.GzipFile(fileobj=io.BytesIO(base64.b64decode(text, validate=True))) as stream:
        body = stream.read(_MOST_BYTES)
    size, start = _first(body)
    head = json.loads(body[start : start + size])
    numbers = _numbers(body[start + size :])
    rows, at = int(head["rows"]), 0
    columns = {}
    for column in head["columns"]:
        columns[column["name"]] = _decode(numbers[at : at + rows], column)
        at += rows
    parts = numbers[at : at + rows]
    rings = numbers[at + rows : at + rows + int(parts.sum())]
    at += rows + len(rings)
    points = numbers[at : at + int(rings.sum())]
    at += len(points)
    steps = numbers[at:].reshape(2, -1)
    if int(points.sum()) != steps.shape[1]:
        raise ValueError("the shapes are cut short")
    # How many points there are up to each row: by its parts, their rings, and the rings' points.
    of_ring, of_part, of_row = (np.append(0, np.cumsum(one)) for one in (points, rings, parts))
    ends = of_ring[of_part[of_row]]
    xy = np.cumsum((steps >> 1) ^ -(steps & 1), axis=1)
    shapes = [
        hashlib.sha256(xy[:, first:last].tobytes()).hexdigest()[:_DIGEST_LETTERS]
        if last > first
        else None
        for first, last in itertools.pairwise(ends)
    ]
    return Unpacked(dict(head["about"]), columns, shapes)


def _decode(values: Integers, column: Mapping[str, Any]) -> list[Any]:
    if column["kind"] == "text":
        words = [None, *column["words"]]
        return [words[int(value)] for value in values]
    known = (values - 1 >> 1) ^ -(values - 1 & 1)
    if column["kind"] == "day":
        return [
            (_EPOCH + timedelta(days=int(day))).isoformat() if value else None
            for day, value in zip(known, values, strict=True)
        ]
    scale = int(column["scale"])
    return [
        int(number) / scale if value else None for number, value in zip(known, values, strict=True)
    ]


def _first(body: bytes) -> tuple[int, int]:
    """Return the first number of a stream and where it ends."""
    number = place = 0
    while True:
        byte = body[place]
        number |= (byte & 0x7F) << (7 * place)
        place += 1
        if byte < 0x80:
            return number, place


def _numbers(body: bytes) -> Integers:
    """Return every number of a stream."""
    stream = np.frombuffer(body, dtype=np.uint8).astype(np.int64)
    is_last = stream < 0x80
    starts = np.append(0, np.flatnonzero(is_last)[:-1] + 1)
    sizes = np.diff(np.append(starts, len(stream)))
    places = np.arange(len(stream)) - np.repeat(starts, sizes)
    if not len(stream):
        return np.zeros(0, dtype=np.int64)
    sums: Integers = np.add.reduceat((stream & 0x7F) << (7 * places), starts)
    return sums


def polygons(frame: pd.DataFrame) -> tuple[npt.NDArray[np.object_], Integers]:
    """Return every polygon of the frame's `geom` and the number of polygons of each row.

    Multipolygons and collections are taken apart; points, lines and empty shapes are left out.
    """
    if "geom" not in frame.columns or frame.empty:
        return np.array([], dtype=object), np.zeros(len(frame), dtype=np.int64)
    shapes = np.array(frame["geom"].tolist(), dtype=object)
    shapes[~np.asarray(shapely.is_valid_input(shapes), dtype=bool)] = None
    rows = np.arange(len(shapes))
    parts, source = shapely.get_parts(shapes, return_index=True)
    rows = rows[source]
    while (shapely.get_type_id(parts) > _POLYGON).any():
        parts, source = shapely.get_parts(parts, return_index=True)
        rows = rows[source]
    is_drawn = (shapely.get_type_id(parts) == _POLYGON) & ~shapely.is_empty(parts)
    return parts[is_drawn], np.bincount(rows[is_drawn], minlength=len(frame)).astype(np.int64)


def _rings(parts_and_counts: tuple[npt.NDArray[np.object_], Integers]) -> list[Integers]:
    parts, parts_count = parts_and_counts
    # One direction for outer rings lets the page fill many parcels in one path by the non-zero
    # rule: two parcels over one another then stay filled, and a hole stays a hole.
    rings, part_of_ring = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    points, ring_of_point = shapely.get_coordinates(rings, return_index=True)
    is_last = np.append(np.diff(ring_of_point) > 0, True)[: len(points)]
    points, ring_of_point = points[~is_last], ring_of_point[~is_last]
    steps = np.diff(np.rint(points * DEGREE_STEPS).astype(np.int64), axis=0, prepend=0)
    return [
        parts_count,
        np.bincount(part_of_ring, minlength=len(parts)).astype(np.int64),
        np.bincount(ring_of_point, minlength=len(rings)).astype(np.int64),
        _zigzag(steps[:, 0]),
        _zigzag(steps[:, 1]),
    ]


def _encode(series: pd.Series[Any], column: Column) -> tuple[Integers, list[str]]:
    if column.kind == "text":
        codes, words = pd.factorize(series)
        return codes.astype(np.int64) + 1, [str(word) for word in words]
    if column.kind == "day":
        days = pd.to_datetime(series).to_numpy(dtype="datetime64[D]")
        is_known = ~np.isnat(days)
        values = np.where(is_known, days.astype(np.int64), 0)
    else:
        numbers = pd.to_numeric(series).to_numpy(dtype="float64", na_value=np.nan)
        is_known = np.isfinite(numbers)
        values = np.rint(np.where(is_known, numbers, 0.0) * column.scale).astype(np.int64)
    return np.where(is_known, _zigzag(values) + 1, 0), []


def _zigzag(values: Integers) -> Integers:
    return (values << 1) ^ (values >> 63)


def _leb128(values: Integers) -> bytes:
    sizes = np.ones(len(values), dtype=np.int64)
    for bits in range(7, 63, 7):
        sizes += values >> bits > 0
    starts = np.cumsum(sizes) - sizes
    out = np.zeros(int(sizes.sum()), dtype=np.uint8)
    for place in range(int(sizes.max(initial=0))):
        has_byte = sizes > place
        more = np.where(sizes > place + 1, 0x80, 0)
        byte = ((values >> (7 * place)) & 0x7F) | more
        out[starts[has_byte] + place] = byte[has_byte]
    return out.tobytes()
