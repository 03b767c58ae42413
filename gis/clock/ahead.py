"""All that comes until a day if no fact changes: the next step of each subject, and the one after.

The days of the marks hold for every later day, so a subject is judged anew on the very day of its
next step, all subjects at once, until no step is left.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from gis import days
from gis.clock.coming import EVENTS, coming
from gis.clock.due import start_due
from gis.clock.known import Causes, ClockFacts, Codes, Counts, causes_on, known_on
from gis.clock.marks import marks
from gis.clock.parts import by_settings, causes_of
from gis.clock.rows import (
    OUTCOMES,
    ROW,
    TableRow,
    is_consented,
    standing,
    stopped_row,
    tracks_of_rows,
)
from gis.clock.settings import Settings
from gis.days import ONE_DAY, Days
from gis.law import Law

STEPS = (
    "start_overdue",
    "idle_year",
    "fee_from",
    "recovery_from",
    "track_change",
    "stop_year",
    "completion_due",
)
"""What a step is: the day after the start was due, a full year without a start, the years of fee
and recovery full, another change of track, a full year of standstill, the last day to complete."""
_START, _YEAR, _FEE, _RECOVERY, _TRACK, _STOP, _COMPLETION = range(len(STEPS))


def ahead(
    facts: pd.DataFrame, causes: pd.DataFrame, as_of: date, until_on: date, law: Law
) -> pd.DataFrame:
    """Return every step later than `as_of` and up to `until_on`, in the order of day and row.

    Columns: place (row number in `facts`), step (STEPS), on (the first day of the new state; for a
    completion the last day to complete), event (track, else outcome, then reached; none for a
    completion). Law and facts are those of `as_of`, as for `next_on` of a finding.
    """
    known = known_on(facts, as_of)
    all_causes = causes_on(causes, facts, as_of)
    today, last = np.datetime64(as_of, "D"), np.datetime64(until_on, "D")
    found = [_completions(known, today, last)]
    for settings, place in by_settings(facts["region_code"], law, as_of):
        own = causes_of(all_causes, place, len(facts))
        for step in _chain(known.take(place), own, settings, today, last):
            found.append((place[step[0]], *step[1:]))
    place, kind, on, event = (np.concatenate(part) for part in zip(*found, strict=True))
    words = pd.array([*EVENTS, None], dtype="str")
    table = pd.DataFrame(
        {
            "place": place,
            "step": pd.array(STEPS, dtype="str").take(kind),
            "on": days.to_column(on, pd.RangeIndex(len(on))),
            "event": words.take(event),
        }
    )
    return table.sort_values(["on", "place", "step"], kind="stable", ignore_index=True)


_Step = tuple[Counts, Codes, Days, Codes]
"""Positions, codes into STEPS, days, codes into EVENTS (-1 = none)."""


def _chain(
    known: ClockFacts, causes: Causes, settings: Settings, today: np.datetime64, last: np.datetime64
) -> list[_Step]:
    turning, _ = marks(start_due(known, settings), causes, settings, today)
    now = standing(known, causes, turning, settings, today)
    found = [_stops(now, known, settings, last)]
    is_watched = now.row == ROW["4a"]
    place = np.arange(len(now.row))
    on: Days = np.broadcast_to(today, len(place))
    # A clash has no next step, so later rounds need no causes but those within the marks.
    none = Causes(place[:0], causes.kind[:0], causes.starts_on[:0], causes.ends_on[:0])
    while place.size:
        next_on, event = coming(now, known, turning, settings, on)
        goes_on = (next_on <= last) & ~is_watched
        place, known, turning = place[goes_on], known.take(goes_on), turning.take(goes_on)
        on, event = next_on[goes_on], event[goes_on]
        step = np.full(len(place), _TRACK, dtype=np.int8)
        step[event == EVENTS.index("fee")] = _FEE
        step[event == EVENTS.index("recovery")] = _RECOVERY
        step[now.row[goes_on] == ROW["5"]] = _START
        step[now.row[goes_on] == ROW["6"]] = _YEAR
        found.append((place, step, on, event))
        now = standing(known, none, turning, settings, on)
        is_watched = np.zeros(len(place), dtype=bool)
    return found


def _stops(now: TableRow, known: ClockFacts, settings: Settings, last: np.datetime64) -> _Step:
    """Return the anniversaries of stops, also of those that stay `stopped` (row 4c)."""
    on = now.stop_due_on + ONE_DAY
    (place,) = np.nonzero((now.row == ROW["4a"]) & (on <= last))
    row = stopped_row(now.area_test, now.investment_test)[place]
    row[is_consented(known, settings)[place]] = ROW["4c"]
    track = tracks_of_rows(settings)[row]
    plain = np.where(row == ROW["4c"], OUTCOMES.index("stopped"), OUTCOMES.index("undetermined"))
    event = np.where(track >= 0, len(OUTCOMES) + track, plain).astype(np.int8)
    return place, np.full(len(place), _STOP, dtype=np.int8), on[place], event


def _completions(known: ClockFacts, today: np.datetime64, last: np.datetime64) -> _Step:
    due_on = known.completion_due_on
    is_open = np.isnat(known.completed_on) & np.isnat(known.right_ended_on)
    (place,) = np.nonzero(is_open & (due_on > today) & (due_on <= last))
    none = np.full(len(place), -1, dtype=np.int8)
    return place, np.full(len(place), _COMPLETION, dtype=np.int8), due_on[place], none
