"""The names people see over the fields of a FileGDB: aliases, kept in its table of items."""

from __future__ import annotations

import warnings
from pathlib import Path
from xml.parsers import expat

import pyogrio
from pyogrio.errors import DataLayerError, DataSourceError

from gis.intake.source import drivers

_ITEMS = "GDB_Items"


def aliases_of(path: Path, layer: str | None) -> dict[str, str]:
    """Return field -> alias of one layer of a FileGDB, for the fields whose alias is another name.

    A geodatabase that keeps no readable table of items has none.
    """
    try:
        with drivers.only("filegdb"), warnings.catch_warnings(record=True):
            # Heard and told when the layers are read; here it would go to the terminal.
            warnings.simplefilter("always")
            _, _, _, (names, definitions) = pyogrio.raw.read(
                path, layer=_ITEMS, columns=["Name", "Definition"], read_geometry=False
            )
    except (DataLayerError, DataSourceError, ValueError):
        return {}
    own = [text for name, text in zip(names, definitions, strict=True) if name == layer]
    return _fields(own[0]) if own and isinstance(own[0], str) else {}


def _fields(definition: str) -> dict[str, str]:
    found: dict[str, str] = {}
    words: dict[str, str] = {}
    inside: list[str] = []
    parser = expat.ParserCreate()

    def start(tag: str, _: dict[str, str]) -> None:
        inside.append(tag)
        if tag == "GPFieldInfoEx":
            words.clear()

    def text(part: str) -> None:
        if inside[-1:] in (["Name"], ["AliasName"]) and "GPFieldInfoEx" in inside:
            words[inside[-1]] = words.get(inside[-1], "") + part

    def end(tag: str) -> None:
        inside.pop()
        name, alias = words.get("Name", ""), words.get("AliasName", "")
        if tag == "GPFieldInfoEx" and alias and alias != name:
            found[name] = alias

    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = text
    # Without a document type no entity is ever made: a definition that has one is left aside.
    try:
        if "<!DOCTYPE" not in definition:
            parser.Parse(definition, True)
    except expat.ExpatError:
        return {}
    return found
