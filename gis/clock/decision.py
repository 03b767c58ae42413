"""Everything the clock found out about each subject, as arrays, and the tables made of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd

from gis import days
from gis.arrays import objects
from gis.clock.clashes import CLASHES_TOLD
from gis.clock.coming import EVENTS
from gis.clock.completion import COMPLETION_STATES
from gis.clock.due import BASES, EXTENSION_FLAGS
from gis.clock.fee import NO_FEE
from gis.clock.known import GRADES, Codes, Counts, Flags, Subset
from gis.clock.rows import CLASHES, OUTCOMES, START_STATES, TRACKS
from gis.clock.settings import ROWS
from gis.days import Days

MISSING = (
    *(f"clash:{name}" for name in CLASHES),
    "developed_area_m2",
    "area_m2",
    "area_clash",
    "invested_fen",
    "investment_total_fen",
    "start_agreed_on",
    "handover_actual_on",
    "start_evidence",
    "cause_starts_on",
    "signed_on",
    "late_handover",
    "consent",
    "revokes",
    "price",
    "fee_basis",
    "supply_way",
)
"""What `missing` may name, besides `evidence_after:<day>`."""
_DAY_BITS = 32
_FEW_WORDS = 5
_DAY_MASK = (1 << _DAY_BITS) - 1


@dataclass(frozen=True)
class ClockResult(Subset):
    """One entry per subject; codes index the tuples of their modules, -1 = none."""

    row: Codes
    row_if_not_started: Codes
    outcome: Codes
    track: Codes
    facts_track: Codes
    start_state: Codes
    grade: Codes
    since_on: Days
    next_on: Days
    next_event: Codes
    other_event: Codes
    fee_fen: Counts
    fee_if_confirmed_fen: Counts
    article: Counts
    missing: Counts
    clashes: Codes
    evidence_after_on: Days
    start_due_on: Days
    start_due_basis: Codes
    start_due_estimate_on: Days
    handover_delay_days: Counts
    late_from_on: Days
    is_handover_shifted: Flags
    is_raised_to_handover: Flags
    unshifted_due_on: Days
    extension_flags: Codes
    gross_days: Counts
    excused_days: Counts
    first_gross_1_on: Days
    first_net_1_on: Days
    first_net_2_on: Days
    clash: Codes
    is_boundary: Flags
    completion_due_on: Days
    completion_state: Codes
    completion_overdue_days: Counts


def joined(parts: Sequence[ClockResult], places: Sequence[Counts]) -> ClockResult:
    """Return the parts as one, each entry back at its place."""
    order = np.argsort(np.concatenate(places))
    whole = {
        f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(ClockResult)
    }
    return ClockResult(**whole).take(order)


def findings_table(
    facts: pd.DataFrame, found: ClockResult, articles: Sequence[str]
) -> pd.DataFrame:
    """Return the finding columns of the contract without geom, block_code and name.

    Index, subject, area_m2 and region_code are those of `facts`; day columns datetime64[s], money
    Int64 fen, text columns str with NaN where there is nothing to say, lists of codes tuples, None
    where there is none.
    """
    index = facts.index
    return pd.DataFrame(
        {
            "subject": facts["subject"],
            "rule": _words(("idle_land",), np.zeros(len(facts), dtype=np.int8)),
            "outcome": _words(OUTCOMES, found.outcome),
            "track": _words(TRACKS, found.track),
            "evidence_grade": _words(GRADES, found.grade),
            "start_state": _words(START_STATES, found.start_state),
            "since_on": days.to_column(found.since_on, index),
            "next_on": days.to_column(found.next_on, index),
            "next_event": _words(EVENTS, found.next_event),
            "area_m2": facts["area_m2"].astype("float64"),
            "fee_fen": _whole(found.fee_fen, NO_FEE),
            "fee_if_confirmed_fen": _whole(found.fee_if_confirmed_fen, NO_FEE),
            "article": _words(articles, found.article),
            "missing": _missing(found),
            "clashes": _bit_words(CLASHES_TOLD, found.clashes),
            "region_code": facts["region_code"],
        },
        index=index,
    )


def trace_table(facts: pd.DataFrame, found: ClockResult) -> pd.DataFrame:
    """Return how each finding came about: days, counts, the row of the table, what is doubtful.

    `other_track` is the track (else the outcome) under the other late hand-over setting, where it
    differs; `row_if_not_started` the row that would hold were nothing started.
    """
    index = facts.index
    is_due_known = ~np.isnat(found.start_due_on)
    return pd.DataFrame(
        {
            "subject": facts["subject"],
            "row": _words(ROWS, found.row),
            "facts_track": _words(TRACKS, found.facts_track),
            "row_if_not_started": _words(ROWS, found.row_if_not_started),
            "start_due_on": days.to_column(found.start_due_on, index),
            "start_due_basis": _words(BASES, found.start_due_basis),
            "start_due_estimate_on": days.to_column(found.start_due_estimate_on, index),
            "handover_delay_days": found.handover_delay_days,
            "handover_late_from_on": days.to_column(found.late_from_on, index),
            "is_handover_shifted": found.is_handover_shifted,
            "is_raised_to_handover": found.is_raised_to_handover,
            "unshifted_due_on": days.to_column(found.unshifted_due_on, index),
            "other_track": _words(EVENTS, found.other_event),
            "extension_flags": _bit_words(EXTENSION_FLAGS, found.extension_flags),
            "gross_days": _whole(np.where(is_due_known, found.gross_days, -1), -1),
            "excused_days": _whole(np.where(is_due_known, found.excused_days, -1), -1),
            "unexcused_days": _whole(
                np.where(is_due_known, found.gross_days - found.excused_days, -1), -1
            ),
            "first_gross_1_on": days.to_column(found.first_gross_1_on, index),
            "first_net_1_on": days.to_column(found.first_net_1_on, index),
            "first_net_2_on": days.to_column(found.first_net_2_on, index),
            "clash": _bit_words(CLASHES, found.clash),
            "is_boundary": found.is_boundary,
            "completion_state": _words(COMPLETION_STATES, found.completion_state),
            "completion_due_on": days.to_column(found.completion_due_on, index),
            "completion_overdue_days": found.completion_overdue_days,
        },
        index=index,
    )


def _words(words: Sequence[str], codes: Codes | Counts) -> Any:
    """Return text for codes; -1 and an empty word are NaN."""
    # The empty word comes last, where -1 finds it: taking is half the price of filling in.
    pool = pd.array([*(word or None for word in words), None], dtype="str")
    return pool.take(np.where(codes < 0, len(words), codes))


def _whole(numbers: Counts, empty: int | np.int64) -> Any:
    return pd.arrays.IntegerArray(numbers.astype(np.int64, copy=False), numbers == empty)


def _bit_words(words: Sequence[str], bits: Codes | Counts) -> Any:
    """Return lists of the words whose bit is set, None where none is."""
    if len(words) <= _FEW_WORDS:
        # Every way to combine them is written out: no million of bits need be sorted.
        return _lists([_set(words, number) for number in range(1 << len(words))], bits)
    kinds, codes = np.unique(bits, return_inverse=True)
    return _lists([_set(words, int(number)) for number in kinds], codes)


def _lists(lists: Sequence[Sequence[str]], codes: Codes | Counts) -> Any:
    """Return lists of words for codes; -1 and an empty list are None."""
    return objects([*(tuple(words) or None for words in lists), None])[codes]


def _set(words: Sequence[str], number: int) -> list[str]:
    return [word for place, word in enumerate(words) if number >> place & 1]


def _missing(found: ClockResult) -> Any:
    codes = np.full(len(found.missing), -1)
    told = (found.missing != 0) | ~np.isnat(found.evidence_after_on)
    after_on = found.evidence_after_on[told]
    day = np.where(np.isnat(after_on), 0, after_on.astype(np.int64))
    # One number holds the names that lack and the day, so each wording is made once.
    codes[told], kinds = pd.factorize(found.missing[told] << _DAY_BITS | day)
    bits, day_numbers = kinds >> _DAY_BITS, kinds & _DAY_MASK
    names = {int(bit): _set(MISSING, int(bit)) for bit in np.unique(bits)}
    after = np.datetime_as_string(day_numbers.astype("datetime64[D]"))
    lists = [
        [*names[bit], *([f"evidence_after:{day}"] if number else [])]
        for bit, number, day in zip(bits.tolist(), day_numbers.tolist(), after, strict=True)
    ]
    return _lists(lists, codes)
