"""What a map is filtered by, its list is, in counts, rows and tiles; and what is drawn is told."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import shapely
from playwright.sync_api import Browser

from tests import vector_tiles
from tests.pages import in_time
from tests.sending import client_of
from tests.warm import Desk


@pytest.fixture(scope="module")
def client(demo: Desk) -> Iterator[httpx.Client]:
    yield from client_of(demo)


def test_direction_text_and_approval_sift_map_and_list_alike(client: httpx.Client) -> None:
    def listed(**asked: str) -> list[dict[str, Any]]:
        return list(client.get("/api/v1/findings", params=asked | {"limit": "1000"}).json()["rows"])

    def drawn(**asked: str) -> set[tuple[str, str]]:
        """Rule and subject of what the tiles of the demo's land say at a close zoom."""
        found: set[tuple[str, str]] = set()
        for x, y in of_demo:
            answer = client.get(f"/tiles/findings/14/{x}/{y}.mvt", params=asked)
            layer = vector_tiles.read(answer.content).get("findings")
            found |= {
                (said["rule"], said["subject"])
                for _, _, said, _ in (layer.features if layer else ())
            }
        return found

    every = listed(shapes="true")
    boxes = [shapely.from_geojson(json.dumps(one["geometry"])).bounds
             for one in every if one["geometry"] is not None]  # fmt: skip
    corners = [vector_tiles.tile_of(14, box[at], box[at + 1]) for box in boxes for at in (0, 2)]
    of_demo = sorted(set(corners))
    approval = next(
        one["subject"].rpartition("/")[0] for one in every if one["rule"] == "unsupplied"
    )
    placed = {one["subject"] for one in every if one["geometry"] is not None}
    for asked in ({"track": "recovery"}, {"text": "满一年"}, {"approval": approval}):
        own = listed(**asked)
        counts = client.get("/map/counts", params=asked).json()
        for rule, name in (("idle_land", "outcome"), ("unsupplied", "unsupplied")):
            of_rule = [one for one in own if one["rule"] == rule]
            if rule == "unsupplied" and "track" in asked:
                # A direction is of supplied land alone.
                of_rule = [one for one in every if one["rule"] == rule]
            assert counts[name]["total"]["count"] == str(len(of_rule)), asked
            rows = client.get("/map/rows", params=asked | {"rule": rule}).text
            assert all(one["subject"] in rows for one in of_rule[:100])
        wanted = {(one["rule"], one["subject"]) for one in own if one["subject"] in placed}
        rules = {"idle_land"} if "track" in asked else {"idle_land", "unsupplied"}
        assert {one for one in drawn(**asked) if one[0] in rules} == {
            one for one in wanted if one[0] in rules
        }
    answer = client.get("/tiles/parcels/14/1/1.mvt", params={"text": "甲"})
    assert answer.status_code in {400, 404, 422}
    assert "不能按处置方向" in answer.text


def test_every_kind_of_finding_has_a_card_that_leads_to_its_page(client: httpx.Client) -> None:
    every = client.get("/api/v1/findings", params={"limit": "1000"}).json()["rows"]
    kinds = {(one["rule"], one["outcome"], one["track"]): one for one in every}
    assert {rule for rule, _, _ in kinds} == {"idle_land", "unsupplied", "agreement"}

    for one in kinds.values():
        card = client.get("/map/card", params={"subject": one["subject"]})
        assert card.status_code == 200, one
        assert one["subject"] in card.text, one
        (page,) = re.findall(r'<a class="btn main grow" href="([^"]+)"', card.text)
        for asked in ({}, {"brief": "true"}):
            told = client.get(html.unescape(page).partition("?")[0], params=asked)
            assert told.status_code == 200, (page, asked)


def test_a_map_counts_what_it_draws_and_names_a_block_once(
    client: httpx.Client, browser: Browser
) -> None:
    """On a screen whose blocks lie in several tiles; an agreement's land lies there once."""
    every = client.get("/api/v1/findings", params={"limit": 1000, "shapes": "true"}).json()["rows"]
    placed = [one for one in every if one["geometry"] is not None]
    drawn = [one for one in placed if one["rule"] in {"idle_land", "unsupplied"}]
    assert len(drawn) < len(placed)
    with browser.new_context(
        base_url=str(client.base_url), viewport={"width": 1920, "height": 1080}, locale="zh-CN"
    ) as context:
        tab = context.new_page()
        tab.goto("/map")
        wanted = f"{len(drawn)} 处，全部绘出"
        assert in_time(tab, lambda: tab.inner_text("#drawn"), wanted.__eq__) == wanted

        def named() -> list[str]:
            told: list[str] = tab.evaluate("""() => {
                const map = document.getElementById("map").live;
                return map.queryRenderedFeatures({ layers: ["block-names"] })
                    .map((one) => one.properties.block_code).sort();
            }""")
            return told

        blocks = ["YS-A", "YS-B", "YS-C"]
        assert in_time(tab, named, blocks.__eq__) == blocks
        shown = "() => document.getElementById('map').live.querySourceFeatures('blocks',"
        shown += " { sourceLayer: 'blocks' }).map((one) => one.properties.block_code)"
        # Else there would be nothing to be told twice.
        assert len(tab.evaluate(shown)) > len(blocks)
        # On a smaller one, in the language of the longer words, the list has room for its columns.
        tab.set_viewport_size({"width": 1366, "height": 768})
        tab.goto("/language/en?back=/map")
        tab.locator("#rows tr[data-key]").first.wait_for()
        beyond = "() => { const at = document.querySelector('.dock'); "
        beyond += "return at.scrollWidth - at.clientWidth; }"
        assert tab.evaluate(beyond) == 0


def test_the_card_tells_causes_with_their_days_and_pieces_have_no_direction(
    client: httpx.Client,
) -> None:
    """演示-10行-扣除政府原因后满一年: the government's cause counts; a card hides none on file."""
    card = html.unescape(client.get("/map/card", params={"subject": "1506992023B00069"}).text)
    told = re.search(r"<dt>免责、查封</dt><dd>(.*?)</dd>", card, re.DOTALL)
    assert told
    assert re.search(r"免责，计 \d+ 天", told[1])
    # An article is numbered as the page of the land has it.
    assert "《闲置土地处置办法》第" in card
    pieces = client.get("/map/rows", params={"rule": "unsupplied"}).text
    assert "处置方向" not in pieces
    assert "状态自" in pieces
    assert "处置方向" in client.get("/map/rows", params={"rule": "idle_land"}).text
