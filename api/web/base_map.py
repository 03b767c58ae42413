"""Tiles of the ground beneath the live map, through this server: its key never leaves it."""

from __future__ import annotations

from dataclasses import dataclass
from threading import BoundedSemaphore

from fastapi import APIRouter, HTTPException, Response

from api.shown import Reader
from api.tiles import Number
from gis import config
from gis.tiles.address import Address
from gis.tiles.kept import Kept
from maps import base_map

router = APIRouter(include_in_schema=False)

_ROOM_BYTES = 16 * 2**20
# What another server is asked for at once; the rest waits.
_AT_ONCE = 4
_DAY = "private, max-age=86400"
_TURNS = BoundedSemaphore(_AT_ONCE)


@dataclass(frozen=True)
class Picture:
    """A tile as PNG."""

    content: bytes

    @property
    def nbytes(self) -> int:
        """Return the bytes it takes."""
        return len(self.content)


_KEPT: Kept[Picture] = Kept(_ROOM_BYTES)


def is_set() -> bool:
    """Return whether a setting names a base map; UsageError for a wrong one."""
    return base_map.parsed(config.read().base_map) is not None


@router.get("/basemap/{z}/{x}/{y}.png")
def tile(z: Number, x: Number, y: Number, caller: Reader) -> Response:
    """Return a tile of the ground for whoever may look at the map; 404 where none is set."""
    del caller
    ground = base_map.parsed(config.read().base_map)
    if ground is None:
        raise HTTPException(404)
    address = Address(z, x, y)

    def made() -> Picture:
        with _TURNS:
            return Picture(ground.tile(z, x, y))

    found = _KEPT.get((ground, address), made)
    return Response(found.content, media_type="image/png", headers={"Cache-Control": _DAY})
