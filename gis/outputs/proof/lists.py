"""CSV lists and shapefiles read back: their cells, and their shapes by digest."""

from __future__ import annotations

import csv
import hashlib
import io
import struct
from pathlib import Path
from typing import Any

from gis.outputs.proof.cells import LIST, Group
from gis.outputs.proof.unreadable import UnreadableError

_FIELD_BYTES = 32
_FIELDS_END = 0x0D
_DELETED = 0x2A
_SHP_HEAD = 100
_DIGEST_LETTERS = 16


def read_csv(path: Path, name: str) -> list[Group]:
    """Return the cells of a CSV: the titles first, every value a text."""
    lines = csv.reader(io.StringIO(_decoded(path.read_bytes()), newline=""))
    try:
        rows = [(f"第 {number} 行", *line) for number, line in enumerate(lines, start=1)]
    except csv.Error as fault:
        raise UnreadableError(f"CSV 读不懂 cannot be read: {fault}") from fault
    return [Group(name, LIST, 0, tuple(rows))]


def read_dbf(path: Path, name: str) -> list[Group]:
    """Return the cells of a dBASE table: the titles first, every value a text."""
    content = path.read_bytes()
    try:
        count, start, size = struct.unpack_from("<IHH", content, 4)
        fields = []
        for at in range(_FIELD_BYTES, start - 1, _FIELD_BYTES):
            if content[at] == _FIELDS_END:
                break
            title = content[at : at + 11].split(b"\0")[0]
            fields.append((_decoded(title), content[at + 16]))
    except (struct.error, IndexError) as fault:
        raise UnreadableError(f"DBF 读不懂 cannot be read: {fault}") from fault
    rows: list[tuple[Any, ...]] = [("字段", *(title for title, _ in fields))]
    for number in range(min(count, (len(content) - start) // size if size else 0)):
        record = content[start + number * size : start + (number + 1) * size]
        values, at = [], 1
        for _, width in fields:
            values.append(_decoded(record[at : at + width]).strip(" \0") or None)
            at += width
        label = f"第 {number + 1} 条" + ("（已删除 deleted）" if record[0] == _DELETED else "")
        rows.append((label, *values, *(["已删除"] if record[0] == _DELETED else [])))
    return [Group(name, LIST, 0, tuple(rows))]


def read_shp(path: Path, name: str) -> list[Group]:
    """Return one row per shape, told by its digest."""
    content = path.read_bytes()
    rows, at = [], _SHP_HEAD
    while at + 8 <= len(content):
        number, words = struct.unpack_from(">ii", content, at)
        if words < 0:
            raise UnreadableError("SHP 读不懂 cannot be read")
        shape = content[at + 8 : at + 8 + 2 * words]
        rows.append((f"图形 shape {number}", hashlib.sha256(shape).hexdigest()[:_DIGEST_LETTERS]))
        at += 8 + 2 * words
    return [Group(name, LIST, -1, tuple(rows))]


def _decoded(content: bytes) -> str:
    for codec in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(codec)
        except UnicodeDecodeError:
            continue
    return content.decode("latin-1")
