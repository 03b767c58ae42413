"""Where a subject lies: its own shape, else its parcels' together, and the block it lies in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Shapes
from gis.crs import systems, transform
from gis.facts import link
from gis.geometry import clean


def of_subjects(facts: pd.DataFrame, parcels: pd.DataFrame) -> Shapes:
    """Return the shape of each subject in EPSG:4490, None where no delivery gives one.

    A supply's own shape wins; else its parcels are joined: those that name its 电子监管号 or
    contract number, and its phase (a parcel without a phase belongs to every phase).
    """
    shapes = facts["geom"].to_numpy(dtype=object).copy()
    wanting = facts.loc[facts["geom"].isna()].rename(columns={"subject": "key"})
    place = pd.Series(np.flatnonzero(facts["geom"].isna()), index=wanting["key"])
    own = parcels.loc[parcels["supply_no"].notna(), ["supply_no", "phase", "geom", "key"]]
    met = link.join(own, link.references(wanting))
    met = met.assign(place=place.reindex(met["subject"]).to_numpy())
    met = met.drop_duplicates(["place", "key"]).sort_values(["place", "key"])
    parts = met["geom"].to_numpy(dtype=object)
    places = met["place"].to_numpy()
    count = np.bincount(places, minlength=len(facts))[places] if len(places) else places
    is_single = count == 1
    shapes[places[is_single]] = parts[is_single]
    if not is_single.all():
        owner, joined = _joined(parts[~is_single], places[~is_single])
        shapes[owner] = joined
    return shapes


def _joined(parts: Shapes, owners: np.ndarray) -> tuple[np.ndarray, Shapes]:
    """Join parts of one owner in the plane of their zone: in degrees a T-junction would gape."""
    owner, first = np.unique(owners, return_index=True)
    zones = systems.zone_of(parts[first])
    out = np.empty(len(owner), dtype=object)
    zone_of_part = zones[np.searchsorted(owner, owners)]
    for zone in np.unique(zones):
        is_here = zone_of_part == zone
        plane = clean.work_on(transform.to_zone(parts[is_here], int(zone))).geoms
        here = np.flatnonzero(zones == zone)
        starts = np.searchsorted(owners[is_here], owner[here])
        groups = np.split(plane, starts[1:])
        union = np.array([shapely.union_all(group) for group in groups], dtype=object)
        out[here] = transform.from_zone(union, int(zone))
    return owner, out


def block_of(shapes: Shapes, blocks: pd.DataFrame) -> pd.Series:
    """Return the code of the block each shape lies in, by a point inside it; None outside all."""
    has_shape = np.array([shape is not None for shape in shapes], dtype=bool)
    found = pd.Series(None, index=range(len(shapes)), dtype="str")
    if not has_shape.any() or blocks.empty:
        return found
    points = shapely.point_on_surface(shapes[has_shape])
    tree = shapely.STRtree(blocks["geom"].to_numpy())
    point, block = tree.query(points, predicate="intersects")
    # On a border two blocks meet: the smaller code, whatever the order of the rows.
    codes = pd.Series(blocks["block_code"].to_numpy()[block], index=point, dtype="str")
    first = codes.groupby(level=0).min()
    found.iloc[np.flatnonzero(has_shape)[first.index]] = first.to_numpy()
    return found
