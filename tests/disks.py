"""A disk of a test's own, small and really full, read-only or closed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KILOBYTE = 1024


@contextmanager
def small(place: Path, kilobytes: int) -> Iterator[Path]:
    """Mount a disk of so many KB at `place`, as only root may."""
    place.mkdir()
    options = f"size={kilobytes}k,mode=777"
    as_root("mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place))
    try:
        yield place
    finally:
        as_root("umount", "--lazy", str(place))


def fill(place: Path, but_kilobytes: int = 0) -> Path:
    """Fill the disk of `place` with one file, but for so many KB; return that file."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as sink:
        try:
            while True:
                sink.write(bytes(4 * KILOBYTE))
        except OSError:
            pass
    os.truncate(filler, filler.stat().st_size - but_kilobytes * KILOBYTE)
    return filler


def set_read_only(place: Path) -> None:
    """Mount the disk of `place` anew, read-only."""
    as_root("mount", "-o", "remount,ro", str(place))


def as_root(*command: str) -> None:
    """Call a program only root may call; whoever is not root needs sudo without a password."""
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    done = subprocess.run([*sudo, *command], capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)} needs root here: {done.stderr}"


# Before a program root calls: it may then do what its owner may, and no more.
POWERLESS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
