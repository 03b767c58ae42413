"""What the service and its layers say of themselves: fields, codes, extent, what may be asked."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from api import store
from api.arcgis import asked, fields, shapes
from api.arcgis.asked import Form
from api.arcgis.fields import OBJECT_ID
from api.arcgis.tokens import VERSION
from api.identity import requires
from api.v1 import pages
from gis.accounts.caller import Caller
from gis.errors import UsageError
from gis.store import features, runs
from gis.store.database import Connection
from gis.store.features import Sought
from gis.store.runs import Run
from gis.tiles.layers import LAYERS, Layer

SERVER = "/rest/services/{service}/FeatureServer"
MOST_ROWS = 2_000
FORMATS = "JSON, geoJSON"
OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
Service = Annotated[str, Path(max_length=40, description="landwatch, or landwatch-RUN")]
Number = Annotated[int, Path(ge=0, le=999, description="图层 number of a layer")]
_SERVICE = re.compile(r"landwatch(?:-([1-9][0-9]{0,8}))?")
ONLY_FORMAT = {"parameters": [{"name": "f", "in": "query", "schema": {"type": "string"}}]}
_OUTLINES = ((197, 48, 48), (221, 118, 28), (128, 60, 160), (31, 120, 160))
_ABLE = {
    "useStandardizedQueries": True, "supportsStatistics": True, "supportsOrderBy": True,
    "supportsDistinct": True, "supportsPagination": True, "supportsTrueCurve": False,
    "supportsReturningQueryExtent": True, "supportsQueryWithDistance": False,
    "supportsSqlExpression": False, "supportsAdvancedQueryRelated": False,
    "supportsQueryWithResultType": False, "supportsReturningGeometryCentroid": False,
    "supportsHavingClause": False, "supportsCountDistinct": True,
    "supportsQueryWithHistoricMoment": False, "supportsPaginationOnAggregatedQueries": True,
    "supportsQueryWithDatumTransformation": False, "supportsCoordinatesQuantization": False,
    "supportsMaxRecordCountFactor": False, "supportsReturningGeometryProperties": False,
    "supportsFullTextSearch": False, "supportsQueryAttachments": False,
    "supportedSpatialRelationships": [
        "esriSpatialRelIntersects", "esriSpatialRelContains", "esriSpatialRelWithin",
        "esriSpatialRelEnvelopeIntersects",
    ],
}  # fmt: skip

router = APIRouter(route_class=Form)


@router.get(SERVER, summary="FeatureServer", openapi_extra=ONLY_FORMAT)
def server(
    service: Service, request: Request, connection: OneConnection, caller: Reader
) -> Response:
    """Which layers there are of a run."""
    _format(request)
    run = run_of(connection, service)
    layers = [
        {"id": number, "name": one.title[0], "type": "Feature Layer", "parentLayerId": -1,
         "defaultVisibility": number == 0, "subLayerIds": None, "minScale": 0, "maxScale": 0,
         "geometryType": "esriGeometryPolygon"}
        for number, one in enumerate(LAYERS.values())
    ]  # fmt: skip
    told = {
        "currentVersion": VERSION,
        "serviceDescription": f"土地监测，只读 read-only · {run.as_of} · 运行 run {run.id}",
        "description": "", "copyrightText": "", "hasVersionedData": False,
        "maxRecordCount": MOST_ROWS, "supportsDisconnectedEditing": False, "syncEnabled": False,
        "capabilities": "Query", "supportedQueryFormats": FORMATS, "allowGeometryUpdates": False,
        "units": "esriDecimalDegrees", "hasStaticData": True,
        "spatialReference": shapes.told(shapes.STORED),
        "fullExtent": _whole(connection, run, caller), "layers": layers, "tables": [],
        "initialExtent": _whole(connection, run, caller),
    }  # fmt: skip
    return pages.answer(told)


@router.get(f"{SERVER}/layers", summary="所有图层 all layers", openapi_extra=ONLY_FORMAT)
def layers(
    service: Service, request: Request, connection: OneConnection, caller: Reader
) -> Response:
    """Every layer of a run, described as a whole."""
    _format(request)
    run = run_of(connection, service)
    told = [_layer(connection, run, number, caller) for number in range(len(LAYERS))]
    return pages.answer({"layers": told, "tables": []})


@router.get(f"{SERVER}/{{number}}", summary="一个图层 a layer", openapi_extra=ONLY_FORMAT)
def layer(
    service: Service, number: Number, request: Request, connection: OneConnection, caller: Reader
) -> Response:
    """One layer of a run, and where its features lie that the caller may see."""
    _format(request)
    return pages.answer(_layer(connection, run_of(connection, service), number, caller))


def run_of(connection: Connection, service: str) -> Run:
    """Return the run a service tells of; UsageError where there is no such service or run."""
    met = _SERVICE.fullmatch(service)
    if met is None:
        raise UsageError(
            f"没有服务 {service}。 There is no service {service!r}.",
            "可用 use: landwatch, or landwatch-RUN",
        )
    return runs.chosen(connection, int(met[1]) if met[1] else None)


def layer_of(number: int) -> Layer:
    """Return the layer of a number; UsageError where there is none."""
    known = [*LAYERS.values()]
    if number >= len(known):
        raise UsageError(
            f"没有图层 {number}。 There is no layer {number}.", f"0 – {len(known) - 1}"
        )
    return known[number]


def _format(request: Request) -> None:
    asked.format_of(request)
    asked.of(request, ())


def _whole(connection: Connection, run: Run, caller: Caller) -> dict[str, Any]:
    return _extent(connection, run, LAYERS["findings"], caller)


def _extent(connection: Connection, run: Run, layer: Layer, caller: Caller) -> dict[str, Any]:
    box = features.bounds(connection, run, layer.table, Sought(layer.where, caller.scope))
    if box is None:
        # As ArcGIS writes that there is none.
        empty = dict.fromkeys(("xmin", "ymin", "xmax", "ymax"), "NaN")
        return {**empty, "spatialReference": shapes.told(shapes.STORED)}
    return shapes.bounds(box, shapes.STORED)


def _layer(connection: Connection, run: Run, number: int, caller: Caller) -> dict[str, Any]:
    one = layer_of(number)
    known = fields.of(one.table)
    shown = next((name for name in ("name", "project_name", "parcel_code") if name in known), None)
    return {
        "currentVersion": VERSION, "id": number, "name": one.title[0], "type": "Feature Layer",
        "description": f"{one.title[1]} · {run.as_of} · 运行 run {run.id}", "copyrightText": "",
        "parentLayer": None, "subLayers": [], "minScale": 0, "maxScale": 0,
        "defaultVisibility": number == 0, "geometryType": "esriGeometryPolygon",
        "hasZ": False, "hasM": False, "hasAttachments": False,
        "htmlPopupType": "esriServerHTMLPopupTypeNone",
        "extent": _extent(connection, run, one, caller),
        "sourceSpatialReference": shapes.told(shapes.STORED), "displayField": shown or OBJECT_ID,
        "objectIdField": OBJECT_ID, "globalIdField": "", "typeIdField": None,
        "uniqueIdField": {"name": OBJECT_ID, "isSystemMaintained": True},
        "fields": [fields.told(each, is_whole=True) for each in known.values()],
        "indexes": [], "types": [], "templates": [], "relationships": [],
        "dateFieldsTimeReference": {"timeZone": "UTC", "respectsDaylightSaving": False},
        "drawingInfo": _drawing(number), "capabilities": "Query", "maxRecordCount": MOST_ROWS,
        "standardMaxRecordCount": MOST_ROWS, "tileMaxRecordCount": MOST_ROWS,
        "maxRecordCountFactor": 1, "supportedQueryFormats": FORMATS, "hasStaticData": True,
        "supportsStatistics": True, "supportsAdvancedQueries": True, "supportsCalculate": False,
        "supportsRollbackOnFailureParameter": False, "supportsTruncate": False,
        "isDataVersioned": False, "allowGeometryUpdates": False, "editFieldsInfo": None,
        "ownershipBasedAccessControlForFeatures": None, "advancedQueryCapabilities": _ABLE,
    }  # fmt: skip


def _drawing(number: int) -> dict[str, Any]:
    colour = _OUTLINES[number % len(_OUTLINES)]
    symbol = {
        "type": "esriSFS", "style": "esriSFSSolid", "color": [*colour, 60],
        "outline": {
            "type": "esriSLS", "style": "esriSLSSolid", "color": [*colour, 255], "width": 1,
        },
    }  # fmt: skip
    renderer = {"type": "simple", "symbol": symbol, "label": "", "description": ""}
    return {"renderer": renderer, "transparency": 0, "labelingInfo": None}
