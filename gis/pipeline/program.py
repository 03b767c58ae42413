"""Which program gave a result: a digest of its own sources and of the libraries it counts with.

A version number says what its authors meant to change; the digest says what did change. Two runs
are the same run only under one digest, a run is built on another only under one, and a worker of
another digest is refused.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import metadata, resources
from importlib.resources.abc import Traversable

import numpy as np
import pandas as pd
import shapely

from gis.crs import datums

# The law has a digest of its own: a run says apart whether the law or the program has changed.
_LAW = "law"
_SOURCES = (".py", ".sql", ".toml")
# GDAL takes no part in judging; its wheel is named because what was read came through it.
_GDAL_WHEEL = "pyogrio"


@cache
def code_digest() -> str:
    """Return 64 hexadecimal digits that change with any source, data file or library of judging.

    Worked out once a process (about 20 ms), so a program replaced on the disk while it runs is
    still told by the sources it was started with, if asked at its start.
    """
    return _digest()


def is_replaced() -> bool:
    """Return whether the program on the disk is no longer the one this process was asked of.

    What such a process loads from now on would be of another program than what it has loaded.
    """
    return _digest() != code_digest()


def libraries() -> dict[str, str]:
    """Return library -> version of all that a figure depends on besides our own sources."""
    return {
        "GEOS": shapely.geos_version_string,
        "PROJ": datums.proj_version(),
        "GDAL": f"{_GDAL_WHEEL} {metadata.version(_GDAL_WHEEL)}",
        "numpy": np.__version__,
        "pandas": pd.__version__,
        "shapely": shapely.__version__,
    }


def _digest() -> str:
    digest = hashlib.sha256()
    for name, file in sorted(_files(resources.files("gis"), "")):
        content = file.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    for name, version in libraries().items():
        digest.update(f"{name}={version}\n".encode())
    return digest.hexdigest()


def _files(folder: Traversable, path: str) -> list[tuple[str, Traversable]]:
    found = []
    for entry in folder.iterdir():
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            found += _files(entry, name)
        elif entry.name.endswith(_SOURCES) and not _is_law(path, entry.name):
            found.append((name, entry))
    return found


def _is_law(path: str, name: str) -> bool:
    return path == f"/{_LAW}" and name.endswith(".toml")
