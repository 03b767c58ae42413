"""Tasks of a year against what was done: the records a run knew, and what the run itself shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gis import contracts
from gis.assessment import follows, task_records
from gis.assessment.follows import Rules
from gis.assessment.task_records import TaskRecords
from gis.law import Law
from gis.result_tables import TABLES
from gis.store.database import Connection
from gis.store.records import region_start
from gis.store.results import Scope
from gis.store.runs import Run
from gis.targets import against, counting, recorded, sheets


@dataclass(frozen=True)
class Targets:
    """What became of the tasks of a year.

    `rows`: the columns of table target; `quota`: what follows, one mapping a region; `told`: what
    was counted once or not at all; `sheets`: figures that name no item, with the rate recomputed.
    `later_count`: records of tasks, base and results that came after the run and are not in it.
    """

    year: int
    decides: str
    rows: pd.DataFrame
    quota: list[dict[str, Any]]
    told: pd.DataFrame
    sheets: pd.DataFrame
    later_count: int

    @property
    def note(self) -> str | None:
        """Return in words that records came after the run; None where none did."""
        if not self.later_count:
            return None
        return (
            f"运行之后又收到 {self.later_count} 条任务、底数或完成情况，重新运行后计入。"
            f" {self.later_count} records of tasks came after the run: run again to count them."
        )


def targets(
    connection: Connection,
    run: Run,
    law: Law,
    year: int,
    scope: Scope | None = None,
    *,
    with_quota: bool = True,
) -> Targets:
    """Return the tasks of a year, as known to a run and by its day, within a scope (None: all).

    Tasks of several years that hold the year among them are there too. A task of a region is for
    who may see the region, one of a park for who may see the park or its region.
    `with_quota`: whether it is asked what follows, which looks at all approvals.
    """
    known = task_records.of_year(connection, run, year)
    rules = Rules.on(law, min(run.as_of, date(year, 12, 31)), run.as_of)
    spans = known.tasks[["year", "until_year"]].drop_duplicates()
    parts = [
        _of_span(connection, run, known, (int(first), int(first if last != last else last)), rules)
        for first, last in spans.itertuples(index=False)
    ]
    empty = against.tasks(known.tasks.iloc[:0], _nothing_counted(known), _NOTHING, rules.asked)
    rows = pd.concat([rows for rows, _ in parts] or [empty], ignore_index=True)
    told = pd.concat([told for _, told in parts] or [_nothing_counted(known).told])
    rows = rows.assign(name=_names(rows, known)).sort_values(
        ["place_kind", "place_code", "until_year", "way"],
        ascending=[False, True, True, False], na_position="first", ignore_index=True,
    )[TABLES["target"].names]  # fmt: skip
    told = told.drop_duplicates().sort_values(["code", "way", "item_no"], ignore_index=True)
    compared = sheets.recomputed(known.sheets, known.tasks)
    may_see = _Seen(scope, known.parks)
    rows, told, compared = may_see(rows), may_see(told), may_see(compared)
    of_quota = [*follows.of_regions(connection, run, rows, rules)] if with_quota else []
    return Targets(year, rules.asked.decides, rows, of_quota, told, compared, known.later_count)


_NOTHING = pd.DataFrame({"key": [], "recorded_m2": [], "missing": []})


def _nothing_counted(known: TaskRecords) -> counting.Counted:
    return counting.counted(known.base.iloc[:0], known.done.iloc[:0])


def _of_span(
    connection: Connection, run: Run, known: TaskRecords, span: tuple[int, int], rules: Rules
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of the tasks of one year or of several together, and what is to be told."""
    first, last = span
    tasks = known.tasks
    own = tasks[(tasks["year"] == first) & (tasks["until_year"].fillna(tasks["year"]) == last)]
    base, done = (rows[rows["year"].between(first, last)] for rows in (known.base, known.done))
    counted = counting.counted(base, done)
    findings, left = task_records.shown_by(connection, run, counted.items)
    shown = recorded.of_base(counted.items, findings, left)
    told = counted.items.merge(shown.astype({"key": object}), on="key").dropna(subset=["missing"])
    told = told.assign(code=told["missing"]).reindex(columns=counted.told.columns)
    rows = against.tasks(own, counted, shown, rules.asked)
    return rows, pd.concat([counted.told, told], ignore_index=True)


def _names(rows: pd.DataFrame, known: TaskRecords) -> pd.Series:
    places = {"park": known.parks, "region": known.regions}
    names = {
        (kind, code): name
        for kind, frame in places.items()
        for code, name in zip(frame[f"{kind}_code"], frame["name"], strict=True)
    }
    pairs = zip(rows["place_kind"], rows["place_code"], strict=True)
    return pd.Series([names.get(pair) for pair in pairs], rows.index, dtype=object)


def content(found: Targets) -> dict[str, Any]:
    """Return what is published of the tasks of a year, as `[json.targets]` says."""
    told = found.told.assign(
        label=[contracts.label("task_told", one) for one in found.told["code"]]
    )
    return {
        "year": found.year,
        "decides": found.decides,
        "note": found.note,
        "count": len(found.rows),
        "rows": _plain(found.rows[TABLES["target"].names]),
        "quota": found.quota,
        "told": _plain(told[[*_TOLD]]),
        "sheets": _plain(found.sheets[[*_SHEETS]]),
    }


_TOLD = (
    *("code", "label", "region_code", "park_code", "way", "item_no", "supply_no", "approval_no"),
    *("stage", "area_m2"),
)
_SHEETS = (
    *("document", "year", "region_code", "park_code", "way", "stage", "target_m2", "area_m2"),
    *("printed_percent", "percent", "percent_low", "percent_high", "is_possible"),
)
_WHOLE = frozenset({"year", "until_year", "base_count"})


def _plain(rows: pd.DataFrame) -> list[dict[Any, Any]]:
    """Return rows as plain objects: unknown as None, years and counts as whole numbers."""
    objects = rows.astype(object)
    objects = objects.where(objects.notna(), None)
    return [
        {name: int(v) if name in _WHOLE and v is not None else v for name, v in row.items()}
        for row in objects.to_dict("records")
    ]


class _Seen:
    """Rows of a region or park that somebody may see."""

    def __init__(self, scope: Scope | None, parks: pd.DataFrame) -> None:
        self._scope = scope
        self._region_of = dict(zip(parks["park_code"], parks["region_code"], strict=True))

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        if self._scope is None:
            return rows
        parks = rows["park_code"].where(rows["park_code"].notna(), None)
        pairs = zip(rows["region_code"], parks, strict=True)
        is_seen = np.array([self._sees(region, park) for region, park in pairs], bool)
        return rows[is_seen].reset_index(drop=True)

    def _sees(self, region: Any, park: Any) -> bool:
        assert self._scope is not None
        if park is not None and park in self._scope.parks:
            return True
        if park is not None:
            region = self._region_of.get(park, region)
        starts = map(region_start, self._scope.regions)
        return isinstance(region, str) and any(region.startswith(start) for start in starts)
