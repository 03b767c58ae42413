"""Calls of the command that are killed, and all that a store holds as one value to compare."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg import sql

from tests.stores import ROOT, Store

PATIENCE_SECONDS = 60
# Instants and the numbers a sequence gives differ between two loads of the same file.
_COLUMNS = """
SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position)
FROM information_schema.columns
WHERE table_schema = 'landwatch' AND data_type <> 'timestamp with time zone'
AND coalesce(column_default, '') NOT LIKE 'nextval%'
GROUP BY table_name ORDER BY table_name
"""

Content = dict[str, tuple[int, str]]


def content(store: Store) -> Content:
    """Return row count and hash of every table, all columns but instants and running numbers."""
    found: Content = {}
    with store.connect() as connection:
        for table, columns in connection.execute(_COLUMNS).fetchall():
            query = sql.SQL(
                "SELECT count(*), md5(coalesce(string_agg(row, '' ORDER BY row), ''))"
                " FROM (SELECT ROW({})::text AS row FROM {}) AS rows"
            ).format(
                sql.SQL(", ").join(map(sql.Identifier, columns)),
                sql.Identifier("landwatch", table),
            )
            count, digest = connection.execute(query).fetchone() or (0, "")
            found[table] = (count, digest)
    return found


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Wait until something is so; fails with its name when it never is."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.005)


def backends(store: Store, *, waiting: bool = False) -> list[int]:
    """Return the server processes of the command in a store; only those a lock has stopped."""
    held = "AND wait_event_type = 'Lock'" if waiting else ""
    with store.connect() as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database()"
            f" AND application_name = 'landwatch' {held}"
        ).fetchall()
    return [pid for (pid,) in rows]


def settled(store: Store) -> Content:
    """Return what the store holds once no server process of a killed call is left in it."""
    wait_until(lambda: not backends(store), "the backend of the killed call is gone")
    return content(store)


@contextmanager
def begun(store: Store, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Start `landwatch ARGUMENTS` and give the running process; it is dead afterwards."""
    with subprocess.Popen(
        [sys.executable, "-m", "gis.cli", *arguments],
        env=store.environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
