"""What the store holds of one subject besides a run's own rows: how it stood in earlier runs, the
papers that speak of it, the versions they went through.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
from psycopg import sql
from psycopg.rows import dict_row

from gis.fields import KINDS
from gis.record_names import JOINT
from gis.store import copy, pages, records, tables
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.record_filter import RecordFilter, met_by
from gis.store.results import Scope, lies_within
from gis.store.runs import Run
from gis.store.statements import table

# Kinds whose records speak of a supply, and of an approval, by its number.
OF_SUPPLIES = tuple(name for name, kind in KINDS.items() if kind.names.get("supply_no"))
OF_APPROVALS = tuple(
    name for name, kind in KINDS.items()
    if kind.names.get("approval_no") == "approvals" and name not in {"base"}
)  # fmt: skip
_MOST_STANDINGS = 200
# Columns that a person reads nothing from, or that are told beside.
_OWN = frozenset({"geom", "source_epsg", "from_delivery", "file", "row_no", "effective_on", "key"})


@dataclass(frozen=True)
class Paper:
    """A record in force that speaks of a subject, with what it says by column (known values)."""

    kind: str
    key: str
    effective_on: date | None
    delivery: int
    file: str
    row_no: int | None
    says: dict[str, Any]

    @property
    def document(self) -> str | None:
        """The number of the paper, where it has one."""
        given = self.says.get("document")
        return None if given is None else str(given)


def standings(connection: Connection, subject: str, scope: Scope | None) -> list[dict[str, Any]]:
    """Return how a subject stood in all runs, the newest first, a row for each change.

    rule, outcome, track, since_on, next_on, and of the first run that gave it: run, as_of,
    delivery; `last_run` with its `last_as_of`. Of routine runs alone.
    """
    within = sql.SQL("true") if scope is None else lies_within(scope)
    query = sql.SQL(
        "SELECT rule, outcome, track, since_on, next_on, min(run.id) AS run,"
        " (array_agg(run.as_of ORDER BY run.id))[1] AS as_of,"
        " (array_agg(run.delivery ORDER BY run.id))[1] AS delivery,"
        " max(run.id) AS last_run, (array_agg(run.as_of ORDER BY run.id DESC))[1] AS last_as_of"
        " FROM {finding} AS found JOIN {run} AS run ON run.run_series = found.run_series"
        " AND run.id BETWEEN found.first_run AND found.last_run AND run.purpose = 'routine'"
        " WHERE subject = %(subject)s AND"
        " (subject_key = ANY (%(keys)s) OR subject_key IS NULL) AND {within}"
        " GROUP BY row_id, rule, outcome, track, since_on, next_on"
        " ORDER BY min(run.id) DESC, rule LIMIT %(most)s"
    ).format(finding=table("finding"), run=table("run"), within=within)
    keys = {subject, subject.rpartition("/")[0], subject.rpartition(JOINT)[0]} - {""}
    with faults.explained(), connection.cursor(row_factory=dict_row) as cursor:
        given = {"subject": subject, "keys": [*keys], "most": _MOST_STANDINGS}
        return list(cursor.execute(query, given))


def papers(
    connection: Connection,
    run: Run,
    kinds: Sequence[str],
    column: str,
    names: Sequence[str],
    phase: str | None = None,
) -> list[Paper]:
    """Return the papers a run knew of these kinds that name one of `names` in a column.

    With a phase not those that name another. By kind as given, then by the day they count from,
    those dated after the day judged too: they are on the table, and do not count yet.
    """
    only = RecordFilter(named={column: [*names]})
    found = []
    # A kind may name no subject in this column, or none of it may ever have come.
    for kind in (one for one in kinds if _is_asked_by(one, column)):
        if not records.kinds_of(connection, [kind], only):
            continue
        rows = records.read(connection, kind, run.delivery, only=only)
        undated = records.read(connection, kind, run.delivery, undated=True, only=only)
        for frame in (rows.sort_values("effective_on", kind="stable"), undated):
            told = [_paper(kind, row) for row in frame.to_dict("records")]
            found += [
                one for one in told if phase is None or one.says.get("phase") in {None, phase}
            ]
    return found


def versions(connection: Connection, run: Run, papers_of: Sequence[Paper]) -> list[dict[str, Any]]:
    """Return every version of papers that a run knew, the newest first.

    kind, key, from_delivery, to_delivery (None: in force), file, row_no, received_at.
    """
    parts = [
        sql.SQL(
            "SELECT {kind} AS kind, key, from_delivery, CASE WHEN to_delivery <= {delivery} THEN"
            " to_delivery END AS to_delivery, file, row_no FROM {name} WHERE from_delivery <="
            " {delivery} AND {met}"
        ).format(
            kind=sql.Literal(kind),
            delivery=sql.Literal(run.delivery),
            name=table(kind),
            met=met_by(kind, RecordFilter(named={"key": [p.key for p in papers_of
                                                         if p.kind == kind]})),
        )
        for kind in dict.fromkeys(paper.kind for paper in papers_of)
    ]  # fmt: skip
    if not parts:
        return []
    query = sql.SQL(
        "SELECT told.*, received_at FROM ({}) AS told JOIN {} AS came ON came.number ="
        " from_delivery ORDER BY from_delivery DESC, kind, key"
    ).format(sql.SQL(" UNION ALL ").join(parts), table("delivery"))
    with faults.explained(), connection.cursor(row_factory=dict_row) as cursor:
        return list(cursor.execute(query))


def issues(connection: Connection, papers_of: Sequence[Paper], scope: Scope | None) -> pd.DataFrame:
    """Return what was wrong with the rows that papers came in (`gis.store.pages.of_issues`)."""
    rows = {(one.delivery, one.file, one.row_no) for one in papers_of if one.row_no is not None}
    if not rows:
        return copy.nothing({"id": "int8"} | tables.postgres_types(tables.ISSUE))
    wanted = pages.Wanted(
        {
            "delivery": sorted({delivery for delivery, _, _ in rows}),
            "file": sorted({file for _, file, _ in rows}),
            "row_no": sorted({row_no for _, _, row_no in rows}),
        },
        limit=1_000,
    )
    found, _ = pages.of_issues(connection, wanted, scope)
    is_own = [(row.delivery, row.file, row.row_no) in rows for row in found.itertuples(index=False)]
    return found[is_own].reset_index(drop=True)


def corrections(
    connection: Connection, papers_of: Sequence[Paper], scope: Scope | None
) -> pd.DataFrame:
    """Return what people corrected of papers (`gis.store.pages.of_corrections`)."""
    own = {(one.kind, one.key) for one in papers_of}
    wanted = pages.Wanted({"key": sorted({key for _, key in own})}, limit=1_000)
    found, _ = pages.of_corrections(connection, wanted, scope)
    is_own = [(row.kind, row.key) in own for row in found.itertuples(index=False)]
    return found[is_own].reset_index(drop=True)


def _is_asked_by(kind: str, column: str) -> bool:
    return column == "key" or column in tables.own_types(kind)


def _paper(kind: str, row: dict[Any, Any]) -> Paper:
    says = {name: _plain(value) for name, value in row.items() if name not in _OWN}
    return Paper(
        kind,
        str(row["key"]),
        _plain(row["effective_on"]),
        int(row["from_delivery"]),
        str(row["file"]),
        None if pd.isna(row["row_no"]) else int(row["row_no"]),
        {name: value for name, value in says.items() if value is not None},
    )


def _plain(value: Any) -> Any:
    """Return a cell as Python has it: days as dates, what is not known as None."""
    if isinstance(value, list | tuple):
        return [*value]
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value.item() if hasattr(value, "item") else value
