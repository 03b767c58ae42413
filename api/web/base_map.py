"""Tiles of the ground beneath the live map, through this server: its key never leaves it.

They are kept on the disk too, under `base-map` in the home folder: a background that was fetched
once is there after a restart, and while the other server is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore

from fastapi import APIRouter, HTTPException, Response

from api.shown import Reader
from api.tiles import Number
from gis import config
from gis.files.kept_files import KeptFiles
from gis.tiles.address import Address
from gis.tiles.kept import Kept
from maps import base_map

router = APIRouter(include_in_schema=False)

_ROOM_BYTES = 16 * 2**20
# On the disk: about 17,000 tiles; none is shown that was fetched longer ago than this.
_DISK_BYTES, _MOST_DAYS = 512 * 2**20, 30
_SPARE_BYTES = 2**30
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


@lru_cache(maxsize=4)
def _on_disk(home: Path) -> KeptFiles:
    return KeptFiles(home / "base-map", _DISK_BYTES, _MOST_DAYS, _SPARE_BYTES)


def is_set() -> bool:
    """Return whether a setting names a base map; UsageError for a wrong one."""
    return base_map.parsed(config.read().base_map) is not None


@router.get("/basemap/{z}/{x}/{y}.png")
def tile(z: Number, x: Number, y: Number, caller: Reader) -> Response:
    """Return a tile of the ground for whoever may look at the map; 404 where none is set."""
    del caller
    settings = config.read()
    ground = base_map.parsed(settings.base_map)
    if ground is None:
        raise HTTPException(404)
    address, mark = Address(z, x, y), ground.mark()

    def made() -> Picture:
        on_disk, key = _on_disk(settings.home), f"{mark}\n{z}/{x}/{y}"
        kept = on_disk.get(key)
        if kept is not None:
            return Picture(kept)
        with _TURNS:
            found = Picture(ground.tile(z, x, y))
        # Where another server has nothing today it may have something tomorrow.
        if not base_map.is_nothing(found.content):
            on_disk.put(key, found.content)
        return found

    # What is in memory is looked up on the disk once a day, where it grows old.
    found = _KEPT.get((mark, address, datetime.now(UTC).date()), made)
    return Response(found.content, media_type="image/png", headers={"Cache-Control": _DAY})
