"""Floor areas of buildings, and their sums over the land they stand on.

Floor area is the surveyed one (建筑面积) where there is one, else footprint x storeys; both are
kept. For the floor ratio of industrial land a storey over a height of the law counts twice. Of
storeys only the number and the height of all together are known: the mean height decides.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

# Sums that a land of one use has; areas in m2.
SUMS = (
    "area_m2", "footprint_m2", "open_m2", "floor_m2", "counted_m2", "floor_surveyed_m2",
    "floor_computed_m2", "floor_difference_m2",
)  # fmt: skip
# How many buildings there are, and of how many a fact lacks.
COUNTS = (
    "buildings_count", "open_count", "surveyed_count", "computed_count", "compared_count",
    "no_floor_count", "no_storeys_count", "no_height_count",
)  # fmt: skip
# Sum of floors -> how many buildings are in it, and what lacks where none is.
COMPARED = {
    "floor_surveyed_m2": ("surveyed_count", "floor_area_m2"),
    "floor_computed_m2": ("computed_count", "storeys_count"),
    "floor_difference_m2": ("compared_count", "floor_area_m2"),
}
BUILDING = "building"
_USES = ("A1", "A2", "A3", "A4", "A5", "A6")
_KEYS = ["park_code", "block_code", "use"]


def floors(buildings: pd.DataFrame, double_height_m: float) -> pd.DataFrame:
    """Return floor_m2, computed_m2 and counted_m2 of each building, NaN where unknown.

    buildings: footprint_m2, storeys_count, height_m, floor_area_m2 (surveyed). computed = footprint
    x storeys; counted = floor area, twice that where a storey is over `double_height_m` high.
    Besides needs_storeys and needs_height: which of the two `counted_m2` lacks. A number of storeys
    or a height of 0 or less is unknown.

    A hall of 1,000 m2 in one storey of 9.6 m counts twice:

    >>> hall = {"footprint_m2": [1000.0], "storeys_count": [1], "height_m": [9.6],
    ...         "floor_area_m2": [np.nan]}
    >>> floors(pd.DataFrame(hall), 8.0)[["floor_m2", "counted_m2"]].to_numpy().tolist()
    [[1000.0, 2000.0]]
    """
    storeys = _above_zero(buildings["storeys_count"])
    height = _above_zero(buildings["height_m"])
    surveyed = _above_zero(buildings["floor_area_m2"])
    computed = buildings["footprint_m2"] * storeys
    floor = surveyed.fillna(computed)
    is_low = height <= double_height_m
    is_known = is_low | (height.notna() & storeys.notna())
    # A storey of a house that is no higher than the limit is not, however many it has.
    is_double = ~is_low & (height > double_height_m * storeys)
    counted = (floor * np.where(is_double, 2.0, 1.0)).where(is_known)
    return pd.DataFrame(
        {
            "floor_m2": floor,
            "computed_m2": computed,
            "counted_m2": counted,
            "difference_m2": surveyed - computed,
            "surveyed_m2": surveyed,
            "needs_storeys": storeys.isna() & (floor.isna() | (~is_low & height.notna())),
            "needs_height": height.isna(),
        },
        index=buildings.index,
    )


def of_lands(
    lands: pd.DataFrame, met: pd.DataFrame, buildings: pd.DataFrame, double_height_m: float
) -> pd.DataFrame:
    """Return SUMS and COUNTS of the land of each use in each block of a park.

    lands, met: as `gis.parks.uses.Built` has them; buildings: kind (empty: a building), the rest as
    `floors` takes it, where `footprint_m2` is told by `met`. Of a building on several lands each
    has its share. Yards and structures count in open_m2 alone.
    """
    on_land = sums(met, buildings, double_height_m)
    rows = lands.reset_index(drop=True)[[*_KEYS, "area_m2"]].join(on_land)
    rows[[*SUMS, *COUNTS]] = rows[[*SUMS, *COUNTS]].fillna(0.0)
    found = rows.groupby(_KEYS, dropna=False, sort=True)[[*SUMS, *COUNTS]].sum().reset_index()
    return found.astype(dict.fromkeys(COUNTS, "int64"))


def sums(met: pd.DataFrame, buildings: pd.DataFrame, double_height_m: float) -> pd.DataFrame:
    """Return SUMS (but area_m2) and COUNTS of each land with anything on it, by its row number.

    met, buildings: as `of_lands` takes them.
    """
    is_open = buildings["kind"].fillna(BUILDING).ne(BUILDING).to_numpy()[met["building"]]
    of = buildings.iloc[met["building"].to_numpy()].reset_index(drop=True)
    on_m2, share = met["on_m2"].to_numpy(), met["share"].to_numpy()
    told = floors(of.assign(footprint_m2=on_m2 / share), double_height_m)
    parts = {
        "footprint_m2": np.where(is_open, 0.0, on_m2),
        "open_m2": np.where(is_open, on_m2, 0.0),
        "floor_m2": told["floor_m2"],
        "counted_m2": told["counted_m2"],
        "floor_surveyed_m2": told["surveyed_m2"],
        "floor_computed_m2": told["computed_m2"],
        "floor_difference_m2": told["difference_m2"],
        "buildings_count": ~is_open,
        "open_count": is_open,
        "surveyed_count": told["surveyed_m2"].notna(),
        "computed_count": told["computed_m2"].notna(),
        "compared_count": told["difference_m2"].notna(),
        "no_floor_count": told["floor_m2"].isna(),
        "no_storeys_count": told["needs_storeys"],
        "no_height_count": told["needs_height"],
    }
    closed = ~is_open
    columns = {}
    for name, values in parts.items():
        own = np.nan_to_num(np.asarray(values, dtype=np.float64))
        if name in ("footprint_m2", "open_m2", "buildings_count", "open_count"):
            columns[name] = own
        else:
            columns[name] = own * closed * (share if name.endswith("_m2") else 1.0)
    return pd.DataFrame(columns).groupby(met["land"].to_numpy()).sum()


def of_places(lands: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return what `gis.indicators.land_use` asks of each place (`by`: its code column), by code.

    lands: as `of_lands` gives them. Columns: A_m2, one for each use (A1_m2 ...), unknown_use_m2,
    SUMS and COUNTS on A, and on A2 those with `industrial_` before them.
    """
    rows = lands.dropna(subset=by)
    known = rows["use"].fillna("unknown_use")
    areas = {"A_m2": rows["area_m2"]}
    areas |= {
        f"{use}_m2": rows["area_m2"].where(known == use, 0.0) for use in (*_USES, "unknown_use")
    }
    own: Mapping[str, pd.Series] = {name: rows[name] for name in (*SUMS[1:], *COUNTS)}
    industrial = {
        f"industrial_{name}": values.where(known == "A2", 0) for name, values in own.items()
    }
    return pd.DataFrame({**areas, **own, **industrial}).groupby(rows[by].to_numpy()).sum()


def _above_zero(values: pd.Series) -> pd.Series:
    """Return numbers, what is 0 or less as unknown."""
    numbers = values.astype("Float64").astype("float64")
    return numbers.where(numbers > 0)
