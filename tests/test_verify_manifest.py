"""A manifest that was changed is found out, with a store and without one."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests import stores
from tests.conftest import rest_long
from tests.handed_out import BOOK, content, judged, keep, places, renew
from tests.warm import Desk


def figure(told: dict[str, Any], _: Path) -> None:
    told["figures"][0]["rows"][7][4] = 11.0


def no_figures(told: dict[str, Any], _: Path) -> None:
    told["figures"] = []


def no_entry(told: dict[str, Any], _: Path) -> None:
    del told["files"]["处置对象.dbf"]


def day_law_file_and_signature(told: dict[str, Any], folder: Path) -> None:
    told["run"]["as_of"] = "2026-06-29"
    told["run"]["law_digest"] = "0" * 64
    del told["files"]["处置对象.dbf"]
    told["figures"] = [one for one in told["figures"] if one["where"] != "处置对象.dbf"]
    (folder / "处置对象.dbf").unlink()
    del told["signature"]


def other_run(told: dict[str, Any], _: Path) -> None:
    told["run"]["id"] = 77


def cut_signature(told: dict[str, Any], _: Path) -> None:
    told["signature"]["value"] = told["signature"]["value"][:-8]


def other_program(told: dict[str, Any], _: Path) -> None:
    told["written_by"] = "0" * 64


FORGERIES: dict[Callable[[dict[str, Any], Path], None], set[tuple[str, str]]] = {
    figure: {(f"{BOOK} / 汇总", "D8")},
    no_figures: {("YS-A.html", "缺少 entry")},
    no_entry: {("处置对象.dbf", "sha256")},
    other_run: {("run", "id")},
    day_law_file_and_signature: {
        ("run", "as_of"),
        ("run", "law_digest"),
        ("处置对象.dbf", "sha256"),
        ("manifest.json", "signature"),
    },
    cut_signature: {("manifest.json", "signature")},
    other_program: {("manifest.json", "signature")},
}
BY_STORE = {day_law_file_and_signature, other_run}


@pytest.mark.parametrize(
    "forge",
    rest_long(FORGERIES, [one for one in FORGERIES if one is not day_law_file_and_signature]),
    ids=lambda forge: forge.__name__,
)
def test_a_manifest_that_was_changed_is_found_out(
    demo: Desk, report: Path, public_key: Path, forge: Callable[[dict[str, Any], Path], None]
) -> None:
    told = content(report)
    forge(told, report)
    keep(report, told)
    alone = judged(demo, report, "--public-key", str(public_key))
    assert ("manifest.json", "signature") in places(alone)
    said = judged(demo, report) if forge in BY_STORE else alone
    assert FORGERIES[forge] <= places(said)


def test_nothing_told_at_all_is_told(demo: Desk, report: Path, public_key: Path) -> None:
    keep(report, {**content(report), "files": {}, "figures": []})
    said = judged(demo, report, "--public-key", str(public_key))
    assert said["differences_count"] > 20
    assert (said["proved"]["files"], said["proved"]["package"]) == (False, False)


def test_another_machine_proves_what_it_can_and_says_what_it_cannot(
    report: Path, public_key: Path, tmp_path: Path
) -> None:
    """A home without a store and without a key: nothing is made there, and no store is asked."""
    home = tmp_path / "elsewhere"
    elsewhere = stores.Store("", home)
    done = elsewhere.call("verify", str(report), "--public-key", str(public_key))
    assert done.code == 0, done.stderr
    assert "由所给公钥签发" in done.stdout
    assert "单元格与数据库 cells against the store: 未核对" in done.stdout
    unknown = elsewhere.call("verify", str(report))
    assert unknown.code == 0
    assert "未证明由谁签发" in unknown.stdout
    assert not home.exists()


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", '{"form": "else"}', "[1]", "nonsense", "[" * 100_000),
        '{"form": "landwatch manifest 2", "run": {"id": 1}, "files": {"../x": ""}, "figures": []}',
        '{"form": "landwatch manifest 2", "run": {"id": 1}, "files": {"/e/x": ""}, "figures": []}',
    ],
    ids=str.__len__,
)
def test_what_is_no_manifest_is_refused_with_exit_2(demo: Desk, tmp_path: Path, text: str) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(text, encoding="utf-8")
    done = demo.call("verify", str(path))
    assert (done.code, done.stdout) == (2, "")
    assert "manifest.json" in done.stderr


def test_bad_use_is_one_sentence(demo: Desk, report: Path, tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("no key", encoding="utf-8")
    for words in (
        (),
        (str(tmp_path / "gone"),),
        (str(report), "--public-key", str(tmp_path / "no.pem")),
        (str(report), "--key"),
    ):
        done = demo.call("verify", *words)
        assert (done.code, done.stdout) == (2, ""), words
        assert done.stderr.count("→") == 1


def test_a_workbook_that_unpacks_without_end_costs_one_sentence(
    demo: Desk, report: Path, public_key: Path
) -> None:
    with zipfile.ZipFile(report / BOOK, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * (1 << 28))
    renew(report, BOOK)
    said = judged(demo, report, "--public-key", str(public_key))
    assert (BOOK, "打不开 unreadable") in places(said)
