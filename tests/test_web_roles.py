"""Each role at the application, with nothing but a browser: from logging in to the map on paper.

Always run: each role does what is its daily work, in the order work goes through an office. In the
long suite every role goes through everything, and is kept from what is not its own.
"""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import geopandas
import httpx
import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Browser, Page, expect

from gis.accounts.settings import ROLES
from maps import style
from tests import pages, printed, stores, warm
from tests.conftest import Server, rest_long
from tests.test_embed import serving
from tests.test_web_map import look, ready, shown_at
from tests.warm import DEMO_DAY, ROOT, Desk
from tests.web_desk import GOOD, keep, person, session_of, tab_of

SUBJECT = "1506992023B00069"
# Of data/parcels/README.md.
SUSPECTED = 17
BAD = ROOT / "data/parcels/bad/parcels.gpkg"
PEOPLE = {"clerk": "数据员", "officer": "利用科", "manager": "负责人甲", "viewer": "领导"}


@pytest.fixture(scope="module")
def desk(
    server: Server, demo_pattern: str, demo_home: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """The demo, with an account for each role."""
    home = shutil.copytree(demo_home, tmp_path_factory.mktemp("roles") / "home")
    with stores.copied(server, demo_pattern, f"landwatch_roles_{os.getpid()}", home) as store:
        made = Desk(store, warm.shared())
        for role, name in PEOPLE.items():
            person(made, name, role)
        yield made


@dataclass
class Walk:
    """Somebody at the application, and what the store knows."""

    role: str
    tab: Page
    client: httpx.Client
    desk: Desk
    folder: Path
    browser: Browser

    def may(self, permission: str) -> bool:
        return permission in ROLES[self.role]["permissions"]

    def status(self, method: str, path: str, **more: object) -> int:
        """What the server says to a request of this session that no page offers."""
        token = self.tab.locator("meta[name=csrf]").get_attribute("content") or ""
        answer = self.tab.request.fetch(
            path, method=method, headers={"X-CSRF-Token": token, "Accept": "application/json"},
            **more,  # type: ignore[arg-type]
        )  # fmt: skip
        return answer.status


def search(walk: Walk) -> None:
    ready(walk.tab, "/map")
    walk.tab.keyboard.press("/")
    walk.tab.keyboard.type(SUBJECT)
    walk.tab.locator("#found button").first.click()
    walk.tab.get_by_role("heading", name=SUBJECT).wait_for()
    keep(walk.tab, f"{walk.role}-search")


def read_trace(walk: Walk) -> None:
    if not walk.tab.locator("#card h1").count():
        walk.tab.goto(f"/map?subject={SUBJECT}")
    walk.tab.get_by_role("link", name="打开宗地页").click()
    walk.tab.wait_for_url("**/subject/*")
    told = walk.tab.locator(".trace").first.inner_text()
    known = walk.desk.json("why", SUBJECT)
    assert "疑似闲置" in told
    assert "《闲置土地处置办法》" in told
    assert known["finding"]["since_on"] in told


def filter_list(walk: Walk) -> None:
    tab = walk.tab
    tab.goto("/lists/supplied")
    tab.get_by_text("状态 ▾").click()
    tab.get_by_label("疑似闲置", exact=True).check()
    tab.get_by_role("button", name="筛选", exact=True).click()
    tab.wait_for_url("**/lists/supplied?outcome=suspected_idle")
    rows = tab.locator("tbody tr")
    assert rows.count() == SUSPECTED
    assert all("疑似闲置" in one for one in rows.all_inner_texts())


def move_slider(walk: Walk) -> None:
    """A day of change before the suspicion of SUBJECT it was overdue only."""
    lon, lat = middle_of(walk)
    ready(walk.tab, f"/map?run=1&lon={lon:.6f}&lat={lat:.6f}&zoom=16")
    assert shown_at(walk.tab, lon, lat, look("suspected_idle")) == look("suspected_idle")
    walk.tab.focus("#slider")
    walk.tab.keyboard.press("Home")
    walk.tab.wait_for_function("() => document.body.dataset.day < '2023-06-30'")
    assert shown_at(walk.tab, lon, lat, "#f1f1ea") == "#f1f1ea"
    walk.tab.click("#day-judged")
    walk.tab.wait_for_selector(f"body[data-day='{DEMO_DAY}']")
    keep(walk.tab, f"{walk.role}-map")


def middle_of(walk: Walk) -> tuple[float, float]:
    told = walk.tab.request.get("/map/search", params={"text": SUBJECT}).json()["found"][0]
    west, south, east, north = told["bounds"]
    return (west + east) / 2, (south + north) / 2


def export_shapefile(walk: Walk) -> None:
    tab = walk.tab
    tab.goto("/lists/supplied")
    if not walk.may("export"):
        assert tab.get_by_text("整份清单").count() == 0
        assert walk.status("GET", "/api/v1/exports/targets") == 403
        return
    tab.get_by_text("整份清单").click()
    tab.get_by_role("button", name="Shapefile").click()
    link = tab.get_by_role("link", name=re.compile(r"下载（\d+ 个文件，zip）"))
    link.wait_for(timeout=60_000)
    with tab.expect_download() as download:
        link.click()
    place = walk.folder / download.value.suggested_filename
    download.value.save_as(place)
    assert place.name == "判定结果.zip"
    frame = geopandas.read_file(f"zip://{place}!判定结果.shp")
    assert frame.crs.to_epsg() == 4490
    known = walk.desk.json("findings")["rows"] + walk.desk.json("candidates")["rows"]
    with zipfile.ZipFile(place) as packed, packed.open("判定结果_无图形.csv") as file:
        unplaced = pd.read_csv(file, dtype="string")
    told = [*frame["JCDX"], *unplaced["监测对象"]]
    assert sorted(told) == sorted(row["subject"] for row in known)
    assert (frame["JGMC"] == "疑似闲置").sum() == SUSPECTED


def upload_bad(walk: Walk) -> None:
    tab = walk.tab
    tab.goto("/deliveries")
    if not walk.may("load"):
        assert tab.locator("[name=file]").count() == 0
        assert walk.status("POST", "/api/v1/uploads?kind=parcels&name=x.gpkg", data=b"x") == 403
        return
    tab.set_input_files("[name=file]", str(BAD))
    tab.get_by_role("button", name="上传并体检").click()
    tab.wait_for_url(re.compile(r"/deliveries/[0-9a-f]{32}"))
    tab.locator("#drawing").wait_for()
    wrong = tab.locator("#lines tr[data-key]:has(.pill.bad):not([data-key=''])")
    row = wrong.first.get_attribute("data-key")
    wrong.first.click()
    expect(tab.locator("#picked-words")).to_have_text(f"第 {row} 行")
    keep(walk.tab, f"{walk.role}-review")
    tab.get_by_role("button", name=re.compile("只接收无错的")).click()
    tab.get_by_text("已接收为第").wait_for()
    keep(walk.tab, f"{walk.role}-accepted")


def see_run_finish(walk: Walk) -> None:
    tab = walk.tab
    before = walk.desk.json("runs")["rows"]
    if not walk.may("run"):
        tab.goto("/runs")
        assert tab.locator("#judge").count() == 0
        order = {"kind": "run", "as_of": "2026-07-01"}
        assert walk.status("POST", "/api/v1/jobs", data=order) == 403
        return
    tab.goto("/runs")
    # A day that was judged already would be the run there is.
    tab.fill("#judge [name=as_of]", f"2026-07-{len(before):02}")
    tab.locator("#judge button").click()
    tab.get_by_role("link", name=f"第 {len(before) + 1} 次").first.wait_for(timeout=60_000)
    keep(walk.tab, f"{walk.role}-runs")


def print_map(walk: Walk) -> None:
    # Drawn at 300 dots an inch, without a graphics card.
    walk.tab.set_default_timeout(60_000)
    ready(walk.tab, "/map/print?block=YS-A&scale=10000&run=1")
    (paper,) = printed.sheets(walk.tab, walk.folder)
    # 中止开发: four parcels of 100 m side by side, 40 mm of paper.
    there = printed.near(paper, style.styles("outcome")["may_be_idle"].colour)
    per_mm = printed.DOTS_PER_INCH / 25.4
    columns = np.flatnonzero(there[:, : round(200 * per_mm)].any(axis=0))
    assert (columns[-1] - columns[0] + 1) / per_mm == pytest.approx(40.0, abs=0.6)


def open_from_disk(walk: Walk) -> None:
    """The map of a block, kept as a file: nothing is asked of anybody any more."""
    walk.tab.goto("/block/YS-A")
    address = walk.tab.get_by_role("link", name="单机地图").get_attribute("href") or ""
    file = walk.folder / "YS-A.html"
    file.write_bytes(walk.tab.request.get(address).body())
    context = walk.browser.new_context(offline=True)
    alone = context.new_page()
    said: list[str] = []
    alone.on("console", lambda message: said.append(message.text))
    alone.goto(file.as_uri())
    alone.wait_for_function("() => window.map_block")
    lon, lat = middle_of(walk)
    alone.evaluate(
        "([lat, lon]) => map_block.setView([lat, lon], 17, {animate: false})", [lat, lon]
    )
    shown = partial(pages.colour, alone, "idle", (lon, lat))
    wanted = look("suspected_idle")
    assert pages.in_time(alone, shown, wanted.__eq__) == wanted
    assert said == []
    context.close()


def embed(walk: Walk) -> None:
    """Made at its page by who may; shown by another site; of one block, and of no other."""
    if walk.may("embed"):
        walk.tab.goto("/embeds")
        # A name is given once: the manager comes by twice.
        walk.tab.fill("#embed [name=name]", f"看板 {walk.folder.name}")
        walk.tab.fill("#embed [name=blocks]", "YS-A")
        # Before the token is there: a picture is no place for one.
        keep(walk.tab, f"{walk.role}-embed")
        walk.tab.locator("#embed button").click()
        walk.tab.get_by_text("令牌已建").wait_for()
        code = walk.tab.locator("#result textarea").input_value()
        shown = code.partition("#")[2].partition('"')[0]
    else:
        assert walk.status("GET", "/embeds") == 403
        order = {
            "name": "看板", "account": PEOPLE["manager"], "layers": ["findings"], "days": 30,
            "language": "zh", "land": {"regions": [], "parks": [], "blocks": ["YS-A"]},
        }  # fmt: skip
        assert walk.status("POST", "/api/v1/embeds", data=order) == 403
        with session_of(walk.client, PEOPLE["manager"]) as manager:
            shown = manager.post("/api/v1/embeds", json=order | {"name": walk.role}).json()["token"]
    own = str(walk.client.base_url).rstrip("/")
    context = walk.browser.new_context()
    other = context.new_page()
    other.set_default_timeout(15_000)
    said: list[str] = []
    other.on("console", lambda message: said.append(message.text))
    with serving(ROOT / "scripts/dashboard") as origin, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANDWATCH_FRAME_ANCESTORS", origin)
        other.goto(f"{origin}/#{own}/embed/page#{shown}")
        frame = other.frame_locator("#page")
        frame.locator("body[data-ready]").wait_for()
        assert frame.locator("#title").inner_text() == "演示开发区A区块（虚构）"
        other.click("button[value=suspected_idle]")
        rows = walk.desk.json("findings")["rows"]
        listed = [one for one in rows if one["outcome"] == "suspected_idle"
                  and one["block_code"] == "YS-A"]  # fmt: skip
        expect(other.locator("#count")).to_have_text(f"{len(listed)} 条")
        assert said == []
        keep(other, "dashboard")
        patch.setenv("LANDWATCH_FRAME_ANCESTORS", "https://portal.example")
        other.reload()
        assert pages.in_time(other, lambda: "frame-ancestors" in "".join(said), bool), said
    context.close()
    exchanged = walk.client.post("/embed/exchange", json={"shown": shown}).json()["pass"]
    by = {"Authorization": f"Embed {exchanged}"}
    rows = walk.client.get("/api/v1/findings?limit=1000", headers=by).json()["rows"]
    assert {row["block_code"] for row in rows if row["block_code"]} == {"YS-A"}
    for path in ("/api/v1/findings?block=YS-B", "/api/v1/leads", "/api/v1/runs", "/map", "/"):
        answer = walk.client.get(path, headers=by)
        assert answer.status_code in (401, 403, 404) or answer.json()["count"] == 0, path


EVERYTHING: tuple[Callable[[Walk], None], ...] = (
    search, read_trace, filter_list, move_slider, export_shapefile, upload_bad, see_run_finish,
    embed, print_map, open_from_disk,
)  # fmt: skip
DAILY = {
    "clerk": (search, upload_bad),
    "officer": (read_trace, filter_list, move_slider, export_shapefile, see_run_finish),
    "manager": (embed,),
    "viewer": (export_shapefile, upload_bad, see_run_finish),
}


def walk_of(role: str, steps: tuple[Callable[[Walk], None], ...], walk: Walk) -> None:
    tab = walk.tab
    tab.goto("/lists/supplied")
    tab.wait_for_url("**/login?next=*")
    tab.locator("#in [name=name]:focus").wait_for()
    tab.keyboard.type(PEOPLE[role])
    tab.keyboard.press("Tab")
    tab.keyboard.type(GOOD)
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/lists/supplied")
    assert PEOPLE[role] in tab.locator("details.who summary").inner_text()
    for step in steps:
        step(walk)


@pytest.mark.parametrize("role", rest_long(DAILY, ["officer"]))
def test_each_role_does_its_daily_work(
    role: str, client: httpx.Client, desk: Desk, browser: Browser, tmp_path: Path, working: None
) -> None:
    with tab_of(browser, client, None) as tab:
        walk_of(role, DAILY[role], Walk(role, tab, client, desk, tmp_path, browser))


@pytest.mark.long("test_each_role_does_its_daily_work")
@pytest.mark.parametrize("role", DAILY)
def test_each_role_goes_through_everything(
    role: str, client: httpx.Client, desk: Desk, browser: Browser, tmp_path: Path, working: None
) -> None:
    with tab_of(browser, client, None) as tab:
        walk_of(role, EVERYTHING, Walk(role, tab, client, desk, tmp_path, browser))
