"""Bars side by side, put together of parts, or as a funnel."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from gis.outputs.pictures.axis import TOP, WIDTH, at_tick, axis_of, colour_of
from gis.outputs.pictures.chart import Chart, known_of
from gis.outputs.pictures.strokes import BAR, LINE, QUIET, bar, letters_in, line, mark, short, text

_RIGHT, _ROW = 130.0, 30.0
# The room of names before their bars, and of one half-width letter.
_LEAST, _MOST, _LETTER = 150.0, 420.0, 6.8


def of_bars(chart: Chart, unknown: str) -> tuple[list[str], float]:
    """Bars side by side, put together, or a funnel: one row a name, what it is worth at its end."""
    is_put = chart.kind == "parts"
    sides = 1 if is_put else max(len(chart.series), 1)
    row = max(_ROW, BAR * sides + 10)
    told = [[known_of(value) for value in one.values] for one in chart.series]
    marks = [[known_of(value) for value in values] for values in chart.marks.values()]
    sums = [
        sum(values[at] or 0.0 for values in told) if is_put else None
        for at in range(len(chart.names))
    ]
    ends = [*(v for values in (*told, *marks) for v in values), *sums]
    low, high, ticks = axis_of(ends)
    widest = max((letters_in(name) for name in chart.names), default=0)
    left = min(max(_LEAST, 16 + _LETTER * widest), _MOST)
    scale = (WIDTH - left - _RIGHT) / (high - low)
    height = TOP + row * len(chart.names)

    def at_x(value: float) -> float:
        return left + (value - low) * scale

    parts = _grid(ticks, at_x, height)
    for place, name in enumerate(chart.names):
        top = TOP + row * place
        stops = sorted(at_x(one[place] or 0.0) for one in marks if one[place] is not None)
        parts.append(text(left - 8, top + row / 2 + 4, _cut(name, left), anchor="end", whole=name))
        start = 0.0
        for n, values in enumerate(told):
            value = values[place]
            begin = top + (row - BAR * sides) / 2 + (0 if is_put else BAR * n)
            base = start if is_put else 0.0
            if value is not None:
                ends_at = base + value
                parts.append(bar(at_x(base), at_x(ends_at), begin, colour_of(chart, n)))
                start = ends_at
            if not is_put:
                said = _labelled(chart, n, place, unknown)
                beside = _free(at_x(max(value or 0.0, 0.0)) + 6, said, stops)
                parts.append(text(beside, begin + BAR / 2 + 4, said, is_figure=True))
        if is_put:
            is_least = any(values[place] is None for values in told) or (
                place < len(chart.partly) and chart.partly[place]
            )
            said = _sum(chart, [values[place] for values in told], unknown, is_least)
            parts.append(text(at_x(max(start, 0.0)) + 6, top + row / 2 + 4, said, is_figure=True))
        for n, values in enumerate(marks):
            if (value := values[place]) is not None:
                parts.append(mark(at_x(value), top + row / 2, n))
    return parts, height + 26


def _grid(ticks: Iterable[float], at_x: Callable[[float], float], height: float) -> list[str]:
    return [
        each
        for tick in ticks
        for each in (
            line(at_x(tick), TOP - 4, at_x(tick), height, LINE),
            text(at_x(tick), height + 16, at_tick(tick), anchor="middle", fill=QUIET),
        )
    ]


def _labelled(chart: Chart, series: int, place: int, unknown: str) -> str:
    """Return a bar's figure; of a funnel, its share of the first as well."""
    values = chart.series[series].values
    value, first = known_of(values[place]), known_of(values[0])
    said = chart.written(value) or unknown
    if chart.kind == "funnel" and place and value is not None and first:
        return f"{said}  {100 * value / first:.1f}%"
    return said


def _free(x: float, said: str, stops: Iterable[float]) -> float:
    """Return where a figure can stand from `x` on without a mark through it."""
    for stop in stops:
        if x - 4 <= stop <= x + 7.5 * len(said):
            x = stop + 8
    return x


def _sum(chart: Chart, values: Sequence[float | None], unknown: str, is_least: bool) -> str:
    """Return what the parts come to: at least so much where one is unknown, or known in part."""
    known = [value for value in values if value is not None]
    if not known:
        return unknown
    said = chart.written(math.fsum(known)) or unknown
    return f"≥ {said}" if is_least else said


def _cut(name: str, room: float) -> str:
    """Return a name as it fits before its bar."""
    return short(name, int((room - 16) / _LETTER) + 1)
