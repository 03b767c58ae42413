"""The index page of the block maps, in a browser: its sums, its bars, its links."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page

from maps import block, index
from tests.test_maps_pages import PLACE, tiny_city


def test_the_index_sums_its_blocks_and_links_to_their_maps(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    entries = []
    for code, name in (("B/2", "二区"), ("B1", "一区")):
        place = block.Place(code, name, "高新区", PLACE.as_of, 12, index_file="index.html")
        block.draw(place, tiny_city(), tmp_path / place.file_name)
        entries.append(index.Block.of(place, tiny_city()))
    tab = opened(index.write(entries, tmp_path / "index.html"))
    assert [text.split()[0] for text in tab.locator("h3").all_inner_texts()] == ["二区", "一区"]
    assert tab.locator(".picture path").count() == 2
    table = tab.locator(".wide table").first
    # Two blocks of 86,993.8 m2 in ten parcels: 17.39876 公顷, 260.9814 亩.
    assert table.locator("tfoot td").all_inner_texts()[:3] == ["10", "17.3988", "260.98"]
    idle = table.locator("tbody tr").nth(1).locator("td").all_inner_texts()
    assert idle == ["2", "9.3988", "140.98", "1", "4.6994", "70.49", "1", "4.6994", "70.49"]
    tab.locator(".open a").first.click()
    tab.wait_for_selector("body[data-ready]")
    assert tab.locator("h1").inner_text() == "二区"
    tab.click("text=目录")
    assert tab.locator("h1").inner_text() == "高新区"


def test_an_index_without_blocks_says_so(opened: Callable[..., Page], tmp_path: Path) -> None:
    tab = opened(index.write([], tmp_path / "index.html"))
    assert "还没有区块地图" in tab.locator("main").inner_text()
