"""容积率 and 建筑系数 of supplied land, worked by hand on whole-metre squares.

S1 100 x 50 = 5,000 m2 (east 0 to 100), S2 50 x 50 = 2,500 m2 (east 100 to 150), S3 has no shape and
1,000 m2; S4 lies far off.

b1  40 x 40 = 1,600, two storeys in 8 m, 3,150 m2 surveyed             S1
b2  30 x 30 = 900, one storey of 9 m: counts twice                     S1
b3  20 x 20 = 400, three storeys in 12 m; half on S1, half on S2       S1 and S2
b4  10 x 10 = 100, one storey of exactly 8 m; names S3                 on nobody's land: S3
b5  10 x 10 = 100; names S4, lies on S2                                S2, and S4 is told
y1  30 x 10 = 300 open yard                                            S1
b6  20 x 20 = 400 over a corner of 10 x 10 of b2, one storey of 4 m    S1
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import shapely

from gis.crs import transform
from gis.indicators import plots
from tests.squares import ZONE, square

LANDS = [square(0, 0, 100, 50), square(100, 0, 150, 50), None, square(900, 0, 950, 50)]
AREAS = [5_000.0, 2_500.0, 1_000.0, 2_500.0]
BUILDINGS = pd.DataFrame(
    [
        ("b1", None, 2, 8.0, 3_150.0, square(5, 5, 45, 45)),
        ("b2", "building", 1, 9.0, np.nan, square(50, 10, 80, 40)),
        ("b3", None, 3, 12.0, np.nan, square(90, 10, 110, 30)),
        ("b4", None, 1, 8.0, np.nan, square(500, 500, 510, 510)),
        ("b5", None, 1, 4.0, np.nan, square(130, 0, 140, 10)),
        ("y1", "yard", np.nan, np.nan, np.nan, square(50, 40, 80, 50)),
        ("b6", None, 1, 4.0, np.nan, square(70, 0, 90, 20)),
    ],
    columns=["code", "kind", "storeys_count", "height_m", "floor_area_m2", "geom"],
)
# b4 names S3, b5 names S4.
NAMED = pd.DataFrame({"land": [2, 3], "building": [3, 4]})


def found(buildings: pd.DataFrame = BUILDINGS, named: pd.DataFrame = NAMED) -> pd.DataFrame:
    drawn = [None if one is None else into_degrees(one) for one in LANDS]
    shapes = np.empty(len(drawn), dtype=object)
    shapes[:] = drawn
    told = buildings.assign(geom=[into_degrees(one) for one in buildings["geom"]])
    rows = plots.plots(shapes, told, named, 8.0)
    return rows.assign(area_m2=np.array(AREAS)[rows.index])


def into_degrees(shape: shapely.Polygon) -> Any:
    return transform.from_zone(np.array([shape], dtype=object), ZONE)[0]


def figures(rows: pd.DataFrame) -> dict[str, Any]:
    return dict(plots.figures_of(rows, "registered", 8.0))


def test_a_building_stands_where_its_shape_lies_and_is_shared_by_area() -> None:
    rows = found()
    assert rows.index.tolist() == [0, 1, 2, 3]
    # S1: 1,600 + 900 + 400 of b6 less the 100 it shares with b2 + 200 of b3; S2: 200 + 100.
    assert rows["footprint_m2"].round(4).tolist() == [3_000.0, 300.0, 100.0, 0.0]
    assert rows["open_m2"].round(4).tolist() == [300.0, 0.0, 0.0, 0.0]
    assert rows["buildings_count"].tolist() == [4, 2, 1, 0]
    assert rows["partly_count"].tolist() == [1, 1, 0, 0]
    assert rows["by_name_count"].tolist() == [0, 0, 1, 0]
    assert rows["elsewhere_count"].tolist() == [0, 0, 0, 1]


def test_the_floor_ratio_and_what_counts_twice() -> None:
    told = figures(found())
    plain, counted = told["plot_floor_ratio"], told["plot_counted_ratio"]
    # S1 3,150 surveyed + 900 + 600 of b3 + 400 = 5,050; counted 900 more. S2 600 + 100. S3 100.
    assert plain.numerator.round(4).tolist() == [5_050.0, 700.0, 100.0, 0.0]
    assert plain.denominator.tolist() == AREAS
    assert plain.value.round(6).tolist()[:3] == [1.01, 0.28, 0.1]
    assert counted.value.round(6).tolist()[:3] == [1.19, 0.28, 0.1]
    # Of S4 nobody knows: a building of its number lies on other land.
    assert np.isnan(plain.value[3])
    assert plain.missing[3] == ("building_place",)


def test_the_site_coverage_counts_the_ground_once_and_lacks_yards_where_none_are_told() -> None:
    told = figures(found())["plot_site_coverage"]
    # S1 3,000 + 300 of 5,000 m2.
    assert round(told.value[0], 6) == 66.0
    assert told.missing.tolist()[1:] == [("yards",), ("yards",), ("building_place",)]
    assert told.numerator.round(4).tolist()[:2] == [3_300.0, 300.0]


def test_surveyed_and_computed_floors_stand_side_by_side() -> None:
    told = figures(found())
    # S1 computed: 2 x 1,600 + 900 + 600 + 400 = 5,100; b1 alone has both: 3,150 - 3,200.
    assert told["floor_surveyed_m2"].value[0] == 3_150.0
    assert round(told["floor_computed_m2"].value[0], 4) == 5_100.0
    assert round(told["floor_difference_m2"].value[0], 4) == -50.0
    assert told["plot_partly_count"].value.to_dict() == {0: 1.0, 1: 1.0}
    assert told["plot_by_name_count"].value.to_dict() == {2: 1.0}
    assert told["plot_elsewhere_count"].value.to_dict() == {3: 1.0}


def test_what_is_not_known_of_one_building_leaves_the_ratio_open() -> None:
    # b2's height is unknown: its floors stand, how they count does not: 900 or 1,800 of them.
    rows = found(BUILDINGS.assign(height_m=BUILDINGS["height_m"].mask(BUILDINGS["code"] == "b2")))
    told = figures(rows)
    assert round(told["plot_floor_ratio"].value[0], 6) == 1.01
    assert told["plot_counted_ratio"].missing[0] == ("height_m",)
    assert round(rows["counted_m2"][0], 4) == 3_150.0 + 600.0 + 400.0
    assert round(rows["counted_least_m2"][0], 4) == 3_150.0 + 900.0 + 600.0 + 400.0
    assert round(rows["counted_most_m2"][0], 4) == 3_150.0 + 1_800.0 + 600.0 + 400.0
    # Without storeys and without a survey nobody knows its floors.
    lacks = BUILDINGS.assign(storeys_count=BUILDINGS["storeys_count"].mask(BUILDINGS.index == 1))
    rows = found(lacks)
    assert figures(rows)["plot_floor_ratio"].missing[0] == ("storeys_count",)
    assert np.isnan(rows["counted_most_m2"][0])


def test_one_number_of_two_phases_places_a_building_where_it_lies_or_nowhere() -> None:
    # b5 names S2 and S4 as phases of one supply: it lies on S2, so S4 is not told of it.
    rows = found(named=pd.DataFrame({"land": [1, 3], "building": [4, 4]}))
    assert rows.index.tolist() == [0, 1]
    assert rows["elsewhere_count"].tolist() == [0, 0]


def test_a_building_on_land_supplied_twice_counts_on_both_and_that_is_told() -> None:
    # The first two are one piece of ground, the third lies beside it.
    lands = np.empty(3, dtype=object)
    lands[:] = [into_degrees(one) for one in (LANDS[0], LANDS[0], LANDS[1])]
    told = BUILDINGS.assign(geom=[into_degrees(one) for one in BUILDINGS["geom"]])
    rows = plots.plots(lands, told, NAMED.iloc[:0], 8.0)
    # b1, b2, b6, the yard, and b3 over the border: half on the two each, and half on the third.
    assert rows["twice_count"].tolist() == [5, 5, 1]
    assert found()["twice_count"].tolist() == [0, 0, 0, 0]
    said = figures(rows.assign(area_m2=5_000.0))["plot_twice_count"]
    assert said.value.tolist() == [5.0, 5.0, 1.0]


def test_no_building_is_no_row() -> None:
    assert found(BUILDINGS.iloc[:0], NAMED.iloc[:0]).empty
    assert plots.figures_of(found(BUILDINGS.iloc[:0], NAMED.iloc[:0]), "planar", 8.0)
