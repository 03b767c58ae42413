"""Queries of a FeatureServer: words of `where`, days, pages, orders, groups, and what is refused.

Of 东 and 西 each five supplies of 3.8 公顷 = 38,000 m2 are judged as idle land (监1, 监2, 监4, 监8,
邻监01): they were to begin by the first of January, February, April, August and January 2021, so
that they are candidates two years and a day later.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests import surveyed
from tests.feature_server import FINDINGS, PARCELS, SERVER, asked, said
from tests.sending import client_of
from tests.test_api_scope import by
from tests.warm import Desk


@pytest.fixture(scope="module")
def client(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    surveyed.load(desk, tmp_path_factory.mktemp("surveyed"))
    yield from client_of(desk)


@pytest.mark.parametrize(
    ("where", "subjects"),
    [
        ("1=1 AND rule = 'idle_land'", "东监1 东监2 东监4 东监8 东邻监01"),
        ("1=0", ""),
        ("SUBJECT in ('东监1', N'东监2') and Rule='idle_land'", "东监1 东监2"),
        ("\"subject\" LIKE '东监%'", "东监1 东监2 东监4 东监8"),
        ("subject like '东监_' AND NOT (subject = '东监1' OR subject = '东监8')", "东监2 东监4"),
        ("subject LIKE '%\\%'", ""),
        ("UPPER(subject) LIKE UPPER('东监1%')", "东监1"),
        ("lower(rule) = 'idle_land' and subject <> '东监1' and subject not like '东邻%'",
         "东监2 东监4 东监8"),
        # From two years and a day after January, February, April and August 2021.
        ("rule = 'idle_land' AND since_on = DATE '2023-01-02'", "东监1 东邻监01"),
        ("rule = 'idle_land' AND since_on > timestamp '2023-02-02 00:00:00'", "东监4 东监8"),
        ("rule = 'idle_land' AND since_on >= timestamp '2023-02-02 00:00:01'", "东监4 东监8"),
        ("rule = 'idle_land' AND since_on < TIMESTAMP '2023-02-02 12:00:00'",
         "东监1 东监2 东邻监01"),
        ("rule = 'idle_land' AND timestamp '2023-02-02 23:59:59' >= since_on",
         "东监1 东监2 东邻监01"),
        ("since_on = TIMESTAMP '2023-01-02 12:00:00'", ""),
        ("since_on BETWEEN DATE '2023-02-02' AND TIMESTAMP '2023-04-02 23:59:59'", "东监2 东监4"),
        ("area_m2 = 38000 and rule = 'idle_land' and subject = '东监1'", "东监1"),
        ("area_m2 BETWEEN 37999.5 AND 38000.5 AND since_on IS NOT NULL AND subject = '东监4'",
         "东监4"),
        ("subject = 'DATE ''2020-01-01'''", ""),
        ("subject = '东监1'' OR ''1''=''1'", ""),
    ],
)  # fmt: skip
def test_where_is_understood_as_arcgis_writes_it(
    client: httpx.Client, secrets: dict[str, str], where: str, subjects: str
) -> None:
    given = {"where": where, "orderByFields": "subject"}
    found = said(client, secrets["clerk of 东"], FINDINGS, "subject", **given)
    assert found == subjects.split()


def test_a_day_comes_back_as_the_day_it_is(client: httpx.Client, secrets: dict[str, str]) -> None:
    """2021-06-01 is 18,779 days after 1970-01-01.

    51 years of 365 days, 13 of them a day longer, then 151 days: 18,615 + 13 + 151 = 18,779;
    x 86,400,000 = 1,622,505,600,000 ms.
    """
    where = f"parcel_code = '{surveyed.CODE}'"
    (found,) = said(client, secrets["officer"], PARCELS, "registered_on", where=where)
    assert found == 1_622_505_600_000
    assert datetime.fromtimestamp(found / 1_000, UTC).date().isoformat() == "2021-06-01"
    for text, count in (("DATE '2021-06-01'", 1), ("TIMESTAMP '2021-06-01 00:00:00'", 1),
                        ("DATE '2020-06-01'", 10), ("DATE '2021-05-31'", 0)):  # fmt: skip
        told = asked(client, secrets["officer"], PARCELS, returnCountOnly="true",
                     where=f"registered_on = {text}")  # fmt: skip
        assert told == {"count": count}, text
    highest = asked(client, secrets["officer"], PARCELS, outStatistics=json.dumps([
        {"statisticType": "max", "onStatisticField": "registered_on", "outStatisticFieldName": "d"}
    ]))  # fmt: skip
    assert highest["features"] == [{"attributes": {"d": 1_622_505_600_000}}]
    assert highest["fields"][0]["type"] == "esriFieldTypeDate"


def test_pages_say_whether_there_are_more(client: httpx.Client, secrets: dict[str, str]) -> None:
    officer = secrets["officer"]
    numbers = asked(client, officer, PARCELS, returnIdsOnly="true")["objectIds"]
    assert len(numbers) == len({*numbers}) == 11
    met: list[int] = []
    for offset in range(0, 11, 4):
        told = asked(client, officer, PARCELS, resultOffset=str(offset), resultRecordCount="4")
        met += [one["attributes"]["OBJECTID"] for one in told["features"]]
        assert told.get("exceededTransferLimit", False) == (offset < 8)
    assert met == numbers
    whole = asked(client, officer, PARCELS, resultRecordCount="11", f="geojson")
    assert "exceededTransferLimit" not in whole
    assert [one["id"] for one in whole["features"]] == numbers
    some = asked(client, officer, PARCELS, resultRecordCount="10", f="geojson")
    assert some["properties"]["exceededTransferLimit"] is True
    none = asked(
        client, officer, PARCELS, resultRecordCount="10", returnExceededLimitFeatures="false"
    )
    assert (none["features"], none["exceededTransferLimit"]) == ([], True)
    nothing = {"where": "1=0"}
    assert asked(client, officer, PARCELS, returnIdsOnly="true", **nothing)["objectIds"] == []
    assert asked(client, officer, PARCELS, **nothing, outFields="*")["features"] == []
    for form in ("json", "geojson"):
        assert asked(client, officer, PARCELS, f=form, **nothing)["features"] == []
    extent = asked(client, officer, PARCELS, returnExtentOnly="true", **nothing)["extent"]
    assert extent["xmin"] == "NaN"
    # The number is that of the features of OGC API.
    ogc = client.get("/ogc/collections/parcels/items", headers=by(officer)).json()["features"]
    assert [one["id"] for one in ogc] == numbers
    some_of = f"{numbers[3]},{numbers[5]}"
    assert said(client, officer, PARCELS, "OBJECTID", objectIds=some_of) == [numbers[3], numbers[5]]
    where = f"OBJECTID IN ({some_of})"
    assert said(client, officer, PARCELS, "OBJECTID", where=where) == [numbers[3], numbers[5]]


def test_an_order_is_kept_with_the_number_behind(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    officer, given = secrets["officer"], {"orderByFields": "registered_on DESC, parcel_code"}
    codes = said(client, officer, PARCELS, "parcel_code", **given)
    assert codes[0] == surveyed.CODE
    assert codes[1:] == sorted(codes[1:])
    # All of a page, and the one behind it, whatever is alike.
    first = said(client, officer, PARCELS, "OBJECTID", orderByFields="region_code",
                 resultRecordCount="6")  # fmt: skip
    rest = said(client, officer, PARCELS, "OBJECTID", orderByFields="region_code", resultOffset="6")
    assert len({*first, *rest}) == 11


def test_groups_add_up(client: httpx.Client, secrets: dict[str, str]) -> None:
    """Five supplies of 38,000 m2 a side: 190,000 m2; days two years behind 1, 1, 2, 4 and 8."""
    figures = [
        {"statisticType": how, "onStatisticField": on, "outStatisticFieldName": f"{how}_{on}"}
        for how, on in (("count", "subject"), ("sum", "area_m2"), ("avg", "area_m2"),
                        ("stddev", "area_m2"), ("min", "since_on"), ("max", "subject"))
    ]  # fmt: skip
    given = {
        "where": "rule = 'idle_land'", "outStatistics": json.dumps(figures),
        "groupByFieldsForStatistics": "region_code",
        "orderByFields": "count_subject DESC,region_code",
    }  # fmt: skip
    day = datetime(2023, 1, 2, tzinfo=UTC).timestamp() * 1_000
    rest = {"count_subject": 5, "sum_area_m2": 190_000.0, "avg_area_m2": 38_000.0,
            "stddev_area_m2": 0.0, "min_since_on": day}  # fmt: skip
    told = asked(client, secrets["officer"], FINDINGS, **given)["features"]
    east = {"region_code": "150602", **rest, "max_subject": "东邻监01"}
    west = {"region_code": "150722", **rest, "max_subject": "西邻监01"}
    assert told == [{"attributes": east}, {"attributes": west}]
    mine = asked(client, secrets["clerk of 东"], FINDINGS, **given)["features"]
    assert mine == [{"attributes": east}]
    distinct = {"returnDistinctValues": "true", "outFields": "rule,region_code"}
    values = asked(client, secrets["officer"], FINDINGS, **distinct)["features"]
    assert [one["attributes"]["rule"] for one in values] == ["idle_land"] * 2 + ["unsupplied"] * 2
    assert asked(client, secrets["officer"], FINDINGS, **distinct, returnCountOnly="true") == {
        "count": 4
    }


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"f": "html"}, "f=html"), ({"f": "pbf"}, "pbf"), ({"strange": "1"}, "strange"),
        ({"where": "nothing = 1"}, "nothing"), ({"where": "regions = 'x'"}, "regions"),
        ({"where": "approval = '东批'"}, "approval"), ({"where": "a ="}, ""),
        ({"where": "since_on > DATE 'gestern'"}, "gestern"), ({"where": "since_on > DATE"}, ""),
        ({"where": "since_on > 7"}, ""), ({"where": "1=1; DROP TABLE landwatch.run"}, ""),
        ({"where": "pg_sleep(9) = 1"}, ""), ({"where": "(" * 3_000}, ""),
        ({"where": "1=1 " + "AND 1=1 " * 5_000}, ""), ({"where": "NOT " * 450 + "1=1"}, ""),
        ({"where": "UPPER(subject) = 'abc'"}, "upper"), ({"where": "subject = 'x"}, ""),
        ({"where": "OBJECTID IN ()"}, ""),
        ({"where": "since_on > TIMESTAMP '9999-12-31T23:00-09:00'"}, "where"),
        ({"objectIds": "1,x"}, "objectIds"), ({"objectIds": "9" * 30}, "objectIds"),
        ({"outFields": "regions"}, "regions"), ({"orderByFields": "regions"}, "regions"),
        ({"orderByFields": "subject sideways"}, "次序"), ({"outSR": "2433"}, "2433"),
        ({"geometry": "1,2,3"}, "geometry"), ({"geometry": "3,1,1,3"}, "geometry"),
        ({"geometry": "nan,1,2,3"}, "geometry"), ({"geometry": "{", "geometryType": "x"}, "x"),
        ({"geometry": "[" * 3_000, "geometryType": "esriGeometryPolygon"}, "geometry"),
        ({"geometry": '{"rings": [[[1,1],[2,2],[1,1],[1,1]]]}',
          "geometryType": "esriGeometryPolygon"}, "geometry"),
        ({"geometry": '{"rings": [5]}', "geometryType": "esriGeometryPolygon"}, "geometry"),
        ({"geometry": '{"x": null, "y": "b"}', "geometryType": "esriGeometryPoint"}, "geometry"),
        ({"geometry": "1e8,1e8,1e8,1e8", "inSR": "4525"}, ""),
        ({"geometry": "1,2,3,4", "spatialRel": "esriSpatialRelCrosses"}, "spatialRel"),
        ({"geometry": "1,2,3,4", "inSR": "true"}, "inSR"),
        ({"returnCountOnly": "maybe"}, "returnCountOnly"), ({"resultOffset": "-1"}, "resultOffset"),
        ({"outStatistics": "[1]"}, "outStatistics"), ({"outStatistics": "{}"}, "outStatistics"),
        ({"outStatistics": '[{"statisticType": "sum", "onStatisticField": "subject"}]'}, "sum"),
        ({"outStatistics": '[{"statisticType": "count", "onStatisticField": "parks"}]'}, "parks"),
        ({"groupByFieldsForStatistics": "rule"}, "outStatistics"), ({"having": "1=1"}, "having"),
        ({"time": "1,2"}, "time"), ({"maxAllowableOffset": "inf"}, "maxAllowableOffset"),
        ({"where": "subject = '\0'"}, ""), ({"geometryPrecision": "99"}, "geometryPrecision"),
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused_with_a_reason(
    client: httpx.Client, secrets: dict[str, str], given: dict[str, str], part: str
) -> None:
    answer = client.post(f"{SERVER}/0/query", data=given, headers=by(secrets["officer"]))
    assert answer.status_code == 200, answer.text
    fault = answer.json()["error"]
    assert fault["code"] == 400, fault
    assert part in fault["message"] + str(fault["details"])
    assert fault["details"]


def test_a_form_is_read_as_an_address_is_and_no_more_of_it(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    headers = by(secrets["officer"])
    query = f"{SERVER}/{PARCELS}/query"

    def posted(**sent: Any) -> Any:
        answer = client.post(query, headers=headers | sent.pop("headers", {}), **sent)
        return answer.json() if answer.status_code == 200 else answer.status_code

    whole = {"returnCountOnly": "true", "where": "1=1"}
    assert posted(data=whole) == {"count": 11}
    assert posted(data={"where": "1=1"}, params={"returnCountOnly": "true"}) == {"count": 11}
    assert posted(data={"where": "1=0"}, params=whole)["error"]["code"] == 400
    assert posted(content=b"where=%ff")["error"]["code"] == 400
    assert posted(content=b"\xff\xfe")["error"]["code"] == 400
    assert posted(content=b"a=1&" * 200)["error"]["code"] == 400
    refused = posted(content=b"x" * 1_100_000)["error"]
    assert refused["code"] == 413
    assert refused["details"] == ["分几次问，每次少写 ask for less at a time"]
    assert posted(json=whole)["error"]["code"] == 415
    # A selection of ten thousand, as a program names it.
    numbers = ",".join(map(str, range(1, 10_001)))
    assert posted(data=whole | {"where": f"OBJECTID IN ({numbers})"}) == {"count": 11}
    assert posted(data=whole | {"where": "", "objectIds": numbers}) == {"count": 11}
