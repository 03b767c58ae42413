"""Texts with a bad byte, a joint, a number or a nesting that nobody writes: told, never lost."""

from __future__ import annotations

import json
import sqlite3
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from gis.errors import DeliveryError
from gis.intake.read import Reading, read
from tests.intake_samples import CODES, parcels, write_workbook
from tests.test_intake_plot_heads import FULL, HEAD, SQUARE

HEADER = "电子监管号,面积,受让人\n"


def told(reading: Reading, code: str) -> list[tuple[Any, ...]]:
    found = reading.issues[reading.issues["code"] == code]
    return [
        (None if pd.isna(n) else int(n), v)
        for n, v in zip(found["row_no"], found["value"], strict=True)
    ]


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["gbk", "utf-8"])
def test_a_short_register_with_one_bad_byte_is_a_register(tmp_path: Path, encoding: str) -> None:
    word = "科技".encode(encoding)
    raw = (HEADER + "A1,1,科技公司\nA2,2,能源公司\n").encode(encoding)
    path = written(tmp_path / "a.csv", raw.replace(word, word + b"\xff"))
    reading = read(path, "supplies")
    assert reading.rows["holder"].tolist() == ["科技\ufffd公司", "能源公司"]
    assert told(reading, "illegible_text") == [(2, "科技<FF>公司")]


def test_a_bad_byte_in_a_header_loses_no_column(tmp_path: Path) -> None:
    area = "面积".encode("gbk")
    raw = (HEADER + "A1,1,科技公司\n").encode("gbk").replace(area, area + b"\xff", 1)
    reading = read(written(tmp_path / "a.csv", raw), "supplies")
    assert reading.rows["area_m2"].tolist() == [10_000.0]
    assert told(reading, "illegible_text") == [(None, "面积<FF>")]
    assert reading.mapping["面积\ufffd"] == "area_m2"


@pytest.mark.parametrize(
    "second", ["电子监管号,面积(亩),受让人", "电子监管号,面积（平方米）,受让人"]
)
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_second_header_with_another_unit_takes_no_row_away(
    tmp_path: Path, second: str, form: str
) -> None:
    """The first file's row stood above a header that knows a unit: taken for its title."""
    lines = [HEADER.strip(), "A1,1,甲", second, "B1,2,乙"]
    path = written(tmp_path / "a.csv", "\n".join([*lines, ""]).encode())
    if form == "xlsx":
        path = write_workbook(tmp_path / "a.xlsx", 供地=[line.split(",") for line in lines])
    with pytest.raises(DeliveryError, match="第 3 行另有表头，单位不同"):
        read(path, "supplies")


def test_a_bad_byte_and_a_cell_in_gbk_are_two_things(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    parcels().assign(权利人="能源公司").to_file(path, layer="宗地")
    with sqlite3.connect(path) as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in names:
            database.execute(f'DROP TRIGGER "{name}"')
        for fid, raw in (
            (2, "科技".encode() + b"\xff" + "公司".encode()),
            (3, "科技公司".encode("gbk")),
        ):
            database.execute("UPDATE 宗地 SET 权利人 = CAST(? AS TEXT) WHERE fid = ?", (raw, fid))
    database.close()
    reading = read(path, "parcels")
    expected = ["能源公司", "科技\ufffd公司", "科技公司"]
    assert reading.rows["holder"].tolist()[:3] == expected
    assert told(reading, "illegible_text") == [(2, "科技<FF>公司")]


def feature_collection(**more: object) -> bytes:
    shape = shapely.geometry.mapping(parcels().to_crs(4490).geometry[0])
    feature = {"type": "Feature", "properties": {"宗地代码": CODES[0]}, "geometry": shape}
    return json.dumps({"type": "FeatureCollection", **more, "features": [feature]}).encode()


@pytest.mark.parametrize(
    "system",
    [None, {}, {"type": "name"}, {"type": "name", "properties": {}}, "EPSG:4490", 4490,
     {"type": "name", "properties": {"name": "unknown"}},
     {"type": "name", "properties": {"name": "Undefined geographic SRS"}},
     {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::999999"}}],
)  # fmt: skip
def test_a_geojson_whose_system_is_no_system_lies_nowhere(tmp_path: Path, system: object) -> None:
    path = written(tmp_path / "a.geojson", feature_collection(crs=system))
    with pytest.raises(DeliveryError, match="没有坐标系"):
        read(path, "parcels")
    assert len(read(path, "parcels", crs="EPSG:4490").rows) == 1


@pytest.mark.parametrize(
    "name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4490", "urn:ogc:def:crs:EPSG::4490", "WGS84"]
)
def test_a_geojson_that_names_its_system_is_taken_at_its_word(tmp_path: Path, name: str) -> None:
    system = {"type": "name", "properties": {"name": name}}
    path = written(tmp_path / "a.geojson", feature_collection(crs=system))
    assert len(read(path, "parcels").rows) == 1


@pytest.mark.parametrize("declared", ["GBK", "gb2312", "GB18030", "UTF-8", None])
def test_a_kml_is_read_in_the_encoding_it_came_in(tmp_path: Path, declared: str | None) -> None:
    said = f' encoding="{declared}"' if declared else ""
    text = (
        f'<?xml version="1.0"{said}?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
        f'<Placemark><ExtendedData><Data name="宗地代码"><value>{CODES[0]}</value></Data>'
        '<Data name="权利人"><value>科技能源公司</value></Data></ExtendedData><Polygon>'
        "<outerBoundaryIs><LinearRing><coordinates>110,40 110.001,40 110.001,40.001 110,40"
        "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"
    )
    path = written(tmp_path / "a.kml", text.encode(declared or "utf-8"))
    assert read(path, "parcels").rows["holder"].tolist() == ["科技能源公司"]


@pytest.mark.parametrize(
    ("what", "by"),
    [("带号=37", "带号=" + "9" * 10_000), ("J2,1,", "J2," + "9" * 30 + ","),
     ("J2,1,", "J2," + "9" * 10_000 + ","), ("5,1.0000", "9" * 10_000 + ",1.0000"),
     ("4360100.000", "4" * 10_000), ("4360100.000", "1e999999999")],
)  # fmt: skip
def test_numbers_without_end_are_no_numbers(tmp_path: Path, what: str, by: str) -> None:
    path = written(tmp_path / "a.txt", (HEAD + FULL + "\n" + SQUARE).replace(what, by, 1).encode())
    try:
        reading = read(path, "parcels")
    except DeliveryError:
        return
    assert len(reading.issues) > 0


def test_a_shape_as_text_heads_no_column_and_costs_no_minutes(tmp_path: Path) -> None:
    """Collections nested 200,000 deep, 3.8 million letters, took minutes: a header read squared."""
    nested = "GEOMETRYCOLLECTION(" * 200_000
    path = written(tmp_path / "a.csv", f'宗地代码,几何\n{CODES[0]},"{nested}"\n'.encode())
    began = time.process_time()
    reading = read(path, "parcels", crs="EPSG:4525")
    assert time.process_time() - began < 20
    assert told(reading, "unreadable_shape")[0][0] == 2


def test_one_long_shape_makes_the_others_no_longer(tmp_path: Path) -> None:
    """400 rows, one of 500,000 letters: as an array of even width 400 x 500,000 x 4 = 800 MB."""
    points = ",".join(f"{37_431_000 + n} {4_400_500 + n % 2}" for n in range(25_000))
    long = f"POLYGON(({points},37431000 4400400,37431000 4400500))"
    short = "POLYGON((37431000 4400500,37431090 4400500,37431090 4400590,37431000 4400500))"
    shapes = [long, *[short] * 399]
    text = "宗地代码,几何\n" + "".join(f'{n},"{shape}"\n' for n, shape in enumerate(shapes))
    path = written(tmp_path / "a.csv", text.encode())
    tracemalloc.start()
    try:
        reading = read(path, "parcels", crs="EPSG:4525")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert reading.row_count == 400
    assert peak < 200 << 20


def test_a_doubtful_cell_is_found_among_texts_that_repeat_and_texts_that_do_not(
    tmp_path: Path,
) -> None:
    numbers = [f"1502062012B{n:05d}" for n in range(2_500)]
    names = ["甲公司", "乙公司"] * 1_250
    # Behind the rows from which it is seen whether texts repeat themselves; the head is line 1.
    numbers[2_100] = "1502062012B0O017"
    names[2_200], names[2_301] = "甲\u200b公司", "\u3000乙公司 "
    path = tmp_path / "供应.csv"
    rows = zip(numbers, names, strict=True)
    path.write_text(HEADER + "".join(f"{number},1,{name}\n" for number, name in rows))
    reading = read(path, "supplies")
    assert told(reading, "lookalike_sign") == [(2_102, "1502062012B0O017")]
    assert told(reading, "control_characters") == [(None, "甲\u200b公司")]
    assert reading.rows["holder"].tolist() == ["甲公司", "乙公司"] * 1_250
    assert reading.rows["supply_no"].tolist() == numbers
