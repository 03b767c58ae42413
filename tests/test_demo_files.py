"""What a run of the demo is handed out as: maps without a network, shapefiles, workbook."""

from __future__ import annotations

import os
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pandas as pd
import pytest
from playwright.sync_api import Page

from gis import contracts
from maps import style
from tests import stores
from tests.conftest import Server
from tests.pages import click, colour
from tests.stores import Store
from tests.warm import Desk

PARCELS = stores.ROOT / "data/parcels"
EXPECTED: dict[str, Any] = tomllib.loads((PARCELS / "expected.toml").read_text(encoding="utf-8"))
AS_OF = EXPECTED["as_of"].isoformat()
BLOCKS = ("YS-A", "YS-B", "YS-C")


@pytest.fixture(scope="module")
def kept(server: Server, demo_pattern: str, demo: Desk) -> Iterator[Store]:
    """A copy of the demo's store that signs with the key of what was written."""
    name = f"landwatch_files_{os.getpid()}"
    with stores.copied(server, demo_pattern, name, demo.store.home) as store:
        yield store


@pytest.fixture(scope="module")
def out(written: Path) -> Path:
    """The folder of a run's files."""
    return written


@pytest.mark.parametrize("block", BLOCKS)
def test_every_block_map_opens_without_a_network_and_shows_its_parcels(
    opened: Callable[..., Page], out: Path, kept: Store, block: str
) -> None:
    tab = opened(out / f"{block}.html")
    tab.wait_for_selector("body[data-ready]")
    with kept.connect() as connection:
        row = connection.execute(
            "SELECT subject, outcome, article, ST_X(at), ST_Y(at) FROM ("
            " SELECT subject, outcome, article, ST_PointOnSurface(geom) AS at"
            " FROM landwatch.finding WHERE block_code = %s AND rule = 'idle_land'"
            " AND article IS NOT NULL AND outcome <> 'undetermined'"
            " ORDER BY subject LIMIT 1) AS one",
            (block,),
        ).fetchone()
    assert row is not None
    subject, outcome, article, east, north = row
    assert colour(tab, "idle", (east, north)) == style.styles("outcome")[outcome].colour
    click(tab, (east, north))
    card = tab.locator(".leaflet-popup-content").inner_text()
    assert subject in card
    assert article in card
    assert contracts.label("outcome", outcome) in card


def test_the_index_leads_to_every_block_and_counts_what_lies_in_none(
    opened: Callable[..., Page], out: Path
) -> None:
    tab = opened(out / "index.html")
    links = tab.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert {f"{block}.html" for block in BLOCKS} <= set(links)
    text = tab.locator("body").inner_text()
    assert "未落入任何区块" in text
    total = sum(
        entry["count"] for tracks in EXPECTED["idle"]["count"].values() for entry in tracks.values()
    )
    assert f"{total}" in text


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("处置对象", EXPECTED["shapefiles"]["targets"]),
        ("处置对象_待核实", EXPECTED["shapefiles"]["candidates"]),
    ],
)
def test_a_shapefile_holds_every_target_with_every_chinese_value(
    kept: Store, out: Path, name: str, wanted: dict[str, int]
) -> None:
    drawn = geopandas.read_file(out / f"{name}.shp")
    # What has no drawing stands in a list beside the shapefile: nothing is lost.
    beside = pd.read_csv(out / f"{name}_无图形.csv", dtype=str, encoding="utf-8-sig")
    assert len(beside) == wanted["without_drawing"]
    assert len(drawn) + len(beside) == wanted["rows"]
    listed = kept.json("candidates" if "待核实" in name else "findings")["rows"]
    names = {row["subject"]: row["name"] for row in listed}
    for row in drawn.to_dict("records"):
        assert row["MC"] == names[row["JCDX"]]
    told = subprocess.run(
        ["ogrinfo", "-al", "-geom=NO", str(out / f"{name}.shp")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    ).stdout
    for row in drawn.to_dict("records"):
        assert f"= {row['MC']}\n" in told


def test_targets_go_out_as_the_coordinate_text_surveyors_use_and_come_in_again(
    demo: Store, out: Path, tmp_path: Path
) -> None:
    drawn = geopandas.read_file(out / "处置对象.shp")
    told = demo.json("export", "targets", "--format", "txt", "--out", str(tmp_path / "目标.txt"))
    # The demo lies in one zone: one text, and what has no drawing in a list beside it.
    text, beside = (Path(file) for file in told["files"])
    assert (text.name, beside.name) == ("目标.txt", "目标_无图形.csv")
    listed = pd.read_csv(out / "处置对象_无图形.csv", dtype=str, encoding="utf-8-sig")
    alone = pd.read_csv(beside, dtype=str, encoding="utf-8-sig")
    assert alone["监测对象"].tolist() == listed["监测对象"].tolist()
    heads = [
        line.split(",") for line in text.read_text(encoding="utf-8").splitlines() if "@" in line
    ]
    assert [head[2] for head in heads] == drawn["JCDX"].tolist()
    checked = demo.json("check", "parcels", str(text))
    assert checked["rows"] == checked["sound"] == len(drawn)
    refused = demo.call("export", "targets", "--format", "txt", "--epsg", "4525", "--out", "a.txt")
    assert refused.code == 2


def test_the_workbook_opens_and_lists_every_target(out: Path) -> None:
    book = openpyxl.load_workbook(out / "土地监测.xlsx", read_only=True)
    sheets = set(book.sheetnames)
    assert {"汇总", "批而未供台账", "批文面积平衡", "园区指标", "字段说明"} <= sheets
    cells = {
        str(cell)
        for sheet in book.worksheets
        for row in sheet.iter_rows(values_only=True)
        for cell in row
        if cell is not None
    }
    for case in EXPECTED["idle"]["case"]:
        if case["outcome"] in {"suspected_idle", "found_idle", "may_be_idle", "candidate"}:
            assert case["subject"] in cells, case["subject"]


@pytest.mark.long("the same bytes by any number of processes, tests/test_maps_atlas.py")
def test_writing_the_same_run_again_gives_the_same_bytes(
    kept: Store, out: Path, tmp_path: Path
) -> None:
    kept.json("run", "--as-of", AS_OF, "--out", str(tmp_path / "again"))
    files = sorted(path.name for path in out.iterdir())
    assert files == sorted(path.name for path in (tmp_path / "again").iterdir())
    differing = [
        name
        for name in files
        if (out / name).read_bytes() != (tmp_path / "again" / name).read_bytes()
    ]
    assert differing == []
