"""Supplies proved to lie edge on edge in one approval, so that none of them has to be cut."""

from __future__ import annotations

import os

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.geometry import clean
from gis.geometry.coverage import CoverageFit, fit
from gis.geometry.groups import are_coverages, united_apart
from gis.geometry.pairs import PairHints, alone, pairs
from tests.squares import ring, square

LONG_EXAMPLES = 5_000 if os.environ.get("LANDWATCH_LONG") else 150
# A kilometre whose edge carries the corners of the plots that lie along it.
NODED = ring((0, 0), (300, 0), (600, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 300))


def fitted(subject: shapely.Geometry, *shapes: shapely.Geometry) -> CoverageFit:
    return fit(np.array([subject], dtype=object), np.array(shapes, dtype=object))


def rest_of(found: CoverageFit) -> shapely.Geometry:
    origin = clean.origin_of(np.array([NODED]))
    return clean.shift(found.rest, origin)[0]


def test_plots_edge_on_edge_are_whole_and_leave_the_rest_to_the_last_digit() -> None:
    found = fitted(NODED, square(0, 0, 300, 300), square(300, 0, 600, 300))
    assert found.shape.tolist() == [0, 1]
    assert found.is_whole.tolist() == [True, True]
    corners = {(x - 500_000, y - 4_320_000) for x, y in shapely.get_coordinates(rest_of(found))}
    assert corners == {
        (600, 0), (1000, 0), (1000, 1000), (0, 1000), (0, 300), (300, 300), (600, 300)
    }  # fmt: skip


def test_a_plot_in_the_middle_and_one_with_a_court_leave_a_hole_and_the_court() -> None:
    court = shapely.difference(square(400, 400, 600, 600), square(450, 450, 500, 500))
    found = fitted(NODED, court, square(800, 800, 900, 900))
    assert found.is_whole.all()
    parts = shapely.get_parts(rest_of(found))
    assert sorted(shapely.area(parts)) == [2_500, 1_000_000 - 40_000 - 10_000]


def test_a_plot_whose_corner_lies_on_an_edge_without_one_is_whole_all_the_same() -> None:
    found = fitted(square(0, 0, 1000, 1000), square(100, 0, 200, 100))
    assert found.is_whole.tolist() == [True]
    assert shapely.area(found.rest).tolist() == [990_000]


def test_plots_of_which_one_sticks_out_are_a_coverage_but_not_known_to_be_whole() -> None:
    leaning = ring((300, 0), (300, 300), (0, 300), (-1, 150))
    found = fitted(NODED, square(300, 0, 600, 300), leaning)
    assert found.shape.tolist() == [0, 1]
    assert not found.is_whole.any()


def test_a_plot_off_by_a_centimetre_is_left_out_and_the_others_stay_proved() -> None:
    plots = [square(0, 0, 300, 300), square(300, 0, 600, 300), square(300.01, 300, 600.01, 600)]
    found = fitted(NODED, *plots)
    assert found.shape.tolist() == [0, 1]
    assert found.is_whole.all()
    assert not found.is_refuted.any()


def test_plots_that_share_a_corner_and_overlap_are_refuted() -> None:
    found = fitted(NODED, square(0, 0, 300, 300), square(0, 0, 200, 300))
    assert found.is_refuted.tolist() == [True]
    assert found.shape.size == 0
    assert shapely.is_missing(found.rest).all()


def test_what_is_known_before_changes_no_pair() -> None:
    left = np.array([square(0, 0, 100, 100), square(100, 0, 200, 100), square(150, 0, 300, 100)])
    right = np.array([square(0, 0, 50, 50), square(50, 0, 120, 50), square(150, 50, 200, 100)])
    is_alone = alone(left)
    assert is_alone.tolist() == [True, False, False]
    known = PairHints(is_alone, np.array([0]), np.array([0]))
    for one, other in zip(pairs(left, right), pairs(left, right, 2, known), strict=True):
        assert (one == other).all()


@pytest.mark.parametrize("count", [1, 2, 40])
def test_a_union_of_chains_and_loners_is_that_of_all(count: int) -> None:
    chain = [square(10 * n, 0, 10 * n + 12, 5) for n in range(count)]
    shapes = np.array([*chain[::-1], square(0, 100, 10, 110)], dtype=object)
    places = np.zeros((len(shapes), 2))
    (found,) = united_apart(shapes, np.zeros(len(shapes), dtype=np.int64), 1, places)
    assert found.is_valid
    assert found.equals(shapely.union_all(shapes))
    assert len(found.geoms) == 2


# Two slivers of 2e-13 and 4e-13 m2 that a park of made-up land was cut into: GEOS finds them a
# valid coverage and then refuses to unite them as one.
_ROUNDOFF = (
    "010300000001000000040000006150ca6041b88e40337b063da7e7a7400030bb270fb98e4000285305c3f3a740"
    "1554ca6041b88e40f4b2063da7e7a7406150ca6041b88e40337b063da7e7a740",
    "01030000000100000006000000545e7648b4b78e40467321d059dfa7400030bb270fb98e4000285305c3f3a740"
    "6150ca6041b88e40337b063da7e7a7401554ca6041b88e40f4b2063da7e7a740086b7648b4b78e408f3222d059dfa740"
    "545e7648b4b78e40467321d059dfa740",
)


def test_roundoff_said_to_be_a_coverage_and_then_refused_is_united_all_the_same() -> None:
    slivers = shapely.from_wkb([bytes.fromhex(each) for each in _ROUNDOFF])
    assert are_coverages(slivers, np.array([0]), np.array([2])).all()
    with pytest.raises(shapely.errors.GEOSException, match="overlapping"):
        shapely.coverage_union_all(slivers)
    plots = [square(0, 0, 10, 10), square(10, 0, 20, 10)]
    shapes = np.array([*slivers, *plots], dtype=object)
    group = np.array([0, 0, 1, 1])
    tiny, whole = united_apart(shapes, group, 2, np.zeros((4, 2)))
    assert tiny.area == pytest.approx(shapely.area(slivers).sum(), abs=1e-15)
    # The groups beside it are what they are without it, to the last digit.
    (by_itself,) = united_apart(shapes[2:], group[2:] - 1, 1, np.zeros((2, 2)))
    assert whole.wkb == by_itself.wkb


@given(st.lists(st.tuples(*[st.integers(0, 5)] * 4), min_size=1, max_size=7))
@settings(max_examples=LONG_EXAMPLES, deadline=None)
def test_shapes_said_to_fit_lie_in_the_subject_and_apart(
    corners: list[tuple[int, int, int, int]],
) -> None:
    # On a coarse grid: shapes share edges and corners, overlap, lie in one another, stick out.
    plots = [
        square(100 * x, 100 * y, 100 * (x + w + 1), 100 * (y + h + 1)) for x, y, w, h in corners
    ]
    outline = [(100 * n, 0) for n in range(10)]
    noded = ring(*outline, (1000, 0), (1000, 1000), (0, 1000))
    found = fitted(noded, *plots)
    members = [plots[place] for place in found.shape]
    assert not (found.is_refuted.any() and members)
    covered = shapely.union_all(members)
    apart = sum(plot.area for plot in members)
    if members:
        assert covered.area == apart
        assert shapely.area(found.rest)[0] == 1_000_000 - shapely.intersection(covered, noded).area
    if found.is_whole.any():
        assert covered.within(noded)
