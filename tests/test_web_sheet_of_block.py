"""The sheet of a block on paper: two pages in short, all of it by choice; keys meet it first."""

from __future__ import annotations

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from tests.sending import client_of
from tests.warm import Desk


@pytest.fixture(scope="module")
def client(demo: Desk) -> Iterator[httpx.Client]:
    yield from client_of(demo)


def test_the_block_is_printed_on_two_pages_and_all_of_it_by_choice(
    client: httpx.Client, browser: Browser
) -> None:
    context = browser.new_context(base_url=str(client.base_url))
    page = context.new_page()
    count: dict[str, int] = {}
    for sheet in ("short", "long"):
        page.goto(f"/block/YS-A?sheet={sheet}")
        content = page.pdf(prefer_css_page_size=True)
        count[sheet] = len(re.findall(rb"/Type\s*/Page\b", content))
    context.close()
    assert count["short"] <= 2
    assert count["long"] > count["short"]


def test_what_is_not_known_of_a_place_is_counted_with_its_reasons_and_shown_when_asked(
    client: httpx.Client, browser: Browser
) -> None:
    """Of block A: five shares of leading industries nobody named, and heights not known."""
    context = browser.new_context(base_url=str(client.base_url).rstrip("/"))
    page = context.new_page()
    page.goto("/block/YS-A?sheet=long")
    table = page.locator("section:has(> .not-known) > .scrolls")
    assert "不明" not in [cell.strip() for cell in table.locator("td.num").all_inner_texts()]
    folded = page.locator(".not-known")
    said = " ".join(folded.locator("summary").inner_text().split())
    assert said == (
        "另有 6 项不明 缺少的事实和由此不明的项数：该园区的主导产业（设置） 5、部分建筑物的高度 1"
    )
    rows = folded.locator("tbody tr")
    assert (rows.count(), rows.first.is_visible()) == (6, False)
    folded.locator("summary").click()
    assert rows.first.is_visible()
    assert "主导产业产值占比" in rows.first.inner_text()
    # On paper the line alone, opened or not.
    page.emulate_media(media="print")
    assert not rows.first.is_visible()
    assert folded.locator("summary").is_visible()
    context.close()


@pytest.mark.parametrize("path", ["/block/YS-A", "/park/YS", "/subject/1506992023B00068"])
def test_the_three_cards_of_the_conclusion_stand_side_by_side_on_paper(
    client: httpx.Client, browser: Browser, path: str
) -> None:
    context = browser.new_context(base_url=str(client.base_url).rstrip("/"))
    page = context.new_page()
    # The text of a sheet of A4 is 180 mm wide.
    page.set_viewport_size({"width": 680, "height": 960})
    page.goto(path)
    page.emulate_media(media="print")
    boxes = [one.bounding_box() for one in page.locator(".lead3 > div").all()]
    assert len(boxes) == 3
    assert len({round(box["y"]) for box in boxes if box}) == 1
    assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 1
    context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_sheet_of_a_parcel_is_one_page_and_no_table_of_its_page_is_cut(
    client: httpx.Client, browser: Browser, language: str
) -> None:
    at = str(client.base_url).rstrip("/")
    context = browser.new_context(base_url=at)
    context.add_cookies([{"name": "landwatch-language", "value": language, "url": at}])
    page = context.new_page()
    # Several causes, and papers that clash: reasons enough to fill a sheet.
    for subject in ("1506992023B00069", "1506992024B00070", "1506992023B00085"):
        page.goto(f"/subject/{subject}?brief=1")
        content = page.pdf(prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", content)) == 1, subject
        page.goto(f"/subject/{subject}")
        page.wait_for_load_state("networkidle")
        # Nothing of a table is cut by the paper.
        page.set_viewport_size({"width": 680, "height": 960})
        page.emulate_media(media="print")
        assert page.evaluate("() => document.documentElement.scrollWidth - innerWidth") <= 1
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": 1366, "height": 768})
    context.close()


def test_keys_meet_what_is_to_be_done_before_what_lies_beside_it(client: httpx.Client) -> None:
    page = client.get("/block/YS-A").text
    order = [page.index(f"<h2>{one}") for one in
             ("已逾期的程序", "无偿收回", "接下来的日期", "宗地状态", "土地利用指标")]  # fmt: skip
    assert order == sorted(order)
    assert client.get("/block/YS-A", params={"sheet": "huge"}).status_code in {400, 422}
