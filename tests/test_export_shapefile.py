"""The shapefile of disposal targets is read right by GDAL and geopandas, and loses nothing."""

from __future__ import annotations

import os
import re
import subprocess
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas
import pandas as pd
import pytest
import shapely

from gis import result_tables
from gis.errors import UsageError
from gis.outputs.export import write as export
from gis.outputs.export.columns import spread
from gis.outputs.export.shapefile import CELL_BYTES

NAME = "内蒙古鄂尔多斯新型材料产业园标准厂房一期"
LONG = "鄂" * 84  # 252 bytes in UTF-8: the longest Chinese value a cell holds
TOO_LONG = "伊金霍洛旗乌兰木伦镇" * 12  # 120 characters: 360 bytes in UTF-8, 240 in GBK
ARTICLE = "《闲置土地处置办法》第十四条第（一）项"


@dataclass(frozen=True)
class Run:
    id: int = 7
    as_of: date = date(2024, 6, 30)


RUN = Run()


def findings(**columns: list[object]) -> pd.DataFrame:
    """Six findings: two targets of each rule, a candidate, a clear one; 100 m x 200 m squares."""
    square = [shapely.box(109.8 + n / 100, 39.6, 109.801 + n / 100, 39.602) for n in range(6)]
    table: dict[str, list[object]] = {
        "subject": [f"15062720{n:02d}B00{n}" for n in range(6)],
        "rule": ["idle_land"] * 4 + ["unsupplied"] * 2,
        "outcome": ["suspected_idle", "found_idle", "candidate", "clear", "lapsed", "to_supply"],
        "track": ["fee", "recovery", "fee", None, None, None],
        "evidence_grade": ["patrol", "document", "none", "reported", None, None],
        "start_state": ["not_started", "not_started", "not_reported", "started", None, None],
        "since_on": ["2022-03-02", "2021-01-01", "2022-05-06", None, "2020-07-08", None],
        "next_on": ["2025-03-02", None, None, None, None, None],
        "next_event": ["recovery", None, None, None, None, None],
        "area_m2": [46_993.8, 20_000.0, 10_000.0, 5_000.0, 1_234.567, None],
        "fee_fen": [46_523_400, None, None, None, None, None],
        "fee_if_confirmed_fen": [None, 1_000, 2_000, None, None, None],
        "article": [ARTICLE] * 6,
        "missing": [None] * 6,
        "region_code": ["150627"] * 6,
        "block_code": ["A-01"] * 6,
        "name": [NAME, LONG, "包头", None, TOO_LONG, "无形"],
        "geom": [*square[:5], None],
    }
    frame = pd.DataFrame(table | columns)
    frame["clashes"] = None
    for column in result_tables.TABLES["finding"].columns:
        if column.type == "day":
            frame[column.name] = pd.to_datetime(frame[column.name]).astype("datetime64[s]")
        elif column.type == "money":
            frame[column.name] = frame[column.name].astype("Int64")
        elif column.type == "area":
            frame[column.name] = frame[column.name].astype("float64")
        else:
            frame[column.name] = frame[column.name].astype("str")
    return frame


def ogrinfo(path: Path, **variables: str) -> str:
    done = subprocess.run(
        ["ogrinfo", "-ro", "-al", str(path)],
        capture_output=True,
        check=True,
        env={"PATH": os.environ["PATH"], **variables},
    )
    assert done.stderr == b""
    return done.stdout.decode("utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
def test_gdal_reads_every_chinese_value_intact_in_any_locale(
    tmp_path: Path, encoding: str, locale: str
) -> None:
    out = tmp_path / "targets.shp"
    export.write(RUN, findings(), "targets", out, "shp", encoding=encoding)
    text = ogrinfo(out, LC_ALL=locale)
    assert f"MC (String) = {NAME}\n" in text
    assert f"MC (String) = {LONG}\n" in text
    assert f"FLYJ (String) = {ARTICLE}\n" in text
    assert "JGMC (String) = 疑似闲置\n" in text
    assert "CZFXZ (Date) = 2022/03/02\n" in text
    assert "JCDX (String) = 1506272000B000\n" in text


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_geopandas_reads_back_what_was_written(tmp_path: Path, encoding: str) -> None:
    out = tmp_path / "处置对象.shp"
    export.write(RUN, findings(), "targets", out, "shp", encoding=encoding)
    back = geopandas.read_file(out)
    assert back["MC"].tolist()[:2] == [NAME, LONG]
    assert back["JGMC"].tolist() == ["疑似闲置", "已认定闲置", "批文失效（核销）"]
    assert back["JGDM"].tolist() == ["suspected_idle", "found_idle", "lapsed"]
    assert back["MJ"].tolist() == [46_993.8, 20_000.0, 1_234.57]
    assert back["MJGQ"].tolist() == [4.6994, 2.0, 0.1235]
    assert back["MJM"].tolist() == [70.49, 30.0, 1.85]
    assert back["XZFY"].tolist()[0] == 465_234.0
    assert back["XZFY"].isna().tolist() == [False, True, True]
    assert back.crs.to_epsg() == 4490
    assert shapely.area(back.geometry.to_numpy()) == pytest.approx([0.000002] * 3, rel=1e-9)


@pytest.mark.parametrize(("encoding", "byte", "cpg"), [("utf-8", 0, "UTF-8"), ("gbk", 0x4D, "936")])
def test_language_byte_and_cpg_say_the_same(
    tmp_path: Path, encoding: str, byte: int, cpg: str
) -> None:
    out = tmp_path / "x.shp"
    export.write(RUN, findings(), "targets", out, "shp", encoding=encoding)
    assert out.with_suffix(".dbf").read_bytes()[29] == byte
    assert out.with_suffix(".cpg").read_bytes() == cpg.encode()


def test_gbk_is_read_right_even_where_the_cpg_was_lost(tmp_path: Path) -> None:
    out = tmp_path / "x.shp"
    export.write(RUN, findings(), "targets", out, "shp", encoding="gbk")
    out.with_suffix(".cpg").unlink()
    assert f"MC (String) = {NAME}\n" in ogrinfo(out, LC_ALL="C")


def test_a_value_longer_than_a_cell_is_kept_whole_beside_and_marked(tmp_path: Path) -> None:
    out = tmp_path / "x.shp"
    written = export.write(RUN, findings(), "targets", out, "shp")
    assert written.shortened == 1
    cell = geopandas.read_file(out)["MC"].iloc[2]
    # 254 bytes hold "…" (3) and 83 characters of 3 bytes: 252.
    assert cell == TOO_LONG[:83] + "…"
    assert len(cell.encode()) <= CELL_BYTES
    beside = pd.read_csv(tmp_path / "x_全文.csv", dtype=str)
    assert beside["全文"].tolist() == [TOO_LONG]
    assert beside["字段名"].tolist() == ["MC"]
    assert beside["监测对象"].tolist() == ["1506272004B004"]


def test_gbk_holds_the_same_value_in_two_bytes_a_character(tmp_path: Path) -> None:
    out = tmp_path / "x.shp"
    written = export.write(RUN, findings(), "targets", out, "shp", encoding="gbk")
    assert written.shortened == 0
    assert geopandas.read_file(out)["MC"].iloc[2] == TOO_LONG
    assert not (tmp_path / "x_全文.csv").exists()


def test_a_character_gbk_does_not_have_is_told_not_lost(tmp_path: Path) -> None:
    out = tmp_path / "x.shp"
    rare = "𠮷祥公司"
    given = findings(name=[rare, LONG, "包头", None, "甲", "乙"])
    written = export.write(RUN, given, "targets", out, "shp", encoding="gbk")
    assert written.shortened == 1
    assert geopandas.read_file(out)["MC"].iloc[0] == "〓祥公司"
    assert pd.read_csv(tmp_path / "x_全文.csv")["全文"].tolist() == [rare]


def test_rows_without_a_shape_are_listed_and_counted(tmp_path: Path) -> None:
    out = tmp_path / "targets.shp"
    written = export.write(RUN, findings(), "targets", out, "shp")
    assert (written.rows, written.without_shape) == (4, 1)
    listed = pd.read_csv(tmp_path / "targets_无图形.csv", dtype=str)
    assert listed["监测对象"].tolist() == ["1506272005B005"]
    assert listed["结果"].tolist() == ["应供应"]
    assert written.files[-1] == out


def test_candidates_travel_in_a_file_of_their_own(tmp_path: Path) -> None:
    both = export.targets(RUN, findings(), tmp_path / "处置对象.shp")
    assert [one.rows for one in both] == [4, 1]
    second = geopandas.read_file(tmp_path / "处置对象_待核实.shp")
    assert second["JGDM"].tolist() == ["candidate"]
    assert "candidate" not in geopandas.read_file(tmp_path / "处置对象.shp")["JGDM"].tolist()


def test_an_empty_list_is_a_valid_empty_shapefile(tmp_path: Path) -> None:
    out = tmp_path / "none.shp"
    written = export.write(RUN, findings().iloc[:0], "targets", out, "shp")
    assert written.rows == 0
    text = ogrinfo(out)
    assert "Geometry: Polygon" in text
    assert "Feature Count: 0" in text
    assert "CZFXZ: Date" in text
    assert len(geopandas.read_file(out)) == 0


def test_names_are_short_ascii_and_the_dictionary_explains_each(tmp_path: Path) -> None:
    out = tmp_path / "x.shp"
    export.write(RUN, findings(), "targets", out, "shp")
    names = [name for name in geopandas.read_file(out).columns if name != "geometry"]
    assert all(re.fullmatch(r"[A-Z]{1,10}", name) for name in names)
    raw = (tmp_path / "x_字段说明.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    dictionary = pd.read_csv(tmp_path / "x_字段说明.csv", dtype=str).set_index("字段名")
    assert dictionary.index.tolist() == names
    assert dictionary.loc["MJM", "单位"] == "亩"
    assert "suspected_idle＝疑似闲置" in dictionary.loc["JGDM", "代码含义"]


def test_titles_and_short_names_of_the_list_are_unique() -> None:
    fields = spread(findings(), 1, RUN.as_of).fields
    assert len({one.short for one in fields}) == len(fields)
    assert len({one.title for one in fields}) == len(fields)
    assert {one.type for one in fields} == {"text", "day", "number", "integer"}


def test_a_zone_is_written_with_a_prj_that_arcgis_knows(tmp_path: Path) -> None:
    out = tmp_path / "x.shp"
    export.write(RUN, findings(), "targets", out, "shp", epsg=4525)
    prj = out.with_suffix(".prj").read_text()
    assert prj.startswith('PROJCS["CGCS2000_3_Degree_GK_Zone_37"')
    assert 'PROJECTION["Gauss_Kruger"]' in prj
    back = geopandas.read_file(out)
    assert back.crs.to_epsg() == 4525
    west, south, _, _ = back.total_bounds
    # Zone 37 stands before the easting; 109.8 E lies west of its meridian 111 E.
    assert 37_390_000 < west < 37_400_000
    assert 4_380_000 < south < 4_390_000


def test_a_shape_of_many_parts_with_a_hole_keeps_its_area(tmp_path: Path) -> None:
    ring = shapely.box(110, 39, 110.01, 39.01).difference(
        shapely.box(110.002, 39.002, 110.004, 39.004)
    )
    many = shapely.union(ring, shapely.box(110.02, 39, 110.03, 39.01))
    given = findings(geom=[many, None, None, None, None, None])
    out = tmp_path / "x.shp"
    export.write(RUN, given, "targets", out, "shp")
    back = geopandas.read_file(out).geometry.iloc[0]
    assert back.geom_type == "MultiPolygon"
    assert back.area == pytest.approx(many.area, rel=1e-12)


def test_a_second_export_takes_the_place_of_the_first_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "x.shp"
    export.write(RUN, findings(), "targets", out, "shp")
    (tmp_path / "x.qix").write_bytes(b"an index of the old shapes")
    everything_drawn = findings(geom=[shapely.box(110, 39, 110.1, 39.1)] * 6, name=["甲"] * 6)
    export.write(RUN, everything_drawn, "targets", out, "shp")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["x.shp", "x.shx", "x.dbf", "x.prj", "x.cpg", "x_字段说明.csv"]
    )
    assert len(geopandas.read_file(out)) == 4


def test_equal_findings_give_equal_bytes_and_a_zip_too(tmp_path: Path) -> None:
    for name in ("a", "b"):
        export.write(RUN, findings(), "targets", tmp_path / name / "x.shp", "shp")
        export.write(RUN, findings(), "targets", tmp_path / name / "x.zip", "shp")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
    with zipfile.ZipFile(tmp_path / "a" / "x.zip") as archive:
        assert "x_无图形.csv" in archive.namelist()
    assert len(geopandas.read_file(tmp_path / "a" / "x.zip")) == 3


def test_a_failure_leaves_the_old_shapefile_untouched(tmp_path: Path) -> None:
    out = tmp_path / "x.shp"
    export.write(RUN, findings(), "targets", out, "shp")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    beyond = findings(geom=[shapely.box(400, 95, 401, 96)] * 6)
    with pytest.raises(Exception, match="no place"):
        export.write(RUN, beyond, "targets", out, "shp", epsg=4525)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("name", "file_format", "options"),
    [
        ("x.gpkg", "shp", {}),
        ("x.dxf", "dxf", {}),
        ("x.shp", "shp", {"encoding": "big5"}),
        ("x.csv", "csv", {"encoding": "gbk"}),
        ("x.geojson", "geojson", {"epsg": 4525}),
        ("x.shp", "shp", {"epsg": 3857}),
        ("x.gpkg", "gpkg", {"epsg": 4326}),
    ],
)
def test_a_wrong_option_is_refused_with_the_mend(
    tmp_path: Path, name: str, file_format: str, options: dict[str, object]
) -> None:
    with pytest.raises(UsageError) as refused:
        export.write(RUN, findings(), "targets", tmp_path / name, file_format, **options)
    assert refused.value.mend
    assert list(tmp_path.iterdir()) == []
