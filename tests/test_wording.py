"""No output calls land 闲置土地 without a recorded 认定书: the demo's outputs, scanned.

The words may stand in the title of the law, of ledgers and of documents. As a subject's status the
program says 疑似闲置, and 已认定闲置 only where a 认定书 is on file.
"""

from __future__ import annotations

import base64
import csv
import gzip
import json
import re
import shutil
from pathlib import Path
from typing import Any

import fiona
import openpyxl
import pytest

from gis import contracts
from tests.warm import DEMO_DAY, Desk

WORDS = "闲置土地"
ALLOWED = re.compile(
    "《?闲置土地处置办法"
    "|《闲置土地(?=[ │\n])"  # the title of the law where a terminal's column ends
    "|闲置土地台账[（(]含疑似[)）]"
    "|闲置土地（含疑似）"
    "|闲置土地认定书|闲置土地调查通知书"
    "|批而未供与闲置土地监测"  # what the program is for, in its help
)
FOUND = contracts.CODES["outcome"]["found_idle"]
PACKED = re.compile(r"[A-Za-z0-9+/]{200,}={0,2}")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def out(demo: Desk, written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everything the demo's run is handed out as."""
    folder = shutil.copytree(written, tmp_path_factory.mktemp("wording") / "out")
    for what in ("findings", "targets", "candidates", "unsupplied"):
        for ending in ("csv", "geojson", "gpkg"):
            file = str(folder / f"{what}.{ending}")
            demo.json("export", what, "--format", ending, "--out", file)
    return folder


@pytest.fixture(scope="module")
def found(demo: Desk) -> set[str]:
    """The subjects with a recorded 认定书."""
    rows = demo.json("findings")["rows"]
    subjects = {row["subject"] for row in rows if row["outcome"] == "found_idle"}
    with demo.store.connect() as connection:
        recorded = connection.execute(
            "SELECT supply_no FROM landwatch.decisions WHERE kind = 'finding' AND served_on <= %s",
            (DEMO_DAY,),
        ).fetchall()
    assert len(subjects) == 6
    assert subjects <= {number for (number,) in recorded}
    return subjects


def assert_clean(text: str, where: str) -> None:
    for match in re.finditer(WORDS, text):
        allowed = any(one.start() <= match.start() < one.end() for one in ALLOWED.finditer(text))
        assert allowed, f"{where}: …{text[max(0, match.start() - 20) : match.end() + 20]}…"


def assert_status(rows: list[Row], found: set[str], where: str) -> int:
    """Rows with a value that says found idle are of subjects found idle; return their count."""
    told = [row for row in rows if set(FOUND) & {v for v in row.values() if isinstance(v, str)}]
    for row in told:
        assert found & {v for v in row.values() if isinstance(v, str)}, f"{where}: {row}"
    return len(told)


CALLS = [
    ["run", "--as-of", DEMO_DAY],
    ["deliveries"],
    ["law", "list", "--on", DEMO_DAY],
    *(
        [table, "--limit", "1000"]
        for table in ("findings", "candidates", "unsupplied", "balance", "indicators")
    ),
    ["calendar", "--from", "2026-01-01", "--to", "2026-12-31", "--limit", "2000"],
]


@pytest.mark.parametrize("words", CALLS, ids=lambda words: words[0])
def test_what_a_command_prints_calls_no_land_idle(demo: Desk, words: list[str]) -> None:
    printed = demo.call(*words)
    assert printed.code == 0, printed.stderr
    assert_clean(printed.stdout, " ".join(words))
    if "--limit" not in words:
        assert_clean(json.dumps(demo.json(*words), ensure_ascii=False), " ".join(words))


@pytest.mark.long("test_files_for_tables_call_no_land_idle")
def test_the_reasons_of_a_finding_call_no_land_idle(demo: Desk, found: set[str]) -> None:
    rows = [*demo.json("findings")["rows"], *demo.json("candidates")["rows"]]
    one_of_each = {
        (row["rule"], row["outcome"]): row["subject"] for row in rows if row["rule"] == "idle_land"
    }
    assert len(one_of_each) >= 10
    for subject in one_of_each.values():
        text = demo.call("why", subject).stdout
        assert_clean(text, subject)
        assert (FOUND[0] in text) <= (subject in found), subject


def test_files_for_tables_call_no_land_idle(out: Path, found: set[str]) -> None:
    told = 0
    for file in sorted(out.glob("*.csv")):
        text = file.read_text(encoding="utf-8-sig")
        assert_clean(text, file.name)
        told += assert_status([*csv.DictReader(text.splitlines())], found, file.name)
    book = openpyxl.load_workbook(out / "土地监测.xlsx", read_only=True)
    for sheet in book:
        assert_clean(sheet.title, "sheet")
        for cells in sheet.iter_rows(values_only=True):
            row = {str(place): cell for place, cell in enumerate(cells)}
            assert_clean("\n".join(str(cell) for cell in cells if cell), sheet.title)
            # The summary has one line for all of an outcome; the ledgers have one per subject.
            # Its sums name the outcome they are of, and no subject.
            is_sum = any(str(cell).startswith(("小计 ", "合计 ")) for cell in cells if cell)
            if sheet.title not in {"汇总", "字段说明"} and not is_sum:
                told += assert_status([row], found, sheet.title)
    assert told >= len(found)


def test_files_for_a_gis_call_no_land_idle(out: Path, found: set[str]) -> None:
    told = 0
    for file in sorted([*out.glob("*.shp"), *out.glob("*.gpkg"), *out.glob("*.geojson")]):
        with fiona.open(file) as shapes:
            rows = [dict(shape.properties) for shape in shapes]
        assert rows
        for row in rows:
            assert_clean("\n".join(str(value) for value in row.values()), file.name)
        told += assert_status(rows, found, file.name)
    # The shapefile; the findings and the targets as GeoPackage. Targets hold back the one whose
    # decision names another cause than the facts (H65 of the demo: cause_clash):
    # docs/law.md (Decisions on file).
    assert told >= 3 * len(found) - 2 * 1


def test_maps_call_no_land_idle(out: Path) -> None:
    pages = sorted(out.glob("*.html"))
    # The index; a map and a page of reasons for each block, and for the land in none.
    blocks = ["YS-A", "YS-B", "YS-C", "未落入区块"]
    named = [f"{block}{kind}" for block in blocks for kind in (".html", "_依据.html")]
    assert {page.name for page in pages} == {"index.html", *named}
    unpacked = 0
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert_clean(text, page.name)
        for packed in PACKED.findall(text):
            content = base64.b64decode(packed)
            if content[:2] == b"\x1f\x8b":
                unpacked += 1
                assert_clean(gzip.decompress(content).decode("utf-8", "replace"), page.name)
    assert unpacked > 0
