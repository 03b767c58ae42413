"""Which buildings stand on land with an agreement, and from when to when they count there."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from gis import days
from gis.arrays import Shapes
from gis.facts import link, shapes
from gis.facts.gather import Records
from gis.geometry.by_zone import near_enough
from gis.indicators import buildings, plots

COLUMNS = ["subject", "effective_on", "until_on", "floor_m2"]
_EVER = pd.Timestamp(days.FAR)


def standing_on(known: Records) -> pd.DataFrame:
    """Return the buildings on land with an agreement: COLUMNS, floor_m2 from a day to before one.

    A building stands where its shape lies, as for the floor ratio of the land itself, with its
    share of the floors; the number it names decides where that land has no shape. floor_m2 is NaN
    where its floors are unknown, on land that it names and lies off, and while its ground is held
    by several: what stands there is of the one it names alone, and may else be of any. Whether the
    other land has an agreement makes no difference; a right that ended holds no ground.
    """
    if known.on_table["agreements"].empty:
        return pd.DataFrame(columns=COLUMNS)
    built = known.on_table["buildings"].sort_values("key", ignore_index=True)
    lands, is_agreed = _lands(known, built)
    named = _named(lands, built)
    # Of other land no number is asked for: it says only whose else the ground is.
    own = named[is_agreed[named["land"].to_numpy()]]
    met, *_ = plots.standing(_drawn(lands, known), built, own)
    of = built.iloc[met["building"].to_numpy()].reset_index(drop=True)
    of = of.assign(footprint_m2=met["on_m2"] / met["share"])
    # How often a high storey counts is asked where the ratio is held against what was agreed.
    told = buildings.floors(of, math.inf)["floor_m2"] * met["share"]
    met = met.assign(floor_m2=told, effective_on=of["effective_on"], until_on=_EVER)
    there = met.merge(own, on=["land", "building"])["building"]
    met = _by_turns(met, lands, named)
    off = own[~own["building"].isin(there)].assign(floor_m2=np.nan, until_on=_EVER)
    off["effective_on"] = built["effective_on"].reindex(off["building"]).to_numpy()
    rows = pd.concat([met[[*off]], off], ignore_index=True)
    # Yards and structures have no floors.
    kind = built["kind"].reindex(rows["building"])
    is_closed = (kind.isna() | (kind == buildings.BUILDING)).to_numpy(bool)
    rows = rows[is_closed & is_agreed[rows["land"].to_numpy()]]
    rows = rows.sort_values(["land", "building", "effective_on"], ignore_index=True)
    found: pd.DataFrame = rows.assign(
        subject=lands["key"].to_numpy(dtype=object)[rows["land"].to_numpy()],
        floor_m2=rows["floor_m2"].astype("float64"),
        **{name: rows[name].astype("datetime64[s]") for name in ("effective_on", "until_on")},
    )
    return found[COLUMNS]


def _lands(known: Records, built: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """Return supplies with the days they hold their ground, and which of them are asked about.

    Asked about are those with an agreement and those that share a number with one: phases. A
    building that lies on another of them lies off none. The others are those that may lie under
    the same buildings. held_on: the first day of a supply; released_on: that of which its right is
    known to have ended.
    """
    supplies = known.on_table["supplies"].sort_values("key", ignore_index=True)
    refs = link.references(supplies)
    agreed = link.join(known.on_table["agreements"], refs)["subject"]
    numbers = refs.loc[refs["subject"].isin(agreed), "ref"]
    either = supplies["supply_no"].isin(numbers) | supplies["contract_no"].isin(numbers)
    is_agreed = either.to_numpy(bool)
    shape = _drawn(supplies, known)
    is_there = is_agreed | _share_buildings(shape, is_agreed, built)
    lands = supplies[is_there].reset_index(drop=True)
    ended = link.join(known.on_table["right_endings"], link.references(lands))
    released_on = ended.groupby("subject")["effective_on"].min().reindex(lands["key"])
    released_on = released_on.fillna(_EVER)
    lands = lands.assign(held_on=lands["effective_on"], released_on=released_on.to_numpy())
    return lands, is_agreed[is_there]


def _drawn(supplies: pd.DataFrame, known: Records) -> Shapes:
    return shapes.of_subjects(supplies.rename(columns={"key": "subject"}), known.dated["parcels"])


def _share_buildings(shape: Shapes, is_agreed: np.ndarray, built: pd.DataFrame) -> np.ndarray:
    """Return which land may lie under a building that may stand on land with an agreement."""
    drawn = np.array([each is not None for each in shape], dtype=bool)
    ground = built["geom"].to_numpy(dtype=object)
    found = np.zeros(len(shape), dtype=bool)
    agreed = shape[is_agreed & drawn]
    if len(agreed) and len(ground):
        on_it = ground[near_enough(ground, agreed)]
        rows = np.flatnonzero(drawn)
        found[rows[near_enough(shape[rows], on_it)] if len(on_it) else []] = True
    return found


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


def _by_turns(met: pd.DataFrame, lands: pd.DataFrame, named: pd.DataFrame) -> pd.DataFrame:
    """Return what stands where, split by the days on which its ground is held by several."""
    is_twice = plots.stand_twice(met)
    if not is_twice.any():
        return met
    pairs = met.merge(named.assign(is_named=True), on=["land", "building"], how="left")
    open_ones = met.assign(is_named=pairs["is_named"].eq(True).to_numpy(bool))
    open_ones = open_ones.join(lands[["held_on", "released_on"]], on="land")[is_twice]
    turns = [one for _, stands in open_ones.groupby("building") for one in _turns(stands)]
    return pd.concat([met[~is_twice], *turns], ignore_index=True)[[*met]]


def _turns(stands: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """Yield what one building counts for on each land it stands on, from each day to the next."""
    first = stands["effective_on"].iloc[0]
    turns = pd.concat([stands["effective_on"], stands["held_on"], stands["released_on"]])
    turns = turns[(turns >= first) & (turns < _EVER)].drop_duplicates().sort_values()
    for on, until in zip(turns, [*turns[1:], _EVER], strict=True):
        holds = (stands["held_on"] <= on) & (stands["released_on"] > on)
        now = stands[holds].assign(effective_on=on, until_on=until)
        if plots.stand_twice(now).any():
            named = now[now["is_named"]]
            now = named if len(named) == 1 else now.assign(floor_m2=np.nan)
        yield now
