"""How long the figures of parks take: of a million parcels and the buildings on them.

The parcels are squares edge on edge in 2,000 blocks, two of three built on, every one of its own
use. What stands where is told by shapes once, a time of its own; the figures are made of that and
end in the rows that are stored.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import shapely

from gis import law
from gis.indicators import buildings
from gis.parks import uses
from gis.pipeline import built_figures
from scripts.benchmarks import measure

AS_OF = date(2026, 6, 30)
PARCELS, BLOCKS = 1_000_000, 2_000
TARGET_S = 10.0
HEADS = ["judged", "rows given", "with a value", "elapsed s", "processor s", "at most s"]
METHOD = "The shapes are one round on two threads. The processor's seconds are the program's own."
_SIDE_M, _WIDE, _THREADS = 40.0, 25, 2
Found = TypeVar("Found")
_USES = ("A2", "A2", "A2", "A1", "A4")


def town(count: int, blocks: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return built land (parcels), supplies with their use, and one building on each parcel."""
    draw = np.random.default_rng(20260630)
    each = count // blocks
    block = np.repeat(np.arange(blocks), each)
    place = np.tile(np.arange(each), blocks)
    # Blocks of 500 parcels, 25 in a row, lie a kilometre apart.
    west = 500_000 + 1_100 * (block % 45) + _SIDE_M * (place % _WIDE)
    south = 4_300_000 + 1_100 * (block // 45) + _SIDE_M * (place // _WIDE)
    land = pd.DataFrame(
        {
            "park_code": pd.Series(block // 20).map("K{:03}".format),
            "block_code": pd.Series(block).map("K{:04}".format),
            "account_build": np.where(np.arange(len(block)) % 3, "A", "B21"),
            "geom": shapely.box(west, south, west + _SIDE_M, south + _SIDE_M),
        }
    )
    use = np.array(_USES, dtype=object)[draw.integers(0, len(_USES), len(block))]
    inset = draw.uniform(2.0, 14.0, len(block))
    standing = pd.DataFrame(
        {
            "kind": np.where(draw.random(len(block)) < 0.05, "yard", "building"),
            "storeys_count": draw.integers(1, 7, len(block)).astype(float),
            "height_m": draw.uniform(3.0, 24.0, len(block)),
            "floor_area_m2": np.where(draw.random(len(block)) < 0.5, 900.0, np.nan),
            "geom": shapely.box(
                west + inset, south + inset, west + _SIDE_M - inset, south + _SIDE_M - inset
            ),
        }
    )
    return land, land[["geom"]].assign(use=use), standing


def standing_on(
    land: pd.DataFrame, supplies: pd.DataFrame, standing: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the built land by use, and which building stands on it (`gis.parks.uses.Built`)."""
    by_use = uses.plane_uses(land, supplies.iloc[:0], supplies, _THREADS)
    return by_use, uses.plane_met(by_use, standing, _THREADS)


def of_land(
    land: pd.DataFrame, by_use: pd.DataFrame, met: pd.DataFrame, standing: pd.DataFrame
) -> pd.DataFrame:
    """Return the rows of table indicator of all blocks and parks."""
    settings = built_figures.settings_on(law.load(), AS_OF, None)
    sums = buildings.of_lands(by_use, met, standing, settings.double_height_m)
    places = {
        kind: pd.Index(sorted(land[f"{kind}_code"].unique()), dtype=object)
        for kind in ("block", "park")
    }
    return pd.concat(built_figures.of_land(sums, places, settings), ignore_index=True)


def rows(_home: Path, rounds: int) -> list[list[str]]:
    """Return the rows of the table: what stands where, and the figures made of it."""
    land, supplies, standing = town(PARCELS, BLOCKS)
    (by_use, met), *shapes = _timed(lambda: standing_on(land, supplies, standing), 1)
    first = _timed(lambda: of_land(land, by_use, met, standing), rounds)
    return [
        [
            f"shapes: the use of {len(by_use):,} built parcels, and {len(met):,} buildings on them",
            *("", ""),
            *(f"{seconds:.2f}" for seconds in shapes),
            "",
        ],
        _told(f"{PARCELS:,} parcels and buildings in {BLOCKS:,} blocks", *first, TARGET_S),
    ]


def _timed(work: Callable[[], Found], rounds: int) -> tuple[Found, float, float]:
    """Return what the work gives, and the medians of elapsed and of processor time."""
    elapsed: list[float] = []
    busy: list[float] = []
    while True:
        gc.collect()
        began, began_busy = time.perf_counter(), time.process_time()
        found = work()
        elapsed.append(time.perf_counter() - began)
        busy.append(time.process_time() - began_busy)
        took = f"{elapsed[-1]:.2f} s, {busy[-1]:.2f} s of them busy"
        print(f"{took}, load {measure.load_average()}", file=sys.stderr)
        if len(elapsed) >= rounds:
            return found, statistics.median(elapsed), statistics.median(busy)


def _told(what: str, found: pd.DataFrame, elapsed: float, busy: float, target: float) -> list[str]:
    known = int((found["value"].abs() > 0).sum())
    if not known:
        raise ValueError(f"{what}: every figure is zero or unknown, which measures nothing")
    return [
        *(what, f"{len(found):,}", f"{known:,}"),
        *(f"{elapsed:.2f}", f"{busy:.2f}", f"{target:.0f}"),
    ]
