"""What a legend counts: rows and area of each status of a layer, and how an area is written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from gis import units
from maps import style
from maps.layers import Layer
from maps.packed import polygons

UNKNOWN = "不明"


@dataclass(frozen=True)
class Entry:
    """One status of a layer: its look, how many rows have it, and their area (NaN = unknown)."""

    style: style.Style
    count: int
    area_m2: float

    @property
    def hectares(self) -> str:
        """Return the area in 公顷, four decimals."""
        return hectares(self.area_m2)

    @property
    def mu(self) -> str:
        """Return the area in 亩, two decimals."""
        return mu(self.area_m2)


@dataclass(frozen=True)
class Tally:
    """The statuses of one layer in the order of its legend, and the sums over all its rows.

    The area of `unknown_count` rows is not known; they are counted and add none.
    """

    layer: Layer
    entries: tuple[Entry, ...]
    count: int
    area_m2: float
    unknown_count: int
    unmapped_count: int

    @property
    def hectares(self) -> str:
        """Return the area of all rows in 公顷, four decimals."""
        return hectares(self.area_m2)

    @property
    def mu(self) -> str:
        """Return the area of all rows in 亩, two decimals."""
        return mu(self.area_m2)


def hectares(area_m2: float) -> str:
    """Return an area in 公顷 with four decimals and thousands apart; 不明 where it is unknown.

    >>> hectares(12_345_678.0), hectares(float("nan"))
    ('1,234.5678', '不明')
    """
    return _told(units.hectares(area_m2), "公顷")


def mu(area_m2: float) -> str:
    """Return an area in 亩 with two decimals and thousands apart; 不明 where it is unknown."""
    return _told(units.mu(area_m2), "亩")


def _told(area: float, unit: str) -> str:
    return UNKNOWN if math.isnan(area) else f"{area:,.{units.DECIMALS[unit]}f}"


def summed(areas_m2: Iterable[float]) -> float:
    """Return the sum of the known areas; NaN where there are some and none is known."""
    given = [*areas_m2]
    known = [area_m2 for area_m2 in given if not math.isnan(area_m2)]
    return math.nan if given and not known else sum(known)


def count(layer: Layer, frames: Mapping[str, pd.DataFrame]) -> Tally:
    """Return the tally of one layer.

    A code that no published list holds has its own entry, after the others.
    """
    rows = layer.rows(frames)
    areas = pd.Series(0.0, index=rows.index)
    if layer.area in rows.columns:
        areas = pd.to_numeric(rows[layer.area]).astype("float64")
    entries: list[Entry] = []
    if layer.code in rows.columns:
        codes = layer.codes(rows)
        counts = codes.value_counts()
        sums = areas.groupby(codes).sum(min_count=1)
        looks = layer.looks(counts.index)
        entries = [
            Entry(look, int(counts[code]), float(sums[code]))
            for code, look in looks.items()
            if code in counts.index
        ]
    _, parts_count = polygons(rows)
    return Tally(
        layer=layer,
        entries=tuple(entries),
        count=len(rows),
        area_m2=summed(areas),
        unknown_count=int(areas.isna().sum()),
        unmapped_count=int((parts_count == 0).sum()),
    )
