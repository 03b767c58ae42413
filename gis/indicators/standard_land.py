"""标准地: the share of each year's new industrial supply that was supplied under an agreement."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.frames import door
from gis.indicators import economy, figures

_DEFINITION = (
    "标准地占比 = 当年新供工业用地中签有标准地协议的面积/当年新供工业用地面积"
    "（用途含「工业」，按合同签订年度，登记面积）"
)
_INDUSTRIAL = "工业"


@door(supplies="standard.supplies", gives="indicators.rates")
def standard_share(supplies: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return the share in percent of every block or park (`kind`) and year something was supplied.

    supplies  place_code, year of the signing, area_m2, use_text, is_standard

    Undetermined where the use of a supply of that year, or the area of an industrial one, is not
    known; zero where there is industrial supply and none of it standard.

    >>> rows = pd.DataFrame({"place_code": "K", "year": [2025, 2025, 2024],
    ...     "area_m2": [3e4, 1e4, 5e4], "use_text": ["工业用地", "工业用地", "住宅用地"],
    ...     "is_standard": [True, False, False]})
    >>> found = standard_share(rows, "park")
    >>> found["value"].tolist(), found["missing"].tolist()
    ([nan, 75.0], [('zero:industrial_supply_m2',), None])
    """
    rows = supplies.dropna(subset=["place_code", "year"]).reset_index(drop=True)
    groups = rows.groupby(["place_code", "year"], sort=True)
    pairs = [(str(code), int(year)) for code, year in groups.size().index]
    labels = pd.Index(pairs, dtype=object, tupleize_cols=False)
    place = economy.Places(np.asarray(groups.ngroup(), dtype=np.int64), labels)
    is_open = rows["use_text"].isna().to_numpy(bool)
    is_industrial = rows["use_text"].str.contains(_INDUSTRIAL).fillna(False).to_numpy(bool)
    area = rows["area_m2"].to_numpy(np.float64)
    is_lost = is_industrial & np.isnan(area)
    known = np.where(is_industrial & ~np.isnan(area), area, 0.0)
    lacking = figures.gathered(
        {
            "use_text": place.sums(is_open.astype(np.int64)) > 0,
            "industrial_supply_m2": place.sums(is_lost.astype(np.int64)) > 0,
        }
    )
    share = figures.quotient(
        place.sums(np.where(rows["is_standard"].to_numpy(bool), known, 0.0)),
        place.sums(known),
        "%",
        _DEFINITION,
        ("standard_supply_m2", "industrial_supply_m2"),
        ("holding", "finding", "agreements"),
        factor=100.0,
        area_kind="registered",
        missing=lacking,
    )
    return economy.table({"standard_land_share": share}, kind)
