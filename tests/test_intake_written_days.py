"""The same days in every form: what the file says, and never another day."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import geopandas
import pandas as pd
import pyogrio
import pytest
import shapely

from gis.intake.batches import in_batches
from gis.intake.read import Reading, read
from tests.intake_samples import squares

CODES = [f"150699001001GB{n:05}" for n in range(1, 9)]
# 16:00 UTC is 24:00 and so 00:00 of the next day in Beijing; 23:59 in Beijing is still 1 March.
WRITTEN = {
    "2024-03-01T16:00:00Z": "2024-03-02",
    "2024-03-01T16:00:00.000Z": "2024-03-02",
    "2024-03-01T16:00:00+00:00": "2024-03-02",
    "2024-03-02T00:00:00+08:00": "2024-03-02",
    "2024-03-01T11:00:00-05:00": "2024-03-02",
    "2024-03-01T15:59:59Z": "2024-03-01",
    "2024-03-01T16:00:00": "2024-03-01",
    "2024-03-01": "2024-03-01",
}
IMPOSSIBLE = ["2024-02-30", "2024-04-31", "2024-13-01", "2023-02-29", "2024-06-31T16:00:00Z"]


def told(reading: Reading, code: str) -> list[tuple[int, str, str]]:
    found = reading.issues[reading.issues["code"] == code]
    return list(zip(found["row_no"], found["field"], found["value"], strict=True))


def shapes(count: int) -> geopandas.GeoSeries:
    return geopandas.GeoSeries(squares(count), crs="EPSG:4525").to_crs(4326)


def geojson(path: Path, days: Sequence[object]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"宗地代码": code, "登记日期": day},
            "geometry": shapely.geometry.mapping(shape),
        }
        for code, day, shape in zip(CODES, days, shapes(len(days)), strict=False)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def geopackage(path: Path, days: Sequence[str], kind: str) -> Path:
    """A GeoPackage with a DATE or DATETIME column of texts that nobody proved."""
    count = len(days)
    pyogrio.raw.write(
        path, shapely.to_wkb(squares(count)),
        [pd.array(CODES[:count]).to_numpy(object), pd.to_datetime(["2024-01-01"] * count).to_numpy(
            "M8[D]" if kind == "DATE" else "M8[ms]")],
        ["宗地代码", "登记日期"], geometry_type="Polygon", crs="EPSG:4525", layer="宗地",
    )  # fmt: skip
    with sqlite3.connect(path) as database:
        assert kind in database.execute(
            "SELECT sql FROM sqlite_master WHERE name = '宗地'"
        ).fetchone()[0].split("登记日期")[1]  # fmt: skip
        for (name,) in database.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        for row, day in enumerate(days, 1):
            database.execute('UPDATE "宗地" SET "登记日期" = ? WHERE fid = ?', (day, row))
    database.close()
    return path


def kml(path: Path, days: Sequence[str], type_: str) -> Path:
    places = "".join(
        f'<Placemark><ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="宗地代码">{code}'
        f'</SimpleData><SimpleData name="登记日期">{day}</SimpleData></SchemaData></ExtendedData>'
        "<Polygon><outerBoundaryIs><LinearRing><coordinates>"
        + " ".join(f"{x:.9f},{y:.9f}" for x, y in shape.exterior.coords)
        + "</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
        for code, day, shape in zip(CODES, days, shapes(len(days)), strict=False)
    )
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        '<Document><Schema name="s" id="s"><SimpleField name="宗地代码" type="string"/>'
        f'<SimpleField name="登记日期" type="{type_}"/></Schema>{places}</Document></kml>',
        encoding="utf-8",
    )
    return path


def flatgeobuf(path: Path, days: Sequence[str]) -> Path:
    """A FlatGeobuf with a column of instants: it keeps them as text."""
    source = geojson(path.with_suffix(".geojson"), ["2024-01-01T00:00:00Z"] * len(days))
    _, table = pyogrio.read_arrow(source)
    pyogrio.write_arrow(
        table, path, driver="FlatGeobuf", geometry_name="wkb_geometry", geometry_type="Polygon",
        crs="EPSG:4326", SPATIAL_INDEX="NO",
    )  # fmt: skip
    raw = path.read_bytes()
    old = b"2024-01-01T00:00:00Z"
    assert raw.count(old) == len(days)
    for day in days:
        raw = raw.replace(old, day.encode().ljust(len(old)), 1)
    path.write_bytes(raw)
    return path


def made(form: str, folder: Path, days: Sequence[str]) -> Path:
    if form == "geojson":
        return geojson(folder / "a.geojson", days)
    if form in {"DATE", "DATETIME"}:
        return geopackage(folder / "a.gpkg", days, form)
    if form in {"string", "date"}:
        return kml(folder / "a.kml", days, form)
    frame = pd.DataFrame({"宗地代码": CODES[: len(days)], "登记日期": list(days)})
    if form == "parquet":
        geopandas.GeoDataFrame(frame, geometry=squares(len(days)), crs="EPSG:4525").to_parquet(
            folder / "a.parquet"
        )
        return folder / "a.parquet"
    frame.assign(WKT=shapely.to_wkt(squares(len(days)))).to_csv(folder / "a.csv", index=False)
    return folder / "a.csv"


def placed(form: str, path: Path) -> Reading:
    return read(path, "parcels", crs="EPSG:4525" if form == "csv" else None)


FORMS = ["geojson", "DATE", "DATETIME", "string", "date", "parquet", "csv"]


@pytest.mark.parametrize("form", FORMS)
def test_an_instant_is_its_day_in_beijing_in_every_mixture(tmp_path: Path, form: str) -> None:
    rows = placed(form, made(form, tmp_path, list(WRITTEN))).rows
    days = dict(zip(rows["key"], rows["registered_on"].dt.strftime("%Y-%m-%d"), strict=True))
    assert days == dict(zip(CODES, WRITTEN.values(), strict=True))


@pytest.mark.parametrize("form", FORMS)
def test_a_day_that_never_was_is_told_and_emptied(tmp_path: Path, form: str) -> None:
    reading = placed(form, made(form, tmp_path, [*IMPOSSIBLE, "2024-02-29"]))
    first = 2 if form == "csv" else 1
    assert reading.rows["registered_on"].isna().tolist() == [True] * 5 + [False]
    assert reading.rows["registered_on"].iloc[5] == pd.Timestamp(2024, 2, 29)
    assert told(reading, "impossible_day") == [
        (first + n, "registered_on", day) for n, day in enumerate(IMPOSSIBLE)
    ]
    assert "sentinel_day" not in set(reading.issues["code"])


@pytest.mark.parametrize("form", FORMS)
def test_a_month_is_read_by_the_columns_own_rule_and_told(tmp_path: Path, form: str) -> None:
    reading = placed(form, made(form, tmp_path, ["2024-05", "2024-05-20"]))
    assert reading.rows["registered_on"].tolist() == [
        pd.Timestamp(2024, 5, 1), pd.Timestamp(2024, 5, 20),
    ]  # fmt: skip
    assert [value for _, _, value in told(reading, "month_without_day")] == ["2024-05"]


def test_flatgeobuf_keeps_what_was_written(tmp_path: Path) -> None:
    days = ["2024-03-01T16:00:00Z", "2024-02-30T00:00:00Z", "2024-03-01"]
    reading = read(flatgeobuf(tmp_path / "a.fgb", days), "parcels")
    rows = reading.rows.set_index("key")["registered_on"]
    assert rows[CODES[0]] == pd.Timestamp(2024, 3, 2)
    assert pd.isna(rows[CODES[1]])
    assert rows[CODES[2]] == pd.Timestamp(2024, 3, 1)
    assert len(told(reading, "impossible_day")) == 1


def test_epoch_milliseconds_of_a_web_export_are_days_in_beijing(tmp_path: Path) -> None:
    # 1,709,308,800 s = 19,783 days and 16 h after 1970-01-01: 2024-03-01 16:00 UTC.
    path = geojson(tmp_path / "a.geojson", [1709308800000, 1709308799000])
    rows = read(path, "parcels").rows
    assert rows["registered_on"].tolist() == [pd.Timestamp(2024, 3, 2), pd.Timestamp(2024, 3, 1)]


def test_odd_days_of_a_geopackage_stay_with_their_rows_in_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    days = ["2024-01-15", "2024-02-30", "2024-03-15", "20240431", "2024-05-15", "2024-13-01"]
    path = geopackage(tmp_path / "a.gpkg", days, "DATE")
    monkeypatch.setattr("gis.intake.batches.ROWS_AT_ONCE", 4)
    monkeypatch.setattr("gis.intake.batches._SMALL_BYTES", 1)
    with in_batches(path, "parcels") as batches:
        frames = list(batches.frames())
        issues = batches.reading.issues
    assert [len(frame) for frame in frames] == [4, 2]
    known = pd.concat(frames)["registered_on"]
    assert known.isna().tolist() == [False, True] * 3
    found = issues[issues["code"] == "impossible_day"]
    assert found["row_no"].tolist() == [2, 4, 6]
    assert found["value"].tolist() == ["2024-02-30", "20240431", "2024-13-01"]


@pytest.mark.parametrize(
    ("raw", "code", "holder"),
    [
        ("能源".encode() + b"\xff" + "公司".encode(), "illegible_text", "能源\ufffd公司"),
        ("鄂尔多斯市能源公司".encode("gbk"), "lying_encoding", "鄂尔多斯市能源公司"),
    ],
)
def test_text_of_a_geopackage_that_is_no_utf8_spoils_no_file(
    tmp_path: Path, raw: bytes, code: str, holder: str
) -> None:
    path = geopackage(tmp_path / "a.gpkg", ["2024-01-15", "2024-01-16"], "DATE")
    with sqlite3.connect(path) as database:
        database.execute('ALTER TABLE "宗地" ADD COLUMN "权利人" TEXT')
        database.execute('UPDATE "宗地" SET "权利人" = CAST(? AS TEXT) WHERE fid = 2', (raw,))
        database.execute('UPDATE "宗地" SET "权利人" = ? WHERE fid = 1', ("煤炭公司",))
    database.close()
    reading = read(path, "parcels")
    assert reading.rows["holder"].tolist() == ["煤炭公司", holder]
    assert code in set(reading.issues["code"])


def test_a_bad_byte_in_geojson_and_kml_spoils_one_cell(tmp_path: Path) -> None:
    path = geojson(tmp_path / "a.geojson", ["2024-01-15", "2024-01-16"])
    text = path.read_bytes().replace(b'"2024-01-15"', b'"2024-01-15", "\\u6743\\u5229\\u4eba": "@"')
    for raw in ("能源".encode() + b"\xff" + "公司".encode(), "能源".encode("gbk") + b"\xff"):
        path.write_bytes(text.replace(b"@", raw))
        reading = read(path, "parcels", encoding="UTF-8" if raw[0] == 0xE8 else "GBK")
        assert reading.rows["registered_on"].notna().all()
        assert [value for _, _, value in told(reading, "illegible_text")] == [
            "能源<FF>公司" if raw[0] == 0xE8 else "能源<FF>"
        ]
    path = kml(tmp_path / "a.kml", ["2024-01-15", "2024年1月16日"], "string")
    path.write_bytes(path.read_bytes().replace("年1月".encode(), b"-1-\xfe"))
    reading = read(path, "parcels")
    assert [row for row, _, _ in told(reading, "illegible_text")] == [2]
    assert reading.rows["registered_on"].isna().tolist() == [False, True]
