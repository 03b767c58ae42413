"""Days and intervals of days of a filter, and how they lie to each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql

from gis.errors import FilterError
from gis.store import filter_values
from gis.store.filter_values import Value, said
from gis.store.queryables import DAY, Queryable

# First and last day of each; a day is an interval of one. As CQL2 defines them (OGC 21-065).
_RELATIONS = {
    "t_after": "{a0} > {b1}",
    "t_before": "{a1} < {b0}",
    "t_contains": "{a0} < {b0} AND {a1} > {b1}",
    "t_disjoint": "{a1} < {b0} OR {a0} > {b1}",
    "t_during": "{a0} > {b0} AND {a1} < {b1}",
    "t_equals": "{a0} = {b0} AND {a1} = {b1}",
    "t_finishedby": "{a0} < {b0} AND {a1} = {b1}",
    "t_finishes": "{a0} > {b0} AND {a1} = {b1}",
    "t_intersects": "{a0} <= {b1} AND {a1} >= {b0}",
    "t_meets": "{a1} = {b0}",
    "t_metby": "{a0} = {b1}",
    "t_overlappedby": "{a0} > {b0} AND {a0} < {b1} AND {a1} > {b1}",
    "t_overlaps": "{a0} < {b0} AND {a1} > {b0} AND {a1} < {b1}",
    "t_startedby": "{a0} = {b0} AND {a1} > {b1}",
    "t_starts": "{a0} = {b0} AND {a1} < {b1}",
}
OPERATORS = frozenset(_RELATIONS)
_OPEN, _ENDS = "..", ("'-infinity'::date", "'infinity'::date")


def condition(op: str, args: Sequence[Any], columns: Mapping[str, Queryable]) -> sql.Composable:
    """Return the condition of a temporal operator between days or intervals of days."""
    if len(args) != 2:
        raise FilterError(
            f"{op} 取两个时间。 {op} takes two times.", f"写成 write it like {op}(列, DATE('…'))"
        )
    (a0, a1), (b0, b1) = (_span(one, columns) for one in args)
    return sql.SQL(_RELATIONS[op]).format(a0=a0, a1=a1, b0=b0, b1=b1)


def _span(tree: Any, columns: Mapping[str, Queryable]) -> tuple[sql.Composable, sql.Composable]:
    """Return the first and the last day of a day or an interval."""
    if not (isinstance(tree, Mapping) and tree.keys() == {"interval"}):
        day = _day(tree, columns).said
        return day, day
    ends = tree["interval"]
    if not isinstance(ends, list) or len(ends) != 2:
        raise _no_interval(ends)
    found = [None if one == _OPEN else _day(one, columns) for one in ends]
    given = [one.given for one in found if one is not None]
    if None not in given and given != sorted(map(str, given)):
        raise _no_interval(ends)
    first, last = (
        sql.SQL(_ENDS[place]) if one is None else one.said for place, one in enumerate(found)
    )
    return first, last


def _day(tree: Any, columns: Mapping[str, Queryable]) -> Value:
    found = filter_values.read(tree, columns)
    if found.kind != DAY:
        # A text that is a day is one; of_day tells of anything else.
        found = filter_values.of_day(tree)
    return found


def _no_interval(ends: Any) -> FilterError:
    return FilterError(
        f"不是时间段：{said(ends)}。 This is no interval: {said(ends)}.",
        "写成 write INTERVAL('2020-01-01','2024-06-30')，不限的一端写 '..' for an open end",
    )
