"""What a map is filtered by, its list is: direction, text, approval; in counts, rows and tiles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import shapely

from tests import vector_tiles
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
