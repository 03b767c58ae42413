"""A nation's register without shapes: loaded, judged a day, and what pandas takes to read it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from statistics import median

from gis.store.cluster import server
from scripts.benchmarks import measure, register_rows
from scripts.benchmarks.measure import Round

REAL = Path(__file__).parents[3] / "shared" / "data" / "supply-baotou-wuhai-2012-2016"
DAY = "2026-06-30"
_RUN_BAR_S, _BOTH_BAR_S = 30, 60
_LOAD_BAR = 4  # times what pandas takes
LANDWATCH = (sys.executable, "-m", "gis.cli")
_PANDAS = (
    "import sys, pandas as pd;"
    "rows = pd.read_csv(sys.argv[1]); print(len(rows), len(rows.drop_duplicates()))"
)
HEADS = [
    f"a register of {register_rows.ROWS:,} rows, no shapes", "by",
    "wall s", "CPU s client", "CPU s server", "peak MB", "against pandas", "at most",
]  # fmt: skip
METHOD = (
    "Rows drawn from a real register under new numbers, an eighth of them copies; the sides take "
    "turns. The ratio is the median of those of the processor's seconds within a round."
)


def rows(home: Path, rounds: int, count: int = register_rows.ROWS) -> list[list[str]]:
    """Return the rows of the table; the sides agree on how many rows are no copies."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o755)
    (real,) = REAL.glob("*.csv")
    path = home / f"register-{count}.csv"
    if not path.exists():
        # In a process of its own: what a program is said to have held at most is never less than
        # what the one that started it has held.
        made: list[str | Path] = [
            sys.executable, "-m", "scripts.benchmarks.register_rows", real, path, f"{count}",
        ]  # fmt: skip
        measure.timed(made, os.environ, os.getpid())
    loads, runs, peers = [], [], []
    for _ in range(rounds):
        # Its own process is all it has: no server works for it.
        peer = measure.timed([sys.executable, "-c", _PANDAS, path], os.environ, os.getpid())
        peers.append(replace(peer, server_cpu_seconds=0.0))
        distinct = count - count // register_rows.COPIES
        assert peers[-1].output.split() == [str(count), str(distinct)], peers[-1].output
        with new_store(home / "register") as (environment, pid):
            loads.append(
                measure.timed([*LANDWATCH, "load", "supplies", path, "--json"], environment, pid)
            )
            told = json.loads(loads[-1].output)
            assert (told["accepted"], told["duplicates"]) == (distinct, count - distinct), told
            runs.append(
                measure.timed([*LANDWATCH, "run", "--as-of", DAY, "--json"], environment, pid)
            )
        judged = json.loads(runs[-1].output)["counts"]["idle"]
        found = sum(one["count"] for tracks in judged.values() for one in tracks.values())
        assert found == distinct, found
        seconds = [round(_busy(one[-1]), 1) for one in (loads, runs, peers)]
        print("load, run, pandas:", *seconds, "of", measure.load_average(), file=sys.stderr)
    ratio = median(_busy(a) / _busy(b) for a, b in zip(loads, peers, strict=True))
    both = [measure.summed(pair) for pair in zip(loads, runs, strict=True)]
    return [
        _told("loaded, all checks", "landwatch load", loads, f"{ratio:.1f} x", f"{_LOAD_BAR} x"),
        _told("read, copies dropped", "pandas.read_csv, drop_duplicates", peers, "1", ""),
        _told(f"judged, {DAY}", "landwatch run", runs, "", f"{_RUN_BAR_S} s"),
        _told("**loaded and judged**", "", both, "", f"{_BOTH_BAR_S} s"),
    ]


def _busy(one: Round) -> float:
    return one.client_cpu_seconds + one.server_cpu_seconds


def _told(what: str, by: str, rounds: list[Round], ratio: str, most: str) -> list[str]:
    return [what, by, *measure.figures(measure.middle(rounds)), ratio, most]


@contextmanager
def new_store(home: Path) -> Iterator[tuple[dict[str, str], int]]:
    """Give the environment of a store that holds nothing, and its server's process."""
    shutil.rmtree(home, ignore_errors=True)
    environment = {**os.environ, "LANDWATCH_HOME": str(home)}
    environment.pop("LANDWATCH_DATABASE_URL", None)
    measure.timed([*LANDWATCH, "db", "upgrade", "--json"], environment, os.getpid())
    pid = server.status(home).pid
    assert pid is not None
    yield environment, pid
    server.stop(home)
    shutil.rmtree(home)
