"""What remains of an approval, told by its shape: land to supply, 边角地 or a sliver."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import shapely

from gis.approvals.overlay_settings import Settings
from gis.arrays import Numbers, Shapes
from gis.geometry.areas import planar_area_m2
from gis.geometry.clean import polygonal
from gis.geometry.pairs import ROUNDOFF_M2, Indices

Words = npt.NDArray[np.str_]
# Sharp corners come back whole from shrinking and growing again down to about six degrees.
_MITRE_LIMIT = 20.0


def mean_width_m(geoms: Shapes) -> Numbers:
    """Return 2 x area / perimeter of each shape, metres; a strip's width, half a square's side.

    >>> mean_width_m(np.array([shapely.box(0, 0, 100, 100)])).tolist()
    [50.0]
    """
    perimeter_m = shapely.length(geoms)
    # An empty shape has no width; dividing nothing by nothing would only warn about it.
    return 2.0 * planar_area_m2(geoms) / np.where(perimeter_m > 0, perimeter_m, np.inf)


def words(geoms: Shapes, settings: Settings) -> Words:
    """Return `sliver`, `edge` (边角地) or `unsupplied` for each polygon in a plane."""
    area_m2, width_m = planar_area_m2(geoms), mean_width_m(geoms)
    is_edge = (area_m2 < settings.edge_area_m2) | (width_m < settings.edge_width_m)
    found = np.where(is_edge, "edge", "unsupplied")
    return np.where(width_m < settings.sliver_width_m, "sliver", found)


def classified(rest: Shapes, settings: Settings) -> tuple[Shapes, Indices, Words]:
    """Return the polygons of each remainder, the row each came from, and its word.

    A plot with a long hair on it (an edge that almost matches) would have the mean width of
    the hair; where the plot without its thin limbs is large and wide enough to supply, the
    limbs are cut off and graded by themselves. Nothing is dropped but roundoff.
    """
    parts, row = shapely.get_parts(rest, return_index=True)
    kept = planar_area_m2(parts) > ROUNDOFF_M2
    parts, row = parts[kept], np.asarray(row[kept], dtype=np.int64)
    doubtful = (words(parts, settings) != "unsupplied") & (
        planar_area_m2(parts) >= settings.edge_area_m2
    )
    at = np.flatnonzero(doubtful)
    if len(at):
        limbs = _limbs(parts[at], settings)
        has_limbs = ~shapely.is_missing(limbs) & ~shapely.is_empty(limbs)
        at, limbs = at[has_limbs], limbs[has_limbs]
        cores, core_of = shapely.get_parts(
            polygonal(shapely.difference(parts[at], limbs)), return_index=True
        )
        limbs, limb_of = shapely.get_parts(limbs, return_index=True)
        whole = np.setdiff1d(np.arange(len(parts)), at)
        row = np.concatenate([row[whole], row[at[core_of]], row[at[limb_of]]])
        parts = np.concatenate([parts[whole], cores, limbs])
        kept = planar_area_m2(parts) > ROUNDOFF_M2
        parts, row = parts[kept], row[kept]
    order = in_place_order(parts, row)
    return parts[order], row[order], words(parts[order], settings)


def _limbs(parts: Shapes, settings: Settings) -> Shapes:
    """Return what shrinking by half the edge width and growing again takes off, else None."""
    half = settings.edge_width_m / 2
    kernel = shapely.buffer(parts, -half, join_style="mitre", mitre_limit=_MITRE_LIMIT)
    opened = shapely.buffer(kernel, half, join_style="mitre", mitre_limit=_MITRE_LIMIT)
    limbs = polygonal(shapely.difference(parts, opened))
    pieces, owner = shapely.get_parts(limbs, return_index=True)
    # Growing back leaves crumbs along every edge; a limb is longer than it is wide.
    is_limb = (planar_area_m2(pieces) > ROUNDOFF_M2) & (shapely.length(pieces) > 4 * half)
    out = np.full(len(parts), None, dtype=object)
    used, group = np.unique(owner[is_limb], return_inverse=True)
    if len(used):
        out[used] = shapely.multipolygons(pieces[is_limb], indices=group)
    cores, core_of = shapely.get_parts(opened, return_index=True)
    is_plot = words(cores, settings) == "unsupplied"
    out[~np.isin(np.arange(len(parts)), core_of[is_plot])] = None
    return out


def in_place_order(parts: Shapes, row: Indices) -> Indices:
    """Return an order by row, then place: it does not depend on how GEOS listed the parts."""
    west, south, east, north = shapely.bounds(parts).T
    return np.lexsort((north, east, south, west, row))
