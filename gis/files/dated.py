"""Folders named by a day, each there as a whole or not at all, kept for so many days."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from gis.files import disk, drafts

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@contextmanager
def whole(parent: Path, day: date) -> Iterator[Path]:
    """Give an empty folder; when the block succeeds it is `parent`/DAY, in place of an older one.

    A killed process leaves a hidden folder, which the next sweeps away.
    """
    with disk.explained(parent):
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = parent / day.isoformat()
    # A worker lives through many nights: what one that was killed left is swept by the next.
    drafts.sweep(parent)
    with drafts.held(parent) as held, disk.explained(place, held):
        draft, old = held / "new", held / "old"
        draft.mkdir(mode=0o700)
        yield draft
        for folder in [draft, *(one for one in draft.rglob("*"))]:
            _bring_to_disk(folder)
        if place.exists():
            place.rename(old)
        draft.rename(place)
        _bring_to_disk(parent)


def sweep(parent: Path, before: date) -> list[date]:
    """Remove the folders of days before a day; return those days. Nothing else is touched."""
    gone = []
    if parent.is_dir():
        for place in sorted(parent.iterdir()):
            if _DAY.fullmatch(place.name) and place.is_dir() and not place.is_symlink():
                day = _day(place.name)
                if day is not None and day < before:
                    shutil.rmtree(place, ignore_errors=True)
                    gone.append(day)
    return gone


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(name)
    except ValueError:
        return None


def _bring_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
