"""Queries of a layer: features by page, how many, which, where, what groups of them add up to."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import shapely
from fastapi import APIRouter, Request, Response

from api.arcgis import asked, asking, fields, shapes
from api.arcgis.asked import FORM, GEOJSON, Form
from api.arcgis.asking import Asked, column_of
from api.arcgis.description import (
    SERVER,
    Number,
    OneConnection,
    Reader,
    Service,
    layer_of,
    run_of,
)
from api.arcgis.fields import OBJECT_ID, Field
from api.errors import BadParameterError
from gis.arrays import Shapes
from gis.store import feature_tables, features
from gis.store.database import Connection
from gis.store.runs import Run

_PARAMETERS = (*asking.KNOWN, "f")
_IN_ADDRESS = {
    "parameters": [
        {"name": name, "in": "query", "schema": {"type": "string"}} for name in _PARAMETERS
    ],
    "responses": {"200": {"content": {GEOJSON: {}}}},
}
_IN_FORM = {
    "requestBody": {
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {name: {"type": "string"} for name in _PARAMETERS},
                }
            }
        }
    },
    "responses": {"200": {"content": {GEOJSON: {}}}},
}
_WHERE = f"{SERVER}/{{number}}/query"
router = APIRouter(route_class=Form)


@router.get(_WHERE, summary="查询 query a layer", openapi_extra=_IN_ADDRESS)
@router.post(_WHERE, summary="查询 query a layer", openapi_extra=_IN_FORM)
def query(
    service: Service, number: Number, request: Request, connection: OneConnection, caller: Reader
) -> Response:
    """Features of a layer: those that meet `where`, `objectIds` and `geometry`, all of them.

    At most 2,000 at once; `exceededTransferLimit` says that there are more, `resultOffset` goes on.
    """
    form = asked.format_of(request, {"geojson": GEOJSON})
    layer, run = layer_of(number), run_of(connection, service)
    is_geojson = form == "geojson"
    # GeoJSON is of degrees where nothing is said.
    standard = 4326 if is_geojson else shapes.STORED
    one = asking.read(asked.of(request, asking.KNOWN), layer, caller.scope, standard)
    told = _answered(connection, run, layer.table, one, is_geojson=is_geojson)
    text = json.dumps(
        told, ensure_ascii=False, allow_nan=False, indent=2 * (form == "pjson") or None
    )
    return Response(text, media_type=GEOJSON if "type" in told else asked.JSON)


def _answered(
    connection: Connection, run: Run, table: str, one: Asked, *, is_geojson: bool
) -> dict[str, Any]:
    if "returnExtentOnly" in one.flags:
        return _extent(connection, run, table, one)
    if "returnIdsOnly" in one.flags and "returnCountOnly" not in one.flags:
        numbers = feature_tables.numbers(connection, run, table, one.sought)
        return {"objectIdFieldName": OBJECT_ID, "objectIds": numbers}
    if one.statistics or "returnDistinctValues" in one.flags:
        return _grouped(connection, run, table, one)
    if "returnCountOnly" in one.flags:
        return {"count": features.count(connection, run, table, one.sought)}
    return _features(connection, run, table, one, is_geojson=is_geojson)


def _extent(connection: Connection, run: Run, table: str, one: Asked) -> dict[str, Any]:
    box = features.bounds(connection, run, table, one.sought)
    told: dict[str, Any] = {
        "extent": {**dict.fromkeys(("xmin", "ymin", "xmax", "ymax"), "NaN"),
                   "spatialReference": shapes.told(one.system)}
        if box is None
        else shapes.bounds(box, one.system)
    }  # fmt: skip
    if "returnCountOnly" in one.flags:
        told["count"] = features.count(connection, run, table, one.sought)
    return told


def _features(
    connection: Connection, run: Run, table: str, one: Asked, *, is_geojson: bool
) -> dict[str, Any]:
    has_shapes = "returnGeometry" in one.flags
    # One more than is given: whether there are more.
    rows = feature_tables.page(
        connection, run, table, one.sought, [column_of(each) for each in one.columns],
        _of_columns(one), one.offset, one.limit + 1, has_shapes=has_shapes,
    )  # fmt: skip
    is_more = len(rows) > one.limit
    keeps = not is_more or "returnExceededLimitFeatures" in one.flags
    rows = rows.iloc[: one.limit if keeps else 0]
    shown = {OBJECT_ID: one.known[OBJECT_ID]} | {each.name: each for each in one.columns}
    cells = fields.values(rows, [(column_of(each), each.kind) for each in shown.values()])
    said = [dict(zip(shown, row, strict=True)) for row in zip(*cells, strict=True)]
    drawn: Shapes | None = rows["geom"].to_numpy(dtype=object) if has_shapes else None
    if drawn is not None:
        drawn = _drawn(drawn, one)
    if is_geojson:
        return _geojson(said, drawn, one, is_more=is_more)
    told: dict[str, Any] = {
        "objectIdFieldName": OBJECT_ID,
        "uniqueIdField": {"name": OBJECT_ID, "isSystemMaintained": True},
        "globalIdFieldName": "",
    }
    if drawn is not None:
        told["geometryType"] = "esriGeometryPolygon"
        told["spatialReference"] = shapes.told(one.system)
    told["fields"] = [fields.told(each) for each in shown.values()]
    if is_more:
        told["exceededTransferLimit"] = True
    if drawn is None:
        return told | {"features": [{"attributes": each} for each in said]}
    rings = shapes.written(drawn, one.digits)
    return told | {
        "features": [
            {"attributes": each} | ({} if ring is None else {"geometry": ring})
            for each, ring in zip(said, rings, strict=True)
        ]
    }


def _geojson(
    said: list[dict[str, Any]], drawn: Shapes | None, one: Asked, *, is_more: bool
) -> dict[str, Any]:
    told: dict[str, Any] = {"type": "FeatureCollection"}
    if one.system != 4326:
        told["crs"] = {"type": "name", "properties": {"name": f"EPSG:{one.system}"}}
    if is_more:
        told |= {"exceededTransferLimit": True, "properties": {"exceededTransferLimit": True}}
    shapes_ = np.full(len(said), None) if drawn is None else drawn
    rounded = shapely.transform(shapes_, lambda points: points.round(one.digits))
    texts = shapely.to_geojson(shapely.orient_polygons(rounded))
    told["features"] = [
        {"type": "Feature", "id": each[OBJECT_ID], "properties": each,
         "geometry": None if text is None else json.loads(text)}
        for each, text in zip(said, texts.tolist(), strict=True)
    ]  # fmt: skip
    return told


def _drawn(drawn: Shapes, one: Asked) -> Shapes:
    """Return shapes in the system of the answer, coarser where that is asked for."""
    there = shapes.carried(drawn, one.system)
    if one.coarseness:
        there = shapely.simplify(there, one.coarseness, preserve_topology=True)
    return there


def _grouped(connection: Connection, run: Run, table: str, one: Asked) -> dict[str, Any]:
    """Return what groups add up to; without figures the values there are, each once."""
    groups = one.groups if one.statistics else one.columns
    names = [column_of(each) for each in groups]
    if "returnCountOnly" in one.flags:
        found = feature_tables.group_count(connection, run, table, one.sought, names)
        return {"count": found if groups else 1}
    measures = [(each.how, column_of(each.field)) for each in one.statistics]
    strange = [each.by for each in one.order if isinstance(each.by, str) and each.by not in names]
    if strange:
        raise BadParameterError(
            f"orderByFields：{strange[0]} 不在结果中。 {strange[0]!r} is not in the answer.",
            "按 order by what is grouped by, or a statistic",
        )
    rows, kinds = feature_tables.grouped(
        connection, run, table, one.sought, names, measures, one.order, one.offset, one.limit + 1
    )
    is_more = len(rows) > one.limit
    rows = rows.iloc[: one.limit]
    own = [Field(each.name, each.name, kind, each.name, {})
           for each, kind in zip(one.statistics, kinds[len(names) :], strict=True)]  # fmt: skip
    shown = [*groups, *own]
    cells = fields.values(rows, [(str(place), kind) for place, kind in enumerate(kinds)])
    told: dict[str, Any] = {"fields": [fields.told(each) for each in shown]}
    if is_more:
        told["exceededTransferLimit"] = True
    called = [each.name for each in shown]
    told["features"] = [
        {"attributes": dict(zip(called, row, strict=True))} for row in zip(*cells, strict=True)
    ]
    return told


def _of_columns(one: Asked) -> list[feature_tables.Ordered]:
    return [each for each in one.order if isinstance(each.by, str)]
