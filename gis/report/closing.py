"""Balances that close in the figures printed, not only in those computed.

Rounded one by one, seven terms of a balance miss their rounded sum by a hundredth or two, and a
reader with a calculator finds it. So the sum is rounded, every term is rounded down, and the
hundredths left over go to the terms that lost most (largest remainder); sums of such rows close.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis import units

Numbers = npt.NDArray[np.float64]

TERMS = ("supplied_m2", "withdrawn_m2", "exempt_m2", "unsupplied_m2", "edge_m2", "sliver_m2")
_WHOLE = "approved_m2"
_HUNDREDTHS = 100
# A row whose terms miss the whole by more than this is no balance (an undetermined register
# balance): its figures are printed as they are.
_OPEN_M2 = 0.01


def close_rows(balance: pd.DataFrame) -> pd.DataFrame:
    """Return the balances with areas of two decimals whose terms add up to `approved_m2` exactly.

    Rows with an unknown term, or whose terms do not add up to begin with, are rounded only.
    """
    closed = balance.copy()
    areas = [name for name in balance.columns if name.endswith("_m2")]
    closed[areas] = balance[areas].round(units.DECIMALS["m2"])
    terms = balance[list(TERMS)].to_numpy(dtype=np.float64)
    whole = balance[_WHOLE].to_numpy(dtype=np.float64)
    is_closing = np.abs(terms.sum(axis=1) - whole) <= _OPEN_M2
    printed = np.rint(closed[_WHOLE].to_numpy(dtype=np.float64)[is_closing] * _HUNDREDTHS)
    parts = apportion(terms[is_closing] * _HUNDREDTHS, printed)
    closed.loc[is_closing, list(TERMS)] = parts / _HUNDREDTHS
    return closed


def apportion(terms: Numbers, whole: Numbers) -> Numbers:
    """Return whole numbers near `terms` (n, k) that add up to `whole` (n,), itself whole numbers.

    >>> apportion(np.array([[1.4, 2.4, 3.2]]), np.array([7.0])).tolist()
    [[2.0, 2.0, 3.0]]
    """
    down = np.floor(terms)
    missing = whole - down.sum(axis=1)
    # Ties go to the earlier term.
    rank = np.argsort(np.argsort(down - terms, axis=1, kind="stable"), axis=1, kind="stable")
    step = np.floor_divide(missing, terms.shape[1])
    extra = missing - step * terms.shape[1]
    return np.asarray(down + step[:, None] + (rank < extra[:, None]), dtype=np.float64)


def totals(closed: pd.DataFrame) -> pd.DataFrame:
    """Return three lines under the balances: 合计 in m2, 公顷 and 亩, each closing by itself."""
    names = [name for name in closed.columns if name.endswith("_m2")]
    sums = {name: round(float(closed[name].sum()), units.DECIMALS["m2"]) for name in names}
    lines = pd.DataFrame([sums, sums, sums])
    for line, (unit, convert) in enumerate((("公顷", units.hectares), ("亩", units.mu)), start=1):
        scale = 10 ** units.DECIMALS[unit]
        figures = lines.loc[line, names].to_numpy(dtype=np.float64)
        converted = dict(zip(names, convert(figures), strict=True))
        whole = np.rint(np.array([converted[_WHOLE]]) * scale)
        parts = np.array([[converted[name] * scale for name in TERMS]])
        if abs(parts.sum() - converted[_WHOLE] * scale) <= _OPEN_M2 * scale:
            converted |= dict(zip(TERMS, apportion(parts, whole)[0] / scale, strict=True))
        lines.loc[line, names] = pd.Series(converted).round(units.DECIMALS[unit])
    labels = pd.Series(["合计（平方米）", "合计（公顷）", "合计（亩）"])
    return lines.assign(approval=labels).reindex(columns=closed.columns)
