"""What withdrawals take of each approval: all of it, a part with its area, or nobody can say."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis import units
from gis.approvals.claims import named
from gis.pipeline import idle

COLUMNS = ["document", "approval_no", "area_m2", "geom", "is_whole", "may_be_whole", "is_too_large"]


def of_approvals(approvals: pd.DataFrame, withdrawals: pd.DataFrame) -> pd.DataFrame:
    """Return one row per withdrawal and approval it names: COLUMNS.

    approvals: approval, approval_no, total_area_m2, geom. withdrawals: document, approval_no,
    area_m2, extent, geom. `approval_no` is the approval's name afterwards. A withdrawal is whole
    where it says so, or where the areas withdrawn come to that of the approval within a register's
    rounding; its shape is then the approval's. It may be whole where it has neither extent nor
    shape and its area is not known to be less. `is_too_large`: more is withdrawn than there was.
    """
    row, asking = named(approvals, withdrawals["approval_no"])
    of = approvals.iloc[row].reset_index(drop=True)
    table = withdrawals.iloc[asking].reset_index(drop=True)
    names, extent = of["approval"], table["extent"]
    drawn_m2 = _measured(of)
    registered_m2 = of["total_area_m2"].astype(np.float64)
    size_m2 = registered_m2.fillna(drawn_m2)
    slack_m2 = np.maximum(units.AREA_TOLERANCE_M2, units.AREA_TOLERANCE_SHARE * size_m2)
    # One area for several approvals does not say how it splits.
    is_shared = pd.Series(asking).groupby(asking).transform("size") > 1
    said_m2 = table["area_m2"].astype(np.float64)
    own_m2 = said_m2.mask(is_shared)
    taken_m2 = own_m2.fillna(_measured(table).mask(is_shared))
    is_part = (extent == "part").fillna(False)
    together_m2 = taken_m2.mask(is_part).groupby(names).transform("sum")
    is_all = ~is_part & taken_m2.notna() & (together_m2 >= size_m2 - slack_m2)
    is_whole = (extent == "whole").fillna(False) | is_all
    is_known = table["geom"].notna() | own_m2.notna() | is_part | is_whole
    largest_m2 = pd.concat([registered_m2, drawn_m2], axis=1).max(axis=1)
    all_m2 = taken_m2.groupby(names).transform("sum")
    return table.assign(
        approval_no=names,
        area_m2=own_m2,
        geom=of["geom"].where(is_whole, table["geom"]),
        is_whole=is_whole,
        may_be_whole=~is_known & ~(said_m2 < size_m2 - slack_m2),
        is_too_large=all_m2 > largest_m2 + slack_m2,
    )[COLUMNS]


def _measured(table: pd.DataFrame) -> pd.Series[float]:
    """Return the planar area of each row's shape, NaN without one."""
    area_m2 = pd.Series(np.nan, index=table.index)
    has_geom = table["geom"].notna().to_numpy(dtype=bool)
    if has_geom.any():
        area_m2[has_geom] = idle.planar_area_m2(table["geom"].to_numpy(dtype=object)[has_geom])
    return area_m2
