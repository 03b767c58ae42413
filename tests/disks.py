"""A disk of a test's own, small and really full, read-only or closed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

KILOBYTE = 1024


@contextmanager
def small(place: Path, kilobytes: int) -> Iterator[Path]:
    """Mount a disk of so many KB at `place`. Only root may: nobody else can run this test."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    place.mkdir()
    options = f"size={kilobytes}k,mode=777"
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], capture_output=True, text=True
    )
    assert done.returncode == 0, f"root cannot mount a disk here: {done.stderr}"
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


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
    subprocess.run(["mount", "-o", "remount,ro", str(place)], check=True)
