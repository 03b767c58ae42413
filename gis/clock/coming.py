"""What comes next if no fact changes: the first later day on which outcome or track changes."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from gis.clock.known import ClockFacts, Codes, Counts, Flags
from gis.clock.marks import Marks
from gis.clock.rows import (
    IDLE_ROWS,
    OUTCOMES,
    ROW,
    TRACKS,
    TableRow,
    cause_found,
    found_track,
    idle_row,
    is_among,
    is_consented,
    net_row,
    stopped_row,
    tracks_of_rows,
)
from gis.clock.settings import Settings
from gis.days import FAR, ONE_DAY, UNKNOWN, Days

EVENTS = (*OUTCOMES, *TRACKS)
"""What `next_event` may say: the track reached, else the outcome."""
_TRACK_EVENT = len(OUTCOMES)


def coming(
    now: TableRow, known: ClockFacts, marks: Marks, settings: Settings, as_of: Days | np.datetime64
) -> tuple[Days, Codes]:
    """Return the next day and a code into EVENTS, NaT and -1 where nothing more changes.

    `as_of` is the day of `now`: one day, or one per subject, none before that of the marks.

    Among the idle rows only the track can change (evidence is a fact), and it changes only on one
    of the days the marks name, so those days are tried instead of every day.
    """
    next_on: Days = np.full(len(now.row), UNKNOWN)
    event = np.full(len(now.row), -1, dtype=np.int8)

    not_due = np.flatnonzero(now.row == ROW["5"])
    next_on[not_due] = marks.start_due_on[not_due] + ONE_DAY
    event[not_due] = np.where(
        known.is_disputed[not_due], OUTCOMES.index("undetermined"), OUTCOMES.index("overdue")
    )

    overdue = np.flatnonzero((now.row == ROW["6"]) & ~is_consented(known, settings))
    then = marks.take(overdue)
    next_on[overdue] = then.idle_from_on
    event[overdue] = _TRACK_EVENT + tracks_of_rows(settings)[idle_row(then, then.idle_from_on)]

    _after_a_stop(now, known, settings, next_on, event)

    as_of = np.broadcast_to(as_of, len(now.row))
    idle = is_among(now.row, IDLE_ROWS)
    plain = np.flatnonzero(idle & ~marks.has_own_class)
    own = np.flatnonzero(idle & marks.has_own_class)
    cause = cause_found(known, marks)
    for group, turns in ((plain, _plain_turns(marks, plain)), (own, _own_turns(marks.take(own)))):
        next_on[group], event[group] = _next_track(
            now.row[group], turns, cause[group], settings, as_of[group]
        )
    return next_on, event


def _after_a_stop(
    now: TableRow, known: ClockFacts, settings: Settings, next_on: Days, event: Codes
) -> None:
    watched = np.flatnonzero(now.row == ROW["4a"])
    later = stopped_row(now.area_test[watched], now.investment_test[watched])
    later[is_consented(known, settings)[watched]] = ROW["4c"]
    changes, later = watched[later != ROW["4c"]], later[later != ROW["4c"]]
    track = tracks_of_rows(settings)[later]
    next_on[changes] = now.stop_due_on[changes] + ONE_DAY
    event[changes] = np.where(track >= 0, _TRACK_EVENT + track, OUTCOMES.index("undetermined"))


def _next_track(
    row: Codes, turns: Iterator[_Turn], cause: Codes, settings: Settings, as_of: Days
) -> tuple[Days, Codes]:
    tracks = tracks_of_rows(settings)
    track_now = found_track(tracks[row], cause)
    next_on: Days = np.full(len(row), FAR)
    event = np.full(len(row), -1, dtype=np.int8)
    for on, then in turns:
        reached = found_track(tracks[then], cause)
        is_next: Flags = (on > as_of) & (on < next_on) & (reached != track_now)
        next_on[is_next] = on[is_next]
        event[is_next] = _TRACK_EVENT + reached[is_next]
    next_on[event < 0] = UNKNOWN
    return next_on, event


_Turn = tuple[Days, Codes]
"""Days on which the track may change, one per subject, and the rows then reached."""


def _plain_turns(marks: Marks, group: Counts) -> Iterator[_Turn]:
    """Yield what may turn where no cause has a class of its own."""
    fee_from_on, recovery_from_on = marks.fee_from_on[group], marks.recovery_from_on[group]
    until_on = marks.excused_until_on[group]
    for on in (fee_from_on, recovery_from_on, _day_after(until_on)):
        yield on, net_row(on, fee_from_on, recovery_from_on, until_on)


def _own_turns(marks: Marks) -> Iterator[_Turn]:
    for on in (
        marks.fee_from_on,
        marks.recovery_from_on,
        marks.seizure_fee_from_on,
        marks.seizure_recovery_from_on,
        marks.preliminary_fee_from_on,
        marks.preliminary_recovery_from_on,
        _day_after(marks.excused_until_on),
        _day_after(marks.seizure_until_on),
        _day_after(marks.preliminary_until_on),
    ):
        yield on, idle_row(marks, on)


def _day_after(until_on: Days) -> Days:
    return np.where(until_on == FAR, UNKNOWN, until_on + ONE_DAY)
