"""Loads at the same time, and loads killed: the store is as before or as after."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path
from typing import Any

import psycopg
from store_rows import put, supplies

from gis.config import Config
from gis.store import database, deliveries, records, statements

SPAWN = multiprocessing.get_context("spawn")


def _put_in_another_process(url: str, mark: str, count: int) -> None:
    rows = supplies(
        *({"supply_no": f"{mark}{i}", "signed_on": "2015-03-01"} for i in range(count)),
    )
    with database.connect(Config(Path("unused"), url)) as connection:
        put(connection, mark, rows)


def test_loads_at_the_same_time_get_consecutive_numbers(
    store_url: str, store: database.Connection
) -> None:
    loads = [
        SPAWN.Process(target=_put_in_another_process, args=(store_url, mark, 200))
        for mark in "abcd"
    ]
    for load in loads:
        load.start()
    for load in loads:
        load.join(60)
    assert [load.exitcode for load in loads] == [0, 0, 0, 0]
    history = deliveries.history(store)
    assert history["number"].tolist() == [1, 2, 3, 4]
    assert sorted(history["name"]) == ["a.xlsx", "b.xlsx", "c.xlsx", "d.xlsx"]
    assert store.execute("SELECT count(*) FROM supplies").fetchone() == (800,)


def _wait_for(condition: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)


def test_a_load_killed_between_copy_and_commit_leaves_the_store_as_before(
    store_url: str, store: database.Connection
) -> None:
    put(store, "before", supplies({"supply_no": "A1", "signed_on": "2015-03-01"}))
    with psycopg.connect(store_url) as holder:
        holder.execute(statements.WAIT_FOR_TURN.format(statements.LOADS))
        load = SPAWN.Process(target=_put_in_another_process, args=(store_url, "killed", 5000))
        load.start()
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        # It has copied its rows and stands in line for its number.
        _wait_for(lambda: store.execute(waiting).fetchone() == (1,))
        assert load.pid is not None
        os.kill(load.pid, signal.SIGKILL)
        load.join(10)
    assert load.exitcode == -signal.SIGKILL
    _wait_for(
        lambda: store.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state LIKE '%in transaction%'"
        ).fetchone() == (0,)
    )  # fmt: skip
    assert records.latest_delivery(store) == 1
    assert records.read(store, "supplies")["key"].tolist() == ["A1"]
    _put_in_another_process(store_url, "killed", 5000)
    assert records.latest_delivery(store) == 2
    assert len(records.read(store, "supplies")) == 5001


def test_a_load_killed_at_any_instant_leaves_the_store_as_before_or_as_after(
    store_url: str, store: database.Connection
) -> None:
    for number in range(6) if os.environ.get("LANDWATCH_LONG") else (0, 4):
        before = records.latest_delivery(store)
        load = SPAWN.Process(target=_put_in_another_process, args=(store_url, f"k{number}-", 3000))
        load.start()
        _wait_for(
            lambda: store.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            ).fetchone() != (1,)
        )  # fmt: skip
        time.sleep(0.04 * number)
        load.kill()
        load.join(10)
        _wait_for(
            lambda: store.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            ).fetchone() == (0,)
        )  # fmt: skip
        after = records.latest_delivery(store)
        assert after in {before, before + 1}
        assert store.execute("SELECT count(*) FROM supplies").fetchone() == (3000 * after,)
    put(store, "next", supplies({"supply_no": "A1", "signed_on": "2015-03-01"}))
    numbers = deliveries.history(store)["number"].tolist()
    assert numbers == list(range(1, len(numbers) + 1))
