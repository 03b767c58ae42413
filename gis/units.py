"""Areas and money in the units people read: 公顷, 亩 and 元.

1 亩 is 2000/3 m2 exactly, so an area in 亩 is multiplied before it is divided and never passes
through a rounded 666.67. Nothing here rounds: that happens once, where a figure is printed.

>>> float(hectares(46_993.8)), round(float(mu(46_993.8)), 2)
(4.69938, 70.49)
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pandas as pd

SQUARE_METRES_PER_HECTARE = 10_000
# 亩 = m2 x 3 / 2000
MU_NUMERATOR, MU_DENOMINATOR = 3, 2_000
FEN_PER_YUAN = 100
# Digits behind the point when a figure is printed, as the ministry's ledgers print them.
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
