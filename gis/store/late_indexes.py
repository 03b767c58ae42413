"""Indexes of a table that many rows go into: built once when all are there, not row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import errors, sql

from gis.store.database import Connection
from gis.store.statements import table

# Fewer rows are put into the indexes one by one sooner than these are taken down and built.
_MANY = 1_000


@contextmanager
def built_afterwards(connection: Connection, name: str, arriving: sql.Identifier) -> Iterator[None]:
    """Add the many rows of `arriving` to an empty table within this, and build its indexes then.

    They are the same indexes by the same names. Whoever looks into the table waits until the
    caller's transaction ends, so this is done only where there is nothing to see yet, and only
    where nobody is looking: else the rows go in as ever.
    """
    definitions = _definitions(connection, name) if _is_first(connection, name, arriving) else {}
    if definitions and _is_ours_alone(connection, name):
        for index in definitions:
            connection.execute(sql.SQL("DROP INDEX {}").format(table(index)))
        yield
        for definition in definitions.values():
            connection.execute(definition)
    else:
        yield


def _is_first(connection: Connection, name: str, arriving: sql.Identifier) -> bool:
    query = (
        "SELECT NOT EXISTS (SELECT FROM {0}) AND EXISTS (SELECT FROM {1} OFFSET {2})"
        " AND (SELECT pg_has_role(relowner, 'USAGE')"
        " AND has_schema_privilege(relnamespace, 'CREATE')"
        " FROM pg_class WHERE oid = {3}::regclass)"
    )
    own = sql.Literal(table(name).as_string(connection))
    row = connection.execute(
        sql.SQL(query).format(table(name), arriving, sql.Literal(_MANY - 1), own)
    ).fetchone()
    return bool(row and row[0])


def _is_ours_alone(connection: Connection, name: str) -> bool:
    """Lock the table if that can be had at once."""
    try:
        with connection.transaction():
            connection.execute(
                sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT").format(table(name))
            )
    except (errors.LockNotAvailable, errors.InsufficientPrivilege):
        return False
    return True


def _definitions(connection: Connection, name: str) -> dict[str, sql.SQL]:
    """Return the statement that makes each index by its name, but for those of a constraint."""
    rows = connection.execute(
        "SELECT i.relname, pg_get_indexdef(i.oid) FROM pg_index x"
        " JOIN pg_class i ON i.oid = x.indexrelid"
        " WHERE x.indrelid = %s::regclass"
        " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.oid) ORDER BY 1",
        (table(name).as_string(connection),),
    ).fetchall()
    return {str(index): sql.SQL(definition) for index, definition in rows}
