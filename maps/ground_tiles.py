"""Tiles of another server, fetched and warped to a square tile of Web Mercator.

Only the address of the setting is opened: no redirect is followed, no proxy of the environment is
taken, and what came is read as a picture and as nothing else. What went wrong is told without the
address, which holds a key.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from http.client import HTTPException
from itertools import product
from typing import Any
from urllib import error, request

import numpy as np
import numpy.typing as npt
from rasterio import Affine
from rasterio.errors import RasterioError
from rasterio.io import MemoryFile
from rasterio.warp import Resampling, reproject

Pixels = npt.NDArray[np.uint8]
Bounds = tuple[float, float, float, float]

HALF_M = 20_037_508.342789244
_TIMEOUT_SECONDS = 10
_MOST_BYTES = 4 * 2**20
_PIECE_BYTES = 2**16
_MOST_PIXELS = 1_024
_PICTURES = ["PNG", "JPEG", "WEBP", "GIF"]
# What a server answers where it has no picture.
_NOTHING = {204, 404}
_ALPHA = 3


class NotFetchedError(Exception):
    """A tile did not come, and why, in Chinese and in English; the words name no address."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(chinese)
        self.chinese, self.english = chinese, english


class _NoRedirect(request.HTTPRedirectHandler):
    """Nobody sends us elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


def drawn(kind: str, address: str, zoom: int, bounds: Bounds, pixels: int) -> Pixels:
    """Return red, green, blue and alpha within bounds of Web Mercator, as so many pixels square.

    `kind`: xyz or c, as `maps.base_map` tells them. NotFetchedError where a tile does not come.
    """
    columns, rows = _needed(kind, zoom, bounds)
    found = {
        (column, row): _fetched(address, zoom, column, row)
        for column, row in product(columns, rows)
    }
    sides = {picture.shape[1:] for picture in found.values() if picture is not None}
    out = np.zeros((4, pixels, pixels), dtype=np.uint8)
    if not sides:
        return out
    if len(sides) > 1:
        raise NotFetchedError("瓦片大小不一", "the tiles are not of one size")
    (side,) = sides
    whole = np.zeros((4, side[0] * len(rows), side[1] * len(columns)), dtype=np.uint8)
    for (column, row), picture in found.items():
        if picture is not None:
            down, right = side[0] * (row - rows[0]), side[1] * (column - columns[0])
            whole[:, down : down + side[0], right : right + side[1]] = picture
    west, north, across, down, system = _grid(kind, zoom)
    reproject(
        whole, out, src_crs=system, dst_crs="EPSG:3857", resampling=Resampling.bilinear,
        src_transform=Affine(
            across / side[1], 0, west + columns[0] * across,
            0, -down / side[0], north - rows[0] * down,
        ),
        dst_transform=Affine(
            (bounds[2] - bounds[0]) / pixels, 0, bounds[0],
            0, (bounds[1] - bounds[3]) / pixels, bounds[3],
        ),
    )  # fmt: skip
    return out


def _grid(kind: str, zoom: int) -> tuple[float, float, float, float, str]:
    """Return west and north of a server's tiles, a tile's width and height, and the system."""
    if kind == "xyz":
        side = 2 * HALF_M / (1 << zoom)
        return -HALF_M, HALF_M, side, side, "EPSG:3857"
    # 天地图 c: at its first level two columns and one row of 180 degrees.
    side = 360.0 / (1 << zoom)
    return -180.0, 90.0, side, side, "EPSG:4490"


def _needed(kind: str, zoom: int, bounds: Bounds) -> tuple[range, range]:
    """Return the columns and rows of the tiles that bounds of Web Mercator lie on."""
    west, north, across, down, _ = _grid(kind, zoom)
    if kind == "xyz":
        left, bottom, right, top = bounds
    else:
        left, right = (bounds[at] / HALF_M * 180 for at in (0, 2))
        bottom, top = (
            math.degrees(math.atan(math.sinh(bounds[at] / HALF_M * math.pi))) for at in (1, 3)
        )
    last = 1 << zoom
    # What only touches the edge is not needed.
    a_touch = 1e-6
    columns = range(
        max(math.floor((left - west) / across + a_touch), 0),
        min(math.ceil((right - west) / across - a_touch), last),
    )
    rows = range(
        max(math.floor((north - top) / down + a_touch), 0),
        min(math.ceil((north - bottom) / down - a_touch), last),
    )
    return columns, rows


def _fetched(address: str, zoom: int, column: int, row: int) -> Pixels | None:
    """Return a tile as red, green, blue and alpha; None where the server has none."""
    place = {"z": zoom, "x": column, "y": row}
    url = re.sub(r"\{([xyz])\}", lambda found: str(place[found[1]]), address)
    opener = request.build_opener(request.ProxyHandler({}), _NoRedirect())
    asked = request.Request(url, headers={"User-Agent": "landwatch"})  # noqa: S310 - http(s): settings
    try:
        with opener.open(asked, timeout=_TIMEOUT_SECONDS) as answer:
            content = b"".join(_pieces(answer))
    except error.HTTPError as fault:
        fault.close()
        if fault.code in _NOTHING:
            return None
        code = f"HTTP {fault.code}"
        raise NotFetchedError(f"对方答 {code}", f"the other server answered {code}") from None
    except (OSError, HTTPException, ValueError):
        raise NotFetchedError("连不上对方", "the other server could not be reached") from None
    return _picture(content) if content else None


def _pieces(answer: Any) -> Iterator[bytes]:
    """Give what comes, up to a size and a while: who sends a byte now and then holds nobody."""
    until, left = time.monotonic() + _TIMEOUT_SECONDS, _MOST_BYTES
    while piece := answer.read1(_PIECE_BYTES):
        left -= len(piece)
        if left < 0 or time.monotonic() > until:
            raise NotFetchedError("瓦片太大或太慢", "the tile is too large, or too slow")
        yield piece


def _picture(content: bytes) -> Pixels:
    """Return a picture as red, green, blue and alpha; it may be grey, or have a palette."""
    try:
        with MemoryFile(content) as file, file.open(driver=_PICTURES) as image:
            if max(image.width, image.height) > _MOST_PIXELS or image.dtypes[0] != "uint8":
                raise NotFetchedError("不是瓦片", "it is no tile")
            read = image.read()
            colours = image.colormap(1) if image.count == 1 and _has_palette(image) else None
    except RasterioError:
        raise NotFetchedError("不是图片", "it is no picture") from None
    if colours is not None:
        table = np.zeros((256, 4), dtype=np.uint8)
        for value, colour in colours.items():
            table[value] = colour
        return np.moveaxis(table[read[0]], -1, 0)
    found = np.full((4, *read.shape[1:]), 255, dtype=np.uint8)
    found[:_ALPHA] = read[:_ALPHA] if len(read) >= _ALPHA else read[0]
    if len(read) in (2, 4):
        found[_ALPHA] = read[-1]
    return found


def _has_palette(image: Any) -> bool:
    return bool(image.colorinterp[0].name == "palette")
