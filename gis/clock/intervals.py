"""Intervals of days by subject: union, counting, and the first day on which n net years are full.

Both ends of an interval count. `days.FAR` as its end means that it has none yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gis import days
from gis.clock.known import Counts, Flags
from gis.days import ONE_DAY, Days

_FOREVER = np.timedelta64("NaT", "D")
_FAR_NUMBER = np.int64(days.FAR.astype(np.int64))


@dataclass(frozen=True)
class Intervals:
    """Intervals in long form: the position of the subject, first day, last day."""

    position: Counts
    starts_on: Days
    ends_on: Days

    def of(self, chosen: Flags) -> Intervals:
        """Return the intervals chosen by a mask."""
        return Intervals(self.position[chosen], self.starts_on[chosen], self.ends_on[chosen])

    def plus(self, other: Intervals) -> Intervals:
        """Return both lots, not yet merged."""
        return Intervals(
            np.concatenate([self.position, other.position]),
            np.concatenate([self.starts_on, other.starts_on]),
            np.concatenate([self.ends_on, other.ends_on]),
        )

    def subjects(self, count: int) -> Flags:
        """Return which of `count` subjects have an interval."""
        has = np.zeros(count, dtype=bool)
        has[self.position] = True
        return has


def merged(intervals: Intervals, after_on: Days) -> Intervals:
    """Return the union per subject of what lies after its day in `after_on`: disjoint, in order.

    `after_on` has one day per subject; where it is NaT nothing is left.

    Two papers over the same days count once; 10 January is the day due and does not count.

    >>> days = np.array(["2020-01-05", "2020-01-20", "2020-01-25", "2020-01-31"], dtype="M8[D]")
    >>> both = Intervals(np.zeros(2, dtype=np.int64), days[:2], days[2:])
    >>> union = merged(both, np.array(["2020-01-10"], dtype="M8[D]"))
    >>> union.starts_on.tolist(), union.ends_on.tolist()
    ([datetime.date(2020, 1, 11)], [datetime.date(2020, 1, 31)])
    >>> counted_days(union, np.datetime64("2020-01-15"), 1).tolist()
    [5]
    """
    starts_on = np.maximum(intervals.starts_on, after_on[intervals.position] + ONE_DAY)
    is_left = starts_on <= intervals.ends_on
    position = intervals.position[is_left]
    starts = starts_on[is_left].astype(np.int64)
    ends = intervals.ends_on[is_left].astype(np.int64)
    if position.size == 0:
        return Intervals(position, starts.astype("datetime64[D]"), ends.astype("datetime64[D]"))
    # Lifting each subject's days above those of the one before lets one key sort, and one running
    # maximum do.
    lift = position * (2 * _FAR_NUMBER)
    key = lift + starts
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        position, starts, ends, lift = position[order], starts[order], ends[order], lift[order]
    reach = np.maximum.accumulate(lift + ends) - lift
    is_first = np.ones(position.size, dtype=bool)
    is_first[1:] = (position[1:] != position[:-1]) | (starts[1:] > reach[:-1])
    heads = np.flatnonzero(is_first)
    tails = np.append(heads[1:], position.size) - 1
    return Intervals(
        position[heads],
        starts[heads].astype("datetime64[D]"),
        reach[tails].astype("datetime64[D]"),
    )


def counted_days(intervals: Intervals, until_on: Days | np.datetime64, count: int) -> Counts:
    """Return how many days of each of `count` subjects lie in its merged intervals up to a day.

    `until_on` is one day, or one per subject.
    """
    last = np.minimum(intervals.ends_on, np.broadcast_to(until_on, count)[intervals.position])
    length = np.maximum((last - intervals.starts_on).astype(np.int64) + 1, 0)
    return np.bincount(intervals.position, weights=length, minlength=count).astype(np.int64)


def reached_on(intervals: Intervals, *due_on: Days) -> tuple[Days, ...]:
    """Return the first day on which each period is full once the intervals are left out.

    Each of `due_on` is the last day of a period by the calendar, per subject. From the day after it
    on, every merged interval that begins by the day reached puts it off by its length.
    NaT where an interval without an end comes before, and where `due_on` is unknown.

    The last day of the year is 2020-06-30; 31 days of May 2020 are excused:

    >>> may = Intervals(
    ...     np.zeros(1, dtype=np.int64),
    ...     np.array(["2020-05-01"], dtype="M8[D]"),
    ...     np.array(["2020-05-31"], dtype="M8[D]"),
    ... )
    >>> reached_on(may, np.array(["2020-06-30"], dtype="M8[D]"))[0].tolist()
    [datetime.date(2020, 8, 1)]
    """
    reached = tuple(last_on + ONE_DAY for last_on in due_on)
    if intervals.position.size == 0:
        return reached
    is_first = np.ones(intervals.position.size, dtype=bool)
    is_first[1:] = intervals.position[1:] != intervals.position[:-1]
    heads = np.flatnonzero(is_first)
    sizes = np.diff(np.append(heads, intervals.position.size))
    for nth in range(int(sizes.max())):
        place = heads[sizes > nth] + nth
        who = intervals.position[place]
        starts_on, ends_on = intervals.starts_on[place], intervals.ends_on[place]
        # An interval without an end puts every day off for ever: NaT plus anything is NaT.
        length = np.where(ends_on == days.FAR, _FOREVER, ends_on - starts_on + ONE_DAY)
        for first_on in reached:
            now_on = first_on[who]
            first_on[who] = np.where(starts_on <= now_on, now_on + length, now_on)
    return reached


def in_force_until(intervals: Intervals, on: Days | np.datetime64, count: int) -> Days:
    """Return the last day of the merged interval that holds the day `on`; NaT where none does.

    `on` is one day, or one per subject.

    None of the intervals, which need not be merged, begins after `on`: so all that reach it overlap
    there and end, merged, with the latest of them.
    """
    holds = intervals.ends_on >= np.broadcast_to(on, count)[intervals.position]
    nothing = np.iinfo(np.int64).min  # what NaT is as a number
    until = np.full(count, nothing)
    np.maximum.at(until, intervals.position[holds], intervals.ends_on[holds].view(np.int64))
    return until.view("datetime64[D]")
