"""OGC API Features: stored results and records as features, for QGIS, GDAL and other programs.

/ogc                                          where to begin
/ogc/conformance                              what of the standard is held
/ogc/collections/{layer}                      a layer: its extent, its coordinate systems
/ogc/collections/{layer}/items                its features, by page, by place
/ogc/collections/{layer}/items/{number}       one of them

Parts 1 (core, GeoJSON) and 2 (coordinate systems), read-only.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import shapely
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api import ogc_systems, store
from api.docs import OPENAPI
from api.errors import BadParameterError
from api.identity import requires
from api.ogc_systems import CRS84, STORED, SYSTEMS
from api.tiles import OfRun, layer_of
from api.v1 import pages
from gis.accounts.caller import Caller
from gis.errors import UsageError
from gis.store import features, runs
from gis.store.database import Connection
from gis.store.features import Sought
from gis.store.runs import Run
from gis.tiles.layers import LAYERS, Layer


def only_known(request: Request) -> None:
    """Refuse a parameter that the address does not take, as the standard asks for."""
    known = {one.alias for one in request.scope["route"].dependant.query_params}
    strange = sorted({*request.query_params} - known)
    if strange:
        raise BadParameterError(
            f"不认识的参数 {strange[0][:60]}。 There is no parameter {strange[0][:60]!r} here.",
            f"可用 use: {', '.join(sorted(known))}",
        )


router = APIRouter(prefix="/ogc", tags=["OGC API"], dependencies=[Depends(only_known)])

GEOJSON = "application/geo+json"
OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
OnDay = Annotated[date | None, Query(description="判定日 the run that judged this day")]
System = Annotated[str, Query(max_length=100, description="坐标系 coordinate system")]
MOST_FEATURES = 10_000
_CONFORMS = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
)
# Digits behind the point: about a millimetre in degrees, a tenth of it in metres.
_DEGREE_DIGITS, _METRE_DIGITS = 8, 4


@router.get("", summary="OGC API 起点 where to begin")
def landing(request: Request, caller: Reader) -> Response:
    """Where everything is."""
    del caller
    base = _base(request)
    links = [
        _link(base, "self", "application/json", "本页 this page"),
        _link(f"{base}/conformance", "conformance", "application/json", "符合性 conformance"),
        _link(f"{base}/collections", "data", "application/json", "图层 layers"),
        _link(
            f"{str(request.base_url).rstrip('/')}{OPENAPI}",
            "service-desc",
            "application/vnd.oai.openapi+json;version=3.0",
            "接口说明 what every address takes",
        ),
    ]
    title = "landwatch 土地监测"
    return _answer(
        {"title": title, "description": "判定结果与资料，只读 read-only", "links": links}
    )


@router.get("/conformance", summary="符合性 what of the standard is held")
def conformance(caller: Reader) -> Response:
    """Which parts of the standard are held."""
    del caller
    return _answer({"conformsTo": [*_CONFORMS]})


@router.get("/collections", summary="图层 layers")
def collections(
    request: Request,
    connection: OneConnection,
    caller: Reader,
    run: OfRun = None,
    as_of: OnDay = None,
) -> Response:
    """Every layer of a run."""
    del caller
    found = runs.chosen(connection, run, as_of)
    base = f"{_base(request)}/collections"
    return _answer(
        {
            "links": [_link(base, "self", "application/json", "图层 layers")],
            "collections": [_told(request, found, layer, None) for layer in LAYERS.values()],
            "crs": [*SYSTEMS],
        }
    )


@router.get("/collections/{layer}", summary="一个图层 a layer")
def collection(
    layer: str,
    request: Request,
    connection: OneConnection,
    caller: Reader,
    run: OfRun = None,
    as_of: OnDay = None,
) -> Response:
    """One layer of a run, and where its features lie that the caller may see."""
    asked, found = layer_of(layer), runs.chosen(connection, run, as_of)
    tag = pages.etag(request, caller, found)
    if pages.is_known(request, tag):
        return pages.unchanged(tag)
    sought = Sought(asked.where, caller.scope)
    box = features.bounds(connection, found, asked.table, sought)
    return _answer(_told(request, found, asked, box), tag)


@router.get(
    "/collections/{layer}/items",
    summary="要素 features of a layer",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {}}}},
)
def items(
    layer: str,
    request: Request,
    connection: OneConnection,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=MOST_FEATURES, description="要素数 features")] = 1_000,
    bbox: Annotated[str | None, Query(max_length=200, description="范围 where")] = None,
    bbox_crs: Annotated[str, Query(alias="bbox-crs", max_length=100)] = CRS84,
    crs: System = CRS84,
    moment: Annotated[
        str | None, Query(alias="datetime", max_length=60, description="时间 when, or from/until")
    ] = None,
    after: Annotated[
        int, Query(ge=0, le=2**62, description="上一页最后一个要素 the last one of the page before")
    ] = 0,
    run: OfRun = None,
    as_of: OnDay = None,
) -> Response:
    """Features of a layer, a page at a time; `next` leads on.

    `datetime`: records that count by then, and those without a day; results are of the day judged,
    whatever it says.
    """
    asked, found = layer_of(layer), runs.chosen(connection, run, as_of)
    system = ogc_systems.known(crs, "crs")
    of_box = ogc_systems.known(bbox_crs, "bbox-crs")
    places = [] if bbox is None else ogc_systems.box(bbox, of_box)
    tag = pages.etag(request, caller, found)
    if pages.is_known(request, tag):
        return pages.unchanged(tag)
    sought = Sought(asked.where, caller.scope, places, until=_until(moment))
    rows = features.page(connection, found, asked.table, sought, after, limit)
    base = f"{_base(request)}/collections/{layer}/items"
    links = [_link(str(request.url), "self", GEOJSON, "本页 this page")]
    if len(rows) == limit:
        query = dict(request.query_params) | {
            "after": int(rows["number"].iloc[-1]),
            "run": found.id,
        }
        query.pop("as_of", None)
        links.append(_link(f"{base}?{urlencode(query)}", "next", GEOJSON, "下一页 next page"))
    told: dict[str, Any] = {"type": "FeatureCollection", "links": links}
    if not after:
        told["numberMatched"] = (
            len(rows)
            if len(rows) < limit
            else features.count(connection, found, asked.table, sought)
        )
    told |= {"numberReturned": len(rows), "run": found.id, "as_of": found.as_of.isoformat()}
    return _features({**told, "features": _drawn(rows, asked, system)}, system, tag)


@router.get(
    "/collections/{layer}/items/{number}",
    summary="一个要素 one feature",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {}}}},
)
def item(
    layer: str,
    number: Annotated[int, Path(ge=1, le=2**62)],
    request: Request,
    connection: OneConnection,
    caller: Reader,
    crs: System = CRS84,
    run: OfRun = None,
    as_of: OnDay = None,
) -> Response:
    """One feature by its number; 404 where there is none, or none in the caller's land."""
    asked, found = layer_of(layer), runs.chosen(connection, run, as_of)
    system = ogc_systems.known(crs, "crs")
    sought = Sought(asked.where, caller.scope, number=number)
    rows = features.page(connection, found, asked.table, sought, 0, 1)
    if rows.empty:
        raise UsageError(
            f"图层 {layer} 没有要素 {number}。 The layer {layer} has no feature {number}.",
            "从清单取编号 take a number of the list",
        )
    (told,) = _drawn(rows, asked, system)
    base = f"{_base(request)}/collections/{layer}"
    told["links"] = [
        _link(f"{base}/items/{number}", "self", GEOJSON, "本要素 this feature"),
        _link(base, "collection", "application/json", asked.title[0]),
    ]
    return _features(told, system, pages.etag(request, caller, found))


def _until(moment: str | None) -> date | None:
    """Return the last day of an instant or interval, None where it is open or nothing is asked."""
    if moment is None:
        return None
    ends = moment.split("/")
    try:
        found = [None if one in {"", ".."} else _day(one) for one in ends]
    except ValueError:
        found = []
    known = [one for one in found if one is not None]
    if not 1 <= len(found) <= 2 or found == [None] or known != sorted(known):
        raise BadParameterError(
            f"datetime：{moment} 不是时间。 datetime: {moment!r} is no time.",
            "写成 write it like 2026-06-30, 2020-01-01/2026-06-30 or ../2026-06-30",
        )
    return found[-1]


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date() if "T" in text else date.fromisoformat(text)


def _told(
    request: Request,
    run: Run,
    layer: Layer,
    box: tuple[float, float, float, float] | None,
) -> dict[str, Any]:
    base = f"{_base(request)}/collections/{layer.name}"
    told: dict[str, Any] = {
        "id": layer.name,
        "title": layer.title[0],
        "description": f"{layer.title[1]} · {run.as_of} · 运行 run {run.id}",
        "itemType": "feature",
        "crs": [*SYSTEMS],
        "storageCrs": STORED,
        "links": [
            _link(base, "self", "application/json", layer.title[0]),
            _link(f"{base}/items?run={run.id}", "items", GEOJSON, f"{layer.title[0]} 要素"),
        ],
    }
    if box is not None:
        told["extent"] = {"spatial": {"bbox": [[*box]], "crs": CRS84}}
    return told


def _drawn(rows: pd.DataFrame, layer: Layer, system: str) -> list[dict[str, Any]]:
    shapes = rows["geom"].to_numpy(dtype=object)
    has_shape = ~shapely.is_missing(shapes)
    digits = _DEGREE_DIGITS if system in {CRS84, STORED} else _METRE_DIGITS
    there = shapes.copy()
    if has_shape.any():
        there[has_shape] = _rounded(ogc_systems.carried(shapes[has_shape], system), digits)
    names = [*features.columns_of(layer.table)]
    return [
        {
            "type": "Feature",
            "id": number,
            "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
            "properties": said,
        }
        for number, shape, said in zip(
            rows["number"].tolist(), there, pages.rows_of(rows, names), strict=True
        )
    ]


def _rounded(shapes: np.ndarray, digits: int) -> np.ndarray:
    return np.asarray(shapely.transform(shapes, lambda points: points.round(digits)))


def _features(told: dict[str, Any], system: str, tag: str) -> Response:
    headers = {"ETag": tag, "Content-Crs": f"<{system}>"}
    return Response(pages.text_of(told), media_type=GEOJSON, headers=headers)


def _answer(told: dict[str, Any], tag: str | None = None) -> Response:
    return pages.answer(told, tag)


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/ogc"


def _link(href: str, rel: str, kind: str, title: str) -> dict[str, str]:
    return {"href": href, "rel": rel, "type": kind, "title": title}
