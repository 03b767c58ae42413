"""Rows of one delivery laid beside the records in force, and turned into versions of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
from psycopg import sql

from gis import fields, identifiers
from gis.store import copy, tables
from gis.store.database import Connection
from gis.store.planner import planned_for
from gis.store.statements import listed, statement, table

ARRIVING = sql.Identifier("arriving")
OF_ROW = {"key": "text", "row_no": "int4", "file": "text", "as_came": "jsonb"}


def stage(
    connection: Connection, kind: fields.Kind, rows: pd.DataFrame, columns: Sequence[str]
) -> None:
    """Copy rows into the temporary table `arriving`."""
    create_arriving(connection, kind)
    own = tables.own_types(kind.name)
    types = OF_ROW
    copy.write(connection, ARRIVING, rows, types | {name: own[name] for name in columns})


def create_arriving(connection: Connection, kind: fields.Kind) -> None:
    """Make the temporary table `arriving` for rows of a kind, gone with the transaction."""
    types = OF_ROW | tables.own_types(kind.name)
    connection.execute(
        sql.SQL("CREATE TEMP TABLE arriving ({}) ON COMMIT DROP").format(
            sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind_name))
                for name, kind_name in types.items()
            )
        )
    )


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
        "in_file": sql.SQL("{}::text[]").format(sql.Literal(sorted(in_file))),
    }
    insert = statement("insert_changed", **parts)
    with planned_for(connection, ARRIVING, table(kind.name)):
        connection.execute(statement("end_changed", **parts))
        return connection.execute(insert).rowcount


def _effective(kind: fields.Kind, merged: Callable[[str], sql.Identifier]) -> sql.Composable:
    if kind.year_day is None:
        return merged(kind.effective)
    month_and_day = "1, 1" if kind.year_day == "first" else "12, 31"
    return sql.SQL(
        "coalesce({effective}, CASE WHEN {year} BETWEEN 1 AND 9999"
        " THEN make_date({year}, " + month_and_day + ") END)"
    ).format(effective=merged(kind.effective), year=merged("year"))


def end_absent(
    connection: Connection,
    kind: fields.Kind,
    number: int,
    scope: Mapping[str, str],
    refused: list[str],
) -> int:
    """End the records within scope that the file does not name; return how many."""
    conditions = [
        sql.SQL("{}::text = {}").format(
            sql.Identifier("old", name),
            sql.Literal(identifiers.key(value) if kind.columns[name].is_identifier else str(value)),
        )
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
