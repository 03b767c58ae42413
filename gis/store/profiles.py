"""How each sender's headers were mapped, kept to be used again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

import pandas as pd
from psycopg import sql
from psycopg.types.json import Jsonb

from gis.store import copy, tables
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.statements import listed, table

_TYPES = {"id": "int8"} | tables.postgres_types(tables.PROFILE)


def read(
    connection: Connection, sender: str | None = None, kind: str | None = None
) -> pd.DataFrame:
    """Return the profiles (of a sender, of a kind), the newest first: the columns of the table."""
    conditions: list[sql.Composable] = [sql.SQL("true")]
    for name, value in (("sender", sender), ("kind", kind)):
        if value is not None:
            conditions.append(sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value)))
    query = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY saved_at DESC, id DESC").format(
        listed(list(_TYPES)), table("profile"), sql.SQL(" AND ").join(conditions)
    )
    return copy.read(connection, query, _TYPES)


def save(
    connection: Connection,
    sender: str,
    kind: str,
    headers: Sequence[str],
    mapping: Mapping[str, str],
    empty_days: Sequence[str],
    delivery: int,
) -> None:
    """Keep how a sender's headers were mapped (header -> column, '' = left out).

    `empty_days` (2999-12-31) are those that stand for no date in files with these headers.

    The same set of headers of that sender and kind has one profile: the newest.
    """
    named = sorted(set(headers))
    digest = hashlib.sha256(json.dumps(named, ensure_ascii=False).encode()).hexdigest()
    with faults.explained():
        connection.execute(
            """
            INSERT INTO landwatch.profile
                (sender, kind, headers, digest, mapping, empty_days, delivery, saved_at)
            VALUES (%s, %s, %s, %s, %s, %s, %s, now())
            ON CONFLICT (sender, kind, digest) DO UPDATE
            SET mapping = excluded.mapping, empty_days = excluded.empty_days,
                delivery = excluded.delivery, saved_at = now()
            """,
            (sender, kind, named, digest, Jsonb(dict(mapping)), list(empty_days), delivery),
        )


def forget(connection: Connection, sender: str, kind: str | None = None) -> int:
    """Drop a sender's profiles, of one kind or of all; return how many there were."""
    with faults.explained():
        return connection.execute(
            "DELETE FROM landwatch.profile WHERE sender = %s AND kind = coalesce(%s, kind)",
            (sender, kind),
        ).rowcount
