"""Exports of the national system laid beside ours: kept to be read, no records; then let go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd
from psycopg import sql
from psycopg.types.json import Jsonb

from gis.store import copy, tables
from gis.store.cluster import faults
from gis.store.comparison_tables import COMPARISONS
from gis.store.database import Connection
from gis.store.statements import listed, table

# So long one is kept: until the next export is fetched, and a quarter's report is written.
KEPT_DAYS = 92
_ROW = tables.postgres_types(COMPARISONS["comparison_row"])
_SHOWN = {name: kind for name, kind in _ROW.items() if name != "comparison"}
_LAND = ("is_unscoped", "regions", "parks", "blocks")
_COLUMNS = ("id", "account", "list", "name", "sha256", "bytes", "run", "at", "compared", "mapping",
            "counts", "notes", *_LAND)  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """One export beside ours; `land`: is_unscoped, regions, parks, blocks of who laid it there.

    `counts`: rows by state, and `rows` and `area_m2` by state as {theirs, ours}.
    """

    id: str
    account: str
    name: str
    sha256: str
    bytes: int
    run: int
    at: datetime
    compared: Sequence[str]
    mapping: Mapping[str, str]
    counts: Mapping[str, Any]
    notes: Sequence[str]
    land: tuple[Any, ...]
    list: str


@dataclass(frozen=True)
class Asked:
    """Which rows: of which states, with a field that differs, with a text; behind which place."""

    states: Sequence[str] = ()
    field: str | None = None
    text: str | None = None
    after: int = 0
    limit: int | None = None


def add(connection: Connection, made: Mapping[str, Any], rows: pd.DataFrame) -> None:
    """Keep a comparison (columns of its table but `at`) and its rows, within a transaction."""
    columns = [*made, "at"]
    values = [sql.Literal(Jsonb(v)) if isinstance(v, dict) else sql.Literal(v)
              for v in made.values()]  # fmt: skip
    connection.execute(
        sql.SQL("INSERT INTO {} ({}) VALUES ({}, clock_timestamp())").format(
            table("comparison"), listed(columns), sql.SQL(", ").join(values)
        )
    )
    typed = rows.assign(comparison=made["id"]).astype({"row_no": "Int64", "same_row": "Int64"})
    copy.write(connection, table("comparison_row"), typed, _ROW)


def every(connection: Connection) -> list[Comparison]:
    """Return all that are kept, the newest first."""
    return _read(connection, "true", ())


def get(connection: Connection, number: str) -> Comparison | None:
    """Return one, None where there is none."""
    found = _read(connection, "id = %s", (number,))
    return found[0] if found else None


def rows(connection: Connection, number: str, asked: Asked) -> tuple[pd.DataFrame, int]:
    """Return a page of the rows of one, in their order, and how many there are on all pages."""
    met = [sql.SQL("comparison = {}").format(number)]
    if asked.states:
        met.append(sql.SQL("state = ANY ({})").format([*asked.states]))
    if asked.field is not None:
        met.append(sql.SQL("{} = ANY (fields)").format(asked.field))
    if asked.text is not None:
        text = "strpos(lower(concat_ws(' ', key, name, theirs::text, ours::text)), lower({})) > 0"
        met.append(sql.SQL(text).format(asked.text))
    condition = sql.SQL(" AND ").join(met)
    counted = connection.execute(
        sql.SQL("SELECT count(*) FROM {} WHERE {}").format(table("comparison_row"), condition)
    ).fetchone()
    page = sql.SQL("" if asked.limit is None else f" LIMIT {asked.limit:d}")
    query = sql.SQL("SELECT {} FROM {} WHERE {} AND place > {} ORDER BY place{}").format(
        listed([*_SHOWN]), table("comparison_row"), condition, sql.Literal(asked.after), page
    )
    return copy.read(connection, query, _SHOWN), 0 if counted is None else int(counted[0])


def remove(connection: Connection, number: str) -> None:
    """Let one go."""
    with faults.explained(), connection.transaction():
        connection.execute("DELETE FROM landwatch.comparison_row WHERE comparison = %s", (number,))
        connection.execute("DELETE FROM landwatch.comparison WHERE id = %s", (number,))


def expire(connection: Connection) -> None:
    """Let those go that were kept long enough."""
    old = "SELECT id FROM landwatch.comparison WHERE at < clock_timestamp() - make_interval(days => %s)"  # noqa: E501
    with faults.explained():
        for (number,) in connection.execute(old, (KEPT_DAYS,)).fetchall():
            remove(connection, number)


def _read(connection: Connection, condition: str, values: Sequence[Any]) -> list[Comparison]:
    with faults.explained():
        found = connection.execute(
            f"SELECT {', '.join(_COLUMNS)} FROM landwatch.comparison WHERE {condition}"  # noqa: S608
            " ORDER BY at DESC, id",
            values,
        ).fetchall()
    made = [dict(zip(_COLUMNS, row, strict=True)) for row in found]
    return [
        Comparison(**{one: row[one] for one in _COLUMNS if one not in _LAND},
                   land=tuple(row[one] for one in _LAND))
        for row in made
    ]  # fmt: skip
