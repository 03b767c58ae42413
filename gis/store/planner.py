"""Statements that bring arriving rows among those in force, planned for how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql

from gis.store.database import Connection

_MANY = 1_000  # rows; fewer are found one by one
_BY_ROW = ("enable_nestloop", "enable_indexscan", "enable_bitmapscan")


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
    if found is not None and found[0]:
        connection.execute("SET LOCAL enable_nestloop TO off")
    yield
    connection.execute("SET LOCAL enable_nestloop TO on")


@contextmanager
def walked(connection: Connection) -> Iterator[None]:
    """Let the statements of the block walk each table once, whatever the planner thinks of it."""
    for way in _BY_ROW:
        connection.execute(sql.SQL("SET LOCAL {} TO off").format(sql.Identifier(way)))
    yield
    for way in _BY_ROW:
        connection.execute(sql.SQL("SET LOCAL {} TO on").format(sql.Identifier(way)))
