"""What a person does on a block's map besides looking: measure, choose years, link, use keys."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd
import pytest
import shapely
from playwright.sync_api import Page
from pyproj import Geod

from gis.geometry import areas
from maps import block, index
from tests import printed
from tests.conftest import rest_long
from tests.pages import address, click, colour
from tests.test_maps_pages import HOSTILE, PLACE, SOUTH, WEST, look, middle, tiny_city
from tests.web_pages import serious

CGCS2000 = Geod(a=6378137.0, rf=298.257222101)
SUBJECT = "1506022015B00017|2"


def dated_city() -> dict[str, pd.DataFrame]:
    """The tiny city with contracts of 2015 (two), 2016 and 2019, one without a day."""
    frames = tiny_city()
    days = ["2015-03-01", "2016-12-31", "2015-01-01", "2019-06-30", None, None]
    frames["findings"]["signed_on"] = pd.to_datetime(pd.Series(days))
    approved = [None] * 5 + ["2014-05-01"]
    frames["findings"]["approved_on"] = pd.to_datetime(pd.Series(approved))
    return frames


@pytest.fixture(scope="module")
def dated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return block.draw(PLACE, dated_city(), tmp_path_factory.mktemp("out") / PLACE.file_name)


@pytest.fixture
def city(opened: Callable[..., Page], dated_file: Path) -> Page:
    tab = opened(dated_file)
    tab.wait_for_selector("body[data-ready]")
    return tab


def at(tab: Page, fragment: str) -> None:
    """Follow a link to another part of the page, as one sent by a colleague would be."""
    tab.evaluate("to => { location.hash = to; }", fragment)
    tab.wait_for_timeout(50)


def measures(tab: Page) -> dict[str, str]:
    names = tab.locator("#measures dt").all_inner_texts()
    return dict(zip(names, tab.locator("#measures dd").all_inner_texts(), strict=True))


def metres(told: str) -> float:
    return float(told.replace(",", "").removesuffix(" 米"))


def test_a_parcel_measured_by_its_corners_has_the_lengths_and_area_of_the_ellipsoid(
    city: Page,
) -> None:
    """The corners attract; PROJ's geodesics and the area of the rest of landwatch agree."""
    # A square of 0.0008 degrees from (109.8, 39.6); each click falls some dots beside its corner.
    corners = [
        (WEST, SOUTH),
        (WEST + 0.0008, SOUTH),
        (WEST + 0.0008, SOUTH + 0.0008),
        (WEST, SOUTH + 0.0008),
    ]
    city.click("#measure")
    for x, y in corners:
        click(city, (x + 0.000012, y - 0.000008))
    assert city.locator(".card").count() == 0
    told = measures(city)
    x, y = zip(*corners, strict=True)
    assert metres(told["长度"]) == pytest.approx(CGCS2000.line_length(x, y), abs=0.006)
    closed = CGCS2000.line_length([*x, x[0]], [*y, y[0]])
    assert metres(told["闭合后周长"]) == pytest.approx(closed, abs=0.006)
    # By hand: a degree of longitude at 39.6 is 85.9 km, of latitude 111.0 km: 68.7 x 88.8 m.
    (area_m2,) = areas.ellipsoidal_area_m2(np.array([shapely.Polygon(corners)]))
    assert 6_090 < area_m2 < 6_110
    assert told["面积"] == (
        f"{area_m2:,.2f} 平方米\n{area_m2 / 10_000:.4f} 公顷 · {area_m2 * 0.0015:.2f} 亩"
    )
    city.click("#undo")
    assert "面积" in measures(city)
    city.click("#clear")
    assert measures(city) == {"长度": "0.00 米"}


def test_sides_that_cross_enclose_no_area_and_escape_ends_measuring(city: Page) -> None:
    city.keyboard.press("m")
    for place in (middle(1, 1.2), middle(2, 2.2), middle(2, 1.2), middle(1, 2.2)):
        click(city, place)
    assert measures(city)["面积"] == "边线相交，面积不成立"
    city.keyboard.press("Escape")
    assert not city.locator("#measured").is_visible()
    click(city, middle(0, 0))
    assert city.locator(".card h3").inner_text() == "恒泰煤化工项目"


def test_the_keyboard_alone_measures_at_the_cross_in_the_middle(city: Page) -> None:
    city.evaluate("map_block.setView([39.6015, 109.8025], 18, {animate: false})")
    city.evaluate("window.moves = 0; map_block.on('moveend', () => { window.moves += 1; })")
    city.keyboard.press("m")
    for moves in (1, 2):
        # What was asked for lies between dots; after a move the middle is a dot.
        city.keyboard.press("ArrowRight")
        city.wait_for_function("moves => window.moves === moves", arg=moves)
        city.keyboard.press(" ")
    assert city.locator("#cross").is_visible()
    # Leaflet moves the map by 80 dots: at zoom 18 and 39.6015 degrees of
    # 40,075,016.69 m x cos / 256 / 2^18 = 0.460110 m each, on the sphere of the map: 36.81 m.
    # The ellipsoid's parallel is longer by 1 / sqrt(1 - e2 sin2) = 1.00136: 36.86 m.
    assert metres(measures(city)["长度"]) == pytest.approx(36.86, abs=0.02)
    city.keyboard.press("Backspace")
    assert measures(city) == {"长度": "0.00 米"}


def test_a_year_chosen_is_followed_by_map_legend_search_and_paper(
    city: Page, tmp_path: Path
) -> None:
    picks = city.locator("#years button[data-column=signed_on]")
    told = [text.split() for text in picks.all_inner_texts()]
    assert told == [["2015", "2"], ["2016", "1"], ["2019", "1"], ["不明", "1"]]
    picks.first.click()
    assert colour(city, "idle", middle(0, 0.2)) == look("suspected_idle")
    assert colour(city, "idle", middle(1, 0.25)) is None
    click(city, middle(1, 0.25))
    assert city.locator(".card").count() == 0
    legend = city.locator(".legend[data-layer=idle]")
    # 46,993.8 + 10,000 m2 in two parcels: 5.69938 公顷, 85.4907 亩.
    assert legend.locator("tfoot tr").inner_text().split() == ["合计", "2", "5.6994", "85.49"]
    clear = legend.locator("tr[data-code=clear]").inner_text().split()
    assert clear == ["正常", "0", "0.0000", "0.00"]
    assert "5 宗中的 2 宗" in legend.inner_text()
    # The land without a contract is not touched by it.
    assert colour(city, "unsupplied", middle(0, 1)) is not None
    city.fill("#query", "项目")
    assert city.locator("#found").inner_text() == "共 2 条；另有 2 条不在所选年份"
    (paper,) = printed.words(printed.pdf(city, tmp_path))
    assert "合同签订年份：2015" in paper
    assert "5.6994" in paper
    city.click("#chips button")
    assert legend.locator("tfoot tr").inner_text().split() == ["合计", "5", "8.6994", "130.49"]
    assert colour(city, "idle", middle(1, 0.25)) == look("clear")
    assert city.locator("#chips button").count() == 0


def test_a_link_opens_and_selects_the_parcel_and_selecting_makes_the_link(
    opened: Callable[..., Page], dated_file: Path, city: Page
) -> None:
    click(city, middle(0, 0))
    sent = address(city)
    assert sent.endswith("#" + quote(SUBJECT, safe=""))
    city.keyboard.press("Escape")
    assert address(city).endswith("#")
    other = opened(dated_file)
    other.goto(sent)
    other.wait_for_selector("body[data-ready]")
    assert other.locator(".card h3").inner_text() == "恒泰煤化工项目"
    at(other, "1506022015A00018&signed_on=2016&off=unsupplied.to_supply")
    assert other.locator(".card h3").inner_text() == "蒙西新材料项目"
    assert colour(other, "idle", middle(0, 0.2)) is None
    assert colour(other, "unsupplied", middle(0, 1)) is None
    chips = other.locator("#chips button > span:first-child").all_inner_texts()
    assert chips == ["合同签订年份：2016", "不含：应供应"]
    assert not other.locator("#trouble").is_visible()
    at(other, "批-1%2F001")
    assert other.locator(".card-layer").inner_text() == "批而未供地块"
    assert other.locator("#chips button").count() == 0


NOT_THERE = [
    (f"{SUBJECT}&constructor=1", "constructor=1"),
    ("%E4%BD", "#%E4%BD"),
    (quote(HOSTILE + "2", safe=""), "onerror"),
    ("no-such-parcel", "no-such-parcel"),
    ("&signed_on=2001", "signed_on=2001"),
    ("&off=idle.nothing", "idle.nothing"),
]


@pytest.mark.parametrize(("fragment", "named"), rest_long(NOT_THERE, NOT_THERE[:3], names=2))
def test_a_link_to_what_the_map_does_not_have_says_so(
    city: Page, fragment: str, named: str
) -> None:
    at(city, fragment)
    trouble = city.locator("#trouble").inner_text()
    assert trouble.startswith("地址中的这些在本图中没有：")
    assert named in trouble
    assert city.evaluate("window.hit") is None
    at(city, quote(SUBJECT))
    assert not city.locator("#trouble").is_visible()


def test_keys_walk_the_parcels_find_and_can_be_switched_off(city: Page) -> None:
    titles = []
    for _ in range(3):
        city.keyboard.press("j")
        titles.append(city.locator(".card h3").inner_text())
    # The most pressing first: found idle, suspected, to be verified.
    assert titles == ["伊泰装备项目", "恒泰煤化工项目", HOSTILE]
    city.keyboard.press("k")
    assert city.locator(".card h3").inner_text() == "恒泰煤化工项目"
    city.keyboard.press("/")
    city.keyboard.type("jm蒙西")
    assert city.input_value("#query") == "jm蒙西"
    assert not city.locator("#measured").is_visible()
    city.keyboard.press("Escape")
    city.focus("#language")
    city.keyboard.press("?")
    assert city.locator("#keys").is_visible()
    city.locator("#single").uncheck()
    city.keyboard.press("Escape")
    assert not city.locator("#keys").is_visible()
    city.keyboard.press("m")
    assert not city.locator("#measured").is_visible()


def test_the_overview_shows_where_the_map_is_and_leads_elsewhere(city: Page) -> None:
    assert not city.locator("#overview").is_visible()
    city.evaluate("map_block.setView([39.6028, 109.8045], 20, {animate: false})")
    overview = city.locator("#overview")
    overview.wait_for(state="visible")
    box = overview.bounding_box()
    # The block is 0.005 x 0.003 degrees; its south-western parcel lies near the lower left corner.
    overview.click(position={"x": 8 + 13, "y": box["height"] - 8 - 10})
    centre = city.evaluate("[map_block.getCenter().lng, map_block.getCenter().lat]")
    assert centre == pytest.approx(middle(0, 0), abs=0.0006)
    city.keyboard.press("0")
    overview.wait_for(state="hidden")


def test_the_page_speaks_one_language_at_a_time(city: Page) -> None:
    assert city.locator(".legend[data-layer=idle] caption").inner_text().startswith("已供宗地")
    # Where the pointer is stands in the foot as well, and it moves.
    shown = (
        "['.drawer', '#drawn', '#scale'].map(name => document.querySelector(name).innerText).join()"
    )
    chinese = city.evaluate(shown)
    assert "Supplied parcels" not in chinese
    city.click("#language")
    english = city.evaluate(shown)
    assert "Supplied parcels" in english
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in english), english
    assert city.get_attribute("#query", "placeholder") == "Search: name, number, approval"
    click(city, middle(0, 0))
    card = city.locator(".card")
    assert card.locator(".card-layer").inner_text() == "Supplied parcels"
    told = card.locator("dt").all_inner_texts()
    assert "Not started days" in told or "Since" in told
    assert not any("\u4e00" <= sign <= "\u9fff" for sign in "".join(told))
    city.click("#language")
    assert city.evaluate(shown) == chinese


def test_nothing_serious_keeps_people_out_in_either_language(
    opened: Callable[..., Page], dated_file: Path, tmp_path: Path
) -> None:
    """axe-core, with card, filter and measure open; and the index."""
    tab = opened(dated_file, bypass_csp=True)
    tab.wait_for_selector("body[data-ready]")
    tab.click("#years button >> nth=0")
    tab.keyboard.press("j")
    tab.fill("#query", "项目")
    assert serious(tab) == []
    tab.click("#language")
    tab.keyboard.press("m")
    click(tab, middle(0, 1.2))
    assert serious(tab) == []
    entry = index.Block.of(PLACE, dated_city())
    overview = opened(index.write([entry], tmp_path / "index.html"), bypass_csp=True)
    assert serious(overview) == []
    overview.click("#language")
    assert serious(overview) == []
