"""Calendar arithmetic on arrays of days (`datetime64[D]`), as the civil law counts them.

A day that is not known is NaT; it compares false with everything, so an unknown day never counts
as passed, early or late.
"""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd

Days: TypeAlias = npt.NDArray[np.datetime64]

ONE_DAY = np.timedelta64(1, "D")
UNKNOWN = np.datetime64("NaT", "D")
FAR = np.datetime64("9999-12-31", "D")
"""The end of an interval that has no end yet: later than any day anybody asks about."""


def add_days(day: date, days: int) -> date:
    """Return the day so many days later (earlier if negative), not beyond the calendar's own ends.

    >>> add_days(date(9999, 12, 30), 5), add_days(date(2026, 6, 30), 1)
    (datetime.date(9999, 12, 31), datetime.date(2026, 7, 1))
    """
    return date.fromordinal(
        min(max(day.toordinal() + days, date.min.toordinal()), date.max.toordinal())
    )


def from_column(column: pd.Series) -> Days:
    """Return a day column of a frame as `datetime64[D]`; NaT stays NaT."""
    if column.dtype.kind != "M":
        column = pd.to_datetime(column)
    return column.to_numpy().astype("datetime64[D]")


def to_column(days: Days, index: pd.Index) -> pd.Series:
    """Return an array of days as a column of the frames that travel: `datetime64[s]`."""
    return pd.Series(days.astype("datetime64[s]"), index=index)


def add_years(days: Days, years: int) -> Days:
    """Return the corresponding day `years` calendar years later; 29 February becomes month's end.

    民法典 202: a period in years ends on the corresponding day of its last month, and on the last
    day of that month where there is none. Any shape; NaT gives NaT; `years` may be negative.

    >>> add_years(np.array(["2020-02-29", "2019-02-28"], dtype="datetime64[D]"), 1).tolist()
    [datetime.date(2021, 2, 28), datetime.date(2020, 2, 28)]
    """
    is_unknown = np.isnat(days)
    if is_unknown.all():
        return days.copy()
    numbers = days.astype(np.int64)
    last = numbers.max()  # NaT is the lowest number there is
    numbers[is_unknown] = last
    first = numbers.min()
    # A register spans some decades: working out each day of the calendar once and looking it up is
    # twenty times faster than taking a million days apart.
    if last - first >= numbers.size:
        return _corresponding(days, years)
    calendar = _corresponding(np.arange(first, last + 1).astype("datetime64[D]"), years)
    found: Days = calendar[numbers - first]
    found[is_unknown] = UNKNOWN
    return found


def _corresponding(days: Days, years: int) -> Days:
    months = days.astype("datetime64[M]")
    into_month = days - months.astype("datetime64[D]")
    target = months + 12 * years
    month_starts = target.astype("datetime64[D]")
    last_of_month = (target + 1).astype("datetime64[D]") - ONE_DAY
    corresponding: Days = np.minimum(month_starts + into_month, last_of_month)
    return corresponding
