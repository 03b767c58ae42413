"""Pages of large lists with their counts, for a server that is asked for many of them.

What lists are asked by is read once and kept in memory (`gis.store.list_columns`); the rows of a
page come out of the store. What does not fit there is asked of the store alone, which takes longer,
and so is a large list until it has been read, beside the requests.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from functools import partial
from threading import Lock, Thread
from typing import TypeVar

import numpy as np
import pandas as pd
import psycopg
from psycopg import sql

from gis.arrays import Small, small
from gis.errors import LandwatchError
from gis.store import copy, list_columns, list_kept, pages, results
from gis.store.database import Connection
from gis.store.list_columns import Columns, Truths
from gis.store.list_room import has_room, saying
from gis.store.memory import Memory, Peek
from gis.store.pages import Wanted
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from gis.store.statements import table
from gis.store.triage_kept import TriageKept

Connect = Callable[[], AbstractContextManager[Connection]]
Rows = tuple[Small, Truths]
Met = TypeVar("Met")
Which = Callable[[Memory | Peek, Connection], Met | None]
Reading = Callable[[Connection], object]

# To read fewer rows takes no longer than to ask the store.
LARGE_ROWS = 50_000
# What a row takes: its number and land, and for each column at most so much.
_ROW_BYTES, _COLUMN_BYTES = 12, 8


@dataclass(frozen=True)
class _Groups:
    """Groups of rows, kept."""

    rows: pd.DataFrame

    @property
    def nbytes(self) -> int:
        """Return about how much they take."""
        return int(self.rows.memory_usage(deep=True).sum())


class Lists:
    """Gives pages of lists; up to `room_bytes` of what they are asked by are kept.

    `connect` lends a connection by which lists of `large_rows` and more are read by a thread of its
    own; without it, and smaller ones, the first who asks reads them.
    """

    def __init__(
        self, room_bytes: int, connect: Connect | None = None, large_rows: int = LARGE_ROWS
    ) -> None:
        self._memory = Memory(room_bytes)
        self._connect, self._large_rows = connect, large_rows
        self._beside = Lock()
        # What triage goes by has a room of its own: it comes and goes with no list.
        self.triage = TriageKept(self._is_read_beside)

    def of_run(
        self, connection: Connection, run: Run, name: str, asked: Asked, columns: Sequence[str]
    ) -> tuple[pd.DataFrame, int]:
        """Return a page of a result table and how many rows there are, as `results` gives both.

        `columns`: all the table is ever asked by. UsageError and ValueError as there.
        """
        found, count = self._page(connection, run, name, asked, columns)
        if count is None:
            count = results.count(connection, run, name, asked)
        return found, count

    def page_of_run(
        self, connection: Connection, run: Run, name: str, asked: Asked, columns: Sequence[str]
    ) -> pd.DataFrame:
        """Return what `of_run` does, for who does not ask how many there are."""
        return self._page(connection, run, name, asked, columns)[0]

    def _page(
        self, connection: Connection, run: Run, name: str, asked: Asked, columns: Sequence[str]
    ) -> tuple[pd.DataFrame, int | None]:
        """Return a page and, where it is known without asking the store, the count of all."""
        met = self._read(
            connection,
            name,
            lambda memory, own: self._meeting(memory, own, run, name, asked, columns),
        )
        if met is None:
            return results.read(connection, run, name, asked), None
        columns_of, which = met
        row_ids = columns_of.row_ids
        count, last = int(which.sum()), None
        if asked.after is not None:
            number = results.row_id_of(connection, run, name, str(asked.after[-1]))
            last = int(np.flatnonzero(row_ids == number)[0])
            which[last] = True
        places = self._in_order(run, name, asked, columns_of, which)
        if last is not None:
            places = places[int(np.flatnonzero(places == last)[0]) + 1 :]
        chosen = row_ids[places[asked.offset :][: asked.limit]]
        return results.read_rows(connection, run, name, chosen.tolist()), count

    def row_ids_of_run(
        self, connection: Connection, run: Run, name: str, asked: Asked, columns: Sequence[str]
    ) -> list_columns.Ints:
        """Return the numbers of all rows asked for, in their order, as `results.row_ids` does."""
        met = self._read(
            connection,
            name,
            lambda memory, own: self._meeting(memory, own, run, name, asked, columns),
        )
        if met is None:
            return results.row_ids(connection, run, name, asked)
        columns_of, which = met
        return columns_of.row_ids[self._in_order(run, name, asked, columns_of, which)]

    def grouped(
        self, connection: Connection, run: Run, name: str, by: Sequence[str], asked: Asked
    ) -> pd.DataFrame:
        """Return how many rows there are of each group, and of what area, as `results.grouped`.

        `asked`: codes and the land that may be seen.
        """
        within = None if asked.within is None else _named(asked.within)
        codes = tuple((column, tuple(values)) for column, values in sorted(asked.where.items()))
        key = (*_of_run(run, name), "grouped", *by, codes, within)
        found = self._memory.get(
            key, lambda: _Groups(results.grouped(connection, run, name, by, asked))
        )
        return results.grouped(connection, run, name, by, asked) if found is None else found.rows

    def sums_of_run(
        self,
        connection: Connection,
        run: Run,
        name: str,
        asked: Asked,
        columns: Sequence[str],
        summed: Sequence[str],
    ) -> tuple[int, dict[str, tuple[float, int]]]:
        """Return how many rows there are and the sums of columns of all, as `results.sums` does."""
        plain = replace(asked, sorted_by=None, after=None)
        held = [*dict.fromkeys(columns)]
        met = None
        if {*summed} <= {*held}:
            met = self._read(
                connection,
                name,
                lambda memory, own: self._meeting(memory, own, run, name, plain, columns),
            )
        if met is None:
            return results.sums(connection, run, name, summed, plain)
        found, which = met
        own = {one: found.ranges[one][which] for one in summed}
        return int(which.sum()), {
            one: (float(np.nansum(values)), int(np.isnan(values).sum()))
            for one, values in own.items()
        }

    def of_records(
        self,
        connection: Connection,
        run: Run,
        kind: str,
        wanted: Wanted,
        scope: Scope | None,
        places: Sequence[Scope] = (),
    ) -> tuple[pd.DataFrame, int]:
        """Return a page of the records of a kind and how many there are, as `pages` gives both."""
        lands = [*places] if scope is None else [scope, *places]
        met = self._read(
            connection, kind, lambda memory, own: self._known(memory, own, run, kind, wanted, lands)
        )
        if met is None:
            return pages.of_records(connection, run, kind, wanted, scope, places)
        ids, which = met
        count = int(which.sum())
        if wanted.after is not None:
            last = pages.id_of(connection, run, kind, str(wanted.after[0]))
            if last is None:
                return pages.of_records(connection, run, kind, wanted, scope, places)
            which[: int(np.flatnonzero(ids == last)[0]) + 1] = False
        chosen = ids[np.flatnonzero(which)[: wanted.limit]]
        return pages.records_of(connection, kind, chosen.tolist()), count

    def read_ahead(
        self,
        connection: Connection,
        run: Run,
        name: str,
        columns: Sequence[str],
        searched: Sequence[str],
    ) -> None:
        """Read what a list of a run is asked by, before anybody asks.

        One list is read at a time: whoever asks meanwhile is answered by the store.
        """
        anything = Asked(text=".", searched=searched)
        with self._beside:
            self._meeting(self._memory, connection, run, name, anything, columns)

    def triaged_ahead(
        self, connection: Connection, run: Run, name: str, columns: Sequence[str]
    ) -> None:
        """Read what a list of a run is triaged by, likewise."""
        with self._beside:
            self.triage.read_ahead(connection, run, name, [*columns])

    def _read(self, connection: Connection, name: str, which: Which[Met]) -> Met | None:
        """Return which rows are asked for; None where the store is to be asked, now or always."""
        if self._connect is None:
            return which(self._memory, connection)
        kept = Peek(self._memory)
        found = which(kept, connection)
        if found is not None or not kept.is_lacking:
            return found
        if self._is_read_beside(connection, name, lambda own: which(self._memory, own)):
            return None
        return which(self._memory, connection)

    def _is_read_beside(self, connection: Connection, name: str, read: Reading) -> bool:
        """Return whether a list is large: then a thread of its own reads, one at a time."""
        connect = self._connect
        if connect is None or not self._is_large(connection, name):
            return False
        if not self._beside.locked():
            Thread(target=self._read_beside, args=(connect, read), daemon=True).start()
        return True

    def _read_beside(self, connect: Connect, read: Reading) -> None:
        if not self._beside.acquire(blocking=False):
            return
        try:
            # Where the store is gone, whoever asks next is told so.
            with suppress(LandwatchError, psycopg.Error), connect() as own:
                read(own)
        finally:
            self._beside.release()

    def _is_large(self, connection: Connection, name: str) -> bool:
        query = "SELECT reltuples FROM pg_class WHERE oid = %s::regclass"
        row = connection.execute(query, (table(name).as_string(connection),)).fetchone()
        return row is not None and row[0] >= self._large_rows

    def _meeting(
        self,
        memory: Memory | Peek,
        connection: Connection,
        run: Run,
        name: str,
        asked: Asked,
        columns: Sequence[str],
    ) -> tuple[Columns, Truths] | None:
        held = [*dict.fromkeys(columns)]
        asked_by = {*asked.where, *asked.ranges, *([asked.sorted_by] if asked.sorted_by else [])}
        is_other = not asked_by <= {*held}
        if asked.of is not None or is_other or not list_columns.are_known(name, held):
            return None
        of_run = _of_run(run, name)
        rows = sql.SQL("FROM {} WHERE {}").format(
            table(name), results.condition(run, name, results.EVERYTHING)
        )

        def columns_of() -> Columns:
            return list_columns.read(connection, run, name, held)

        row_bytes = _ROW_BYTES + _COLUMN_BYTES * len(held)
        size = partial(list_kept.size, connection, run, name, "columns")
        if not has_room(memory, connection, of_run, rows, row_bytes, size_at_hand=size):
            return None
        at_hand = partial(list_kept.columns, connection, run, name, held)
        found = memory.get((*of_run, *held), columns_of, at_hand)
        if found is None:
            return None
        which = found.meeting(asked)
        if asked.text is not None:
            says = saying(
                memory, connection, run, name, of_run, rows, "row_id", asked.searched,
                found.row_ids, asked.text,
            )  # fmt: skip
            if says is None:
                return None
            which &= says
        return found, which

    def _in_order(
        self, run: Run, name: str, asked: Asked, found: Columns, which: Truths
    ) -> list_columns.Ints:
        """Return the places of the rows asked for, in the order asked for."""
        places = np.flatnonzero(which)
        if asked.sorted_by is None:
            return places
        by, is_falling = asked.sorted_by, asked.is_falling
        if len(places) * list_columns.FEW < len(which):
            return found.order(by, is_falling=is_falling, rows=places)

        def in_order() -> list_columns.Ints:
            return found.order(by, is_falling=is_falling)

        # Of columns at hand it is made sooner than a thread of its own would begin.
        kept = self._memory.get((*_of_run(run, name), "sorted", by, is_falling), in_order)
        order = in_order() if kept is None else kept
        return order[which[order]]

    def _known(
        self,
        memory: Memory | Peek,
        connection: Connection,
        run: Run,
        kind: str,
        wanted: Wanted,
        lands: Sequence[Scope],
    ) -> Rows | None:
        if wanted.where:
            return None
        of_kind = (kind, run.id, run.finished_at, run.delivery, run.input_digest)
        rows = sql.SQL("FROM {} WHERE {}").format(table(kind), pages.known_in(run))

        def order() -> Small:
            query = sql.SQL('SELECT id {} ORDER BY key COLLATE "C"').format(rows)
            return small(copy.read_numbers(connection, query, {"id": "int8"})["id"])

        if not has_room(memory, connection, of_kind, rows, _ROW_BYTES):
            return None
        ids = memory.get((*of_kind, "order"), order)
        if ids is None:
            return None
        which = np.ones(len(ids), dtype=bool)
        for land in lands:
            inside = memory.get(
                (*of_kind, _named(land)),
                _inside(connection, run, kind, land, ids),
            )
            if inside is None:
                return None
            which &= inside
        if wanted.text is None:
            return ids, which
        searched = [one for one in wanted.searched if pages.is_text(kind, one)]
        says = saying(
            memory, connection, run, kind, of_kind, rows, "id", searched, ids, wanted.text
        )
        return None if says is None else (ids, which & says)


def _of_run(run: Run, name: str) -> tuple[Hashable, ...]:
    return (name, run.id, run.finished_at, run.input_digest, run.code_digest)


def _named(land: Scope) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(sorted(codes)) for codes in (land.regions, land.parks, land.blocks))


def _inside(
    connection: Connection, run: Run, kind: str, land: Scope, ids: Small
) -> Callable[[], Truths]:
    def inside() -> Truths:
        return np.isin(ids, pages.ids_in(connection, run, kind, land))

    return inside
