"""Deliveries made ill on purpose: the ten square parcels with one fault of a kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import shapely

from gis.crs import transform
from gis.intake.doctor import gcj02
from gis.intake.doctor.examine import Diagnosis, examine
from gis.intake.doctor.known import Known
from tests.intake_samples import CODES, parcels, squares

Array = np.ndarray[Any, Any]


def written(
    folder: Path, geoms: Any = None, epsg: int | None = 4525, **columns: Sequence[Any] | None
) -> Path:
    """The parcels with other shapes, under a coordinate system of any name (None: no name)."""
    left_out = [name for name, values in columns.items() if values is None]
    frame = parcels(**columns).drop(columns=left_out)
    shapes = squares() if geoms is None else np.asarray(geoms, dtype=object)
    path = folder / "parcels.gpkg"
    system = None if epsg is None else f"EPSG:{epsg}"
    data = frame.drop(columns="geometry").iloc[: len(shapes)]
    geopandas.GeoDataFrame(data, geometry=shapes, crs=system).to_file(path, layer="宗地")
    return path


def without_prj(folder: Path, geoms: Any = None) -> Path:
    """The same as a shapefile whose .prj got lost."""
    path = folder / "parcels.shp"
    shapes = squares() if geoms is None else geoms
    geopandas.GeoDataFrame(
        {"ZDDM": CODES[: len(shapes)]}, geometry=np.asarray(shapes), crs="EPSG:4525"
    ).to_file(path)
    path.with_suffix(".prj").unlink()
    return path


def moved(geoms: Array, east_m: float, north_m: float = 0.0) -> Array:
    """Shapes moved by the same metres."""
    return np.asarray(shapely.transform(geoms, lambda xy: xy + np.array([east_m, north_m])))


def swapped(geoms: Array) -> Array:
    """Shapes with X and Y in each other's place."""
    return np.asarray(shapely.transform(geoms, lambda xy: xy[:, ::-1]))


def as_gcj02(lon_lat: Array) -> Array:
    """Return true (lon, lat) as a web map of the mainland shows them."""
    return np.asarray(lon_lat + gcj02.shift_degrees(lon_lat))


def in_degrees(geoms: Array | None = None) -> Array:
    """The squares as longitude and latitude of CGCS2000."""
    return np.asarray(transform.to_store(squares() if geoms is None else geoms, 4525).geoms)


def known(
    geoms: Array | None = None,
    keys: Sequence[str] = CODES,
    region: Any = None,
    park: Any = None,
) -> Known:
    """A store that holds the parcels (EPSG:4490), one region 150699 and one park YS."""
    shapes = in_degrees() if geoms is None else geoms
    area = shapely.buffer(shapely.union_all(in_degrees()), 0.05) if region is None else region
    return Known(
        pd.DataFrame({"key": list(keys), "supply_no": None, "geom": shapes}),
        pd.DataFrame({"region_code": ["150699"], "name": ["演示旗"], "geom": [area]}),
        pd.DataFrame({"park_code": ["YS"], "name": ["演示开发区"], "geom": [park or area]}),
    )


def found(path: Path, kind: str = "parcels", **options: Any) -> Diagnosis:
    """The diagnosis of a file."""
    return examine(path, kind, **options)


def codes(diagnosis: Diagnosis) -> set[str]:
    """The codes found, without what the reader merely mentions."""
    mentioned = {"assumed_unit", "unmapped_header", "guessed_encoding", "multipart_geometry"}
    return set(diagnosis.findings["code"]) - mentioned


def only(diagnosis: Diagnosis, code: str) -> pd.DataFrame:
    """The findings of one code, of which there must be some."""
    rows = diagnosis.findings[diagnosis.findings["code"] == code]
    assert len(rows), sorted(set(diagnosis.findings["code"]))
    return rows.reset_index(drop=True)
