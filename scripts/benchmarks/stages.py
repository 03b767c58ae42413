"""Where a full run spends its time: stage by stage, wall clock, processor, server, memory.

    scripts/bench run                                          46,000 supplies with shapes
    .venv/bin/python -m scripts.benchmarks.stages 12000        so many approvals

The run goes in this process, on a made-up land (`filled`) in a cluster of its own, into a store
without any run before, and is taken back after each round. Stages follow one another, so their
times add up to the whole; what no stage has is told as the rest.
"""

from __future__ import annotations

import importlib
import os
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple
from unittest.mock import patch

from gis import recorded_law
from gis.pipeline import run as line
from gis.store import database
from scripts.benchmarks import engine

APPROVALS = 3_000
HEADS = [
    "stage of a full run",
    "what it does",
    "wall s",
    "processor s",
    "server's processor s",
    "share of both",
    "peak MB so far",
]
METHOD = (
    "One process with two threads for what GEOS does; the server's seconds are its own process's. "
    "The store held no run before. On a busy machine the processor's seconds count, not the clock."
)
# Stage -> what it does, and the functions it is: the module that calls them, and the name there.
_STAGES = {
    "gather": ("records read and made columns", ["gis.pipeline.judge_part:gather_part"]),
    "idle": ("facts, clock, blocks", ["gis.pipeline.idle:judge"]),
    "approved land": ("overlay, balances, what is left", ["gis.pipeline.approved_land:judge"]),
    "leads": (
        "contradictions of shapes and papers",
        ["gis.pipeline.leads_ground:assemble", "gis.leads:find"],
    ),
    "papers": (
        "agreements, holdings, situations",
        ["gis.pipeline.agreements:judge", "gis.pipeline.holdings:of",
         "gis.pipeline.situations:situations"],
    ),
    "parks": (
        "pieces of parks, their built land",
        ["gis.pipeline.parks:parks", "gis.pipeline.built_land:built_land"],
    ),
    "timelines of supplies": ("each day on which they turn", ["gis.pipeline.timeline:of_subjects"]),
    "timelines of approvals": (
        "each day on which something there changes",
        ["gis.pipeline.land_timeline:of_approvals"],
    ),
    "places": ("region, park, block of every row", ["gis.pipeline.scope:told"]),
    "handing in": ("rows to the server", ["gis.store.runs:keep"]),
    "storing": ("compared with the run before, indexed", ["gis.store.runs:finish"]),
}  # fmt: skip


class Spent(NamedTuple):
    """Seconds of the clock, of this process, of the server's; and the most memory until then."""

    wall: float
    own: float
    server: float
    peak_mb: float


def rows(_home: Path, rounds: int, approvals: int = APPROVALS) -> list[list[str]]:
    """Return the rows of the table: every stage, the rest and the whole."""
    with engine.filled_store(approvals, 1) as land, land.connect() as store:
        found = [_round(store) for _ in range(rounds)]
        supplies = land.supplies
    middle = {
        name: Spent(*(median(each) for each in zip(*(one[name] for one in found), strict=True)))
        for name in found[0]
    }
    whole = middle.pop(_WHOLE)
    told = {name: (_STAGES[name][0], spent) for name, spent in middle.items()}
    sums = [sum(each) for each in zip(*middle.values(), strict=True)]
    wall, own, server, _ = (one - other for one, other in zip(whole, sums, strict=True))
    rest = Spent(wall, own, server, whole.peak_mb)
    told["the rest"] = ("rates of parks, counts", rest)
    told["**whole run**"] = (f"{supplies:,} supplies, {approvals:,} approvals", whole)
    of = whole.own + whole.server
    return [
        [
            *(name, what, f"{spent.wall:.1f}", f"{spent.own:.1f}", f"{spent.server:.1f}"),
            *(f"{(spent.own + spent.server) / of:.0%}", f"{spent.peak_mb:.0f}"),
        ]
        for name, (what, spent) in told.items()
    ]


_WHOLE = "whole"


def _round(store: database.Connection) -> dict[str, Spent]:
    """Make one full run and take it back; return what each stage took, and the whole."""
    watch = _Watch(store.info.backend_pid)
    with watch.stages(), store.transaction(force_rollback=True), watch.taking(_WHOLE):
        line.run(
            store, engine.AS_OF, recorded_law.at(store, None), tell=lambda _: None, is_full=True
        )
    print(f"whole run: {watch.spent[_WHOLE]}", file=sys.stderr)
    return watch.spent


class _Watch:
    """Adds up what stages take."""

    def __init__(self, server: int) -> None:
        self._server = Path(f"/proc/{server}/stat")
        self.spent: dict[str, Spent] = defaultdict(lambda: Spent(0.0, 0.0, 0.0, 0.0))

    @contextmanager
    def stages(self) -> Iterator[None]:
        """Watch the functions of every stage, within this."""
        patches = []
        for name, (_, functions) in _STAGES.items():
            for function in functions:
                module, _, own = function.partition(":")
                here = importlib.import_module(module)
                patches.append(patch.object(here, own, self._watched(name, getattr(here, own))))
        for each in patches:
            each.start()
        try:
            yield
        finally:
            for each in patches:
                each.stop()

    @contextmanager
    def taking(self, name: str) -> Iterator[None]:
        """Count what happens within this as a stage's."""
        before = self._now()
        yield
        wall, own, server = (now - then for now, then in zip(self._now(), before, strict=True))
        had = self.spent[name]
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        self.spent[name] = Spent(had.wall + wall, had.own + own, had.server + server, peak_mb)

    def _watched(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            with self.taking(name):
                return function(*args, **kwargs)

        return watched

    def _now(self) -> tuple[float, float, float]:
        fields = self._server.read_text(encoding="ascii").rsplit(")", 1)[1].split()
        ticks = int(fields[11]) + int(fields[12])
        return time.perf_counter(), time.process_time(), ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    from scripts.benchmarks.__main__ import circumstances, markdown

    table = markdown(HEADS, rows(Path(), 1, int(sys.argv[1])))
    print(f"{table}\n\n{circumstances(1, METHOD)}")
