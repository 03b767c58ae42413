"""The cost of a load, a run, a change, tiles and maps grows as the land does, and not faster."""

from __future__ import annotations

import pytest

from scripts.benchmarks import growth

SIZES = (60, 240, 960)  # approvals: 900, 3,600 and 14,400 supplies
# Half way between a line and a square: a busy machine reaches it with neither.
MOST = 1.5


def test_the_exponent_tells_a_square_from_a_line() -> None:
    lines = [3.0 + size / 100 for size in SIZES]
    assert growth.added(SIZES, lines) == pytest.approx(1.0)
    # 3 s of start, 1 s a hundred approvals, and a square that is as dear as the line at 240.
    squares = [line + size**2 / 24_000 for line, size in zip(lines, SIZES, strict=True)]
    # 0.6 + 0.15, 2.4 + 2.4, 9.6 + 38.4 s: steps of 4.05 and 43.2 s, a factor of 10.7 = 4**1.71.
    assert growth.added(SIZES, squares) == pytest.approx(1.7075, abs=1e-4)
    assert growth.slope((1, 2, 4, 8), (5.0, 10.0, 20.0, 40.0)) == pytest.approx(1.0)


@pytest.mark.long("test_the_exponent_tells_a_square_from_a_line")
def test_no_step_costs_more_than_its_land_grows() -> None:
    took = growth.measured(SIZES)
    found = {step: growth.added(SIZES, seconds) for step, seconds in took.items()}
    assert {step: one for step, one in found.items() if one > MOST} == {}, took
