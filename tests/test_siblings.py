"""What was once met, in its other forms: other formats, columns, codes of text, and heads.

Each file goes through the command: what `check` calls sound `load` takes, and the store holds the
value worked out by hand beside it.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely

from tests import stores
from tests.conftest import Server, rest_long
from tests.dbf_samples import write_raw, write_table
from tests.intake_samples import parcels, write_workbook, write_xls
from tests.warm import Desk, shared

Rows = Sequence[Sequence[str]]


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("siblings")
    name = f"landwatch_siblings_{os.getpid()}"
    with stores.copied(server, pattern, name, folder) as store:
        yield Desk(store, shared())


def taken(desk: Desk, kind: str, path: Path, *options: str) -> dict[str, Any]:
    """Check and load a file, in which no row is refused; return what became of it."""
    checked = desk.json("check", kind, str(path), *options)
    told: dict[str, Any] = desk.json("load", kind, str(path), *options)
    assert (checked["sound"], checked["rejected"]) == (told["accepted"], told["rejected"])
    assert told["rejected"] == 0, told["issues"]
    return told


def stored(desk: Desk, kind: str, columns: str, keys: Sequence[str]) -> list[Any]:
    """Return the columns of the records in force that have these keys, in their order."""
    with desk.store.connect() as connection:
        rows = connection.execute(
            f"SELECT key, {columns} FROM landwatch.{kind} WHERE to_delivery IS NULL"
        ).fetchall()
    found = {row[0]: tuple(map(_plain, row[1:])) for row in rows}
    return [found[key] if len(found[key]) > 1 else found[key][0] for key in keys]


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


# --- days -------------------------------------------------------------------------------------

# What is written, and the day it is: 2024 is a leap year, 2023 and 2100 are none.
DAYS = {
    "2024-02-30": None, "2024-02-29": "2024-02-29", "2023-02-29": None, "2024-04-31": None,
    "2024-13-01": None, "2024-00-10": None, "1900-01-01": None, "2023-12-31": "2023-12-31",
    "2100-02-29": None, "1949-10-01": "1949-10-01",
}  # fmt: skip
CODES = [f"150699001001GB1{n:04}" for n in range(len(DAYS))]


def _gpkg(path: Path, days: Sequence[str], form: str) -> Path:
    """A GeoPackage whose column of days holds them as they are written, whatever it is declared."""
    parcels_of(days).to_file(path, layer="宗地", driver="GPKG")
    with sqlite3.connect(path) as database:
        triggers = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in triggers.fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute(f"ALTER TABLE 宗地 ADD COLUMN 登记日期 {form}")
        for at, day in enumerate(days, 1):
            database.execute("UPDATE 宗地 SET 登记日期 = ? WHERE fid = ?", (day, at))
    database.close()
    return path


def parcels_of(days: Sequence[str]) -> Any:
    return parcels().drop(columns="登记日期").assign(宗地代码=CODES[: len(days)])


def _shapefile(path: Path, days: Sequence[str]) -> Path:
    fields = [("宗地代码".encode("gbk"), "C", 19, 0), ("登记日期".encode("gbk"), "D", 8, 0)]
    rows = [
        [code.encode(), day.replace("-", "").encode()]
        for code, day in zip(CODES, days, strict=True)
    ]
    return write_raw(path, fields, rows)


def _written(path: Path, days: Sequence[str], driver: str) -> Path:
    pyogrio.write_dataframe(parcels_of(days).assign(登记日期=list(days)), path, driver=driver)
    return path


FORMS: dict[str, Callable[[Path, Sequence[str]], Path]] = {
    "days.shp": _shapefile,
    "days.gpkg": lambda path, days: _gpkg(path, days, "DATE"),
    "instants.gpkg": lambda path, days: _gpkg(path, [f"{d}T09:00:00Z" for d in days], "DATETIME"),
    "days.geojson": lambda path, days: _written(path, days, "GeoJSON"),
    "days.fgb": lambda path, days: _written(path, days, "FlatGeobuf"),
    "days.gdb": lambda path, days: _written(path, days, "OpenFileGDB"),
    "days.kml": lambda path, days: _written(path, days, "KML"),
}


@pytest.mark.parametrize("name", rest_long(FORMS, ["days.shp", "instants.gpkg", "days.geojson"]))
def test_a_day_that_never_was_is_none_in_every_format(
    desk: Desk, tmp_path: Path, name: str
) -> None:
    told = taken(desk, "parcels", FORMS[name](tmp_path / name, list(DAYS)))
    # 02-30, 02-29 of 2023 and 2100, 04-31, month 13, month 0; and one that stands for no date.
    assert (told["issues"]["impossible_day"], told["issues"]["sentinel_day"]) == (6, 1)
    assert stored(desk, "parcels", "registered_on", CODES) == list(DAYS.values())


def test_an_instant_beside_plain_days_is_the_day_in_beijing_in_every_column(
    desk: Desk, tmp_path: Path
) -> None:
    # 16:00 UTC is midnight in Beijing; 10:00 in California is 18:00 UTC, 02:00 of the next day.
    written = {
        "2024-03-01T16:00:00Z": "2024-03-02", "2024-03-02": "2024-03-02",
        "2024-03-01T15:59:59Z": "2024-03-01", "2024/03/01 16:00:00+00": "2024-03-02",
        "2024-03-01T10:00:00-08:00": "2024-03-02", "2024-03-02T00:30:00+08:00": "2024-03-02",
    }  # fmt: skip
    names = [f"T{n}" for n in range(len(written))]
    feature = {"type": "Feature", "geometry": None}
    features = [
        feature | {"properties": {"电子监管号": name, "合同签订日期": day, "约定开工时间": day}}
        for name, day in zip(names, written, strict=True)
    ]
    path = tmp_path / "instants.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    taken(desk, "supplies", path)
    assert stored(desk, "supplies", "signed_on, start_agreed_on", names) == [
        (day, day) for day in written.values()
    ]


# --- numbers and units ------------------------------------------------------------------------

# In 公顷; what cannot be meant is empty and told.
NUMBERS = {
    "10,000.00": 100_000_000.0, "1,234.5": 12_345_000.0, "10000,5": None, "1,23": None,
    "****": None, "0.8249": 8_249.0, "-5": None, "1e3": 10_000_000.0, "": None,
}  # fmt: skip
HEADS = ["电子监管号", "面积(公顷)", "合同签订日期", "项目名称"]


def _register(names: Sequence[str]) -> list[list[str]]:
    numbers = zip(names, NUMBERS, strict=True)
    return [HEADS, *([name, number, "2024-01-15", "甲"] for name, number in numbers)]


def _csv(path: Path, rows: Rows, encoding: str = "utf-8") -> Path:
    lines = [",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows]
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
    return path


def _dbf(path: Path, rows: Rows) -> Path:
    letters = [("C", 20), ("N", 12), ("C", 10), ("C", 20)]
    fields = [
        (head.encode("gbk")[:10], letter, width, 2 if letter == "N" else 0)
        for head, (letter, width) in zip(rows[0], letters, strict=True)
    ]
    write_table(path, fields, [[cell.encode("gbk") for cell in row] for row in rows[1:]])
    return path


SHEETS: dict[str, Callable[[Path, Rows], Path]] = {
    "utf-8.csv": _csv,
    "gbk.csv": lambda path, rows: _csv(path, rows, "gbk"),
    "utf-16.csv": lambda path, rows: _csv(path, rows, "utf-16"),
    "text.xlsx": lambda path, rows: write_workbook(path, 供地=[list(row) for row in rows]),
    "text.xls": lambda path, rows: write_xls(path, [list(row) for row in rows]),
    "numbers.dbf": _dbf,
}


@pytest.mark.parametrize("name", rest_long(SHEETS, ["utf-16.csv", "text.xlsx"]))
def test_numbers_are_read_alike_in_every_format(desk: Desk, tmp_path: Path, name: str) -> None:
    names = [f"N{n}" for n in range(len(NUMBERS))]
    told = taken(desk, "supplies", SHEETS[name](tmp_path / name, _register(names)))
    # 10000,5 and 1,23 and **** are no numbers; an area below nothing is none.
    assert told["issues"]["unreadable_number"] == 3
    assert told["issues"]["negative_area"] == 1
    assert stored(desk, "supplies", "area_m2", names) == list(NUMBERS.values())


# header, cell -> m2 or fen: 15 亩 = 1 公顷; 1 亿元 = 10,000 万元 = 10^10 fen
UNITS = {
    ("供地面积(万平方米)", "1.5"): 15_000.0, ("供地面积（亩）", "15"): 10_000.0,
    ("供地面积（单位：公顷）", "1"): 10_000.0, ("面积_亩", "1.5"): 1_000.0,
    ("面积（㎡）", "8100"): 8_100.0, ("面积[公顷]", "1.5公顷"): 15_000.0,
    ("成交价格(亿元)", "2.5"): 25_000_000_000, ("成交价格（单位：元）", "100.5"): 10_050,
    ("成交价格/万元", "1"): 1_000_000, ("成交价格（人民币千元）", "3"): 300_000,
}  # fmt: skip


def test_a_header_says_the_unit_in_many_ways(desk: Desk, tmp_path: Path) -> None:
    for number, ((header, cell), value) in enumerate(UNITS.items()):
        path = tmp_path / f"{number}.csv"
        heads = ["电子监管号", header, "合同签订日期"]
        _csv(path, [heads, [f"U{number}", cell, "2024-01-15"]])
        told = desk.json("load", "supplies", str(path))
        column = "area_m2" if "面积" in header else "price_fen"
        assert stored(desk, "supplies", column, [f"U{number}"]) == [value], header
        assert "lost_column" not in told["issues"], header


def test_an_amount_under_a_header_nobody_knows_is_told_even_where_it_counts_one_two_three(
    desk: Desk, tmp_path: Path
) -> None:
    rows = [
        ["电子监管号", "某种面积(公顷)", "序号"],
        *([f"L{n}", f"{n}", f"{n}"] for n in (1, 2, 3)),
    ]
    told = desk.json("load", "supplies", str(_csv(tmp_path / "a.csv", rows)))
    issues = desk.json("deliveries", "--issues", str(told["delivery"]))["rows"]
    assert [row["value"] for row in issues if row["code"] == "lost_column"] == ["某种面积(公顷)"]


# --- text -------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", rest_long(["gbk", "utf-8", "gb18030"], ["gbk", "utf-8"]))
@pytest.mark.parametrize("stray", rest_long([b"\xff", b"\x80"], [b"\xff"]))
def test_one_bad_byte_costs_one_cell(
    desk: Desk, tmp_path: Path, encoding: str, stray: bytes
) -> None:
    names = [f"S{encoding}{stray[0]}{n}" for n in range(12)]
    lines = [",".join(HEADS).encode(encoding)]
    for at, name in enumerate(names):
        cell = "内蒙古工业园区".encode(encoding) + (stray if at == 4 else b"")
        lines.append(f"{name},1,2024-01-15,".encode() + cell)
    path = tmp_path / f"{encoding}.csv"
    path.write_bytes(b"\n".join(lines) + b"\n")
    told = taken(desk, "supplies", path)
    assert told["issues"]["illegible_text"] == 1
    keys = [name.upper() for name in names]
    found = stored(desk, "supplies", "area_m2, project_name", keys)
    assert found[4] == (10_000.0, "内蒙古工业园区\ufffd")
    assert set(found[:4] + found[5:]) == {(10_000.0, "内蒙古工业园区")}


def test_a_second_header_is_none_of_the_rows_in_any_format(desk: Desk, tmp_path: Path) -> None:
    for name, write in SHEETS.items():
        if name.endswith(".dbf"):
            continue
        mark = name.split(".")[0].upper()
        first, second = ([f"{mark}{n}", "1", "2024-01-15", "甲"] for n in (1, 2))
        told = taken(desk, "supplies", write(tmp_path / name, [HEADS, first, HEADS, second]))
        assert (told["rows"], told["issues"]["repeated_header"]) == (2, 1), name


# --- 报部坐标 -----------------------------------------------------------------------------------

_TOP = """[属性描述]
坐标系=2000国家大地坐标系
几度分带=3
计量单位=米
带号=37
[地块坐标]
"""
# The head of each plot: points, 公顷, number, name, kind, map sheet, use, code.
PLOTS = (
    "5,1.0000,{},甲地块,面,K49H001,工业用地,0601,@",
    "5,1.0000,{},甲地块,,K49H001,工业用地,0601,@",
    ",1.0000,{},甲地块,面,K49H001,工业用地,,@",
    ",1.0000,{},,,K49H001,工业用地,,@",
    "5,1.0000,{},甲地块,面,,工业用地,@",
    "5，1.0000，{}，甲地块，，K49H001，工业用地，，@",
    "5, 1.0000, {}, 甲地块, , , 工业用地, ,@",
)
# What may stand behind the coordinates of a point: distance, marker, remark.
BEHIND = ("", ",100.00,J", ",100.00,界桩", ",,", ",100.00,1,备注", ",100.00", "")


def test_a_head_with_empty_places_and_points_with_more_columns_are_read_for_what_they_are(
    desk: Desk, tmp_path: Path
) -> None:
    text = _TOP
    for number, (head, behind) in enumerate(zip(PLOTS, BEHIND, strict=True)):
        text += head.format(f"P{number}") + "\n"
        east, north = 37_430_000 + 200 * number, 4_400_000
        corners = [(0, 0), (0, 100), (100, 100), (100, 0), (0, 0)]
        for at, (x, y) in enumerate(corners):
            text += f"J{at % 4 + 1},1,{north + x:.3f},{east + y:.3f}{behind}\n"
    (tmp_path / "地块.txt").write_text(text, encoding="gbk")
    taken(desk, "parcels", tmp_path / "地块.txt")
    with desk.store.connect() as connection:
        found = connection.execute(
            "SELECT parcel_code, use_text, area_m2, geom FROM landwatch.parcels"
            " WHERE file = '地块.txt' ORDER BY parcel_code"
        ).fetchall()
    assert [row[:3] for row in found] == [
        (f"P{number}", "工业用地", 10_000.0) for number in range(len(PLOTS))
    ]
    # Squares of 100 m: 10,000 m2, on the ellipsoid within a part in a thousand.
    for *_, wkb in found:
        ring = shapely.get_coordinates(shapely.from_wkb(wkb))
        assert len(ring) == 5


# --- numbers that only look different -----------------------------------------------------------

SUPPLY = "1506992024B00077"
# The same number as it comes out of PDFs, messengers and Chinese keyboards.
LOOKALIKES = (
    "１５０６９９２０２４Ｂ０００７７", "1506992024b00077", "150699\u200b2024B00077",
    "\ufeff1506992024B00077", "1506992024\u00adB00077", "\u202a1506992024B00077\u202c",
    "1506992024 B00077", "1506992024B00077\u2060",
)  # fmt: skip
PAPERS = {
    "extensions": "文号,电子监管号,签订日期\n延{n},{id},2024-08-01\n",
    "handovers": "文号,电子监管号,实际交地时间\n交{n},{id},2024-08-01\n",
    "causes": "文号,电子监管号,原因类型,起始日期\n因{n},{id},不可抗力,2024-08-01\n",
    "progress": "电子监管号,观测日期,来源,开发状态\n{id},2024-08-0{d},巡查,未动工\n",
    "decisions": "文书号,电子监管号,文书类型,送达日期\n决{n},{id},调查通知书,2024-08-01\n",
    "holders": "文号,电子监管号,权利人,登记日期\n转{n},{id},乙公司,2024-08-01\n",
    "agreements": "协议编号,电子监管号,签订日期\n协{n},{id},2024-08-01\n",
}


def test_every_paper_finds_its_supply_however_the_number_is_written(
    desk: Desk, tmp_path: Path
) -> None:
    rows = [HEADS, [SUPPLY, "1", "2024-01-15", "甲"]]
    taken(desk, "supplies", _csv(tmp_path / "supplies.csv", rows))
    for kind, form in PAPERS.items():
        head, row = form.rstrip("\n").split("\n")
        lines = [head] + [
            row.format(n=n, d=n + 1, id=written) for n, written in enumerate(LOOKALIKES)
        ]
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        told = desk.json("load", kind, str(path))
        assert "orphan_paper" not in told["issues"], kind
        assert told["rejected"] == 0, kind
        with desk.store.connect() as connection:
            found = connection.execute(
                f"SELECT DISTINCT supply_no FROM landwatch.{kind} WHERE file = %s", (path.name,)
            ).fetchall()
        assert found == [(SUPPLY,)], kind
