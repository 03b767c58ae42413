"""The yearly totals of the demo's firms, as a run stores them, are those added up by hand."""

from __future__ import annotations

import tomllib
from typing import Any

import pandas as pd
import pytest

from gis.store import results
from tests.warm import DEMO, Desk

EXPECTED = tomllib.loads((DEMO / "expected.toml").read_text(encoding="utf-8"))["economy"]
PLACES = ("YS-A", "YS-B", "YS-C", "YS")
YEARS = EXPECTED["years"]
IN_WAN = {
    "output": "output_yuan",
    "tax": "tax_yuan",
    "industrial_tax": "industrial_tax_yuan",
    "investment": "investment_yuan",
    "invested": "invested_yuan",
    "industrial_invested": "industrial_invested_yuan",
}
AS_IT_IS = {"employees": "employees_count", "energy": "energy_tce", "water": "water_m3"}
COUNTED = {"above_scale": "above_scale_count", "high_tech": "high_tech_count"}
Told = dict[tuple[str, str, int], dict[str, Any]]
DARK = "91150699YS00000008"


@pytest.fixture(scope="module")
def told(demo: Desk) -> Told:
    with demo.store.connect() as connection:
        (number,) = connection.execute("SELECT max(id) FROM landwatch.run").fetchone() or (0,)
        rows = results.read(connection, number, "indicator")
    yearly = rows.dropna(subset=["year"])
    assert not yearly.duplicated(["place_code", "name", "year"]).any()
    return {
        (row["place_code"], row["name"], int(row["year"])): row for row in yearly.to_dict("records")
    }


@pytest.mark.parametrize("place", PLACES)
def test_the_totals_of_every_year_are_those_added_up_by_hand(told: Told, place: str) -> None:
    wanted = EXPECTED[place]
    for short, name in (IN_WAN | AS_IT_IS).items():
        factor = 10_000 if short in IN_WAN else 1
        for year, sum_of_known in zip(YEARS, wanted[short], strict=True):
            row = told[place, name, year]
            assert row["numerator"] == sum_of_known * factor, (name, year)
            if year in wanted["undetermined"]:
                assert pd.isna(row["value"])
                assert [one.partition(":")[2] for one in row["missing"]] == [DARK]
            else:
                assert row["value"] == row["numerator"]
                assert row["missing"] is None
    for short, name in COUNTED.items():
        assert [told[place, name, year]["value"] for year in YEARS] == wanted[short], name


@pytest.mark.parametrize("place", PLACES)
def test_the_figures_over_land_and_people_are_those_worked_by_hand(told: Told, place: str) -> None:
    for name, figure in EXPECTED["of_2025"][place].items():
        assert round(told[place, name, 2025]["value"], 4) == figure, name
    counts = EXPECTED["residents"]
    for year, count in zip(YEARS, counts[place], strict=True):
        row = told[place, "residents_count", year]
        if year in counts["undetermined"].get(place, []):
            assert pd.isna(row["value"])
            assert row["missing"] == ["residents_count"]
        else:
            assert row["value"] == count


def test_the_blocks_and_what_lies_in_none_add_up_to_the_park(told: Told) -> None:
    # Firm 11 states no block: 500 of output, 20 of tax, 300 invested, 15 persons a year.
    apart = {"output_yuan": 5e6, "tax_yuan": 2e5, "invested_yuan": 3e6, "employees_count": 15}
    for name, nowhere in apart.items():
        for year in YEARS:
            blocks = sum(told[place, name, year]["numerator"] for place in PLACES[:3])
            assert blocks + nowhere == told["YS", name, year]["numerator"]


def test_no_leading_industry_is_named_so_its_share_is_not_known_but_the_largest_is(
    told: Told,
) -> None:
    led = told["YS-A", "leading_industry_share", 2025]
    assert pd.isna(led["value"])
    assert led["missing"] == ["leading_industries"]
    # Block A, 2025: division 26 has 18,000 of 31,500.
    assert told["YS-A", "largest_industry_share", 2025]["value"] == pytest.approx(57.142857)
