"""Pages a person opens over a large land: the map until it is drawn, its slider, every page.

    scripts/bench pages --home PLACE          763,000 parcels, 965,000 findings

The land is that of `scripts/bench service`, kept under `--home`. The browser is Debian's Chromium
without a graphics card: a machine with one draws sooner.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple
from urllib.parse import quote

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from gis.store import runs
from scripts.benchmarks import measure, service
from scripts.benchmarks.engine import Land

HEADS = ["what a person waits for", "who", "ms", "bar ms", "KB", "bar KB"]
METHOD = (
    "Headless Chromium without a graphics card, its cache empty, on the machine of the server, "
    "which was started a minute and a half before. "
    "The map is there when all tiles in view are drawn; `slider`, `legend`: from the input until "
    "the map has been drawn anew, at zoom 16. Of a page `ms` is the time until its last byte, KB "
    "what it and its own styles and scripts take as sent, without the libraries of the map."
)
# A server that was just started, or learned of a run, reads its lists while nobody asks.
_READ_AHEAD_SECONDS = 90
_FIRST_MS, _MOVED_MS, _PAGE_MS, _PAGE_KB = 2_000, 200, 500, 300
# Debian asks for pages drawn by the card; where there is none, Chromium's own way is the faster.
_FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--use-gl=angle", "--use-angle=swiftshader",
          "--enable-unsafe-swiftshader", "--disable-gpu-rasterization"]  # fmt: skip
_BASE = f"http://127.0.0.1:{service.PORT}"
_READY = "body[data-map=ready]"
# From an input until the map lies still again, in milliseconds of the browser's own clock.
_MOVED = """([what, value]) => new Promise((done) => {
    const map = document.getElementById("map").live, began = performance.now();
    map.once("idle", () => done(performance.now() - began));
    const box = document.getElementById("slider");
    if (what === "slider") {
        box.value = value;
        box.dispatchEvent(new Event("input"));
    } else {
        document.querySelector(`input[name="outcome"][value="${value}"]`).click();
    }
})"""


class Seen(NamedTuple):
    """A page: its name, its address, and whose it is."""

    name: str
    address: str


def rows(home: Path, rounds: int) -> list[list[str]]:
    """Return the rows of the table; the land lies under `home`."""
    with service.kept(home / "service") as land:
        keys = service.keys_of(land)
        pages = _pages(land)
        with service.served(land), sync_playwright() as playwright:
            time.sleep(_READ_AHEAD_SECONDS)
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=_FLAGS
            )
            table = []
            for who, key in keys.items():
                table += _map(browser, who, key, rounds)
                table += [_page(browser, who, key, one, rounds) for one in pages]
            browser.close()
        return table


def _pages(land: Land) -> list[Seen]:
    """Return the pages, of the park that both accounts see."""
    with land.connect() as store:
        run = runs.default(store)
        (subject, block), *_ = store.execute(
            "SELECT subject, block_code FROM landwatch.finding WHERE parks @> '{P00-0000005}'"
            " AND rule = 'idle_land' AND outcome = 'candidate' AND block_code IS NOT NULL"
            " AND first_run <= %s ORDER BY subject LIMIT 1",
            (run.id,),
        ).fetchall()
    named = quote(subject, safe="")
    return [
        Seen("home", "/"),
        Seen("the map's own page", "/map"),
        Seen("list of supplied land, next day first", "/lists/supplied?sort=next_on"),
        Seen("supplied land of an outcome", "/lists/supplied?outcome=candidate"),
        Seen("candidates to triage", "/triage"),
        Seen("a parcel", f"/subject/{named}"),
        Seen("parks and blocks", "/blocks"),
        Seen("a park", "/park/P00-0000005"),
        Seen("a block", f"/block/{quote(block, safe='')}"),
        Seen("runs", "/runs"),
        Seen("calendar of 90 days", "/calendar"),
        Seen("deliveries", "/deliveries"),
        Seen("law book", "/law"),
    ]


def _map(browser: Browser, who: str, key: str, rounds: int) -> list[list[str]]:
    first: list[float] = []
    moved: dict[str, list[float]] = {"slider": [], "legend": []}
    for _ in range(rounds):
        with _context(browser, key) as context:
            tab = context.new_page()
            began = time.perf_counter()
            tab.goto("/map")
            tab.wait_for_selector(_READY, timeout=120_000)
            first.append((time.perf_counter() - began) * 1000)
            _close(tab)
            day = int(tab.input_value("#slider"))
            for step in (-400, -90, 0):
                moved["slider"].append(tab.evaluate(_MOVED, ["slider", day + step]))
                _still(tab)
            for _ in range(2):
                moved["legend"].append(tab.evaluate(_MOVED, ["legend", "clear"]))
                _still(tab)
    print(f"map of {who}: {first} {moved}, load {measure.load_average()}", file=sys.stderr)
    return [
        _told("map, until drawn", who, median(first), _FIRST_MS),
        _told("slider, close by", who, median(moved["slider"]), _MOVED_MS),
        _told("legend, close by", who, median(moved["legend"]), _MOVED_MS),
    ]


def _close(tab: Page) -> None:
    """Go to where parcels are drawn one by one, at the middle of the land."""
    tab.locator("#rows tr[data-key]").first.wait_for(timeout=60_000)
    tab.locator("#rows tr[data-key]").first.click()
    tab.wait_for_function(
        "() => document.getElementById('map').live.getZoom() >= 15.9", timeout=60_000
    )
    _still(tab)


def _still(tab: Page) -> None:
    tab.wait_for_function(
        "() => { const map = document.getElementById('map').live;"
        " return map.areTilesLoaded() && !map.isMoving(); }",
        timeout=60_000,
    )
    tab.wait_for_timeout(600)


def _context(browser: Browser, key: str) -> BrowserContext:
    return browser.new_context(
        base_url=_BASE,
        viewport={"width": 1366, "height": 768},
        extra_http_headers={"Authorization": f"Bearer {key}"},
    )


def _page(browser: Browser, who: str, key: str, page: Seen, rounds: int) -> list[str]:
    took: list[float] = []
    with _context(browser, key) as context:
        for _ in range(max(3, rounds)):
            began = time.perf_counter()
            answer = context.request.get(page.address, headers={"Accept": "text/html"})
            took.append((time.perf_counter() - began) * 1000)
            assert answer.status == 200, (page.address, answer.status)
        size = _sent(context, page.address)
    print(f"{page.name} of {who}: {took}", file=sys.stderr)
    return _told(page.name, who, median(took), _PAGE_MS, size)


def _sent(context: BrowserContext, address: str) -> float:
    """Return the kilobytes of a page with its own styles and scripts, as sent."""
    tab = context.new_page()
    wire = context.new_cdp_session(tab)
    wire.send("Network.enable")
    place: dict[str, str] = {}
    size = 0.0
    wire.on("Network.responseReceived", lambda one: place.update(
        {one["requestId"]: one["response"]["url"]}))  # fmt: skip

    def came(one: dict[str, float | str]) -> None:
        nonlocal size
        url = place.get(str(one["requestId"]), "")
        if "/vendor/" not in url and "/tiles/" not in url:
            size += float(one["encodedDataLength"]) / 1_000

    wire.on("Network.loadingFinished", came)
    tab.goto(address)
    tab.wait_for_load_state("networkidle")
    tab.close()
    return size


def _told(what: str, who: str, ms: float, bar: int, size: float | None = None) -> list[str]:
    over = " (too slow)" if ms > bar else ""
    large = "" if size is None or size <= _PAGE_KB else " (too large)"
    weight: Sequence[str] = ("", "") if size is None else (f"{size:.0f}{large}", str(_PAGE_KB))
    return [what, who, f"{ms:.0f}{over}", str(bar), *weight]
