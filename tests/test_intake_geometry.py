"""Shapes checked and repaired, areas compared; everything worked on whole-metre squares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely
from shapely import affinity
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box

from gis.crs import transform
from gis.errors import DeliveryError
from gis.geometry import areas
from gis.intake.checks.declared import Tolerance
from gis.intake.read import Reading, read

E, N = 37_431_000.0, 4_400_500.0
SQUARE = box(E, N, E + 100, N + 100)  # 10,000 m2 = 1 公顷 = 15 亩


def at(*corners: tuple[float, float]) -> Polygon:
    return Polygon([(E + x, N + y) for x, y in corners])


def load(tmp_path: Path, *geoms: Any, system: str = "EPSG:4525", **columns: Any) -> Reading:
    data = {"宗地代码": [f"P{n}" for n in range(1, len(geoms) + 1)], **columns}
    frame = geopandas.GeoDataFrame(data, geometry=list(geoms), crs=system)
    frame.to_file(tmp_path / "a.gpkg", layer="宗地")
    return read(tmp_path / "a.gpkg", "parcels")


def codes(reading: Reading, row_no: int) -> list[str]:
    return reading.issues.loc[reading.issues["row_no"] == row_no, "code"].tolist()


def area_m2(reading: Reading, key: str) -> float:
    geom = reading.rows.set_index("key").loc[[key], "geom"].to_numpy()
    return float(areas.planar_area_m2(transform.to_zone(geom, 37))[0])


def test_null_and_empty_shapes_reject_a_row_that_needs_one(tmp_path: Path) -> None:
    reading = load(tmp_path, SQUARE, None, Polygon())
    assert reading.rows["key"].tolist() == ["P1"]
    assert codes(reading, 2) == codes(reading, 3) == ["missing_geometry"]
    raw = reading.issues.loc[reading.issues["row_no"] == 2, "raw"].iloc[0]
    assert raw == {"宗地代码": "P2"}


def test_a_kind_that_can_do_without_a_shape_keeps_the_row(tmp_path: Path) -> None:
    frame = geopandas.GeoDataFrame(
        {"批准文号": ["甲", "乙"]}, geometry=[SQUARE, None], crs="EPSG:4525"
    )
    frame.to_file(tmp_path / "a.gpkg")
    reading = read(tmp_path / "a.gpkg", "approvals")
    assert reading.rows["approval_no"].tolist() == ["甲", "乙"]
    assert codes(reading, 2) == ["no_geometry"]
    assert reading.rows["geom"].isna().tolist() == [False, True]
    assert reading.rows["source_epsg"].isna().tolist() == [False, True]


def test_a_bow_tie_both_readings_of_which_agree_is_repaired_and_told(tmp_path: Path) -> None:
    # Two triangles of 100 x 50 / 2 = 2,500 m2 that meet in the crossing: 5,000 m2.
    reading = load(tmp_path, at((0, 0), (100, 100), (100, 0), (0, 100)))
    assert area_m2(reading, "P1") == pytest.approx(5_000.0, abs=1e-3)
    assert "repaired_geometry" in codes(reading, 1)
    message = reading.issues.set_index("code").loc["repaired_geometry", "message"]
    assert "修复前 0.00 平方米，修复后 5000.00 平方米" in message


def test_a_shape_whose_readings_differ_is_refused_and_both_areas_told(tmp_path: Path) -> None:
    # Two squares of 10,000 m2 that share a quarter: merged 17,500 m2, alternating 15,000 m2.
    overlapping = MultiPolygon([SQUARE, affinity.translate(SQUARE, 50, 50)])
    reading = load(tmp_path, overlapping, SQUARE)
    assert reading.rows["key"].tolist() == ["P2"]
    found = reading.issues[reading.issues["code"] == "invalid_geometry"].iloc[0]
    assert "17500.00 或 15000.00 平方米" in found["message"]
    assert found["raw"]["几何"].startswith("MULTIPOLYGON")


def test_a_hole_outside_its_shell_that_runs_as_a_hole_does_not_become_land(tmp_path: Path) -> None:
    lost = Polygon(SQUARE.exterior, [affinity.translate(SQUARE, 200, 0).exterior.coords[::-1]])
    reading = load(tmp_path, lost, SQUARE)
    assert reading.rows["key"].tolist() == ["P2"]
    assert codes(reading, 1) == ["invalid_geometry"]


def test_a_spike_without_area_goes_and_the_area_stays(tmp_path: Path) -> None:
    spiked = at((0, 0), (100, 0), (100, 100), (100, 150), (100, 100), (0, 100))
    reading = load(tmp_path, spiked)
    assert area_m2(reading, "P1") == pytest.approx(10_000.0, abs=1e-3)
    assert "repaired_geometry" in codes(reading, 1)


def test_heights_are_dropped_and_said_once(tmp_path: Path) -> None:
    reading = load(tmp_path, shapely.force_3d(SQUARE, 1100.0), SQUARE)
    assert not shapely.has_z(reading.rows["geom"].to_numpy()).any()
    assert (reading.issues["code"] == "flattened_geometry").sum() == 1


def test_parts_are_kept_and_counted_and_one_part_is_no_multipart(tmp_path: Path) -> None:
    far = affinity.translate(SQUARE, 300, 0)
    reading = load(tmp_path, MultiPolygon([SQUARE, far]), MultiPolygon([SQUARE]))
    assert area_m2(reading, "P1") == pytest.approx(20_000.0, abs=1e-3)
    assert codes(reading, 1) == ["multipart_geometry"]
    assert codes(reading, 2) == []
    assert [geom.geom_type for geom in reading.rows["geom"]] == ["MultiPolygon", "Polygon"]


def test_lines_and_points_are_rejected_and_kept_raw(tmp_path: Path) -> None:
    reading = load(tmp_path, SQUARE, LineString([(E, N), (E + 1, N)]), Point(E, N))
    assert reading.rows["key"].tolist() == ["P1"]
    errors = reading.issues[reading.issues["severity"] == "error"]
    assert errors["code"].tolist() == ["wrong_geometry"] * 2
    assert "点" in errors["message"].iloc[1]
    assert errors["raw"].iloc[1]["几何"].startswith("POINT")


def test_the_area_in_a_mixed_collection_is_kept_and_the_rest_told(tmp_path: Path) -> None:
    mixed = shapely.GeometryCollection([SQUARE, Point(E, N)])
    reading = load(tmp_path, mixed)
    assert area_m2(reading, "P1") == pytest.approx(10_000.0, abs=1e-3)
    assert codes(reading, 1) == ["mixed_geometry"]


def test_repeated_points_are_counted(tmp_path: Path) -> None:
    reading = load(tmp_path, at((0, 0), (100, 0), (100, 0), (100, 100), (0, 100)))
    assert codes(reading, 1) == ["repeated_points"]


def test_a_shape_without_area_is_rejected(tmp_path: Path) -> None:
    flat = at((0, 0), (100, 0), (50, 0))
    reading = load(tmp_path, SQUARE, flat)
    assert reading.rows["key"].tolist() == ["P1"]
    assert "zero_area" in codes(reading, 2) or "invalid_geometry" in codes(reading, 2)


def test_coordinates_that_are_no_numbers_or_far_out_reject_their_row(tmp_path: Path) -> None:
    far = affinity.translate(SQUARE, 5_000_000, 0)
    broken = shapely.transform(SQUARE, lambda xy: np.where(xy == xy[0], np.inf, xy))
    reading = load(tmp_path, SQUARE, far, broken)
    assert reading.rows["key"].tolist() == ["P1"]
    assert codes(reading, 2) == ["outside_crs"]
    assert codes(reading, 3) == ["bad_coordinates"]


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        (10_000.0 * 15, "15 倍"),
        (10_000.0 / 15, "1/15"),
        (10_000.0 * 10_000, "10000 倍"),
        (1.0, "1/10000"),
        (10_000.0 * 2000 / 3, "666.67 倍"),
        (15.0, "1/666.67"),
        (10_500.0, "+5."),
    ],
)
def test_a_declared_area_that_does_not_fit_is_told_and_a_unit_mix_up_named(
    tmp_path: Path, declared: float, words: str
) -> None:
    reading = load(tmp_path, SQUARE, **{"宗地面积(平方米)": [declared]})
    found = reading.issues[reading.issues["code"] == "area_mismatch"].iloc[0]
    assert words in found["message"]
    assert "10000.00 平方米" in found["message"]
    assert (found["field"], found["severity"]) == ("area_m2", "warning")
    assert len(reading.rows) == 1


def test_either_way_of_measuring_may_match_and_the_tolerance_is_the_callers(tmp_path: Path) -> None:
    geom = transform.from_zone(np.array([box(431_000, 4_400_500, 432_000, 4_401_500)]), 37)
    planar, ellipsoidal = 1_000_000.0, float(areas.ellipsoidal_area_m2(geom)[0])
    assert abs(planar - ellipsoidal) > 1
    kilometre = box(E, N, E + 1000, N + 1000)
    for declared in (planar, round(ellipsoidal, 2), planar + 0.9):
        reading = load(tmp_path, kilometre, **{"宗地面积(平方米)": [declared]})
        assert reading.issues.empty
        (tmp_path / "a.gpkg").unlink()
    load(tmp_path, kilometre, **{"宗地面积(平方米)": [planar + 500]})
    strict = Tolerance(area_m2=1.0, share=0.0)
    told = read(tmp_path / "a.gpkg", "parcels", tolerance=strict).issues
    assert told["code"].tolist() == ["area_mismatch"]
    assert read(tmp_path / "a.gpkg", "parcels").issues.empty  # 500 m2 of 1 km2 is under 0.1 %


def test_metres_called_degrees_and_degrees_called_metres_are_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=r"(?s)度为单位.*--crs EPSG:4525"):
        load(tmp_path, SQUARE, system="EPSG:4490")
    (tmp_path / "a.gpkg").unlink()
    degrees = box(110.0, 39.7, 110.001, 39.701)
    with pytest.raises(DeliveryError, match=r"(?s)米为单位.*--crs EPSG:4490"):
        load(tmp_path, degrees, system="EPSG:4546")


def test_a_zone_in_front_that_is_another_zones_is_refused_whole(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=r"(?s)带号.*--crs EPSG:4525"):
        load(tmp_path, SQUARE, system="EPSG:4526")
    (tmp_path / "a.gpkg").unlink()
    with pytest.raises(DeliveryError, match=r"(?s)带号.*--crs EPSG:4525"):
        load(tmp_path, SQUARE, system="EPSG:4546")  # without zone in front


def test_an_unknown_crs_is_refused_with_the_mend(tmp_path: Path) -> None:
    load(tmp_path, SQUARE)
    with pytest.raises(DeliveryError, match=r"(?s)坐标系「EPSG:99999」.*--crs"):
        read(tmp_path / "a.gpkg", "parcels", crs="EPSG:99999")


def test_old_datums_tell_that_their_place_is_a_guess(tmp_path: Path) -> None:
    reading = load(tmp_path, SQUARE, system="EPSG:2361")  # Xi'an 1980, zone 37
    assert "ballpark_transform" in reading.issues["code"].tolist()
    assert set(reading.rows["source_epsg"]) == {2361}
