"""A tile of the ground, drawn: of a raster file, or warped from the tiles of another server."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio import Affine
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.vrt import WarpedVRT
from rasterio.warp import Resampling

from maps import ground_tiles
from maps.ground_tiles import HALF_M, Bounds, NotFetchedError

__all__ = ["TILE_PIXELS", "UNREADABLE", "NotFetchedError", "nothing", "tile"]

TILE_PIXELS = 256
UNREADABLE = (RasterioError, OSError)
Pixels = npt.NDArray[Any]
_DEGREE_M = 111_320.0


def tile(kind: str, place: str, zoom: int, column: int, row: int) -> bytes:
    """Return what `BaseMap.tile` does; `UNREADABLE` or NotFetchedError where it does not come."""
    side = 2 * HALF_M / (1 << zoom)
    west, north = column * side - HALF_M, HALF_M - row * side
    bounds = (west, north - side, west + side, north)
    if kind != "file":
        return _png(ground_tiles.drawn(kind, place, zoom, bounds, TILE_PIXELS))
    with rasterio.open(place) as source:
        level = _overview(source, bounds)
        if level is None:
            return _drawn(source, bounds)
    with rasterio.open(place, overview_level=level) as source:
        return _drawn(source, bounds)


@lru_cache(maxsize=1)
def nothing() -> bytes:
    """Return the tile of where there is no ground."""
    return _png(np.zeros((4, TILE_PIXELS, TILE_PIXELS), dtype=np.uint8))


def _overview(source: rasterio.DatasetReader, bounds: Bounds) -> int | None:
    """Return which of a file's smaller copies is as sharp as a tile asks for; None for the file.

    Warped from the whole, a tile of a large land would have all of it read.
    """
    _, south, _, north = bounds
    latitude = math.atan(math.sinh((south + north) / 2 / HALF_M * math.pi))
    wanted_m = (north - south) / TILE_PIXELS * math.cos(latitude)
    own = max(source.res)
    own_m = own * _DEGREE_M if source.crs is not None and source.crs.is_geographic else own
    levels = [at for at, times in enumerate(source.overviews(1)) if own_m * times <= wanted_m]
    return max(levels, default=None)


def _drawn(source: rasterio.DatasetReader, bounds: Bounds) -> bytes:
    """Return the part of a raster within bounds of Web Mercator as a PNG."""
    west, _, east, north = bounds
    pixel_m = (east - west) / TILE_PIXELS
    transform = Affine(pixel_m, 0.0, west, 0.0, -pixel_m, north)
    with WarpedVRT(
        source,
        crs="EPSG:3857",
        transform=transform,
        width=TILE_PIXELS,
        height=TILE_PIXELS,
        resampling=Resampling.bilinear,
        add_alpha=source.nodata is None,
    ) as warped:
        colours = [min(band, source.count) for band in (1, 2, 3)]
        pixels = np.stack([warped.read(band) for band in colours])
        seen = warped.dataset_mask()
    if pixels.dtype != np.uint8:
        pixels = _stretched(pixels)
    return _png(np.concatenate([pixels, seen[None]]))


def _png(pixels: Pixels) -> bytes:
    """Return red, green, blue and alpha as a PNG."""
    _, height, width = pixels.shape
    profile = {"driver": "PNG", "width": width, "height": height, "count": 4, "dtype": "uint8"}
    with MemoryFile() as file:
        # Where a picture lies is not said in it.
        with file.open(**profile, transform=Affine(1, 0, 0, 0, -1, height)) as out:
            out.write(pixels)
        return bytes(file.read())


def _stretched(pixels: Pixels) -> Pixels:
    """Return values of more than a byte as bytes: by the range of their kind, as in every tile.

    Figures that are no whole numbers are taken as shares of one.
    """
    if np.issubdtype(pixels.dtype, np.integer):
        most = float(np.iinfo(pixels.dtype).max)
        shares = pixels.astype(np.float64) / most
    else:
        shares = np.nan_to_num(pixels).astype(np.float64)
    found: Pixels = np.clip(shares * 255, 0, 255).astype(np.uint8)
    return found
