"""A chart as one SVG on white, with its title, axis, legend and note.

Every figure written is `Chart.written`, as in the table. Text stays text: it can be searched,
copied and edited, and who reads it takes the first of the fonts there is (`strokes.FONTS`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence

import shapely

from gis.outputs.pictures.chart import Chart, Polygons, known_of
from gis.outputs.pictures.strokes import (
    BAR,
    INK,
    LINE,
    NONE,
    QUIET,
    SERIES,
    bar,
    behind,
    family,
    line,
    lines,
    mark,
    safe,
    short,
    text,
)  # fmt: skip

WIDTH = 900
_LIGHT, _DARK = (0xE6, 0xF1, 0xF2), (0x0B, 0x5F, 0x6B)
_RIGHT, _TOP, _ROW = 130.0, 56.0, 30.0
# The room of names before their bars, and of one half-width letter.
_LEAST, _MOST, _LETTER = 150.0, 420.0, 6.8
_TALL, _TICKS = 300.0, 5
# No line of this length is drawn: it would not be seen.
_DOT = 4.0


def drawn(chart: Chart, unknown: str) -> str:
    """Return a chart as SVG; `unknown` is what is written for a value nobody knows."""
    body = {"trend": _trend, "areas": _areas}.get(chart.kind, _bars)
    parts, height = body(chart, unknown)
    named = [one.words for one in chart.series] + [*chart.marks]
    end = height
    legend: list[str] = []
    if len(named) > 1 and chart.kind != "areas":
        legend, end = _legend(chart, named, height)
    notes = lines(chart.note, 68)
    for place, words in enumerate(notes):
        legend.append(text(16, end + 16 + 18 * place, words, fill=QUIET))
    whole = end + 18 * len(notes) + 16
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{whole:.0f}"'
            f' viewBox="0 0 {WIDTH} {whole:.0f}" font-family="{family()}" font-size="13">',
            f"<title>{safe(chart.title)}</title>",
            f'<rect width="{WIDTH}" height="{whole:.0f}" fill="#ffffff"/>',
            text(16, 30, f"{chart.title}（{chart.unit}）", size=17, weight="bold"),
            *parts,
            *legend,
            "</svg>",
            "",
        ]
    )


def _bars(chart: Chart, unknown: str) -> tuple[list[str], float]:
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
    low, high, ticks = _scale(ends)
    widest = max((_wide(name) for name in chart.names), default=0)
    left = min(max(_LEAST, 16 + _LETTER * widest), _MOST)
    scale = (WIDTH - left - _RIGHT) / (high - low)
    height = _TOP + row * len(chart.names)

    def at_x(value: float) -> float:
        return left + (value - low) * scale

    parts = _grid(ticks, at_x, height)
    for place, name in enumerate(chart.names):
        top = _TOP + row * place
        stops = sorted(at_x(one[place] or 0.0) for one in marks if one[place] is not None)
        parts.append(text(left - 8, top + row / 2 + 4, _cut(name, left), anchor="end", whole=name))
        start = 0.0
        for n, values in enumerate(told):
            value = values[place]
            begin = top + (row - BAR * sides) / 2 + (0 if is_put else BAR * n)
            base = start if is_put else 0.0
            if value is not None:
                ends_at = base + value
                parts.append(bar(at_x(base), at_x(ends_at), begin, _colour(chart, n)))
                start = ends_at
            if not is_put:
                said = _labelled(chart, n, place, unknown)
                beside = _free(at_x(max(value or 0.0, 0.0)) + 6, said, stops)
                parts.append(text(beside, begin + BAR / 2 + 4, said, is_figure=True))
        if is_put:
            said = _sum(chart, [values[place] for values in told], unknown)
            parts.append(text(at_x(max(start, 0.0)) + 6, top + row / 2 + 4, said, is_figure=True))
        for n, values in enumerate(marks):
            if (value := values[place]) is not None:
                parts.append(mark(at_x(value), top + row / 2, n))
    return parts, height + 26


def _trend(chart: Chart, unknown: str) -> tuple[list[str], float]:
    """Lines over names; what is unknown is a gap, said where it is."""
    told = [[known_of(value) for value in one.values] for one in chart.series]
    low, high, ticks = _scale([value for values in told for value in values])
    bottom, left, first = _TOP + _TALL, 90.0, 130.0
    step = (WIDTH - first - 80) / max(len(chart.names) - 1, 1)

    def at_y(value: float) -> float:
        return bottom - (value - low) / (high - low) * _TALL

    parts = [
        each
        for tick in ticks
        for each in (
            line(left, at_y(tick), WIDTH - 60, at_y(tick), LINE),
            text(left - 8, at_y(tick) + 4, _tick(tick), anchor="end", fill=QUIET),
        )
    ]
    for place, name in enumerate(chart.names):
        x = first + step * place
        parts.append(text(x, bottom + 22, name, anchor="middle"))
        if all(values[place] is None for values in told):
            parts.append(text(x, bottom - 8, unknown, anchor="middle", fill=QUIET, is_figure=True))
    for n, values in enumerate(told):
        colour = _colour(chart, n)
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


def _areas(chart: Chart, unknown: str) -> tuple[list[str], float]:
    """A plan, the darker the more; what is unknown is grey and dashed."""
    values = [known_of(value) for value in chart.series[0].values]
    points = [at for shape in chart.shapes for rings in shape for ring in rings for at in ring]
    if not points:
        return [], _TOP
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    wide, high = WIDTH - 32.0, _TALL + 60
    scale = min(wide / ((east - west) or 1), high / ((north - south) or 1))
    shift = (wide - (east - west) * scale) / 2

    def at(x: float, y: float) -> tuple[float, float]:
        return 16 + shift + (x - west) * scale, _TOP + (north - y) * scale

    known = [value for value in values if value is not None]
    least, most = (min(known), max(known)) if known else (0.0, 0.0)
    parts = []
    for value, shape in zip(values, chart.shapes, strict=True):
        dash = ' stroke-dasharray="4 3"' if value is None else ""
        parts.append(
            f'<path d="{_path(shape, at)}" fill="{_shade(value, least, most)}" fill-rule="evenodd"'
            f' stroke="{INK}"{dash}/>'
        )
    for name, value, shape in zip(chart.names, values, chart.shapes, strict=True):
        outer = [rings[0] for rings in shape if rings and len(rings[0]) > 3]
        if not outer:
            continue
        ring = max(outer, key=_room)
        inside = shapely.Polygon(ring).representative_point()
        x, y = at(inside.x, inside.y)
        said = chart.written(value) or unknown
        parts.append(behind(x, y - 18, max(short(name), said, key=_wide)))
        parts.append(text(x, y - 4, short(name), anchor="middle", whole=name))
        parts.append(text(x, y + 13, said, anchor="middle", is_figure=True))
    bottom = _TOP + (north - south) * scale + 24
    if known:
        said = f"{chart.written(least)} – {chart.written(most)} {chart.unit}"
        for place in range(11):
            value = least + (most - least) * place / 10
            parts.append(
                f'<rect x="{16 + 14 * place}" y="{bottom:.1f}" width="14" height="12"'
                f' fill="{_shade(value, least, most if most > least else least + 1)}"/>'
            )
        parts.append(text(180, bottom + 11, said))
    return parts, bottom + 22


def _grid(ticks: Iterable[float], at_x: Callable[[float], float], height: float) -> list[str]:
    return [
        each
        for tick in ticks
        for each in (
            line(at_x(tick), _TOP - 4, at_x(tick), height, LINE),
            text(at_x(tick), height + 16, _tick(tick), anchor="middle", fill=QUIET),
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


def _sum(chart: Chart, values: Sequence[float | None], unknown: str) -> str:
    """Return what the parts come to: at least so much where one is unknown."""
    known = [value for value in values if value is not None]
    if not known:
        return unknown
    said = chart.written(math.fsum(known)) or unknown
    return f"≥ {said}" if len(known) < len(values) else said


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


def _scale(values: Iterable[float | None]) -> tuple[float, float, list[float]]:
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


def _tick(value: float) -> str:
    return f"{value:,.10g}".replace("-", "−")


def _legend(chart: Chart, named: Sequence[str], height: float) -> tuple[list[str], float]:
    parts, x, y = [], 16.0, height + 12
    for n, words in enumerate(named):
        room = 34 + 13.0 * len(words)
        if x + room > WIDTH and x > 16:
            x, y = 16.0, y + 22
        if n < len(chart.series):
            parts.append(bar(x, x + 14, y - 9, _colour(chart, n), 10))
        else:
            parts.append(mark(x + 7, y - 4, n - len(chart.series)))
        parts.append(text(x + 20, y, words))
        x += room
    return parts, y + 8


def _colour(chart: Chart, place: int) -> str:
    """Return the colour of a series: s1 to s8 by name, else by its place."""
    named = chart.series[place].colour or ""
    number = int(named[1:]) - 1 if named[:1] == "s" and named[1:].isdigit() else place
    return SERIES[number % len(SERIES)]


def _shade(value: float | None, least: float, most: float) -> str:
    if value is None:
        return NONE
    share = (value - least) / (most - least) if most > least else 0.5
    mixed = (round(a + (b - a) * share) for a, b in zip(_LIGHT, _DARK, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _path(shape: Polygons, at: Callable[[float, float], tuple[float, float]]) -> str:
    rings = [ring for rings in shape for ring in rings if len(ring) > 2]
    return "".join(
        "M" + "L".join("{:.1f} {:.1f}".format(*at(x, y)) for x, y in ring) + "Z" for ring in rings
    )


def _cut(name: str, room: float) -> str:
    """Return a name as it fits before its bar."""
    return short(name, int((room - 16) / _LETTER) + 1)


def _wide(words: str) -> int:
    return sum(2 if ord(letter) >= 0x2E80 else 1 for letter in words)


def _room(ring: Sequence[tuple[float, float]]) -> float:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return (max(xs) - min(xs)) * (max(ys) - min(ys))
