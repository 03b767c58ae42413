"""A parcel as it was surveyed, in zone 37: X to the north and Y to the east, whole metres.

It lies 94.4 km west of the central meridian, 111 degrees east, in 东 beside its other parcels.
"""

from __future__ import annotations

from pathlib import Path

import geopandas
import shapely

from tests.warm import Desk

NORTH, EAST, SIDE = 4_385_780.0, 37_405_600.0, 60.0
CODE = "150602001001GB00077"
# Longitude and latitude to the hundredth of a degree.
ABOUT = (109.90, 39.60)


def load(desk: Desk, folder: Path) -> None:
    """Load it and judge the store anew."""
    place = folder / "测量.gpkg"
    geopandas.GeoDataFrame(
        {"宗地代码": [CODE], "行政区代码": ["150602"], "登记日期": ["2021-06-01"]},
        geometry=[shapely.box(EAST, NORTH, EAST + SIDE, NORTH + SIDE)], crs="EPSG:4525",
    ).to_file(place)  # fmt: skip
    assert desk.call("load", "parcels", str(place)).code == 0
    assert desk.call("run", "--as-of", "2024-06-30").code == 0
