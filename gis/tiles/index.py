"""Where each row of a layer lies, and from which day on it is what: arrays, in the order of cells.

One index serves every zoom, day and land: the rows of a tile stand together, what holds on a day is
read off the states, and whose land it is off the lands. So every count and area is that of the rows
themselves, on whatever zoom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from gis.arrays import Small, small
from gis.tiles.address import NOWHERE, Address

Ints = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
# A row that is not there on a day.
ABSENT = -1
DAY_ZERO = date(2000, 1, 1)


@dataclass(frozen=True)
class States:
    """What rows are from a day on: `row` (its place in the index), day, state; ordered by both.

    Days are days since 2000-01-01; a state is the place of its word, `ABSENT` where the row is no
    longer there. `area_m2`: the area from that day on; None: that of the row.
    """

    row: npt.NDArray[np.int32]
    day: npt.NDArray[np.int32]
    state: Small
    area_m2: npt.NDArray[np.float64] | None = None

    @classmethod
    def of(
        cls,
        row: npt.NDArray[Any],
        day: npt.NDArray[Any],
        state: npt.NDArray[Any],
        area_m2: npt.NDArray[np.float64] | None = None,
    ) -> States:
        """Return states in any order as they are kept."""
        order = np.lexsort((day, row))
        area_m2 = None if area_m2 is None else area_m2[order]
        return cls(
            row[order].astype(np.int32), day[order].astype(np.int32), small(state[order]), area_m2
        )

    @property
    def nbytes(self) -> int:
        """Return the bytes of the arrays."""
        areas = 0 if self.area_m2 is None else self.area_m2.nbytes
        return int(self.row.nbytes + self.day.nbytes + self.state.nbytes + areas)


@dataclass(frozen=True)
class Index:
    """The rows of a source by cell: number of the row in its table, state, area, and its land.

    `words`: what the states are called. `state` and `area_m2` (NaN: unknown) are those of the day
    judged. `land`: which of the lands of the source a row lies in; empty where these are looked up
    by the number of the row.
    """

    cell: Ints
    number: Small
    state: Small
    area_m2: npt.NDArray[np.float64]
    land: Small
    words: Sequence[str]

    @classmethod
    def of(cls, cell: Ints, found: dict[str, Any], words: Sequence[str]) -> tuple[Index, Ints]:
        """Return an index of rows as they come, and their order; `found` has its other arrays."""
        order = np.lexsort((found["state"], found["number"], cell))
        number, state, land = (
            small(found[name][order]) if name in found else np.empty(0, dtype=np.int8)
            for name in ("number", "state", "land")
        )
        return cls(cell[order], number, state, found["area_m2"][order], land, words), order

    @property
    def nbytes(self) -> int:
        """Return the bytes of the arrays."""
        arrays = (self.cell, self.number, self.state, self.area_m2, self.land)
        return int(sum(one.nbytes for one in arrays))

    def rows_of(self, address: Address) -> slice:
        """Return which rows lie in a tile."""
        first, behind = address.cells()
        begin, end = np.searchsorted(self.cell, [first, behind])
        return slice(int(begin), int(end))

    def unplaced(self) -> slice:
        """Return which rows lie on no tile."""
        return slice(0, int(np.searchsorted(self.cell, NOWHERE, side="right")))


@dataclass(frozen=True)
class View:
    """The rows of an index on a day: state (`ABSENT`: not there) and area of each.

    `at`: which of the states holds, -1 where none; None where the day is the one judged.
    """

    state: Small
    area_m2: npt.NDArray[np.float64]
    at: npt.NDArray[np.int32] | None = None
    # Else the areas are those of the index.
    has_own_areas: bool = False

    @property
    def nbytes(self) -> int:
        """Return the bytes of the arrays that are its own."""
        at = 0 if self.at is None else self.at.nbytes
        return int(self.state.nbytes + (self.area_m2.nbytes if self.has_own_areas else 0) + at)


def on_day(index: Index, states: States, day: date) -> View:
    """Return the rows of an index on a day; without a state by then a row is not there."""
    (past,) = np.nonzero(states.day <= days_of(day))
    at = np.full(len(index.cell), -1, dtype=np.int32)
    # Of the states of a row the last one stays: they come in the order of their days.
    at[states.row[past]] = past
    is_there = at >= 0
    if not len(states.row):
        return View(np.full(len(at), ABSENT, dtype=np.int8), index.area_m2, at)
    state = np.where(is_there, states.state[at], states.state.dtype.type(ABSENT))
    if states.area_m2 is None:
        return View(state, index.area_m2, at)
    return View(state, np.where(is_there, states.area_m2[at], np.nan), at, has_own_areas=True)


def days_of(day: date) -> int:
    """Return a day as an index counts it."""
    return (day - DAY_ZERO).days
