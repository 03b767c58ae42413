"""Odd firms and years: told as issue rows, taken in as they came, undetermined where it matters."""

from __future__ import annotations

import random
import statistics
from datetime import date
from math import log10
from pathlib import Path

import pandas as pd
import pytest

from gis import magnitudes
from gis.intake.read import read
from gis.pipeline import economy
from gis.store import database, records
from tests.test_intake_kinds import take_in

FIRMS = """信用代码,企业名称,行业,行业代码,监管号,宗地代码,用地面积(平方米),区块代码,成立日期
E1,甲厂,炼焦,2520,S1、S2,,20000,A,2019-01-01
E2,乙厂,太阳能发电,4415,S2,,10000,A,2019-01-01
E3,丙厂,风力发电,4415,,P3,,A,2019-01-01
E4,丁厂,化工,9999,,,,A,2019-01-01
"""
# E1: 2024 in 元 in a column of 万元; E2: two years that do not fit and no industry to ask; E3:
# negative tax; E4: a year twice with different figures, and output without land.
YEARS = """信用代码,年度,总产值(万元),税收(万元),从业人员
E1,2021,8000,400,100
E1,2022,8200,410,100
E1,2023,8100,405,100
E1,2024,83000000,415,100
E2,2023,5,1,3
E2,2024,60000,1,3
E3,2024,900,-3,9
E4,2023,70,7,5
E4,2024,70,7,5
E4,2024,80,7,5
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_each_oddity_is_an_issue_of_its_row_and_its_figure_is_in_no_total(
    tmp_path: Path, store: database.Connection
) -> None:
    reading = read(written(tmp_path, "firms.csv", FIRMS), "enterprises")
    assert reading.issues.loc[reading.issues["field"] == "industry_code"][
        ["row_no", "code", "value"]
    ].values.tolist() == [
        [2, "other_edition", "2520"],
        [3, "other_edition", "4415"],
        [5, "unknown_industry", "9999"],
    ]
    assert "2017 版为 2521" in reading.issues["message"].str.cat()
    told = take_in(store, reading).told
    assert told is not None
    rows = told[told["code"].isin(["shared_land", "many_pieces"])]
    assert rows[["row_no", "code", "value", "severity"]].values.tolist() == [
        [2, "shared_land", "S2", "note"],
        [2, "many_pieces", "S1、S2", "note"],
        [3, "shared_land", "S2", "note"],
    ]
    years = take_in(store, read(written(tmp_path, "years.csv", YEARS), "enterprise_years"))
    assert years.told is not None
    found = years.told[years.told["severity"] != "note"].sort_values(["row_no", "code"])
    assert found[["row_no", "field", "code", "severity"]].values.tolist() == [
        [5, "output_fen", "doubtful_magnitude", "warning"],
        [6, "output_fen", "doubtful_magnitude", "warning"],
        [7, "output_fen", "doubtful_magnitude", "warning"],
        [8, "tax_fen", "negative_money", "warning"],
        [9, "output_fen", "output_without_land", "warning"],
        [10, "enterprise_code", "duplicate_key", "error"],
        [11, "enterprise_code", "duplicate_key", "error"],
    ]
    # As they came; nobody has corrected 83,000,000 万元.
    stored = records.read(store, "enterprise_years").set_index("key")["output_fen"]
    assert stored["E1|2024"] == 83_000_000 * 1_000_000
    known = economy.known(store, records.latest_delivery(store), date(2026, 6, 30))
    figures = known.years.set_index(["enterprise_code", "year"])
    assert pd.isna(figures.loc[("E1", 2024), "output_fen"])
    assert figures.loc[("E1", 2023), "output_fen"] == 8100 * 1_000_000
    assert figures.loc[("E1", 2024), "tax_fen"] == 415 * 1_000_000
    assert pd.isna(figures.loc[("E3", 2024), "tax_fen"])


def years(*rows: tuple[str, int, float, float]) -> pd.DataFrame:
    names = ["enterprise_code", "year", "output_fen", "employees_count"]
    return pd.DataFrame([*rows], columns=names).assign(tax_fen=None, invested_total_fen=None)


NOBODY = pd.Series(dtype=object)


@pytest.mark.parametrize(
    ("figures", "wanted"),
    [
        ((8e9, 8e9, 8e13, 8e9), (False, False, True, False)),
        ((8e9, 8e5, 8e9, 8e9), (False, True, False, False)),  # 万元 in a column of 元
        ((8e9, 8e13), (True, True)),  # nobody tells which
        ((8e9, 7.9e12), (False, False)),  # 987 times: grown, for all anybody knows
        ((0, 8e9, 0), (False, False, False)),
        ((8e9,), (False,)),
    ],
)
def test_a_figure_far_from_the_firm_s_other_years_is_doubted(
    figures: tuple[float, ...], wanted: tuple[bool, ...]
) -> None:
    rows = years(*(("E", 2020 + at, figure, 100) for at, figure in enumerate(figures)))
    assert tuple(magnitudes.doubtful(rows, NOBODY)["output_fen"]) == wanted


def test_the_industry_tells_which_of_two_years_is_wrong_and_a_firm_that_is_always_wrong() -> None:
    peers = [(f"P{n}", 2024, 1e9 * n, 10.0 * n) for n in range(1, 5)]
    own = [("E", 2023, 5e9, 50.0), ("E", 2024, 5e13, 50.0), ("W", 2023, 6e13, 60.0)]
    own += [("W", 2024, 6e13, 60.0), ("O", 2024, 5e13, 50.0)]
    industry = pd.Series("26", ["E", "W", *(f"P{n}" for n in range(1, 5))]).rename()
    rows = years(*peers, *own)
    told = magnitudes.doubtful(rows, pd.concat([industry, pd.Series({"O": "44"})]))["output_fen"]
    # A firm of another industry has nobody beside it: nothing is said of it.
    assert told.tolist() == [False] * 4 + [False, True, True, True, False]


def test_a_slow_reference_doubts_the_same_of_drawn_years() -> None:
    draw = random.Random(7)
    rows = [
        (f"E{n}", 2020 + at, 10.0 ** draw.choice([8, 9, 9, 9, 13]) * draw.uniform(1, 5), 0.0)
        for n in range(60)
        for at in range(draw.randint(1, 7))
    ]
    found = magnitudes.doubtful(years(*rows), NOBODY)["output_fen"].tolist()
    wanted = []
    for code, year, value, _ in rows:
        others = [log10(v) for c, y, v, _ in rows if c == code and y != year]
        wanted.append(bool(others) and abs(log10(value) - statistics.median(others)) >= 3)
    assert found == wanted
    assert 20 < sum(found) < 150
