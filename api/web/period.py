"""What is new in a run and what comes, line by line: as the night told it, or told when asked.

Where neither has it - a large run without a night - what comes is read off the findings' next days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pandas as pd

from api import store
from api.shown import Shown
from api.told import Told
from api.v1.asked import Findings
from api.web import language
from gis.accounts import uploads
from gis.outputs.digest.lines import sections_ahead
from gis.outputs.digest.settings import SETTINGS
from gis.outputs.digest.wording import matter, rest, sentence
from gis.result_tables import LANDS
from gis.store import nights, results, runs
from gis.store.database import Connection
from gis.store.list_columns import overlaps
from gis.store.nights import Night
from gis.store.results import Asked, Scope
from gis.store.runs import Run

NEW = ("appeared", "track", "left")
HORIZONS: Sequence[int] = tuple(SETTINGS.horizons_days)
_DUE = tuple(code for code, _, _ in sections_ahead())
_MOST_NEXT = 1_000


@dataclass(frozen=True)
class Period:
    """The lines of a run: `new` (section, subject, ...) and `due`, the earliest first.

    Of what is due `on` is the last day on which it can be met; `from_on`, where the law itself
    brings something then, the day after it, else None.

    `before`: the run it is compared with, None for the first. `is_told`: whether the lines are
    there; else `due` is read off the findings, and what is new is not known.
    """

    before: Run | None
    new: Sequence[Mapping[str, Any]]
    due: Sequence[Mapping[str, Any]]
    is_told: bool

    def coming(self, today: date, days: int) -> list[Mapping[str, Any]]:
        """Return what can still be met and must be within so many days, the first day first."""
        return [one for one in self.due if 0 <= (one["on"] - today).days <= days]

    def overdue(self, today: date) -> list[Mapping[str, Any]]:
        """Return what somebody had to do by a day that has passed, the longest overdue first."""
        return [one for one in self.due if one["on"] < today and one["from_on"] is None]

    def arrived(self, today: date) -> list[Mapping[str, Any]]:
        """Return what holds by law since a day that has come, the newest first: nobody is late."""
        past = [one for one in self.due if one["on"] < today and one["from_on"] is not None]
        return past[::-1]


def before_of(connection: Connection, run: Run) -> Run | None:
    """Return the routine run of the same land before a run, None for the first."""
    older = [
        one
        for one in runs.all_runs(connection)
        if one.purpose == runs.ROUTINE
        and one.region == run.region
        and (one.as_of, one.delivery, one.id) < (run.as_of, run.delivery, run.id)
    ]
    return max(older, key=lambda one: (one.as_of, one.delivery, one.id), default=None)


def night_of(connection: Connection, run: Run) -> Night | None:
    """Return the good night whose run this is, None where no night made it."""
    found = nights.get(connection, run.as_of)
    is_its = found is not None and found.run == run.id and found.state == nights.GOOD
    return found if is_its else None


def kept(shown: Shown, places: Sequence[Scope] = ()) -> Period | None:
    """Return what the night has told of a run, in all of some places; None where no night made it.

    None for the first night, too, where there was a run before it: that it told nothing of what is
    new does not mean that nothing is.
    """
    night = night_of(shown.connection, shown.run)
    if night is None:
        return None
    if night.before_run is None and before_of(shown.connection, shown.run) is not None:
        return None
    scope, seen = shown.scope, []
    if scope is not None:
        seen = [one.id for one in uploads.read(shown.connection, scope)]
    lines = nights.lines(shown.connection, night.as_of, scope, seen)
    before = None if night.before_run is None else runs.get(shown.connection, night.before_run)
    return _period(shown, _in_all(lines, places), before)


def told(shown: Shown, places: Sequence[Scope] = ()) -> Period:
    """Return what is new and what comes, judged anew where the run is small enough.

    Of what lies in all of some places, where any are named.
    """
    before = before_of(shown.connection, shown.run)
    telling: Told = shown.request.app.state.told
    both = [shown.run] if before is None else [before, shown.run]
    if not telling.may_tell(*both):
        return Period(before, (), next_days(shown, places=places), is_told=False)
    lines = telling.lines(shown.connection, shown.run, before)
    return _period(shown, _in_all(within(lines, shown.scope), places), before)


def _in_all(lines: pd.DataFrame, places: Sequence[Scope]) -> pd.DataFrame:
    for place in places:
        lines = within(lines, place)
    return lines


def within(rows: pd.DataFrame, scope: Scope | None) -> pd.DataFrame:
    """Return the rows with `LANDS` that lie in a scope; a row without any lies in none."""
    if scope is None or rows.empty:
        return rows
    lands = zip(*(rows[name] for name in LANDS), strict=True)
    return rows[[overlaps(_codes(land), scope) for land in lands]]


def next_days(
    shown: Shown, days: int = HORIZONS[-1], places: Sequence[Scope] = ()
) -> list[dict[str, Any]]:
    """Return the next day of each finding that has one within so many days, at most 1,000."""
    asked = Findings(next_within_days=days, limit=_MOST_NEXT)
    wanted = asked.asked(shown.connection, shown.run, shown.scope)
    wanted = replace(wanted, sorted_by="next_on", places=[*places])
    found, _ = store.lists(shown.request).of_run(
        shown.connection, shown.run, "finding", wanted, Findings.columns()
    )
    tongue = language.of(shown.request)
    return [_next_day(row, shown.run, tongue) for row in found.to_dict("records")]


def _next_day(row: Mapping[Any, Any], run: Run, tongue: language.Language) -> dict[str, Any]:
    from_on = row["next_on"].date()
    becomes = language.event(row["next_event"], tongue)
    words = language.said("{} 起：转为{}", tongue).format(from_on, becomes)
    return {
        "on": from_on - timedelta(days=1),
        "from_on": from_on,
        "subject": row["subject"],
        "name": row["name"] if isinstance(row["name"], str) else row["subject"],
        "words": words,
        "brief": words,
        "area_m2": row["area_m2"],
        "section": "",
        "address": address_of(row["subject"], run),
    }


def address_of(subject: str, run: Run) -> str:
    """Return where the page of a subject is: of an approval it leads on to its own."""
    return f"/subject/{quote(subject, safe='')}?run={run.id}"


def _period(shown: Shown, lines: pd.DataFrame, before: Run | None) -> Period:
    tongue = language.of(shown.request)
    rows = [_line(row, shown.run, tongue) for row in lines.astype(object).to_dict("records")]
    new = [row for code in NEW for row in rows if row["section"] == code]
    due = sorted(
        (row for row in rows if row["section"] in _DUE and row["on"] is not None),
        key=lambda row: row["on"],
    )
    states = _outcomes(shown, [row["subject"] for row in new])
    for row in new:
        row["rule"], row["outcome"] = states.get(row["subject"], (None, None))
    return Period(before, new, due, is_told=True)


def _line(row: Mapping[Any, Any], run: Run, tongue: language.Language) -> dict[str, Any]:
    subject = row["subject"] if isinstance(row["subject"], str) else None
    name = row["name"] if isinstance(row["name"], str) else None
    return {
        "section": row["section"],
        "subject": subject,
        "name": name or subject,
        "on": _day(row["on"]),
        "from_on": _day(row["from_on"]),
        "words": sentence(row, tongue),
        "brief": matter(row, tongue),
        "rest": rest(row, tongue),
        "area_m2": row["area_m2"],
        "address": None if subject is None else address_of(subject, run),
    }


def _day(value: Any) -> date | None:
    return None if pd.isna(value) else pd.Timestamp(value).date()


def _outcomes(shown: Shown, subjects: Sequence[str | None]) -> dict[str, tuple[str, str]]:
    named = [one for one in subjects if one]
    if not named:
        return {}
    asked = Asked(where={"subject": named}, within=shown.scope)
    found = results.read(shown.connection, shown.run, "finding", asked)
    return {
        row["subject"]: (row["rule"], row["outcome"])
        for row in found[["subject", "rule", "outcome"]].to_dict("records")
        if row["rule"] != "agreement"
    }


def _codes(land: Sequence[Any]) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    regions, parks, blocks = (frozenset(one or ()) for one in land)
    return regions, parks, blocks
