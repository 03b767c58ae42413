"""A register sent as a .dbf without any .shp: read as the table of a shapefile is."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from dbf_samples import Field, write_raw, write_table

from gis.errors import DeliveryError
from gis.intake.read import Reading, read
from tests import stores
from tests.conftest import Server
from tests.warm import Desk, shared

NUMBER: Field = (b"DZJGH", "C", 24, 0)


def gbk(*words: str) -> list[bytes]:
    return [word.encode("gbk") for word in words]


AREA, SIGNED, START, HOLDER = gbk("面积", "签订日期", "约定开工日期", "受让人")
FIELDS: list[Field] = [
    NUMBER, (AREA, "N", 12, 4), (SIGNED, "D", 8, 0), (START[:10], "D", 8, 0), (HOLDER, "C", 20, 0),
]  # fmt: skip


def row(serial: int, area: bytes = b"1.0000", *, signed: bytes = b"20240115",
        start: bytes = b"20250115", holder: bytes = b"A") -> list[bytes]:  # fmt: skip
    return [b"1506002024B%05d" % serial, area, signed, start, holder]


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    name = f"landwatch_dbf_{os.getpid()}"
    with stores.copied(server, pattern, name, folder) as store:
        yield Desk(store, shared())


def stored(desk: Desk, like: str) -> list[tuple[Any, ...]]:
    with desk.store.connect() as connection:
        return connection.execute(
            "SELECT supply_no, area_m2, signed_on, start_agreed_on, holder FROM landwatch.supplies"
            " WHERE supply_no LIKE %s AND to_delivery IS NULL ORDER BY supply_no", (like,),
        ).fetchall()  # fmt: skip


def told(reading: Reading, code: str) -> list[tuple[Any, ...]]:
    found = reading.issues[reading.issues["code"] == code]
    return list(zip(found["row_no"], found["field"], found["value"], strict=True))


def test_a_table_alone_is_checked_and_loaded(desk: Desk, tmp_path: Path) -> None:
    """1 公顷 is 10,000 m2; 30 February is no day, 1900-01-01 stands for none; row 4 is deleted."""
    holder = "能源公司".encode("gbk")
    path = write_table(
        tmp_path / "供地结果.dbf", FIELDS,
        [row(1, holder=holder), row(2, b"1,234.5", start=b"20240230"), row(3, b"************"),
         row(4), row(5, signed=b"19000101")],
        language=0, deleted=[3],
    )  # fmt: skip
    checked = desk.json("check", "supplies", str(path))
    assert (checked["format"], checked["rows"], checked["rejected"]) == ("dbf", 4, 0)
    codes = {one["code"]: one for one in checked["findings"]}
    assert codes["impossible_day"]["rows"] == [2]
    assert codes["unreadable_number"]["rows"] == [3]
    assert codes["sentinel_day"]["rows"] == [5]
    assert codes["deleted_records"]["value"] == "4"
    loaded = desk.json("load", "supplies", str(path))
    assert (loaded["rows"], loaded["accepted"], loaded["added"]) == (4, 4, 4)
    day = pd.Timestamp(2024, 1, 15).date()
    start = pd.Timestamp(2025, 1, 15).date()
    assert stored(desk, "1506002024B%") == [
        ("1506002024B00001", 10_000.0, day, start, "能源公司"),
        ("1506002024B00002", 12_345_000.0, day, None, "A"),
        ("1506002024B00003", None, day, start, "A"),
        ("1506002024B00005", 10_000.0, None, start, "A"),
    ]
    assert desk.json("load", "supplies", str(path))["unchanged"] == 4


@pytest.mark.parametrize(
    ("encoding", "how"),
    [("gbk", {"language": 0x4D}), ("gbk", {"language": 0}), ("gbk", {"language": 3, "cpg": "GBK"}),
     ("utf-8", {"language": 0, "cpg": "UTF-8"}), ("utf-8", {"language": 0}),
     ("cp950", {"language": 0x78}), ("cp950", {"language": 0, "cpg": "950"})],
)  # fmt: skip
def test_the_text_is_what_the_bytes_the_cpg_or_the_language_byte_say(
    tmp_path: Path, encoding: str, how: dict[str, Any]
) -> None:
    word = {"cp950": "國有土地工業區能源公司"}.get(encoding, "某某能源有限公司工业园区")
    fields: list[Field] = [NUMBER, (b"SRR", "C", 60, 0)]
    cells = [b"1506002024B00001", word.encode(encoding)]
    path = write_table(tmp_path / "a.dbf", fields, [cells], **how)
    reading = read(path, "supplies", column_map={"SRR": "土地使用权人"})
    assert reading.rows["holder"].tolist() == [word]


def test_a_named_encoding_is_obeyed(desk: Desk, tmp_path: Path) -> None:
    name = "恒耀園區".encode("cp950")
    path = write_table(tmp_path / "a.dbf", FIELDS, [row(11, holder=name)], language=0)
    done = desk.call("load", "supplies", str(path), "--encoding", "Big5", "--json")
    assert done.code in {0, 2}  # the header is GBK: read as Big5 the columns may not be known
    fields: list[Field] = [NUMBER, (b"SRR", "C", 20, 0)]
    path = write_table(tmp_path / "b.dbf", fields, [[b"1506002024C00011", name]], language=0)
    done = desk.call(
        "load", "supplies", str(path), "--encoding", "Big5", "--map", "SRR=土地使用权人", "--json"
    )
    assert done.code == 0, done.stderr
    assert [cells[-1] for cells in stored(desk, "1506002024C%")] == ["恒耀園區"]


def with_count(path: Path, count: int) -> Path:
    raw = bytearray(path.read_bytes())
    raw[4:8] = count.to_bytes(4, "little")
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("count", [0, 2, 3, 5, 90_000])
def test_a_head_that_counts_too_few_or_too_many_is_told(tmp_path: Path, count: int) -> None:
    """Four rows and the sign of the end lie there, whatever the head says."""
    path = with_count(write_table(tmp_path / "a.dbf", FIELDS, [row(n) for n in range(4)]), count)
    reading = read(path, "supplies")
    assert reading.row_count == 4
    (issue,) = reading.issues[reading.issues["code"] == "wrong_count"].to_dict("records")
    assert f"表头写 {count} 行，实有 4 行" in issue["message"]
    assert issue["severity"] == "warning"


@pytest.mark.parametrize("count", [0, 1, 3, 9])
def test_the_table_of_a_shapefile_has_as_many_rows_as_shapes(tmp_path: Path, count: int) -> None:
    fields: list[Field] = [(b"ZDDM", "C", 19, 0)]
    codes = [[b"150699001001GB%05d" % n] for n in range(4)]
    path = write_raw(tmp_path / "a.shp", fields, codes)
    with_count(path.with_suffix(".dbf"), count)
    reading = read(path, "parcels")
    assert reading.rows["key"].tolist() == [cells[0].decode() for cells in codes]
    assert [value for _, _, value in told(reading, "wrong_count")] == [str(count)]
    east = [geom.centroid.x for geom in reading.rows["geom"]]
    assert east == sorted(east)  # each row still has its own square, 100 m apart


def test_rows_behind_the_last_shape_are_told(tmp_path: Path) -> None:
    path = write_raw(tmp_path / "a.shp", [(b"ZDDM", "C", 19, 0)], [[b"150699001001GB00001"]])
    more = [[b"150699001001GB%05d" % n] for n in range(1, 4)]
    write_table(path.with_suffix(".dbf"), [(b"ZDDM", "C", 19, 0)], more)
    with_count(path.with_suffix(".dbf"), 1)
    reading = read(path, "parcels")
    assert reading.rows["key"].tolist() == ["150699001001GB00001"]
    (issue,) = reading.issues[reading.issues["code"] == "surplus_records"].to_dict("records")
    assert "还有 2 行没有图形" in issue["message"]


@pytest.mark.parametrize("tail", [bytes(4096), b"\x1a" + b" " * 400, b" " * 4096])
def test_what_a_program_fills_up_with_is_no_row(tmp_path: Path, tail: bytes) -> None:
    path = write_table(tmp_path / "a.dbf", FIELDS, [row(1)])
    path.write_bytes(path.read_bytes()[:-1] + tail)
    reading = read(path, "supplies")
    assert reading.row_count == 1
    assert told(reading, "wrong_count") == []


@pytest.mark.parametrize("lost", [1, 40, 72, 73, 100])
def test_a_table_cut_short_is_refused(desk: Desk, tmp_path: Path, lost: int) -> None:
    path = write_table(tmp_path / "a.dbf", FIELDS, [row(n) for n in range(3)])
    path.write_bytes(path.read_bytes()[: -1 - lost])
    done = desk.call("check", "supplies", str(path))
    assert done.code == 2
    assert "截断" in done.stderr
    assert "cut short" in done.stderr


def test_a_table_beside_its_shapes_is_told_to_come_with_them(desk: Desk, tmp_path: Path) -> None:
    path = write_raw(tmp_path / "a.shp", [(b"ZDDM", "C", 19, 0)], [[b"150699001001GB00001"]])
    done = desk.call("load", "parcels", str(path.with_suffix(".dbf")))
    assert done.code == 2
    assert ".shp" in done.stderr.split("→")[1]
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for part in sorted(tmp_path.glob("a.[sdpc]*")):
            archive.write(part, part.name)
    assert desk.json("check", "parcels", str(packed))["format"] == "shapefile"


def test_a_table_alone_may_come_in_a_zip_and_under_any_case(tmp_path: Path) -> None:
    path = write_table(tmp_path / "A.DBF", FIELDS, [row(1)], language=0, cpg="GBK")
    packed = tmp_path / "a.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(path, "资料/A.DBF")
        archive.write(path.with_suffix(".cpg"), "资料/A.cpg")
        archive.writestr("资料/readme.txt", "说明")
    assert read(packed, "supplies").rows["key"].tolist() == ["1506002024B00001"]


def test_amounts_days_and_counts_kept_in_binary_are_read(tmp_path: Path) -> None:
    """FoxPro keeps 12.5 as a double or as 125,000 ten-thousandths; 2,460,325 is 2024-01-15."""
    fields: list[Field] = [
        NUMBER, (AREA, "B", 8, 0), ("成交价格".encode("gbk"), "Y", 8, 4),
        (SIGNED, "T", 8, 0), (b"TDYT", "M", 4, 0), (b"_NullFlags", "0", 1, 0),
    ]  # fmt: skip
    cells = [
        b"1506002024B00001", struct.pack("<d", 12.5), struct.pack("<q", 125_000),
        struct.pack("<ii", 2_460_325, 3_600_000), struct.pack("<I", 9), b"\0",
    ]  # fmt: skip
    empty = [b"1506002024B00002", bytes(8), bytes(8), bytes(8), bytes(4), b"\0"]
    path = write_table(tmp_path / "a.dbf", fields, [cells, empty], version=0x30)
    reading = read(path, "supplies")
    assert reading.rows["area_m2"].tolist()[0] == 125_000.0
    assert reading.rows["price_fen"].tolist()[0] == 12.5 * 10_000 * 100
    assert reading.rows["signed_on"].tolist() == [pd.Timestamp(2024, 1, 15), pd.NaT]
    assert reading.rows["use_text"].isna().all()
    assert [value for _, _, value in told(reading, "memo_field")] == ["TDYT"]


def test_a_row_of_totals_is_no_record(tmp_path: Path) -> None:
    rows: Sequence[Sequence[bytes]] = [row(1), ["合计".encode("gbk"), b"1.0000", b"", b"", b""]]
    reading = read(write_table(tmp_path / "a.dbf", FIELDS, rows), "supplies")
    assert reading.rows["key"].tolist() == ["1506002024B00001"]
    assert len(reading.issues) > 0


def test_fields_that_do_not_fit_into_a_row_are_refused(tmp_path: Path) -> None:
    path = write_table(tmp_path / "a.dbf", FIELDS, [row(1)])
    raw = bytearray(path.read_bytes())
    raw[10:12] = (20).to_bytes(2, "little")
    path.write_bytes(raw)
    with pytest.raises(DeliveryError, match="表头自相矛盾"):
        read(path, "supplies")
