"""Rows counted by cell: how many of each state, and how much land, in squares of a tile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gis.tiles.address import CELL_BITS, DEEPEST, Address, Ints, places_in
from gis.tiles.mvt import EXTENT, Feature, Value


def features(
    address: Address,
    cells: Ints,
    states: npt.NDArray[np.int16],
    area_m2: npt.NDArray[np.float64],
    words: Sequence[str],
    bits: int = CELL_BITS,
) -> list[Feature]:
    """Return a square for each cell in which rows lie: count and area in all and of each state.

    `count` and `area_m2`, and of each state there is `count:STATE` and `area_m2:STATE`; what has no
    known area counts with none. The tile has 2^bits cells on a side.
    """
    every = 1 << 2 * bits
    place = (cells >> 2 * (DEEPEST - address.zoom - bits)) & (every - 1)
    both = place * len(words) + states
    size = every * len(words)
    counts = np.bincount(both, minlength=size).reshape(every, -1)
    areas = np.bincount(both, np.nan_to_num(area_m2), minlength=size).reshape(every, -1)
    (found,) = np.nonzero(counts.any(axis=1))
    side = EXTENT >> bits
    columns, rows = places_in(found, bits)
    made = []
    for at, column, row in zip(found.tolist(), columns.tolist(), rows.tolist(), strict=True):
        said: dict[str, Value] = {
            "count": int(counts[at].sum()),
            "area_m2": _rounded(areas[at].sum()),
        }
        for state in np.flatnonzero(counts[at]).tolist():
            said[f"count:{words[state]}"] = int(counts[at, state])
            said[f"area_m2:{words[state]}"] = _rounded(areas[at, state])
        made.append(Feature(column * side, row * side, side, said))
    return made


def _rounded(area_m2: float) -> float:
    # To the square millimetre: what lies behind it depends on the order of the rows.
    return round(float(area_m2), 6)
