"""What a run tells against an earlier one, made when somebody asks and kept: runs never change.

Both are judged anew for it, so it is made of runs of no more than so many findings, one at a time;
of larger ones the night tells, which has made it already.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

import pandas as pd

from api.work import Work
from gis.store.database import Connection
from gis.store.runs import Run

MOST_FINDINGS = 20_000
_KEPT = 8
Made = TypeVar("Made")


class Told:
    """Lines of a run, and the differences of two, by the functions of the command."""

    def __init__(self, work: Work | None) -> None:
        self._work = work
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._making = Lock()

    def may_tell(self, *runs: Run) -> bool:
        """Return whether runs are small enough to be judged anew while somebody waits."""
        return self._work is not None and all(_count(run) <= MOST_FINDINGS for run in runs)

    def lines(self, connection: Connection, run: Run, before: Run | None) -> pd.DataFrame:
        """Return what a night would tell of a run: `gis.outputs.digest.COLUMNS`."""
        work = self._of()
        key = ("lines", run.id, run.finished_at, None if before is None else before.id)
        return self._get(key, lambda: work.tell(connection, run, before))

    def difference(
        self, connection: Connection, before: Run, after: Run
    ) -> tuple[pd.DataFrame, str]:
        """Return how two runs differ, with the lands of each row, and what could not be told."""
        work = self._of()
        key = ("difference", before.id, after.id, after.finished_at)
        return self._get(key, lambda: work.differ(connection, before.id, after.id))

    def _of(self) -> Work:
        assert self._work is not None, "ask may_tell first"
        return self._work

    def _get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        with self._making:
            if key not in self._kept:
                self._kept[key] = make()
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            found: Made = self._kept[key]
            return found


def _count(run: Run) -> int:
    counts = run.counts
    idle = counts.get("idle") or {}
    supplied = sum(one["count"] for tracks in idle.values() for one in tracks.values())
    return int(supplied + sum(one["count"] for one in (counts.get("unsupplied") or {}).values()))
