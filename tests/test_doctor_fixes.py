"""Repairs a person accepts: what each does, and the before and after it leaves behind."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import Polygon

from gis.crs import transform
from gis.errors import UsageError
from gis.geometry.areas import ellipsoidal_area_m2
from gis.intake.doctor import mended, repair
from gis.intake.doctor.codes import FIXES
from tests.doctor_samples import (
    CODES,
    as_gcj02,
    codes,
    found,
    in_degrees,
    known,
    moved,
    only,
    swapped,
    without_prj,
    written,
)
from tests.intake_samples import AREA_M2, EAST_M, NORTH_M, squares

PREFIX_M = 37_000_000.0


def placed_right(rows: pd.DataFrame) -> bool:
    """True when the shapes lie where the squares do, to a tenth of a millimetre."""
    back = transform.between(rows["geom"].to_numpy(dtype=object), 4490, 4525)
    return bool(shapely.equals_exact(back, squares(), tolerance=1e-4, normalize=True).all())


@pytest.mark.parametrize(
    ("geoms", "epsg", "fix"),
    [
        (swapped(squares()), 4525, "swap_axes"),
        (moved(squares(), -PREFIX_M), 4525, "add_zone_prefix"),
        (squares(), 4546, "strip_zone_prefix"),
    ],
)
def test_coordinates_are_put_right_row_by_row(
    geoms: np.ndarray, epsg: int, fix: str, tmp_path: Path
) -> None:
    diagnosis = found(written(tmp_path, geoms, epsg), fixes=[fix])
    records = only(diagnosis, f"fixed:{fix}")
    assert records["row_no"].tolist() == list(range(1, 11))
    before = shapely.from_wkt(records["raw"][0]["geom"])
    assert shapely.equals_exact(before, geoms[0], tolerance=0)
    assert "前 首点" in records["message"][0]
    assert codes(diagnosis) == {f"fixed:{fix}"}
    assert (diagnosis.grade, diagnosis.is_supposed) == ("ready", False)
    assert placed_right(diagnosis.rows)


def test_the_proposed_system_is_taken_when_accepted(tmp_path: Path) -> None:
    for path, name in (
        (without_prj(tmp_path), "没有坐标系"),
        (written(tmp_path, squares(), 4526), "EPSG:4526"),
    ):
        diagnosis = found(path, fixes=["crs"])
        record = only(diagnosis, "fixed:crs").iloc[0]
        assert (record["value"], "EPSG:4525" in record["message"]) == (name, True)
        assert placed_right(diagnosis.rows)
        assert not diagnosis.is_supposed


def test_a_web_map_shift_is_taken_off(tmp_path: Path) -> None:
    shown = shapely.transform(in_degrees(), as_gcj02)
    path = written(tmp_path, shown, 4490)
    diagnosis = found(path, fixes=["gcj02_to_cgcs2000"], known=known())
    assert len(only(diagnosis, "fixed:gcj02_to_cgcs2000")) == 10
    assert codes(diagnosis) == {"fixed:gcj02_to_cgcs2000"}
    assert placed_right(diagnosis.rows)


def test_a_spike_and_a_point_too_near_go_and_all_else_stays(tmp_path: Path) -> None:
    spiky = Polygon(
        [(EAST_M, NORTH_M), (EAST_M + 90, NORTH_M), (EAST_M + 90, NORTH_M + 90),
         (EAST_M + 45, NORTH_M + 90), (EAST_M + 45, NORTH_M + 99), (EAST_M + 44.99, NORTH_M + 90),
         (EAST_M, NORTH_M + 90)]
    )  # fmt: skip
    geoms = squares()
    geoms[0] = spiky
    geoms[1] = shapely.segmentize(geoms[1], 50)
    near = shapely.get_coordinates(geoms[2])
    geoms[2] = Polygon(np.insert(near, 1, near[0] + np.array([0.0, 0.002]), axis=0))
    path = written(tmp_path, geoms)
    diagnosis = found(path, fixes=["drop_spikes", "drop_repeated_points"])
    assert only(diagnosis, "fixed:drop_spikes")["row_no"].tolist() == [1]
    assert only(diagnosis, "fixed:drop_repeated_points")["row_no"].tolist() == [3]
    assert codes(diagnosis) == {"fixed:drop_spikes", "fixed:drop_repeated_points"}
    areas = ellipsoidal_area_m2(diagnosis.rows["geom"].to_numpy(dtype=object))
    assert areas == pytest.approx(AREA_M2, rel=1e-3)
    assert shapely.get_num_coordinates(diagnosis.rows["geom"].iloc[1]) == 9


def test_spikes_in_degrees_are_measured_in_metres(tmp_path: Path) -> None:
    geoms = squares()
    x, y = EAST_M, NORTH_M
    geoms[0] = Polygon([(x, y), (x + 90, y), (x + 90, y + 90), (x + 45, y + 90),
                        (x + 45, y + 99), (x + 44.99, y + 90), (x, y + 90)])  # fmt: skip
    path = written(tmp_path, in_degrees(geoms), 4490)
    assert only(found(path), "spike")["row_no"].tolist() == [1]
    assert codes(found(path, fixes=["spike"])) == {"fixed:drop_spikes"}


def test_a_boundary_line_becomes_the_area_it_encloses(tmp_path: Path) -> None:
    geoms = squares()
    geoms[0] = shapely.LineString(geoms[0].exterior.coords)
    diagnosis = found(written(tmp_path, geoms), fixes=["close_rings"])
    assert only(diagnosis, "fixed:close_rings")["row_no"].tolist() == [1]
    assert diagnosis.sound_count == 10
    assert placed_right(diagnosis.rows)


def test_a_doubtful_crossing_is_repaired_only_when_accepted(tmp_path: Path) -> None:
    # A shell that overlaps itself: in and out alternately, or merged, give two areas.
    geoms = squares()
    x, y = EAST_M, NORTH_M
    doubtful = Polygon(
        [(x, y), (x + 90, y), (x + 90, y + 60), (x + 20, y + 60), (x + 20, y + 30),
         (x + 70, y + 30), (x + 70, y + 90), (x, y + 90)]
    )  # fmt: skip
    geoms[0] = doubtful
    path = written(tmp_path, geoms)
    refused = found(path)
    assert only(refused, "self_crossing")["severity"].tolist() == ["error"]
    assert refused.sound_count == 9
    taken = found(path, fixes=["repair_crossing"])
    record = only(taken, "fixed:repair_crossing")
    assert shapely.from_wkt(record["raw"][0]["geom"]).equals_exact(doubtful, 0)
    assert taken.sound_count == 10


def test_heights_are_dropped_with_a_record(tmp_path: Path) -> None:
    geoms = squares()
    geoms[0] = shapely.force_3d(geoms[0], 1_300.5)
    diagnosis = found(written(tmp_path, geoms), fixes=["strip_z"])
    record = only(diagnosis, "fixed:strip_z")
    assert record["row_no"].tolist() == [1]
    assert "1300.5" in record["raw"][0]["geom"]


def test_feet_become_metres(tmp_path: Path) -> None:
    side = 90 * 3937 / 1200
    feet = [shapely.box(155_000 + 400 * n, 463_000, 155_000 + 400 * n + side, 463_000 + side)
            for n in range(10)]  # fmt: skip
    diagnosis = found(written(tmp_path, feet, 28992), fixes=["feet_to_metres"])
    assert len(only(diagnosis, "fixed:feet_to_metres")) == 10
    assert "feet_as_metres" not in codes(diagnosis)


def test_areas_are_read_in_the_unit_named(tmp_path: Path) -> None:
    path = written(tmp_path, 宗地面积=[12.15] * 10)
    diagnosis = found(path, fixes=["area_unit:亩"])
    records = only(diagnosis, "fixed:area_unit")
    assert records["row_no"].tolist() == list(range(1, 11))
    assert records["value"][0] == "12.15（平方米）"
    assert "12.15（亩）= 8100.0000 平方米" in records["message"][0]
    assert diagnosis.rows["area_m2"].tolist() == [8100.0] * 10
    assert codes(diagnosis) == {"fixed:area_unit"}


def test_identical_rows_go_but_for_the_first(tmp_path: Path) -> None:
    geoms, numbers = squares(), list(CODES)
    geoms[5], numbers[5] = geoms[4], numbers[4]
    diagnosis = found(written(tmp_path, geoms, 宗地代码=numbers), fixes=["drop_identical"])
    record = only(diagnosis, "fixed:drop_identical").iloc[0]
    assert (record["row_no"], record["raw"]["parcel_code"]) == (6, numbers[4])
    assert "只留第 5 行" in record["message"]
    assert len(diagnosis.rows) == 9
    assert codes(diagnosis) == {"fixed:drop_identical"}


def test_a_finding_may_stand_for_the_fix_that_mends_it() -> None:
    assert [f.name for f in repair.fixes_of(["spike", "swapped_xy"])] == [
        "swap_axes", "drop_spikes",
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["magic", "overlap", "area_unit", "area_unit:斤"])
def test_a_fix_nobody_knows_is_refused(word: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--fix"):
        found(written(tmp_path), fixes=[word])


@pytest.mark.parametrize("fix", sorted(set(FIXES) - {"area_unit", "gcj02_to_cgcs2000",
                                                     "feet_to_metres"}))  # fmt: skip
def test_a_fix_changes_nothing_in_a_sound_file(fix: str, tmp_path: Path) -> None:
    diagnosis = found(written(tmp_path), fixes=[fix])
    assert codes(diagnosis) == {"fix_without_effect"}
    assert placed_right(diagnosis.rows)


def test_loading_reads_with_the_same_repairs(tmp_path: Path) -> None:
    path = written(tmp_path, swapped(squares()))
    assert len(mended.read(path, "parcels").rows) == 0
    reading = mended.read(path, "parcels", fixes=["swap_axes"])
    assert len(reading.rows) == 10
    assert (reading.issues["code"] == "fixed:swap_axes").sum() == 10
    assert reading.rejected_count == 0


def test_a_named_system_goes_before_the_one_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, squares(), 4526)
    diagnosis = found(path, crs="EPSG:4525")
    assert codes(diagnosis) == set()
    assert placed_right(diagnosis.rows)
    frame = geopandas.read_file(path)
    assert frame.crs.to_epsg() == 4526
