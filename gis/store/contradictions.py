"""A delivery's rows against the records they speak of: days out of order, areas too large.

The rules stand in `fields.toml` (`order`, `at_most`) where an entry names another kind's column.
Whichever of the two records comes last gets the issue; neither value is changed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
from psycopg import sql

from gis import units
from gis.fields import KINDS, Kind
from gis.store.database import Connection
from gis.store.statements import table

# By which of its columns a record of the kind is spoken of, and the column that does so.
_SPOKEN_OF = {
    "supplies": ("supply_no", ("supply_no", "contract_no")),
    "approvals": ("approval_no", ("approval_no",)),
}
_DAYS, _AREAS = "days_out_of_order", "area_too_large"


class Rule(NamedTuple):
    """`kind.column` is not before (a day) or not above (an area) `spoken_of.its_column`."""

    code: str
    kind: Kind
    column: str
    spoken_of: Kind
    its_column: str


def _rules() -> list[Rule]:
    found = []
    for kind in KINDS.values():
        for earlier, later in kind.order:
            if "." in earlier:
                other, name = earlier.split(".")
                found.append(Rule(_DAYS, kind, later, KINDS[other], name))
        for smaller, larger in kind.at_most:
            if "." in larger:
                other, name = larger.split(".")
                found.append(Rule(_AREAS, kind, smaller, KINDS[other], name))
    return found


RULES = tuple(_rules())


def found(connection: Connection, kind: Kind, number: int) -> pd.DataFrame:
    """Return the contradictions between the rows of a delivery and other records, as issues.

    Columns of table issue without id and delivery, in the order of the rules, then of the rows.
    """
    told: list[dict[str, Any]] = []
    for rule in RULES:
        if kind.name == rule.kind.name:
            told += _told(connection, rule, number, is_last=True)
        elif kind.name == rule.spoken_of.name:
            told += _told(connection, rule, number, is_last=False)
    return pd.DataFrame(told)


def _told(
    connection: Connection, rule: Rule, number: int, *, is_last: bool
) -> list[dict[str, Any]]:
    """Return the issues of one rule; `is_last`: the delivery holds the speaking records."""
    rows = connection.execute(_query(rule, number, "said" if is_last else "its")).fetchall()
    title, other = (
        rule.kind.columns[rule.column].title,
        rule.spoken_of.columns[rule.its_column].title,
    )
    is_day = rule.code == _DAYS
    told = []
    for file, row_no, said, its, key, its_key in rows:
        mine, theirs = f"「{title}」{_text(said)}", f"「{other}」{_text(its)}"
        if is_last:
            message = (
                f"{mine} {'早于' if is_day else '大于'}{rule.spoken_of.title} {its_key} 的{theirs}"
            )
        else:
            message = f"{theirs} {'晚于' if is_day else '小于'}{rule.kind.title} {key} 的{mine}"
        told.append(
            {
                "file": file,
                "row_no": row_no,
                "field": rule.column if is_last else rule.its_column,
                "code": rule.code,
                "severity": "warning",
                "value": _text(said if is_last else its),
                "message": message,
                "fix": "两处都已照收；核对后由报送方改正，或用 landwatch correct 更正",
                "raw": None,
            }
        )
    return told


def _query(rule: Rule, number: int, told: str) -> sql.Composed:
    by, names = _SPOKEN_OF[rule.spoken_of.name]
    same_phase: sql.Composable = sql.SQL("true")
    if "phase" in rule.kind.columns and "phase" in rule.spoken_of.columns:
        # Who names no phase speaks of every phase; but an area of the whole is no phase's own.
        same_phase = sql.SQL(
            "(said.phase IS NULL OR said.phase = its.phase)"
            if rule.code == _DAYS
            else "(its.phase IS NULL OR said.phase = its.phase)"
        )
    is_wrong = sql.SQL(
        "said.{} < its.{}"
        if rule.code == _DAYS
        else "said.{} > its.{} + greatest({area}, {share} * its.{})"
    )
    columns = [sql.Identifier(rule.column), sql.Identifier(rule.its_column)]
    if rule.code == _AREAS:
        columns.append(sql.Identifier(rule.its_column))
    wrong = is_wrong.format(
        *columns,
        area=sql.Literal(units.AREA_TOLERANCE_M2),
        share=sql.Literal(units.AREA_TOLERANCE_SHARE),
    )
    met = [
        sql.SQL(
            "SELECT {told}.file, {told}.row_no, said.{column}, its.{its_column}, said.key, its.key"
            " FROM {kind} AS said JOIN {spoken_of} AS its ON said.{by} = its.{name}"
            " WHERE said.to_delivery IS NULL AND its.to_delivery IS NULL"
            " AND {told}.from_delivery = {number} AND {phase} AND {wrong}"
        ).format(
            told=sql.Identifier(told),
            column=columns[0],
            its_column=columns[1],
            kind=table(rule.kind.name),
            spoken_of=table(rule.spoken_of.name),
            by=sql.Identifier(by),
            name=sql.Identifier(name),
            number=sql.Literal(number),
            phase=same_phase,
            wrong=wrong,
        )
        for name in names
    ]
    return sql.SQL("{} ORDER BY 1, 2, 5, 6").format(sql.SQL(" UNION ").join(met))


def _text(value: Any) -> str:
    return f"{value:,.2f} 平方米" if isinstance(value, float) else str(value)
