"""The overlay of stored shapes: each approval in the zone of its centroid, answers in EPSG:4490."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pandas as pd
import shapely

from gis.approvals.overlay import Overlay, plane_overlay
from gis.approvals.overlay_settings import Settings
from gis.crs.systems import zone_of
from gis.crs.transform import from_zone
from gis.frames import door, nothing
from gis.geometry.areas import ellipsoidal_area_m2
from gis.geometry.by_zone import into_zone, near_enough
from gis.geometry.clean import mend


@door(
    approvals="approvals.approvals",
    supplies="approvals.supplies",
    withdrawals="approvals.withdrawals",
    places="approvals.places",
    rivals="approvals.approvals",
    surveyed="approvals.surveyed",
    gives="overlay.*",
)
def overlay(
    approvals: pd.DataFrame,
    supplies: pd.DataFrame,
    withdrawals: pd.DataFrame,
    places: pd.DataFrame,
    settings: Settings,
    rivals: pd.DataFrame | None = None,
    threads: int = 1,
    surveyed: pd.DataFrame | None = None,
) -> Overlay:
    """Return the overlay of stored approvals (EPSG:4490) with all that meets them.

    Tables as `plane_overlay` takes them; approvals also have approved_on and replaces, and
    serve as their own `rivals` unless a wider set is given (a part of a larger run gives all
    that may lie over its own). Rows without geometry take no part here: the balance counts them.
    The tables given have besides: pieces area_ellipsoidal_m2 (on noded rings) and zone;
    approvals ring_ellipsoidal_m2 (the delivered ring's own), noded_ellipsoidal_m2, zone and
    is_mended.
    """
    approvals, supplies, withdrawals, places = (
        _with_geom(table) for table in (approvals, supplies, withdrawals, places)
    )
    if approvals.empty:
        return Overlay(*(nothing(f"overlay.{one.name}") for one in fields(Overlay)))
    rivals = approvals if rivals is None else _with_geom(rivals)
    if surveyed is None:
        surveyed = pd.DataFrame({"is_built": np.empty(0, bool), "geom": np.empty(0, object)})
    surveyed = _with_geom(surveyed)
    zones = zone_of(approvals["geom"].to_numpy())
    found = []
    for zone in np.unique(zones):
        mine = approvals[zones == zone]
        others = [_near(table, mine) for table in (supplies, withdrawals, rivals, places, surveyed)]
        found.append(_in_zone(int(zone), mine, others, settings, threads))
    return Overlay(
        *(
            pd.concat(tables, ignore_index=True).sort_values(by, ignore_index=True)
            for tables, by in (
                ([each.pieces for each in found], "id"),
                ([each.pairs for each in found], ["approval", "supply"]),
                ([each.approvals for each in found], "approval"),
                ([each.places for each in found], ["id", "place_kind", "place_code"]),
            )
        )
    )


def _in_zone(
    zone: int, mine: pd.DataFrame, others: list[pd.DataFrame], settings: Settings, threads: int
) -> Overlay:
    subjects, is_mended = into_zone(mine, zone)
    supplies, withdrawals, rivals, places, surveyed = (
        into_zone(table, zone)[0] for table in others
    )
    plane = plane_overlay(
        subjects, supplies, withdrawals, rivals, places, settings, threads, surveyed
    )
    pieces, sums = plane.pieces, plane.approvals
    geoms = pieces["geom"].to_numpy(dtype=object).copy()
    # A supply that came through whole keeps the shape that is stored, to the last digit.
    is_whole = (pieces["is_delivered"] & pieces["supply"].notna()).to_numpy(dtype=bool)
    stored = others[0].set_index("key")["geom"]
    geoms[is_whole] = stored.reindex(pieces["supply"][is_whole]).to_numpy()
    geoms[~is_whole] = mend(from_zone(geoms[~is_whole], zone)).geoms
    area_m2 = ellipsoidal_area_m2(geoms)
    pieces = pieces.assign(geom=geoms, area_ellipsoidal_m2=area_m2, zone=zone)
    delivered = mine.set_index("approval")["geom"].reindex(sums["approval"]).to_numpy()
    noded = pd.Series(area_m2).groupby(pieces["approval"].to_numpy()).sum()
    sums = sums.assign(
        ring_ellipsoidal_m2=ellipsoidal_area_m2(delivered),
        noded_ellipsoidal_m2=noded.reindex(sums["approval"]).to_numpy(),
        zone=zone,
        is_mended=is_mended.set_axis(subjects["approval"]).reindex(sums["approval"]).to_numpy(),
        geom=mend(from_zone(sums["geom"].to_numpy(), zone)).geoms,
    )
    return Overlay(pieces, plane.pairs, sums, plane.places)


def _with_geom(table: pd.DataFrame) -> pd.DataFrame:
    geoms = table["geom"].to_numpy()
    kept: pd.DataFrame = table[~(shapely.is_missing(geoms) | shapely.is_empty(geoms))]
    return kept


def _near(table: pd.DataFrame, subjects: pd.DataFrame) -> pd.DataFrame:
    return table.iloc[near_enough(table["geom"].to_numpy(), subjects["geom"].to_numpy())]
