"""Rings put together by where they lie and which way they run: holes that are further parts.

A writer that knows no parts keeps every ring of a record behind the first one, as its hole. A ring
outside the shell, or within a hole, that runs the way the shell runs was drawn as land; one that
runs the other way contradicts its place, and nothing is guessed of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

Array = np.ndarray[Any, Any]
# What GEOS says of a polygon whose rings may only be filed under the wrong head.
MISPLACED = ("Hole lies outside shell", "Holes are nested")


def with_further_parts(geom: shapely.Geometry) -> shapely.Geometry | None:
    """Return the shape with misplaced rings as parts of their own, None where that is no reading.

    Every ring's depth is how many others hold it: even depths are land, odd ones holes. Land must
    run the way its record's shell runs, the hole around an island the other way (where all rings
    run alike the way says nothing of what lies within), and the whole must be valid.
    """
    made: list[Any] = []
    for part in shapely.get_parts(geom):
        found = _sorted_out(shapely.get_rings(part))
        if found is None:
            return None
        made += found
    whole: shapely.Geometry = made[0] if len(made) == 1 else shapely.multipolygons(made)
    return whole if shapely.is_valid(whole) else None


def _sorted_out(rings: Array) -> list[Any] | None:
    areas: Array = np.asarray(shapely.polygons(rings), dtype=object)
    if len(rings) == 1:
        return list(areas)
    if not shapely.is_valid(areas).all():
        return None
    inner, outer = shapely.STRtree(areas).query(areas, predicate="within")
    is_other = inner != outer
    inner, outer = inner[is_other], outer[is_other]
    depth = np.bincount(inner, minlength=len(rings))
    is_land = depth % 2 == 0
    way = shapely.is_ccw(rings)
    if (way[is_land] != way[0]).any() or not is_land[0]:
        return None
    around_islands = np.isin(np.arange(len(rings)), outer[is_land[inner]]) & ~is_land
    if (way[around_islands] == way[0]).any():
        return None
    holes: dict[int, list[Any]] = {int(at): [] for at in np.flatnonzero(is_land)}
    for at in np.flatnonzero(~is_land):
        around = outer[inner == at]
        # The smallest ring around a hole is the land it is cut from.
        holes[int(around[np.argmax(depth[around])])].append(rings[at])
    return [shapely.Polygon(rings[at], within) for at, within in holes.items()]
