"""Corrections in force held against what a delivery brings: the old wrong value stays out."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

import pandas as pd
from psycopg import sql
from psycopg.types.json import Jsonb

from gis import fields
from gis.store.database import Connection
from gis.store.statements import table

_WORDS = {
    "contradicts_correction": (
        "warning",
        "「{title}」报送为 {came}，与人工更正（{corrected}）不符，保留更正值",
        "请发送方改正；确认报送值正确时用 --override-corrections 装载，或撤回更正",
    ),
    "overrides_correction": (
        "warning",
        "「{title}」按报送值 {came} 采用，人工更正（{corrected}）就此失效",
        "无须处理",
    ),
    "replaces_correction": (
        "warning",
        "「{title}」报送了新值 {came}，人工更正（{corrected}）就此失效",
        "核对新值；不对时重新更正",
    ),
}


def hold(
    connection: Connection,
    kind: fields.Kind,
    number: int,
    columns: Sequence[str],
    *,
    is_overridden: bool,
) -> pd.DataFrame:
    """Lay the corrections in force beside the arriving rows; return what is to be told, as issues.

    A value that a correction had replaced does not come back: the arriving row gets the corrected
    one. A third value is the sender's own and ends the correction, as does `is_overridden`.
    """
    found = connection.execute(
        """
        SELECT key, field, array_agg(before ORDER BY id), array_agg(after ORDER BY id),
            array_agg(delivery ORDER BY id)
        FROM landwatch.correction
        WHERE kind = %s AND taken_back_by IS NULL AND field = ANY(%s)
            AND key IN (SELECT key FROM arriving)
        GROUP BY key, field ORDER BY field, key
        """,
        (kind.name, list(columns)),
    ).fetchall()
    if not found:
        return pd.DataFrame()
    flags = {day: flag for day, flag in kind.month_flags.items() if flag in columns}
    names = list(dict.fromkeys(str(row[1]) for row in found))
    wanted = list(dict.fromkeys([*names, *(flags[name] for name in names if name in flags)]))
    came_as = arriving(connection, wanted, list({str(row[0]) for row in found}))
    months = {
        (key, name, number): values
        for key, name, *values_of in found
        if kind.columns[name].month_of is not None
        for *values, number in zip(*values_of, strict=True)
    }
    told: list[dict[str, Any]] = []
    kept: dict[str, dict[str, Any]] = {}
    for key, name, before, after, numbers in found:
        if kind.columns[name].month_of is not None:
            continue  # goes with its day
        came, corrected = came_as[key][name], after[-1]
        flag = flags.get(name)
        is_month = None if flag is None else came_as[key][flag]
        # Whether a day was but a month is written down where a correction changed that.
        own = [months.get((key, flag, each), (is_month, is_month)) for each in numbers]
        if came == corrected and is_month == own[-1][1]:
            continue
        known = [*zip(before, (each[0] for each in own), strict=True)]
        known += [*zip(after, (each[1] for each in own), strict=True)]
        is_old = (came, is_month) in known
        code = "overrides_correction" if is_overridden and is_old else "replaces_correction"
        if is_old and not is_overridden:
            code = "contradicts_correction"
            kept.setdefault(name, {})[key] = corrected
        else:
            for part in (name, flag or name):
                fits = "kind = %s AND key = %s AND field = %s"
                end(connection, number, fits, kind.name, key, part)
        told.append(_issue(kind, came_as[key], name, code, came, corrected))
    for name in {*kept} & {*flags}:
        _keep_flag(connection, kind, flags[name], [*kept[name]])
    for name, values in kept.items():
        give(connection, kind, name, values)
    return pd.DataFrame(told)


def arriving(
    connection: Connection, columns: Sequence[str], keys: list[str]
) -> dict[str, dict[str, Any]]:
    """Return by key the file, row and values of arriving rows, as JSON has them."""
    query = sql.SQL("SELECT key, row_no, file, {} FROM arriving WHERE key = ANY({})").format(
        as_json(columns), sql.Literal(keys)
    )
    names = ["key", "row_no", "file", *columns]
    rows = connection.execute(query).fetchall()
    return {row[0]: dict(zip(names, row, strict=True)) for row in rows}


def as_json(columns: Sequence[str]) -> sql.Composable:
    """Return the columns as a query gives them for JSON."""
    return sql.SQL(", ").join(
        sql.SQL("to_jsonb({})").format(sql.Identifier(name)) for name in columns
    )


def give(connection: Connection, kind: fields.Kind, name: str, values: Mapping[str, Any]) -> None:
    """Give arriving rows (by key) a value that JSON carries."""
    query = sql.SQL(
        "UPDATE arriving SET {name} = (jsonb_populate_record(NULL::{table},"
        " jsonb_build_object({text}, given.value))).{name}"
        " FROM jsonb_each(%s) AS given WHERE arriving.key = given.key"
    ).format(name=sql.Identifier(name), table=table(kind.name), text=sql.Literal(name))
    connection.execute(query, (Jsonb(dict(values)),))


def end(connection: Connection, number: int, condition: LiteralString, *values: object) -> None:
    """Note that delivery `number` ends the corrections in force that fit a condition."""
    query = sql.SQL("UPDATE landwatch.correction SET taken_back_by = {} WHERE {}").format(
        sql.Literal(number),
        sql.SQL("taken_back_by IS NULL AND " + condition),
    )
    connection.execute(query, values)


def _keep_flag(connection: Connection, kind: fields.Kind, flag: str, keys: list[str]) -> None:
    """Let the rows of these keys say of a corrected day what the record in force says."""
    query = sql.SQL(
        "UPDATE arriving SET {flag} = known.{flag} FROM {table} AS known"
        " WHERE arriving.key = ANY(%s) AND known.key = arriving.key AND known.to_delivery IS NULL"
    ).format(flag=sql.Identifier(flag), table=table(kind.name))
    connection.execute(query, (keys,))


def _issue(
    kind: fields.Kind, row: Mapping[str, Any], name: str, code: str, came: Any, corrected: Any
) -> dict[str, Any]:
    severity, message, fix = _WORDS[code]
    words = {"title": kind.columns[name].title, "came": _text(came), "corrected": _text(corrected)}
    return {
        "file": row["file"],
        "row_no": row["row_no"],
        "field": name,
        "code": code,
        "severity": severity,
        "value": _text(came),
        "message": message.format(**words),
        "fix": fix,
        "raw": None,
    }


def _text(value: Any) -> str:
    if value is None:
        return "空"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
