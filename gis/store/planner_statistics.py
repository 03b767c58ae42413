"""What the server's planner knows of the rows: how many arrive, and how many there are."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import sql

from gis.store.database import Connection

_MANY = 1_000  # rows; fewer are found one by one
_FEW = 0.1  # of what the table holds: up to so many are found one by one, too
_ENOUGH = 1_000  # rows; fewer new ones leave the planner's old figures as good as they were
_GROWN = 0.05  # so do those that add no more than this to what it knows of
_BY_ROW = ("enable_nestloop", "enable_indexscan", "enable_bitmapscan")


@contextmanager
def planned_for(
    connection: Connection, arriving: sql.Identifier, into: sql.Identifier, by: str | None = None
) -> Iterator[None]:
    """Let the statements of the block be planned for the rows that go from `arriving` into a table.

    The planner may know that table as it was before it filled, and for many rows it would walk all
    of it for every one. Few beside those it is known to hold are looked up. Within the caller's
    transaction. `by`: the one column the statements join by; shapes are slow to sample.
    """
    asked = sql.SQL("" if by is None else "({})").format(*([sql.Identifier(by)] if by else []))
    connection.execute(sql.SQL("ANALYZE {} {}").format(arriving, asked))
    found = connection.execute(
        sql.SQL(
            "SELECT count(*) >= greatest({}, {} * (SELECT reltuples FROM pg_class"
            " WHERE oid = {}::regclass)) FROM {}"
        ).format(
            sql.Literal(_MANY), sql.Literal(_FEW), sql.Literal(into.as_string(connection)), arriving
        )
    ).fetchone()
    if found is not None and found[0]:
        connection.execute("SET LOCAL enable_nestloop TO off")
    yield
    connection.execute("SET LOCAL enable_nestloop TO on")


@contextmanager
def sequential_scans(connection: Connection) -> Iterator[None]:
    """Let the statements of the block walk each table once, whatever the planner thinks of it."""
    for way in _BY_ROW:
        connection.execute(sql.SQL("SET LOCAL {} TO off").format(sql.Identifier(way)))
    yield
    for way in _BY_ROW:
        connection.execute(sql.SQL("SET LOCAL {} TO on").format(sql.Identifier(way)))


@contextmanager
def hash_joins(connection: Connection) -> Iterator[None]:
    """Let the statements of the block look at each row of either side once, whatever is estimated.

    Of a table nobody has looked through yet one row is expected where there are many, and for
    each of these the planner would walk all that arrived.
    """
    connection.execute("SET LOCAL enable_nestloop TO off")
    yield
    connection.execute("SET LOCAL enable_nestloop TO on")


@contextmanager
def hashed_and_sorted_in_memory(connection: Connection) -> Iterator[None]:
    """Let the statements of the block join by hash and sort a million rows without the disk.

    In a transaction of their own. Rows are parted by lists of codes the planner has no figures of.
    """
    with connection.transaction():
        connection.execute("SET LOCAL enable_mergejoin TO off")
        connection.execute("SET LOCAL enable_nestloop TO off")
        connection.execute("SET LOCAL work_mem TO '256MB'")
        yield


def add_row_estimate(connection: Connection, name: sql.Identifier, added: int) -> None:
    """Tell the planner of a table that so many rows were added to, if they are enough to matter.

    Left to the server's own time, the next statement may walk all of a table to find a few rows.
    """
    known = connection.execute(
        sql.SQL("SELECT reltuples FROM pg_class WHERE oid = {}::regclass").format(
            sql.Literal(name.as_string(connection))
        )
    ).fetchone()
    if added >= _ENOUGH and (known is None or added >= _GROWN * known[0]):
        look_through(connection, name)


def look_through(connection: Connection, name: sql.Identifier) -> None:
    """Let the server take a sample of a table, which tells its planner what stands in it.

    Nobody is waited for: while a VACUUM holds the table, the old figures stay.
    """
    # Shapes are slow to sample, and a coarse picture serves the planner as well.
    connection.execute("SET LOCAL default_statistics_target TO 20")
    connection.execute(sql.SQL("ANALYZE (SKIP_LOCKED) {}").format(name))
    connection.execute("SET LOCAL default_statistics_target TO DEFAULT")
