"""The table of docs/law.md (The clock): which row a subject is in on a day; the first that fits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gis.clock.known import CONSENTS, FOUND_CAUSES, GRADES, Causes, ClockFacts, Codes, Flags, Subset
from gis.clock.marks import Marks, full_years
from gis.clock.partial import partial_tests
from gis.clock.settings import ROWS, Settings
from gis.days import ONE_DAY, UNKNOWN, Days

OUTCOMES = (
    "not_due",
    "overdue",
    "candidate",
    "suspected_idle",
    "found_idle",
    "may_be_idle",
    "stopped",
    "clear",
    "undetermined",
    "closed",
)
TRACKS = ("fee", "recovery", "government", "seizure", "person")
START_STATES = ("started", "not_started", "not_reported", "disputed")
CLASHES = (
    "completed_before_started",
    "stopped_before_started",
    "not_started_after_started",
    "cause_ends_before_it_begins",
    "two_newest_extensions",
)

ROW = {name: np.int8(code) for code, name in enumerate(ROWS)}
IDLE_ROWS = ("7", "7b", "8", "9", "10", "11")
_IDLE = -1
"""In the table below: an idle row, printed by its evidence as candidate, suspected or found."""
_TABLE = {
    "1": ("closed", None),
    "2": ("undetermined", None),
    "3": ("clear", None),
    "4a": ("stopped", None),
    "4b": ("may_be_idle", "person"),
    "4c": ("stopped", None),
    "4d": ("undetermined", None),
    "4e": ("undetermined", None),
    "5": ("not_due", None),
    "5b": ("undetermined", None),
    "6": ("overdue", None),
    "7": (None, "seizure"),
    "7b": (None, "person"),
    "8": (None, "recovery"),
    "9": (None, "government"),
    "10": (None, "fee"),
    "11": (None, "government"),
}
_OUTCOME_OF_ROW = np.array(
    [_IDLE if _TABLE[row][0] is None else OUTCOMES.index(str(_TABLE[row][0])) for row in ROWS],
    dtype=np.int8,
)


@dataclass(frozen=True)
class TableRow(Subset):
    """Where each subject stands: codes into ROWS, OUTCOMES, TRACKS (-1 = none), START_STATES.

    `facts_track` is the track of the facts; `track` that of the finding: a person's, where a 认定书
    names another cause.
    """

    row: Codes
    row_if_not_started: Codes
    outcome: Codes
    track: Codes
    facts_track: Codes
    start_state: Codes
    grade: Codes
    since_on: Days
    clash: Codes
    area_test: Codes
    investment_test: Codes
    stop_due_on: Days
    is_evidence_old: Flags


def tracks_of_rows(settings: Settings) -> Codes:
    """Return the track of each entry of ROWS, -1 where there is none."""
    table = {**_TABLE, "4b": ("may_be_idle", settings.partial_route)}
    tracks = [table[row][1] for row in ROWS]
    return np.array([-1 if t is None else TRACKS.index(t) for t in tracks], dtype=np.int8)


# The cause a track goes with; 0 = none that a 认定书 would name.
_CAUSE_OF_TRACK = {
    "fee": "enterprise",
    "recovery": "enterprise",
    "government": "government",
    "seizure": "seizure",
}
_EXPECTED = np.array(
    [FOUND_CAUSES.index(_CAUSE_OF_TRACK.get(track, "none")) for track in TRACKS] + [0],
    dtype=np.int8,
)
_PERSON = np.int8(TRACKS.index("person"))


def found_track(track: Codes, found_cause: Codes) -> Codes:
    """Return the track of land found idle: a person's where the 认定书 names another cause.

    `found_cause` is 0 where none is named or nothing was found.
    """
    expected = _EXPECTED[track]
    is_other = (found_cause > 0) & (expected > 0) & (found_cause != expected)
    return np.where(is_other, _PERSON, track).astype(np.int8)


def cause_found(known: ClockFacts, marks: Marks) -> Codes:
    """Return the cause named by the 认定书 that makes idle land found idle, 0 without."""
    return np.where(known.found_on >= marks.idle_from_on, known.found_cause, 0).astype(np.int8)


def is_consented(known: ClockFacts, settings: Settings) -> Flags:
    """Return where the law of the day asks for a consent and one is on file: no idleness then."""
    flags: Flags = settings.needs_consent & (known.consent == CONSENTS.index("given"))
    return flags


def standing(
    known: ClockFacts, causes: Causes, marks: Marks, settings: Settings, as_of: Days | np.datetime64
) -> TableRow:
    """Return the row of each subject on the day and what follows from it alone.

    `as_of` is one day, or one per subject, none before that of the marks.
    """
    is_stopped = ~np.isnat(known.stopped_on) & ~(known.completed_on >= known.stopped_on)
    has_begun = ~np.isnat(known.started_on) | ~np.isnat(known.completed_on) | is_stopped
    is_started = has_begun & ~known.is_disputed
    stop_due_on = full_years(known.stopped_on, settings.stop_years, settings)
    area_test, investment_test = partial_tests(known, settings)
    clash = clashes(known, causes)

    if_not_started = net_row(
        as_of, marks.fee_from_on, marks.recovery_from_on, marks.excused_until_on
    )
    own = np.flatnonzero(marks.has_own_class)
    on = as_of if isinstance(as_of, np.datetime64) else as_of[own]
    if_not_started[own] = idle_row(marks.take(own), on)
    consented = is_consented(known, settings)
    if_not_started[~(marks.idle_from_on <= as_of) | consented] = ROW["6"]
    if_not_started[as_of <= marks.start_due_on] = ROW["5"]
    if_not_started[np.isnat(marks.start_due_on)] = ROW["4e"]

    row = if_not_started.copy()
    row[known.is_disputed & (as_of > marks.start_due_on)] = ROW["5b"]
    stopped = is_started & is_stopped
    row[stopped] = stopped_row(area_test, investment_test)[stopped]
    row[stopped & consented] = ROW["4c"]
    row[stopped & ~(as_of > stop_due_on)] = ROW["4a"]
    row[is_started & ~is_stopped] = ROW["3"]
    row[clash > 0] = ROW["2"]
    row[~np.isnat(known.right_ended_on)] = ROW["1"]

    since_on = since(row, known, marks, stop_due_on)
    outcome = _OUTCOME_OF_ROW[row]
    is_idle = outcome == _IDLE
    is_found = is_idle & (known.found_on >= marks.idle_from_on)
    is_stop_found = is_among(row, ("4b", "4c", "4d")) & (known.found_on > stop_due_on)
    is_seen = is_idle & (known.not_started_on >= marks.idle_from_on)
    outcome = np.where(is_idle, OUTCOMES.index("candidate"), outcome).astype(np.int8)
    outcome[is_seen] = OUTCOMES.index("suspected_idle")
    outcome[is_found | is_stop_found] = OUTCOMES.index("found_idle")
    facts_track = tracks_of_rows(settings)[row]
    facts_track[is_stop_found] = TRACKS.index(settings.partial_route)
    cause = np.where(is_found, known.found_cause, 0)

    is_denied = ~np.isnat(known.not_started_on)
    state = np.where(is_denied, 1, 2).astype(np.int8)
    state[is_started] = 0
    state[known.is_disputed] = 3
    return TableRow(
        row=row,
        row_if_not_started=if_not_started,
        outcome=outcome,
        track=found_track(facts_track, cause),
        facts_track=facts_track,
        start_state=state,
        grade=_grade(known, state),
        since_on=since_on,
        clash=clash,
        area_test=area_test,
        investment_test=investment_test,
        stop_due_on=stop_due_on,
        is_evidence_old=is_seen & ~is_found & (known.not_started_on < since_on),
    )


def is_among(row: Codes, names: Sequence[str]) -> Flags:
    """Return where a row is one of those named."""
    table = np.zeros(len(ROWS), dtype=bool)
    table[[ROW[name] for name in names]] = True
    flags: Flags = table[row]
    return flags


def idle_row(marks: Marks, on: Days | np.datetime64) -> Codes:
    """Return the row among 7, 7b, 8 to 11 on a day not before the one the marks were made for.

    `on` is one day or one per subject. Whether gross 1 has passed is not asked here.
    """
    net = net_row(on, marks.fee_from_on, marks.recovery_from_on, marks.excused_until_on)
    row = net.copy()
    for name, until_on, fee_from_on, recovery_from_on in (
        (
            "7b",
            marks.preliminary_until_on,
            marks.preliminary_fee_from_on,
            marks.preliminary_recovery_from_on,
        ),
        ("7", marks.seizure_until_on, marks.seizure_fee_from_on, marks.seizure_recovery_from_on),
    ):
        with_it = net_row(on, fee_from_on, recovery_from_on, marks.excused_until_on)
        row[(on <= until_on) | (_NET_TRACK[with_it] != _NET_TRACK[net])] = ROW[name]
    return row


_NET_TRACK = np.array([0 if row in ("9", "11") else code for code, row in enumerate(ROWS)])


def net_row(
    on: Days | np.datetime64, fee_from_on: Days, recovery_from_on: Days, excused_until_on: Days
) -> Codes:
    """Return the row among 8 to 11.

    Net 1 from 2020-07-01 and net 2 from 2021-07-01, an excused interval in force until 2020-12-31:

    >>> turns = ("2020-07-01", "2021-07-01", "2020-12-31")
    >>> fee, recovery, until = (np.array([day], dtype="datetime64[D]") for day in turns)
    >>> days = np.array(["2020-12-31", "2021-01-01", "2021-07-01"], dtype="datetime64[D]")
    >>> [ROWS[net_row(day, fee, recovery, until)[0]] for day in days]
    ['9', '10', '8']
    """
    row = np.full(len(fee_from_on), ROW["11"], dtype=np.int8)
    row[fee_from_on <= on] = ROW["10"]
    row[excused_until_on >= on] = ROW["9"]
    row[recovery_from_on <= on] = ROW["8"]
    return row


def stopped_row(area_test: Codes, investment_test: Codes) -> Codes:
    """Return row 4b, 4c or 4d: a three-valued OR of the two tests of art. 2(2).

    1 below its share, 0 not below, -1 unknown:

    >>> tests = np.array([[1, -1], [0, 0], [0, -1]])
    >>> [ROWS[row] for row in stopped_row(tests[:, 0], tests[:, 1])]
    ['4b', '4c', '4d']
    """
    row = np.full(len(area_test), ROW["4d"], dtype=np.int8)
    row[(area_test == 0) & (investment_test == 0)] = ROW["4c"]
    row[(area_test == 1) | (investment_test == 1)] = ROW["4b"]
    return row


def clashes(known: ClockFacts, causes: Causes) -> Codes:
    """Return one bit per entry of CLASHES (row 2)."""
    has_backward_cause = np.zeros(len(known.started_on), dtype=bool)
    has_backward_cause[causes.position[causes.is_backward]] = True
    bits = np.zeros(len(known.started_on), dtype=np.int8)
    for bit, mask in enumerate(
        (
            known.completed_on < known.started_on,
            known.stopped_on < known.started_on,
            known.not_started_on >= known.started_on,
            has_backward_cause,
            known.is_extension_clash,
        )
    ):
        bits |= mask.astype(np.int8) << bit
    return bits


def since(row: Codes, known: ClockFacts, marks: Marks, stop_due_on: Days) -> Days:
    """Return the day from which the row holds by the calendar, never by the evidence."""
    since_on: Days = np.full(len(row), UNKNOWN)
    for name, on, days_later in (
        ("1", known.right_ended_on, 0),
        ("3", known.started_on, 0),
        ("4a", known.stopped_on, 0),
        ("4b", stop_due_on, 1),
        ("4c", stop_due_on, 1),
        ("4d", stop_due_on, 1),
        ("6", marks.start_due_on, 1),
        ("7", marks.idle_from_on, 0),
        ("7b", marks.idle_from_on, 0),
        ("8", marks.recovery_from_on, 0),
        ("9", marks.idle_from_on, 0),
        ("10", marks.fee_from_on, 0),
        ("11", marks.idle_from_on, 0),
    ):
        here = np.flatnonzero(row == ROW[name])
        since_on[here] = on[here] + days_later * ONE_DAY
    return since_on


def _grade(known: ClockFacts, state: Codes) -> Codes:
    """Return how well the start state is proved; a start without a named source is `reported`."""
    reported, imagery = GRADES.index("reported"), GRADES.index("imagery")
    seen = known.not_started_grade
    of_start = np.where(known.started_grade == 0, reported, known.started_grade)
    shown_only_from_above = known.has_imagery | (seen == imagery)
    grade = np.where(shown_only_from_above, imagery, 0)
    grade = np.where(state == 1, np.where(seen == 0, reported, seen), grade)
    grade = np.where(state == 0, of_start, grade)
    disputed = np.where(seen > 0, seen, known.started_grade)
    return np.where(state == 3, disputed, grade).astype(np.int8)
