"""The quarterly report of a run in its four classes, and what changed since the quarter before.

The quarter before is told by what its own run knew, where there is a routine run of it; else by
what is known now, which says so: a state without a day may be younger than the quarter.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pandas as pd

from gis.assessment.control import Judged, judged
from gis.control import quarter
from gis.errors import UsageError
from gis.law import Law
from gis.result_tables import LANDS
from gis.store import records, runs
from gis.store.database import Connection
from gis.store.runs import Run

_PLACE = ["subject", "name", "region_code", "park_code", "block_code", *LANDS]


@dataclass(frozen=True)
class Report:
    """The report of a quarter.

    rows: table `quarterly` with LANDS, those that left too (change `left`); before_run: the run
    that tells of the quarter before, None where today's records do; as_of: the day it is told of.
    """

    quarter: str
    before: str
    as_of: date
    is_over: bool
    before_run: Run | None
    rows: pd.DataFrame
    found: Judged


def report(
    connection: Connection, run: Run, law: Law, asked: str, *, is_alone: bool = False
) -> Report:
    """Return the report of a quarter as a run knows it; UsageError where the run is before it.

    `is_alone`: the quarter before is told by this run too, whatever others there are.
    """
    first, last = quarter.span(asked)
    if run.as_of < first:
        raise UsageError(
            f"运行 {run.id} 判定到 {run.as_of}，早于 {asked}。 The run judged {run.as_of}, "
            f"before {asked} began.",
            f"换一个季度或较新的运行 another quarter, or a newer run: {quarter.of(run.as_of)}",
        )
    day = min(last, run.as_of)
    former = quarter.before(asked)
    former_first, former_last = quarter.span(former)
    before_run = None if is_alone else _run_of(connection, run, former_first, former_last)
    knowing = run if before_run is None else before_run
    found = judged(connection, run, law, day)
    was = judged(connection, knowing, law, former_last)
    now = _classes(connection, run, found)
    told, left = quarter.deltas(now, _classes(connection, knowing, was))
    places = pd.concat([found.known.subjects, was.known.subjects], ignore_index=True)
    places = places[_PLACE].drop_duplicates("subject")
    rows = pd.concat([told, left.assign(change="left")], ignore_index=True)
    return Report(
        asked.upper(), former, day, last <= run.as_of, before_run,
        rows.merge(places, on="subject", how="left"), found,
    )  # fmt: skip


def counts(rows: pd.DataFrame) -> pd.DataFrame:
    """Return of each class how many there are, were, came and left (`quarter.counts`).

    `rows` as `report` gives them, all or those somebody may see.
    """
    is_left = rows["change"] == "left"
    now, left = rows[~is_left], rows[is_left]
    # Who was there before: those that stayed, and those that left.
    was = pd.concat([now[now["change"] == "stays"], left], ignore_index=True)
    return quarter.counts(now, left, was)


def _classes(connection: Connection, run: Run, found: Judged) -> pd.DataFrame:
    formalities = records.read(connection, "formalities", run.delivery, found.as_of)
    return quarter.classes(found.known.subjects, found.verdicts, formalities, found.as_of)


def _run_of(connection: Connection, run: Run, first: date, last: date) -> Run | None:
    """Return the newest routine run of the same land that judged a day of a quarter."""
    fitting = [
        one
        for one in runs.all_runs(connection)
        if one.purpose == runs.ROUTINE and one.region == run.region and first <= one.as_of <= last
        and one.id != run.id
    ]  # fmt: skip
    return max(fitting, key=lambda one: (one.as_of, one.delivery, one.id), default=None)
