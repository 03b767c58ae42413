"""A full run by one and two processes, and by one and two workers of Dask.

scripts/bench processes                                           182,878 supplies
.venv/bin/python -m scripts.benchmarks.processes 1000             so many approvals
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from distributed import LocalCluster

from scripts.benchmarks import engine
from scripts.benchmarks.engine import Land, Took

# Enough for several parts, of which a part each may be worked on at the same time.
APPROVALS = 12_000
HEADS = [
    "a run in full", "by", "wall s", "against one process",
    "peak MB of the driver", "peak MB of a worker",
]  # fmt: skip
METHOD = (
    "Each run is the command in processes of its own, on a store without any run before; all "
    "leave the same rows. A worker of Dask has one thread."
)


def rows(home: Path, rounds: int, approvals: int = APPROVALS) -> list[list[str]]:
    """Return the rows of the table; the store is its own and lies elsewhere than `home`."""
    del home
    with engine.filled_store(approvals, 1) as land:
        took: dict[str, list[Took]] = {}
        digests = []
        for count in (1, 2):
            took[engine.processes(count)] = [
                engine.forgotten(land, "--workers", f"{count}") for _ in range(rounds)
            ]
            digests.append(engine.digest(land))
        for count in (1, 2):
            with _dask(land, count) as (address, pids):
                took[f"Dask, {count} worker{'s' * (count > 1)}"] = [
                    engine.forgotten(land, "--dask", address, workers=pids) for _ in range(rounds)
                ]
            digests.append(engine.digest(land))
        for each in digests[1:]:
            engine.same(digests[0], each)
        what = f"{land.supplies:,} supplies"
    alone = engine.seconds(took[engine.processes(1)])
    return [
        [
            *(what, by, f"{engine.seconds(found):.1f}"),
            *(f"{alone / engine.seconds(found):.1f} x", *engine.peaks_mb(found)),
        ]
        for by, found in took.items()
    ]


@contextmanager
def _dask(land: Land, count: int) -> Iterator[tuple[str, list[int]]]:
    """Give the address of a scheduler with so many workers, and the processes of these."""
    os.environ["LANDWATCH_HOME"] = str(land.home)
    os.environ.pop("LANDWATCH_DATABASE_URL", None)
    with LocalCluster(n_workers=count, threads_per_worker=1, dashboard_address=None) as local:
        pids = [worker.pid for worker in local.workers.values()]
        yield local.scheduler_address, pids


if __name__ == "__main__":
    from scripts.benchmarks.__main__ import circumstances, markdown

    table = markdown(HEADS, rows(Path(), 1, int(sys.argv[1])))
    print(f"{table}\n\n{circumstances(1, METHOD)}")
