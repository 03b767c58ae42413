"""What a legend counts: rows and area of each status of a layer, and how an area is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from gis import units
from maps import style
from maps.layers import Layer
from maps.packed import polygons


@dataclass(frozen=True)
class Entry:
    """One status of a layer: its look, how many rows have it, and their area."""

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
    """The statuses of one layer in the order of its legend, and the sums over all its rows."""

    layer: Layer
    entries: tuple[Entry, ...]
    count: int
    area_m2: float
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
    """Return an area in 公顷 with four decimals and thousands apart."""
    return f"{units.hectares(area_m2):,.{units.DECIMALS['公顷']}f}"


def mu(area_m2: float) -> str:
    """Return an area in 亩 with two decimals and thousands apart."""
    return f"{units.mu(area_m2):,.{units.DECIMALS['亩']}f}"


def count(layer: Layer, frames: Mapping[str, pd.DataFrame]) -> Tally:
    """Return the tally of one layer; a row without an area counts and adds nothing.

    A code that no published list holds has its own entry, after the others.
    """
    rows = layer.rows(frames)
    areas = pd.Series(0.0, index=rows.index)
    if layer.area in rows.columns:
        areas = pd.to_numeric(rows[layer.area]).astype("float64").fillna(0.0)
    entries: list[Entry] = []
    if layer.code in rows.columns:
        codes = layer.codes(rows)
        counts = codes.value_counts()
        sums = areas.groupby(codes).sum()
        looks = style.styles(layer.code_list, counts.index)
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
        area_m2=float(areas.sum()),
        unmapped_count=int((parts_count == 0).sum()),
    )
