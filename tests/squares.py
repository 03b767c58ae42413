"""The tiny city of whole-metre squares: shapes and tables the geometry tests are worked out on.

The plane is that of zone 36; the city's corner lies at X 500 km, Y 4,320 km (108 E, about 39 N).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.approvals.overlay import Overlay, plane_overlay
from gis.approvals.overlay_settings import Settings
from gis.crs import transform

ZONE = 36
EAST, NORTH = 500_000.0, 4_320_000.0
SETTINGS = Settings(edge_area_m2=2000 / 3, edge_width_m=5.0, sliver_width_m=0.1)


def square(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(EAST + x0, NORTH + y0, EAST + x1, NORTH + y1)


def ring(*points: tuple[float, float]) -> shapely.Polygon:
    return shapely.Polygon([(EAST + x, NORTH + y) for x, y in points])


def approvals(*rows: dict[str, Any]) -> pd.DataFrame:
    given = {
        "approved_on": "2015-01-01",
        "replaces": [],
        "region_code": "150602",
        "total_area_m2": np.nan,
        "new_area_m2": np.nan,
        "exempt_area_m2": np.nan,
        "geom": None,
    }
    table = _table(rows, given, ["approval"])
    table["approval_no"] = table["approval"]
    table["approved_on"] = pd.to_datetime(table["approved_on"])
    return table


def supplies(*rows: dict[str, Any]) -> pd.DataFrame:
    given = {
        "signed_on": "2016-01-01",
        "granted_share": 1.0,
        "area_m2": np.nan,
        "parcel_total_m2": np.nan,
        "approval_nos": None,
        "approval_areas_m2": None,
        "geom": None,
    }
    table = _table(rows, given, ["key"])
    table["signed_on"] = pd.to_datetime(table["signed_on"])
    return table


def withdrawals(*rows: dict[str, Any]) -> pd.DataFrame:
    return _table(rows, {"area_m2": np.nan, "geom": None}, ["document", "approval_no"])


def places(**blocks: shapely.Geometry) -> pd.DataFrame:
    table = pd.DataFrame({"place_code": list(blocks), "geom": list(blocks.values())})
    return table.assign(place_kind="block").astype({"geom": object})


def overlaid(
    approved: pd.DataFrame,
    supplied: pd.DataFrame | None = None,
    withdrawn: pd.DataFrame | None = None,
    where: pd.DataFrame | None = None,
    threads: int = 1,
) -> Overlay:
    return plane_overlay(
        approved,
        supplies() if supplied is None else supplied,
        withdrawals() if withdrawn is None else withdrawn,
        approved,
        places() if where is None else where,
        SETTINGS,
        threads,
    )


def stored(table: pd.DataFrame, zone: int = ZONE) -> pd.DataFrame:
    """The same table as it comes from the store: shapes in EPSG:4490."""
    return table.assign(geom=transform.from_zone(table["geom"].to_numpy(dtype=object), zone))


def words(overlay: Overlay) -> dict[str, float]:
    """Areas by word, m2, of all approvals together."""
    return overlay.pieces.groupby("disposition")["area_planar_m2"].sum().to_dict()


def _table(rows: Iterable[dict[str, Any]], given: dict[str, Any], keys: list[str]) -> pd.DataFrame:
    table = pd.DataFrame([given | row for row in rows], columns=[*keys, *given])
    return table.astype({"geom": object})
