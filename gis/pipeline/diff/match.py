"""Which findings of two tables are the same thing, and which of them say something else."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis import days, result_tables

Positions = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
NOBODY = np.int64(-1)

COMPARED = tuple(name for name in result_tables.TABLES["finding"].names if name != "subject")
"""The published columns of a finding that may change; its shape is compared as well."""


def counterparts(before: pd.DataFrame, after: pd.DataFrame) -> Positions:
    """Return for each finding of `after` the position of the same thing in `before`, else NOBODY.

    A supply is the same by its key. Pieces of approvals are numbered anew when the ground is cut
    otherwise: a piece is the same when its shape is, else the one of its approval that shares most
    land with it.
    """
    found = np.full(len(after), NOBODY)
    is_piece_before = (before["rule"] == "unsupplied").to_numpy(bool)
    is_piece_after = (after["rule"] == "unsupplied").to_numpy(bool)
    for was, now, names in (
        (~is_piece_before, ~is_piece_after, ("rule", "subject")),
        (is_piece_before, is_piece_after, ("approval", "shape")),
    ):
        left, right = np.flatnonzero(was), np.flatnonzero(now)
        one, two = _named(before.iloc[left]), _named(after.iloc[right])
        at = pd.MultiIndex.from_frame(one[[*names]]).get_indexer(
            pd.MultiIndex.from_frame(two[[*names]])
        )
        found[right[at >= 0]] = left[at[at >= 0]]
    _by_shared_land(before, after, is_piece_before, is_piece_after, found)
    return found


def _named(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rule, subject, approval and shape (a piece without one goes by its number)."""
    is_drawn = rows["geom"].notna()
    shape = pd.Series(shapely.to_wkb(rows["geom"].to_numpy(object)), index=rows.index)
    return pd.DataFrame(
        {
            "rule": rows["rule"],
            "subject": rows["subject"],
            "approval": rows["approval"],
            "shape": shape.where(is_drawn, rows["subject"].astype(object)),
        }
    )


def _by_shared_land(
    before: pd.DataFrame, after: pd.DataFrame, was: Flags, now: Flags, found: Positions
) -> None:
    """Pair what is left of the pieces of an approval, those that share most land first."""
    is_free = was.copy()
    is_free[found[found >= 0]] = False
    left = np.flatnonzero(is_free & before["geom"].notna().to_numpy(bool))
    right = np.flatnonzero(now & (found < 0) & after["geom"].notna().to_numpy(bool))
    if not left.size or not right.size:
        return
    tree = shapely.STRtree(before["geom"].to_numpy(object)[left])
    two, one = tree.query(after["geom"].to_numpy(object)[right], predicate="intersects")
    one, two = left[one], right[two]
    is_same = (
        before["approval"].to_numpy(object)[one] == after["approval"].to_numpy(object)[two]
    ).astype(bool)
    one, two = one[is_same], two[is_same]
    shared = shapely.area(
        shapely.intersection(
            before["geom"].to_numpy(object)[one], after["geom"].to_numpy(object)[two]
        )
    )
    taken: set[int] = set()
    for place in np.lexsort((two, one, -shared)):
        pair = int(one[place]), int(two[place])
        if shared[place] > 0 and found[pair[1]] < 0 and pair[0] not in taken:
            found[pair[1]] = pair[0]
            taken.add(pair[0])


def changed_columns(
    before: pd.DataFrame, after: pd.DataFrame, was: Positions, now: Positions
) -> pd.DataFrame:
    """Return one row per pair of positions: True in each column that says something else."""
    table = {}
    for name in (*COMPARED, "geom"):
        one, two = _values(before[name].iloc[was]), _values(after[name].iloc[now])
        table[name] = np.asarray(one != two, dtype=bool)
    return pd.DataFrame(table, index=pd.RangeIndex(len(was)))


def _values(column: pd.Series) -> npt.NDArray[Any]:
    """Return a column as values that compare: unknown equals unknown."""
    name = str(column.name)
    if name == "geom":
        shapes = pd.Series(shapely.to_wkb(column.to_numpy(object)))
        return shapes.where(shapes.notna(), b"").to_numpy(object)
    if column.dtype.kind == "M" or name.endswith("_on"):
        return days.from_column(column).astype("int64")
    if name.endswith(("_fen", "_m2")):
        return column.astype("Float64").to_numpy("float64", na_value=-1.0)
    return column.astype("object").where(column.notna(), "").to_numpy(object)
