"""A timeline says on every day what a run as of that day says, with the same papers on the table."""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from gis import law
from gis.pipeline import run as line
from gis.store import database, runs
from tests.test_papers_reference import Draw, stored

LAW = law.load()
IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
DAYS = 200 if IS_LONG else 10
MIDDLE = date(2013, 5, 5)


def states_on(timeline: pd.DataFrame, on: date) -> dict[str, tuple[str, str]]:
    """Return outcome and track of each subject on a day, as its timeline says."""
    rows = timeline[timeline["from_on"] <= pd.Timestamp(on)].sort_values("from_on")
    last = rows.drop_duplicates("subject", keep="last").fillna("")
    return {row.subject: (row.outcome, row.track) for row in last.itertuples()}


def told_on(findings: pd.DataFrame, rule: str) -> dict[str, tuple[str, str]]:
    rows = findings[findings["rule"] == rule].fillna({"track": ""})
    return {row.subject: (row.outcome, row.track) for row in rows.itertuples()}


def test_a_timeline_says_on_every_day_what_a_run_of_that_day_says(
    store: database.Connection, tmp_path: Path
) -> None:
    chance = Draw("timeline")
    stored(store, tmp_path, chance, MIDDLE)
    run = line.run(store, MIDDLE, LAW, tell=len)
    timeline = runs.read(store, run.id, "timeline")
    told = timeline["from_on"].dt.date.tolist()
    # Half of the days are days on which something changes, or the days before these.
    drawn = [chance.choice(told) - timedelta(days=chance.randint(0, 1)) for _ in range(DAYS // 2)]
    drawn += [MIDDLE + timedelta(days=chance.randint(-3000, 3000)) for _ in range(DAYS // 2)]
    for on in sorted(max(day, date(2000, 1, 1)) for day in drawn):
        then = line.run(store, on, LAW, known_at=run.delivery, tell=len, purpose=runs.WHAT_IF)
        found = runs.read(store, then.id, "finding")
        expected = told_on(found, "idle_land")
        said = states_on(timeline, on)
        differs = {name: (said.get(name), expected.get(name)) for name in {*said, *expected}
                   if said.get(name) != expected.get(name)}  # fmt: skip
        assert not differs, (on, len(differs), len(expected), [*differs.items()][:3])
