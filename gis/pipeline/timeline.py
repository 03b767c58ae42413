"""The days on which outcome or track of each supplied subject changes, from its first duty on.

A subject is judged on every day on which one of its facts, the law, or the calendar may change
what is said of it, under the law of that day; days that change nothing are left out. So from one
row until the day before the next the state is what a run as of any of these days says, with the
same papers on the table. The first row is the day the contract was signed (or the first day the
law is known, where that is later). The days after the one the run judges are those of the calendar
and the law alone: a paper dated later is no fact yet, so what it will say is not told as if it
held, and what is signed later has no timeline.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis import days
from gis.clock import agreement
from gis.clock.known import Codes, Counts, Flags
from gis.clock.states import States, Timed, law_days, told, words
from gis.days import Days
from gis.facts import agreements, moments, shapes, subjects
from gis.facts.gather import Records
from gis.law import Law
from gis.pipeline.idle import Idle, planar_area_m2

COLUMNS = ["rule", "subject", "from_on", "outcome", "track"]
IDLE, AGREEMENT = "idle_land", "agreement"


@dataclass(frozen=True)
class _Moments:
    """Days from which the facts of a subject stay the same: subject (a code, in order), from_on."""

    subject: Counts
    from_on: Days

    @classmethod
    def of(cls, found: pd.DataFrame) -> tuple[_Moments, pd.Index]:
        """Return the moments of a table (subject, as_of; in order), and the names of the codes."""
        code, names = pd.factorize(found["subject"])
        return cls(code, days.from_column(found["as_of"])), pd.Index(names)

    def holding(self, subject: Counts, on: Days) -> Counts:
        """Return the last moment of each subject not later than its day, -1 where there is none."""
        # One sorted key for both: days are far fewer than what the factor leaves room for.
        key = _key(self.subject, self.from_on)
        place = np.searchsorted(key, _key(subject, on), side="right") - 1
        is_own = (place >= 0) & (self.subject[place] == subject)
        return np.where(is_own, place, -1)


@dataclass(frozen=True)
class _Readings:
    """The facts of each moment on the clock, and of some the second reading of a signing.

    `late_place` has the row of the second reading for each moment, -1 where there is none.
    """

    first: Timed
    late: Timed
    late_place: Counts

    @classmethod
    def of(
        cls, facts: pd.DataFrame, late: pd.DataFrame, causes: pd.DataFrame, from_on: Days, law: Law
    ) -> _Readings:
        at = late["subject"].to_numpy(dtype=np.int64)
        late_place = np.full(len(facts), -1)
        late_place[at] = np.arange(len(at))
        first, second = Timed(facts, causes, from_on, law), Timed(late, causes, from_on[at], law)
        return cls(first, second, late_place)

    def on(self, place: Counts, on: Days) -> tuple[States, States, Counts]:
        """Return the states of moments on days, and of the rows named last the second ones."""
        (both,) = np.nonzero(self.late_place[place] >= 0)
        second = self.late.on(self.late_place[place[both]], on[both])
        return self.first.on(place, on), second, both


def of_subjects(
    known: Records, supplied: Idle, law: Law, mine: pd.Index, standing: pd.DataFrame
) -> pd.DataFrame:
    """Return the timelines of the supplies in `mine` that carry a day, by each rule: COLUMNS.

    `supplied` has the measured areas of those already signed on the records' day; `standing` the
    buildings on land with an agreement (`pipeline.standing.standing_on`).
    """
    found = moments.fact_days(known, mine)
    if found.empty:
        return pd.DataFrame({name: [] for name in COLUMNS})
    area_m2 = _areas(known, supplied)
    agreed = found.iloc[:0]
    if len(known.on_table["agreements"]):
        agreed = moments.agreement_days(known, found, standing)
    # The days of both rules at once, those of the agreements last.
    count, every = len(found), pd.concat([found, agreed], ignore_index=True)
    facts, late, causes = subjects.on_days(known, every)
    own_m2 = area_m2.reindex(every["subject"]).to_numpy(dtype=np.float64)
    facts = facts.assign(area_m2=own_m2)
    late = late.assign(area_m2=own_m2[late["subject"].to_numpy(dtype=np.int64)])
    late, causes = (each[each["subject"] < count] for each in (late, causes))
    states = _of_idle(found, facts.iloc[:count], late, causes, law)
    if len(agreed):
        terms = agreements.on_days(
            known, agreed, facts.iloc[count:].assign(subject=range(len(agreed))), area_m2, standing
        )
        states = pd.concat([_of_agreements(agreed, terms), states], ignore_index=True)
    return states[COLUMNS]


def _of_idle(
    found: pd.DataFrame, facts: pd.DataFrame, late: pd.DataFrame, causes: pd.DataFrame, law: Law
) -> pd.DataFrame:
    own, names = _Moments.of(found)
    readings = _Readings.of(facts, late, causes, own.from_on, law)
    place, on = _judged_days(own, facts["region_code"], readings, law)
    first, second, both = readings.on(place, on)
    # Where the readings differ the day of the signing decides, and nobody knows it.
    is_open = np.zeros(len(place), dtype=bool)
    is_open[both] = second.outcome != first.outcome[both]
    is_open[both] |= second.track != first.track[both]
    outcome, track = told(first, is_open)
    at = np.flatnonzero(first.is_known)
    at = at[_is_change(own.subject[place[at]], outcome[at], track[at])]
    subject = names.take(own.subject[place[at]])
    return _states(IDLE, subject, on[at], *words(outcome[at], track[at]))


def _of_agreements(found: pd.DataFrame, agreed: pd.DataFrame) -> pd.DataFrame:
    """Return the states of the moments `found` by the terms `agreed` at each that has any."""
    own, names = _Moments.of(found)
    at = agreed["subject"].to_numpy(dtype=np.int64)
    # A row for each moment at which there is an agreement: which of these it is.
    row_of = np.full(len(found), -1)
    row_of[at] = np.arange(len(at))
    place, on = _with_turns(own, at, own.from_on[at], agreement.turns(agreed))
    asked = agreed.iloc[row_of[place]].reset_index(drop=True)
    outcome = agreement.judge(asked, on)["outcome"]
    at = np.flatnonzero(_is_change(own.subject[place], pd.factorize(outcome)[0]))
    outcome = outcome.iloc[at].reset_index(drop=True)
    nothing = pd.Series(None, outcome.index, dtype="str")
    return _states(AGREEMENT, names.take(own.subject[place[at]]), on[at], outcome, nothing)


def _states(
    rule: str, subject: pd.Index, on: Days, outcome: pd.Series, track: pd.Series
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "rule": pd.Series(rule, outcome.index, dtype="str"),
            "subject": subject.astype("str"),
            "from_on": days.to_column(on, outcome.index),
            "outcome": outcome,
            "track": track,
        }
    )


def _is_change(subject: Counts, *said: Counts | Codes) -> Flags:
    """Return which states differ from the one before of their subject.

    Codes side by side, in the order of subject and day.
    """
    is_change = np.full(len(subject), True)
    is_change[1:] = np.any([each[1:] != each[:-1] for each in (subject, *said)], axis=0)
    return is_change


def _judged_days(
    own: _Moments, region_code: pd.Series, readings: _Readings, law: Law
) -> tuple[Counts, Days]:
    """Return every moment and day on which a state may begin, each once.

    These are the moments themselves, the days on which the law changes, and those on which, facts
    and law staying as they are, the clock of either reading passes a mark.
    """
    begins = [
        (np.arange(len(own.subject)), own.from_on),
        *_law_changes(own, region_code, law),
    ]
    place, on = _once(own, *(np.concatenate(part) for part in zip(*begins, strict=True)))
    first, second, both = readings.on(place, on)
    turns = np.concatenate([first.turns, np.full_like(first.turns, days.UNKNOWN)], axis=1)
    turns[both, first.turns.shape[1] :] = second.turns
    return _with_turns(own, place, on, turns)


def _with_turns(own: _Moments, place: Counts, on: Days, turns: Days) -> tuple[Counts, Days]:
    """Return moments and days with the turns of each, as far as they come before the next."""
    # From the next of these days on marks may lie elsewhere.
    until_on: Days = np.full(len(place), days.FAR)
    (goes_on,) = np.nonzero(own.subject[place[1:]] == own.subject[place[:-1]])
    until_on[goes_on] = on[goes_on + 1]
    row, column = np.nonzero((turns > on[:, None]) & (turns < until_on[:, None]))
    more = turns[row, column]
    return _once(own, np.concatenate([place, place[row]]), np.concatenate([on, more]))


def _law_changes(own: _Moments, region_code: pd.Series, law: Law) -> Iterator[tuple[Counts, Days]]:
    """Yield of each day on which the law of a region changes the moments that hold on it."""
    first = np.flatnonzero(np.diff(own.subject, prepend=-1))
    code, regions = pd.factorize(region_code.iloc[first])
    # Where no region is known the nation's law holds.
    overlay = np.array([*map(law.overlay_of, regions), ""], dtype=str)[code]
    for place in np.unique(overlay):
        who = np.flatnonzero(overlay == place)
        for day in law_days(law, place or None):
            on = np.full(len(who), np.datetime64(day, "D"))
            at = own.holding(own.subject[first[who]], on)
            yield at[at >= 0], on[at >= 0]


def _once(own: _Moments, place: Counts, on: Days) -> tuple[Counts, Days]:
    """Return moments and days, each pair once, in the order of subject and day."""
    _, first = np.unique(_key(own.subject[place], on), return_index=True)
    return place[first], on[first]


def _key(subject: Counts, on: Days) -> Counts:
    key: Counts = (subject.astype(np.int64) << 32) + on.astype(np.int64)
    return key


def _areas(known: Records, supplied: Idle) -> pd.Series:
    """Return the area of every supply on the table by its key: the contract's, else measured."""
    table = known.on_table["supplies"].set_index("key")
    area_m2 = table["area_m2"].fillna(supplied.facts.set_index("subject")["area_m2"])
    later = table[area_m2.isna() & ~table.index.isin(supplied.facts["subject"])]
    if later.empty:
        return area_m2
    later = later.rename_axis("subject").reset_index()
    shape = shapes.of_subjects(later, known.dated["parcels"])
    return area_m2.fillna(pd.Series(planar_area_m2(shape), later["subject"]))
