"""A secret of this installation: a file made at its first use, for nobody else to read."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from gis.errors import LandwatchError
from gis.files import disk

_OTHERS = 0o077


def kept(file: Path, names: tuple[str, str], make: Callable[[], bytes]) -> bytes:
    """Return what a secret file holds; `make` gives it where there is none yet.

    `names`: what it is called in Chinese and in English. LandwatchError where it cannot be read, or
    others may read it too.
    """
    chinese, english = names
    if not file.exists():
        _make(file, make())
    try:
        mode = file.stat().st_mode
        content = file.read_bytes()
    except OSError as fault:
        raise LandwatchError(
            f"{chinese} {file} 读不了。 {english.capitalize()} cannot be read: {fault.strerror}",
            "以生成它的用户运行，或用 LANDWATCH_HOME 另指目录 run as the user who made it",
        ) from fault
    if mode & _OTHERS:
        raise LandwatchError(
            f"{chinese} {file} 别人也能读。 Others may read {english}.",
            f"chmod 600 {file}；若可能已泄露，移走它以另生成一把 or move it away for a new one",
        )
    return content


def _make(file: Path, content: bytes) -> None:
    """Make the file, unless another process was quicker; nobody meets half a secret."""
    home = file.parent
    half = home / f".{file.name}-{secrets.token_hex(8)}"
    with disk.explained(file, home):
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            try:
                os.link(half, file)
            except FileExistsError:
                return
        finally:
            half.unlink(missing_ok=True)
