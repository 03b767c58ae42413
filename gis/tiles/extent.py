"""Where the rows of a layer lie altogether, and on which days they become something else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from gis.tiles.address import DEEPEST, Address, places_in
from gis.tiles.index import DAY_ZERO
from gis.tiles.tile import Part

Bounds = tuple[float, float, float, float]
# A state that holds on every day has its first long before any paper.
_FIRST = -(2**31)


def bounds(parts: Sequence[Part]) -> Bounds | None:
    """Return west, south, east and north in degrees of the cells rows lie in, None for nowhere."""
    columns, rows = [], []
    for part in parts:
        index = part.rows.index
        placed = part.here(slice(index.unplaced().stop, len(index.cell)))
        if len(placed):
            column, row = places_in(index.cell[placed], DEEPEST)
            columns += [int(column.min()), int(column.max())]
            rows += [int(row.min()), int(row.max())]
    if not columns:
        return None
    # A cell of the deepest zoom is a hundredth of a tile's pixel: as good as a tile of zoom 18.
    shift = DEEPEST - 18
    first = Address(18, min(columns) >> shift, min(rows) >> shift).bounds_degrees()
    last = Address(18, max(columns) >> shift, max(rows) >> shift).bounds_degrees()
    return first[0], last[1], last[2], first[3]


def changes(parts: Sequence[Part]) -> list[tuple[date, int]]:
    """Return the days on which rows become something else, and how many do; in order.

    `parts` of a day that is not the one judged, or nothing of other days is known of them.
    """
    found = []
    for part in parts:
        states = part.rows.states
        if states is None or not len(states.row):
            continue
        is_told = states.day > _FIRST
        if part.is_seen is not None:
            is_told &= part.is_seen[states.row]
        # The first day of a row is one on which it comes to be: that is a change too.
        found.append(states.day[is_told])
    if not found:
        return []
    days, counts = np.unique(np.concatenate(found), return_counts=True)
    return [
        (DAY_ZERO + timedelta(days=int(day)), int(count))
        for day, count in zip(days, counts, strict=True)
    ]
