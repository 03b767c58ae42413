"""Indexes of a table that many rows go into: built once when all are there, not row by row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import errors, sql

from gis.store.database import Connection
from gis.store.statements import table

# Fewer rows are put into the indexes one by one sooner than these are taken down and built.
MANY = 1_000
Statement = sql.SQL | sql.Composed


@contextmanager
def built_afterwards(connection: Connection, name: str, arriving: sql.Identifier) -> Iterator[bool]:
    """Add the many rows of `arriving` to an empty table within this, and build its indexes then.

    Whoever looks into the table waits until the caller's transaction ends, so this is done only
    where there is nothing to see yet, and only where nobody is looking: else the rows go in as
    ever. Gives whether it is done.
    """
    is_alone = _are_many(connection, arriving) and is_ours_alone(connection, name)
    building = take_down(connection, name) if is_alone else []
    yield is_alone
    for statement in building:
        connection.execute(statement)


def is_ours_alone(connection: Connection, name: str) -> bool:
    """Return whether a table is empty and ours; it is locked then, where that can be at once."""
    if not _is_empty_and_ours(connection, name):
        return False
    try:
        with connection.transaction():
            connection.execute(
                sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT").format(table(name))
            )
    except (errors.LockNotAvailable, errors.InsufficientPrivilege):
        return False
    return True


def take_down(connection: Connection, name: str) -> list[Statement]:
    """Take down the indexes of a table; return what builds the same by the same names again."""
    definitions = _definitions(connection, name)
    for _, taken_down in definitions:
        connection.execute(taken_down)
    return [built for built, _ in definitions]


def _are_many(connection: Connection, arriving: sql.Identifier) -> bool:
    query = sql.SQL("SELECT EXISTS (SELECT FROM {} OFFSET {})")
    row = connection.execute(query.format(arriving, sql.Literal(MANY - 1))).fetchone()
    return bool(row and row[0])


def _is_empty_and_ours(connection: Connection, name: str) -> bool:
    query = (
        "SELECT NOT EXISTS (SELECT FROM {}) AND (SELECT pg_has_role(relowner, 'USAGE')"
        " AND has_schema_privilege(relnamespace, 'CREATE')"
        " FROM pg_class WHERE oid = {}::regclass)"
    )
    own = sql.Literal(table(name).as_string(connection))
    row = connection.execute(sql.SQL(query).format(table(name), own)).fetchone()
    return bool(row and row[0])


def _definitions(connection: Connection, name: str) -> list[tuple[Statement, Statement]]:
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
            built: Statement = sql.SQL(definition)
            taken_down: Statement = sql.SQL("DROP INDEX {}").format(table(index))
        else:
            own = sql.Identifier(index)
            built = change + sql.SQL("ADD CONSTRAINT {} ").format(own) + sql.SQL(of_constraint)
            taken_down = change + sql.SQL("DROP CONSTRAINT {}").format(own)
        found.append((built, taken_down))
    return found
