"""The completion clock: on time, overdue by how many days, or unknown."""

from __future__ import annotations

import numpy as np

from gis.clock.known import ClockFacts, Codes, Counts

COMPLETION_STATES = ("unknown", "on_time", "overdue")


def completion(known: ClockFacts, as_of: np.datetime64) -> tuple[Codes, Counts]:
    """Return codes into COMPLETION_STATES and the days overdue (0 where not overdue).

    Due day = the contract's, or the one it was extended to. Not completed by the due day is
    `overdue` only where something on file says so (a completion after it, a stop that lasts, a
    sighting "not started" after it): registers leave the completion empty in nearly every row, and
    an empty cell is no delay.
    """
    due_on = known.completion_due_on
    is_due_known = ~np.isnat(due_on)
    is_completed = ~np.isnat(known.completed_on)
    is_late = is_completed & (known.completed_on > due_on)
    is_stopped = ~np.isnat(known.stopped_on)
    is_unfinished = ~is_completed & (is_stopped | (known.not_started_on > due_on))
    is_overdue = is_late | (is_unfinished & (due_on < as_of))
    is_on_time = is_due_known & ((is_completed & ~is_late) | (~is_completed & (due_on >= as_of)))
    state = np.zeros(len(due_on), dtype=np.int8)
    state[is_on_time] = COMPLETION_STATES.index("on_time")
    state[is_overdue] = COMPLETION_STATES.index("overdue")
    overdue = np.flatnonzero(is_overdue)
    until_on = np.where(is_completed[overdue], known.completed_on[overdue], as_of)
    late_days = np.zeros(len(due_on), dtype=np.int64)
    late_days[overdue] = (until_on - due_on[overdue]).astype(np.int64)
    return state, late_days
