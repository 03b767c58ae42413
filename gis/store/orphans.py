"""Papers that name a supply, an approval or a park nobody has delivered.

What such a paper says touches nothing: a government cause that excuses nobody, a decision nobody
hears of. Papers made for their subject are told whatever they name (PAPERS); records that only
mention another one (a supply its approval, a parcel its supply) where a known number is so near
that it was meant: others may well lie in files that never come.
"""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import pandas as pd
from psycopg import sql

from gis import identifiers
from gis.fields import KINDS, Kind
from gis.store import copy
from gis.store.database import Connection
from gis.store.statements import table

# Records made for one subject.
PAPERS = frozenset(name for name, kind in KINDS.items() if kind.about)
# What others are looked up for; who is cited by a firm's or a project's code is seldom delivered.
_SUBJECTS = frozenset({"supplies", "approvals", "parks"})
# What so many different numbers may have meant is looked up; beyond, only what looks alike is.
_MOST_LOOKED_UP = 500
_TYPES = {"kind": "text", "key": "text", "field": "text", "names": "text", "phase": "text"}
_TYPES |= {"file": "text", "row_no": "int4"}


class Link(NamedTuple):
    """A column of a kind that names records of another."""

    kind: Kind
    column: str
    of: Kind


LINKS = tuple(
    Link(kind, name, KINDS[of])
    for kind in KINDS.values()
    for name, of in kind.names.items()
    if of in _SUBJECTS
)


def orphans(
    connection: Connection,
    known_at: int | None = None,
    as_of: date | None = None,
    *,
    arrived_with: int | None = None,
    of: Kind | None = None,
) -> pd.DataFrame:
    """Return the papers in force at a delivery (None: the newest) whose subject nobody sent.

    as_of: only papers effective by that day; arrived_with: only those that came with this delivery;
    of: only papers of this kind. Columns: kind, key, field, names (the number no record has),
    phase, file, row_no, near (list of numbers that may be meant), in the order of kind and key.
    """
    found = [
        copy.read(connection, _query(link, known_at, as_of, arrived_with), _TYPES).assign(
            subject=link.of.name
        )
        for link in LINKS
        if (of is None or link.kind.name == of.name) and _may_be_told(connection, link)
    ]
    rows = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=[*_TYPES])
    if rows.empty:
        return rows.assign(near=pd.Series(dtype=object))
    near: dict[tuple[str, str], list[str]] = {}
    for subject, mine in rows.groupby("subject"):
        known = _known(connection, str(subject), known_at)
        names = mine["names"].drop_duplicates()
        found_near = identifiers.near(names, known, is_thorough=len(names) <= _MOST_LOOKED_UP)
        near |= {(str(subject), name): numbers for name, numbers in found_near.items()}
    rows["near"] = [near.get(pair, []) for pair in zip(rows["subject"], rows["names"], strict=True)]
    is_told = rows["kind"].isin(PAPERS) | (rows["near"].str.len() > 0)
    return rows[is_told].sort_values(["kind", "key", "names"], ignore_index=True)


def _may_be_told(connection: Connection, link: Link) -> bool:
    """Return False where a number can be near to none, since no record of the kind ever came."""
    if link.kind.name in PAPERS:
        return True
    query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(table(link.of.name))
    row = connection.execute(query).fetchone()
    return bool(row and row[0])


def issues(connection: Connection, kind: Kind, number: int) -> pd.DataFrame:
    """Return an issue for each row of a delivery whose subject is not in the store."""
    rows = orphans(connection, arrived_with=number, of=kind)
    return pd.DataFrame([_issue(kind, row) for row in rows.to_dict("records")])


def _issue(kind: Kind, row: dict[Any, Any]) -> dict[str, Any]:
    of = KINDS[row["subject"]]
    phase = f"（{row['phase']}）" if isinstance(row["phase"], str) else ""
    near = f"，可能是 {'、'.join(row['near'])}" if row["near"] else ""
    return {
        "file": row["file"],
        "row_no": row["row_no"],
        "field": row["field"],
        "code": "orphan_paper",
        "severity": "warning",
        "value": row["names"],
        "message": f"「{kind.columns[row['field']].title}」{row['names']}{phase} "
        f"在{of.title}里没有{near}",
        "fix": f"已照收，补报{of.title}后自动对上；编号写错时改正后重新报送",
        "raw": None,
    }


def _query(
    link: Link, known_at: int | None, as_of: date | None, arrived_with: int | None
) -> sql.Composed:
    is_list = link.kind.columns[link.column].type == "texts"
    column = sql.Identifier("paper", link.column)
    has_phase = "phase" in link.kind.columns and "phase" in link.of.columns
    source = sql.SQL("{} AS paper").format(table(link.kind.name))
    if is_list:
        source += sql.SQL(" CROSS JOIN LATERAL unnest({}) AS of (names)").format(column)
    names: sql.Composable = sql.SQL("of.names") if is_list else column
    conditions = [_in_force("paper", known_at), sql.SQL("{} IS NOT NULL").format(names)]
    if as_of is not None:
        conditions.append(sql.SQL("paper.effective_on <= {}").format(sql.Literal(as_of)))
    if arrived_with is not None:
        conditions.append(sql.SQL("paper.from_delivery = {}").format(sql.Literal(arrived_with)))
    for known_by in link.of.cited_as:
        met = [_in_force("its", known_at)]
        its = sql.Identifier("its", known_by)
        if link.of.name == "approvals":
            # An approval is cited by its number, or by number and batch.
            met.append(sql.SQL("{} = split_part({}, '|', 1)").format(its, names))
            met.append(
                sql.SQL("({n} NOT LIKE '%|%' OR {n} = {its} || '|' || its.batch)").format(
                    n=names, its=its
                )
            )
        else:
            met.append(sql.SQL("{} = {}").format(its, names))
        if has_phase:
            met.append(sql.SQL("(paper.phase IS NULL OR paper.phase = its.phase)"))
        conditions.append(
            sql.SQL("NOT EXISTS (SELECT FROM {} AS its WHERE {})").format(
                table(link.of.name), sql.SQL(" AND ").join(met)
            )
        )
    return sql.SQL(
        "SELECT {}, paper.key, {}, {}, {}, paper.file, paper.row_no FROM {} WHERE {}"
    ).format(
        sql.Literal(link.kind.name),
        sql.Literal(link.column),
        names,
        sql.SQL("paper.phase" if has_phase else "NULL::text"),
        source,
        sql.SQL(" AND ").join(conditions),
    )


def _known(connection: Connection, kind: str, known_at: int | None) -> pd.Series[Any]:
    """Return every number the records of a kind are named by."""
    columns = [sql.Identifier("its", name) for name in KINDS[kind].cited_as]
    rest: list[sql.Composable] = [*columns]
    if kind == "approvals":
        rest.append(sql.SQL("its.approval_no || '|' || its.batch"))
    query = sql.SQL(" UNION ").join(
        sql.SQL("SELECT {} FROM {} AS its WHERE {}").format(
            name, table(kind), _in_force("its", known_at)
        )
        for name in rest
    )
    return copy.read(connection, query, {"names": "text"})["names"].dropna()


def _in_force(alias: str, known_at: int | None) -> sql.Composable:
    from_, to = sql.Identifier(alias, "from_delivery"), sql.Identifier(alias, "to_delivery")
    if known_at is None:
        return sql.SQL("{} IS NULL").format(to)
    return sql.SQL("{0} <= {2} AND ({1} IS NULL OR {1} > {2})").format(
        from_, to, sql.Literal(known_at)
    )
