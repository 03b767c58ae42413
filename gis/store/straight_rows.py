"""The rows of the very first run: they go straight into their tables, made whole at the end.

Nothing is stored that they could be compared with. Whoever looks into such a table waits until the
run ends, and nobody does: every row is asked for by its run.
"""

from __future__ import annotations

from collections.abc import Container, Sequence

from psycopg import errors, sql

from gis.store import late_indexes, result_rows, row_digests, tables
from gis.store.database import Connection
from gis.store.late_indexes import Statement
from gis.store.planner_statistics import look_through
from gis.store.statements import table
from gis.store.tables import OPEN_END

# What is the same in all rows of the run does not come along.
_SAME = sql.SQL(
    "ALTER TABLE {table} ALTER run_series SET DEFAULT {series}, ALTER first_run SET DEFAULT {run},"
    " ALTER last_run SET DEFAULT {open_end}"
)
_DIFFERENT = sql.SQL(
    "ALTER TABLE {table} ALTER run_series DROP DEFAULT, ALTER first_run DROP DEFAULT,"
    " ALTER last_run DROP DEFAULT"
)


def into(name: str, straight: Container[str]) -> sql.Identifier:
    """Return where the rows handed in for a result table lie until the run is stored."""
    return table(name) if name in straight else result_rows.arriving(name)


def open_to(
    connection: Connection, name: str, count: int, run_series: str, run: int
) -> Sequence[Statement] | None:
    """Let the rows of a run go straight into a table, `count` of them now.

    Return what makes the table whole again; None where they cannot: they are few, rows came
    already, most digests are the server's to make, something is stored, somebody looks.
    """
    if count < late_indexes.MANY or not row_digests.are_ours(tables.own_types(name)):
        return None
    query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(result_rows.arriving(name))
    if connection.execute(query).fetchone() != (False,):
        return None
    if not late_indexes.is_ours_alone(connection, name):
        return None
    # A run that came to nothing may have left room behind, which costs more to fill than new room.
    empty(connection, name)
    indexes = late_indexes.take_down(connection, name)
    same = {"series": run_series, "run": run, "open_end": OPEN_END}
    connection.execute(_SAME.format(table=table(name), **same))
    return [_DIFFERENT.format(table=table(name)), *indexes]


def empty(connection: Connection, name: str) -> None:
    """Take the rows back that went straight into a table, and their numbers."""
    connection.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY").format(table(name)))


def close(connection: Connection, name: str, closing: Sequence[Statement]) -> None:
    """Make a table whole that rows went straight into; ValueError where two are the same."""
    try:
        with connection.transaction():
            result_rows.make_digests(connection, name, table(name))
            for each in closing:
                connection.execute(each)
    except errors.UniqueViolation:
        result_rows.must_differ(connection, name, table(name))
        raise
    # Its indexes tell how many rows there are, and nothing of what stands in them.
    look_through(connection, table(name))
