"""One page of a list that no run made: records as known at a delivery, deliveries, issues.

Results of runs come through `gis.store.results`; this is the door beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from psycopg import sql

from gis.fields import KINDS
from gis.store import copy, tables
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.held_rows import SEVERITY
from gis.store.records import region_start
from gis.store.results import Scope, lies_within
from gis.store.runs import Run
from gis.store.statements import listed, table

# The name under which results speak of an approval.
APPROVAL_NAME: Final = "coalesce(approval_no || '|' || batch, approval_no)"
# Kind -> the result that has a row for each, and by what of a record it names it.
_JUDGED = {
    "supplies": ("finding", "key"),
    "approvals": ("balance", APPROVAL_NAME),
}
_PLACES = (("regions", "region_code"), ("parks", "park_code"), ("blocks", "block_code"))


@dataclass(frozen=True)
class Wanted:
    """Which rows of a list: column -> the values it may have; text that one of `searched` holds.

    `after`: the rows behind this one, by the columns of the order; `limit` rows at most.
    """

    where: Mapping[str, Sequence[object]] = field(default_factory=dict)
    text: str | None = None
    searched: Sequence[str] = ()
    after: Sequence[object] | None = None
    limit: int = 100


def of_records(
    connection: Connection,
    run: Run,
    kind: str,
    wanted: Wanted,
    scope: Scope | None,
    places: Sequence[Scope] = (),
) -> tuple[pd.DataFrame, int]:
    """Return a page of the records of a kind that a run knew, by key, and how many there are.

    `scope`: the land that may be seen, None for all; `places`: lands asked for, all of which hold.
    """
    conditions = _known_in(run, kind, [*places] if scope is None else [scope, *places])
    return _page(connection, kind, _types_of(kind), ("key",), conditions, wanted)


def all_records(connection: Connection, run: Run, kind: str, scope: Scope | None) -> pd.DataFrame:
    """Return all records of a kind that a run knew in a scope, as `of_records` pages them."""
    types = _types_of(kind)
    query = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY {}").format(
        listed(list(types)),
        table(kind),
        sql.SQL(" AND ").join(_known_in(run, kind, [] if scope is None else [scope])),
        _ordered(types, "key"),
    )
    return copy.read(connection, query, types)


def records_of(connection: Connection, kind: str, ids: Sequence[int]) -> pd.DataFrame:
    """Return the records with these numbers, in their order, as `of_records` pages them."""
    types = _types_of(kind)
    query = sql.SQL(
        "SELECT {} FROM {} JOIN unnest({}::int8[]) WITH ORDINALITY AS chosen (id, place)"
        " USING (id) ORDER BY place"
    ).format(listed(list(types)), table(kind), [*map(int, ids)])
    return copy.read(connection, query, types)


def id_of(connection: Connection, run: Run, kind: str, key: str) -> int | None:
    """Return the number of the record of a key that a run knew, None where none is."""
    query = sql.SQL("SELECT id FROM {} WHERE {} AND key = {}").format(
        table(kind), known_in(run), key
    )
    with faults.explained():
        row = connection.execute(query).fetchone()
    return None if row is None else int(row[0])


def ids_in(connection: Connection, run: Run, kind: str, land: Scope) -> npt.NDArray[np.int64]:
    """Return the numbers of the records of a kind that a run knew and that lie in a land."""
    query = sql.SQL("SELECT id FROM {} WHERE {}").format(
        table(kind), sql.SQL(" AND ").join(_known_in(run, kind, [land]))
    )
    return copy.read_ids(connection, query)


def is_text(kind: str, column: str) -> bool:
    """Return whether a column of a kind is one that can be searched."""
    return _types_of(kind).get(column) == "text"


def known_in(run: Run) -> sql.Composable:
    """Return the condition of the records a run knew."""
    return sql.SQL("from_delivery <= {0} AND (to_delivery IS NULL OR to_delivery > {0})").format(
        run.delivery
    )


def known_within(run: Run, kind: str, scope: Scope | None) -> sql.Composable:
    """Return the condition of the records of a kind that a run knew, within a scope."""
    return sql.SQL(" AND ").join(_known_in(run, kind, [] if scope is None else [scope]))


def _types_of(kind: str) -> dict[str, str]:
    types = {"key": "text", "effective_on": "date", "from_delivery": "int4", "file": "text"}
    return types | {"row_no": "int4"} | tables.own_types(kind)


def _known_in(run: Run, kind: str, lands: Sequence[Scope]) -> list[sql.Composable]:
    return [known_in(run), *(_lies_in(run, kind, land) for land in lands)]


def of_deliveries(
    connection: Connection, wanted: Wanted, scope: Scope | None
) -> tuple[pd.DataFrame, int]:
    """Return a page of the deliveries, the newest first, and how many there are."""
    conditions = [] if scope is None else [brought(sql.SQL("number"), scope)]
    types = tables.postgres_types(tables.DELIVERY)
    return _page(connection, "delivery", types, ("-number",), conditions, wanted)


def of_issues(
    connection: Connection, wanted: Wanted, scope: Scope | None
) -> tuple[pd.DataFrame, int]:
    """Return a page of the issues of deliveries, in the order they were found, and how many."""
    conditions = [] if scope is None else [brought(sql.SQL("delivery"), scope)]
    types = {"id": "int8"} | tables.postgres_types(tables.ISSUE)
    return _page(connection, "issue", types, ("id",), conditions, wanted)


def of_held(
    connection: Connection, wanted: Wanted, scope: Scope | None, decision: str
) -> tuple[pd.DataFrame, int]:
    """Return a page of the rows that wait for a person, in the order they came, and how many.

    Not those somebody decided of (`decision`: the kind of dismissal that says so), nor a row that
    came again since and waits there, or was taken in; nor one of a delivery that was taken back.
    """
    conditions: list[sql.Composable] = [
        sql.SQL("severity = {}").format(SEVERITY),
        sql.SQL(
            "NOT EXISTS (SELECT FROM {} AS decided WHERE decided.kind = {} AND decided.subject ="
            " issue.id::text AND decided.taken_back_at IS NULL)"
        ).format(table("dismissal"), decision),
        sql.SQL(
            "NOT EXISTS (SELECT FROM {0} AS again JOIN {0} AS came ON again.sha256 = came.sha256"
            " AND again.kind = came.kind AND again.number > came.number"
            " WHERE came.number = issue.delivery AND (EXISTS (SELECT FROM {1} AS newer"
            " WHERE newer.delivery = again.number AND newer.severity = issue.severity AND"
            " newer.file = issue.file AND newer.row_no = issue.row_no"
            " AND newer.value = issue.value AND newer.raw = issue.raw) OR {2}))"
        ).format(table("delivery"), table("issue"), _was_taken_in()),
        sql.SQL(
            "NOT EXISTS (SELECT FROM {0} AS back WHERE back.mode = 'undo'"
            " AND back.mapping ->> 'undone' = issue.delivery::text AND NOT EXISTS (SELECT FROM {0}"
            " AS again WHERE again.mode = 'undo'"
            " AND again.mapping ->> 'undone' = back.number::text))"
        ).format(table("delivery")),
    ]
    if scope is not None:
        conditions.append(brought(sql.SQL("delivery"), scope))
    types = {"id": "int8"} | tables.postgres_types(tables.ISSUE)
    return _page(connection, "issue", types, ("id",), conditions, wanted)


def _was_taken_in() -> sql.Composable:
    """Return the condition that a row that waited (`issue`) came in with a delivery (`again`)."""
    ways = [
        sql.SQL(
            "(again.kind = {} AND EXISTS (SELECT FROM {} AS taken WHERE taken.from_delivery ="
            " again.number AND taken.file = issue.file AND taken.row_no = issue.row_no"
            " AND issue.value IN (taken.key, taken.{})))"
        ).format(sql.Literal(name), table(name), sql.Identifier(kind.key[0]))
        for name, kind in KINDS.items()
        if kind.held
    ]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(ways))


def changed_since(connection: Connection, held: pd.DataFrame) -> dict[int, int]:
    """Return of rows that wait (id, delivery, value) which later delivery changed their record.

    By id, the newest; a row whose record nothing has changed since is not in it.
    """
    found: dict[int, int] = {}
    kinds = connection.execute(
        "SELECT number, kind FROM landwatch.delivery WHERE number = ANY (%s)",
        ([*map(int, held["delivery"].unique())],),
    ).fetchall()
    for name in {kind for _, kind in kinds}:
        rows = held[held["delivery"].isin([number for number, kind in kinds if kind == name])]
        own = KINDS[name].key[0]
        ways = [
            sql.SQL("record.key = asked.value AND record.to_delivery IS NULL"),
            sql.SQL("record.key = asked.value AND record.to_delivery IS NOT NULL"),
            sql.SQL("record.{} = asked.value").format(sql.Identifier(own)),
        ]
        each = sql.SQL(" UNION ALL ").join(
            sql.SQL(
                "SELECT asked.id, asked.delivery, greatest(from_delivery, to_delivery) AS since"
                " FROM asked JOIN {} AS record ON {}"
            ).format(table(name), way)
            for way in ways
        )
        query = sql.SQL(
            "WITH asked AS (SELECT * FROM unnest(%s::int8[], %s::int4[], %s::text[])"
            " AS asked (id, delivery, value)) SELECT id, max(since) FROM ({}) AS each"
            " WHERE since > delivery GROUP BY id"
        ).format(each)
        asked = [
            [*map(int, rows["id"])], [*map(int, rows["delivery"])], [*map(str, rows["value"])]
        ]  # fmt: skip
        found |= dict(connection.execute(query, asked).fetchall())
    return found


def of_corrections(
    connection: Connection, wanted: Wanted, scope: Scope | None
) -> tuple[pd.DataFrame, int]:
    """Return a page of what people corrected, in the order it was, and how many there are."""
    conditions = [] if scope is None else [brought(sql.SQL("delivery"), scope)]
    types = {"id": "int8"} | tables.postgres_types(tables.CORRECTION)
    return _page(connection, "correction", types, ("id",), conditions, wanted)


def _page(
    connection: Connection,
    name: str,
    types: Mapping[str, str],
    order: Sequence[str],
    conditions: Sequence[sql.Composable],
    wanted: Wanted,
) -> tuple[pd.DataFrame, int]:
    parts = [*conditions, *_asked(name, types, wanted)]
    met = sql.SQL(" AND ").join(parts) if parts else sql.SQL("true")
    counted = sql.SQL("SELECT count(*) FROM {} WHERE {}").format(table(name), met)
    with faults.explained():
        row = connection.execute(counted).fetchone()
    behind = [] if wanted.after is None else [_behind(types, order, wanted.after)]
    query = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY {} LIMIT {}").format(
        listed(list(types)),
        table(name),
        sql.SQL(" AND ").join([met, *behind]),
        sql.SQL(", ").join(_ordered(types, column) for column in order),
        wanted.limit,
    )
    return copy.read(connection, query, types), 0 if row is None else int(row[0])


def _asked(name: str, types: Mapping[str, str], wanted: Wanted) -> list[sql.Composable]:
    parts: list[sql.Composable] = []
    for column, values in wanted.where.items():
        if column not in types:
            raise ValueError(f"{name} has no column {column!r} to be asked by")
        parts.append(sql.SQL("{} = ANY ({})").format(sql.Identifier(column), [*values]))
    if wanted.text is not None:
        ways = [
            sql.SQL("strpos(lower({}), lower({})) > 0").format(sql.Identifier(column), wanted.text)
            for column in wanted.searched
            if types.get(column) == "text"
        ]
        parts.append(sql.SQL("({})").format(sql.SQL(" OR ").join(ways)))
    return parts


def _ordered(types: Mapping[str, str], column: str) -> sql.Composable:
    name = column.lstrip("-")
    alike = sql.SQL(' COLLATE "C"') if types[name] == "text" else sql.SQL("")
    way = sql.SQL(" DESC") if column.startswith("-") else sql.SQL("")
    return sql.SQL("{}{}{}").format(sql.Identifier(name), alike, way)


def _behind(
    types: Mapping[str, str], order: Sequence[str], after: Sequence[object]
) -> sql.Composable:
    (column,) = order
    name = column.lstrip("-")
    alike = sql.SQL(' COLLATE "C"') if types[name] == "text" else sql.SQL("")
    way = sql.SQL("<") if column.startswith("-") else sql.SQL(">")
    return sql.SQL("{}{} {} {}").format(sql.Identifier(name), alike, way, after[0])


def _lies_in(run: Run, kind: str, scope: Scope) -> sql.Composable:
    """Return the condition of the records in a scope: by register, by place, or by its finding.

    Each way is a look-up with an index of its own; a border shared is no land shared.
    """
    codes = {"regions": scope.regions, "parks": scope.parks, "blocks": scope.blocks}
    types = tables.own_types(kind)
    ways: list[sql.Composable] = []
    if "region_code" in types and scope.regions:
        starts = [region_start(code) for code in scope.regions]
        ways.append(sql.SQL("region_code ^@ ANY ({})").format(starts))
    for place, column in _PLACES:
        if column in types and column != "region_code" and codes[place]:
            ways.append(sql.SQL("{} = ANY ({})").format(sql.Identifier(column), [*codes[place]]))
        if "geom" in types and codes[place]:
            ways.append(_on_ground(run, kind, place, column, codes[place]))
    if kind in _JUDGED:
        ways.append(_judged_in(run, kind, scope))
    return sql.SQL("({})").format(sql.SQL(" OR ").join(ways)) if ways else sql.SQL("false")


def _on_ground(
    run: Run, kind: str, place: str, column: str, codes: Sequence[str]
) -> sql.Composable:
    named = sql.SQL("place.{} = ANY ({})").format(sql.Identifier(column), [*codes])
    if place == "regions":
        starts = [region_start(code) for code in codes]
        named = sql.SQL("place.region_code ^@ ANY ({})").format(starts)
    return sql.SQL(
        "id IN (SELECT own.id FROM {kind} AS own JOIN {place} AS place"
        " ON ST_Intersects(place.geom, own.geom) AND NOT ST_Touches(place.geom, own.geom)"
        " WHERE {named} AND place.from_delivery <= {delivery}"
        " AND (place.to_delivery IS NULL OR place.to_delivery > {delivery}))"
    ).format(kind=table(kind), place=table(place), named=named, delivery=run.delivery)


def _judged_in(run: Run, kind: str, scope: Scope) -> sql.Composable:
    """Return the condition of the records whose finding lies in the scope."""
    name, own = _JUDGED[kind]
    return sql.SQL(
        "{own} IN (SELECT subject_key FROM {name} WHERE run_series = {series} AND "
        " first_run <= {run} AND last_run >= {run} AND subject_kind = {kind} AND {within})"
    ).format(
        own=sql.SQL(own),
        name=table(name),
        series=run.run_series,
        run=run.id,
        kind=kind,
        within=lies_within(scope),
    )


def brought(number: sql.Composable, scope: Scope) -> sql.Composable:
    """Return the condition of the deliveries every row of which names a region of a scope.

    Every row: those that were refused, wait or changed nothing too. What says no region of one of
    its rows belongs to nobody but those who see everything.
    """
    starts = [region_start(code) for code in scope.regions]
    return sql.SQL(
        "{} IN (SELECT number FROM {} WHERE regions <> '{{}}'"
        " AND NOT EXISTS (SELECT FROM unnest(regions) AS code WHERE NOT code ^@ ANY ({})))"
    ).format(number, table("delivery"), starts)
