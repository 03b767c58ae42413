"""What a person sees of a delivery's shapes beside its findings: rows in metres, drawn small.

The shapes are drawn as they came, vertex for vertex but for what no eye tells apart, in the plane
of their own system: a row of another zone lies far away, as it does in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.intake.doctor import systems

Array = np.ndarray[Any, Any]
# Of a large file those with findings are drawn, the gravest first, and some beside them.
MOST_SHAPES = 700
_MOST_NUMBERS = 40_000
_GRAVEST = {"error": 0, "warning": 1, "note": 2}
# The drawing's unit: no vertex moves further than half of it.
_PER_METRE = 10
# So many times the middle distance from the middle a shape may lie and still be looked at first.
_FAR = 8.0
_LEAST_HALF = 50.0 * _PER_METRE
_MARGIN = 1.04


def drawn(
    geoms: Array | None, row_nos: Array, crs: str | None, findings: pd.DataFrame
) -> dict[str, Any] | None:
    """Return shapes as paths of an SVG, None where no row has a shape.

    `view`: what to look at first (left, top, width, height) in tenths of a metre, down is south;
    `shapes`: row, path ("" for a point), where it lies (x, y), its bounds; `count`: of how many.
    """
    if geoms is None:
        return None
    known = np.asarray(geoms)
    bounds = shapely.bounds(known)
    has_shape = ~shapely.is_missing(known) & np.isfinite(bounds).all(axis=1)
    if not has_shape.any():
        return None
    # Of a large file only what is drawn is brought into metres.
    middles = (bounds[:, :2] + bounds[:, 2:]) / 2.0
    middle = np.median(middles[has_shape], axis=0)
    chosen = _chosen(np.asarray(row_nos), has_shape, middles, middle, findings)
    placed = systems.plane(known[chosen], systems.system_named(crs))
    origin = np.median(systems.corners(placed), axis=0)
    flat = shapely.transform(placed, lambda xy: (xy - origin) * (_PER_METRE, -_PER_METRE))
    view = _view(shapely.bounds(flat))
    shapes = _within(flat, view)
    boxes = shapely.bounds(shapes)
    rows = [
        {
            "row": int(row),
            "path": _path(shape),
            "at": [round(float(one)) for one in point],
            "box": [round(float(one)) for one in box],
        }
        for row, shape, point, box in zip(
            np.asarray(row_nos)[chosen], shapes, _points(shapes, boxes), boxes, strict=True
        )
    ]
    return {
        "view": [round(one) for one in view],
        "per_metre": _PER_METRE,
        "count": int(has_shape.sum()),
        "shapes": rows,
    }


def _chosen(
    row_nos: Array, has_shape: Array, middles: Array, origin: Array, findings: pd.DataFrame
) -> Array:
    """Return which are drawn: those with findings, the gravest first, then the nearest others."""
    told = findings.dropna(subset="row_no")
    rank = told["severity"].map(_GRAVEST).fillna(len(_GRAVEST)).groupby(told["row_no"]).min()
    ranks = rank.reindex(row_nos).fillna(len(_GRAVEST) + 1).to_numpy(dtype=float)
    at = np.flatnonzero(has_shape)
    away = np.hypot(*(middles[at] - origin).T)
    return np.sort(at[np.lexsort((away, ranks[at]))][:MOST_SHAPES])


def _view(boxes: Array) -> Sequence[float]:
    """Return what holds all but the shapes that lie far from all others."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2.0
    away = np.abs(middles - np.median(middles, axis=0)).max(axis=1)
    sizes = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    near = away <= max(_FAR * float(np.median(away)), _FAR * float(np.median(sizes)), _LEAST_HALF)
    least, most = boxes[near, :2].min(axis=0), boxes[near, 2:].max(axis=0)
    half = np.maximum((most - least) / 2, _LEAST_HALF) * _MARGIN
    corner = (least + most) / 2 - half
    return (*map(float, corner), *map(float, 2 * half))


def _within(shapes: Array, view: Sequence[float]) -> Array:
    """Return shapes with no more vertices than a page holds; what is left out is small."""
    step = max(view[2], view[3]) / 4_000
    while shapely.get_num_coordinates(shapes).sum() > _MOST_NUMBERS / 2:
        shapes = shapely.simplify(shapes, step)
        step *= 2
        if step > max(view[2], view[3]):
            break
    return shapes


def _points(shapes: Array, boxes: Array) -> Array:
    """Return a point within each shape, for its number; the middle of one that is unsound."""
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2.0
    inner = np.full(len(shapes), None, dtype=object)
    sound = shapely.is_valid(shapes)
    inner[sound] = shapely.point_on_surface(shapes[sound])
    found = np.column_stack([shapely.get_x(inner), shapely.get_y(inner)])
    return np.where(np.isfinite(found), found, middles)


def _path(shape: shapely.Geometry) -> str:
    """Return the rings and lines of a shape as a path in whole numbers."""
    parts = []
    for one in shapely.get_parts(shapely.get_parts(shape)):
        rings = shapely.get_rings(one)
        for line in rings if len(rings) else [one]:
            xy = np.rint(shapely.get_coordinates(line)).astype(np.int64)
            if len(xy) < 2:
                continue
            pairs = " ".join(f"{x},{y}" for x, y in xy)
            parts.append(f"M{pairs}Z" if len(rings) else f"M{pairs}")
    return "".join(parts)
