"""Files made for the intake tests: the ten square parcels they hold, in every form we read."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from hypothesis import settings

# Few examples by default, many in a long night.
EXAMPLES = settings(
    max_examples=10_000 if os.environ.get("LANDWATCH_LONG") else 30, deadline=None, derandomize=True
)

# 3-degree zone 37 (111 E), zone in front of Y; ten squares of 90 m, 8,100 m2 each.
EAST_M, NORTH_M, SIDE_M, AREA_M2 = 37_431_000.0, 4_400_500.0, 90.0, 8_100.0
COUNT = 10
CODES = [f"150699001001GB{n:05}" for n in range(1, COUNT + 1)]


def squares(count: int = COUNT) -> np.ndarray[Any, Any]:
    """Squares of 90 m, ten metres apart, in EPSG:4525."""
    west = EAST_M + 100.0 * np.arange(count)
    return np.asarray(shapely.box(west, NORTH_M, west + SIDE_M, NORTH_M + SIDE_M))


def parcels(**columns: Sequence[Any]) -> geopandas.GeoDataFrame:
    """The ten parcels with their codes, areas and days, and any further columns."""
    data: dict[str, Any] = {
        "宗地代码": CODES,
        "宗地面积": [AREA_M2] * COUNT,
        "登记日期": ["2016年8月28日"] * COUNT,
        "坐落": ["康巴什区"] * COUNT,
        **columns,
    }
    return geopandas.GeoDataFrame(data, geometry=squares(), crs="EPSG:4525")


def write_shapefile(path: Path, encoding: str = "GBK", has_cpg: bool = False) -> Path:
    """A shapefile as bureaus send it: Chinese in `encoding`, no language byte, no .cpg."""
    frame = parcels()
    names = [name for name in frame.columns if name != "geometry"]
    values = [frame[name].to_numpy() for name in names]
    values = [v if v.dtype.kind == "f" else v.astype(object) for v in values]
    # In UTF-8 four characters do not fit in dBASE's ten bytes: GDAL cuts them, and says so.
    told = pytest.warns(RuntimeWarning) if encoding == "UTF-8" else nullcontext()
    with told:
        pyogrio.raw.write(
            path, shapely.to_wkb(frame.geometry.to_numpy()), values, names,
            geometry_type="Polygon", crs="EPSG:4525", encoding=encoding,
        )  # fmt: skip
    if not has_cpg:
        path.with_suffix(".cpg").unlink()
    set_language_byte(path, 0)
    return path


def set_language_byte(path: Path, byte: int) -> None:
    """Write the byte in which dBASE claims a code page."""
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = byte
    path.with_suffix(".dbf").write_bytes(table)


def write_all(folder: Path) -> dict[str, Path]:
    """Every vector form we read, by name, each with the ten parcels."""
    frame = parcels()
    paths = {
        form: folder / f"parcels{suffix}"
        for form, suffix in (
            ("shapefile", ".shp"), ("geopackage", ".gpkg"), ("flatgeobuf", ".fgb"),
            ("filegdb", ".gdb"), ("geojson", ".geojson"), ("kml", ".kml"),
            ("parquet", ".parquet"), ("zip", ".zip"),
        )
    }  # fmt: skip
    write_shapefile(paths["shapefile"])
    frame.to_file(paths["geopackage"], layer="宗地")
    frame.to_file(paths["flatgeobuf"], driver="FlatGeobuf")
    frame.to_file(paths["filegdb"], driver="OpenFileGDB", layer="parcels")
    frame.to_crs(4326).to_file(paths["geojson"], driver="GeoJSON")
    frame.to_crs(4326).to_file(paths["kml"], driver="KML")
    frame.to_parquet(paths["parquet"])
    with zipfile.ZipFile(paths["zip"], "w") as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(paths["shapefile"].with_suffix(suffix), f"报件/宗地{suffix}")
    return paths


def write_workbook(path: Path, **sheets: Sequence[Sequence[Any]]) -> Path:
    """A workbook of plain rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def write_xls(path: Path, rows: Sequence[Sequence[Any]], name: str = "Sheet1") -> Path:
    """An old .xls workbook (BIFF8 in a compound file) of texts and numbers, byte by byte.

    A tuple is the kind of a record and its body behind row, column and format.
    """

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def text(value: str) -> bytes:
        return struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")

    cells = b""
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, str):
                cells += record(0x0204, struct.pack("<HHH", r, c, 0) + text(value))
            elif isinstance(value, tuple):
                cells += record(value[0], struct.pack("<HHH", r, c, 0) + value[1])
            elif value is not None:
                cells += record(0x0203, struct.pack("<HHHd", r, c, 0, float(value)))
    size = struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0)
    sheet = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    sheet += record(0x0200, size) + cells + record(0x000A, b"")
    title = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")
    start = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    offset = len(start) + 4 + 6 + len(title) + 4
    stream = start + record(0x0085, struct.pack("<IH", offset, 0) + title) + record(0x000A, b"")
    path.write_bytes(_compound(stream + sheet))
    return path


def _compound(stream: bytes) -> bytes:
    """A compound file with one stream called Workbook."""
    stream = stream.ljust(max(4096, -(-len(stream) // 512) * 512), b"\0")
    sectors = len(stream) // 512
    free, end, fat = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    table = [fat, end, *range(3, sectors + 2), end]
    entries = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0")
        + struct.pack("<HBBIII", len(name) * 2 + 2, kind, 1, free, free, child)
        + bytes(36)
        + struct.pack("<IQ", first, length)
        for name, kind, child, first, length in (
            ("Root Entry", 5, 1, end, 0),
            ("Workbook", 2, free, 2, len(stream)),
        )
    )
    head = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16)
    head += struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
    head += struct.pack("<I", 0) + struct.pack("<I", free) * 108
    head += struct.pack("<128I", *(table + [free] * (128 - len(table))))
    return head + entries.ljust(512, b"\0") + stream
