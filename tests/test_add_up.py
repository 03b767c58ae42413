"""What several servers reported is added up; nothing twice, and nothing of two days."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas
import pytest
import shapely

from gis.errors import UsageError
from gis.outputs.export import upward
from gis.store.runs import Run
from tests.warm import Desk

DAY = date(2026, 6, 30)


def counted(count: int, area_m2: float, **more: Any) -> dict[str, Any]:
    one = {"count": count, "area_m2": area_m2}
    return {"idle": {"suspected_idle": {"fee": one}}, "unsupplied": {}, **more}


def reported(folder: Path, name: str, subject: str, counts: Any, day: date = DAY) -> Path:
    run = Run(
        id=1, as_of=day, delivery=3, region="150600", run_series="150600/forward",
        purpose="routine", code_version="1", code_digest="c", law_digest="l", input_digest="i",
        started_at=datetime(2026, 7, 1, tzinfo=UTC), counts=counts,
    )  # fmt: skip
    frame = geopandas.GeoDataFrame(
        {"rule": ["idle_land"], "subject": [subject]}, geometry=[shapely.box(110, 40, 111, 41)]
    )
    frame.attrs = upward.note_of(run)
    frame.to_parquet(folder / name)
    return folder / name


def test_counts_of_two_files_are_added_code_by_code(tmp_path: Path) -> None:
    north = counted(2, 100.5, undated={"count": 1, "area_m2": 7.0}, readings=["a"])
    south = counted(3, 50.25)
    south["idle"]["found_idle"] = {"none": {"count": 1, "area_m2": 4.0}}
    files = [
        reported(tmp_path, "n.parquet", "A", north),
        reported(tmp_path, "s.parquet", "B", south),
    ]
    # 2 + 3 and 100.5 + 50.25; what one file alone has stays as it is.
    assert upward.added([upward.read(file) for file in files]) == {
        "idle": {
            "suspected_idle": {"fee": {"count": 5, "area_m2": 150.75}},
            "found_idle": {"none": {"count": 1, "area_m2": 4.0}},
        },
        "unsupplied": {},
        "undated": {"count": 1, "area_m2": 7.0},
    }


def test_a_subject_reported_twice_and_two_days_are_refused(tmp_path: Path) -> None:
    own = reported(tmp_path, "n.parquet", "A", counted(1, 1.0))
    again = reported(tmp_path, "s.parquet", "A", counted(1, 1.0))
    later = reported(tmp_path, "t.parquet", "C", counted(1, 1.0), date(2026, 7, 1))
    with pytest.raises(UsageError, match="1 subjects stand in both"):
        upward.added([upward.read(own), upward.read(again)])
    other = reported(tmp_path, "u.parquet", "D", {"idle": {"suspected_idle": 4}})
    with pytest.raises(UsageError, match="another kind"):
        upward.added([upward.read(own), upward.read(other)])
    with pytest.raises(UsageError, match="different days"):
        upward.added([upward.read(own), upward.read(later)])


@pytest.mark.parametrize(
    "counts", [{"idle": {"clear": {"count": "1"}}}, {"idle": math.nan}, {"idle": True}, [1]]
)
def test_counts_that_are_no_numbers_are_refused(tmp_path: Path, counts: Any) -> None:
    path = reported(tmp_path, "n.parquet", "A", {})
    frame = geopandas.read_parquet(path)
    frame.attrs["landwatch"]["counts"] = counts
    frame.to_parquet(path)
    with pytest.raises(UsageError, match=r"n\.parquet"):
        upward.read(path)


def test_a_file_without_the_counts_of_a_run_is_refused(tmp_path: Path) -> None:
    bare = tmp_path / "bare.parquet"
    geopandas.GeoDataFrame({"subject": ["A"]}, geometry=[shapely.Point(1, 1)]).to_parquet(bare)
    (tmp_path / "text.parquet").write_text("no parquet", encoding="utf-8")
    for name in ("bare.parquet", "text.parquet", "nowhere.parquet"):
        with pytest.raises(UsageError, match=name):
            upward.read(tmp_path / name)


def test_the_command_adds_up_what_the_command_wrote(demo: Desk, tmp_path: Path) -> None:
    store = demo.store
    out = tmp_path / "up.parquet"
    run = store.json("export", "findings", "--format", "parquet", "--out", str(out))["run"]
    told = store.json("add-up", str(out))
    with store.connect() as connection:
        row = connection.execute(
            "SELECT counts FROM landwatch.run WHERE id = %s", (run,)
        ).fetchone()
    assert row is not None
    assert told["counts"] == {name: of for name, of in row[0].items() if name != "readings"}
    assert told["is_one_law"] is True
    twice = store.call("add-up", str(out), str(out))
    assert twice.code == 2
    assert "会重复计算" in twice.stderr
    # Suspected, found and unsupplied stand apart, as a run prints them.
    assert "批而未供" in store.call("add-up", str(out)).stdout
    part = tmp_path / "part.parquet"
    store.json("export", "unsupplied", "--format", "parquet", "--out", str(part))
    assert store.call("add-up", str(part)).code == 2
