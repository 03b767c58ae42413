"""Loading with all checks against ogr2ogr's COPY without any, into the same PostGIS cluster."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from gis.store.cluster import server
from scripts.benchmarks import land, measure
from scripts.benchmarks.measure import Round


@dataclass(frozen=True)
class Case:
    """One file and what the peer is asked to do with it to end at the same coordinates."""

    title: str
    crs: str
    peer_options: tuple[str, ...]


CASES = (
    Case("parcels in EPSG:4490", "EPSG:4490", ()),
    Case("parcels in zone 37 (EPSG:4525), brought to 4490", "EPSG:4525", ("-t_srs", "EPSG:4490")),
)


def rows(home: Path, rounds: int, count: int = land.PARCELS) -> list[list[str]]:
    """Return the rows of the table: one for each case and side; equal row counts are asserted."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    made: list[str | Path] = [sys.executable, "-m", "scripts.benchmarks.land", home, str(count)]
    measure.timed(made, os.environ, os.getpid())
    files = land.files(home)
    environment = {**os.environ, "LANDWATCH_HOME": str(home)}
    environment.pop("LANDWATCH_DATABASE_URL", None)
    measure.timed([*_LANDWATCH, "db", "upgrade", "--json"], environment, os.getpid())
    table = []
    for case in CASES:
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(_load(home, files[case.crs], environment, count))
            theirs.append(_peer(home, files[case.crs], case, environment, count))
            print(f"{ours[-1].wall_seconds:.1f} s against {theirs[-1].wall_seconds:.1f} s,"
                  f" load {measure.load_average()}", file=sys.stderr)  # fmt: skip
        pairs = zip(ours, theirs, strict=True)
        ratio = median(b.wall_seconds / a.wall_seconds for a, b in pairs)
        table.append(_told(case.title, "landwatch load, all checks", measure.middle(ours), ratio))
        table.append(_told("", "ogr2ogr COPY, no checks", measure.middle(theirs), None))
    return table


METHOD = "The two sides take turns; speed is the median of the ratios within a round."
HEADS = ["763,446 polygons", "by", "wall s", "CPU s client", "CPU s server", "peak MB", "speed"]
_LANDWATCH = (sys.executable, "-m", "gis.cli")


def _told(what: str, by: str, middle: Round, ratio: float | None) -> list[str]:
    return [what, by, *measure.figures(middle), f"{ratio:.2f} x" if ratio else "1"]


def _load(home: Path, path: Path, environment: dict[str, str], count: int) -> Round:
    _empty(home)
    done = measure.timed(
        [*_LANDWATCH, "load", "parcels", path, "--json"], environment, _server_pid(home)
    )
    told = json.loads(done.output)
    if told["accepted"] != count or _count(home, "landwatch.parcels") != count:
        raise RuntimeError(f"landwatch took {told['accepted']} of {count} rows: {told['issues']}")
    return done


def _peer(home: Path, path: Path, case: Case, environment: dict[str, str], count: int) -> Round:
    _empty(home)
    place = server.address(home, is_superuser=True)
    names = {"PGHOST": place["host"], "PGPORT": str(place["port"]),
             "PGUSER": place["user"], "PGPASSWORD": place["password"]}  # fmt: skip
    done = measure.timed(
        ["ogr2ogr", "-f", "PostgreSQL", f"PG:dbname={place['dbname']}", path, "parcels",
         "-nln", "peer.parcels", "--config", "PG_USE_COPY", "YES", *case.peer_options],
        environment | names,
        _server_pid(home),
    )  # fmt: skip
    if _count(home, "peer.parcels") != count:
        raise RuntimeError(f"ogr2ogr did not take {count} rows: {done.output}")
    return done


def _empty(home: Path) -> None:
    with _superuser(home) as connection:
        tables = ("parcels", "delivery", "issue", "correction", "profile")
        for name in tables:
            connection.execute(f"TRUNCATE landwatch.{name}")
        connection.execute("DROP SCHEMA IF EXISTS peer CASCADE")
        connection.execute("CREATE SCHEMA peer")
        connection.execute("CHECKPOINT")
    for kept in (home / "archive").rglob("*"):
        if kept.is_file():
            kept.unlink()


def _count(home: Path, table: str) -> int:
    with _superuser(home) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608
    return int(row[0]) if row else 0


def _superuser(home: Path) -> psycopg.Connection[tuple[int]]:
    return psycopg.connect(**server.address(home, is_superuser=True), autocommit=True)


def _server_pid(home: Path) -> int:
    pid = server.status(home).pid
    assert pid is not None
    return pid
