"""Corrections by people: a version of a record with who and why, held against the old wrong value.

A correction is a delivery of its own, mode "correct". It is in force until another delivery takes
it back: a later "correct", or a file that brings a new value of its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from psycopg import sql
from psycopg.types.json import Jsonb

from gis import fields, identifiers
from gis.errors import UsageError
from gis.store import arrivals, copy, correction_guard, staging, tables, versioning
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.statements import LOADS, WAIT_FOR_TURN, table

_TYPES = tables.postgres_types(tables.CORRECTION)


@dataclass(frozen=True)
class Author:
    """Who corrects, why, and by which document, if any."""

    who: str
    why: str
    document: str | None = None


def correct(
    connection: Connection, kind: fields.Kind, key: str, values: pd.DataFrame, author: Author
) -> int:
    """Give the record `key` the values of a one-row frame; return the delivery that did it.

    `values` holds columns of the kind in stored form, none of the key's own. UsageError when there
    is no such record or it has these values already.
    """
    columns = list(values.columns)
    with faults.explained(), connection.transaction():
        connection.execute(WAIT_FOR_TURN.format(LOADS))
        before = _known(connection, kind, key, columns)
        if before is None and (form := identifiers.key(key)) != key:
            key, before = form, _known(connection, kind, form, columns)
        if before is None:
            raise UsageError(
                f"{kind.title}里没有编号为“{key}”的记录。 {kind.name} has no record {key!r}.",
                _near(connection, kind, key),
            )
        number = staging.next_number(connection)
        row = values.assign(key=key, row_no=1, file=f"更正 {number}")
        versioning.stage(connection, kind, row, columns)
        after = correction_guard.arriving(connection, columns, [key])[key]
        changed = {name for name in columns if before[name] != after[name]}
        # Where a day becomes a month, or a month a day, both are the value that changes.
        changed |= {day for day, flag in kind.month_flags.items() if flag in changed}
        if not changed:
            raise UsageError(
                f"{key}：这些值本来就是这样。 the record has these values already.",
                "landwatch corrections 列出已做的更正",
            )
        versioning.merge(connection, kind, columns, number)
        connection.execute("DROP TABLE arriving")
        _write_down(connection, number, kind, key, after)
        for name in (name for name in columns if name in changed):
            _add(connection, number, kind, key, name, (before[name], after[name]), author)
    return number


def take_back(connection: Connection, correction: int, author: Author) -> int:
    """Give back what correction `correction` (its delivery) replaced; return the new delivery.

    UsageError when there is no such correction in force, or a later one rests on it.
    """
    with faults.explained(), connection.transaction():
        connection.execute(WAIT_FOR_TURN.format(LOADS))
        found = connection.execute(
            "SELECT kind, key, field, before, after, taken_back_by FROM landwatch.correction"
            " WHERE delivery = %s ORDER BY id",
            (correction,),
        ).fetchall()
        in_force = [row for row in found if row[5] is None]
        if not in_force:
            by = f"，已由第 {found[0][5]} 次资料撤回" if found else ""
            raise UsageError(
                f"第 {correction} 次资料没有生效中的更正{by}。 there is no correction "
                f"{correction} in force.",
                "landwatch corrections 列出更正和编号",
            )
        kind, key = fields.KINDS[in_force[0][0]], str(in_force[0][1])
        _must_be_last(connection, correction, kind, key)
        number = staging.next_number(connection)
        restored = {str(row[2]): row[3] for row in in_force}
        if _known(connection, kind, key, list(restored)) is not None:
            row = pd.DataFrame({"key": [key], "row_no": [1], "file": [f"撤回更正 {correction}"]})
            versioning.stage(connection, kind, row, list(restored))
            for name, value in restored.items():
                correction_guard.give(connection, kind, name, {key: value})
            versioning.merge(connection, kind, list(restored), number)
            connection.execute("DROP TABLE arriving")
        _write_down(connection, number, kind, key, restored)
        correction_guard.end(connection, number, "delivery = %s", correction)
        for _, _, name, before, after, _ in in_force:
            # The record of the taking back is itself never in force.
            _add(connection, number, kind, key, name, (after, before), author, number)
    return number


def read(connection: Connection, kind: str | None = None, key: str | None = None) -> pd.DataFrame:
    """Return the corrections (of a kind, of a record), oldest first: the columns of the table."""
    conditions: list[sql.Composable] = [sql.SQL("true")]
    if kind is not None:
        conditions.append(sql.SQL("kind = {}").format(sql.Literal(kind)))
    if key is not None:
        keys = sql.Literal([key, identifiers.key(key)])
        conditions.append(sql.SQL("key = ANY({})").format(keys))
    names = sql.SQL(", ").join(map(sql.Identifier, _TYPES))
    query = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY id").format(
        names, table("correction"), sql.SQL(" AND ").join(conditions)
    )
    return copy.read(connection, query, _TYPES)


def _known(
    connection: Connection, kind: fields.Kind, key: str, columns: Sequence[str]
) -> dict[str, Any] | None:
    """Return the current values of a record as JSON has them, None when there is no record."""
    query = sql.SQL("SELECT {} FROM {} WHERE key = {} AND to_delivery IS NULL").format(
        correction_guard.as_json(columns), table(kind.name), sql.Literal(key)
    )
    row = connection.execute(query).fetchone()
    return None if row is None else dict(zip(columns, row, strict=True))


def _must_be_last(connection: Connection, correction: int, kind: fields.Kind, key: str) -> None:
    later = connection.execute(
        """
        SELECT max(later.delivery) FROM landwatch.correction AS later
        JOIN landwatch.correction AS own USING (kind, key, field)
        WHERE own.delivery = %s AND own.taken_back_by IS NULL AND later.delivery > own.delivery
            AND later.taken_back_by IS NULL AND kind = %s AND key = %s
        """,
        (correction, kind.name, key),
    ).fetchone()
    if later is not None and later[0] is not None:
        raise UsageError(
            f"第 {later[0]} 次资料在其后又更正了同一列。 correction {later[0]} rests on "
            f"{correction}.",
            f"先撤回它 take that one back first: landwatch correct --take-back {later[0]}",
        )


def _write_down(
    connection: Connection, number: int, kind: fields.Kind, key: str, values: Mapping[str, Any]
) -> None:
    content = json.dumps([number, kind.name, key, values], sort_keys=True)
    digest = hashlib.sha256(content.encode()).hexdigest()
    received = arrivals.Received(key, kind.name, digest, digest, {})
    loaded = arrivals.Loaded(number, key, kind.name, 1, 1, 0, 0, 0, 0, False, {}, replaced=1)
    arrivals.write_down(connection, received, loaded, "correct", None)


def _add(
    connection: Connection,
    number: int,
    kind: fields.Kind,
    key: str,
    name: str,
    values: tuple[Any, Any],
    author: Author,
    taken_back_by: int | None = None,
) -> None:
    before, after = (None if value is None else Jsonb(value) for value in values)
    connection.execute(
        """
        INSERT INTO landwatch.correction (delivery, kind, key, field, before, after, who, why,
            document, at, taken_back_by)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, now(), %s)
        """,
        (
            number, kind.name, key, name, before, after, author.who, author.why, author.document,
            taken_back_by,
        ),
    )  # fmt: skip


def _near(connection: Connection, kind: fields.Kind, key: str) -> str:
    """Return the mend for a key that is not there: the records whose key looks like it."""
    part = key.split("|")[0]
    rows = connection.execute(
        sql.SQL(
            "SELECT key FROM {} WHERE to_delivery IS NULL AND (strpos(key, {part}) > 0"
            " OR left(key, 8) = left({part}, 8)) ORDER BY key LIMIT 5"
        ).format(table(kind.name), part=sql.Literal(part))
    ).fetchall()
    near = "、".join(str(row[0]) for row in rows)
    return f"相近的编号 near: {near}" if near else "检查编号 check the key"
