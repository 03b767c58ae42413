"""How built land is used: uses, floors and footprints of TD/T 1029, of frames by place.

Account letters: A built land, A1 residential, A2 industrial and storage, A3 traffic, A4 commercial,
A5 public, A6 other. `land` is the frame of `gis.indicators.buildings.of_places`. Built land whose
use nobody knows leaves the figures of one use undetermined; what is known of them is told beside.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.indicators.figures import Figure, gathered, quotient

_LAND = ("built_use",)
_BUILDINGS = ("built_use", "buildings")
_HALF_A_DIGIT = 5e-5
# What `park_type` says.
INDUSTRIAL, MIXED, OTHER = 1.0, 2.0, 3.0


def industrial_rate(land: pd.DataFrame) -> Figure:
    """Return 工业用地率 = A2/A, percent (TD/T 1029).

    >>> land = pd.DataFrame({"A2_m2": [3.0], "A_m2": [4.0], "unknown_use_m2": [0.0]})
    >>> industrial_rate(land).value.tolist()
    [75.0]
    """
    return _share(land, "A2_m2", "工业用地率 = A2/A", "A2_m2")


def residential_rate(land: pd.DataFrame) -> Figure:
    """Return 居住用地占比 = A1/A, percent: with 工业用地率 it tells the type of a park.

    >>> land = pd.DataFrame({"A1_m2": [1.0], "A_m2": [4.0], "unknown_use_m2": [0.0]})
    >>> residential_rate(land).value.tolist()
    [25.0]
    """
    return _share(land, "A1_m2", "居住用地占比 = A1/A", "A1_m2")


def area_of_use(land: pd.DataFrame, name: str) -> Figure:
    """Return A1_m2 ... A6_m2 or unknown_use_m2 (`name`); undetermined while uses are unknown.

    What is known of it is its numerator.

    >>> land = pd.DataFrame({"A2_m2": [3.0], "A_m2": [4.0], "unknown_use_m2": [1.0]})
    >>> found = area_of_use(land, "A2_m2")
    >>> found.value.tolist(), found.numerator.tolist(), found.missing.tolist()
    ([nan], [3.0], [('land_use',)])
    """
    lacking = gathered({"land_use": _is_unknown(land) & (name != "unknown_use_m2")})
    return Figure(
        land[name].where(lacking.isna()),
        "m2",
        "已建成土地（A）按用途：变更调查地类，调查未作建设用地的按供地用途",
        _LAND,
        numerator=land[name],
        missing=lacking,
        area_kind="planar",
        numerator_unit="m2",
    )


def park_type(land: pd.DataFrame, *, industrial_share: float, residential_share: float) -> Figure:
    """Return the type: 1 工业主导型, 2 产城融合型, 3 other.

    1: A2/A over `industrial_share` and A1/A under `residential_share`; 2: A2/A no more than the
    one and A1/A no less than the other. Land of unknown use may be of either: where it decides, the
    type is undetermined.

    >>> land = pd.DataFrame({"A_m2": [100.0], "A1_m2": [10.0], "A2_m2": [55.0],
    ...                      "unknown_use_m2": [0.0]})
    >>> park_type(land, industrial_share=0.3, residential_share=0.25).value.tolist()
    [1.0]
    """
    built, unknown = land["A_m2"], land["unknown_use_m2"]
    ends = [
        (land["A2_m2"], land["A1_m2"]),
        (land["A2_m2"] + unknown, land["A1_m2"]),
        (land["A2_m2"], land["A1_m2"] + unknown),
    ]
    # Every split of the unknown lies between these three, and so does its type.
    told = [
        np.select(
            [
                (a2 > industrial_share * built) & (a1 < residential_share * built),
                (a2 <= industrial_share * built) & (a1 >= residential_share * built),
            ],
            [INDUSTRIAL, MIXED],
            OTHER,
        )
        for a2, a1 in ends
    ]
    is_open = (told[0] != told[1]) | (told[0] != told[2])
    lacking = gathered(
        {"zero:built_m2": built <= 0, "land_use": pd.Series(is_open, land.index) & (built > 0)}
    )
    value = pd.Series(told[0], land.index).where(lacking.isna())
    definition = (
        f"园区类型：1 工业主导型（A2/A 大于 {industrial_share:.0%} 且 A1/A 小于"
        f" {residential_share:.0%}），2 产城融合型（A2/A 不大于 {industrial_share:.0%} 且 A1/A"
        f" 不小于 {residential_share:.0%}），3 其他"
    )
    return Figure(value, "类型", definition, _LAND, missing=lacking, area_kind="planar")


def floor_ratio(land: pd.DataFrame) -> Figure:
    """Return 综合容积率 = floor area on A / A (TD/T 1029).

    Where there is no building the floor area is unknown, not 0.

    >>> land = pd.DataFrame({"A_m2": [1000.0], "floor_m2": [800.0], "buildings_count": [1],
    ...                      "no_floor_count": [0]})
    >>> floor_ratio(land).value.tolist()
    [0.8]
    """
    lacking = gathered(
        {"buildings": land["buildings_count"] == 0, "storeys_count": land["no_floor_count"] > 0}
    )
    return quotient(
        land["floor_m2"],
        land["A_m2"],
        "",
        "综合容积率 = A 上建筑面积/A",
        ("floor_area_m2", "built_m2"),
        _BUILDINGS,
        missing=lacking,
    )


def building_density(land: pd.DataFrame) -> Figure:
    """Return 建筑密度 = footprints of buildings on A / A, percent (TD/T 1029).

    >>> land = pd.DataFrame({"A_m2": [1000.0], "footprint_m2": [350.0], "buildings_count": [1]})
    >>> building_density(land).value.tolist()
    [35.0]
    """
    return quotient(
        land["footprint_m2"],
        land["A_m2"],
        "%",
        "建筑密度 = A 上建筑基底面积/A",
        ("footprint_m2", "built_m2"),
        _BUILDINGS,
        factor=100.0,
        missing=gathered({"buildings": land["buildings_count"] == 0}),
    )


def industrial_floor_ratio(land: pd.DataFrame, double_height_m: float = 8.0) -> Figure:
    """Return 工业用地综合容积率 = floor area on A2 / A2, a storey over the height counted twice.

    `double_height_m` is the setting `indicators.double_storey_height_m` the sums were made with.

    >>> land = pd.DataFrame({"A_m2": [1500.0], "A2_m2": [1000.0], "unknown_use_m2": [0.0],
    ...     "industrial_counted_m2": [900.0], "industrial_buildings_count": [1],
    ...     "industrial_no_storeys_count": [0], "industrial_no_height_count": [0]})
    >>> industrial_floor_ratio(land).value.tolist()
    [0.9]
    """
    lacking = gathered(
        {
            "land_use": _is_unknown(land),
            "buildings": (land["industrial_buildings_count"] == 0) & (land["A2_m2"] > 0),
            "storeys_count": land["industrial_no_storeys_count"] > 0,
            "height_m": land["industrial_no_height_count"] > 0,
        }
    )
    return quotient(
        land["industrial_counted_m2"],
        land["A2_m2"],
        "",
        f"工业用地综合容积率 = A2 上建筑面积/A2，层高超过 {double_height_m:g} 米的加倍",
        ("floor_area_m2", "A2_m2"),
        _BUILDINGS,
        missing=lacking,
    )


def site_coverage(land: pd.DataFrame) -> Figure:
    """Return 工业用地建筑系数 = (footprints + yards + structures on A2) / A2, percent.

    Where no yard or structure was delivered nobody knows whether there is none: undetermined.

    >>> land = pd.DataFrame({"A_m2": [1500.0], "A2_m2": [1000.0], "unknown_use_m2": [0.0],
    ...     "industrial_footprint_m2": [350.0], "industrial_open_m2": [50.0],
    ...     "industrial_buildings_count": [1], "industrial_open_count": [1]})
    >>> site_coverage(land).value.tolist()
    [40.0]
    """
    lacking = gathered(
        {
            "land_use": _is_unknown(land),
            "buildings": (land["industrial_buildings_count"] == 0) & (land["A2_m2"] > 0),
            "yards": (land["industrial_open_count"] == 0) & (land["A2_m2"] > 0),
        }
    )
    return quotient(
        land["industrial_footprint_m2"] + land["industrial_open_m2"],
        land["A2_m2"],
        "%",
        "工业用地建筑系数 = A2 上（建筑基底＋露天堆场＋构筑物）/A2，堆场、构筑物按已报送计",
        ("footprint_m2", "A2_m2"),
        _BUILDINGS,
        factor=100.0,
        missing=lacking,
    )


def _share(land: pd.DataFrame, name: str, definition: str, fact: str) -> Figure:
    return quotient(
        land[name],
        land["A_m2"],
        "%",
        definition,
        (fact, "built_m2"),
        _LAND,
        factor=100.0,
        missing=gathered({"land_use": _is_unknown(land)}),
    )


def _is_unknown(land: pd.DataFrame) -> pd.Series[bool]:
    """Return where so much built land is of unknown use that a printed rate could be another.

    Rates are printed to 0.01 %: less than half of that, a hair between two layers, moves none.
    """
    return land["unknown_use_m2"] > _HALF_A_DIGIT * land["A_m2"]
