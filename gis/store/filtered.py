"""Which features a filter lets through: CQL2, as its JSON encoding writes it, turned into SQL.

A tree of dicts and lists, whatever language it was written in, becomes a condition on the table of
a result or a kind of record. It names nothing but what `gis.store.queryables` lists, and each
literal is of the kind of what it is compared with. A condition narrows what a caller may see; it
stands beside the scope and never in its place.

Of OGC 21-065: and, or, not; = <> < > <= >= between values; isNull, like, between, in; casei;
s_… (gis.store.filter_places) and t_… (gis.store.filter_times). What is unknown meets nothing but
isNull, as in SQL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from psycopg import sql

from gis.errors import FilterError
from gis.store import filter_places, filter_times, filter_values, queryables
from gis.store.filter_values import Value, said
from gis.store.queryables import TEXT, Queryable

# Of a tree; deeper or larger ones are refused before anything walks them.
MOST_DEPTH, MOST_NODES = 60, 20_000
_COMPARED = frozenset({"=", "<>", "<", ">", "<=", ">="})
_EQUALS = frozenset({"=", "<>"})
_TOGETHER = {"and": " AND ", "or": " OR "}
OPERATORS = (
    *(*_TOGETHER, "not", *sorted(_COMPARED), "isNull", "like", "between", "in"),
    *sorted(filter_places.OPERATORS | filter_times.OPERATORS),
)

Columns = Mapping[str, Queryable]


def condition(tree: Any, name: str) -> sql.Composable:
    """Return the condition of a filter on the table of a result or a kind of record.

    `tree`: CQL2 JSON as Python reads it, shapes in degrees of EPSG:4490, longitude first. A feature
    is asked by its columns, its number (`id`) and its shape (`geometry`). FilterError for whatever
    says nothing of such a table.
    """
    fence(tree)
    return _truth(tree, queryables.of(name))


def fence(tree: Any) -> None:
    """Raise FilterError where a tree is deeper or larger than anybody writes by hand."""
    level, count, depth = [tree], 0, 0
    while level:
        count, depth = count + len(level), depth + 1
        if count > MOST_NODES or depth > MOST_DEPTH * 2:
            raise FilterError(
                "过滤条件太深或太大。 The filter is too deep or too large.",
                f"最多嵌套 {MOST_DEPTH} 层、{MOST_NODES} 项 at most {MOST_DEPTH} levels and "
                f"{MOST_NODES} items",
            )
        level = [inner for one in level for inner in _inside(one)]


def _inside(tree: Any) -> Sequence[Any]:
    if isinstance(tree, Mapping):
        return [*tree.values()]
    return tree if isinstance(tree, list | tuple) else ()


def _truth(tree: Any, columns: Columns) -> sql.Composable:
    if isinstance(tree, bool):
        return sql.SQL("true" if tree else "false")
    op, args = _operation(tree)
    if op in _TOGETHER:
        if len(args) < 2:
            _refuse(op, "2 项以上 at least two conditions")
        parts = [sql.SQL("({})").format(_truth(one, columns)) for one in args]
        return sql.SQL(_TOGETHER[op]).join(parts)
    if op == "not":
        (inner,) = _given(op, args, 1)
        return sql.SQL("NOT ({})").format(_truth(inner, columns))
    if op == "isNull":
        return _is_null(args, columns)
    if op in filter_places.OPERATORS:
        return filter_places.condition(op, args, columns)
    if op in filter_times.OPERATORS:
        return filter_times.condition(op, args, columns)
    return _compared(op, args, columns)


def _compared(op: str, args: Sequence[Any], columns: Columns) -> sql.Composable:
    if op == "in":
        one, listed = _given(op, args, 2)
        if not isinstance(listed, list) or not listed:
            _refuse(op, "x IN ('a', 'b')")
        values = _values([one, *listed], columns, is_equality=True)
        every = sql.SQL(", ").join(each.said for each in values[1:])
        return sql.SQL("{} IN ({})").format(values[0].said, every)
    if op == "like":
        return _like(_given(op, args, 2), columns)
    if op == "between":
        parts = _values(_given(op, args, 3), columns)
        return sql.SQL("{} BETWEEN {} AND {}").format(*map(_in_order, parts))
    if op not in _COMPARED:
        raise FilterError(
            f"不支持的算子 {said(op)}。 The operator {said(op)} is not offered.",
            f"可用 use: {', '.join(OPERATORS)}",
        )
    left, right = _values(_given(op, args, 2), columns, is_equality=op in _EQUALS)
    if op in _EQUALS:
        return sql.SQL("{} {} {}").format(left.said, sql.SQL(op), right.said)
    return sql.SQL("{} {} {}").format(_in_order(left), sql.SQL(op), _in_order(right))


def _operation(tree: Any) -> tuple[str, Sequence[Any]]:
    if not isinstance(tree, Mapping) or tree.keys() != {"op", "args"}:
        raise FilterError(
            f"不是条件：{said(tree)}。 This is no condition: {said(tree)}.",
            "列 算子 值 write a column, an operator, a value: area_m2 > 10000",
        )
    op, args = tree["op"], tree["args"]
    if not isinstance(op, str) or not isinstance(args, list):
        raise FilterError(
            f"不是条件：{said(tree)}。 This is no condition: {said(tree)}.",
            '写成 write it like {"op": "…", "args": […]}',
        )
    return op, args


def _given(op: str, args: Sequence[Any], count: int) -> Sequence[Any]:
    if len(args) != count:
        _refuse(op, f"{count} 项 takes {count}")
    return args


def _refuse(op: str, form: str) -> NoReturn:
    raise FilterError(f"{op} 的写法不对。 {op} is not written so.", form)


def _values(args: Sequence[Any], columns: Columns, *, is_equality: bool = False) -> list[Value]:
    read = [filter_values.read(one, columns) for one in args]
    return filter_values.alike(read, is_equality=is_equality)


def _in_order(value: Value) -> sql.Composable:
    # By the numbers of the letters, whatever language the server sorts by.
    return sql.SQL('({} COLLATE "C")').format(value.said) if value.kind == TEXT else value.said


def _like(args: Sequence[Any], columns: Columns) -> sql.Composable:
    r"""Return a comparison with a pattern: % any letters, _ one, \ before one that is itself."""
    text, pattern = _values(args, columns)
    if text.kind != TEXT or not isinstance(pattern.given, str):
        _refuse("like", "文本列 LIKE '模式%' a column of text, a pattern that is given")
    if (len(pattern.given) - len(pattern.given.rstrip("\\"))) % 2:
        raise FilterError(
            f"模式以单个 \\ 结尾：{said(pattern.given)}。 The pattern ends within an escape.",
            "写成 write \\\\",
        )
    return sql.SQL("{} LIKE {}").format(text.said, pattern.said)


def _is_null(args: Sequence[Any], columns: Columns) -> sql.Composable:
    (inner,) = _given("isNull", args, 1)
    if not isinstance(inner, Mapping) or inner.keys() != {"property"}:
        _refuse("isNull", "列 IS NULL takes a column")
    column = filter_values.queryable(inner, columns).column
    return sql.SQL("{} IS NULL").format(sql.Identifier(column))
