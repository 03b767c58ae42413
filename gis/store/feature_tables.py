"""Features in any order, from any place on; their numbers; groups of them and what these add up to.

For programs that ask as ArcGIS does. Columns are those that are handed out (`features.columns_of`)
and the number of the feature; who asks by another gets a ValueError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
from psycopg import sql

from gis.result_tables import STORED
from gis.store import copy, features
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.features import NUMBER, Sought
from gis.store.runs import Run
from gis.store.statements import table

# How -> what it is in SQL, and its type where that is not the type of the column.
_MEASURES: Mapping[str, tuple[str, str]] = {
    "count": ("count({})", "int8"),
    "sum": ("sum({})::float8", "float8"),
    "avg": ("avg({})::float8", "float8"),
    "stddev": ("stddev_samp({})::float8", "float8"),
    "var": ("var_samp({})::float8", "float8"),
    "min": ("min({})", ""),
    "max": ("max({})", ""),
}
MEASURES = frozenset(_MEASURES)


@dataclass(frozen=True)
class Ordered:
    """By what rows are ordered: a column, or the place of a measure behind the columns."""

    by: str | int
    is_descending: bool = False


def page(
    connection: Connection,
    run: Run,
    name: str,
    sought: Sought,
    columns: Sequence[str],
    order: Sequence[Ordered] = (),
    offset: int = 0,
    limit: int | None = None,
    *,
    has_shapes: bool = True,
) -> pd.DataFrame:
    """Return `number`, columns and `geom` of features in an order, then by number."""
    own = features.columns_of(name)
    types = {NUMBER: "int8"} | {one: own[one] for one in columns if one != NUMBER}
    said: list[sql.Composable] = [sql.SQL("{}::int8").format(_column(name, NUMBER))]
    said += [sql.Identifier(one) for one in types if one != NUMBER]
    if has_shapes:
        types["geom"] = "geometry"
        said.append(sql.Identifier("geom"))
    by = [_way(_in_order(name, str(one.by)), one) for one in order]
    query = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY {}").format(
        sql.SQL(", ").join(said),
        table(name),
        features.condition(run, name, sought),
        sql.SQL(", ").join([*by, _column(name, NUMBER)]),
    )
    with features.in_time(connection, sought):
        return copy.read(connection, query + _piece(offset, limit), types)


def numbers(connection: Connection, run: Run, name: str, sought: Sought) -> list[int]:
    """Return the numbers of all features that are sought."""
    query = sql.SQL("SELECT {}::int8 FROM {} WHERE {} ORDER BY 1").format(
        _column(name, NUMBER), table(name), features.condition(run, name, sought)
    )
    with features.in_time(connection, sought):
        found: list[int] = copy.read_numbers(connection, query, {NUMBER: "int8"})[NUMBER].tolist()
    return found


def grouped(
    connection: Connection,
    run: Run,
    name: str,
    sought: Sought,
    groups: Sequence[str],
    measures: Sequence[tuple[str, str]] = (),
    order: Sequence[Ordered] = (),
    offset: int = 0,
    limit: int | None = None,
) -> tuple[pd.DataFrame, list[str]]:
    """Return a row for each group: its columns, then measures (how, of which column); their types.

    The columns are called by their places, "0", "1" and so on. Without groups there is one row.
    """
    said = [_in_order(name, one) for one in groups]
    kinds = [_type(name, one) for one in groups]
    for how, column in measures:
        words, kind = _MEASURES[how]
        said.append(sql.SQL(words).format(_in_order(name, column)))
        kinds.append(kind or _type(name, column))
    by = [
        _way(
            said[len(groups) + one.by] if isinstance(one.by, int) else _in_order(name, one.by), one
        )
        for one in order
    ]
    query = sql.SQL("SELECT {} FROM {} WHERE {}").format(
        sql.SQL(", ").join(said), table(name), features.condition(run, name, sought)
    )
    if groups:
        keys = sql.SQL(", ").join(said[: len(groups)])
        query += sql.SQL(" GROUP BY {}").format(keys)
        query += sql.SQL(" ORDER BY {}").format(sql.SQL(", ").join([*by, keys]))
    types = {str(place): kind for place, kind in enumerate(kinds)}
    with features.in_time(connection, sought):
        return copy.read(connection, query + _piece(offset, limit), types), kinds


def group_count(
    connection: Connection, run: Run, name: str, sought: Sought, groups: Sequence[str]
) -> int:
    """Return how many groups there are."""
    query = sql.SQL("SELECT count(*) FROM (SELECT DISTINCT {} FROM {} WHERE {}) AS met").format(
        sql.SQL(", ").join(_column(name, one) for one in groups),
        table(name),
        features.condition(run, name, sought),
    )
    with features.in_time(connection, sought), faults.explained():
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def _piece(offset: int, limit: int | None) -> sql.Composable:
    piece = sql.SQL(" OFFSET {}").format(offset)
    return piece if limit is None else piece + sql.SQL(" LIMIT {}").format(limit)


def _way(said: sql.Composable, one: Ordered) -> sql.Composable:
    return sql.SQL("{} DESC NULLS LAST" if one.is_descending else "{}").format(said)


def _in_order(name: str, column: str) -> sql.Composable:
    # By the numbers of the letters, whatever language the server sorts by.
    is_text = _type(name, column) == "text"
    return sql.SQL('{} COLLATE "C"' if is_text else "{}").format(_column(name, column))


def _type(name: str, column: str) -> str:
    types = {NUMBER: "int8", **features.columns_of(name)}
    if column not in types:
        raise ValueError(f"{name} hands out no column {column!r}")
    return types[column]


def _column(name: str, column: str) -> sql.Identifier:
    _type(name, column)
    number = "row_id" if name in STORED else "id"
    return sql.Identifier(number if column == NUMBER else column)
