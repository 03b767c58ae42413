"""Shapes written byte by byte, and files that hold these very bytes."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Sequence
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as parquet
import pyogrio
from shapely import box

from gis.crs import systems, transform
from gis.geometry import areas
from gis.intake.read import Reading

EAST_M, NORTH_M = 37_400_000.0, 4_400_000.0  # zone 37, EPSG:4525
Point = tuple[float, float]


def at(*points: Point) -> list[Point]:
    """Points given in metres from a corner."""
    return [(EAST_M + x, NORTH_M + y) for x, y in points]


def wkb(kind: int, *members: bytes) -> bytes:
    return struct.pack("<BII", 1, kind, len(members)) + b"".join(members)


def line(kind: int, points: Sequence[Sequence[float]]) -> bytes:
    numbers = b"".join(struct.pack(f"<{len(point)}d", *point) for point in points)
    return struct.pack("<BII", 1, kind, len(points)) + numbers


def ring(points: Sequence[Point]) -> bytes:
    return struct.pack("<I", len(points)) + b"".join(struct.pack("<2d", *point) for point in points)


CIRCLE = at((0, 100), (100, 200), (200, 100), (100, 0), (0, 100))  # radius 100 m about 100, 100
SQUARE = at((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))


def geopackage(path: Path, shapes: Sequence[bytes], declared: str = "GEOMETRY") -> Path:
    """A GeoPackage whose shapes are these very bytes, whatever GDAL would make of them."""
    codes = [f"150699001001GB{n:05}" for n in range(1, len(shapes) + 1)]
    frame = geopandas.GeoDataFrame(
        {"宗地代码": codes}, geometry=[box(*at((0, 0))[0], *at((1, 1))[0])] * len(shapes),
        crs="EPSG:4525",
    )  # fmt: skip
    pyogrio.write_dataframe(frame, path, layer="宗地")
    head = b"GP\x00\x01" + struct.pack("<i", 4525)
    connection = sqlite3.connect(path)
    with connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for number, shape in enumerate(shapes, 1):
            connection.execute('UPDATE "宗地" SET geom = ? WHERE fid = ?', (head + shape, number))
        connection.execute("UPDATE gpkg_geometry_columns SET geometry_type_name = ?", (declared,))
    connection.close()
    return path


def geoparquet(path: Path, shapes: Sequence[bytes]) -> Path:
    """The same as GeoParquet."""
    system = systems.parse("EPSG:4525")
    column = {"encoding": "WKB", "geometry_types": [], "crs": system.definition}
    geo = {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
    codes = [f"150699001001GB{n:05}" for n in range(1, len(shapes) + 1)]
    table = pa.table({"宗地代码": codes, "geometry": pa.array(shapes, pa.binary())})
    parquet.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
    return path


def planar_m2(reading: Reading, row_no: int) -> float:
    geom = reading.rows.set_index("row_no")["geom"][row_no]
    return float(areas.planar_area_m2(transform.to_zone(np.array([geom], dtype=object), 37))[0])


def told(reading: Reading, code: str) -> pd.DataFrame:
    return reading.issues[reading.issues["code"] == code]


def codes(reading: Reading) -> set[str]:
    return set(reading.issues["code"])
