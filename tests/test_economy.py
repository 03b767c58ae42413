"""Yearly totals and what they are over land: hand-worked squares, then drawn firms."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gis.indicators import economy, figures, intensity, leading
from gis.indicators.economy import TOTALS
from gis.indicators.figures import Figure
from gis.indicators.firms import WHOLE
from tests import firms_reference as slow

NUMBERS = tuple(dict.fromkeys(total.column for total in TOTALS.values()))
WHOLE_NUMBERS = [name for name in NUMBERS if name not in ("energy_tce", "water_m3")]


def firm(code: str, **more: Any) -> dict[str, Any]:
    own = {"park_code": "K", "block_code": "A", "industry_code": "2614", "is_industrial": None}
    own |= {"is_above_scale": None, "is_high_tech": None, "registered_on": date(2019, 1, 1)}
    return {"enterprise_code": code, **own, "is_closed": False, **more}


def year(code: str, of: int, **more: Any) -> dict[str, Any]:
    return {"enterprise_code": code, "year": of, **dict.fromkeys(NUMBERS), **more}


def framed(firms: list[dict[str, Any]], years: list[dict[str, Any]]) -> list[pd.DataFrame]:
    own = pd.DataFrame(firms)
    own["registered_on"] = pd.to_datetime(own["registered_on"]).astype("datetime64[s]")
    told = pd.DataFrame(years)
    return [own, told.astype(dict.fromkeys(WHOLE_NUMBERS, "Int64"))]


def shares(*rows: tuple[str, str | None, int]) -> pd.DataFrame:
    names = ["enterprise_code", "block_code", "of_firm"]
    found = pd.DataFrame([*rows], columns=names).astype({"of_firm": "int64"})
    return found.assign(park_code="K", is_placed=True)


def totals(
    kind: str, firms: list[dict[str, Any]], years: list[dict[str, Any]], held: pd.DataFrame
) -> dict[str, Figure]:
    parts = economy.placed(*framed(firms, years), held)
    here, place = economy.of_places(parts, kind)
    return {name: economy.total(here, place, name) for name in TOTALS}


def by(figure: Figure) -> dict[tuple[str, int], float]:
    return dict(zip(figure.value.index, figure.value, strict=True))


def test_a_fen_that_cannot_be_halved_goes_to_one_block_and_none_is_lost() -> None:
    held = shares(("E", "A", WHOLE // 2), ("E", "B", WHOLE // 2))
    rows = [year("E", 2025, tax_fen=420_000_001, employees_count=7)]
    found = totals("block", [firm("E")], rows, held)
    assert by(found["tax_yuan"]) == {("A", 2025): 2_100_000.01, ("B", 2025): 2_100_000.0}
    assert by(found["employees_count"]) == {("A", 2025): 4, ("B", 2025): 3}


def test_a_firm_that_was_there_and_told_nothing_leaves_the_total_unknown_and_is_named() -> None:
    firms = [firm("E"), firm("F"), firm("G", registered_on=date(2024, 5, 1))]
    firms += [firm("H", is_closed=True)]
    rows = [year("E", 2023, output_fen=100), year("E", 2024, output_fen=0)]
    rows += [year("F", 2023, output_fen=200), year("F", 2024), year("H", 2023, output_fen=300)]
    found = totals("park", firms, rows, shares())["output_yuan"]
    # 2023: G was not there yet; H has closed since, but it told: 100 + 200 + 300 fen.
    assert by(found)["K", 2023] == 6.0
    assert np.isnan(by(found)["K", 2024])
    assert found.missing is not None
    assert found.missing.tolist() == [None, ("output_fen:F", "output_fen:G")]
    assert found.numerator is not None
    assert found.numerator.tolist() == [6.0, 0.0]


def test_of_many_silent_firms_five_are_named_and_the_rest_counted() -> None:
    firms = [firm(f"E{n}") for n in range(8)]
    found = totals("park", firms, [year("E0", 2025, tax_fen=1)], shares())["tax_yuan"]
    assert found.missing is not None
    assert found.missing.iloc[0] == (*(f"tax_fen:E{n}" for n in range(1, 6)), "more:2")


def test_whose_tax_it_is_decides_where_it_counts() -> None:
    firms = [firm("I"), firm("S", industry_code="5920"), firm("P", industry_code="0311")]
    firms += [firm("U", industry_code=None)]
    taxes = {"I": 1, "S": 20, "P": 300, "U": 4000}
    rows = [year(code, 2025, tax_fen=tax) for code, tax in taxes.items()]
    found = totals("park", firms, rows, shares())
    assert by(found["tax_yuan"]) == {("K", 2025): 43.21}
    # Primary is left out; who says nothing of an industry is no farm by that.
    assert by(found["general_tax_yuan"]) == {("K", 2025): 40.21}
    # Whether U is an industrial firm is not known: nor is the total.
    assert np.isnan(by(found["industrial_tax_yuan"])["K", 2025])
    assert found["industrial_tax_yuan"].missing is not None
    assert found["industrial_tax_yuan"].missing.iloc[0] == ("tax_fen:U",)


def test_land_outside_every_block_takes_its_part_and_what_nobody_drew_is_where_the_firm_says() -> (
    None
):
    held = pd.concat(
        [shares(("E", "A", 600_000_000), ("E", None, 400_000_000)), shares(("F", None, WHOLE))],
        ignore_index=True,
    ).assign(is_placed=[True, True, False])
    rows = [year("E", 2025, tax_fen=1000), year("F", 2025, tax_fen=50)]
    firms = [firm("E"), firm("F", block_code="B")]
    assert by(totals("block", firms, rows, held)["tax_yuan"]) == {
        ("A", 2025): 6.0,
        ("B", 2025): 0.5,
    }
    assert by(totals("park", firms, rows, held)["tax_yuan"]) == {("K", 2025): 10.5}


def test_every_figure_over_land_is_named_and_none_is_over_nothing() -> None:
    index = pd.Index([("K", 2025)], tupleize_cols=False)
    told = {
        name: figures.amount(pd.Series([6e6], index), "元", "", name, ("enterprise_years",))
        for name in TOTALS
    }
    # A 3 公顷 = 45 亩, A2 2 公顷: 600 万元 are 13.3333 a 亩, 200 a 公顷 of A, 300 a 公顷 of A2.
    found = intensity.over_land(told, pd.Series({"K": 3e4}), pd.Series({"K": 2e4}))
    values = {name: round(one.value.iloc[0], 4) for name, one in found.items()}
    assert values == {
        "output_per_mu": 13.3333,
        "tax_per_mu": 13.3333,
        "invested_per_mu": 13.3333,
        "investment_per_mu": 13.3333,
        "industrial_investment_intensity": 300.0,
        "industrial_tax_intensity": 300.0,
        "general_tax_intensity": 200.0,
        "general_tax_intensity_over_A2": 300.0,
    }
    bare = intensity.over_land(told, pd.Series({"K": 0.0}), pd.Series(dtype=float))
    assert all(np.isnan(one.value.iloc[0]) for one in bare.values())
    assert {one.missing.iloc[0] for one in bare.values() if one.missing is not None} == {
        ("zero:built_m2",),
        ("A2_m2",),
    }


def test_a_park_has_its_own_residents_or_those_of_all_its_blocks() -> None:
    blocks = pd.DataFrame({"block_code": ["A", "B", "C"], "park_code": ["K", "K", "L"]})
    rows = [("A", 2024, 5), ("B", 2024, 7), ("A", 2025, 6), ("L", 2025, 9), ("C", 2025, 1)]
    told = pd.DataFrame(rows, columns=["place_code", "year", "residents_count"])
    built = pd.Series({"K": 2e4, "L": 1e4})
    found = intensity.population(told, blocks, built, "park")
    values = found.set_index(["place_code", "year", "name"])["value"]
    assert values["K", 2024, "residents_count"] == 12
    assert values["K", 2024, "residents_per_ha"] == 6.0
    assert np.isnan(values["K", 2025, "residents_count"])  # block B lacks
    assert values["L", 2025, "residents_count"] == 9  # the park's own word, not its block's
    assert np.isnan(values["L", 2024, "residents_per_ha"])


def test_the_leading_industries_are_those_named_and_the_longest_prefix_need_not_be_whole() -> None:
    firms = [firm("E", industry_code="2614"), firm("F", industry_code="3825"), firm("G")]
    rows = [year(code, 2025, output_fen=fen) for code, fen in (("E", 500), ("F", 300), ("G", 200))]
    parts = economy.placed(*framed(firms, rows), shares())
    here, place = economy.of_places(parts, "park")
    found = leading.leading_share(here, place, {"K": ("38", "2619")})
    assert by(found["leading_industry_share"]) == {("K", 2025): 30.0}
    assert by(found["largest_industry_share"]) == {("K", 2025): 70.0}
    unnamed = leading.leading_share(here, place, {"L": ("38",)})["leading_industry_share"]
    assert unnamed.missing is not None
    assert unnamed.missing.iloc[0] == ("leading_industries",)


@pytest.mark.parametrize("seed", [53, 2718])
def test_drawn_totals_are_those_of_the_slow_reference(seed: int) -> None:
    draw = random.Random(seed)
    firms = [
        firm(
            f"E{n:03d}",
            block_code=draw.choice(["A", "B", None]),
            registered_on=date(draw.randint(2018, 2025), 6, 1),
            is_closed=draw.random() < 0.2,
        )
        for n in range(80)
    ]
    rows = [
        year(
            one["enterprise_code"],
            of,
            tax_fen=draw.choice([None, 0, draw.randint(1, 10**12)]),
            employees_count=draw.choice([None, draw.randint(0, 900)]),
        )
        for one in firms
        for of in range(2021, 2026)
        if draw.random() < 0.8
    ]
    places: dict[str, list[tuple[str | None, int]]] = {}
    for one in firms[::2]:
        cut = sorted(draw.sample(range(1, WHOLE), 2))
        pieces = [cut[0], cut[1] - cut[0], WHOLE - cut[1]]
        places[one["enterprise_code"]] = [*zip(["A", "B", None], pieces, strict=True)]
    held = shares(*((code, at, part) for code, own in places.items() for at, part in own))
    found = totals("block", firms, rows, held)
    for name, column, unit in (
        ("tax_yuan", "tax_fen", 100),
        ("employees_count", "employees_count", 1),
    ):
        wanted = slow.totals(firms, rows, places, column)
        figure = found[name]
        assert figure.numerator is not None
        assert figure.missing is not None
        assert {*figure.value.index} == {*wanted}
        for label, sum_of_known in figure.numerator.items():
            total, silent = wanted[label]  # type: ignore[index]
            assert sum_of_known == total / unit
            named = figure.missing[figure.missing.index == label].iloc[0]
            assert (named is None) == (not silent)
            assert np.isnan(figure.value[figure.value.index == label].iloc[0]) == bool(silent)
