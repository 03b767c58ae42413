"""What the land survey, the plans and the services say of the ground on a day."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gis.arrays import Shapes
from gis.crs import transform
from gis.geometry import areas, clean
from gis.geometry.allocation import Claims, allocate
from gis.geometry.by_zone import near_enough
from gis.geometry.pairs import pairs


def is_built(landclass: pd.DataFrame, built: Sequence[str], unbuilt: Sequence[str]) -> pd.Series:
    """Return which survey polygons are built land, by the beginning of their class code."""
    codes = landclass["class_code"].astype("str")
    return codes.str.startswith(tuple(built)) & ~codes.str.startswith(tuple(unbuilt))


def newest_first(landclass: pd.DataFrame) -> pd.DataFrame:
    """Return the survey polygons, the newest survey first, of one day built land first.

    Whoever shares out land in this order gives every point the newest word on it, also where a
    newer survey numbers its polygons anew.
    """
    return landclass.sort_values(
        ["from_on", "is_built", "parcel_no"], ascending=[False, False, True]
    ).reset_index(drop=True)


def readiness(plans: pd.DataFrame, serviced: pd.DataFrame, services_min: int) -> pd.DataFrame:
    """Return shapes with readiness: unbuildable, ready or not_ready.

    Unbuildable: 生态保护红线, 永久基本农田 and land the plan says cannot be built on. Ready:
    expropriated, levelled and with at least `services_min` services (三通一平); a serviced
    record that falls short of any of these is not ready.
    """
    closed = plans[plans["kind"].isin({"ecological_redline", "basic_farmland", "unbuildable"})]
    is_ready = (
        serviced["is_expropriated"].eq(True)
        & serviced["is_levelled"].eq(True)
        & (serviced["services_count"] >= services_min).fillna(False)
    )
    return pd.concat(
        [
            pd.DataFrame({"readiness": "unbuildable", "geom": closed["geom"]}),
            pd.DataFrame(
                {"readiness": np.where(is_ready, "ready", "not_ready"), "geom": serviced["geom"]}
            ),
        ],
        ignore_index=True,
    )


def classes(pieces: pd.DataFrame, landclass: pd.DataFrame, until_on: pd.Series) -> pd.DataFrame:
    """Return the survey's class of each piece by its own day.

    pieces: zone, geom (EPSG:4490). landclass: parcel_no, class_code, is_built, from_on, geom.
    until_on: one day per piece; only surveys not later count, and of these at every point the
    newest. Column: class_code (of the largest share, None where no survey reaches).
    """
    table = pd.DataFrame({"class_code": pd.Series(None, index=pieces.index, dtype="str")})
    if pieces.empty or landclass.empty:
        return table
    met = pd.concat(
        [_met(pieces, landclass, until_on, zone) for zone in sorted(pieces["zone"].unique())],
        ignore_index=True,
    )
    met["class_code"] = landclass["class_code"].to_numpy()[met["polygon"]]
    held = met.groupby(["piece", "class_code"], as_index=False)[["area_m2"]].sum()
    ranked = held.sort_values(["piece", "area_m2", "class_code"], ascending=[True, False, True])
    largest = ranked.drop_duplicates("piece").set_index("piece")["class_code"]
    table["class_code"] = largest.reindex(pd.RangeIndex(len(pieces))).to_numpy()
    return table


def built_after(
    pieces: pd.DataFrame, landclass: pd.DataFrame, day_on: pd.Series, as_of: pd.Series
) -> pd.Series:
    """Return of built pieces whether building began after their own day: flag, NA = unknown.

    Tables as `classes` takes them; as_of: the day each is asked about, after which no survey
    counts. Built by the newest survey up to the day: no. Not built by a
    survey of that day or later: yes, what is built now came after it. Between the two nobody can
    say. Most of the piece decides.
    """
    found = pd.Series(pd.NA, index=pieces.index, dtype="boolean")
    if pieces.empty or landclass.empty:
        return found
    whole_m2 = np.zeros(len(pieces))
    built_m2, free_m2 = np.zeros(len(pieces)), np.zeros(len(pieces))
    for zone in sorted(pieces["zone"].unique()):
        here = np.flatnonzero((pieces["zone"] == zone).to_numpy())
        whole_m2[here] = areas.planar_area_m2(_plane(pieces["geom"].to_numpy()[here], zone))
        for is_later, area_m2 in ((False, built_m2), (True, free_m2)):
            met = _met(pieces, landclass, day_on, zone, as_of if is_later else None)
            is_built = landclass["is_built"].to_numpy(bool)[met["polygon"]]
            counted = met[is_built ^ is_later]
            np.add.at(area_m2, counted["piece"].to_numpy(), counted["area_m2"].to_numpy())
    found[free_m2 >= whole_m2 / 2] = True
    found[built_m2 >= whole_m2 / 2] = False
    return found


def _met(
    pieces: pd.DataFrame,
    landclass: pd.DataFrame,
    until_on: pd.Series,
    zone: int,
    later_by: pd.Series | None = None,
) -> pd.DataFrame:
    """Return how much of each piece of a zone each survey polygon has; the newer goes before.

    `later_by`: of the unbuilt polygons alone that were surveyed on the piece's day or after it,
    and by this one.
    """
    here = np.flatnonzero((pieces["zone"] == zone).to_numpy())
    left = _plane(pieces["geom"].to_numpy()[here], zone)
    near = near_enough(landclass["geom"].to_numpy(), pieces["geom"].to_numpy()[here])
    surveyed = newest_first(landclass.iloc[near].assign(row=near).dropna(subset=["from_on"]))
    right = _plane(surveyed["geom"].to_numpy(), zone)
    found = pairs(left, right)
    until = until_on.to_numpy()[here[found.left]]
    from_on = surveyed["from_on"].to_numpy()[found.right]
    if later_by is not None:
        is_free = ~surveyed["is_built"].to_numpy(bool)[found.right]
        is_known = from_on <= later_by.to_numpy()[here[found.left]]
        found = found.kept((from_on >= until) & is_free & is_known)
    else:
        found = found.kept(from_on <= until)
    local = clean.shift(right[found.right], -clean.origin_of(left)[found.left])
    won = allocate(left, Claims(found.left, local, found.geoms)).won
    return pd.DataFrame(
        {
            "piece": here[found.left],
            "polygon": surveyed["row"].to_numpy()[found.right],
            "area_m2": areas.planar_area_m2(won),
        }
    )


def _plane(geoms: Shapes, zone: int) -> Shapes:
    return clean.work_on(transform.to_zone(geoms, int(zone))).geoms
