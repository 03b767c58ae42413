"""A place that nobody told is asked for, whatever the format it is missing in."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pyogrio
import pytest

from tests import stores
from tests.conftest import Server
from tests.intake_samples import parcels, write_shapefile
from tests.warm import Desk, shared


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("places")
    name = f"landwatch_places_{os.getpid()}"
    with stores.copied(server, pattern, name, folder) as store:
        yield Desk(store, shared())


def _srs(number: int) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        path = folder / f"srs{number}.gpkg"
        parcels().to_file(path, layer="宗地", driver="GPKG")
        with sqlite3.connect(path) as database:
            for table in ("gpkg_geometry_columns", "gpkg_contents"):
                database.execute(f"UPDATE {table} SET srs_id = {number}")
        database.close()
        return path

    return write


def _flatgeobuf(folder: Path) -> Path:
    bare = parcels().set_crs(None, allow_override=True)
    with pytest.warns(UserWarning, match="crs"):
        pyogrio.write_dataframe(bare, folder / "bare.fgb", driver="FlatGeobuf")
    return folder / "bare.fgb"


def _lost_prj(folder: Path) -> Path:
    path = write_shapefile(folder / "bare.shp")
    path.with_suffix(".prj").unlink()
    return path


def _null_crs(folder: Path) -> Path:
    path = folder / "null.geojson"
    parcels().to_file(path, driver="GeoJSON")
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, "crs": None}), encoding="utf-8")
    return path


NOWHERE = {
    "srs 0": _srs(0), "srs -1": _srs(-1), "srs 99999": _srs(99_999),
    "no .prj": _lost_prj, "flatgeobuf": _flatgeobuf,
    "crs null": _null_crs,
}  # fmt: skip


@pytest.mark.parametrize("name", NOWHERE)
def test_a_place_nobody_told_is_asked_for_in_every_format(
    desk: Desk, tmp_path: Path, name: str
) -> None:
    path = NOWHERE[name](tmp_path)
    checked = desk.call("check", "parcels", str(path), "--json")
    loaded = desk.call("load", "parcels", str(path))
    assert loaded.code == 2
    assert "--crs EPSG:" in loaded.stderr
    if checked.code == 0:
        told = json.loads(checked.stdout)
        assert told["grade"] == "returned"
