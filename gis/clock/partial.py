"""The two tests of art. 2(2) for land on which building stopped: area and investment."""

from __future__ import annotations

import numpy as np

from gis.clock.known import ClockFacts, Codes, Flags, Measures
from gis.clock.settings import Settings


def area_due_m2(known: ClockFacts, settings: Settings) -> Measures:
    """Return the area the share of art. 2(2) is taken of, NaN where it is not known.

    By the setting the construction land supplied, or the contract's whole parcel (宗地总面积) where
    that is on file.
    """
    if settings.partial_area_base == "construction_land":
        return known.area_m2
    return np.where(np.isnan(known.parcel_total_m2), known.area_m2, known.parcel_total_m2)


def is_area_clash(known: ClockFacts, settings: Settings) -> Flags:
    """Return where more was developed than was due, beyond the tolerance: one of them is wrong."""
    spare = settings.area_tolerance
    # In whole multiples: a share as a float would put an area just at the limit on either side.
    limit = area_due_m2(known, settings) * (spare.denominator + spare.numerator)
    flags: Flags = known.developed_area_m2 * spare.denominator > limit
    return flags


def partial_tests(known: ClockFacts, settings: Settings) -> tuple[Codes, Codes]:
    """Return for area and investment: 1 below the share, 0 not below, -1 unknown.

    Areas that contradict each other tell nothing of the share, so they count as unknown.
    """
    area, money = settings.area_share, settings.investment_share
    due = area_due_m2(known, settings)
    is_small = known.developed_area_m2 * area.denominator < due * area.numerator
    is_area_known = ~np.isnan(known.developed_area_m2) & ~np.isnan(due)
    is_area_known &= ~is_area_clash(known, settings)
    is_poor = known.invested_fen * money.denominator < known.investment_total_fen * money.numerator
    is_money_known = (known.invested_fen >= 0) & (known.investment_total_fen > 0)
    return (
        np.where(is_area_known, is_small, -1).astype(np.int8),
        np.where(is_money_known, is_poor, -1).astype(np.int8),
    )
