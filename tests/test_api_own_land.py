"""Whoever sees some land alone neither widens it, nor writes about another, nor hears of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import httpx
import pytest
import shapely

from tests.conftest import rest_long
from tests.sending import accepted, looked_at, parcels, sent
from tests.test_api_scope import by
from tests.two_banners import box
from tests.warm import Desk

SUPPLIES = "电子监管号,行政区代码,项目名称,面积(公顷),供地方式,约定开工时间,合同签订日期\n"


def drawn(shape: shapely.Polygon, **values: str) -> bytes:
    """A file of one shape with its attributes."""
    frame = geopandas.GeoDataFrame([values], geometry=[shape], crs="EPSG:4490")
    return frame.to_json(drop_id=True).encode()


def look(
    client: httpx.Client, secret: str, content: bytes | Path, kind: str, name: str = "资料.geojson",
    how: dict[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """What is found in a file, looked at as `how` says; it is thrown away again."""
    asked = {"kind": kind} if isinstance(content, Path) else {"kind": kind, "name": name}
    number = sent(client, secret, content, **asked).json()["id"]
    told = looked_at(client, secret, number)
    if how is not None:
        client.post(f"/api/v1/uploads/{number}/check", json=how, headers=by(secret))
        told = looked_at(client, secret, number)
    assert client.delete(f"/api/v1/uploads/{number}", headers=by(secret)).status_code == 200
    return told


# The banner reaches from -20 to 70, the park from 0 to 20, its blocks from 0 to 10 and 10 to 20; a
# step is 172 metres. Each lies across by less than a twentieth of itself.
WIDER: dict[str, tuple[str, shapely.Polygon, dict[str, str]]] = {
    "the region": ("regions", box("东", -20, 93), {"行政区代码": "150602"}),
    "a region within": ("regions", box("东", 60, 10.4), {"行政区代码": "150602001"}),
    "a park": ("parks", box("东", 60, 10.4), {"开发区代码": "东新园", "行政区代码": "150602"}),
    "a park moved": ("parks", box("东", 50.4, 20), {"开发区代码": "东园", "行政区代码": "150602"}),
    "a block": ("blocks", box("东", 60, 10.4), {"区块代码": "东新块", "开发区代码": "东园"}),
}


@pytest.mark.parametrize("name", rest_long(WIDER, ["the region", "a block"]))
def test_nobody_draws_their_own_land_wider(
    client: httpx.Client, secrets: dict[str, str], name: str
) -> None:
    """Less than a twentieth across is of this side for a parcel, and never for a place."""
    kind, shape, values = WIDER[name]
    told = look(client, secrets["clerk of 东"], drawn(shape, 启用日期="2000-01-01", **values), kind)
    assert told["state"] == "refused", told
    assert [row["row_no"] for row in told["report"]["outside"]] == [1]
    whole = look(client, secrets["officer"], drawn(shape, 启用日期="2000-01-01", **values), kind)
    assert whole["state"] == "checked"


@pytest.mark.long("test_nobody_draws_their_own_land_wider")
def test_a_park_says_what_is_its_own_and_no_more(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """A clerk of the banner draws a park within it, a hand's breadth across (0.005 steps, 0.9 m);
    one of the park draws a block in it, and the park smaller, but not by that breadth larger.
    """
    park = {"开发区代码": "东新园", "行政区代码": "150602", "启用日期": "2001-01-01"}
    block = {"区块代码": "东二块", "开发区代码": "东园", "启用日期": "2001-01-01"}
    own = park | {"开发区代码": "东园"}
    for who, kind, shape, values, state in (
        ("clerk of 东", "parks", box("东", 60, 10.005), park, "checked"),
        ("clerk of 东园", "blocks", box("东", 10, 9.5), block, "checked"),
        ("clerk of 东园", "blocks", box("东", 10, 10.005), block, "refused"),
        ("clerk of 东园", "parks", box("东", 0, 19), own, "checked"),
        ("clerk of 东园", "parks", box("东", 0, 20.005), own, "refused"),
    ):
        told = look(client, secrets[who], drawn(shape, **values), kind)
        assert told["state"] == state, (who, kind, shape, told)


def test_a_region_without_a_shape_is_named_and_none_is_lost(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """A town within: checked. In place of all of the banner: its shape would be gone, and with it
    what tells its land from others'.
    """
    text = "行政区代码,行政区名称\n150602001,东镇\n".encode()
    east = secrets["clerk of 东"]
    assert look(client, east, text, "regions", "区划.csv")["state"] == "checked"
    how = {"mode": "replace", "scope": {"region_code": "150602"}}
    assert look(client, east, text, "regions", "区划.csv", how)["state"] == "refused"
    assert look(client, secrets["officer"], text, "regions", "区划.csv", how)["state"] == "checked"


@pytest.mark.parametrize(
    ("kind", "key", "values", "status"),
    [
        ("parcels", "150602001001GB00004", {"supply_no": "西监4"}, 422),
        ("parcels", "150602001001GB00004", {"region_code": "150722"}, 422),
        ("supplies", "东监4", {"region_code": "150722"}, 422),
        ("parcels", "150722001001GB00004", {"supply_no": "西监8"}, 404),
        ("supplies", "西监4", {"region_code": "150602"}, 404),
        ("supplies", "东监4", {"area_m2": "3.9公顷"}, 201),
    ],
)
def test_a_correction_is_of_ones_own_land_before_and_after(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], kind: str, key: str,
    values: dict[str, str], status: int,
) -> None:  # fmt: skip
    before = desk.json("deliveries")["count"]
    order = {"kind": kind, "key": key, "values": values, "why": "合同原件"}
    done = client.post("/api/v1/corrections", json=order, headers=by(secrets["clerk of 东"]))
    assert done.status_code == status, done.text
    assert desk.json("deliveries")["count"] == before + (status == 201)


@pytest.mark.long("test_nothing_of_the_other_side_is_brought_back_by_undo")
def test_what_laps_over_the_border_is_not_corrected_from_the_other_side(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """An approval of 西 that reaches into 东 is seen there, and written here."""
    shape = shapely.union_all([box("西", 30), box("东", 30)])
    values = {"批准文号": "西批〔2021〕9号", "批准日期": "2021-03-01", "行政区代码": "150722"}
    (tmp_path / "批.geojson").write_bytes(drawn(shape, **values))
    done = desk.call("load", "approvals", str(tmp_path / "批.geojson"))
    assert done.code in {0, 1}, done.stderr
    assert desk.call("run", "--as-of", "2024-06-30").code == 0
    listed = client.get("/api/v1/approvals?limit=1000", headers=by(secrets["officer of 东"])).json()
    key = next(row["key"] for row in listed["rows"] if "2021〕9号" in str(row))
    order = {"kind": "approvals", "key": key, "values": {"office": "改"}, "why": "x"}
    for who, status in (("officer of 东", 404), ("officer of 西", 404), ("officer", 201)):
        done = client.post("/api/v1/corrections", json=order, headers=by(secrets[who]))
        assert done.status_code == status, (who, done.text)


def test_nothing_of_the_other_side_is_brought_back_by_undo(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """A file of 东 alone that ended 西's task: of both banners, and undone by who sees both."""
    head = "年度,行政区代码,任务类型,任务面积(公顷)\n"
    west, east = tmp_path / "西.csv", tmp_path / "东.csv"
    west.write_text(head + "2024,150722,批而未供,7\n", encoding="utf-8")
    east.write_text(head + "2024,150602,批而未供,10\n", encoding="utf-8")
    assert desk.call("load", "tasks", str(west)).code == 0
    number = desk.json("load", "tasks", str(east), "--mode", "replace", "--scope", "year=2024")[
        "delivery"
    ]
    officer, url = by(secrets["officer of 东"]), f"/api/v1/deliveries/{number}"
    assert client.get(url, headers=officer).status_code == 404
    # As a delivery that came before what it ended was written down.
    with desk.store.connect() as connection:
        connection.execute(
            "UPDATE landwatch.delivery SET regions = '{150602}' WHERE number = %s", (number,)
        )
    assert client.get(url, headers=officer).status_code == 200
    refused = client.post(f"{url}/undo", headers=officer)
    assert refused.status_code == 404, refused.text
    assert desk.json("deliveries")["rows"][-1]["number"] == number
    assert client.post(f"{url}/undo", headers=by(secrets["officer"])).status_code == 200
    # One's own is taken back as ever.
    own = desk.json("load", "tasks", str(east))["delivery"]
    done = client.post(f"/api/v1/deliveries/{own}/undo", headers=officer)
    assert done.status_code == 200, done.text


def test_a_guess_is_answered_alike_whether_it_is_so_or_not(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """The number and the area of 西监1 as they are, as they are not, and of nobody."""
    said = set()
    for text in (
        "电子监管号\n西监1\n", "电子监管号\n西监77\n",
        "电子监管号,面积(公顷)\n西监1,3.8\n", "电子监管号,面积(公顷)\n西监1,3.9\n",
        "电子监管号,面积(公顷)\n西监77,3.8\n",
    ):  # fmt: skip
        told = look(client, secrets["clerk of 东"], text.encode(), "supplies", "供地.csv")
        assert (told["state"], told["report"]["outcome"]) == ("refused", None), told
        said.add(str(told["report"]["problem"]).replace("西监77", "西监1"))
    assert len(said) == 1, said


def test_what_a_file_replaces_is_told_by_no_question_about_others(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    text = (SUPPLIES + "东监1,150602,东项目1,3.8,出让,2021-01-01,2020-05-01\n").encode()
    east, said = secrets["clerk of 东"], set()
    for scope in ({"supply_no": "西监1"}, {"supply_no": "西监77"}, {}):
        how = {"mode": "replace", "scope": scope}
        told = look(client, east, text, "supplies", "供地.csv", how)
        assert (told["state"], told["report"]["outcome"]) == ("refused", None), told
        said.add(str(told["report"]["problem"]))
    assert len(said) == 1, said
    how = {"mode": "replace", "scope": {"region_code": "150602"}}
    assert look(client, east, text, "supplies", "供地.csv", how)["state"] == "checked"


@pytest.mark.long("test_what_a_file_replaces_is_told_by_no_question_about_others")
def test_a_file_that_came_from_the_other_side_is_as_new(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    text = (SUPPLIES + "西新9,150722,西项目9,1.0,出让,2021-01-01,2020-05-01\n").encode()
    place = tmp_path / "供地.csv"
    place.write_bytes(text)
    number = sent(client, secrets["clerk of 西"], place, kind="supplies").json()["id"]
    looked_at(client, secrets["clerk of 西"], number)
    assert accepted(client, secrets["clerk of 西"], number).status_code == 200
    told = look(client, secrets["clerk of 东"], place, "supplies")
    assert (told["state"], told["report"]["outcome"]) == ("refused", None), told
    again = look(client, secrets["clerk of 西"], place, "supplies")
    assert again["report"]["outcome"]["is_repeat"] is True


def test_a_shape_guessed_is_not_told_how_well(
    client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """It says 东 and lies on a parcel of 西, as a copy of it would that waits."""
    place = parcels(tmp_path, ("150602001001GB00078", "东", 8, "150602"),
                    ("150602001001GB00079", "西", 1, "150602"))  # fmt: skip
    told = look(client, secrets["clerk of 东"], place, "parcels")
    assert (told["state"], told["report"]["outcome"]) == ("refused", None), told
    assert [row["row_no"] for row in told["report"]["outside"]] == [2]
    assert "%" not in str(told["report"]["problem"])


def test_who_ended_is_named_no_more_than_who_is(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """A row of 东 met 西's parcel 4, which has another number since: the old one stays hidden."""
    east, west = tmp_path / "东.geojson", tmp_path / "西.geojson"
    east.write_bytes(drawn(box("西", 4), 宗地代码="150602001001GB00071", 行政区代码="150602"))
    west.write_bytes(drawn(box("西", 4), 宗地代码="150722001001GB00072", 行政区代码="150722"))
    first = desk.json("load", "parcels", str(east), "--accept", "out_of_place")["delivery"]
    assert desk.json("load", "parcels", str(west), "--accept", "copy")["ended"] == 1
    for path in ("/api/v1/held", "/api/v1/issues"):
        asked = {"delivery": first}
        whole = client.get(path, params=asked, headers=by(secrets["officer"])).text
        own = client.get(path, params=asked, headers=by(secrets["officer of 东"]))
        assert "150722001001GB00004" in whole
        assert own.json()["count"] > 0
        assert "150722" not in own.text
