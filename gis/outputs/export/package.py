"""The GeoPackage: full Chinese titles, real dates, rows without a shape kept (fiona's room)."""

from __future__ import annotations

import os
import secrets
from datetime import date
from pathlib import Path

import fiona
import fiona.io
import numpy as np
import shapely

from gis.crs import systems, transform
from gis.files import atomic
from gis.geometry import clean
from gis.outputs.export.columns import Spread
from gis.outputs.export.shapefile import records

_TYPES = {"text": "str", "day": "date", "number": "float", "integer": "int64"}


def write(
    spread: Spread, geoms: np.ndarray, out: Path, *, as_of: date, epsg: int = systems.STORE_EPSG
) -> None:
    """Write `geoms` (EPSG:4490, None = no shape) under the layer named as the file."""
    system = systems.parse(epsg)
    areas = clean.polygonal(geoms)
    has_shape = ~(shapely.is_missing(areas) | shapely.is_empty(areas))
    shapes = np.full(len(areas), None, dtype=object)
    shapes[has_shape] = transform.between(
        shapely.force_2d(areas[has_shape]), systems.STORE_EPSG, system
    )
    for row in np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON):
        shapes[row] = shapely.MultiPolygon([shapes[row]])
    schema = {
        "geometry": "MultiPolygon",
        "properties": {one.title: _TYPES[one.type] for one in spread.fields},
    }
    # In memory: what a disk refuses SQLite tells GDAL wrongly or not at all.
    with (
        # The file notes when it was made; the day of the findings keeps equal content equal.
        fiona.Env(OGR_CURRENT_DATE=f"{as_of.isoformat()}T00:00:00.000Z"),
        fiona.io.MemoryFile(filename=f"landwatch-{secrets.token_hex(8)}.gpkg") as made,
    ):
        with made.open(
            driver="GPKG",
            layer=os.fsencode(out.stem).decode("utf-8", "replace"),
            schema=schema,
            crs=system.definition,
            encoding="UTF-8",
        ) as collection:
            collection.writerecords(records(spread.titled(), shapes))
        content = made.read()
    with atomic.replacing(out) as draft:
        draft.write_bytes(content)
