"""What a run says: the columns of every table it stores, and of every table that is handed out.

Read from `results.toml`, whose head explains every entry.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import pandas as pd

from gis.contracts import CODES

_ALL = "every_row"
# type -> kinds of dtype its values may come in; "O" is whatever Python holds.
_KINDS = {
    **dict.fromkeys(("text", "texts"), "OU"),
    **dict.fromkeys(("area", "number", "share"), "fiuO"),
    **dict.fromkeys(("money", "integer"), "iufO"),
    **{"day": "MO", "flag": "bO", "facts": "O"},
}
BETWEEN = ";"
TYPES = frozenset(_KINDS)


@dataclass(frozen=True)
class Column:
    """One column: name, type, unit, Chinese title, shapefile name of at most 10 letters.

    `codes` names the lists its values come from, `facts` that of the names of its facts (type
    facts: an object of what is known, days as ISO texts, areas in m2). `required`: never empty.
    `stored`: false for one that is made when it is handed out; `published`: false for one that is
    not handed out. `of`: the table it is taken from, where that is not its own.
    """

    name: str
    type: str
    zh: str
    short: str = ""
    unit: str | None = None
    codes: Sequence[str] = ()
    facts: str | None = None
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
class Rule:
    """What a rule reads: kinds of record, results, and the law; where its outcomes are listed.

    `reads` has the kinds it reads itself, `made_of` the results (a table, or TABLE.RULE).
    """

    reads: tuple[str, ...]
    made_of: tuple[str, ...] = ()
    law: tuple[str, ...] = ()
    outcomes: str = ""


@dataclass(frozen=True)
class Table:
    """One table: its titles, and its columns as they are handed out, in order.

    `stored` has the columns its table in the store has of its own; empty where there is none.
    `order` has the columns its stored rows are ordered by.
    `rules`: who writes its rows, by name; where one rule writes them all, by the table's name.
    `subject`: the kind a row speaks of and the column with its key, where all rows speak of one;
    `each_tells`: each row says itself of whom it speaks; `of_the_run`: some speak of nobody.
    """

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    stored: tuple[Column, ...]
    order: tuple[str, ...]
    has_shape: bool
    each_tells: bool
    of_the_run: bool
    subject: tuple[str, str] | None
    rules: Mapping[str, Rule]

    @property
    def names(self) -> list[str]:
        """Return the column names in the order they are handed out."""
        return [column.name for column in self.columns]


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
        order=tuple(entry.get("order", ())),
        has_shape=bool(entry.get("has_shape", False)),
        of_the_run=bool(entry.get("of_the_run", False)),
        each_tells=bool(entry.get("each_tells", False)),
        subject=(entry["subject"][0], entry["subject"][1]) if "subject" in entry else None,
        rules={one: _rule(said) for one, said in entry.get("rules", {name: entry}).items()},
    )


def _rule(entry: Mapping[str, Any]) -> Rule:
    lists = {one: tuple(entry.get(one, ())) for one in ("reads", "made_of", "law")}
    return Rule(**lists, outcomes=entry.get("outcomes", ""))


def _column(entry: Mapping[str, Any], content: Mapping[str, Any]) -> Column:
    said = dict(entry)
    if "of" in said:
        (there,) = (one for one in content[said["of"]]["columns"] if one["name"] == said["name"])
        said = {**there, "required": False, **said}
    if said["type"] not in TYPES:
        raise ValueError(f"results.toml: column {said['name']} has unknown type {said['type']!r}")
    return Column(**said)


_CONTENT = tomllib.loads(
    resources.files("gis").joinpath("results.toml").read_text(encoding="utf-8")
)
# What every stored row has besides, and the part of it that tells where the row lies.
EVERY_ROW: tuple[Column, ...] = tuple(
    _column(entry, _CONTENT) for entry in _CONTENT[_ALL]["columns"]
)
PLACE = ("region_code", "park_code", "block_code")
LANDS = ("regions", "parks", "blocks")
TABLES: Mapping[str, Table] = {
    name: _table(name, entry, _CONTENT) for name, entry in _CONTENT.items() if name != _ALL
}
STORED: Mapping[str, Table] = {name: table for name, table in TABLES.items() if table.stored}

# Kinds every stored row reads: where it lies is told by them.
EVERY_ROW_READS: frozenset[str] = frozenset(_CONTENT[_ALL]["reads"])
FINDINGS: Mapping[str, Rule] = TABLES["finding"].rules


def reads(name: str) -> frozenset[str]:
    """Return every kind of record a stored table, or one rule of it (TABLE.RULE), rests on.

    >>> sorted(reads("holding") - reads("finding.idle_land"))
    ['holders', 'ledgers']
    """
    table, _, rule = name.partition(".")
    rules = STORED[table].rules
    found = set(EVERY_ROW_READS)
    for one in [rules[rule]] if rule else rules.values():
        found |= {*one.reads, *(kind for part in one.made_of for kind in reads(part))}
    return frozenset(found)


def check(name: str, rows: pd.DataFrame) -> None:
    """Raise ValueError where rows are not what a result table holds.

    A required column that is missing or empty, a row that does not say of whom it speaks where
    the table says it must, a column of another type. Columns the table has not are let be.
    """
    table = STORED[name]
    tells = (table.subject or table.each_tells) and not table.of_the_run
    told = {"subject_kind", "subject_key"} if tells else set()
    for column in (*table.stored, *EVERY_ROW):
        is_needed = column.required or column.name in told
        if column.name not in rows:
            if is_needed:
                raise ValueError(f"{name}: column {column.name} is missing")
            continue
        values = rows[column.name]
        if is_needed and values.isna().any():
            raise ValueError(f"{name}: column {column.name} is empty in some row")
        known = values if values.dtype.kind in _KINDS[column.type] else values.dropna()
        is_made = column.type in {"texts", "facts"}
        is_text = is_made and any(issubclass(one, str) for one in {*map(type, known.to_numpy())})
        if len(known) and (is_text or known.dtype.kind not in _KINDS[column.type]):
            raise ValueError(f"{name}: column {column.name} is {values.dtype}, not {column.type}")


def listed(values: pd.Series) -> pd.Series:
    """Return lists as what has no lists takes them: one text each; an unknown list is unknown.

    >>> listed(pd.Series([("a", "b"), None])).tolist()
    ['a;b', None]
    """
    texts = values.astype(object).map(BETWEEN.join, na_action="ignore").astype(object)
    return texts.where(values.notna(), None)


def written(values: pd.Series, column: Column) -> pd.Series:
    """Return lists and facts as one text each, for what holds neither; other values as they are.

    >>> column = Column("detail", "facts", "依据")
    >>> written(pd.Series([{"source": "survey"}, None]), column).tolist()
    ['{"source": "survey"}', None]
    """
    if column.type == "texts":
        return listed(values)
    if column.type != "facts":
        return values
    texts = values.astype(object).map(_as_json, na_action="ignore").astype(object)
    return texts.where(values.notna(), None)


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def naming(values: pd.Series, name: str) -> pd.Series[bool]:
    """Return which lists hold a name; an unknown list holds none.

    >>> naming(pd.Series([("a", "b"), None]), "b").tolist()
    [True, False]
    """
    told = [isinstance(names, Sequence) and name in names for names in values]
    return pd.Series(told, values.index, dtype=bool)


def titles(names: Sequence[str], table: str = "ledger") -> str:
    """Return the titles of columns of a published table, joined.

    >>> titles(["start_due_on", "found_on"])
    '约定动工日、认定书送达日'
    """
    named = {column.name: column.zh for column in TABLES[table].columns}
    return "、".join(named[name] for name in names)
