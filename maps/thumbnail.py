"""A block as a small drawing: the land of each status as one path, a few hundred bytes a block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from maps import extent
from maps.layers import BLOCK, IDLE, LAYERS, UNSUPPLIED, Layer
from maps.packed import polygons

# Twice the dots it is shown at, so that whole numbers are fine enough.
WIDTH, HEIGHT = 288, 192
_MARGIN = 6
_LEAST = 3  # land smaller than this stays a dot of this size
_SMOOTH = 0.7


@dataclass(frozen=True)
class Area:
    """The land of one status of one layer: `path` is what SVG draws, `order` that of its look."""

    layer: str
    order: int
    path: str


@dataclass(frozen=True)
class Thumbnail:
    """The areas of a block from the bottom up, and its boundary; "" where it has none."""

    areas: tuple[Area, ...]
    outline: str


def of(layers: Mapping[str, pd.DataFrame]) -> Thumbnail | None:
    """Return the drawing of a block from the frames of its map; None where nothing has a shape."""
    bounds = extent.bounds(layers, LAYERS)
    if bounds is None:
        return None
    (south, west), (north, east) = bounds
    narrowing = np.cos(np.radians((south + north) / 2))
    scale = min(
        (WIDTH - 2 * _MARGIN) / ((east - west) * narrowing),
        (HEIGHT - 2 * _MARGIN) / (north - south),
    )
    middle = np.array([(west + east) / 2, (south + north) / 2])
    stretch = np.array([scale * narrowing, -scale])

    def placed(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        onto: npt.NDArray[np.float64] = (points - middle) * stretch + (WIDTH / 2, HEIGHT / 2)
        return onto

    # The canvas of the map paints the most pressing last, and supplied land over the other.
    drawn = [
        Area(layer.key, order, _path(shapely.transform(land, placed)))
        for layer in (UNSUPPLIED, IDLE)
        for order, land in reversed([*_lands(layer, layers)])
    ]
    boundary = shapely.union_all(polygons(BLOCK.rows(layers))[0])
    outline = "" if boundary.is_empty else _path(shapely.transform(boundary, placed))
    return Thumbnail(tuple(drawn), outline)


def _lands(
    layer: Layer, layers: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[int, shapely.Geometry]]:
    """Yield the land of each status as one shape, in the order of the legend."""
    rows = layer.rows(layers)
    parts, counts = polygons(rows)
    codes = layer.codes(rows).to_numpy().repeat(counts)
    for code, look in layer.looks(codes).items():
        if len(own := parts[codes == code]):
            yield look.order, shapely.union_all(own)


def _path(land: shapely.Geometry) -> str:
    """Return a shape in dots as a path of whole, relative steps; what is tiny becomes a dot."""
    drawn = []
    for part in shapely.get_parts(land):
        west, north, east, south = shapely.bounds(part)
        if east - west < _LEAST and south - north < _LEAST:
            drawn.append(f"M{round(west)} {round(north)}h{_LEAST}v{_LEAST}h-{_LEAST}z")
            continue
        smooth = shapely.simplify(part, _SMOOTH)
        drawn += map(_ring, shapely.get_rings(smooth if not smooth.is_empty else part))
    return "".join(drawn)


def _ring(ring: shapely.Geometry) -> str:
    points = np.rint(shapely.get_coordinates(ring)[:-1]).astype(int)
    steps = np.diff(points, axis=0)
    steps = steps[(steps != 0).any(axis=1)]
    if not len(steps):
        return ""
    told = "".join(_step(int(x), int(y)) for x, y in steps)
    return f"M{points[0, 0]} {points[0, 1]}{told}z"


def _step(x: int, y: int) -> str:
    if y == 0:
        return f"h{x}"
    return f"v{y}" if x == 0 else f"l{x} {y}"
