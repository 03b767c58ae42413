"""Leads about supplied land: outside an approval, before it, twice, built on, used otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Flags, Shapes
from gis.facts.keyword_groups import Groups, groups_of
from gis.geometry.allocation import Claims, allocate
from gis.geometry.areas import planar_area_m2
from gis.geometry.clean import origin_of, shift
from gis.geometry.pairs import Indices, Pairs
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
from gis.leads.table import measured, rows_of


def approved(
    supplies: pd.DataFrame, approvals: pd.DataFrame, settings: Settings
) -> list[pd.DataFrame]:
    """Return 未批先供: supplied land no approval holds, and land approved after it was supplied.

    supplies: key, signed_on, region_code, approval_nos, has_undrawn_approval (it names one without
    a drawing), source_area_m2 (existing construction land), geom; approvals: approval,
    approved_on, geom. An approval without a day holds land from the beginning. Confidence is by
    share; at most medium where the supply names no approval, low where an approval without a
    drawing or existing construction land may explain it.
    """
    if supplies.empty:
        return []
    met = held(supplies, approvals)
    signed_on = supplies["signed_on"].to_numpy()[met.left]
    approved_on = approvals["approved_on"].to_numpy()[met.right]
    is_later = approved_on > signed_on
    open_then = alone(supplies["geom"].to_numpy(), met.kept(~is_later), settings)
    later = met.kept(is_later)
    outside = substantial(_without(open_then, later, supplies), settings)
    since = np.flatnonzero(np.isin(np.arange(len(supplies)), later.left))
    before = np.full(len(supplies), shapely.MultiPolygon(), dtype=object)
    before[since] = shapely.intersection(
        open_then[since], together(supplies["geom"].to_numpy(), later)[since]
    )
    before = substantial(before, settings)
    named = grouped(approvals["approval"].iloc[later.right], later.left, len(supplies))
    first_on = pd.Series(approved_on[is_later]).groupby(later.left).min()
    first_on = first_on.reindex(range(len(supplies)))
    whole_m2 = planar_area_m2(supplies["geom"].to_numpy())
    certain = confidence(planar_area_m2(outside) / whole_m2, settings)
    is_explained = supplies["has_undrawn_approval"].to_numpy(dtype=bool) | (
        supplies["source_area_m2"].to_numpy() >= planar_area_m2(outside)
    )
    names_none = supplies["approval_nos"].isna().to_numpy()
    certain[names_none & (certain == "high")] = "medium"
    certain[is_explained] = "low"
    certain_before = confidence(planar_area_m2(before) / whole_m2, settings)
    # Of most supplies there is nothing to say, and so nobody to name.
    at, since = (np.flatnonzero(planar_area_m2(land) > 0) for land in (outside, before))
    own, late = supplies.iloc[at], supplies.iloc[since]
    return [
        rows_of(
            "supply_outside_approval",
            own,
            subjects_of(own["key"]),
            outside[at],
            certain[at],
            facts_of(signed_on=own["signed_on"]),
        ),
        rows_of(
            "supply_before_approval",
            late,
            subjects_of(late["key"], named.iloc[since]),
            before[since],
            certain_before[since],
            facts_of(signed_on=late["signed_on"], approved_on=first_on.iloc[since]),
        ),
    ]


def twice(supplies: pd.DataFrame, others: pd.DataFrame, settings: Settings) -> list[pd.DataFrame]:
    """Return 一地多供: land two supplies in force hold at once, one lead a pair.

    Both tables: key, supply_no, layer (surface, or the layer of a right above or below ground),
    signed_on, region_code, geom; `others` holds the supplies themselves too. Phases of one
    supply and layered rights are not supplied twice. The pair is found by its smaller key.
    """
    # Compared as numbers: texts would be, for every two neighbours of a whole town.
    key, number, layer = (
        pd.factorize(pd.concat([supplies[name], others[name]]), sort=True)[0]
        for name in ("key", "supply_no", "layer")
    )

    def are_twice(left: Indices, right: Indices) -> Flags:
        there = right + len(supplies)
        # Without a number it is no phase of another.
        is_other = (number[left] != number[there]) | (number[left] < 0)
        is_pair = (key[left] < key[there]) & is_other & (layer[left] == layer[there])
        return np.asarray(is_pair, dtype=bool)

    met = shared(supplies, others, are_twice)
    one = supplies.iloc[met.left].reset_index(drop=True)
    other = others.iloc[met.right].reset_index(drop=True)
    land = substantial(met.geoms, settings)
    smaller_m2 = np.minimum(
        planar_area_m2(one["geom"].to_numpy()), planar_area_m2(other["geom"].to_numpy())
    )
    return [
        rows_of(
            "supplied_twice",
            one,
            subjects_of(one["key"], other["key"]),
            land,
            confidence(planar_area_m2(land) / smaller_m2, settings),
            facts_of(signed_on=(one["signed_on"], other["signed_on"])),
        )
    ]


def built(
    supplies: pd.DataFrame, buildings: pd.DataFrame, settings: Settings
) -> list[pd.DataFrame]:
    """Return buildings on subjects seen not started, one lead a subject.

    supplies: key, start_state, signed_on, not_started_on, region_code, geom; buildings: key,
    from_on, geom. High where one was finished after the signing and by the day nothing was seen;
    low where all are older than the signing; medium otherwise.
    """
    idle = supplies[supplies["start_state"] == "not_started"].reset_index(drop=True)
    if idle.empty or buildings.empty:
        return []
    met = shared(idle, buildings)
    land = substantial(together(idle["geom"].to_numpy(), met), settings)
    built_on = buildings["from_on"].to_numpy()[met.right]
    of = idle.iloc[met.left]
    is_old = built_on < of["signed_on"].to_numpy()
    is_between = ~is_old & (built_on <= of["not_started_on"].to_numpy())
    count = len(idle)
    certain = np.full(count, "medium", dtype=object)
    certain[~np.isin(np.arange(count), met.left[~is_old])] = "low"
    certain[np.unique(met.left[is_between])] = "high"
    named = grouped(buildings["key"].iloc[met.right], met.left, count)
    facts = facts_of(not_started_on=idle["not_started_on"])
    return [
        rows_of("built_not_started", idle, subjects_of(idle["key"], named), land, certain, facts)
    ]


def used(supplies: pd.DataFrame, surveyed: pd.DataFrame, settings: Settings) -> list[pd.DataFrame]:
    """Return 随意更改土地用途: built land of another main class than the supply was for.

    supplies: key, use_text, signed_on, region_code, geom; surveyed: class_code, is_built, from_on,
    geom, the newest first: at every point the newest word counts. Surveys older than the signing
    and uses of two classes say nothing.
    """
    purpose = groups_of(supplies["use_text"], settings.use_words)
    own = supplies.assign(group=purpose)[purpose.notna()].reset_index(drop=True)
    if own.empty or surveyed.empty:
        return []
    group = _group(surveyed["class_code"], settings.use_classes)
    met = shared(own, surveyed)
    of, there = own.iloc[met.left], surveyed.iloc[met.right]
    is_other = (
        (of["group"].to_numpy() != group[met.right])
        & there["is_built"].to_numpy(dtype=bool)
        & ~np.isin(group[met.right], ["", *settings.use_anywhere])
        & (there["from_on"].to_numpy() > of["signed_on"].to_numpy())
    )
    is_doubtful = np.isin(met.left, met.left[is_other])
    met, is_other = met.kept(is_doubtful), is_other[is_doubtful]
    shapes = own["geom"].to_numpy()
    local = shift(surveyed["geom"].to_numpy()[met.right], -origin_of(shapes)[met.left])
    won = allocate(shapes, Claims(met.left, local, met.geoms)).won
    met = met._replace(geoms=won).kept(is_other)
    land = substantial(together(shapes, met), settings)
    certain = confidence(planar_area_m2(land) / planar_area_m2(own["geom"].to_numpy()), settings)
    # The survey's classes are broad: what it calls a thing is no proof of a use.
    certain[certain == "high"] = "medium"
    classes = grouped(surveyed["class_code"].iloc[met.right], met.left, len(own))
    facts = facts_of(use=own["use_text"], surveyed=classes.map(list))
    return [rows_of("other_use", own, subjects_of(own["key"]), land, certain, facts)]


def recorded(supplies: pd.DataFrame, settings: Settings) -> list[pd.DataFrame]:
    """Return supplies whose drawing is neither the granted area nor the whole parcel's."""
    areas = supplies[["area_m2", "parcel_total_m2"]].to_numpy(dtype=np.float64)
    return [
        measured("supply_area_differs", supplies, subjects_of(supplies["key"]), areas, settings)
    ]


def _group(codes: pd.Series, classes: Groups) -> Shapes:
    """Return the group of each class code, "" where it is of none."""
    group = np.full(len(codes), "", dtype=object)
    for name, *prefixes in classes:
        group[codes.astype("str").str.startswith(tuple(prefixes)).eq(True).to_numpy()] = name
    return group


def _without(land: Shapes, met: Pairs, supplies: pd.DataFrame) -> Shapes:
    """Return land of the supplies less what the pairs cover."""
    rows = np.unique(met.left)
    out, taken = land.copy(), together(supplies["geom"].to_numpy(), met)
    # Nothing is left of what is taken as it is: no overlay is asked for that.
    is_all = shapely.equals_identical(land[rows], taken[rows])
    out[rows[is_all]] = shapely.MultiPolygon()
    cut = rows[~is_all]
    out[cut] = shapely.difference(land[cut], taken[cut])
    return out
