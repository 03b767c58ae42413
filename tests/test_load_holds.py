"""`load` holds what `check` would send back as a whole; a person mends it or says that it is so."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import geopandas
import numpy as np
import pytest
import shapely

from gis import crs
from gis.intake.doctor import gcj02
from tests.conftest import Server
from tests.doctor_samples import in_degrees, written
from tests.intake_samples import AREA_M2, CODES, squares
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
    assert refused.returncode == 2, refused.stdout + refused.stderr
    assert f"--accept {code}" in refused.stderr
    assert store.json("deliveries")["count"] == before
    told = store.json("check", "parcels", str(path))
    assert code in {one["code"] for one in told["findings"]}
    return refused.stderr


def moved(east_m: float, north_m: float) -> list[shapely.Geometry]:
    plane = crs.shift(
        crs.to_zone(in_degrees(), 37), np.broadcast_to([east_m, north_m], (len(CODES), 2))
    )
    return list(crs.from_zone(plane, 37))


def test_a_gcj02_shift_is_held_and_goes_in_mended(clerk: Store, tmp_path: Path) -> None:
    shifted = shapely.transform(in_degrees(), gcj02.to_gcj02)
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


@pytest.mark.parametrize(
    ("title", "recorded"),
    [
        # 8,100 m2 are 12.15 亩 and 0.81 公顷.
        ("宗地面积(公顷)", AREA_M2 * 0.0015),  # fifteen times too large
        ("宗地面积(亩)", AREA_M2 / 10_000),  # fifteen times too small
        ("宗地面积(公顷)", AREA_M2),  # ten thousand times too large
    ],
)
def test_a_column_of_areas_in_another_unit_is_held(
    clerk: Store, title: str, recorded: float, tmp_path: Path
) -> None:
    far = crs.shift(squares(), np.broadcast_to([0.0, 30_000.0], (10, 2)))
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


def test_what_a_person_has_looked_at_goes_in_as_it_is(clerk: Store, tmp_path: Path) -> None:
    codes = [f"150699009008GB{n:05}" for n in range(10)]
    far = crs.shift(squares(), np.broadcast_to([0.0, 50_000.0], (10, 2)))
    path = tmp_path / "areas.gpkg"
    geopandas.GeoDataFrame(
        {"宗地代码": codes, "宗地面积(公顷)": [12.15] * 10}, geometry=list(far), crs="EPSG:4525"
    ).to_file(path)
    held(clerk, path, "area_unit")
    done = clerk.json("load", "parcels", str(path), "--accept", "area_unit")
    assert done["accepted"] == 10
