"""Rings filed under the wrong head: what lies outside and runs as land is a further part."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from shapely import MultiPolygon

from gis.crs import transform
from gis.geometry import areas
from gis.intake.read import read
from tests.odd_shapes import (
    SQUARE,
    Point,
    at,
    codes,
    geopackage,
    geoparquet,
    planar_m2,
    ring,
    told,
    wkb,
)


def corners(west: float, south: float, side: float, *, is_hole: bool = False) -> list[Point]:
    """A square whose ring runs clockwise (as a shapefile's shell), or the other way as a hole."""
    clockwise = at((west, south), (west, south + side), (west + side, south + side),
                   (west + side, south), (west, south))  # fmt: skip
    return clockwise[::-1] if is_hole else clockwise


@pytest.mark.parametrize("write", [geopackage, geoparquet])
@pytest.mark.parametrize(
    ("rings", "parts_m2"),
    [
        # Beside the shell and running its way: a further part of 50 x 50.
        ([corners(0, 0, 100), corners(200, 0, 50)], [10_000.0, 2_500.0]),
        # Three of them, one with a hole of its own: 2,500 - 10 x 10.
        (
            [corners(0, 0, 100), corners(200, 0, 50), corners(300, 0, 10),
             corners(210, 10, 10, is_hole=True)],
            [10_000.0, 2_400.0, 100.0],
        ),
        # A hole of 60 x 60 within the shell, an island of 20 x 20 in it: 6,400 and 400.
        (
            [corners(0, 0, 100), corners(20, 20, 60, is_hole=True), corners(40, 40, 20)],
            [6_400.0, 400.0],
        ),
        # Four deep: and a pond of 10 x 10 on the island: 6,400 and 300.
        (
            [corners(0, 0, 100), corners(20, 20, 60, is_hole=True), corners(40, 40, 20),
             corners(45, 45, 10, is_hole=True)],
            [6_400.0, 300.0],
        ),
    ],
)  # fmt: skip
def test_a_misplaced_ring_that_runs_the_way_of_land_is_a_further_part(
    write: object, rings: list[list[Point]], parts_m2: list[float], tmp_path: Path
) -> None:
    assert callable(write)
    suffix = "gpkg" if write is geopackage else "parquet"
    shape = wkb(3, *(ring(points) for points in rings))
    reading = read(write(tmp_path / f"p.{suffix}", [shape]), "parcels")
    geom = reading.rows["geom"][0]
    assert isinstance(geom, MultiPolygon)
    parts = np.array(list(geom.geoms), dtype=object)
    found = sorted(areas.planar_area_m2(transform.to_zone(parts, 37)), reverse=True)
    assert found == pytest.approx(parts_m2, abs=1e-3)
    (note,) = told(reading, "hole_as_part").to_dict("records")
    assert note["severity"] == "warning"
    assert all(f"{area:.2f}" in note["message"] for area in parts_m2)


@pytest.mark.parametrize(
    "rings",
    [
        # Outside, but running as a hole: nobody can say what it was.
        [corners(0, 0, 100), corners(200, 0, 50, is_hole=True)],
        # Across the shell's edge, either way: cut off or added?
        [corners(0, 0, 100), corners(80, 20, 50, is_hole=True)],
        [corners(0, 0, 100), corners(80, 20, 50)],
        # Where all rings run alike, the way says nothing of a ring within a hole.
        [corners(0, 0, 100), corners(20, 20, 60), corners(40, 40, 20)],
    ],
)
def test_a_misplaced_ring_that_contradicts_its_place_is_not_guessed(
    rings: list[list[Point]], tmp_path: Path
) -> None:
    shape = wkb(3, *(ring(points) for points in rings))
    reading = read(geopackage(tmp_path / "p.gpkg", [shape, wkb(3, ring(SQUARE))]), "parcels")
    assert reading.rows["row_no"].tolist() == [2]
    assert told(reading, "invalid_geometry")["row_no"].tolist() == [1]


def test_a_hole_within_its_shell_is_a_hole_whichever_way_it_runs(tmp_path: Path) -> None:
    shapes = [
        wkb(3, ring(corners(0, 0, 100)), ring(corners(20, 20, 60, is_hole=is_hole)))
        for is_hole in (True, False)
    ]
    reading = read(geopackage(tmp_path / "p.gpkg", shapes), "parcels")
    for row_no in (1, 2):
        assert planar_m2(reading, row_no) == pytest.approx(6_400.0, abs=1e-3)
    assert "hole_as_part" not in codes(reading)
