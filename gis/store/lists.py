"""Pages of large lists with their counts, for a server that is asked for many of them.

What lists are asked by is read once and kept in memory (`gis.store.list_columns`); the rows of a
page come out of the store. What does not fit there is asked of the store alone, which takes longer.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

import numpy as np
import pandas as pd
from psycopg import sql

from gis.store import copy, list_columns, pages, results
from gis.store.database import Connection
from gis.store.list_columns import BETWEEN, Columns, Order, Texts, Truths, Which
from gis.store.memory import Memory
from gis.store.pages import Wanted
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from gis.store.statements import table

# What a row takes: its number and land, and for each column at most so much.
_ROW_BYTES, _COLUMN_BYTES = 12, 8
# A text takes its place in an array besides.
_TEXT_BYTES = 16


class Lists:
    """Gives pages of lists; up to `room_bytes` of what they are asked by are kept."""

    def __init__(self, room_bytes: int) -> None:
        self._memory = Memory(room_bytes)

    def of_run(
        self, connection: Connection, run: Run, name: str, asked: Asked, columns: Sequence[str]
    ) -> tuple[pd.DataFrame, int]:
        """Return a page of a result table and how many rows there are, as `results` gives both.

        `columns`: all the table is ever asked by. UsageError and ValueError as there.
        """
        met = self._meeting(connection, run, name, asked, columns)
        if met is None:
            count = results.count(connection, run, name, asked)
            return results.read(connection, run, name, asked), count
        row_ids, which = met
        count = int(which.sum())
        if asked.after is not None:
            last = results.row_id_of(connection, run, name, str(asked.after[-1]))
            which[: int(np.flatnonzero(row_ids == last)[0]) + 1] = False
        chosen = row_ids[np.flatnonzero(which)[asked.offset :][: asked.limit]]
        return results.read_rows(connection, run, name, chosen.tolist()), count

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
        met = self._known(connection, run, kind, wanted, lands)
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

    def _meeting(
        self, connection: Connection, run: Run, name: str, asked: Asked, columns: Sequence[str]
    ) -> tuple[list_columns.Ints, Truths] | None:
        held = [*dict.fromkeys(columns)]
        is_other = not {*asked.where, *asked.ranges} <= {*held}
        if asked.of is not None or is_other or not list_columns.are_known(name, held):
            return None
        of_run = (name, run.id, run.finished_at, run.input_digest, run.code_digest)
        rows = sql.SQL("FROM {} WHERE {}").format(
            table(name), results.condition(run, name, results.EVERYTHING)
        )

        def columns_of() -> Columns:
            return list_columns.read(connection, run, name, held)

        row_bytes = _ROW_BYTES + _COLUMN_BYTES * len(held)
        if not self._has_room(connection, of_run, rows, row_bytes):
            return None
        found = self._memory.get((*of_run, *held), columns_of)
        if found is None:
            return None
        which = found.meeting(asked)
        if asked.text is None:
            return found.row_ids, which
        says = self._saying(
            connection, of_run, rows, "row_id", asked.searched, found.row_ids, asked.text
        )
        return None if says is None else (found.row_ids, which & says)

    def _known(
        self, connection: Connection, run: Run, kind: str, wanted: Wanted, lands: Sequence[Scope]
    ) -> tuple[list_columns.Ints, Truths] | None:
        if wanted.where:
            return None
        of_kind = (kind, run.delivery, run.input_digest)
        rows = sql.SQL("FROM {} WHERE {}").format(table(kind), pages.known_in(run))

        def order() -> Order:
            query = sql.SQL('SELECT id {} ORDER BY key COLLATE "C"').format(rows)
            return Order(copy.read_numbers(connection, query, {"id": "int8"})["id"])

        if not self._has_room(connection, of_kind, rows, _ROW_BYTES):
            return None
        ordered = self._memory.get((*of_kind, "order"), order)
        if ordered is None:
            return None
        ids = ordered.row_ids
        which = np.ones(len(ids), dtype=bool)
        for land in lands:
            inside = self._memory.get(
                (*of_kind, run.id, run.finished_at, _named(land)),
                _inside(connection, run, kind, land, ids),
            )
            if inside is None:
                return None
            which &= inside.met
        if wanted.text is None:
            return ids, which
        searched = [one for one in wanted.searched if pages.is_text(kind, one)]
        says = self._saying(connection, of_kind, rows, "id", searched, ids, wanted.text)
        return None if says is None else (ids, which & says)

    def _saying(
        self,
        connection: Connection,
        of_list: tuple[Hashable, ...],
        rows: sql.Composable,
        number: str,
        searched: Sequence[str],
        row_ids: list_columns.Ints,
        text: str,
    ) -> Truths | None:
        """Return which rows say a text in one of the columns; None where the store is to say it."""
        if BETWEEN in text or not searched:
            return None
        own = (*of_list, "texts", *searched)
        length = sql.SQL("octet_length({})").format(list_columns.said(searched))
        if not self._has_room(connection, own, rows, _TEXT_BYTES, length):
            return None

        def texts() -> Texts:
            return list_columns.texts(connection, rows, number, searched, row_ids)

        found = self._memory.get(own, texts)
        if found is None:
            return None
        row = connection.execute("SELECT lower(%s)", (text,)).fetchone()
        assert row is not None
        return found.holding(str(row[0]))

    def _has_room(
        self,
        connection: Connection,
        of_list: tuple[Hashable, ...],
        rows: sql.Composable,
        row_bytes: int,
        length: sql.Composable | None = None,
    ) -> bool:
        """Return whether what a list is asked by fits in half of the room, so that two do."""

        def counted() -> _Bytes:
            each = sql.Literal(0) if length is None else length
            query = sql.SQL("SELECT coalesce(sum({} + {}), 0) {}").format(each, row_bytes, rows)
            row = connection.execute(query).fetchone()
            assert row is not None
            return _Bytes(int(row[0]))

        size = self._memory.get((*of_list, "bytes", row_bytes), counted)
        return size is not None and 2 * size.counted <= self._memory.room_bytes


class _Bytes:
    """How much something would take."""

    nbytes = 64

    def __init__(self, counted: int) -> None:
        self.counted = counted


def _named(land: Scope) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(sorted(codes)) for codes in (land.regions, land.parks, land.blocks))


def _inside(
    connection: Connection, run: Run, kind: str, land: Scope, ids: list_columns.Ints
) -> Callable[[], Which]:
    def which() -> Which:
        inside = pages.ids_in(connection, run, kind, land)
        return Which(np.isin(ids, inside))

    return which
