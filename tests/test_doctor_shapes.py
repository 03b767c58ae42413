"""Faults of single shapes and between neighbours: one made file for every finding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Polygon, affinity

from gis.intake.doctor import neighbours, vertices
from gis.intake.doctor.findings import Findings
from tests.doctor_samples import codes, found, in_degrees, only, written
from tests.intake_samples import EAST_M, EXAMPLES, NORTH_M, SIDE_M, squares


def ring(*steps: tuple[float, float]) -> Polygon:
    """A polygon by steps from the first square's corner."""
    return Polygon([(EAST_M + x, NORTH_M + y) for x, y in steps])


def first_replaced(geom: object) -> np.ndarray:
    geoms = squares()
    geoms[0] = geom
    return geoms


def test_a_spike_is_told_where_it_stands(tmp_path: Path) -> None:
    geom = ring((0, 0), (90, 0), (90, 90), (45, 90), (45, 99.99), (44.99, 90), (0, 90))
    diagnosis = found(written(tmp_path, first_replaced(geom)))
    told = only(diagnosis, "spike")
    assert told["row_no"].tolist() == [1]
    assert told["proposal"].tolist() == ["--fix drop_spikes"]
    assert f"{EAST_M + 45:.3f}, {NORTH_M + 99.99:.3f}" in told["message"][0]
    assert codes(diagnosis) == {"spike"}


def test_a_sharp_corner_is_no_spike(tmp_path: Path) -> None:
    # 5 m to 200 m: 1.4 degrees, a wedge of land that a road cut off.
    wedge = ring((0, 0), (200, 0), (0, 5))
    assert "spike" not in codes(found(written(tmp_path, [wedge], 4525, **{})))


def test_points_nearer_than_the_survey_is_sharp_are_told(tmp_path: Path) -> None:
    geom = ring((0, 0), (90, 0), (90, 0.003), (90, 90), (0, 90))
    told = only(found(written(tmp_path, first_replaced(geom))), "near_points")
    assert (told["row_no"].tolist(), told["value"].tolist()) == ([1], ["1"])


def test_a_tiny_hole_is_told_and_a_hut_is_not(tmp_path: Path) -> None:
    def with_hole(side: float) -> np.ndarray:
        square = squares()[0]
        x, y, _, _ = square.bounds
        hole = shapely.box(x + 10, y + 10, x + 10 + side, y + 10 + side)
        return first_replaced(square.difference(hole))

    areas = {"宗地面积": [8_100.0] * 10}
    assert only(found(written(tmp_path, with_hole(0.2), **areas)), "tiny_ring")["row_no"][0] == 1
    assert "tiny_ring" not in codes(found(written(tmp_path, with_hole(2.0), **areas)))


@pytest.mark.parametrize(
    ("geom", "code", "severity"),
    [
        (ring((0, 0), (90, 90), (90, 0), (0, 90)), "self_crossing", "warning"),
        (ring((0, 0), (90, 0), (90, 90), (45, 0), (0, 90)), "self_touching", "warning"),
        (
            Polygon(
                squares()[0].exterior.coords,
                [affinity.translate(squares()[0], 200, 300).exterior.coords[::-1]],
            ),
            "hole_outside_shell",
            "error",
        ),
        (
            Polygon(
                shapely.box(EAST_M, NORTH_M, EAST_M + 90, NORTH_M + 90).exterior.coords,
                [
                    shapely.box(EAST_M + 10, NORTH_M + 10, EAST_M + 80, NORTH_M + 80)
                    .exterior.coords,
                    shapely.box(EAST_M + 20, NORTH_M + 20, EAST_M + 70, NORTH_M + 70)
                    .exterior.coords,
                ],
            ),
            "nested_rings",
            "error",
        ),
    ],
)  # fmt: skip
def test_an_invalid_shape_is_called_by_what_is_wrong(
    geom: Polygon, code: str, severity: str, tmp_path: Path
) -> None:
    diagnosis = found(written(tmp_path, first_replaced(geom)))
    told = only(diagnosis, code)
    assert told["row_no"].tolist() == [1]
    assert told["severity"].tolist() == [severity]
    expected = "--fix repair_crossing" if severity == "error" else None
    assert (told["proposal"][0] if expected else None) == expected
    assert not {"repaired_geometry", "invalid_geometry"} & codes(diagnosis)


def test_a_boundary_that_was_never_made_an_area_is_told(tmp_path: Path) -> None:
    line = squares()[0].exterior
    open_line = shapely.LineString(shapely.get_coordinates(squares()[1])[:-1])
    nearly = shapely.LineString(
        np.vstack([shapely.get_coordinates(squares()[2])[:-1], [EAST_M + 289.8, NORTH_M + 0.2]])
    )
    geoms = squares()
    geoms[0], geoms[1], geoms[2] = shapely.LineString(line.coords), open_line, nearly
    diagnosis = found(written(tmp_path, geoms))
    # The second lacks a whole side: that is no matter of closing.
    assert only(diagnosis, "boundary_lines")["row_no"].tolist() == [1, 3]
    assert only(diagnosis, "wrong_geometry")["row_no"].tolist() == [2]


def test_an_overlap_is_told_once_with_its_area(tmp_path: Path) -> None:
    geoms = squares()
    geoms[4] = affinity.translate(geoms[4], -30.0, 0.0)  # 20 m x 90 m over the fourth
    diagnosis = found(written(tmp_path, geoms))
    told = only(diagnosis, "overlap")
    assert (told["row_no"].tolist(), told["value"].tolist()) == ([5], ["4"])
    area_m2 = float(told["message"][0].split("重叠 ")[1].split(" 平方米")[0])
    assert area_m2 == pytest.approx(20 * 90, abs=0.1)
    assert "22.22%" in told["message"][0]
    assert codes(diagnosis) == {"overlap"}


def test_neighbours_that_share_an_edge_are_sound(tmp_path: Path) -> None:
    wide = [shapely.box(EAST_M + 100 * n, NORTH_M, EAST_M + 100 * (n + 1), NORTH_M + 90.0)
            for n in range(10)]  # fmt: skip
    areas = {"宗地面积": [9_000.0] * 10}
    for epsg in (4525, 4490):
        geoms = np.array(wide, dtype=object)
        geoms = in_degrees(geoms) if epsg == 4490 else geoms
        assert codes(found(written(tmp_path, geoms, epsg, **areas))) == set()


def test_a_sliver_and_a_gap_are_told_apart_from_a_road(tmp_path: Path) -> None:
    # 5 cm over each other, 6 cm apart, 4 m apart (a road).
    edges = [(0.0, 90.05), (90.0, 180.0), (180.06, 270.0), (274.0, 370.0)]
    geoms = [shapely.box(EAST_M + a, NORTH_M, EAST_M + b, NORTH_M + SIDE_M) for a, b in edges]
    areas = {"宗地面积": [(b - a) * 90 for a, b in edges] + [8_100.0] * 6}
    diagnosis = found(written(tmp_path, geoms, **areas))
    sliver, gap = only(diagnosis, "sliver_overlap"), only(diagnosis, "gap")
    assert (sliver["row_no"].tolist(), sliver["value"].tolist()) == ([2], ["1"])
    assert (gap["row_no"].tolist(), gap["value"].tolist()) == ([2], ["2、3"])
    assert "平均宽 0.060 米" in gap["message"][0]
    assert codes(diagnosis) == {"sliver_overlap", "gap"}


def test_land_that_two_surveys_saw_is_no_overlap(tmp_path: Path) -> None:
    frame_days = ["2018-12-31"] * 5 + ["2025-12-31"] * 5
    geoms = np.concatenate([squares()[:5], squares()[:5]])
    path = written(
        tmp_path, geoms, 图斑编号=[str(n) for n in range(10)], 地类编码=["0401"] * 10,
        调查时点=frame_days,
    )  # fmt: skip
    assert not {"overlap", "same_shape"} & codes(found(path, "landclass"))
    path = written(
        tmp_path, geoms, 图斑编号=[str(n) for n in range(10)], 地类编码=["0401"] * 10,
        调查时点=["2018-12-31"] * 10,
    )  # fmt: skip
    assert "same_shape" in codes(found(path, "landclass"))


@EXAMPLES
@given(
    corners=st.lists(
        st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=3, max_size=9, unique=True
    )
)
def test_dropping_spikes_leaves_a_polygon_without_spikes(corners: list[tuple[int, int]]) -> None:
    geom = Polygon(corners)
    mended = vertices.without_spikes(geom)
    assert shapely.get_num_coordinates(mended) >= 4
    shapes = vertices.vertices_of(np.array([mended], dtype=object))
    was = vertices.vertices_of(np.array([geom], dtype=object))
    assert vertices.is_spike(shapes).sum() <= vertices.is_spike(was).sum()


@EXAMPLES
@given(shifts=st.lists(st.floats(0, 200, allow_nan=False), min_size=2, max_size=8))
def test_overlaps_are_those_of_every_pair_looked_at_alone(shifts: list[float]) -> None:
    shapes = np.array([shapely.box(x, 0, x + 50, 40) for x in shifts], dtype=object)
    table = neighbours.overlaps(shapes)
    slow = {
        (i, j): shapes[i].intersection(shapes[j]).area
        for i in range(len(shapes))
        for j in range(i + 1, len(shapes))
        if shapes[i] != shapes[j]
    }
    expected = {pair: area for pair, area in slow.items() if area > 0.1}
    found_pairs = {
        (int(row.left), int(row.right)): row.area_m2
        for row in table.itertuples()
        if row.area_m2 > 0.1
    }
    assert found_pairs.keys() == expected.keys()
    for pair, area in expected.items():
        assert found_pairs[pair] == pytest.approx(area)


def test_nothing_is_told_of_nothing() -> None:
    findings = Findings("leer")
    vertices.tell(np.array([None, None], dtype=object), np.array([1, 2]), findings)
    assert findings.frame().empty
