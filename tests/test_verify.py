"""A report can be proved: every figure from the stored run, every file by its hash."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gis import contracts
from tests.warm import DEMO_DAY, Desk


@pytest.fixture(scope="module")
def written(demo: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    assert demo.call("run", "--as-of", DEMO_DAY, "--out", str(out)).code == 0
    return out


@pytest.fixture
def report(written: Path, tmp_path: Path) -> Path:
    """A copy of what was written, to be spoilt."""
    return shutil.copytree(written, tmp_path / "report")


def differs(demo: Desk, manifest: Path) -> dict[str, Any]:
    """Verify and return the first difference; it must have been found, with exit 1."""
    done = demo.call("verify", str(manifest), "--json")
    assert (done.code, done.stderr) == (1, "")
    content = json.loads(done.stdout)
    assert content["is_right"] is False
    found: dict[str, Any] = content["difference"]
    return found


def test_a_report_just_written_agrees_in_every_figure_and_file(demo: Desk, report: Path) -> None:
    content = demo.json("verify", str(report / "manifest.json"))
    assert list(content) == list(contracts.JSON["verify"])
    assert (content["is_right"], content["difference"]) == (True, None)
    files = [path for path in report.rglob("*") if path.is_file()]
    assert content["files_count"] == len(files) - 1, "all but the manifest itself"
    assert content["figures_count"] > 1000


def test_every_number_and_day_of_the_workbook_stands_in_the_manifest(report: Path) -> None:
    content = json.loads((report / "manifest.json").read_text(encoding="utf-8"))
    book = openpyxl.load_workbook(report / "土地监测.xlsx")
    groups = {group["where"]: group for group in content["figures"]}
    without = {"法律数值待核", "字段说明"}
    for name in set(book.sheetnames) - without:
        printed = [
            cell
            for row in book[name].iter_rows(values_only=True)
            for cell in row
            if cell is not None and not isinstance(cell, str)
        ]
        group = groups[f"土地监测.xlsx / {name}"]
        told = [figure for row in group["rows"] for figure in row[1:] if figure is not None]
        assert len(told) == len(printed), name
    assert any("index.html" in where for where in groups)


def test_the_same_run_written_again_gives_the_same_manifest(
    demo: Desk, report: Path, tmp_path: Path
) -> None:
    demo.call("run", "--as-of", DEMO_DAY, "--out", str(tmp_path / "again"))
    again = (tmp_path / "again" / "manifest.json").read_bytes()
    assert again == (report / "manifest.json").read_bytes()


def test_a_figure_changed_in_the_manifest_is_named_by_its_place(demo: Desk, report: Path) -> None:
    path = report / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    group = next(each for each in content["figures"] if each["where"].endswith("批文面积平衡"))
    was = group["rows"][3][3]
    group["rows"][3][3] = was + 0.01
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    assert differs(demo, path) == {
        "where": "土地监测.xlsx / 批文面积平衡",
        "row": group["rows"][3][0],
        "column": group["columns"][2],
        "printed": was + 0.01,
        "stored": was,
    }
    said = demo.call("verify", str(path)).stdout
    assert said.startswith("不一致 Differs: 土地监测.xlsx / 批文面积平衡")


@pytest.mark.parametrize("name", ["index.html", "土地监测.xlsx", "处置对象.dbf"])
def test_a_file_changed_by_one_byte_or_gone_is_named(demo: Desk, report: Path, name: str) -> None:
    content = (report / name).read_bytes()
    (report / name).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    found = differs(demo, report / "manifest.json")
    assert (found["where"], found["column"]) == (name, "sha256")
    (report / name).unlink()
    assert differs(demo, report / "manifest.json")["stored"] is None


def test_a_stored_row_changed_behind_the_programs_back_is_found(demo: Desk, report: Path) -> None:
    def grow(by: float) -> None:
        with demo.store.connect() as connection:
            connection.execute(
                "UPDATE landwatch.finding SET area_m2 = area_m2 + %s WHERE subject ="
                " (SELECT min(subject) FROM landwatch.finding WHERE outcome = 'suspected_idle')",
                (by,),
            )

    grow(1)
    found = differs(demo, report / "manifest.json")
    # Counted anew from the findings, not copied from what the run says of itself.
    assert (found["where"], found["column"]) == ("土地监测.xlsx / 汇总", "面积（平方米）")
    assert found["stored"] == found["printed"] + 1
    grow(-1)
    assert demo.call("verify", str(report / "manifest.json")).code == 0


@pytest.mark.parametrize("content", ["", "{}", '{"form": "else"}', "[1]"])
def test_what_is_no_manifest_is_refused_with_exit_2(
    demo: Desk, tmp_path: Path, content: str
) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(content, encoding="utf-8")
    done = demo.call("verify", str(path))
    assert (done.code, done.stdout) == (2, "")
    assert "manifest.json" in done.stderr
