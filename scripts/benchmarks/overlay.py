"""Approvals minus supplies with areas of every pair and a balance, against GeoPandas and PostGIS.

    .venv/bin/python -m scripts.benchmarks.overlay                      50,000 approvals
    .venv/bin/python -m scripts.benchmarks.overlay --approvals 5000     a tenth of it

Each side reads the shapes from PostGIS and writes the same three answers back: the area of every
pair, what remains of every approval, the balance of every approval. landwatch reads and writes by
the store's binary COPY, GeoPandas by `read_postgis` and `to_postgis` (its plain table of pairs by
COPY too), PostGIS answers in one query, index and parallel workers on. Rounds alternate; the
answers of all sides are compared. Elapsed times count; processor times are told beside them,
because other work on the machine does not touch them much, and the ratio of the overlay alone.
"""

from __future__ import annotations

import argparse
import cProfile
import gc
import os
import pstats
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import geopandas
import numpy as np
import pandas as pd
import shapely

from gis.crs import origin_of
from gis.overlay import Settings, plane_overlay
from gis.overlay.claims import claiming
from gis.overlay.pairs import ROUNDOFF_M2, alone
from gis.overlay.plane import meet
from gis.overlay.shares import Claims, leave
from gis.store import cluster
from scripts.benchmarks.peers import (
    BALANCES,
    PAIRS,
    Answer,
    Database,
    answered,
    by_geopandas,
    geopandas_alone,
)
from scripts.benchmarks.towns import APPROVALS, Town, town

PEERS = ("geopandas", "postgis")
TARGETS = {"match": (8.0, 3.0), "moved": (5.0, 1.5)}
TITLES = {"match": "edges that match", "moved": "a third of the supplies off by up to 5 cm"}
HEADS = [
    "approvals minus supplies",
    "against",
    "landwatch s (processor s)",
    "peer s (processor s)",
    "ratio",
    "at least",
    "ratio of processor s",
    "ratio on one core",
]
# PostGIS works at Y = 4,320 km, where the last digit of a number is a nanometre.
_SAME_M2 = 1e-3


class Took(NamedTuple):
    """What a side took in one round: seconds by the clock, and of the processors."""

    elapsed_s: float
    busy_s: float


def by_landwatch(made: Town, threads: int) -> Answer:
    """Return the answers of the overlay, without the pieces, grades and rings it adds."""
    subjects, shapes = made
    met, fitted = meet(subjects, shapes, alone(subjects, threads), threads)
    is_fitted = met.are(fitted.subject, fitted.shape)
    whole = claiming(met, shapes, origin_of(subjects))
    rest = leave(subjects, Claims(met.left, whole, met.geoms, is_fitted), threads, fitted)
    return answered(met.left, met.right, met.area_m2, subjects, rest.geoms)


def whole_overlay(made: Town, threads: int) -> float:
    """Return the seconds of the overlay with pieces, grades, noded rings and neighbours as well."""
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
    began = time.perf_counter()
    plane_overlay(approvals, supplies, withdrawals, approvals, places, settings, threads)
    return time.perf_counter() - began


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
        cluster.stop(home)
        shutil.rmtree(home, ignore_errors=True)


def time_side(store: Database, side: str, cores: int) -> Took:
    """Return what one side took to read, answer and write on some cores."""
    gc.collect()
    before_s = store.busy_s()
    began, busy = time.perf_counter(), time.process_time()
    if side == "geopandas":
        geopandas_alone(store)
    else:
        with store.session() as connection:
            if side == "postgis":
                store.ask(connection, cores - 1)
            else:
                answer = by_landwatch(store.read(connection), cores)
                store.write(connection, "pair", answer.pairs, PAIRS)
                store.write(connection, "balance", answer.balances, BALANCES)
    elapsed_s, busy_s = time.perf_counter() - began, time.process_time() - busy
    # The server counts a session when it has ended, a moment after we have left it.
    time.sleep(0.5)
    return Took(elapsed_s, busy_s + store.busy_s() - before_s)


def measure(
    store: Database, edges: str, approvals: int, rounds: int, cores: int
) -> tuple[list[list[str]], str]:
    """Return the rows of the table for one kind of edges, the sides taking turns, and a note."""
    made = town(approvals, is_moved=edges == "moved")
    store.fill(made)
    began = time.perf_counter()
    own = by_landwatch(made, cores)
    own_s = time.perf_counter() - began
    took: dict[tuple[str, int], list[Took]] = {}
    for number in range(rounds):
        for count in sorted({1, cores}):
            for side in ("landwatch", *PEERS):
                # One core is only told, so one round of it is enough; GeoPandas uses no other.
                if (count == 1 and number) and side != "geopandas":
                    continue
                if side == "geopandas" and count > 1:
                    continue
                took.setdefault((side, count), []).append(time_side(store, side, count))
    began = time.perf_counter()
    other = by_geopandas(made)
    memory_ratio = (time.perf_counter() - began) / own_s
    worst_m2 = max(compare(own, other, "geopandas"), compare(own, store.answer(), "postgis"))
    rows = []
    for peer, target in zip(PEERS, TARGETS[edges], strict=True):
        theirs = took[peer, 1 if peer == "geopandas" else cores]
        ratio = _ratio(theirs, took["landwatch", cores])
        rows.append(
            [
                f"{TITLES[edges]}, {len(made.approvals):,} x {len(made.supplies):,}",
                peer,
                _middle(took["landwatch", cores]),
                _middle(theirs),
                f"**{ratio.elapsed_s:.1f}**",
                f"{target:g}",
                f"{ratio.busy_s:.1f}",
                f"{_ratio(took[peer, 1], took['landwatch', 1]).elapsed_s:.1f}",
            ]
        )
    whole_s, share = whole_overlay(made, cores), geos_share(made)
    note = (
        f"{TITLES[edges]}: {len(own.pairs):,} pairs, {own.balances['unsupplied_m2'].sum():,.3f} "
        f"m2 left, areas alike to {worst_m2:.0e} m2. In memory {own_s:.1f} s, {memory_ratio:.1f} x "
        f"GeoPandas, {share:.0%} of it inside GEOS; with pieces, grades, noded rings and "
        f"neighbours {whole_s:.1f} s."
    )
    return rows, note


def _ratio(theirs: list[Took], ours: list[Took]) -> Took:
    """Return the median over the rounds of their time by ours."""
    pairs = list(zip(theirs, ours, strict=False))
    return Took(
        statistics.median(one.elapsed_s / other.elapsed_s for one, other in pairs),
        statistics.median(one.busy_s / other.busy_s for one, other in pairs),
    )


def _middle(took: list[Took]) -> str:
    elapsed_s = statistics.median(one.elapsed_s for one in took)
    return f"{elapsed_s:.1f} ({statistics.median(one.busy_s for one in took):.1f})"


def rows(home: Path, rounds: int) -> list[list[str]]:
    """Return the rows of the whole table; the store is its own and lies elsewhere than `home`."""
    del home
    return run(APPROVALS, rounds, os.cpu_count() or 1)[0]


def run(
    approvals: int, rounds: int, cores: int, edges: tuple[str, ...] = tuple(TITLES)
) -> tuple[list[list[str]], list[str]]:
    """Return the rows of the table and the notes below it, with versions and the machine's load."""
    table, notes = [], []
    with database() as store:
        for kind in edges:
            found, note = measure(store, kind, approvals, rounds, cores)
            table += found
            notes.append(note)
        with store.session() as connection:
            server = connection.execute(
                "SELECT format('PostgreSQL %s, PostGIS %s with GEOS %s', "
                "current_setting('server_version'), postgis_lib_version(), postgis_geos_version())"
            ).fetchone()
    notes.append(
        f"shapely {shapely.__version__} with GEOS {shapely.geos_version_string}, geopandas "
        f"{geopandas.__version__}, {server[0] if server else '?'}; {cores} of {os.cpu_count()} "
        f"cores, {rounds} rounds, load {os.getloadavg()[0]:.1f}. Pairs under {ROUNDOFF_M2:g} m2 "
        f"are roundoff."
    )
    return table, notes


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--approvals", type=int, default=APPROVALS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--cores", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--edges", choices=("match", "moved", "both"), default="both")
    options = parser.parse_args()
    edges = tuple(TITLES) if options.edges == "both" else (options.edges,)
    table, notes = run(options.approvals, options.rounds, options.cores, edges)
    lines = [HEADS, ["-", "-", *["-:"] * (len(HEADS) - 2)], *table]
    print("\n".join(f"| {' | '.join(line)} |" for line in lines), *notes, sep="\n\n")


if __name__ == "__main__":
    main()
