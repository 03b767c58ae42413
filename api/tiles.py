"""Vector tiles of a run on a day, within the land of the caller, and what they hold (TileJSON).

/tiles                                 which layers there are
/tiles/{layer}.json                    TileJSON of a layer, with its totals
/tiles/{layer}/{z}/{x}/{y}.mvt         one tile

Each tile has a layer `meta` that says how many rows lie in it (`total`, each in one tile alone),
how many of these are drawn, and how many are counted in the squares of the layer `…_grid`
(`merged`).
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from api import store
from api.identity import requires
from api.v1 import pages
from gis.accounts.caller import Caller
from gis.errors import UsageError
from gis.store import runs
from gis.store.database import Connection
from gis.tiles import maker, told
from gis.tiles.address import Address
from gis.tiles.layers import LAYERS, Layer
from gis.tiles.maker import Tiles

router = APIRouter(tags=["tiles 瓦片"])

MVT = "application/vnd.mapbox-vector-tile"
OneConnection = Annotated[Connection, Depends(store.connection)]
Reader = Annotated[Caller, Depends(requires("read"))]
OfRun = Annotated[int | None, Query(ge=1, le=2**31 - 1, description="运行编号 number of a run")]
OnDay = Annotated[
    date | None,
    Query(description="哪一天，按判定结果或沿革 the day: as it was judged, or by the timelines"),
]
Number = Annotated[int, Path(ge=0, le=2**31 - 1)]


@router.get("/tiles", summary="瓦片图层 layers of tiles")
def layers(request: Request, caller: Reader) -> dict[str, Any]:
    """Which layers there are, each with the address of its TileJSON."""
    del caller
    base = str(request.base_url)
    return {
        "layers": [
            {"name": one.name, "title": one.title[0], "title_en": one.title[1],
             "tilejson": f"{base}tiles/{one.name}.json"}
            for one in LAYERS.values()
        ]
    }  # fmt: skip


@router.get("/tiles/{layer}.json", summary="TileJSON 一个图层的说明 what the tiles of a layer hold")
def tilejson(
    layer: str,
    request: Request,
    connection: OneConnection,
    caller: Reader,
    run: OfRun = None,
    as_of: OnDay = None,
) -> Response:
    """TileJSON of a layer on a day, with the totals that its tiles add up to on every zoom.

    `unplaced` has no shape and lies in no tile.
    """
    asked = layer_of(layer)
    found, day = runs.telling(connection, run, as_of)
    tag = pages.etag(request, caller, found)
    if pages.is_known(request, tag):
        return pages.unchanged(tag)
    tiles: Tiles = request.app.state.tiles
    whole = tiles.whole(connection, found, asked, day, caller.scope)
    late = maker.later(connection, found, asked, day, caller.scope)
    address = f"{request.base_url}tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt?run={found.id}&as_of={day}"
    named = {"tilejson": "3.0.0", "scheme": "xyz", "tiles": [address]}
    return pages.answer(named | told.head(asked, found, day, whole, late), tag)


@router.get(
    "/tiles/{layer}/{z}/{x}/{y}.mvt",
    summary="矢量瓦片 a vector tile",
    response_class=Response,
    responses={200: {"content": {MVT: {}}}},
)
def tile(
    layer: str,
    z: Number,
    x: Number,
    y: Number,
    request: Request,
    connection: OneConnection,
    caller: Reader,
    run: OfRun = None,
    as_of: OnDay = None,
) -> Response:
    """One tile of a layer: at most 500 KB before packing, with all that lies in it counted.

    Without `run` of the run that judged `as_of`, else of the one shown by default: what its papers
    say of that day.
    """
    asked, address = layer_of(layer), Address(z, x, y)
    found, day = runs.telling(connection, run, as_of)
    tag = pages.etag(request, caller, found)
    if pages.is_known(request, tag):
        return pages.unchanged(tag)
    tiles: Tiles = request.app.state.tiles
    made = tiles.tile(connection, found, asked, day, caller.scope, address)
    headers = {"ETag": tag, "Vary": "Authorization, Cookie, Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(made.packed, media_type=MVT, headers=headers)
    # Whoever takes no packed answer gets none from the door either.
    return Response(made.raw, media_type=MVT, headers=headers)


def layer_of(name: str) -> Layer:
    """Return the layer of a name; UsageError where there is none."""
    if name not in LAYERS:
        raise UsageError(
            f"没有图层 {name}。 There is no layer {name!r}.", f"可用 there are: {'、'.join(LAYERS)}"
        )
    return LAYERS[name]
