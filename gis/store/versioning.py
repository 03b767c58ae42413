"""Rows of one delivery laid beside the records in force, and turned into versions of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import pandas as pd
from psycopg import sql

from gis import fields, identifiers
from gis.store import copy, tables
from gis.store.database import Connection
from gis.store.planner_statistics import planned_for
from gis.store.statements import listed, statement, table

ARRIVING = sql.Identifier("arriving")
OF_ROW = {"key": "text", "row_no": "int4", "file": "text", "as_came": "jsonb"}


# What a row of a kind named by its sender carries besides: see `whose`.
NAMED_ROW = {"named_in": "text", "number": "text", "is_official": "bool", "is_row": "bool"}


_IS_RENAMED = "(new.named_in LIKE '%|%|%' AND new.named_in IS DISTINCT FROM old.named_in)"


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
    if kind.named_by == "sender":
        types |= NAMED_ROW
    else:
        types |= {"is_official": "bool DEFAULT true"}
    connection.execute(
        sql.SQL("CREATE TEMP TABLE arriving ({}) ON COMMIT DROP").format(
            sql.SQL(", ").join(
                sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind_name))
                for name, kind_name in types.items()
            )
        )
    )


class Merged(NamedTuple):
    """How many arriving rows became records that were not in force, and new versions."""

    added: int
    replaced: int


def merge(connection: Connection, kind: fields.Kind, columns: Sequence[str], number: int) -> Merged:
    """Turn the arriving rows into versions; return what became of them."""
    in_file = {*columns, "source_epsg"} if "geom" in columns else {*columns}
    own = list(tables.own_types(kind.name))

    def merged(name: str) -> sql.Identifier:
        return sql.Identifier("new" if name in in_file else "old", name)

    told = [name for name in own if name in in_file]
    named = tables.NAMED if kind.named_by == "sender" else {}
    kept = [sql.SQL("coalesce(new.{0}, old.{0})").format(sql.Identifier(name)) for name in named]
    parts = {
        "table": table(kind.name),
        "number": sql.Literal(number),
        "arriving": listed(told, "new"),
        "known": listed(told, "old"),
        "merged": sql.SQL(", ").join([*map(merged, own), *kept]),
        "columns": listed([*own, *named]),
        "effective": _effective(kind, merged),
        "in_file": sql.SQL("{}::text[]").format(sql.Literal(sorted(in_file))),
        "is_renamed": sql.SQL(_IS_RENAMED if named else "false"),
    }
    insert = statement("insert_changed", **parts)
    with planned_for(connection, ARRIVING, table(kind.name)):
        replaced = connection.execute(statement("end_changed", **parts)).rowcount
        return Merged(connection.execute(insert).rowcount - replaced, replaced)


def unchanged(connection: Connection, kind: fields.Kind, number: int) -> pd.DataFrame:
    """Return the rows of a merged delivery that say what their record said: file, row_no, key."""
    types = {"file": "text", "row_no": "int4", "key": "text"}
    query = sql.SQL(
        "SELECT {} FROM arriving AS new JOIN {} AS old ON old.key = new.key"
        " AND old.to_delivery IS NULL AND old.from_delivery < {}"
    ).format(listed(list(types), "new"), table(kind.name), number)
    return copy.read(connection, query, types)


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
) -> list[str]:
    """End the records within scope that the file does not name; return their keys."""
    ended = connection.execute(
        statement(
            "end_absent",
            table=table(kind.name),
            number=sql.Literal(number),
            is_absent=absent(kind, scope, refused),
        )
    ).fetchall()
    return sorted(str(row[0]) for row in ended)


def absent(kind: fields.Kind, scope: Mapping[str, str], refused: list[str]) -> sql.Composable:
    """Return the condition of the records (`old`) within a scope that the arriving rows lack.

    A record whose row was refused is named by the file all the same, whatever its serial.
    """
    conditions = [
        sql.SQL("{}::text = {}").format(
            sql.Identifier("old", name),
            sql.Literal(identifiers.key(value) if kind.columns[name].is_identifier else str(value)),
        )
        for name, value in scope.items()
    ]
    return statement(
        "is_absent",
        scope=sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true"),
        refused=sql.SQL("{}::text[]").format(sql.Literal(refused)),
    )


def end(connection: Connection, kind: fields.Kind, number: int, keys: list[str]) -> None:
    """End the records in force that have these keys."""
    connection.execute(
        sql.SQL(
            "UPDATE {} SET to_delivery = {} WHERE to_delivery IS NULL AND key = ANY (%s)"
        ).format(table(kind.name), sql.Literal(number)),
        (keys,),
    )
