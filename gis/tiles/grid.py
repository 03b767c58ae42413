"""Rows counted by cell: how many of each state, and how much land, in squares of a tile."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from gis.tiles.address import CELL_BITS, DEEPEST, Address, Ints, places_in
from gis.tiles.mvt import EXTENT, Squares


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

    def squares(self) -> Squares:
        """Return a square for each cell in which rows lie: count and area, of each state as well.

        `count` and `area_m2`, and of each state there is `count:STATE` and `area_m2:STATE`.
        """
        counts = self._counts.reshape(self._every, -1)
        (found,) = np.nonzero(counts.any(axis=1))
        counts, areas = counts[found], self._areas.reshape(self._every, -1)[found]
        own, state = np.nonzero(counts)
        each = np.arange(len(found))
        number, count_at = np.unique(
            np.concatenate([counts.sum(axis=1), counts[own, state]]), return_inverse=True
        )
        # To the square millimetre: what lies behind it depends on the order of the rows.
        area_m2, area_at = np.unique(
            np.round(np.concatenate([areas.sum(axis=1), areas[own, state]]), 6),
            return_inverse=True,
        )
        of = np.concatenate([each, own])
        key = np.concatenate([np.zeros_like(each), 2 + 2 * state])
        keys, key_at = np.unique(np.concatenate([key, key + 1]), return_inverse=True)
        names = ["count", "area_m2"]
        names += [f"{what}:{word}" for word in self._words for what in ("count", "area_m2")]
        columns, rows = places_in(found, self._bits)
        side = EXTENT >> self._bits
        return Squares(
            columns * side,
            rows * side,
            side,
            [names[at] for at in keys.tolist()],
            [*number.tolist(), *area_m2.tolist()],
            np.concatenate([of, of]),
            key_at,
            np.concatenate([count_at, len(number) + area_at]),
        )
