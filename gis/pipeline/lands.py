"""In which regions, parks and blocks a row lies, all of them: by its register and by its shape."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Shapes
from gis.result_tables import LANDS, PLACE
from gis.store.records import region_start

_CODE_OF = dict(zip(LANDS, PLACE, strict=True))
# A region's code grows by two digits a level: province, city, county.
_LEVELS = (2, 4, 6)


def lands(rows: pd.DataFrame, places: Mapping[str, pd.DataFrame] | None = None) -> pd.DataFrame:
    """Return the rows with `regions`, `parks` and `blocks`: sorted lists, None where there is none.

    What region_code, park_code and block_code say counts, and what `geom` shares land with;
    places: regions, parks and blocks with their codes and geom.
    """
    rows = rows.reset_index(drop=True)
    met = {name: _said(rows, _CODE_OF[name]) for name in LANDS}
    if places is not None and "geom" in rows:
        # A row without a shape may hold None or NaN.
        shapes = rows["geom"].where(shapely.is_geometry(rows["geom"]), None).to_numpy(dtype=object)
        for name in LANDS:
            met[name] = pd.concat([met[name], _shared(shapes, places[name], _CODE_OF[name])])
        met["parks"] = pd.concat(
            [met["parks"], _of(met["blocks"], places["blocks"], "block_code", "park_code")]
        )
        met["regions"] = pd.concat(
            [met["regions"], _of(met["parks"], places["parks"], "park_code", "region_code")]
        )
    met["regions"] = _with_ancestors(met["regions"])
    return rows.assign(**{name: _lists(met[name], len(rows)) for name in LANDS})


def together(rows: pd.DataFrame, key: str, keys: pd.Series) -> pd.DataFrame:
    """Return LANDS for each of `keys`: of all rows that have it in column `key`; None of none."""
    found = {}
    for name in LANDS:
        told = rows[[key, name]].explode(name).dropna(subset=[name]).drop_duplicates()
        told = told.sort_values([key, name])
        found[name] = told.groupby(key, sort=False)[name].agg(list).reindex(keys).to_numpy()
    return pd.DataFrame({name: _none_for_nan(lists) for name, lists in found.items()})


def _said(rows: pd.DataFrame, column: str) -> pd.Series:
    """Return the codes of a column by the place of their row; a row may stand several times."""
    if column not in rows:
        return pd.Series(dtype="str")
    return rows[column].astype("str").dropna()


def _shared(shapes: Shapes, places: pd.DataFrame, column: str) -> pd.Series:
    """Return the codes of the places each shape shares land with, more than a border."""
    known = places.dropna(subset=["geom"])
    grounds = known["geom"].to_numpy(dtype=object)
    tree = shapely.STRtree(shapes)
    # The places ask, not the shapes: they are few and large, and are prepared once each.
    place, row = tree.query(grounds, predicate="intersects")
    shapely.prepare(grounds)
    is_inside = shapely.contains_properly(grounds[place], shapes[row])
    at = np.flatnonzero(~is_inside)
    is_border = shapely.touches(grounds[place[at]], shapes[row[at]])
    kept = np.delete(np.arange(len(place)), at[is_border])
    codes = known[column].to_numpy(dtype=object)[place[kept]]
    return pd.Series(codes, index=row[kept], dtype="str").dropna()


def _of(codes: pd.Series, places: pd.DataFrame, own: str, other: str) -> pd.Series:
    """Return the codes of what the places belong to."""
    above = places.drop_duplicates(own).set_index(own)[other]
    return codes.map(above).astype("str").dropna()


def _with_ancestors(codes: pd.Series) -> pd.Series:
    """Return what region codes begin with, and what those of the regions above begin with."""
    known = {code: region_start(code) if code.isdigit() else code for code in codes.unique()}
    starts = codes.map(known).astype("str")
    above = [starts.str[:level] for level in _LEVELS]
    return pd.concat([starts, *above]).astype("str")


def _lists(codes: pd.Series, count: int) -> np.ndarray:
    """Return the sorted codes of each of `count` rows as a list, None for a row without."""
    pairs = pd.DataFrame({"row": codes.index.to_numpy(dtype=np.int64), "code": codes.to_numpy()})
    pairs = pairs.drop_duplicates().sort_values(["row", "code"])
    lists = np.full(count, None, dtype=object)
    rows, first = np.unique(pairs["row"].to_numpy(), return_index=True)
    parts = np.split(pairs["code"].to_numpy(dtype=object), first[1:])
    for row, part in zip(rows.tolist(), parts if len(rows) else [], strict=True):
        lists[row] = part.tolist()
    return lists


def _none_for_nan(lists: np.ndarray) -> np.ndarray:
    known = np.full(len(lists), None, dtype=object)
    for at, one in enumerate(lists):
        known[at] = one if isinstance(one, list) else None
    return known
