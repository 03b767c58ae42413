"""Approvals minus supplies with areas of every pair and a balance, against three peers.

    scripts/bench overlay                                            50,000 approvals
    .venv/bin/python -m scripts.benchmarks.overlay --approvals 5000  a tenth of it

Every side gives the same three answers: the area of every pair, what remains of every approval, the
balance of every approval. `geopandas.overlay` is met in memory, shapes in and answers out. PostGIS
answers in one query, index and parallel workers on; there landwatch reads the shapes from PostGIS
and writes the answers back, by the store's binary COPY. SedonaDB and landwatch both read GeoParquet
and write Parquet; beside that bare answer stands our whole one, with pieces, grades, rings and
neighbours. Ours goes part by part, as a run does. The sides take turns and their answers are
compared. Elapsed times count; processor times are told beside them, because other work on the
machine does not touch them much.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import os
import pstats
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from gis.approvals.claims import claiming
from gis.approvals.overlay import meet, plane_overlay
from gis.approvals.overlay_settings import Settings
from gis.arrays import Numbers, Shapes
from gis.geometry.allocation import Claims, subtract
from gis.geometry.clean import origin_of
from gis.geometry.pairs import Indices, alone
from gis.pipeline.judge_part import garbage_left_lying
from gis.store.cluster import server
from scripts.benchmarks.peers import (
    BALANCES,
    PAIRS,
    Answer,
    Database,
    answered,
    by_geopandas,
)
from scripts.benchmarks.sedona import Sedona, started
from scripts.benchmarks.towns import APPROVALS, Part, Town, parts, town

# Asked for against GeoPandas, PostGIS, SedonaDB; and the whole answer against SedonaDB's bare one.
TARGETS = {"match": (8.0, 3.0, 4.0, 1.0), "moved": (5.0, 1.5, 2.0, 1 / 1.5)}
TITLES = {"match": "edges that match", "moved": "a third of the supplies off by up to 5 cm"}
HEADS = [
    "approvals minus supplies",
    "against",
    "landwatch s (processor s)",
    "peer s (processor s)",
    "ratio",
    "asked",
    "of processor s",
    "inside GEOS",
    "differ by m2",
]
METHOD = (
    "Against GeoPandas shapes in memory become answers in memory; against PostGIS both start and "
    "end in its tables; against SedonaDB in files of Parquet. `whole answer` is ours with pieces, "
    "grades, rings and neighbours, held against SedonaDB's bare one; ours goes part by part, as a "
    "run does. `inside GEOS` is the share of "
    "landwatch's own time on one core spent in shapely; `differ by` is the largest difference "
    "of an area."
)
# PostGIS works at Y = 4,320 km, where the last digit of a number is a nanometre.
_SAME_M2 = 1e-3
WHOLE = "sedonadb, our whole answer"


class Took(NamedTuple):
    """What a side took in one round: seconds by the clock, and of the processors."""

    elapsed_s: float
    busy_s: float


def by_landwatch(made: Town, threads: int) -> Answer:
    """Return the answers of the overlay, without the pieces, grades and rings it adds.

    As in a run the land is worked on part by part.
    """
    found = [_of_part(made, part, threads) for part in parts(made)]
    left, right, area_m2 = (
        np.concatenate(each) for each in zip(*(one[:3] for one in found), strict=True)
    )
    rest = np.empty(len(made.approvals), dtype=object)
    for part, (*_, geoms) in zip(parts(made), found, strict=True):
        rest[part.own] = geoms
    return answered(left, right, area_m2, made.approvals, rest)


def _of_part(made: Town, part: Part, threads: int) -> tuple[Indices, Indices, Numbers, Shapes]:
    """Return the pairs of a part as rows of the town, their areas, and what is left of its own."""
    subjects, shapes = made.approvals[part.own], made.supplies[part.supplies]
    is_alone = alone(made.approvals[part.near], threads)[np.searchsorted(part.near, part.own)]
    met, fitted = meet(subjects, shapes, is_alone, threads)
    is_fitted = met.are(fitted.subject, fitted.shape)
    whole = claiming(met, shapes, origin_of(subjects))
    rest = subtract(subjects, Claims(met.left, whole, met.geoms, is_fitted), threads, fitted)
    return part.own[met.left], part.supplies[met.right], met.area_m2, rest.geoms


def whole_overlay(made: Town, threads: int) -> None:
    """Make the overlay with pieces, grades, noded rings and neighbours as well, part by part."""
    names = pd.Series(np.arange(len(made.approvals))).astype("str").str.zfill(6)
    approvals = pd.DataFrame(
        {
            "approval": names,
            "approval_no": names,
            "approved_on": pd.Timestamp("2015-01-01"),
            "replaces": [[] for _ in names],
            "geom": made.approvals,
        }
    )
    keys = pd.Series(np.arange(len(made.supplies))).astype("str").str.zfill(7)
    supplies = pd.DataFrame(
        {
            "key": keys,
            "signed_on": pd.Timestamp("2016-01-01"),
            "granted_share": 1.0,
            "geom": made.supplies,
        }
    )
    withdrawals = pd.DataFrame({"document": [], "approval_no": [], "geom": []}, dtype=object)
    places = pd.DataFrame({"place_kind": [], "place_code": [], "geom": []}, dtype=object)
    settings = Settings(edge_area_m2=2000 / 3, edge_width_m=5.0, sliver_width_m=0.1)
    for own, near, there in parts(made):
        plane_overlay(approvals.iloc[own], supplies.iloc[there], withdrawals,
                      approvals.iloc[near], places, settings, threads)  # fmt: skip


def geos_share(made: Town) -> float:
    """Return the share of the work's time that is spent inside shapely and GEOS, on one core."""
    profile = cProfile.Profile()
    profile.runcall(by_landwatch, made, 1)
    rows = pstats.Stats(profile).get_stats_profile().func_profiles
    inside = sum(
        row.tottime for name, row in rows.items() if "shapely" in row.file_name or "shapely" in name
    )
    return inside / sum(row.tottime for row in rows.values())


def compare(one: Answer, other: Answer, peer: str) -> float:
    """Return the largest difference of an area, m2; stop where it is more than roundoff."""
    merged = one.pairs.merge(
        other.pairs, on=["approval", "supply"], how="outer", suffixes=("", "_other")
    )
    pairs_m2 = (merged["area_m2"].fillna(0.0) - merged["area_m2_other"].fillna(0.0)).abs().max()
    balances = one.balances.set_index("approval"), other.balances.set_index("approval")
    rest_m2 = (balances[0]["unsupplied_m2"] - balances[1]["unsupplied_m2"]).abs().max()
    worst_m2 = float(max(pairs_m2, rest_m2))
    if not worst_m2 < _SAME_M2:
        raise SystemExit(f"landwatch and {peer} differ by {worst_m2} m2: nothing to compare")
    return worst_m2


@contextmanager
def database() -> Iterator[Database]:
    """Give a throw-away PostGIS, stopped and taken away afterwards."""
    # The server's own user has to enter the folder, and its socket wants a short path.
    home = Path(tempfile.mkdtemp(prefix="lw-"))
    home.chmod(0o755)
    try:
        yield Database(home)
    finally:
        server.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def took(work: Callable[[], object], busy_s: Callable[[], float]) -> Took:
    """Return what a piece of work took; `busy_s` tells processor seconds so far."""
    gc.collect()
    # A run looks for no garbage while it judges a part; here nobody does.
    with garbage_left_lying():
        began, busy = time.perf_counter(), busy_s()
        work()
        elapsed_s = time.perf_counter() - began
    # A server counts a session when it has ended, a moment after we have left it.
    time.sleep(0.5)
    return Took(elapsed_s, busy_s() - busy)


def measure(
    store: Database, sedona: Sedona, edges: str, approvals: int, rounds: int, cores: int
) -> list[list[str]]:
    """Return the rows of the table for one kind of edges."""
    made = town(approvals, is_moved=edges == "moved")
    store.fill(made)
    sedona.fill(made)
    answers: dict[str, Answer] = {}

    def in_memory() -> None:
        answers["landwatch"] = by_landwatch(made, cores)

    def geopandas_overlay() -> None:
        answers["geopandas"] = by_geopandas(made)

    def from_store_to_store() -> None:
        with store.session() as connection:
            answer = by_landwatch(store.read(connection), cores)
            store.write(connection, "pair", answer.pairs, PAIRS)
            store.write(connection, "balance", answer.balances, BALANCES)

    def one_query() -> None:
        with store.session() as connection:
            store.ask(connection, cores - 1)

    def from_file_to_file() -> None:
        sedona.write(by_landwatch(sedona.read(), cores))

    def whole_to_file() -> None:
        whole_overlay(sedona.read(), cores)

    def both_busy_s() -> float:
        return time.process_time() + store.busy_s()

    sides = {
        "geopandas": (in_memory, geopandas_overlay, time.process_time),
        "postgis": (from_store_to_store, one_query, both_busy_s),
    }
    measured: dict[str, list[tuple[Took, Took]]] = {
        peer: [] for peer in (*sides, "sedonadb", WHOLE)
    }
    for _ in range(rounds):
        for peer, (ours, theirs, busy_s) in sides.items():
            measured[peer].append((took(ours, busy_s), took(theirs, busy_s)))
        bare, whole = (took(one, time.process_time) for one in (from_file_to_file, whole_to_file))
        # It counts its own seconds, in its own process.
        asked = Took(*sedona.ask())
        measured["sedonadb"].append((bare, asked))
        measured[WHOLE].append((whole, asked))
        for peer, rounds_of in measured.items():
            print(f"{TITLES[edges]}, {peer}: {rounds_of[-1]}", file=sys.stderr)
    answers["postgis"] = store.answer()
    answers["sedonadb"] = answers[WHOLE] = sedona.answer()
    share = geos_share(made)
    what = f"{TITLES[edges]}, {len(made.approvals):,} x {len(made.supplies):,}"
    return [
        [
            what,
            peer,
            _middle([ours for ours, _ in measured[peer]]),
            _middle([theirs for _, theirs in measured[peer]]),
            f"**{_ratio(measured[peer], 'elapsed_s'):.1f} x**",
            f"{target:.2g} x",
            f"{_ratio(measured[peer], 'busy_s'):.1f} x",
            f"{share:.0%}",
            f"{compare(answers['landwatch'], answers[peer], peer):.0e}",
        ]
        for peer, target in zip(measured, TARGETS[edges], strict=True)
    ]


def _ratio(measured: list[tuple[Took, Took]], name: str) -> float:
    """Return the median over the rounds of their time by ours."""
    return statistics.median(
        float(getattr(theirs, name) / getattr(ours, name)) for ours, theirs in measured
    )


def _middle(took: list[Took]) -> str:
    elapsed_s = statistics.median(one.elapsed_s for one in took)
    return f"{elapsed_s:.1f} ({statistics.median(one.busy_s for one in took):.1f})"


def rows(home: Path, rounds: int) -> list[list[str]]:
    """Return the rows of the whole table; the store is its own and lies elsewhere than `home`."""
    del home
    return run(APPROVALS, rounds, os.cpu_count() or 1)


def run(
    approvals: int, rounds: int, cores: int, edges: tuple[str, ...] = tuple(TITLES)
) -> list[list[str]]:
    """Return the rows of the table."""
    with database() as store, started(store.home) as sedona:
        return [
            row for kind in edges for row in measure(store, sedona, kind, approvals, rounds, cores)
        ]


def main() -> None:
    """Print the table, and how long the overlay takes with all it finds besides."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--approvals", type=int, default=APPROVALS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--edges", choices=("match", "moved", "both"), default="both")
    options = parser.parse_args()
    edges = tuple(TITLES) if options.edges == "both" else (options.edges,)
    table = run(options.approvals, options.rounds, options.cores, edges)
    lines = [HEADS, ["-", "-", *["-:"] * (len(HEADS) - 2)], *table]
    print("\n".join(f"| {' | '.join(line)} |" for line in lines))


if __name__ == "__main__":
    main()
