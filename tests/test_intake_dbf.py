"""A shapefile's table, cell by cell as the sender wrote it."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from dbf_samples import write_raw

from gis.errors import DeliveryError
from gis.intake.batches import in_batches
from gis.intake.read import Reading, read
from tests.intake_samples import write_shapefile

CODES = [b"150699001001GB%05d" % n for n in range(1, 5)]
CODE = (b"ZDDM", "C", 19, 0)


def told(reading: Reading, code: str) -> list[tuple[int, str, str]]:
    """Row, field and value of every issue of one code."""
    found = reading.issues[reading.issues["code"] == code]
    return list(zip(found["row_no"], found["field"], found["value"], strict=True))


@pytest.mark.parametrize(
    "cell",
    [b"20240230", b"20240431", b"20241301", b"20230229", b"21000229", b"20240100", b"20240732"],
)
def test_a_day_that_never_was_is_no_other_day(tmp_path: Path, cell: bytes) -> None:
    path = write_raw(
        tmp_path / "a.shp", [CODE, (b"DJRQ", "D", 8, 0)],
        [[CODES[0], b"20240115"], [CODES[1], cell], [CODES[2], b""], [CODES[3], b"20240229"]],
    )  # fmt: skip
    reading = read(path, "parcels")
    days = reading.rows["registered_on"]
    assert days.isna().tolist() == [False, True, True, False]
    assert days.iloc[0] == pd.Timestamp(2024, 1, 15)
    assert days.iloc[3] == pd.Timestamp(2024, 2, 29)
    assert told(reading, "impossible_day") == [(2, "registered_on", cell.decode())]
    assert "sentinel_day" not in set(reading.issues["code"])


@pytest.mark.parametrize("cell", [b"2024-1-5", b"XXXXXXXX", b"2024    "])
def test_what_is_no_day_in_a_day_field_is_read_as_text_is(tmp_path: Path, cell: bytes) -> None:
    path = write_raw(tmp_path / "a.shp", [CODE, (b"DJRQ", "D", 8, 0)], [[CODES[0], cell]])
    reading = read(path, "parcels")
    if cell == b"2024-1-5":
        assert reading.rows["registered_on"].tolist() == [pd.Timestamp(2024, 1, 5)]
    else:
        assert reading.rows["registered_on"].isna().all()
        assert [row for row, _, _ in told(reading, "unreadable_day")] == [1]


@pytest.mark.parametrize("cell", [b"00000000", b"", b"\0\0\0\0\0\0\0\0"])
def test_a_day_field_left_empty_is_empty_without_a_word(tmp_path: Path, cell: bytes) -> None:
    path = write_raw(
        tmp_path / "a.shp",
        [CODE, (b"DJRQ", "D", 8, 0)],
        [[CODES[0], cell], [CODES[1], b"19870605"]],
    )
    reading = read(path, "parcels")
    assert reading.rows["registered_on"].tolist() == [pd.NaT, pd.Timestamp(1987, 6, 5)]
    assert reading.issues.empty


@pytest.mark.parametrize(
    ("cell", "area_m2"),
    [
        (b"10,000.00", 10_000.0), (b"10000.00", 10_000.0), (b"+10000", 10_000.0),
        (b"1.0E+04", 10_000.0), (b"1,234,567.5", 1_234_567.5), (b"10000.", 10_000.0),
        (b".5", 0.5),
        (b"10000,5", None), (b"************", None), (b"1.#INF", None), (b"nan", None),
        (b"1e400", None), (b"12 34", None), (b"10.000,00", None),
    ],
)  # fmt: skip
@pytest.mark.parametrize("letter", ["N", "F"])
def test_a_number_is_what_stands_there_or_is_told(
    tmp_path: Path, letter: str, cell: bytes, area_m2: float | None
) -> None:
    path = write_raw(
        tmp_path / "a.shp", [CODE, (b"ZDMJ", letter, 14, 2)],
        [[CODES[0], b"8100.00"], [CODES[1], cell], [CODES[2], b""]],
    )  # fmt: skip
    reading = read(path, "parcels")
    expected = [8100.0, np.nan if area_m2 is None else area_m2, np.nan]
    np.testing.assert_equal(reading.rows["area_m2"].tolist(), expected)
    lost = [] if area_m2 is not None or cell == b"nan" else [(2, "area_m2", cell.decode())]
    assert told(reading, "unreadable_number") == lost


def test_stars_in_every_row_of_a_long_table_are_how_gdal_writes_an_unknown_number(
    tmp_path: Path,
) -> None:
    def of(rows: int, *cells: bytes) -> Reading:
        path = write_raw(
            tmp_path / "a.shp", [CODE, (b"ZDMJ", "N", 6, 2)],
            [[b"150699001001GB%05d" % n, cells[n % len(cells)]] for n in range(rows)],
        )  # fmt: skip
        return read(path, "parcels")

    assert of(12, b"******", b"").issues.empty
    assert of(12, b"******").rows["area_m2"].isna().all()
    # In a short table, or where one digit more fills the field, they may be numbers too long.
    assert [row for row, _, _ in told(of(2, b"******"), "unreadable_number")] == [1, 2]
    mixed = of(12, b"******", b"99.00")
    assert [row for row, _, _ in told(mixed, "unreadable_number")] == [1, 3, 5, 7, 9, 11]


def test_stars_beside_numbers_that_leave_room_are_told_once_with_their_count(
    tmp_path: Path,
) -> None:
    # 12 bytes with 2 decimals hold 9 digits, the numbers have 2: every third row says nothing.
    rows = [[b"150699001001GB%05d" % n, b"99.00" if n % 3 else b"*" * 12] for n in range(12)]
    path = write_raw(tmp_path / "a.shp", [CODE, (b"ZDMJ", "N", 12, 2)], rows)
    reading = read(path, "parcels")
    assert reading.rows["area_m2"].isna().tolist() == [n % 3 == 0 for n in range(12)]
    said = reading.issues[reading.issues["code"].isin(["starred_numbers", "unreadable_number"])]
    assert said[["severity", "value"]].values.tolist() == [["warning", "ZDMJ 4 行"]]
    assert "有 4 个数" in said["message"].iloc[0]
    # Eight digits before the point leave one: so long a number may have been one too long.
    rows[1][1] = b"12345678.00"
    path = write_raw(tmp_path / "a.shp", [CODE, (b"ZDMJ", "N", 12, 2)], rows)
    assert len(told(read(path, "parcels"), "unreadable_number")) == 4


def test_numbers_gdal_writes_as_unknown_are_told_once(tmp_path: Path) -> None:
    path = tmp_path / "parcels.shp"
    codes = [f"150699001001GB{n:05d}" for n in range(12)]
    areas = [None if n % 2 else 12_345_678.5 for n in range(12)]
    table = {"ZDDM": codes, "ZDMJ": areas}
    shapes = [shapely.box(109.5 + n, 39.6, 109.501 + n, 39.601) for n in range(12)]
    pyogrio.write_dataframe(
        geopandas.GeoDataFrame(table, geometry=shapes, crs=4490), path, encoding="UTF-8"
    )
    reading = read(path, "parcels")
    assert told(reading, "unreadable_number") == []
    assert [*reading.issues["code"]].count("starred_numbers") == 1
    assert reading.rows["area_m2"].isna().tolist() == [bool(n % 2) for n in range(12)]


def test_a_long_number_keeps_every_digit(tmp_path: Path) -> None:
    # 20 digits do not fit in 64 bits, 19 do not fit in a float.
    path = write_raw(
        tmp_path / "a.shp", [CODE, (b"DZJGH", "N", 20, 0)],
        [[CODES[0], b"15069920240001234567"], [CODES[1], b"1506992024000123457"]],
    )  # fmt: skip
    rows = read(path, "parcels").rows
    assert rows["supply_no"].tolist() == ["15069920240001234567", "1506992024000123457"]


def test_a_truth_not_filled_in_is_unknown_and_never_no(tmp_path: Path) -> None:
    cells = [b"T", b"y", b"F", b"N", b"?", b" ", b"Z"]
    path = write_raw(
        tmp_path / "a.shp",
        [("编号".encode("gbk"), "C", 4, 0), ("是否平整".encode("gbk"), "L", 1, 0),
         ("完成日期".encode("gbk"), "D", 8, 0)],
        [[b"P%d" % n, cell, b"20240115"] for n, cell in enumerate(cells)],
    )  # fmt: skip
    reading = read(path, "serviced")
    known = reading.rows["is_levelled"].astype(object).where(reading.rows["is_levelled"].notna())
    assert known.tolist()[:4] == [True, True, False, False]
    assert reading.rows["is_levelled"].isna().tolist() == [False] * 4 + [True] * 3
    assert told(reading, "unknown_flag") == [(7, "is_levelled", "Z")]


def test_a_deleted_record_is_not_read_and_the_rest_keep_their_rows(tmp_path: Path) -> None:
    path = write_raw(
        tmp_path / "a.shp", [CODE, (b"ZDMJ", "N", 12, 2)],
        [[code, b"%d" % (8100 + n)] for n, code in enumerate(CODES)], deleted=[1],
    )  # fmt: skip
    reading = read(path, "parcels")
    assert reading.rows["key"].tolist() == [CODES[n].decode() for n in (0, 2, 3)]
    assert reading.rows["row_no"].tolist() == [1, 3, 4]
    assert reading.rows["area_m2"].tolist() == [8100.0, 8102.0, 8103.0]
    # The squares are 100 m apart: each row still lies under its own code.
    east = [geom.centroid.x for geom in reading.rows["geom"]]
    assert (east[1] - east[0]) / (east[2] - east[1]) == pytest.approx(2, rel=1e-3)
    issue = reading.issues[reading.issues["code"] == "deleted_records"].iloc[0]
    assert issue["severity"] == "note"
    assert "第 2 行" in issue["message"]


def test_a_head_that_counts_more_than_was_written_is_told(tmp_path: Path) -> None:
    path = write_raw(tmp_path / "a.shp", [CODE], [[code] for code in CODES])
    table = path.with_suffix(".dbf")
    raw = bytearray(table.read_bytes())
    raw[4:8] = (9).to_bytes(4, "little")
    table.write_bytes(raw)
    reading = read(path, "parcels")
    assert reading.rows["key"].tolist() == [code.decode() for code in CODES]
    assert reading.issues["code"].tolist() == ["wrong_count"]
    table.write_bytes(raw[:-25])  # a record lost: fewer rows than shapes
    with pytest.raises(DeliveryError, match="截断"):
        read(path, "parcels")


def test_a_table_with_every_record_deleted_has_no_rows(tmp_path: Path) -> None:
    path = write_raw(tmp_path / "a.shp", [CODE], [[code] for code in CODES], deleted=range(4))
    with pytest.raises(DeliveryError, match="没有数据行"):
        read(path, "parcels")


@pytest.mark.parametrize("declared", ["byte", "cpg", "named", "nothing"])
def test_one_bad_byte_spoils_one_cell(tmp_path: Path, declared: str) -> None:
    fields = [
        CODE, ("宗地面积".encode("gbk"), "N", 12, 2), ("登记日期".encode("gbk"), "D", 8, 0),
        ("权利人".encode("gbk"), "C", 30, 0),
    ]  # fmt: skip
    names = ["科技".encode("gbk") + b"\xff" + "公司".encode("gbk"), *["煤炭公司".encode("gbk")] * 3]
    path = write_raw(
        tmp_path / "a.shp", fields,
        [[code, b"8100.00", b"20240115", name] for code, name in zip(CODES, names, strict=True)],
        language=0x4D if declared == "byte" else 0, cpg="GBK" if declared == "cpg" else None,
    )  # fmt: skip
    reading = read(path, "parcels", encoding="GBK" if declared == "named" else None)
    assert reading.rows["holder"].tolist() == ["科技\ufffd公司", *["煤炭公司"] * 3]
    assert reading.rows["area_m2"].tolist() == [8100.0] * 4
    assert told(reading, "illegible_text") == [(1, "holder", "科技<FF>公司")]
    assert "lying_encoding" not in set(reading.issues["code"])


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "cp950", "gb18030"])
def test_a_character_cut_at_the_width_is_dropped_and_told(tmp_path: Path, encoding: str) -> None:
    # 12 bytes hold six characters of two bytes or four of three; the field of 11 cuts the last.
    word = {"gb18030": "工業區\U00020000"}.get(encoding, "某某工業園區公司")
    raw = word.encode(encoding)
    width = 9 if encoding == "gb18030" else 11
    whole = {"utf-8": 3, "gbk": 5, "cp950": 5, "gb18030": 3}[encoding]
    names = [raw[:width], "國有土地工業".encode(encoding)[: width - 1 - (width - 1) % 6]]
    path = write_raw(
        tmp_path / "a.shp", [CODE, (b"QLR", "C", width, 0)],
        [[CODES[0], names[0]], [CODES[1], names[1]]],
        language=0, cpg={"cp950": "Big5"}.get(encoding, encoding),
    )  # fmt: skip
    reading = read(path, "parcels")
    assert reading.rows["holder"].iloc[0] == word[:whole]
    assert told(reading, "cut_text") == [(1, "holder", word[:whole])]


def test_a_row_whose_own_code_cannot_be_read_is_rejected(tmp_path: Path) -> None:
    path = write_raw(
        tmp_path / "a.shp", [CODE, (b"QLR", "C", 20, 0)],
        [[code, "能源公司".encode("gbk")] for code in [b"15069\xff001001GB00001", *CODES[1:]]],
    )  # fmt: skip
    reading = read(path, "parcels")
    assert reading.rows["key"].tolist() == [code.decode() for code in CODES[1:]]
    assert reading.issues.set_index("row_no").loc[1, "severity"] == "error"
    assert told(reading, "illegible_text") == [(1, "parcel_code", "15069<FF>001001GB00001")]


@pytest.mark.parametrize("language", [0x4F, 0x78, 0])
def test_big5_of_microsoft_and_hong_kong_is_read(tmp_path: Path, language: int) -> None:
    # F9DA is 恒 in Microsoft's Big5 and unknown to the plain one; 8840 and up are Hong Kong's.
    names = ["歸仁恒耀工業區".encode("cp950"), "國有土地使用權出讓".encode("cp950")]
    path = write_raw(
        tmp_path / "a.shp", [CODE, (b"QLR", "C", 30, 0)],
        [[CODES[0], names[0]], [CODES[1], names[1]]], language=language,
    )  # fmt: skip
    assert read(path, "parcels").rows["holder"].tolist() == ["歸仁恒耀工業區", "國有土地使用權出讓"]
    path = write_raw(
        tmp_path / "b.shp", [CODE, (b"QLR", "C", 30, 0)],
        [[CODES[0], "國有土地工業區深水埗".encode("big5hkscs")]], cpg="Big5-HKSCS",
    )  # fmt: skip
    assert read(path, "parcels").rows["holder"].tolist() == ["國有土地工業區深水埗"]


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_a_field_name_of_eleven_bytes_cut_in_a_character_is_matched(
    tmp_path: Path, encoding: str
) -> None:
    name = "登记日期时间".encode(encoding)[:11]
    path = write_raw(
        tmp_path / "a.shp", [CODE, (name, "D", 8, 0), ("权利人".encode(encoding), "C", 30, 0)],
        [[CODES[0], b"20240115", "能源公司".encode(encoding)]], cpg=encoding,
    )  # fmt: skip
    reading = read(path, "parcels")
    assert reading.rows["holder"].tolist() == ["能源公司"]
    assert not any("\ufffd" in header for header in reading.columns_in_file)


def test_of_two_fields_with_one_name_the_first_is_used_and_told(tmp_path: Path) -> None:
    path = write_raw(
        tmp_path / "a.shp", [CODE, (b"ZDMJ", "N", 12, 2), (b"ZDMJ", "N", 12, 2)],
        [[CODES[0], b"8100.00", b"9.00"]],
    )  # fmt: skip
    reading = read(path, "parcels")
    assert reading.rows["area_m2"].tolist() == [8100.0]
    assert "duplicate_header" in set(reading.issues["code"])


def test_text_padded_with_nul_ends_there(tmp_path: Path) -> None:
    path = write_raw(
        tmp_path / "a.shp",
        [CODE, (b"QLR", "C", 12, 0)],
        [[CODES[0], b"ABC\0\0xyz"], [CODES[1], b""]],
    )
    holders = read(path, "parcels").rows["holder"]
    assert holders.iloc[0] == "ABC"
    assert pd.isna(holders.iloc[1])


def test_a_table_read_in_batches_is_the_table_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_raw(
        tmp_path / "a.shp", [CODE, (b"DJRQ", "D", 8, 0), (b"QLR", "C", 8, 0)],
        [[b"150699001001GB%05d" % n, b"2024%02d31" % (n + 1), b"\xb9\xab\xff" if n == 7 else b"A"]
         for n in range(10)], deleted=[3],
    )  # fmt: skip
    whole = read(path, "parcels")
    monkeypatch.setattr("gis.intake.batches.ROWS_AT_ONCE", 4)
    monkeypatch.setattr("gis.intake.batches._SMALL_BYTES", 1)
    with in_batches(path, "parcels") as batches:
        frames = list(batches.frames())
        issues = batches.reading.issues
    assert [len(frame) for frame in frames] == [4, 4, 1]
    rows = pd.concat(frames, ignore_index=True)
    columns = ["key", "row_no", "registered_on", "holder"]
    pd.testing.assert_frame_equal(rows[columns], whole.rows[columns])
    pd.testing.assert_frame_equal(issues, whole.issues)
    # 31 February, April, June, September are no days; November is row 11.
    assert [row for row, _, _ in told(whole, "impossible_day")] == [2, 6, 9]
    assert told(whole, "illegible_text") == [(8, "holder", "公<FF>")]


def test_a_named_encoding_is_obeyed_and_what_does_not_fit_is_told(tmp_path: Path) -> None:
    names = ["能源公司".encode("gbk")] * 3 + ["能源公司".encode()]
    path = write_raw(
        tmp_path / "a.shp", [CODE, (b"QLR", "C", 20, 0)],
        [[code, name] for code, name in zip(CODES, names, strict=True)], language=0,
    )  # fmt: skip
    reading = read(path, "parcels", encoding="GBK")
    assert reading.rows["holder"].tolist()[:3] == ["能源公司"] * 3
    with pytest.raises(DeliveryError, match="--encoding"):
        read(write_shapefile(tmp_path / "b.shp"), "parcels", encoding="UTF-8")
