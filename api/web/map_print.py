"""The map on paper: A4 or A3, upright or lying, at a true scale, with all a map must say."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Annotated, Literal

import numpy as np
import shapely
from fastapi import APIRouter, Query, Response

from api.shown import ToldDay
from api.v1.asked import Name
from api.web import frame, language, live_map
from api.web.live_map import Filtered
from gis.crs import systems
from gis.tiles import extent
from gis.tiles.layers import LAYERS
from gis.tiles.maker import Tiles

router = APIRouter(tags=["pages 页面"])

Paper = Literal["a4l", "a4p", "a3l", "a3p"]
# Width and height of the map on a sheet in mm; beside or below it stands its legend.
MAP_MM: dict[str, tuple[int, int]] = {
    "a4l": (197, 156), "a4p": (190, 158), "a3l": (308, 243), "a3p": (277, 262),
}  # fmt: skip
PAPERS = {"a4l": "A4 横", "a4p": "A4 纵", "a3l": "A3 横", "a3p": "A3 纵"}
# A pixel of CSS is a 96th of an inch, whatever the printer does.
_PIXEL_M = 0.0254 / 96
_EQUATOR_M, _TILE_PIXELS = 40_075_016.686, 512
_ROUND = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)
Degrees = Annotated[float | None, Query(ge=-180, le=180)]


@router.get("/map/print", response_class=Response, include_in_schema=False)
def page(
    shown: ToldDay,
    filters: Filtered,
    paper: Paper = "a4l",
    lon: Degrees = None,
    lat: Annotated[float | None, Query(ge=-85, le=85)] = None,
    scale: Annotated[int | None, Query(ge=100, le=50_000_000)] = None,
    zoom: Annotated[float | None, Query(ge=0, le=24)] = None,
    title: Name | None = None,
    layer: Annotated[list[str] | None, Query(max_length=20)] = None,
) -> Response:
    """Return the sheet: the part of the map an address stands for, at `scale` or the next round."""
    tongue = language.of(shown.request)
    tiles: Tiles = shown.request.app.state.tiles
    bounds = tiles.bounds(
        shown.connection, shown.run, LAYERS["findings"], shown.day, shown.scope, filters.narrowed()
    ) or (73.0, 18.0, 136.0, 54.0)
    centre = (
        (bounds[0] + bounds[2]) / 2 if lon is None else lon,
        (bounds[1] + bounds[3]) / 2 if lat is None else lat,
    )
    size = MAP_MM[paper]
    if scale is None:
        scale = round_scale(of_bounds(bounds, size) if zoom is None else of_zoom(zoom, centre[1]))
    given = live_map.given_of(shown, filters, tongue) | {
        "centre": centre,
        "scale": scale,
        "zoom": zoom_of(scale, centre[1]),
        "shown": {"outcome": filters.outcome, "unsupplied": filters.unsupplied},
        "layers": layer or [],
    }
    (zone,) = systems.zone_of(np.array([shapely.Point(centre)]))
    return frame.page(
        shown.request,
        shown.caller,
        "map_print.html.jinja",
        run=shown.run,
        day=shown.day,
        today=datetime.now(frame.HERE).date(),
        filters=filters,
        counted=live_map.counts(shown, filters),
        legend=live_map.LEGEND,
        given=given,
        paper=paper,
        papers=PAPERS,
        scale=scale,
        zone=int(zone),
        title=title,
    )


def zoom_of(scale: float, lat: float) -> float:
    """Return the zoom at which a map is at 1 : `scale` on paper, at a latitude.

    >>> round(of_zoom(zoom_of(14_000, 39.7), 39.7))
    14000
    """
    return math.log2(_EQUATOR_M * _stretch(lat) / (_TILE_PIXELS * scale * _PIXEL_M))


def of_zoom(zoom: float, lat: float) -> float:
    """Return the scale of a zoom at a latitude."""
    return float(_EQUATOR_M * _stretch(lat) / (_TILE_PIXELS * _PIXEL_M * 2.0**zoom))


def of_bounds(bounds: extent.Bounds, size_mm: tuple[int, int]) -> float:
    """Return the scale at which a land just fits on a map of a size."""
    west, south, east, north = bounds
    metres = _EQUATOR_M / 360
    wide_m = (east - west) * metres * math.cos(math.radians((south + north) / 2))
    high_m = (north - south) * metres
    return max(wide_m / size_mm[0], high_m / size_mm[1], 0.1) * 1_000


def round_scale(scale: float) -> int:
    """Return the next rounder scale that shows no less.

    >>> round_scale(13_122), round_scale(20_000.0), round_scale(9_100)
    (15000, 20000, 10000)
    """
    power = 10.0 ** math.floor(math.log10(scale))
    return round(next(one for one in _ROUND if one * power >= scale - 1e-6) * power)


def _stretch(lat: float) -> float:
    """Return how much shorter a degree of longitude is at a latitude, on a sphere.

    On the ellipsoid lengths differ from this by 0.14 percent to the east and 0.25 to the north in
    Inner Mongolia: less than paper does from day to day.
    """
    return math.cos(math.radians(lat))
