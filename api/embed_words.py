"""What the lists of an embedded page call their columns and codes, in its language."""

from __future__ import annotations

from collections.abc import Mapping

from gis import contracts
from gis.fields import KINDS
from gis.result_tables import TABLES
from maps.layers import english

# List of the API -> the result table its rows are of; any other is of the records of its name.
_TABLES: Mapping[str, tuple[str, ...]] = {
    "findings": ("finding",),
    "unsupplied": ("unsupplied", "finding"),
    "balances": ("balance",),
    "leads": ("lead",),
    "indicators": ("indicator",),
    "timeline": ("timeline",),
    "calendar": ("timeline",),
}
_NAMES: Mapping[str, tuple[str, str]] = {
    **{name: (TABLES[tables[0]].zh, TABLES[tables[0]].en) for name, tables in _TABLES.items()},
    "calendar": ("日历", "calendar"),
}
_KEY = ("编号", "Number")


def name(layer: str, language: str) -> str:
    """Return what a list is called."""
    chinese, words = _NAMES.get(layer) or (KINDS[layer].title, layer)
    return words.capitalize() if language == "en" else chinese


def titles(layer: str, language: str) -> dict[str, str]:
    """Return column -> title of a list."""
    is_english = language == "en"
    told = {"key": _KEY[is_english], "name": "Name" if is_english else "名称"}
    if layer in _TABLES:
        columns = {one.name: one.zh for table in _TABLES[layer] for one in TABLES[table].columns}
    else:
        columns = {one.name: one.title for one in KINDS[layer].columns.values()}
    return told | {
        column: english(column) if is_english else title.removesuffix("代码")
        for column, title in columns.items()
    }


def words(layer: str, language: str) -> dict[str, dict[str, str]]:
    """Return column -> code -> word of the coded columns of a list; of two lists the first wins."""
    told: dict[str, dict[str, str]] = {}
    for table in _TABLES.get(layer, ()):
        for column in TABLES[table].columns:
            for code_list in column.codes:
                for code in contracts.CODES[code_list]:
                    word = contracts.label(code_list, code, language)
                    told.setdefault(column.name, {}).setdefault(code, word)
    return told
