"""Which stored shapes the overlay would bring together: those that share land, or adjoin."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gis.crs import Flags, Shapes, zone_of
from gis.overlay.pairs import overlapping
from gis.overlay.zones import NEAR_M, into_zone, near_enough


def touched(geoms: Shapes, others: Shapes, adjoins: Flags) -> Flags:
    """Return which shapes (EPSG:4490) share land with one of the others, or lie beside one.

    Told in the plane of the shape's own zone, on the very coordinates the overlay works on: what
    shares no land there is no pair. Beside, within NEAR_M, counts where the other one `adjoins`.
    """
    out = np.zeros(len(geoms), dtype=bool)
    table = pd.DataFrame({"row": np.arange(len(geoms)), "geom": geoms})
    rest = pd.DataFrame({"adjoins": adjoins, "geom": others})
    zones = zone_of(geoms) if len(geoms) else np.empty(0, dtype=np.int64)
    for zone in np.unique(zones):
        near = near_enough(others, geoms[zones == zone])
        mine, them = (
            into_zone(each, int(zone))[0] for each in (table[zones == zone], rest.iloc[near])
        )
        left, right = mine["geom"].to_numpy(), them["geom"].to_numpy()
        tree = shapely.STRtree(right)
        one, other = tree.query(left)
        hits = [one[overlapping(left, right, one, other)]]
        beside = them.loc[them["adjoins"], "geom"].to_numpy()
        hits.append(shapely.STRtree(beside).query(left, predicate="dwithin", distance=NEAR_M)[0])
        out[mine["row"].to_numpy()[np.concatenate(hits)]] = True
    return out
