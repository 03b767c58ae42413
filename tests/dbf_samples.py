"""Shapefiles whose table is written byte by byte, as programs other than GDAL leave it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path

import geopandas

from tests.intake_samples import squares

Field = tuple[bytes, str, int, int]  # name, type letter, width, decimals


def write_raw(
    path: Path,
    fields: Sequence[Field],
    rows: Sequence[Sequence[bytes]],
    *,
    language: int = 0x4D,
    cpg: str | None = None,
    deleted: Sequence[int] = (),
) -> Path:
    """Write squares of 90 m with a table of cells as they are given, padded with blanks.

    `language` is the byte that claims a code page (0x4D: GBK); `deleted` are rows from 0.
    """
    geopandas.GeoDataFrame(geometry=squares(len(rows)), crs="EPSG:4525").to_file(path)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    table = path.with_suffix(".dbf")
    write_table(table, fields, rows, language=language, cpg=cpg, deleted=deleted)
    return path


def write_table(
    path: Path,
    fields: Sequence[Field],
    rows: Sequence[Sequence[bytes]],
    *,
    language: int = 0x4D,
    cpg: str | None = None,
    deleted: Sequence[int] = (),
    version: int = 3,
) -> Path:
    """Write a table alone; arguments as for `write_raw`."""
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    width = 1 + sum(size for _, _, size, _ in fields)
    head = struct.pack("<4BIHH", version, 124, 1, 1, len(rows), 33 + 32 * len(fields), width)
    head += bytes(17) + bytes([language]) + bytes(2)
    for name, letter, size, decimals in fields:
        head += struct.pack("<11sc4xBB14x", name, letter.encode(), size, decimals)
    body = b"".join(
        (b"*" if at in deleted else b" ")
        + b"".join(
            cell.ljust(size) if letter in "CLD" else cell.rjust(size)
            for cell, (_, letter, size, _) in zip(row, fields, strict=True)
        )
        for at, row in enumerate(rows)
    )
    path.write_bytes(head + b"\r" + body + b"\x1a")
    return path
