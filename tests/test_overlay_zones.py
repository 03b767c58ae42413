"""The overlay on the earth: zones, ellipsoidal areas, and the order and parts of the input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from gis.approvals.overlay import Overlay
from gis.approvals.overlay_by_zone import overlay
from gis.crs import transform
from gis.geometry import areas, clean
from gis.geometry.by_zone import NEAR_M, reach
from tests.squares import (
    SETTINGS,
    approvals,
    places,
    ring,
    square,
    stored,
    supplies,
    withdrawals,
    words,
)

KILOMETRE = approvals({"approval": "P1", "geom": square(0, 0, 1000, 1000)})
CLOSED = 1e-6  # m2: closure of the balance, per piece


def earthly(approved: pd.DataFrame, given: pd.DataFrame | None = None, threads: int = 1) -> Overlay:
    given = stored(supplies() if given is None else given)
    return overlay(stored(approved), given, withdrawals(), places(), SETTINGS, threads=threads)


def test_ellipsoidal_areas_of_the_pieces_add_up_to_the_noded_ring() -> None:
    given = supplies(
        {"key": "a", "geom": square(0, 0, 1000, 300)},
        {"key": "b", "geom": square(0, 300, 450, 1000)},  # its corner in the middle of a's edge
        {"key": "c", "geom": square(450, 600, 1000, 1000)},
    )
    found = earthly(KILOMETRE, given)
    sums = found.approvals.iloc[0]
    assert found.pieces["area_ellipsoidal_m2"].sum() == pytest.approx(
        sums["noded_ellipsoidal_m2"], abs=1e-6
    )
    assert areas.ellipsoidal_area_m2(np.array([sums["geom"]]))[0] == pytest.approx(
        sums["noded_ellipsoidal_m2"], abs=1e-6
    )
    # What is stored can be measured again.
    again = areas.ellipsoidal_area_m2(found.pieces["geom"].to_numpy())
    assert (again == found.pieces["area_ellipsoidal_m2"]).all()


def test_pieces_of_several_parts_carry_their_neighbours_vertices_too() -> None:
    # The rest is two plots on either side of a; b's corner lies in the middle of a's long edge.
    given = supplies(
        {"key": "a", "geom": square(0, 300, 1000, 600)},
        {
            "key": "b",
            "geom": shapely.MultiPolygon([square(0, 0, 450, 300), square(0, 700, 9, 800)]),
        },
    )
    found = earthly(KILOMETRE, given)
    sums = found.approvals.iloc[0]
    ring_m2 = areas.ellipsoidal_area_m2(np.array([sums["geom"]]))[0]
    assert ring_m2 == pytest.approx(sums["noded_ellipsoidal_m2"], abs=1e-6)


def test_a_vertex_in_the_middle_of_an_edge_moves_the_ellipsoidal_area_by_eight_square_metres() -> (
    None
):
    # The chord of an edge of length L leaves the parallel by an area of L^3 tan B / 12 R:
    # 1e9 x tan(39.02) / (12 x 6.378e6) = 10.6 m2 for one of 1 km, a quarter of it for two of 500 m.
    found = earthly(KILOMETRE, supplies({"key": "s", "geom": square(0, 0, 500, 500)}))
    sums = found.approvals.iloc[0]
    moved = sums["ring_ellipsoidal_m2"] - sums["noded_ellipsoidal_m2"]
    assert abs(moved) == pytest.approx(10.6 * 3 / 4, rel=0.02)


def test_a_sliver_keeps_its_own_small_area_on_the_ellipsoid_too() -> None:
    given = supplies(
        {"key": "a", "geom": square(0, 0, 1000, 500)},
        {
            "key": "b",
            "geom": ring((0, 500.01), (500, 500.01), (1000, 500.01), (1000, 1000), (0, 1000)),
        },
    )
    found = earthly(KILOMETRE, given)
    sliver = found.pieces[found.pieces["disposition"] == "sliver"].iloc[0]
    assert sliver["area_planar_m2"] == pytest.approx(10.0, abs=1e-4)
    assert sliver["area_ellipsoidal_m2"] == pytest.approx(10.0, abs=0.01)


def test_a_supply_that_lies_wholly_inside_keeps_its_stored_shape_to_the_last_digit() -> None:
    inside = supplies({"key": "s", "geom": square(100, 100, 200, 200)})
    found = earthly(KILOMETRE, inside)
    piece = found.pieces.iloc[0]
    assert piece["is_delivered"]
    assert shapely.to_wkb(piece["geom"]) == shapely.to_wkb(stored(inside)["geom"][0])


# 109.5 E, where zone 36 meets zone 37, lies 129.85 km east of 108 E at this latitude.
ACROSS = square(128_000, 0, 131_000, 1000)


def test_an_approval_across_two_zones_is_measured_in_the_zone_of_its_centroid() -> None:
    across = approvals({"approval": "P", "geom": ACROSS})
    given = supplies({"key": "s", "geom": square(128_000, 0, 130_000, 1000)})
    found = earthly(across, given)
    bounds = shapely.bounds(stored(across)["geom"][0])
    assert bounds[0] < 109.5 < bounds[2]
    assert found.approvals["zone"].tolist() == [36]
    assert words(found) == {"supplied": 2_000_000, "unsupplied": 1_000_000}


def test_a_neighbour_delivered_in_another_zone_leaves_sliver_noise_only() -> None:
    across = approvals({"approval": "P", "geom": ACROSS})
    noded = shapely.segmentize(ACROSS, 1000)
    # The same land, drawn by a surveyor in zone 37 and handed in with four decimals.
    there = transform.to_zone(transform.from_zone(np.array([noded]), 36), 37)
    handed_in = transform.from_zone(clean.work_on(there).geoms, 37)
    given = supplies({"key": "s", "geom": handed_in[0]})
    found = overlay(stored(across), given, withdrawals(), places(), SETTINGS)
    sums = words(found)
    # 8 km of boundary, at most 0.3 mm off
    assert sums.pop("supplied") == pytest.approx(3_000_000, abs=8_000 * 0.0003)
    assert set(sums) <= {"sliver"}
    assert found.approvals["residual_m2"].abs().max() < CLOSED


def test_overlapping_and_adjoining_parts_of_one_approval_count_once() -> None:
    parts = shapely.GeometryCollection(
        [square(0, 0, 100, 100), square(100, 0, 200, 100), square(150, 0, 250, 100)]
    )
    found = earthly(approvals({"approval": "P", "geom": parts}))
    assert found.approvals["approved_m2"].tolist() == [25_000]


def test_rows_without_geometry_take_no_part() -> None:
    approved = pd.concat([KILOMETRE, approvals({"approval": "N"})], ignore_index=True)
    found = overlay(stored(approved), supplies({"key": "s"}), withdrawals(), places(), SETTINGS)
    assert found.approvals["approval"].tolist() == ["P1"]
    nothing = overlay(stored(approved.iloc[1:]), supplies(), withdrawals(), places(), SETTINGS)
    assert nothing.pieces.empty
    assert set(found.pieces.columns) == set(nothing.pieces.columns)


def test_order_threads_and_parts_of_the_input_change_nothing() -> None:
    random = np.random.default_rng(3)
    cells = approvals(
        *({"approval": f"P{n}", "geom": square(n * 130, 0, n * 130 + 170, 500)} for n in range(12))
    )
    corner = random.integers(0, 1400, (150, 2)) / [1, 3]
    given = supplies(
        *(
            {"key": f"s{n:03}", "geom": square(x, y, x + 60 + n % 7 / 100, y + 40)}
            for n, (x, y) in enumerate(corner)
        )
    )
    whole = earthly(cells, given)
    assert len(whole.pieces) > 100
    turned = earthly(cells.iloc[::-1], given.sample(frac=1, random_state=1), threads=3)
    near = stored(cells)
    parts = [
        overlay(near.iloc[[n]], stored(given), withdrawals(), places(), SETTINGS, rivals=near)
        for n in range(12)
    ]
    joined = pd.concat([part.pieces for part in parts]).sort_values("id", ignore_index=True)
    for other in (turned.pieces, joined):
        pd.testing.assert_frame_equal(
            whole.pieces.drop(columns="geom"), other.drop(columns="geom"), check_exact=True
        )
        assert (shapely.to_wkb(whole.pieces["geom"]) == shapely.to_wkb(other["geom"])).all()


@pytest.mark.parametrize("latitude", [37.0, 45.0, 53.0])
@pytest.mark.parametrize("off_degrees", [-1.5, 0.0, 1.5])
def test_a_reach_holds_the_edges_as_they_run_in_the_plane_and_what_is_near_them(
    latitude: float, off_degrees: float
) -> None:
    zone = 36
    (start,) = transform.to_zone(np.array([shapely.Point(3 * zone + off_degrees, latitude)]), zone)
    share = np.linspace(0.0, 1.0, 201)
    for length_m in (100.0, 1_000.0, 20_000.0, 60_000.0):
        for turn in np.linspace(0.0, np.pi, 13):
            way = np.array([np.cos(turn), np.sin(turn)])
            aside = np.array([-way[1], way[0]]) * NEAR_M
            edge = np.array([start.x, start.y]) + np.outer(share * length_m, way)
            near = np.concatenate([edge + aside, edge - aside])
            ends = transform.from_zone(np.array([shapely.LineString(edge[[0, -1]])]), zone)
            (west, south, east, north) = reach(ends)[0]
            seen = shapely.get_coordinates(transform.from_zone(shapely.points(near), zone))
            assert (seen > [west, south]).all()
            assert (seen < [east, north]).all()
            # What lies beside the edge may bulge by itself, as far as an edge of 20 km does.
            if length_m == 20_000.0:
                own = shapely.bounds(ends[0])
                out_m = np.maximum(own[:2] - seen.min(axis=0), seen.max(axis=0) - own[2:]) * 111_000
                assert (out_m < NEAR_M / 0.6 + 6.0 / 0.6).all()
