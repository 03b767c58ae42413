"""OGC API Tiles: what it says of its tiles is so, and they are those of /tiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gis.tiles.layers import LAYERS
from tests import vector_tiles
from tests.sending import client_of
from tests.test_api_scope import by
from tests.two_banners import box
from tests.warm import Desk

SET = "/ogc/tileMatrixSets/WebMercatorQuad"
TILES = "/ogc/collections/{}/tiles"


@pytest.fixture(scope="module")
def client(desk: Desk) -> Iterator[httpx.Client]:
    yield from client_of(desk)


def links(told: dict[str, Any]) -> dict[str, str]:
    return {one["rel"].rpartition("/")[2]: one["href"] for one in told["links"]}


def test_the_tile_matrix_set_is_the_registered_one(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """Half the equator of 6,378,137 m is pi times it, 20,037,508.3428 m; zoom 0 is one tile of 256.

    So a pixel of zoom 0 is 40,075,016.6856 / 256 = 156,543.0339 m, and of 0.28 mm on the screen the
    scale is 1 : 559,082,264.03; each zoom has half of both, and twice the tiles on a side.
    """
    headers = by(secrets["officer"])
    start = links(client.get("/ogc", headers=headers).json())
    (one,) = client.get(start["tiling-schemes"], headers=headers).json()["tileMatrixSets"]
    told = client.get(links(one)["self"], headers=headers).json()
    assert told == client.get(SET, headers=headers).json()
    assert (
        told["uri"]
        == one["uri"]
        == f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{told['id']}"
    )
    matrices = told["tileMatrices"]
    assert [one["id"] for one in matrices] == [*map(str, range(25))]
    for zoom in (0, 10, 24):
        matrix = matrices[zoom]
        assert matrix["cellSize"] == pytest.approx(156_543.0339 / 2**zoom, rel=1e-9)
        assert matrix["scaleDenominator"] == pytest.approx(559_082_264.03 / 2**zoom, rel=1e-9)
        assert matrix["matrixWidth"] == matrix["matrixHeight"] == 2**zoom
        assert matrix["pointOfOrigin"] == pytest.approx([-20_037_508.3428, 20_037_508.3428])


def test_every_layer_has_a_tileset_whose_tiles_are_those_of_the_other_door(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    headers = by(secrets["officer"])
    centre = box("东", 2).centroid
    column, row = vector_tiles.tile_of(12, centre.x, centre.y)
    assert column != row
    for layer in LAYERS:
        collection = client.get(f"/ogc/collections/{layer}", headers=headers).json()
        (one,) = client.get(
            links(collection)["tilesets-vector"], headers=headers
        ).json()["tilesets"]  # fmt: skip
        told = client.get(links(one)["self"], headers=headers).json()
        assert told["dataType"] == "vector"
        assert told["crs"] == "http://www.opengis.net/def/crs/EPSG/0/3857"
        assert told["boundingBox"]["lowerLeft"][0] < centre.x < told["boundingBox"]["upperRight"][0]
        assert links(told)["geodata"].partition("?")[0].endswith(f"/collections/{layer}")
        assert client.get(links(told)["tiling-scheme"], headers=headers).json()["id"] in SET
        limits = told["tileMatrixSetLimits"]
        assert [one["tileMatrix"] for one in limits] == [*map(str, range(19))]
        assert limits[12]["maxTileRow"] == 4_095
        (item,) = [one for one in told["links"] if one["rel"] == "item"]
        assert item["templated"]
        url = item["href"].replace("{tileMatrix}", "12").replace("{tileRow}", str(row))
        answer = client.get(url.replace("{tileCol}", str(column)), headers=headers)
        assert answer.headers["content-type"] == item["type"]
        other = client.get(f"/tiles/{layer}/12/{column}/{row}.mvt?run=1", headers=headers)
        assert answer.content == other.content
        tile = vector_tiles.read(answer.content)
        assert tile["meta"].features[0][2]["total"] > 0
        names = {one["id"]: one for one in told["layers"]}
        assert {*tile} <= {*names}
        drawn = {name for *_, said, _ in tile[layer].features for name in said}
        assert drawn <= {*names[layer]["propertiesSchema"]["properties"]}


def test_a_tileset_and_its_tiles_tell_nobody_of_land_of_others(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    mine, other = by(secrets["clerk of 东"]), by(secrets["clerk of 西"])
    url = TILES.format("findings") + "/WebMercatorQuad"
    east, west = (client.get(url, headers=one).json()["boundingBox"] for one in (mine, other))
    assert east["upperRight"][0] < west["lowerLeft"][0]
    centre = box("西", 2).centroid
    column, row = vector_tiles.tile_of(12, centre.x, centre.y)
    seen, hidden = (client.get(f"{url}/12/{row}/{column}", headers=one) for one in (other, mine))
    assert vector_tiles.read(seen.content)["meta"].features[0][2]["total"] > 0
    assert vector_tiles.read(hidden.content)["meta"].features[0][2]["total"] == 0
    tag = {"If-None-Match": seen.headers["etag"]}
    assert client.get(f"{url}/12/{row}/{column}", headers=other | tag).status_code == 304
    assert client.get(f"{url}/12/{row}/{column}", headers=mine | tag).status_code == 200


@pytest.mark.parametrize(
    ("address", "status", "part"),
    [
        (f"{TILES}/WebMercatorQuad/99/0/0", 404, "99"),
        (f"{TILES}/WebMercatorQuad/19/0/0", 404, "19"),
        (f"{TILES}/WebMercatorQuad/5/32/0", 404, "5/0/32"),
        (f"{TILES}/WebMercatorQuad/5/0/32", 404, "5/32/0"),
        (f"{TILES}/WebMercatorQuad/-1/0/0", 400, "tileMatrix"),
        (f"{TILES}/WebMercatorQuad/5/x/0", 400, "tileRow"),
        (f"{TILES}/WebMercatorQuad/5/0/{10**30}", 400, "tileCol"),
        (f"{TILES}/WebMercatorQuad/5/1/1?as_of=1990-01-01", 404, "1990-01-01"),
        (f"{TILES}/WebMercatorQuad/5/1/1?as_of=yesterday", 400, "as_of"),
        (f"{TILES}/WebMercatorQuad/5/1/1?run=77", 404, "77"),
        (f"{TILES}/WebMercatorQuad/5/1/1?filter=true", 400, "filter"),
        (f"{TILES}/WorldCRS84Quad/5/1/1", 404, "WorldCRS84Quad"),
        (f"{TILES}/WorldCRS84Quad", 404, "WorldCRS84Quad"),
        ("/ogc/tileMatrixSets/WorldCRS84Quad", 404, "WorldCRS84Quad"),
        ("/ogc/collections/nothing/tiles", 404, "nothing"),
        ("/ogc/collections/nothing/tiles/WebMercatorQuad/5/1/1", 404, "nothing"),
        ("/ogc/collections/nothing/queryables", 404, "nothing"),
    ],
)
def test_an_address_that_is_no_tile_is_told_with_a_reason(
    client: httpx.Client, secrets: dict[str, str], address: str, status: int, part: str
) -> None:
    answer = client.get(address.format("findings"), headers=by(secrets["officer"]))
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert part in told["detail"] + told["mend"] + str(told.get("errors"))
