"""What is made of tiles after a run: what they are counted off, and all of them in one file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from gis.config import Config
from gis.store import database, runs
from gis.tiles import prebuilt
from gis.tiles.address import Address
from gis.tiles.layers import LAYERS
from gis.tiles.maker import Tiles
from tests.two_banners import box
from tests.vector_tiles import tile_of
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
        assert prebuilt.build(connection, run) == len(prebuilt.of_run(run)) == 11
        kept = connection.execute("SELECT count(*), min(run), max(run) FROM landwatch.tile_rows")
        assert kept.fetchone() == (11, 1, 1)
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
        told: list[tuple[int, int]] = []
        prebuilt.build(connection, runs.get(connection, 2), lambda *one: told.append(one))
        kept = connection.execute("SELECT DISTINCT run FROM landwatch.tile_rows").fetchall()
    assert kept == [(2,)]
    assert told == [(done, 11) for done in range(11)]
