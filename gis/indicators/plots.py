"""Which buildings stand on which land, and 容积率 and 建筑系数 of each piece of supplied land.

A building stands where its shape lies: on several pieces of land with the share of its footprint on
each, and of what lies on none nothing is counted. The number of a supply it names decides only
where that supply has no shape; of a building that lies wholly off the land it names, that is told.
Where land was supplied twice a building stands on both, counts on both, and that is told of both.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Shapes
from gis.crs.systems import zone_of
from gis.geometry.areas import planar_area_m2
from gis.geometry.by_zone import into_zone, near_enough
from gis.geometry.pairs import ROUNDOFF_M2, pairs
from gis.indicators import buildings as floors
from gis.indicators.figures import Figure, amount, gathered, quotient

SUPPLY = "supply"
# How each building on a piece of land came to stand there; those off the land they name, and those
# whose ground is other land as well.
WAYS = ("partly_count", "by_name_count", "elsewhere_count", "twice_count")
PLOT = (*floors.SUMS[1:], "counted_least_m2", "counted_most_m2", *floors.COUNTS, *WAYS)
_MET = {"land": "int64", "building": "int64", "on_m2": "float64", "share": "float64"}
_FROM = ("supplies", "parcels", "buildings")
_REGISTERED = "registered"
# A hair over the boundary is drawing, not building.
_HAIR = 1e-3


def standing(
    lands: Shapes, buildings: pd.DataFrame, named: pd.DataFrame, threads: int = 1
) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Return which building stands on which land, what buildings cover of it, who lies elsewhere.

    lands: shapes (EPSG:4490), None where unknown; buildings: kind (empty: a building), geom; named:
    land, building, rows of the two, where a building names that land. First a row for each that
    meet: land, building, on_m2 and share of the footprint, is_by_name. Then, by land, the ground
    under its buildings in m2, where some lie over one another counted once; and how many buildings
    name it and lie wholly off it.
    """
    is_drawn = ~(shapely.is_missing(lands) | shapely.is_empty(lands))
    met = [pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _MET.items()})]
    covered = [pd.Series(dtype="float64")]
    shapes = buildings["geom"].to_numpy(dtype=object)
    rows = np.flatnonzero(is_drawn)
    # Most land is built on by nobody: it is left out before anything is worked on.
    rows = rows[near_enough(lands[rows], shapes)] if len(rows) and len(shapes) else rows[:0]
    zones = zone_of(lands[rows])
    is_open = _is_open(buildings)
    for zone in np.unique(zones):
        here = _in_zone(lands, rows[zones == zone], int(zone))
        there = _in_zone(shapes, near_enough(shapes, lands[here.index]), int(zone))
        found, over = _in_plane(here, there, is_open, threads)
        met.append(found)
        covered.append(over)
    by_shape = pd.concat(met, ignore_index=True).assign(is_by_name=False)
    bare, elsewhere = _by_name(named, by_shape, is_drawn)
    by_name = _whole(bare, shapes)
    ground = by_name[~is_open[by_name["building"].to_numpy(np.int64)]]
    covered.append(ground.groupby("land")["on_m2"].sum())
    return (
        pd.concat([by_shape, by_name], ignore_index=True).astype({**_MET, "is_by_name": "bool"}),
        pd.concat(covered),
        elsewhere.groupby("land").size(),
    )


def plots(
    lands: Shapes,
    buildings: pd.DataFrame,
    named: pd.DataFrame,
    double_height_m: float,
    threads: int = 1,
) -> pd.DataFrame:
    """Return PLOT of each land with a building on it or one that names it, by its row number.

    Arguments as `standing` takes them; buildings besides: storeys_count, height_m, floor_area_m2.
    counted_m2 has the floors of which it is known how they count; the others count once at least
    (counted_least_m2), and twice at most (counted_most_m2, NaN where a floor area lacks).
    """
    met, covered, elsewhere = standing(lands, buildings, named, threads)
    rows = pd.Index(np.union1d(met["land"].to_numpy(np.int64), elsewhere.index.to_numpy(np.int64)))
    found = floors.sums(met, buildings, double_height_m).reindex(rows, fill_value=0.0)
    found["footprint_m2"] = covered.reindex(rows).fillna(0.0)
    bounds = _bounds(met, buildings, double_height_m).reindex(rows)
    found[[*bounds]] = bounds
    by = met["land"].to_numpy()
    found["partly_count"] = ((1.0 - met["share"]) > _HAIR).groupby(by).sum().reindex(rows)
    found["by_name_count"] = met["is_by_name"].groupby(by).sum().reindex(rows)
    found["elsewhere_count"] = elsewhere.reindex(rows)
    found["twice_count"] = stand_twice(met).groupby(by).sum().reindex(rows)
    found = found.fillna(dict.fromkeys(WAYS, 0))
    counts = dict.fromkeys([*floors.COUNTS, *WAYS], "int64")
    return found[[*PLOT]].astype(counts)


def stand_twice(met: pd.DataFrame) -> pd.Series[bool]:
    """Return of what stands where (`standing`) which of it stands on land of several at once."""
    return met.groupby("building")["share"].transform("sum") > 1.0 + _HAIR


def figures_of(land: pd.DataFrame, area_kind: str, double_height_m: float) -> Mapping[str, Figure]:
    """Return the figures of pieces of land: PLOT and area_m2 (of `area_kind`), by their codes.

    A hall of 1,000 m2 in one storey of 9.6 m, on 2,500 m2 of land:

    >>> hall = dict.fromkeys(PLOT, 0.0) | {"floor_m2": 1000.0, "counted_m2": 2000.0}
    >>> land = pd.DataFrame([hall | {"buildings_count": 1, "area_m2": 2500.0}])
    >>> told = figures_of(land, "planar", 8.0)
    >>> told["plot_floor_ratio"].value.tolist(), told["plot_counted_ratio"].value.tolist()
    ([0.4], [0.8])
    """
    none = land["buildings_count"] == 0
    lies_off = land["elsewhere_count"] > 0
    unsaid = {"building_place": lies_off, "buildings": none & ~lies_off}
    floor_lacks = gathered({**unsaid, "storeys_count": land["no_floor_count"] > 0})
    counted_lacks = gathered(
        {
            **unsaid,
            "storeys_count": land["no_storeys_count"] > 0,
            "height_m": land["no_height_count"] > 0,
        }
    )
    cover_lacks = gathered({**unsaid, "yards": (land["open_count"] == 0) & ~none})
    area, area_name = land["area_m2"], ("登记" if area_kind == _REGISTERED else "图形")

    def over(
        sums: pd.Series, unit: str, said: str, fact: str, lacks: pd.Series, factor: float = 1.0
    ) -> Figure:
        return quotient(
            sums, area, unit, f"{said}；用地面积取{area_name}面积，跨宗地的建筑按基底面积分摊",
            (fact, "land_m2"), _FROM, factor=factor, area_kind=area_kind, missing=lacks,
        )  # fmt: skip

    covered = land["footprint_m2"] + land["open_m2"]
    told = {
        "plot_floor_ratio": over(
            land["floor_m2"], "",
            "容积率 = 建筑面积/用地面积，不论层高", "floor_area_m2", floor_lacks,
        ),
        "plot_counted_ratio": over(
            land["counted_m2"], "",
            f"容积率 = 计容建筑面积/用地面积，层高超过 {double_height_m:g} 米的加倍",
            "floor_area_m2", counted_lacks,
        ),
        "plot_site_coverage": over(
            covered, "%",
            "建筑系数 =（建筑基底＋露天堆场＋构筑物）/用地面积，堆场、构筑物按已报送计",
            "footprint_m2", cover_lacks, 100.0,
        ),
    }  # fmt: skip
    for name, (count, fact) in floors.COMPARED.items():
        told[name] = amount(
            land[name],
            "m2",
            "建筑面积：测绘的与基底×层数推算的各计，差只计两者均有的",
            fact,
            _FROM,
            area_kind="planar",
            missing=gathered({"buildings": none, fact: (land[count] == 0) & ~none}),
        )
    return told | _told(land)


def _told(land: pd.DataFrame) -> dict[str, Figure]:
    """Return how many buildings lie partly on land, by name alone, off it or on other land too."""
    said = {
        "partly_count": "建筑只有一部分在此用地上（按基底面积分摊）",
        "by_name_count": "此用地没有图形，按建筑所记电子监管号计入",
        "elsewhere_count": "建筑记此用地的电子监管号，图形却全不在此用地上，未计入",
        "twice_count": "建筑所在处同时是另一宗供地，两宗各自计入，归哪一宗待核",
    }
    return {
        f"plot_{name}": amount(
            land.loc[land[name] > 0, name].astype("float64"), "幢", words, "buildings", _FROM
        )
        for name, words in said.items()
    }


def _by_name(
    named: pd.DataFrame, met: pd.DataFrame, is_drawn: np.ndarray
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return which buildings count whole on land without a shape, and which lie off what they name.

    A number may be that of several phases: a building that lies on one of them lies off none, and
    one that may be on any of several without shapes is placed on none.
    """
    there = met[["land", "building"]].merge(named, on=["land", "building"])["building"]
    open_ones = named[~named["building"].isin(there)]
    is_bare = ~is_drawn[open_ones["land"].to_numpy(np.int64)]
    is_alone = ~open_ones.duplicated("building", keep=False)
    counts = is_bare & is_alone.to_numpy(bool)
    return open_ones[counts], open_ones[~counts]


def _is_open(buildings: pd.DataFrame) -> np.ndarray:
    kinds = buildings["kind"].astype("object")
    return np.asarray(kinds.where(kinds.notna(), floors.BUILDING).ne(floors.BUILDING), dtype=bool)


def _in_zone(shapes: Shapes, rows: np.ndarray, zone: int) -> pd.Series:
    """Return shapes in the plane of a zone, by their row numbers."""
    return into_zone(pd.DataFrame({"geom": shapes[rows]}, index=rows), zone)[0]["geom"]


def _in_plane(
    here: pd.Series, there: pd.Series, is_open: np.ndarray, threads: int
) -> tuple[pd.DataFrame, pd.Series]:
    """Return what meets in one plane, and the ground that buildings cover together, by land."""
    shapes = there.to_numpy(dtype=object)
    met = pairs(here.to_numpy(dtype=object), shapes, threads)
    met = met.kept(met.area_m2 > ROUNDOFF_M2)
    whole_m2 = planar_area_m2(shapes)[met.right]
    on_m2 = np.where(met.is_whole, whole_m2, met.area_m2)
    land, building = (part.index.to_numpy(np.int64) for part in (here, there))
    found = pd.DataFrame(
        {"land": land[met.left], "building": building[met.right], "on_m2": on_m2,
         "share": on_m2 / whole_m2}
    )  # fmt: skip
    closed = ~is_open[found["building"].to_numpy()]
    ground = found[closed].groupby("land")["on_m2"].sum()
    # Where footprints lie over one another their ground counts once.
    over = pairs(shapes, shapes, threads, wanted=lambda one, other: one < other)
    crossed = np.unique(np.concatenate([over.left, over.right])[
        np.tile(over.area_m2 > ROUNDOFF_M2, 2)])  # fmt: skip
    doubled = np.unique(met.left[closed & np.isin(met.right, crossed)])
    for each in doubled:
        own = closed & (met.left == each)
        whole = shapely.union_all(met.geoms[own])
        ground[land[each]] = float(planar_area_m2(np.array([whole], dtype=object))[0])
    return found, ground


def _whole(named: pd.DataFrame, shapes: Shapes) -> pd.DataFrame:
    """Return buildings whole on the land they name, which has no shape."""
    rows = named["building"].to_numpy(np.int64)
    area = np.zeros(len(rows))
    zones = zone_of(shapes[rows])
    for zone in np.unique(zones):
        own = np.flatnonzero(zones == zone)
        there = _in_zone(shapes, rows[own], int(zone)) if len(own) else pd.Series(dtype=object)
        areas = pd.Series(planar_area_m2(there.to_numpy(dtype=object)), there.index)
        area[own] = areas[~areas.index.duplicated()].reindex(rows[own]).fillna(0.0).to_numpy()
    found = named[["land", "building"]].assign(on_m2=area, share=1.0, is_by_name=True)
    return found[found["on_m2"] > ROUNDOFF_M2].reset_index(drop=True)


def _bounds(met: pd.DataFrame, buildings: pd.DataFrame, double_height_m: float) -> pd.DataFrame:
    """Return the least and the most floors that may count on each land."""
    of = buildings.iloc[met["building"].to_numpy()].reset_index(drop=True)
    told = floors.floors(of.assign(footprint_m2=met["on_m2"] / met["share"]), double_height_m)
    share, is_open, by = met["share"], _is_open(of), met["land"].to_numpy()
    least = (told["counted_m2"].fillna(told["floor_m2"]) * share).mask(is_open, 0.0)
    most = (told["counted_m2"].fillna(told["floor_m2"] * 2.0) * share).mask(is_open, 0.0)
    return pd.DataFrame(
        {
            "counted_least_m2": least.groupby(by).sum(),
            "counted_most_m2": most.groupby(by).agg(lambda one: one.sum(skipna=False)),
        }
    )
