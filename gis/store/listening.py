"""What others tell at once, by NOTIFY; and a statement of ours ended from beside it."""

from __future__ import annotations

from contextlib import suppress

import psycopg
from psycopg import sql

from gis.store.cluster import faults
from gis.store.database import Connection


def listen(connection: Connection, channel: str) -> None:
    """Begin to hear what is told on a channel."""
    with faults.explained():
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))


def heard(connection: Connection, waits_seconds: float) -> list[str]:
    """Return what was told since it was last asked, having waited for it at most so long."""
    with faults.explained():
        told = connection.notifies(timeout=waits_seconds, stop_after=1)
        return [one.payload for one in told]


def end_statement(connection: Connection) -> None:
    """End the statement a connection waits for, from another thread; nothing where it waits for
    none.
    """
    with suppress(psycopg.Error):
        connection.cancel_safe(timeout=5)


def hear_no_more(connection: Connection) -> None:
    """Hear nothing any more."""
    with faults.explained():
        connection.execute("UNLISTEN *")
