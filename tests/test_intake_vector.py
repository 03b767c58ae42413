"""Vector files of every form, and Chinese shapefiles above all."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pyarrow.parquet
import pytest
import shapely
from intake_samples import (
    AREA_M2,
    CODES,
    COUNT,
    parcels,
    set_language_byte,
    squares,
    write_all,
    write_shapefile,
)

from gis.crs import transform
from gis.errors import DeliveryError
from gis.geometry.areas import ellipsoidal_area_m2, planar_area_m2
from gis.intake.read import Reading, read

FORMS = ("shapefile", "geopackage", "flatgeobuf", "filegdb", "geojson", "kml", "parquet", "zip")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every form with the same ten parcels."""
    return write_all(tmp_path_factory.mktemp("forms"))


def codes(reading: Reading) -> set[str]:
    return set(reading.issues["code"])


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_ten_parcels(files: dict[str, Path], form: str) -> None:
    reading = read(files[form], "parcels")
    rows = reading.rows
    assert reading.row_count == len(rows) == COUNT
    assert sorted(rows["key"]) == CODES  # FlatGeobuf orders its features by place
    assert rows["row_no"].tolist() == list(range(1, COUNT + 1))
    assert rows["area_m2"].tolist() == [AREA_M2] * COUNT
    assert rows["location"].tolist() == ["康巴什区"] * COUNT
    assert set(rows["registered_on"]) == {pd.Timestamp(2016, 8, 28)}
    areas = planar_area_m2(transform.to_zone(rows["geom"].to_numpy(), 37))
    assert areas == pytest.approx(AREA_M2, abs=2e-2)
    assert set(rows["source_epsg"]) == {4326 if form in {"geojson", "kml"} else 4525}
    assert {geom.geom_type for geom in rows["geom"]} == {"Polygon"}


@pytest.mark.parametrize("encoding", ["GBK", "GB18030", "UTF-8", "BIG5"])
@pytest.mark.parametrize("has_cpg", [False, True])
def test_a_chinese_shapefile_reads_right_with_and_without_cpg(
    tmp_path: Path, encoding: str, has_cpg: bool
) -> None:
    path = tmp_path / "宗地.shp"
    if encoding == "BIG5":
        frame = parcels()[["geometry"]].assign(ZDDM=CODES, ZL="土地使用權人國有土地")
        frame.to_file(path, encoding="BIG5")
        if not has_cpg:
            path.with_suffix(".cpg").unlink()
        assert read(path, "parcels").rows["location"].tolist() == ["土地使用權人國有土地"] * COUNT
        return
    write_shapefile(path, encoding, has_cpg)
    reading = read(path, "parcels")
    assert reading.rows["location"].tolist() == ["康巴什区"] * COUNT
    assert ("guessed_encoding" in codes(reading)) is not has_cpg


def test_the_language_byte_is_believed_when_it_can_be(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp")
    set_language_byte(path, 0x4D)
    reading = read(path, "parcels")
    assert reading.rows["location"].iloc[0] == "康巴什区"
    assert codes(reading) == {"assumed_unit"}


@pytest.mark.parametrize("lie", ["UTF-8", "ISO-8859-1", "1252", "BIG5"])
def test_a_cpg_that_lies_is_seen_through_and_told(tmp_path: Path, lie: str) -> None:
    path = write_shapefile(tmp_path / "a.shp")
    path.with_suffix(".cpg").write_text(lie)
    reading = read(path, "parcels")
    assert reading.rows["location"].iloc[0] == "康巴什区"
    assert "lying_encoding" in codes(reading)


def test_an_encoding_named_by_a_person_wins(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp")
    assert read(path, "parcels", encoding="GBK").rows["location"].iloc[0] == "康巴什区"
    with pytest.raises(DeliveryError, match="编码"):
        read(path, "parcels", encoding="UTF-8")


def test_field_names_cut_at_ten_bytes_are_matched_and_told(tmp_path: Path) -> None:
    frame = parcels()[["geometry"]].assign(
        不动产单元="450108001010GB00040F00010001", 宗地代码=CODES
    )
    frame.to_file(tmp_path / "a.shp", encoding="GBK")
    reading = read(tmp_path / "a.shp", "parcels")
    assert reading.rows["unit_no"].iloc[0] == "450108001010GB00040F00010001"
    assert "truncated_header" in codes(reading)


@pytest.mark.parametrize("suffix", [".dbf", ".shx"])
def test_a_missing_part_of_a_shapefile_is_named(tmp_path: Path, suffix: str) -> None:
    path = write_shapefile(tmp_path / "a.shp")
    path.with_suffix(suffix).unlink()
    with pytest.raises(DeliveryError, match=rf"缺少 \{suffix} 文件"):
        read(path, "parcels")


@pytest.mark.parametrize("form", ["file", "directory", "zip"])
def test_a_coordinate_system_named_in_gbk_is_understood(tmp_path: Path, form: str) -> None:
    path = write_shapefile(tmp_path / "宗地.shp")
    prj = path.with_suffix(".prj")
    named = prj.read_bytes().replace(b"CGCS2000_3_Degree_GK_Zone_37", "三度带37带".encode("gbk"))
    prj.write_bytes(named)
    if form == "directory":
        write_shapefile(tmp_path / "别的.shp")
        reading = read(tmp_path, "parcels", layer="宗地")
    elif form == "zip":
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            for part in tmp_path.glob("宗地.*"):
                archive.write(part, part.name)
        reading = read(tmp_path / "a.zip", "parcels")
    else:
        reading = read(path, "parcels")
    assert set(reading.rows["source_epsg"]) == {4525}
    assert len(reading.rows) == COUNT
    assert prj.read_bytes() == named


def test_a_shapefile_without_prj_asks_for_the_crs_and_proposes_one(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(DeliveryError, match=r"(?s)没有 \.prj.*--crs EPSG:4525"):
        read(path, "parcels")
    reading = read(path, "parcels", crs="EPSG:4525")
    assert set(reading.rows["source_epsg"]) == {4525}


def test_parts_in_capitals_belong_together(tmp_path: Path) -> None:
    write_shapefile(tmp_path / "a.shp")
    for part in tmp_path.glob("a.*"):
        part.rename(tmp_path / part.name.upper())
    assert len(read(tmp_path / "A.SHP", "parcels").rows) == COUNT


def test_a_zip_may_name_its_members_in_gbk_and_lie_deep(tmp_path: Path) -> None:
    write_shapefile(tmp_path / "a.shp")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            name = f"报件/二级/宗地{suffix}".encode("gbk").decode("cp437")
            entry = zipfile.ZipInfo(name)
            archive.writestr(entry, (tmp_path / f"a{suffix}").read_bytes())
        for entry in archive.filelist:
            entry.flag_bits = 0
    assert len(read(tmp_path / "a.zip", "parcels").rows) == COUNT


def test_a_name_in_a_zip_cannot_climb_out_of_it(tmp_path: Path) -> None:
    write_shapefile(tmp_path / "a.shp")
    home = tmp_path / "home"
    home.mkdir()
    with zipfile.ZipFile(home / "a.zip", "w") as archive:
        for suffix in (".shp", ".shx", ".dbf", ".prj"):
            archive.write(tmp_path / f"a{suffix}", f"../../../escaped{suffix}")
    before = sorted(tmp_path.rglob("*"))
    assert len(read(home / "a.zip", "parcels").rows) == COUNT
    assert sorted(tmp_path.rglob("*")) == before


def test_several_shapefiles_in_a_zip_are_chosen_by_fit_or_by_name(tmp_path: Path) -> None:
    write_shapefile(tmp_path / "a.shp")
    geopandas.GeoDataFrame(
        {"DLBM": ["0101"]}, geometry=[shapely.Point(37431000, 4400500)], crs="EPSG:4525"
    ).to_file(tmp_path / "points.shp")
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for stem in ("a", "points"):
            for suffix in (".shp", ".shx", ".dbf", ".prj"):
                archive.write(tmp_path / f"{stem}{suffix}", f"{stem}{suffix}")
    assert read(tmp_path / "a.zip", "parcels").layer == "a"
    assert read(tmp_path / "a.zip", "parcels", layer="a").layer == "a"


def test_layers_that_all_fit_are_listed_and_none_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    for layer in ("东区", "西区"):
        parcels().to_file(path, layer=layer)
    with pytest.raises(DeliveryError, match="东区、西区"):
        read(path, "parcels")
    assert len(read(path, "parcels", layer="西区").rows) == COUNT
    with pytest.raises(DeliveryError, match="没有名为「南区」"):
        read(path, "parcels", layer="南区")


def test_the_only_layer_that_fits_is_taken_and_said(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    parcels().to_file(path, layer="宗地")
    geopandas.GeoDataFrame(
        {"名称": ["x"]}, geometry=[shapely.LineString([(37431000, 4400500), (37431001, 4400501)])],
        crs="EPSG:4525",
    ).to_file(path, layer="道路")  # fmt: skip
    reading = read(path, "parcels")
    assert reading.layer == "宗地"
    assert "sheet_chosen" in codes(reading)


def test_rows_without_a_code_are_named_by_sender_layer_and_row(tmp_path: Path) -> None:
    parcels().drop(columns="宗地代码").to_file(tmp_path / "a.gpkg", layer="宗地")
    keys = read(tmp_path / "a.gpkg", "parcels", sender="某测绘队").rows["key"]
    assert keys.tolist()[:2] == ["某测绘队/宗地#1", "某测绘队/宗地#2"]
    assert keys.is_unique


def test_a_geojson_in_gbk_is_recoded(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    text = parcels().to_crs(4326).to_json(ensure_ascii=False)
    path.write_text(text, encoding="gbk")
    reading = read(path, "parcels")
    assert reading.rows["location"].iloc[0] == "康巴什区"
    assert "guessed_encoding" in codes(reading)


def test_a_parquet_in_feet_and_one_without_crs_are_placed_or_refused(tmp_path: Path) -> None:
    box = shapely.box(2_690_000, 235_000, 2_690_100, 235_100)  # Philadelphia, US survey feet
    frame = geopandas.GeoDataFrame({"宗地代码": ["A"]}, geometry=[box], crs="EPSG:2272")
    frame.to_parquet(tmp_path / "a.parquet")
    reading = read(tmp_path / "a.parquet", "parcels")
    # 100 ft x 100 ft, 1 ft = 1200/3937 m: 929.03 m2
    area_m2 = ellipsoidal_area_m2(reading.rows["geom"].to_numpy())[0]
    assert area_m2 == pytest.approx(10_000 * (1200 / 3937) ** 2, rel=1e-3)
    frame.set_crs(None, allow_override=True).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(DeliveryError, match="没有坐标系"):
        read(tmp_path / "b.parquet", "parcels")


def test_a_parquet_without_geometry_is_a_register(tmp_path: Path) -> None:
    frame = pd.DataFrame({"电子监管号": ["A1"], "面积(公顷)": [1.5]})
    frame.to_parquet(tmp_path / "a.parquet")
    assert read(tmp_path / "a.parquet", "supplies").rows["area_m2"].tolist() == [15_000.0]
    with pytest.raises(DeliveryError, match="必须有图形"):
        read(tmp_path / "a.parquet", "parcels")


def test_shapes_written_as_text_in_a_register_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    lines = "\n".join(f'{c},"{g.wkt}"' for c, g in zip(CODES, squares(), strict=True))
    path.write_text(f"宗地代码,WKT\n{lines}\n", encoding="utf-8")
    with pytest.raises(DeliveryError, match="--crs EPSG:4525"):
        read(path, "parcels")
    assert len(read(path, "parcels", crs="EPSG:4525").rows) == COUNT


def test_shapes_that_a_kind_does_not_use_are_left_and_said(tmp_path: Path) -> None:
    frame = parcels().assign(批准文号="甲", 核查日期="2016-08-28")
    frame.to_file(tmp_path / "a.gpkg")
    reading = read(tmp_path / "a.gpkg", "approval_status")
    assert "geometry_ignored" in codes(reading)
    assert "geom" in reading.rows
    assert reading.rows["geom"].isna().all()


def test_integers_with_gaps_stay_whole_and_lists_become_text(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    content = json.loads(parcels().to_crs(4326).to_json())
    for index, feature in enumerate(content["features"]):
        feature["properties"]["不动产单元号"] = 9007199254740993 if index else None
        feature["properties"]["坐落"] = ["甲", "乙"]
    path.write_text(json.dumps(content), encoding="utf-8")
    rows = read(path, "parcels").rows
    assert rows["unit_no"].iloc[1] == "9007199254740993"  # 2^53 + 1: lost in a float
    assert pd.isna(rows["unit_no"].iloc[0])


def test_the_same_shapefile_under_another_name_has_the_same_hash(tmp_path: Path) -> None:
    path = write_shapefile(tmp_path / "a.shp")
    for part in list(tmp_path.glob("a.*")):
        shutil.copy(part, tmp_path / f"b{part.suffix}")
    first, second = read(path, "parcels"), read(tmp_path / "b.shp", "parcels")
    assert first.sha256 == second.sha256
    path.with_suffix(".prj").write_text(path.with_suffix(".prj").read_text() + " ")
    assert read(path, "parcels").sha256 != first.sha256


def test_native_arrow_shapes_are_refused_with_the_mend(tmp_path: Path) -> None:
    parcels().to_parquet(tmp_path / "a.parquet", geometry_encoding="geoarrow")
    assert b"geo" in pyarrow.parquet.read_schema(tmp_path / "a.parquet").metadata
    with pytest.raises(DeliveryError, match="WKB"):
        read(tmp_path / "a.parquet", "parcels")


def test_reading_twice_gives_the_same(files: dict[str, Path]) -> None:
    one, two = read(files["zip"], "parcels"), read(files["zip"], "parcels")
    pd.testing.assert_frame_equal(one.rows.drop(columns="geom"), two.rows.drop(columns="geom"))
    assert np.array_equal(
        shapely.to_wkb(one.rows["geom"].to_numpy()), shapely.to_wkb(two.rows["geom"].to_numpy())
    )
    pd.testing.assert_frame_equal(one.issues, two.issues)
