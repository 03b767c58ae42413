"""Folders for what is half made: held while their process lives, swept when it died.

A folder is held by a lock on itself, which the kernel lets go when the process and its children
are gone, however they ended. So no number of a process, no clock and no other user's folder can
be mistaken: only a folder of ours that nobody holds is swept, by the next who makes one there.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gis.errors import DiskError
from gis.files import disk

_NAME = re.compile(r"\.?landwatch-\d+-[0-9a-f]{16}")
_SWEPT: set[tuple[int, Path]] = set()


@contextmanager
def temporary() -> Iterator[Path]:
    """Give an empty folder among the machine's temporary files; it is gone afterwards.

    A full disk under it is told as what it is, whatever was being done.
    """
    parent = Path(tempfile.gettempdir())
    with held(parent, "landwatch-") as folder:
        try:
            yield folder
        except OSError as fault:
            if not disk.is_full(fault):
                raise
            raise temporary_full(parent) from fault


def temporary_full(parent: Path | None = None) -> DiskError:
    """Return the error for a full disk under the machine's temporary files."""
    parent = parent or Path(tempfile.gettempdir())
    return DiskError(
        f"临时目录 {parent} 所在磁盘已满，文件本身没有问题。 The disk of the temporary folder "
        f"{parent} is full; nothing is wrong with the file.",
        "腾出空间，或用 TMPDIR 另指一处 free space there, or set TMPDIR to a folder with room",
    )


@contextmanager
def held(parent: Path, prefix: str = ".landwatch-") -> Iterator[Path]:
    """Give an empty folder of our own in `parent`; it is gone afterwards, whatever happened.

    What processes that died left behind in `parent` is swept first, once a process and folder.
    """
    mark = (os.getpid(), parent)
    if mark not in _SWEPT:
        _SWEPT.add(mark)
        sweep(parent)
    with disk.explained(parent, parent):
        folder, handle = _taken(parent, prefix)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(handle)


def sweep(parent: Path) -> None:
    """Remove what dead processes of this user left behind in `parent`."""
    try:
        with os.scandir(parent) as entries:
            left = [entry.path for entry in entries if _NAME.fullmatch(entry.name)]
    except OSError:
        return
    for path in left:
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(handle).st_uid == os.geteuid():
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(handle)


def _taken(parent: Path, prefix: str) -> tuple[Path, int]:
    """Make a folder and hold it; a sweeper who came in between took it, and another is made."""
    while True:
        folder = parent / f"{prefix}{os.getpid()}-{secrets.token_hex(8)}"
        folder.mkdir(mode=0o700)
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            continue
        try:
            # A disk that knows no locks (some network disks) gives none to a sweeper either.
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
            if folder.exists():
                return folder, handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
