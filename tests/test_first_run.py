"""The first run of a store: its rows go straight into the tables, and are as they would be else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg
import pytest
import shapely
from old_stores import settings

from gis.config import Config
from gis.errors import UsageError
from gis.store import database, pending_results, runs

SPAWN = multiprocessing.get_context("spawn")
COUNT = 1_500
SAME_AS_EVER = (
    "SELECT column_name, column_default, is_nullable FROM information_schema.columns"
    " WHERE table_schema = 'landwatch' AND table_name = 'finding' ORDER BY ordinal_position"
)
INDEXES = (
    "SELECT indexdef, indisvalid FROM pg_indexes JOIN pg_index"
    " ON indexrelid = (schemaname || '.' || indexname)::regclass"
    " WHERE schemaname = 'landwatch' ORDER BY 1"
)
STORED = (
    "SELECT row_id, run_series, first_run, last_run, content, subject, area_m2::text, geom::text"
    " FROM landwatch.finding ORDER BY row_id"
)


def findings(first: int = 0, count: int = COUNT) -> pd.DataFrame:
    """Return findings, one of them with an area whose writing is the server's own matter."""
    names = [f"A{at}" for at in range(first, first + count)]
    areas = np.arange(first, first + count, dtype=np.float64)
    areas[3] = 1e-5
    return pd.DataFrame(
        {
            "subject": names,
            "rule": "idle_land",
            "outcome": "clear",
            "area_m2": areas,
            "geom": [None, *[shapely.box(110, 40, 110.001, 40.001)] * (count - 1)],
            "subject_kind": "supplies",
            "subject_key": names,
        }
    )


def begin(store: database.Connection, day: str = "2016-12-31") -> runs.Run:
    return runs.begin(
        store, as_of=date.fromisoformat(day), delivery=1, region=None, code_version="1",
        law_digest="l", code_digest="c", input_digest="i",
    )  # fmt: skip


def run(store: database.Connection, *parts: pd.DataFrame, day: str = "2016-12-31") -> runs.Run:
    with store.transaction():
        begun = begin(store, day)
        for part in parts:
            runs.keep(store, begun, "finding", part)
        return runs.finish(store, begun, {})


def told(store: database.Connection, query: str) -> list[tuple[Any, ...]]:
    return store.execute(query).fetchall()


def stored_otherwise(store: database.Connection, url: str, *parts: pd.DataFrame) -> list[Any]:
    """Return what is stored of the same rows where somebody looks; it is taken back."""
    with (
        store.transaction(force_rollback=True),
        psycopg.connect(url) as other,
    ):
        other.execute("SELECT count(*) FROM landwatch.finding")
        begun = begin(store)
        for part in parts:
            runs.keep(store, begun, "finding", part)
        assert told(store, "SELECT count(*) FROM landwatch.finding") == [(0,)]
        runs.finish(store, begun, {})
        found = told(store, STORED)
    store.execute("ALTER SEQUENCE landwatch.finding_row_id_seq RESTART")
    return found


@pytest.mark.parametrize("first", [0, 10, 1_000])
def test_rows_are_stored_as_they_are_where_they_do_not_go_straight(
    store: database.Connection, store_url: str, first: int
) -> None:
    # The first part may hold nothing, or so little that the rows go the other way.
    parts = findings(count=first + 4).iloc[:first], findings(first)
    before = told(store, SAME_AS_EVER), told(store, INDEXES)
    expected = stored_otherwise(store, store_url, *parts)
    with store.transaction():
        begun = begin(store)
        for part in parts:
            runs.keep(store, begun, "finding", part)
        there = told(store, "SELECT count(*) FROM landwatch.finding")
        assert there == [(0 if first == 10 else first + COUNT,)]
        found = pending_results.read(store, begun, "finding", ["subject", "area_m2"])
        assert len(found) == first + COUNT
        assert found["area_m2"].sum() == sum(part["area_m2"].sum() for part in parts)
        runs.finish(store, begun, {})
    assert told(store, STORED) == expected
    assert (told(store, SAME_AS_EVER), told(store, INDEXES)) == before
    assert database.differences(settings(store_url)) == []
    # What comes later finds the rows, and their numbers go on.
    run(store, *parts, findings(9_000), day="2017-01-01")
    assert told(store, STORED)[: len(expected)] == expected
    assert told(store, "SELECT max(row_id) FROM landwatch.finding") == [(first + 2 * COUNT,)]


def test_the_server_knows_what_stands_in_a_table_that_rows_went_straight_into(
    store: database.Connection,
) -> None:
    # Its indexes tell how many rows there are; of whom these speak, a sample alone tells.
    run(store, findings())
    query = (
        "SELECT attname FROM pg_stats WHERE schemaname = 'landwatch' AND tablename = 'finding'"
        " AND attname IN ('content', 'subject_key', 'last_run') ORDER BY 1"
    )
    assert told(store, query) == [("content",), ("last_run",), ("subject_key",)]


def test_what_is_forgotten_leaves_no_trace(store: database.Connection, store_url: str) -> None:
    expected = stored_otherwise(store, store_url, findings())
    with store.transaction():
        begun = begin(store)
        runs.keep(store, begun, "finding", findings(5_000))
        runs.forget(store, begun)
        assert pending_results.read(store, begun, "finding", ["subject"]).empty
        runs.keep(store, begun, "finding", findings(count=5))
        runs.forget(store, begun)
        runs.keep(store, begun, "finding", findings())
        runs.finish(store, begun, {})
    assert told(store, STORED) == expected


def test_two_equal_rows_are_refused_and_nothing_is_left(store: database.Connection) -> None:
    before = told(store, SAME_AS_EVER), told(store, INDEXES)
    for twice in (findings().iloc[3:5], findings().iloc[7:9]):
        with pytest.raises(ValueError, match="2 rows are the same in every column"):
            run(store, findings(), twice)
    assert told(store, STORED) == []
    assert (told(store, SAME_AS_EVER), told(store, INDEXES)) == before


def _run_for_long(url: str) -> None:
    with database.connect(Config(Path("unused"), url)) as connection, connection.transaction():
        begun = begin(connection)
        runs.keep(connection, begun, "finding", findings())
        time.sleep(60)


def test_nobody_waits_for_the_first_run_and_killed_it_leaves_nothing(
    store: database.Connection, store_url: str
) -> None:
    before = told(store, SAME_AS_EVER), told(store, INDEXES)
    killed = SPAWN.Process(target=_run_for_long, args=(store_url,))
    killed.start()
    held = (
        "SELECT count(*) FROM pg_locks WHERE relation = 'landwatch.finding'::regclass"
        " AND mode = 'AccessExclusiveLock' AND granted"
    )
    deadline = time.monotonic() + 30
    while told(store, held) != [(1,)]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    store.execute("SET lock_timeout TO '1s'")
    assert runs.all_runs(store) == []
    with pytest.raises(UsageError, match="no run yet"):
        runs.default(store)
    assert killed.pid is not None
    os.kill(killed.pid, signal.SIGKILL)
    killed.join(10)
    while told(store, held) != [(0,)]:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert told(store, STORED) == []
    assert (told(store, SAME_AS_EVER), told(store, INDEXES)) == before
    assert run(store, findings()).id == 1
