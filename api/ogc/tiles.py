"""OGC API Tiles: the tiles of /tiles by the standard's own addresses, row before column.

/ogc/tileMatrixSets                                                which schemes there are
/ogc/tileMatrixSets/WebMercatorQuad                                the one there is
/ogc/collections/{collectionId}/tiles                              which tilesets a layer has
/ogc/collections/{collectionId}/tiles/WebMercatorQuad              what its tileset holds
/ogc/collections/{collectionId}/tiles/WebMercatorQuad/{tileMatrix}/{tileRow}/{tileCol}

A tile is asked of any day, as at /tiles.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from api.ogc import links as ogc_links
from api.ogc.links import JSON, PREFIX, LayerName, answer, as_asked, base, link
from api.ogc.systems import CRS84
from api.shown import AnyRun, Shown, ToldDay
from api.tiles import MVT, layer_of, tile_of
from gis.errors import UsageError
from gis.store import features
from gis.store.features import Sought
from gis.tiles import matrix_set, told
from gis.tiles.address import Address
from gis.tiles.layers import Layer

router = APIRouter(prefix=PREFIX, tags=["OGC API"], dependencies=[ogc_links.OnlyKnown])

_TILING_SCHEME = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
_GEODATA = "http://www.opengis.net/def/rel/ogc/1.0/geodata"
SetName = Annotated[str, Path(alias="tileMatrixSetId", max_length=60)]


def _number(name: str) -> Any:
    return Path(alias=name, ge=0, le=2**31 - 1)


@router.get("/tileMatrixSets", summary="瓦片方案 schemes of tiles", dependencies=[AnyRun])
def sets(request: Request) -> Response:
    """Which tile matrix sets there are: one."""
    here, name = f"{base(request)}/tileMatrixSets", matrix_set.NAME
    one = {
        "id": name,
        "title": name,
        "uri": matrix_set.URI,
        "crs": matrix_set.CRS,
        "links": [link(f"{here}/{name}{as_asked(request)}", "self", JSON, name)],
    }
    return answer({"tileMatrixSets": [one]})


@router.get(
    "/tileMatrixSets/{tileMatrixSetId}",
    summary="一个瓦片方案 a scheme of tiles",
    dependencies=[AnyRun],
)
def one_set(name: SetName) -> Response:
    """A tile matrix set: its system, and the size and place of each matrix."""
    _known(name)
    return answer(matrix_set.described())


@router.get("/collections/{collectionId}/tiles", summary="图层的瓦片集 tilesets of a layer")
def tilesets(name: LayerName, request: Request, shown: ToldDay) -> Response:
    """Which tilesets a layer has: one."""
    layer = layer_of(name)
    here = f"{base(request)}/collections/{name}/tiles"
    return answer(
        {
            "links": [link(f"{here}{_of_day(shown)}", "self", JSON, f"{layer.title[0]} 瓦片集")],
            "tilesets": [_tileset(request, shown, layer)],
        }
    )


@router.get(
    "/collections/{collectionId}/tiles/{tileMatrixSetId}",
    summary="一个瓦片集 a tileset",
)
def tileset(name: LayerName, set_name: SetName, request: Request, shown: ToldDay) -> Response:
    """What a tileset holds: layers and their fields, where its rows lie, which tiles it has."""
    layer = layer_of(name)
    _known(set_name)

    def made() -> Response:
        head = told.fields(layer)
        layers = [
            {"id": one["id"], "dataType": "vector", "propertiesSchema": _schema(one["fields"])}
            for one in head
        ]
        whole = _tileset(request, shown, layer) | {
            "tileMatrixSetLimits": matrix_set.limits(),
            "layers": layers,
        }
        sought = Sought(layer.where, shown.scope)
        box = features.bounds(shown.connection, shown.run, layer.table, sought)
        if box is not None:
            west, south, east, north = box
            corners = {"lowerLeft": [west, south], "upperRight": [east, north], "crs": CRS84}
            whole["boundingBox"] = corners
        return answer(whole)

    return shown.once(made)


@router.get(
    "/collections/{collectionId}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}",
    summary="一个瓦片 a tile",
    response_class=Response,
    responses={200: {"content": {MVT: {}}}},
)
def tile(
    name: LayerName,
    set_name: SetName,
    zoom: Annotated[int, _number("tileMatrix")],
    row: Annotated[int, _number("tileRow")],
    column: Annotated[int, _number("tileCol")],
    shown: ToldDay,
) -> Response:
    """The tile that /tiles gives of the same zoom, column and row."""
    layer = layer_of(name)
    _known(set_name)
    return tile_of(shown, layer, Address(zoom, column, row))


def _tileset(request: Request, shown: Shown, layer: Layer) -> dict[str, Any]:
    here, title = base(request), layer.title[0]
    collection = f"{here}/collections/{layer.name}"
    own, asked = f"{collection}/tiles/{matrix_set.NAME}", _of_day(shown)
    one_tile = f"{own}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}{asked}"
    scheme = f"{here}/tileMatrixSets/{matrix_set.NAME}"
    return {
        "title": title,
        "description": f"{layer.title[1]} · {shown.day} · 运行 run {shown.run.id}",
        "dataType": "vector",
        "crs": matrix_set.CRS,
        "tileMatrixSetURI": matrix_set.URI,
        "links": [
            link(f"{own}{asked}", "self", JSON, f"{title} 瓦片集"),
            link(one_tile, "item", MVT, f"{title} 瓦片", templated=True),
            link(scheme, _TILING_SCHEME, JSON, matrix_set.NAME),
            link(f"{collection}{ogc_links.of_run(shown.run)}", _GEODATA, JSON, title),
        ],
    }


def _schema(fields: dict[str, str]) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"title": zh} for name, zh in fields.items()}}


def _of_day(shown: Shown) -> str:
    return f"{ogc_links.of_run(shown.run)}&as_of={shown.day}"


def _known(name: str) -> None:
    if name != matrix_set.NAME:
        raise UsageError(
            f"没有瓦片方案 {name}。 There is no tile matrix set {name!r}.",
            f"可用 there is: {matrix_set.NAME}",
        )
