"""Shapefiles and GeoPackages as bureaus send them, the same bytes every time (fiona)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import fiona
import numpy as np
from shapely import MultiPolygon, Polygon, transform
from shapely.geometry import mapping

from demo_data.ground import EPSG_PLAIN, EPSG_PREFIXED, PREFIX_M
from demo_data.patterns import Row
from demo_data.registers import Cell

Columns = Sequence[tuple[str, str, Cell]]  # header, fiona type, cell
LANGUAGE_BYTE_AT = 29  # of a DBF head: 0x4D says GBK, 0x00 says nothing
MADE_ON = "2026-06-30"


def write_layer(
    path: Path, layer: str, columns: Columns, rows: Sequence[Row], is_prefixed: bool = False
) -> None:
    """Put a layer of polygons into a GeoPackage, with or without the zone in front of Y."""
    is_many = any(isinstance(row["geom"], list) for row in rows)
    with (
        fiona.Env(OGR_CURRENT_DATE=f"{MADE_ON}T00:00:00.000Z"),
        fiona.open(
            path,
            "w",
            driver="GPKG",
            layer=layer,
            crs=f"EPSG:{EPSG_PREFIXED if is_prefixed else EPSG_PLAIN}",
            schema=_schema(columns, "MultiPolygon" if is_many else "Polygon"),
        ) as target,
    ):
        target.writerecords(_records(columns, rows, is_prefixed))


def write_shapefile(path: Path, columns: Columns, rows: Sequence[Row], language: int) -> None:
    """Write a GBK shapefile with the zone in front of Y and no `.cpg` to say that it is GBK."""
    with fiona.open(
        path,
        "w",
        driver="ESRI Shapefile",
        crs=f"EPSG:{EPSG_PREFIXED}",
        schema=_schema(columns, "Polygon"),
        encoding="GBK",
        DBF_DATE_LAST_UPDATE=MADE_ON,
    ) as target:
        target.writerecords(_records(columns, rows, True))
    path.with_suffix(".cpg").unlink()
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    content[LANGUAGE_BYTE_AT] = language
    table.write_bytes(content)


def _schema(columns: Columns, geometry: str) -> dict[str, Any]:
    return {"geometry": geometry, "properties": {header: kind for header, kind, _ in columns}}


def _records(columns: Columns, rows: Sequence[Row], is_prefixed: bool) -> list[dict[str, Any]]:
    records = []
    for at, row in enumerate(rows):
        properties = {header: _typed(kind, cell(row, at)) for header, kind, cell in columns}
        records.append({"geometry": _placed(row["geom"], is_prefixed), "properties": properties})
    return records


def _typed(kind: str, value: Any) -> Any:
    """Return a cell as fiona takes it: a whole number given to a column of floats becomes NULL."""
    if value in ("", None):
        return None
    return float(value) if kind.partition(":")[0] == "float" else value


def _placed(shape: Polygon | list[Polygon], is_prefixed: bool) -> dict[str, Any]:
    whole = MultiPolygon(shape) if isinstance(shape, list) else shape
    if is_prefixed:
        whole = transform(whole, lambda points: np.add(points, (PREFIX_M, 0)))
    return mapping(whole)
