"""What remains and is built already, as the newest survey has it: cut out and graded by itself."""

from __future__ import annotations

import pandas as pd
import pytest
import shapely

from gis.approvals.overlay import Overlay, plane_overlay
from gis.approvals.overlay_by_zone import overlay
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


def survey(*rows: tuple[bool, shapely.Geometry]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["is_built", "geom"])
    return table.astype({"is_built": bool, "geom": object})


def surveyed(
    seen: pd.DataFrame, approved: pd.DataFrame = KILOMETRE, given: pd.DataFrame | None = None
) -> Overlay:
    given = supplies() if given is None else given
    return plane_overlay(
        approved, given, withdrawals(), approved, places(), SETTINGS, surveyed=seen
    )


def by_built(found: Overlay) -> dict[tuple[str, bool], float]:
    return found.pieces.groupby(["disposition", "is_built"])["area_planar_m2"].sum().to_dict()


def test_a_piece_half_built_becomes_two() -> None:
    given = supplies({"key": "s", "geom": square(0, 0, 500, 1000)})
    found = surveyed(survey((True, square(500, 0, 1000, 300))), given=given)
    assert by_built(found) == {
        ("supplied", False): 500_000,
        ("unsupplied", True): 500 * 300,
        ("unsupplied", False): 500 * 700,
    }
    assert found.approvals["residual_m2"].abs().max() < CLOSED
    # One word, so the balance is what it was.
    assert words(found) == {"supplied": 500_000, "unsupplied": 500_000}


def test_built_land_that_is_supplied_or_withdrawn_stays_what_it_is() -> None:
    given = supplies({"key": "s", "geom": square(0, 0, 500, 1000)})
    taken_back = withdrawals(
        {"document": "w", "approval_no": "P1", "geom": square(500, 0, 600, 1000)}
    )
    seen = survey((True, square(400, 0, 700, 1000)))
    found = plane_overlay(
        KILOMETRE, given, taken_back, KILOMETRE, places(), SETTINGS, surveyed=seen
    )
    assert by_built(found) == {
        ("supplied", False): 500_000,
        ("withdrawn", False): 100_000,
        ("unsupplied", True): 100_000,
        ("unsupplied", False): 300_000,
    }


def test_the_earlier_word_of_the_survey_holds() -> None:
    # The newest survey comes first: built in the west, no longer built in the middle.
    seen = survey(
        (True, square(0, 0, 100, 1000)),
        (False, square(100, 0, 300, 1000)),
        (True, square(200, 0, 400, 1000)),
    )
    assert by_built(surveyed(seen)) == {
        ("unsupplied", True): 100_000 + 100_000,
        ("unsupplied", False): 800_000,
    }


def test_each_part_is_graded_by_its_own_shape() -> None:
    # All but 3 m of the land is built: the strip left is an edge, and so is a small built corner.
    strip = surveyed(survey((True, square(0, 0, 997, 1000))))
    assert by_built(strip) == {("unsupplied", True): 997_000, ("edge", False): 3_000}
    corner = surveyed(survey((True, square(0, 0, 20, 20))))
    assert by_built(corner) == {("edge", True): 400, ("unsupplied", False): 999_600}


def test_pieces_are_numbered_by_their_place_built_or_not() -> None:
    found = surveyed(survey((True, square(0, 0, 200, 1000)), (True, square(400, 0, 1000, 1000))))
    assert found.pieces["is_built"].tolist() == [True, False, True]
    assert found.pieces["id"].tolist() == ["P1/001", "P1/002", "P1/003"]


def test_areas_on_the_ellipsoid_add_up_with_built_land_across_edges_without_a_corner() -> None:
    given = supplies({"key": "s", "geom": square(0, 0, 1000, 400)})
    seen = survey((True, ring((300, 350), (700, 350), (650, 800), (350, 800))))
    found = overlay(
        stored(KILOMETRE), stored(given), withdrawals(), places(), SETTINGS, surveyed=stored(seen)
    )
    sums = found.approvals.iloc[0]
    assert abs(sums["residual_m2"]) < CLOSED
    assert found.pieces["area_ellipsoidal_m2"].sum() == pytest.approx(
        sums["noded_ellipsoidal_m2"], abs=1e-6
    )
    # A trapezium from 400 to 800 m: its sides lean in by 50 m over 450 m, so 50 x 50 / 450 at 400.
    lean = 50 * 50 / 450
    below, above = 400 - 2 * lean, 300
    built = found.pieces[found.pieces["is_built"]]
    assert built["area_planar_m2"].tolist() == pytest.approx([(below + above) / 2 * 400], abs=1e-1)
