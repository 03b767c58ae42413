"""The days that divide a subject's time: the table asks of any day only "before or after".

Net time stands still while an excused interval runs and never goes back, so a day of the table's
`passed(n, excused)` is one day per subject, found once; every later question is a comparison.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gis import days
from gis.clock.due import Due
from gis.clock.intervals import Intervals, counted_days, in_force_until, merged, reached_on
from gis.clock.known import CAUSE_KINDS, Causes, Counts, Flags, Subset
from gis.clock.settings import Settings
from gis.days import ONE_DAY, Days


@dataclass(frozen=True)
class Marks(Subset):
    """Per subject; NaT = never, with the causes known.

    `idle_from_on` first day on which gross 1 has passed; `fee_from_on`, `recovery_from_on` first
    day of net 1 and net 2; `excused_until_on` last day of the excused interval in force on the day
    judged (FAR = open). `seizure_*` and `preliminary_*`: the same with the days of those causes
    excused too, and until when one of them is in force; only causes begun before gross 1 passed
    (`has_own_class`: there is one).
    """

    start_due_on: Days
    idle_from_on: Days
    fee_from_on: Days
    recovery_from_on: Days
    excused_until_on: Days
    seizure_until_on: Days
    seizure_fee_from_on: Days
    seizure_recovery_from_on: Days
    preliminary_until_on: Days
    preliminary_fee_from_on: Days
    preliminary_recovery_from_on: Days
    has_own_class: Flags
    excused_days: Counts


def full_years(on: Days, years: int, settings: Settings) -> Days:
    """Return the last day of a period of full years that began after the day `on`."""
    return days.add_years(on, years) - settings.boundary_days * ONE_DAY


def marks(
    due: Due, causes: Causes, settings: Settings, as_of: Days | np.datetime64
) -> tuple[Marks, Intervals]:
    """Return the dividing days of each subject and its merged excused intervals.

    `as_of` is one day, or one per subject.
    """
    count = len(due.start_due_on)
    start_due_on = due.start_due_on
    last_idle_on = full_years(start_due_on, settings.years_to_idle, settings)
    if settings.years_to_fee == settings.years_to_idle:
        last_fee_on = last_idle_on
    else:
        last_fee_on = full_years(start_due_on, settings.years_to_fee, settings)
    last_recovery_on = full_years(start_due_on, settings.years_to_recovery, settings)

    raw = _excusing(due, causes, settings, as_of)
    excused = merged(raw, start_due_on)
    fee_from_on, recovery_from_on = reached_on(excused, last_fee_on, last_recovery_on)

    def special(kind: str, treatment: str) -> tuple[Intervals, Days, Days]:
        """Return the intervals of a class of its own, and net 1 and net 2 with them excused too."""
        own = _of_kinds(causes, (kind,)) if treatment == "own_class" else _none()
        own = own.of(own.starts_on <= last_idle_on[own.position])
        if own.position.size == 0:
            return own, fee_from_on, recovery_from_on
        touched = own.subjects(count)
        both = merged(raw.of(touched[raw.position]).plus(own), start_due_on)
        fee, recovery = reached_on(both, last_fee_on, last_recovery_on)
        return (
            own,
            np.where(touched, fee, fee_from_on),
            np.where(touched, recovery, recovery_from_on),
        )

    seizures, seizure_fee_from_on, seizure_recovery_from_on = special("seizure", settings.seizure)
    works, works_fee_from_on, works_recovery_from_on = special("preliminary", settings.preliminary)
    return Marks(
        start_due_on=start_due_on,
        idle_from_on=last_idle_on + ONE_DAY,
        fee_from_on=fee_from_on,
        recovery_from_on=recovery_from_on,
        excused_until_on=in_force_until(raw, as_of, count),
        seizure_until_on=in_force_until(seizures, as_of, count),
        seizure_fee_from_on=seizure_fee_from_on,
        seizure_recovery_from_on=seizure_recovery_from_on,
        preliminary_until_on=in_force_until(works, as_of, count),
        preliminary_fee_from_on=works_fee_from_on,
        preliminary_recovery_from_on=works_recovery_from_on,
        has_own_class=seizures.subjects(count) | works.subjects(count),
        excused_days=counted_days(excused, as_of, count),
    ), excused


def _excusing(
    due: Due, causes: Causes, settings: Settings, as_of: Days | np.datetime64
) -> Intervals:
    """Return the art. 8 and force-majeure intervals and the region's periods.

    A late hand-over is never among them: no start is due before the actual hand-over, so none of
    its days lie after the start day, and none is deducted twice.
    """
    kinds = list(settings.excusing_kinds)
    kinds += ["seizure"] if settings.seizure == "excused" else []
    kinds += ["preliminary"] if settings.preliminary == "excused" else []
    found = _of_kinds(causes, tuple(kinds))
    for starts_on, ends_on, _ in settings.excused_periods:
        has_begun = np.datetime64(starts_on, "D") <= as_of
        who = np.flatnonzero(np.broadcast_to(has_begun, len(due.start_due_on)))
        found = found.plus(_everywhere(who, starts_on, ends_on))
    return found


def _of_kinds(causes: Causes, kinds: tuple[str, ...]) -> Intervals:
    codes = [CAUSE_KINDS.index(kind) for kind in kinds]
    # A cause that ends before it begins, or without a first day, excuses nothing: it is told as a
    # clash or as missing, never counted.
    is_asked = np.zeros(len(CAUSE_KINDS), dtype=bool)
    is_asked[codes] = True
    chosen = is_asked[causes.kind] & (causes.starts_on <= causes.ends_on)
    return Intervals(causes.position[chosen], causes.starts_on[chosen], causes.ends_on[chosen])


def _everywhere(positions: Counts, starts_on: object, ends_on: object) -> Intervals:
    first: Days = np.full(len(positions), np.datetime64(str(starts_on), "D"))
    last_on = days.FAR if ends_on is None else np.datetime64(str(ends_on), "D")
    return Intervals(positions, first, np.full(len(positions), last_on))


def _none() -> Intervals:
    nothing: Days = np.empty(0, dtype="datetime64[D]")
    return Intervals(np.empty(0, dtype=np.int64), nothing, nothing)
