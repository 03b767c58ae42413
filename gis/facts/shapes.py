"""Where a subject lies: its own shape, else its parcels' together, and its block and park."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Shapes, objects
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


def places_of(shapes: Shapes, blocks: pd.DataFrame, parks: pd.DataFrame) -> pd.DataFrame:
    """Return block_code and park_code of each shape, by a point inside it; None outside all.

    Land in a block lies in that block's park, whatever the parks' own shapes say.
    """
    has_shape = np.array([shape is not None for shape in shapes], dtype=bool)
    at = np.flatnonzero(has_shape)
    points = shapely.point_on_surface(shapes[at])
    found = pd.DataFrame(index=range(len(shapes)))
    for name, places in (("block_code", blocks), ("park_code", parks)):
        codes = pd.Series(None, index=range(len(shapes)), dtype="str")
        codes.iloc[at] = _place_of(points, places, name).to_numpy()
        found[name] = codes
    park_of = blocks.drop_duplicates("block_code").set_index("block_code")["park_code"]
    return found.assign(
        park_code=found["block_code"].map(park_of).astype("str").fillna(found["park_code"])
    )


def _place_of(points: Shapes, places: pd.DataFrame, code: str) -> pd.Series:
    tree = shapely.STRtree(places["geom"].to_numpy(dtype=object))
    point, place = tree.query(points, predicate="intersects")
    # On a border two places meet: the smaller code, whatever the order of the rows.
    label, names = pd.factorize(places[code].to_numpy(dtype=object), sort=True)
    none = len(names)
    first = np.full(len(points), none)
    np.minimum.at(first, point, np.where(label < 0, none, label)[place])
    return pd.Series(objects([*names, None])[first], dtype="str")
