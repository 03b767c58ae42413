"""A folder handed out can be proved: every cell from the stored run, every file, its signature."""

from __future__ import annotations

import base64
import gzip
import shutil
import stat
import subprocess
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from gis import contracts
from gis.outputs.proof import manifest, xlsx
from maps.packed import unpack
from tests.handed_out import BOOK, content, judged, keep, places, sign
from tests.seeded import IS_LONG
from tests.warm import Desk

IDLE = "闲置土地台账(含疑似)"


def test_a_folder_just_written_is_proved_in_all_three_ways(demo: Desk, report: Path) -> None:
    said = judged(demo, report, code=0)
    assert list(said) == list(contracts.JSON["verify"])
    assert (said["difference"], said["differences"], said["resaved"]) == (None, [], [])
    proved = said["proved"]
    assert (proved["signature"], len(proved["key"])) == ("own", 16)
    assert (proved["files"], proved["package"], proved["store"]) == (True, True, True)
    files = [path for path in report.rglob("*") if path.is_file()]
    assert said["files_count"] == len(files) - 1, "all but the manifest itself"
    assert said["figures_count"] > 20_000
    assert said["notes"] == []


def test_every_cell_of_the_workbook_stands_in_the_manifest(report: Path) -> None:
    book = openpyxl.load_workbook(report / BOOK)
    groups = {group["where"]: group for group in content(report)["figures"]}
    for name in book.sheetnames:
        cells = [c for row in book[name].iter_rows(values_only=True) for c in row if c is not None]
        rows = groups[f"{BOOK} / {name}"]["rows"]
        assert len(cells) == sum(cell is not None for row in rows for cell in row[1:]), name
    assert {"index.html", "YS-A.html", "YS-A.html / 已供宗地", "处置对象.dbf"} < set(groups)


def test_the_private_key_is_its_owners_alone_and_stands_nowhere_else(
    demo: Desk, written: Path, public_key: Path
) -> None:
    (file,) = [one for one in demo.store.home.iterdir() if b"PRIVATE" in head(one)]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    secret = "".join(file.read_text("ascii").split("\n")[1:-2])
    for one in [*written.rglob("*"), public_key]:
        assert secret.encode() not in one.read_bytes(), one
    with demo.store.connect() as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'landwatch'"
        ).fetchall()
        for (table,) in tables:
            like = connection.execute(
                f"SELECT count(*) FROM landwatch.{table} t WHERE t::text LIKE %s", (f"%{secret}%",)
            ).fetchone()
            assert like == (0,), table
    assert "BEGIN PUBLIC KEY" in public_key.read_text("ascii")
    file.chmod(0o644)
    try:
        said = demo.call("verify", "--key")
        assert (said.code, said.stdout) == (2, "")
        assert "chmod 600" in said.stderr
    finally:
        file.chmod(0o600)


def head(path: Path) -> bytes:
    return path.read_bytes()[:40] if path.is_file() else b""


# What is done to cells of the workbook, and the cells that must be named. Row 8 of 汇总 is a row of
# figures, D is 宗数; the ledger's columns are found by their titles.
def change_book(folder: Path) -> set[tuple[str, str]]:
    book = openpyxl.load_workbook(folder / BOOK)
    page = book["汇总"]
    page["D8"] = page["D8"].value + 1
    page["E8"] = str(page["E8"].value)
    ledger = book[IDLE]
    head = next(row[0].row for row in ledger.iter_rows() if row[0].value == "序号")
    titles = {cell.value: cell.column_letter for cell in ledger[head]}
    day, fee, name, mu, holder = (
        f"{titles[title]}{head + 2}"
        for title in ("约定动工日", "合同价款（元）", "项目名称", "面积（亩）", "土地使用权人")
    )
    ledger[day] = ledger[day].value + timedelta(days=1)
    ledger[fee] = f"={ledger[fee].value}+1"
    ledger[name] = "另一项目"
    ledger[mu].number_format = "0"
    ledger[holder] = None
    total = ledger.max_row - 2
    sum_of_area = f"{titles['面积（公顷）']}{total}"
    assert ledger[sum_of_area].value >= 1
    ledger[sum_of_area] = 0.5
    book["疑点线索"].row_dimensions[9].hidden = True
    book["园区指标"].sheet_state = "hidden"
    listed = book["未报动工核查清单"]
    listed.delete_rows(12)
    book.save(folder / BOOK)
    found = {(f"{BOOK} / 汇总", cell) for cell in ("D8", "E8")}
    return found | {
        (f"{BOOK} / {IDLE}", cell) for cell in (day, fee, name, mu, holder, sum_of_area)
    }


def test_every_cell_a_forger_changes_is_named_though_all_else_was_made_to_fit(
    demo: Desk, report: Path, public_key: Path
) -> None:
    expected = change_book(report)
    told = content(report)
    # The hardest: hash and cells of the manifest renewed, and all signed anew by another key.
    told["files"][BOOK] = manifest.sha256(report / BOOK)
    told["figures"] = [
        *({**vars(group), "rows": group.rows} for group in xlsx.read(report / BOOK, BOOK)),
        *(group for group in told["figures"] if not group["where"].startswith(BOOK)),
    ]
    sign(report, told)
    said = judged(demo, report)
    assert expected <= places(said), expected - places(said)
    assert ("manifest.json", "public_key") in places(said)
    proved = said["proved"]
    assert (proved["signature"], proved["files"], proved["package"]) == ("other", True, True)
    assert proved["store"] is False
    by_cell = {(one["where"], one["cell"]): one for one in said["differences"]}
    number = by_cell[f"{BOOK} / 汇总", "D8"]
    assert (number["proof"], number["column"]) == ("store", "宗数")
    assert number["printed"] == number["stored"] + 1
    text = by_cell[f"{BOOK} / 汇总", "E8"]
    assert (text["printed"], type(text["stored"])) == (str(text["stored"]), int)
    assert any(str(one["printed"]).startswith("公式 =") for one in said["differences"])
    layout = {one["printed"] for one in said["differences"] if one["where"].endswith("版面")}
    assert "工作表 园区指标（隐藏 hidden）" in layout
    assert any("第 9 行隐藏" in str(words) for words in layout)
    gone = [one for one in said["differences"] if one["where"].endswith("未报动工核查清单")]
    assert any(one["printed"] is None for one in gone), "the row that was taken out is told as gone"
    # Without a store nothing but the signature can tell, and it does.
    alone = judged(demo, report, "--public-key", str(public_key))
    assert places(alone) == {("manifest.json", "public_key")}
    assert alone["proved"]["store"] is None
    assert len(alone["notes"]) == 1


def change_pages(folder: Path) -> set[tuple[str, str]]:
    """Change figures, colours, rows and files of all that is no workbook."""
    index = folder / "index.html"
    text = index.read_text("utf-8")
    assert ">17<" in text
    text = text.replace(">17<", ">16<", 1)
    assert 'fill="#d1420f"' in text
    index.write_text(text.replace('fill="#d1420f"', 'fill="#1f9d78"', 1), "utf-8")
    page = folder / "YS-B.html"
    text = page.read_text("utf-8")
    start = text.index('id="packed_idle_rows">') + len('id="packed_idle_rows">')
    end = text.index("</script>", start)
    body = gzip.decompress(base64.b64decode(text[start:end]))
    assert b"suspected_idle" in body
    assert "suspected_idle" in unpack(text[start:end]).columns["outcome"]
    body = body.replace('"疑似闲置"'.encode(), '"正常开工"'.encode(), 1)
    packed = base64.b64encode(gzip.compress(body)).decode()
    page.write_text(text[:start] + packed + text[end:], "utf-8")
    lines = (folder / "处置对象_字段说明.csv").read_bytes().split(b"\r\n")
    (folder / "处置对象_字段说明.csv").write_bytes(b"\r\n".join(lines[:5] + lines[6:]))
    table = bytearray((folder / "处置对象.dbf").read_bytes())
    at = table.index(b"10000.00")
    table[at : at + 8] = b"10001.00"
    (folder / "处置对象.dbf").write_bytes(table)
    shapes = bytearray((folder / "处置对象_待核实.shp").read_bytes())
    shapes[200] ^= 1
    (folder / "处置对象_待核实.shp").write_bytes(shapes)
    (folder / "处置对象_无图形.csv").unlink()
    (folder / "补充.xlsx").write_bytes(b"PK")
    (folder / "YS-C.html").write_bytes(
        (folder / "YS-C.html").read_bytes().replace(b"</body>", b"<!-- --></body>")
    )
    return {
        ("index.html", ""),
        ("YS-B.html / 已供宗地", ""),
        ("YS-C.html", ""),
        ("处置对象_字段说明.csv", ""),
        ("处置对象.dbf", "MJ"),
        ("处置对象_待核实.shp", ""),
        ("处置对象_无图形.csv", "sha256"),
        ("补充.xlsx", "sha256"),
    }


@pytest.mark.long("test_every_cell_a_forger_changes_is_named_though_all_else_was_made_to_fit")
def test_what_is_changed_on_pages_lists_and_shapes_is_named(demo: Desk, report: Path) -> None:
    expected = change_pages(report)
    told = content(report)
    there = [one for one in report.iterdir() if one.name != "manifest.json"]
    told["files"] = {one.name: manifest.sha256(one) for one in there}
    keep(report, told)
    said = judged(demo, report)
    assert expected <= places(said), expected - places(said)
    assert said["proved"]["signature"] == "broken"
    changed = [one for one in said["differences"] if one["where"] == "index.html"]
    assert {(one["printed"], one["stored"]) for one in changed} >= {("16", "17")}
    assert any("宗数" in one["row"] for one in changed)
    assert any("#1f9d78" in str(one["printed"]) for one in changed), "the colour"


@pytest.mark.parametrize("name", ["index.html", BOOK, "处置对象.dbf"])
def test_a_file_changed_by_one_byte_or_gone_is_named(
    demo: Desk, report: Path, public_key: Path, name: str
) -> None:
    alone = ("--public-key", str(public_key))
    written = (report / name).read_bytes()
    # A last byte tells nothing of a workbook whose cells are all the same; half of it does.
    spoilt = written[: len(written) // 2] if name == BOOK else written[:-1] + b"?"
    (report / name).write_bytes(spoilt)
    assert name in {where for where, _ in places(judged(demo, report, *alone))}
    (report / name).unlink()
    found = judged(demo, report, *alone)["difference"]
    assert (found["where"], found["column"], found["stored"]) == (name, "sha256", None)


@pytest.mark.long("test_every_cell_a_forger_changes_is_named_though_all_else_was_made_to_fit")
def test_a_workbook_saved_anew_is_no_forgery_and_is_told(
    demo: Desk, report: Path, public_key: Path
) -> None:
    """Cells equal, bytes not: as openpyxl, LibreOffice (in the long round) or WPS leave it."""
    resave(report / BOOK)
    # The folder is named by its manifest as well.
    said = judged(demo, report / "manifest.json", code=0)
    assert said["resaved"] == [BOOK]
    assert (said["proved"]["files"], said["proved"]["store"]) == (False, True)
    alone = judged(demo, report, "--public-key", str(public_key), code=0)
    assert (alone["resaved"], alone["proved"]["package"]) == ([BOOK], True)
    assert "另存" in demo.call("verify", str(report), "--public-key", str(public_key)).stdout


def resave(book: Path) -> None:
    office = shutil.which("soffice")
    if IS_LONG and office:
        folder = book.parent.with_name("office")
        command = [office, f"-env:UserInstallation={folder.as_uri()}", "--headless"]
        command += ["--convert-to", "xlsx", "--outdir", str(folder), str(book)]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        shutil.copy(folder / book.name, book)
        return
    openpyxl.load_workbook(book).save(book)


@pytest.mark.long("test_every_cell_a_forger_changes_is_named_though_all_else_was_made_to_fit")
def test_a_stored_row_changed_behind_the_programs_back_is_found(demo: Desk, report: Path) -> None:
    def grow(by: float) -> None:
        with demo.store.connect() as connection:
            connection.execute(
                "UPDATE landwatch.finding SET area_m2 = area_m2 + %s WHERE subject ="
                " (SELECT min(subject) FROM landwatch.finding WHERE outcome = 'suspected_idle')",
                (by,),
            )

    grow(1)
    said = judged(demo, report)
    grow(-1)
    # Counted anew from the findings, not copied from what the run says of itself.
    found = next(one for one in said["differences"] if one["where"] == f"{BOOK} / 汇总")
    assert found["column"] == "面积（平方米）"
    assert found["stored"] == found["printed"] + 1
    assert (said["proved"]["package"], said["proved"]["store"]) == (True, False)
