"""`landwatch check` as a data clerk calls it, and `load --fix` after it, on a real store."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyogrio
import pytest
import shapely

from gis import contracts
from gis.cli import main
from gis.intake.read import read
from tests.conftest import Server
from tests.doctor_samples import as_gcj02, in_degrees, swapped, written
from tests.intake_samples import CODES, squares
from tests.stores import Store, copied


@pytest.fixture(scope="module")
def clerk(
    server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store that knows the ten parcels and a region around them."""
    folder = tmp_path_factory.mktemp("clerk")
    with copied(server, pattern, f"landwatch_check_{os.getpid()}", folder) as store:
        regions = folder / "regions"
        regions.mkdir()
        whole = in_degrees()[0].union(in_degrees()[9]).convex_hull.buffer(0.01)
        path = written(
            regions, [whole], 4490, 宗地代码=None, 宗地面积=None, 行政区代码=["150699"] * 10,
            行政区名称=["演示旗"] * 10,
        )  # fmt: skip
        store.json("load", "regions", str(path))
        store.json("load", "parcels", str(written(folder)))
        yield store


@dataclass(frozen=True)
class Done:
    code: int
    stdout: str
    stderr: str


Alone = Callable[..., Done]


@pytest.fixture
def alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Alone:
    """The command on a machine that has no store."""
    monkeypatch.delenv("LANDWATCH_DATABASE_URL", raising=False)
    monkeypatch.setenv("LANDWATCH_HOME", str(tmp_path / "none"))

    def call(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        said = capsys.readouterr()
        return Done(int(left.value.code or 0), said.out, said.err)

    return call


def object_of(done: Done) -> Any:
    assert done.code == 0, done.stderr
    return json.loads(done.stdout)


def test_a_check_needs_no_store_and_makes_none(alone: Alone, tmp_path: Path) -> None:
    done = alone("check", "parcels", str(written(tmp_path)), "--json")
    told = object_of(done)
    assert told["grade"] == "ready"
    assert "没有可用的库" in told["left_out"][0]
    assert not (tmp_path / "none").exists()


def test_the_json_has_the_shape_that_is_published(alone: Alone, tmp_path: Path) -> None:
    path = str(written(tmp_path, swapped(squares())))
    told = object_of(alone("check", "parcels", path, "--json"))
    assert list(told) == list(contracts.JSON["check"])
    assert told["grade"] in contracts.CODES["delivery_grade"]
    assert told["severities"] == {"error": 1, "warning": 0, "note": 1}
    finding = told["findings"][0]
    assert list(finding) == [
        "code", "label", "severity", "confidence", "count", "rows", "field", "value", "message",
        "fix", "proposal",
    ]  # fmt: skip
    assert (finding["code"], finding["proposal"]) == ("swapped_xy", "--fix swap_axes")
    assert told["mapping"]["宗地代码"] == "parcel_code"


def test_findings_alone_exit_0_and_1_only_when_asked_to_be_strict(
    alone: Alone, tmp_path: Path
) -> None:
    path = str(written(tmp_path, swapped(squares())))
    assert alone("check", "parcels", path).code == 0
    assert alone("check", "parcels", path, "--strict").code == 1
    sound = tmp_path / "sound"
    sound.mkdir()
    assert alone("check", "parcels", str(written(sound)), "--strict").code == 0


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("parcels", "nothing.gpkg"), "文件不存在"),
        (("houses", "nothing.gpkg"), "houses"),
        (("parcels", "nothing.gpkg", "--fix", "magic"), "--fix magic"),
        (("parcels", "nothing.gpkg", "--list", "list.csv"), ".xlsx"),
        (("parcels", "nothing.gpkg", "--mended", "copy.shp"), ".gpkg"),
        (("parcels", "a.gpkg", "b.gpkg", "--mended", "copy.gpkg"), "one file"),
        (("parcels", "nothing.gpkg", "--map", "甲"), "--map"),
    ],
)
def test_bad_use_exits_2_with_the_mend(
    arguments: tuple[str, ...], word: str, alone: Alone, tmp_path: Path
) -> None:
    done = alone("check", *arguments)
    assert done.code == 2
    assert word in done.stderr
    assert "→" in done.stderr


def test_the_terminal_says_it_in_a_clerks_words(alone: Alone, tmp_path: Path) -> None:
    geoms = squares()
    geoms[3] = swapped(geoms[3:4])[0]
    done = alone("check", "parcels", str(written(tmp_path, geoms)))
    assert "共 10 行：完好 9，有误 1；错误 1、警告 0、提示 1" in done.stdout
    assert "定级 grade：有条件入库" in done.stdout
    assert "X、Y 对调" in done.stdout
    assert "--fix swap_axes" in done.stdout


def test_the_list_goes_back_to_the_sender(alone: Alone, tmp_path: Path) -> None:
    geoms = squares()
    geoms[3] = swapped(geoms[3:4])[0]
    out = tmp_path / "退回清单.xlsx"
    done = alone("check", "parcels", str(written(tmp_path, geoms)), "--list", str(out))
    assert done.code == 0, done.stderr
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == ["体检结论", "问题清单"]
    rows = [row for row in book["问题清单"].values if row[2] == "错误"]
    assert [(row[0], row[1], row[3], row[4]) for row in rows] == [
        ("parcels.gpkg", 4, "X、Y 对调", "图形")
    ]
    assert "有条件入库" in [cell for row in book["体检结论"].values for cell in row]
    book.close()


def test_the_mended_copy_reads_back_as_what_was_accepted(alone: Alone, tmp_path: Path) -> None:
    path, out = written(tmp_path, swapped(squares())), tmp_path / "副本.gpkg"
    refused = alone("check", "parcels", str(path), "--mended", str(out))
    assert refused.code == 2
    assert "--fix swap_axes" in refused.stderr
    assert not out.exists()
    done = alone("check", "parcels", str(path), "--fix", "swap_axes", "--mended", str(out))
    assert done.code == 0, done.stderr
    copy, original = read(out, "parcels"), read(written(tmp_path), "parcels")
    assert pyogrio.read_info(out)["crs"] == "EPSG:4525"
    names = ["parcel_code", "area_m2", "location", "registered_on"]
    assert copy.rows[names].equals(original.rows[names])
    for mended, sound in zip(copy.rows["geom"], original.rows["geom"], strict=True):
        assert mended.symmetric_difference(sound).area < 1e-12
    notes = pyogrio.read_dataframe(out)["体检问题"]
    assert notes[0] == "已修复：对调 X、Y"


def test_two_files_are_told_one_after_the_other(alone: Alone, tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    paths = [str(written(tmp_path)), str(written(tmp_path / "b"))]
    told = object_of(alone("check", "parcels", *paths, "--json"))
    assert [one["grade"] for one in told["checks"]] == ["ready", "ready"]


def test_a_check_beside_a_store_compares_with_it_and_stores_nothing(
    clerk: Store, tmp_path: Path
) -> None:
    before = clerk.json("deliveries")["count"]
    sound = clerk.json("check", "parcels", str(written(tmp_path)))
    assert (sound["grade"], sound["left_out"]) == ("ready", [])
    shown = shapely.transform(in_degrees(), as_gcj02)
    shifted = clerk.json("check", "parcels", str(written(tmp_path, shown, 4490)))
    assert shifted["findings"][0]["code"] == "gcj02_shift"
    assert shifted["grade"] == "returned"
    assert clerk.json("deliveries")["count"] == before


def test_an_accepted_repair_is_kept_with_its_before_and_after(clerk: Store, tmp_path: Path) -> None:
    path = str(
        written(tmp_path, swapped(squares()), 宗地代码=[c.replace("GB", "GX") for c in CODES])
    )
    refused = clerk.json("load", "parcels", path)
    assert (refused["accepted"], refused["rejected"]) == (0, 10)
    loaded = clerk.json("load", "parcels", path, "--fix", "swap_axes")
    assert (loaded["accepted"], loaded["rejected"]) == (10, 0)
    assert loaded["issues"]["fixed:swap_axes"] == 10
    with clerk.connect() as connection:
        rows = connection.execute(
            "SELECT raw->>'geom', message FROM landwatch.issue WHERE delivery = %s"
            " AND code = 'fixed:swap_axes' ORDER BY row_no",
            (loaded["delivery"],),
        ).fetchall()
    assert rows[0][0].startswith("POLYGON ((4400500 37431090")
    assert "前 首点 4400500, 37431090" in rows[0][1]
    assert clerk.json("load", "parcels", path, "--fix", "swap_axes")["is_repeat"]
