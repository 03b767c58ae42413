"""`load` holds what `check` would send back as a whole; a person mends it or says that it is so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from gis.crs import transform
from gis.geometry import clean
from tests.conftest import Server, rest_long
from tests.doctor_samples import as_gcj02, in_degrees, written
from tests.intake_samples import AREA_M2, CODES, EAST_M, NORTH_M, SIDE_M, squares
from tests.stores import Store, copied


@pytest.fixture(scope="module")
def clerk(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store that knows the ten parcels of 8,100 m2."""
    folder = tmp_path_factory.mktemp("clerk")
    with copied(server, pattern, f"landwatch_gate_{os.getpid()}", folder) as store:
        store.json("load", "parcels", str(written(folder)))
        yield store


def held(store: Store, path: Path, code: str, *more: str) -> str:
    """Load, and return the refusal; nothing was taken in, and `check` says the same."""
    before = store.json("deliveries")["count"]
    refused = store.call("load", "parcels", str(path), *more)
    assert refused.code == 2, refused.stdout + refused.stderr
    assert f"--accept {code}" in refused.stderr
    assert store.json("deliveries")["count"] == before
    told = store.json("check", "parcels", str(path))
    assert code in {one["code"] for one in told["findings"]}
    return refused.stderr


def moved(east_m: float, north_m: float) -> list[shapely.Geometry]:
    plane = clean.shift(
        transform.to_zone(in_degrees(), 37), np.broadcast_to([east_m, north_m], (len(CODES), 2))
    )
    return list(transform.from_zone(plane, 37))


def test_a_gcj02_shift_is_held_and_goes_in_mended(clerk: Store, tmp_path: Path) -> None:
    shifted = shapely.transform(in_degrees(), as_gcj02)
    path = written(tmp_path, list(shifted), 4490)
    said = held(clerk, path, "gcj02_shift")
    assert "GCJ-02" in said
    assert "--fix gcj02_to_cgcs2000" in said
    done = clerk.json("load", "parcels", str(path), "--fix", "gcj02_to_cgcs2000")
    assert (done["rows"], done["accepted"]) == (10, 10)


def test_a_shift_of_no_known_cause_is_held_when_it_is_large(clerk: Store, tmp_path: Path) -> None:
    # 560 m: sqrt(400^2 + 392^2) = 560.06.
    far = tmp_path / "far"
    far.mkdir()
    said = held(clerk, written(far, moved(400.0, 392.0), 4490), "shifted")
    assert "东 +400" in said
    near = tmp_path / "near"
    near.mkdir()
    # 3 m is what a new survey may do.
    done = clerk.json("load", "parcels", str(written(near, moved(3.0, 0.0), 4490)))
    assert done["accepted"] == 10


# 8,100 m2 are 12.15 亩 and 0.81 公顷.
UNITS = [
    ("宗地面积(公顷)", AREA_M2 * 0.0015),  # fifteen times too large
    ("宗地面积(亩)", AREA_M2 / 10_000),  # fifteen times too small
    ("宗地面积(公顷)", AREA_M2),  # ten thousand times too large
]


@pytest.mark.parametrize(("title", "recorded"), rest_long(UNITS, UNITS[:1], names=2))
def test_a_column_of_areas_in_another_unit_is_held(
    clerk: Store, title: str, recorded: float, tmp_path: Path
) -> None:
    far = clean.shift(squares(), np.broadcast_to([0.0, 30_000.0], (10, 2)))
    codes = [f"150699009009GB{n:05}" for n in range(10)]
    path = tmp_path / "areas.gpkg"
    geopandas.GeoDataFrame(
        {"宗地代码": codes, title: [recorded] * 10}, geometry=list(far), crs="EPSG:4525"
    ).to_file(path)
    said = held(clerk, path, "area_unit")
    proposal = said.split("--fix ")[1].split("；")[0]
    done = clerk.json("load", "parcels", str(path), "--fix", proposal)
    assert done["accepted"] == 10
    with clerk.connect() as store:
        areas = store.execute(
            "SELECT DISTINCT round(area_m2::numeric, 3) FROM landwatch.parcels"
            " WHERE key LIKE '150699009009%' AND to_delivery IS NULL"
        ).fetchall()
    assert [float(area) for (area,) in areas] == [AREA_M2]


def joined(path: Path, count: int, areas: object, last: list[shapely.Geometry]) -> Path:
    """A layer of `count` squares of 8,100 m2 90 km off; the last are `last`, of known codes."""
    east, north = np.divmod(np.arange(count - len(last)), 200)
    west, south = EAST_M + 100.0 * east, NORTH_M - 90_000.0 + 100.0 * north
    far = np.asarray(shapely.box(west, south, west + SIDE_M, south + SIDE_M))
    codes = [f"150699009{n // 99_999:03}GB{n % 99_999:05}" for n in range(len(far))]
    table = geopandas.GeoDataFrame(
        {"宗地代码": [*codes, *CODES[: len(last)]], "宗地面积(公顷)": areas},
        geometry=[*transform.to_store(far, 4525).geoms, *last],
        crs="EPSG:4490",
    )
    table.to_file(path)
    return path


def test_a_shift_that_begins_after_the_first_batch_is_held(clerk: Store, tmp_path: Path) -> None:
    """50,000 rows are one batch; the ten behind them lie sqrt(400^2 + 392^2) = 560 m off."""
    path = joined(tmp_path / "a.gpkg", 50_010, AREA_M2 / 10_000, moved(400.0, 392.0))
    before = clerk.json("deliveries")["count"]
    refused = clerk.call("load", "parcels", str(path))
    assert refused.code == 2, refused.stdout
    assert "从第 50001 行起" in refused.stderr
    assert "from about row 50001 on" in refused.stderr
    assert "北 +392" in refused.stderr
    assert "--accept shifted" in refused.stderr
    assert clerk.json("deliveries")["count"] == before


def test_areas_in_another_unit_further_down_are_held(clerk: Store, tmp_path: Path) -> None:
    """8,100 m2 are 0.81 公顷; from row 10,001 on stand the rows of another file, in 亩: 12.15."""
    areas = np.repeat([0.81, 12.15], 10_000)
    path = joined(tmp_path / "a.gpkg", 20_000, areas, [])
    refused = clerk.call("load", "parcels", str(path))
    assert refused.code == 2, refused.stdout
    assert "从第 10001 行起" in refused.stderr
    assert "--fix" not in refused.stderr  # it would spoil the rows before them
    assert "分开报送" in refused.stderr


def test_what_a_person_has_looked_at_goes_in_as_it_is(clerk: Store, tmp_path: Path) -> None:
    codes = [f"150699009008GB{n:05}" for n in range(10)]
    far = clean.shift(squares(), np.broadcast_to([0.0, 50_000.0], (10, 2)))
    path = tmp_path / "areas.gpkg"
    geopandas.GeoDataFrame(
        {"宗地代码": codes, "宗地面积(公顷)": [12.15] * 10}, geometry=list(far), crs="EPSG:4525"
    ).to_file(path)
    held(clerk, path, "area_unit")
    done = clerk.json("load", "parcels", str(path), "--accept", "area_unit")
    assert done["accepted"] == 10
