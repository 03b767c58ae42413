"""Firms of a run, joined once for each land and year and kept, for a server asked for many."""

from __future__ import annotations

from dataclasses import dataclass, fields

import pandas as pd

from gis.assessment.firms import Firms, firms
from gis.law import Law
from gis.store.database import Connection
from gis.store.memory import Memory
from gis.store.results import Scope
from gis.store.runs import Run

# Enough for two years of 20,000 firms, or for many parks.
ROOM_BYTES = 32 * 2**20


@dataclass(frozen=True)
class _Kept:
    told: Firms

    @property
    def nbytes(self) -> int:
        """Return about how much the tables take."""
        tables = (getattr(self.told, one.name) for one in fields(self.told))
        return sum(
            int(one.memory_usage(deep=True).sum())
            for one in tables
            if isinstance(one, pd.DataFrame)
        )


class FirmsKept:
    """Gives what `firms` returns; of what a run knew nothing changes any more."""

    def __init__(self, room_bytes: int = ROOM_BYTES) -> None:
        self._memory = Memory(room_bytes)

    def of(
        self, connection: Connection, run: Run, law: Law, scope: Scope | None, year: int | None
    ) -> Firms:
        """Return the firms of a run in a year (None: the last on record), within a scope."""

        def joined() -> _Kept:
            return _Kept(firms(connection, run, law, scope, year))

        own = None if scope is None else (*map(frozenset, (scope.regions, scope.parks,
                                                           scope.blocks)),)  # fmt: skip
        key = (run.id, run.finished_at, run.input_digest, run.code_digest, law.digest, own, year)
        kept = self._memory.get(key, joined)
        return (kept or joined()).told
