"""Pages of features for other people's programs: rows with shapes, by place and number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pandas as pd
import shapely
from psycopg import sql
from psycopg.errors import QueryCanceled

from gis.errors import FilterError, StoreError
from gis.result_tables import STORED
from gis.store import copy, pages, results, tables
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from gis.store.statements import listed, table

# Of these a program that draws land can make nothing, and lists may name whoever lies elsewhere.
_LEFT_OUT = frozenset({"text[]", "float8[]", "jsonb", "geometry"})
NUMBER = "number"
# Whoever writes a filter may write a slow one, and holds a connection meanwhile.
FILTER_SECONDS = 20.0


@dataclass(frozen=True)
class Sought:
    """Which features: of a table, in which all of `where` holds, that meet one of `places`.

    `places`: shapes of EPSG:4490; none: anywhere, and what has no shape too. `number`: that one
    alone. `within`: the land that may be seen. `until`: of records those that count by this day.
    `boxes`: what the box of a shape meets one of.
    `met`: a condition of `gis.store.filtered` besides all of these.
    """

    where: Mapping[str, Sequence[str]]
    within: Scope | None
    places: Sequence[shapely.Geometry] = ()
    number: int | None = None
    until: date | None = None
    boxes: Sequence[shapely.Geometry] = ()
    met: sql.Composable | None = None


def columns_of(name: str) -> dict[str, str]:
    """Return the columns of a feature of a result or a kind of record, with their types.

    Numbers, days and texts that are handed out, and say nothing of others.
    """
    if name in STORED:
        handed_out = {column.name for column in STORED[name].columns}
        types = {one: kind for one, kind in tables.own_types(name).items() if one in handed_out}
    else:
        types = {"key": "text"} | tables.own_types(name)
    return {
        one: kind for one, kind in types.items() if kind not in _LEFT_OUT and one != "source_epsg"
    }


def count(connection: Connection, run: Run, name: str, sought: Sought) -> int:
    """Return how many features there are."""
    query = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(
        table(name), condition(run, name, sought)
    )
    with in_time(connection, sought), faults.explained():
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def page(
    connection: Connection, run: Run, name: str, sought: Sought, after: int, limit: int
) -> pd.DataFrame:
    """Return features behind a number, by number: `number`, their columns and `geom`."""
    columns = columns_of(name)
    key = _key(name)
    query = sql.SQL(
        "SELECT {key}::int8, {columns}, geom FROM {name} WHERE {met} AND {key} > {after}"
        " ORDER BY {key} LIMIT {limit}"
    ).format(
        key=key,
        columns=listed([*columns]),
        name=table(name),
        met=condition(run, name, sought),
        after=after,
        limit=limit,
    )
    with in_time(connection, sought):
        return copy.read(connection, query, {NUMBER: "int8", **columns, "geom": "geometry"})


def bounds(
    connection: Connection, run: Run, name: str, sought: Sought
) -> tuple[float, float, float, float] | None:
    """Return west, south, east and north of the features in degrees, None where all lie nowhere."""
    query = sql.SQL(
        "SELECT ST_XMin(b), ST_YMin(b), ST_XMax(b), ST_YMax(b)"
        " FROM (SELECT ST_Extent(geom) AS b FROM {} WHERE {}) AS whole"
    ).format(table(name), condition(run, name, sought))
    with faults.explained():
        row = connection.execute(query).fetchone()
    return None if row is None or row[0] is None else (row[0], row[1], row[2], row[3])


@contextmanager
def in_time(connection: Connection, sought: Sought) -> Iterator[None]:
    """Let a filter have its time and no more; FilterError tells who asked."""
    if sought.met is None:
        yield
        return
    try:
        with connection.transaction():
            connection.execute(
                sql.SQL("SET LOCAL statement_timeout TO {}").format(int(1_000 * FILTER_SECONDS))
            )
            yield
    except StoreError as fault:
        if not isinstance(fault.__cause__, QueryCanceled):
            raise
        raise FilterError(
            f"过滤条件在 {FILTER_SECONDS:g} 秒内没有查完。 "
            f"The filter was not answered within {FILTER_SECONDS:g} seconds.",
            "加 bbox 或缩小条件 add a bbox, or ask for less",
        ) from fault


def condition(run: Run, name: str, sought: Sought) -> sql.Composable:
    """Return the condition of the features that are sought, within what may be seen."""
    if name in STORED:
        parts = [results.condition(run, name, Asked(where=sought.where, within=sought.within))]
    else:
        parts = [pages.known_within(run, name, sought.within)]
        if sought.until is not None:
            counts = sql.SQL("(effective_on IS NULL OR effective_on <= {})")
            parts.append(counts.format(sought.until))
    if sought.number is not None:
        parts.append(sql.SQL("{} = {}").format(_key(name), sought.number))
    if sought.met is not None:
        parts.append(sql.SQL("({})").format(sought.met))
    for way, shapes in (("ST_Intersects(geom, {})", sought.places), ("geom && {}", sought.boxes)):
        met = [
            sql.SQL(way).format(
                sql.SQL("ST_GeomFromWKB({}, {})").format(shapely.to_wkb(shape), tables.EPSG)
            )
            for shape in shapes
        ]
        if met:
            parts.append(sql.SQL("({})").format(sql.SQL(" OR ").join(met)))
    return sql.SQL(" AND ").join(parts)


def _key(name: str) -> sql.Identifier:
    return sql.Identifier("row_id" if name in STORED else "id")
