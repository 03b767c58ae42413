"""Tiles brought up from the run before are counted off the rows a whole reading gives, each one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from town import Draw, build
from town import put as deliver

from gis import law
from gis.pipeline import run as line
from gis.store import database, runs
from gis.tiles import prebuilt
from gis.tiles.rows import Rows
from tests.test_incremental import AS_OF, IS_LONG, SEEDS, change, end, sample

Kept = dict[str, bytes]
KEPT = "SELECT source, content FROM landwatch.tile_rows WHERE run = %s"


def kept(store: database.Connection, run: runs.Run) -> Kept:
    return {source: bytes(content) for source, content in store.execute(KEPT, (run.id,))}


def both(store: database.Connection, run: runs.Run) -> tuple[Kept, Kept]:
    """Return what is kept of a run when it is brought up, and when all of it is read."""
    prebuilt.build(store, run)
    brought = kept(store, run)
    with store.transaction(force_rollback=True):
        store.execute("DELETE FROM landwatch.tile_rows")
        prebuilt.build(store, run)
        return brought, kept(store, run)


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int]]:
    """How many rows went, came and were kept of each source that was brought up."""
    told: list[tuple[int, int, int]] = []
    own = Rows.replaced

    def counted(rows: Rows, gone: Any, came: Rows) -> Rows:
        told.append((len(gone), len(came.by_number), len(rows.by_number)))
        return own(rows, gone, came)

    monkeypatch.setattr(Rows, "replaced", counted)
    return told


@pytest.mark.long("test_what_did_not_change_is_not_read_again")
@pytest.mark.parametrize("seed", SEEDS)
def test_rows_brought_up_from_the_run_before_are_those_read_as_a_whole(
    store: database.Connection, replaced: list[tuple[int, int, int]], seed: int
) -> None:
    """Rounds of papers changed, moved, ended and new, days and seasons gone by, looks back."""
    build(store, seed, supplies=60 if IS_LONG else 24)
    draw, on, rules = Draw(seed), AS_OF, law.load()
    prebuilt.build(store, line.run(store, on, rules, tell=str))
    for round_ in range(8 if IS_LONG else 3):
        change(store, draw, round_)
        end(store, "parcels", sample(store, draw, "parcels", 1), f"end-{round_}")
        on += timedelta(days=int(draw.one(0, 1, 100, 400)))
        run = line.run(store, on, rules, tell=str)
        brought, whole = both(store, run)
        assert {*brought} == {*whole}
        for name in whole:
            assert brought[name] == whole[name], name
    assert len(replaced) > 5
    assert any(gone and came for gone, came, _ in replaced)
    # What was looked back at, and a run that knows less than the one before it.
    for day, known_at in ((AS_OF, None), (AS_OF - timedelta(days=900), 5), (AS_OF, None)):
        run = line.run(store, day, rules, known_at=known_at, tell=str, purpose=runs.WHAT_IF)
        brought, whole = both(store, run)
        assert brought == whole


def test_what_did_not_change_is_not_read_again(
    store: database.Connection, replaced: list[tuple[int, int, int]]
) -> None:
    """One supply of 24 is called otherwise; few rows are soon read as a whole, others are not."""
    build(store, 8, supplies=24)
    prebuilt.build(store, line.run(store, AS_OF, law.load(), tell=str))
    draw = Draw(1)
    some = sample(store, draw, "supplies", 1)
    deliver(store, "supplies", some.assign(project_name="新名"), "renamed")
    later = line.run(store, AS_OF, law.load(), tell=str)
    brought, whole = both(store, later)
    assert brought == whole
    assert len(replaced) >= len(prebuilt.of_run(later)) - 1
    for gone, came, rows in replaced:
        assert gone + came < rows
