"""A large layer read in batches is the same delivery as read whole, and takes no more memory."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from gis.errors import DeliveryError
from gis.intake import batches
from gis.intake.background_writer import in_background
from gis.intake.load import LoadRequest, load
from gis.intake.read import read
from gis.intake.readers import vector
from gis.store import database, deliveries, records

sys.path.insert(0, str(Path(__file__).parents[1]))
from scripts.benchmarks.land import parcels

COUNT = 2_300
INDEXES = "SELECT indexdef FROM pg_indexes WHERE tablename = 'parcels' ORDER BY 1"


@pytest.fixture(scope="module")
def layer() -> geopandas.GeoDataFrame:
    """Parcels of which some are ill: in every batch of a thousand something else is wrong."""
    frame = parcels(COUNT)
    frame["登记日期"] = frame["登记日期"].astype("str")
    shapes = frame.geometry.to_numpy().copy()
    x, y = shapes[10].bounds[:2]
    shapes[10] = shapely.Polygon([(x, y), (x + 9, y + 9), (x + 9, y), (x, y + 9)])
    shapes[1_500] = None
    shapes[2_200] = shapely.Polygon(
        shapely.box(x, y, x + 100, y + 100).exterior,
        [shapely.box(x + 10, y + 10, x + 20, y + 20).exterior],
    )
    frame = frame.set_geometry(geopandas.GeoSeries(shapes, crs=frame.crs))
    frame.loc[20, "登记日期"] = "2015-02-30"
    frame.loc[2_100, "登记日期"] = "2015-02-30"
    frame.loc[2_250, "宗地代码"] = frame.loc[3, "宗地代码"]
    return frame


@pytest.fixture(scope="module", params=["EPSG:4490", "EPSG:4525"])
def file(
    layer: geopandas.GeoDataFrame, request: Any, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("layer") / "宗地.gpkg"
    layer.to_crs(request.param).to_file(path, engine="pyogrio")
    return path


@pytest.fixture(autouse=True)
def _however_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let small files be read in batches too."""
    monkeypatch.setattr(batches, "_SMALL_BYTES", 0)


def told(issues: pd.DataFrame) -> list[dict[str, Any]]:
    rows = issues.sort_values(["row_no", "code", "field"], na_position="first")
    return rows.astype(object).where(rows.notna(), None).to_dict("records")


@pytest.mark.parametrize("rows_at_once", [113, 700, 1_000, COUNT, COUNT + 1])
def test_batches_add_up_to_the_whole(
    file: Path, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "ROWS_AT_ONCE", rows_at_once)
    whole = read(file, "parcels")
    with batches.in_batches(file, "parcels") as coming:
        frames = list(coming.frames())
        reading = coming.reading
        columns = coming.columns
    assert [len(frame) <= rows_at_once for frame in frames] == [True] * len(frames)
    rows = pd.concat(frames, ignore_index=True)
    shapes = [
        shapely.from_wkb(shape) if isinstance(shape, bytes) else shape for shape in rows["geom"]
    ]
    assert shapely.equals_exact(np.array(shapes), whole.rows["geom"].to_numpy()).all()
    apart = ["geom", "shape"]  # what is stored as it came, and what it shows
    rows = rows.drop(columns=apart, errors="ignore")
    pd.testing.assert_frame_equal(rows, whole.rows.drop(columns="geom"))
    assert told(reading.issues) == told(whole.issues)
    assert reading.refused_keys == whole.refused_keys
    assert (reading.row_count, reading.mapping) == (whole.row_count, whole.mapping)
    assert columns[-1] == "geom"


def test_a_layer_in_batches_is_stored_as_the_whole_is(
    file: Path, store: database.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gis.store.staging.LARGE", 1_000)
    stored = []
    for rows_at_once in (500, COUNT + 1):
        store.execute("TRUNCATE parcels, delivery, issue")
        monkeypatch.setattr(batches, "ROWS_AT_ONCE", rows_at_once)
        _, loaded = load(store, LoadRequest("parcels", file), tmp_path)
        # One shape is missing, one invalid beyond doubt, and two rows share a code.
        assert loaded.rows == COUNT
        assert loaded.accepted == COUNT - loaded.rejected
        assert loaded.issues["duplicate_key"] == 2
        found = records.read(store, "parcels")
        stored.append((loaded, found.drop(columns="geom"), shapely.to_wkb(found["geom"])))
    one, other = stored
    assert one[0] == other[0]
    pd.testing.assert_frame_equal(one[1], other[1])
    assert (one[2] == other[2]).all()


def test_a_load_straight_into_its_table_is_the_same_as_one_that_is_merged(
    file: Path, store: database.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = []
    for large in (1_000, 1_000_000):
        store.execute("TRUNCATE parcels, delivery, issue")
        monkeypatch.setattr("gis.store.staging.LARGE", large)
        _, loaded = load(store, LoadRequest("parcels", file), tmp_path)
        found = records.read(store, "parcels")
        undated = records.read(store, "parcels", undated=True)
        stored.append((loaded, found.drop(columns="geom"), undated["key"].tolist()))
    assert stored[0][0] == stored[1][0]
    assert stored[0][2] == stored[1][2]
    pd.testing.assert_frame_equal(stored[0][1], stored[1][1])
    again = load(store, LoadRequest("parcels", file, sender="某所"), tmp_path)[1]
    assert again.unchanged == again.accepted


def test_a_layer_that_ends_too_early_is_refused_and_leaves_nothing(
    store: database.Connection, layer: geopandas.GeoDataFrame, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    path = tmp_path / "short.gpkg"
    layer.to_file(path, engine="pyogrio")
    monkeypatch.setattr(batches, "ROWS_AT_ONCE", 500)
    monkeypatch.setattr("gis.store.staging.LARGE", 1_000)

    def cut(*arguments: Any) -> Any:
        tables = real(*arguments)
        yield next(tables)
        raise DeliveryError("cut short")

    real = vector.read_batches
    indexes = store.execute(INDEXES).fetchall()
    monkeypatch.setattr(vector, "read_batches", cut)
    with pytest.raises(DeliveryError, match="cut short"):
        load(store, LoadRequest("parcels", path), tmp_path / "home")
    assert deliveries.history(store).empty
    assert store.execute("SELECT count(*) FROM parcels").fetchone() == (0,)
    assert not (tmp_path / "home").exists()
    assert store.execute(INDEXES).fetchall() == indexes


def test_what_is_handed_on_is_done_in_order_and_its_fault_comes_back() -> None:
    done: list[int] = []
    with in_background(done.append) as hand_on:
        for number in range(10):
            hand_on(number)
    assert done == list(range(10))

    def refuse(number: int) -> None:
        if number == 3:
            raise ValueError("three")
        done.append(number)

    def hand_on_ten() -> None:
        with in_background(refuse) as hand_on:
            for number in range(10):
                hand_on(number)

    done.clear()
    with pytest.raises(ValueError, match="three"):
        hand_on_ten()
    assert done[:3] == [0, 1, 2]
    assert len(done) < 9
    with pytest.raises(KeyError), in_background(done.append) as hand_on:
        raise KeyError
