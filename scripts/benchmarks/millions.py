"""A full run over five million supplies, once: what it takes of time and of memory.

scripts/bench millions                                            4,998,196 supplies
.venv/bin/python -m scripts.benchmarks.millions 100               so many approvals a tile
"""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.benchmarks import engine

ROUNDS = 1
TILES, APPROVALS = 7, 46_800
HEADS = [
    "a run in full", "by", "wall s", "at most s",
    "peak MB of the driver", "peak MB of a worker", "at most MB",
]  # fmt: skip
METHOD = (
    "The command in processes of its own, on a store without any run before: reading, judging and "
    "writing are in the time."
)
_MOST_S, _MOST_MB, _PROCESSES = 900, 3_000, 2


def rows(home: Path, rounds: int, approvals: int = APPROVALS) -> list[list[str]]:
    """Return the row of the table, measured once; its store lies elsewhere than `home`."""
    del home, rounds
    with engine.filled_store(approvals, TILES) as land:
        took = [engine.run(land, "--workers", f"{_PROCESSES}")]
    what, by = f"{land.supplies:,} supplies", engine.processes(_PROCESSES)
    cells = [f"{engine.seconds(took):.1f}", f"{_MOST_S}", *engine.peaks_mb(took), f"{_MOST_MB:,}"]
    return [[what, by, *cells]]


if __name__ == "__main__":
    from scripts.benchmarks.__main__ import circumstances, markdown

    table = markdown(HEADS, rows(Path(), 1, int(sys.argv[1])))
    print(f"{table}\n\n{circumstances(1, METHOD)}")
