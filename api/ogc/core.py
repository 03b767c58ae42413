"""OGC API: stored results and records as features and tiles, for QGIS, GDAL and other programs.

/ogc                                          where to begin
/ogc/conformance                              what of the standards is held
/ogc/api                                      what every address takes and gives
/ogc/collections/{collectionId}               a layer: its extent, its coordinate systems
/ogc/collections/{collectionId}/schema        what its features say
/ogc/collections/{collectionId}/queryables    what they may be asked by
/ogc/collections/{collectionId}/items         its features (api.ogc.items)
/ogc/collections/{collectionId}/tiles         its tiles (api.ogc.tiles)

Features, parts 1 (core, GeoJSON), 2 (coordinate systems) and 3 (filters), and Tiles; read-only.
Any of these addresses may name a run (`run`) or a day judged (`as_of`), and leads to the same.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from fastapi import APIRouter, Request, Response

from api import docs
from api.ogc import links as ogc_links
from api.ogc.links import GEOJSON, JSON, PREFIX, SCHEMA, LayerName, answer, as_asked, base, link
from api.ogc.systems import CRS84, STORED, SYSTEMS
from api.shown import AnyRun, JudgedRun
from api.tiles import layer_of
from gis.store import features, queryables
from gis.store.features import Sought
from gis.store.queryables import DAY, FLAG, SHAPE, TEXT, Queryable
from gis.store.runs import Run
from gis.tiles.layers import LAYERS, Layer

router = APIRouter(prefix=PREFIX, tags=["OGC API"], dependencies=[ogc_links.OnlyKnown])

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
_JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
_SPEC = "http://www.opengis.net/spec"
_CQL2 = (
    *("cql2-text", "cql2-json", "basic-cql2", "advanced-comparison-operators"),
    *("case-insensitive-comparison", "property-property", "basic-spatial-functions"),
    *("basic-spatial-functions-plus", "spatial-functions"),
)
CONFORMS = (
    f"{_SPEC}/ogcapi-common-1/1.0/conf/core",
    f"{_SPEC}/ogcapi-common-2/1.0/conf/collections",
    *(f"{_SPEC}/ogcapi-features-1/1.0/conf/{one}" for one in ("core", "oas30", "geojson")),
    f"{_SPEC}/ogcapi-features-2/1.0/conf/crs",
    *(f"{_SPEC}/ogcapi-features-3/1.0/conf/{one}" for one in ("queryables", "filter")),
    f"{_SPEC}/ogcapi-features-3/1.0/conf/features-filter",
    *(f"{_SPEC}/cql2/1.0/conf/{one}" for one in _CQL2),
    *(f"{_SPEC}/ogcapi-tiles-1/1.0/conf/{one}" for one in ("core", "tileset", "tilesets-list")),
    *(f"{_SPEC}/ogcapi-tiles-1/1.0/conf/{one}" for one in ("geodata-tilesets", "mvt")),
    *(f"{_SPEC}/tms/2.0/conf/{one}" for one in ("tilematrixset", "json-tilematrixset")),
)
_DEFINITIONS = "http://www.opengis.net/def/rel/ogc/1.0"
QUERYABLES, TILESETS = f"{_DEFINITIONS}/queryables", f"{_DEFINITIONS}/tilesets-vector"
TILING_SCHEMES = f"{_DEFINITIONS}/tiling-schemes"
_TYPES: dict[str, dict[str, Any]] = {
    TEXT: {"type": "string"},
    FLAG: {"type": "boolean"},
    DAY: {"type": "string", "format": "date"},
    SHAPE: {"format": "geometry-any", "x-ogc-role": "primary-geometry"},
}


@router.get("", summary="OGC API 起点 where to begin", dependencies=[AnyRun])
def landing(request: Request) -> Response:
    """Where everything is."""
    here, asked = base(request), as_asked(request)
    links = [
        link(f"{here}{asked}", "self", JSON, "本页 this page"),
        link(f"{here}/conformance{asked}", "conformance", JSON, "符合性 conformance"),
        link(f"{here}/collections{asked}", "data", JSON, "图层 layers"),
        link(f"{here}/tileMatrixSets{asked}", TILING_SCHEMES, JSON, "瓦片方案 schemes of tiles"),
        link(f"{here}/api{asked}", "service-desc", OPENAPI, "接口说明 what every address takes"),
    ]
    title = "landwatch 土地监测"
    return answer({"title": title, "description": "判定结果与资料，只读 read-only", "links": links})


@router.get("/conformance", summary="符合性 what of the standards is held", dependencies=[AnyRun])
def conformance() -> Response:
    """Which parts of the standards are held."""
    return answer({"conformsTo": [*CONFORMS]})


@router.get(
    "/api",
    summary="接口说明 what every address of OGC API takes",
    dependencies=[AnyRun],
    response_class=Response,
    responses={200: {"content": {OPENAPI: {}}}},
)
def api(request: Request) -> Response:
    """What every address of /ogc takes and gives, as OpenAPI 3.0 and from /ogc on."""
    told = docs.described(request)
    paths = {
        path.removeprefix(PREFIX) or "/": entry
        for path, entry in told["paths"].items()
        if path == PREFIX or path.startswith(f"{PREFIX}/")
    }
    of_ogc = {one: told[one] for one in ("info", "components", "security")}
    whole = {"openapi": "3.0.3", "servers": [{"url": base(request)}], **of_ogc, "paths": paths}
    whole["components"] = {
        "securitySchemes": told["components"]["securitySchemes"],
        "schemas": {"Problem": told["components"]["schemas"]["Problem"]},
    }
    return answer(_of_3_0(deepcopy(whole)), OPENAPI)


@router.get("/collections", summary="图层 layers")
def collections(request: Request, shown: JudgedRun) -> Response:
    """Every layer of a run."""
    href = f"{base(request)}/collections{as_asked(request)}"
    return answer(
        {
            "links": [link(href, "self", JSON, "图层 layers")],
            "collections": [_told(request, shown.run, layer, None) for layer in LAYERS.values()],
            "crs": [*SYSTEMS],
        }
    )


@router.get("/collections/{collectionId}", summary="一个图层 a layer")
def collection(name: LayerName, request: Request, shown: JudgedRun) -> Response:
    """One layer of a run, and where its features lie that the caller may see."""
    layer = layer_of(name)

    def made() -> Response:
        sought = Sought(layer.where, shown.scope)
        box = features.bounds(shown.connection, shown.run, layer.table, sought)
        return answer(_told(request, shown.run, layer, box))

    return shown.once(made)


@router.get(
    "/collections/{collectionId}/queryables",
    summary="可查询的列 what features of a layer may be asked by",
    dependencies=[AnyRun],
    response_class=Response,
    responses={200: {"content": {SCHEMA: {}, JSON: {}}}},
)
def queryables_of(name: LayerName, request: Request) -> Response:
    """What the features of a layer may be asked by, as JSON Schema: types, titles, codes."""
    layer = layer_of(name)
    known = queryables.of(layer.table).values()
    told = {
        "$schema": _JSON_SCHEMA,
        "$id": f"{base(request)}/collections/{name}/queryables",
        "type": "object",
        "title": layer.title[0],
        "description": layer.title[1],
        "properties": {one.name: _schema(one) for one in known},
        "additionalProperties": False,
        # GDAL 3.6 of Debian 12 reads the draft of the standard: no filter goes to a server
        # without this list.
        "queryables": [{"id": one.name} for one in known],
    }
    accepted = request.headers.get("accept", "")
    return answer(told, JSON if JSON in accepted and SCHEMA not in accepted else SCHEMA)


@router.get(
    "/collections/{collectionId}/schema",
    summary="要素的列 what features of a layer say",
    dependencies=[AnyRun],
    response_class=Response,
    responses={200: {"content": {SCHEMA: {}}}},
)
def schema_of(name: LayerName, request: Request) -> Response:
    """What a feature of a layer says, as JSON Schema of its GeoJSON.

    GDAL guesses types from the first features it meets else: it takes money for numbers of 32 bits,
    and cuts off what is more than 21 million yuan.
    """
    layer = layer_of(name)
    known = queryables.of(layer.table)
    said = {one: _schema(known[one], "number") for one in features.columns_of(layer.table)}
    told = {
        "$schema": _JSON_SCHEMA,
        "$id": f"{base(request)}/collections/{name}/schema",
        "type": "object",
        "title": layer.title[0],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": _schema(known[queryables.ID]),
            "geometry": _schema(known[queryables.GEOMETRY]),
            "properties": {"type": "object", "properties": said},
        },
    }
    return answer(told, SCHEMA)


def _schema(column: Queryable, whole: str = "integer") -> dict[str, Any]:
    """Return what JSON Schema says of a column; `whole`: what whole numbers are called."""
    number = {"type": whole if column.is_integer else "number"}
    told = {"title": column.title, **_TYPES.get(column.kind, number)}
    if column.codes:
        words = "；".join(f"{code} {word}" for code, word in column.codes.items())
        told |= {"enum": [*column.codes], "description": words}
    return told


def _told(
    request: Request,
    run: Run,
    layer: Layer,
    box: tuple[float, float, float, float] | None,
) -> dict[str, Any]:
    here, title = f"{base(request)}/collections/{layer.name}", layer.title[0]
    asked = ogc_links.of_run(run)
    told: dict[str, Any] = {
        "id": layer.name,
        "title": title,
        "description": f"{layer.title[1]} · {run.as_of} · 运行 run {run.id}",
        "itemType": "feature",
        "crs": [*SYSTEMS],
        "storageCrs": STORED,
        "links": [
            link(f"{here}{asked}", "self", JSON, title),
            link(f"{here}/items{asked}", "items", GEOJSON, f"{title} 要素"),
            # GDAL looks for it in this writing.
            link(f"{here}/schema{asked}", "describedBy", SCHEMA, f"{title} 列"),
            link(f"{here}/queryables{asked}", QUERYABLES, SCHEMA, f"{title} 可查询的列"),
            # As drafts of the standard called it, and GDAL 3.6 does.
            link(f"{here}/queryables{asked}", "queryables", JSON, f"{title} 可查询的列"),
            link(f"{here}/tiles{asked}", TILESETS, JSON, f"{title} 瓦片"),
        ],
    }
    if box is not None:
        told["extent"] = {"spatial": {"bbox": [[*box]], "crs": CRS84}}
    return told


def _of_3_0(told: Any) -> Any:
    """Return a description written for OpenAPI 3.1 as 3.0 writes it, which knows no type "null"."""
    if isinstance(told, list):
        return [_of_3_0(one) for one in told]
    if not isinstance(told, dict):
        return told
    found = {name: _of_3_0(one) for name, one in told.items()}
    if isinstance(kinds := found.get("type"), list):
        found |= {"type": next(one for one in kinds if one != "null"), "nullable": True}
    if {"type": "null"} in found.get("anyOf", ()):
        (kind,) = (one for one in found.pop("anyOf") if one != {"type": "null"})
        found = {**kind, **found}
    return found
