"""Every page of the application in a browser: both languages, all sizes, paper; nothing amiss.

Pictures of them are kept where LANDWATCH_PICTURES says.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from api.web import routes
from tests.conftest import rest_long
from tests.sending import client_of
from tests.warm import Desk
from tests.web_desk import keep
from tests.web_pages import awaited, serious, settle

SUBJECT, PIECE_OF = "1506992023B00069", "演示批〔2024〕03号"
# A page a person opens, as it is asked for -> its route.
PAGES = {
    "/": "/",
    "/map": "/map",
    "/map/print?block=YS-A": "/map/print",
    "/login": "/login",
    "/lists/supplied": "/lists/{name}",
    "/lists/unsupplied": "/lists/{name}",
    "/lists/agreements": "/lists/{name}",
    "/lists/balances": "/lists/{name}",
    "/lists/leads": "/lists/{name}",
    "/lists/parcels": "/lists/{name}",
    "/lists/issues": "/lists/{name}",
    "/triage": "/triage",
    f"/patrol?subjects={SUBJECT}": "/patrol",
    "/calendar": "/calendar",
    "/runs": "/runs",
    "/runs/1": "/runs/{number}",
    "/pivot": "/pivot",
    "/deliveries": "/deliveries",
    "/deliveries/1": "/deliveries/{number:int}",
    f"/subject/{SUBJECT}": "/subject/{subject:path}",
    f"/subject/{SUBJECT}/record": "/subject/{subject:path}/record",
    f"/approval/{PIECE_OF}": "/approval/{approval:path}",
    "/blocks": "/blocks",
    "/ranking": "/ranking",
    "/ranking/park/YS?year=2025": "/ranking/park/{code:path}",
    "/ranking/enter": "/ranking/enter",
    "/ranking/firm/91150699YS00000001?year=2025": "/ranking/firm/{code:path}",
    "/block/YS-A": "/block/{code:path}",
    "/park/YS": "/park/{code:path}",
    "/firms": "/firms",
    "/control": "/control",
    "/control/low": "/control/low",
    "/control/quarterly": "/control/quarterly",
    "/control/check": "/control/check",
    "/targets": "/targets",
    "/scenario": "/scenario",
    "/compare": "/compare",
    "/corrections": "/corrections",
    f"/corrections/supplies/{SUBJECT}": "/corrections/{kind}/{key:path}",
    "/law": "/law",
    "/admin": "/admin",
    "/admin/users": "/admin/users",
    "/admin/audit": "/admin/audit",
    "/account": "/account",
    "/embeds": "/embeds",
    "/nothing-here": "",
}
# Routes that are no page of their own, or need what the demo has not: tested where they are made.
NO_PAGES = {
    "/static/app/{name}", "/static/vendor/{name:path}", "/language/{language}", "/map/counts",
    "/map/changes", "/map/rows", "/map/card", "/map/search", "/map/measure", "/lists",
    "/lists/{name}/csv", "/pivot/xlsx", "/runs/{number}/since/{before}", "/deliveries/{number}",
    "/calendar/late",
    "/record/preview", "/basemap/{z}/{x}/{y}.png", "/admin/users/{name:path}", "/scenario/{number}",
    "/compare/{number}", "/lists/{name}/as/{file_format}",
}  # fmt: skip
# Pages that a test of their own walks with axe-core always (tests/test_web_*.py): here in the long
# suite alone. Of the lists one stands for all.
WALKED = {
    "/", "/map", "/calendar", "/triage", f"/patrol?subjects={SUBJECT}", "/pivot", "/runs",
    "/runs/1", "/deliveries/1", "/compare", "/law", "/admin/users", "/admin/audit", "/account",
    "/embeds", "/lists/supplied", "/lists/agreements", "/lists/balances", "/lists/parcels",
    "/lists/issues", f"/subject/{SUBJECT}/record",
}  # fmt: skip
# Titles of laws, and columns of a file, stand as they are written.
IN_CHINESE = {"/law", "/deliveries/1"}
SIZES = [(1366, 768), (1920, 1080), (390, 844)]
IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def client(demo: Desk) -> Iterator[httpx.Client]:
    yield from client_of(demo)


def name_of(address: str) -> str:
    """What a picture of a page is called."""
    return re.sub(r"\W+", "-", address).strip("-") or "home"


def routes_of(router: Any) -> Iterator[Any]:
    for one in router.routes:
        own = getattr(one, "original_router", None)
        if own is None:
            yield one
        else:
            yield from routes_of(own)


def test_every_route_of_the_application_is_a_page_that_is_looked_at() -> None:
    known = {route.path for route in routes_of(routes.router)}
    assert len(known) > 30
    assert known - NO_PAGES == {one for one in PAGES.values() if one}
    assert known >= NO_PAGES
    assert PAGES.keys() > WALKED


def opened(browser: Browser, client: httpx.Client, size: tuple[int, int], language: str) -> Page:
    at = str(client.base_url).rstrip("/")
    context = browser.new_context(
        base_url=at, viewport={"width": size[0], "height": size[1]}, locale="zh-CN"
    )
    context.add_cookies([{"name": "landwatch-language", "value": language, "url": at}])
    tab = context.new_page()
    tab.set_default_timeout(30_000)
    return tab


@pytest.mark.parametrize("size", rest_long(SIZES, SIZES[:1]))
@pytest.mark.parametrize("language", rest_long(["zh", "en"], ["zh"]))
def test_pages_stand_in_a_browser(
    client: httpx.Client, browser: Browser, language: str, size: tuple[int, int]
) -> None:
    at = str(client.base_url).rstrip("/")
    tab = opened(browser, client, size, language)
    asked: list[str] = []
    said: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    under_way = awaited(tab)
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    wrong: list[str] = []
    for address, route in PAGES.items():
        if address in WALKED and not IS_LONG:
            continue
        answer = tab.goto(address)
        assert answer is not None
        if answer.status != (200 if route else 404):
            wrong.append(f"{address}: {answer.status}")
            continue
        if route.startswith("/map"):
            tab.wait_for_selector("body[data-map=ready]")
        settle(tab, under_way)
        wrong += [f"{address}: {one}" for one in serious(tab)]
        wide = tab.evaluate("() => document.documentElement.scrollWidth - innerWidth")
        if wide > 1 and route != "/map/print":
            wrong.append(f"{address}: {wide} dots wider than the screen")
        if language == "en" and address not in IN_CHINESE:
            wrong += [f"{address}: {one}" for one in chinese_of_ours(tab)]
        wrong += [f"{address}: {one}, escaped twice" for one in tab.evaluate(
            "() => [...document.links].map((one) => one.href).filter((one) => /&amp;/.test(one))"
        )]  # fmt: skip
        keep(tab, f"{name_of(address)}-{language}-{size[0]}")
    tab.context.close()
    assert wrong == [], "\n".join(wrong)
    # The browser itself notes the page that is not there.
    assert [text for text in said if "404" not in text] == []
    assert [url for url in asked if not url.startswith((at, "data:", "blob:"))] == []


@pytest.mark.parametrize("size", SIZES[::2])
def test_the_menu_of_the_bar_is_used_by_keys_alone(
    client: httpx.Client, browser: Browser, size: tuple[int, int]
) -> None:
    tab = opened(browser, client, size, "en")
    tab.goto("/control")
    menu = tab.locator(".bar nav summary.here")
    target = tab.get_by_role("link", name="Tasks and what was done")
    assert menu.inner_text() == "Performance ▾"
    menu.focus()
    tab.keyboard.press("Enter")
    target.wait_for()
    # It hangs within the screen, and over what stands below it.
    assert target.evaluate(
        "(one) => { const { left, right, top } = one.getBoundingClientRect();"
        " return right <= innerWidth && document.elementFromPoint((left + right) / 2, top + 3)"
        " === one; }"
    )
    tab.keyboard.press("Escape")
    target.wait_for(state="hidden")
    assert menu.evaluate("(one) => one === document.activeElement")
    tab.keyboard.press("Enter")
    target.focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/targets")
    assert tab.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 1
    tab.context.close()


def chinese_of_ours(tab: Page) -> list[str]:
    """What of the words of an English page is Chinese, besides names and papers as they came."""
    labels = tab.locator(
        "th, h2, label, button, .btn, .k, .q.s, dt, nav a, legend, caption, option"
    )
    return sorted({
        text.strip()[:60] for text in labels.all_inner_texts()
        if CHINESE.search(text) and not re.search("演示|YS-|中文|《", text)
    })  # fmt: skip


@pytest.mark.long("one page is printed always, by the tests of its own")
def test_every_page_is_printed(client: httpx.Client, browser: Browser, tmp_path: Path) -> None:
    told = os.environ.get("LANDWATCH_PICTURES")
    pictures = Path(told) if told else tmp_path
    tab = opened(browser, client, SIZES[0], "zh")
    for address, route in PAGES.items():
        tab.goto(address)
        if route.startswith("/map"):
            tab.wait_for_selector("body[data-map=ready]")
        out = pictures / f"{name_of(address)}.pdf"
        tab.pdf(path=str(out), prefer_css_page_size=True)
        assert out.stat().st_size > 2_000
    tab.context.close()
