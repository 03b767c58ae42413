"""A run over a large land: after a change against in full, by processes and on Dask, in tiles.

    scripts/bench engine                                                  the whole table, hours
    .venv/bin/python -m scripts.benchmarks.engine changes                 a part: 50,000 approvals
    .venv/bin/python -m scripts.benchmarks.engine changes --change patrol --approvals 1000
    .venv/bin/python -m scripts.benchmarks.engine many                    by processes and on Dask
    .venv/bin/python -m scripts.benchmarks.engine tiles                   5 million supplies

Every side is the command `landwatch run` in processes of its own, on a cluster of its own: reading,
judging and writing are in the time. The results of all sides are compared, row by row, by hash.
A changed store is laid back before every round by copying the database.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psycopg
from distributed import LocalCluster
from psycopg import sql

from gis.config import Config
from gis.store import database, tables
from gis.store.cluster import server
from scripts.benchmarks import filled, measure
from scripts.benchmarks.towns import APPROVALS

AS_OF = date(2026, 6, 30)
TOMORROW = AS_OF + timedelta(days=1)
CHANGED_SHARE = 0.01
LIMIT_BYTES = 4 * 10**9
HEADS = [
    "a run",
    "by",
    "wall s",
    "against full, one process",
    "peak MB of the driver",
    "peak MB of a worker",
]
METHOD = (
    "Each side is the command in processes of its own; reading, judging and writing are in the "
    "time, and all sides of a change, and all ways of sharing the work, give the same rows. The "
    "bar for 1 % changed is 10 x where the change lies on 1 % of the approvals; scattered over the "
    "land, 1 % of the supplies lie in 14 % of the approvals, and each of these is judged anew. The "
    "bar for 5 million supplies is 4 GB for the driver and for each worker."
)
# Enough for several parts, of which a part each may be worked on at the same time.
_SEVERAL_PARTS = 12_000
_TILES, _OF_A_TILE = 7, 46_800
_ALL_CORES = ("--workers", str(os.cpu_count() or 1))
_ALONE = ("--workers", "1")
_TABLES = tuple(tables.RESULTS)


class Took(NamedTuple):
    """One run of the command: seconds, what it told, and the most memory of its processes."""

    seconds: float
    driver_bytes: int
    worker_bytes: int
    digest: str


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


def rows(home: Path, rounds: int) -> list[list[str]]:
    """Return the rows of the table; the store is its own and lies elsewhere than `home`."""
    del home
    return [row for part in PARTS.values() for row in part(None, rounds, [*filled.CHANGES])]


def changes(approvals: int | None, rounds: int, of: Sequence[str]) -> list[list[str]]:
    """Return the rows of a run after each change (of `filled.CHANGES`), in full and built."""
    with filled_store(approvals or APPROVALS, 1) as land:
        return _after_a_change(land, rounds, of)


def many(approvals: int | None, rounds: int, of: Sequence[str] = ()) -> list[list[str]]:
    """Return the rows of a full run by several processes and workers of Dask."""
    del of
    with filled_store(approvals or _SEVERAL_PARTS, 1) as land:
        return _by_many(land, rounds)


def tiled(approvals: int | None, rounds: int, of: Sequence[str] = ()) -> list[list[str]]:
    """Return the row of a full run over many tiles, once: for what it takes of memory."""
    del rounds, of
    with filled_store(approvals or _OF_A_TILE, _TILES) as land:
        by = f"{os.cpu_count()} processes, {_cores()}"
        return [_row(f"{land.supplies:,} supplies, in full", by, [_run(land, *_ALL_CORES)], None)]


PARTS = {"changes": changes, "many": many, "tiles": tiled}


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


def _after_a_change(land: Land, rounds: int, changes: Iterable[str]) -> list[list[str]]:
    """Time the run of the next day after a change, in full and built on the run before."""
    first = _run(land, *_ALL_CORES)
    before = _copy(land, "landwatch", "landwatch_before")
    by = f"{os.cpu_count()} processes, {_cores()}"
    table = [_row(f"{land.supplies:,} supplies, in full, no run before", by, [first], None)]
    for change in changes:
        _copy(land, before, "landwatch")
        with land.connect() as store:
            changed = filled.change(store, CHANGED_SHARE, change)
        kept = _copy(land, "landwatch", "landwatch_kept")
        full, built = [], []
        for _ in range(rounds):
            for found, more in ((full, ("--full",)), (built, ())):
                _copy(land, kept, "landwatch")
                found.append(_run(land, *_ALONE, *more, on=TOMORROW))
            _same(full[-1], built[-1])
        what = f"{land.supplies:,} supplies, a day after {filled.CHANGES[change]} ({changed:,})"
        table += [
            _row(f"{what}, in full", "one process", full, full),
            _row("built on the run before", "one process", built, full),
        ]
    _copy(land, before, "landwatch")
    return table


def _by_many(land: Land, rounds: int) -> list[list[str]]:
    """Time a full run by one and two processes and by one and two workers of Dask."""
    alone: list[Took] = []
    table = []
    for count in (1, 2):
        found = [_forgotten(land, "--workers", str(count)) for _ in range(rounds)]
        alone = alone or found
        table.append((f"{count} process{'es' * (count > 1)}, {_cores()}", found))
    for count in (1, 2):
        with _dask(land, count) as (address, pids):
            found = [_forgotten(land, "--dask", address, workers=pids) for _ in range(rounds)]
        table.append((f"Dask, {count} worker{'s' * (count > 1)} of one thread, {_cores()}", found))
    for _, found in table:
        _same(alone[0], found[0])
    return [_row(f"{land.supplies:,} supplies, in full", by, found, alone) for by, found in table]


def _forgotten(land: Land, *options: str, workers: Sequence[int] = ()) -> Took:
    """Run as if there had been no run before."""
    with land.connect() as store:
        for name in ("run", *_TABLES):
            store.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier("landwatch", name)))
    return _run(land, *options, workers=workers)


def _run(land: Land, *options: str, on: date = AS_OF, workers: Sequence[int] = ()) -> Took:
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
    with land.connect() as store:
        digest = _digest(store)
    return Took(seconds, peaks.pop(running.pid, 0), max(peaks.values(), default=0), digest)


def _watch(running: subprocess.Popen[str], workers: Sequence[int], peaks: dict[int, int]) -> None:
    """Note the most memory each process has held, while the command runs."""
    while running.poll() is None:
        for pid in (running.pid, *_children(running.pid), *workers):
            with suppress(OSError):
                status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="ignore")
                peak = re.search(r"VmHWM:\s*(\d+) kB", status)
                if peak:
                    peaks[pid] = int(peak[1]) * 1024
        time.sleep(0.2)


def _children(pid: int) -> list[int]:
    try:
        told = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    except OSError:
        return []
    return [int(child) for child in told.split()]


@contextmanager
def _dask(land: Land, count: int) -> Iterator[tuple[str, list[int]]]:
    """Give the address of a scheduler with so many workers, and the processes of these."""
    os.environ["LANDWATCH_HOME"] = str(land.home)
    os.environ.pop("LANDWATCH_DATABASE_URL", None)
    with LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None) as local:
        pids = [worker.pid for worker in local.workers.values()]
        yield local.scheduler_address, pids


def _digest(store: database.Connection) -> str:
    """Return one hash over all rows of the newest run."""
    (run_series, number) = store.execute(
        "SELECT run_series, id FROM landwatch.run ORDER BY id DESC LIMIT 1"
    ).fetchone() or ("", 0)
    found = []
    for name in _TABLES:
        query = sql.SQL(
            "SELECT md5(coalesce(string_agg(content, '' ORDER BY content), '')) FROM {}"
            " WHERE run_series = %s AND first_run <= %s AND last_run >= %s"
        ).format(sql.Identifier("landwatch", name))
        found += store.execute(query, (run_series, number, number)).fetchone() or ()
    return " ".join(found)


def _copy(land: Land, of: str, into: str) -> str:
    """Make database `into` a copy of another; return its name."""
    address = {**server.address(land.home, is_superuser=True), "dbname": "postgres"}
    with psycopg.connect(**address, autocommit=True) as admin:
        # A session that was just closed may still be taking its leave.
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (of,)
        )
        for text in ("DROP DATABASE IF EXISTS {into} WITH (FORCE)",
                     "CREATE DATABASE {into} TEMPLATE {of} OWNER landwatch"):  # fmt: skip
            names = {"into": sql.Identifier(into), "of": sql.Identifier(of)}
            admin.execute(sql.SQL(text).format(**names))
    return into


def _same(one: Took, other: Took) -> None:
    if one.digest != other.digest:
        raise SystemExit("two runs gave different rows: nothing to compare")


def _row(what: str, by: str, took: list[Took], full: list[Took] | None) -> list[str]:
    seconds = median(each.seconds for each in took)
    ratio = "" if full is None else f"{median(each.seconds for each in full) / seconds:.1f} x"
    driver, worker = (
        max(getattr(each, name) for each in took) for name in ("driver_bytes", "worker_bytes")
    )
    over = " (too much)" if max(driver, worker) > LIMIT_BYTES else ""
    of_worker = f"{worker / 1e6:.0f}" if worker else ""
    return [what, by, f"{seconds:.1f}", ratio, f"{driver / 1e6:.0f}{over}", of_worker]


def _cores() -> str:
    return f"{os.cpu_count()} cores"


def main() -> None:
    """Print the rows of parts of the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="+", choices=PARTS)
    parser.add_argument("--approvals", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--change", nargs="+", choices=filled.CHANGES, default=[*filled.CHANGES])
    asked = parser.parse_args()
    lines = [HEADS, ["-", "-", *["-:"] * (len(HEADS) - 2)]]
    for part in asked.parts:
        lines += PARTS[part](asked.approvals, asked.rounds, asked.change)
    print("\n".join("| " + " | ".join(line) + " |" for line in lines))


if __name__ == "__main__":
    main()
