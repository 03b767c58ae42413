"""What is read off a run again and again, made once and kept beside it: arrays as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import sql

from gis.errors import StoreError
from gis.store import runs
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.runs import Run
from gis.store.statements import table

_HEAD_BYTES = 8
_AT_ONCE_BYTES = 4 * 2**20


class GoneError(StoreError):
    """What was kept when it was looked for, and is no more: another run took its place."""


class Content:
    """Bytes that are kept, read from the first to the last, a part at a time.

    So arrays of tens of megabytes go to their place without being in memory twice.
    """

    def __init__(self, connection: Connection, rows: str, number: int, nbytes: int) -> None:
        """`number`: the row of the table `rows` they are in, which never changes while there."""
        self._connection, self._number = connection, number
        part = sql.SQL("SELECT substring(content FROM %s FOR %s) FROM {} WHERE id = %s")
        self._query = part.format(table(rows))
        self.nbytes = nbytes
        self._at = 0

    def read(self, count: int) -> bytes:
        """Return the next so many bytes; GoneError where they are no more."""
        into = bytearray(count)
        self.fill(memoryview(into))
        return bytes(into)

    def fill(self, into: memoryview) -> None:
        """Fill all of it with the next bytes; GoneError where they are no more."""
        for begin in range(0, len(into), _AT_ONCE_BYTES):
            part = into[begin : begin + _AT_ONCE_BYTES]
            part[:] = self._part(len(part))

    def _part(self, count: int) -> bytes:
        with faults.explained(), self._connection.cursor(binary=True) as cursor:
            row = cursor.execute(self._query, (self._at + 1, count, self._number)).fetchone()
        if row is None or len(row[0]) != count:
            raise GoneError(
                "备好的数据已由新的运行替换。 What was prepared of a run was replaced meanwhile.",
                "再试一次 try again",
            )
        self._at += count
        return bytes(row[0])


@dataclass(frozen=True)
class Shelf:
    """A table of arrays beside runs, each by the name of its source.

    `form` is to be raised when the arrays mean something else: then they are made anew.
    """

    rows: str
    form: int

    def find(self, connection: Connection, run: Run, source: str) -> Content | None:
        """Return what is kept of a source of a run, None where nothing is."""
        query = sql.SQL(
            "SELECT id, octet_length(content) FROM {} WHERE run = %s AND source = %s AND form = %s"
        ).format(table(self.rows))
        with faults.explained():
            row = connection.execute(query, (run.id, source, self.form)).fetchone()
        return None if row is None else Content(connection, self.rows, row[0], row[1])

    def before(self, connection: Connection, run: Run, source: str) -> Run | None:
        """Return the newest run of the series before a run of which a source is kept."""
        query = sql.SQL(
            "SELECT max(run) FROM {} JOIN landwatch.run AS own ON own.id = run"
            " WHERE source = %s AND form = %s AND run < %s AND run_series = %s"
        ).format(table(self.rows))
        with faults.explained():
            row = connection.execute(query, (source, self.form, run.id, run.run_series)).fetchone()
        return None if row is None or row[0] is None else runs.get(connection, row[0])

    def is_there(self, connection: Connection, run: Run) -> bool:
        """Return whether anything is kept of a run."""
        query = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE run = %s AND form = %s)").format(
            table(self.rows)
        )
        with faults.explained():
            row = connection.execute(query, (run.id, self.form)).fetchone()
        return row is not None and bool(row[0])

    def keep(self, connection: Connection, run: Run, source: str, content: bytes) -> None:
        """Keep a source of a run, in place of what was kept of it and of older runs of its series.

        `content`: as `packed` gives it.
        """
        older = sql.SQL(
            "DELETE FROM {} WHERE source = %s AND (run = %s OR run IN"
            " (SELECT id FROM landwatch.run WHERE run_series = %s AND id < %s))"
        ).format(table(self.rows))
        own = sql.SQL(
            "INSERT INTO {} (run, source, form, made_at, content) VALUES (%s, %s, %s, %s, %b)"
        ).format(table(self.rows))
        with faults.explained(), connection.transaction():
            connection.execute(older, (source, run.id, run.run_series, run.id))
            connection.execute(own, (run.id, source, self.form, datetime.now(UTC), content))

    def drop_others(self, connection: Connection, run: Run, sources: Sequence[str]) -> None:
        """Drop what is kept of a run, or older ones of its series, under names that are gone."""
        query = sql.SQL(
            "DELETE FROM {} WHERE NOT source = ANY (%s) AND run IN"
            " (SELECT id FROM landwatch.run WHERE run_series = %s AND id <= %s)"
        ).format(table(self.rows))
        with faults.explained():
            connection.execute(query, ([*sources], run.run_series, run.id))


# What tiles are counted off, and what lists are asked by.
OF_TILES, OF_LISTS = Shelf("tile_rows", 2), Shelf("list_rows", 1)


def packed(told: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Return a head that says what follows, and its length before it; then the arrays.

    `told`: what else the head says, as JSON knows it.
    """
    kinds = {name: [one.dtype.str, len(one)] for name, one in arrays.items()}
    head = json.dumps({**told, "arrays": kinds}).encode()
    each = (np.ascontiguousarray(one).data for one in arrays.values())
    return b"".join([len(head).to_bytes(_HEAD_BYTES, "big"), head, *each])


def head_of(kept: Content) -> dict[str, Any]:
    """Return the head of what `packed` made, and go on to its arrays."""
    head: dict[str, Any] = json.loads(kept.read(int.from_bytes(kept.read(_HEAD_BYTES), "big")))
    return head


def arrays_of(kept: Content, head: Mapping[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays that follow a head."""
    arrays: dict[str, npt.NDArray[Any]] = {}
    for name, (kind, count) in head["arrays"].items():
        into = np.empty(count * np.dtype(kind).itemsize, dtype=np.uint8)
        kept.fill(into.data)
        arrays[name] = into.view(kind)
    return arrays
