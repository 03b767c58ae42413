"""What is triaged is chosen and ordered in memory as the store would, read beside the requests."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import sleep

import numpy as np
import pytest
from psycopg import sql
from starlette.datastructures import State

from api.ahead import Ahead
from api.quiet import Quiet
from api.v1.asked import Findings, Leads
from gis.assessment.firms_kept import FirmsKept
from gis.config import Config
from gis.errors import StoreError
from gis.store import database, list_columns, results, runs, triage
from gis.store.database import Connection
from gis.store.lists import Lists
from gis.store.results import Asked
from gis.store.runs import Run
from gis.tiles.kept import Kept
from gis.tiles.layers import LAYERS
from gis.tiles.maker import Tiles
from tests.drawn_lists import drawn, lands_of
from tests.warm import Desk

ROOM_BYTES = 2**24


def until(is_so: Callable[[], bool]) -> None:
    """Wait for what another thread does, twenty seconds at most."""
    for _ in range(400):
        if is_so():
            return
        sleep(0.05)


@pytest.fixture(scope="module")
def connection(demo: Desk) -> Iterator[Connection]:
    with database.connect(Config(Path("unused"), demo.store.url)) as opened:
        yield opened


@pytest.fixture(scope="module")
def run(connection: Connection) -> Run:
    return runs.chosen(connection, None, None)


def test_what_a_large_list_is_put_in_order_by_is_read_beside_the_requests(
    connection: Connection, run: Run, demo: Desk
) -> None:
    """Until it is there nobody waits for it; then it is what the store says, and is kept."""
    settings = Config(Path("unused"), demo.store.url)
    lists = Lists(ROOM_BYTES, lambda: database.connect(settings), large_rows=-2)
    kept, columns = lists.triage, Findings.columns()
    for read in (partial(kept.facts, columns=columns), kept.places):
        assert read(connection, run, "finding") is None
        for _ in range(400):
            found = read(connection, run, "finding")
            if found is not None:
                break
            sleep(0.05)
        assert found is not None
        assert read(connection, run, "finding") is found
    facts = kept.facts(connection, run, "finding", columns)
    assert facts is not None
    whole = results.read(connection, run, "finding", triage.CANDIDATES)
    assert facts.of("area_m2", facts.row_ids).sum() == pytest.approx(whole["area_m2"].sum())
    # A row that is none of these is not known, nor is any of nothing.
    assert np.isnan(facts.of("due", np.array([-1, 2**40]))).all()
    nothing = triage.Facts(np.array([], dtype=np.int64), {"due": np.array([])})
    assert np.isnan(nothing.of("due", np.array([1]))).all()


def test_what_a_run_is_asked_by_is_read_before_anybody_asks(
    connection: Connection, run: Run, demo: Desk
) -> None:
    """From a store that is away at first, and without a thread for who asks."""
    settings, tries = Config(Path("unused"), demo.store.url), []

    def connect() -> AbstractContextManager[Connection]:
        tries.append(1)
        if len(tries) == 1:
            raise StoreError("away", "wait")
        return database.connect(settings)

    lists = Lists(ROOM_BYTES, connect, large_rows=-2)
    tiles, sums, firms = Tiles(), Kept(2**24), FirmsKept()
    state = State({"lists": lists, "tiles": tiles, "place_sums": sums, "firms": firms})
    state.quiet = quiet = Quiet()
    quiet.began()
    ahead = Ahead(state, connect, looks_seconds=0.01, worker_seconds=0)
    try:
        until(lambda: len(tiles._told._kept) == 2)
        sleep(0.1)
        # As long as somebody waits for an answer, nothing else is begun.
        assert len(tries) == 2
        assert not sums._kept
        quiet.answered()
        # A look that found no store, one and its four readings, and one more.
        until(lambda: len(tries) > 6)
    finally:
        ahead.close()
    sleep(0.05)
    seen = len(tries)
    assert lists.triage.facts(connection, run, "finding", Findings.columns()) is not None
    asked = Asked(text="监", searched=Findings.SEARCHED, sorted_by="next_on", limit=3)
    told, count = lists.of_run(connection, run, "finding", asked, Findings.columns())
    assert count == results.count(connection, run, "finding", asked)
    page = lists.page_of_run(connection, run, "finding", asked, Findings.columns())
    assert [*told["subject"]] == [*page["subject"]]
    map_of = (connection, run, LAYERS["findings"], run.as_of, None)
    drawn_of = len(tiles._arrays._kept)
    assert tiles.whole(*map_of).count == results.count(connection, run, "finding")
    assert tiles.bounds(*map_of) is not None
    assert len(tiles._arrays._kept) == drawn_of > 0
    assert len(sums._kept) == len(firms._memory._kept) == 1
    # Nothing of it was read by who asked, nor looked for by who was closed.
    assert len(tries) == seen


def test_two_lands_of_one_number_are_numbered_anew(
    connection: Connection, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    columns = Findings.columns()
    before = list_columns.read(connection, run, "finding", columns)
    own, seeds = list_columns._number_of_land, []

    def number(seed: int) -> sql.Composable:
        seeds.append(seed)
        return sql.SQL("1::int8") if seed == 0 else own(seed)

    monkeypatch.setattr(list_columns, "_number_of_land", number)
    after = list_columns.read(connection, run, "finding", columns)
    assert {*seeds} == {0, 1}
    assert len(before.lands) > 1
    assert [after.lands[at] for at in after.land_of] == [before.lands[at] for at in before.land_of]


def test_candidates_and_leads_chosen_in_memory_are_those_of_the_store(
    connection: Connection, run: Run
) -> None:
    lands = lands_of(connection, run)
    kept, found = Lists(ROOM_BYTES).triage, 0
    for model, name in ((Findings, "finding"), (Leads, "lead")):
        draw = random.Random(7)
        table = results.read(connection, run, name, triage.of_kind(name))
        facts = kept.facts(connection, run, name, model.columns())
        assert facts is not None
        assert [*facts.row_ids] == sorted(facts.row_ids)
        for _ in range(40):
            asked = replace(drawn(draw, model, table, lands), after=None)
            of = triage.of_kind(name).where
            if {*of} & {*asked.where}:
                continue
            expected = results.which(
                connection, run, name, replace(asked, where=asked.where | dict(of))
            )
            chosen = kept.chosen(connection, run, name, asked, facts)
            assert chosen.tolist() == sorted(expected.tolist())
            found += len(chosen)
            for is_falling in (False, True):
                ordered = kept.chosen(
                    connection, run, name, asked, facts, "area_m2", is_falling=is_falling
                )
                told = facts.of("area_m2", ordered)
                known = told[~np.isnan(told)]
                assert np.isnan(told[len(known) :]).all()
                assert (np.diff(known) * (-1 if is_falling else 1) >= 0).all()
                assert sorted(ordered) == chosen.tolist()
    assert found > 100
