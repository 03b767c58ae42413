"""Connections lent by a server: never more than it may have, whole again after a fault."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from gis.config import Config
from gis.errors import StoreError
from gis.store import database, pool


@pytest.fixture
def settings(store_url: str, store: database.Connection) -> Config:
    return Config(Path("unused"), store_url)


def backends(lent: pool.Pool, gate: threading.Barrier) -> int:
    with lent.connection() as connection:
        gate.wait(20)
        row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        return int(row[0])


def test_many_askers_share_a_few_connections(settings: Config) -> None:
    lent = pool.Pool(settings, 3)
    try:
        gate = threading.Barrier(3)
        with ThreadPoolExecutor(12) as workers:
            pids = [*workers.map(lambda _: backends(lent, gate), range(12))]
        assert len(pids) == 12
        assert len(set(pids)) <= 3
    finally:
        lent.close()


def test_what_is_lent_to_read_writes_nothing_and_finds_its_tables(settings: Config) -> None:
    lent = pool.Pool(settings, 1, is_read_only=True)
    try:
        for _ in range(2):
            with lent.connection() as connection:
                assert connection.execute("SELECT count(*) FROM supplies").fetchone() == (0,)
                assert connection.execute("SHOW TimeZone").fetchone() == ("UTC",)
                with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                    connection.execute("DELETE FROM supplies")
    finally:
        lent.close()


def test_a_connection_that_died_is_not_lent_again(
    settings: Config, store: database.Connection
) -> None:
    lent = pool.Pool(settings, 1)
    try:
        with lent.connection() as connection:
            pid = connection.info.backend_pid
        store.execute("SELECT pg_terminate_backend(%s)", (pid,))
        with lent.connection() as connection:
            assert connection.info.backend_pid != pid
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        lent.close()


def test_when_all_are_lent_for_too_long_it_is_said(settings: Config) -> None:
    lent = pool.Pool(settings, 1, waited_seconds=0.2)
    try:
        with (
            lent.connection(),
            pytest.raises(StoreError, match="Every connection was in use"),
            lent.connection(),
        ):
            pass
    finally:
        lent.close()


def test_nobody_opens_a_connection_more_while_others_get_theirs(
    settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Six askers hold the one connection 0.4 s each: most wait longer than the first second."""
    lent = pool.Pool(settings, 1)
    opened = []
    connect = database.connect
    monkeypatch.setattr(database, "connect", lambda known: opened.append(known) or connect(known))

    def held(_: int) -> float:
        began = time.monotonic()
        with lent.connection():
            waited = time.monotonic() - began
            time.sleep(0.4)
        return waited

    try:
        with ThreadPoolExecutor(6) as workers:
            waited = [*workers.map(held, range(6))]
    finally:
        lent.close()
    assert max(waited) > 1.0
    assert opened == []
