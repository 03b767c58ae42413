"""The nights: which were good, which failed and why, and what each tells, line by line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
from psycopg import sql

from gis.store import copy, tables
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.night_tables import NIGHTS
from gis.store.pages import brought
from gis.store.results import Scope, lies_within
from gis.store.statements import listed, table

RUNNING, GOOD, FAILED, AHEAD = "running", "good", "failed", "ahead"
STATES = (RUNNING, GOOD, FAILED, AHEAD)
_LINE = tables.postgres_types(NIGHTS["night_line"])


@dataclass(frozen=True)
class Night:
    """One night: the day judged, what came of it.

    `state`: running; good; failed, with its reason; ahead: of a day that had not come, made under a
    clock set forward. run, delivery: of a good one; before_on, before_run: the good night it was
    compared with, None for the first. audit_number: up to which entry the audit was exported.
    """

    as_of: date
    state: str
    attempts: int
    started_at: datetime
    ended_at: datetime | None = None
    run: int | None = None
    delivery: int | None = None
    before_on: date | None = None
    before_run: int | None = None
    reason: str | None = None
    audit_number: int | None = None


_COLUMNS = ", ".join(one.name for one in fields(Night))


def get(connection: Connection, day: date) -> Night | None:
    """Return the night of a day, None where there was none."""
    found = _read(connection, "WHERE as_of = %s", (day,))
    return found[0] if found else None


def listed_nights(connection: Connection, limit: int = 100) -> list[Night]:
    """Return the nights, the newest first."""
    return _read(connection, "ORDER BY as_of DESC LIMIT %s", (limit,))


def last_good(connection: Connection, before: date | None = None) -> Night | None:
    """Return the newest good night, or the newest before a day; None where there is none."""
    found = _read(
        connection,
        "WHERE state = %s AND (%s::date IS NULL OR as_of < %s) ORDER BY as_of DESC LIMIT 1",
        (GOOD, before, before),
    )
    return found[0] if found else None


def missed(before_on: date | None, day: date) -> list[date]:
    """Return the days between the last good night and a day, which had no good night."""
    if before_on is None:
        return []
    return [before_on + timedelta(days=n) for n in range(1, (day - before_on).days)]


def begin(connection: Connection, day: date, now: datetime) -> Night:
    """Write down that the night of a day begins, once more where it was begun before."""
    connection.execute(
        "INSERT INTO landwatch.night (as_of, state, attempts, started_at) VALUES (%s, %s, 1, %s)"
        " ON CONFLICT (as_of) DO UPDATE SET state = excluded.state, ended_at = NULL,"
        " attempts = night.attempts + 1, started_at = excluded.started_at",
        (day, RUNNING, now),
    )
    begun = get(connection, day)
    assert begun is not None
    return begun


def note_failed(connection: Connection, day: date, reason: str, now: datetime) -> None:
    """Write down why a night failed."""
    connection.execute(
        "UPDATE landwatch.night SET state = %s, reason = %s, ended_at = %s"
        " WHERE as_of = %s AND state <> %s",
        (FAILED, reason, now, day, GOOD),
    )


def note_good(
    connection: Connection,
    day: date,
    run: int,
    delivery: int,
    before: Night | None,
    audit_number: int,
    now: datetime,
) -> None:
    """Write down that a night is good, in the caller's transaction."""
    connection.execute(
        "UPDATE landwatch.night SET state = %s, run = %s, delivery = %s, before_on = %s,"
        " before_run = %s, audit_number = %s, ended_at = %s WHERE as_of = %s",
        (GOOD, run, delivery, before.as_of if before else None, before.run if before else None,
         audit_number, now, day),
    )  # fmt: skip


def put_ahead(connection: Connection, today: date) -> list[Night]:
    """Take the nights of days that have not come out of the line; their runs become what-ifs."""
    with connection.transaction():
        found = _read(connection, "WHERE as_of > %s AND state <> %s", (today, AHEAD))
        connection.execute(
            "UPDATE landwatch.run SET purpose = 'what_if' WHERE id = ANY (%s)",
            ([night.run for night in found if night.run is not None],),
        )
        connection.execute("UPDATE landwatch.night SET state = %s WHERE as_of > %s", (AHEAD, today))
    return found


def keep_lines(connection: Connection, day: date, lines: pd.DataFrame) -> None:
    """Store what a night tells, in place of what it told before, in the caller's transaction.

    lines: `gis.outputs.digest.COLUMNS`, in the order they are told.
    """
    connection.execute("DELETE FROM landwatch.night_line WHERE night = %s", (day,))
    told = lines.assign(night=pd.Timestamp(day), place=range(len(lines)))
    told["night"] = told["night"].astype("datetime64[s]")
    for name, kind in _LINE.items():
        if kind == "date":
            told[name] = pd.to_datetime(told[name], utc=name != "night").dt.tz_localize(None)
            told[name] = told[name].astype("datetime64[s]")
        elif kind == "float8":
            told[name] = told[name].astype("float64")
        elif kind == "int4":
            told[name] = told[name].astype("Int64")
        elif kind == "text":
            told[name] = told[name].astype("object").where(told[name].notna(), None).astype("str")
    copy.write(connection, table("night_line"), told, _LINE)


def lines(
    connection: Connection, day: date, scope: Scope | None, uploads: Collection[str] = ()
) -> pd.DataFrame:
    """Return what a night tells whoever sees a scope (None: all), in the order it is told.

    By the rule of the API: a line that tells of a delivery is for whoever sees that delivery, one
    that tells of an upload for whoever sees that (`uploads`), the others by their land.
    """
    seen: sql.Composable = sql.SQL("true")
    if scope is not None:
        seen = sql.SQL(
            "(is_for_all OR (delivery IS NOT NULL AND {brought}) OR upload = ANY ({uploads})"
            " OR (delivery IS NULL AND upload IS NULL AND {lies}))"
        ).format(
            brought=brought(sql.SQL("night_line.delivery"), scope),
            uploads=[*uploads],
            lies=lies_within(scope),
        )
    query = sql.SQL("SELECT {} FROM {} WHERE night = {} AND {} ORDER BY place").format(
        listed([*_LINE]), table("night_line"), day, seen
    )
    return copy.read(connection, query, _LINE)


def sweep(connection: Connection, before: date) -> None:
    """Let go what nights before a day told; that they were, and what came of them, stays."""
    connection.execute("DELETE FROM landwatch.night_line WHERE night < %s", (before,))


def _read(connection: Connection, which: str, values: tuple[Any, ...]) -> list[Night]:
    with faults.explained():
        rows = connection.execute(
            f"SELECT {_COLUMNS} FROM landwatch.night {which}",  # noqa: S608 - our own words
            values,
        ).fetchall()
    return [Night(*row) for row in rows]
