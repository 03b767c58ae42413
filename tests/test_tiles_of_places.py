"""Tiles of a region, a park or a block: what lies there, within what may be seen, and no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import shapely

from gis.config import Config
from gis.store import database, runs
from gis.store.results import Scope
from gis.tiles.address import Address
from gis.tiles.layers import LAYERS
from gis.tiles.maker import Tiles
from tests import vector_tiles
from tests.sending import client_of
from tests.warm import DEMO_DAY, Desk


@pytest.fixture(scope="module")
def client(demo: Desk) -> Iterator[httpx.Client]:
    yield from client_of(demo)


@pytest.fixture(scope="module")
def rows(demo: Desk) -> list[dict[str, Any]]:
    """The findings of the demo that have a shape."""
    with demo.store.connect() as connection:
        told = connection.execute(
            "SELECT subject, parks, blocks, ST_AsBinary(geom) FROM landwatch.finding"
            " JOIN landwatch.run AS own USING (run_series) WHERE own.id = 1 AND geom IS NOT NULL"
            " AND first_run <= own.id AND last_run >= own.id"
        ).fetchall()
    names = ("subject", "parks", "blocks", "geom")
    return [dict(zip(names, row, strict=True)) for row in told]


def addresses(rows: list[dict[str, Any]], zoom: int) -> set[tuple[int, int]]:
    """The tiles in which the middles of shapes lie, and those beside them."""
    found = set()
    for row in rows:
        west, south, east, north = shapely.from_wkb(row["geom"]).bounds
        for lon, lat in ((west, north), (east, south)):
            found.add(vector_tiles.tile_of(zoom, lon, lat))
    return found


@pytest.mark.parametrize("kind", ["park", "block"])
def test_tiles_of_a_place_hold_what_lies_there(
    client: httpx.Client, demo: Desk, rows: list[dict[str, Any]], kind: str
) -> None:
    lands = Counter(code for row in rows for code in row[f"{kind}s"] or ())
    # The place of fewest rows: the others must be left out.
    code = min(lands, key=lambda one: (lands[one], one))
    there = [row for row in rows if code in (row[f"{kind}s"] or ())]
    assert 0 < len(there) < len(rows)
    subjects = {row["subject"] for row in there}

    def told(zoom: int, **place: str) -> tuple[int, set[str]]:
        found = [
            client.get(
                f"/tiles/findings/{zoom}/{x}/{y}.mvt", params={"as_of": DEMO_DAY, **place}
            ).content
            for x, y in addresses(there, zoom)
        ]
        total = sum(vector_tiles.said(one, "meta")[0]["total"] for one in found)
        drawn = {row["subject"] for one in found for row in vector_tiles.said(one, "findings")}
        return total, drawn

    # Counted from afar, drawn close by.
    assert told(0, **{kind: code}) == (len(there), set())
    assert told(13, **{kind: code}) == (len(there), subjects)
    assert told(13, region="150722") == (0, set())
    # Who may see other land sees none of this by naming it.
    blocks = Counter(one for row in rows for one in row["blocks"] or ())
    other = min({*blocks} - {code})
    mine = [row for row in there if other in (row["blocks"] or ())]
    own, place = Scope(blocks=(other,)), Scope(**{f"{kind}s": (code,)})
    with database.connect(Config(Path("unused"), demo.store.url)) as connection:
        run = runs.get(connection, 1)
        whole = Address(0, 0, 0)
        layer = LAYERS["findings"]
        tiles = Tiles()
        seen = tiles.tile(connection, run, layer, run.as_of, own, whole, [place])
        (meta,) = vector_tiles.said(seen.raw, "meta")
        assert meta["total"] == len(mine)
        # What was kept for one place is not given for another.
        (meta,) = vector_tiles.said(
            tiles.tile(connection, run, layer, run.as_of, own, whole).raw, "meta"
        )
        assert meta["total"] == blocks[other]
