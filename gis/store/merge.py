"""Rows of one delivery laid beside the records in force, and turned into versions of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import psycopg
from psycopg import sql

from gis import fields
from gis.store import copy, tables
from gis.store.database import Connection
from gis.store.statements import listed, statement, table

_LARGE = 20_000  # rows; fewer are as quick one by one
_ARRIVING = sql.Identifier("arriving")


def stage(
    connection: Connection, kind: fields.Kind, rows: pd.DataFrame, columns: Sequence[str]
) -> None:
    """Copy rows into the temporary table `arriving`, gone at the end of the transaction."""
    own = tables.own_types(kind.name)
    shaped = "geom" in columns
    types = {"key": "text", "row_no": "int4", "file": "text"}
    types |= {name: own[name] for name in columns}
    if shaped:
        types["source_epsg"] = "int4"
    connection.execute(
        sql.SQL("CREATE TEMP TABLE arriving ({}) ON COMMIT DROP").format(
            sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind_name))
                for name, kind_name in types.items()
            )
        )
    )
    copy.write(connection, _ARRIVING, rows, types)
    connection.execute("ANALYZE arriving")


def merge(connection: Connection, kind: fields.Kind, columns: Sequence[str], number: int) -> int:
    """Turn the arriving rows into versions; return how many are new or changed."""
    in_file = {*columns, "source_epsg"} if "geom" in columns else {*columns}
    own = list(tables.own_types(kind.name))

    def merged(name: str) -> sql.Identifier:
        return sql.Identifier("new" if name in in_file else "old", name)

    told = [name for name in own if name in in_file]
    parts = {
        "table": table(kind.name),
        "number": sql.Literal(number),
        "arriving": listed(told, "new"),
        "known": listed(told, "old"),
        "merged": sql.SQL(", ").join(map(merged, own)),
        "columns": listed(own),
        "effective": _effective(kind, merged),
    }
    insert = statement("insert_changed", **parts)
    set_aside = _set_aside_indexes(connection, kind.name)
    # The table grows while it is read: a nested loop would walk all that is new for every row,
    # and the planner, which knows an empty table, would choose one.
    connection.execute("SET LOCAL enable_nestloop TO off")
    connection.execute(statement("end_changed", **parts))
    added = connection.execute(insert).rowcount
    connection.execute("SET LOCAL enable_nestloop TO on")
    for definition in set_aside:
        connection.execute(sql.SQL(definition))
    return added


def _effective(kind: fields.Kind, merged: Callable[[str], sql.Identifier]) -> sql.Composable:
    if kind.year_day is None:
        return merged(kind.effective)
    month_and_day = "1, 1" if kind.year_day == "first" else "12, 31"
    return sql.SQL(
        "coalesce({effective}, CASE WHEN {year} BETWEEN 1 AND 9999"
        " THEN make_date({year}, " + month_and_day + ") END)"
    ).format(effective=merged(kind.effective), year=merged("year"))


def _set_aside_indexes(connection: Connection, name: str) -> list[str]:
    """Drop the indexes of an empty table, if nobody looks at it, and return how to make them.

    Built over rows that lie there, the indexes of a first large load cost a fifth of what they
    cost row by row.
    """
    found = connection.execute(
        sql.SQL(
            "SELECT (SELECT count(*) >= {} FROM arriving) AND NOT EXISTS (SELECT FROM {}) AND"
            " (SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = {}::regclass)"
        ).format(_LARGE, table(name), f"{tables.SCHEMA}.{name}")
    ).fetchone()
    if found is None or not found[0]:
        return []
    try:
        with connection.transaction():
            connection.execute(
                sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE NOWAIT").format(table(name))
            )
    except psycopg.errors.LockNotAvailable:
        return []
    indexes = connection.execute(
        "SELECT relname, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class"
        " ON pg_class.oid = indexrelid WHERE indrelid = %s::regclass AND NOT indisprimary",
        (f"{tables.SCHEMA}.{name}",),
    ).fetchall()
    for index, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(table(index)))
    return [str(definition) for _, definition in indexes]


def end_absent(
    connection: Connection,
    kind: fields.Kind,
    number: int,
    scope: Mapping[str, str],
    refused: list[str],
) -> int:
    """End the records within scope that the file does not name; return how many."""
    conditions = [
        sql.SQL("{}::text = {}").format(sql.Identifier("old", name), sql.Literal(str(value)))
        for name, value in scope.items()
    ]
    return connection.execute(
        statement(
            "end_absent",
            table=table(kind.name),
            number=sql.Literal(number),
            scope=sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true"),
            refused=sql.SQL("{}::text[]").format(sql.Literal(refused)),
        )
    ).rowcount
