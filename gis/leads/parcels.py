"""Leads about parcels: beyond the park or the county they are of, divided, grouped, misdrawn."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.geometry.areas import planar_area_m2
from gis.geometry.clean import origin_of, shift
from gis.geometry.pairs import Pairs
from gis.leads.plane import alone, confidence, grouped, held, shared, subjects_of, substantial
from gis.leads.settings import Settings
from gis.leads.table import measured, rows_of


def beyond_park(
    parcels: pd.DataFrame, parks: pd.DataFrame, settings: Settings
) -> list[pd.DataFrame]:
    """Return parcels that lie in a park with half of themselves and stick out of it.

    parcels: key, region_code, geom; parks: park_code, geom. At most medium: a park's boundary is
    often drawn later than the parcels in it.
    """
    met = held(parcels, parks)
    whole_m2 = planar_area_m2(parcels["geom"].to_numpy())
    is_home = met.area_m2 >= settings.home_share * whole_m2[met.left]
    home = met.kept(is_home)
    # Two parks may hold half each: the smaller code, whatever the order of the rows.
    codes = parks["park_code"].to_numpy()[home.right]
    first = pd.Series(codes).groupby(home.left).transform("min").to_numpy() == codes
    home = home.kept(first)
    inside = parcels.iloc[np.unique(home.left)].reset_index(drop=True)
    found = _beyond("parcel_outside_park", inside, _renumbered(home), parks["park_code"], settings)
    return [found.assign(confidence=found["confidence"].replace("high", "medium"))]


def beyond_region(
    parcels: pd.DataFrame, regions: pd.DataFrame, settings: Settings
) -> list[pd.DataFrame]:
    """Return parcels that stick out of, or lie outside, the county whose code they carry.

    parcels: key, region_code, has_county (its boundary is known), geom; regions: region_code, geom.
    """
    own = parcels[parcels["has_county"].to_numpy(dtype=bool)].reset_index(drop=True)
    if own.empty:
        return []
    met = held(own, regions)
    of = own["region_code"].to_numpy()[met.left] == regions["region_code"].to_numpy()[met.right]
    return [_beyond("parcel_outside_region", own, met.kept(of), regions["region_code"], settings)]


def divided(former: pd.DataFrame, parcels: pd.DataFrame, settings: Settings) -> list[pd.DataFrame]:
    """Return parcel_split: an old parcel of whose land at least two new ones are now.

    former: key, to_delivery (the delivery that ended this version), region_code, geom; parcels:
    key, from_delivery, geom. Old and new are of one land when the new one came with or after the
    end of the old one. A parcel drawn anew under its own key alone was not divided.
    """
    return [_parts("parcel_split", former, parcels, "to_delivery", settings)]


def united(parcels: pd.DataFrame, former: pd.DataFrame, settings: Settings) -> list[pd.DataFrame]:
    """Return parcel_merged: a parcel that at least two old ones became; tables as `divided`."""
    return [_parts("parcel_merged", parcels, former, "from_delivery", settings)]


def recorded(parcels: pd.DataFrame, settings: Settings) -> list[pd.DataFrame]:
    """Return parcels whose drawing has not the area that is registered."""
    areas = parcels[["area_m2"]].to_numpy(dtype=np.float64)
    return [measured("parcel_area_differs", parcels, subjects_of(parcels["key"]), areas, settings)]


def _beyond(
    kind: str, own: pd.DataFrame, met: Pairs, codes: pd.Series, settings: Settings
) -> pd.DataFrame:
    shapes = own["geom"].to_numpy()
    land = substantial(alone(shapes, met, settings), settings)
    named = grouped(codes.iloc[met.right], met.left, len(own))
    named = named.where(named.map(len) > 0, own["region_code"].reset_index(drop=True))
    share = planar_area_m2(land) / planar_area_m2(shapes)
    return rows_of(
        kind, own, subjects_of(own["key"], named), land, confidence(share, settings), None
    )


def _renumbered(met: Pairs) -> Pairs:
    return met._replace(left=np.unique(met.left, return_inverse=True)[1].astype(np.int64))


def _parts(
    kind: str, whole: pd.DataFrame, parts: pd.DataFrame, day: str, settings: Settings
) -> pd.DataFrame:
    """Return the shapes of `whole` of whose land at least two of `parts` are for the most part.

    `day` is the column of `whole` that tells old from new: to_delivery where it is the old one.
    """
    met = shared(whole, parts)
    of, part = whole.iloc[met.left], parts.iloc[met.right]
    old, new = (of, part) if day == "to_delivery" else (part, of)
    came_after = new["from_delivery"].to_numpy() >= old["to_delivery"].to_numpy()
    part_m2 = planar_area_m2(part["geom"].to_numpy())
    # A part is wholly of the land; a whole that only overlaps its own successor is no part.
    is_part = np.asarray(came_after, dtype=bool) & (met.area_m2 >= settings.lineage_share * part_m2)
    met = met.kept(is_part)
    table = pd.DataFrame(
        {"of": met.left, "key": parts["key"].to_numpy()[met.right], "area_m2": met.area_m2}
    )
    table = table[table.groupby("of")["key"].transform("nunique") > 1]
    rows = np.unique(table["of"].to_numpy(dtype=np.int64))
    about = whole.iloc[rows].reset_index(drop=True)
    group = np.searchsorted(rows, table["of"].to_numpy(dtype=np.int64))
    named = grouped(table["key"], group, len(rows))
    shapes = about["geom"].to_numpy()
    held_m2 = np.bincount(group, weights=table["area_m2"], minlength=len(rows))
    certain = confidence(held_m2 / planar_area_m2(shapes), settings)
    certain[held_m2 < settings.lineage_share * planar_area_m2(shapes)] = "low"
    land = shift(shapes, -origin_of(shapes))
    return rows_of(kind, about, subjects_of(about["key"], named), land, certain, None)
