"""A plan of some land: shapes of EPSG:4490 as paths of an SVG, to scale, north above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from gis.crs import systems, transform

Shapes = npt.NDArray[np.object_]
# What is smaller than this many pixels of the plan is drawn as what its outline leaves of it.
_TOLERANCE = 0.4
_MOST_METRES = 100_000.0
# The strip below what is drawn, of the scale bar and north.
_FOOT = 22.0


@dataclass(frozen=True)
class Plan:
    """A window of the plane of a 3-degree zone, drawn so many pixels wide and high.

    `west`, `north`: its corner in metres; `metres`: of one pixel; `foot`: the pixels of the strip
    below it in which scale bar and north stand.
    """

    zone: int
    west: float
    north: float
    metres: float
    width: float
    height: float
    foot: float = _FOOT

    def paths(self, shapes: Shapes) -> list[str]:
        """Return the path of each shape, "" for one that is missing or too small to be seen."""
        return _paths(self._drawn(shapes))

    def polygons(self, shapes: Shapes) -> list[list[list[list[tuple[float, float]]]]]:
        """Return the polygons of each shape, each its rings, in pixels with north above."""
        return [
            [
                [_upward(ring) for ring in (part.exterior, *part.interiors)]
                for part in (() if shape is None else shapely.get_parts(shape))
                if part.geom_type == "Polygon"
            ]
            for shape in self._drawn(shapes)
        ]

    def points(self, shapes: Shapes) -> list[tuple[float, float]]:
        """Return of each shape a point that lies within it."""
        plane = self._drawn(shapes)
        return [(round(one.x, 1), round(one.y, 1)) for one in shapely.point_on_surface(plane)]

    @property
    def bar(self) -> tuple[float, int]:
        """Return how wide a scale bar is, and the metres it stands for: 1, 2 or 5 and noughts."""
        most = self.metres * self.width * 0.28
        power = 10 ** int(np.floor(np.log10(most)))
        metres = next(step * power for step in (5, 2, 1) if step * power <= most)
        return round(metres / self.metres, 1), int(metres)

    def _drawn(self, shapes: Shapes) -> Shapes:
        plane = transform.to_zone(shapes, self.zone)
        moved = shapely.transform(
            plane,
            lambda at: np.column_stack(
                [(at[:, 0] - self.west) / self.metres, (self.north - at[:, 1]) / self.metres]
            ),
        )
        frame = (-4.0, -4.0, self.width + 4.0, self.height + 4.0)
        simple = shapely.simplify(moved, _TOLERANCE, preserve_topology=True)
        return np.asarray(shapely.clip_by_rect(shapely.make_valid(simple), *frame), dtype=object)


def around(shapes: Sequence[shapely.Geometry], size: tuple[float, float], room: float) -> Plan:
    """Return a plan in which shapes stand in the middle, with `room` times their size about them.

    `size`: its width and height in pixels. ValueError without a shape.
    """
    given = np.array([*shapes], dtype=object)
    if not len(given) or shapely.is_missing(given).any():
        raise ValueError("a plan is drawn around shapes")
    whole = shapely.union_all(shapely.envelope(given))
    zone = int(systems.zone_of(np.array([whole], dtype=object))[0])
    west, south, east, north = shapely.total_bounds(transform.to_zone(given, zone))
    width, height = size
    margin = 1.0 + 2.0 * room
    metres = max((east - west) * margin / width, (north - south) * margin / height, 0.05)
    metres = min(metres, _MOST_METRES / width) if room else metres
    return Plan(
        zone,
        (west + east) / 2 - metres * width / 2,
        (south + north) / 2 + metres * height / 2,
        metres,
        width,
        height,
    )


def fitted(
    shapes: Sequence[shapely.Geometry], width: float, heights: tuple[float, float], room: float
) -> Plan:
    """Return a plan of a width, as high as its shapes ask from least to most."""
    least, most = heights
    high = around(shapes, (width, most), room)
    west, south, east, north = shapely.total_bounds(
        transform.to_zone(np.array([*shapes], dtype=object), high.zone)
    )
    height = float(np.clip(width * (north - south) / max(east - west, 0.05), least, most))
    return around(shapes, (width, round(height)), room)


def bounds(plan: Plan) -> shapely.Geometry:
    """Return the window of a plan as a box of EPSG:4490."""
    south = plan.north - plan.metres * plan.height
    east = plan.west + plan.metres * plan.width
    box = shapely.segmentize(shapely.box(plan.west, south, east, plan.north), 5_000.0)
    back = transform.from_zone(np.array([box], dtype=object), plan.zone)
    return shapely.box(*shapely.total_bounds(back))


def _paths(shapes: Shapes) -> list[str]:
    """Return the rings of each shape as one path, in tenths of a pixel, each step from the last."""
    parts, shape_of = shapely.get_parts(shapes, return_index=True)
    is_area = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
    rings, part_of = shapely.get_rings(parts[is_area], return_index=True)
    at, ring_of = shapely.get_coordinates(rings, return_index=True)
    at = np.round(at * 10).astype(np.int64)
    moved, of = np.diff(at, axis=0), ring_of[1:]
    is_step = (ring_of[:-1] == of) & (moved != 0).any(axis=1)
    moved, of = moved[is_step], of[is_step]
    # A path closes itself: the last step of a ring is not said.
    goes_on = np.append(of[1:] == of[:-1], np.zeros(min(len(of), 1), dtype=bool))
    numbers, places = np.unique(moved[goes_on], return_inverse=True)
    words = [f"{number / 10:g}" for number in numbers.tolist()]
    said = [f"{words[x]} {words[y]}" for x, y in places.reshape(-1, 2).tolist()]
    ends = np.searchsorted(of[goes_on], np.arange(len(rings) + 1)).tolist()
    begins = at[np.searchsorted(ring_of, np.arange(len(rings)))].tolist()
    paths = [""] * len(shapes)
    for ring, shape in enumerate(shape_of[is_area][part_of].tolist()):
        steps = said[ends[ring] : ends[ring + 1]]
        if len(steps) > 1:
            x, y = begins[ring]
            paths[shape] += f"M{x / 10:g} {y / 10:g}l{' '.join(steps)}z"
    return paths


def _upward(ring: shapely.Geometry) -> list[tuple[float, float]]:
    return [(round(x, 1), round(-y, 1)) for x, y in shapely.get_coordinates(ring)]
