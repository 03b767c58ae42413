"""Filters of OGC API Features: text, JSON and shapes of any system, pushed down by GDAL too.

The land is that of tests/two_banners.py: five supplies a side, candidates since 2023, and four
approvals; the plots begin at 109.80 (西: 110.30) east, 39.60 north, and are 0.002 degrees wide.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest
from schemathesis.specs.openapi.definitions import OPENAPI_30_VALIDATOR

from gis.tiles.layers import LAYERS
from tests.sending import client_of
from tests.test_api_scope import by
from tests.two_banners import box
from tests.warm import Desk

FINDINGS = "/ogc/collections/findings"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
Met = Callable[..., list[str]]


@pytest.fixture(scope="module")
def client(desk: Desk) -> Iterator[httpx.Client]:
    yield from client_of(desk)


@pytest.fixture(scope="module")
def met(client: httpx.Client, secrets: dict[str, str]) -> Met:
    """The subjects that a filter lets through, and as many as the answer says."""

    def of(text: str, who: str = "officer", **asked: str) -> list[str]:
        answer = client.get(
            f"{FINDINGS}/items", params={"filter": text} | asked, headers=by(secrets[who])
        )
        assert answer.status_code == 200, answer.text
        told = answer.json()
        found = [one["properties"]["subject"] for one in told["features"]]
        assert told["numberMatched"] == len(found)
        return found

    return of


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        ("subject = '东监1'", "东监1"),
        ("rule = 'idle_land' AND since_on < DATE('2023-02-02') AND name LIKE '西%'",
         "西监1 西邻监01"),
        ("NOT (rule <> 'idle_land' OR since_on <= '2023-04-02')", "东监8 西监8"),
        ("subject IN ('东监1', '西监8') AND area_m2 BETWEEN 3.79e4 AND 38001", "东监1 西监8"),
        ("block_code IS NULL AND subject NOT LIKE '%批%'", "东监8 西监8"),
        ("CASEI(subject) LIKE CASEI('东监_') AND area_m2 >= -1", "东监1 东监2 东监4 东监8"),
        ("S_INTERSECTS(geometry, POINT(109.803 39.601))", "东监1"),
        ("S_INTERSECTS(geometry, BBOX(109.805,39.6,109.809,39.7)) AND rule='idle_land'",
         "东监2 东监4"),
        ("T_DURING(since_on, INTERVAL('2023-01-02', '2023-04-02'))", "东监2 西监2"),
        ("name = region_code OR subject = name", ""),
        ('"subject" = \'it\'\'s\' OR "subject" = \'东监2\'', "东监2"),
        ("true AND id = 3", "东监4"),
    ],
)  # fmt: skip
def test_a_filter_in_the_address_lets_through_what_it_says(
    met: Met, text: str, subjects: str
) -> None:
    assert met(text) == subjects.split()
    assert met(text, **{"filter-lang": "cql2-text"}) == subjects.split()
    assert met(text, **{"filter-lang": "cql-text"}) == subjects.split()


def test_the_json_of_a_filter_says_what_its_text_says(met: Met) -> None:
    tree = {
        "op": "and",
        "args": [
            {"op": "like", "args": [{"property": "subject"}, "东监%"]},
            {"op": ">", "args": [{"property": "since_on"}, {"date": "2023-01-02"}]},
            {"op": "s_intersects", "args": [
                {"property": "geometry"}, {"bbox": [109.8, 39, 109.807, 40]}]},
        ],
    }  # fmt: skip
    assert met(json.dumps(tree), **{"filter-lang": "cql2-json"}) == ["东监2"]


def test_shapes_of_a_filter_are_taken_in_their_system_and_the_order_of_its_axes(
    client: httpx.Client, secrets: dict[str, str], met: Met
) -> None:
    """The middle of the plot of 东监2 as the server itself says it in each system."""
    centre = box("东", 2).centroid
    assert met(f"S_INTERSECTS(geometry, POINT({centre.x} {centre.y}))") == ["东监2"]
    for code in ("4490", "4525", "4546"):
        answer = client.get(
            f"{FINDINGS}/items", headers=by(secrets["officer"]),
            params={"filter": "subject = '东监2'", "crs": EPSG + code},
        )  # fmt: skip
        ring = answer.json()["features"][0]["geometry"]["coordinates"][0][:-1]
        first, second = (sum(axis) / len(ring) for axis in zip(*ring, strict=True))
        system = {"filter-crs": EPSG + code}
        assert met(f"S_INTERSECTS(geometry, POINT({first} {second}))", **system) == ["东监2"]
        low, high = (first - 1e-4, second - 1e-4), (first + 1e-4, second + 1e-4)
        corners = ",".join(map(str, (*low, *high)))
        assert met(f"S_WITHIN(BBOX({corners}), geometry)", **system) == ["东监2"]
        turned = client.get(
            f"{FINDINGS}/items", headers=by(secrets["officer"]),
            params={"filter": f"S_INTERSECTS(geometry, POINT({second} {first}))"} | system,
        )  # fmt: skip
        # Degrees the wrong way round are beyond the pole; metres lie where nothing is.
        assert turned.status_code == 400 or turned.json()["features"] == [], code


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ({"filter": "("}, "letter 2"),
        ({"filter": "(" * 60 + "subject=="}, "letter"),
        ({"filter": "(" * 1_900}, "deep"),
        ({"filter": "not " * 400 + "true"}, "deep"),
        ({"filter": "casei(" * 61 + "subject" + ")" * 61 + "='x'"}, "deep"),
        ({"filter": "subject='x'" + " and subject='x'" * 130}, "2000"),
        ({"filter": "true" + " and true" * 6_000}, "too long"),
        ({"filter": "not " * 10_000 + "true"}, "too long"),
        ({"filter": "x" * 2_001}, "2000"),
        ({"filter": "甲" * 3_000}, "too long"),
        ({"filter": ""}, "letter 1"),
        ({"filter": "id = 'x'"}, "'x'"),
        ({"filter": "area_m2 = '5'"}, "'5'"),
        ({"filter": "area_m2 = 1e999"}, "inf"),
        ({"filter": f"id = 1{'0' * 1900}"}, "1000"),
        ({"filter": "subject = 5"}, "5"),
        ({"filter": "since_on = 'soon'"}, "soon"),
        ({"filter": "outcome = '疑似闲置'"}, "suspected_idle"),
        ({"filter": "adjoining = '东邻监01'"}, "adjoining"),
        ({"filter": "pg_sleep(10)"}, "pg_sleep"),
        ({"filter": "subject = 'x'; DROP TABLE landwatch.run"}, "letter"),
        ({"filter": "subject = 'x' -- "}, "letter"),
        ({"filter": "area_m2 * 2 > 5"}, "letter 9"),
        ({"filter": "subject LIKE 'x\\\\\\'"}, "letter"),
        ({"filter": "subject = 'a\0b'"}, ""),
        ({"filter": "S_INTERSECTS(geometry, POINT(39.6 109.8))"}, "degrees"),
        ({"filter": "S_INTERSECTS(geometry, POINT(nan 39.6))"}, "shape"),
        ({"filter": "S_INTERSECTS(geometry, POINT EMPTY)"}, "letter"),
        ({"filter": "S_INTERSECTS(geometry, POINT(1 2 3))"}, "shape"),
        ({"filter": "S_INTERSECTS(geometry, SRID=4326;POINT(1 2))"}, "letter"),
        ({"filter": "S_INTERSECTS(geometry, POINT(4385780 37405600))"}, "degrees"),
        ({"filter": "S_INTERSECTS(geometry, POINT(109.8 39.6))", "filter-crs": EPSG + "4490"},
         "degrees"),
        ({"filter": "S_INTERSECTS(geometry, POINT(1e8 1e8))", "filter-crs": EPSG + "4525"}, ""),
        ({"filter": "true", "filter-crs": EPSG + "3857"}, "filter-crs"),
        ({"filter": "true", "filter-lang": "sql"}, "filter-lang"),
        ({"filter": "true", "filter-lang": "cql2-json", "nothing": "1"}, "nothing"),
        ({"filter": "{", "filter-lang": "cql2-json"}, "JSON"),
        ({"filter": "[" * 1_900, "filter-lang": "cql2-json"}, "deep"),
        ({"filter": '{"op":"not","args":[' * 61 + "true" + "]}" * 61,
          "filter-lang": "cql2-json"}, "deep"),
        ({"filter": '{"op": "=", "args": [{"property": "area_m2"}, NaN]}',
          "filter-lang": "cql2-json"}, "NaN"),
        ({"filter": '{"op": "and", "op": "or", "args": [true, true]}',
          "filter-lang": "cql2-json"}, "twice"),
        ({"filter": '{"op": "=", "args": [{"property": "subject"}, "a\\u0000b"]}',
          "filter-lang": "cql2-json"}, "NUL"),
        ({"filter": '{"op": "=", "args": [{"property": "subject"}, "\\ud800"]}',
          "filter-lang": "cql2-json"}, "NUL"),
        ({"filter": "1" * 5_000, "filter-lang": "cql2-json"}, "JSON"),
        ({"filter": "x" * 60_000, "filter-lang": "cql2-json"}, "too long"),
    ],
)  # fmt: skip
def test_what_is_no_filter_is_refused_with_a_reason(
    client: httpx.Client, secrets: dict[str, str], asked: dict[str, str], part: str
) -> None:
    answer = client.get(f"{FINDINGS}/items", params=asked, headers=by(secrets["officer"]))
    assert answer.status_code == 400, answer.text
    told = answer.json()
    assert part in told["detail"] + told["mend"] + str(told.get("errors"))
    assert answer.elapsed.total_seconds() < 5


def test_a_filter_of_10_mb_is_refused_at_the_door(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """Httpx writes no address as long; a client of another making does."""
    at = client.base_url
    sent = f"GET {FINDINGS}/items?filter={'x' * 10_000_000} HTTP/1.1\r\nHost: {at.host}\r\n\r\n"
    with socket.create_connection((at.host, at.port), timeout=30) as open_socket:
        with suppress(ConnectionError):
            open_socket.sendall(sent.encode())
        with suppress(ConnectionError):
            assert open_socket.recv(100).startswith(b"HTTP/1.1 400")
    assert client.get("/ogc", headers=by(secrets["officer"])).status_code == 200


def test_no_filter_shows_or_counts_what_lies_outside_the_land_of_the_caller(met: Met) -> None:
    every = met("true", "clerk of 东")
    assert len(every) == 9
    assert not any("西" in one for one in every)
    for text in (
        "rule = 'idle_land' OR true",
        "NOT (subject = '东监1' AND subject <> '东监1')",
        "subject LIKE '%' OR region_code = '150722'",
        "block_code IS NULL OR block_code IS NOT NULL",
        "S_INTERSECTS(geometry, BBOX(-180,-90,180,90))",
    ):
        assert met(text, "clerk of 东") == every, text
    for text in (
        "region_code = '150722'",
        "subject LIKE '西%' OR name LIKE '西%'",
        "NOT subject LIKE '东%'",
        "S_INTERSECTS(geometry, BBOX(110.2,39,111,40))",
        "id IN (6,7,8,9,10)",
    ):
        assert met(text, "clerk of 东") == [], text
        assert len(met(text)) >= 5, text


def test_pages_of_a_filter_lead_on_with_it(client: httpx.Client, secrets: dict[str, str]) -> None:
    url = f"{FINDINGS}/items?limit=2&filter=rule%20%3D%20'idle_land'"
    found: list[str] = []
    while url:
        told = client.get(url, headers=by(secrets["officer"])).json()
        found += [one["properties"]["subject"] for one in told["features"]]
        url = next((one["href"] for one in told["links"] if one["rel"] == "next"), "")
    assert len(found) == 10
    assert found[:2] == ["东监1", "东监2"]


def test_queryables_say_type_and_title_of_every_column_a_feature_has(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    headers = by(secrets["officer"])
    for layer in LAYERS:
        base = f"/ogc/collections/{layer}"
        links = client.get(base, headers=headers).json()["links"]
        (href,) = [one["href"] for one in links if one["rel"].endswith("1.0/queryables")]
        answer = client.get(href, headers=headers)
        assert answer.headers["content-type"] == "application/schema+json"
        told = answer.json()
        assert told["$id"] == f"{str(client.base_url).rstrip('/')}{base}/queryables"
        features = client.get(f"{base}/items?limit=1", headers=headers).json()["features"]
        assert {*told["properties"]} == {"id", "geometry", *features[0]["properties"]}
        assert all(re.search("[一-龥]", one["title"]) for one in told["properties"].values())
    told = client.get(f"{FINDINGS}/queryables", headers=headers).json()["properties"]
    assert told["since_on"] == {"title": "处置方向自", "type": "string", "format": "date"}
    assert told["area_m2"]["type"] == "number"
    assert told["fee_fen"]["type"] == "integer"
    assert "suspected_idle" in told["outcome"]["enum"]
    assert "suspected_idle 疑似闲置" in told["outcome"]["description"]
    assert told["geometry"]["format"] == "geometry-any"


def test_the_description_names_the_languages_and_knows_no_other_version_than_it_says(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    answer = client.get("/ogc/api", headers=by(secrets["officer"]))
    assert answer.headers["content-type"] == "application/vnd.oai.openapi+json;version=3.0"
    told = answer.json()
    assert told["openapi"] == "3.0.3"
    OPENAPI_30_VALIDATOR.validate(told)
    items = told["paths"]["/collections/{collectionId}/items"]["get"]["parameters"]
    languages = {one["name"]: one for one in items}["filter-lang"]["schema"]
    assert languages["enum"] == ["cql2-text", "cql2-json", "cql-text"]
    assert {"filter", "filter-crs", "bbox", "run", "as_of"} <= {one["name"] for one in items}
    whole = json.dumps(told)
    assert '"null"' not in whole
    assert {*re.findall(r'"\$ref": "([^"]+)"', whole)} == {"#/components/schemas/Problem"}
    every = client.get("/api/v1/openapi.json", headers=by(secrets["officer"])).json()["paths"]
    assert {f"/ogc{path}".rstrip("/") for path in told["paths"]} == {
        one for one in every if one.startswith("/ogc")
    }
