"""The rows of a run: handed in part by part, then laid beside those of the run before."""

from __future__ import annotations

import pandas as pd
from psycopg import errors, sql

from gis import result_tables
from gis.store import copy, incremental, tables
from gis.store.database import Connection
from gis.store.late_indexes import built_afterwards
from gis.store.planner_statistics import (
    add_row_estimate,
    hash_joins,
    planned_for,
    sequential_scans,
)
from gis.store.statements import listed, statement, table
from gis.store.tables import OPEN_END


def arriving(name: str) -> sql.Identifier:
    """Return the table that holds the rows handed in for a result table, until they are stored."""
    if name not in tables.RESULTS:
        raise ValueError(f"{name!r} is no result table: {', '.join(tables.RESULTS)}")
    return sql.Identifier(f"arriving_{name}")


def encoded(name: str, frame: pd.DataFrame) -> copy.Encoded:
    """Return rows of a result table with their digests, in the bytes the store takes.

    The frame has the table's columns (others are not read); a missing one is unknown throughout.
    ValueError where a row is not what the table holds (`result_tables.check`).
    """
    result_tables.check(name, frame)
    return copy.encoded(frame, tables.own_types(name), digest="content")


def digest(name: str) -> sql.Composed:
    """Return the digest of a row of a result table; of most rows it came along."""
    own = listed(list(tables.own_types(name)))
    made = "CASE content WHEN '' THEN md5(ROW({})::text) ELSE content END"
    return sql.SQL(made).format(own)


def store(
    connection: Connection, name: str, run_series: str, run: int, previous: int, *, is_full: bool
) -> None:
    """Make what was handed in for a table the rows of a run; ValueError where two are the same.

    `previous`: the newest run of the series, 0 for none; `is_full`: all was judged anew.
    """
    handed_in = arriving(name)
    parts = {
        "table": table(name),
        "arriving": handed_in,
        "run_series": sql.Literal(run_series),
        "run": sql.Literal(run),
        "open_end": sql.Literal(OPEN_END),
        "columns": listed(list(tables.own_types(name))),
    }
    if not previous:
        # Nothing to compare with: the rows are written once, and an index finds the equal ones.
        try:
            with (
                connection.transaction(),
                built_afterwards(connection, name, handed_in) as is_alone,
            ):
                # Where nobody else takes numbers, they are not taken one by one.
                numbering = "insert_first_alone" if is_alone else "insert_first"
                stored = connection.execute(statement(numbering, **parts, digest=digest(name)))
                if is_alone:
                    connection.execute(statement("count_on", table=table(name)))
        except errors.UniqueViolation:
            must_differ(connection, name, handed_in)
            raise
    else:
        make_digests(connection, name, handed_in)
        must_differ(connection, name, handed_in)
        _close_gone(connection, parts | {"previous": sql.Literal(previous)}, is_full)
        with (
            planned_for(connection, handed_in, table(name), by="content"),
            built_afterwards(connection, name, handed_in),
        ):
            stored = connection.execute(statement("insert_new", **parts))
    add_row_estimate(connection, table(name), stored.rowcount)


def _close_gone(connection: Connection, parts: dict[str, sql.Composable], is_full: bool) -> None:
    """Close the rows of the run before that were judged anew and not given again."""
    if is_full:
        with sequential_scans(connection):
            connection.execute(statement("close_gone", **parts, is_judged=sql.SQL("true")))
        return
    with hash_joins(connection):
        for is_judged in incremental.looks():
            connection.execute(statement("close_gone", **parts, is_judged=is_judged))


def make_digests(connection: Connection, name: str, rows: sql.Identifier) -> None:
    """Make the digests that did not come along."""
    lacking = sql.SQL("UPDATE {} SET content = {} WHERE content = ''")
    connection.execute(lacking.format(rows, digest(name)))


def must_differ(connection: Connection, name: str, rows: sql.Identifier) -> None:
    """Raise ValueError where rows of a result table that were handed in are the same."""
    counted = connection.execute(
        sql.SQL("SELECT count(*) - count(DISTINCT {}) FROM {}").format(digest(name), rows)
    ).fetchone()
    assert counted is not None
    if counted[0]:
        raise ValueError(f"{name}: {counted[0]} rows are the same in every column as another row")
