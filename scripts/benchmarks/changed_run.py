"""A run after the newest one in which one subject of a hundred changed: written into the store.

What the store holds after an incremental run, without its judging, which the benchmark of
changes times. Every row of those subjects ends and comes again as another.
"""

from __future__ import annotations

from psycopg import sql

from gis.store import runs, tables
from gis.store.database import Connection
from gis.store.runs import Run
from gis.store.statements import listed, table

_RESULTS = ("finding", "timeline", "balance", "land_timeline", "lead", "park_piece")
_KINDS = ("parcels", "approvals")
_ONE_OF = 100


def write(store: Connection, before: Run) -> Run:
    """Write a run after `before`, of the next delivery; in a transaction that is taken back."""
    number, delivery = before.id + 1, before.delivery + 1
    same = listed([name for name in tables.RUN if name not in ("id", "delivery", "built_on")])
    store.execute(
        sql.SQL(
            "INSERT INTO {run} (id, delivery, built_on, {same})"
            " SELECT {number}, {delivery}, {before}, {same} FROM {run} WHERE id = {before}"
        ).format(run=table("run"), same=same, number=number, delivery=delivery, before=before.id)
    )
    for name in _RESULTS:
        ended = sql.SQL("SET last_run = {} WHERE run_series = {} AND last_run = {}").format(
            before.id, before.run_series, tables.OPEN_END
        )
        mark: dict[str, int | str] = {
            "run_series": before.run_series,
            "first_run": number,
            "last_run": tables.OPEN_END,
        }
        _change(store, name, "subject_key", ended, mark, listed([*tables.own_types(name)]))
    for kind in _KINDS:
        ended = sql.SQL("SET to_delivery = {} WHERE to_delivery IS NULL").format(delivery)
        own = ["key", "row_no", "file", "effective_on", *tables.own_types(kind)]
        _change(store, kind, "key", ended, {"from_delivery": delivery}, listed(own))
    return runs.get(store, number)


def _change(
    store: Connection,
    name: str,
    key: str,
    ended: sql.Composable,
    mark: dict[str, int | str],
    own: sql.Composable,
) -> None:
    """End the rows of a table that are due to, and let them come again."""
    content = sql.SQL(", content") if "first_run" in mark else sql.SQL("")
    store.execute(
        sql.SQL(
            "WITH old AS (UPDATE {name} {ended} AND abs(hashtext({key})) % {of} = 0 RETURNING *)"
            " INSERT INTO {name} ({mark}, {own}{content})"
            " SELECT {values}, {own}{anew} FROM old"
        ).format(
            name=table(name),
            ended=ended,
            key=sql.Identifier(key),
            of=_ONE_OF,
            mark=listed([*mark]),
            values=sql.SQL(", ").join(map(sql.Literal, mark.values())),
            own=own,
            content=content,
            anew=sql.SQL(", md5(content)") if "first_run" in mark else sql.SQL(""),
        )
    )
