"""What is done by one at a time: held by a lock of the session, which dies with its holder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

from gis.store.cluster import faults
from gis.store.database import Connection

NIGHT = 7_105_011
NOTICES = 7_105_012
# Held for the moment in which a try to log in is counted.
LOG_INS = 7_105_013


@contextmanager
def alone(connection: Connection, turn: int) -> Iterator[bool]:
    """Give True where nobody else is at it; nobody comes in between until the block ends."""
    with faults.explained():
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", (turn,)).fetchone()
    is_alone = bool(row and row[0])
    try:
        yield is_alone
    finally:
        if is_alone:
            # A connection that was lost has let go already.
            with suppress(psycopg.Error):
                connection.execute("SELECT pg_advisory_unlock(%s)", (turn,))
