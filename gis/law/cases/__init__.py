"""The law cases: facts, a day, and what the law says of them, worked by hand, in readable files.

Every TOML here is a chapter: `base` has the facts its cases share, each `case` a name, the day
`on`, facts, causes, and what is to be expected (`expect`). The tests hold the clock to every one of
them, and the law book lists them beside the articles they test.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

IDLE_LAND = "idle_land"


@dataclass(frozen=True)
class Case:
    """One case of a chapter (the file's stem) and of a rule; `entry` is it as written."""

    chapter: str
    rule: str
    name: str
    base: Mapping[str, Any]
    entry: Mapping[str, Any]

    @property
    def on(self) -> date | None:
        """Return the day judged."""
        on: date | None = self.entry.get("on")
        return on

    @property
    def expected(self) -> Mapping[str, Any]:
        """Return what the law says, by the names of the chapter."""
        expected: Mapping[str, Any] = self.entry.get("expect", {})
        return expected

    @property
    def changed(self) -> Mapping[str, Any]:
        """Return the values of the law a case puts otherwise, by key."""
        changed: Mapping[str, Any] = self.entry.get("law", {})
        return changed


def load() -> list[Case]:
    """Return every case that ships, by chapter and in the order written."""
    return list(_read())


def _read() -> Iterator[Case]:
    folder = resources.files("gis.law.cases")
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if not file.name.endswith(".toml"):
            continue
        content = tomllib.loads(file.read_text(encoding="utf-8"))
        for entry in content["case"]:
            yield Case(
                chapter=file.name.removesuffix(".toml"),
                rule=content.get("rule", IDLE_LAND),
                name=entry["name"],
                base=content.get("base", {}),
                entry=entry,
            )
