"""A chart as one SVG on white, with its title, axis, legend and note.

Every figure written is `Chart.written`, as in the table. Text stays text: it can be searched,
copied and edited, and who reads it takes the first of the fonts there is (`strokes.FONTS`).
"""

from __future__ import annotations

from collections.abc import Sequence

from gis.outputs.pictures.areas import of_areas
from gis.outputs.pictures.axis import WIDTH, colour_of
from gis.outputs.pictures.bars import of_bars
from gis.outputs.pictures.chart import Chart
from gis.outputs.pictures.strokes import QUIET, bar, family, lines, mark, safe, text
from gis.outputs.pictures.trend import of_trend


def drawn(chart: Chart, unknown: str) -> str:
    """Return a chart as SVG; `unknown` is what is written for a value nobody knows."""
    body = {"trend": of_trend, "areas": of_areas}.get(chart.kind, of_bars)
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


def _legend(chart: Chart, named: Sequence[str], height: float) -> tuple[list[str], float]:
    parts, x, y = [], 16.0, height + 12
    for n, words in enumerate(named):
        room = 34 + 13.0 * len(words)
        if x + room > WIDTH and x > 16:
            x, y = 16.0, y + 22
        if n < len(chart.series):
            parts.append(bar(x, x + 14, y - 9, colour_of(chart, n), 10))
        else:
            parts.append(mark(x + 7, y - 4, n - len(chart.series)))
        parts.append(text(x + 20, y, words))
        x += room
    return parts, y + 8
