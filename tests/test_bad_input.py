"""Bad input by the real command: loaded with issues, or refused whole.

An issue names row, field, value and mend; a refusal is exit 2, one message, a store unchanged.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely

from gis import fields
from gis.errors import DeliveryError
from gis.intake.read import read
from tests import killing, stores
from tests.conftest import Server
from tests.intake_samples import parcels, write_shapefile
from tests.killing import Content
from tests.stores import Store
from tests.warm import Ended, Warm, shared

PARCELS = stores.ROOT / "data/parcels"
EXPECTED = tomllib.loads((PARCELS / "expected.toml").read_text(encoding="utf-8"))
ROUNDS = 40 if os.environ.get("LANDWATCH_LONG") else 2
SEED = 20260630
_NUMBERS = itertools.count(1)
HEADER = "电子监管号,面积(公顷),合同签订日期,实际开工时间\n"
# The words of expected.toml and the codes of the issue table.
FAULT_CODES = {
    "no such day": "impossible_day",
    "negative area": "negative_area",
    "same row twice": "duplicate_row",
    "same key, other content": "duplicate_key",
    "unknown word": "unknown_code",
    "not a number": "unreadable_number",
    "means empty": "sentinel_day",
    "no key": "missing_key",
    "self-crossing": "repaired_geometry",
    "no geometry": "missing_geometry",
    "empty geometry": "missing_geometry",
    "3D": "flattened_geometry",
    "multipart": "multipart_geometry",
    "no area": "zero_area",
}


@dataclass(frozen=True)
class Desk:
    """A store with one sound delivery in it, and the command."""

    store: Store
    warm: Warm
    content: Content

    def load(self, *arguments: str) -> Ended:
        return self.warm.call(self.store, "load", *arguments)

    def issues(self, number: int) -> list[dict[str, Any]]:
        done = self.warm.call(self.store, "deliveries", "--issues", str(number), "--json")
        assert done.code == 0, done.stderr
        rows: list[dict[str, Any]] = json.loads(done.stdout)["rows"]
        return rows


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    name = f"landwatch_bad_{os.getpid()}"
    with stores.copied(server, pattern, name, folder) as store:
        done = store.call("load", "tasks", str(PARCELS / "tasks.csv"))
        assert done.code == 0, done.stderr
        yield Desk(store, shared(), killing.content(store))


def assert_refused(desk: Desk, done: Ended) -> None:
    """One message in Chinese and English with a mend, nothing on stdout, the store as before."""
    assert done.code == 2, done.stdout
    assert done.stdout == ""
    assert done.stderr.startswith("错误 ")
    assert "Traceback" not in done.stderr
    assert done.stderr.count("错误 ") == 1
    found, mend = done.stderr.split("\n  → ")
    assert mend.strip()
    assert any("一" <= sign <= "鿿" for sign in found.removeprefix("错误 "))
    assert any(sign.isascii() and sign.isalpha() for sign in found)
    assert killing.content(desk.store) == desk.content


def _png(path: Path) -> None:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 8)


def _zip_of_junk(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("说明.doc", b"\xd0\xcf\x11\xe0" * 100)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


FORMS = [
    ("parcels", "parcels.shp"),
    ("approvals", "approvals.gpkg"),
    ("supplies", "supplies_to_2022.xlsx"),
    ("approvals", "approval_A5.txt"),
    ("causes", "causes.csv"),
]


@pytest.mark.parametrize(("kind", "file"), FORMS)
@pytest.mark.parametrize("spoil", [_empty, _png, _zip_of_junk], ids=lambda spoil: spoil.__name__)
def test_a_file_empty_or_of_another_kind_is_refused_whole(
    desk: Desk, tmp_path: Path, kind: str, file: str, spoil: Callable[[Path], None]
) -> None:
    path = _copied(file, tmp_path)
    spoil(path)
    assert_refused(desk, desk.load(kind, str(path)))


@pytest.mark.parametrize("share", [0.2, 0.88])
@pytest.mark.parametrize(("kind", "file"), FORMS)
def test_a_file_cut_short_is_refused_whole(
    desk: Desk, tmp_path: Path, kind: str, file: str, share: float
) -> None:
    path = _copied(file, tmp_path)
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    assert_refused(desk, desk.load(kind, str(path)))


def test_a_register_cut_within_its_last_cell_is_loaded_with_a_doubt_about_that_row(
    desk: Desk, server: Server, pattern: str, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{HEADER}A1,1.5,2013-02-28,2014-05-01\nA2,1,2013-02-28,2014-0", "utf-8")
    with _new(server, pattern, desk, tmp_path) as there:
        done = there.load("supplies", str(path), "--json")
        assert done.code == 0, done.stderr
        doubts = [issue for issue in there.issues(1) if issue["code"] == "no_line_end"]
    assert [(issue["row_no"], issue["value"]) for issue in doubts] == [(3, "2014-0")]


def test_a_missing_file_or_part_of_a_shapefile_is_named(desk: Desk, tmp_path: Path) -> None:
    assert_refused(desk, desk.load("parcels", str(tmp_path / "没有.shp")))
    path = _copied("parcels.shp", tmp_path)
    path.with_suffix(".dbf").unlink()
    done = desk.load("parcels", str(path))
    assert_refused(desk, done)
    assert ".dbf" in done.stderr


def test_shapes_without_a_coordinate_system_are_refused_until_one_is_named(
    desk: Desk, tmp_path: Path
) -> None:
    path = write_shapefile(tmp_path / "a.shp")
    path.with_suffix(".prj").unlink()
    done = desk.load("parcels", str(path))
    assert_refused(desk, done)
    assert "--crs" in done.stderr


@pytest.mark.parametrize("crs", ["EPSG:999999", "没有这个坐标系", "EPSG:5773"])
def test_an_unknown_coordinate_system_is_refused(desk: Desk, tmp_path: Path, crs: str) -> None:
    path = write_shapefile(tmp_path / "a.shp")
    assert_refused(desk, desk.load("parcels", str(path), "--crs", crs))
    path.with_suffix(".prj").write_text('LOCAL_CS["某地独立坐标系",UNIT["metre",1]]')
    assert_refused(desk, desk.load("parcels", str(path)))


def test_a_missing_required_column_is_refused_with_how_to_map_it(
    desk: Desk, tmp_path: Path
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("监管编码,面积(公顷)\nA1,1\n", encoding="utf-8")
    done = desk.load("supplies", str(path))
    assert_refused(desk, done)
    assert "--map 监管编码=电子监管号" in done.stderr


def test_a_manifest_with_a_bad_file_keeps_what_came_before_it(
    server: Server, pattern: str, desk: Desk, tmp_path: Path
) -> None:
    shutil.copy(PARCELS / "tasks.csv", tmp_path)
    (tmp_path / "后.csv").write_text("年份\n2026\n", encoding="utf-8")
    (tmp_path / "deliveries.toml").write_text(
        '[[delivery]]\nkind = "tasks"\nfile = "tasks.csv"\n'
        '[[delivery]]\nkind = "supplies"\nfile = "后.csv"\n',
        encoding="utf-8",
    )
    with _new(server, pattern, desk, tmp_path) as there:
        done = there.load("--manifest", str(tmp_path / "deliveries.toml"))
        assert done.code == 2
        assert done.stdout == ""
        assert "后.csv" in done.stderr
        with there.store.connect() as connection:
            names = connection.execute("SELECT name FROM landwatch.delivery").fetchall()
    assert names == [("tasks.csv",)]


@pytest.fixture(scope="module")
def bad(
    server: Server, pattern: str, desk: Desk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, list[dict[str, Any]]]]:
    """The issues of the deliveries with faults put in by hand, by file."""
    with _new(server, pattern, desk, tmp_path_factory.mktemp("bad")) as there:
        found = {}
        for kind, file in (
            ("supplies", "supplies.csv"),
            ("progress", "progress.csv"),
            ("parcels", "parcels.gpkg"),
        ):
            done = there.load(kind, str(PARCELS / "bad" / file), "--json")
            assert done.code == 0, done.stderr
            told = json.loads(done.stdout)
            assert told["rows"] == told["accepted"] + told["rejected"] + told["duplicates"]
            found[file] = there.issues(told["delivery"])
            with there.store.connect() as connection:
                stored = connection.execute(f"SELECT count(*) FROM landwatch.{kind}").fetchone()
            assert stored == (told["accepted"],)
        yield found


@pytest.mark.parametrize(
    "fault",
    EXPECTED["bad"]["fault"],
    ids=lambda fault: f"{fault['file']} {fault.get('line') or fault.get('row')} {fault['fault']}",
)
def test_every_fault_put_in_by_hand_is_found_at_its_row(
    bad: dict[str, list[dict[str, Any]]], fault: dict[str, Any]
) -> None:
    row_no = fault.get("line") or fault["row"]
    code = FAULT_CODES[fault["fault"]]
    found = [issue for issue in bad[fault["file"]] if issue["code"] == code]
    if code == "flattened_geometry":  # told once for the file, with the first row as its value
        assert [issue["value"] for issue in found] == [f"第 {row_no} 行"]
    else:
        found = [issue for issue in found if issue["row_no"] == row_no]
    assert len(found) == 1
    (issue,) = found
    assert issue["message"]
    assert issue["fix"]
    if fault["file"] == "parcels.gpkg":
        table = pyogrio.read_dataframe(PARCELS / "bad" / fault["file"], layer="宗地")
        assert table["宗地代码"].iloc[row_no - 1] == fault["value"]
        assert issue["field"] == ("parcel_code" if code == "duplicate_key" else "geom")
        return
    kind = fields.KINDS[fault["file"].removesuffix(".csv")]
    title = fault["field"].split("(")[0]
    column = kind.columns[issue["field"]]
    assert title in {column.title, *column.names}
    # A key of several columns is told with all its parts.
    assert (issue["value"] or "").split("|")[0] == fault["value"]


def test_a_rejected_row_is_kept_as_it_came(bad: dict[str, list[dict[str, Any]]]) -> None:
    errors = [issue for issue in bad["supplies.csv"] if issue["severity"] == "error"]
    assert {issue["row_no"] for issue in errors} == {7, 8, 12}
    assert all(issue["raw"] for issue in errors)
    nameless = next(issue for issue in errors if issue["row_no"] == 12)
    assert "演示-没有编号" in nameless["raw"].values()


def test_days_and_areas_that_cannot_be_are_told_and_read_as_unknown(
    desk: Desk, server: Server, pattern: str, tmp_path: Path
) -> None:
    path = tmp_path / "供地.csv"
    path.write_text(
        f"{HEADER}A1,1.5,2013年2月30日,1900-01-01\nA2,-2,2013-02-28,2013/13/01\n"
        "A3,1,2013-02-28,0000-00-00\n",
        encoding="utf-8",
    )
    with _new(server, pattern, desk, tmp_path) as there:
        done = there.load("supplies", str(path), "--json", "--strict")
        assert (done.code, json.loads(done.stdout)["accepted"]) == (0, 3)
        found = {(i["row_no"], i["field"], i["value"]) for i in there.issues(1)}
        with there.store.connect() as connection:
            rows = connection.execute(
                "SELECT signed_on, started_on, area_m2 FROM landwatch.supplies ORDER BY supply_no"
            ).fetchall()
    assert found >= {
        (2, "signed_on", "2013年2月30日"),
        (2, "started_on", "1900-01-01"),
        (3, "area_m2", "-2"),
        (3, "started_on", "2013/13/01"),
        (4, "started_on", "0000-00-00"),
    }
    assert [(row[0] and row[0].isoformat(), *row[1:]) for row in rows] == [
        (None, None, 15_000.0),
        ("2013-02-28", None, None),
        ("2013-02-28", None, 10_000.0),
    ]


def test_strict_ends_with_1_when_a_row_was_rejected_and_loads_the_others(
    desk: Desk, server: Server, pattern: str, tmp_path: Path
) -> None:
    with _new(server, pattern, desk, tmp_path) as there:
        file = str(PARCELS / "bad/supplies.csv")
        done = there.load("supplies", file, "--json", "--strict")
        assert (done.code, json.loads(done.stdout)["accepted"]) == (1, 7)
        assert there.load("supplies", file, "--strict").code == 1


def test_random_bytes_and_spoiled_copies_of_every_demo_file_are_read_or_refused(
    tmp_path: Path,
) -> None:
    manifest = tomllib.loads((PARCELS / "deliveries.toml").read_text(encoding="utf-8"))
    draw = random.Random(SEED)
    for entry in manifest["delivery"]:
        for _ in range(ROUNDS):
            path = _copied(entry["file"], tmp_path)
            part = draw.choice(sorted(path.parent.glob(f"{path.stem}.*")))
            part.write_bytes(_spoiled(part.read_bytes(), draw))
            try:
                reading = read(path, entry["kind"], layer=entry.get("layer"))
            except DeliveryError:
                continue
            assert len(reading.rows) + reading.rejected_count == reading.row_count


def _spoiled(content: bytes, draw: random.Random) -> bytes:
    way = draw.choice(["cut", "noise", "flip"])
    if way == "cut":
        return content[: draw.randrange(len(content))]
    if way == "noise":
        return draw.randbytes(draw.randrange(1, 4000))
    changed = bytearray(content)
    for _ in range(draw.choice([1, 8, 64])):
        changed[draw.randrange(len(changed))] = draw.randrange(256)
    return bytes(changed)


def test_null_empty_crossing_raised_and_multipart_shapes_of_a_shapefile_are_told(
    desk: Desk, server: Server, pattern: str, tmp_path: Path
) -> None:
    frame = parcels()
    square = frame.geometry.iloc[1]
    west, south, east, north = square.bounds
    bow_tie = shapely.Polygon([(west, south), (east, north), (east, south), (west, north)])
    frame.loc[1, "geometry"] = bow_tie
    frame.loc[2, "geometry"] = None
    frame.loc[3, "geometry"] = shapely.Polygon()
    frame.loc[4, "geometry"] = shapely.union_all(
        [frame.geometry.iloc[4], shapely.transform(frame.geometry.iloc[4], lambda xy: xy + 500)]
    )
    frame.geometry = shapely.force_3d(frame.geometry.to_numpy(), 1300.0)
    frame.to_file(tmp_path / "宗地.gpkg", layer="宗地")
    with _new(server, pattern, desk, tmp_path) as there:
        done = there.load("parcels", str(tmp_path / "宗地.gpkg"), "--json")
        assert done.code == 0, done.stderr
        told = json.loads(done.stdout)
        found = {(i["row_no"], i["code"]) for i in there.issues(1) if i["field"] == "geom"}
        with there.store.connect() as connection:
            shapes = connection.execute(
                "SELECT bool_and(ST_IsValid(geom)), max(ST_NDims(geom)), count(*) "
                "FROM landwatch.parcels"
            ).fetchone()
    assert (told["accepted"], told["rejected"]) == (8, 2)
    assert found >= {
        (2, "repaired_geometry"),
        (3, "missing_geometry"),
        (4, "missing_geometry"),
        (5, "multipart_geometry"),
        (None, "flattened_geometry"),
    }
    assert shapes == (True, 2, 8)


@contextmanager
def _new(server: Server, pattern: str, desk: Desk, folder: Path) -> Iterator[Desk]:
    """Give an empty store of its own."""
    name = f"landwatch_bad_{next(_NUMBERS)}_{os.getpid()}"
    with stores.copied(server, pattern, name, folder) as store:
        yield Desk(store, desk.warm, {})


def _copied(file: str, folder: Path) -> Path:
    """Return a copy of a demo file, a shapefile with all its parts."""
    shutil.rmtree(folder / "copied", ignore_errors=True)
    (folder / "copied").mkdir()
    source = PARCELS / file
    for part in PARCELS.glob(f"{source.stem}.*") if source.suffix == ".shp" else [source]:
        shutil.copy(part, folder / "copied")
    return folder / "copied" / file
