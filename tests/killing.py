"""Calls of the command that are killed, and all that a store holds as one value to compare."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True)
class Ended:
    """How a call ended: exit code (-9 killed), how long it took, what it said."""

    code: int
    seconds: float
    stdout: str
    stderr: str


class Warm:
    """A warm process (tests/warm.py) that calls the command on one store, one call at a time."""

    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self._process = process
        self._folder = folder

    def call(self, store: Store, *arguments: str, kill_after: float | None = None) -> Ended:
        """Call the command; SIGKILL it `kill_after` seconds from its start, if it still runs."""
        said = {name: self._folder / name for name in ("stdout", "stderr")}
        order = {
            "arguments": arguments,
            "environment": store.environment,
            **{name: str(path) for name, path in said.items()},
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        began = time.perf_counter()
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        child = int(self._process.stdout.readline())
        if kill_after is not None:
            time.sleep(max(0.0, began + kill_after - time.perf_counter()))
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        code = int(self._process.stdout.readline())
        seconds = time.perf_counter() - began
        texts = {name: path.read_text(encoding="utf-8") for name, path in said.items()}
        return Ended(code, seconds, **texts)


@contextmanager
def warm(folder: Path) -> Iterator[Warm]:
    """Give a warm process, ended afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.warm"],
        cwd=ROOT,
        # A process that will fork must not have threads of a library.
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Warm(process, folder)
        assert process.stdin is not None
        process.stdin.close()
