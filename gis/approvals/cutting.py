"""Each approval cut by who asks for a part of it, and what is left graded."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis.approvals.built import split
from gis.approvals.claims import CLAIMED, line_up
from gis.approvals.overlay_settings import Settings
from gis.approvals.remainder import classified, in_place_order, mean_width_m
from gis.arrays import Shapes
from gis.days import Days
from gis.geometry.allocation import Allocation, allocate
from gis.geometry.areas import planar_area_m2
from gis.geometry.clean import origin_of
from gis.geometry.coverage import CoverageFit
from gis.geometry.exact_areas import exact_area_m2
from gis.geometry.pairs import ROUNDOFF_M2, Pairs

DISPOSITIONS = (*CLAIMED, "unsupplied", "edge", "sliver")


class Cut(NamedTuple):
    """Pieces of approvals, and the shape of each about the origin of its approval.

    table: id, approval, subject (row of the approval), disposition, supply, document,
    granted_share, is_delivered, may_have_hair, is_built, area_planar_m2, mean_width_m.
    """

    table: pd.DataFrame
    shapes: Shapes
    shares: Allocation


def cut(
    approvals: pd.DataFrame,
    by_disposition: dict[str, tuple[Pairs, Shapes, pd.DataFrame]],
    fitted: CoverageFit,
    surveyed: pd.DataFrame | None,
    settings: Settings,
    threads: int = 1,
    on: Days | None = None,
) -> Cut:
    """Return the pieces of approvals (approval, geom in one plane), ordered.

    `by_disposition`: see `claims.line_up`. `surveyed`: see `plane_overlay`; `on`: the day on which
    each approval is asked about, after which nothing surveyed tells (None: all of it does).
    """
    subjects = approvals["geom"].to_numpy()
    origins = origin_of(subjects)
    claims, names = line_up(by_disposition, origins, fitted)
    shares = allocate(subjects, claims, threads, fitted)
    free, built = shares.rest, np.full(len(approvals), shapely.Polygon(), dtype=object)
    if surveyed is not None:
        free, built = split(shares.rest, origins, surveyed, threads, on)
    table, shapes = _pieces(approvals, names, shares, free, built, settings)
    return Cut(table, shapes, shares)


def known(table: pd.DataFrame, supply: str | None, document: str | None) -> pd.DataFrame:
    """Return what a piece carries of the supply, the withdrawal or the newer approval it is."""
    nothing = pd.Series(None, index=table.index, dtype=object)
    share = table["granted_share"] if supply else pd.Series(np.nan, index=table.index)
    return pd.DataFrame(
        {
            "supply": table[supply].astype(object) if supply else nothing,
            "document": table[document].astype(object) if document else nothing,
            "granted_share": share.astype(np.float64),
        }
    )


def _pieces(
    approvals: pd.DataFrame,
    names: pd.DataFrame,
    shares: Allocation,
    free: Shapes,
    built: Shapes,
    settings: Settings,
) -> tuple[pd.DataFrame, Shapes]:
    """Return one row per piece in order, and its shape about its approval's origin."""
    got = planar_area_m2(shares.won) > ROUNDOFF_M2
    # What is left of something may hang on it by a hair; what came in one shape does not.
    won = names[got].assign(
        is_delivered=names["is_whole"][got] & ~shares.is_cut[got],
        may_have_hair=shares.is_cut[got],
        is_built=False,
    )
    rest, row, words = classified(np.concatenate([free, built]), settings)
    subject, is_built = row % len(approvals), row >= len(approvals)
    order = in_place_order(rest, subject)
    rest, subject, words, is_built = rest[order], subject[order], words[order], is_built[order]
    left = pd.DataFrame(
        {
            "subject": subject,
            "disposition": words.astype(object),
            "order": [DISPOSITIONS.index(word) for word in words],
            "rank": np.arange(len(rest)),
            "is_delivered": False,
            "may_have_hair": True,
            "is_built": is_built,
        }
    )
    table = pd.concat([won, left], ignore_index=True).drop(columns="is_whole")
    shapes = np.concatenate([shares.won[got], rest])
    # On other days what is left is told by a sum of faces (`faces_on_days`): it has these digits.
    area_m2 = np.concatenate([planar_area_m2(shares.won[got]), exact_area_m2(rest)])
    in_order = np.lexsort((table["rank"], table["order"], table["subject"]))
    table, shapes = table.iloc[in_order].reset_index(drop=True), shapes[in_order]
    table["area_planar_m2"] = area_m2[in_order]
    approval = approvals["approval"].to_numpy()[table["subject"]]
    place = table.groupby("subject").cumcount()
    numbers = [f"{number:03d}" for number in range(1, int(place.max()) + 2 if len(place) else 1)]
    number = pd.Series(np.array(numbers, dtype=object)[place], table.index, dtype="str")
    table.insert(0, "id", approval + "/" + number)
    table.insert(1, "approval", approval)
    flags = ["is_delivered", "may_have_hair", "is_built"]
    table[flags] = table[flags].astype(bool)
    table["mean_width_m"] = mean_width_m(shapes)
    return table.drop(columns=["order", "rank"]), shapes
