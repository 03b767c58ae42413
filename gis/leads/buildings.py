"""Leads about buildings where nothing was supplied: 未供即用 and 违规占用."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gis.geometry.areas import planar_area_m2
from gis.leads.plane import (
    alone,
    confidence,
    facts_of,
    grouped,
    held,
    shared,
    subjects_of,
    substantial,
    together,
)
from gis.leads.settings import Settings
from gis.leads.table import rows_of


def unsupplied(
    buildings: pd.DataFrame,
    supplies: pd.DataFrame,
    approvals: pd.DataFrame,
    withdrawals: pd.DataFrame,
    parks: pd.DataFrame,
    settings: Settings,
) -> list[pd.DataFrame]:
    """Return the built land no supply holds: approved and not withdrawn, or elsewhere.

    buildings: key, region_code, geom; supplies: key, geom (those whose right has ended too: what
    they built is theirs); approvals: approval, geom; withdrawals: geom; parks: park_code, geom.
    A building that touches no supply and no approval counts where it stands in a park, and with
    low confidence: the papers of old towns are often not delivered.
    """
    if buildings.empty:
        return []
    shapes = buildings["geom"].to_numpy()
    whole_m2 = planar_area_m2(shapes)
    count = len(buildings)
    supplied = held(buildings, supplies)
    free = substantial(alone(shapes, supplied, settings), settings)
    on_approvals = held(buildings, approvals)
    given_up = together(shapes, shared(buildings, withdrawals))
    unsupplied_land = shapely.difference(together(shapes, on_approvals), given_up)
    on = substantial(shapely.intersection(free, unsupplied_land), settings)
    off = substantial(shapely.difference(free, unsupplied_land), settings)
    owners = grouped(supplies["key"].iloc[supplied.right], supplied.left, count)
    in_park = np.isin(np.arange(count), held(buildings, parks).left)
    is_bare = owners.map(len).to_numpy() == 0
    off[is_bare & ~in_park] = shapely.MultiPolygon()
    certain = confidence(planar_area_m2(off) / whole_m2, settings)
    certain[is_bare] = "low"
    named = grouped(approvals["approval"].iloc[on_approvals.right], on_approvals.left, count)
    return [
        rows_of(
            "built_unsupplied",
            buildings,
            subjects_of(buildings["key"], named),
            on,
            confidence(planar_area_m2(on) / whole_m2, settings),
            facts_of(source=["building"] * len(buildings)),
        ),
        rows_of(
            "built_outside_supply",
            buildings,
            subjects_of(buildings["key"], owners),
            off,
            certain,
            facts_of(source=["building"] * len(buildings)),
        ),
    ]
