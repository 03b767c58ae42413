"""Which days are worked: weekends, legal holidays, and the weekend days worked instead.

民法典 203: a period whose last day is a 法定休假日 ends on the first day after it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.days import ONE_DAY, Days
from gis.errors import LawError
from gis.law import Law

_SATURDAY = 5
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday


@dataclass(frozen=True)
class Workdays:
    """The days from `first_on` on, one by one: is it worked, and is its year's table known."""

    first_on: np.datetime64
    is_worked: npt.NDArray[np.bool_]
    is_known: npt.NDArray[np.bool_]

    def on_or_after(self, on: Days) -> Days:
        """Return the first day worked that is not before each day."""
        return self._nth(on - ONE_DAY, 1)

    def after(self, on: Days, count: int) -> Days:
        """Return the day that is `count` working days after each day, which does not count."""
        return self._nth(on, count)

    def is_sure(self, since_on: Days, until_on: Days) -> npt.NDArray[np.bool_]:
        """Return where the table of every year from the one day to the other is known."""
        unknown = np.concatenate([[0], np.cumsum(~self.is_known)])
        sure: npt.NDArray[np.bool_] = (
            unknown[self._place(until_on) + 1] == unknown[self._place(since_on)]
        )
        return sure

    def _place(self, on: Days) -> npt.NDArray[np.int64]:
        return (on - self.first_on).astype(np.int64)

    def _nth(self, on: Days, count: int) -> Days:
        worked = np.cumsum(self.is_worked)
        place = np.searchsorted(worked, worked[self._place(on)] + count)
        return self.first_on + place * ONE_DAY


def workdays(law: Law, first_on: date, last_on: date, region: str | None = None) -> Workdays:
    """Return the days from the year before `first_on` to the year after `last_on`.

    National Day of 2026 is off from 1 to 7 October; 10 October, a Saturday, is worked:

    >>> from gis.law import load
    >>> worked = workdays(load(), date(2026, 10, 1), date(2026, 10, 31))
    >>> worked.on_or_after(np.array(["2026-10-01", "2026-10-10"], dtype="datetime64[D]")).tolist()
    [datetime.date(2026, 10, 8), datetime.date(2026, 10, 10)]
    """
    years = range(first_on.year - 1, last_on.year + 2)
    start = _new_year(years[0])
    span = np.arange(start, _new_year(years[-1] + 1))
    is_worked = (span.astype(np.int64) + _EPOCH_WEEKDAY) % 7 < _SATURDAY
    is_known = np.zeros(len(span), dtype=bool)
    year_of = span.astype("datetime64[Y]")
    for year in years:
        if not date.min.year <= year <= date.max.year:
            continue  # no law is asked for a year that Python's days do not have
        try:
            off = law.value("period.days_off", date(year, 1, 1), region).amount
            instead = law.value("period.days_worked", date(year, 1, 1), region).amount
        except LawError:
            # Told in the calendar: `is_sure` is false for the whole year.
            continue
        is_known[year_of == np.datetime64(year - 1970, "Y")] = True
        for period in _entries(off):
            days = dict(period)
            is_worked[(span >= _day(days["starts_on"])) & (span <= _day(days["ends_on"]))] = False
        is_worked[np.isin(span, [_day(day) for day in _entries(instead)])] = True
    return Workdays(start, is_worked, is_known)


def _new_year(year: int) -> np.datetime64:
    day: np.datetime64 = np.datetime64(year - 1970, "Y").astype("datetime64[D]")
    return day


def _entries(amount: Any) -> tuple[Any, ...]:
    if not isinstance(amount, tuple):
        raise LawError(
            f"节假日应为列表： holidays are {amount!r}, not a list", "写成列表 write them as a list"
        )
    return amount


def _day(day: Any) -> np.datetime64:
    if type(day) is not date:
        raise LawError(
            f"节假日应为日期： a holiday is {day!r}, not a day",
            "写成 write it as 2026-10-01, unquoted",
        )
    return np.datetime64(day, "D")
