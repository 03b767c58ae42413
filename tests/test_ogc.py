"""OGC API Features: what GDAL reads is what the command lists, the axes in their own order."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import geopandas
import httpx
import pytest
import shapely

from api.ogc import core
from tests.sending import client_of
from tests.test_api_scope import by
from tests.two_banners import box
from tests.warm import Desk

KEY = ("subject", "rule", "outcome", "name")
ITEMS = "/ogc/collections/{}/items"
# A parcel as it was surveyed, in zone 37: X to the north and Y to the east, whole metres. It lies
# 94.4 km west of the central meridian, 111 degrees east.
NORTH, EAST, SIDE = 4_385_780.0, 37_405_600.0, 60.0


@pytest.fixture(scope="module")
def client(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    place = tmp_path_factory.mktemp("surveyed") / "测量.gpkg"
    geopandas.GeoDataFrame(
        {"宗地代码": ["150602001001GB00077"], "行政区代码": ["150602"],
         "登记日期": ["2021-06-01"]},
        geometry=[shapely.box(EAST, NORTH, EAST + SIDE, NORTH + SIDE)], crs="EPSG:4525",
    ).to_file(place)  # fmt: skip
    assert desk.call("load", "parcels", str(place)).code == 0
    assert desk.call("run", "--as-of", "2024-06-30").code == 0
    yield from client_of(desk)


# GDAL waits for its answer with Python held fast, so it is asked from a process of its own.
_ASKS = """
import json, sys, pyogrio
source, secret = sys.argv[1:]
pyogrio.set_gdal_config_options({"GDAL_HTTP_USERPWD": f"key:{secret}", "GDAL_HTTP_TIMEOUT": 30})
layers = [name for name, _ in pyogrio.list_layers(source)]
read = pyogrio.read_dataframe(source, layer="findings")
rows = read[["subject", "rule", "outcome", "name", "area_m2"]]
print(json.dumps([layers, read.crs.to_epsg(), [*read.total_bounds],
                  json.loads(rows.to_json(orient="records", double_precision=9))]))
"""


def gdal(client: httpx.Client, secret: str) -> Any:
    """The layers, and of the findings the system, bounds and rows that GDAL reads with a key."""
    source = f"OAPIF:{str(client.base_url).rstrip('/')}/ogc"
    done = subprocess.run(
        [sys.executable, "-c", _ASKS, source, secret], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def listed(desk: Desk) -> list[dict[str, Any]]:
    return [row for what in ("findings", "candidates") for row in desk.json(what)["rows"]]


def numbers(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["features"]]


def test_gdal_reads_what_the_command_lists(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    wanted = listed(desk)
    layers, epsg, (west, south, east, north), read = gdal(client, secrets["officer"])
    assert {"findings", "leads", "parcels"} <= {*layers}
    assert epsg == 4490
    assert len(read) == len(wanted) > 10

    def said(row: dict[str, Any]) -> str:
        return str([*(row[one] for one in KEY), round(row["area_m2"], 6)])

    told = sorted(map(said, read))
    assert told == sorted(map(said, wanted))
    assert any("东项目" in one for one in told)
    # Longitude first in GDAL's hands, whatever the order on the way.
    assert 109 < west < east < 112
    assert 39 < south < north < 40
    *_, mine = gdal(client, secrets["clerk of 东园"])
    assert 0 < len(mine) < len(read)
    assert "西" not in str(mine)


def test_the_axes_are_those_of_each_system_at_a_surveyed_point(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """Zones say north first, with the zone before the east or without; 4490 latitude first."""

    def corner(**asked: str) -> tuple[float, float]:
        answer = client.get(ITEMS.format("parcels"), params=asked, headers=by(secrets["officer"]))
        (one,) = [
            each for each in answer.json()["features"]
            if each["properties"]["parcel_code"] == "150602001001GB00077"
        ]  # fmt: skip
        named = asked.get("crs", "CRS84").rpartition("/")[2].rpartition(":")[2]
        assert answer.headers["content-crs"].endswith(f"/{named}>")
        points = [point for ring in one["geometry"]["coordinates"] for point in ring]
        return min(x for x, _ in points), min(y for _, y in points)

    longitude, latitude = corner()
    assert (longitude, latitude) == (pytest.approx(109.90, abs=0.01), pytest.approx(39.6, abs=0.01))
    assert corner(crs="http://www.opengis.net/def/crs/EPSG/0/4490") == (latitude, longitude)
    assert corner(crs="EPSG:4525") == pytest.approx((NORTH, EAST), abs=1e-4)
    assert corner(crs="EPSG:4546") == pytest.approx((NORTH, EAST - 37_000_000), abs=1e-4)


def test_a_box_finds_the_same_in_every_system(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    headers = by(secrets["officer"])

    def met(text: str, system: str = "") -> list[int]:
        asked = {"bbox": text} | ({"bbox-crs": system} if system else {})
        return numbers(client.get(ITEMS.format("parcels"), params=asked, headers=headers))

    low, high = box("东", 1).centroid, box("东", 2).centroid
    wanted = met(f"{low.x},{low.y},{high.x},{high.y}")
    assert len(wanted) == 2
    assert met(f"{low.y},{low.x},{high.y},{high.x}", "EPSG:4490") == wanted
    assert met(f"{low.x},{low.y},0,{high.x},{high.y},9") == wanted
    surveyed = met(f"{NORTH + 1},{EAST + 1},{NORTH + 9},{EAST + 9}", "EPSG:4525")
    assert len(surveyed) == 1
    assert met(f"{NORTH + 1},405601,{NORTH + 9},405609", "EPSG:4546") == surveyed
    assert met(f"{NORTH - 20},{EAST - 20},{NORTH - 9},{EAST - 9}", "EPSG:4525") == []
    assert met("170,-10,-170,60") == []
    assert len(met("-180,-90,180,90")) == 11


def test_pages_lead_from_one_to_the_next_and_each_feature_is_found_by_its_number(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    headers, url = by(secrets["clerk of 东"]), ITEMS.format("findings") + "?limit=3"
    met: list[int] = []
    first = client.get(url, headers=headers).json()
    while url:
        page = client.get(url, headers=headers)
        met += numbers(page)
        url = next((one["href"] for one in page.json()["links"] if one["rel"] == "next"), "")
    assert len(met) == len({*met}) == first["numberMatched"] > 6
    one = client.get(f"{ITEMS.format('findings')}/{met[0]}", headers=headers)
    assert one.json()["properties"] == first["features"][0]["properties"]
    other = client.get(f"{ITEMS.format('findings')}/{met[0]}", headers=by(secrets["clerk of 西"]))
    assert other.status_code == 404


@pytest.mark.parametrize(
    ("address", "status", "part"),
    [
        ("findings/items?limit=0", 400, "limit"),
        ("findings/items?limit=10001", 400, "limit"),
        ("findings/items?limit=x", 400, "limit"),
        ("findings/items?bbox=1,2,3", 400, "bbox"),
        ("findings/items?bbox=a,b,c,d", 400, "bbox"),
        ("findings/items?bbox=1,50,2,40", 400, "bbox"),
        ("findings/items?bbox=nan,1,2,3", 400, "bbox"),
        ("findings/items?bbox=1e400,1,2,3", 400, "bbox"),
        ("findings/items?bbox=39,109,40,200", 400, "bbox"),
        ("findings/items?bbox=0,0,1e30,1e30&bbox-crs=EPSG:4525", 400, "coordinates"),
        ("findings/items?crs=EPSG:3857", 400, "crs"),
        ("findings/items?crs=EPSG:4555", 400, "crs"),
        ("findings/items?bbox-crs=%00", 400, ""),
        ("findings/items?datetime=yesterday", 400, "datetime"),
        ("findings/items?datetime=2024-01-02/2024-01-01", 400, "datetime"),
        ("findings/items?datetime=1/2/3", 400, "datetime"),
        ("findings/items?region=150602", 400, "region"),
        ("findings/items?filter=true&filter=false", 400, "more than once"),
        ("findings/items?as_of=1990-01-01", 404, "1990-01-01"),
        ("findings/items/0", 400, "number"),
        ("findings/items/999999", 404, "999999"),
        ("nothing/items", 404, "nothing"),
        ("nothing", 404, "nothing"),
    ],
)
def test_what_says_nothing_is_refused_with_a_reason(
    client: httpx.Client, secrets: dict[str, str], address: str, status: int, part: str
) -> None:
    answer = client.get(f"/ogc/collections/{address}", headers=by(secrets["officer"]))
    assert answer.status_code == status, answer.text
    assert part in answer.json()["detail"] + str(answer.json().get("errors"))


def test_a_time_finds_the_records_that_count_by_then(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """The surveyed parcel is of 2021-06-01, ten others of 2020-06-01."""
    headers = by(secrets["officer"])
    for asked, count in (
        ("2020-05-31", 0), ("2020-06-01", 10), ("../2021-05-31T23:59:59Z", 10),
        ("2021-06-01/..", 11), ("2019-01-01/2021-06-01", 11),
    ):  # fmt: skip
        answer = client.get(ITEMS.format("parcels"), params={"datetime": asked}, headers=headers)
        assert len(numbers(answer)) == answer.json()["numberMatched"] == count, asked


def test_every_conformance_told_of_has_its_addresses(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    headers = by(secrets["officer"])
    start = client.get("/ogc", headers=headers).json()
    links = {one["rel"]: one["href"] for one in start["links"]}
    assert {"self", "conformance", "data", "service-desc", core.TILING_SCHEMES} == {*links}
    for href in links.values():
        assert client.get(href, headers=headers).status_code == 200, href
    told = client.get(links["data"], headers=headers).json()["collections"]
    for one in told:
        whole = client.get(f"/ogc/collections/{one['id']}", headers=headers).json()
        assert whole["crs"][0].endswith("CRS84")
        assert whole["storageCrs"] in whole["crs"]
        (items,) = [link["href"] for link in whole["links"] if link["rel"] == "items"]
        page = client.get(items, headers=headers)
        assert page.headers["content-type"] == "application/geo+json"
        west, south, east, north = whole["extent"]["spatial"]["bbox"][0]
        shapes = [
            shapely.from_geojson(json.dumps(each["geometry"]))
            for each in page.json()["features"]
            if each["geometry"]
        ]
        assert shapely.total_bounds(shapes) == pytest.approx((west, south, east, north), abs=1e-7)
    assert client.get("/ogc").status_code == 401
