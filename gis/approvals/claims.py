"""Who asks for which part of an approval: supplies, withdrawals, newer approvals, in that order."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Numbers, Shapes
from gis.geometry.allocation import Claims
from gis.geometry.clean import shift
from gis.geometry.coverage import CoverageFit
from gis.geometry.pairs import GIANT_VERTICES, Indices, Pairs

# The words in which a part of an approval may be claimed; the earlier word wins.
CLAIMED = ("supplied", "withdrawn", "exempt")


def named(approvals: pd.DataFrame, names: pd.Series) -> tuple[Indices, Indices]:
    """Return (row of approvals, row of names) where a name is the approval's or its number.

    `names` holds a text or a list of texts in each row; an empty one names nothing.
    """
    if names.isna().all():
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    called: dict[str, list[int]] = defaultdict(list)
    for column in ("approval", "approval_no"):
        for row, name in enumerate(approvals[column].to_numpy(dtype=object)):
            if isinstance(name, str):
                called[name].append(row)
    found = {
        (row, asking)
        for asking, told in enumerate(names.to_numpy(dtype=object))
        if isinstance(told, str | list | tuple | np.ndarray)
        for name in ((told,) if isinstance(told, str) else told)
        for row in called.get(name, ())
    }
    pairs_found = np.array(sorted(found), dtype=np.int64).reshape(-1, 2)
    return pairs_found[:, 0], pairs_found[:, 1]


def claiming(met: Pairs, plane: Shapes, origins: Numbers) -> Shapes:
    """Return the whole claiming shape of each pair about the origin of its subject.

    A giant takes part by its clip: uniting all of it for every subject would be wasted.
    """
    shapes = met.geoms.copy()
    is_small = shapely.get_num_coordinates(plane)[met.right] <= GIANT_VERTICES
    cut = np.flatnonzero(~met.is_whole & is_small)
    shapes[cut] = shift(plane[met.right[cut]], -origins[met.left[cut]])
    return shapes


def line_up(
    by_disposition: dict[str, tuple[Pairs, Shapes, pd.DataFrame]],
    origins: Numbers,
    fitted: CoverageFit,
) -> tuple[Claims, pd.DataFrame]:
    """Return the claims in order, and one row of names for each.

    `by_disposition`: disposition -> its pairs with the approvals, the claiming shapes in the
    plane, and what is known of each claiming shape (columns are carried into the rows of names).
    `fitted` are the supplies that fit together.
    """
    shapes, clips, rows = [], [], []
    for order, word in enumerate(CLAIMED):
        met, plane, known = by_disposition[word]
        shapes.append(claiming(met, plane, origins))
        clips.append(met.geoms)
        names = known.iloc[met.right].reset_index(drop=True)
        rows.append(names.assign(subject=met.left, order=order, rank=met.right, disposition=word,
                                 is_whole=met.is_whole))  # fmt: skip
    table = pd.concat(rows, ignore_index=True)
    in_order = np.lexsort((table["rank"], table["order"], table["subject"]))
    table = table.iloc[in_order].reset_index(drop=True)
    is_fitted = np.zeros(len(table), dtype=bool)
    supplied = by_disposition["supplied"][0]
    is_fitted[: len(supplied.left)] = supplied.are(fitted.subject, fitted.shape)
    return (
        Claims(
            table["subject"].to_numpy(np.int64),
            np.concatenate(shapes)[in_order],
            np.concatenate(clips)[in_order],
            is_fitted[in_order],
        ),
        table,
    )


def granted_share(area_m2: pd.Series, parcel_total_m2: pd.Series) -> pd.Series:
    """Return the share of each parcel that was granted: 出让宗地面积 / 宗地总面积.

    1 where one of the two is unknown, or the parcel is no larger than what was granted of it.

    >>> granted_share(pd.Series([8000.0, 500.0]), pd.Series([10000.0, None])).tolist()
    [0.8, 1.0]
    """
    is_part = (parcel_total_m2 > area_m2) & (area_m2 > 0)
    return (area_m2 / parcel_total_m2).where(is_part, 1.0).astype(np.float64)
