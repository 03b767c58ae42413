"""The value of a ranked indicator: a figure of the year, or what it gained on the year before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from gis.ranking.scheme import Indicator

# (park, figure, year) -> the figure; one that is not there was not delivered, None is undetermined.
Figures = Mapping[tuple[str, str, int], Fraction | None]


@dataclass(frozen=True)
class Input:
    """A number put in: which figure of which year, None where nobody knows it."""

    figure: str
    year: int
    value: Fraction | None


@dataclass(frozen=True)
class Measured:
    """A value with what it was made of; without one, `missing` names the facts that lack."""

    value: Fraction | None
    inputs: tuple[Input, ...]
    missing: tuple[str, ...] = ()


def measured(indicator: Indicator, figures: Figures, park: str, year: int) -> Measured:
    """Return the value of a ranked indicator of a park in a year.

    A growth is a share (0.2 = 20 %). From nothing, or from less, there is no growth: undetermined.

    >>> one = Indicator("tax", "税", "tax", "", Fraction(6), "ranked", "%", "tax_yuan", "growth")
    >>> measured(one, {("P", "tax_yuan", 2024): Fraction(5), ("P", "tax_yuan", 2025): Fraction(6)},
    ...          "P", 2025).value
    Fraction(1, 5)
    >>> measured(one, {("P", "tax_yuan", 2024): Fraction(0), ("P", "tax_yuan", 2025): Fraction(6)},
    ...          "P", 2025).missing
    ('growth_from_zero:tax_yuan:2024',)
    """
    years = (year,) if indicator.how == "level" else (year, year - 1)
    inputs = tuple(
        Input(indicator.figure, one, figures.get((park, indicator.figure, one))) for one in years
    )
    missing = tuple(f"figure:{one.figure}:{one.year}" for one in inputs if one.value is None)
    if missing:
        return Measured(None, inputs, missing)
    now, *former = (one.value for one in inputs if one.value is not None)
    if indicator.how == "level":
        return Measured(now, inputs)
    (before,) = former
    if indicator.how == "added":
        return Measured(now - before, inputs)
    if before <= 0:
        return Measured(None, inputs, (f"growth_from_zero:{indicator.figure}:{year - 1}",))
    return Measured((now - before) / before, inputs)
