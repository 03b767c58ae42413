"""What the tiles of a run are counted off, kept beside it once it is made: arrays as bytes."""

from __future__ import annotations

from datetime import UTC, datetime

from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.runs import Run

# To be raised when the arrays mean something else: then those that are kept are made anew.
FORM = 1


def read(connection: Connection, run: Run, source: str) -> bytes | None:
    """Return what is kept of a source of a run, None where nothing is."""
    with faults.explained(), connection.cursor(binary=True) as cursor:
        row = cursor.execute(
            "SELECT content FROM landwatch.tile_rows WHERE run = %s AND source = %s AND form = %s",
            (run.id, source, FORM),
        ).fetchone()
    return None if row is None else bytes(row[0])


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
            " VALUES (%s, %s, %s, %s, %s)",
            (run.id, source, FORM, datetime.now(UTC), content),
        )
