"""Balances that close in the figures printed: every row, and the sums below them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis import units

WHOLE = "approved_m2"
TERMS = (
    "supplied_m2",
    "withdrawn_m2",
    "exempt_m2",
    "unsupplied_m2",
    "edge_m2",
    "sliver_m2",
    "residual_m2",
)


def close_rows(balance: pd.DataFrame) -> pd.DataFrame:
    """Return the balances with areas as printed, whose terms add up to `approved_m2` exactly."""
    closed = balance.copy()
    areas = [name for name in balance.columns if name.endswith("_m2")]
    digits = units.DECIMALS["m2"]
    closed[areas] = balance[areas].astype("float64").round(digits)
    terms = balance[list(TERMS)].to_numpy(dtype=np.float64)
    closed[list(TERMS)] = units.close(terms, closed[WHOLE].to_numpy(dtype=np.float64), digits)
    return closed


def totals(closed: pd.DataFrame) -> pd.DataFrame:
    """Return the three lines below the balances: their sum in m2, in 公顷 and in 亩, each closing.

    A balance with an unknown term counts with what is known of it, so its sums need not close.
    """
    areas = [name for name in closed.columns if name.endswith("_m2")]
    sums = closed[areas].sum().to_numpy(dtype=np.float64)
    lines = [
        _line(areas, sums, "m2", "合计（平方米）"),
        _line(areas, units.hectares(sums), "公顷", "合计（公顷）"),
        _line(areas, units.mu(sums), "亩", "合计（亩）"),
    ]
    return pd.DataFrame(lines).reindex(columns=closed.columns)


def _line(
    areas: list[str], sums: npt.NDArray[np.float64], unit: str, label: str
) -> dict[str, object]:
    digits = units.DECIMALS[unit]
    line = dict(zip(areas, sums, strict=True))
    terms = np.array([[line[name] for name in TERMS]])
    closed = units.close(terms, np.array([line[WHOLE]]), digits)[0]
    rounded = {name: round(float(value), digits) for name, value in line.items()}
    return {**rounded, **dict(zip(TERMS, closed, strict=True)), "approval": label}
