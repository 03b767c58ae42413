"""Areas and money in the units people read: 公顷, 亩 and 元, and figures that close when printed.

1 亩 is 2000/3 m2 exactly, so an area in 亩 is multiplied before it is divided and never passes
through a rounded 666.67. Conversions do not round: that happens once, where a figure is printed.

>>> round(hectares(46_993.8), 4), round(mu(46_993.8), 2), yuan(2_326_17000)
(4.6994, 70.49, 2326170.0)
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

SQUARE_METRES_PER_HECTARE = 10_000
# 亩 = m2 x 3 / 2000
MU_NUMERATOR, MU_DENOMINATOR = 3, 2_000
FEN_PER_YUAN = 100
# Two figures of one area differ by no more than the larger of these: 0.0001 公顷 is what a register
# rounds to, one part in a thousand what surveys do.
AREA_TOLERANCE_M2, AREA_TOLERANCE_SHARE = 1.0, 0.001
# Digits behind the point when a figure is printed, as the ministry's ledgers print them.
# Units of a quotient that a person divides: what its parts are told in.
PARTS = {"万元/亩": ("万元", "亩"), "万元/公顷": ("万元", "公顷"), "人/公顷": ("人", "公顷")}
# What there is a whole number of.
COUNTED = frozenset({"人", "家", "幢"})
DECIMALS = {"m2": 2, "公顷": 4, "亩": 2, "元": 2}

Figures = TypeVar("Figures", float, "np.ndarray", "pd.Series")


def hectares(area_m2: Figures) -> Figures:
    """Return an area in 公顷 (10,000 m2)."""
    return area_m2 / SQUARE_METRES_PER_HECTARE


def mu(area_m2: Figures) -> Figures:
    """Return an area in 亩 (2000/3 m2)."""
    return area_m2 * MU_NUMERATOR / MU_DENOMINATOR


def yuan(fen: Figures) -> Figures:
    """Return money in 元 from integer fen."""
    return fen / FEN_PER_YUAN


def close(
    terms: npt.NDArray[np.float64], total: npt.NDArray[np.float64], decimals: int
) -> npt.NDArray[np.float64]:
    """Return `terms` (rows, terms) rounded so that each row adds up to its rounded `total` (rows,).

    Rounded one by one, seven terms miss their rounded sum by a digit or two, and a reader with a
    calculator finds it. So every term is cut down to the last digit and the digits left over go
    to the terms that lost most, of equal ones to the first (largest remainder). A row with an
    unknown figure, or whose terms do not make its total to begin with, is only rounded.

    >>> close(np.array([[0.335, 0.335, 0.335]]), np.array([1.005]), 2).tolist()
    [[0.34, 0.33, 0.33]]
    """
    scale = 10.0**decimals
    scaled, whole = terms * scale, np.round(total * scale)
    down = np.floor(scaled)
    missing = whole - down.sum(axis=1)
    closes = (missing >= 0) & (missing <= terms.shape[1])
    order = np.argsort(down - scaled, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable")
    closed = down + (rank < missing[:, np.newaxis])
    return np.asarray(np.where(closes[:, np.newaxis], closed, np.round(scaled)) / scale)
