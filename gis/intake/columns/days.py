"""Days as registers write them, read to whole days: text, Excel serials, timestamps, numbers.

The few days that stand for "not filled in" (1900-01-01, what spreadsheets make of zero, and those
a person names for the register) come out empty with a note; every other day from 1900 on is a day.
A timestamp names an instant; the day is the day it was in Beijing. A month without a day is its
first or its last day, as the column has it in `gis/fields.toml`, and is said aloud.
"""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import numpy as np
import pandas as pd

from gis.intake.columns.cells import (
    BLANK_MARKS,
    Fault,
    Parsed,
    Read,
    by_distinct,
    is_cell_error,
    plain,
)

_BEIJING = timedelta(hours=8)
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_EXCEL_EPOCH = date(1899, 12, 30)
# Year, month and day as written, of days that stand for no date: there need be no such day.
EmptyDays = frozenset[tuple[int, int, int]]
# Written by registers, and made by spreadsheets of the numbers 0 and 1.
_SENTINELS: EmptyDays = frozenset({(1900, 1, 1), (1900, 1, 0), (1899, 12, 30), (1899, 12, 31)})
_EXCEL_FIRST, _EXCEL_2101 = 10_000, 73_416  # a serial has five digits: 1927-05-18 to 2100-12-31
_EXCEL_LAST = 2_958_465  # 9999-12-31, the last day a spreadsheet has
_LAST_SECOND = 59_000_000_000  # of the years 101 to 3839, counted from 1970
_FULL = re.compile(
    r"(\d{4})[年./\-,](\d{1,2})[月./\-,](\d{1,2})(?:日|号)?(?:之前|以前|前)?"
    r"(?P<clock>[T\s]*(?:星期.)?\s*(?:上午|下午)?\s*\d{1,2}[:时点][\d:.时分秒]*\s*(?:AM|PM)?"
    r"\s*(?P<zone>(?:Z|UTC|GMT)?(?:[+-]\d{2}(?::?\d{2})?)?)?)?",
    re.IGNORECASE,
)
_PART_OF_MONTH = r"份?(?:底|末|初|中|上旬|中旬|下旬)?(?:之前|以前|前)?"
_MONTH = re.compile(rf"(\d{{4}})[年./\-](\d{{1,2}})(?:月{_PART_OF_MONTH})?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:\d{6})?")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:E[+-]?\d+)?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,2})[:时点](\d{1,2})?")
_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_CHINESE = re.compile(
    r"([〇○零一二三四五六七八九]{4})年([一二三四五六七八九十]{1,3})月(?:([一二三四五六七八九十]{1,3})[日号])?(.*)"
)


def read_days(
    raw: pd.Series, at_month_end: bool = False, empty_days: EmptyDays = frozenset()
) -> Parsed:
    """Return datetime64[s] days; `at_month_end` decides what a month without a day means.

    `empty_days` stand for no date in this register, besides those that do in every one.
    """
    if isinstance(raw.dtype, pd.DatetimeTZDtype) or raw.dtype.kind == "M":
        return _typed_days(raw, empty_days)
    return by_distinct(
        raw,
        lambda value: read_day(value, at_month_end, empty_days),
        lambda days: np.array([np.datetime64("NaT") if v is None else v for v in days], "M8[s]"),
    )


@lru_cache(maxsize=1 << 16, typed=True)
def read_day(
    value: object, at_month_end: bool = False, empty_days: EmptyDays = frozenset()
) -> Read:
    """Return one cell as a `datetime64[D]` with the fault met, if any; empty cells are silent."""
    if isinstance(value, datetime):
        moment = value if value.tzinfo is None else value.astimezone(UTC) + _BEIJING
        return _judged(moment.year, moment.month, moment.day, empty_days)
    if isinstance(value, date):
        return _judged(value.year, value.month, value.day, empty_days)
    if isinstance(value, int | float | np.number):
        return _from_number(float(value), at_month_end, empty_days)
    text = re.sub(r"\s*([年月日号])\s*", r"\1", plain(value))
    if text.lower() in BLANK_MARKS:
        return Read()
    if is_cell_error(text):
        return Read(code="cell_error")
    return _from_text(text, at_month_end, empty_days)


def _from_text(text: str, at_month_end: bool, empty_days: EmptyDays) -> Read:
    if found := _CHINESE.fullmatch(text):
        year, month, day, rest = found.groups()
        text = f"{year.translate(_DIGITS)}年{_ten(month)}月" + (f"{_ten(day)}日" if day else "")
        text += rest
    if found := _FULL.fullmatch(text):
        year, month, day = (int(part) for part in found.groups()[:3])
        answer = _judged(year, month, day, empty_days)
        if found["zone"] and answer.value is not None:
            return _in_beijing(date(year, month, day), found["clock"], found["zone"], empty_days)
        return answer
    if found := _COMPACT.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
        if _is_near(year) or (year, month, day) in empty_days:
            return _judged(year, month, day, empty_days)
    if found := _MONTH.fullmatch(text):
        return _month(int(found[1]), int(found[2]), at_month_end)
    if _NUMBER.fullmatch(text):
        return _from_number(float(text), at_month_end, empty_days)
    return Read(code="unreadable_day")


def named_day(text: str) -> tuple[int, int, int] | None:
    """Return year, month and day of a day written out, None for what is none: 0000-00-00 is one."""
    text = re.sub(r"\s*([年月日号])\s*", r"\1", plain(text))
    found = _COMPACT.fullmatch(text) if len(text) == 8 else _FULL.fullmatch(text)
    if found is None or (found.re is _FULL and found["clock"]):
        return None
    year, month, day = (int(part) for part in found.groups()[:3])
    return year, month, day


def _ten(text: str) -> int:
    """Return 1 to 99 for Chinese numerals such as 八, 十, 二十八."""
    if "十" not in text:
        return int(text.translate(_DIGITS))
    tens, _, ones = text.partition("十")
    return int(tens.translate(_DIGITS) or 1) * 10 + int(ones.translate(_DIGITS) or 0)


def _is_near(year: int) -> bool:
    return _FIRST_YEAR <= year <= _LAST_YEAR


def _judged(year: int, month: int, day: int, empty_days: EmptyDays) -> Read:
    if (year, month, day) in _SENTINELS or (year, month, day) in empty_days:
        return Read(code="sentinel_day")
    # The calendar repeats every 400 years: a year without a number of its own has the same months.
    last = calendar.monthrange(2000 + year % 400, month)[1] if 1 <= month <= 12 else 0
    if not 1 <= day <= last:
        return Read(code="impossible_day")
    if not _is_near(year):
        return Read(code="far_day")
    return Read(np.datetime64(date(year, month, day), "D"))


def _month(year: int, month: int, at_month_end: bool) -> Read:
    """Return a month as its first or last day, whatever days of it a person named as empty."""
    if not 1 <= month <= 12:
        return Read(code="impossible_day")
    if (year, month, 1) in _SENTINELS:
        return Read(code="sentinel_day")
    last = calendar.monthrange(2000 + year % 400, month)[1]
    answer = _judged(year, month, last if at_month_end else 1, frozenset())
    if answer.code:
        return answer
    return Read(answer.value, "month_without_day", str(answer.value))


def _from_number(number: float, at_month_end: bool, empty_days: EmptyDays) -> Read:
    """Return a bare number as a day: 20160828, 201608, an Excel serial, or a timestamp."""
    if np.isnan(number):
        return Read()
    if not np.isfinite(number):
        return Read(code="unreadable_day")
    whole = int(number)
    if number == whole and _is_named(whole, empty_days):
        return Read(code="sentinel_day")
    if number == whole and 19000000 <= whole <= 21009999:
        return _judged(whole // 10000, whole // 100 % 100, whole % 100, empty_days)
    if number == whole and 190000 <= whole <= 210099:
        return _month(whole // 100, whole % 100, at_month_end)
    if number in (0, 1):
        return Read(code="sentinel_day")
    if 0 <= number < _EXCEL_FIRST:
        return Read(code="unreadable_day")  # a year alone, an age, a count: no day
    if 0 < number < _EXCEL_2101:
        return _noted(_EXCEL_EPOCH + timedelta(days=whole), empty_days)
    seconds = number / 1000 if abs(number) >= 1e11 else number
    if abs(seconds) < 1e8 or abs(seconds) > _LAST_SECOND:
        return Read(code="unreadable_day")
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds) + _BEIJING
    answer = _noted(moment.date(), empty_days)
    is_told = abs(seconds) <= 4.2e9 or answer.code == "sentinel_day"
    return answer if is_told else Read(code="unreadable_day")


def _is_named(whole: int, empty_days: EmptyDays) -> bool:
    """True for a day named as empty, written as 29991231 or as a spreadsheet's serial."""
    if (whole // 10000, whole // 100 % 100, whole % 100) in empty_days:
        return True
    if not empty_days or not _EXCEL_FIRST <= whole <= _EXCEL_LAST:
        return False
    day = _EXCEL_EPOCH + timedelta(days=whole)
    return (day.year, day.month, day.day) in empty_days


def _noted(day: date, empty_days: EmptyDays) -> Read:
    answer = _judged(day.year, day.month, day.day, empty_days)
    return answer if answer.code else Read(answer.value, "day_from_serial")


def _in_beijing(day: date, clock: str, zone: str, empty_days: EmptyDays) -> Read:
    """Return the day it was in Beijing at an instant written with its zone."""
    found = _CLOCK.search(clock)
    hours, minutes = (int(found[1]), int(found[2] or 0)) if found else (0, 0)
    if re.search("PM|下午", clock, re.IGNORECASE) and hours < 12:
        hours += 12
    elif re.search("AM|上午", clock, re.IGNORECASE) and hours == 12:
        hours = 0
    offset = timedelta()
    if found_offset := re.search(r"([+-])(\d{2}):?(\d{2})?", zone):
        sign, ahead_hours, ahead_minutes = found_offset.groups()
        offset = timedelta(hours=int(ahead_hours), minutes=int(ahead_minutes or 0))
        offset = -offset if sign == "-" else offset
    if hours > 24 or minutes > 59 or abs(offset) > timedelta(hours=14):
        return Read(code="unreadable_day")
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
        hours=hours, minutes=minutes
    )
    moment = moment - offset + _BEIJING
    return _judged(moment.year, moment.month, moment.day, empty_days)


def _typed_days(raw: pd.Series, empty_days: EmptyDays) -> Parsed:
    """Return days of a column whose type already says it holds days or instants."""
    if isinstance(raw.dtype, pd.DatetimeTZDtype):
        raw = raw.dt.tz_convert("UTC").dt.tz_localize(None) + _BEIJING
    days = raw.to_numpy("M8[D]")
    years = days.astype("M8[Y]").astype(np.int64) + 1970
    is_known = ~np.isnat(days)
    is_sentinel = is_known & np.isin(days, _calendar_days(_SENTINELS | empty_days))
    is_far = is_known & ~is_sentinel & ((years < _FIRST_YEAR) | (years > _LAST_YEAR))
    values = days.astype("M8[s]")
    values[is_sentinel | is_far] = np.datetime64("NaT")
    faults = [Fault("sentinel_day", np.flatnonzero(is_sentinel))] if is_sentinel.any() else []
    faults += [Fault("far_day", np.flatnonzero(is_far))] if is_far.any() else []
    return Parsed(values, faults)


def _calendar_days(days: EmptyDays) -> np.ndarray[tuple[int], np.dtype[np.datetime64]]:
    """Return those of the days that there are."""
    there = [
        f"{year:04}-{month:02}-{day:02}"
        for year, month, day in sorted(days)
        if 1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000 + year % 400, month)[1]
    ]
    return np.array(there, "M8[D]")
