"""The WFS: GDAL reads what the command lists; axes as a system is named; filters, faults, scopes.

Of 东 and 西 each five supplies of 3.8 公顷 = 38,000 m2 are judged as idle land (监1, 监2, 监4, 监8,
邻监01): they were to begin by the first of January, February, April, August and January 2021, so
that they are candidates two years and a day later. The surveyed parcel is of 2021-06-01, ten others
of 2020-06-01.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as Xml

import httpx
import pytest

from tests import surveyed
from tests.sending import client_of
from tests.surveyed import EAST, NORTH
from tests.test_api_scope import by
from tests.two_banners import box
from tests.warm import Desk

KEY = ("subject", "rule", "outcome", "name")
URN = "urn:ogc:def:crs:EPSG::"


@pytest.fixture(scope="module")
def client(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    surveyed.load(desk, tmp_path_factory.mktemp("surveyed"))
    yield from client_of(desk)


# GDAL waits for its answer with Python held fast, so it is asked from a process of its own.
_ASKS = """
import json, sys, pyogrio
source, secret, where = sys.argv[1:]
pyogrio.set_gdal_config_options({"GDAL_HTTP_USERPWD": f"key:{secret}", "GDAL_HTTP_TIMEOUT": 30,
                                 "OGR_WFS_PAGE_SIZE": 4})
layers = [name for name, _ in pyogrio.list_layers(source)]
read = pyogrio.read_dataframe(source, layer="lw:findings", where=where or None)
print(json.dumps([layers, read.crs.to_epsg(), [*read.total_bounds], [*map(str, read["since_on"])],
                  json.loads(read.drop(columns=["geometry", "since_on"]).to_json(
                      orient="records", double_precision=9))]))
"""


def gdal(client: httpx.Client, secret: str, where: str = "") -> Any:
    source = f"WFS:{str(client.base_url).rstrip('/')}/wfs"
    done = subprocess.run([sys.executable, "-c", _ASKS, source, secret, where],
                          capture_output=True, text=True, timeout=120)  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def parsed(text: str) -> Xml.Element:
    return Xml.fromstring(text)  # noqa: S314


def got(client: httpx.Client, secret: str, **given: Any) -> Xml.Element:
    asked = {"service": "WFS", "version": "2.0.0", "request": "GetFeature"} | given
    answer = client.get("/wfs", params=asked, headers=by(secret))
    assert answer.status_code == 200, answer.text
    return parsed(answer.text)


def said(root: Xml.Element, column: str) -> list[str]:
    return [one.text or "" for one in root.iter(f"{{urn:landwatch}}{column}")]


def found(client: httpx.Client, secret: str, condition: str, **given: Any) -> list[str]:
    text = (f'<fes:Filter xmlns:fes="http://www.opengis.net/fes/2.0" '
            f'xmlns:gml="http://www.opengis.net/gml/3.2">{condition}</fes:Filter>')  # fmt: skip
    more = {"typenames": "lw:findings", "sortby": "subject"} | given
    return said(got(client, secret, filter=text, **more), "subject")


def test_gdal_reads_what_the_command_lists(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    wanted = [row for what in ("findings", "candidates") for row in desk.json(what)["rows"]]
    layers, epsg, (west, south, east, north), days, read = gdal(client, secrets["officer"])
    assert {"lw:findings", "lw:leads", "lw:parcels"} <= {*layers}
    assert epsg == 4490
    assert len(read) == len(wanted) > 12

    def told(row: dict[str, Any]) -> str:
        return str([*(row[one] for one in KEY), round(row["area_m2"], 6)])

    assert sorted(map(told, read)) == sorted(map(told, wanted))
    assert any("东项目" in told(one) for one in read)
    assert min(days)[:10] == min(row["since_on"] for row in wanted if row["since_on"])
    # Longitude first in GDAL's hands, whatever the order on the way.
    assert 109 < west < east < 112
    assert 39 < south < north < 40
    *_, mine = gdal(client, secrets["clerk of 东园"], "rule = 'idle_land' AND subject LIKE '东监%'")
    assert sorted(one["subject"] for one in mine) == ["东监1", "东监2", "东监4", "东监8"]


def test_the_gdal_of_debian_reads_the_same(client: httpx.Client, secrets: dict[str, str]) -> None:
    source = f"WFS:{str(client.base_url).rstrip('/')}/wfs"
    told = []
    for place in ((), ("-spat", *map(str, box("东", 1).buffer(-0.0005).bounds))):
        done = subprocess.run(
            ["ogrinfo", "-ro", *place, "-geom=NO", source, "lw:findings"],
            env={**os.environ, "GDAL_HTTP_USERPWD": f"key:{secrets['clerk of 东园']}"},
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr + done.stdout
        told.append(done.stdout)
    whole, part = told
    assert "东项目1" in whole
    assert "since_on (Date) = 2023/01/02" in whole
    assert "area_m2 (Real) = 38000" in whole
    assert "西" not in whole
    count = got(client, secrets["clerk of 东园"], typenames="findings", resulttype="hits")
    assert whole.count("OGRFeature(lw:findings)") == int(count.get("numberMatched", "")) > 4
    assert "东监1\n" in part
    assert "东监4" not in part


def test_the_axes_are_as_a_system_is_named_at_a_surveyed_point(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """X 4,385,780 north and Y 37,405,600 east: by urn the north first, by EPSG:… the east."""

    def corner(**given: str) -> tuple[float, float]:
        condition = (
            '<fes:Filter xmlns:fes="http://www.opengis.net/fes/2.0"><fes:PropertyIsEqualTo>'
            "<fes:ValueReference>lw:parcel_code</fes:ValueReference>"
            f"<fes:Literal>{surveyed.CODE}</fes:Literal></fes:PropertyIsEqualTo></fes:Filter>"
        )
        root = got(client, secrets["officer"], typenames="parcels", filter=condition, **given)
        (ring,) = root.iter("{http://www.opengis.net/gml/3.2}posList")
        numbers = [*map(float, (ring.text or "").split())]
        return min(numbers[::2]), min(numbers[1::2])

    latitude, longitude = corner()
    assert (longitude, latitude) == pytest.approx(surveyed.ABOUT, abs=0.01)
    assert corner(srsname="EPSG:4490") == (longitude, latitude)
    assert corner(srsname="urn:ogc:def:crs:OGC:1.3:CRS84") == (longitude, latitude)
    assert corner(srsname=f"{URN}4525") == pytest.approx((NORTH, EAST), abs=1e-4)
    assert corner(srsname="EPSG:4525") == pytest.approx((EAST, NORTH), abs=1e-4)
    short = corner(srsname="http://www.opengis.net/def/crs/EPSG/0/4546")
    assert short == pytest.approx((NORTH, EAST - 37_000_000), abs=1e-4)

    def met(text: str) -> bool:
        return surveyed.CODE in said(
            got(client, secrets["officer"], typenames="parcels", bbox=text), "parcel_code"
        )

    assert met(f"{NORTH + 1},{EAST + 1},{NORTH + 9},{EAST + 9},{URN}4525")
    assert met(f"{EAST + 1},{NORTH + 1},{EAST + 9},{NORTH + 9},EPSG:4525")
    assert not met(f"{EAST - 9},{NORTH - 9},{EAST - 1},{NORTH - 1},EPSG:4525")
    # Nothing said: as the default system has it, latitude first.
    assert met(f"{latitude},{longitude},{latitude + 1e-4},{longitude + 1e-4}")
    east_first = f"{longitude},{latitude},{longitude + 1e-4},{latitude + 1e-4}"
    assert met(f"{east_first},EPSG:4490")


def compared(name: str, column: str, value: str, **signs: str) -> str:
    more = "".join(f' {sign}="{each}"' for sign, each in signs.items())
    return (f"<fes:{name}{more}><fes:ValueReference>{column}</fes:ValueReference>"
            f"<fes:Literal>{value}</fes:Literal></fes:{name}>")  # fmt: skip


def plain(condition: str) -> str:
    return f"<Filter>{condition}</Filter>".replace("fes:", "")


IDLE = compared("PropertyIsEqualTo", "rule", "idle_land")
LOW, HIGH = box("东", 1).centroid, box("东", 2).centroid
_ENVELOPE = (f'<gml:Envelope srsName="{URN}4490"><gml:lowerCorner>{LOW.y} {LOW.x}</gml:lowerCorner>'
             f"<gml:upperCorner>{HIGH.y} {HIGH.x}</gml:upperCorner></gml:Envelope>")  # fmt: skip
_RING = " ".join(f"{x} {y}" for x, y in box("东", 1).buffer(0.0001).exterior.coords)
_AREA = (f'<gml:Polygon srsName="EPSG:4490"><gml:exterior><gml:LinearRing><gml:posList>{_RING}'
         "</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon>")  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "subjects"),
    [
        (compared("PropertyIsEqualTo", "lw:subject", "东监1"), "东监1"),
        (f"<fes:And>{IDLE}{compared('PropertyIsLike', 'subject', '东监*', wildCard='*')}</fes:And>",
         "东监1 东监2 东监4 东监8"),
        (compared("PropertyIsLike", "subject", "东监.", wildCard="#", singleChar="."),
         "东监1 东监2 东监4 东监8"),
        (compared("PropertyIsLike", "subject", "%"), ""),
        (f"<fes:And>{IDLE}<fes:Not>{compared('PropertyIsLike', 'subject', '东监?')}</fes:Not>"
         "</fes:And>", "东邻监01"),
        (f"<fes:And>{IDLE}{compared('PropertyIsLessThan', 'since_on', '2023-02-02')}</fes:And>",
         "东监1 东邻监01"),
        (compared("PropertyIsGreaterThanOrEqualTo", "since_on", "2023-08-02T00:00:00Z"), "东监8"),
        (f"<fes:And>{IDLE}{compared('PropertyIsNotEqualTo', 'area_m2', '38000')}</fes:And>", ""),
        (f"<fes:And>{IDLE}<fes:PropertyIsBetween><fes:ValueReference>since_on</fes:ValueReference>"
         "<fes:LowerBoundary><fes:Literal>2023-02-02</fes:Literal></fes:LowerBoundary>"
         "<fes:UpperBoundary><fes:Literal>2023-04-02</fes:Literal></fes:UpperBoundary>"
         "</fes:PropertyIsBetween></fes:And>", "东监2 东监4"),
        (f"<fes:And>{IDLE}<fes:PropertyIsNull><fes:ValueReference>since_on</fes:ValueReference>"
         "</fes:PropertyIsNull></fes:And>", ""),
        (f"<fes:And>{IDLE}{compared('PropertyIsEqualTo', 'track', 'RECOVERY', matchCase='false')}"
         f"<fes:Or>{compared('PropertyIsEqualTo', 'subject', '东监2')}"
         f"{compared('PropertyIsEqualTo', 'subject', '西监2')}</fes:Or></fes:And>", "东监2"),
        (f"<fes:And>{IDLE}<fes:BBOX><fes:ValueReference>geom</fes:ValueReference>{_ENVELOPE}"
         "</fes:BBOX></fes:And>", "东监1 东监2"),
        (f"<fes:And>{IDLE}<fes:BBOX>{_ENVELOPE}</fes:BBOX></fes:And>", "东监1 东监2"),
        (f"<fes:And>{IDLE}<fes:Within><fes:ValueReference>geom</fes:ValueReference>{_AREA}"
         "</fes:Within></fes:And>", "东监1"),
        (compared("PropertyIsEqualTo", "name", "' OR 1=1 --"), ""),
    ],
)  # fmt: skip
def test_a_filter_is_understood(
    client: httpx.Client, secrets: dict[str, str], condition: str, subjects: str
) -> None:
    assert found(client, secrets["clerk of 东"], condition) == subjects.split()


def test_pages_names_and_columns(client: httpx.Client, secrets: dict[str, str]) -> None:
    officer = secrets["officer"]
    met: list[str] = []
    url = "/wfs?service=WFS&version=2.0.0&request=GetFeature&typeNames=lw:parcels&count=4"
    while url:
        root = parsed(client.get(url, headers=by(officer)).text)
        names = [one[0].get("{http://www.opengis.net/gml/3.2}id", "") for one in root]
        assert root.get("numberReturned") == str(len(names))
        met += names
        url = root.get("next", "")
    assert len(met) == len({*met}) == 11
    hits = got(client, officer, typenames="parcels", resulttype="hits")
    assert (hits.get("numberMatched"), hits.get("numberReturned"), len(hits)) == ("11", "0", 0)
    two = got(client, officer, typenames="parcels", resourceid=f"{met[7]},{met[2]},findings.1",
              propertyname="parcel_code", sortby="parcel_code D")  # fmt: skip
    assert [one[0].get("{http://www.opengis.net/gml/3.2}id") for one in two] == [met[7], met[2]]
    assert {each.tag.rpartition("}")[2] for one in two for each in one[0]} == {
        "geom",
        "parcel_code",
    }
    asked = {"request": "GetFeature", "typenames": "parcels", "outputformat": "application/json"}
    told = client.get("/wfs", params=asked, headers=by(officer)).json()
    assert [f"parcels.{one['id']}" for one in told["features"]] == met
    assert told["features"][0]["geometry"]["type"] == "Polygon"


def test_the_description_tells_every_column_and_layer(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    told = got(client, secrets["officer"], request="DescribeFeatureType", typenames="lw:findings")
    elements = [one.get("name") for one in told.iter("{http://www.w3.org/2001/XMLSchema}element")]
    (first,) = got(client, secrets["officer"], typenames="findings", count="1")
    assert {one.tag.rpartition("}")[2] for one in first[0]} <= {*elements}
    assert "结果代码" in "".join(told.itertext())
    whole = got(client, secrets["officer"], request="GetCapabilities")
    names = [one.text for one in whole.iter("{http://www.opengis.net/wfs/2.0}Name")]
    assert "lw:findings" in names
    for name in names:
        assert len(got(client, secrets["officer"], typenames=name)) > 0, name


def test_nobody_is_told_of_land_outside(client: httpx.Client, secrets: dict[str, str]) -> None:
    for name in ("findings", "unsupplied", "leads", "park_pieces", "parcels", "approvals", "parks"):
        mine = got(client, secrets["clerk of 东"], typenames=name)
        text = Xml.tostring(mine, "unicode")
        assert "西" not in text, name
        assert "150722" not in text, name
        theirs = got(client, secrets["clerk of 西"], typenames=name)
        ids = [one[0].get("{http://www.opengis.net/gml/3.2}id", "") for one in theirs]
        named = got(client, secrets["clerk of 东"], typenames=name, resourceid=",".join(ids))
        assert ids, name
        assert len(named) == 0, name
    whole = Xml.tostring(got(client, secrets["clerk of 东"], request="GetCapabilities"), "unicode")
    assert "110.3" not in whole


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"request": "Transaction"}, "transaction"), ({"version": "1.1.0"}, "1.1.0"),
        ({"service": "WMS"}, "WMS"), ({"strange": "1"}, "strange"),
        ({"srsname": "EPSG:2433"}, "2433"), ({"srsname": "x"}, "srsName"),
        ({"bbox": "1,2,3"}, ""), ({"bbox": "a,b,c,d"}, ""), ({"bbox": "nan,1,2,3"}, ""),
        ({"bbox": "1,2,3,4,EPSG:1"}, ""), ({"count": "-1"}, "count"),
        ({"startindex": "x"}, "startindex"),
        ({"outputformat": "csv"}, "csv"), ({"sortby": "regions"}, "regions"),
        ({"propertyname": "regions"}, "regions"), ({"resourceid": "x"}, "x"),
        ({"filter": "<Filter"}, "XML"), ({"filter": "<Filter/>"}, "Filter"),
        ({"filter": "<!DOCTYPE a [<!ENTITY b 'c'>]><Filter>&b;</Filter>"}, ""),
        ({"filter": "<And>" * 400 + "</And>" * 400}, ""),
        ({"filter": plain(compared("PropertyIsEqualTo", "regions", "x"))}, "regions"),
        ({"filter": plain(compared("PropertyIsEqualTo", "area_m2", "x"))}, "x"),
        ({"filter": plain(compared("PropertyIsEqualTo", "outcome", "x"))}, "x"),
        ({"filter": "<Filter><Sleep/></Filter>"}, "Sleep"),
        ({"filter": "<Filter><BBOX><Envelope/></BBOX></Filter>"}, "Envelope"),
        ({"filter": "<Filter><Or/></Filter>"}, ""), ({"filter": "<Filter><Not/></Filter>"}, ""),
        ({"filter": plain("<PropertyIsBetween><Literal>1</Literal></PropertyIsBetween>")}, ""),
    ],
)  # fmt: skip
def test_what_says_nothing_is_reported(
    client: httpx.Client, secrets: dict[str, str], given: dict[str, str], part: str
) -> None:
    asked = {"service": "WFS", "request": "GetFeature", "typenames": "findings"} | given
    answer = client.get("/wfs", params=asked, headers=by(secrets["officer"]))
    assert answer.status_code == 400, answer.text
    root = parsed(answer.text)
    assert root.tag == "{http://www.opengis.net/ows/1.1}ExceptionReport"
    assert part in "".join(root.itertext())
    assert len([*root.iter("{http://www.opengis.net/ows/1.1}ExceptionText")]) == 2


def test_who_is_unknown_is_asked_for_a_name_and_a_password(client: httpx.Client) -> None:
    answer = client.get("/wfs?service=WFS&request=GetCapabilities")
    assert answer.status_code == 401
    assert "Basic" in answer.headers["www-authenticate"]
    assert parsed(answer.text).tag.endswith("ExceptionReport")
