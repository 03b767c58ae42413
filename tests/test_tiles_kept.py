"""What is made of tiles after a run: what they are counted off, and all of them in one file."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from pmtiles.reader import MmapSource, Reader, all_tiles

from gis.config import Config
from gis.store import database, runs
from gis.tiles import prebuilt
from gis.tiles.address import Address
from gis.tiles.layers import LAYERS
from gis.tiles.maker import Tiles
from tests import vector_tiles
from tests.two_banners import box
from tests.vector_tiles import said, tile_of
from tests.warm import Desk

POINT = box("东", 2).centroid


def test_what_a_worker_makes_after_a_run_gives_the_tiles_that_were_given_without_it(
    desk: Desk,
) -> None:
    """Every layer, day and state, byte by byte; the rows themselves are not asked for again."""
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        run = runs.get(connection, 1)
        asked = [
            (layer, day, address)
            for layer in LAYERS.values()
            for day in (run.as_of, date(2021, 3, 15))
            for address in (Address(0, 0, 0), Address(13, *tile_of(13, POINT.x, POINT.y)))
            if layer.follows or layer.kind or day == run.as_of
        ]

        def made(layer_grid: int) -> list[bytes]:
            return [
                Tiles().tile(connection, run, layer, day, None, address).raw
                for layer, day, address in asked
                if layer.grid_until_zoom >= layer_grid and (layer_grid < 0 or not address.zoom)
            ]

        before, cells = made(-1), made(0)
        assert prebuilt.build(connection, run) == len(prebuilt.of_run(run)) == 9
        kept = connection.execute("SELECT count(*), min(run), max(run) FROM landwatch.tile_rows")
        assert kept.fetchone() == (10, 1, 1)
        assert made(-1) == before
        for name in ("finding", "timeline", "parcels"):
            connection.execute(f"ALTER TABLE landwatch.{name} RENAME TO hidden_{name}")
        assert made(0) == cells
        for name in ("finding", "timeline", "parcels"):
            connection.execute(f"ALTER TABLE landwatch.hidden_{name} RENAME TO {name}")


def test_a_later_run_of_the_series_takes_the_place_of_what_was_kept(desk: Desk) -> None:
    assert desk.call("run", "--as-of", "2024-07-01").code == 0
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        prebuilt.build(connection, runs.get(connection, 1))
        connection.execute("UPDATE landwatch.tile_rows SET source = 'old' WHERE source = 'parks'")
        told: list[tuple[int, int]] = []
        prebuilt.build(connection, runs.get(connection, 2), lambda *one: told.append(one))
        kept = connection.execute("SELECT DISTINCT run FROM landwatch.tile_rows").fetchall()
    assert kept == [(2,)]
    assert told == [(done, 9) for done in range(9)]


def test_a_worker_makes_those_of_a_run_that_was_made_by_hand(desk: Desk) -> None:
    """Of the run that is shown, once, also where that failed; a job does it again when asked."""
    with desk.store.connect() as connection:
        connection.execute("DELETE FROM landwatch.tile_rows")
        assert desk.call("run", "--as-of", "2024-07-02").code == 0
        assert desk.json("work", "--once") == {"ended_count": 1}
        kept = "SELECT DISTINCT run FROM landwatch.tile_rows"
        ((shown,),) = connection.execute(kept).fetchall()
        (job,) = desk.json("jobs", "list")["rows"]
        assert (job["kind"], job["state"], job["arguments"]) == ("tiles", "done", {"run": shown})
        assert job["result"]["as_of"] == "2024-07-02"
        connection.execute("DELETE FROM landwatch.tile_rows")
        assert desk.json("work", "--once") == {"ended_count": 0}
        asked = desk.json("jobs", "tiles", "--run", "1")
        assert (asked["kind"], asked["state"], asked["land"]) == ("tiles", "queued", None)
        assert desk.json("work", "--once") == {"ended_count": 1}
        assert connection.execute(kept).fetchall() == [(1,)]


@pytest.mark.parametrize("zoom", [11, 14])
def test_shapes_lie_where_the_formula_of_the_map_puts_them(desk: Desk, zoom: int) -> None:
    """Every corner within a tile is no more than two of 4,096 units off a corner of its shape."""
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        run = runs.get(connection, 1)
        told = connection.execute(
            "SELECT subject, ST_AsBinary(geom) FROM landwatch.finding WHERE first_run = 1"
        ).fetchall()
        shapes = {subject: shapely.from_wkb(geom) for subject, geom in told if geom is not None}
        at = {tile_of(zoom, one.centroid.x, one.centroid.y) for one in shapes.values()}
        seen = 0
        for x, y in sorted(at):
            address = Address(zoom, x, y)
            made = Tiles().tile(connection, run, LAYERS["findings"], run.as_of, None, address)
            for _, _, of, commands in vector_tiles.read(made.raw)["findings"].features:
                points, count = shapely.get_coordinates(shapes[of["subject"]]), 2**zoom
                turned = np.radians(points[:, 1])
                across = ((points[:, 0] + 180) / 360 * count - x) * 4096
                north = np.log(np.tan(turned) + 1 / np.cos(turned)) / np.pi
                down = ((1 - north) / 2 * count - y) * 4096
                for column, row in vector_tiles.corners(commands):
                    if -60 < column < 4156 and -60 < row < 4156:
                        # Half a unit more: corners are drawn on whole ones.
                        off = np.maximum(abs(across - column), abs(down - row)).min()
                        assert off <= 2.5, (of["subject"], column, row)
                        seen += 1
    assert seen > 50


def test_all_tiles_are_written_to_one_file_as_the_server_gives_them(
    desk: Desk, tmp_path: Path
) -> None:
    """Read back by the reader of the format: equal bytes, nothing more and nothing less."""
    out = tmp_path / "瓦片.pmtiles"
    asked = ("export", "tiles", "--format", "pmtiles", "--out", str(out), "--run", "1")
    told = desk.json(*asked, "--layer", "findings", "--max-zoom", "12")
    first = out.read_bytes()
    with database.connect(Config(Path("unused"), desk.store.url)) as connection:
        run = runs.get(connection, 1)
        tiles = Tiles()
        with out.open("rb") as file:
            reader = Reader(MmapSource(file))
            kept = {Address(*at): content for at, content in all_tiles(reader.get_bytes)}
            head = reader.metadata()
        assert len(kept) == told["tiles"] > 10
        for address, content in kept.items():
            made = tiles.tile(connection, run, LAYERS["findings"], run.as_of, None, address)
            assert gzip.decompress(content) == made.raw
        totals = dict.fromkeys(range(13), 0)
        for address, content in kept.items():
            totals[address.zoom] += said(gzip.decompress(content), "meta")[0]["total"]
        assert {*totals.values()} == {head["count"] - head["unplaced"]["count"]}
        listed = desk.json("findings", "--run", "1")["rows"]
        listed += desk.json("candidates", "--run", "1")["rows"]
        assert head["count"] == len(listed) > 10
    read = pyogrio.read_info(out, layer="findings")
    assert "subject" in read["fields"]
    assert desk.call(*asked, "--layer", "findings", "--max-zoom", "12").code == 0
    assert out.read_bytes() == first


@pytest.mark.parametrize(
    ("options", "part"),
    [
        (("--format", "shp"), "export tiles --format pmtiles"),
        (("--format", "pmtiles", "--max-zoom", "19"), "19"),
        (("--format", "pmtiles", "--on", "1990-01-01"), "1990-01-01"),
        (("--format", "pmtiles", "--on", "tomorrow"), "tomorrow"),
        (("--format", "pmtiles", "--layer", "park_pieces", "--on", "2021-01-01"), "2024-06-30"),
    ],
)
def test_tiles_that_cannot_be_written_are_told_and_nothing_is_left(
    desk: Desk, tmp_path: Path, options: tuple[str, ...], part: str
) -> None:
    out = tmp_path / "x.pmtiles"
    done = desk.call("export", "tiles", "--out", str(out), "--run", "1", *options)
    assert done.code == 2
    assert part in done.stderr
    assert [*tmp_path.iterdir()] == []
