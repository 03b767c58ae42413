"""What a run says: the columns of every table it stores, and of every table that is handed out.

Read from `results.toml`, whose head explains every entry.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from gis.contracts import CODES

TYPES = frozenset({"text", "day", "area", "number", "money", "integer", "flag", "share"})


@dataclass(frozen=True)
class Column:
    """One column: name, type, unit, Chinese title, shapefile name of at most 10 letters.

    `codes` names the lists its values come from. `required`: never empty. `stored`: false for one
    that is made when it is handed out; `published`: false for one that is not handed out. `of`:
    the table it is taken from, where that is not its own.
    """

    name: str
    type: str
    zh: str
    short: str = ""
    unit: str | None = None
    codes: Sequence[str] = ()
    required: bool = False
    stored: bool = True
    published: bool = True
    of: str | None = None

    @property
    def words(self) -> dict[str, str]:
        """Return code -> Chinese word of a coded column; of two lists the first wins."""
        merged: dict[str, str] = {}
        for name in self.codes:
            for code, (chinese, _) in CODES[name].items():
                merged.setdefault(code, chinese)
        return merged


@dataclass(frozen=True)
class Table:
    """One table: its titles, and its columns as they are handed out, in order.

    `stored` has the columns its table in the store has of its own; empty where there is none.
    """

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    stored: tuple[Column, ...]
    has_shape: bool

    @property
    def names(self) -> list[str]:
        """Return the column names in the order they are handed out."""
        return [column.name for column in self.columns]


def _read() -> dict[str, Table]:
    text = resources.files("gis").joinpath("results.toml").read_text(encoding="utf-8")
    content = tomllib.loads(text)
    return {name: _table(name, entry, content) for name, entry in content.items()}


def _table(name: str, entry: Mapping[str, Any], content: Mapping[str, Any]) -> Table:
    sources = [content[other] for other in entry.get("of", ())] or [entry]
    columns = [_column(one, content) for source in sources for one in source["columns"]]
    is_stored = entry.get("stored", True) and "of" not in entry
    is_published = entry.get("published", True)
    zh, en = entry["title"]
    return Table(
        name=name,
        zh=zh,
        en=en,
        columns=tuple(one for one in columns if one.published and is_published),
        stored=tuple(one for one in columns if one.stored and one.of is None and is_stored),
        has_shape=bool(entry.get("has_shape", False)),
    )


def _column(entry: Mapping[str, Any], content: Mapping[str, Any]) -> Column:
    said = dict(entry)
    if "of" in said:
        (there,) = (one for one in content[said["of"]]["columns"] if one["name"] == said["name"])
        said = {**there, "required": False, **said}
    if said["type"] not in TYPES:
        raise ValueError(f"results.toml: column {said['name']} has unknown type {said['type']!r}")
    return Column(**said)


TABLES: Mapping[str, Table] = _read()
STORED: Mapping[str, Table] = {name: table for name, table in TABLES.items() if table.stored}


def titles(names: str, table: str = "ledger") -> str:
    """Return the titles of columns of a published table, joined; `names` are joined by ";".

    >>> titles("start_due_on;found_on")
    '约定动工日、认定书送达日'
    """
    named = {column.name: column.zh for column in TABLES[table].columns}
    return "、".join(named[name] for name in names.split(";"))
