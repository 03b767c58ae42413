"""How the cost of a load, a run, a change, tiles and maps grows while the land doubles four times.

scripts/bench growth                                        7,635 to 122,160 supplies
.venv/bin/python -m scripts.benchmarks.growth 250 500       so many approvals each
"""

from __future__ import annotations

import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from gis import recorded_law
from gis.intake.load import LoadRequest, load
from gis.pipeline import run as line
from gis.store import runs
from gis.store.cluster import server
from gis.store.database import Connection
from gis.tiles import prebuilt
from scripts.benchmarks import engine, filled, land, measure

SIZES = (500, 1_000, 2_000, 4_000, 8_000)  # approvals
MOST = 1.1
STEPS = {
    "load": "parcels with shapes loaded, all checks",
    "run": "a full run",
    "change": "1 % of the supplies changed, a run of the next day",
    "tiles": "tiles made ready",
    "map": "maps of 100 blocks",
}
_A_SUPPLY_AND_MORE = 15  # parcels of the file to load, for each approval
HEADS = [
    "what grows with the land", "unit",
    *(f"{size:,} approvals" for size in SIZES), "exponent", "at most",
]  # fmt: skip
METHOD = (
    "Seconds of the processor, of the program and of its server together. The exponent is the "
    "slope of their logarithms over that of the land, over the largest three."
)


def rows(home: Path, rounds: int) -> list[list[str]]:
    """Return the rows of the table: each step's seconds at each size, and how they grow."""
    del home
    took = measured(SIZES, rounds)
    return [
        [
            STEPS[step],
            "s",
            *(f"{seconds:.1f}" for seconds in took[step]),
            f"{slope(SIZES[-3:], took[step][-3:]):.2f}",
            f"{MOST}",
        ]
        for step in STEPS
    ]


def measured(sizes: Sequence[int], rounds: int = 1) -> dict[str, list[float]]:
    """Return the processor's seconds of each step at each size, the medians of so many rounds."""
    took: dict[str, list[float]] = {step: [] for step in STEPS}
    for size in sizes:
        told = [_of_size(size) for _ in range(rounds)]
        for step in STEPS:
            took[step].append(median(one[step] for one in told))
        print(f"{size:,}:", *(f"{step} {took[step][-1]:.2f}" for step in STEPS), file=sys.stderr)
    return took


def slope(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the exponent by which seconds grow with sizes: 1 as the sizes do, 2 as their squares.

    >>> slope([1, 2, 4], [3.0, 6.0, 12.0]), slope([1, 2, 4], [3.0, 12.0, 48.0])
    (1.0, 2.0)
    """
    return round(float(np.polyfit(np.log2(sizes), np.log2(seconds), 1)[0]), 6)


def added(sizes: Sequence[float], seconds: Sequence[float]) -> float:
    """Return the exponent of three sizes in steps of one factor without what every size costs.

    >>> added([1, 4, 16], [10 + 1, 10 + 4, 10 + 16]), added([1, 4, 16], [10 + 1, 10 + 16, 10 + 256])
    (1.0, 2.0)
    """
    small, middle, large = seconds
    return math.log((large - middle) / (middle - small)) / math.log(sizes[1] / sizes[0])


def _of_size(approvals: int) -> Mapping[str, float]:
    with engine.filled_store(approvals, 1) as own, tempfile.TemporaryDirectory() as folder:
        path = land.write(Path(folder), approvals * _A_SUPPLY_AND_MORE)["EPSG:4490"]
        return {step: _busy(own, work) for step, work in _steps(own, path).items()}


def _steps(own: engine.Land, path: Path) -> dict[str, Callable[[Connection], Any]]:
    from maps import atlas, stored  # folium loads for maps alone

    def judge(store: Connection, on: Any) -> None:
        line.run(store, on, recorded_law.at(store), tell=lambda _: None)

    def change(store: Connection) -> None:
        filled.change(store, engine.CHANGED_SHARE, "supplies")
        judge(store, engine.TOMORROW)

    return {
        "run": lambda store: judge(store, engine.AS_OF),
        "tiles": lambda store: prebuilt.build(store, runs.default(store)),
        "map": lambda store: atlas.write(
            stored.read(store, runs.default(store)), Path(tempfile.mkdtemp(dir=path.parent))
        ),
        "change": change,
        # At last, for what is loaded is no part of the land that is judged.
        "load": lambda store: load(store, LoadRequest("parcels", path), own.home),
    }


def _busy(own: engine.Land, work: Callable[[Connection], Any]) -> float:
    """Return the processor's seconds of a work, those of the server's process for it among them."""
    pid = server.status(own.home).pid
    assert pid is not None
    before, began = measure.children_seconds(pid), time.process_time()
    with own.connect() as store:
        work(store)
    mine = time.process_time() - began
    time.sleep(0.5)  # the server takes leave of its process
    return mine + measure.children_seconds(pid) - before


if __name__ == "__main__":
    os.environ.pop("LANDWATCH_DATABASE_URL", None)
    chosen = [*map(int, sys.argv[1:])] or [*SIZES]
    for told, seconds in measured(chosen).items():
        print(told, seconds, slope(chosen, seconds))
