"""Exact figures: what comes as a double is taken as the figure it stands for, points are fractions.

Two parks are level where their figures are equal, so the noise of the last bits of a division must
not part them, and no rounding before the last line may join others.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Final

# A double holds 15 decimal digits; sums and quotients of areas are noise from the 13th on.
_DIGITS_OF_A_QUOTIENT: Final = 12
_MONEY_DIGITS: Final = 2


def of_figure(value: float, unit: str) -> Fraction:
    """Return what a figure of a run stands for: money in 元 to the fen, others to 12 digits.

    >>> of_figure(0.1 + 0.2, "万元/亩"), of_figure(12_000_000_000.01, "元")
    (Fraction(3, 10), Fraction(1200000000001, 100))
    """
    if unit == "元":
        return Fraction(Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-_MONEY_DIGITS)))
    return Fraction(Decimal(f"{value:.{_DIGITS_OF_A_QUOTIENT}g}"))


def of_entry(value: float) -> Fraction:
    """Return a number a person wrote: 0.1 is a tenth.

    >>> of_entry(0.1)
    Fraction(1, 10)
    """
    return Fraction(Decimal(repr(float(value))))


def printed(value: Fraction, digits: int = 2) -> str:
    """Return a figure with so many digits behind the point, halves away from zero.

    >>> printed(Fraction(9013, 110)), printed(Fraction(1, 8)), printed(Fraction(-1, 8))
    ('81.94', '0.13', '-0.13')
    """
    # Enough digits that the division itself rounds nothing that is printed.
    whole = Context(prec=len(str(abs(value.numerator))) + digits + 30)
    exact = whole.divide(Decimal(value.numerator), Decimal(value.denominator))
    shown = exact.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP, context=whole)
    return f"{shown if shown else abs(shown):,}"
