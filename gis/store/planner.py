"""Statements that bring arriving rows among those in force, planned for how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from psycopg import sql

from gis.store.database import Connection

_MANY = 1_000  # rows; fewer are found one by one


@contextmanager
def planned_for(connection: Connection, arriving: sql.Identifier) -> Iterator[None]:
    """Let the statements of the block be planned for the rows that lie in `arriving`.

    The planner may know the table they go into as it was before it filled, and for many rows it
    would walk all of that table for every one. Within the caller's transaction.
    """
    connection.execute(sql.SQL("ANALYZE {}").format(arriving))
    found = connection.execute(
        sql.SQL("SELECT count(*) >= {} FROM {}").format(sql.Literal(_MANY), arriving)
    ).fetchone()
    with hashed(connection) if found is not None and found[0] else nullcontext():
        yield


@contextmanager
def hashed(connection: Connection) -> Iterator[None]:
    """Let the statements of the block walk each table once, whatever the planner thinks of it."""
    connection.execute("SET LOCAL enable_nestloop TO off")
    yield
    connection.execute("SET LOCAL enable_nestloop TO on")
