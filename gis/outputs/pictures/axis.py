"""What the drawings share: the sheet, an axis with round ticks, the colours of series."""

from __future__ import annotations

import math
from collections.abc import Iterable

from gis.outputs.pictures.chart import Chart
from gis.outputs.pictures.strokes import SERIES

WIDTH = 900
TOP, TALL = 56.0, 300.0
_TICKS = 5


def axis_of(values: Iterable[float | None]) -> tuple[float, float, list[float]]:
    """Return the ends of an axis that holds 0 and all values, and round ticks between."""
    known = [value for value in values if value is not None]
    low, high = min(0.0, *known, 0.0), max(0.0, *known, 0.0)
    if high == low:
        high = low + 1.0
    rough = (high - low) / _TICKS
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * n for n in (1, 2, 2.5, 5, 10) if size * n >= rough * 0.999)
    first, last = math.floor(low / step), math.ceil(high / step)
    return first * step, last * step, [step * n for n in range(first, last + 1)]


def at_tick(value: float) -> str:
    """Return a tick as written at its line."""
    return f"{value:,.10g}".replace("-", "−")


def colour_of(chart: Chart, place: int) -> str:
    """Return the colour of a series: s1 to s8 by name, else by its place."""
    named = chart.series[place].colour or ""
    number = int(named[1:]) - 1 if named[:1] == "s" and named[1:].isdigit() else place
    return SERIES[number % len(SERIES)]
