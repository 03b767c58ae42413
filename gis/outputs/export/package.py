"""The GeoPackage: full Chinese titles, real dates, rows without a shape kept (fiona's room).

Its styles lie in the table `layer_styles`, where QGIS looks for them: it draws the layer by the
first, and offers the others.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import shapely

from gis.crs import systems, transform
from gis.files import atomic
from gis.geometry import clean
from gis.outputs.export.columns import Spread
from gis.outputs.export.shapefile import records

_TYPES = {"text": "str", "day": "date", "number": "float", "integer": "int64"}
_STYLES = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256),
    styleName TEXT(30), styleQML TEXT, styleSLD TEXT, useAsDefault BOOLEAN,
    description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now'))
)
"""


@dataclass(frozen=True)
class LayerStyle:
    """How QGIS may draw a layer: a name of at most 30 letters, and the style as QML."""

    name: str
    qml: str


def write(
    spread: Spread,
    geoms: np.ndarray,
    out: Path,
    *,
    as_of: date,
    epsg: int = systems.STORE_EPSG,
    styles: Sequence[LayerStyle] = (),
) -> None:
    """Write `geoms` (EPSG:4490, None = no shape) under the layer named as the file.

    `styles`: how QGIS may draw it, the one it takes by itself first.
    """
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
    made_at = f"{as_of.isoformat()}T00:00:00.000Z"
    layer = os.fsencode(out.stem).decode("utf-8", "replace")
    # In memory: what a disk refuses SQLite tells GDAL wrongly or not at all.
    import fiona.io  # its GDAL takes a server 30 MB: loaded by the first file alone

    with (
        # The file notes when it was made; the day of the findings keeps equal content equal.
        fiona.Env(OGR_CURRENT_DATE=made_at),
        fiona.io.MemoryFile(filename=f"landwatch-{secrets.token_hex(8)}.gpkg") as made,
    ):
        with made.open(
            driver="GPKG",
            layer=layer,
            schema=schema,
            crs=system.definition,
            encoding="UTF-8",
        ) as collection:
            types = {one.title: one.type for one in spread.fields}
            collection.writerecords(records(spread.titled(), shapes, types))
        content = made.read()
    if styles:
        content = _styled(content, layer, styles, made_at)
    with atomic.replacing(out) as draft:
        draft.write_bytes(content)


def _styled(content: bytes, layer: str, styles: Sequence[LayerStyle], made_at: str) -> bytes:
    """Return a GeoPackage with the styles of its layer, the table declared as QGIS declares it."""
    with closing(sqlite3.connect(":memory:")) as package:
        package.deserialize(content)
        with package:
            row = package.execute(
                "SELECT column_name FROM gpkg_geometry_columns WHERE table_name = ?", (layer,)
            ).fetchone()
            package.execute(_STYLES)
            package.executemany(
                "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name,"
                " f_geometry_column, styleName, styleQML, styleSLD, useAsDefault, description,"
                " owner, ui, update_time) VALUES ('', '', ?, ?, ?, ?, '', ?, ?, '', NULL, ?)",
                [
                    (layer, row[0], one.name, one.qml, place == 0, one.name, made_at)
                    for place, one in enumerate(styles)
                ],
            )
            package.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier, description,"
                " last_change, srs_id) VALUES ('layer_styles', 'attributes', 'layer_styles', '',"
                " ?, 0)",
                (made_at,),
            )
            package.execute(
                "INSERT INTO gpkg_ogr_contents (table_name, feature_count) VALUES (?, ?)",
                ("layer_styles", len(styles)),
            )
        return package.serialize()
