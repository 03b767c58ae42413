"""WFS 2.0, read-only, for programs that speak nothing else: /wfs?service=WFS&request=…

GetCapabilities, DescribeFeatureType and GetFeature of the layers of a run, asked by parameters.
Systems and filters: api.wfs.gml, api.wfs.filters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib import resources
from string import Template
from typing import Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

import pandas as pd
from fastapi import APIRouter, Request, Response

from api import faults_of_wfs, way
from api.errors import BadParameterError
from api.faults_of_wfs import XML
from api.ogc import items as ogc_items
from api.ogc import systems as ogc_systems
from api.shown import JudgedRun, Shown
from api.tiles import layer_of
from api.v1 import pages
from api.wfs import filters as wfs_filters
from api.wfs import gml as wfs_gml
from gis.store import feature_tables, features, filtered, queryables
from gis.store.feature_tables import Ordered
from gis.store.features import NUMBER, Sought
from gis.tiles.layers import LAYERS, Layer

GML, JSON = "application/gml+xml; version=3.2", "application/json"
MOST_FEATURES = 2_000
_FORMS = {GML: GML, "text/xml; subtype=gml/3.2": GML, "gml32": GML,
          JSON: JSON, "application/geo+json": JSON, "json": JSON}  # fmt: skip
_KNOWN = (
    "service version request typenames count startindex bbox srsname resourceid sortby resulttype"
    " outputformat filter propertyname namespaces acceptversions acceptformats sections"
).split()
_TYPES = {"text": "string", "date": "date", "float8": "double", "int8": "long", "int4": "int",
          "bool": "boolean"}  # fmt: skip
# What XML cannot hold; a text that has it says so by the sign of replacement.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

router = APIRouter(tags=["WFS"])
_OPENAPI: dict[str, Any] = {
    "parameters": [{"name": one, "in": "query", "schema": {"type": "string"}} for one in _KNOWN]
}


@router.get("/wfs", summary="WFS 2.0", openapi_extra=_OPENAPI, response_class=Response,
            responses={200: {"content": {XML: {}, GML: {}, JSON: {}}}})  # fmt: skip
def wfs(request: Request, shown: JudgedRun) -> Response:
    """GetCapabilities, DescribeFeatureType or GetFeature (2,000 at most, `next` leads on)."""
    given = {name.lower(): value for name, value in request.query_params.items() if value}
    given = {name: value for name, value in given.items() if name not in {"run", "as_of"}}
    given["typenames"] = given.pop("typename", given.get("typenames", ""))
    if strange := sorted({*given} - {*_KNOWN}):
        raise _refused(strange[0], "", _KNOWN)
    for name, start in (("service", "WFS"), ("version", "2.0")):
        if not given.get(name, start).upper().startswith(start):
            raise _refused(name, given[name], ("service=WFS&version=2.0.0",))
    operation = given.get("request", "").lower()
    if operation == "getcapabilities":
        return _capabilities(shown)
    if operation == "describefeaturetype":
        asked = given["typenames"] or ",".join(LAYERS)
        types = [_type(_layer(one)) for one in asked.split(",")]
        return Response(_filled("types", types="".join(types)), media_type=XML)
    if operation == "getfeature":
        return _features(shown, given)
    known = ("GetCapabilities", "DescribeFeatureType", "GetFeature")
    raise _refused("request", operation, known)


def _capabilities(shown: Shown) -> Response:
    codes = (4326, *range(4513, 4555))
    others = "".join(f"<OtherCRS>{wfs_gml.URN}{code}</OtherCRS>" for code in codes)
    types = []
    for one in LAYERS.values():
        sought = Sought(one.where, shown.scope)
        box = features.bounds(shown.connection, shown.run, one.table, sought)
        bounds = "" if box is None else (
            f"<ows:WGS84BoundingBox><ows:LowerCorner>{box[0]} {box[1]}</ows:LowerCorner>"
            f"<ows:UpperCorner>{box[2]} {box[3]}</ows:UpperCorner></ows:WGS84BoundingBox>"
        )  # fmt: skip
        told = {"name": one.name, "title": one.title[0], "english": one.title[1]}
        types.append(_filled("layer", **told, others=others, bounds=bounds))
    title = f"landwatch 土地监测 {shown.run.as_of} · 运行 run {shown.run.id}"
    given = {"here": quoteattr(_here(shown)), "most": str(MOST_FEATURES), "title": title}
    return Response(_filled("capabilities", types="".join(types), **given), media_type=XML)


def _type(layer: Layer) -> str:
    titles = queryables.of(layer.table)
    columns = "".join(
        f'<xs:element name="{name}" type="xs:{_TYPES[kind]}" minOccurs="0"><xs:annotation>'
        f"<xs:documentation>{escape(titles[name].title)}</xs:documentation>"
        "</xs:annotation></xs:element>\n"
        for name, kind in features.columns_of(layer.table).items()
    )
    return _filled("type", name=layer.name, columns=columns)


def _features(shown: Shown, given: Mapping[str, str]) -> Response:
    form = _FORMS.get(given.get("outputformat", GML).lower())
    if form is None or (form == JSON and "srsname" in given):
        raise _refused("outputFormat", given["outputformat"], (GML, f"{JSON} (CRS:84)"))
    layer = _layer(given["typenames"])
    sought = _sought(shown, layer, given)
    if given.get("resulttype", "results").lower() == "hits":
        matched = features.count(shown.connection, shown.run, layer.table, sought)
        return _collection([], str(matched), "")
    start = _whole(given, "startindex", 0)
    limit = min(_whole(given, "count", MOST_FEATURES), MOST_FEATURES)
    columns = _columns(given.get("propertyname", ""), layer)
    rows = feature_tables.page(
        shown.connection, shown.run, layer.table, sought, columns,
        _order(given.get("sortby", ""), layer), start, limit + 1,
    )  # fmt: skip
    following, matched_ = "", "unknown" if start else str(len(rows))
    if len(rows) > limit:
        query = {**given, "startindex": start + limit, "count": limit, "run": shown.run.id}
        following, matched_ = f"{_here(shown).partition('?')[0]}?{urlencode(query)}", "unknown"
    rows = rows.iloc[:limit]
    if form == JSON:
        told = {"type": "FeatureCollection", "numberReturned": len(rows), "next": following or None}
        drawn = ogc_items.drawn(rows, columns, ogc_systems.CRS84)
        return Response(pages.text_of({**told, "features": drawn}), media_type=JSON)
    into = wfs_gml.system(given.get("srsname", f"{wfs_gml.URN}4490"))
    return _collection(_members(rows, columns, layer, into), matched_, following)


def _members(
    rows: pd.DataFrame, columns: list[str], layer: Layer, into: wfs_gml.System
) -> list[str]:
    names = [f"{layer.name}.{number}" for number in rows[NUMBER].tolist()]
    drawn = wfs_gml.written(rows["geom"].to_numpy(dtype=object), into, [f"g.{n}" for n in names])
    return [
        f'<wfs:member><lw:{layer.name} gml:id="{name}">'
        + (shape and f"<lw:geom>{shape}</lw:geom>")
        + "".join(f"<lw:{one}>{_said(value)}</lw:{one}>"
                  for one, value in row.items() if value is not None)
        + f"</lw:{layer.name}></wfs:member>"
        for name, shape, row in zip(names, drawn, pages.rows_of(rows, columns), strict=True)
    ]  # fmt: skip


def _collection(members: list[str], matched: str, following: str) -> Response:
    told = _filled(
        "features", now=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", matched=matched,
        returned=str(len(members)), members="\n".join(members),
        following=following and f" next={quoteattr(following)}",
    )  # fmt: skip
    return Response(told, media_type=GML)


def _sought(shown: Shown, layer: Layer, given: Mapping[str, str]) -> Sought:
    conditions = []
    if "filter" in given:
        root = wfs_filters.parsed(given["filter"])
        conditions.append(wfs_filters.read(root, queryables.of(layer.table), layer.name))
    if "resourceid" in given:
        conditions.append(wfs_filters.resources(given["resourceid"].split(","), layer.name))
    if "bbox" in given:
        conditions.append(wfs_filters.within_box(given["bbox"]))
    tree = conditions[0] if len(conditions) == 1 else {"op": "and", "args": conditions}
    met = filtered.condition(tree, layer.table) if conditions else None
    return Sought(layer.where, shown.scope, met=met)


def _layer(name: str) -> Layer:
    return layer_of(name.strip("() ").rpartition(":")[2])


def _columns(text: str, layer: Layer) -> list[str]:
    known = [*features.columns_of(layer.table)]
    named = [one.strip().rpartition(":")[2] for one in text.strip("()").split(",") if one.strip()]
    if strange := sorted({*named} - {*known, "geom"}):
        raise _refused("propertyName", strange[0], known)
    return [one for one in known if one in named or not named]


def _order(text: str, layer: Layer) -> list[Ordered]:
    parts = [one.strip().partition(" ") for one in text.split(",") if one.strip()]
    return [Ordered(column, way.strip()[:1].upper() == "D")
            for name, _, way in parts for column in _columns(name, layer)]  # fmt: skip


def _whole(given: Mapping[str, str], name: str, standard: int) -> int:
    text = given.get(name, str(standard))
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise _refused(name, text, ("0, 1, 2 …",))
    return int(text)


def _said(value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return escape(_NO_XML.sub("\ufffd", text))


def _filled(template: str, /, **told: str) -> str:
    """Return a template of XML, filled with what is XML already."""
    place = resources.files("api").joinpath("static", f"wfs_{template}.xml")
    return Template(place.read_text(encoding="utf-8")).substitute(told)


def _here(shown: Shown) -> str:
    kept = {name: value for name, value in shown.request.query_params.items()
            if name in {"run", "as_of"}}  # fmt: skip
    return f"{way.base(shown.request)}{faults_of_wfs.PATH}?{urlencode(kept)}"


def _refused(name: str, value: str, known: Iterable[str]) -> BadParameterError:
    return BadParameterError(
        f"{name[:40]}：不提供 {value[:60]}。 {name[:40]}: {value[:60]!r} is not offered.",
        f"可用 use: {', '.join(known)}",
    )
