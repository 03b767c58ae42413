"""What a sent file may do beyond its rows: decide what waits, say how others' files are read."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import geopandas
import httpx
import openpyxl
import pytest

from api.errors import _STATUS
from gis.accounts.uploads import TooManyWaitError
from gis.cli.reading import Reader, _told
from gis.errors import (
    DeliveryError,
    DiskError,
    GeometryError,
    LawError,
    StoreError,
    UsageError,
)
from gis.store.statements import LOADS
from tests.sending import accepted, looked_at, parcels, sent
from tests.test_api_scope import by
from tests.two_banners import box
from tests.warm import Desk

MOVED = "150602001001GB00002"
HEAD = "文号,电子监管号,签订日期,延期后开工时间\n"


def read_as(client: httpx.Client, secret: str, number: str, how: dict[str, Any]) -> httpx.Response:
    return client.post(f"/api/v1/uploads/{number}/check", json=how, headers=by(secret))


def register(client: httpx.Client, secret: str, text: str, **more: str) -> str:
    answer = sent(client, secret, text.encode(), kind="extensions", name="延期.csv", **more)
    return str(answer.json()["id"])


def test_what_waits_is_taken_with_a_file_only_by_who_may_accept(
    client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """东2 is put elsewhere: a clerk may not say that it moved, nor take in what an officer said."""
    clerk, officer = secrets["clerk of 东"], secrets["officer of 东"]
    number = sent(client, clerk, parcels(tmp_path, (MOVED, "东", 6, "150602"))).json()["id"]
    assert looked_at(client, clerk, number)["report"]["outcome"]["held"] == 1
    decided: list[dict[str, Any]] = [
        {"accepted": [f"moved:{MOVED}"]}, {"accepted": ["moved"]}, {"accepted": ["copy"]},
        {"accepted": ["out_of_place"]}, {"override_corrections": True},
    ]  # fmt: skip
    for how in decided:
        refused = read_as(client, clerk, number, how)
        assert (refused.status_code, "accept" in refused.json()["detail"]) == (403, True), how
    assert looked_at(client, clerk, number)["how"] == {}
    assert read_as(client, officer, number, decided[0]).status_code == 202
    assert looked_at(client, officer, number)["report"]["outcome"]["replaced"] == 1
    assert accepted(client, clerk, number).status_code == 403
    assert accepted(client, officer, number).json()["replaced"] == 1


@pytest.mark.long("test_what_waits_is_taken_with_a_file_only_by_who_may_accept")
def test_how_one_land_has_a_file_read_says_nothing_of_another(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    """东's clerk has a file of 测绘院 read with its two days exchanged: that is remembered for
    this clerk alone. 西's next file of 测绘院 is read by its titles, an officer's paper by ours.
    """
    west, east, turned = secrets["officer of 西"], secrets["clerk of 东"], {
        "签订日期": "start_due_on", "延期后开工时间": "signed_on",
    }  # fmt: skip
    own: dict[str, Any]
    for sender, row in (("测绘院", "东新延1,东监2"), ("officer of 西", "东新延2,东监4")):
        own = {"sender": sender}
        number = register(client, east, HEAD + row + ",2024-01-01,2020-12-01\n", **own)
        looked_at(client, east, number)
        read_as(client, east, number, {"map": turned, **own})
        assert looked_at(client, east, number)["state"] == "checked"
        assert accepted(client, east, number).json()["added"] == 1
    own = {"sender": "测绘院"}
    for secret, row in (
        (west, "西新延1,西监2,2020-12-01,2024-01-01\n"),
        (east, "东新延3,东监1,2024-01-01,2020-12-01\n"),
    ):
        number = register(client, secret, HEAD + row, **own)
        assert looked_at(client, secret, number)["state"] == "checked"
        assert accepted(client, secret, number).json()["added"] == 1
    paper = {"document": "西新延2", "supply_no": "西监4", "signed_on": "2020-12-01",
             "start_due_on": "2024-01-01"}  # fmt: skip
    answer = client.post("/api/v1/papers/extensions", json={"values": paper}, headers=by(west))
    assert answer.status_code == 201, answer.text
    with desk.store.connect() as connection:
        told = connection.execute(
            "SELECT document, signed_on::text, start_due_on::text FROM landwatch.extensions"
            " WHERE document LIKE '%新延%' ORDER BY document"
        ).fetchall()
    assert told == [(name, "2020-12-01", "2024-01-01") for name in sorted(
        ("东新延1", "东新延2", "东新延3", "西新延1", "西新延2"))]  # fmt: skip


def layers(place: Path, *sides: str) -> Path:
    """A GeoPackage with a layer of one new parcel for each side."""
    for side in sides:
        code = {"东": "150602", "西": "150722"}[side]
        geopandas.GeoDataFrame(
            {"宗地代码": [f"{code}001001GB0006{len(sides)}"], "行政区代码": [code],
             "登记日期": ["2022-06-01"]}, geometry=[box(side, 5)], crs="EPSG:4490",
        ).to_file(place, layer=f"宗地{side}")  # fmt: skip
    return place


def test_a_file_is_not_given_back_with_a_layer_its_delivery_was_not_read_from(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], tmp_path: Path
) -> None:
    """One layer of 东 comes back to 东, while another file is looked at; of two none does."""
    both = layers(tmp_path / "全市.gpkg", "东", "西")
    one = layers(tmp_path / "东旗.gpkg", "东")
    titles = ["年度", "行政区代码", "任务类型", "任务面积(公顷)"]
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (titles, [2023, "150602", "批而未供", 3]):
        book.active.append(row)
    book.create_sheet("空")
    book.save(tmp_path / "一页.xlsx")
    book.create_sheet("西旗").append([2023, "150722", "批而未供", 3])
    book.save(tmp_path / "两页.xlsx")
    book["西旗"].sheet_state = "hidden"
    book.save(tmp_path / "藏页.xlsx")
    numbers = {}
    for name, more in (
        (both.name, ("--layer", "宗地东")), (one.name, ()), ("一页.xlsx", ()),
        ("两页.xlsx", ("--layer", "Sheet")), ("藏页.xlsx", ()),
    ):  # fmt: skip
        numbers[name] = desk.json(
            "load", "parcels" if name.endswith("gpkg") else "tasks", str(tmp_path / name), *more
        )["delivery"]
    text = HEAD + "东新延9,东监1,2020-12-01,2024-01-01\n"
    with desk.store.connect() as loading:
        loading.execute("SELECT pg_advisory_lock(%s)", (LOADS,))
        number = register(client, secrets["clerk of 东"], text)
        for name, delivery in numbers.items():
            url = f"/api/v1/deliveries/{delivery}/file"
            own = client.get(url, headers=by(secrets["clerk of 东"]))
            is_whole = name in (one.name, "一页.xlsx")
            assert own.status_code == (200 if is_whole else 404), (name, own.text[:300])
            whole = client.get(url, headers=by(secrets["officer"]))
            assert whole.content == (tmp_path / name).read_bytes()
        state = client.get(f"/api/v1/uploads/{number}", headers=by(secrets["clerk of 东"]))
        assert state.json()["state"] == "received"
    assert looked_at(client, secrets["clerk of 东"], number)["state"] == "checked"


def test_what_was_looked_at_is_taken_in_or_nothing(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    """An officer has a clerk's file read so that it replaces: who saw the look before is told."""
    clerk, officer = secrets["clerk of 东"], secrets["officer of 东"]
    row = "东新延8,东监1,2020-12-01,2024-01-01\n"
    number = register(client, clerk, HEAD + row, encoding="utf-8", sender="测绘院")
    assert looked_at(client, clerk, number)["state"] == "checked"
    url = f"/api/v1/uploads/{number}"
    seen = client.get(url, headers=by(clerk)).headers["etag"]
    assert client.get(url, headers=by(clerk)).headers["etag"] == seen
    read_as(client, officer, number, {"mode": "replace", "scope": {"document": "东新延8"}})
    told = looked_at(client, clerk, number)
    # What was said of the file itself when it was sent stays; null takes it away.
    assert (told["how"]["encoding"], told["how"]["sender"]) == ("utf-8", "测绘院")
    match = {"If-Match": seen}
    late = client.post(f"{url}/accept", headers=by(clerk) | match)
    assert (late.status_code, "读法已改" in late.json()["detail"]) == (409, True)
    read_as(client, officer, number, {"sender": None})
    told = looked_at(client, clerk, number)
    assert told["how"] == {"encoding": "utf-8", "mode": "add"}
    match = {"If-Match": client.get(url, headers=by(clerk)).headers["etag"]}
    done = client.post(f"{url}/accept", headers=by(clerk) | match)
    assert (done.status_code, done.json()["added"]) == (200, 1)


def test_a_wide_register_is_mapped_by_hand(client: httpx.Client, secrets: dict[str, str]) -> None:
    """200 columns with long titles: 200 x 300 letters of three bytes are more than 16 KiB."""
    titles = [f"{n:03}" + "列" * 200 for n in range(196)]
    head = ",".join(["甲", "乙", "丙", "丁", *titles])
    text = head + "\n东新延7,东监1,2020-12-01,2024-01-01" + "," * 196 + "\n"
    number = register(client, secrets["officer"], text)
    named = {"甲": "document", "乙": "supply_no", "丙": "signed_on", "丁": "start_due_on"}
    how = {"map": named | dict.fromkeys(titles, "")}
    assert read_as(client, secrets["officer"], number, how).status_code == 202
    assert looked_at(client, secrets["officer"], number)["state"] == "checked"
    far = {"map": {"甲": "document"}, "set": {f"{n}" * 60: "x" * 300 for n in range(200)}}
    many = httpx.Request("POST", "http://x", json=far).content * 4
    answer = client.post(f"/api/v1/uploads/{number}/check", content=many,
                         headers=by(secrets["officer"]))  # fmt: skip
    assert answer.status_code == 413


def test_who_decides_waits_for_a_bounded_time_and_in_a_bounded_line() -> None:
    """One place: who is in it waits a tenth of a second for the turn, the next not at all."""
    reader, told = Reader(1, 0.1), []

    def ask() -> None:
        with pytest.raises(TooManyWaitError):
            reader.ask("accept", {})
        told.append(time.monotonic())

    began = time.monotonic()
    with reader._turn:
        first = threading.Thread(target=ask)
        first.start()
        first.join()
        assert told.pop() - began >= 0.1
    assert reader._waiting is not None
    with reader._waiting:
        ask()


def test_every_error_of_the_tree_leaves_the_reading_process_as_what_it_is() -> None:
    for kind in (DeliveryError, DiskError, GeometryError, LawError, StoreError, UsageError):
        assert _told(kind("甲", "乙")) == {
            "fault": {"kind": kind.__name__, "found": "甲", "mend": "乙"}
        }
    assert next(status for one, status in _STATUS if issubclass(GeometryError, one)) == 422
