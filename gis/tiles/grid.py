"""Rows counted by cell: how many of each state, and how much land, in squares of a tile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gis.tiles.address import CELL_BITS, DEEPEST, Address, Ints, places_in
from gis.tiles.mvt import EXTENT, Feature, Value


class Cells:
    """The cells of a tile, into which rows are counted lot by lot.

    So a tile of a million rows needs no more memory than one of a hundred thousand.
    """

    def __init__(self, address: Address, words: Sequence[str], bits: int = CELL_BITS) -> None:
        """`words`: what the states are called. The tile has 2^bits cells on a side."""
        self._words, self._bits = words, bits
        self._every = 1 << 2 * bits
        self._shift = 2 * (DEEPEST - address.zoom - bits)
        size = self._every * len(words)
        self._counts = np.zeros(size, dtype=np.int64)
        self._areas = np.zeros(size)

    def count(
        self, cells: Ints, states: npt.NDArray[np.int64], area_m2: npt.NDArray[np.float64]
    ) -> None:
        """Count rows by the deepest cell each lies in; NaN: an area nobody knows, and none."""
        both = ((cells >> self._shift) & (self._every - 1)) * len(self._words) + states
        self._counts += np.bincount(both, minlength=len(self._counts))
        self._areas += np.bincount(both, np.nan_to_num(area_m2), minlength=len(self._areas))

    def features(self) -> list[Feature]:
        """Return a square for each cell in which rows lie: count and area, of each state as well.

        `count` and `area_m2`, and of each state there is `count:STATE` and `area_m2:STATE`.
        """
        counts = self._counts.reshape(self._every, -1)
        areas = self._areas.reshape(self._every, -1)
        (found,) = np.nonzero(counts.any(axis=1))
        side = EXTENT >> self._bits
        columns, rows = places_in(found, self._bits)
        names = [(f"count:{word}", f"area_m2:{word}") for word in self._words]
        made = []
        each = zip(
            (columns * side).tolist(),
            (rows * side).tolist(),
            counts[found].tolist(),
            areas[found].tolist(),
            strict=True,
        )
        for column, row, own_counts, own_areas in each:
            said: dict[str, Value] = {"count": sum(own_counts), "area_m2": _rounded(sum(own_areas))}
            for state, count in enumerate(own_counts):
                if count:
                    counted, measured = names[state]
                    said[counted], said[measured] = count, _rounded(own_areas[state])
            made.append(Feature(column, row, side, said))
        return made


def _rounded(area_m2: float) -> float:
    # To the square millimetre: what lies behind it depends on the order of the rows.
    return round(area_m2, 6)
