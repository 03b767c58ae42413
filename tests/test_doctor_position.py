"""What contradicts the place a delivery declares: one made file for every finding."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely

from gis.intake.doctor import forms
from tests.doctor_samples import (
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
from tests.intake_samples import squares

PREFIX_M = 37_000_000.0


def test_a_sound_file_gives_no_finding(tmp_path: Path) -> None:
    for epsg, geoms in (
        (4525, squares()),
        (4546, moved(squares(), -PREFIX_M)),
        (4490, in_degrees()),
        (4497, moved(squares(), -18e6)),
    ):
        diagnosis = found(written(tmp_path, geoms, epsg))
        assert codes(diagnosis) == set(), epsg
        assert diagnosis.grade == "ready"
        assert (diagnosis.row_count, diagnosis.sound_count) == (10, 10)


def test_a_sound_file_gives_none_beside_a_store_that_knows_it(tmp_path: Path) -> None:
    assert codes(found(written(tmp_path), known=known())) == set()


@pytest.mark.parametrize(
    ("geoms", "epsg", "code", "proposal"),
    [
        (in_degrees(), 4525, "degrees_as_metres", "--crs EPSG:4490"),
        (squares(), 4490, "metres_as_degrees", "--crs EPSG:4525"),
        (swapped(squares()), 4525, "swapped_xy", "--fix swap_axes"),
        (swapped(in_degrees()), 4490, "swapped_xy", "--fix swap_axes"),
        (moved(squares(), -PREFIX_M), 4525, "zone_prefix_missing", "--fix add_zone_prefix"),
        (squares(), 4546, "zone_prefix_extra", "--fix strip_zone_prefix"),
        (squares(), 4526, "zone_differs", "--crs EPSG:4525"),
        (squares(), 4547, "zone_differs", "--crs EPSG:4525"),
        (moved(squares(), -18e6), 4525, "six_degree_zone", "--crs EPSG:4497"),
        (squares(), 4497, "three_degree_zone", "--crs EPSG:4525"),
    ],
)
def test_a_lying_system_is_told_with_what_mends_it(
    geoms: np.ndarray, epsg: int, code: str, proposal: str, tmp_path: Path
) -> None:
    diagnosis = found(written(tmp_path, geoms, epsg))
    (told,) = only(diagnosis, code).to_dict("records")
    assert told["proposal"] == proposal
    assert told["severity"] == "error"
    assert 0.5 < told["confidence"] <= 1
    assert pd.isna(told["row_no"])
    assert diagnosis.grade == "returned"
    assert diagnosis.is_supposed
    # Everything else is looked at as the numbers propose: the rest of the file is sound.
    assert codes(diagnosis) == {code}
    west, south, _, _ = diagnosis.rows["geom"].iloc[0].bounds
    assert (round(west, 2), round(south, 2)) == (110.2, 39.74)


def test_a_lost_prj_is_told_and_the_zone_in_front_names_the_system(tmp_path: Path) -> None:
    told = only(found(without_prj(tmp_path)), "missing_crs").iloc[0]
    assert told["proposal"] == "--crs EPSG:4525"
    assert told["confidence"] == pytest.approx(0.9)
    told = only(found(without_prj(tmp_path, in_degrees())), "missing_crs").iloc[0]
    assert told["proposal"] == "--crs EPSG:4490"


def test_a_lost_prj_without_a_zone_is_found_by_the_banner_of_the_store(tmp_path: Path) -> None:
    path = without_prj(tmp_path, moved(squares(), -PREFIX_M))
    blind = found(path)
    assert only(blind, "missing_crs").iloc[0]["proposal"] == "--crs EPSG:…"
    assert (blind.grade, blind.sound_count, len(blind.rows)) == ("returned", 0, 0)
    told = only(found(path, known=known()), "missing_crs").iloc[0]
    assert told["proposal"] == "--crs EPSG:4546"


def test_a_lost_prj_of_swapped_numbers_names_both_mends(tmp_path: Path) -> None:
    told = only(found(without_prj(tmp_path, swapped(squares()))), "missing_crs").iloc[0]
    assert told["proposal"] == "--crs EPSG:4525 --fix swap_axes"


def test_one_swapped_row_among_right_ones_is_told_by_its_number(tmp_path: Path) -> None:
    geoms = squares()
    geoms[3] = swapped(geoms[3:4])[0]
    diagnosis = found(written(tmp_path, geoms))
    told = only(diagnosis, "swapped_xy")
    assert told["row_no"].tolist() == [4]
    assert codes(diagnosis) == {"swapped_xy"}
    assert (diagnosis.grade, diagnosis.rejected_count) == ("conditional", 1)


def test_shapes_far_from_the_meridian_of_a_three_degree_zone_are_doubted(tmp_path: Path) -> None:
    # At 39.7 N a degree is 85.6 km wide: 220 km off the meridian are 2.6 degrees.
    far = moved(squares(), 220_000.0 + 69_000.0)
    told = only(found(written(tmp_path, far)), "beyond_zone").iloc[0]
    assert told["proposal"] == "--crs EPSG:4497"
    assert told["severity"] == "warning"
    assert told["value"].startswith("2.5")


def test_older_datums_are_named(tmp_path: Path) -> None:
    for epsg, name in ((2361, "Xian 1980"), (2413, "Beijing 1954")):
        diagnosis = found(written(tmp_path, squares(), epsg))
        assert name in only(diagnosis, "old_datum").iloc[0]["value"]


def test_feet_are_named(tmp_path: Path) -> None:
    philadelphia = shapely.box(2_700_000, 240_000, 2_700_100, 240_100)
    diagnosis = found(written(tmp_path, [philadelphia], 2272))
    assert "0.304800610" in only(diagnosis, "foot_units").iloc[0]["value"]


def test_a_whole_delivery_in_the_wrong_zone_is_found_by_its_banner(tmp_path: Path) -> None:
    plain = moved(squares(), -PREFIX_M)
    # Labelled 114 E instead of 111 E: three degrees away, where no region of the store is.
    diagnosis = found(written(tmp_path, plain, 4547), known=known())
    told = only(diagnosis, "out_of_place").iloc[0]
    assert told["proposal"] == "--crs EPSG:4546"
    assert len(only(diagnosis, "outside_region")) == 10


def test_the_forms_of_numbers_do_not_meet() -> None:
    xy = np.array([
        [110.2, 39.7], [39.7, 110.2], [431e3, 4.4e6], [4.4e6, 431e3], [37.4e6, 4.4e6],
        [4.4e6, 37.4e6], [650e3, 6.86e6], [165e3, 481e3], [2.7e6, 240e3], [24.5e6, 4.4e6],
    ])  # fmt: skip
    assert forms.forms_of(xy).tolist() == [
        "degrees", "degrees_swapped", "plane", "plane_swapped", "prefixed", "prefixed_swapped",
        "other", "other", "plane_swapped", "other",
    ]  # fmt: skip
