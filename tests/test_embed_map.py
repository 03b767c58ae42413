"""The map of an embedded page: in a real browser, within another site, on the demo's run."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Frame, Page
from shapely.geometry import shape

from api.app import create_app
from gis import contracts
from gis.accounts import embeds, users
from gis.accounts.settings import EMBED
from gis.config import Config
from gis.store import database, pool
from gis.store.results import Scope
from maps import packed, style
from maps.basis import Reasons
from tests import stores, vector_tiles
from tests.conftest import Server
from tests.doors import served
from tests.pages import in_time
from tests.stores import Store
from tests.test_embed import SITE, by, site

BLOCK = Scope(blocks=("YS-A",))
LAYERS = ("findings", "unsupplied", "approvals", "leads")
DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def kept(server: Server, demo_pattern: str, demo_home: Path) -> Iterator[Store]:
    name = f"landwatch_embedded_{os.getpid()}"
    with stores.copied(server, demo_pattern, name, demo_home) as store:
        with database.connect(Config(store.home, store.url)) as connection:
            users.add(connection, "负责人", ["manager"], None)
        yield store


@contextmanager
def token(store: Store, **more: Any) -> Iterator[str]:
    """A token of the block, revoked afterwards so that its name is free in a message only."""
    name = f"门户 {sorted(more.items())}"
    with database.connect(Config(store.home, store.url)) as connection:
        known = {"scope": BLOCK, "layers": LAYERS, **more}
        scope = known.pop("scope")
        yield embeds.create(connection, store.home, name, "负责人", scope, **known)[0]


@pytest.fixture
def client(kept: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    for name, value in kept.environment.items():
        if name.startswith("LANDWATCH_"):
            monkeypatch.setenv(name, value)
    settings = Config(kept.home, kept.url)
    reading, writing = pool.Pool(settings, 4, is_read_only=True), pool.Pool(settings, 2)
    app = create_app(
        reading.connection, lambda *_: {}, lambda *_: (Reasons("", "", []), ""),
        writing=writing.connection,
    )  # fmt: skip
    with served(app) as client:
        yield client
    reading.close()
    writing.close()


def opened(client: httpx.Client, shown: str) -> dict[str, Any]:
    told: dict[str, Any] = client.post("/embed/exchange", json={"shown": shown}).json()
    return told


def test_the_map_holds_the_land_of_the_token_and_nobody_beside_it(
    client: httpx.Client, kept: Store
) -> None:
    with token(kept) as shown:
        headers = by(opened(client, shown)["pass"])
        told = client.get("/embed/map", headers=headers).json()
        listed = client.get("/api/v1/findings?limit=1000", headers=headers).json()
    assert told["title"] == "演示开发区A区块（虚构）"
    assert (told["run"], told["too_many"]) == (listed["run"], 0)
    layers = {one["key"]: one for one in told["layers"]}
    assert [*layers] == ["idle", "unsupplied", "leads", "approvals", "block"]
    rows = {name: packed.unpack(one["rows"]) for name, one in layers.items()}
    drawn = {*rows["idle"].columns["subject"], *rows["unsupplied"].columns["subject"]}
    own = {row["subject"] for row in listed["rows"] if row["rule"] in ("idle_land", "unsupplied")}
    assert drawn == own
    assert layers["block"]["count"] == 1
    counted = {one["code"]: one["count"] for one in layers["idle"]["legend"]}
    outcomes = [row["outcome"] for row in listed["rows"] if row["rule"] == "idle_land"]
    assert counted == {code: outcomes.count(code) for code in {*outcomes}}
    with kept.connect() as connection:
        inside = {row[0] for row in connection.execute(
            "SELECT subject FROM landwatch.finding WHERE 'YS-A' = ANY (blocks)")}  # fmt: skip
        outside = {row[0] for row in connection.execute(
            "SELECT subject FROM landwatch.finding WHERE NOT 'YS-A' = ANY (blocks)"
            " AND length(subject) > 8")}  # fmt: skip
    assert drawn <= inside
    text = json.dumps([one.columns for one in rows.values()], ensure_ascii=False)
    assert not [subject for subject in outside - inside if f'"{subject}"' in text]


def test_who_has_no_pass_gets_no_map_and_a_pass_no_other_day(
    client: httpx.Client, kept: Store
) -> None:
    assert client.get("/embed/map").status_code == 401
    with token(kept, as_of=date(2026, 6, 30), language="en") as shown:
        said = opened(client, shown)
        headers = by(said["pass"])
        assert client.get("/embed/map", headers=headers).status_code == 403
        assert client.get("/embed/map?as_of=2026-07-01", headers=headers).status_code == 403
        told = client.get("/embed/map?as_of=2026-06-30", headers=headers)
        assert told.status_code == 200
        tag = {"If-None-Match": told.headers["etag"]}
        again = client.get("/embed/map?as_of=2026-06-30", headers=headers | tag)
        assert again.status_code == 304
    names = [one["name"] for one in told.json()["layers"]]
    assert names[:2] == ["Supplied parcels", "Approved, not supplied"]
    assert said["titles"]["findings"]["since_on"] == "Since"
    assert said["words"]["findings"]["outcome"]["suspected_idle"] == "suspected idle"


def test_a_pass_reads_the_tiles_of_its_layers_its_land_and_its_day(
    client: httpx.Client, kept: Store
) -> None:
    """Tiles draw what the list of their name lists; what the token does not name is refused."""
    with token(kept, layers=("findings",)) as anyday, token(kept, as_of=DAY) as ofday:
        own, fixed = (by(opened(client, shown)["pass"]) for shown in (anyday, ofday))
        listed = client.get("/api/v1/findings?limit=1000", headers=own).json()
        head = client.get("/tiles/findings.json", headers=own).json()
        assert 0 < head["count"] == listed["count"] < everywhere(kept)
        told = client.get("/api/v1/findings.geojson?limit=1000", headers=own).json()["features"]
        shaped = {
            one["properties"]["subject"]: shape(one["geometry"]).representative_point()
            for one in told
            if one["geometry"] is not None
        }
        drawn: set[str] = set()
        for x, y in {vector_tiles.tile_of(14, point.x, point.y) for point in shaped.values()}:
            at = f"/tiles/findings/14/{x}/{y}.mvt"
            answer = client.get(at, headers=own)
            drawn |= {one["subject"] for one in vector_tiles.said(answer.content, "findings")}
            for other in ("leads", "parcels", "park_pieces", "approvals", "nothing"):
                refused = client.get(at.replace("findings", other), headers=own)
                assert refused.status_code == 403, other
            assert client.get(at, headers=fixed).status_code == 403
            assert client.get(f"{at}?as_of=2023-03-15", headers=own).status_code == 200
            assert client.get(f"{at}?as_of=2023-03-15", headers=fixed).status_code == 403
            assert client.get(f"{at}?as_of={DAY}", headers=fixed).content == answer.content
        assert {*shaped} <= drawn <= {row["subject"] for row in listed["rows"]}
        said = client.get(f"/tiles/findings.json?as_of={DAY}", headers=fixed).json()
        address = said["tiles"][0].format(z=14, x=x, y=y).partition("/tiles/")[2]
        assert client.get(f"/tiles/{address}", headers=fixed).status_code == 200
        for path in ("/tiles", "/tiles/findings/14/1/1.mvtx", "/tiles/x/findings.json", "/ogc"):
            assert client.get(path, headers=own).status_code in {403, 404}, path


def everywhere(store: Store) -> int:
    with store.connect() as connection:
        return int(connection.execute("SELECT count(*) FROM landwatch.finding").fetchone()[0])  # type: ignore[index]


def test_two_tokens_of_one_land_take_no_map_for_each_others(
    client: httpx.Client, kept: Store
) -> None:
    with token(kept, layers=("parcels",)) as one, token(kept, layers=("leads",)) as other:
        first, second = (by(opened(client, shown)["pass"]) for shown in (one, other))
        tag = client.get("/embed/map", headers=first).headers["etag"]
        told = client.get("/embed/map", headers=second | {"If-None-Match": tag})
        assert [layer["key"] for layer in told.json()["layers"]] == ["leads", "block"]
        own = client.get("/embed/map", headers=first | {"If-None-Match": tag})
        assert own.status_code == 304


def test_no_list_is_packed_that_is_too_long(
    client: httpx.Client, kept: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row of a list may be drawn: parcels and approvals are more, balances are not drawn."""
    narrow = replace(EMBED, most_map_rows=1, most_kept_bytes=10)
    monkeypatch.setattr("api.embed_map.EMBED", narrow)
    with kept.connect() as connection:
        rows = connection.execute(
            "SELECT count(*) FROM landwatch.parcels WHERE to_delivery IS NULL"
        ).fetchone()
    for name in ("parcels", "approvals", "balances"):
        with token(kept, layers=(name,), scope=None) as shown:
            headers = by(opened(client, shown)["pass"])
            told, again = (client.get("/embed/map", headers=headers).json() for _ in range(2))
        assert told == again
        assert (told["too_many"] > 1) == (name != "balances"), told["too_many"]
        assert name != "parcels" or (told["too_many"],) == rows
        assert bool(told["layers"]) == (name == "balances")


@contextmanager
def embedded(
    browser: Browser, client: httpx.Client, folder: Path, shown: str,
    patch: pytest.MonkeyPatch, width: int, height: int, allowed: str = "",
) -> Iterator[tuple[Page, Frame]]:  # fmt: skip
    """A page of another origin that shows ours, after it is drawn; nothing may be complained of."""
    at = str(client.base_url).rstrip("/")
    page = SITE.format(page=f"{at}/embed/page#{shown}").replace(
        "<iframe", f'<iframe width="{width}" height="{height}" style="border:0"'
    )
    with site(folder, page) as origin:
        patch.setenv("LANDWATCH_FRAME_ANCESTORS", origin)
        if allowed:
            patch.setattr(embeds, "origins", lambda: [allowed])
        context = browser.new_context(viewport={"width": width + 20, "height": height + 20})
        tab = context.new_page()
        said: list[str] = []
        asked: list[str] = []
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda fault: said.append(str(fault)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.set_default_timeout(10_000)
        try:
            tab.goto(origin)
            tab.frame_locator("#f").locator("body[data-ready]").wait_for()
            yield tab, next(one for one in tab.frames if "/embed/" in one.url)
            # The tests look at the pixels themselves.
            assert [text for text in said if "willReadFrequently" not in text] == []
            assert all(url.startswith((at, origin, "data:")) for url in asked), asked
        finally:
            context.close()


PIXELS = """() => { const found = {};
  for (const canvas of document.querySelectorAll("canvas.sheet-idle, canvas.sheet-unsupplied")) {
    const all = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    for (let i = 0; i < all.length; i += 4) if (all[i + 3] === 255) {
      const name = "#" + [all[i], all[i + 1], all[i + 2]]
        .map((one) => one.toString(16).padStart(2, "0")).join("");
      found[name] = (found[name] || 0) + 1;
    } } return found; }"""


PLACE = """(wanted) => {
  const canvas = document.querySelector("canvas.sheet-idle"), seen = canvas.getBoundingClientRect();
  const context = canvas.getContext("2d"), map = document.getElementById("map")
    .getBoundingClientRect();
  for (let y = Math.ceil(map.top) + 20; y < map.bottom - 20; y += 4)
    for (let x = Math.ceil(map.left) + 60; x < map.right - 60; x += 4) {
      const all = context.getImageData((x - seen.left - 6) * devicePixelRatio,
        (y - seen.top - 6) * devicePixelRatio, 12, 12).data;
      const names = new Set();
      for (let i = 0; i < all.length; i += 4) names.add("#" + [all[i], all[i + 1], all[i + 2]]
        .map((one) => one.toString(16).padStart(2, "0")).join(""));
      if (names.size === 1 && names.has(wanted)) return [x, y];
    }
  return null; }"""


def shows(frame: Frame, wanted: set[str]) -> set[str]:
    """Which of the statuses wanted the map shows, once it shows them all; else what it stays."""
    return in_time(frame.page, lambda: drawn(frame) & wanted, wanted.__eq__)


def drawn(frame: Frame) -> set[str]:
    """The statuses whose colours the map shows."""
    seen = frame.evaluate(PIXELS)
    looks = style.styles("outcome").values()
    return {look.code for look in looks if seen.get(look.colour, 0) > 60}


def test_another_site_shows_the_map_hears_its_clicks_and_filters_it(
    client: httpx.Client, kept: Store, browser: Browser, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with (
        token(kept, days=9) as shown,
        embedded(browser, client, tmp_path, shown, monkeypatch, 1280, 800) as (tab, frame),
    ):
        assert frame.locator("#title").inner_text() == "演示开发区A区块（虚构）"
        assert "截至 2026-06-30" in frame.locator("#day").inner_text()
        every = {"found_idle", "suspected_idle", "candidate", "clear"}
        assert shows(frame, every) == every
        legend = frame.locator("#legend").inner_text()
        assert contracts.label("outcome", "suspected_idle") in legend
        assert "闲置土地" not in legend
        tab.screenshot(path=tmp_path / "1280.png")
        tab.evaluate('send({landwatch: "hello"})')
        tab.wait_for_function("heard.length === 1")
        told = client.get("/api/v1/findings?outcome=suspected_idle&limit=1000",
                          headers=by(opened(client, shown)["pass"])).json()  # fmt: skip
        subject = told["rows"][0]["subject"]
        # What the other site chooses opens here, and is told as a click is.
        tab.evaluate(
            f'send({{landwatch: "select", layer: "findings", name: {json.dumps(subject)}}})'
        )
        tab.wait_for_function("heard.length === 2")
        assert subject in frame.locator(".leaflet-popup-content").inner_text()
        chosen = tab.evaluate("heard[1]")
        assert (chosen["landwatch"], chosen["layer"]) == ("click", "findings")
        assert chosen["row"]["since_on"] == told["rows"][0]["since_on"]
        # A hand on the map, where it shows land of that colour.
        frame.locator("#map").press("Escape")
        # The map moved to make room for the card; on a busy machine that takes its time.
        seen: list[object] = []
        while len(seen) < 2 or seen[-1] != seen[-2]:
            tab.wait_for_timeout(500)
            seen.append(frame.evaluate(PLACE, style.styles("outcome")["suspected_idle"].colour))
        left, top = frame.evaluate(PLACE, style.styles("outcome")["suspected_idle"].colour)
        box = frame.locator("#map").bounding_box()
        inside = frame.evaluate("document.getElementById('map').getBoundingClientRect().toJSON()")
        assert box is not None
        tab.mouse.click(box["x"] - inside["x"] + left, box["y"] - inside["y"] + top)
        tab.wait_for_function("heard.length === 3")
        assert tab.evaluate("heard[2]")["row"]["outcome"] == "suspected_idle"
        frame.locator("#map").press("Escape")
        frame.evaluate("document.getElementById('to-list').click()")
        assert frame.locator("#list tbody tr").count() > 10
        # Chinese heads and words, no code of ours.
        assert "处置方向自" in frame.locator("#list thead").inner_text()
        assert "疑似闲置" in frame.locator("#list tbody").inner_text()
        assert "suspected_idle" not in frame.locator("#list").inner_text()
        frame.evaluate("document.getElementById('to-map').click()")
        tab.evaluate('send({landwatch: "filter", layer: "findings",'
                     ' filter: {outcome: ["suspected_idle"]}})')  # fmt: skip
        tab.wait_for_function("heard.length === 4")
        assert tab.evaluate("heard[3]") == {
            "landwatch": "filtered", "layer": "findings", "count": told["count"],
        }  # fmt: skip
        frame.evaluate("document.querySelector('.leaflet-control-zoom-out').click()")
        alone = {"suspected_idle"}
        assert in_time(tab, lambda: drawn(frame), alone.__eq__) == alone
        tab.evaluate('send({landwatch: "filter", layer: "findings", filter: {}})')
        tab.wait_for_function("heard.length === 5")
        both = {"suspected_idle", "clear"}
        assert shows(frame, both) == both


def test_charts_are_shown_to_a_page_of_indicators_and_refused_to_any_other(
    client: httpx.Client, kept: Store, browser: Browser, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with token(kept, days=7) as shown:
        refused = client.get("/embed/charts", headers=by(opened(client, shown)["pass"]))
        assert (refused.status_code, client.get("/embed/charts").status_code) == (403, 401)
    with (
        token(kept, layers=("findings", "indicators"), days=8) as shown,
        embedded(browser, client, tmp_path, shown, monkeypatch, 900, 700) as (tab, frame),
    ):
        told = client.get("/embed/charts", headers=by(opened(client, shown)["pass"])).json()
        # Of the one block it is for: D / (A + B21), expected.toml: 1 040 000 / 1 620 000 (64.20).
        assert ["土地供应率", ["64.20"]] in told["charts"][0]["rows"]
        assert told["charts"][1]["rows"][1][0] == "其中已供应"
        assert told["charts"][1]["rows"][1][1] == ["104.0000"]
        frame.locator("#to-charts").click()
        frame.locator(".chart[data-drawn]").nth(1).wait_for()
        assert frame.evaluate(
            "document.querySelector('.chart canvas').getContext('2d')"
            ".getImageData(0, 0, 900, 200).data.some((value) => value > 0)"
        )
        tab.screenshot(path=tmp_path / "charts.png")
        frame.locator("#to-list").click()
        assert frame.locator("#charts-view").is_hidden()


def test_a_site_that_is_not_named_is_not_heard_and_a_narrow_page_shows_the_map_too(
    client: httpx.Client, kept: Store, browser: Browser, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with (
        token(kept, language="en") as shown,
        embedded(browser, client, tmp_path, shown, monkeypatch, 400, 600,
                 "https://portal.example") as (tab, frame),
    ):  # fmt: skip
        both = {"suspected_idle", "clear"}
        assert shows(frame, both) == both
        assert "suspected idle" in frame.locator("#legend").inner_text()
        tab.screenshot(path=tmp_path / "400.png")
        left, top = frame.evaluate(PLACE, style.styles("outcome")["suspected_idle"].colour)
        frame.locator("#map").click(position={"x": left, "y": top - 80})
        tab.screenshot(path=tmp_path / "400-card.png")
        tab.evaluate('send({landwatch: "hello"})')
        tab.evaluate('send({landwatch: "filter", filter: {outcome: ["clear"]}})')
        frame.locator("#map").click(position={"x": 100, "y": 100})
        tab.wait_for_timeout(300)
        assert tab.evaluate("heard") == []
        assert "suspected_idle" in drawn(frame)
        assert frame.evaluate("document.documentElement.scrollWidth") <= 400
