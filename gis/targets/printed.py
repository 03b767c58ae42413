"""Printed figures as the intervals they stand for, worked exactly: 2.3 is 2.25 to 2.35.

A figure of a sheet is called impossible only where no values inside the intervals of those it is
made of give one inside its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from gis.units import MU_DENOMINATOR, MU_NUMERATOR, SQUARE_METRES_PER_HECTARE

_PERCENT = 100
# The store keeps areas to a millionth of a square metre.
_KEPT_M2 = Fraction(1, 10**6)
_MU_M2 = Fraction(MU_DENOMINATOR, MU_NUMERATOR)
# Units in which tasks and their results are printed, in m2: 万亩, 公顷, 亩, 平方米.
_UNITS = (10_000 * _MU_M2, Fraction(SQUARE_METRES_PER_HECTARE), _MU_M2, Fraction(1))
_MOST_DECIMALS = 6


@dataclass(frozen=True)
class Figure:
    """What a figure may be: from `low` to `high`, both included."""

    low: Fraction
    high: Fraction

    @classmethod
    def read(cls, text: str) -> Figure:
        """Return what a printed figure stands for: all that rounds to it, nothing below zero.

        >>> Figure.read("2.3").low, Figure.read("2.3").high
        (Fraction(9, 4), Fraction(47, 20))
        """
        value = Decimal(text)
        exponent = value.as_tuple().exponent
        assert isinstance(exponent, int), f"{text!r} is no figure"
        return cls.around(Fraction(value), Fraction(10) ** min(exponent, 0))

    @classmethod
    def exact(cls, text: str) -> Figure:
        """Return a figure that stands for itself alone."""
        return cls(Fraction(text), Fraction(text))

    @classmethod
    def around(cls, value: Fraction, step: Fraction) -> Figure:
        """Return what is printed as `value` where its last place is worth `step`."""
        return cls(max(value - step / 2, Fraction(0)), value + step / 2)


def total(parts: Iterable[Figure]) -> Figure:
    """Return what a sum may be; of nothing, zero."""
    known = list(parts)
    nothing = Fraction(0)
    return Figure(
        sum((part.low for part in known), nothing), sum((part.high for part in known), nothing)
    )


def percent(part: Figure, whole: Figure) -> Figure | None:
    """Return what a rate may be, percent; None where the whole may be nothing.

    >>> found = percent(Figure.read("742.4295"), Figure.read("333.3333"))
    >>> is_possible(Figure.read("220.87"), found), rounded(found.low, 2)
    (False, '222.73')
    """
    if whole.low <= 0:
        return None
    return Figure(_PERCENT * part.low / whole.high, _PERCENT * part.high / whole.low)


def is_possible(claimed: Figure, found: Figure) -> bool:
    """Return whether some value is both in what is claimed and in what was found."""
    return claimed.low <= found.high and found.low <= claimed.high


def of_area(area_m2: float) -> Figure:
    """Return what an area of the store may stand for.

    The store no longer knows in which unit it was printed, so of those in which it is a short
    number the one with the coarsest last place counts: so nothing is called
    impossible that may be.

    >>> figure = of_area(300_000.0)  # 30 公顷
    >>> float(figure.low), float(figure.high)
    (295000.0, 305000.0)
    """
    value = Fraction(Decimal(repr(float(area_m2))))
    steps = [step for unit in _UNITS if (step := _last_place(value, unit)) is not None]
    return Figure.around(value, max(steps, default=_KEPT_M2))


def of_percent(value: float) -> Figure:
    """Return what a rate on record, percent, stands for."""
    return Figure.read(format(Decimal(repr(float(value))).normalize(), "f"))


def rounded(value: Fraction, decimals: int) -> str:
    """Return a figure as it is printed: half a unit of the last place goes up."""
    step = Decimal(1).scaleb(-decimals)
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return str(exact.quantize(step, ROUND_HALF_UP))


def _last_place(value: Fraction, unit: Fraction) -> Fraction | None:
    """Return what the last place is worth (m2) of an area printed in a unit; None: too long."""
    for decimals in range(_MOST_DECIMALS + 1):
        step = unit * Fraction(1, int(10**decimals))
        if abs(round(value / step) * step - value) <= _KEPT_M2:
            return step
    return None
