"""What the tiles of a run are counted off, kept beside it once it is made: arrays as bytes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from gis.errors import StoreError
from gis.store import runs
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.runs import Run

# To be raised when the arrays mean something else: then those that are kept are made anew.
FORM = 2
_AT_ONCE_BYTES = 4 * 2**20


class GoneError(StoreError):
    """What was kept when it was looked for, and is no more: another run took its place."""


class Content:
    """Bytes that are kept, read from the first to the last, a part at a time.

    So arrays of tens of megabytes go to their place without being in memory twice.
    """

    def __init__(self, connection: Connection, number: int) -> None:
        """`number`: the row they are in, which never changes while it is there."""
        self._connection, self._number = connection, number
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
            row = cursor.execute(
                "SELECT substring(content FROM %s FOR %s) FROM landwatch.tile_rows WHERE id = %s",
                (self._at + 1, count, self._number),
            ).fetchone()
        if row is None or len(row[0]) != count:
            raise GoneError(
                "备好的瓦片已由新的运行替换。 What was prepared for tiles was replaced meanwhile.",
                "再试一次 try again",
            )
        self._at += count
        return bytes(row[0])


def find(connection: Connection, run: Run, source: str) -> Content | None:
    """Return what is kept of a source of a run, None where nothing is."""
    with faults.explained():
        row = connection.execute(
            "SELECT id FROM landwatch.tile_rows WHERE run = %s AND source = %s AND form = %s",
            (run.id, source, FORM),
        ).fetchone()
    return None if row is None else Content(connection, row[0])


def before(connection: Connection, run: Run, source: str) -> Run | None:
    """Return the newest run of the series before a run of which a source is kept."""
    with faults.explained():
        row = connection.execute(
            "SELECT max(run) FROM landwatch.tile_rows JOIN landwatch.run AS own ON own.id = run"
            " WHERE source = %s AND form = %s AND run < %s AND run_series = %s",
            (source, FORM, run.id, run.run_series),
        ).fetchone()
    return None if row is None or row[0] is None else runs.get(connection, row[0])


def is_there(connection: Connection, run: Run) -> bool:
    """Return whether anything is kept of a run."""
    with faults.explained():
        row = connection.execute(
            "SELECT EXISTS (SELECT FROM landwatch.tile_rows WHERE run = %s AND form = %s)",
            (run.id, FORM),
        ).fetchone()
    return row is not None and bool(row[0])


def keep(connection: Connection, run: Run, source: str, content: bytes) -> None:
    """Keep a source of a run, in place of what was kept of it and of older runs of its series."""
    with faults.explained(), connection.transaction():
        connection.execute(
            "DELETE FROM landwatch.tile_rows WHERE source = %s AND (run = %s OR run IN"
            " (SELECT id FROM landwatch.run WHERE run_series = %s AND id < %s))",
            (source, run.id, run.run_series, run.id),
        )
        connection.execute(
            "INSERT INTO landwatch.tile_rows (run, source, form, made_at, content)"
            " VALUES (%s, %s, %s, %s, %b)",
            (run.id, source, FORM, datetime.now(UTC), content),
        )


def drop_others(connection: Connection, run: Run, sources: Sequence[str]) -> None:
    """Drop what is kept of a run, or older ones of its series, under names there are no more."""
    with faults.explained():
        connection.execute(
            "DELETE FROM landwatch.tile_rows WHERE NOT source = ANY (%s) AND run IN"
            " (SELECT id FROM landwatch.run WHERE run_series = %s AND id <= %s)",
            ([*sources], run.run_series, run.id),
        )
