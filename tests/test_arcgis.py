"""The FeatureServer: GDAL reads what the command lists; east first; days stay days; scopes hold.

Two banners, 东 and 西, of which each has five supplies of 3.8 公顷 = 38,000 m2 that are judged as
idle land (监1, 监2, 监4, 监8, 邻监01) and lie in squares of 0.002 degrees from 109.80 (西: 110.30)
east, 39.60 north: 监1 begins 1 x 0.002 further east. Five parcels each are of 2020-06-01; the
surveyed one is of 2021-06-01.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import shapely

from gis.tiles.layers import LAYERS
from tests import surveyed
from tests.feature_server import APPROVALS, FINDINGS, PARCELS, SERVER, asked
from tests.sending import client_of
from tests.surveyed import EAST, NORTH
from tests.test_api_scope import by
from tests.two_banners import box
from tests.warm import Desk

KEY = ("subject", "rule", "outcome", "name")


@pytest.fixture(scope="module")
def client(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    surveyed.load(desk, tmp_path_factory.mktemp("surveyed"))
    yield from client_of(desk)


# GDAL waits for its answer with Python held fast, so it is asked from a process of its own.
_ASKS = """
import json, sys, pyogrio
source, secret = sys.argv[1:]
pyogrio.set_gdal_config_options({"GDAL_HTTP_USERPWD": f"key:{secret}", "GDAL_HTTP_TIMEOUT": 30})
read = pyogrio.read_dataframe(source)
print(json.dumps([read.crs.to_epsg(), [*read.total_bounds], str(read["since_on"].min()),
                  json.loads(read.drop(columns="geometry").to_json(
                      orient="records", double_precision=9, date_format="iso"))]))
"""


def source(client: httpx.Client, layer: int, **given: str) -> str:
    given = {"where": "1=1", "outFields": "*", "f": "json"} | given
    return f"ESRIJSON:{str(client.base_url).rstrip('/')}{SERVER}/{layer}/query?{urlencode(given)}"


def test_gdal_pages_through_what_the_command_lists(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    wanted = [row for what in ("findings", "candidates") for row in desk.json(what)["rows"]]
    done = subprocess.run(
        [sys.executable, "-c", _ASKS, source(client, FINDINGS, resultRecordCount="4"),
         secrets["officer"]],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    epsg, (west, south, east, north), first, read = json.loads(done.stdout)
    assert epsg == 4490
    assert len(read) == len(wanted) > 12

    def told(row: dict[str, Any]) -> str:
        return str([*(row[one] for one in KEY), round(row["area_m2"], 6)])

    assert sorted(map(told, read)) == sorted(map(told, wanted))
    assert any("东项目" in told(one) for one in read)
    assert 109 < west < east < 112
    assert 39 < south < north < 40
    assert first[:10] == min(row["since_on"] for row in wanted if row["since_on"])


def test_the_gdal_of_debian_reads_the_same(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    done = subprocess.run(
        ["ogrinfo", "-al", "-geom=NO", "-oo", "FEATURE_SERVER_PAGING=YES",
         source(client, FINDINGS, resultRecordCount="4", resultOffset="0")],
        env={**os.environ, "GDAL_HTTP_USERPWD": f"key:{secrets['clerk of 东园']}"},
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    # 东监1 was to begin by 2021-01-01: two years and a day later it is a candidate.
    assert "东项目1" in done.stdout
    # GDAL 3.6 shows the milliseconds of a day: 19,359 days behind 1970-01-01.
    assert f"since_on (String) = {19_359 * 86_400_000}" in done.stdout
    assert "area_m2 (Real) = 38000" in done.stdout
    assert "西" not in done.stdout
    told = asked(client, secrets["clerk of 东园"], FINDINGS, returnCountOnly="true")
    assert done.stdout.count("OGRFeature(ESRIJSON)") == told["count"] > 4


def test_east_comes_first_in_every_system_at_a_surveyed_point(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """X 4,385,780 north, Y 37,405,600 east: ArcGIS has the east first, whatever EPSG says."""

    def corner(**given: str) -> tuple[float, float, int]:
        where = f"parcel_code = '{surveyed.CODE}'"
        told = asked(client, secrets["officer"], PARCELS, where=where, **given)
        (one,) = told["features"]
        (ring,) = one["geometry"]["rings"]
        assert ring[0] == ring[-1]
        # The outer ring runs clockwise.
        assert not shapely.LinearRing(ring).is_ccw
        return min(x for x, _ in ring), min(y for _, y in ring), told["spatialReference"]["wkid"]

    longitude, latitude, wkid = corner()
    assert (longitude, latitude) == pytest.approx(surveyed.ABOUT, abs=0.01)
    assert wkid == 4490
    assert corner(outSR="4326") == (longitude, latitude, 4326)
    assert corner(outSR="4525") == pytest.approx((EAST, NORTH, 4525), abs=1e-4)
    short = corner(outSR='{"wkid": 4546, "latestWkid": 4546}')
    assert short == pytest.approx((EAST - 37_000_000, NORTH, 4546), abs=1e-4)
    # Web Mercator east: 6,378,137 m to the radian of longitude.
    assert corner(outSR="102100")[0] == pytest.approx(
        6_378_137 * longitude * 3.14159265 / 180, abs=1
    )
    assert corner(outSR="4525", geometryPrecision="0")[:2] == (EAST, NORTH)


def test_a_place_finds_the_same_in_every_system_and_as_every_shape(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    def met(shape: Any, kind: str = "Envelope", layer: int = PARCELS, **given: str) -> list[str]:
        text = shape if isinstance(shape, str) else json.dumps(shape)
        column = "parcel_code" if layer == PARCELS else "key"
        more = {"geometry": text, "geometryType": f"esriGeometry{kind}", "outFields": column}
        told = client.post(
            f"{SERVER}/{layer}/query", data=more | given, headers=by(secrets["officer"])
        ).json()
        return sorted(one["attributes"][column] for one in told["features"])

    first, second = (f"150602001001GB0000{n}" for n in (1, 2))
    low, high = box("东", 1).centroid, box("东", 2).centroid
    assert met(f"{low.x},{low.y},{high.x},{high.y}") == [first, second]
    named = {"xmin": low.x, "ymin": low.y, "xmax": high.x, "ymax": high.y}
    assert met({**named, "spatialReference": {"wkid": 4490}}, inSR="4525") == [first, second]
    assert met(f"{low.x},{low.y}", "Point") == [first]
    assert met({"points": [[low.x, low.y], [high.x, high.y]]}, "Multipoint") == [first, second]
    assert met({"paths": [[[low.x, low.y], [high.x, high.y]]]}, "Polyline") == [first, second]
    # A square over both, with a hole where the second lies: whichever way its rings run.
    ring = [*box("东", 1, 2).buffer(0.0006).exterior.coords]
    hole = [*box("东", 2).buffer(0.0003).exterior.coords]
    for way in (1, -1):
        rings = {"rings": [ring[::way], hole[::-way]]}
        assert second not in met(rings, "Polygon")
        assert first in met(rings, "Polygon")
    assert met({"rings": [ring]}, "Polygon") == [first, second]
    # A parcel of 0.002 degrees within what reaches 0.0001 beyond it, and the other way round.
    wide, narrow = box("东", 1).buffer(0.0001).bounds, box("东", 1).buffer(-0.0001).bounds
    of = ",".join
    assert met(of(map(str, wide)), spatialRel="esriSpatialRelContains") == [first]
    assert met(of(map(str, narrow)), spatialRel="esriSpatialRelContains") == []
    assert met(of(map(str, narrow)), spatialRel="esriSpatialRelWithin") == [first]
    assert met(of(map(str, wide)), spatialRel="esriSpatialRelWithin") == []
    # A triangle beside the parcel: its box meets that of the parcel, it does not.
    _, south, east, north = box("东", 4).bounds
    aside = {"rings": [[[east - 1e-4, north + 1e-3], [east + 1e-3, north + 1e-3],
                        [east + 1e-3, south], [east - 1e-4, north + 1e-3]]]}  # fmt: skip
    assert met(aside, "Polygon") == []
    near = met(aside, "Polygon", spatialRel="esriSpatialRelEnvelopeIntersects")
    assert near == ["150602001001GB00004"]
    metres = f"{EAST + 1},{NORTH + 1},{EAST + 9},{NORTH + 9}"
    assert surveyed.CODE in met(metres, inSR="4525")
    assert surveyed.CODE in met(f"405601,{NORTH + 1},405609,{NORTH + 9}", inSR="4546")
    assert met(f"{EAST - 30},{NORTH - 30},{EAST - 9},{NORTH - 9}", inSR="4525") == []
    # More than the world, as a map at a small scale asks for.
    assert len(met("-400,-200,400,200")) == 11


def test_what_a_layer_says_of_itself_holds(client: httpx.Client, secrets: dict[str, str]) -> None:
    headers = by(secrets["officer"])
    whole = client.get(f"{SERVER}/layers?f=json", headers=headers).json()["layers"]
    listed = client.get(f"{SERVER}?f=json", headers=headers).json()["layers"]
    assert [one["name"] for one in listed] == [one.title[0] for one in LAYERS.values()]
    for number, one in enumerate(whole):
        assert one == client.get(f"{SERVER}/{number}?f=pjson", headers=headers).json()
        fields = {field["name"]: field for field in one["fields"]}
        assert fields["OBJECTID"]["type"] == "esriFieldTypeOID"
        told = asked(client, secrets["officer"], number, outFields="*", outSR="4490")
        assert [field["name"] for field in told["fields"]] == [*fields]
        for each in told["features"]:
            assert [*each["attributes"]] == [*fields]
        points = [point for each in told["features"] if "geometry" in each
                  for ring in each["geometry"]["rings"] for point in ring]  # fmt: skip
        extent = one["extent"]
        assert min(points)[0] == pytest.approx(extent["xmin"], abs=1e-7)
        assert max(y for _, y in points) == pytest.approx(extent["ymax"], abs=1e-7)
        asked_for = asked(client, secrets["officer"], number, returnExtentOnly="true",
                          returnCountOnly="true")  # fmt: skip
        assert asked_for == {"extent": extent, "count": len(told["features"])}
    rules = next(field for field in whole[FINDINGS]["fields"] if field["name"] == "rule")
    assert rules["alias"] == "规则"
    assert {"name": "闲置监测", "code": "idle_land"} in rules["domain"]["codedValues"]
    flag = next(one for one in whole[APPROVALS]["fields"] if one["name"] == "approved_by_month")
    assert flag["type"] == "esriFieldTypeSmallInteger"
    for where, count in (("approved_by_month IS NULL", 8), ("approved_by_month = 1", 0)):
        given = {"where": where, "returnCountOnly": "true"}
        assert asked(client, secrets["officer"], APPROVALS, **given) == {"count": count}


def test_a_service_of_one_run_stays_with_it(client: httpx.Client, secrets: dict[str, str]) -> None:
    headers = by(secrets["officer"])
    of_first = SERVER.replace("landwatch/", "landwatch-1/")
    told = client.get(f"{of_first}/{PARCELS}/query?returnCountOnly=true", headers=headers).json()
    # Before the surveyed one came.
    assert told == {"count": 10}
    for name in ("landwatch-9", "other", "landwatch-0", "landwatch-99999999999"):
        answer = client.get(SERVER.replace("landwatch/", f"{name}/"), headers=headers)
        assert answer.json()["error"]["code"] == 404, name


def test_nobody_is_told_of_land_outside(client: httpx.Client, secrets: dict[str, str]) -> None:
    """Every way to ask, of every layer: counts add up, and no answer to 东 says 西."""
    figure = json.dumps([{"statisticType": "count", "onStatisticField": "OBJECTID",
                          "outStatisticFieldName": "n"}])  # fmt: skip
    ways: list[dict[str, str]] = [
        {"outFields": "*"}, {"outFields": "*", "f": "geojson"}, {"returnIdsOnly": "true"},
        {"returnCountOnly": "true"}, {"returnExtentOnly": "true", "returnCountOnly": "true"},
        {"outStatistics": figure}, {"where": "1=1 OR 1=1", "outFields": "*"},
        {"geometry": "100,30,120,50", "outFields": "*"},
        {"geometry": "100,30,120,50", "outFields": "*", "spatialRel": "esriSpatialRelContains"},
    ]  # fmt: skip
    for number, layer in enumerate(LAYERS.values()):
        column = layer.says[0]
        distinct = {"returnDistinctValues": "true", "outFields": column}
        groups = {"outStatistics": figure, "groupByFieldsForStatistics": column}
        sought = {"where": f"{column} LIKE '%西%' OR region_code = '150722'", "outFields": "*"}
        with_region = "region_code" in layer.titles()
        for given in (*ways, distinct, groups, *([sought] if with_region else [])):
            mine = asked(client, secrets["clerk of 东"], number, **given)
            assert "error" not in mine, (layer.name, given)
            told = json.dumps(mine, ensure_ascii=False)
            assert "西" not in told, (layer.name, given)
            assert "150722" not in told, (layer.name, given)
        counts = {
            name: asked(client, secrets[name], number, returnCountOnly="true")["count"]
            for name in ("officer", "clerk of 东", "clerk of 西", "clerk of 东园")
        }
        of_nobody = 2 if layer.name == "leads" else 0
        surveyed_one = 1 if layer.name == "parcels" else 0
        both = counts["clerk of 东"] + counts["clerk of 西"]
        assert counts["officer"] == both + of_nobody > 1, layer.name
        assert counts["clerk of 东"] == counts["clerk of 西"] + surveyed_one
        numbers = asked(client, secrets["clerk of 西"], number, returnIdsOnly="true")["objectIds"]
        named = {"objectIds": ",".join(map(str, numbers)), "returnCountOnly": "true"}
        assert asked(client, secrets["clerk of 东"], number, **named) == {"count": 0}
        assert asked(client, secrets["clerk of 西"], number, **named)["count"] == len(numbers) > 0
        told = client.get(f"{SERVER}/{number}", headers=by(secrets["clerk of 东"])).json()
        assert told["extent"]["xmax"] < 110.2, layer.name
