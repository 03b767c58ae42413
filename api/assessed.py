"""What is told of a run when somebody asks, made once and kept: runs and the law do not change."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

import pandas as pd

from gis import recorded_law
from gis.arrays import text_as_objects
from gis.assessment import control, quarterly
from gis.assessment.control import Judged
from gis.law import Law
from gis.result_tables import LANDS
from gis.store.database import Connection
from gis.store.list_columns import overlaps
from gis.store.results import Scope
from gis.store.runs import Run

_KEPT = 12
Made = TypeVar("Made")


class Assessed:
    """Projects of a run against their control values, and what follows; of all its land."""

    def __init__(self) -> None:
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._making = Lock()

    def judged(self, connection: Connection, run: Run) -> Judged:
        """Return `assessment.control.judged`."""
        return self._get(
            connection, "judged", run, lambda rules: control.judged(connection, run, rules)
        )

    def controls(self, connection: Connection, run: Run) -> pd.DataFrame:
        """Return table `control` with LANDS."""
        found = self.judged(connection, run)
        return self._get(connection, "controls", run, lambda rules: control.controls(found, rules))

    def low(self, connection: Connection, run: Run) -> pd.DataFrame:
        """Return table `low_efficiency` with LANDS."""
        found = self.judged(connection, run)
        return self._get(
            connection, "low", run, lambda rules: control.low(connection, run, rules, found)
        )

    def quiet_blocks(self, connection: Connection, run: Run) -> pd.DataFrame:
        """Return table `quiet_block` with LANDS."""
        found = self.judged(connection, run)
        return self._get(
            connection,
            "blocks",
            run,
            lambda rules: control.quiet_blocks(connection, run, rules, found),
        )

    def quarter(self, connection: Connection, run: Run, quarter: str) -> quarterly.Report:
        """Return the report of a quarter; UsageError where the run is before it."""
        return self._get(
            connection,
            ("quarter", quarter.upper()),
            run,
            lambda rules: quarterly.report(connection, run, rules, quarter),
        )

    def _get(
        self, connection: Connection, what: Hashable, run: Run, make: Callable[[Law], Made]
    ) -> Made:
        rules = recorded_law.of(connection, run)
        key = (what, run.id, run.finished_at, rules.digest)
        with self._making:
            if key in self._kept:
                self._kept.move_to_end(key)
                found: Made = self._kept[key]
                return found
            with text_as_objects():
                found = self._kept[key] = make(rules)
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
            return found


def within(rows: pd.DataFrame, scope: Scope | None) -> pd.DataFrame:
    """Return the rows with LANDS that lie in a scope; a row without any lies in none."""
    if scope is None or rows.empty:
        return rows
    lands = zip(*(rows[name] for name in LANDS), strict=True)
    return rows[[overlaps(_codes(one), scope) for one in lands]]


def _codes(land: Any) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    regions, parks, blocks = (
        frozenset(one) if isinstance(one, list | tuple) else frozenset() for one in land
    )
    return regions, parks, blocks
