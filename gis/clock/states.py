"""Outcome and track of many subjects on many days at once, each under the law of its day.

What `judge` says of a subject on a day, without what a finding says besides: one row of facts is
asked about on as many days as there are, as long as no fact changes between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from gis.clock.due import start_due
from gis.clock.known import Causes, Codes, Counts, Flags, causes_on, known_on
from gis.clock.marks import Marks, marks
from gis.clock.parts import by_settings
from gis.clock.rows import OUTCOMES, TRACKS, TableRow, standing
from gis.clock.settings import Settings, settings_on
from gis.days import FAR, ONE_DAY, UNKNOWN, Days
from gis.errors import LawError
from gis.law import Law


@dataclass(frozen=True)
class States:
    """What holds on each day asked about: codes into OUTCOMES and TRACKS (-1 = none).

    `turns` has one row per day asked about: every day on which, the facts and the law staying as
    they are, another state may begin (NaT = none). `is_known`: the law speaks of the day.
    """

    outcome: Codes
    track: Codes
    turns: Days
    is_known: Flags


class Timed:
    """Subjects whose facts are known, each row of them from a day of its own on."""

    def __init__(self, facts: pd.DataFrame, causes: pd.DataFrame, from_on: Days, law: Law) -> None:
        """Take facts and causes as `clock.judge` does, as they are on the day of each row."""
        # Asked for again and again: few regions, each row a number.
        self._region_code = facts["region_code"].astype("category")
        self._known = known_on(facts, from_on)
        self._causes = causes_on(causes, facts, date.max)
        self._law = law

    def on(self, place: Counts, on: Days) -> States:
        """Return the states of rows of the facts on days: `place` and `on` side by side."""
        count = len(place)
        outcome, track = np.full(count, -1, dtype=np.int8), np.full(count, -1, dtype=np.int8)
        turns: Days = np.full((count, _TURNS), UNKNOWN)
        is_known = np.zeros(count, dtype=bool)
        for settings, here in by_law(self._region_code.iloc[place], on, self._law):
            known, day = self._known.take(place[here]), on[here]
            causes = _of_each(self._causes, place[here])
            turning, _ = marks(start_due(known, settings), causes, settings, day)
            now = standing(known, causes, turning, settings, day)
            outcome[here], track[here], is_known[here] = now.outcome, now.track, True
            turns[here] = _turns(turning, now)
        return States(outcome, track, turns, is_known)


_TURNS = 12


def _turns(marks_: Marks, now: TableRow) -> Days:
    found: Days = np.column_stack(
        [
            marks_.start_due_on + ONE_DAY,
            marks_.idle_from_on,
            marks_.fee_from_on,
            marks_.recovery_from_on,
            marks_.seizure_fee_from_on,
            marks_.seizure_recovery_from_on,
            marks_.preliminary_fee_from_on,
            marks_.preliminary_recovery_from_on,
            *(
                np.where(until_on == FAR, UNKNOWN, until_on + ONE_DAY)
                for until_on in (
                    marks_.excused_until_on,
                    marks_.seizure_until_on,
                    marks_.preliminary_until_on,
                )
            ),
            now.stop_due_on + ONE_DAY,
        ]
    )
    return found


def _of_each(causes: Causes, place: Counts) -> Causes:
    """Return the causes of the subjects at `place`, which may name one several times."""
    first = np.searchsorted(causes.position, place, side="left")
    size = np.searchsorted(causes.position, place, side="right") - first
    begins = np.cumsum(size) - size
    at = np.arange(size.sum()) + np.repeat(first - begins, size)
    whose = np.repeat(np.arange(len(place)), size)
    return Causes(whose, causes.kind[at], causes.starts_on[at], causes.ends_on[at])


def by_law(region_code: pd.Series, on: Days, law: Law) -> Iterator[tuple[Settings, Counts]]:
    """Yield the rows that share one law, by their region and their day.

    Rows of days before the law known begins are left out.
    """
    stretch = np.searchsorted(np.array(law.turns, dtype="datetime64[D]"), on, side="right")
    rows: dict[Settings, list[Counts]] = {}
    for each in np.unique(stretch):
        here = np.flatnonzero(stretch == each)
        try:
            parts = by_settings(region_code.iloc[here], law, on[here[0]].item())
        except LawError:
            if rows:
                raise
            continue
        for settings, place in parts:
            rows.setdefault(settings, []).append(here[place])
    for settings, found in rows.items():
        yield settings, np.concatenate(found)


def law_days(law: Law, region: str | None) -> list[date]:
    """Return the days on which what the clock asks of the law changes in a region, in order.

    Among them are the first day it is known, and those on which excused periods begin.
    """
    found: list[date] = []
    before: Settings | None = None
    for on in law.turns:
        try:
            settings = replace(settings_on(law, on, region), articles=())
        except LawError:
            continue
        if settings != before:
            found.append(on)
            found.extend(starts_on for starts_on, *_ in settings.excused_periods)
        before = settings
    return sorted(set(found))


def told(states: States, is_open: Flags) -> tuple[Codes, Codes]:
    """Return outcome and track as codes; where `is_open` nobody knows: undetermined."""
    outcome = np.where(is_open, OUTCOMES.index("undetermined"), states.outcome)
    return outcome, np.where(is_open, -1, states.track)


def words(outcome: Codes, track: Codes) -> tuple[pd.Series, pd.Series]:
    """Return codes of outcome and track as words."""
    return (
        pd.Series(pd.array(OUTCOMES, dtype="str").take(outcome)),
        pd.Series(pd.array([*TRACKS, None], dtype="str").take(track)),
    )
