"""Days as registers write them."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_samples import EXAMPLES

from gis.intake.columns.days import read_day, read_days

THE_DAY = np.datetime64("2016-08-28")
days = st.dates(date(2000, 1, 1), date(2100, 12, 31))


@pytest.mark.parametrize(
    "cell",
    [
        "2016年8月28日", "2016/8/28", "2016-08-28", "2016.8.28", "20160828", 20160828, 20160828.0,
        "２０１６年８月２８日", "2016年 8月 28日", "2016-08-28 00:00:00", "2016/8/28 0:00",
        "二〇一六年八月二十八日",
        "2016年8月28日前", datetime.fromisoformat("2016-08-28T09:30"), date(2016, 8, 28),
        "2016-08-28T00:00:00+08:00", "20160828000000",
    ],
)  # fmt: skip
def test_every_way_of_writing_a_day_is_that_day(cell: object) -> None:
    assert read_day(cell).value == THE_DAY
    assert read_day(cell).code is None


@pytest.mark.parametrize(
    "cell",
    [42610, 42610.0, "42610", 1472313600000, "1472313600000", 1472342400000, 1472313600],
)
def test_serials_and_timestamps_are_days_in_beijing_and_said_aloud(cell: object) -> None:
    # 42610 days after 1899-12-30; 1472313600 s is 2016-08-27 16:00 UTC, midnight in Beijing.
    assert read_day(cell).value == THE_DAY
    assert read_day(cell).code == "day_from_serial"


def test_an_instant_belongs_to_the_day_it_was_in_beijing() -> None:
    assert read_day("2016-08-27T16:00:00Z").value == THE_DAY
    assert read_day("2016-08-28T00:00:00Z").value == THE_DAY
    assert read_day(datetime(2016, 8, 27, 16, tzinfo=UTC)).value == THE_DAY


@pytest.mark.parametrize(
    "cell",
    [
        "1900-01-01", "1900年01月01日", "19000101", "1900-01-00", "1900/1/0", "1899-12-30", 1, 0,
        date(1899, 12, 30), "1900年1月",
    ],
)  # fmt: skip
def test_the_few_days_that_stand_for_no_date_are_empty_and_noted(cell: object) -> None:
    assert read_day(cell).value is None
    assert read_day(cell).code == "sentinel_day"


@pytest.mark.parametrize("cell", ["1999-12-31", "1987年6月5日", "19700101", date(1995, 3, 1)])
def test_other_days_of_the_nineteen_hundreds_are_days(cell: object) -> None:
    assert read_day(cell).value is not None
    assert read_day(cell).code is None


def test_bare_numbers_of_the_nineteen_hundreds_are_days_only_as_serials_of_five_digits() -> None:
    # 1995-03-01 is 34,759 days after 1899-12-30: 95 years of 365 days, 24 leap days (1900 is
    # none), 2 days of 1899 and 58 of 1995: 34,675 + 24 + 2 + 58 = 34,759.
    assert read_day(34759).value == np.datetime64("1995-03-01")
    assert [read_day(n).code for n in (367.0, 30, 2023.05, 9999)] == ["unreadable_day"] * 4


@pytest.mark.parametrize(
    "cell",
    [
        "2013年2月30日",
        "2013-02-30",
        "20130230",
        "2016-13-01",
        "2100-02-29",
        "1999-02-30",
        "0000-00-00",
    ],
)
def test_a_day_that_never_was_is_impossible(cell: object) -> None:
    assert read_day(cell).value is None
    assert read_day(cell).code == "impossible_day"


@pytest.mark.parametrize("cell", ["", " ", "无", "-", "—", "/", "NULL", "nan", float("nan")])
def test_blanks_are_empty_without_a_word(cell: object) -> None:
    assert read_day(cell).value is None
    assert read_day(cell).code is None


@pytest.mark.parametrize(
    "cell", ["待定", "2016年", "2016", 2016, "16-8-28", "2016-8-28至2018-8-28", 1e300]
)
def test_what_names_no_day_is_unreadable_and_never_guessed(cell: object) -> None:
    assert read_day(cell).value is None
    assert read_day(cell).code == "unreadable_day"


@pytest.mark.parametrize(
    "cell",
    [
        "2016年2月", "2016-02", "2016.2", "201602", 201602, "2016年2月底", "2016年2月份",
        "2016年2月底前", "2016年2月下旬", "二〇一六年二月", "二〇一六年二月底",
    ],
)  # fmt: skip
def test_a_month_is_its_first_day_or_for_an_end_its_last(cell: object) -> None:
    assert read_day(cell).value == np.datetime64("2016-02-01")
    assert read_day(cell, at_month_end=True).value == np.datetime64("2016-02-29")
    assert read_day(cell).code == "month_without_day"


@pytest.mark.parametrize("cell", ["2106-08-28", "0001-01-01", "1753-01-01", "9999-12-31"])
def test_a_day_far_from_today_is_a_slip(cell: str) -> None:
    assert read_day(cell).code == "far_day"
    assert read_day(cell).value is None


@pytest.mark.parametrize(
    "cell",
    [
        "2024-03-01T16:00:00Z", "2024-03-01T16:00:00.000Z", "2024-03-01 16:00:00+00",
        "2024-03-01 16:00:00+00:00", "2024-03-02T00:00:00+08:00", "2024-03-01 11:00:00-0500",
        "2024-03-01T16:00Z", "2024-03-01 16:00:00 UTC", "2024/03/01 4:00:00 PM +00:00",
        "2024-03-01 16:00:00 GMT", 1709308800000, "2024-03-02", "2024-03-02T00:00:00",
        datetime(2024, 3, 1, 16, tzinfo=UTC),
    ],
)  # fmt: skip
def test_16_hours_utc_is_the_next_day_in_beijing_however_it_is_written(cell: object) -> None:
    # 16:00 UTC + 8 h = 24:00 = 00:00 of 2 March; 1,709,308,800 s = 19,783 days + 57,600 s (16 h).
    assert read_day(cell).value == np.datetime64("2024-03-02")


@pytest.mark.parametrize("cell", ["2024-03-01T77:00:00Z", "2024-03-01T16:00:00+99:00"])
def test_a_clock_that_cannot_be_names_no_day(cell: str) -> None:
    assert read_day(cell).code == "unreadable_day"


def test_a_column_is_read_with_the_place_of_every_fault() -> None:
    raw = pd.Series(["2016-08-28", None, "1900-01-01", "2016-08-28", "x"], dtype=object)
    parsed = read_days(raw)
    assert parsed.values.dtype == np.dtype("M8[s]")
    assert np.isnat(parsed.values).tolist() == [False, True, True, False, True]
    assert {f.code: f.at.tolist() for f in parsed.faults} == {
        "sentinel_day": [2],
        "unreadable_day": [4],
    }


def test_typed_columns_need_no_parsing_but_the_same_rules() -> None:
    raw = pd.Series(pd.to_datetime(["2016-08-28", "1900-01-01", None]))
    parsed = read_days(raw)
    assert parsed.values[0] == THE_DAY
    assert np.isnat(parsed.values[1:]).all()
    assert parsed.faults[0].code == "sentinel_day"
    zoned = pd.Series(pd.to_datetime(["2016-08-27T16:00:00Z"], utc=True))
    assert read_days(zoned).values[0] == THE_DAY


@given(day=days)
@EXAMPLES
def test_any_day_survives_every_way_of_writing_it(day: date) -> None:
    for text in (
        day.isoformat(), f"{day.year}年{day.month}月{day.day}日",
            f"{day.year}/{day.month}/{day.day}",
        f"{day:%Y%m%d}", f"{day:%Y年%m月%d日}", f"{day.year}.{day.month}.{day.day}",
    ):  # fmt: skip
        assert read_day(text).value == np.datetime64(day)
    serial = (day - date(1899, 12, 30)).days
    assert read_day(float(serial)).value == np.datetime64(day)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=8)
    if midnight.timestamp() > 1e9 and day.year < 2100:
        assert read_day(midnight.timestamp() * 1000).value == np.datetime64(day)


@given(year=st.integers(2000, 2100), month=st.integers(1, 12))
@EXAMPLES
def test_a_month_ends_where_the_calendar_says(year: int, month: int) -> None:
    last = calendar.monthrange(year, month)[1]
    end = read_day(f"{year}年{month}月", at_month_end=True)
    assert end.value == np.datetime64(date(year, month, last))


@given(cell=st.one_of(st.text(), st.floats(), st.integers(), st.none() | st.booleans()))
@EXAMPLES
def test_no_cell_ever_breaks_the_reader(cell: object) -> None:
    answer = read_day(cell) if cell is not None else None
    assert answer is None or answer.value is None or answer.value > np.datetime64("1900-01-01")
