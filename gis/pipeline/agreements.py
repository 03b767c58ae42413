"""标准地 and supervision agreements from known records to findings of rule `agreement`."""

from __future__ import annotations

import math

import pandas as pd

from gis.clock import agreement
from gis.facts import agreements, link, shapes
from gis.facts.gather import Records
from gis.indicators import buildings, plots
from gis.pipeline.idle import Idle

RULE = "agreement"
_OF_SUBJECT = ["area_m2", "region_code", "park_code", "block_code", "name", "geom"]


def judge(known: Records, supplied: Idle, standing: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return one finding per subject with an agreement: the columns of the contract, and geom.

    The document stands under `article`: what binds is the agreement itself. `standing`: what
    `standing_on` gives, where that is at hand.
    """
    if known.dated["agreements"].empty:
        return supplied.findings.iloc[:0]
    facts = facts_of(known, supplied, standing)
    judged = agreement.judge(facts, known.as_of)
    own = supplied.findings.set_index("subject")[_OF_SUBJECT].reindex(facts["subject"])
    rows = judged.assign(
        subject=facts["subject"],
        rule=RULE,
        article="监管协议 " + facts["document"],
        **{name: own[name].array for name in _OF_SUBJECT},
    )
    like = supplied.findings
    return rows.reindex(columns=like.columns).astype(like.dtypes.to_dict())


def facts_of(known: Records, supplied: Idle, standing: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the facts agreements are judged on, see `facts.agreements.assemble`."""
    standing = standing_on(known) if standing is None else standing
    return agreements.assemble(known, supplied.facts, standing)


def standing_on(known: Records) -> pd.DataFrame:
    """Return the buildings on land with an agreement: subject, effective_on, floor_m2.

    A building stands where its shape lies, as for the floor ratio of the land itself, with its
    share of the floors; the number it names decides where that land has no shape. floor_m2 is NaN
    where its floors are unknown, on all land it may stand on where that is several, and on land
    that it names and lies off.
    """
    if known.on_table["agreements"].empty:
        return pd.DataFrame(columns=["subject", "effective_on", "floor_m2"])
    lands, built = _lands(known), known.on_table["buildings"].sort_values("key", ignore_index=True)
    shape = shapes.of_subjects(lands.rename(columns={"key": "subject"}), known.dated["parcels"])
    named = _named(lands, built)
    met, *_ = plots.standing(shape, built, named)
    of = built.iloc[met["building"].to_numpy()].reset_index(drop=True)
    of = of.assign(footprint_m2=met["on_m2"] / met["share"])
    # How often a high storey counts is asked where the ratio is held against what was agreed.
    told = buildings.floors(of, math.inf)["floor_m2"] * met["share"]
    met = _each_once(met.assign(floor_m2=told), named)
    there = met.merge(named, on=["land", "building"])["building"]
    off = named[~named["building"].isin(there)].assign(floor_m2=float("nan"))
    rows = pd.concat([met[["land", "building", "floor_m2"]], off], ignore_index=True)
    rows = rows.sort_values(["land", "building"], ignore_index=True)
    own = built.iloc[rows["building"].to_numpy()].reset_index(drop=True)
    found = pd.DataFrame(
        {
            "subject": lands["key"].to_numpy(dtype=object)[rows["land"].to_numpy()],
            "effective_on": own["effective_on"],
            "floor_m2": rows["floor_m2"].astype("float64"),
        }
    )
    # Yards and structures have no floors.
    is_closed = own["kind"].isna() | (own["kind"] == buildings.BUILDING)
    return found[is_closed].reset_index(drop=True)


def _lands(known: Records) -> pd.DataFrame:
    """Return the supplies with an agreement, and those that share a number with one: phases.

    A building that lies on another of them lies off none.
    """
    supplies = known.on_table["supplies"]
    refs = link.references(supplies)
    agreed = link.join(known.on_table["agreements"], refs)["subject"]
    numbers = refs.loc[refs["subject"].isin(agreed), "ref"]
    is_there = supplies["supply_no"].isin(numbers) | supplies["contract_no"].isin(numbers)
    return supplies[is_there].sort_values("key", ignore_index=True)


def _named(lands: pd.DataFrame, built: pd.DataFrame) -> pd.DataFrame:
    """Return land and building, row numbers, wherever a building names the number of a land."""
    numbers = built[["supply_no"]].assign(building=built.index).dropna(subset=["supply_no"])
    found = link.join(numbers, link.references(lands))
    place = pd.Series(lands.index, lands["key"])
    return pd.DataFrame(
        {
            "land": place.reindex(found["subject"]).to_numpy("int64"),
            "building": found["building"].to_numpy("int64"),
        }
    )


def _each_once(met: pd.DataFrame, named: pd.DataFrame) -> pd.DataFrame:
    """Return what stands where, with what lies on land of several at once on that it names alone.

    It may be of any of them where it names none or several: its floors are unknown on each.
    """
    is_twice = plots.stand_twice(met)
    if not is_twice.any():
        return met
    pairs = met.merge(named.assign(is_named=True), on=["land", "building"], how="left")
    is_named = pairs["is_named"].eq(True).to_numpy(bool)
    count = pd.Series(is_named, met.index).groupby(met["building"]).transform("sum")
    is_told = (count == 1) & is_twice
    open_ones = met.assign(floor_m2=met["floor_m2"].mask(is_twice & ~is_told))
    return open_ones[~is_told | is_named]
