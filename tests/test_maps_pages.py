"""The pages in a real browser with its network cut off."""

import datetime
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest
import shapely
from playwright.sync_api import Browser, Page

from maps import basis, block, index, style
from tests.pages import click, colour

WEST, SOUTH = 109.8, 39.6
HOSTILE = '"\'><img src=x onerror="window.hit=1"></script><script>window.hit=1</script>{{ 7*7 }}'
PLACE = block.Place("150602-01", "罕台片区", "高新区", datetime.date(2023, 12, 31), 12)


def square(column: float, row: float, size: float = 0.8) -> shapely.Polygon:
    """A square in a grid of cells 0.001 degree wide, its lower left corner at the cell's."""
    x, y = WEST + column * 0.001, SOUTH + row * 0.001
    return shapely.box(x, y, x + size * 0.001, y + size * 0.001)


def middle(column: float, row: float) -> tuple[float, float]:
    return WEST + (column + 0.4) * 0.001, SOUTH + (row + 0.4) * 0.001


def finding(subject: str, outcome: str, geom: object, **others: object) -> dict[str, object]:
    blank = dict.fromkeys(("track", "next_on", "next_event", "fee_fen", "missing", "name"))
    told = {
        "rule": "idle_land",
        "area_m2": 10_000.0,
        "article": "第三十条",
        "evidence_grade": "none",
    }
    return blank | told | {"subject": subject, "outcome": outcome, "geom": geom} | others


def tiny_city() -> dict[str, pd.DataFrame]:
    """Six parcels, one piece, one park piece and one approval in a block of 5 x 3 cells."""
    holed = square(1, 0, 0.8).difference(square(1.3, 0.3, 0.2))
    two = shapely.MultiPolygon([square(2, 0, 0.3), square(2.5, 0, 0.3)])
    findings = pd.DataFrame(
        [
            finding(
                "1506022015B00017|2",
                "suspected_idle",
                square(0, 0),
                name="恒泰煤化工项目",
                track="fee",
                article="《闲置土地处置办法》第十四条第一项",
                start_state="not_started",
                evidence_grade="patrol",
                since_on=pd.Timestamp("2023-12-01"),
                next_on=pd.Timestamp("2024-12-01"),
                next_event="recovery",
                area_m2=46_993.8,
                fee_fen=379_600_000,
                missing=["price", "evidence_after:2023-12-01"],
            ),
            finding("1506022015A00018", "clear", holed, name="蒙西新材料项目"),
            finding("1506022015A00019", "found_idle", two, name="伊泰装备项目"),
            finding(HOSTILE, "candidate", square(3, 0), name=HOSTILE, article=HOSTILE),
            finding("1506022015A00020", "undetermined", None, name="无图形项目"),
            finding("批-1/001", "to_supply", square(0, 1), rule="unsupplied"),
        ]
    )
    findings["fee_fen"] = findings["fee_fen"].astype("Int64")
    park = {"state": "built", "area_ellipsoidal_m2": 7_000.0, "geom": square(0, 0)}
    approval = {"approval_no": "内政土发〔2018〕7号", "batch": None, "geom": square(0, 0, 3)}
    return {
        "findings": findings,
        "park_pieces": pd.DataFrame([park]),
        "pieces": pd.DataFrame(),
        "approvals": pd.DataFrame([approval | {"total_area_m2": 9_000.0}]),
        "block": pd.DataFrame({"geom": [shapely.box(WEST, SOUTH, WEST + 0.005, SOUTH + 0.003)]}),
    }


@pytest.fixture(scope="module")
def city_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return block.draw(PLACE, tiny_city(), tmp_path_factory.mktemp("out") / PLACE.file_name)


@pytest.fixture
def city(opened: Callable[..., Page], city_file: Path) -> Page:
    tab = opened(city_file)
    tab.wait_for_selector("body[data-ready]")
    return tab


def look(code: str) -> str:
    return style.styles("outcome")[code].colour


def test_the_block_is_drawn_in_the_colours_of_its_statuses(city: Page) -> None:
    assert colour(city, "idle", middle(0, 0.2)) == look("suspected_idle")
    assert colour(city, "idle", middle(1, 0.25)) == look("clear")
    assert colour(city, "idle", middle(2.3, -0.2)) == look("found_idle")
    assert colour(city, "unsupplied", middle(0, 1)) is not None
    assert colour(city, "idle", middle(4, 2)) is None


def test_holes_and_the_gap_between_two_parts_are_neither_filled_nor_hit(city: Page) -> None:
    hole, gap = middle(1, 0), (WEST + 0.0024, SOUTH + 0.00015)
    for empty in (hole, gap):
        assert colour(city, "idle", empty) is None
        click(city, empty)
        assert city.locator(".card").count() == 0
    click(city, middle(1, 0.25))
    assert city.locator(".card h3").inner_text() == "蒙西新材料项目"
    for part in (middle(1.75, -0.25), middle(2.25, -0.25)):
        click(city, part)
        assert city.locator(".card h3").inner_text() == "伊泰装备项目"


def test_a_click_on_a_parcel_shows_its_article_days_area_and_fee(city: Page) -> None:
    click(city, middle(0, 0))
    card = city.locator(".card")
    assert card.locator(".card-status b").inner_text() == "疑似闲置"
    told = dict(
        zip(card.locator("dt").all_inner_texts(), card.locator("dd").all_inner_texts(), strict=True)
    )
    assert told == {
        "电子监管号": "1506022015B00017|2",
        "处置方向": "征缴闲置费",
        "依据": "《闲置土地处置办法》第十四条第一项",
        "处置方向自": "2023-12-01\n截至 2023-12-31 已 30 天",
        "下一节点": "2024-12-01（还有 336 天）\n→ 无偿收回",
        "动工状态": "未动工",
        "证据等级": "巡查",
        "登记面积": "46,993.80 平方米\n4.6994 公顷 · 70.49 亩",
        "土地闲置费": "3,796,000.00 元",
        "缺少事实": "价款；未动工证据，日期不早于 2023-12-01",
    }


def test_a_holder_is_named_only_where_the_frame_names_one(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    frames = tiny_city()
    frames["findings"]["holder"] = "内蒙古恒泰有限公司"
    tab = opened(block.draw(PLACE, frames, tmp_path / "holder.html"))
    tab.wait_for_selector("body[data-ready]")
    click(tab, middle(0, 0))
    assert "内蒙古恒泰有限公司" in tab.locator(".card").inner_text()


def test_hostile_text_is_shown_as_text_and_does_nothing(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    place = block.Place("../" + HOSTILE, HOSTILE, HOSTILE, PLACE.as_of, 1, index_file=HOSTILE)
    tab = opened(block.draw(place, tiny_city(), tmp_path / place.file_name))
    tab.wait_for_selector("body[data-ready]")
    assert tab.locator("h1").inner_text() == HOSTILE
    assert tab.title().startswith(HOSTILE)
    click(tab, middle(3, 0))
    assert tab.locator(".card h3").inner_text() == HOSTILE
    assert HOSTILE in tab.locator(".card dd").all_inner_texts()
    tab.fill("#query", "onerror")
    tab.hover("#results button")
    assert HOSTILE in tab.locator("#results button").inner_text()
    entry = index.Block.of(place, tiny_city(), map_file=HOSTILE)
    overview = opened(index.write([entry], tmp_path / "index.html"))
    assert HOSTILE in overview.locator("h3").inner_text()
    for page_of_text in (tab, overview):
        assert page_of_text.evaluate("window.hit") is None
        assert page_of_text.locator("img").count() == 0


def test_the_policy_stops_a_script_and_a_request_that_found_a_way_in(
    browser: Browser, city_file: Path
) -> None:
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(city_file.as_uri())
    tab.wait_for_selector("body[data-ready]")
    refused = tab.evaluate(
        """async () => {
            const script = document.createElement("script");
            script.textContent = "window.hit = 1";
            document.body.append(script);
            const line = document.createElement("p");
            line.setAttribute("onclick", "window.hit = 1");
            line.click();
            const asked = await fetch("data:text/plain,x").then(() => "asked", () => "refused");
            return window.hit || asked;
        }"""
    )
    context.close()
    assert refused == "refused"


def test_the_layer_switch_hides_and_shows_a_layer_and_its_legend(city: Page) -> None:
    legend = city.locator(".legend[data-layer=idle]")
    switch = city.locator("#switch label", has_text="已供宗地").locator("input")
    switch.uncheck()
    assert colour(city, "idle", middle(0, 0.2)) is None
    assert not legend.is_visible()
    click(city, middle(0, 0.2))
    assert city.locator(".card").count() == 0
    switch.check()
    assert colour(city, "idle", middle(0, 0.2)) == look("suspected_idle")
    assert legend.is_visible()


def test_a_layer_switched_on_lies_on_top_and_names_what_is_below(city: Page) -> None:
    city.locator("#switch label", has_text="园区土地状况").locator("input").check()
    city.locator("#switch label", has_text="批准用地范围").locator("input").check()
    click(city, middle(0, 0))
    assert city.locator(".card-layer").inner_text() == "园区土地状况"
    below = city.locator(".card-also button")
    assert below.all_inner_texts() == [
        "已供宗地 · 恒泰煤化工项目",
        "批准用地范围 · 内政土发〔2018〕7号",
    ]
    below.first.click()
    assert city.locator(".card h3").inner_text() == "恒泰煤化工项目"


def test_each_kind_of_area_stands_under_its_name(city: Page) -> None:
    """Registered areas, plane and ellipsoidal ones differ by decimetres: each says which it is."""
    city.locator("#switch label", has_text="园区土地状况").locator("input").check()
    captions = city.locator(".legend:visible caption .which-area").all_inner_texts()
    assert captions == [
        "面积：登记面积，没有登记的为图形平面面积",
        "面积：图形平面面积",
        "面积：图形椭球面积",
    ]


def test_escape_closes_the_card_then_the_list_wherever_the_focus_is(city: Page) -> None:
    city.click(".legend[data-layer=idle] button.list[data-code=clear]")
    click(city, middle(0, 0))
    city.focus("#print")
    assert (city.locator(".card").count(), city.locator("#results li").count()) == (1, 1)
    city.keyboard.press("Escape")
    city.wait_for_selector(".card", state="detached")
    assert city.locator("#results li").count() == 1
    city.keyboard.press("Escape")
    assert city.locator("#results li").count() == 0
    city.fill("#query", "蒙西")
    assert city.locator("#results li").count() == 1
    city.keyboard.press("Escape")
    assert (city.locator("#results li").count(), city.input_value("#query")) == (0, "")


def test_a_card_leads_to_the_reasons_of_its_subject_alone(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    place = replace(PLACE, basis=f"{quote(PLACE.basis_name)}#{{subject}}", map_href=PLACE.file_name)
    subjects = [*tiny_city()["findings"]["subject"]]
    law = ("所用规定", [("《办法》第一条", "idle.years")])
    told = [
        basis.Reasons(each, HOSTILE, [("结论", [(f"说明 {each}", "")]), law]) for each in subjects
    ]
    basis.write(place, told, tmp_path / place.basis_name, "程序不同")
    tab = opened(block.draw(place, tiny_city(), tmp_path / place.file_name))
    tab.wait_for_selector("body[data-ready]")
    click(tab, middle(0, 0))
    # A number with signs that mean something in an address.
    assert "|" in subjects[0]
    with tab.context.expect_page() as waiting:
        tab.click(".card-basis a")
    page = waiting.value
    page.wait_for_selector("section:target")
    assert page.locator("h1").inner_text() == f"判定依据：{PLACE.name}"
    assert page.locator("section:visible").count() == 1
    assert f"说明 {subjects[0]}" in page.locator("section:visible").inner_text()
    assert page.locator("section:visible code").inner_text() == "idle.years"
    assert not page.locator("nav").is_visible()
    page.click("section:visible .back a")
    assert page.locator("section:visible").count() == len(subjects)
    assert page.evaluate("window.hit") is None
    assert "程序不同" in page.locator("main").inner_text()


def test_the_scale_bar_stays_within_the_map_and_the_paper(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    frames = tiny_city()
    tiny = shapely.box(WEST, SOUTH, WEST + 1e-7, SOUTH + 1e-7)
    tab = opened(
        block.draw(PLACE, {**frames, "block": pd.DataFrame({"geom": [tiny]})}, tmp_path / "a.html")
    )
    tab.wait_for_selector("body[data-ready]")
    for zoom in (0, 30):
        tab.evaluate("zoom => map_block.setZoom(zoom, {animate: false})", zoom)
        assert 20 <= tab.locator("#scale i").bounding_box()["width"] <= 162
        length = tab.locator("#scale b").inner_text()
        number, unit = length.split()
        metres = float(number) * {"千米": 1000, "米": 1}[unit]
        assert 0.5 <= metres <= 500_000, length


def test_the_legend_counts_each_status_and_switches_it(city: Page) -> None:
    legend = city.locator(".legend[data-layer=idle]")
    row = legend.locator("tbody tr").nth(1)
    assert row.inner_text().split() == ["疑似闲置", "1", "4.6994", "70.49"]
    # 46,993.8 + 4 x 10,000 m2 over five parcels, one of them without a shape.
    assert legend.locator("tfoot tr").inner_text().split() == ["合计", "5", "8.6994", "130.49"]
    assert "1 宗没有图形" in legend.inner_text()
    box = legend.locator("input[data-code=suspected_idle]")
    box.uncheck()
    assert colour(city, "idle", middle(0, 0.2)) is None
    assert colour(city, "idle", middle(1, 0.25)) == look("clear")
    click(city, middle(0, 0.2))
    assert city.locator(".card").count() == 0
    box.check()
    assert colour(city, "idle", middle(0, 0.2)) == look("suspected_idle")


def test_the_keyboard_finds_a_parcel_by_number_or_name_and_opens_it(city: Page) -> None:
    click(city, middle(0, 0))
    city.focus("#query")
    city.keyboard.type("１５０６０２２０１５a000")
    assert city.locator("#found").inner_text() == "共 3 条"
    city.keyboard.press("ArrowDown")
    city.keyboard.press("ArrowDown")
    city.keyboard.press("Enter")
    assert city.locator(".card h3").inner_text() == "伊泰装备项目"
    # Its middle lies on the map's middle line, wherever the map was before.
    at = city.evaluate("map_block.latLngToContainerPoint([39.6, 109.8024]).x")
    assert at == pytest.approx(city.evaluate("map_block.getSize().x / 2"), abs=2)
    city.fill("#query", "无图形")
    city.keyboard.press("Enter")
    assert city.locator(".card h3").inner_text() == "无图形项目"


def test_a_count_of_the_legend_lists_its_parcels(city: Page) -> None:
    city.click(".legend[data-layer=idle] button.list[data-code=clear]")
    assert city.locator("#found").inner_text() == "正常：共 1 条"
    city.click("#results button")
    assert city.locator(".card h3").inner_text() == "蒙西新材料项目"


def test_a_phone_shows_the_map_and_pulls_the_legend_up(
    opened: Callable[..., Page], city_file: Path
) -> None:
    tab = opened(city_file, viewport={"width": 390, "height": 780}, is_mobile=True, has_touch=True)
    tab.wait_for_selector("body[data-ready]")
    assert tab.evaluate("document.documentElement.scrollWidth") == 390
    assert not tab.locator(".legend").first.is_visible()
    tab.tap("#handle")
    assert tab.locator(".legend").first.is_visible()
    tab.tap("#handle")
    click(tab, middle(0, 0))
    assert tab.locator(".card h3").inner_text() == "恒泰煤化工项目"


def test_a_block_without_any_frame_still_makes_a_page_that_says_so(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    tab = opened(block.draw(PLACE, {}, tmp_path / "empty.html"))
    tab.wait_for_selector("body[data-ready]")
    assert tab.locator("#trouble").inner_text() == "本区块没有可显示的图形。"
    assert "没有监测结果" in tab.locator("#panel").inner_text()


def test_a_code_no_list_holds_is_shown_and_counted(
    opened: Callable[..., Page], tmp_path: Path
) -> None:
    frames = tiny_city()
    frames["findings"].loc[0, "outcome"] = "brand_new"
    frames["findings"].loc[1, "outcome"] = None
    tab = opened(block.draw(PLACE, frames, tmp_path / "new.html"))
    tab.wait_for_selector("body[data-ready]")
    rows = tab.locator(".legend[data-layer=idle] tbody tr").all_inner_texts()
    assert [row.split()[0] for row in rows][-2:] == ["未填", "brand_new"]
    assert colour(tab, "idle", middle(0, 0.2)) is not None
    click(tab, middle(1, 0.25))
    assert tab.locator(".card h3").inner_text() == "蒙西新材料项目"
