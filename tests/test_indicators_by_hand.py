"""A park of whole-metre squares: every land and building indicator worked out by hand, exactly.

K 200 m x 150 m = 30,000 m2: block K1 its west half, K2 its east half, 15,000 m2 each.

built land (A), m2              K1                        K2                          K
A1 residential   survey 0701   50 x 20 = 1,000                                      1,000
A2 industrial    survey 0601  100 x 60 = 6,000           50 x 40 = 2,000            8,000
A3 traffic       survey 1003  100 x 10 = 1,000                                      1,000
A4 commercial    supply 商服                              50 x 40 = 2,000            2,000
A5 public        survey 0801                             20 x 50 = 1,000            1,000
A6 other         survey 0901                             20 x 50 = 1,000            1,000
A                             8,000                      6,000                     14,000

The land of A4 is of a completed supply; the survey still calls it farmland (0101).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from gis.indicators import buildings as built
from gis.indicators import land, land_use, supply
from gis.parks import uses
from tests.squares import square

PIECES = pd.DataFrame(
    [
        ("K", "K1", "A", square(0, 0, 100, 60)),
        ("K", "K1", "A", square(0, 60, 50, 80)),
        ("K", "K1", "A", square(0, 80, 100, 90)),
        ("K", "K1", "B21", square(50, 60, 100, 80)),
        ("K", "K2", "A", square(100, 0, 200, 40)),
        ("K", "K2", "A", square(100, 40, 140, 90)),
    ],
    columns=["park_code", "block_code", "account_build", "geom"],
)
SURVEYED = pd.DataFrame(
    [
        # The newest word: farmland where the supply was completed since.
        (None, square(150, 0, 200, 40)),
        ("A2", square(0, 0, 100, 60)),
        ("A2", square(100, 0, 150, 40)),
        ("A1", square(0, 60, 50, 80)),
        ("A3", square(0, 80, 100, 90)),
        ("A5", square(100, 40, 120, 90)),
        ("A6", square(120, 40, 140, 90)),
        # An older word on the same land counts nowhere.
        ("A1", square(0, 0, 200, 150)),
    ],
    columns=["use", "geom"],
)
SUPPLIES = pd.DataFrame(
    [("A4", square(150, 0, 200, 40)), ("A2", square(0, 0, 200, 150))], columns=["use", "geom"]
)
# Footprint m2, storeys, height m, surveyed floor area m2.
BUILDINGS = pd.DataFrame(
    [
        # 40 x 40 = 1,600; two storeys of 4 m: 3,200 computed, 3,150 surveyed; in A2 of K1
        ("b1", "building", 2, 8.0, 3_150.0, square(10, 10, 50, 50)),
        # 30 x 30 = 900; one storey of 9 m counts twice: 1,800; in A2 of K1
        ("b2", "building", 1, 9.0, np.nan, square(60, 10, 90, 40)),
        # 30 x 10 = 300; six storeys of 3 m: 1,800; in A1 of K1
        ("b3", "building", 6, 18.0, np.nan, square(10, 62, 40, 72)),
        # 20 x 20 = 400; three storeys of 4 m: 1,200; half in A2, half in A4 of K2
        ("b4", "building", 3, 12.0, np.nan, square(140, 10, 160, 30)),
        # 10 x 10 = 100; one storey of exactly 8 m is not over 8 m: 100; in A5 of K2
        ("b5", "building", 1, 8.0, np.nan, square(102, 50, 112, 60)),
        # Open yard 60 x 10 = 600 and structure 30 x 10 = 300, in A2 of K1.
        ("y1", "yard", np.nan, np.nan, np.nan, square(0, 50, 60, 60)),
        ("s1", "structure", np.nan, np.nan, np.nan, square(60, 50, 90, 60)),
    ],
    columns=["code", "kind", "storeys_count", "height_m", "floor_area_m2", "geom"],
)
DOUBLE_M = 8.0


def sums(buildings: pd.DataFrame = BUILDINGS) -> pd.DataFrame:
    """The sums of K1, K2 and K."""
    lands = uses.plane_uses(PIECES, SURVEYED, SUPPLIES)
    found = built.of_lands(lands, uses.plane_met(lands, buildings), buildings, DOUBLE_M)
    return pd.concat([built.of_places(found, "block_code"), built.of_places(found, "park_code")])


def of(**values: float) -> pd.Series:
    return pd.Series(values, dtype=float)


def test_built_land_is_of_the_use_the_survey_says_or_else_the_supply() -> None:
    found = uses.plane_uses(PIECES, SURVEYED, SUPPLIES)
    by_use = found.pivot_table("area_m2", "block_code", "use", "sum", fill_value=0.0)
    assert by_use.loc["K1"].to_dict() == {
        **{"A1": 1_000.0, "A2": 6_000.0, "A3": 1_000.0, "A4": 0.0, "A5": 0.0, "A6": 0.0}
    }
    assert by_use.loc["K2"].to_dict() == {
        **{"A1": 0.0, "A2": 2_000.0, "A3": 0.0, "A4": 2_000.0, "A5": 1_000.0, "A6": 1_000.0}
    }


def test_built_land_nothing_is_known_of_is_of_no_use() -> None:
    found = uses.plane_uses(PIECES, SURVEYED.iloc[:0], SUPPLIES.iloc[:1])
    areas = found.groupby(found["use"].fillna("-"))["area_m2"].sum()
    assert areas.to_dict() == {"-": 12_000.0, "A4": 2_000.0}


def test_land_drawn_like_its_supply_is_that_shape_and_a_rival_on_it_is_cut_as_ever() -> None:
    east, north = 500_321.4567, 4_300_987.6543
    plots = [
        shapely.box(east + x, north, east + x + 40.1234, north + 30.4321)
        for x in (0.0, 50.0, 100.0)
    ]
    pieces = pd.DataFrame(
        {"park_code": "K", "block_code": "K1", "account_build": "A", "geom": plots}
    )
    # The first plot is one supply's alone; half of the second is an earlier one's; the third is
    # nobody's.
    half = shapely.box(east + 50.0, north, east + 70.0617, north + 30.4321)
    supplies = pd.DataFrame({"use": ["A1", "A4", "A2"], "geom": [half, plots[1], plots[0]]})
    found = uses.plane_uses(pieces, supplies.iloc[:0], supplies)
    by_use = found.set_index(found["use"].fillna("-"))
    assert sorted(by_use.index) == ["-", "A1", "A2", "A4"]
    for use, plot in (("A2", plots[0]), ("-", plots[2])):
        assert shapely.equals_identical(by_use["geom"][use], plot)
        assert by_use["area_m2"][use] == plot.area
    # 20.0617 x 30.4321 each
    assert by_use["area_m2"][["A1", "A4"]].to_numpy() == pytest.approx(20.0617 * 30.4321, abs=1e-6)
    assert shapely.intersection(by_use["geom"]["A1"], by_use["geom"]["A4"]).area < 1e-6
    met = uses.plane_met(found, pd.DataFrame({"geom": [plots[2], half.buffer(0.5)]}))
    on = {(found["use"][row.land], row.building): row for row in met.itertuples()}
    assert on[None, 0].on_m2 == plots[2].area
    assert on[None, 0].share == 1.0
    # Half a metre beyond the half on its eastern side: 0.5 x 30.4321; on the half itself all of it.
    assert on["A4", 1].on_m2 == pytest.approx(0.5 * 30.4321, abs=1e-6)
    assert on["A1", 1].on_m2 == pytest.approx(20.0617 * 30.4321, abs=1e-6)


def test_the_land_of_each_use_is_summed_for_blocks_and_the_park() -> None:
    found = sums()
    assert found["A_m2"].to_dict() == {"K1": 8_000.0, "K2": 6_000.0, "K": 14_000.0}
    assert found["A1_m2"].to_dict() == {"K1": 1_000.0, "K2": 0.0, "K": 1_000.0}
    assert found["A2_m2"].to_dict() == {"K1": 6_000.0, "K2": 2_000.0, "K": 8_000.0}
    assert found["unknown_use_m2"].to_dict() == {"K1": 0.0, "K2": 0.0, "K": 0.0}


def test_the_industrial_rate_of_each_place() -> None:
    found = land_use.industrial_rate(sums())
    # 6,000 / 8,000; 2,000 / 6,000; 8,000 / 14,000
    assert found.value.to_dict() == {"K1": 75.0, "K2": 100 * 2 / 6, "K": 100 * 8 / 14}
    assert found.missing.isna().all()


def test_the_floor_ratio_of_each_place() -> None:
    found = land_use.floor_ratio(sums())
    # K1 3,150 surveyed + 900 + 1,800 = 5,850 over 8,000: a double storey counts once here
    # K2 1,200 + 100 = 1,300 over 6,000; K 7,150 over 14,000
    assert found.numerator.to_dict() == {"K1": 5_850.0, "K2": 1_300.0, "K": 7_150.0}
    assert found.value.to_dict() == {"K1": 0.73125, "K2": 1_300 / 6_000, "K": 7_150 / 14_000}


def test_the_floor_ratio_of_industrial_land_counts_a_storey_over_8_m_twice() -> None:
    found = land_use.industrial_floor_ratio(sums())
    # K1 3,150 + 2 x 900 = 4,950 over 6,000; K2 the half of 1,200 over 2,000; K 5,550 over 8,000
    assert found.value.to_dict() == {"K1": 0.825, "K2": 0.3, "K": 0.69375}
    assert "8 米" in land_use.industrial_floor_ratio(sums(), DOUBLE_M).definition


def test_the_building_density_of_each_place() -> None:
    found = land_use.building_density(sums())
    # K1 1,600 + 900 + 300 = 2,800 of 8,000; K2 400 + 100 of 6,000; K 3,300 of 14,000
    assert found.value.to_dict() == {"K1": 35.0, "K2": 100 * 500 / 6_000, "K": 100 * 3_300 / 14_000}


def test_the_site_coverage_counts_yards_and_structures_and_is_unknown_without_any() -> None:
    found = land_use.site_coverage(sums())
    # K1 1,600 + 900 + 600 + 300 = 3,400 of 6,000; K2 200 of 2,000 and no yard known
    # K 3,600 of 8,000
    assert found.numerator.to_dict() == {"K1": 3_400.0, "K2": 200.0, "K": 3_600.0}
    assert found.value.fillna(-1).to_dict() == {"K1": 100 * 3_400 / 6_000, "K2": -1.0, "K": 45.0}
    assert found.missing.to_dict() == {"K1": None, "K2": ("yards",), "K": None}


def test_the_floor_area_surveyed_and_computed_are_both_kept_with_their_difference() -> None:
    found = sums()
    assert found["floor_surveyed_m2"].to_dict() == {"K1": 3_150.0, "K2": 0.0, "K": 3_150.0}
    # K1 3,200 + 900 + 1,800 = 5,900
    assert found["floor_computed_m2"].to_dict() == {"K1": 5_900.0, "K2": 1_300.0, "K": 7_200.0}
    # Of the one building with both: 3,150 - 3,200.
    assert found["floor_difference_m2"].to_dict() == {"K1": -50.0, "K2": 0.0, "K": -50.0}


def test_unknown_storeys_leave_the_floors_undetermined_and_nothing_else() -> None:
    unknown = BUILDINGS.assign(storeys_count=BUILDINGS["storeys_count"].where(
        BUILDINGS["code"] != "b2"))  # fmt: skip
    found = sums(unknown)
    ratio = land_use.floor_ratio(found)
    assert ratio.missing.to_dict() == {
        **{"K1": ("storeys_count",), "K2": None, "K": ("storeys_count",)}
    }
    assert ratio.value.isna().to_dict() == {"K1": True, "K2": False, "K": True}
    # What is known of it stands: 3,150 + 1,800.
    assert ratio.numerator["K1"] == 4_950.0
    assert land_use.building_density(found).value["K1"] == 35.0


def test_an_unknown_height_leaves_open_whether_a_storey_counts_twice() -> None:
    unknown = BUILDINGS.assign(height_m=BUILDINGS["height_m"].where(BUILDINGS["code"] != "b1"))
    found = sums(unknown)
    assert land_use.floor_ratio(found).value["K1"] == 0.73125
    assert land_use.industrial_floor_ratio(found).missing["K1"] == ("height_m",)


@pytest.mark.parametrize(
    ("storeys", "height_m", "surveyed_m2", "wanted"),
    [
        # floor, computed, counted by the rule; of a footprint of 100 m2
        (1, 8.0, np.nan, (100.0, 100.0, 100.0)),  # 8 m is not over 8 m
        (1, 8.01, np.nan, (100.0, 100.0, 200.0)),
        (2, 16.0, np.nan, (200.0, 200.0, 200.0)),  # two storeys of 8 m
        (2, 16.2, np.nan, (200.0, 200.0, 400.0)),  # two of 8.1 m on average
        (1, 9.6, 95.0, (95.0, 100.0, 190.0)),  # the surveyed area goes before the computed one
        (np.nan, 7.0, 300.0, (300.0, np.nan, 300.0)),  # none of its storeys can be over 8 m
        (np.nan, 9.0, 300.0, (300.0, np.nan, np.nan)),  # one of 9 m, or three of 3 m
        (2, np.nan, np.nan, (200.0, 200.0, np.nan)),
        (0, 9.0, np.nan, (np.nan, np.nan, np.nan)),  # no storey is no answer
        (-1, -3.0, 0.0, (np.nan, np.nan, np.nan)),
    ],
)
def test_the_floor_area_of_one_building(
    storeys: float, height_m: float, surveyed_m2: float, wanted: tuple[float, ...]
) -> None:
    one = pd.DataFrame(
        {
            "storeys_count": [storeys],
            "height_m": [height_m],
            "floor_area_m2": [surveyed_m2],
            "footprint_m2": [100.0],
        }
    )
    found = built.floors(one, DOUBLE_M)[["floor_m2", "computed_m2", "counted_m2"]]
    assert found.to_numpy()[0] == pytest.approx(np.array(wanted), nan_ok=True)


def test_a_place_without_a_building_or_of_unknown_use_is_undetermined() -> None:
    bare = sums(BUILDINGS.iloc[:0])
    assert land_use.floor_ratio(bare).missing["K"] == ("buildings",)
    assert land_use.building_density(bare).value.isna().all()
    lands = uses.plane_uses(PIECES, SURVEYED.iloc[:0], SUPPLIES.iloc[:1])
    found = built.of_lands(lands, uses.plane_met(lands, BUILDINGS), BUILDINGS, DOUBLE_M)
    park = built.of_places(found, "park_code")
    rate = land_use.industrial_rate(park)
    assert rate.missing["K"] == ("land_use",)
    assert (rate.numerator["K"], park["unknown_use_m2"]["K"]) == (0.0, 12_000.0)


def test_a_park_without_industrial_land_has_no_industrial_figures() -> None:
    found = sums().assign(A2_m2=0.0)
    assert land_use.industrial_floor_ratio(found).missing["K"] == ("zero:A2_m2",)
    assert land_use.industrial_rate(found).value["K"] == 0.0


@pytest.mark.parametrize(
    ("industrial_m2", "residential_m2", "unknown_m2", "wanted"),
    [
        (31.0, 24.0, 0.0, 1.0),  # 工业主导型: over 30 %, under 25 %
        (30.0, 25.0, 0.0, 2.0),  # 产城融合型: 30 % or less, 25 % or more
        (31.0, 25.0, 0.0, 3.0),  # other
        (30.0, 24.0, 0.0, 3.0),
        (31.0, 10.0, 14.0, 1.0),  # whatever the unknown 14 are: at least 31 %, at most 24 %
        (31.0, 10.0, 15.0, np.nan),  # 10 + 15 may be 25 %
        (10.0, 25.0, 20.0, 2.0),  # at most 30 %, at least 25 %
    ],
)
def test_the_type_of_a_park(
    industrial_m2: float, residential_m2: float, unknown_m2: float, wanted: float
) -> None:
    given = pd.DataFrame(
        {
            "A_m2": [100.0],
            "A1_m2": [residential_m2],
            "A2_m2": [industrial_m2],
            "unknown_use_m2": [unknown_m2],
        },
        index=["K"],
    )
    found = land_use.park_type(given, industrial_share=0.30, residential_share=0.25)
    assert found.value.tolist() == pytest.approx([wanted], nan_ok=True)
    assert (found.missing["K"] == ("land_use",)) == np.isnan(wanted)


def test_the_intensity_of_development_has_two_readings_that_are_named() -> None:
    # A 14,000 of 30,000; and A over A + B with B21 1,000 and B22 5,000: 14,000 / 20,000
    whole = land.development_intensity(of(K=14_000.0), of(K=30_000.0))
    bundle = land.built_share(of(K=14_000.0), of(K=1_000.0), of(K=5_000.0))
    assert whole.value["K"] == pytest.approx(100 * 14 / 30)
    assert bundle.value["K"] == 70.0
    assert "口径一" in whole.definition
    assert "口径二" in bundle.definition
    # The circular of 2020: 89.46 % x 92.68 % x 92.77 % = 76.92 %.
    assert round(89.46 * 92.68 * 92.77 / 1e4, 2) == 76.92
    circular = land.built_share(of(K=76.92), of(K=12.54), of(K=10.54))
    assert circular.value["K"] == pytest.approx(76.92)


APPROVED = pd.DataFrame(
    [
        ("甲", "2008-12-31", 100.0, 100.0),
        ("乙", "2009-01-01", 10_000.0, 6_000.0),
        ("丙", "2018-12-31", 5_000.0, 5_000.0),
        ("丁", "2019-06-01", 5_000.0, 1_000.0),
        ("戊", "2020-01-01", 4_000.0, 4_000.0),
    ],
    columns=["approval", "approved_on", "approved_m2", "supplied_m2"],
).assign(place_code="K")


def cohort(lines: pd.DataFrame, first: int | None, last: int | None) -> Any:
    lines = lines.assign(approved_on=pd.to_datetime(lines["approved_on"]))
    return supply.cohort_rate(lines, pd.Index(["K"]), first, last)


@pytest.mark.parametrize(
    ("first", "last", "wanted"),
    [
        (2009, 2018, (11_000.0, 15_000.0, 100 * 11 / 15)),  # 乙, 丙
        (2009, 2019, (12_000.0, 20_000.0, 60.0)),  # 乙, 丙, 丁
        (2016, None, (10_000.0, 14_000.0, 100 * 10 / 14)),  # 丙, 丁, 戊
    ],
)
def test_the_supply_rate_of_a_cohort_is_told_by_the_day_of_approval(
    first: int, last: int | None, wanted: tuple[float, float, float]
) -> None:
    found = cohort(APPROVED, first, last)
    assert (found.numerator["K"], found.denominator["K"]) == wanted[:2]
    assert found.value["K"] == pytest.approx(wanted[2])


def test_a_cohort_with_an_unknown_supply_or_without_approvals_is_undetermined() -> None:
    unknown = APPROVED.assign(supplied_m2=[100.0, np.nan, 5_000.0, 1_000.0, 4_000.0])
    found = cohort(unknown, 2009, 2018)
    assert (found.missing["K"], found.numerator["K"]) == (("supplied_m2",), 5_000.0)
    assert cohort(APPROVED, 2030, None).missing["K"] == ("zero:approved_m2",)
    # One without its day may belong to any cohort.
    undated = APPROVED.assign(approved_on=[None, *APPROVED["approved_on"][1:]])
    assert cohort(undated, 2009, 2018).missing["K"] == ("approved_on",)
