"""Two hundred thousand parcels on eleven by three kilometres, of which other servers fail to draw.

Side by side, 11 m wide and 15 m deep, in a store of their own; each is registered and of no supply.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from gis.config import Config
from gis.crs import transform
from gis.store import database, runs
from gis.store.cluster import server
from scripts.benchmarks import filled
from scripts.benchmarks.engine import Land

WIDE, DEEP = 1_000, 200
_WIDTH_M, _DEPTH_M = 11.0, 15.0
# The south-west corner in zone 36, in metres.
_WEST_M, _SOUTH_M = 540_000.0, 4_380_000.0
# What is left between two neighbours.
_PATH_M = 0.5


@contextmanager
def kept(home: Path) -> Iterator[Land]:
    """Give the land kept in a store, delivered first where nothing is; it is judged by nobody."""
    home.mkdir(parents=True, exist_ok=True)
    try:
        with database.connect(Config(home, None), make=True) as store:
            if not runs.all_runs(store) and not _count(store):
                filled.put(store, "parcels", "hotspot", _parcels())
        yield Land(home, WIDE * DEEP)
    finally:
        server.stop(home)


def _count(store: database.Connection) -> int:
    row = store.execute("SELECT count(*) FROM landwatch.parcels").fetchone()
    return int(row[0]) if row else 0


def _parcels() -> pd.DataFrame:
    x, y = (each.ravel() for each in np.meshgrid(np.arange(WIDE), np.arange(DEEP)))
    west, south = _WEST_M + x * _WIDTH_M, _SOUTH_M + y * _DEPTH_M
    boxes = shapely.box(west, south, west + _WIDTH_M - _PATH_M, south + _DEPTH_M - _PATH_M)
    codes = pd.Series(np.arange(len(boxes))).astype("str").str.zfill(7)
    return pd.DataFrame(
        {
            "parcel_code": "150602001001GB" + codes.str[-5:] + codes.str[:2],
            "region_code": "150602",
            "use_text": "工业用地",
            "geom": transform.from_zone(np.asarray(boxes), filled.ZONE),
        }
    )
