"""Made-up parcels, as many as asked for, the same for the same seed: a town that fits together."""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from gis.crs import transform
from gis.geometry import areas

PARCELS = 763_446
_WIDTH_M, _DEPTH_M = 70.0, 50.0
_ZONE_37_EAST_M, _NORTH_M = 37_420_000.0, 4_400_000.0
_WRONG_SHARE = 0.001  # of the declared areas
_USES = np.array(["工业用地", "仓储用地", "城镇住宅用地", "商服用地", "公共设施用地"])


def parcels(count: int = PARCELS, seed: int = 20260630) -> geopandas.GeoDataFrame:
    """Return `count` parcels in EPSG:4525 as a survey firm sends them.

    Corners and a bend in every edge are shared with the neighbours, so the parcels cover the
    ground without gap or overlap; each has four to eight corners. One declared area in a
    thousand is wrong.
    """
    draw = np.random.default_rng(seed)
    columns = int(np.ceil(np.sqrt(count)))
    lines = int(np.ceil(count / columns))
    x, y = np.meshgrid(np.arange(2 * columns + 1), np.arange(2 * lines + 1))
    east = _ZONE_37_EAST_M + (x + draw.uniform(-0.2, 0.2, x.shape)) * _WIDTH_M / 2
    north = _NORTH_M + (y + draw.uniform(-0.2, 0.2, y.shape)) * _DEPTH_M / 2
    points = np.round(np.stack([east, north], axis=-1), 3)
    line, column = np.divmod(np.arange(count), columns)
    ring = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0), (0, 0)]
    at = [(2 * line + down, 2 * column + right) for down, right in ring]
    # A bend is there for both parcels of an edge or for none; corners always are.
    is_bent = draw.random(x.shape) < 0.6
    is_bent[::2, ::2] = True
    is_there = np.stack([is_bent[where] for where in at], axis=1)
    corners = np.stack([points[where] for where in at], axis=1)[is_there]
    ends = np.concatenate([[0], np.cumsum(is_there.sum(axis=1))])
    one_each = np.arange(count + 1)
    shapes = shapely.from_ragged_array(shapely.GeometryType.POLYGON, corners, (ends, one_each))
    stored, *_ = transform.to_store(shapes, "EPSG:4525")
    area_m2 = areas.ellipsoidal_area_m2(stored)
    area_m2[draw.random(count) < _WRONG_SHARE] *= 1.1
    days = np.datetime64("2012-01-01", "D") + draw.integers(0, 4_000, count)
    serial = pd.Series(np.arange(count))
    block = (serial // 90_000).astype(str).str.zfill(3)
    return geopandas.GeoDataFrame(
        {
            "宗地代码": "150602001" + block + "GB" + (serial % 90_000).astype(str).str.zfill(5),
            "权利人": "鄂尔多斯市第" + (serial % 4_999).astype(str) + "实业有限公司",
            "土地用途": _USES[draw.integers(0, len(_USES), count)],
            "坐落": "康巴什产业园区纬" + (serial % 60).astype(str) + "路"
            + (serial % 500).astype(str) + "号",
            "宗地面积": np.round(area_m2, 2),
            "行政区代码": "150602",
            "登记日期": pd.Series(days, dtype=pd.ArrowDtype(pa.date32())),
        },
        geometry=shapes,
        crs="EPSG:4525",
    )  # fmt: skip


def files(folder: Path) -> dict[str, Path]:
    """Return where the parcels lie, by coordinate system."""
    return {name: folder / f"parcels_{name[5:]}.gpkg" for name in ("EPSG:4490", "EPSG:4525")}


def write(folder: Path, count: int = PARCELS) -> dict[str, Path]:
    """Write the parcels as GeoPackages, in degrees and in the plane of zone 37; return both."""
    made = files(folder)
    if all(path.exists() for path in made.values()):
        return made
    frame = parcels(count)
    for name, path in made.items():
        draft = path.with_suffix(".half.gpkg")
        draft.unlink(missing_ok=True)
        told = frame.to_crs(name) if name != "EPSG:4525" else frame
        told.to_file(draft, layer="parcels", engine="pyogrio", use_arrow=True)
        draft.replace(path)
    return made


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
