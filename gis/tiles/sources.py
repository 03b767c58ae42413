"""Where the rows of a layer come from on a day: one source of rows, or two side by side.

On the day judged all rows are those the run gave. On another day findings of supplied land are what
their timeline says, and of approved land the area of each state is told by the land timeline: whole
approvals, for where within them it lay is known on the day judged alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from gis import contracts
from gis.errors import UsageError
from gis.store import list_columns, pages, tile_rows, tile_shapes
from gis.store.database import Connection
from gis.store.list_columns import Lands
from gis.store.results import Scope
from gis.store.runs import Run
from gis.store.tile_shapes import Drawn
from gis.tiles import layers
from gis.tiles.address import Address, cells_of
from gis.tiles.index import ABSENT, Index, Ints, States, Truths, View
from gis.tiles.layers import LAND_TIMELINE, TIMELINE, UNSUPPLIED, Layer

_FIRST_DAY = -(2**31)


@dataclass(frozen=True)
class Rows:
    """The rows of a source: where they lie, what they are from which day on, in which land.

    `states`: None where they are the same on every day, or no other day is known. `lands`: of
    results; records are looked up. `numbers` and `by_number`: the numbers in order, and whose.
    """

    index: Index
    states: States | None
    lands: Sequence[Lands]
    numbers: Ints
    by_number: Ints

    @classmethod
    def of(cls, index: Index, states: States | None, lands: Sequence[Lands] = ()) -> Rows:
        """Return rows with their numbers in order."""
        by_number = np.argsort(index.number, kind="stable")
        return cls(index, states, lands, index.number[by_number], by_number)

    @property
    def nbytes(self) -> int:
        """Return the bytes of the arrays."""
        states = 0 if self.states is None else self.states.nbytes
        return int(self.index.nbytes + states + self.numbers.nbytes + self.by_number.nbytes)

    def numbered(self, numbers: Ints) -> Ints:
        """Return which rows have one of these numbers, in order."""
        first = np.searchsorted(self.numbers, numbers, side="left")
        count = np.searchsorted(self.numbers, numbers, side="right") - first
        offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
        return np.sort(self.by_number[np.repeat(first, count) + offset])


@dataclass(frozen=True)
class Source:
    """One source of a layer: how its rows are read, sifted, looked up by place and drawn."""

    name: str
    read: Callable[[Connection, Run], Rows]
    seen: Callable[[Connection, Run, Rows, Scope], Truths]
    meeting: Callable[[Connection, Run, Address, Scope | None], Ints]
    encoded: Callable[[Connection, Run, Address, Scope | None, Drawn], bytes]


def of(layer: Layer, run: Run, day: date) -> list[Source]:
    """Return the sources of a layer on a day; UsageError where its other days are not known."""
    if layer.kind:
        return [_records(layer)]
    if day == run.as_of:
        return [_result(layer, is_of_day=True)]
    if not layer.follows:
        raise UsageError(
            f"图层 {layer.name} 只有判定日 {run.as_of} 的内容，没有 {day} 的。"
            f" The layer {layer.name} is known of the day judged, {run.as_of}, not of {day}.",
            f"不写 as_of，或写 leave as_of out, or write as_of={run.as_of}",
        )
    found = [_result(layer, is_of_day=False)] if TIMELINE in layer.follows else []
    return found + ([_approved(layer)] if LAND_TIMELINE in layer.follows else [])


def _result(layer: Layer, *, is_of_day: bool) -> Source:
    says = [*layer.says, *(layer.says_of_day if is_of_day else ())]

    def read(connection: Connection, run: Run) -> Rows:
        found, lands = tile_rows.of_result(
            connection, run, layer.result, layer.states, layer.words, layer.area, layer.where
        )
        index, _ = _indexed(found, layer.words)
        if is_of_day:
            return Rows.of(index, None, lands)
        told = tile_rows.timeline(connection, run, layer.words)
        own = Rows.of(index, None, lands)
        # What no timeline tells of lacks its day: it is said of it on every day.
        is_told = np.isin(index.number, told["number"])
        is_land = np.array([word.startswith(f"{UNSUPPLIED}:") for word in layer.words])
        (always,) = np.nonzero(~is_told & ~is_land[index.state])
        row = np.concatenate([own.by_number[np.searchsorted(own.numbers, told["number"])], always])
        day = np.concatenate([told["day"], np.full(len(always), _FIRST_DAY)])
        state = np.concatenate([told["state"], index.state[always]])
        return replace(own, states=_states(row, day, state))

    def meeting(connection: Connection, run: Run, address: Address, scope: Scope | None) -> Ints:
        bounds = address.bounds_degrees(layers.BOUNDS.buffer_share)
        return tile_shapes.meeting(connection, run, layer.result, bounds, scope)

    def encoded(
        connection: Connection, run: Run, address: Address, scope: Scope | None, drawn: Drawn
    ) -> bytes:
        return tile_shapes.encoded(
            connection, run, layer.result, layer.name, says, drawn, address.bounds_m(), scope
        )

    name = f"{layer.name}, {'the day judged' if is_of_day else 'other days'}"
    return Source(name, read, _in_lands, meeting, encoded)


def _records(layer: Layer) -> Source:
    def read(connection: Connection, run: Run) -> Rows:
        found = tile_rows.of_records(connection, run, layer.kind, layer.area)
        day = found.pop("day")
        found["state"] = np.zeros(len(day), dtype=np.int16)
        index, order = _indexed(found, layer.words)
        rows = np.arange(len(day))
        return Rows.of(index, _states(rows, day[order], index.state))

    def seen(connection: Connection, run: Run, rows: Rows, scope: Scope) -> Truths:
        return np.isin(rows.index.number, pages.ids_in(connection, run, layer.kind, scope))

    def meeting(connection: Connection, run: Run, address: Address, scope: Scope | None) -> Ints:
        bounds = address.bounds_degrees(layers.BOUNDS.buffer_share)
        return tile_shapes.meeting(connection, run, layer.kind, bounds, scope)

    def encoded(
        connection: Connection, run: Run, address: Address, scope: Scope | None, drawn: Drawn
    ) -> bytes:
        return tile_shapes.encoded(
            connection, run, layer.kind, layer.name, layer.says, drawn, address.bounds_m(), scope
        )

    return Source(layer.name, read, seen, meeting, encoded)


def _approved(layer: Layer) -> Source:
    codes = [*contracts.CODES["unsupplied"]]

    def read(connection: Connection, run: Run) -> Rows:
        places, lands = tile_rows.of_approved(connection, run)
        told = tile_rows.land_timeline(connection, run, codes)
        return _approved_rows(places, told, [layer.word(UNSUPPLIED, code) for code in codes], lands)

    def meeting(connection: Connection, run: Run, address: Address, scope: Scope | None) -> Ints:
        bounds = address.bounds_degrees(layers.BOUNDS.buffer_share)
        return tile_shapes.approved_meeting(connection, run, bounds, scope)

    def encoded(
        connection: Connection, run: Run, address: Address, scope: Scope | None, drawn: Drawn
    ) -> bytes:
        name = f"{layer.name}_of_approvals"
        return tile_shapes.approved_encoded(connection, run, name, drawn, address.bounds_m(), scope)

    return Source(f"{layer.name} of approvals", read, _in_lands, meeting, encoded)


def _approved_rows(
    places: tile_rows.Arrays,
    told: tile_rows.Arrays,
    words: Sequence[str],
    lands: Sequence[Lands],
) -> Rows:
    """Return a row for each approval and state it ever has, with its areas from day to day."""
    is_state = told["state"] != ABSENT
    both = told["number"] * len(words) + told["state"]
    kept = np.unique(both[is_state])
    number, state = kept // len(words), (kept % len(words)).astype(np.int16)
    order = np.argsort(places["number"])
    at = order[np.searchsorted(places["number"], number, sorter=order)]
    found = {"number": number, "state": state, "area_m2": np.full(len(kept), np.nan)}
    found |= {name: places[name][at] for name in ("x", "y", "land")}
    index, _ = _indexed(found, words)
    # Every day of an approval is told of each of its rows: what is not named there has ended.
    spans = np.unique(np.stack([told["number"], told["day"].astype(np.int64)]), axis=1)
    first = np.searchsorted(spans[0], index.number, side="left")
    count = np.searchsorted(spans[0], index.number, side="right") - first
    row = np.repeat(np.arange(len(index.number)), count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    day = spans[1][np.repeat(first, count) + offset]
    key = np.stack([index.number[row] * len(words) + index.state[row], day])
    given = np.stack([both, told["day"].astype(np.int64)])[:, is_state]
    place, is_given = _found(given, key)
    states = States(
        row.astype(np.int32),
        day.astype(np.int32),
        np.where(is_given, index.state[row], ABSENT).astype(np.int16),
        np.where(is_given, told["area_m2"][is_state][place], np.nan),
    )
    return Rows.of(index, states, lands)


def _found(pairs: Ints, asked: Ints) -> tuple[Ints, Truths]:
    """Return where each asked pair stands among pairs, and whether it does."""
    if not pairs.shape[1]:
        return np.zeros(asked.shape[1], dtype=np.int64), np.zeros(asked.shape[1], dtype=bool)
    # A day takes less than 2^24.
    keys, wanted = ((one[0] << 24) + one[1] + (1 << 22) for one in (pairs, asked))
    order = np.argsort(keys)
    place = np.searchsorted(keys, wanted, sorter=order).clip(max=len(keys) - 1)
    return order[place], keys[order[place]] == wanted


def _in_lands(connection: Connection, run: Run, rows: Rows, scope: Scope) -> Truths:
    del connection, run
    is_seen = np.array([list_columns.overlaps(land, scope) for land in rows.lands], dtype=bool)
    found: Truths = is_seen[rows.index.land] if len(rows.lands) else np.empty(0, dtype=bool)
    return found


def _indexed(found: dict[str, npt.NDArray[Any]], words: Sequence[str]) -> tuple[Index, Ints]:
    x, y = found.pop("x"), found.pop("y")
    if (found["state"] < 0).any():
        raise ValueError(f"a row has a state that is none of {', '.join(words)}")
    return Index.of(cells_of(x, y), found, words)


def _states(row: Ints, day: Ints, state: npt.NDArray[np.int16]) -> States:
    order = np.lexsort((day, row))
    return States(
        row[order].astype(np.int32), day[order].astype(np.int32), state[order].astype(np.int16)
    )


def day_judged(rows: Rows) -> View:
    """Return the rows as the run gave them."""
    return View(rows.index.state, rows.index.area_m2)
