"""The live map: its figures, days, places and measures, and what a person sees and does with it."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator
from functools import partial

import httpx
import numpy as np
import pyproj
import pytest
from playwright.sync_api import Browser, Page

from gis import units
from maps import style
from tests import vector_tiles
from tests.conftest import rest_long
from tests.pages import address, in_time
from tests.sending import client_of
from tests.warm import DEMO_DAY, Desk
from tests.web_pages import serious

SUSPECTED, NEXT = "1506992023B00069", "1506992023B00085"
# Its days, by the demo's papers: due 2024-03-31, a year later held up by the government until the
# end of July, so the fee holds from 2025-07-02.
DUE, YEAR_ON, FEE_ON = "2023-06-30", "2025-04-01", "2025-07-02"


@pytest.fixture(scope="module")
def client(demo: Desk) -> Iterator[httpx.Client]:
    yield from client_of(demo)


@pytest.fixture
def tab(client: httpx.Client, browser: Browser) -> Iterator[Page]:
    at = str(client.base_url).rstrip("/")
    context = browser.new_context(base_url=at, viewport={"width": 1366, "height": 768})
    asked: list[str] = []
    said: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else 0)
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    # Nothing is asked of another host, and nothing goes wrong unseen.
    assert [url for url in asked if not url.startswith((at, "data:", "blob:"))] == []
    assert said == []


def ready(tab: Page, path: str) -> None:
    tab.goto(path)
    tab.wait_for_selector("body[data-map=ready]")


def colour_at(tab: Page, lon: float, lat: float) -> str:
    """What a person sees at a place of the map, as #rrggbb."""
    x, y = tab.evaluate(
        """([lon, lat]) => {
            const live = document.getElementById("map").live, at = live.project([lon, lat]);
            const box = live.getContainer().getBoundingClientRect();
            return [box.left + at.x, box.top + at.y];
        }""",
        [lon, lat],
    )
    tab.wait_for_function("() => document.getElementById('map').live.areTilesLoaded()")
    return seen(tab, x, y)


def shown_at(tab: Page, lon: float, lat: float, wanted: str) -> str:
    """The same, once it is what is wanted; else what it stays."""
    return in_time(tab, partial(colour_at, tab, lon, lat), wanted.__eq__)


def seen(tab: Page, x: float, y: float) -> str:
    """What a person sees at a dot of the screen."""
    shot = tab.screenshot(clip={"x": x, "y": y, "width": 1, "height": 1})
    red, green, blue = tab.evaluate(
        """async (shot) => {
            const image = new Image();
            image.src = `data:image/png;base64,${shot}`;
            await image.decode();
            const pen = document.createElement("canvas").getContext("2d");
            pen.drawImage(image, 0, 0);
            return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
        }""",
        base64.b64encode(shot).decode(),
    )
    return f"#{red:02x}{green:02x}{blue:02x}"


def middle(client: httpx.Client, subject: str) -> tuple[float, float]:
    (found,) = client.get("/map/search", params={"text": subject}).json()["found"]
    west, south, east, north = found["bounds"]
    return (west + east) / 2, (south + north) / 2


def look(code: str) -> str:
    return style.styles("outcome")[code].colour


def test_the_legend_counts_what_the_list_lists(client: httpx.Client, demo: Desk) -> None:
    told = client.get("/map/counts").json()
    rows = [row for row in demo.json("findings")["rows"] if row["rule"] == "idle_land"]
    rows += [row for row in demo.json("candidates")["rows"] if row["rule"] == "idle_land"]
    listed = Counter(row["outcome"] for row in rows)
    assert sum(listed.values()) == 220
    assert {code: told["outcome"][code]["count"] for code in listed} == {
        code: str(count) for code, count in listed.items()
    }
    assert told["outcome"]["total"]["count"] == "220"
    area = sum(row["area_m2"] for row in rows if row["outcome"] == "suspected_idle")
    assert told["outcome"]["suspected_idle"]["ha"] == f"{units.hectares(area):.4f}"
    assert told["outcome"]["suspected_idle"]["mu"] == f"{units.mu(area):.2f}"


def test_what_has_no_shape_is_told_beside_the_sum(client: httpx.Client, tab: Page) -> None:
    told = client.get("/map/counts").json()
    shapes = client.get("/api/v1/findings", params={"limit": 1000, "shapes": "true"}).json()["rows"]
    for rule, name in (("idle_land", "outcome"), ("unsupplied", "unsupplied")):
        lost = [row for row in shapes if row["rule"] == rule and row["geometry"] is None]
        assert lost
        assert told[name]["unplaced"]["count"] == str(len(lost))
    without = next(row for row in shapes if row["rule"] == "idle_land" and row["geometry"] is None)
    ready(tab, f"/map?subject={without['subject']}")
    said = f"{without['subject']} 没有图形"
    tab.wait_for_function(
        "(said) => document.getElementById('map-said').textContent.startsWith(said)", arg=said
    )
    count = told["outcome"]["unplaced"]["count"]
    assert tab.inner_text(".unplaced[data-list=outcome]").endswith(f" {count}")


def test_the_map_shows_the_land_of_its_address_alone(client: httpx.Client, tab: Page) -> None:
    inside = client.get("/api/v1/findings", params={"limit": 1000, "park": "YS"}).json()["rows"]
    assert SUSPECTED in {row["subject"] for row in inside}
    everything = client.get("/api/v1/findings", params={"limit": 1000, "shapes": "true"}).json()
    outside = next(
        row["subject"] for row in everything["rows"]
        if row["geometry"] is not None and row["rule"] == "idle_land"
        and row["subject"] not in {one["subject"] for one in inside}
    )  # fmt: skip
    for subject, colour in ((outside, "#f1f1ea"), (SUSPECTED, look("suspected_idle"))):
        lon, lat = middle(client, subject)
        ready(tab, f"/map?park=YS&lon={lon:.6f}&lat={lat:.6f}&zoom=16")
        assert shown_at(tab, lon, lat, colour) == colour
    assert tab.inner_text("#legend-outcome tr[data-code=total] td") == str(
        sum(row["rule"] == "idle_land" for row in inside)
    )
    # So does its list, from the first moment; which stays that of the day judged, and says so.
    ready(tab, "/map?park=YS&as_of=2024-11-18")
    assert "park=YS" in str(tab.get_attribute("#to-list", "href"))
    assert "2026-06-30" in tab.inner_text("#rows-day")


def test_the_legend_counts_a_block_and_another_day(client: httpx.Client) -> None:
    in_block = client.get("/map/counts", params={"block": "YS-A"}).json()["outcome"]
    asked = {"block": "YS-A", "rule": "idle_land", "limit": 1}
    count = client.get("/api/v1/findings", params=asked).json()["count"]
    assert 0 < count < 220
    assert in_block["total"]["count"] == str(count)
    for day in ("2024-01-01", "2025-01-01"):
        there = client.get("/map/counts", params={"as_of": day}).json()["outcome"]
        states = client.get("/tiles/findings.json", params={"as_of": day}).json()["states"]
        for code in ("overdue", "not_due", "clear"):
            assert there[code]["count"] == str(states[f"idle_land:{code}"]["count"])
    nowhere = client.get("/map/counts", params={"block": "none"}).json()
    assert nowhere["outcome"]["total"] == {"count": "0", "ha": "0.0000", "mu": "0.00"}


def test_the_days_of_change_are_those_of_the_timelines(client: httpx.Client) -> None:
    told = client.get("/map/changes", params={"subject": SUSPECTED}).json()
    assert told["subject"] == [DUE, "2024-04-01", YEAR_ON, FEE_ON, "2026-07-02"]
    days = [day for day, _ in told["days"]]
    assert days == sorted(set(days))
    rows, after = [], None
    while True:
        more = {"limit": 1000} | ({"after": after} if after else {})
        page = client.get("/api/v1/timeline", params=more).json()
        rows += page["rows"]
        if page["next"] is None:
            break
        after = httpx.URL(page["next"]).params["after"]
    # A day of a subject on which its direction alone changes is a day of change, too.
    assert set(told["subject"]) <= {row["from_on"] for row in rows}
    assert {row["from_on"] for row in rows if row["rule"] == "idle_land"} <= set(days)


def test_a_block_tells_what_lies_there_in_part_and_is_in_its_list(client: httpx.Client) -> None:
    for block in ("YS-A", "YS-B"):
        page = client.get(f"/block/{block}", headers={"Accept": "text/html"}).text
        whole = int(re.findall(r'供地合计</th><td class="num">(\d+)', page)[0])
        in_part = sum(map(int, re.findall(r"另有 (\d+) 宗只有一部分在此", page)))
        asked = {"block": block, "rule": "idle_land", "limit": 1}
        listed = client.get("/api/v1/findings", params=asked).json()["count"]
        assert whole + in_part == listed, block


def test_blocks_and_parks_are_found_by_code_and_name(client: httpx.Client) -> None:
    by_code = client.get("/map/search", params={"text": "YS-A"}).json()["found"]
    assert by_code[0]["place"] == "block"
    assert by_code[0]["words"].startswith("YS-A　")
    west, south, east, north = by_code[0]["bounds"]
    assert 73 < west < east < 136
    assert 3 < south < north < 54
    name = by_code[0]["words"].partition("　")[2]
    by_name = client.get("/map/search", params={"text": name}).json()["found"]
    assert by_name[0] == by_code[0]


@pytest.mark.parametrize(
    "text",
    ["110.217, 39.742", "39.742 110.217", "110°13′01.2″ 39°44′31.2″", "39°44′31.2″，110°13′01.2″"],
)
def test_coordinates_are_found_as_people_write_them(client: httpx.Client, text: str) -> None:
    (found,) = client.get("/map/search", params={"text": text}).json()["found"]
    assert found["bounds"] == pytest.approx([110.217, 39.742] * 2, abs=1e-9)


def test_metres_of_a_zone_are_found_and_shown_as_a_surveyor_has_them(
    client: httpx.Client, tab: Page
) -> None:
    # EPSG:4525 is zone 37 of CGCS2000 with the zone before the easting.
    way = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4525", always_xy=True)
    tab.goto("/map")
    for lon, lat in ((110.217, 39.742), (109.6, 40.9), (112.4, 37.1)):
        east, north = way.transform(lon, lat)
        for text in (f"{north:.4f} {east:.4f}", f"{east:.4f},{north:.4f}"):
            (found,) = client.get("/map/search", params={"text": text}).json()["found"]
            assert found["bounds"][:2] == pytest.approx([lon, lat], abs=2e-9)
        shown = tab.evaluate(
            "async ([lon, lat]) => (await import('/static/app/zone.js')).zoned(lon, lat)",
            [lon, lat],
        )
        assert shown["zone"] == 37
        assert (shown["x"], shown["y"]) == pytest.approx((north, east), abs=1e-4)


def test_what_is_measured_is_measured_as_we_measure(client: httpx.Client) -> None:
    points = [[110.21, 39.74], [110.22, 39.74], [110.22, 39.75], [110.21, 39.75]]
    told = client.post("/map/measure", json={"points": points}).json()
    geod = pyproj.Geod(a=6378137.0, rf=298.257222101)
    area, _ = geod.polygon_area_perimeter(*np.array(points).T)
    # Sides of the trapezoids are straight in degrees here, shortest ways there: 1 part in 10^6.
    assert told["ellipsoid_m2"] == pytest.approx(abs(area), rel=2e-6)
    way = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4525", always_xy=True)
    east, north = (one - one[0] for one in way.transform(*np.array(points).T))
    shoelace = abs(np.dot(east, np.roll(north, 1)) - np.dot(north, np.roll(east, 1))) / 2
    assert told["plane_m2"] == pytest.approx(shoelace, rel=1e-9)
    assert told["length_m"] == pytest.approx(np.hypot(np.diff(east), np.diff(north)).sum())
    crossed = {"points": [[110, 40], [110.1, 40.1], [110.1, 40], [110, 40.1]]}
    assert client.post("/map/measure", json=crossed).json()["plane_m2"] is None
    for wrong in ({"points": [[110, 40]]}, {"points": [[200, 40], [1, 2]]}, {"points": "x"}):
        assert client.post("/map/measure", json=wrong).status_code == 422


def test_bad_filters_are_told_and_nobody_is_shown_who_is_not_there(client: httpx.Client) -> None:
    for query in ("outcome=none", "box=1,2,3", "box=2,1,1,2", "region=x", "colour=x"):
        assert client.get(f"/map/rows?{query}").status_code == 422, query
    assert client.get("/map/card", params={"subject": "<b>"}).status_code == 404
    script = "\"'></script><script>alert(1)</script>"
    for name in ("text", "block", "park", "subject"):
        page = client.get("/map", params={name: script})
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    # The direction of what is yet to be verified is told as that.
    candidate = client.get("/map/card", params={"subject": NEXT}).text
    assert "未报动工，待核实" in candidate
    assert "如核实" in candidate
    assert client.get("/map/search", params={"text": "没有这样的名字"}).json() == {"found": []}


def test_legend_slider_list_and_card_are_one(client: httpx.Client, tab: Page) -> None:
    lon, lat = middle(client, SUSPECTED)
    ready(tab, f"/map?lon={lon:.6f}&lat={lat:.6f}&zoom=16")
    assert shown_at(tab, lon, lat, look("suspected_idle")) == look("suspected_idle")
    # The legend is the filter, of map and list.
    tab.locator('#rows tr[data-key="1506992023B00069"]').wait_for()
    tab.uncheck('input[name="outcome"][value="suspected_idle"]')
    tab.locator(f'#rows tr[data-key="{SUSPECTED}"]').wait_for(state="detached")
    assert shown_at(tab, lon, lat, "#f1f1ea") == "#f1f1ea"
    assert "outcome=found_idle" in tab.evaluate("location.search")
    tab.check('input[name="outcome"][value="suspected_idle"]')
    # A day of its own: before the agreed start it was not due.
    tab.fill("#day", "2024-01-15")
    tab.press("#day", "Enter")
    tab.wait_for_selector("body[data-day='2024-01-15']")
    assert shown_at(tab, lon, lat, look("not_due")) == look("not_due")
    overdue = client.get("/map/counts", params={"as_of": "2024-01-15"}).json()["outcome"]["overdue"]
    assert tab.text_content('#legend-outcome tr[data-code="overdue"] .n') == overdue["count"]
    assert "as_of=2024-01-15" in tab.evaluate("location.search")
    tab.click("#day-judged")
    tab.wait_for_selector(f"body[data-day='{DEMO_DAY}']")
    # A click on the map opens the card, and the row is marked.
    box = tab.locator("#map").bounding_box()
    assert box is not None
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.get_by_role("heading", name=SUSPECTED).wait_for()
    assert "1,820,000.00 元" in (tab.text_content("#card") or "")
    assert "2026-07-02" in (tab.text_content("#card") or "")
    chosen = tab.locator('#rows tr[aria-selected="true"]')
    assert chosen.get_attribute("data-key") == SUSPECTED
    # What is seen is in the address: whoever opens it sees the same.
    tab.wait_for_function("() => location.search.includes('subject=')")
    ready(tab, address(tab))
    tab.get_by_role("heading", name=SUSPECTED).wait_for()


def test_keys_alone_lead_to_a_parcel_and_through_the_list(client: httpx.Client, tab: Page) -> None:
    ready(tab, "/map")
    tab.keyboard.press("/")
    tab.keyboard.type(SUSPECTED)
    tab.locator("#found button").first.wait_for()
    # Enter alone takes the first that is found.
    tab.keyboard.press("Enter")
    tab.get_by_role("heading", name=SUSPECTED).wait_for()
    tab.locator(f'#rows tr[data-key="{SUSPECTED}"][aria-selected="true"]').wait_for()
    tab.keyboard.press("j")
    tab.wait_for_function(
        f"() => !document.querySelector('#card h1')?.textContent.includes('{SUSPECTED}')"
    )
    tab.keyboard.press("Escape")
    tab.locator("#card h1").wait_for(state="detached")


def test_two_days_stand_side_by_side_and_measuring_tells_areas(
    client: httpx.Client, tab: Page
) -> None:
    lon, lat = middle(client, SUSPECTED)
    ready(tab, f"/map?lon={lon:.6f}&lat={lat:.6f}&zoom=16&compare=2024-01-15")
    tab.wait_for_selector("body[data-compared='2024-01-15']")
    assert tab.text_content("#of-day-compare") == "2024-01-15"
    assert shown_at(tab, lon, lat, look("suspected_idle")) == look("suspected_idle")
    tab.click("#compare")
    tab.locator("#map-compare").wait_for(state="hidden")
    tab.click("#measure")
    box = tab.locator("#map").bounding_box()
    assert box is not None
    for x, y in ((100, 100), (200, 100), (200, 200)):
        tab.mouse.click(box["x"] + x, box["y"] + y)
        tab.wait_for_timeout(350)
    tab.wait_for_function("() => document.getElementById('map-said').textContent.includes('公顷')")


@pytest.mark.parametrize("language", rest_long(["zh", "en"], ["zh"]))
def test_the_map_page_is_open_to_everybody(tab: Page, language: str) -> None:
    ready(tab, f"/language/{language}?back=/map")
    assert serious(tab) == []


def test_without_webgl_a_person_is_shown_the_maps_of_blocks(tab: Page) -> None:
    tab.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
    tab.goto("/map")
    tab.locator("#map-said a[href='/maps/']").wait_for()
    assert "区块地图" in (tab.text_content("#map-said") or "")
    tab.locator("#rows tr[data-key]").first.wait_for()
    # Nothing is offered that needs a map.
    assert not tab.locator(".maptools").is_visible()


def test_moving_the_day_recolours_without_a_fetch(client: httpx.Client, tab: Page) -> None:
    lon, lat = middle(client, SUSPECTED)
    ready(tab, f"/map?lon={lon:.6f}&lat={lat:.6f}&zoom=16")
    assert shown_at(tab, lon, lat, look("suspected_idle")) == look("suspected_idle")
    # No tile comes any more, whatever is asked: what is shown now comes from the rows themselves.
    tab.route("**/tiles/**", lambda _: None)
    moved = {"2024-01-15": "not_due", "2025-03-31": "overdue", YEAR_ON: "suspected_idle"}
    for day, code in moved.items():
        tab.evaluate(
            "(number) => { const slider = document.getElementById('slider');"
            " slider.value = number; slider.dispatchEvent(new Event('input')); }",
            int(np.datetime64(day).astype(int)),
        )
        dot = partial(seen, tab, 328 + 351, 48 + 221)
        assert in_time(tab, dot, look(code).__eq__) == look(code), day
    tab.unroute_all(behavior="ignoreErrors")


def test_a_tile_says_all_days_of_its_rows_as_the_timeline_does(client: httpx.Client) -> None:
    lon, lat = middle(client, SUSPECTED)
    column, row = vector_tiles.tile_of(15, lon, lat)
    path = f"/tiles/findings/15/{column}/{row}.mvt"
    plain, told = (client.get(path, params={"moments": more}) for more in ("false", "true"))
    assert plain.content != told.content
    (found,) = (
        one for one in vector_tiles.said(told.content, "findings") if one["subject"] == SUSPECTED
        and one["rule"] == "idle_land"
    )  # fmt: skip
    asked = {"subject": SUSPECTED, "rule": "idle_land"}
    listed = client.get("/api/v1/timeline", params=asked).json()["rows"]
    zero = np.datetime64("2000-01-01")
    said = [
        (str(zero + found[f"d{at}"]), found[f"s{at}"]) for at in range(12) if found.get(f"d{at}")
    ]
    assert said == [(one["from_on"], f"idle_land:{one['outcome']}") for one in listed]
