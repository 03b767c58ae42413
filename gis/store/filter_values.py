"""Values of a filter: columns that may be asked by, and literals of their kind, as SQL."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from psycopg import sql

from gis.errors import FilterError
from gis.store.queryables import DAY, FLAG, NUMBER, SHAPE, TEXT, Queryable

# From here on not every whole number is one of floating point.
_MOST_EXACT = 2**53
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
# As ISO 8601 writes it, as SQL does, and as GDAL 3.6 writes a day: 2024-06-30T.
_MIDNIGHT = re.compile(r"[T ](?:00(?::00(?::00(?:\.0+)?)?)?)?(?:Z|[+-]\d{2}:?\d{2})?")
_KINDS = {
    TEXT: "文本 text", NUMBER: "数 a number", FLAG: "真假 true or false", DAY: "日期 a day",
}  # fmt: skip
_SAID_LETTERS = 60


@dataclass(frozen=True)
class Value:
    """A value as SQL, and its kind; of a literal what was given, of a column its codes."""

    said: sql.Composable
    kind: str
    given: object = None
    codes: Mapping[str, str] = field(default_factory=dict)


def read(tree: Any, columns: Mapping[str, Queryable]) -> Value:
    """Return a column, a literal, or one of them in any case (`casei`); FilterError for others."""
    if isinstance(tree, bool):
        return Value(sql.SQL("true" if tree else "false"), FLAG, tree)
    if isinstance(tree, int | float):
        return Value(sql.Literal(number(tree)), NUMBER, tree)
    if isinstance(tree, str):
        return Value(sql.SQL("{}::text").format(text(tree)), TEXT, tree)
    if isinstance(tree, Mapping):
        if tree.keys() == {"property"}:
            column = queryable(tree, columns)
            if column.kind == SHAPE:
                raise FilterError(
                    "图形不与值比较。 A shape is not compared with a value.",
                    "用空间算子 use s_intersects(geometry, …) and the like",
                )
            return Value(sql.Identifier(column.column), column.kind, codes=column.codes)
        if len(tree) == 1 and tree.keys() <= {"date", "timestamp"}:
            return of_day(*tree.values())
        if tree.get("op") == "casei":
            return _any_case(tree, columns)
    raise FilterError(
        f"不是值：{said(tree)}。 This is no value: {said(tree)}.",
        "列名、文本、数、日期、真假 a column, a text, a number, a day, true or false"
        + (" · 空值用 for the unknown use isNull" if tree is None else ""),
    )


def queryable(tree: Mapping[str, Any], columns: Mapping[str, Queryable]) -> Queryable:
    """Return the column that a property names; FilterError where there is none of that name."""
    name = tree["property"]
    if not isinstance(name, str) or name not in columns:
        raise FilterError(
            f"没有可查询的列 {said(name)}。 There is no column {said(name)} to ask by.",
            f"可用 there are: {', '.join(columns)}",
        )
    return columns[name]


def alike(values: Sequence[Value], *, is_equality: bool = False) -> list[Value]:
    """Return values of one kind, texts beside a day as days, 1 and 0 beside a flag as flags.

    FilterError where kinds differ.

    `is_equality`: a text beside a column of codes is one of them.
    """
    if any(one.kind == DAY for one in values):
        values = [
            of_day(one.given) if isinstance(one.given, str) and one.kind == TEXT else one
            for one in values
        ]
    if any(one.kind == FLAG for one in values):
        values = [_flag(one) for one in values]
    kinds = [*dict.fromkeys(one.kind for one in values)]
    if len(kinds) > 1:
        odd = [one for one in values if one.kind != values[0].kind]
        given = next((one.given for one in (*odd, *values) if one.given is not None), None)
        told = f"：{said(given)}" if given is not None else ""
        words = " ≠ ".join(_KINDS[one] for one in kinds)
        raise FilterError(
            f"两边不是同一类值（{words}）{told}。 The two sides are of different kinds.",
            "文本加引号，数不加，日期写成 quote texts and not numbers; a day is DATE('2024-06-30')",
        )
    if is_equality:
        _check_codes(values)
    return [*values]


def _flag(value: Value) -> Value:
    # Programs without a type of their own for it write 1 and 0.
    is_flag = value.kind == NUMBER and value.given in (0, 1)
    return read(bool(value.given), {}) if is_flag else value


def of_day(given: object) -> Value:
    """Return a day: ISO 8601, or the instant at which it begins; FilterError for anything else."""
    if isinstance(given, str):
        found = _DAY.match(given)
        rest = given[found.end() :] if found else "?"
        if found and (not rest or _MIDNIGHT.fullmatch(rest)):
            try:
                return Value(sql.Literal(date.fromisoformat(found[0])), DAY, given)
            except ValueError:
                pass
    raise FilterError(
        f"不是日期：{said(given)}。 This is no day: {said(given)}.",
        "写成 write 2024-06-30；时刻只认零点 of instants only midnight is a day",
    )


def number(given: int | float) -> int | float:
    """Return a number that a column can be compared with; FilterError for one without end."""
    try:
        is_finite = math.isfinite(float(given))
    except OverflowError:
        is_finite = False
    if not is_finite:
        raise FilterError(
            f"不能比较的数：{said(given)}。 No column can be compared with {said(given)}.",
            "绝对值小于 1.8e308 的数 a number below 1.8e308",
        )
    is_whole = isinstance(given, float) and given.is_integer() and abs(given) <= _MOST_EXACT
    return int(given) if is_whole else given


def text(given: object) -> sql.Literal:
    """Return a text; FilterError for what is none, or cannot stand in the store."""
    # A half character of JSON ("\ud800") is a letter to Python.
    if isinstance(given, str) and not re.search("[\0\ud800-\udfff]", given):
        return sql.Literal(given)
    raise FilterError(
        f"不是可用的文本：{said(given)}。 This is no text that can be stored: {said(given)}.",
        "去掉 NUL 及不完整的字符 leave out NUL and half characters",
    )


def said(given: object) -> str:
    """Return what was given as a message quotes it."""
    told = ascii(given) if isinstance(given, str) and not given.isprintable() else repr(given)
    return told if len(told) <= _SAID_LETTERS else f"{told[:_SAID_LETTERS]}…"


def _any_case(tree: Mapping[str, Any], columns: Mapping[str, Queryable]) -> Value:
    args = tree.get("args")
    inner = read(args[0], columns) if isinstance(args, list) and len(args) == 1 else None
    if inner is None or inner.kind != TEXT or tree.keys() != {"op", "args"}:
        raise FilterError(
            "casei 只用于文本。 casei takes one text.", "写成 write it like casei(name)"
        )
    lower = sql.SQL("lower({})").format(inner.said)
    # In small letters a code is still its code, a literal may be none.
    return replace(inner, said=lower, codes={})


def _check_codes(values: Sequence[Value]) -> None:
    known = {code for one in values for code in one.codes}
    for one in values:
        if known and isinstance(one.given, str) and one.given not in known:
            words = {code: word for each in values for code, word in each.codes.items()}
            raise FilterError(
                f"{said(one.given)} 不是这一列的代码。 It is no code of this column.",
                "可用 use: " + ", ".join(f"{code} {word}" for code, word in words.items()),
            )
