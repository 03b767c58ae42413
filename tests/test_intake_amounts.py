"""Numbers, areas and money as registers write them, by hand."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_samples import EXAMPLES

from gis.fields import KINDS
from gis.intake.columns.amounts import read_area, read_areas, read_money, read_numbers


def column(*cells: object) -> pd.Series:
    return pd.Series(list(cells), dtype=object)


@pytest.mark.parametrize(
    ("cell", "unit", "area_m2"),
    [
        ("0.824900", "公顷", 8_249.0),  # 0.8249 x 10,000
        (0.8249, "公顷", 8_249.0),
        ("15", "亩", 10_000.0),  # 15 亩 = 1 公顷
        ("70.49", "亩", 46_993.333333),  # 70.49 x 2000 / 3
        ("1.2万亩", "公顷", 8_000_000.0),  # 12,000 x 2000 / 3
        ("1,234.5平方米", "公顷", 1_234.5),
        ("１２．５", "公顷", 125_000.0),
        ("3 hm²", "亩", 30_000.0),
        ("5㎡", "公顷", 5.0),
        ("2平方公里", "公顷", 2_000_000.0),
        (Decimal("1.5"), "公顷", 15_000.0),
    ],
)
def test_areas_come_out_in_square_metres_the_unit_of_the_cell_first(
    cell: object, unit: str, area_m2: float
) -> None:
    assert read_areas(column(cell), unit).values[0] == area_m2


def test_a_negative_area_is_emptied_and_told() -> None:
    for raw in (column("-3", "1"), pd.Series([-3.0, 1.0])):
        parsed = read_areas(raw, "公顷")
        assert np.isnan(parsed.values[0])
        assert parsed.values[1] == 10_000.0
        assert [(f.code, f.at.tolist()) for f in parsed.faults] == [("negative_area", [0])]


def test_words_in_a_number_column_are_told_and_blanks_are_not() -> None:
    parsed = read_areas(column("约一公顷", "", None, "/", "#REF!"), "公顷")
    assert np.isnan(parsed.values).all()
    assert {f.code: f.at.tolist() for f in parsed.faults} == {
        "unreadable_number": [0],
        "cell_error": [4],
    }


def test_money_is_exact_to_the_fen() -> None:
    cells = column("250.4396", 250.4396, "1,000元", "3亿", 0, "0.0000", None)
    fen = read_money(cells, "万元").values.tolist()
    # 250.4396 万元 = 2,504,396.00 元; 1,000 元; 300,000,000 元
    assert fen[:6] == [250_439_600, 250_439_600, 100_000, 30_000_000_000, 0, 0]
    assert fen[6] is pd.NA


def test_half_a_fen_goes_up_and_is_noted() -> None:
    parsed = read_money(column("0.125", "0.1249"), "元")
    assert parsed.values.tolist() == [13, 12]
    assert parsed.faults[0].code == "rounded_money"


def test_money_beyond_a_bigint_is_refused_not_wrapped() -> None:
    parsed = read_money(column(1e30, "9" * 25, "-5"), "万元")
    assert parsed.values.isna().all()
    assert {f.code for f in parsed.faults} == {"unreadable_number", "negative_money"}


def test_numbers_take_thousands_marks_bounds_and_counting_words() -> None:
    parsed = read_numbers(column("1,234", "≤1.5", "5层", "x"))
    assert parsed.values[:3].tolist() == [1234.0, 1.5, 5.0]
    assert parsed.faults[0].at.tolist() == [3]
    whole = read_numbers(column("2016年", 2016.0, 2.5), is_whole=True)
    assert whole.values.tolist()[:2] == [2016, 2016]
    assert whole.faults[0].at.tolist() == [2]


def test_a_number_below_nothing_is_told_and_unknown_where_none_can_be() -> None:
    storeys = read_numbers(column("-1", -2.5, "3层", 0))
    assert storeys.values[2:].tolist() == [3.0, 0.0]
    assert np.isnan(storeys.values[:2]).all()
    assert {f.code: f.at.tolist() for f in storeys.faults} == {"negative_number": [0, 1]}
    people = read_numbers(column(-40, "40人次"), is_whole=True)
    assert people.values.isna().all()
    assert people.faults[0].code == "negative_number"
    assert read_numbers(column(-9999), is_signed=True).values.tolist() == [-9999.0]
    signed = {
        f"{kind.name}.{one.name}"
        for kind in KINDS.values()
        for one in kind.columns.values()
        if one.is_signed
    }
    assert signed == {"imagery.nodata"}


def test_a_comma_that_marks_no_thousands_is_not_guessed_at() -> None:
    assert read_area("1,23", "公顷").code == "unreadable_number"


@given(hundredths=st.integers(0, 10**12))
@EXAMPLES
def test_money_survives_writing_and_reading(hundredths: int) -> None:
    yuan = Decimal(hundredths) / 100
    for text in (f"{yuan}元", f"{yuan:,}元", f"{yuan / 10_000}"):
        assert read_money(column(text), "万元").values[0] == hundredths


@given(
    cell=st.one_of(st.text(), st.floats(), st.integers(), st.decimals(allow_nan=False), st.none())
)
@EXAMPLES
def test_no_cell_ever_breaks_a_reader_of_amounts(cell: object) -> None:
    for parsed in (
        read_areas(column(cell), "亩"),
        read_numbers(column(cell)),
        read_numbers(column(cell), is_whole=True),
        read_money(column(cell), "元"),
    ):
        assert len(parsed.values) == 1
        assert not (pd.Series(parsed.values).dropna() == np.inf).any()
