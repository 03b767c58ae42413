"""The index page of the block maps, in a browser: sums, drawings, search, links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from playwright.sync_api import Page

from maps import block, index, style, thumbnail
from maps.block import OUTSIDE, Place
from tests.test_maps_pages import HOSTILE, PLACE, tiny_city


def made(folder: Path) -> Path:
    """Two blocks of one city each, land outside both, and their index."""
    entries = []
    for code, name, park in (
        ("B/2", "二区", "高新区"),
        ("B1", "一区", "高新区"),
        (OUTSIDE, "未落入任何区块", ""),
    ):
        place = Place(code, name, park, PLACE.as_of, 12, index_file="index.html")
        frames = tiny_city()
        if place.is_outside:
            # What else is there lies in a block; this has a name of its own.
            frames = {"findings": frames["findings"].iloc[[0]].assign(name="区外项目")}
        elif code == "B1":
            frames["findings"].loc[0, "area_m2"] = 100_000.0
        block.draw(place, frames, folder / place.file_name)
        entries.append(index.Block.of(place, frames))
    return index.write(entries, folder / "index.html")


@pytest.fixture(scope="module")
def index_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("out"))


def names(tab: Page) -> list[str]:
    # Cards out of view are not laid out, and have no inner text.
    return tab.locator("#cards > li:visible h3").all_text_contents()


def test_the_index_sums_its_blocks_and_links_to_their_maps(
    opened: Callable[..., Page], index_file: Path
) -> None:
    tab = opened(index_file)
    assert names(tab) == ["二区", "一区", "未落入任何区块"]
    assert "2 个区块" in tab.locator("header").inner_text()
    assert tab.locator(".picture path").count() == 2
    table = tab.locator(".overall table").first
    # Of eleven parcels five are 86,993.8 m2, five 140,000 m2, and one outside 46,993.8 m2:
    # 27.39876 公顷, 410.9814 亩.
    assert table.locator("tfoot td").all_inner_texts() == ["11", "27.3988", "410.98"]
    # Suspected idle: 2 x 46,993.8 + 100,000 m2.
    told = table.locator("tbody tr").nth(1).inner_text().split()
    assert told == ["疑似闲置", "3", "19.3988", "290.98"]
    card = tab.locator("#cards > li").first
    card.scroll_into_view_if_needed()
    assert card.locator("tfoot tr").first.inner_text().split() == [
        *("合计", "5", "8.6994", "130.49"),
    ]
    # Of 86,993.8 m2: 10,000 found idle, 46,993.8 suspected, 10,000 to be verified; 10,000 besides
    # are not supplied.
    figures = [text.split("\n") for text in card.locator(".head dl").all_inner_texts()]
    assert " ".join(figures[0]).split() == [
        *("宗", "公顷", "亩"),
        *("已供宗地", "5", "8.6994", "130.49"),
        *("已认定闲置", "1", "1.0000", "15.00"),
        *("疑似闲置", "1", "4.6994", "70.49"),
        *("未报动工，待核实", "1", "1.0000", "15.00"),
        *("批而未供", "1", "1.0000", "15.00"),
    ]
    tab.locator(".open a").first.click()
    tab.wait_for_selector("body[data-ready]")
    assert tab.locator("h1").inner_text() == "二区"
    tab.click("text=目录")
    assert tab.locator("h1").inner_text() == "高新区"


def test_names_of_all_blocks_are_found_and_lead_to_their_parcel(
    opened: Callable[..., Page], index_file: Path
) -> None:
    tab = opened(index_file)
    tab.keyboard.press("/")
    tab.keyboard.type("１５０６０２２０１５b000")
    tab.wait_for_selector("#results li")
    assert tab.locator("#found").inner_text() == "区块 0 个，宗地 3 宗"
    assert names(tab) == []
    assert tab.locator("#results li").all_inner_texts()[1].split("\n") == [
        "恒泰煤化工项目",
        "1506022015B00017|2 · 一区",
    ]
    tab.locator("#results a").nth(1).click()
    tab.wait_for_selector("body[data-ready]")
    assert tab.locator("h1").inner_text() == "一区"
    assert tab.locator(".card h3").inner_text() == "恒泰煤化工项目"
    tab.go_back()
    tab.fill("#query", "区外项目")
    tab.wait_for_selector("#results li")
    assert "未落入任何区块" in tab.locator("#results li").inner_text()
    tab.fill("#query", "二区")
    assert names(tab) == ["二区"]
    tab.fill("#query", "onerror")
    tab.wait_for_selector("#results li")
    assert HOSTILE in tab.locator("#results a").first.inner_text()
    tab.keyboard.press("Escape")
    assert len(names(tab)) == 3
    assert tab.locator("#results li").count() == 0
    assert tab.evaluate("window.hit") is None


def test_blocks_are_ordered_by_what_is_asked_of_them(
    opened: Callable[..., Page], index_file: Path
) -> None:
    tab = opened(index_file)
    tab.click("text=按疑似闲置面积")
    # 10.0000 公顷, then 4.6994 twice, in the order of their codes.
    assert names(tab) == ["一区", "二区", "未落入任何区块"]
    tab.click("text=按代码")
    assert names(tab) == ["二区", "一区", "未落入任何区块"]
    tab.click("#language")
    assert "Suspected idle" not in tab.locator(".sort").inner_text()
    shown = tab.locator(".overall").inner_text() + tab.locator(".finder").inner_text()
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in shown), shown


def test_the_drawing_of_a_block_has_its_land_in_its_colours(
    opened: Callable[..., Page], index_file: Path
) -> None:
    tab = opened(index_file)
    drawing = tab.locator("#cards .thumb svg").first
    fills = drawing.evaluate("svg => [...svg.children].map(path => getComputedStyle(path).fill)")
    colours = {code: look.colour for code, look in style.styles("outcome").items()}
    for code in ("found_idle", "suspected_idle", "clear", "candidate"):
        red, green, blue = (int(colours[code][at : at + 2], 16) for at in (1, 3, 5))
        assert f"rgb({red}, {green}, {blue})" in fills
    order = style.styles("unsupplied")["to_supply"].order
    assert f'url("#unsupplied-{order}")' in fills
    assert fills[-1] == "none"  # the boundary
    # The block is 5 x 3 cells, the suspected parcel four fifths of the lower left one. At 39.6
    # degrees a cell is cos(39.6015) = 0.7705 as wide as high: 3.85 to 3, less wide than the
    # drawing's 276 to 180 dots, so the height decides: 60 dots a cell, 46.2 across.
    box = drawing.evaluate(
        "(svg, order) => { const box = svg.querySelector('.idle-' + order).getBBox();"
        " return [box.x, box.y, box.width, box.height]; }",
        style.styles("outcome")["suspected_idle"].order,
    )
    left = (thumbnail.WIDTH - 5 * 46.23) / 2
    assert box == pytest.approx([left, 186 - 48, 0.8 * 46.23, 48], abs=1.1)


def test_land_too_small_to_be_drawn_stays_a_dot() -> None:
    frames = tiny_city()
    small = (
        frames["findings"].iloc[[0]].assign(geom=[frames["findings"]["geom"][0].buffer(-3.9e-4)])
    )
    drawing = thumbnail.of({**frames, "findings": small, "pieces": pd.DataFrame()})
    assert drawing is not None
    (area,) = drawing.areas
    assert area.path.endswith("h3v3h-3z")


def test_an_index_of_many_blocks_tells_key_figures_and_where_the_rest_is(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    entry = index.Block.of(PLACE, tiny_city())
    entries = [
        replace(entry, place=replace(PLACE, code=f"B{number:03}", name=f"第{number}区"))
        for number in range(61)
    ]
    few = opened(index.write(entries[:60], tmp_path / "few.html"))
    assert few.locator(".cards table").count() == 60 * 2
    many = opened(index.write(entries, tmp_path / "many.html"))
    assert many.locator(".cards table").count() == 0
    assert many.locator(".cards dl").count() == 61
    assert "见各区块地图的图例" in many.locator(".maps").inner_text()
    many.fill("#query", "第60区")
    assert names(many) == ["第60区"]


def test_an_index_without_blocks_says_so(opened: Callable[..., Page], tmp_path: Path) -> None:
    tab = opened(index.write([], tmp_path / "index.html"))
    assert "还没有区块地图" in tab.locator("main").inner_text()
