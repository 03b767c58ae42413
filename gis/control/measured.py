"""What a project reached of each control value, as far as it is known: an interval each.

    容积率            floor area counted / land; between the floors of which it is known how they
                      count and all there may be, twice where their height is unknown
    建筑系数          (footprints + yards and structures) / land: at least the footprints
    行政办公用地比重  office land / land; 行政办公建筑面积比重: office floors / floor area
    固定资产投资强度  investment with the land price / land. The investment of the idle land rules
                      leaves the price out: two numbers
    土地产出率、土地税收  output, tax of the newest whole year since the 达产 day / land of the firm

What an acceptance (达产复核) found stands above what registers and buildings give.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gis import units
from gis.arrays import objects
from gis.control.values import (
    FLOOR_RATIO,
    INVESTMENT,
    OFFICE_FLOOR,
    OFFICE_LAND,
    OUTPUT,
    SITE_COVERAGE,
    TAX,
)
from gis.frames import door

# Whether a recorded investment holds the price of the land.
WITH_PRICE = ("unknown", "yes", "no")
# Every figure is known, and nobody says whether the one holds the other.
_UNSAID = ("invested_with_price",)


@door(facts="control.facts", gives="control.measured")
def measured(facts: pd.DataFrame, with_price: str = "unknown") -> pd.DataFrame:
    """Return seven rows per subject; `with_price` is the setting `control.invested_with_price`.

    facts: subject, land_m2, floor_area_m2, footprint_m2, yard_m2, office_land_m2, office_floor_m2
    counted_least_m2 and counted_most_m2 (the floors as they count, at least and at most; areas; NaN
    unknown; is_floor_whole: every building's floors are known), invested_fen,
    price_fen, invested_with_price_fen, output_yuan_per_m2, tax_yuan_per_m2 (of the firm's land).
    """
    land = facts["land_m2"].astype("float64").where(facts["land_m2"] > 0)
    floors = facts["floor_area_m2"].astype("float64")
    most = facts["counted_most_m2"].astype("float64")
    least = facts["counted_least_m2"].astype("float64")
    part = facts["is_floor_whole"].to_numpy(dtype=bool)
    covered = facts["footprint_m2"].astype("float64")
    yards = facts["yard_m2"].astype("float64")
    low, high, money = _invested(facts, with_price)
    over_floors = floors.where((floors > 0) & part)
    rows = [
        _rows(facts, FLOOR_RATIO, least / land, (most / land).where(part, np.inf),
              {"land_m2": land, "floor_area_m2": floors.where(part),
               "height_m": least.where(least == most)}),
        # A project covers no more than its land.
        _rows(facts, SITE_COVERAGE, covered / land,
              ((covered + yards) / land).where(yards.notna(), 1.0).where(covered.notna()),
              {"land_m2": land, "footprint_m2": covered, "yard_m2": yards},
              of_low=((covered + yards.fillna(0.0)) / land)),
        _exact(facts, OFFICE_LAND, facts["office_land_m2"] / land,
               {"land_m2": land, "office_land_m2": facts["office_land_m2"]}),
        _exact(facts, OFFICE_FLOOR, facts["office_floor_m2"] / over_floors,
               {"floor_area_m2": over_floors, "office_floor_m2": facts["office_floor_m2"]}),
        _rows(facts, INVESTMENT, low / land, high / land,
              {"land_m2": land, **money}),
        _exact(facts, OUTPUT, facts[OUTPUT], {"output_yuan": facts[OUTPUT]}),
        _exact(facts, TAX, facts[TAX], {"tax_yuan": facts[TAX]}),
    ]  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def _invested(
    facts: pd.DataFrame, with_price: str
) -> tuple[pd.Series, pd.Series, dict[str, pd.Series]]:
    """Return the least and the most invested with the price of the land, in yuan, and of what."""
    found, invested, price = (
        units.yuan(facts[name].astype("Float64").astype("float64"))
        for name in ("invested_with_price_fen", "invested_fen", "price_fen")
    )
    # A price of 0 in a register is none.
    price = price.where(price > 0)
    both = invested + price
    low = both.fillna(invested) if with_price == "no" else invested
    high = invested if with_price == "yes" else both.where(price.notna(), np.inf)
    high = high.where(invested.notna(), np.inf)
    made_of = {"invested_fen": invested}
    if with_price != "yes":
        made_of["price"] = price
    return found.fillna(low.fillna(-np.inf)), found.fillna(high), made_of


def _exact(
    facts: pd.DataFrame, name: str, value: pd.Series, made_of: dict[str, pd.Series]
) -> pd.DataFrame:
    return _rows(facts, name, value, value, made_of)


def _rows(
    facts: pd.DataFrame,
    name: str,
    low: pd.Series,
    high: pd.Series,
    made_of: dict[str, pd.Series],
    of_low: pd.Series | None = None,
) -> pd.DataFrame:
    low = (low if of_low is None else of_low).astype("float64").fillna(-np.inf)
    high = high.astype("float64").fillna(np.inf)
    is_exact = (low == high).to_numpy()
    lacks = {fact: values.isna().to_numpy() for fact, values in made_of.items()}
    missing: Sequence[tuple[str, ...] | None] = [
        None if exact else tuple(fact for fact, lack in lacks.items() if lack[n]) or _UNSAID
        for n, exact in enumerate(is_exact)
    ]
    return pd.DataFrame(
        {
            "subject": facts["subject"].to_numpy(),
            "name": name,
            "low": low.to_numpy(),
            "high": high.to_numpy(),
            "missing": objects(missing),
        }
    )
