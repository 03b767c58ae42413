"""Indexes of a table that many rows go into: built once when all are there, not row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import errors, sql

from gis.store.database import Connection
from gis.store.statements import table

# Fewer rows are put into the indexes one by one sooner than these are taken down and built.
_MANY = 1_000
_Statement = sql.SQL | sql.Composed


@contextmanager
def built_afterwards(connection: Connection, name: str, arriving: sql.Identifier) -> Iterator[bool]:
    """Add the many rows of `arriving` to an empty table within this, and build its indexes then.

    They are the same indexes by the same names. Whoever looks into the table waits until the
    caller's transaction ends, so this is done only where there is nothing to see yet, and only
    where nobody is looking: else the rows go in as ever. Gives whether it is done.
    """
    is_alone = _is_first(connection, name, arriving) and _is_ours_alone(connection, name)
    definitions = _definitions(connection, name) if is_alone else []
    for _, taken_down in definitions:
        connection.execute(taken_down)
    yield is_alone
    for built, _ in definitions:
        connection.execute(built)


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


def _definitions(connection: Connection, name: str) -> list[tuple[_Statement, _Statement]]:
    """Return the statements that make each index, and take it down; that of the key last."""
    rows = connection.execute(
        "SELECT i.relname, pg_get_indexdef(i.oid), pg_get_constraintdef(c.oid) FROM pg_index x"
        " JOIN pg_class i ON i.oid = x.indexrelid"
        " LEFT JOIN pg_constraint c ON c.conindid = i.oid"
        " WHERE x.indrelid = %s::regclass ORDER BY c.oid IS NOT NULL, 1",
        (table(name).as_string(connection),),
    ).fetchall()
    change, found = sql.SQL("ALTER TABLE {} ").format(table(name)), []
    for index, definition, of_constraint in rows:
        if of_constraint is None:
            built: _Statement = sql.SQL(definition)
            taken_down: _Statement = sql.SQL("DROP INDEX {}").format(table(index))
        else:
            own = sql.Identifier(index)
            built = change + sql.SQL("ADD CONSTRAINT {} ").format(own) + sql.SQL(of_constraint)
            taken_down = change + sql.SQL("DROP CONSTRAINT {}").format(own)
        found.append((built, taken_down))
    return found
