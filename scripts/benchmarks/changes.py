"""A run over a large land: in full, and after a change built on the run before.

    scripts/bench changes                                     50,000 approvals, 763,527 supplies
    .venv/bin/python -m scripts.benchmarks.changes --change patrol --approvals 1000 --rounds 1

The next day's run after a change is made twice: as the command does by itself, and in full beside
the run before. Both leave the same rows.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from scripts.benchmarks import filled
from scripts.benchmarks.engine import (
    CHANGED_SHARE,
    TOMORROW,
    Land,
    Took,
    copy,
    digest,
    filled_store,
    forgotten,
    peaks_mb,
    processes,
    run,
    same,
    seconds,
)
from scripts.benchmarks.towns import APPROVALS

HEADS = ["a run", "by", "wall s", "at most s", "peak MB of the driver", "peak MB of a worker"]
METHOD = (
    "Each run is the command in processes of its own: reading, judging and writing are in the "
    "time. After a change it is made in full, too, and leaves the same rows."
)
CHOSEN = ("together", "supplies")
_FIRST_S = 75
_BUILT_S = {"together": 12, "supplies": 20}
# Of a change: by how many processes it is made in full, and the bar.
_IN_FULL = {"together": (1, 120)}
_OTHERS_IN_FULL = (2, None)


def rows(
    home: Path, rounds: int, approvals: int = APPROVALS, changes: Sequence[str] = CHOSEN
) -> list[list[str]]:
    """Return the rows of the table; the store is its own and lies elsewhere than `home`."""
    del home
    with filled_store(approvals, 1) as land:
        first = [forgotten(land, "--workers", "2") for _ in range(rounds)]
        before = copy(land, "landwatch", "landwatch_before")
        in_full, built = [], []
        for change in changes:
            changed, full, own = _next_day(land, before, change, rounds)
            workers, most = _IN_FULL.get(change, _OTHERS_IN_FULL)
            what = f"{land.supplies:,} supplies, in full, beside the run before"
            in_full.append(_row(what, processes(workers), full, most))
            what = f"{filled.CHANGES[change]} ({changed:,}), built on the run before"
            by = f"{processes(own[-1].processes)}, its own choice"
            built.append(_row(what, by, own, _BUILT_S.get(change)))
        what = f"{land.supplies:,} supplies, in full, no run before"
        return [_row(what, processes(2), first, _FIRST_S), *in_full, *built]


def _next_day(
    land: Land, before: str, change: str, rounds: int
) -> tuple[int, list[Took], list[Took]]:
    """Time the run of the day after a change, in full and as the command does; how much changed.

    The store before is laid back and changed for every run: a copy of the changed one would ask
    for as much of the disk again.
    """
    workers, _ = _IN_FULL.get(change, _OTHERS_IN_FULL)
    full: list[Took] = []
    built: list[Took] = []
    changed = 0
    for _ in range(rounds):
        digests = []
        for took, options in ((built, ()), (full, ("--full", "--workers", f"{workers}"))):
            copy(land, before, "landwatch")
            with land.connect() as store:
                changed = filled.change(store, CHANGED_SHARE, change)
            took.append(run(land, *options, on=TOMORROW))
            digests.append(digest(land))
        same(*digests)
    return changed, full, built


def _row(what: str, by: str, took: list[Took], most: int | None) -> list[str]:
    return [what, by, f"{seconds(took):.1f}", f"{most}" if most else "", *peaks_mb(took)]


def main() -> None:
    """Print the table of a land and of changes as asked for."""
    from scripts.benchmarks.__main__ import circumstances, markdown

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--approvals", type=int, default=APPROVALS)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--change", nargs="+", choices=filled.CHANGES, default=CHOSEN)
    asked = parser.parse_args()
    table = markdown(HEADS, rows(Path(), asked.rounds, asked.approvals, asked.change))
    print(f"{table}\n\n{circumstances(asked.rounds, METHOD)}")


if __name__ == "__main__":
    main()
