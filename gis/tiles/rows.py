"""The rows of a source of tiles: read as a whole, or a run's before with what changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gis.arrays import small
from gis.store.list_columns import Lands
from gis.tiles.index import Index, Ints, States


@dataclass(frozen=True)
class Rows:
    """The rows of a source: where they lie, what they are from which day on, in which land.

    `states`: None where they are the same on every day, no other day is known, or none was asked
    for. `lands`: of results, in the order of their codes; records are looked up. `by_number`: the
    rows in the order of their numbers.
    """

    index: Index
    states: States | None
    lands: Sequence[Lands]
    by_number: npt.NDArray[np.int32]

    @classmethod
    def of(cls, index: Index, states: States | None, lands: Sequence[Lands] = ()) -> Rows:
        """Return rows with their lands and numbers in order: the same rows, the same arrays."""
        by_number = np.argsort(index.number, kind="stable").astype(np.int32)
        if not lands:
            return cls(index, states, lands, by_number)
        used = {lands[at] for at in np.unique(index.land).tolist()}
        known = sorted(used, key=_codes)
        at = {land: place for place, land in enumerate(known)}
        place = np.array([at.get(land, -1) for land in lands])
        own = Index(
            index.cell, index.number, index.state, index.area_m2, small(place[index.land]),
            index.words,
        )  # fmt: skip
        return cls(own, states, known, by_number)

    @property
    def nbytes(self) -> int:
        """Return the bytes of the arrays."""
        states = 0 if self.states is None else self.states.nbytes
        return int(self.index.nbytes + states + self.by_number.nbytes)

    def numbered(self, numbers: Ints) -> Ints:
        """Return which rows have one of these numbers, in order."""
        own = self.index.number
        # Of one kind, or all of them would be made anew to be looked through; and in order, so that
        # what is looked for next lies near.
        asked = np.sort(numbers[numbers <= np.iinfo(own.dtype).max].astype(own.dtype))
        by_number = self.by_number.astype(np.intp)
        first, behind = (
            np.searchsorted(own, asked, side=side, sorter=by_number) for side in ("left", "right")
        )
        count = behind - first
        offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return np.sort(self.by_number[np.repeat(first, count) + offset].astype(np.int64))

    def row_of(self, numbers: Ints) -> Ints:
        """Return the row of each number; every number has one, and one alone."""
        at = np.searchsorted(self.index.number, numbers, sorter=self.by_number)
        found: Ints = self.by_number[at].astype(np.int64)
        return found

    def replaced(self, gone: Ints, came: Rows) -> Rows:
        """Return the rows without those of some numbers, and with others."""
        old, new = self.index, came.index
        kept = np.flatnonzero(~np.isin(old.number, gone))
        cell = np.concatenate([old.cell[kept], new.cell])
        found = {
            name: np.concatenate([getattr(old, name)[kept], getattr(new, name)])
            for name in ("number", "state", "area_m2")
        }
        if len(self.lands) or len(came.lands):
            found["land"] = np.concatenate(
                [old.land[kept].astype(np.int64), new.land.astype(np.int64) + len(self.lands)]
            )
        order = _order(cell, found["number"], found["state"])
        index = Index(
            cell[order],
            small(found["number"][order]),
            small(found["state"][order]),
            found["area_m2"][order],
            small(found["land"][order]) if "land" in found else old.land,
            old.words,
        )
        # Where each of the old and of the new rows stands now; -1 for one that went.
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        stands = np.full(len(old.cell) + len(new.cell), -1)
        stands[np.concatenate([kept, len(old.cell) + np.arange(len(new.cell))])] = place
        states = _joined(self.states, came.states, stands, len(old.cell))
        return Rows.of(index, states, [*self.lands, *came.lands])


def _order(cell: Ints, number: Ints, state: Ints) -> Ints:
    """Return the order an index has, of rows that are two lots in order, one behind the other.

    The lots are merged at once, where sorting all by three keys would take seconds; what lies in
    one cell is sorted by itself.
    """
    order = np.argsort(cell, kind="stable")
    is_shared = np.zeros(len(cell), dtype=bool)
    is_shared[1:] = cell[order][1:] == cell[order][:-1]
    is_shared[:-1] |= is_shared[1:]
    (shared,) = np.nonzero(is_shared)
    own = order[shared]
    order[shared] = own[np.lexsort((state[own], number[own], cell[own]))]
    return order


def _joined(old: States | None, new: States | None, stands: Ints, count: int) -> States | None:
    """Return the states of two lots of rows, by where each row stands now; `count`: the old."""
    if old is None or new is None:
        return None
    row = np.concatenate([stands[old.row], stands[new.row.astype(np.int64) + count]])
    (there,) = np.nonzero(row >= 0)
    # Each lot is in order still.
    order = there[np.argsort(row[there], kind="stable")]
    areas = None
    if old.area_m2 is not None and new.area_m2 is not None:
        areas = np.concatenate([old.area_m2, new.area_m2])[order]
    day, state = (
        np.concatenate([getattr(old, name), getattr(new, name)])[order] for name in ("day", "state")
    )
    return States(row[order].astype(np.int32), day, small(state), areas)


def _codes(land: Lands) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(sorted(codes)) for codes in land)
