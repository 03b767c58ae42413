"""Files that can be made again, kept in a folder: up to so many bytes, so many days.

Whoever keeps something here does without it whenever the disk refuses: nothing fails for it.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock

from gis.errors import DiskError
from gis.files import atomic, disk

_LOG = logging.getLogger(__name__)
_DAY_SECONDS = 86_400
_BLOCK_BYTES = 4_096
# When the room is used up so much of it is made free at once: the folder is looked through seldom.
_FREED_SHARE = 0.1


class KeptFiles:
    """Keeps contents under `folder`, the oldest going first; each under a name made of its key.

    `room_bytes`: what they take on the disk at most. `most_days`: what is older is not given.
    `spare_bytes`: while the disk has less free than this nothing more is kept: the store lies there
    too.
    """

    def __init__(self, folder: Path, room_bytes: int, most_days: int, spare_bytes: int) -> None:
        self._folder, self._room_bytes = folder, room_bytes
        self._most_days, self._spare_bytes = most_days, spare_bytes
        self._size_bytes: int | None = None
        self._lock = Lock()
        self._is_told = False

    def get(self, key: str) -> bytes | None:
        """Return what was kept under a key, None where nothing is, or only what is too old."""
        place = self._place(key)
        try:
            # A link is none of ours: what it names is not given away.
            handle = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            return None
        with os.fdopen(handle, "rb") as file:
            found = os.fstat(handle)
            age_days = (time.time() - found.st_mtime) / _DAY_SECONDS
            # A clock that was set back leaves files of days to come: nobody knows their age.
            if not stat.S_ISREG(found.st_mode) or not -1 <= age_days <= self._most_days:
                return None
            try:
                return file.read(self._room_bytes)
            except OSError:
                return None

    def put(self, key: str, content: bytes) -> None:
        """Keep a content under a key; where the disk refuses that is told in the log, once."""
        if len(content) > self._room_bytes:
            return
        place = self._place(key)
        try:
            with self._lock:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._make_room(len(content))
            if shutil.disk_usage(self._folder).free - len(content) < self._spare_bytes:
                self._tell(f"{self._folder}：所在磁盘快满了。 Its disk is nearly full.")
                return
            place.parent.mkdir(mode=0o700, exist_ok=True)
            with atomic.replacing(place) as draft:
                draft.write_bytes(content)
        except (DiskError, OSError) as fault:
            told = fault if isinstance(fault, DiskError) else disk.as_disk_error(place, fault)
            self._tell(told.found)
            return
        with self._lock:
            self._size_bytes = (self._size_bytes or 0) + _on_disk(len(content))
        self._is_told = False

    def _tell(self, found: str) -> None:
        """Write down that nothing is kept; not again before something was."""
        if not self._is_told:
            _LOG.warning("暂不缓存，不影响使用 nothing more is kept, all else goes on: %s", found)
            self._is_told = True

    def _place(self, key: str) -> Path:
        """Return where a content lies; no character of the key is in it."""
        name = hashlib.sha256(key.encode()).hexdigest()
        return self._folder / name[:2] / name

    def _make_room(self, more_bytes: int) -> None:
        """Remove what is too old, and the oldest, until so much more fits."""
        if self._size_bytes is not None and self._size_bytes + more_bytes <= self._room_bytes:
            return
        found = sorted(self._found())
        left = sum(size for _, size, _ in found)
        wanted = self._room_bytes * (1 - _FREED_SHARE) - more_bytes
        oldest = time.time() - self._most_days * _DAY_SECONDS
        is_full = left + more_bytes > self._room_bytes
        for written, size, place in found:
            if written >= oldest and (not is_full or left <= wanted):
                break
            place.unlink(missing_ok=True)
            left -= size
        self._size_bytes = left

    def _found(self) -> list[tuple[float, int, Path]]:
        """Return when each file was written, what it takes on the disk, and where it lies."""
        found = []
        for place in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            with suppress(FileNotFoundError):
                own = place.lstat()
                if stat.S_ISREG(own.st_mode):
                    found.append((own.st_mtime, _on_disk(own.st_size), place))
        return found


def _on_disk(size_bytes: int) -> int:
    return -(-size_bytes // _BLOCK_BYTES) * _BLOCK_BYTES
