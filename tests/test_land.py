"""Land rates of parks and blocks: published figures, hand-worked squares, what is undetermined."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from gis import law
from gis.approvals.settings import settings_on
from gis.errors import LawError
from gis.indicators import land
from gis.indicators.figures import COLUMNS
from gis.indicators.land import land_indicators


def of(*areas_m2: float) -> pd.Series:
    return pd.Series(areas_m2, index=[f"B{n}" for n in range(len(areas_m2))], dtype=float)


def test_the_three_rates_multiply_to_the_built_share_as_in_the_circular_of_2020() -> None:
    # Published for 541 zones: 89.46 % developed x 92.68 % supplied x 92.77 % built = 76.92 %.
    built, ready, not_ready, supplied = of(76.92), of(12.54), of(10.54), of(82.91)
    developed = land.development_rate(built, ready, not_ready).value
    supply = land.supply_rate(supplied, built, ready).value
    finished = land.built_rate(built, supplied).value
    assert developed.round(2).tolist() == [89.46]
    assert supply.round(2).tolist() == [92.68]
    assert (developed * supply * finished / 1e4).round(2).tolist() == [76.92]


def test_a_zero_denominator_is_undetermined_and_keeps_its_place() -> None:
    found = land.built_rate(of(100.0, 0.0, 50.0), of(200.0, 0.0, 0.0))
    assert found.value.isna().tolist() == [False, True, True]
    assert found.value.index.tolist() == ["B0", "B1", "B2"]
    assert found.denominator.tolist() == [200.0, 0.0, 0.0]


def test_a_rate_over_one_hundred_is_not_cut() -> None:
    assert land.supply_rate(of(150.0), of(60.0), of(40.0)).value.tolist() == [150.0]


ACCOUNTS = pd.DataFrame(
    {
        "place_code": ["B2", "B1"],
        "total_m2": [100_000.0, 1_000_000.0],
        "A_m2": [0.0, 300_000.0],
        "B21_m2": [0.0, 250_000.0],
        "B22_m2": [0.0, 150_000.0],
        "C_m2": [100_000.0, 100_000.0],
        "unknown_development_m2": [0.0, 200_000.0],
        "supplied_unknown_m2": [0.0, 50_000.0],
        "D1_m2": [0.0, 100_000.0],
        "D2_m2": [0.0, 300_000.0],
        "E_m2": [0.0, 400_000.0],
        "F_m2": [100_000.0, 100_000.0],
        "unknown_supply_m2": [0.0, 100_000.0],
    }
)
IDLE = pd.DataFrame(
    {"place_code": ["B1"], "found_idle_m2": [8_000.0], "suspected_idle_m2": [20_000.0]}
)
BALANCE = pd.DataFrame(
    {
        "place_code": ["B1"],
        "unsupplied_m2": [236_000.0],
        "edge_m2": [4_000.0],
        "approved_m2": [800_000.0],
    }
)


def test_all_rates_of_a_block_are_those_worked_out_by_hand() -> None:
    found = land_indicators(ACCOUNTS, IDLE, BALANCE, "block")
    assert found.columns.tolist() == COLUMNS
    assert found["place_code"].unique().tolist() == ["B1", "B2"]
    values = found[found["place_code"] == "B1"].set_index("name")["value"]
    assert values.to_dict() == pytest.approx(
        {
            # supplied land of unknown development counts in A + B21: 300 + 250 + 50 = 600
            "development_rate": 80.0,  # 600 / (600 + 150)
            "supply_rate": 400 / 6,  # 400 / 600
            "built_rate": 75.0,  # 300 / 400
            "idle_rate": 2.0,  # 8 / 400, found idle only
            "idle_rate_other": 8 / 3,  # 8 / 300
            "suspected_rate": 5.0,  # 20 / 400, a line of its own
            "unsupplied_rate": 30.0,  # (236 + 4) / 800
            "development_intensity": 30.0,  # 300 / 1000
            "built_share": 40.0,  # 300 / (600 + 150) = 80 % x 2/3 x 75 %
            "unknown_rate": 20.0,  # 200 / 1000
        }
    )


def test_a_block_without_land_accounts_has_no_rates_but_its_share_of_the_total() -> None:
    found = land_indicators(ACCOUNTS, IDLE, BALANCE, "block")
    values = found[found["place_code"] == "B2"].set_index("name")["value"]
    assert values.dropna().to_dict() == {"development_intensity": 0.0, "unknown_rate": 0.0}


def test_idle_land_may_be_measured_against_built_land_where_the_setting_says_so() -> None:
    found = land_indicators(ACCOUNTS, IDLE, BALANCE, "park", idle_letter="A")
    row = found[(found["place_code"] == "B1") & (found["name"] == "idle_rate")].iloc[0]
    assert row["value"] == pytest.approx(8 / 3)
    assert "G/A" in row["definition"]
    assert row["place_kind"] == "park"


def test_a_sliver_wider_than_neighbours_are_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "local.toml").write_text(
        'title = "本地口径"\nsource = "测试"\n[[value]]\nkey = "unsupplied.sliver_width_m"\n'
        'value = 6.0\nunit = "m"\nfrom = 2000-01-01\narticle = "setting"\nverified = false\n'
        'checked_on = 2026-11-21\nwording_zh = "六米"\nwording_en = "6 m"\n',
        encoding="utf-8",
    )
    with pytest.raises(LawError, match="over 5 m"):
        settings_on(law.load([tmp_path]), date(2026, 6, 30), None)
