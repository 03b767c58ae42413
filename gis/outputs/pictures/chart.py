"""A chart: what is drawn, and the same values in words and in a table beside it.

Nothing here draws. A page carries the values (`templates/chart.html.jinja`), and
`static/chart.js` draws them with ECharts; for a report `svg` draws them; who cannot see a drawing
reads the table.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Values = Sequence[float | None]
# bars: one figure a name, beside marks of what it should reach. trend: lines over years.
# parts: bars put together of their parts. funnel: each stage against the first.
# areas: a plan whose shapes are coloured by their value.
Kind = Literal["bars", "trend", "parts", "funnel", "areas"]
# The charts a report asks for by name, and what they are written as.
Name = Literal["park", "trend", "ranking", "funnel", "blocks"]
Form = Literal["svg", "png"]
# The polygons of a shape: each its rings, the outer one first; points in a plane, north above.
Polygons = Sequence[Sequence[Sequence[tuple[float, float]]]]


@dataclass(frozen=True)
class Series:
    """One line, colour or part of a chart: its words and a value (None: unknown) for each name."""

    words: str
    values: Values
    # A colour of tokens.css or status.css without its dashes ("s1", "outcome-clear").
    colour: str | None = None


@dataclass(frozen=True)
class Chart:
    """A chart: `names` are what stands along its axis, each series has a value for each name.

    `marks` are what the values should reach, words -> a value for each name; bars alone have them.
    `digits` is how many decimals are written; `shapes` of areas alone, one for each name; `partly`
    of parts alone: of which names a part holds less than it may come to.
    ValueError where a series or the shapes have another length.
    """

    kind: Kind
    title: str
    unit: str
    names: Sequence[str]
    series: Sequence[Series]
    note: str = ""
    digits: int = 2
    marks: Mapping[str, Values] = field(default_factory=dict)
    shapes: Sequence[Polygons] = ()
    partly: Sequence[bool] = ()

    def __post_init__(self) -> None:
        lengths = {len(one.values) for one in self.series} | {
            len(values) for values in self.marks.values()
        }
        lengths |= {len(self.shapes)} if self.kind == "areas" else set()
        if lengths - {len(self.names)}:
            raise ValueError(f"{self.title}: {lengths} values for {len(self.names)} names")

    @property
    def is_empty(self) -> bool:
        """Return whether nothing of it is known."""
        return all(value is None for one in self.series for value in map(known_of, one.values))

    @property
    def as_json(self) -> str:
        """Return what the script draws; escaped for an attribute by the template."""
        told = {
            "kind": self.kind,
            "title": self.title,
            "unit": self.unit,
            "digits": self.digits,
            "names": [*self.names],
            "series": [
                {"words": one.words, "values": [*map(known_of, one.values)], "colour": one.colour}
                for one in self.series
            ],
            "marks": [
                {"words": words, "values": [*map(known_of, values)]}
                for words, values in self.marks.items()
            ],
            "shapes": [*self.shapes],
            "partly": [*self.partly],
        }
        return json.dumps(told, ensure_ascii=False, allow_nan=False)

    @property
    def columns(self) -> list[str]:
        """Return the heads of its table behind the name: the series, then the marks."""
        return [*(one.words for one in self.series), *self.marks]

    @property
    def rows(self) -> list[tuple[str, list[str | None]]]:
        """Return its table: each name with its values as written, None where unknown."""
        columns = [*(one.values for one in self.series), *self.marks.values()]
        return [
            (name, [self.written(values[place]) for values in columns])
            for place, name in enumerate(self.names)
        ]

    def written(self, value: Any) -> str | None:
        """Return a value as table and picture have it, None where unknown."""
        known = known_of(value)
        return None if known is None else f"{known:,.{self.digits}f}".replace("-", "−")


def known_of(value: Any) -> float | None:
    """Return a value as a number of JSON, None for what is not known.

    >>> known_of(float("nan")), known_of(3)
    (None, 3.0)
    """
    if value is None or not math.isfinite(float(value)):
        return None
    return float(value)
