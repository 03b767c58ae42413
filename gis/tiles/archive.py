"""All tiles of a layer in one file (PMTiles 3), to be read from a disk or any web server.

The same tiles as the server gives; a tile in which nothing lies is not there. Equal tiles are kept
once, and the same run gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from gis.errors import UsageError
from gis.store.database import Connection
from gis.store.results import Scope
from gis.store.runs import Run
from gis.tiles import told
from gis.tiles.address import MOST_ZOOM, Address
from gis.tiles.layers import Layer
from gis.tiles.maker import Tiles

_E7 = 10_000_000
# Nothing is asked for twice: room for the arrays, none for tiles.
_ROOM = {"tiles": 0}
Tell = Callable[[int, int], None]


def write(
    connection: Connection,
    run: Run,
    layer: Layer,
    day: date,
    scope: Scope | None,
    most_zoom: int,
    place: Path,
    tell: Tell | None = None,
) -> int:
    """Write the tiles of a layer on a day, down to a zoom; return how many there are.

    `tell` hears each zoom as it begins, and how many tiles are looked at on it. UsageError for a
    zoom there is not, and where nothing lies in any tile.
    """
    if not 0 <= most_zoom <= MOST_ZOOM:
        raise UsageError(
            f"没有第 {most_zoom} 级瓦片。 There are no tiles of zoom {most_zoom}.",
            f"级别 zoom: 0 – {MOST_ZOOM}",
        )
    tiles = Tiles(_ROOM)
    whole = tiles.whole(connection, run, layer, day, scope)
    if whole.count == whole.unplaced[0]:
        raise UsageError(
            f"图层 {layer.name} 在 {day} 没有带图形的内容。"
            f" Nothing of the layer {layer.name} has a shape on {day}.",
            "换一个图层或日期 choose another layer or day",
        )
    with place.open("wb") as file:
        archive = Writer(file)
        level, filled, count = {Address(0, 0, 0)}, [Address(0, 0, 0)], 0
        for zoom in range(most_zoom + 1):
            if tell is not None:
                tell(zoom, len(level))
            filled = []
            for number, address in sorted(
                (zxy_to_tileid(zoom, one.column, one.row), one) for one in level
            ):
                made = tiles.tile(connection, run, layer, day, scope, address)
                if not made.is_empty:
                    archive.write_tile(number, made.packed)
                    filled.append(address)
            count += len(filled)
            level = {below for one in filled for below in _below(one)}
        head = told.head(layer, run, day, whole) | {"maxzoom": most_zoom}
        archive.finalize(_header(_bounds(filled), most_zoom), head)
    return count


def _below(address: Address) -> set[Address]:
    """Return the tiles of the next zoom beneath a tile and beside it.

    Beside: what counts in a tile may reach into its neighbour, where it is drawn on the next zoom.
    """
    side = 1 << (address.zoom + 1)
    return {
        Address(address.zoom + 1, column, row)
        for column in range(2 * address.column - 1, 2 * address.column + 3)
        for row in range(2 * address.row - 1, 2 * address.row + 3)
        if 0 <= column < side and 0 <= row < side
    }


def _bounds(filled: list[Address]) -> list[float]:
    each = [one.bounds_degrees() for one in filled]
    west, south, east, north = zip(*each, strict=True)
    return [min(west), min(south), max(east), max(north)]


def _header(bounds: list[float], most_zoom: int) -> dict[str, Any]:
    west, south, east, north = (round(one * _E7) for one in bounds)
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": min(10, most_zoom),
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }
