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
from gis.store import list_columns, pages, tile_changes, tile_rows, tile_shapes
from gis.store.database import Connection
from gis.store.list_columns import Lands
from gis.store.results import Scope
from gis.store.runs import Run
from gis.store.tile_shapes import Drawn
from gis.tiles import layers, narrowed
from gis.tiles.address import Address, cells_of
from gis.tiles.index import ABSENT, Index, Ints, States, Truths, View
from gis.tiles.layers import BETWEEN, LAND_TIMELINE, TIMELINE, UNSUPPLIED, Layer
from gis.tiles.narrowed import Chosen
from gis.tiles.rows import Rows

_FIRST_DAY = -(2**31)
_LEFT = "land left of approvals"


@dataclass(frozen=True)
class Source:
    """One source of a layer: how its rows are read, sifted, looked up by place and drawn.

    `read` gives all rows, or those of some numbers. `follow` reads from day to day what these are,
    where `read` does not tell: it is asked for on other days than the one judged alone. `changed`
    gives the numbers of the rows that went since another run of the series, and of those that came.
    `words`: what the layer calls the states of its rows, `kept_words` what they themselves do: rows
    of a name are the same in every layer.
    """

    name: str
    words: Sequence[str]
    kept_words: Sequence[str]
    read: Callable[[Connection, Run, Ints | None], Rows]
    changed: Callable[[Connection, Run, Run], tuple[Ints, Ints]]
    seen: Callable[[Connection, Run, Rows, Scope], Truths]
    meeting: Callable[[Connection, Run, Address, Scope | None], Ints]
    encoded: Callable[[Connection, Run, Address, Scope | None, Drawn], bytes]
    follow: Callable[[Connection, Run, Rows, Ints | None], States] | None = None
    chosen: Callable[[Connection, Run, Chosen], Ints] | None = None


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

    def read(connection: Connection, run: Run, among: Ints | None) -> Rows:
        found, lands = tile_rows.of_result(
            connection, run, layer.result, layer.states, layer.words, layer.area, layer.where, among
        )
        index, _ = _indexed(found, layer.words)
        return Rows.of(index, None, lands)

    def follow(connection: Connection, run: Run, rows: Rows, among: Ints | None) -> States:
        told = tile_rows.timeline(connection, run, layer.words, among)
        index = rows.index
        # What no timeline tells of lacks its day: it is said of it on every day.
        is_told = np.isin(index.number, told["number"])
        is_land = np.array([word.startswith(f"{UNSUPPLIED}:") for word in layer.words])
        (always,) = np.nonzero(~is_told & ~is_land[index.state])
        row = np.concatenate([rows.row_of(told["number"]), always])
        day = np.concatenate([told["day"], np.full(len(always), _FIRST_DAY)])
        return States.of(row, day, np.concatenate([told["state"], index.state[always]]))

    def changed(connection: Connection, run: Run, before: Run) -> tuple[Ints, Ints]:
        if TIMELINE in layer.follows:
            return tile_changes.of_findings(connection, run, before)
        return tile_changes.of_result(connection, run, before, layer.result)

    def meeting(connection: Connection, run: Run, address: Address, scope: Scope | None) -> Ints:
        bounds = address.bounds_degrees(layers.BOUNDS.buffer_share)
        return tile_shapes.meeting(connection, run, layer.result, bounds, scope)

    def encoded(
        connection: Connection, run: Run, address: Address, scope: Scope | None, drawn: Drawn
    ) -> bytes:
        return tile_shapes.encoded(
            connection, run, layer.result, layer.name, says, drawn, address.frame(), scope
        )

    def chosen(connection: Connection, run: Run, by: Chosen) -> Ints:
        rules = dict.fromkeys(word.partition(BETWEEN)[0] for word in layer.words)
        return narrowed.findings(connection, run, by, [*rules])

    words = layer.words
    own = Source(layer.name, words, words, read, changed, _in_lands, meeting, encoded)
    if layer.result == "finding":
        own = replace(own, chosen=chosen)
    return own if is_of_day else replace(own, follow=follow)


def _records(layer: Layer) -> Source:
    def read(connection: Connection, run: Run, among: Ints | None) -> Rows:
        found = tile_rows.of_records(connection, run, layer.kind, layer.area, among)
        day = found.pop("day")
        found["state"] = np.zeros(len(day), dtype=np.int8)
        index, order = _indexed(found, layer.words)
        return Rows.of(index, States.of(np.arange(len(day)), day[order], index.state))

    def changed(connection: Connection, run: Run, before: Run) -> tuple[Ints, Ints]:
        return tile_changes.of_records(connection, run, before, layer.kind)

    def seen(connection: Connection, run: Run, rows: Rows, scope: Scope) -> Truths:
        return np.isin(rows.index.number, pages.ids_in(connection, run, layer.kind, scope))

    def meeting(connection: Connection, run: Run, address: Address, scope: Scope | None) -> Ints:
        bounds = address.bounds_degrees(layers.BOUNDS.buffer_share)
        return tile_shapes.meeting(connection, run, layer.kind, bounds, scope)

    def encoded(
        connection: Connection, run: Run, address: Address, scope: Scope | None, drawn: Drawn
    ) -> bytes:
        return tile_shapes.encoded(
            connection, run, layer.kind, layer.name, layer.says, drawn, address.frame(), scope
        )

    words = layer.words
    return Source(layer.name, words, words, read, changed, seen, meeting, encoded)


def _approved(layer: Layer) -> Source:
    codes = [*contracts.CODES["unsupplied"]]

    words = [layer.word(UNSUPPLIED, code) for code in codes]

    def read(connection: Connection, run: Run, among: Ints | None) -> Rows:
        places, lands = tile_rows.of_approved(connection, run, among)
        told = tile_rows.land_timeline(connection, run, codes, among)
        return _approved_rows(places, told, codes, lands)

    def meeting(connection: Connection, run: Run, address: Address, scope: Scope | None) -> Ints:
        bounds = address.bounds_degrees(layers.BOUNDS.buffer_share)
        return tile_shapes.approved_meeting(connection, run, bounds, scope)

    def encoded(
        connection: Connection, run: Run, address: Address, scope: Scope | None, drawn: Drawn
    ) -> bytes:
        name = f"{layer.name}_of_approvals"
        return tile_shapes.approved_encoded(connection, run, name, drawn, address.frame(), scope)

    changed = tile_changes.of_approved
    own = Source(_LEFT, words, codes, read, changed, _in_lands, meeting, encoded)
    return replace(own, chosen=narrowed.approvals)


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
    key = np.stack([index.number.astype(np.int64)[row] * len(words) + index.state[row], day])
    given = np.stack([both, told["day"].astype(np.int64)])[:, is_state]
    place, is_given = _found(given, key)
    states = States.of(
        row,
        day,
        np.where(is_given, index.state[row], ABSENT),
        _areas_of(told["area_m2"][is_state], place, is_given),
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


def _areas_of(area_m2: npt.NDArray[np.float64], place: Ints, is_given: Truths) -> Any:
    found = np.full(len(place), np.nan)
    found[is_given] = area_m2[place[is_given]]
    return found


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


def day_judged(rows: Rows) -> View:
    """Return the rows as the run gave them."""
    return View(rows.index.state, rows.index.area_m2)
