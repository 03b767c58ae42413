"""The ground beneath the live map, where a setting names one: a file, or tiles of another server.

    FILE.tif                  a raster of ours, best a cloud-optimised GeoTIFF, in any system
    xyz:https://…/{z}/{x}/{y}   square tiles of Web Mercator
    c:https://…{z}…{x}…{y}      tiles of degrees as 天地图 cuts them (matrix set c, CGCS2000)

Tiles of other servers are fetched by this one, so their key stays here, and warped to the square
tiles the map draws. Background alone: nobody knows the day such a picture was taken on.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio import Affine
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.vrt import WarpedVRT
from rasterio.warp import Resampling

from gis.errors import UsageError
from maps import ground_tiles
from maps.ground_tiles import HALF_M, Bounds, NotFetchedError

TILE_PIXELS = 256
Pixels = npt.NDArray[Any]
_DEGREE_M = 111_320.0
# Their coordinates are shifted by some hundred metres on purpose (GCJ-02, BD-09).
_SHIFTED = re.compile(r"(^|\.)(amap\.com|autonavi\.com|qq\.com|gtimg\.com|baidu\.com|bdimg\.com)$")
_KINDS = ("xyz", "c")


@dataclass(frozen=True)
class BaseMap:
    """Where the ground comes from: `kind` is file, xyz or c."""

    kind: str
    place: str

    def tile(self, zoom: int, column: int, row: int) -> bytes:
        """Return a square tile of Web Mercator as PNG, see-through where there is no ground.

        UsageError where the file cannot be read, or the other server does not answer.
        """
        side = 2 * HALF_M / (1 << zoom)
        west, north = column * side - HALF_M, HALF_M - row * side
        bounds = (west, north - side, west + side, north)
        try:
            if self.kind == "file":
                with rasterio.open(self.place) as source:
                    level = _overview(source, bounds)
                    if level is None:
                        return _drawn(source, bounds)
                with rasterio.open(self.place, overview_level=level) as source:
                    return _drawn(source, bounds)
            return _png(ground_tiles.drawn(self.kind, self.place, zoom, bounds, TILE_PIXELS))
        except NotFetchedError as fault:
            raise _lost(f"（{fault.chinese}）", f" ({fault.english})") from fault
        except (RasterioError, OSError) as fault:
            raise _lost("", "") from fault

    def mark(self) -> str:
        """Return what tells this ground from every other, a file from what it was before."""
        if self.kind != "file":
            return f"{self.kind}\n{self.place}"
        found = Path(self.place).stat()
        return f"{self.kind}\n{self.place}\n{found.st_mtime_ns}\n{found.st_size}"


def parsed(told: str | None) -> BaseMap | None:
    """Return the base map a setting names, None where it names none; UsageError for a wrong one."""
    if not told:
        return None
    kind, _, address = told.partition(":")
    if kind not in _KINDS:
        if Path(told).is_file():
            return BaseMap("file", told)
        raise _wrong("没有这个文件 there is no such file")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _wrong("不是网址 it is no address of http or https")
    if not all(f"{{{name}}}" in address for name in "xyz"):
        raise _wrong("缺少 {z}、{x} 或 {y} there is no {z}, {x} or {y}")
    if _SHIFTED.search(parts.hostname):
        raise _wrong("该图坐标有偏移 its coordinates are shifted on purpose (GCJ-02)")
    return BaseMap(kind, address)


def _lost(chinese: str, english: str) -> UsageError:
    return UsageError(
        f"没有取到底图{chinese}。 The base map did not come{english}.",
        "查看设置和网络 look at LANDWATCH_BASE_MAP and at the network",
    )


def _wrong(why: str) -> UsageError:
    return UsageError(
        f"LANDWATCH_BASE_MAP 写得不对：{why}。",
        "写成 write it like ground.tif, xyz:https://host/{z}/{x}/{y}.png or c:https://host/…",
    )


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
