"""What waits for a person is decided through the API; files are given back to whom they belong."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import geopandas
import httpx
import pytest

from tests.sending import accepted, looked_at, parcels, sent
from tests.test_api_scope import by
from tests.two_banners import box
from tests.warm import Desk

MOVED, NEW = "150602001001GB00002", "150602001001GB00041"


def west_of(desk: Desk, code: str) -> list[float]:
    """The western end of a parcel's shape in force."""
    with desk.store.connect() as connection:
        rows = connection.execute(
            "SELECT public.ST_XMin(geom) FROM landwatch.parcels"
            " WHERE parcel_code = %s AND to_delivery IS NULL", (code,),
        ).fetchall()  # fmt: skip
    return [round(row[0], 6) for row in rows]


def west_at(side: str, step: float) -> list[float]:
    return [round(box(side, step).bounds[0], 6)]


def waiting(client: httpx.Client, secret: str) -> list[dict[str, Any]]:
    return list(client.get("/api/v1/held", headers=by(secret)).json()["rows"])


def test_a_row_that_moved_is_taken_in_alone_or_refused_for_good(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """东2 lies at step 2; a file puts it at 6 and brings one new: the new one comes, 东2 waits.

    A later file gives the new one another place. Accepting 东2 out of the first file moves 东2 and
    leaves what the later file said of the other.
    """
    east, west, officer = secrets["clerk of 东"], secrets["clerk of 西"], secrets["officer of 东"]
    place = parcels(tmp_path, (NEW, "东", 8, "150602"), (MOVED, "东", 6, "150602"))
    number = sent(client, east, place).json()["id"]
    told = looked_at(client, east, number)
    assert (told["report"]["outcome"]["added"], told["report"]["outcome"]["held"]) == (1, 1)
    first = accepted(client, east, number).json()["delivery"]
    later = tmp_path / "later"
    later.mkdir()
    number = sent(client, east, parcels(later, (NEW, "东", 8.2, "150602"))).json()["id"]
    looked_at(client, east, number)
    assert accepted(client, east, number).json()["replaced"] == 1

    (row,) = waiting(client, officer)
    assert (row["delivery"], row["value"], row["row_no"]) == (first, MOVED, 2)
    assert waiting(client, west) == []
    url = f"/api/v1/held/{row['id']}/accept"
    reason = {"reason": "现场核实 looked at on the ground"}
    assert client.post(url, json=reason, headers=by(west)).status_code == 403
    assert client.post(url, json=reason, headers=by(secrets["officer of 西"])).status_code == 404
    done = client.post(url, json=reason, headers=by(officer))
    assert done.status_code == 200, done.text
    assert (done.json()["replaced"], done.json()["rows"]) == (1, 1)
    assert west_of(desk, MOVED) == west_at("东", 6)
    assert west_of(desk, NEW) == west_at("东", 8.2), "what came later stays"
    assert waiting(client, officer) == []
    assert client.post(url, json=reason, headers=by(officer)).status_code == 404

    # Back to where it was: refused, and it waits no more, nor moves.
    back = tmp_path / "back"
    back.mkdir()
    number = sent(client, east, parcels(back, (MOVED, "东", 2, "150602"))).json()["id"]
    looked_at(client, east, number)
    accepted(client, east, number)
    (row,) = waiting(client, officer)
    refused = client.post(f"/api/v1/held/{row['id']}/refuse", json=reason, headers=by(officer))
    assert refused.status_code == 200, refused.text
    assert (waiting(client, officer), west_of(desk, MOVED)) == ([], west_at("东", 6))
    assert client.get("/api/v1/dismissals", headers=by(officer)).json()["count"] == 0


def test_a_row_of_a_file_the_command_loaded_is_taken_in_as_it_was_read(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """Its sender is known to no row of ours: read without it nothing is taken in, with it it is."""
    code, officer = "150722001001GB00002", secrets["officer"]
    frame = geopandas.GeoDataFrame(
        {"宗地代码": [code], "行政区代码": ["150722"], "登记日期": ["2022-06-01"]},
        geometry=[box("西", 6)], crs="EPSG:4490",
    )  # fmt: skip
    frame.to_file(tmp_path / "parcels.shp", encoding="gbk")
    done = desk.call("load", "parcels", str(tmp_path / "parcels.shp"), "--sender", "西测绘")
    assert done.code == 0, done.stderr
    (row,) = waiting(client, officer)
    url = f"/api/v1/held/{row['id']}/accept"
    other = client.post(url, json={"reason": "属实"}, headers=by(officer))
    assert (other.status_code, "报送单位" in other.json()["mend"]) == (409, True)
    assert west_of(desk, code) == west_at("西", 2)
    how = {"reason": "属实", "how": {"sender": "西测绘"}}
    done_ = client.post(url, json=how, headers=by(officer))
    assert done_.status_code == 200, done_.text
    assert west_of(desk, code) == west_at("西", 6)


def test_a_file_is_given_back_to_who_sees_every_row_of_it(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """One of 东 alone; one of both; one of 东 with a row of 西 refused; with one unchanged."""
    east, whole = secrets["clerk of 东"], secrets["officer"]
    head = "电子监管号,行政区代码,项目名称,面积(公顷),供地方式,约定开工时间,合同签订日期\n"
    line = "{no},{code},项目,{area},出让,2021-01-01,2020-05-01\n"
    files = {
        "own": head + line.format(no="东新1", code="150602", area="1.0"),
        "both": head + line.format(no="东新2", code="150602", area="1.0")
        + line.format(no="西新2", code="150722", area="1.0"),
        "refused": head + line.format(no="东新3", code="150602", area="1.0")
        + line.format(no="西新3", code="150722", area="不详甲"),
        "unchanged": head + line.format(no="东新4", code="150602", area="1.0")
        + line.format(no="西新2", code="150722", area="1.0"),
    }  # fmt: skip
    numbers = {}
    for name, text in files.items():
        place = tmp_path / f"{name}.csv"
        place.write_text(text, encoding="utf-8")
        numbers[name] = desk.json("load", "supplies", str(place))["delivery"]
    nothing = client.get("/api/v1/deliveries/9999/file", headers=by(east)).json()["detail"]
    for name, number in numbers.items():
        url = f"/api/v1/deliveries/{number}/file"
        given = client.get(url, headers=by(whole))
        assert (given.status_code, given.content.decode()) == (200, files[name])
        assert given.headers["content-disposition"].startswith("attachment")
        own = client.get(url, headers=by(east))
        assert own.status_code == (200 if name == "own" else 404), name
        if name != "own":
            assert own.json()["detail"] == nothing.replace("9999", str(number))
        issues = client.get(f"/api/v1/issues?delivery={number}", headers=by(east))
        assert name == "own" or issues.json()["count"] == 0
    assert client.get(
        f"/api/v1/deliveries/{numbers['own']}/file", headers=by(secrets["viewer"])
    ).status_code == 403  # fmt: skip


def test_a_sentence_names_nobody_outside(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """A parcel that says 东 on the land of one of 西 waits: the command names 西's, the API not."""
    code = "150602001001GB00077"
    frame = geopandas.GeoDataFrame(
        {"宗地代码": [code], "行政区代码": ["150602"], "登记日期": ["2022-06-01"]},
        geometry=[box("西", 1)], crs="EPSG:4490",
    )  # fmt: skip
    frame.to_file(tmp_path / "p.gpkg")
    accept = ("--accept", "out_of_place")
    number = desk.json("load", "parcels", str(tmp_path / "p.gpkg"), *accept)["delivery"]
    officer, east = secrets["officer"], secrets["officer of 东"]
    for path in ("/api/v1/held", "/api/v1/issues"):
        asked = {"delivery": number}
        told = client.get(path, params=asked, headers=by(officer)).json()["rows"]
        assert any("150722001001GB00001" in row["message"] for row in told)
        own = client.get(path, params=asked, headers=by(east))
        assert own.json()["count"] == len(told) > 0
        assert "150722" not in own.text
        assert "区域外地块" in own.text
    # A value may be the number of somebody outside: it is searched for by who sees everything.
    found = [
        client.get("/api/v1/held", params={"delivery": number, "text": code}, headers=by(each))
        for each in (officer, east)
    ]
    assert [answer.json()["count"] > 0 for answer in found] == [True, False]
    probed = client.get("/api/v1/issues?text=150722001001", headers=by(east)).json()
    assert probed["count"] == 0


def layers(folder: Path, **rows: list[tuple[str, float]]) -> Path:
    """A GeoPackage with a layer of parcels of 东 for each name: code, step."""
    place = folder / "宗地.gpkg"
    for name, each in rows.items():
        frame = geopandas.GeoDataFrame(
            {"宗地代码": [code for code, _ in each], "行政区代码": ["150602"] * len(each),
             "登记日期": ["2022-06-01"] * len(each)},
            geometry=[box("东", step) for _, step in each], crs="EPSG:4490",
        )  # fmt: skip
        frame.to_file(place, layer=name)
    return place


def test_a_row_waits_until_it_comes_again_and_no_other_row_does_for_it(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """A layer of one row that waits; then one of two rows of the same file; then the first again.

    Then with the word: it is taken in, and waits nowhere.
    """
    first, second = "150602001001GB00004", "150602001001GB00091"
    place = layers(tmp_path, 甲=[(first, 30)], 乙=[(second, 32), ("150602001001GB00092", 34)])

    def load(layer: str, *more: str) -> int:
        told = desk.json("load", "parcels", str(place), "--layer", layer, *more)
        return int(told["delivery"])

    def those() -> list[int]:
        rows = waiting(client, secrets["officer"])
        return [row["delivery"] for row in rows if row["value"] == first]

    number = load("甲")
    assert those() == [number]
    load("乙")
    assert those() == [number], "another layer says nothing of it"
    again = load("甲", "--sender", "测绘")
    assert those() == [again]
    load("甲", "--accept", "moved")
    assert those() == []


@pytest.mark.long("test_a_row_is_accepted_when_it_has_come_in_and_not_before")
def test_what_came_since_is_replaced_only_by_who_says_so(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """A row that waits; then a correction of its record; then a delivery of it taken back."""
    code, officer = "150602001001GB00001", by(secrets["officer of 东"])
    place = layers(tmp_path, 甲=[(code, 40), ("150602001001GB00095", 42)])
    number = desk.json("load", "parcels", str(place))["delivery"]

    def of_it() -> dict[str, Any]:
        rows = waiting(client, secrets["officer of 东"])
        return next((row for row in rows if row["delivery"] == number), {})

    assert of_it()["changed_since"] is None
    order = {"kind": "parcels", "key": code, "values": {"project_name": "改"}, "why": "原件"}
    done = client.post("/api/v1/corrections", json=order, headers=officer)
    assert done.status_code == 201, done.text
    since = done.json()["delivery"]
    assert of_it()["changed_since"] == since
    url, asked = f"/api/v1/held/{of_it()['id']}/accept", {"reason": "属实", "how": {}}
    refused = client.post(url, json=asked, headers=officer)
    assert (refused.status_code, f"第 {since} 次" in refused.json()["detail"]) == (409, True)
    assert west_of(desk, code) == west_at("东", 1)
    undone = client.post(f"/api/v1/deliveries/{number}/undo", headers=by(secrets["officer"]))
    assert undone.status_code == 200, undone.text
    assert of_it() == {}, "what was taken back is offered no more"
    back = undone.json()["delivery"]
    assert client.post(f"/api/v1/deliveries/{back}/undo", headers=by(secrets["officer"])).json()
    done = client.post(url, json=asked | {"even_though_changed": True}, headers=officer)
    assert done.status_code == 200, done.text
    assert west_of(desk, code) == west_at("东", 40)


def test_a_row_is_accepted_when_it_has_come_in_and_not_before(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """It has moved onto another parcel: both are to be said, else it waits as it did."""
    code, officer = "150602001001GB00008", by(secrets["officer of 东"])
    number = desk.json("load", "parcels", str(layers(tmp_path, 甲=[(code, 10)])))["delivery"]
    (row,) = [r for r in waiting(client, secrets["officer of 东"]) if r["delivery"] == number]
    url, asked = f"/api/v1/held/{row['id']}/accept", {"reason": "属实", "how": {}}
    before = desk.json("deliveries")["count"]
    refused = client.post(url, json=asked, headers=officer)
    assert (refused.status_code, "GB00007" in refused.json()["detail"]) == (409, True)
    assert desk.json("deliveries")["count"] == before
    assert [r["id"] for r in waiting(client, secrets["officer of 东"])].count(row["id"]) == 1
    done = client.post(url, json=asked | {"also": "copy"}, headers=officer)
    assert (done.status_code, done.json().get("replaced")) == (200, 1), done.text
    assert west_of(desk, code) == west_at("东", 10)


def test_parts_that_came_apart_come_back_zipped(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    row = next(r for r in desk.json("deliveries")["rows"] if r["name"] == "parcels.shp")
    given = client.get(f"/api/v1/deliveries/{row['number']}/file", headers=by(secrets["officer"]))
    place = tmp_path / "given.zip"
    place.write_bytes(given.content)
    with zipfile.ZipFile(place) as packed:
        assert {Path(name).suffix for name in packed.namelist()} >= {".shp", ".dbf", ".shx"}
    assert "parcels.zip" in given.headers["content-disposition"]
