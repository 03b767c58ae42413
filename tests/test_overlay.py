"""The overlay of approvals, on squares whose areas can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from gis.geometry.pairs import GIANT_VERTICES, pairs
from tests.squares import (
    approvals,
    overlaid,
    places,
    ring,
    square,
    supplies,
    withdrawals,
    words,
)

KILOMETRE = approvals({"approval": "P1", "geom": square(0, 0, 1000, 1000)})
CLOSED = 1e-6  # m2: closure of the balance, per piece


def two_approvals() -> pd.DataFrame:
    """P2 replaces P1 where they overlap: 100 x 500 m."""
    return approvals(
        {"approval": "P1", "geom": square(0, 0, 1000, 1000)},
        {
            "approval": "P2",
            "approved_on": "2018-01-01",
            "replaces": ["P1"],
            "geom": square(900, 0, 1100, 500),
        },
    )


def test_the_earlier_word_wins_and_nothing_is_left_over() -> None:
    given = supplies(
        {"key": "s1", "geom": square(0, 0, 100, 100)},  # 10,000
        {"key": "s2", "geom": square(100, 0, 300, 200)},  # 40,000
        {"key": "s3", "geom": square(850, 400, 1050, 600)},  # 150 x 200 in P1, 150 x 100 in P2
    )
    taken_back = withdrawals(
        # 200 x 200, of which 100 x 100 is s2's
        {"document": "w1", "approval_no": "P1", "geom": square(200, 100, 400, 300)}
    )
    found = overlaid(two_approvals(), given, taken_back)
    by_disposition = (
        found.pieces.groupby(["approval", "disposition"])["area_planar_m2"].sum().to_dict()
    )
    assert by_disposition == {
        ("P1", "supplied"): 10_000 + 40_000 + 30_000,
        ("P1", "withdrawn"): 40_000 - 10_000,
        ("P1", "exempt"): 50_000 - 100 * 100,  # under P2, less s3 there
        ("P1", "unsupplied"): 1_000_000 - 80_000 - 30_000 - 40_000,
        ("P2", "supplied"): 15_000,
        ("P2", "unsupplied"): 85_000,
    }
    assert found.approvals["residual_m2"].abs().max() < CLOSED
    # P1's 50,000 m2 under P2 are counted with P2 and nowhere else.
    assert found.pieces["counted_m2"].sum() == 1_000_000 + 100_000 - 50_000


def test_pieces_are_numbered_by_disposition_then_claim_then_place() -> None:
    found = overlaid(
        KILOMETRE,
        supplies(
            {"key": "late", "signed_on": "2019-01-01", "geom": square(0, 0, 500, 1000)},
            {"key": "early", "signed_on": "2017-01-01", "geom": square(600, 0, 700, 1000)},
        ),
    )
    assert found.pieces["id"].tolist() == [f"P1/00{number}" for number in (1, 2, 3, 4)]
    assert found.pieces["supply"].tolist()[:2] == ["early", "late"]
    west = shapely.bounds(found.pieces["geom"].to_numpy())[2:, 0] - 500_000
    assert west.tolist() == [500, 700]


@pytest.mark.parametrize("noded", [False, True], ids=["T-junction", "noded"])
def test_three_parcels_fill_an_approval_whether_or_not_their_corner_is_noded(noded: bool) -> None:
    left = [(0, 0), (100, 0), (100, 100), (0, 100)]
    if noded:
        left.insert(2, (100, 50))
    given = supplies(
        {"key": "a", "geom": ring(*left)},
        {"key": "b", "geom": square(100, 0, 200, 50)},
        {"key": "c", "geom": square(100, 50, 200, 100)},
    )
    found = overlaid(approvals({"approval": "P", "geom": square(0, 0, 200, 100)}), given)
    assert words(found) == {"supplied": 20_000}
    # A corner in the middle of a neighbour's edge is no valid coverage: it goes the slow way.
    assert found.approvals["is_proved"].tolist() == [noded]
    assert found.approvals["residual_m2"].abs().max() < CLOSED


@pytest.mark.parametrize("gap_m", [0.001, 0.01, 0.05])
def test_a_gap_between_almost_shared_edges_is_a_sliver_of_its_own(gap_m: float) -> None:
    given = supplies(
        {"key": "a", "geom": square(0, 0, 100, 100)},
        {"key": "b", "geom": square(100 + gap_m, 0, 200, 100)},
    )
    found = overlaid(approvals({"approval": "P", "geom": square(0, 0, 200, 100)}), given)
    sums = words(found)
    assert sums["sliver"] == pytest.approx(100 * gap_m, abs=CLOSED)
    assert sums["supplied"] == pytest.approx(20_000 - 100 * gap_m, abs=CLOSED)
    assert set(sums) == {"sliver", "supplied"}
    assert found.pieces["adjoining"].tolist()[2] == ("a", "b")


@pytest.mark.parametrize("overlap_m", [0.001, 0.01, 0.05])
def test_an_overlap_of_almost_shared_edges_is_supplied_once_and_kept_in_the_pairs(
    overlap_m: float,
) -> None:
    given = supplies(
        {"key": "b", "signed_on": "2017-01-01", "geom": square(100 - overlap_m, 0, 200, 100)},
        {"key": "a", "signed_on": "2016-01-01", "geom": square(0, 0, 100, 100)},
    )
    found = overlaid(approvals({"approval": "P", "geom": square(0, 0, 200, 100)}), given)
    assert words(found) == {"supplied": pytest.approx(20_000, abs=CLOSED)}
    assert not found.approvals["is_proved"].any()
    by_supply = found.pieces.set_index("supply")["area_planar_m2"]
    assert by_supply["a"] == pytest.approx(10_000, abs=CLOSED)  # signed earlier
    assert by_supply["b"] == pytest.approx(10_000, abs=CLOSED)
    paired = found.pairs.set_index("supply")["area_planar_m2"]
    assert paired["b"] == pytest.approx(10_000 + 100 * overlap_m, abs=CLOSED)


def test_overlapping_squares_are_not_taken_for_a_coverage() -> None:
    # Their areas add up to the approval's, so only the shape can tell that 100 x 100 is free.
    given = supplies(
        {"key": "a", "geom": square(0, 0, 200, 100)},
        {"key": "b", "geom": square(100, 0, 200, 100)},
    )
    found = overlaid(approvals({"approval": "P", "geom": square(0, 0, 300, 100)}), given)
    assert words(found) == {"supplied": 20_000, "unsupplied": 10_000}
    assert not found.approvals["is_proved"].any()


def test_a_duplicate_supply_stays_in_the_pairs_and_gets_no_piece() -> None:
    given = supplies(
        {"key": "second", "signed_on": "2016-05-01", "geom": square(0, 0, 100, 100)},
        {"key": "first", "signed_on": "2016-04-01", "geom": square(0, 0, 100, 100)},
    )
    found = overlaid(KILOMETRE, given)
    assert found.pieces["supply"].dropna().tolist() == ["first"]
    assert found.pairs["supply"].tolist() == ["first", "second"]
    assert words(found) == {"supplied": 10_000, "unsupplied": 990_000}


def test_a_hole_in_a_supply_is_land_to_supply_or_an_edge_by_its_size() -> None:
    def with_court(side: float) -> pd.DataFrame:
        block = shapely.difference(
            square(0, 0, 1000, 1000), square(100, 100, 100 + side, 100 + side)
        )
        return supplies({"key": "s", "geom": block})

    # 30 x 30 = 900 m2 is over 1 mu (666.67 m2); 20 x 20 = 400 m2 is under it.
    assert words(overlaid(KILOMETRE, with_court(30))) == {"supplied": 999_100, "unsupplied": 900}
    assert words(overlaid(KILOMETRE, with_court(20))) == {"supplied": 999_600, "edge": 400}


def test_a_hole_in_an_approval_is_nobodys() -> None:
    holed = shapely.difference(square(0, 0, 1000, 1000), square(400, 400, 600, 600))
    given = supplies({"key": "s", "geom": square(300, 300, 700, 700)})
    found = overlaid(approvals({"approval": "P", "geom": holed}), given)
    assert words(found) == {"supplied": 160_000 - 40_000, "unsupplied": 1_000_000 - 160_000}


def test_parts_of_one_supply_make_one_piece_and_parts_of_an_approval_one_balance() -> None:
    twins = shapely.MultiPolygon([square(0, 0, 100, 100), square(300, 0, 400, 100)])
    land = shapely.MultiPolygon([square(0, 0, 200, 200), square(300, 0, 500, 200)])
    found = overlaid(
        approvals({"approval": "P", "geom": land}), supplies({"key": "s", "geom": twins})
    )
    assert found.pieces["disposition"].tolist() == ["supplied", "unsupplied", "unsupplied"]
    assert words(found) == {"supplied": 20_000, "unsupplied": 60_000}
    assert found.approvals["approved_m2"].tolist() == [80_000]


def test_a_nested_approval_is_counted_once_even_where_nothing_says_that_it_replaces() -> None:
    nested = approvals(
        {"approval": "inner", "approved_on": "2019-01-01", "geom": square(100, 100, 300, 300)},
        {"approval": "outer", "approved_on": "2012-01-01", "geom": square(0, 0, 1000, 1000)},
    )
    found = overlaid(nested, supplies({"key": "s", "geom": square(100, 100, 200, 200)}))
    both = found.pieces.groupby(["approval", "disposition"])[["area_planar_m2", "counted_m2"]].sum()
    assert both.loc[("outer", "supplied")].tolist() == [10_000, 0]
    assert both.loc[("outer", "unsupplied")].tolist() == [990_000, 960_000]
    assert both.loc[("inner", "unsupplied")].tolist() == [30_000, 30_000]
    assert both["counted_m2"].sum() == 1_000_000


def test_one_supply_draws_on_three_approvals() -> None:
    three = approvals(
        *({"approval": f"P{n}", "geom": square(100 * n, 0, 100 * n + 100, 100)} for n in range(3))
    )
    found = overlaid(three, supplies({"key": "s", "geom": square(50, 0, 275, 80)}))
    assert found.pairs["area_planar_m2"].tolist() == [50 * 80, 100 * 80, 75 * 80]
    assert found.pairs["share_of_approval"].tolist() == [0.4, 0.8, 0.6]
    assert found.pairs["share_of_supply"].sum() == pytest.approx(1.0, abs=1e-15)
    assert not found.pieces["is_delivered"].any()


def test_a_withdrawal_takes_only_from_the_approval_it_names() -> None:
    doubled = approvals(
        {"approval": "P1", "geom": square(0, 0, 100, 100)},
        {"approval": "P2", "geom": square(0, 0, 100, 100)},
    )
    taken_back = withdrawals(
        {"document": "w1", "approval_no": "P2", "geom": square(0, 0, 50, 100)},
        {"document": "w2", "approval_no": "P2", "geom": square(40, 0, 70, 100)},
    )
    found = overlaid(doubled, None, taken_back)
    by_disposition = (
        found.pieces.groupby(["approval", "disposition"])["area_planar_m2"].sum().to_dict()
    )
    assert by_disposition == {
        ("P1", "unsupplied"): 10_000,
        ("P2", "withdrawn"): 7_000,  # documents that overlap withdraw once
        ("P2", "unsupplied"): 3_000,
    }
    assert found.pieces["document"].dropna().tolist() == ["w1", "w2"]


def test_a_plot_with_a_thin_limb_is_not_judged_by_the_width_of_the_limb() -> None:
    # A plot of 100 x 100 m and a strip of 3 m x 10 km: mean width 2 x 40,000 / 20,400 = 3.9 m,
    # under 5 m for the whole, though 1 hectare of it is a plot like any other.
    limb = shapely.union(square(0, 0, 100, 100), square(100, 40, 10_100, 43))
    found = overlaid(approvals({"approval": "P", "geom": limb}))
    assert found.pieces["disposition"].tolist() == ["unsupplied", "edge"]
    assert found.pieces["area_planar_m2"].tolist() == pytest.approx([10_000, 30_000], abs=1e-5)
    assert found.approvals["residual_m2"].abs().max() < CLOSED


def test_a_plot_keeps_the_hair_of_an_edge_that_almost_matches() -> None:
    # The plot is wide and large by itself, hair and all, and stays one piece.
    given = supplies({"key": "s", "geom": square(0, 0.02, 900, 1000)})
    found = overlaid(KILOMETRE, given)
    assert words(found) == {
        "supplied": pytest.approx(900 * 999.98, abs=CLOSED),
        "unsupplied": pytest.approx(100_000 + 18, abs=CLOSED),
    }


def test_blocks_have_their_exact_share_and_a_piece_the_code_of_its_chief_one() -> None:
    where = places(B1=square(0, 0, 600, 1000), B2=square(600, 0, 1000, 1000))
    found = overlaid(
        KILOMETRE, supplies({"key": "s", "geom": square(500, 0, 1000, 1000)}), None, where
    )
    assert found.pieces["block_code"].tolist() == ["B2", "B1"]
    assert found.places[["id", "place_code", "area_m2"]].to_numpy().tolist() == [
        ["P1/001", "B1", 100_000.0],
        ["P1/001", "B2", 400_000.0],
        ["P1/002", "B1", 500_000.0],
    ]
    assert found.approvals["block_code"].tolist() == ["B1"]


def test_a_giant_is_cut_in_tiles_and_gives_the_same_areas() -> None:
    teeth = 1_500
    across = np.arange(teeth)
    top = np.column_stack([across, np.where(across % 2, 100.0, 90.0)])
    comb = ring((0, 0), *map(tuple, top), (teeth - 1, 0))
    comb = shapely.segmentize(comb, 2.0)
    assert shapely.get_num_coordinates(comb) > GIANT_VERTICES
    squares = [square(x, 80, x + 40, 120) for x in range(0, 1_440, 45)]
    others = np.array([*squares, comb], dtype=object)
    for left, right in ((np.array([comb]), others), (others, np.array([comb]))):
        found = pairs(left, right)
        expected = shapely.area(shapely.intersection(left[found.left], right[found.right]))
        assert len(found.left) == len(others)
        assert found.area_m2 == pytest.approx(expected, abs=1e-4)
    # From 10 m above the base of the teeth up: half of 40 x 10, and 40 x 10 below.
    assert pairs(np.array([comb]), np.array([square(10, 80, 50, 120)])).area_m2 == pytest.approx(
        [40 * 10 + 200], abs=CLOSED
    )


def test_a_giant_supply_over_many_approvals_closes() -> None:
    ring_road = shapely.buffer(shapely.Point(500_500, 4_320_500), 480, quad_segs=1_000)
    cells = [
        {
            "approval": f"P{x:02}{y:02}",
            "geom": square(x * 100, y * 100, x * 100 + 100, y * 100 + 100),
        }
        for x in range(10)
        for y in range(10)
    ]
    found = overlaid(approvals(*cells), supplies({"key": "s", "geom": ring_road}))
    assert found.pairs["area_planar_m2"].sum() == pytest.approx(ring_road.area, abs=1e-4)
    assert found.approvals["residual_m2"].abs().max() < CLOSED


def test_a_strip_too_thin_for_a_core_is_an_edge_as_a_whole() -> None:
    strip = approvals({"approval": "P", "geom": square(0, 0, 1000, 3)})
    assert words(overlaid(strip)) == {"edge": 3_000}
