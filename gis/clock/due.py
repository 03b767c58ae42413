"""The day by which building had to start, and where that day comes from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gis import days
from gis.clock.known import ClockFacts, Codes, Counts, Flags, Subset
from gis.clock.settings import Settings
from gis.days import Days

BASES = ("unknown", "extension", "contract", "handover", "signing")
EXTENSION_FLAGS = ("more_than_max_years", "no_approval", "replaced_day_unknown")


@dataclass(frozen=True)
class Due(Subset):
    """The start day due of each subject.

    `basis` indexes BASES; `delay_days` is the late hand-over (0 = none), counted from the day after
    `late_from_on`, of which the start day carries it when `is_shifted`; `is_raised`: the day agreed
    lay before the actual hand-over, which stands in its place. `estimate_on` is the agreed
    hand-over + art. 22's year where nothing else is known: shown, never judged on. `is_presumed`
    marks a late hand-over of a contract without a signing day.
    """

    start_due_on: Days
    basis: Codes
    delay_days: Counts
    late_from_on: Days
    is_shifted: Flags
    is_raised: Flags
    is_presumed: Flags
    estimate_on: Days
    flags: Codes


def start_due(known: ClockFacts, settings: Settings) -> Due:
    """Return the start day due: newest extension, else contract, else what a silent contract means.

    A late hand-over (actual after agreed, both recorded) moves the day by the delay when the day
    was agreed before the actual hand-over and the setting is `shift`; what came before an extension
    was signed is not counted again. No start is due before the actual hand-over. A contract without
    a signing day is taken as agreed before: it names a hand-over day that lay before the actual
    one.
    """
    silent_years = settings.silent_contract_years
    is_by_handover = settings.silent_contract_from == "handover"
    silent_on = known.handover_actual_on if is_by_handover else known.signed_on
    is_extended = ~np.isnat(known.extension_start_due_on)
    is_agreed = ~is_extended & ~np.isnat(known.start_agreed_on)
    is_silent = ~is_extended & ~is_agreed & ~np.isnat(silent_on)
    due_on = np.where(is_agreed, known.start_agreed_on, known.extension_start_due_on)
    due_on[is_silent] = days.add_years(silent_on[is_silent], silent_years)

    late_from_on = known.handover_agreed_on.copy()
    extended = np.flatnonzero(is_extended)
    late_from_on[extended] = np.fmax(late_from_on[extended], known.extension_on[extended])
    late_from_on[np.isnat(known.handover_agreed_on)] = days.UNKNOWN
    is_late = known.handover_actual_on > late_from_on
    is_unsigned = is_agreed & np.isnat(known.signed_on)
    is_before = is_extended | (is_agreed & ~(known.signed_on >= known.handover_actual_on))
    is_delayed = is_late & is_before
    late = np.flatnonzero(is_delayed)
    late_by = known.handover_actual_on[late] - late_from_on[late]
    delay = np.zeros(len(due_on), dtype=np.int64)
    delay[late] = late_by.astype(np.int64)
    is_shifted = is_delayed & (settings.late_handover == "shift")
    if settings.late_handover == "shift":
        due_on[late] += late_by
    raised = np.flatnonzero(due_on < known.handover_actual_on)
    due_on[raised] = known.handover_actual_on[raised]
    is_raised = np.zeros(len(due_on), dtype=bool)
    is_raised[raised] = True

    basis = np.zeros(len(due_on), dtype=np.int8)
    of_silence = BASES.index("handover" if is_by_handover else "signing")
    for code, mask in ((1, is_extended), (2, is_agreed), (of_silence, is_silent)):
        basis[mask] = code
    estimate_on: Days = np.full(len(due_on), days.UNKNOWN)
    is_unknown = np.isnat(due_on)
    estimate_on[is_unknown] = days.add_years(known.handover_agreed_on[is_unknown], silent_years)
    return Due(
        start_due_on=due_on,
        basis=basis,
        delay_days=delay,
        late_from_on=np.where(is_delayed, late_from_on, days.UNKNOWN),
        is_shifted=is_shifted,
        is_raised=is_raised,
        is_presumed=is_delayed & is_unsigned,
        estimate_on=estimate_on,
        flags=_extension_flags(known, settings, is_extended),
    )


def other_setting(settings: Settings) -> Settings:
    """Return the same law with a late hand-over treated the other way."""
    other = "cut" if settings.late_handover == "shift" else "shift"
    return replace(settings, late_handover=other)


def _extension_flags(known: ClockFacts, settings: Settings, is_extended: Flags) -> Codes:
    """Return one bit per entry of EXTENSION_FLAGS: used all the same, and told.

    A first extension replaces the contract's day, a later one the extension before it.
    """
    extended = np.flatnonzero(is_extended)
    replaced_on = known.extension_before_due_on[extended]
    before_on = np.where(np.isnat(replaced_on), known.start_agreed_on[extended], replaced_on)
    latest = days.add_years(before_on, settings.extension_max_years)
    is_long = known.extension_start_due_on[extended] > latest
    is_unapproved = ~known.is_extension_approved[extended]
    is_rootless = np.isnat(before_on)
    flags = np.zeros(len(is_extended), dtype=np.int8)
    for bit, mask in enumerate((is_long, is_unapproved, is_rootless)):
        flags[extended] |= mask.astype(np.int8) << bit
    return flags
