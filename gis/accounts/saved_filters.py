"""Filters of lists somebody gave a name, kept for their account: at hand on every device.

What is kept is the query of an address; opened, it is read as any address is, and shows what the
caller may see by then.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode

from gis.errors import UsageError
from gis.store.cluster import faults
from gis.store.database import Connection

MOST = 50
# What of an address is no filter: which page, and the run that is shown by default tomorrow.
_OF_THE_MOMENT = frozenset({"after", "run", "as_of", "limit"})


class TooManyFiltersError(UsageError):
    """The account has as many as are kept."""


def add(
    connection: Connection, number: str, account: str, listed: str, name: str, query: str
) -> None:
    """Keep a filter of a list; one of the same name takes its place."""
    with faults.explained(), connection.transaction():
        connection.execute("LOCK TABLE landwatch.saved_filter IN SHARE ROW EXCLUSIVE MODE")
        connection.execute(
            "DELETE FROM landwatch.saved_filter WHERE account = %s AND list = %s AND name = %s",
            (account, listed, name),
        )
        row = connection.execute(
            "SELECT count(*) FROM landwatch.saved_filter WHERE account = %s", (account,)
        ).fetchone()
        if row is not None and row[0] >= MOST:
            raise TooManyFiltersError(
                f"已存 {MOST} 个筛选。 {MOST} filters are kept already.",
                "先删一个 delete one first",
            )
        connection.execute(
            "INSERT INTO landwatch.saved_filter (id, account, list, name, query, at)"
            " VALUES (%s, %s, %s, %s, %s, clock_timestamp())",
            (number, account, listed, name, lasting(query)),
        )


def lasting(query: str) -> str:
    """Return a query without what is of the moment.

    >>> lasting("outcome=suspected_idle&after=abc&run=3")
    'outcome=suspected_idle'
    """
    kept = [(name, value) for name, value in parse_qsl(query) if name not in _OF_THE_MOMENT]
    return urlencode(kept)


def of(connection: Connection, account: str, listed: str | None = None) -> list[dict[str, Any]]:
    """Return the filters of an account, of one list or all, by name."""
    with faults.explained():
        rows = connection.execute(
            "SELECT id, list, name, query FROM landwatch.saved_filter WHERE account = %s"
            " AND (%s::text IS NULL OR list = %s) ORDER BY list, name",
            (account, listed, listed),
        ).fetchall()
    return [dict(zip(("id", "list", "name", "query"), row, strict=True)) for row in rows]


def remove(connection: Connection, number: str, account: str) -> None:
    """Let one of an account's own go; UsageError where it has no such."""
    with faults.explained():
        done = connection.execute(
            "DELETE FROM landwatch.saved_filter WHERE id = %s AND account = %s", (number, account)
        )
    if not done.rowcount:
        raise UsageError("没有这个筛选 there is no such filter", "刷新页面 load the page again")
