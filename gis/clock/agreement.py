"""The clock of a 标准地 or supervision agreement: start, completion, 投产, 达产, control values.

The rows in their order, the first that fits:

    1  the right has ended                                                   closed
    2  the 达产 day has come and a control value is known to be missed       below_control
    3  a milestone is past its day and seen not to be reached                overdue_<milestone>
    4  a milestone is past its day and nothing is known of it                undetermined
    5  the 达产 day has come and a control value is not known                undetermined
    6  the 达产 day has come                                                 met
    7  a milestone was reached late                                          done_late
    8  a milestone was reached                                               on_schedule
    9  no day has passed yet                                                 not_yet_due

投资强度 includes the land price, and whether a recorded investment does is not said: it is reached
where it is reached without the price, missed where it is missed with it, and open between.

Control values are not judged before the 达产 day. An empty day in a register is no delay: only a
sighting after the day that shows an earlier stage is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis import days
from gis.arrays import objects
from gis.clock.known import Codes, Counts, Flags
from gis.days import ONE_DAY, Days
from gis.frames import door

MILESTONES = ("start", "completion", "production", "capacity")
DONE = ("started_on", "completed_on", "produced_on", "at_capacity_on")
CONTROLS = ("investment_yuan_per_m2", "floor_ratio_min", "tax_yuan_per_m2", "output_yuan_per_m2")
ACTUAL = tuple(f"actual_{name}" for name in CONTROLS)
# The most that may have been reached: what is recorded of the investment, and the land price.
WITH_PRICE = "investment_with_price_yuan_per_m2"
MOST = (WITH_PRICE, *ACTUAL[1:])
OUTCOMES = (
    "closed",
    "below_control",
    *(f"overdue_{name}" for name in MILESTONES),
    "undetermined",
    "met",
    "done_late",
    "on_schedule",
    "not_yet_due",
)
STAGES = ("not_started", "started", "completed", "producing", "at_capacity")
"""What a sighting may show; milestone number n is reached at stage n + 1."""
NO_DAYS = "agreed_days"
_CAPACITY = MILESTONES.index("capacity")
_CODE = {name: np.int8(code) for code, name in enumerate(OUTCOMES)}
_NOT_AGREED, _NOT_DUE, _MET, _LATE, _OVERDUE, _UNKNOWN = range(6)


@dataclass(frozen=True)
class _Known:
    """Arrays with one row per agreement; `due_on` and `done_on` have one column per milestone."""

    due_on: Days
    done_on: Days
    seen_on: Days
    stage: Codes
    right_ended_on: Days
    agreed: npt.NDArray[np.float64]
    actual: npt.NDArray[np.float64]
    most: npt.NDArray[np.float64]

    @property
    def is_missed(self) -> Flags:
        """Whether a control value is known to be missed: by the most that may have been reached."""
        return self.most < self.agreed

    @property
    def is_open(self) -> Flags:
        """Whether a control value was agreed and neither reached nor missed for certain."""
        is_reached = self.actual >= self.agreed
        return ~np.isnan(self.agreed) & ~is_reached & ~self.is_missed


@door(facts="agreement.facts", gives="agreement.findings")
def judge(facts: pd.DataFrame, as_of: date | Days) -> pd.DataFrame:
    """Return outcome, since_on, next_on, next_event and missing of each agreement, by its index.

    `as_of` is one day, or one per agreement.

    `facts` has one row per subject with an agreement: <milestone>_due_on, DONE, seen_on and
    seen_stage (the latest sighting and what it showed, see STAGES), right_ended_on, CONTROLS (what
    was agreed, NaN = nothing), ACTUAL (what was reached, NaN = not known) and WITH_PRICE (the
    investment with the land price, NaN = either is not known).
    """
    known = _known(facts, as_of)
    today: Days = np.broadcast_to(np.asarray(as_of, dtype="datetime64[D]"), len(facts))
    outcome, states = _outcomes(known, today)
    next_on, event = _coming(known, outcome, today)
    return pd.DataFrame(
        {
            "outcome": _words(outcome),
            "since_on": days.to_column(_since(known, outcome), facts.index),
            "next_on": days.to_column(next_on, facts.index),
            "next_event": _words(event),
            "missing": _missing(known, outcome, states, today),
        },
        index=facts.index,
    )


def milestones(facts: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return how late each milestone is or was, in days: 0 in time, <NA> not due or not known.

    A milestone seen not to be reached is late until `as_of`.
    """
    known = _known(facts, as_of)
    today = np.full(len(facts), np.datetime64(as_of, "D"))
    states = _states(known, today)
    until_on = np.where(states == _OVERDUE, today[:, None], known.done_on)
    late = np.where(
        np.isin(states, [_LATE, _OVERDUE]), (until_on - known.due_on).astype(np.int64), 0
    )
    is_said = np.isin(states, [_MET, _LATE, _OVERDUE])
    return pd.DataFrame(
        {
            name: pd.arrays.IntegerArray(late[:, place], ~is_said[:, place])
            for place, name in enumerate(MILESTONES)
        },
        index=facts.index,
    )


def penalty_fen(price_fen: int, share_per_day: float, days_late: int) -> int:
    """Return the contract penalty (违约金) in fen: share of the price a day, halves rounded up.

    >>> penalty_fen(100_000_000, 0.001, 12)
    1200000
    """
    amount = Fraction(price_fen) * Fraction(str(share_per_day)) * days_late
    return int((2 * amount + 1) // 2)


def turns(facts: pd.DataFrame) -> Days:
    """Return the days on which, no fact changing, an outcome may change: one row per agreement."""
    return _turns(_known(facts, date.max).due_on)


def _turns(due_on: Days) -> Days:
    # A milestone is late from the day after; control values are judged on the 达产 day itself.
    found: Days = np.column_stack([due_on + ONE_DAY, due_on[:, _CAPACITY]])
    return found


def _known(facts: pd.DataFrame, as_of: date | Days) -> _Known:
    today: Any = np.asarray(as_of, dtype="datetime64[D]")

    def past(name: str) -> Days:
        on = days.from_column(facts[name])
        return np.where(on <= today, on, days.UNKNOWN)

    numbers = [
        facts[[*names]].to_numpy(dtype=np.float64, na_value=np.nan)
        for names in (CONTROLS, ACTUAL, MOST)
    ]
    stage = pd.Index(STAGES).get_indexer(pd.Index(facts["seen_stage"]))
    return _Known(
        due_on=np.column_stack([days.from_column(facts[f"{n}_due_on"]) for n in MILESTONES]),
        done_on=np.column_stack([past(name) for name in DONE]),
        seen_on=past("seen_on"),
        stage=stage.astype(np.int8),
        right_ended_on=past("right_ended_on"),
        agreed=numbers[0],
        actual=numbers[1],
        most=numbers[2],
    )


def _states(known: _Known, on: Days) -> Codes:
    """Return one of the six states per agreement and milestone on a day of each."""
    due_on, done_on = known.due_on, known.done_on
    # What came later had the earlier behind it, though its own day is not on file.
    reached_on = np.fmin.accumulate(done_on[:, ::-1], axis=1)[:, ::-1]
    is_passed = on[:, None] > due_on
    needs = np.arange(1, len(MILESTONES) + 1)
    is_short = (known.stage[:, None] >= 0) & (known.stage[:, None] < needs)
    is_seen_short = is_short & (known.seen_on[:, None] > due_on)
    state = np.where(is_passed, _UNKNOWN, _NOT_DUE)
    state[is_passed & is_seen_short] = _OVERDUE
    state[reached_on <= due_on] = _MET
    state[done_on > due_on] = _LATE
    state[np.isnat(due_on)] = _NOT_AGREED
    return state.astype(np.int8)


def _outcomes(known: _Known, on: Days) -> tuple[Codes, Codes]:
    states = _states(known, on)
    is_capacity = on >= known.due_on[:, _CAPACITY]
    outcome = np.full(len(on), _CODE["not_yet_due"])
    outcome[(states == _MET).any(axis=1)] = _CODE["on_schedule"]
    outcome[(states == _LATE).any(axis=1)] = _CODE["done_late"]
    outcome[is_capacity] = _CODE["met"]
    outcome[is_capacity & known.is_open.any(axis=1)] = _CODE["undetermined"]
    outcome[(states == _UNKNOWN).any(axis=1)] = _CODE["undetermined"]
    outcome[(states == _NOT_AGREED).all(axis=1)] = _CODE["undetermined"]
    for place in reversed(range(len(MILESTONES))):
        outcome[states[:, place] == _OVERDUE] = _CODE[f"overdue_{MILESTONES[place]}"]
    outcome[is_capacity & known.is_missed.any(axis=1)] = _CODE["below_control"]
    outcome[known.right_ended_on <= on] = _CODE["closed"]
    return outcome, states


def _coming(known: _Known, outcome: Codes, today: Days) -> tuple[Days, Codes]:
    """Return the first later day on which the outcome changes if no fact does."""
    turning = _turns(known.due_on).T
    next_on: Days = np.full(len(outcome), days.FAR)
    event = np.full(len(outcome), -1, dtype=np.int8)
    for on in turning:
        reached, _ = _outcomes(known, on)
        is_next: Flags = (on > today) & (on < next_on) & (reached != outcome)
        next_on[is_next], event[is_next] = on[is_next], reached[is_next]
    next_on[event < 0] = days.UNKNOWN
    return next_on, event


def _since(known: _Known, outcome: Codes) -> Days:
    since_on: Days = np.full(len(outcome), days.UNKNOWN)
    for place, name in enumerate(MILESTONES):
        late = outcome == _CODE[f"overdue_{name}"]
        since_on = np.where(late, known.due_on[:, place] + ONE_DAY, since_on)
    at_capacity = np.isin(outcome, [_CODE["met"], _CODE["below_control"]])
    since_on = np.where(at_capacity, known.due_on[:, _CAPACITY], since_on)
    return np.where(outcome == _CODE["closed"], known.right_ended_on, since_on)


def _missing(known: _Known, outcome: Codes, states: Codes, today: Days) -> Any:
    """Return what would settle an undetermined agreement: lists of names, None of the others."""
    is_capacity = (today >= known.due_on[:, _CAPACITY])[:, None]
    is_open = is_capacity & known.is_open
    none_agreed = (states == _NOT_AGREED).all(axis=1, keepdims=True)
    lacking = np.hstack([none_agreed, states == _UNKNOWN, is_open])
    lacking &= (outcome == _CODE["undetermined"])[:, None]
    names = np.array([NO_DAYS, *DONE, *CONTROLS], dtype=object)
    kinds, place = np.unique(lacking, axis=0, return_inverse=True)
    return objects([tuple(names[kind]) or None for kind in kinds])[place.reshape(-1)]


def _words(codes: Codes | Counts) -> Any:
    return pd.array(OUTCOMES, dtype="str").take(codes.astype(np.intp), allow_fill=True)
