"""Which square of the map: zoom, column and row of a tile, its bounds, and the cells of points.

The map is the square of Web Mercator; a tile of zoom z is a 2^z-th of its side. A cell is named by
one number, the bits of its column and row by turns, so that all cells of a tile follow each other,
on every zoom.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, degrees, pi, sinh

import numpy as np
import numpy.typing as npt

from gis.errors import UsageError
from gis.store.tile_shapes import Frame

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MOST_ZOOM = 18
# A tile is counted in 2^5 x 2^5 cells; the smallest cells are those of the last zoom.
CELL_BITS = 5
DEEPEST = MOST_ZOOM + CELL_BITS
NOWHERE = -1
_IN_DEGREES_FROM = 11
HALF_M = 20_037_508.342789244
# Beyond, the square of Web Mercator ends.
_MOST_LATITUDE = 85.0511287798066
_SPREAD = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


@dataclass(frozen=True, order=True)
class Address:
    """A tile: zoom, column from the west, row from the north. UsageError where there is none."""

    zoom: int
    column: int
    row: int

    def __post_init__(self) -> None:
        if not 0 <= self.zoom <= MOST_ZOOM:
            raise UsageError(
                f"没有第 {self.zoom} 级瓦片。 There are no tiles of zoom {self.zoom}.",
                f"级别 zoom: 0 – {MOST_ZOOM}",
            )
        if not (0 <= self.column < 1 << self.zoom and 0 <= self.row < 1 << self.zoom):
            raise UsageError(
                f"瓦片 {self.zoom}/{self.column}/{self.row} 在地图之外。"
                f" The tile {self.zoom}/{self.column}/{self.row} lies outside the map.",
                f"列、行 column and row: 0 – {(1 << self.zoom) - 1}",
            )

    def cells(self) -> tuple[int, int]:
        """Return the first of its deepest cells, and the first behind the last."""
        own = int(_interleaved(np.array([self.column]), np.array([self.row]))[0])
        shift = 2 * (DEEPEST - self.zoom)
        return own << shift, (own + 1) << shift

    def bounds_m(self) -> tuple[float, float, float, float]:
        """Return west, south, east and north in metres of Web Mercator."""
        side = 2 * HALF_M / (1 << self.zoom)
        west, north = self.column * side - HALF_M, HALF_M - self.row * side
        return west, north - side, west + side, north

    def frame(self) -> Frame:
        """Return the square it is drawn in: from zoom 11 on in degrees, above in Web Mercator.

        Latitudes are not in proportion there, but over so short a way nearly: what lies in the
        middle of a tile of zoom 11 is moved by less than two of its 4,096 units, a tenth of a
        pixel, of the next by a quarter of that. Edges fit each other, and what is straight in the
        register stays so.
        """
        if self.zoom < _IN_DEGREES_FROM:
            return Frame(self.bounds_m(), is_in_degrees=False)
        return Frame(self.bounds_degrees(), is_in_degrees=True)

    def bounds_degrees(self, buffer: float = 0.0) -> tuple[float, float, float, float]:
        """Return west, south, east and north in degrees, wider by a part of a side all round."""
        count = 1 << self.zoom
        west, east = (
            360 * column / count - 180
            for column in (self.column - buffer, self.column + 1 + buffer)
        )
        north, south = (
            degrees(atan(sinh(pi * (1 - 2 * row / count))))
            for row in (self.row - buffer, self.row + 1 + buffer)
        )
        return max(west, -180.0), south, min(east, 180.0), north


def cells_of(longitude: Floats, latitude: Floats) -> Ints:
    """Return the deepest cell of each point, `NOWHERE` for what lies on no tile.

    >>> cells_of(np.array([0.0, 108.5, np.nan]), np.array([0.0, 39.5, 39.5])).tolist()
    [52776558133248, 33074654314185, -1]
    """
    is_there = (np.abs(longitude) <= 180) & (np.abs(latitude) < _MOST_LATITUDE)
    x, y = np.where(is_there, longitude, 0.0), np.radians(np.where(is_there, latitude, 0.0))
    count = 1 << DEEPEST
    column = np.floor((x + 180) / 360 * count).astype(np.int64)
    row = np.floor((1 - np.arcsinh(np.tan(y)) / pi) / 2 * count).astype(np.int64)
    found = _interleaved(column.clip(0, count - 1), row.clip(0, count - 1))
    return np.where(is_there, found, NOWHERE)


def places_in(cells: Ints, bits: int) -> tuple[Ints, Ints]:
    """Return column and row of cells within their tile, which has 2^bits of them on a side."""
    own = cells & ((1 << 2 * bits) - 1)
    return _gathered(own), _gathered(own >> 1)


def _interleaved(columns: Ints, rows: Ints) -> Ints:
    return _spread(columns) | (_spread(rows) << 1)


def _spread(numbers: Ints) -> Ints:
    """Return numbers of at most 31 bits with a zero between each two bits."""
    found = numbers.astype(np.int64)
    for shift, mask in _SPREAD:
        found = (found | (found << shift)) & mask
    return found


def _gathered(numbers: Ints) -> Ints:
    found: Ints = numbers & 0x5555555555555555
    for (shift, _), mask in zip(
        reversed(_SPREAD), [*(mask for _, mask in reversed(_SPREAD[:-1])), 0xFFFFFFFF], strict=True
    ):
        found = (found | (found >> shift)) & mask
    return found
