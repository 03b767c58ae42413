"""In which places a shape lies, and with how much of itself; which neighbours adjoin it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Shapes
from gis.geometry.areas import planar_area_m2
from gis.geometry.clean import origin_of, shift
from gis.geometry.pairs import Indices, in_threads, pairs


def shares_of_places(
    geoms: Shapes, counted: Shapes, places: pd.DataFrame, threads: int = 1
) -> pd.DataFrame:
    """Return one row per shape and place that share an area.

    `counted` is the part of each shape that totals count. Columns: row, place_kind, place_code,
    area_m2, counted_m2 (of `counted` in the place). `places` has place_kind, place_code and
    geom in the same plane.
    """
    # A place is prepared once for all its pieces, and most of them lie wholly in it.
    meeting = pairs(places["geom"].to_numpy(), geoms, threads)
    row = meeting.right
    table = pd.DataFrame(
        {
            "row": row,
            "place_kind": places["place_kind"].to_numpy()[meeting.left],
            "place_code": places["place_code"].to_numpy()[meeting.left],
            "area_m2": meeting.area_m2,
            "counted_m2": meeting.area_m2,
        }
    )
    is_partly = planar_area_m2(counted) != planar_area_m2(geoms)
    at = np.flatnonzero(is_partly[row])
    counted_here = shift(counted[row[at]], -origin_of(places["geom"].to_numpy())[meeting.left[at]])
    table.loc[at, "counted_m2"] = planar_area_m2(
        shapely.intersection(counted_here, meeting.geoms[at])
    )
    return table.sort_values(["row", "place_kind", "place_code"], ignore_index=True)


def chief_place(shares: pd.DataFrame, kind: str, count: int) -> pd.Series:
    """Return, for shapes 0..count-1, the place of a kind that holds most of each, else None."""
    mine = shares[shares["place_kind"] == kind]
    mine = mine.sort_values(
        ["row", "area_m2", "place_code"], ascending=[True, False, True], kind="stable"
    ).drop_duplicates("row")
    codes = np.full(count, None, dtype=object)
    codes[mine["row"].to_numpy()] = mine["place_code"].to_numpy()
    return pd.Series(codes, dtype=object)


def adjoining(
    geoms: Shapes, others: Shapes, keys: pd.Series, reach_m: float, threads: int = 1
) -> pd.Series:
    """Return the keys of the neighbours within `reach_m` of each shape, as a tuple, else None.

    >>> square, right = shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)
    >>> adjoining(np.array([square]), np.array([right]), pd.Series(["B"]), 0.1).tolist()
    [('B',)]
    """
    tree = shapely.STRtree(others)

    def near(rows: Indices) -> tuple[Indices, Indices]:
        one, other = tree.query(geoms[rows], predicate="dwithin", distance=reach_m)
        return rows[one], other

    parts = in_threads(near, len(geoms), threads)
    one, other = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    names = np.asarray(keys, dtype=object)
    rank = np.unique(names, return_inverse=True)[1]
    table = pd.DataFrame({"row": one, "rank": rank[other], "other": other})
    table = table.drop_duplicates(["row", "rank"]).sort_values(["row", "rank"])
    found = names[table["other"]].tolist()
    rows, start = np.unique(table["row"], return_index=True)
    ends = np.append(start, len(found))[1:]
    out = np.full(len(geoms), None, dtype=object)
    for row, first, end in zip(rows, start, ends, strict=True):
        out[row] = tuple(found[first:end])
    return pd.Series(out, dtype=object)
