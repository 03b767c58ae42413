"""What of the standards is declared is asked here, class by class; nothing else is declared."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import httpx
import pytest

from api.ogc.core import CONFORMS
from tests.sending import client_of
from tests.test_api_scope import by
from tests.warm import Desk

SPEC = "http://www.opengis.net/spec"
ITEMS, TILES = "/collections/findings/items", "/collections/findings/tiles"
LATITUDE_FIRST = "http://www.opengis.net/def/crs/EPSG/0/4490"
OK, BAD, NONE = 200, 400, 404
Probe = tuple[str, int]


def filters(*texts: str, refused: tuple[str, ...] = ()) -> list[Probe]:
    statuses = [OK] * len(texts) + [BAD] * len(refused)
    asked = [f"{ITEMS}?filter={quote(one)}" for one in (*texts, *refused)]
    return [*zip(asked, statuses, strict=True)]


def functions(prefix: str, names: str, form: str) -> list[Probe]:
    return filters(*(form.format(prefix + name) for name in names.split()))


SQUARE = "(1 1, 2 1, 2 2, 1 1)"
# Class -> addresses below /ogc, and what is answered.
PROBES: dict[str, list[Probe]] = {
    f"{SPEC}/ogcapi-common-1/1.0/conf/core": [("", OK), ("/conformance", OK), ("/nothing", NONE)],
    f"{SPEC}/ogcapi-common-2/1.0/conf/collections": [
        ("/collections", OK), ("/collections/findings", OK), ("/collections/nothing", NONE)],
    f"{SPEC}/ogcapi-features-1/1.0/conf/core": [
        (f"{ITEMS}?limit=2", OK), (f"{ITEMS}?limit=0", BAD), (f"{ITEMS}?bbox=109,39,110,40", OK),
        (f"{ITEMS}?bbox=109,39,110", BAD), (f"{ITEMS}?datetime=2020-01-01/..", OK),
        (f"{ITEMS}?datetime=soon", BAD), (f"{ITEMS}?unknown=1", BAD), (f"{ITEMS}/1", OK),
        (f"{ITEMS}/99999", NONE)],
    f"{SPEC}/ogcapi-features-1/1.0/conf/oas30": [("/api", OK)],
    f"{SPEC}/ogcapi-features-1/1.0/conf/geojson": [(ITEMS, OK), (f"{ITEMS}/1", OK)],
    f"{SPEC}/ogcapi-features-2/1.0/conf/crs": [
        (f"{ITEMS}?crs={LATITUDE_FIRST}", OK), (f"{ITEMS}?crs=EPSG:3857", BAD),
        (f"{ITEMS}?bbox=39,109,40,110&bbox-crs={LATITUDE_FIRST}", OK),
        (f"{ITEMS}?bbox=1,1,2,2&bbox-crs=nothing", BAD)],
    f"{SPEC}/ogcapi-features-3/1.0/conf/queryables": [
        ("/collections/findings/queryables", OK), ("/collections/nothing/queryables", NONE)],
    f"{SPEC}/ogcapi-features-3/1.0/conf/filter": [
        *filters("true", refused=("nothing = 1", "((", "")),
        (f"{ITEMS}?filter=true&filter-lang=cql2-text", OK),
        (f"{ITEMS}?filter=true&filter-lang=sql", BAD),
        (f"{ITEMS}?filter=S_INTERSECTS(geometry,POINT(39 109))&filter-crs={LATITUDE_FIRST}", OK),
        (f"{ITEMS}?filter=true&filter-crs=nothing", BAD)],
    f"{SPEC}/ogcapi-features-3/1.0/conf/features-filter": [
        (f"{ITEMS}?filter=rule='idle_land'&bbox=109,39,110,40&datetime=2024-06-30&limit=1", OK)],
    f"{SPEC}/cql2/1.0/conf/cql2-text": filters("name <> 'x'", refused=("name <>",)),
    f"{SPEC}/cql2/1.0/conf/cql2-json": [
        (f'{ITEMS}?filter={{"op":"not","args":[true]}}&filter-lang=cql2-json', OK),
        (f"{ITEMS}?filter=true and true&filter-lang=cql2-json", BAD)],
    f"{SPEC}/cql2/1.0/conf/basic-cql2": filters(
        *(f"name {one} '甲'" for one in ("=", "<>", "<", ">", "<=", ">=")),
        *(f"area_m2 {one} -3.14e2" for one in ("=", "<>", "<", ">", "<=", ">=")),
        *(f"since_on {one} DATE('2024-02-29')" for one in ("=", "<>", "<", ">", "<=", ">=")),
        "fee_fen IS NULL", "since_on IS NOT NULL", "geometry IS NULL", "true", "false",
        "NOT (name = 'x') AND area_m2 > 1 OR since_on IS NULL",
        refused=("since_on = DATE('2023-02-29')", "name = 1", "name > area_m2"),
    ),
    f"{SPEC}/cql2/1.0/conf/advanced-comparison-operators": filters(
        "name LIKE '东%'", "name NOT LIKE '_监\\%'", "area_m2 BETWEEN 0 AND 10",
        "area_m2 NOT BETWEEN 0 AND 10", "name IN ('a', 'b')", "area_m2 NOT IN (1, 2)",
        "since_on IN (DATE('2024-01-01'))",
        refused=("area_m2 LIKE '1%'", "area_m2 BETWEEN 'a' AND 'b'", "name IN (1)"),
    ),
    f"{SPEC}/cql2/1.0/conf/case-insensitive-comparison": filters(
        "CASEI(name) = CASEI('X')", "CASEI(name) LIKE casei('x%')", "casei(name) IN (casei('X'))",
        refused=("CASEI(area_m2) = 'x'",),
    ),
    f"{SPEC}/cql2/1.0/conf/property-property": filters(
        "name = subject", "since_on < next_on", "5 < area_m2", "1 = 1",
        refused=("name = since_on", "name = 1"),
    ),
    f"{SPEC}/cql2/1.0/conf/basic-spatial-functions": filters(
        "S_INTERSECTS(geometry, BBOX(-180,-90,180,90))", "S_INTERSECTS(geometry, POINT(109 39))",
        "S_INTERSECTS(BBOX(150,-90,-150,90), geometry)",
        refused=("S_INTERSECTS(geometry, POINT(90 180))", "S_INTERSECTS(name, POINT(1 1))"),
    ),
    f"{SPEC}/cql2/1.0/conf/basic-spatial-functions-plus": filters(
        "S_INTERSECTS(geometry, MULTIPOINT((7 49), (109 39)))",
        "S_INTERSECTS(geometry, LINESTRING(-180 -45, 0 -45))",
        "S_INTERSECTS(geometry, MULTILINESTRING((-180 -45, 0 -45), (0 45, 180 45)))",
        f"S_INTERSECTS(geometry, POLYGON({SQUARE}))",
        f"S_INTERSECTS(geometry, MULTIPOLYGON(({SQUARE}), ((5 5, 6 5, 6 6, 5 5))))",
        f"S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(1 2), POLYGON({SQUARE})))",
        refused=("S_INTERSECTS(geometry, MULTIPOINT((7 49), (90 180)))",),
    ),
    f"{SPEC}/cql2/1.0/conf/spatial-functions": functions(
        "S_", "INTERSECTS EQUALS DISJOINT TOUCHES WITHIN OVERLAPS CROSSES CONTAINS",
        "{}(geometry, POLYGON((109 39, 110 39, 110 40, 109 40, 109 39)))",
    ),
    f"{SPEC}/ogcapi-tiles-1/1.0/conf/core": [
        (f"{TILES}/WebMercatorQuad/5/12/25", OK), (f"{TILES}/WebMercatorQuad/5/32/0", NONE),
        (f"{TILES}/WebMercatorQuad/99/0/0", NONE), (f"{TILES}/WebMercatorQuad/x/0/0", BAD)],
    f"{SPEC}/ogcapi-tiles-1/1.0/conf/tileset": [
        (f"{TILES}/WebMercatorQuad", OK), (f"{TILES}/nothing", NONE)],
    f"{SPEC}/ogcapi-tiles-1/1.0/conf/tilesets-list": [(TILES, OK)],
    f"{SPEC}/ogcapi-tiles-1/1.0/conf/geodata-tilesets": [("/collections/parks/tiles", OK)],
    f"{SPEC}/ogcapi-tiles-1/1.0/conf/mvt": [("/collections/parks/tiles/WebMercatorQuad/0/0/0", OK)],
    f"{SPEC}/tms/2.0/conf/tilematrixset": [("/tileMatrixSets/WebMercatorQuad", OK)],
    f"{SPEC}/tms/2.0/conf/json-tilematrixset": [
        ("/tileMatrixSets", OK), ("/tileMatrixSets/nothing", NONE)],
}  # fmt: skip


@pytest.fixture(scope="module")
def client(desk: Desk) -> Iterator[httpx.Client]:
    yield from client_of(desk)


def test_what_is_declared_is_what_is_asked_here(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    told = client.get("/ogc/conformance", headers=by(secrets["officer"])).json()["conformsTo"]
    assert told == [*CONFORMS]
    assert {*told} == {*PROBES}
    assert len(told) == len({*told})


@pytest.mark.parametrize("of_class", PROBES)
def test_a_class_that_is_declared_is_answered_as_it_says(
    client: httpx.Client, secrets: dict[str, str], of_class: str
) -> None:
    for address, status in PROBES[of_class]:
        answer = client.get(f"/ogc{address}", headers=by(secrets["officer"]))
        assert answer.status_code == status, (address, answer.text[:500])
        if status == OK and "WebMercatorQuad/" not in address:
            assert answer.json()
