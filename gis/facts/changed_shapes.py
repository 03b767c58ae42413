"""The shapes of what changed since an earlier run, and whom they meet."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import cached_property

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Flags, Shapes
from gis.geometry.by_zone import reach
from gis.geometry.touch import touched
from gis.store.record_filter import Box
from gis.store.records import KnownAt


class ChangedShapes:
    """Shapes (EPSG:4490) that changed, or that belong to what changed."""

    def __init__(self, shapes: Iterable[pd.Series], moved: Iterable[pd.Series]) -> None:
        """`moved`: those of them that neighbours, too, take note of: they came, went or moved."""
        self._shapes, self._moved = present(shapes), present(moved)

    @cached_property
    def boxes(self) -> tuple[Box, ...]:
        """Where whatever may meet them lies."""
        return reached(self._shapes)

    def meets(self, geoms: pd.Series) -> Flags:
        """Return which shapes share land with one of these, or lie beside one that moved."""
        shapes = geoms.to_numpy(dtype=object)
        is_there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        out = np.zeros(len(shapes), dtype=bool)
        out[is_there] = touched(shapes[is_there], self._shapes, self._moved)
        return out


def present(geoms: Iterable[pd.Series]) -> Shapes:
    """Return the shapes of several columns, each once, less the missing and the empty ones."""
    shapes = pd.concat([*geoms]).dropna().to_numpy(dtype=object)
    shapes = shapes[~shapely.is_empty(shapes)]
    return np.asarray(shapes[~pd.Series(shapely.to_wkb(shapes)).duplicated()], dtype=object)


def reached(shapes: Shapes) -> tuple[Box, ...]:
    """Return the boxes (EPSG:4490) of all that each shape may meet, each once."""
    sides = np.unique(reach(shapes), axis=0)
    return tuple((west, south, east, north) for west, south, east, north in sides.tolist())


def moved(
    versions: pd.DataFrame, now: pd.DataFrame, freed: Collection[str], before: KnownAt
) -> pd.Series:
    """Return the shapes of supplies that came, went or were drawn anew, old and new.

    versions: all that came or ended since `before` (key, effective_on, from_delivery, region_code,
    geom); now: the supplies of the day (key, supply_no, contract_no, geom); freed: numbers of those
    whose right or whose parcels changed. A supply that counted before and counts now, in one region
    and in one and the same shape, has not moved.
    """
    key = versions["key"].to_numpy(dtype=object)
    first = versions.drop_duplicates("key").set_index("key").reindex(key)
    is_alike = shapely.equals_identical(
        versions["geom"].to_numpy(dtype=object), first["geom"].to_numpy(dtype=object)
    )
    regions = (
        table["region_code"].fillna("").to_numpy(dtype=object) for table in (versions, first)
    )
    is_alike &= np.equal(*regions).astype(bool)
    counted = (versions["effective_on"] <= pd.Timestamp(before.as_of)).to_numpy(dtype=bool)
    was_there = (versions["from_delivery"] <= before.delivery).to_numpy(dtype=bool)
    told = pd.DataFrame({"stays": is_alike & counted, "was": was_there, "versions": 1})
    of = told.groupby(key).agg({"stays": "all", "was": "any", "versions": "sum"})
    stays = of.index[of["stays"] & of["was"] & (of["versions"] > 1)]
    still = stays.intersection(pd.Index(now["key"].to_numpy(dtype=object)))
    is_freed = now["supply_no"].isin(freed) | now["contract_no"].isin(freed)
    is_moved = now["key"].isin(key) & ~now["key"].isin(still)
    gone = versions.loc[~versions["key"].isin(still), "geom"]
    found: pd.Series = pd.concat([gone, now.loc[is_freed | is_moved, "geom"]])
    return found
