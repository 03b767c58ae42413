"""Numerator and denominator of every figure are told in units of their own, wherever they stand."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from api.web import place_figures
from gis import contracts
from gis.indicators.figures import quotient
from tests.warm import Desk

# 1 公顷 is 10,000 m2, 1 亩 2,000/3 m2, 1 万元 10,000 元.
_OF_ONE = {"公顷": ("m2", 10_000), "亩": ("m2", 2_000 / 3), "万元": ("元", 10_000)}


def worked_out(row: dict[str, Any]) -> float:
    """The value of a quotient from its parts and the three units alone."""
    of, by, unit = row["numerator_unit"], row["denominator_unit"], row["unit"]
    plain = row["numerator"] / row["denominator"]
    if unit in ("%", ""):
        assert of == by, row
        return plain * (100 if unit else 1)
    wanted_of, _, wanted_by = unit.partition("/")
    for wanted, own, factor in ((wanted_of, of, -1), (wanted_by, by, 1)):
        base, size = _OF_ONE.get(wanted, (wanted, 1))
        assert own == base, row
        plain *= size**factor
    return plain


@pytest.fixture(scope="module")
def rows(demo: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = demo.json("indicators")["rows"]
    return found


def test_every_quotient_of_the_demo_is_what_its_parts_and_their_units_make(
    rows: list[dict[str, Any]],
) -> None:
    quotients = [one for one in rows if one["denominator"] is not None and one["value"] is not None]
    assert {one["unit"] for one in quotients} >= {"%", "", "万元/亩", "万元/公顷", "人/公顷"}
    for one in quotients:
        assert one["value"] == pytest.approx(worked_out(one), rel=1e-12), one["name"]


def test_no_part_is_told_without_a_unit_and_no_unit_without_words(
    rows: list[dict[str, Any]],
) -> None:
    for one in rows:
        for part in ("numerator", "denominator"):
            assert one[part] is None or one[f"{part}_unit"], one
        assert one["name"] in contracts.CODES["formula"]
    units = {one[f"{part}_unit"] for one in rows for part in ("numerator", "denominator")}
    assert units - {None, "m2"} <= {*contracts.CODES["unit"]}


def test_csv_and_the_terminal_have_the_units_beside_the_parts(demo: Desk, tmp_path: Path) -> None:
    out = tmp_path / "indicators.csv"
    assert demo.call("indicators", "--csv", str(out)).code == 0
    told = [*csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines())]
    per_mu = next(one for one in told if one["指标代码"] == "output_per_mu" and one["分母"])
    assert (per_mu["分子单位"], per_mu["分母单位"]) == ("元", "m2")
    shown = demo.call("indicators", "--block", "YS-A", "--year", "2025", "--limit", "100").stdout
    assert " 元" in shown
    assert " m2" in shown


def _row(unit: str, of: tuple[float, str], by: tuple[float, str], factor: float) -> dict[str, Any]:
    index = pd.Index(["K"])
    made = quotient(
        pd.Series([of[0]], index), pd.Series([by[0]], index), unit, "", ("a", "b"), (),
        factor=factor, of_units=(of[1], by[1]),
    )  # fmt: skip
    return {
        "name": "output_per_mu", "year": 2025, "unit": unit, "value": made.value["K"],
        "numerator": of[0], "denominator": by[0], "numerator_unit": made.numerator_unit,
        "denominator_unit": made.denominator_unit, "missing": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "written"),
    [
        # 24,000,000 元 on 20,000 m2 = 2,400 万元 on 30 亩 = 80 万元/亩.
        (
            _row("万元/亩", (24e6, "元"), (2e4, "m2"), 1 / 15),
            ["80.00 万元/亩", "2,400.00 万元", "30.00 亩"],
        ),
        (
            _row("万元/公顷", (24e6, "元"), (2e4, "m2"), 1),
            ["1,200.00 万元/公顷", "2,400.00 万元", "2.0000 公顷"],
        ),
        (
            _row("人/公顷", (300, "人"), (2e4, "m2"), 1e4),
            ["150.00 人/公顷", "300 人", "2.0000 公顷"],
        ),
        # A share of money: never under the heading of hectares.
        (
            _row("%", (6e6, "元"), (24e6, "元"), 100),
            ["25.00%", "6,000,000.00 元", "24,000,000.00 元"],
        ),
        (_row("%", (5e3, "m2"), (2e4, "m2"), 100), ["25.00%", "0.5000 公顷", "2.0000 公顷"]),
    ],
)  # fmt: skip
def test_the_page_tells_each_part_in_a_unit_a_person_can_divide_by(
    row: dict[str, Any], written: list[str]
) -> None:
    parts = ("value", "numerator", "denominator")
    (told,) = place_figures.told([row], (), "zh")
    assert [told[name] for name in parts] == written
    (english,) = place_figures.told([row], (), "en")
    for name in parts:
        assert not any("\u4e00" <= sign <= "\u9fff" for sign in english[name])
