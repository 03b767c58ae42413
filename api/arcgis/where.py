"""`where` as ArcGIS writes it, a part of SQL, read as the tree of a CQL2 filter.

CQL2 has the same words but for a few, and these are put in its way outside quoted texts: DATE '…'
and TIMESTAMP '…', N'…'. What of the tree then speaks of UPPER, of instants and of 1 for true is
made of what the filter knows. The store never sees the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from api.arcgis.fields import OBJECT_ID, Field, named
from api.errors import BadParameterError
from gis.store.queryables import ID

_TOKENS = re.compile(
    r"""(?P<text>[Nn]?'(?:[^']|'')*')|(?P<name>"[^"]*")|(?P<word>[^\W\d]\w*)|(?P<rest>[^\w'"]+|\d[\w.]*|.)""",
    re.DOTALL,
)
# A selection that a program names by its object ids, however long.
_IDS = re.compile(rf'\s*"?{OBJECT_ID}"?\s+in\s*\(([0-9,\s]+)\)\s*', re.IGNORECASE)
_TIMES = frozenset({"DATE", "TIMESTAMP"})
_COMPARED = frozenset({"=", "<>", "<", ">", "<=", ">="})
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_LETTERS: Mapping[str, Callable[[str], str]] = {"UPPER": str.upper, "LOWER": str.lower}


def read(
    text: str, known: Mapping[str, Field], parse: Callable[[str], Any]
) -> dict[str, Any] | bool:
    """Return the tree of a condition; `parse` reads CQL2 text, and says what it cannot read.

    BadParameterError where it names a field that is not there, or says nothing.
    """
    if (met := _IDS.fullmatch(text)) is not None:
        numbers = [int(one[:19]) for one in map(str.strip, met[1].split(",")) if one]
        return {"op": "in", "args": [{"property": ID}, numbers]}
    found: dict[str, Any] | bool = _meant(parse(_as_cql2(text)), known)
    return found


def _as_cql2(text: str) -> str:
    """Return the text with instants written as CQL2 writes them."""
    parts: list[str] = []
    opened = ""
    for met in _TOKENS.finditer(text):
        kind, part = met.lastgroup, met[0]
        if kind == "word" and part.upper() in _TIMES:
            opened, part = part.upper(), ""
        elif kind == "text":
            part = part.lstrip("Nn")
            if opened:
                part = _instant(part[1:-1])
            opened = ""
        elif opened and part.strip():
            raise _no_time(part)
        parts.append(part)
    if opened:
        raise _no_time(text[-20:])
    return "".join(parts)


def _instant(text: str) -> str:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError as fault:
        raise _no_time(text) from fault
    if found.tzinfo is not None:
        raise _no_time(text)
    is_day = found == datetime.combine(found, datetime.min.time())
    if is_day:
        return f"DATE('{found.date().isoformat()}')"
    return f"TIMESTAMP('{found.isoformat(timespec='seconds')}Z')"


def _meant(tree: Any, known: Mapping[str, Field]) -> Any:
    if not isinstance(tree, dict):
        return [_meant(one, known) for one in tree] if isinstance(tree, list) else tree
    if tree.keys() == {"property"}:
        field = named(str(tree["property"]), known, "where")
        return {"property": ID if field.name == OBJECT_ID else field.name}
    if tree.keys() != {"op", "args"}:
        return tree
    op, args = tree["op"], [_meant(one, known) for one in tree["args"]]
    if op in _COMPARED and len(args) == 2:
        return _comparison(op, args, known)
    if op == "between" and len(args) == 3 and any(map(_is_instant, args)):
        column, first, last = args
        ends = ((">=", first), ("<=", last))
        return {"op": "and", "args": [_comparison(way, [column, one], known) for way, one in ends]}
    if op == "like" and len(args) == 2 and _letters(args):
        args = _any_case(args)
    if op == "like" and isinstance(args[-1], str):
        # In ArcGIS a backslash is a letter like others.
        args = [*args[:-1], args[-1].replace("\\", "\\\\")]
    return {"op": op, "args": args}


def _comparison(op: str, args: list[Any], known: Mapping[str, Field]) -> Any:
    if _letters(args):
        return {"op": op, "args": _any_case(args)}
    if not _is_column(args[0]) and _is_column(args[1]):
        op, args = _MIRRORED.get(op, op), args[::-1]
    column, given = args
    field = known.get(column["property"]) if _is_column(column) else None
    if field is not None and field.kind == "bool" and given in (0, 1):
        return {"op": op, "args": [column, bool(given)]}
    if _is_instant(given):
        return _against_instant(op, column, str(given["timestamp"]))
    return {"op": op, "args": args}


def _against_instant(op: str, column: Any, instant: str) -> Any:
    """Return a comparison of days, which begin at midnight, with an instant within a day."""
    day = date.fromisoformat(instant[:10])
    if op in {"=", "<>"}:
        # No day begins then: what is known differs.
        unknown = {"op": "isNull", "args": [column]}
        no = {"op": "and", "args": [unknown, {"op": "not", "args": [unknown]}]}
        return no if op == "=" else {"op": "not", "args": [unknown]}
    is_later = op in {">", ">="}
    return {"op": ">" if is_later else "<=", "args": [column, {"date": day.isoformat()}]}


def _letters(args: list[Any]) -> str:
    """Return which letters a side is compared in: UPPER, LOWER, or none."""
    for one in args:
        if isinstance(one, dict) and str(one.get("op", "")).upper() in _LETTERS:
            return str(one["op"]).upper()
    return ""


def _any_case(args: list[Any]) -> list[Any]:
    name = _letters(args)
    made = []
    for one in args:
        is_wrapped = isinstance(one, dict) and str(one.get("op", "")).upper() == name
        inner = one["args"][0] if is_wrapped and one["args"] else one
        if inner is one and isinstance(one, str) and one != _LETTERS[name](one):
            raise BadParameterError(
                f"where：{name}(…) 不会等于 {one[:40]}。 {name}(…) is never {one[:40]!r}.",
                f"写成 write {name}('…') on both sides",
            )
        made.append({"op": "casei", "args": [inner]})
    return made


def _is_column(tree: Any) -> bool:
    return isinstance(tree, dict) and tree.keys() == {"property"}


def _is_instant(tree: Any) -> bool:
    return isinstance(tree, dict) and tree.keys() == {"timestamp"}


def _no_time(text: str) -> BadParameterError:
    return BadParameterError(
        f"where：不是时间 {text[:40]}。 where: {text[:40]!r} is no time.",
        "写成 write DATE '2024-06-30' or TIMESTAMP '2024-06-30 12:00:00'",
    )
