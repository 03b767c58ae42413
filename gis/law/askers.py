"""Which modules ask for which value of the law: read from the program's own sources."""

from __future__ import annotations

import ast
import importlib.resources
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources.abc import Traversable


@dataclass(frozen=True)
class Asker:
    """A module that asks for a value: its dotted name, and the first line it says of itself."""

    module: str
    does: str


@dataclass(frozen=True)
class _Source:
    asker: Asker
    words: frozenset[str]
    starts: tuple[str, ...]  # of words put together: f"idle.row.{row}"


def of(key: str) -> list[Asker]:
    """Return the modules that name a key of the law, or the start of it, in the order of names."""
    return [
        source.asker
        for source in _sources()
        if key in source.words or any(_asks(start, key, source.words) for start in source.starts)
    ]


def _asks(start: str, key: str, words: frozenset[str]) -> bool:
    """True where a module puts the key together: from a start and a word of its own, or a row."""
    rest = key.removeprefix(start)
    return rest != key and (rest in words or start.count(".") > 1)


@cache
def _sources() -> Sequence[_Source]:
    return sorted(_read(importlib.resources.files("gis"), "gis"), key=lambda one: one.asker.module)


def _read(folder: Traversable, package: str) -> Iterator[_Source]:
    for file in folder.iterdir():
        if file.is_dir() and file.name != "migrations":
            yield from _read(file, f"{package}.{file.name}")
        elif file.name.endswith(".py"):
            module = f"{package}.{file.name.removesuffix('.py')}".removesuffix(".__init__")
            yield _source(module, ast.parse(file.read_text(encoding="utf-8")))


def _source(module: str, tree: ast.Module) -> _Source:
    docstring = ast.get_docstring(tree) or ""
    words, starts = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words.add(node.value)
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            start = str(node.values[0].value)
            if start.endswith(".") and " " not in start:
                starts.add(start)
    return _Source(
        Asker(module, docstring.split("\n", 1)[0]), frozenset(words), tuple(sorted(starts))
    )
