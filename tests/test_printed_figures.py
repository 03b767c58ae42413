"""Published figures recomputed (docs/law.md, 5): a printed figure stands for an interval.

2.3 is anything from 2.25 to 2.35. A figure is called impossible only where no values inside the
intervals of those it is made of give one inside its own.
"""

from __future__ import annotations

from fractions import Fraction

import pytest

from gis.targets import printed
from gis.targets.printed import Figure


def test_a_printed_figure_is_what_rounds_to_it() -> None:
    assert Figure.read("2.3") == Figure(Fraction(225, 100), Fraction(235, 100))
    assert Figure.read("3040") == Figure(Fraction(30395, 10), Fraction(30405, 10))
    # A zero that is printed says as much as any other digit.
    assert Figure.read("2.30") == Figure(Fraction(2295, 1000), Fraction(2305, 1000))
    # What cannot be less than nothing is not.
    assert Figure.read("0.0") == Figure(Fraction(0), Fraction(5, 100))


@pytest.mark.parametrize(
    ("done", "target", "rate", "is_possible", "recomputed"),
    [
        # Inner Mongolia 2022: 13.2303 / 10.2 = 1.29708..., and 10.2 alone leaves 129.07 to 130.35.
        ("13.2303", "10.2", "129.71", True, "129.71"),
        # Ordos 2023-07: 0.66 / 2.31 = 0.285714; 0.655 / 2.315 = 28.29 % to 0.665 / 2.305 = 28.85 %.
        ("0.66", "2.31", "28.57", True, "28.57"),
        # With the target as the sheet prints it, 2.3: 0.66 / 2.3 = 0.286956, 27.87 % to 29.56 %.
        ("0.66", "2.3", "28.57", True, "28.70"),
        # Alxa 2022-11: 742.4295 / 333.3333 = 2.227288...; four decimals leave nothing to 220.87.
        ("742.4295", "333.3333", "220.87", False, "222.73"),
        # Ordos 2022: 2.11 / 1.45 = 145.517 %, 1.98 / 0.99 = 200 %;
        # 2023-07: 1.26 / 1.19 = 105.882 %.
        ("2.11", "1.45", "145.52", True, "145.52"),
        ("1.98", "0.99", "200", True, "200.00"),
        ("1.26", "1.19", "105.88", True, "105.88"),
    ],
)
def test_a_published_rate_is_possible_or_not(
    done: str, target: str, rate: str, is_possible: bool, recomputed: str
) -> None:
    found = printed.percent(Figure.read(done), Figure.read(target))
    assert found is not None
    assert printed.is_possible(Figure.read(rate), found) is is_possible
    middle = printed.percent(Figure.exact(done), Figure.exact(target))
    assert middle is not None
    assert printed.rounded(middle.low, 2) == recomputed


def test_the_bounds_of_a_rate_are_worked_exactly() -> None:
    found = printed.percent(Figure.read("0.66"), Figure.read("2.31"))
    # 100 x 0.655 / 2.315 and 100 x 0.665 / 2.305.
    assert found == Figure(Fraction(65500, 2315), Fraction(66500, 2305))


@pytest.mark.parametrize(
    ("parts", "total", "is_possible"),
    [
        # Alxa 2022-11: 1694.5 + 1345.5 = 3040 is the least, 3042 the most; 3040 begins at 3039.5.
        (["1695", "1346"], "3040", True),
        (["1695", "1346"], "3039", False),  # ends at 3039.5, below 3040
        (["52.02", "15.92"], "67.94", True),  # Inner Mongolia, 十四五
        (["8.68", "4.97"], "13.65", True),  # Ordos, 十四五
        (["1.45", "0.99"], "2.44", True),  # Ordos 2022
        # Ordos 2023: 2.25 + 1.185 = 3.435 to 2.35 + 1.195 = 3.545.
        (["2.3", "1.19"], "3.49", True),
        (["2.3", "1.19"], "3.55", True),  # begins at 3.545
        (["2.3", "1.19"], "3.56", False),
    ],
)
def test_a_published_sum_is_possible_or_not(
    parts: list[str], total: str, is_possible: bool
) -> None:
    found = printed.total([Figure.read(part) for part in parts])
    assert printed.is_possible(Figure.read(total), found) is is_possible


def test_the_share_of_nothing_is_no_share() -> None:
    assert printed.percent(Figure.read("1"), Figure.exact("0")) is None
    # A target printed as 0 may be anything up to a half: there is no upper bound to the rate.
    assert printed.percent(Figure.read("1"), Figure.read("0")) is None


@pytest.mark.parametrize(
    ("area_m2", "step_m2"),
    [
        # 1.45 万亩 = 14,500 亩 x 2000/3; its last place is 0.01 万亩 = 100 亩 = 66,666.67 m2.
        (9_666_666.666667, Fraction(200_000, 3)),
        (3_333_333.0, Fraction(1)),  # 333.3333 公顷: 0.0001 公顷
        (300_000.0, Fraction(10_000)),  # 30 公顷 (or 0.045 万亩, whose last place is less)
        (1_800_000.0, Fraction(20_000, 3) * 10),  # 0.27 万亩 = 2,700 亩 = 180 公顷
        (8_249.0, Fraction(1)),  # 0.8249 公顷
        (8_249.13, Fraction(1, 100)),
    ],
)
def test_an_area_of_the_store_is_read_as_coarsely_as_it_can_have_been_printed(
    area_m2: float, step_m2: Fraction
) -> None:
    figure = printed.of_area(area_m2)
    assert figure.high - figure.low == step_m2
