"""Calendar years on arrays of days, as the civil law counts them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from gis import days


def day_array(*texts: str) -> days.Days:
    return np.array(texts, dtype="datetime64[D]")


@pytest.mark.parametrize(
    ("on", "years", "expected"),
    [
        ("2019-02-28", 1, "2020-02-28"),
        ("2020-02-29", 1, "2021-02-28"),
        ("2020-02-29", 4, "2024-02-29"),
        ("2023-08-31", 1, "2024-08-31"),
        ("2023-12-31", 2, "2025-12-31"),
        ("1969-06-30", 1, "1970-06-30"),
        ("2024-02-29", -1, "2023-02-28"),
    ],
)
def test_a_year_later_is_the_corresponding_day_or_the_end_of_the_month(
    on: str, years: int, expected: str
) -> None:
    assert days.add_years(day_array(on), years).astype(str).tolist() == [expected]


def test_an_unknown_day_stays_unknown() -> None:
    assert np.isnat(days.add_years(day_array("NaT", "2020-01-01"), 1)).tolist() == [True, False]
    assert np.isnat(days.add_years(day_array("NaT"), 1)).all()
    assert days.add_years(day_array(), 1).size == 0


def test_looking_the_day_up_gives_what_working_it_out_gives() -> None:
    first = date(1999, 1, 1)
    every = np.array([first + timedelta(days=n) for n in range(3000)], dtype="datetime64[D]")
    one_by_one = [days.add_years(every[n : n + 1], 1)[0] for n in range(3000)]
    assert (days.add_years(np.tile(every, 2), 1)[:3000] == np.array(one_by_one)).all()


def test_a_column_comes_in_as_days_and_goes_out_as_the_frames_carry_it() -> None:
    column = pd.Series(pd.to_datetime(["2020-02-29", None])).astype("datetime64[s]")
    array = days.from_column(column)
    assert array.dtype == np.dtype("datetime64[D]")
    pd.testing.assert_series_equal(days.to_column(array, column.index), column)
