"""Deliveries held against what the store knows: shifts, banners, parks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.crs import transform
from gis.intake.doctor import gcj02
from gis.intake.read import read
from tests.doctor_samples import as_gcj02, codes, found, in_degrees, known, moved, only, written
from tests.intake_samples import EXAMPLES, squares

OTHER_KEYS = [f"旧{n}" for n in range(10)]


def on_a_web_map() -> np.ndarray:
    return np.asarray(shapely.transform(in_degrees(), as_gcj02))


def test_the_model_meets_the_published_converters() -> None:
    # What the open converters give for Tiananmen, (116.404, 39.915), to twelve figures.
    shifted = as_gcj02(np.array([[116.404, 39.915]]))
    assert shifted[0] == pytest.approx([116.41024449916938, 39.91640428150164], abs=1e-12)


@EXAMPLES
@given(lon=st.floats(74.0, 135.0), lat=st.floats(18.0, 53.5))
def test_the_inverse_takes_the_shift_off_everywhere(lon: float, lat: float) -> None:
    true = np.array([[lon, lat]])
    assert gcj02.from_gcj02(as_gcj02(true))[0] == pytest.approx(true[0], abs=1e-9)


def test_a_web_map_shift_is_recognised_by_keys(tmp_path: Path) -> None:
    diagnosis = found(written(tmp_path, on_a_web_map(), 4490), known=known())
    told = only(diagnosis, "gcj02_shift").iloc[0]
    assert told["proposal"] == "--fix gcj02_to_cgcs2000"
    assert told["confidence"] == pytest.approx(0.95)
    assert "东 +49" in told["value"]  # some 490 m to the east at 110.2 E, 39.7 N
    assert diagnosis.grade == "returned"


def test_a_web_map_shift_is_recognised_by_shapes_alone(tmp_path: Path) -> None:
    # Ten squares of ten sizes: no key is known to the store.
    sides = np.arange(60.0, 100.0, 4.0)
    west = 37_431_000.0 + 110.0 * np.arange(10)
    land = np.asarray(shapely.box(west, 4_400_500.0, west + sides, 4_400_500.0 + sides))
    stored = in_degrees(land)
    shown = shapely.transform(stored, as_gcj02)
    path = written(tmp_path, shown, 4490, 宗地面积=(sides**2).tolist())
    told = only(found(path, known=known(stored, OTHER_KEYS)), "gcj02_shift").iloc[0]
    assert "按图形对上 10 宗" in told["message"]


def test_equal_squares_in_a_row_do_not_make_up_a_shift(tmp_path: Path) -> None:
    assert codes(found(written(tmp_path), known=known(keys=OTHER_KEYS))) == set()


def test_beijing_1954_under_a_modern_name_is_recognised(tmp_path: Path) -> None:
    old = transform.between(in_degrees(), "EPSG:4326", 2413)
    told = only(found(written(tmp_path, old, 4525), known=known()), "datum_shift").iloc[0]
    assert told["proposal"] == "--crs EPSG:2413"
    assert "1954北京坐标系" in told["message"]
    # The mend mends: read as proposed, the parcels lie where the store has them, to a hand's width.
    mended = read(tmp_path / "parcels.gpkg", "parcels", crs="EPSG:2413").rows["geom"].to_numpy()
    there = transform.to_zone(in_degrees(), 37)
    apart_m = shapely.hausdorff_distance(transform.to_zone(mended, 37), there)
    assert len(apart_m) == 10
    assert apart_m.max() < 0.1


def test_a_shift_nobody_can_explain_is_told_as_one(tmp_path: Path) -> None:
    diagnosis = found(written(tmp_path, moved(squares(), 7.0, -24.0)), known=known())
    told = only(diagnosis, "shifted").iloc[0]
    assert told["value"] == "东 +7.00 米、北 -24.00 米"
    assert told["severity"] == "warning"


def test_parcels_resurveyed_by_a_hand_are_no_shift(tmp_path: Path) -> None:
    near = moved(squares(), 0.3, 0.2)
    assert codes(found(written(tmp_path, near), known=known())) == set()


def test_parcels_that_moved_each_its_own_way_are_no_shift(tmp_path: Path) -> None:
    geoms = squares()
    for n in range(10):
        geoms[n] = moved(geoms[n : n + 1], 0.0, 15.0 * n)[0]
    diagnosis = found(written(tmp_path, geoms), known=known())
    assert not {"shifted", "datum_shift", "gcj02_shift"} & codes(diagnosis)


def test_land_outside_its_banner_is_told_by_its_share(tmp_path: Path) -> None:
    # The banner ends in the middle of the third square and at the edge of the fourth.
    middle = shapely.centroid(in_degrees()[2]).x
    whole = shapely.union_all(in_degrees()).buffer(0.05)
    banner = whole.intersection(shapely.box(100, 30, middle, 50))
    diagnosis = found(written(tmp_path), known=known(region=banner, park=whole))
    told = only(diagnosis, "outside_region")
    assert told["row_no"].tolist() == list(range(3, 11))
    assert "50.0%" in told["message"][0]
    assert "150699 演示旗" in told["message"][0]


def test_a_block_outside_its_park_is_told(tmp_path: Path) -> None:
    park = shapely.union_all(in_degrees()[:9]).convex_hull
    path = written(
        tmp_path, 宗地代码=None, 区块代码=[f"YS{n}" for n in range(10)], 开发区代码=["YS"] * 10
    )
    told = only(found(path, "blocks", known=known(park=park)), "outside_park")
    assert told["row_no"].tolist() == [10]
    assert "100.0%" in told["message"][0]


def test_what_the_store_does_not_know_is_not_judged(tmp_path: Path) -> None:
    path = written(tmp_path, 行政区代码=["150601"] * 10, 宗地代码=[f"A{n}" for n in range(10)])
    far = known(geoms=moved(squares(), 0)[:0], keys=[])
    assert codes(found(path, known=far)) == set()


def test_without_a_store_the_diagnosis_says_what_it_left_out(tmp_path: Path) -> None:
    assert "没有可用的库" in found(written(tmp_path)).left_out[0]
    assert found(written(tmp_path), known=known()).left_out == ()
