"""Figures rounded for print that still add up to their total (largest remainder)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis import units
from gis.errors import UsageError

TERMS = (
    "supplied_m2",
    "withdrawn_m2",
    "exempt_m2",
    "unsupplied_m2",
    "edge_m2",
    "sliver_m2",
    "residual_m2",
)
_CONVERT = {"m2": lambda area_m2: area_m2, "公顷": units.hectares, "亩": units.mu}


def close(values: npt.ArrayLike, total: npt.ArrayLike, decimals: int) -> npt.NDArray[np.float64]:
    """Return values rounded to `decimals` that add up to the rounded total, row by row.

    Each value is cut down to the last printed digit; the units that are then missing go to the
    values with the largest remainders, of equal ones to the first. `values` is (terms,) with
    one total, or (rows, terms) with a total for each row. A row with an unknown figure is
    rounded term by term, because nothing can be closed there.

    >>> close([0.333, 0.333, 0.334], 1.0, 2).tolist()
    [0.33, 0.33, 0.34]
    """
    scale = 10.0**decimals
    table = np.atleast_2d(np.asarray(values, dtype=np.float64)) * scale
    sums = np.atleast_1d(np.asarray(total, dtype=np.float64)) * scale
    # What is left of a number by floating point is no remainder: 0.29 x 100 is 28.999999999999996.
    table = np.where(np.abs(table - np.round(table)) < 1e-6, np.round(table), table)
    is_known = np.isfinite(table).all(axis=1) & np.isfinite(sums)
    out = np.round(table)
    known, whole = table[is_known], np.round(sums[is_known])
    low = np.floor(known)
    wanting = whole - low.sum(axis=1)
    if ((wanting < 0) | (wanting > known.shape[1])).any():
        row = int(np.flatnonzero((wanting < 0) | (wanting > known.shape[1]))[0])
        raise UsageError(
            f"各项之和与合计不符： the terms add up to {known[row].sum() / scale:.{decimals}f}, "
            f"the total is {whole[row] / scale:.{decimals}f}",
            "给出全部各项，含差额 pass every term of the total, the residual too",
        )
    by_remainder = np.argsort(-(known - low), axis=1, kind="stable")
    place = np.empty_like(by_remainder)
    np.put_along_axis(place, by_remainder, np.arange(known.shape[1])[np.newaxis, :], axis=1)
    out[is_known] = low + (place < wanting[:, np.newaxis])
    return np.asarray(np.round(out / scale, decimals).reshape(np.shape(values)))


def printed(balance: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return a balance with its areas in m2, 公顷 or 亩, rounded so that each row closes.

    Columns keep their order and lose `_m2`; the total is `approved`, the terms are the six words
    and the residual, which takes what floating point or a clash of records left over.
    """
    convert, decimals = _CONVERT[unit], units.DECIMALS[unit]
    out = balance.copy()
    total = convert(balance["approved_m2"].to_numpy(np.float64))
    terms = convert(balance[list(TERMS)].to_numpy(np.float64))
    out[list(TERMS)] = close(terms, total, decimals)
    areas = [name for name in out.columns if name.endswith("_m2")]
    rest = [name for name in areas if name not in TERMS]
    out[rest] = np.round(convert(balance[rest].to_numpy(np.float64)), decimals)
    return out.rename(columns={name: name.removesuffix("_m2") for name in areas})
