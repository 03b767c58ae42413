"""In which regions, parks and blocks a row lies, all of them: by its register and by its shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.arrays import Shapes, objects, values_of
from gis.result_tables import LANDS, PLACE
from gis.store.records import region_start

Counts = npt.NDArray[np.int64]
Codes = npt.NDArray[np.object_]
Told = tuple[str, ...]

_CODE_OF = dict(zip(LANDS, PLACE, strict=True))
# A region's code grows by two digits a level: province, city, county.
_LEVELS = (2, 4, 6)


class _Met(NamedTuple):
    """Rows by their number, and a code of each; a row may stand several times."""

    row: Counts
    code: Codes

    def also(self, *others: _Met) -> _Met:
        """Return these and others together."""
        both = (self, *others)
        return _Met(
            np.concatenate([one.row for one in both]), np.concatenate([one.code for one in both])
        )

    def into(self, meant: Mapping[Any, Any]) -> _Met:
        """Return the same rows with what their codes mean; without those that mean nothing."""
        labels, names = pd.factorize(self.code)
        found = np.array([meant.get(name) for name in names], dtype=object)[labels]
        return _Met(self.row, found).known()

    def known(self) -> _Met:
        """Return those that have a code."""
        has_code = ~pd.isna(self.code)
        return _Met(self.row[has_code], self.code[has_code])

    def lists(self, count: int, meant: Callable[[Told], list[str]] = list) -> Codes:
        """Return what the sorted codes of each of `count` rows mean, as a list; None of none."""
        told = values_of(self.row, self.code, count)
        # Rows of the same places share one list, which nobody changes.
        lists = {codes: meant(codes) or None for codes in {*told}}
        return objects([lists[codes] for codes in told])


def lands(rows: pd.DataFrame, places: Mapping[str, pd.DataFrame] | None = None) -> pd.DataFrame:
    """Return the rows with `regions`, `parks` and `blocks`: sorted lists, None where there is none.

    What region_code, park_code and block_code say counts, and what `geom` shares land with;
    places: regions, parks and blocks with their codes and geom.
    """
    rows = rows.reset_index(drop=True)
    met = {name: _said(rows, _CODE_OF[name]) for name in LANDS}
    if places is not None and "geom" in rows:
        # A row without a shape may hold None or NaN.
        shapes = rows["geom"].to_numpy(dtype=object, copy=True)
        shapes[~shapely.is_geometry(shapes)] = None
        for name in LANDS:
            met[name] = met[name].also(_shared(shapes, places[name], _CODE_OF[name]))
        park_of = _meant(places["blocks"], "block_code", "park_code")
        met["parks"] = met["parks"].also(met["blocks"].into(park_of))
        region_of = _meant(places["parks"], "park_code", "region_code")
        met["regions"] = met["regions"].also(met["parks"].into(region_of))
    found = {name: met[name].lists(len(rows)) for name in LANDS if name != "regions"}
    found["regions"] = met["regions"].lists(len(rows), _with_ancestors)
    return rows.assign(**{name: found[name] for name in LANDS})


def together(rows: pd.DataFrame, key: str, keys: pd.Series) -> pd.DataFrame:
    """Return LANDS for each of `keys`: of all rows that have it in column `key`; None of none."""
    row = pd.Index(keys.unique()).get_indexer(rows[key])
    at = pd.Index(keys.unique()).get_indexer(keys)
    found = {}
    for name in LANDS:
        lists = rows[name].to_numpy(dtype=object)
        has_codes = np.fromiter((isinstance(one, list) for one in lists), bool, len(lists))
        has_codes &= row >= 0
        count = np.fromiter(map(len, lists[has_codes]), np.int64)
        codes = objects([*chain.from_iterable(lists[has_codes])])
        met = _Met(np.repeat(row[has_codes], count), codes)
        found[name] = met.known().lists(len(at))[at]
    return pd.DataFrame(found)


def _said(rows: pd.DataFrame, column: str) -> _Met:
    """Return the codes of a column."""
    if column not in rows:
        return _Met(np.empty(0, dtype=np.int64), np.empty(0, dtype=object))
    return _Met(np.arange(len(rows)), rows[column].to_numpy(dtype=object)).known()


def _shared(shapes: Shapes, places: pd.DataFrame, column: str) -> _Met:
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
    return _Met(row[kept], known[column].to_numpy(dtype=object)[place[kept]]).known()


def _meant(places: pd.DataFrame, own: str, other: str) -> dict[Any, Any]:
    """Return what each place belongs to, by the first row of it."""
    pairs = zip(places[own].tolist()[::-1], places[other].tolist()[::-1], strict=True)
    return dict(pairs)


def _with_ancestors(codes: Told) -> list[str]:
    """Return what region codes begin with, and what those of the regions above begin with.

    >>> _with_ancestors(("150602",))
    ['15', '1506', '150602']
    """
    starts = {region_start(code) if code.isdigit() else code for code in codes}
    return sorted(starts.union(start[:level] for start in starts for level in _LEVELS))
