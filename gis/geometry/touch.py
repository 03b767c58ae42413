"""Which stored shapes the overlay would bring together: those that share land, or adjoin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Flags, Shapes
from gis.crs.systems import zone_of
from gis.geometry.by_zone import NEAR_M, into_zone, near_enough
from gis.geometry.pairs import overlapping


def touched(geoms: Shapes, others: Shapes, beside: Shapes) -> Flags:
    """Return which shapes (EPSG:4490) share land with one of `others`, or lie beside one of those.

    Told in the plane of the shape's own zone, on the very coordinates the overlay works on: what
    shares no land there is no pair. Within NEAR_M of a shape is `beside` it.
    """
    out = np.zeros(len(geoms), dtype=bool)
    zones = zone_of(geoms) if len(geoms) else np.empty(0, dtype=np.int64)
    for zone in np.unique(zones):
        rows = np.flatnonzero(zones == zone)
        near = [each[near_enough(each, geoms[rows])] for each in (others, beside)]
        tables = (pd.DataFrame({"geom": each}) for each in (geoms[rows], *near))
        mine, land, edge = (into_zone(table, int(zone))[0] for table in tables)
        left, right = mine["geom"].to_numpy(), land["geom"].to_numpy()
        one, other = shapely.STRtree(right).query(left)
        tree = shapely.STRtree(edge["geom"].to_numpy())
        by = tree.query(left, predicate="dwithin", distance=NEAR_M)[0]
        hits = np.concatenate([one[overlapping(left, right, one, other)], by])
        out[rows[mine.index.to_numpy()[hits]]] = True
    return out
