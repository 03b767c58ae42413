"""Schemas of what is answered with, made from the columns we publish.

Types come from `results.toml` and `fields.toml` (through the tables of the store) and from the
published shapes of `contracts.toml`, so that a field stands in the description the day it is
declared.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from gis import contracts
from gis.result_tables import TABLES
from gis.store import tables

Schema = dict[str, Any]
_OF: Mapping[str, Schema] = {
    "text": {"type": ["string", "null"]},
    "date": {"type": ["string", "null"], "format": "date"},
    "timestamptz": {"type": ["string", "null"], "format": "date-time"},
    "float8": {"type": ["number", "null"]},
    "numeric": {"type": ["number", "null"]},
    "int4": {"type": ["integer", "null"]},
    "int8": {"type": ["integer", "null"]},
    "bool": {"type": ["boolean", "null"]},
    "text[]": {"type": ["array", "null"], "items": {"type": ["string", "null"]}},
    "float8[]": {"type": ["array", "null"], "items": {"type": ["number", "null"]}},
}
ANY: Final[Schema] = {}
_HIDDEN = frozenset({"geom", "source_epsg"})
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
DAY: Schema = {"type": "string", "format": "date"}
FLAG: Schema = {"type": "boolean"}
NEXT: Schema = {"type": ["string", "null"], "description": "下一页 where the list goes on"}
OBJECT: Schema = {"type": "object"}


def record(**members: Schema) -> Schema:
    """Return the schema of an object that has these members, and may have more."""
    return {"type": "object", "required": [*members], "properties": members}


def rows_of(row: Schema, **head: Schema) -> Schema:
    """Return the schema of a list: its head, how many there are, its rows."""
    return record(**head, count=NUMBER, rows={"type": "array", "items": row})


def of_columns(types: Mapping[str, str], *, names: list[str] | None = None) -> Schema:
    """Return the schema of a row of some columns, name -> type in the store."""
    chosen = [name for name in (names or types) if name not in _HIDDEN]
    members = {name: dict(_OF.get(types.get(name, ""), ANY)) for name in chosen}
    return {"type": "object", "properties": members}


def page_of(row: Schema) -> Schema:
    """Return the schema of a page of rows of a run."""
    page = rows_of(row, run=NUMBER, as_of=DAY)
    page["properties"]["next"] = NEXT
    return page


def result(name: str, **more: str) -> Schema:
    """Return the schema of a page of a result table."""
    return page_of(of_columns(tables.own_types(name) | more, names=TABLES[name].names))


def table(name: str) -> Schema:
    """Return the schema of a list of rows of a table, stored or made when it is handed out."""
    members = {one.name: dict(_type(one.type)) for one in TABLES[name].columns}
    shown = {one: member for one, member in members.items() if one not in _HIDDEN}
    return {"type": "array", "items": {"type": "object", "properties": shown}}


def _type(kind: str) -> Schema:
    """Return the schema of a type of results.toml; a share is made when it is handed out."""
    if kind == "share":
        return _OF["float8"]
    return _OF.get(tables.postgres_types({"": kind})[""], ANY)


def kind(name: str) -> Schema:
    """Return the schema of a record of a kind."""
    types = {"key": "text", "effective_on": "date", "from_delivery": "int4", "file": "text"}
    return of_columns(types | {"row_no": "int4"} | tables.own_types(name))


def kept(columns: Mapping[str, str]) -> Schema:
    """Return the schema of a page of rows the store keeps of itself."""
    page = rows_of(of_columns(tables.postgres_types(dict(columns))))
    page["properties"]["next"] = NEXT
    return page


# What stands in the objects of a contract and is no column of a table by that name.
_INSIDE: Final[Mapping[str, Schema]] = {
    "reasons": {"type": "array", "items": record(zh=TEXT, en=TEXT)},
    "issues": {"type": "array", "items": OBJECT},
    "missing": {"type": ["array", "null"], "items": TEXT},
    "before": ANY, "after": ANY, "value": _OF["float8"], "to": _OF["float8"],
    "count": NUMBER, "came": NUMBER, "left": NUMBER, "undetermined": NUMBER,
    "rows": NUMBER, "accepted": NUMBER, "rejected": NUMBER, "held": NUMBER, "unchanged": NUMBER,
    "after_the_day": NUMBER, "title": _OF["text"],
}  # fmt: skip
_NUMBERS: Final = re.compile(r"_(m2|yuan|fen|rate|percent|low|high|mu|tce|m3)(_before|_after)?$"
                             r"|^(share|percent|supply_rate\w*|of_\w+|intensity_\w+)$")  # fmt: skip


def of_contract(name: str) -> Schema:
    """Return the schema of what `[json.NAME]` publishes; what a command alone says is left out."""
    members = {
        field: _published(kind)
        for field, kind in contracts.JSON[name].items()
        if field != "purpose"
    }
    return record(**members)


def _published(kind: str) -> Schema:
    """Return the schema of a type of contracts.toml, its remark as its description."""
    if told := re.match(r"list(?:, empty where [^:]+)?: the columns of table (\w+)", kind):
        return table(told[1])
    if told := re.match(r"object: the columns of table (\w+)", kind):
        return {**table(told[1])["items"]}
    if told := re.match(r"list(?:, empty where [^:{]+)? of {([^}]+)}", kind):
        fields = {one: field(one) for one in told[1].split(", ")}
        return {"type": "array", "items": record(**fields)}
    if told := re.fullmatch(r"codes:(\w+)", kind):
        return {"type": "string", "enum": [*contracts.CODES[told[1]]]}
    head, _, said = kind.partition(": ")
    bare, may_be_null = head.removesuffix("|null"), head.endswith("|null")
    plain: Schema = {
        "text": TEXT, "integer": NUMBER, "day": DAY, "flag": FLAG, "object": OBJECT,
        "list of text": {"type": "array", "items": TEXT},
        "list of object": {"type": "array", "items": ANY},
    }.get(bare, ANY)  # fmt: skip
    made = dict(plain)
    if may_be_null and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made | ({"description": said} if said else {})


def field(name: str) -> Schema:
    """Return the schema of a field by its name: as a table has it, else by what it ends in."""
    if name in _INSIDE:
        return dict(_INSIDE[name])
    if _NUMBERS.search(name):
        return dict(_OF["float8"])
    for one in TABLES.values():
        for column in one.columns:
            if column.name == name:
                return dict(_type(column.type))
    if name.startswith("is_"):
        return dict(_OF["bool"])
    if name.endswith(("year", "_count", "_no")):
        return dict(_OF["int4" if name != "item_no" else "text"])
    return dict(_OF["text"])
