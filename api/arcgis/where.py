"""`where` as ArcGIS writes it, a part of SQL, read as the tree of a CQL2 filter.

CQL2 has the same words but for N'…'. What of the tree speaks of UPPER, of instants and of 1 for
true is made of what the filter knows. The store never sees the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from api import cql2_text
from api.arcgis.fields import OBJECT_ID, Field, named
from api.errors import BadParameterError
from gis.store.queryables import ID

# The N of a text, which says that it holds more than Latin letters, outside what is quoted.
_MARKED = re.compile(r"""'(?:[^']|'')*'|"[^"]*"|\b[Nn](?=')""")
# A selection that a program names by its object ids, however long.
_IDS = re.compile(rf'\s*"?{OBJECT_ID}"?\s+in\s*\(([0-9,\s]+)\)\s*', re.IGNORECASE)
_COMPARED = frozenset({"=", "<>", "<", ">", "<=", ">="})
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_TIMES = frozenset({"date", "timestamp"})
_LETTERS: Mapping[str, Callable[[str], str]] = {"upper": str.upper, "lower": str.lower}


def read(text: str, known: Mapping[str, Field]) -> Any:
    """Return the tree of a condition on these fields.

    FilterError or BadParameterError where it cannot be read, or names a field that is not there.
    """
    if (met := _IDS.fullmatch(text)) is not None:
        listed = [one for one in map(str.strip, met[1].split(",")) if one]
        return {"op": "in", "args": [{"property": ID}, [int(one[:19]) for one in listed]]}
    plain = _MARKED.sub(lambda mark: "" if mark[0] in "Nn" else mark[0], text)
    return _meant(cql2_text.parse(plain), known)


def _meant(tree: Any, known: Mapping[str, Field]) -> Any:
    if isinstance(tree, list):
        return [_meant(one, known) for one in tree]
    if not isinstance(tree, dict):
        return tree
    if tree.keys() == {"property"}:
        field = named(str(tree["property"]), known, "where")
        return {"property": ID if field.name == OBJECT_ID else field.name}
    if tree.keys() <= _TIMES:
        (written,) = tree.values()
        return _time(written)
    if tree.keys() != {"op", "args"}:
        return tree
    op, args = tree["op"], [_meant(one, known) for one in tree["args"]]
    if op in _COMPARED and len(args) == 2:
        return _comparison(op, args, known)
    if op == "between" and len(args) == 3 and any(map(_is_instant, args)):
        column, first, last = args
        ends = ((">=", first), ("<=", last))
        return {"op": "and", "args": [_comparison(way, [column, one], known) for way, one in ends]}
    if op == "like":
        args = _any_case(args)
        # In ArcGIS a backslash is a letter like others.
        args = [*args[:-1], _escaped(args[-1])]
    return {"op": op, "args": args}


def _comparison(op: str, args: list[Any], known: Mapping[str, Field]) -> Any:
    column, given = args = _any_case(args)
    if _is_column(given) and not _is_column(column):
        op, column, given = _MIRRORED.get(op, op), given, column
    field = known.get(column["property"]) if _is_column(column) else None
    if field is not None and field.kind == "bool" and given in (0, 1):
        return {"op": op, "args": [column, bool(given)]}
    if field is not None and _is_instant(given):
        return _against_instant(op, column, given["timestamp"][:10])
    return {"op": op, "args": args}


def _against_instant(op: str, column: Any, day: str) -> Any:
    """Return a comparison of days, which begin at midnight, with a later instant of a day."""
    if op in {"=", "<>"}:
        # No day begins then: what is known differs.
        unknown = {"op": "isNull", "args": [column]}
        differs = {"op": "not", "args": [unknown]}
        return {"op": "and", "args": [unknown, differs]} if op == "=" else differs
    return {"op": ">" if op in {">", ">="} else "<=", "args": [column, {"date": day}]}


def _time(written: object) -> dict[str, str]:
    """Return a day, or an instant that is no beginning of one, in UTC."""
    try:
        found = datetime.fromisoformat(str(written).strip())
        found = found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as fault:
        raise BadParameterError(
            f"where：不是时间 {str(written)[:40]}。 where: {str(written)[:40]!r} is no time.",
            "写成 write DATE '2024-06-30' or TIMESTAMP '2024-06-30 12:00:00'",
        ) from fault
    is_day = found.time() == datetime.min.time()
    return {"date": found.date().isoformat()} if is_day else {"timestamp": found.isoformat()}


def _any_case(args: list[Any]) -> list[Any]:
    """Return the sides of a comparison, whatever their letters, where it is in UPPER or LOWER."""
    name = next((_function(one) for one in args if _function(one)), "")
    if not name:
        return args
    made = []
    for one in args:
        inner = one["args"][0] if _function(one) == name and len(one["args"]) == 1 else one
        if isinstance(one, str) and one != _LETTERS[name](one):
            raise BadParameterError(
                f"where：{name}(…) 不会等于 {one[:40]}。 {name}(…) is never {one[:40]!r}.",
                f"写成 write {name}('…') on both sides",
            )
        made.append({"op": "casei", "args": [inner]})
    return made


def _escaped(pattern: Any) -> Any:
    if isinstance(pattern, str):
        return pattern.replace("\\", "\\\\")
    if isinstance(pattern, dict) and pattern.get("op") == "casei":
        return {"op": "casei", "args": [_escaped(one) for one in pattern["args"]]}
    return pattern


def _function(tree: Any) -> str:
    """Return in which letters a side is compared: upper, lower, or nothing."""
    op = tree.get("op") if isinstance(tree, dict) else None
    return str(op) if op in _LETTERS else ""


def _is_column(tree: Any) -> bool:
    return isinstance(tree, dict) and tree.keys() == {"property"}


def _is_instant(tree: Any) -> bool:
    return isinstance(tree, dict) and tree.keys() == {"timestamp"}
