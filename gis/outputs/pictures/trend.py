"""Lines over years; what is unknown is a gap, said where it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gis.outputs.pictures.axis import TALL, TOP, WIDTH, at_tick, axis_of, colour_of
from gis.outputs.pictures.chart import Chart, known_of
from gis.outputs.pictures.strokes import LINE, QUIET, line, text

_DOT = 4.0


def of_trend(chart: Chart, unknown: str) -> tuple[list[str], float]:
    """Lines over names; what is unknown is a gap, said where it is."""
    told = [[known_of(value) for value in one.values] for one in chart.series]
    low, high, ticks = axis_of([value for values in told for value in values])
    bottom, left, first = TOP + TALL, 90.0, 130.0
    step = (WIDTH - first - 80) / max(len(chart.names) - 1, 1)

    def at_y(value: float) -> float:
        return bottom - (value - low) / (high - low) * TALL

    parts = [
        each
        for tick in ticks
        for each in (
            line(left, at_y(tick), WIDTH - 60, at_y(tick), LINE),
            text(left - 8, at_y(tick) + 4, at_tick(tick), anchor="end", fill=QUIET),
        )
    ]
    for place, name in enumerate(chart.names):
        x = first + step * place
        parts.append(text(x, bottom + 22, name, anchor="middle"))
        if all(values[place] is None for values in told):
            parts.append(text(x, bottom - 8, unknown, anchor="middle", fill=QUIET, is_figure=True))
    for n, values in enumerate(told):
        colour = colour_of(chart, n)
        for run in _runs(values):
            points = " ".join(
                f"{first + step * at:.1f},{at_y(values[at] or 0.0):.1f}" for at in run
            )
            parts.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>'
            )
        for at, value in enumerate(values):
            if value is not None:
                x, y = first + step * at, at_y(value)
                parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_DOT:g}" fill="{colour}"/>')
                said = chart.written(value) or unknown
                parts.append(text(x, y - 9 - 14 * n, said, anchor="middle", is_figure=True))
    return parts, bottom + 34


def _runs(values: Sequence[float | None]) -> Iterator[list[int]]:
    """Yield the places of known values that follow one another."""
    run: list[int] = []
    for at, value in enumerate(values):
        if value is not None:
            run.append(at)
        elif run:
            yield run
            run = []
    if run:
        yield run
