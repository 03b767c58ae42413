"""The archive: every file as it was received, kept once under the hash of what it holds.

    home/archive/ab/abcdef...        a file as it came
    home/archive/ab/abcdef....zip    a shapefile or a folder, all its parts together

A file is there whole or not at all, and it is there before the delivery is committed: killed in
between it is an orphan that the next load of the same file takes up.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import shutil
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from gis.errors import StoreError
from gis.intake.source.completeness import changed, joint_digest, parts_of
from gis.store.cluster import faults

_BLOCK_BYTES = 1 << 20
# A zip records when each member was made; a fixed instant keeps equal content equal.
_ZIP_INSTANT = (1980, 1, 1, 0, 0, 0)
_HALF = ".half"


def keep(home: Path, path: Path, sha256: str) -> Path:
    """Keep a delivery whose hash is `sha256` and return where; one kept before is left alone.

    StoreError when the disk is full or the folder cannot be written; DeliveryError when the file
    is no longer the one that was read. Nothing half is left behind in either case.
    """
    if (there := kept(home, sha256)) is not None:
        return there
    parts = parts_of(path)
    place = _place(home, sha256)
    if parts != [path]:
        place = place.with_name(place.name + ".zip")
    with _told(home), _draft(place) as draft:
        with draft.open("wb") as sink:
            found = _packed(path, parts, sink) if parts != [path] else _copied(path, sink)
            sink.flush()
            os.fsync(sink.fileno())
        if found != sha256:
            raise changed(path)
        draft.replace(place)
        _sync_folder(place.parent)
    return place


@contextlib.contextmanager
def keeping(home: Path, path: Path, sha256: str) -> Iterator[None]:
    """Keep a delivery while the block does something else; both are done when it ends.

    What was kept for a block that raises stays: another load may rely on it by now.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="archive") as worker:
        place = worker.submit(keep, home, path, sha256)
        yield
        place.result()


def kept(home: Path, sha256: str) -> Path | None:
    """Return where a delivery is kept, None when it is not."""
    place = _place(home, sha256)
    packed = place.with_name(place.name + ".zip")
    return next((path for path in (place, packed) if path.exists()), None)


def name_for(name: str, place: Path) -> str:
    """Return the name a kept delivery is given back under: parts that came apart come zipped."""
    return Path(name).stem + ".zip" if place.suffix == ".zip" else name


def given_back(place: Path, name: str, folder: Path) -> Path:
    """Put a kept delivery into a folder of our own as it came, and return where: no bytes move.

    What came in parts (a shapefile, a folder) is unpacked again, under the names it had.
    """
    # A zip that came as a zip is kept under its hash alone.
    if place.suffix != ".zip":
        out = folder / Path(name).name
        out.symlink_to(place.resolve())
        return out
    with zipfile.ZipFile(place) as packed:
        packed.extractall(folder)
    return folder / Path(name).name


def copy_out(place: Path, out: Path) -> None:
    """Write a kept delivery to `out` as it came."""
    with place.open("rb") as source, out.open("wb") as sink:
        shutil.copyfileobj(source, sink, _BLOCK_BYTES)


def _place(home: Path, sha256: str) -> Path:
    return home / "archive" / sha256[:2] / sha256


@contextlib.contextmanager
def _draft(place: Path) -> Iterator[Path]:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(place.parent)
    draft = place.with_name(f"{os.getpid()}-{secrets.token_hex(4)}{_HALF}")
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove what killed processes left half-written."""
    for half in folder.glob(f"*{_HALF}"):
        if not Path(f"/proc/{half.name.split('-')[0]}").exists():
            half.unlink(missing_ok=True)


def _copied(path: Path, sink: IO[bytes]) -> str:
    read = hashlib.sha256()
    with path.open("rb") as source:
        while block := source.read(_BLOCK_BYTES):
            read.update(block)
            sink.write(block)
    return read.hexdigest()


def _packed(path: Path, parts: list[Path], sink: IO[bytes]) -> str:
    """Pack the parts under their own names; a folder's under the folder's name."""
    digests = []
    with zipfile.ZipFile(sink, "w") as archive:
        for part in parts:
            entry = zipfile.ZipInfo(str(part.relative_to(path.parent)), date_time=_ZIP_INSTANT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with archive.open(entry, "w", force_zip64=True) as member:
                digests.append((part, _copied(part, member)))
    return joint_digest(path, digests)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def _told(home: Path) -> Iterator[None]:
    try:
        with faults.explained():
            yield
    except PermissionError as fault:
        raise StoreError(
            f"{home / 'archive'} 写不进，收到的文件无法存档。 "
            f"the archive of received files cannot be written: {fault.strerror}",
            "把 LANDWATCH_HOME 设到可写的目录 set LANDWATCH_HOME to a folder that can be written",
        ) from fault
