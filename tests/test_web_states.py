"""What pages say where something is missing: data, a script, the network, one's own session.

Each is a state that was designed: it says what is the matter, and loses nothing that was typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import geopandas
import httpx
import pytest
import shapely
from playwright.sync_api import Browser, Page, Route, expect

from gis.config import Config
from gis.store import database
from tests import sending, stores, warm
from tests.test_web_frame import AS_BROWSER
from tests.test_web_land import LONG, load, words_of
from tests.warm import Desk
from tests.web_desk import GOOD, faults_of_axe, person, tab_of

# The pages that tell of a run, and those that need none.
OF_A_RUN = (
    "/", "/map", "/map/print", "/lists/supplied", "/lists/unsupplied", "/lists/balances",
    "/lists/leads", "/triage", "/calendar", "/runs", "/pivot", "/blocks",
)  # fmt: skip
ALWAYS = ("/lists/parcels", "/lists/issues", "/deliveries", "/corrections", "/law", "/login")


@pytest.fixture(scope="module")
def people(desk: Desk) -> Desk:
    person(desk, "甲", "officer")
    person(desk, "乙", "viewer")
    return desk


def shown(client: httpx.Client, path: str, *fine: int) -> str:
    answer = client.get(path, headers=AS_BROWSER, follow_redirects=True)
    assert answer.status_code in (200, *fine), (path, answer.text)
    return words_of(answer.text)


@pytest.mark.long("a store without a run, tests/test_web_home.py")
def test_nothing_then_one_parcel_of_no_block_and_a_park_without_a_finding(
    store_url: str, tmp_path: Path, browser: Browser
) -> None:
    assert store_url
    desk = Desk(stores.Store(store_url, tmp_path / "home"), warm.shared())
    for client in sending.client_of(desk):
        for path in (*OF_A_RUN, *ALWAYS):
            # Where there is no run, a page of one says so, and leads to where one begins.
            told = shown(client, path, 404)
            assert "没有" in told or path in ("/law", "/login"), path
        box = shapely.box(109.8, 39.6, 109.802, 39.602)
        files = tmp_path / "files"
        files.mkdir()
        for kind, row in (
            ("parcels", {"宗地代码": "1", "电子监管号": "一宗", "登记日期": "2020-06-01"}),
            ("parks", {"开发区代码": "空园", "开发区名称": "空园", "启用日期": "2000-01-01"}),
        ):
            at = box if kind == "parcels" else shapely.box(110.8, 39.6, 110.802, 39.602)
            place = files / f"{kind}.gpkg"
            frame = geopandas.GeoDataFrame([row], geometry=[at], crs="EPSG:4490")
            frame.to_file(place)
            assert desk.call("load", kind, str(place)).code == 0
        load(desk, files, "supplies", "电子监管号,行政区代码,项目名称,供地方式,土地使用权人",
             f"一宗,150602,{LONG},出让,{LONG}")  # fmt: skip
        assert desk.call("run", "--as-of", "2024-06-30").code == 0
        for path in (*OF_A_RUN, *ALWAYS):
            shown(client, path)
        assert "没有区块" in shown(client, "/blocks")
        # Neither price nor the day of the start is known: said so, neither blank nor nought.
        told = shown(client, "/subject/一宗")
        assert "状态 待定" in told
        assert "约定动工日 不明 供地结果未填约定动工日" in told, told
        empty = shown(client, "/park/空园")
        assert "没有监测对象" in empty
        assert "没有可无偿收回的土地" in empty
        # A block without a name is called by its code.
        place = files / "blocks.gpkg"
        row = {"区块代码": "无名1", "开发区代码": "空园", "启用日期": "2000-01-01"}
        geopandas.GeoDataFrame(
            [row], geometry=[shapely.box(110.8, 39.6, 110.801, 39.602)], crs="EPSG:4490"
        ).to_file(place)
        assert desk.call("load", "blocks", str(place)).code == 0
        assert desk.call("run", "--as-of", "2024-07-01").code == 0
        assert 'text-anchor="middle">无名1</text>' in client.get("/park/空园").text
        assert "无名1" in shown(client, "/block/无名1")
        context = browser.new_context(
            base_url=str(client.base_url), viewport={"width": 1366, "height": 768}
        )
        tab = context.new_page()
        tab.set_default_timeout(30_000)
        for path in ("/map", "/subject/一宗", "/lists/supplied", "/park/空园"):
            tab.goto(path)
            if path == "/map":
                tab.wait_for_selector("body[data-map=ready]")
                tab.locator("#rows tr[data-key]").wait_for()
            assert tab.evaluate("document.documentElement.scrollWidth") <= 1366, path
        context.close()


@pytest.fixture
def tab(people: Desk, client: httpx.Client, browser: Browser) -> Iterator[Page]:
    """A tab of an officer, in which requests may fail."""
    assert people
    with tab_of(browser, client, "甲", noted=("",)) as made:
        yield made


def test_a_map_whose_worker_does_not_come_says_so_and_the_list_is_there(tab: Page) -> None:
    tab.route("**/maplibre-gl-worker.mjs", lambda route: route.abort())
    tab.goto("/map")
    tab.get_by_text("地图的绘制程序没有载入").wait_for()
    assert tab.locator("#map-said a").get_attribute("href") == "/maps/"
    tab.locator("#rows tr[data-key]").first.wait_for()


def test_where_tiles_do_not_come_nobody_is_told_that_all_is_drawn(tab: Page) -> None:
    tab.route("**/tiles/findings/**", lambda route: route.abort())
    for told in ("地图的一部分没有取到，请刷新。", "按格网计数"):
        tab.goto("/map")
        tab.wait_for_selector("body[data-map=ready]")
        expect(tab.locator("#drawn")).to_contain_text(told)
        tab.unroute("**/tiles/findings/**")


def test_where_scripts_do_not_come_nothing_typed_goes_into_an_address(tab: Page) -> None:
    sent: list[str] = []
    tab.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    tab.route("**/static/app/forms.js", lambda route: route.abort())
    tab.goto("/account")
    tab.get_by_text("页面没有完整载入").wait_for()
    sent.clear()
    for name in ("old", "new", "again"):
        tab.fill(f"[data-send*=password] [name={name}]", GOOD)
    tab.keyboard.press("Enter")
    tab.wait_for_timeout(200)
    assert sent == []
    assert GOOD not in tab.url
    # Where they only come late, what was sent before waits for them.
    tab.context.clear_cookies()
    late: list[Route] = []
    tab.route("**/static/app/login.js", lambda route: late.append(route))
    tab.goto("/login?next=/runs", wait_until="commit")
    tab.locator("#in [name=name]").fill("甲")
    tab.fill("#in [name=password]", GOOD)
    sent.clear()
    tab.keyboard.press("Enter")
    tab.wait_for_timeout(200)
    assert not [one for one in sent if "login" in one and "static" not in one]
    late[0].continue_()
    tab.wait_for_url("**/runs")


def test_who_waits_is_told_and_who_gets_no_answer_keeps_what_was_typed(tab: Page) -> None:
    tab.goto("/subject/东监1/record?kind=handovers")
    tab.fill("[name=document]", "东交〔2024〕9号")
    tab.fill("[name=handed_on]", "2024-05-20")
    held: list[Route] = []
    tab.route("**/record/preview", lambda route: held.append(route))
    tab.locator("button[name=do]").click()
    tab.get_by_text("还在等服务器，请稍候").wait_for()
    assert faults_of_axe(tab) == []
    held[0].abort()
    tab.get_by_text("服务器没有回答").wait_for()
    assert "已填的内容都在" in tab.locator("#said").inner_text()
    expect(tab.locator("#slow")).to_be_hidden()
    # What stands between answers in words of its own.
    tab.unroute("**/record/preview")
    tab.route("**/record/preview", lambda route: route.fulfill(status=502, body="<h1>Bad</h1>"))
    tab.locator("button[name=do]").click()
    tab.locator("#said .msg.bad").wait_for()
    assert "服务器没有回答" in tab.locator("#said").inner_text()
    tab.unroute("**/record/preview")
    tab.locator("button[name=do]").click()
    tab.locator("#preview[data-accepted='1']").wait_for()
    assert tab.locator("[name=document]").input_value() == "东交〔2024〕9号"


def test_a_part_that_did_not_come_is_asked_for_again(tab: Page) -> None:
    def cut(route: Route) -> None:
        route.abort() if route.request.headers.get("hx-request") else route.continue_()

    tab.route(re.compile("/calendar"), cut)
    tab.goto("/calendar")
    tab.get_by_text("服务器没有回答").wait_for()
    tab.unroute_all()
    tab.get_by_role("button", name="再试").click()
    tab.get_by_text(re.compile("共 .* 项|天内没有到期的")).wait_for()


def test_two_tabs_of_two_people_send_nothing_in_each_others_name(tab: Page, people: Desk) -> None:
    tab.goto("/subject/东监2/record?kind=handovers")
    tab.fill("[name=document]", "东交〔2024〕8号")
    tab.fill("[name=handed_on]", "2024-05-20")
    other = tab.context.new_page()
    for name in ("乙", "甲"):
        other.goto("/account")
        other.locator("details.who summary").click()
        other.locator("#log-out").click()
        other.wait_for_url("**/login")
        other.fill("#in [name=name]", name)
        other.fill("#in [name=password]", GOOD)
        other.keyboard.press("Enter")
        other.wait_for_url(re.compile(r":\d+/$"))
        tab.locator("button[name=do]").click()
        if name == "乙":
            tab.get_by_text("现在登录的是另一个账号：乙").wait_for()
            assert tab.locator("#preview[data-accepted='1']").count() == 0
    # The same person again, in a session of another token: it goes on where it was.
    tab.locator("#preview[data-accepted='1']").wait_for()
    assert tab.locator("[name=document]").input_value() == "东交〔2024〕8号"
    with database.connect(Config(Path("unused"), people.store.url)) as connection:
        told = connection.execute("SELECT count(*) FROM landwatch.handovers").fetchone()
    assert told == (0,)


def test_back_leads_to_what_was_filtered_and_after_log_out_to_nothing(tab: Page) -> None:
    tab.goto("/lists/supplied?outcome=candidate&region=150602")
    rows = tab.locator("tbody tr").count()
    tab.locator("tbody tr a").first.click()
    tab.wait_for_url("**/subject/*")
    tab.go_back()
    assert "outcome=candidate" in tab.url
    assert tab.locator("tbody tr").count() == rows
    tab.locator("details.who summary").click()
    tab.locator("#log-out").click()
    tab.wait_for_url("**/login")
    tab.go_back()
    tab.wait_for_url("**/login?next=*")
    assert tab.locator("tbody tr").count() == 0
