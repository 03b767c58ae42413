"""Deliveries at their pages: a file laid beside its shapes, decided of, its run; who may see it."""

from __future__ import annotations

import io
import re
from pathlib import Path

import geopandas
import httpx
import openpyxl
import pytest
from playwright.sync_api import Browser, Page, expect

from gis.config import Config
from gis.store import database
from gis.store.results import Scope
from tests.sending import looked_at, parcels, sent
from tests.test_api_scope import by
from tests.two_banners import box
from tests.warm import Desk
from tests.web_desk import faults_of_axe, person, session_of, tab_of

EAST = "150602001001GB0090"
ROWS = (
    (f"{EAST}1", "东", 12, "150602"),  # sound
    (f"{EAST}2", "东", 13, "150602"),  # the same number twice, on other land: neither is taken
    (f"{EAST}2", "东", 14, "150602"),
    (f"{EAST}3", "东", 12.5, "150602"),  # over the first one's eastern half
)


@pytest.fixture(scope="module")
def people(desk: Desk, secrets: dict[str, str]) -> dict[str, str]:
    person(desk, "承办人甲", "officer")
    person(desk, "东旗经办", "clerk", Scope(regions=("150602",)))
    person(desk, "西旗经办", "clerk", Scope(regions=("150722",)))
    person(desk, "查看人", "viewer")
    return secrets


@pytest.mark.long("a clerk and an officer walk through it, tests/test_web_roles.py")
def test_a_bad_file_is_seen_beside_its_shapes_taken_in_judged_and_taken_back(
    client: httpx.Client, people: dict[str, str], browser: Browser, tmp_path: Path, working: None
) -> None:
    assert people
    file = parcels(tmp_path, *ROWS)
    with tab_of(browser, client, "承办人甲") as tab:
        tab.goto("/deliveries")
        assert faults_of_axe(tab) == []
        tab.set_input_files("[name=file]", str(file))
        tab.get_by_role("button", name="上传并体检").press("Enter")
        tab.wait_for_url(re.compile(r"/deliveries/[0-9a-f]{32}"))
        tab.locator("#drawing").wait_for()
        _see_rows(tab)
        assert faults_of_axe(tab) == []
        tab.get_by_role("button", name="只接收无错的 2 行").press("Enter")
        tab.get_by_text("已接收为第").wait_for()
        assert "新增 2 条，改动 0 条，无变化 0 条，搁置 0 条" in tab.locator("#said").inner_text()
        tab.fill("#run [name=as_of]", "2024-07-01")
        tab.locator("#run button").press("Enter")
        tab.get_by_text("判定完成").wait_for(timeout=60_000)
        assert tab.get_by_role("link", name="看结果").get_attribute("href") == "/?run=2"
        tab.get_by_role("link", name="交付", exact=True).first.click()
        tab.locator("tr[data-key] a").first.click()
        tab.locator("h1", has_text="宗地.zip").wait_for()
        figures = tab.locator(".fig .v").all_inner_texts()
        # rows, added, changed, as before, held, not taken: of two a number, neither
        assert [int(one) for one in figures] == [4, 2, 0, 0, 0, 2]
        tab.on("dialog", lambda dialog: dialog.accept())
        tab.get_by_role("button", name="撤销这次资料").press("Enter")
        tab.get_by_text("已撤销，记为第").wait_for()
        assert "恢复 0 条，停用 2 条" in tab.locator("#said").inner_text()


def _see_rows(tab: Page) -> None:
    """The rows of the table by keys, and by the map."""
    lines = tab.locator("#lines tr[data-key]")
    wrong = [one.split()[0] for one in tab.locator("#lines tr:has(.pill.bad)").all_inner_texts()]
    assert wrong == ["2", "3"]
    assert tab.locator(".shape.error").count() == 2
    assert tab.locator(".mark.error").all_text_contents() == ["2", "3"]
    before = tab.locator("#drawing").get_attribute("viewBox")
    tab.keyboard.press("j")
    expect(lines.first).to_have_attribute("aria-selected", "true")
    expect(tab.locator("#picked-words")).to_have_text("第 2 行")
    # The shape of that row is marked and looked at closer.
    shape = tab.locator(".shape[data-row='2']").get_attribute("d")
    assert tab.locator("#picked").get_attribute("d") == shape
    closer = tab.locator("#drawing").get_attribute("viewBox")
    assert float(closer.split()[2]) < float(before.split()[2])
    tab.keyboard.press("0")
    tab.locator(".mark.error", has_text="3").click()
    chosen = tab.locator("#lines tr[aria-selected=true]")
    assert {one.split()[0] for one in chosen.all_inner_texts()} == {"3"}


def test_what_goes_back_is_a_workbook_of_the_rows_and_a_copy(
    client: httpx.Client, people: dict[str, str], tmp_path: Path
) -> None:
    east = people["clerk of 东"]
    number = sent(client, east, parcels(tmp_path, *ROWS)).json()["id"]
    looked_at(client, east, number)
    address = f"/api/v1/uploads/{number}"
    answer = client.get(f"{address}/list.xlsx", headers=by(east))
    assert answer.status_code == 200, answer.text
    book = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True)
    text = "\n".join(
        str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
    )
    assert f"编号 {EAST}2 重复而内容不同" in text
    copy = client.get(f"{address}/mended.gpkg", headers=by(east))
    assert copy.content[:15] == b"SQLite format 3"
    for what in ("list.xlsx", "mended.gpkg"):
        for stranger in ("clerk of 西", "clerk of 东园"):
            answer = client.get(f"{address}/{what}", headers=by(people[stranger]))
            assert answer.status_code == 404, (what, stranger)
        assert client.get(f"{address}/{what}", headers=by(people["viewer"])).status_code == 403
    assert client.get(f"{address}/other", headers=by(east)).status_code == 422
    client.delete(address, headers=by(east))
    assert client.get(f"{address}/list.xlsx", headers=by(east)).status_code == 409


def test_words_stay_with_a_file_its_workbook_its_delivery_and_the_audit(
    desk: Desk, client: httpx.Client, people: dict[str, str], browser: Browser, tmp_path: Path
) -> None:
    east, words = people["clerk of 东"], "第 2 行重号，<b>请核对</b>"
    number = sent(client, east, parcels(tmp_path, *ROWS)).json()["id"]
    looked_at(client, east, number)
    address = f"/api/v1/uploads/{number}"
    for who, status in (("clerk of 西", 404), ("viewer", 403)):
        answer = client.put(f"{address}/words", json={"words": "x"}, headers=by(people[who]))
        assert answer.status_code == status, who
    for wrong in ({}, {"words": ""}, {"words": "长" * 2_001}, {"words": "x", "more": 1}):
        answer = client.put(f"{address}/words", json=wrong, headers=by(east))
        assert answer.status_code == 422, wrong
    with tab_of(browser, client, "东旗经办") as tab:
        tab.goto(f"/deliveries/{number}")
        tab.fill("#words", words)
        tab.get_by_role("button", name="只接收无错的 2 行").press("Enter")
        tab.get_by_text("已接收为第").wait_for()
        tab.reload()
        assert words in tab.locator(".decide .said-words").inner_text()
        tab.get_by_role("link", name="看这次资料").click()
        tab.locator("h1", has_text="宗地.zip").wait_for()
        assert words in tab.locator("dd.said-words").inner_text()
        assert faults_of_axe(tab) == []
        accepted = tab.url.rpartition("/")[2]
    told = client.get(address, headers=by(east))
    assert (told.json()["words"], told.json()["worded_by"]) == (words, "东旗经办")
    # It is decided: nothing more is said.
    late = client.put(f"{address}/words", json={"words": "晚了"}, headers=by(east))
    assert late.status_code == 409, late.text
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        found = connection.execute(
            "SELECT object FROM landwatch.audit WHERE action = 'PUT /api/v1/uploads/{number}/words'"
            " AND result = '200'"
        ).fetchall()
    assert [words in one for (one,) in found] == [True]
    client.post(f"/api/v1/deliveries/{accepted}/undo", headers=by(people["officer"]))
    # Of one that is sent back the workbook says it, on top of each sheet.
    again = sent(client, east, parcels(tmp_path, *ROWS)).json()["id"]
    looked_at(client, east, again)
    client.put(f"/api/v1/uploads/{again}/words", json={"words": "请补图"}, headers=by(east))
    answer = client.get(f"/api/v1/uploads/{again}/list.xlsx", headers=by(east))
    book = openpyxl.load_workbook(io.BytesIO(answer.content), read_only=True)
    for sheet in book:
        top = [str(cell) for row in sheet.iter_rows(max_row=4, values_only=True) for cell in row]
        assert any("意见：请补图（clerk of 东）" in line for line in top), top
    assert client.delete(f"/api/v1/uploads/{again}", headers=by(east)).status_code == 200
    with session_of(client, "东旗经办") as own:
        assert "请补图" in own.get(f"/deliveries/{again}").text


def test_a_file_and_a_delivery_are_there_for_nobody_of_other_land(
    client: httpx.Client, people: dict[str, str], tmp_path: Path
) -> None:
    east = people["clerk of 东"]
    number = sent(client, east, parcels(tmp_path, ROWS[0])).json()["id"]
    looked_at(client, east, number)
    with session_of(client, "东旗经办") as own, session_of(client, "西旗经办") as other:
        assert own.get(f"/deliveries/{number}").status_code == 200
        assert f"/deliveries/{number}" in own.get("/deliveries").text
        assert other.get(f"/deliveries/{number}").status_code == 404
        page = other.get("/deliveries")
        assert page.status_code == 200
        assert f"/deliveries/{number}" not in page.text
        numbers = [int(one) for one in re.findall(r'href="/deliveries/(\d+)"', page.text)]
        listed = client.get("/api/v1/deliveries", headers=by(people["clerk of 西"])).json()["rows"]
        assert numbers == [one["number"] for one in listed]
        hidden = {*range(1, 20)} - {*numbers}
        for one in hidden:
            assert other.get(f"/deliveries/{one}").status_code == 404, one
    with session_of(client, "查看人") as viewer:
        assert viewer.get(f"/deliveries/{number}").status_code == 403
        assert "上传并体检" not in viewer.get("/deliveries").text
    client.delete(f"/api/v1/uploads/{number}", headers=by(east))


def test_a_script_in_a_name_or_a_cell_never_runs_and_a_long_name_stays_within_the_page(
    client: httpx.Client, people: dict[str, str], browser: Browser, tmp_path: Path
) -> None:
    name = "<img src=x onerror=alert(1)>" + "长" * 60 + ".zip"
    evil = (('"><script>alert(1)</script>', "东", 15, "150602"),) * 1
    place = parcels(tmp_path, *evil, (f"{EAST}7", "东", 15.5, "150602"))
    number = sent(client, people["officer"], place, name=name).json()["id"]
    looked_at(client, people["officer"], number)
    with tab_of(browser, client, "承办人甲", viewport={"width": 390, "height": 844}) as tab:
        tab.on("dialog", lambda _: pytest.fail("a script ran"))
        for path in ("/deliveries", f"/deliveries/{number}"):
            tab.goto(path)
            assert tab.get_by_text(name[:28]).first.is_visible()
            wide = tab.evaluate("document.documentElement.scrollWidth")
            assert wide <= 390, (path, wide)
    client.delete(f"/api/v1/uploads/{number}", headers=by(people["officer"]))


@pytest.mark.long("test_words_stay_with_a_file_its_workbook_its_delivery_and_the_audit")
def test_two_tabs_decide_once_and_the_second_is_told(
    client: httpx.Client, people: dict[str, str], browser: Browser, tmp_path: Path
) -> None:
    number = sent(client, people["officer"], parcels(tmp_path, (f"{EAST}8", "东", 18, "150602")))
    number = number.json()["id"]
    looked_at(client, people["officer"], number)
    with tab_of(browser, client, "承办人甲") as tab:
        tab.goto(f"/deliveries/{number}")
        client.delete(f"/api/v1/uploads/{number}", headers=by(people["officer"]))
        tab.get_by_role("button", name="整份接收").click()
        tab.locator("#said .msg.bad").wait_for()
        tab.reload()
        assert "这份文件已处理，不能再接收或退回" in tab.locator("#said").inner_text()
        assert tab.locator("#accept, #back").count() == 0


def test_the_pages_speak_english_alone_by_switch(
    client: httpx.Client, people: dict[str, str], tmp_path: Path
) -> None:
    number = sent(client, people["officer"], parcels(tmp_path, *ROWS), name="parcels.zip")
    number = number.json()["id"]
    looked_at(client, people["officer"], number)
    with session_of(client, "承办人甲") as own:
        own.cookies.set("landwatch-language", "en")
        page = own.get(f"/deliveries/{number}").text
        main = re.sub(
            r"中文|承办人甲|宗地(代码)?|行政区代码|登记日期", "", page.partition("<main")[2]
        )
        assert not re.search("[一-鿿]", main), re.findall("[一-鿿]+", main)
    client.delete(f"/api/v1/uploads/{number}", headers=by(people["officer"]))


def test_a_column_that_was_not_read_is_told_by_hand_and_the_file_looked_at_again(
    client: httpx.Client, people: dict[str, str], browser: Browser, tmp_path: Path
) -> None:
    rows = {"号": [f"{EAST}5"], "行政区代码": ["150602"], "登记日期": ["2022-06-01"]}
    place = tmp_path / "宗地.gpkg"
    shape = [box("东", 16)]
    geopandas.GeoDataFrame(rows, geometry=shape, crs="EPSG:4490").to_file(place)
    number = sent(client, people["officer"], place, name="宗地.gpkg").json()["id"]
    looked_at(client, people["officer"], number)
    with tab_of(browser, client, "承办人甲") as tab:
        tab.goto(f"/deliveries/{number}")
        assert "表头 号 没有用到" in tab.locator("#lines").inner_text()
        tab.get_by_text("怎样读入的，换一种读法").click()
        tab.select_option("[data-head='号']", "parcel_code")
        tab.get_by_role("button", name="按此重新体检").press("Enter")
        tab.get_by_text("每一行都可以接收").wait_for()
        # What was said stays said when something else is.
        tab.get_by_text("怎样读入的，换一种读法").click()
        tab.fill("#again-form [name=crs]", "EPSG:4490")
        with tab.expect_navigation():
            tab.keyboard.press("Enter")
        tab.get_by_role("button", name="整份接收 1 行").wait_for()
    how = client.get(f"/api/v1/uploads/{number}", headers=by(people["officer"])).json()["how"]
    assert how == {"map": {"号": "parcel_code"}, "crs": "EPSG:4490", "mode": "add"}
    client.delete(f"/api/v1/uploads/{number}", headers=by(people["officer"]))
