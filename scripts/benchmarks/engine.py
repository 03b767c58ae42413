"""A land of its own in a cluster of its own, and the command `landwatch run` over it, watched.

What several benchmarks time: the command in processes of its own, with the most memory of each. A
changed store is laid back before every round by copying the database; what two runs left is
compared row by row, by hash.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psycopg
from psycopg import sql

from gis.config import Config
from gis.store import database, tables
from gis.store.cluster import server
from gis.store.cluster.home import Address
from scripts.benchmarks import filled, measure

AS_OF = date(2026, 6, 30)
TOMORROW = AS_OF + timedelta(days=1)
CHANGED_SHARE = 0.01
_RESULTS = tuple(tables.RESULTS)


class Took(NamedTuple):
    """One run of the command: seconds, the most memory of its processes, how many shared it."""

    seconds: float
    driver_bytes: int
    worker_bytes: int
    processes: int


class Land(NamedTuple):
    """A cluster of its own and the land in it."""

    home: Path
    supplies: int

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the command and of its workers."""
        own = {key: value for key, value in os.environ.items() if key != "LANDWATCH_DATABASE_URL"}
        return {**own, "LANDWATCH_HOME": str(self.home)}

    def connect(self) -> database.Connection:
        """Return a connection to the store."""
        return database.connect(Config(self.home, None))


@contextmanager
def filled_store(approvals: int, tiles: int) -> Iterator[Land]:
    """Give a cluster with a made-up land, stopped and taken away afterwards."""
    # The server's own user has to enter the folder, and its socket wants a short path.
    home = Path(tempfile.mkdtemp(prefix="lw-"))
    home.chmod(0o755)
    try:
        with database.connect(Config(home, None), make=True) as store:
            supplies = filled.fill(store, approvals, tiles)
        yield Land(home, supplies)
    finally:
        server.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def run(land: Land, *options: str, on: date = AS_OF, workers: Sequence[int] = ()) -> Took:
    """Judge a day by the command; `workers` are processes of others that share the work."""
    command = [sys.executable, "-m", "gis.cli", "run", "--as-of", f"{on}", "--json", *options]
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own command
        command, env=land.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        peaks: dict[int, int] = {}
        watching = threading.Thread(target=_watch, args=(running, workers, peaks))
        watching.start()
        _, said = running.communicate()
        watching.join()
    seconds = time.perf_counter() - began
    if running.returncode:
        raise RuntimeError(f"landwatch run failed:\n{said}")
    print(f"{' '.join(options)} {on}: {seconds:.1f} s, load {measure.load_average()}",
          file=sys.stderr)  # fmt: skip
    driver = peaks.pop(running.pid, 0)
    return Took(seconds, driver, max(peaks.values(), default=0), max(len(peaks), 1))


def forgotten(land: Land, *options: str, workers: Sequence[int] = ()) -> Took:
    """Judge the first day as if there had been no run before."""
    with land.connect() as store:
        for name in ("run", *_RESULTS):
            store.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(tables.SCHEMA, name)))
    return run(land, *options, workers=workers)


def digest(land: Land) -> str:
    """Return one hash for every table of results, over all rows of the newest run."""
    found: list[str] = []
    with land.connect() as store:
        (run_series, number) = store.execute(
            "SELECT run_series, id FROM landwatch.run ORDER BY id DESC LIMIT 1"
        ).fetchone() or ("", 0)
        for name in _RESULTS:
            query = sql.SQL(
                "SELECT md5(coalesce(string_agg(content, '' ORDER BY content), '')) FROM {}"
                " WHERE run_series = %s AND first_run <= %s AND last_run >= %s"
            ).format(sql.Identifier(tables.SCHEMA, name))
            found += store.execute(query, (run_series, number, number)).fetchone() or ()
    return " ".join(found)


def same(one: str, other: str) -> None:
    """End the program where two digests differ."""
    if one != other:
        raise SystemExit("two runs gave different rows: nothing to compare")


def copy(land: Land, of: str, into: str) -> str:
    """Make database `into` a copy of another; return its name."""
    address: Address = {**server.address(land.home, is_superuser=True), "dbname": "postgres"}
    with psycopg.connect(**address, autocommit=True) as admin:
        # A session that was just closed may still be taking its leave. Copied as files, between two
        # checkpoints: what a copy leaves to be written is not in the time of the run that follows.
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (of,)
        )
        names = {"into": sql.Identifier(into), "of": sql.Identifier(of)}
        for text in (
            "DROP DATABASE IF EXISTS {into} WITH (FORCE)",
            "CREATE DATABASE {into} TEMPLATE {of} OWNER landwatch STRATEGY FILE_COPY",
        ):
            admin.execute(sql.SQL(text).format(**names))
    return into


def seconds(took: Sequence[Took]) -> float:
    """Return the median of the seconds of rounds."""
    return median(each.seconds for each in took)


def peaks_mb(took: Sequence[Took]) -> list[str]:
    """Return the cells of the most memory of rounds: the driver's, and a worker's where any was."""
    driver, worker = (
        max(getattr(each, name) for each in took) for name in ("driver_bytes", "worker_bytes")
    )
    return [f"{driver / 1e6:.0f}", f"{worker / 1e6:.0f}" if worker else ""]


def processes(count: int) -> str:
    """Return how many processes shared a run, in words."""
    return f"{count} process{'es' * (count > 1)}"


def _watch(running: subprocess.Popen[str], workers: Sequence[int], peaks: dict[int, int]) -> None:
    """Note the most memory each process has held, while the command runs."""
    while running.poll() is None:
        for pid in (running.pid, *_pool(running.pid), *workers):
            with suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="ignore")
                peak = re.search(r"VmHWM:\s*(\d+) kB", status)
                if peak:
                    peaks[pid] = int(peak[1]) * 1024
        time.sleep(0.2)


def _pool(pid: int) -> list[int]:
    """Return the processes of a program's pool; what else it has started is left out."""
    found = []
    with suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            if b"multiprocessing.spawn" in Path(f"/proc/{child}/cmdline").read_bytes():
                found.append(int(child))
    return found
