"""OGC API Features: the features of a layer, by page, by place and by what a filter says.

/ogc/collections/{collectionId}/items              features of a layer
/ogc/collections/{collectionId}/items/{number}     one of them
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import shapely
from fastapi import APIRouter, Path, Query, Request, Response

from api.errors import BadParameterError
from api.ogc import filters as ogc_filters
from api.ogc import links as ogc_links
from api.ogc import systems as ogc_systems
from api.ogc.links import GEOJSON, JSON, PREFIX, LayerName, base, link
from api.ogc.systems import CRS84, STORED
from api.shown import JudgedRun
from api.tiles import layer_of
from api.v1 import pages
from gis.errors import UsageError
from gis.store import features, filtered
from gis.store.features import Sought

router = APIRouter(prefix=PREFIX, tags=["OGC API"], dependencies=[ogc_links.OnlyKnown])

System = Annotated[str, Query(max_length=100, description="坐标系 coordinate system")]
MOST_FEATURES = 10_000
# Digits behind the point: about a millimetre in degrees, a tenth of it in metres.
_DEGREE_DIGITS, _METRE_DIGITS = 8, 4


@router.get(
    "/collections/{collectionId}/items",
    summary="要素 features of a layer",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {}}}},
)
def items(
    name: LayerName,
    request: Request,
    shown: JudgedRun,
    limit: Annotated[int, Query(ge=1, le=MOST_FEATURES, description="要素数 features")] = 1_000,
    bbox: Annotated[str | None, Query(max_length=200, description="范围 where")] = None,
    bbox_crs: Annotated[str, Query(alias="bbox-crs", max_length=100)] = CRS84,
    crs: System = CRS84,
    moment: Annotated[
        str | None, Query(alias="datetime", max_length=60, description="时间 when, or from/until")
    ] = None,
    text: ogc_filters.Text = None,
    language: ogc_filters.Language = "cql2-text",
    of_shapes: ogc_filters.OfShapes = CRS84,
    after: Annotated[
        int, Query(ge=0, le=2**62, description="上一页最后一个要素 the last one of the page before")
    ] = 0,
) -> Response:
    """Features of a layer, a page at a time; `next` leads on.

    `datetime`: records that count by then, and those without a day; results are of the day judged,
    whatever it says. `filter`: CQL2, of the columns that `queryables` lists.
    """
    layer, run = layer_of(name), shown.run
    system = ogc_systems.known(crs, "crs")
    of_box = ogc_systems.known(bbox_crs, "bbox-crs")
    in_filter = ogc_systems.known(of_shapes, "filter-crs")
    sought = Sought(
        layer.where,
        shown.scope,
        [] if bbox is None else ogc_systems.box(bbox, of_box),
        until=_until(moment),
        met=None
        if text is None
        else filtered.condition(ogc_filters.tree_of(text, language, in_filter), layer.table),
    )

    def made() -> Response:
        rows = features.page(shown.connection, run, layer.table, sought, after, limit)
        links = [link(str(request.url), "self", GEOJSON, "本页 this page")]
        if len(rows) == limit:
            last = int(rows["number"].iloc[-1])
            query = dict(request.query_params) | {"after": last, "run": run.id}
            query.pop("as_of", None)
            href = f"{base(request)}/collections/{name}/items?{urlencode(query)}"
            links.append(link(href, "next", GEOJSON, "下一页 next page"))
        told: dict[str, Any] = {"type": "FeatureCollection", "links": links}
        if not after:
            told["numberMatched"] = (
                len(rows)
                if len(rows) < limit
                else features.count(shown.connection, run, layer.table, sought)
            )
        told |= {"numberReturned": len(rows), "run": run.id, "as_of": run.as_of.isoformat()}
        return _features(
            {**told, "features": drawn(rows, [*features.columns_of(layer.table)], system)}, system
        )

    return shown.once(made)


@router.get(
    "/collections/{collectionId}/items/{number}",
    summary="一个要素 one feature",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {}}}},
)
def item(
    name: LayerName,
    number: Annotated[int, Path(ge=1, le=2**62)],
    request: Request,
    shown: JudgedRun,
    crs: System = CRS84,
) -> Response:
    """One feature by its number; 404 where there is none, or none in the caller's land."""
    layer, system = layer_of(name), ogc_systems.known(crs, "crs")
    sought = Sought(layer.where, shown.scope, number=number)

    def made() -> Response:
        rows = features.page(shown.connection, shown.run, layer.table, sought, 0, 1)
        if rows.empty:
            raise UsageError(
                f"图层 {name} 没有要素 {number}。 The layer {name} has no feature {number}.",
                "从清单取编号 take a number of the list",
            )
        (told,) = drawn(rows, [*features.columns_of(layer.table)], system)
        here, asked = f"{base(request)}/collections/{name}", ogc_links.of_run(shown.run)
        told["links"] = [
            link(f"{here}/items/{number}{asked}", "self", GEOJSON, "本要素 this feature"),
            link(f"{here}{asked}", "collection", JSON, layer.title[0]),
        ]
        return _features(told, system)

    return shown.once(made)


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


def drawn(rows: pd.DataFrame, names: list[str], system: str) -> list[dict[str, Any]]:
    """Return rows as GeoJSON features in a system, with what they say in these columns."""
    shapes = rows["geom"].to_numpy(dtype=object)
    has_shape = ~shapely.is_missing(shapes)
    digits = _DEGREE_DIGITS if system in {CRS84, STORED} else _METRE_DIGITS
    there = shapes.copy()
    if has_shape.any():
        there[has_shape] = _rounded(ogc_systems.carried(shapes[has_shape], system), digits)
    # QGIS takes 20000000 for a number of 32 bits, and what is more in a later feature turns into
    # another one; 20000000.0 it takes for what it is.
    whole = {one: "Float64" for one in names if pd.api.types.is_integer_dtype(rows[one])}
    return [
        {
            "type": "Feature",
            "id": number,
            "geometry": None if shape is None else json.loads(shapely.to_geojson(shape)),
            "properties": said,
        }
        for number, shape, said in zip(
            rows["number"].tolist(), there, pages.rows_of(rows.astype(whole), names), strict=True
        )
    ]


def _rounded(shapes: np.ndarray, digits: int) -> np.ndarray:
    return np.asarray(shapely.transform(shapes, lambda points: points.round(digits)))


def _features(told: dict[str, Any], system: str) -> Response:
    headers = {"Content-Crs": f"<{system}>"}
    return Response(pages.text_of(told), media_type=GEOJSON, headers=headers)
