"""Vector tiles of a run on a day, within the land of the caller, and what they hold (TileJSON).

/tiles                                 which layers there are
/tiles/{layer}.json                    TileJSON of a layer, with its totals
/tiles/{layer}/{z}/{x}/{y}.mvt         one tile

Each tile has a layer `meta` that says how many rows lie in it (`total`, each in one tile alone),
how many of these are drawn, and how many are counted in the squares of the layer `…_grid`
(`merged`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from api import way
from api.shown import Reader, Shown, ToldDay
from api.v1 import pages
from api.v1.asked import Narrowed
from gis.errors import UsageError
from gis.store.results import Scope
from gis.tiles import told
from gis.tiles.address import Address
from gis.tiles.layers import LAYERS, Layer
from gis.tiles.maker import Tiles
from gis.tiles.narrowed import Chosen

router = APIRouter(tags=["tiles 瓦片"])

MVT = "application/vnd.mapbox-vector-tile"
Number = Annotated[int, Path(ge=0, le=2**31 - 1)]


@router.get("/tiles", summary="瓦片图层 layers of tiles")
def layers(request: Request, caller: Reader) -> dict[str, Any]:
    """Which layers there are, each with the address of its TileJSON."""
    del caller
    base = way.base(request)
    return {
        "layers": [
            {"name": one.name, "title": one.title[0], "title_en": one.title[1],
             "tilejson": f"{base}/tiles/{one.name}.json"}
            for one in LAYERS.values()
        ]
    }  # fmt: skip


@router.get("/tiles/{layer}.json", summary="TileJSON 一个图层的说明 what the tiles of a layer hold")
def tilejson(layer: str, shown: ToldDay) -> Response:
    """TileJSON of a layer on a day, with the totals that its tiles add up to on every zoom.

    `unplaced` has no shape and lies in no tile.
    """
    asked = layer_of(layer)
    request, run, day = shown.request, shown.run, shown.day

    def made() -> Response:
        tiles: Tiles = request.app.state.tiles
        whole = tiles.whole(shown.connection, run, asked, day, shown.scope)
        place = f"{way.base(request)}/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"
        address = f"{place}?run={run.id}&as_of={day}"
        named = {"tilejson": "3.0.0", "scheme": "xyz", "tiles": [address]}
        return pages.answer(named | told.head(asked, run, day, whole))

    return shown.once(made)


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
    shown: ToldDay,
    narrowed: Annotated[Narrowed, Query()],
    moments: Annotated[
        bool, Query(description="从第 13 级起附每行的全部变化日 d0, s0, … all days of each row")
    ] = False,
) -> Response:
    """One tile of a layer: at most 500 KB before packing, with all that lies in it counted.

    Without `run` of the run that judged `as_of`, else of the one shown by default: what its papers
    say of that day. With `region`, `park` or `block` only of what lies there; of findings with
    `track`, `text` or `approval` only those chosen, as the lists have it.
    """
    asked = Address(z, x, y)
    return tile_of(shown, layer_of(layer), asked, narrowed.narrowed(), with_moments=moments)


def tile_of(
    shown: Shown,
    layer: Layer,
    address: Address,
    places: Sequence[Scope | Chosen] = (),
    *,
    with_moments: bool = False,
) -> Response:
    """Return a tile of a layer as it is sent: packed for whoever takes it so."""

    def made() -> Response:
        tiles: Tiles = shown.request.app.state.tiles
        found = tiles.tile(
            shown.connection, shown.run, layer, shown.day, shown.scope, address, places,
            with_moments=with_moments,
        )  # fmt: skip
        headers = {"Vary": "Authorization, Cookie, Accept-Encoding"}
        if "gzip" in shown.request.headers.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            return Response(found.packed, media_type=MVT, headers=headers)
        # Whoever takes no packed answer gets none from the door either.
        return Response(found.raw, media_type=MVT, headers=headers)

    return shown.once(made)


def layer_of(name: str) -> Layer:
    """Return the layer of a name; UsageError where there is none."""
    if name not in LAYERS:
        raise UsageError(
            f"没有图层 {name}。 There is no layer {name!r}.", f"可用 there are: {'、'.join(LAYERS)}"
        )
    return LAYERS[name]
