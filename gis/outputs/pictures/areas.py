"""A plan of areas, the darker the more."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import shapely

from gis.outputs.pictures.axis import TALL, TOP, WIDTH
from gis.outputs.pictures.chart import Chart, Polygons, known_of
from gis.outputs.pictures.strokes import INK, NONE, behind, letters_in, short, text

_LIGHT, _DARK = (0xE6, 0xF1, 0xF2), (0x0B, 0x5F, 0x6B)


def of_areas(chart: Chart, unknown: str) -> tuple[list[str], float]:
    """A plan, the darker the more; what is unknown is grey and dashed."""
    values = [known_of(value) for value in chart.series[0].values]
    points = [at for shape in chart.shapes for rings in shape for ring in rings for at in ring]
    if not points:
        return [], TOP
    west, east = min(x for x, _ in points), max(x for x, _ in points)
    south, north = min(y for _, y in points), max(y for _, y in points)
    wide, high = WIDTH - 32.0, TALL + 60
    scale = min(wide / ((east - west) or 1), high / ((north - south) or 1))
    shift = (wide - (east - west) * scale) / 2

    def at(x: float, y: float) -> tuple[float, float]:
        return 16 + shift + (x - west) * scale, TOP + (north - y) * scale

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
        parts.append(behind(x, y - 18, max(short(name), said, key=letters_in)))
        parts.append(text(x, y - 4, short(name), anchor="middle", whole=name))
        parts.append(text(x, y + 13, said, anchor="middle", is_figure=True))
    bottom = TOP + (north - south) * scale + 24
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


def _room(ring: Sequence[tuple[float, float]]) -> float:
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    return (max(xs) - min(xs)) * (max(ys) - min(ys))
