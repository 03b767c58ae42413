"""What a worker keeps of lists after a run answers as the store does, and without asking it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import sleep

import numpy as np
import pandas as pd
import pytest
from starlette.datastructures import State

from api.ahead import Ahead
from api.quiet import Quiet
from api.v1.asked import Findings, Leads, OfRun
from gis.assessment.firms_kept import FirmsKept
from gis.cli import tile_work
from gis.config import Config
from gis.store import database, list_columns, list_kept, results, runs, triage
from gis.store.database import Connection
from gis.store.kept_arrays import OF_LISTS, OF_TILES
from gis.store.lists import Lists
from gis.store.results import Asked
from gis.store.runs import Run
from gis.tiles.kept import Kept
from gis.tiles.maker import Tiles
from tests.drawn_lists import drawn, lands_of
from tests.test_triage import until
from tests.warm import Desk

ROOM_BYTES = 2**24
KEPT = "SELECT source FROM landwatch.list_rows WHERE run = %s ORDER BY 1"


@pytest.fixture(scope="module")
def connection(demo: Desk) -> Iterator[Connection]:
    with database.connect(Config(Path("unused"), demo.store.url)) as opened:
        yield opened
        for name in ("list_rows", "tile_rows"):
            opened.execute(f"DELETE FROM landwatch.{name}")


@pytest.fixture(scope="module")
def run(connection: Connection) -> Run:
    """The run that is shown, with what a worker makes of it."""
    found = runs.chosen(connection, None, None)
    told: list[tuple[int, int]] = []
    tile_work.prepare(connection, found, lambda *done: told.append(done))
    # Two lists and nine sources of tiles, one after the other.
    assert told == [(done, 11) for done in range(11)]
    return found


def test_a_worker_that_made_lists_and_tiles_makes_them_no_more(
    connection: Connection, run: Run
) -> None:
    assert OF_LISTS.is_there(connection, run)
    assert OF_TILES.is_there(connection, run)
    sources = [source for (source,) in connection.execute(KEPT, (run.id,))]
    assert sources == [
        "finding: columns", "finding: texts", "finding: triage", "lead: columns", "lead: triage",
    ]  # fmt: skip
    with connection.transaction(force_rollback=True):
        tile_work.queue_tiles(connection, "clock")
        jobs = connection.execute("SELECT count(*) FROM landwatch.job WHERE kind = 'tiles'")
        assert jobs.fetchone() == (0,)


@pytest.mark.parametrize("kind", [Findings, Leads])
def test_what_is_kept_answers_as_the_store_without_being_read_from_it(
    connection: Connection, run: Run, kind: type[OfRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, also of a list that a thread of its own would have to read."""
    draw, table = random.Random(kind.TABLE), results.read(connection, run, kind.TABLE)
    lands = lands_of(connection, run)
    lists = Lists(ROOM_BYTES, lambda: pytest.fail("a thread reads"), large_rows=-2)
    for module, name in ((list_columns, "read"), (list_columns, "texts"), (triage, "read")):
        monkeypatch.setattr(module, name, lambda *_: pytest.fail("the store was read"))
    found = 0
    for _ in range(30):
        asked = drawn(draw, kind, table, lands)
        if kind is Leads:
            asked = replace(asked, text=None)
        page, count = lists.of_run(connection, run, kind.TABLE, asked, kind.columns())
        pd.testing.assert_frame_equal(page, results.read(connection, run, kind.TABLE, asked))
        assert count == results.count(connection, run, kind.TABLE, asked)
        found += count
    assert found
    facts = lists.triage.facts(connection, run, kind.TABLE, kind.columns())
    monkeypatch.undo()
    expected = triage.read(connection, run, kind.TABLE, kind.columns())
    assert facts is not None
    for name in ("area_m2", *expected.figures):
        np.testing.assert_array_equal(
            facts.of(name, facts.row_ids), expected.of(name, expected.row_ids)
        )


def test_what_was_kept_by_other_codes_or_another_form_is_not_used(
    connection: Connection, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = Findings.columns()
    assert list_kept.columns(connection, run, "finding", columns) is not None
    assert list_kept.columns(connection, run, "finding", columns[:-1]) is None
    assert list_kept.facts(connection, run, "finding", columns[:-1]) is None
    assert list_kept.texts(connection, run, "finding", ["name"]) is None
    assert list_kept.texts(connection, run, "lead", Leads.SEARCHED) is None
    whole = list_kept.texts(connection, run, "finding", Findings.SEARCHED)
    assert whole is not None
    coded = list_columns._codes

    def one_more(name: str, column: str) -> list[str]:
        return sorted([*coded(name, column), "a_new_code"])

    monkeypatch.setattr(list_columns, "_codes", one_more)
    assert list_kept.columns(connection, run, "finding", columns) is None
    monkeypatch.undo()
    with connection.transaction(force_rollback=True):
        connection.execute("UPDATE landwatch.list_rows SET form = form + 1")
        assert list_kept.columns(connection, run, "finding", columns) is None
        assert list_kept.size(connection, run, "finding", "columns") is None
        lists, asked = Lists(ROOM_BYTES), Asked(text="监", searched=Findings.SEARCHED)
        page, _ = lists.of_run(connection, run, "finding", asked, columns)
        pd.testing.assert_frame_equal(page, results.read(connection, run, "finding", asked))


def test_a_server_waits_for_what_a_worker_prepares_and_then_reads_that(
    connection: Connection, run: Run, demo: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Config(Path("unused"), demo.store.url)

    def connect() -> Connection:
        return database.connect(settings)

    for module, name in ((list_columns, "read"), (list_columns, "texts"), (triage, "read")):
        monkeypatch.setattr(module, name, lambda *_: pytest.fail("the store was read"))
    lists, tiles, sums, firms = Lists(ROOM_BYTES, connect), Tiles(), Kept(2**24), FirmsKept()
    state = State({"lists": lists, "tiles": tiles, "place_sums": sums, "firms": firms})
    state.quiet = Quiet()
    connection.execute("UPDATE landwatch.list_rows SET form = form + 1")
    ahead = Ahead(state, connect, looks_seconds=0.01, worker_seconds=1e9)
    try:
        sleep(0.3)
        assert not tiles._told._kept
        connection.execute("UPDATE landwatch.list_rows SET form = form - 1")
        until(lambda: len(firms._memory._kept) > 0)
    finally:
        ahead.close()
    assert lists._memory.nbytes > 0
    assert lists.triage._memory.nbytes > 0
