"""Records as they stood: the versions in force at a delivery, effective by a day."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import pandas as pd
from psycopg import sql

from gis import fields
from gis.errors import UsageError
from gis.store import copy, tables
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.planner_statistics import sequential_scans
from gis.store.record_filter import RecordFilter, met_by
from gis.store.statements import listed, statement, table

_ALWAYS = ("key", "effective_on")
_OF_RECORD = {
    name: kind
    for name, kind in tables.postgres_types(tables.RECORD).items()
    if name in {"key", "effective_on", "from_delivery", "row_no", "file", "as_came"}
}


@dataclass(frozen=True)
class KnownAt:
    """What counts: the records up to a delivery, as of a day."""

    as_of: date
    delivery: int


def read(
    connection: Connection,
    kind: str,
    known_at: int | None = None,
    as_of: date | None = None,
    region: str | None = None,
    columns: Sequence[str] | None = None,
    *,
    undated: bool = False,
    only: RecordFilter | None = None,
) -> pd.DataFrame:
    """Return the records of a kind in force at delivery `known_at` (None: the newest), by key.

    as_of: only records effective on or before that day; None: on any day. Records without an
    effective day never count among these: `undated=True` returns them, and them alone.
    region: records whose region_code lies in that region ("150600" holds "150602"); a kind without
    region_code is returned whole. columns: of the kind's own, `geom`, `source_epsg`,
    `from_delivery`, `row_no`, `file`, `as_came`; None: all but the last. `key` and `effective_on`
    always come first.
    only: records that meet it, see `RecordFilter`.
    """
    types = _OF_RECORD | tables.own_types(kind)
    whole = [name for name in types if name != "as_came"]
    wanted = whole if columns is None else [*_ALWAYS, *columns]
    unknown = [name for name in wanted if name not in types]
    if unknown:
        raise UsageError(
            f"{kind} 没有列 {', '.join(unknown)}。 {kind} has no column {', '.join(unknown)}.",
            f"可用 its columns: {', '.join(types)}",
        )
    chosen = {name: types[name] for name in dict.fromkeys(wanted)}
    if only is not None and only.is_nothing:
        return copy.nothing(chosen)
    conditions = [_in_force(known_at), _effective(as_of, undated)]
    if region is not None and "region_code" in fields.KINDS[kind].columns:
        within = sql.Literal(region_start(region) + "%")
        conditions.append(sql.SQL("region_code LIKE {}").format(within))
    if only is not None:
        conditions.append(met_by(kind, only))
    query = sql.SQL('SELECT {} FROM {} WHERE {} ORDER BY key COLLATE "C"').format(
        listed(list(chosen)), table(kind), sql.SQL(" AND ").join(conditions)
    )
    return copy.read(connection, query, chosen)


def kinds_of(connection: Connection, kinds: Sequence[str], only: RecordFilter) -> frozenset[str]:
    """Return which of these kinds have a version, of any day, that meets `only`: one question."""
    if not kinds or only.is_nothing:
        return frozenset()
    any_of = sql.SQL(", ").join(
        sql.SQL("EXISTS (SELECT FROM {} WHERE {})").format(table(kind), met_by(kind, only))
        for kind in kinds
    )
    with faults.explained():
        row = connection.execute(sql.SQL("SELECT {}").format(any_of)).fetchone()
    assert row is not None
    return frozenset(kind for kind, is_there in zip(kinds, row, strict=True) if is_there)


def kinds_held(connection: Connection) -> frozenset[str]:
    """Return the kinds of which the store holds a version, of any day: one question."""
    any_of = sql.SQL(", ").join(
        sql.SQL("EXISTS (SELECT FROM {})").format(table(kind)) for kind in fields.KINDS
    )
    with faults.explained():
        row = connection.execute(sql.SQL("SELECT {}").format(any_of)).fetchone()
    assert row is not None
    return frozenset(kind for kind, is_there in zip(fields.KINDS, row, strict=True) if is_there)


def of_one_number(connection: Connection, known_at: int) -> pd.DataFrame:
    """Return the dated supplies in force that share a number with another one.

    Columns: key, supply_no, contract_no; in any order. The number of the one may be the contract's
    of the other.
    """
    types = dict.fromkeys(("key", "supply_no", "contract_no"), "text")
    query = statement(
        "of_one_number",
        columns=listed(list(types)),
        table=table("supplies"),
        counts=sql.SQL("{} AND {}").format(_in_force(known_at), _effective(None, False)),
    )
    with connection.transaction(), sequential_scans(connection):
        return copy.read(connection, query, types)


def former(
    connection: Connection,
    kind: str,
    known_at: int,
    columns: Sequence[str],
    only: RecordFilter | None = None,
) -> pd.DataFrame:
    """Return the newest version of each record that had ended by a delivery, by key.

    Columns: key, to_delivery (the delivery that ended it), then `columns` of the kind's own. A
    record still in force stands here too, with the version before its present one. `only` as
    `read` takes it.
    """
    types = {"key": "text", "to_delivery": "int4"}
    types |= {name: tables.own_types(kind)[name] for name in columns}
    met = sql.SQL("true") if only is None else met_by(kind, only)
    query = sql.SQL(
        'SELECT {0} FROM (SELECT DISTINCT ON (key COLLATE "C") id, {0} FROM {1} '
        'WHERE to_delivery <= {2} ORDER BY key COLLATE "C", to_delivery DESC) AS newest '
        'WHERE {3} ORDER BY key COLLATE "C"'
    ).format(listed(list(types)), table(kind), sql.Literal(known_at), met)
    return copy.read(connection, query, types)


def changed(
    connection: Connection, kind: str, before: KnownAt, now: KnownAt, columns: Sequence[str]
) -> pd.DataFrame:
    """Return the versions of records by which two days and deliveries may differ, old and new.

    These are the versions that came or ended in between, and those in force at the later one that
    name a day in between, whatever they say of it; the first day too, for what counts from the day
    after. Columns: key, effective_on and `columns`.
    """
    types = tables.own_types(kind)
    days = ["effective_on", *(name for name, type_ in types.items() if type_ == "date")]
    passed = sql.SQL(" OR ").join(
        sql.SQL("({0} >= {1} AND {0} <= {2} AND {1} < {2})").format(
            sql.Identifier(name), sql.Literal(before.as_of), sql.Literal(now.as_of)
        )
        for name in days
    )
    # A day that is but a month is settled when the month is over.
    months = [
        sql.SQL(
            "({1} AND (date_trunc('month', {0}) + interval '1 month')::date > {2}"
            " AND (date_trunc('month', {0}) + interval '1 month')::date <= {3})"
        ).format(
            sql.Identifier(day),
            sql.Identifier(flag),
            sql.Literal(before.as_of),
            sql.Literal(now.as_of),
        )
        for day, flag in fields.KINDS[kind].month_flags.items()
    ]
    passed = sql.SQL(" OR ").join([passed, *months])
    chosen = _OF_RECORD | types
    chosen = {name: chosen[name] for name in dict.fromkeys([*_ALWAYS, *columns])}
    query = sql.SQL(
        "SELECT {columns} FROM {table} WHERE (from_delivery > {first} AND from_delivery <= {last})"
        " OR (to_delivery > {first} AND to_delivery <= {last}) OR ({in_force} AND ({passed}))"
    ).format(
        columns=listed(list(chosen)),
        table=table(kind),
        first=sql.Literal(before.delivery),
        last=sql.Literal(now.delivery),
        in_force=_in_force(now.delivery),
        passed=passed,
    )
    return copy.read(connection, query, chosen)


def count(connection: Connection, kind: str, known_at: int) -> int:
    """Return how many records of a kind are in force at a delivery."""
    query = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(table(kind), _in_force(known_at))
    with faults.explained():
        row = connection.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def count_later(connection: Connection, kinds: Sequence[str], known_at: int) -> int:
    """Return how many versions of records of these kinds came or ended after a delivery."""
    later = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT count(*) FROM {} WHERE from_delivery > {} OR to_delivery > {}").format(
            table(kind), sql.Literal(known_at), sql.Literal(known_at)
        )
        for kind in kinds
    )
    with faults.explained():
        return sum(int(row[0]) for row in connection.execute(later))


def has_shapes(
    connection: Connection, kind: str, known_at: int, as_of: date, region: str | None
) -> bool:
    """Return whether a record of a kind, in force and effective by the day, has a shape."""
    within: sql.Composable = sql.SQL("true")
    if region is not None:
        within = sql.SQL("region_code LIKE {}").format(sql.Literal(region_start(region) + "%"))
    query = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE {} AND {} AND {} AND geom IS NOT NULL)")
    with faults.explained():
        row = connection.execute(
            query.format(table(kind), _in_force(known_at), _effective(as_of, False), within)
        ).fetchone()
    return bool(row and row[0])


def centres(connection: Connection, kind: str, known_at: int) -> pd.DataFrame:
    """Return the middle (x, y, degrees) of the envelope of each record in force with a shape."""
    query = sql.SQL(
        "SELECT (ST_XMin(geom) + ST_XMax(geom)) / 2, (ST_YMin(geom) + ST_YMax(geom)) / 2"
        " FROM {} WHERE {} AND geom IS NOT NULL AND ST_XMin(geom) IS NOT NULL"
    ).format(table(kind), _in_force(known_at))
    return copy.read(connection, query, {"x": "float8", "y": "float8"})


def without_place(
    connection: Connection, kind: str, known_at: int, as_of: date, columns: Sequence[str]
) -> pd.DataFrame:
    """Return the records in force and effective by the day whose shape lies nowhere on the earth.

    No part of the land holds them: their shape is empty, or its bounds are no numbers or beyond
    longitude and latitude. Columns: key, geom and `columns`.
    """
    types = {"key": "text"} | {name: tables.own_types(kind)[name] for name in [*columns, "geom"]}
    query = sql.SQL(
        "SELECT {} FROM {} WHERE {} AND (effective_on IS NULL OR effective_on <= {})"
        " AND geom IS NOT NULL AND (ST_IsEmpty(geom)"
        " OR NOT (geom @ ST_MakeEnvelope(-180, -90, 180, 90, {})) IS TRUE)"
    ).format(
        listed(list(types)),
        table(kind),
        _in_force(known_at),
        sql.Literal(as_of),
        sql.Literal(tables.EPSG),
    )
    return copy.read(connection, query, types)


def origin(connection: Connection, kind: str, known_at: int, keys: Sequence[str]) -> pd.DataFrame:
    """Return key, file, row_no and delivery of the records of these keys known at a delivery."""
    types = {"key": "text", "file": "text", "row_no": "int4", "delivery": "int4"}
    query = sql.SQL(
        'SELECT DISTINCT ON (key COLLATE "C") key, file, row_no, from_delivery FROM {}'
        ' WHERE from_delivery <= {} AND key = ANY({}) ORDER BY key COLLATE "C", from_delivery DESC'
    ).format(table(kind), sql.Literal(known_at), sql.Literal(list(keys)))
    return copy.read(connection, query, types)


def key_steps(connection: Connection, kind: str, known_at: int, count: int) -> list[str]:
    """Return `count` - 1 keys that part the records in force into about equal stretches."""
    steps = [step / count for step in range(1, count)]
    if not steps:
        return []
    query = sql.SQL(
        'SELECT percentile_disc({}::float8[]) WITHIN GROUP (ORDER BY key COLLATE "C")'
        " FROM {} WHERE {}"
    ).format(steps, table(kind), _in_force(known_at))
    with faults.explained():
        row = connection.execute(query).fetchone()
    return [] if row is None or row[0] is None else [*dict.fromkeys(row[0])]


def latest_delivery(connection: Connection) -> int:
    """Return the number of the newest delivery, 0 when there is none."""
    with faults.explained():
        row = connection.execute("SELECT max(number) FROM landwatch.delivery").fetchone()
    return 0 if row is None or row[0] is None else int(row[0])


def delivery_at(connection: Connection, when: int | datetime) -> int:
    """Return the delivery up to which the store knew at `when`: a number, or an instant.

    For an instant: the last number before the first delivery received later, 0 if there is none.
    So nothing received after the instant counts, even where a later load was dated back.
    UsageError when there is no such number, or the instant has no zone.
    """
    newest = latest_delivery(connection)
    if isinstance(when, int):
        if not 0 <= when <= newest:
            raise UsageError(
                f"没有第 {when} 次资料，最新为第 {newest} 次。 "
                f"There is no delivery {when}; the newest is {newest}.",
                "查看清单 see the list: landwatch deliveries",
            )
        return when
    if when.tzinfo is None:
        raise UsageError(
            f"时刻 {when} 没有时区。 {when} names no time zone.",
            "写成 write it like 2026-03-01T08:00+08:00",
        )
    with faults.explained():
        row = connection.execute(
            "SELECT min(number) - 1 FROM landwatch.delivery WHERE received_at > %s", (when,)
        ).fetchone()
    return newest if row is None or row[0] is None else int(row[0])


def input_digest(connection: Connection, delivery: int) -> str:
    """Return one hash over all deliveries up to a number, as they were taken: a run's inputs."""
    with faults.explained():
        rows = connection.execute(
            "SELECT concat_ws(' ', kind, fingerprint, mode, scope) FROM landwatch.delivery"
            " WHERE number <= %s ORDER BY number",
            (delivery,),
        ).fetchall()
    return hashlib.sha256("\n".join(str(row[0]) for row in rows).encode()).hexdigest()


def _in_force(known_at: int | None) -> sql.Composable:
    if known_at is None:
        return sql.SQL("to_delivery IS NULL")
    return sql.SQL("from_delivery <= {0} AND (to_delivery IS NULL OR to_delivery > {0})").format(
        sql.Literal(known_at)
    )


def _effective(as_of: date | None, undated: bool) -> sql.Composable:
    if undated:
        return sql.SQL("effective_on IS NULL")
    if as_of is None:
        return sql.SQL("effective_on IS NOT NULL")
    return sql.SQL("effective_on <= {}").format(sql.Literal(as_of))


def region_start(region: str) -> str:
    """Return what the codes within a region begin with: 150600 and 150000 lose their zeros."""
    if not region.isdigit():
        raise UsageError(
            f"“{region}”不是行政区代码。 {region!r} is no region code.",
            "写成 write it like 150602",
        )
    while len(region) > 2 and region.endswith("00"):
        region = region[:-2]
    return region
