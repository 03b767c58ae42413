"""Which layers of tiles there are, what each says of a row, and what a tile may hold."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from itertools import product
from typing import Any

from gis import contracts, fields
from gis.result_tables import FINDINGS, TABLES
from gis.store.tile_shapes import IS_OWN

TIMELINE, LAND_TIMELINE = "timeline", "land_timeline"
UNSUPPLIED = "unsupplied"
BETWEEN = ":"


@dataclass(frozen=True)
class Bounds:
    """What a tile may hold; `layers.toml` says what each figure is."""

    most_bytes: int
    most_drawn: int
    most_partly_drawn: int
    least_side_pixels: float
    buffer_share: float
    moments_from_zoom: int
    most_moments: int


@dataclass(frozen=True)
class Layer:
    """One layer; `layers.toml` says what each of it is."""

    name: str
    title: tuple[str, str]
    grid_until_zoom: int
    says: Sequence[str]
    result: str = ""
    kind: str = ""
    area: str = ""
    states: Sequence[str] = ()
    where: Mapping[str, Sequence[str]] = field(default_factory=dict)
    follows: Sequence[str] = ()
    says_of_day: Sequence[str] = ()

    @property
    def table(self) -> str:
        """Return the table its rows are in."""
        return self.result or self.kind

    @property
    def words(self) -> list[str]:
        """Return what the state of a row may be."""
        if not self.states:
            return [self.name]
        if self.where or self.states[0] != "rule":
            lists = [_codes(self.result, column, self.where) for column in self.states]
            return [BETWEEN.join(codes) for codes in product(*lists)]
        return [
            BETWEEN.join((rule, code))
            for rule, told in FINDINGS.items()
            for code in contracts.CODES[told.outcomes]
        ]

    def word(self, rule: str, code: str) -> str:
        """Return the state of a row of a rule that has a code."""
        return BETWEEN.join((rule, code)) if self.states[:1] == ["rule"] else code

    def titles(self) -> dict[str, str]:
        """Return column -> Chinese title of what is said of a row."""
        if self.kind:
            known = {one.name: one.title for one in fields.KINDS[self.kind].columns.values()}
        else:
            known = {one.name: one.zh for one in TABLES[self.result].columns}
        known[IS_OWN] = "计入此瓦片"
        return {name: known.get(name, "编号") for name in (*self.says, *self.says_of_day)}


def _codes(table: str, column: str, where: Mapping[str, Sequence[str]]) -> list[str]:
    if table == "finding" and column == "outcome":
        return [code for rule in where["rule"] for code in contracts.CODES[FINDINGS[rule].outcomes]]
    (found,) = (one for one in TABLES[table].columns if one.name == column)
    return [code for one in found.codes for code in contracts.CODES[one]]


def _layer(name: str, entry: Mapping[str, Any]) -> Layer:
    return Layer(name, **{**entry, "title": tuple(entry["title"])})


_CONTENT = tomllib.loads(
    resources.files("gis.tiles").joinpath("layers.toml").read_text(encoding="utf-8")
)
BOUNDS = Bounds(**_CONTENT["bounds"])
LAYERS: Mapping[str, Layer] = {
    name: _layer(name, entry) for name, entry in _CONTENT["layer"].items()
}
