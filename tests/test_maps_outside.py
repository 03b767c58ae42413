"""A store without blocks has a map too: of all its land, with reasons, and proved."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from maps import style
from tests import stores
from tests.conftest import Server
from tests.pages import click, colour
from tests.warm import DEMO, DEMO_DAY, Desk

PAGE = "未落入区块.html"


@pytest.fixture(scope="module")
def desk(
    demo: Desk, server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    name = f"landwatch_no_blocks_{os.getpid()}"
    with stores.copied(server, pattern, name, tmp_path_factory.mktemp("home")) as store:
        desk = Desk(store, demo.warm)
        desk.json("load", "parcels", str(DEMO / "parcels.shp"))
        desk.json("load", "supplies", str(DEMO / "supplies_from_2023.xlsx"))
        yield desk


@pytest.fixture(scope="module")
def out(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    desk.json("run", "--as-of", DEMO_DAY, "--out", str(folder))
    return folder


def test_land_in_no_block_is_drawn_told_and_proved(
    desk: Desk, opened: Callable[..., Page], out: Path
) -> None:
    with desk.store.connect() as connection:
        row = connection.execute(
            "SELECT f.subject, f.outcome, ST_X(p), ST_Y(p) FROM landwatch.finding f,"
            " ST_PointOnSurface(f.geom) p WHERE f.rule = 'idle_land' AND f.geom IS NOT NULL"
            " AND f.block_code IS NULL AND f.outcome <> 'undetermined' ORDER BY subject LIMIT 1"
        ).fetchone()
        total = connection.execute(
            "SELECT count(*) FROM landwatch.finding WHERE rule = 'idle_land'"
        ).fetchone()
    assert row is not None
    assert total is not None
    subject, outcome, east, north = row
    index = opened(out / "index.html")
    assert "0 个区块" in index.locator("header").inner_text()
    index.click(".open a")
    index.wait_for_selector("body[data-ready]")
    assert index.url.endswith(PAGE) or "%E6%9C%AA" in index.url
    assert colour(index, "idle", (east, north)) == style.styles("outcome")[outcome].colour
    legend = index.locator(".legend[data-layer=idle] tfoot td").first.inner_text()
    assert int(legend.replace(",", "")) == total[0]
    click(index, (east, north))
    with index.context.expect_page() as waiting:
        index.click(".card-basis a")
    page = waiting.value
    page.wait_for_selector("section:target")
    told = page.locator("section:visible")
    assert told.count() == 1
    assert subject in told.inner_text()
    assert desk.json("verify", str(out))["proved"]["store"] is True


def test_one_map_is_drawn_by_the_sign_for_no_block(desk: Desk, tmp_path: Path) -> None:
    told = desk.json("map", "--block", "~", "--out", str(tmp_path))
    assert [Path(file).name for file in told["files"]] == [PAGE]
