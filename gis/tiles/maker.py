"""Tiles of runs, each made once: for whoever sees the same land, on the same day."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from threading import BoundedSemaphore, Lock
from typing import Any, Generic, TypeVar

import numpy as np

from gis.errors import UsageError
from gis.store.database import Connection
from gis.store.results import Scope
from gis.store.runs import Run
from gis.tiles import extent, prebuilt, sources, tile
from gis.tiles.address import Address
from gis.tiles.extent import Bounds
from gis.tiles.index import ABSENT, States, Truths, View, days_of, on_day
from gis.tiles.kept import Kept
from gis.tiles.layers import BOUNDS, Layer
from gis.tiles.narrowed import Chosen
from gis.tiles.rows import Rows
from gis.tiles.sources import Source
from gis.tiles.tile import Part, Tile

Place = Scope | Chosen

# Of 965,000 findings the index takes 24 MB, their states 20, what is left of their approvals 19, a
# view of another day 6; of 763,000 parcels 25 in all. A tile that tells all its days asks for all
# of these: where they have no room together, each drives out the next at every tile, and before a
# worker has prepared them each is read for half a minute. What tiles in the making hold comes
# beside, so few are made at once; the benchmark of tiles tells what a server takes together.
ROOM_BYTES = {"arrays": 80 * 2**20, "tiles": 8 * 2**20}
# So many tiles are made at once: more would not be done sooner, and each takes memory meanwhile.
AT_ONCE = 2
# Sums, bounds and days of change of what is looked at.
_TOLD_BYTES, _STATE_BYTES, _CHANGE_BYTES = 4 * 2**20, 200, 120
Value = TypeVar("Value")
_FAR_PAST, _FAR_FUTURE = -(2**31), 2**31 - 1


@dataclass(frozen=True)
class Whole:
    """All rows of a layer on a day that somebody may see, by state; those that lie nowhere too.

    `count`, `area_m2` and `unmeasured` (no known area) are of all rows, `unplaced` the count and
    area of those without a place, in no tile; `unplaced_states` how many of these by state.
    """

    count: int
    area_m2: float
    unmeasured: int
    unplaced: tuple[int, float]
    states: dict[str, tuple[int, float]]
    unplaced_states: dict[str, int]


@dataclass(frozen=True)
class Told(Generic[Value]):
    """Something small that took long to find out, and about the bytes it takes."""

    value: Value
    nbytes: int


class Tiles:
    """Gives tiles; what they are made of is kept, up to `room_bytes`."""

    def __init__(
        self,
        room_bytes: dict[str, int] | None = None,
        drawing: Callable[[], AbstractContextManager[Connection]] | None = None,
    ) -> None:
        """`drawing` lends a connection to make a tile by; else that of who asks is taken.

        A process of the store takes twice as long for its first tile as for the next: two that make
        them all are soon past it, where each of a server's many would begin anew.
        """
        room = ROOM_BYTES | (room_bytes or {})
        self._drawing = drawing
        # One room for all that tiles are made of: what is asked for takes the place of what is not.
        self._arrays: Kept[Any] = Kept(room["arrays"])
        self._turns = BoundedSemaphore(AT_ONCE)
        # What is being read takes as much memory as what is kept.
        self._reading = Lock()
        self._tiles: Kept[Tile] = Kept(room["tiles"])
        self._told: Kept[Told[Any]] = Kept(_TOLD_BYTES)

    def tile(
        self,
        connection: Connection,
        run: Run,
        layer: Layer,
        day: date,
        scope: Scope | None,
        address: Address,
        places: Sequence[Place] = (),
        *,
        with_moments: bool = False,
    ) -> Tile:
        """Return a tile of a layer as it was on a day, by the papers a run knew.

        `places`: of what lies in all of these alone, or is chosen. `with_moments`: where it is
        close enough, each row says all its days. UsageError for a day on which the layer is not
        known, or before all there is.
        """
        tells_all = with_moments and address.zoom >= BOUNDS.moments_from_zoom and layer.follows

        def make() -> Tile:
            lent = nullcontext(connection) if self._drawing is None else self._drawing()
            with self._turns, lent as own:
                parts = self._parts(own, run, layer, day, scope, address)
                parts = self._in_places(own, run, parts, places)
                head: dict[str, Any] = {
                    "layer": layer.name, "run": run.id, "as_of": day.isoformat()
                }  # fmt: skip
                all_days = self._all_days(own, run, layer) if tells_all else None
                return tile.make(address, layer, parts, head, all_days)

        seen = (_named(scope), *map(_named, places))
        key = (*_of_run(run), layer.name, day, seen, address, bool(tells_all))
        return self._tiles.get(key, make)

    def whole(
        self,
        connection: Connection,
        run: Run,
        layer: Layer,
        day: date,
        scope: Scope | None,
        places: Sequence[Place] = (),
    ) -> Whole:
        """Return what all tiles of a zoom add up to, and what lies in none; faults as `tile`.

        `places`: of all of these alone.
        """

        def make() -> Told[Whole]:
            found = _summed(self.parts(connection, run, layer, day, scope, places))
            return Told(found, _STATE_BYTES * (1 + len(found.states)))

        key = ("whole", *_of_run(run), layer.name, day, _named(scope), *map(_named, places))
        whole: Whole = self._told.get(key, make).value
        return whole

    def bounds(
        self,
        connection: Connection,
        run: Run,
        layer: Layer,
        day: date,
        scope: Scope | None,
        places: Sequence[Place] = (),
    ) -> Bounds | None:
        """Return west, south, east and north of what `whole` counts, None where it lies nowhere."""

        def make() -> Told[Bounds | None]:
            parts = self.parts(connection, run, layer, day, scope, places)
            return Told(extent.bounds(parts), _STATE_BYTES)

        key = ("bounds", *_of_run(run), layer.name, day, _named(scope), *map(_named, places))
        bounds: Bounds | None = self._told.get(key, make).value
        return bounds

    def changes(
        self,
        connection: Connection,
        run: Run,
        layer: Layer,
        scope: Scope | None,
        places: Sequence[Place] = (),
    ) -> list[tuple[date, int]]:
        """Return the days on which rows become something else, and how many do; in order."""

        def make() -> Told[list[tuple[date, int]]]:
            # Of the day judged alone nothing else is known: another day is asked for.
            day = run.as_of + timedelta(days=1)
            found = extent.changes(self.parts(connection, run, layer, day, scope, places))
            return Told(found, _CHANGE_BYTES * (1 + len(found)))

        key = ("changes", *_of_run(run), layer.name, _named(scope), *map(_named, places))
        changes: list[tuple[date, int]] = self._told.get(key, make).value
        return changes

    def parts(
        self,
        connection: Connection,
        run: Run,
        layer: Layer,
        day: date,
        scope: Scope | None,
        places: Sequence[Place] = (),
    ) -> list[Part]:
        """Return the rows of a layer on a day that may be seen, and are in all of `places`."""
        found = self._parts(connection, run, layer, day, scope, Address(0, 0, 0))
        return self._in_places(connection, run, found, places)

    def _in_places(
        self, connection: Connection, run: Run, parts: list[Part], places: Sequence[Place]
    ) -> list[Part]:
        for place in places:
            parts = [
                replace(
                    part,
                    is_seen=_both(
                        part.is_seen, self._seen_of(connection, run, part.source, part.rows, place)
                    ),
                )
                for part in parts
            ]
        return parts

    def _parts(
        self,
        connection: Connection,
        run: Run,
        layer: Layer,
        day: date,
        scope: Scope | None,
        address: Address,
    ) -> list[Part]:
        parts, firsts = [], []
        for source in sources.of(layer, run, day):
            rows = self._rows_of(connection, run, source)
            view = self._view(run, source, rows, day)
            part = Part(
                source,
                rows,
                view,
                self._seen_of(connection, run, source, rows, scope),
                partial(source.meeting, connection, run, address, scope),
                partial(source.encoded, connection, run, address, scope),
            )
            parts.append(part)
            key = ("first", *_of_run(run), source.name, _named(scope), source.follow is None)
            firsts.append(int(self._arrays.get(key, partial(_first, part))))
        if _FAR_FUTURE > min(firsts) > days_of(day):
            raise UsageError(
                f"{day} 早于图层 {layer.name} 的最早内容。"
                f" {day} is before all there is in the layer {layer.name}.",
                "换一个较晚的日期 ask for a later day",
            )
        return parts

    def _all_days(self, connection: Connection, run: Run, layer: Layer) -> dict[str, States]:
        """Return name -> states, of the sources that follow the rows of the day judged."""
        found = {}
        for source in sources.of(layer, run, run.as_of + timedelta(days=1)):
            states = self._rows_of(connection, run, source).states
            if source.follow is not None and states is not None:
                found[source.name] = states
        return found

    def _rows_of(self, connection: Connection, run: Run, source: Source) -> Rows:
        key = (*_of_run(run), source.name)
        read = partial(self._one_at_a_time, prebuilt.rows, connection, run, source)
        rows: Rows = self._arrays.get(("rows", *key), read)
        if source.follow is None:
            return rows
        read = partial(self._one_at_a_time, prebuilt.states, connection, run, source, rows)
        return replace(rows, states=self._arrays.get(("states", *key), read))

    def _one_at_a_time(self, read: Callable[..., Any], *what: Any) -> Any:
        with self._reading:
            return read(*what)

    def _view(self, run: Run, source: Source, rows: Rows, day: date) -> View:
        states = rows.states
        if states is None:
            return sources.day_judged(rows)
        key = ("view", *_of_run(run), source.name, day)
        view: View = self._arrays.get(key, lambda: on_day(rows.index, states, day))
        return view

    def _seen_of(
        self, connection: Connection, run: Run, source: Source, rows: Rows, scope: Place | None
    ) -> Any:
        if scope is None:
            return None
        key = ("seen", *_of_run(run), source.name, _named(scope))
        if isinstance(scope, Chosen):
            if source.chosen is None:
                raise UsageError(
                    f"图层 {source.name} 不能按处置方向、文字、批文筛选。"
                    f" The layer {source.name} is not filtered by direction, text or approval.",
                    "去掉 leave out: track, text, approval",
                )
            numbers = partial(source.chosen, connection, run, scope)
            return self._arrays.get(key, lambda: np.isin(rows.index.number, numbers()))
        return self._arrays.get(key, lambda: source.seen(connection, run, rows, scope))


def _summed(parts: Sequence[Part]) -> Whole:
    """Return what rows add up to, lot by lot."""
    count, area_m2, unmeasured = 0, 0.0, 0
    states: dict[str, tuple[int, float]] = {}
    lost_count, lost_m2 = 0, 0.0
    lost_states: dict[str, int] = {}
    for part in parts:
        index = part.rows.index
        for rows in tile.lots(part.here(slice(0, len(index.cell)))):
            state, areas = part.view.state[rows], part.view.area_m2[rows]
            is_known = ~np.isnan(areas)
            count, unmeasured = count + len(rows), unmeasured + int((~is_known).sum())
            area_m2 += float(areas[is_known].sum())
            for at in np.unique(state).tolist():
                is_its = state == at
                word = part.source.words[at]
                number, own_m2 = states.get(word, (0, 0.0))
                more = float(areas[is_its & is_known].sum())
                states[word] = number + int(is_its.sum()), own_m2 + more
        lost = part.here(index.unplaced())
        lost_count += len(lost)
        lost_m2 += float(np.nansum(part.view.area_m2[lost]))
        for at, number in zip(*np.unique(part.view.state[lost], return_counts=True), strict=True):
            word = part.source.words[at]
            lost_states[word] = lost_states.get(word, 0) + int(number)
    return Whole(count, area_m2, unmeasured, (lost_count, lost_m2), states, lost_states)


def _both(known: Truths | None, more: Truths) -> Truths:
    return more if known is None else known & more


def _first(part: Part) -> np.int64:
    """Return the first day on which anything of a part is there that may be seen."""
    states = part.rows.states
    if states is None:
        return np.int64(_FAR_PAST)
    is_seen = states.state != ABSENT
    if part.is_seen is not None:
        is_seen &= part.is_seen[states.row]
    return np.int64(states.day[is_seen].min() if is_seen.any() else _FAR_FUTURE)


def _of_run(run: Run) -> tuple[Hashable, ...]:
    return run.id, run.finished_at, run.input_digest, run.code_digest


def _named(scope: Place | None) -> Hashable:
    if scope is None or isinstance(scope, Chosen):
        return scope
    return tuple(tuple(sorted(codes)) for codes in (scope.regions, scope.parks, scope.blocks))
