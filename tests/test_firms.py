"""Firms on their land: what joins, shares that sum to one, money divided to the last fen."""

from __future__ import annotations

import random
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gis.indicators import firms
from gis.indicators.firms import WHOLE
from tests import firms_reference as slow

# Two parcels of one supply, an old parcel, a supply nobody drew a parcel of.
PIECES = [
    ("p1", "P1", "S1", 10_000.0, "A"),
    ("p2", "P2", "S1", 20_000.0, "A"),
    ("p3", "P3", None, 30_000.0, "B"),
    ("s2", None, "S2", 40_000.0, "B"),
]
NAMES = ("land_key", "parcel_code", "supply_no", "area_m2", "block_code")
LAND = [dict(zip(NAMES, piece, strict=True)) for piece in PIECES]


def land(rows: list[dict[str, Any]] = LAND) -> pd.DataFrame:
    return pd.DataFrame(rows).assign(contract_no=None, park_code="K", is_placed=True)


def own(*rows: tuple[str, list[str], list[str], float | None]) -> pd.DataFrame:
    names = ["enterprise_code", "supply_nos", "parcel_codes", "land_area_m2"]
    return pd.DataFrame([*rows], columns=names).astype({"land_area_m2": "float64"})


NO_PROJECTS = pd.DataFrame({"enterprise_code": [], "supply_nos": []}, dtype=object)
NO_HOLDERS = pd.DataFrame({"enterprise_code": [], "supply_no": []}, dtype=object)


def shared(
    rows: pd.DataFrame,
    projects: pd.DataFrame = NO_PROJECTS,
    holders: pd.DataFrame = NO_HOLDERS,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    said = firms.claims(rows, projects, holders, land())
    return said, firms.shares(said, land(), rows)


def test_a_firm_on_many_parcels_is_told_with_its_share_of_each() -> None:
    _, found = shared(own(("E", ["S1"], ["P3"], None)))
    # 10,000 + 20,000 + 30,000 = 60,000 m2: 1/6, 1/3, 1/2; the unit left over goes to the largest
    # remainder (1/6 of 1,000,000,000 is 166,666,666.67, 1/3 is 333,333,333.33).
    assert found[["land_key", "basis", "of_firm"]].values.tolist() == [
        ["p1", "supply", 166_666_667],
        ["p2", "supply", 333_333_333],
        ["p3", "parcel", 500_000_000],
    ]
    assert found["of_parcel"].tolist() == [WHOLE] * 3
    assert found["area_m2"].tolist() == [10_000.0, 20_000.0, 30_000.0]


def test_two_firms_on_one_parcel_divide_it_as_the_land_they_say_they_hold() -> None:
    rows = own(("E", [], ["P3"], 22_500.0), ("F", [], ["P3"], 7_500.0))
    _, found = shared(rows)
    assert found[["enterprise_code", "of_parcel", "division", "area_m2"]].values.tolist() == [
        ["E", 750_000_000, "stated", 22_500.0],
        ["F", 250_000_000, "stated", 7_500.0],
    ]
    assert found["of_firm"].tolist() == [WHOLE, WHOLE]


def test_where_one_of_them_says_nothing_they_divide_it_equally_and_it_is_told() -> None:
    rows = own(("E", [], ["P3"], 22_500.0), ("F", [], ["P3"], None), ("G", [], ["P3"], 1.0))
    _, found = shared(rows)
    assert found["of_parcel"].tolist() == [333_333_334, 333_333_333, 333_333_333]
    assert set(found["division"]) == {"equal"}


def test_a_firm_is_joined_by_its_code_and_by_its_project_too_the_strongest_is_said() -> None:
    projects = pd.DataFrame({"enterprise_code": ["E", "F"], "supply_nos": [["S1"], ["S2"]]})
    holders = pd.DataFrame({"enterprise_code": ["G"], "supply_no": ["S2"]})
    rows = own(("E", ["S1"], [], None), ("F", [], [], None), ("G", [], [], None))
    said, found = shared(rows, projects, holders)
    assert found[["enterprise_code", "land_key", "basis"]].values.tolist() == [
        ["E", "p1", "supply"],
        ["E", "p2", "supply"],
        ["F", "s2", "project"],
        ["G", "s2", "code"],
    ]
    assert len(said) == 6  # the project of E names S1 once more


def test_a_number_nobody_delivered_joins_nothing_and_stays_in_the_claims() -> None:
    rows = own(("E", ["S9"], ["P9"], None), ("F", [], [], 5.0))
    said, found = shared(rows)
    assert said[["number", "basis"]].values.tolist() == [["P9", "parcel"], ["S9", "supply"]]
    assert said["land_key"].isna().all()
    assert found.empty
    # A parcel's code is no supply's number, though they be written alike.
    assert shared(own(("E", ["P1"], ["S1"], None)))[1].empty


def test_an_area_nobody_knows_divides_evenly_and_says_so() -> None:
    rows = [{**LAND[0], "area_m2": np.nan}, LAND[1]]
    mine = own(("E", ["S1"], [], None))
    said = firms.claims(mine, NO_PROJECTS, NO_HOLDERS, land(rows))
    found = firms.shares(said, land(rows), mine)
    assert found["of_firm"].tolist() == [500_000_000, 500_000_000]
    assert found["is_even"].all()


@pytest.mark.parametrize("seed", [1, 2718])
def test_drawn_firms_have_the_shares_of_the_slow_reference_and_divide_every_fen(seed: int) -> None:
    draw = random.Random(seed)
    pieces = [
        {"land_key": f"p{n}", "parcel_code": f"P{n}", "supply_no": draw.choice([None, f"S{n % 7}"]),
         "area_m2": float(draw.randint(1, 90_000)), "block_code": draw.choice("ABC")}
        for n in range(40)
    ]  # fmt: skip
    mine = own(
        *(
            (
                f"E{n:02d}",
                draw.sample([f"S{k}" for k in range(8)], draw.choice([0, 0, 1, 2])),
                draw.sample([f"P{k}" for k in range(44)], draw.choice([0, 1, 1, 3])),
                draw.choice([None, float(draw.randint(1, 90_000))]),
            )
            for n in range(30)
        )
    )
    said = firms.claims(mine, NO_PROJECTS, NO_HOLDERS, land(pieces))
    found = firms.shares(said, land(pieces), mine)
    wanted = slow.shares(mine.to_dict("records"), pieces)
    assert len(found) == len(wanted) > 20
    for row in found.to_dict("records"):
        of_parcel, of_firm = wanted[row["enterprise_code"], row["land_key"]]
        assert abs(Fraction(row["of_parcel"], WHOLE) - of_parcel) < Fraction(2, WHOLE)
        assert abs(Fraction(row["of_firm"], WHOLE) - of_firm) < Fraction(4, WHOLE)
    assert (found.groupby("land_key")["of_parcel"].sum() == WHOLE).all()
    assert (found.groupby("enterprise_code")["of_firm"].sum() == WHOLE).all()
    by_firm = {code: draw.choice([-7, 0, 1, 99, 10**15 + 7]) for code in mine["enterprise_code"]}
    amounts = found["enterprise_code"].map(by_firm).to_numpy(np.int64)
    parts = firms.divided(amounts, found["of_firm"].to_numpy(np.int64), found["enterprise_code"])
    sums = pd.Series(parts).groupby(found["enterprise_code"]).sum()
    assert sums.to_dict() == {code: by_firm[code] for code in sums.index}
    for code, amount in by_firm.items():
        is_own = (found["enterprise_code"] == code).to_numpy()
        of_firm = found.loc[is_own, "of_firm"].tolist()
        assert parts[is_own].tolist() == slow.divided(amount, of_firm)
