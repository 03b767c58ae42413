"""Longitude and latitude of no datum are refused as a lost .prj; formats' defaults are told."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import geopandas
import pyarrow as pa
import pyarrow.parquet as parquet
import pyogrio
import pyproj
import pytest
import shapely

from gis.crs import systems
from gis.errors import DeliveryError, GeometryError
from gis.intake.doctor.examine import examine
from gis.intake.read import read
from tests.conftest import rest_long

SQUARE = shapely.box(110.0, 39.5, 110.001, 39.501)
UNDEFINED = (
    'GEOGCS["Undefined geographic SRS",DATUM["unknown",SPHEROID["unknown",6378137,298.257223563]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]'
)
OF_ESRI = (
    'GEOGCS["GCS_Unknown",DATUM["D_Unknown",SPHEROID["GRS_1980",6378137,298.257222101]],'
    'PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]]'
)
OF_PROJ = pyproj.CRS.from_user_input("+proj=longlat +ellps=GRS80").to_wkt()
LOCAL = 'LOCAL_CS["site",UNIT["metre",1]]'
ENGINEERING = (
    'ENGCRS["site",EDATUM["peg"],CS[Cartesian,2],AXIS["x",east],AXIS["y",north],'
    'LENGTHUNIT["metre",1]]'
)
NOWHERE = (UNDEFINED, OF_ESRI, OF_PROJ, "EPSG:4019", "EPSG:4024", "EPSG:4030", LOCAL, ENGINEERING)


def frame(system: str | None) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"ZDDM": ["150699001001GB00001"]}, geometry=[SQUARE], crs=system)


def is_refused_with_the_proposal(path: Path) -> None:
    with pytest.raises(DeliveryError) as refused:
        read(path, "parcels")
    assert "--crs EPSG:4490" in refused.value.mend
    found = examine(path, "parcels")
    (told,) = found.findings[found.findings["code"] == "missing_crs"].to_dict("records")
    assert (told["severity"], told["proposal"]) == ("error", "--crs EPSG:4490")
    assert found.grade == "returned"
    reading = read(path, "parcels", crs="EPSG:4490")
    assert reading.rows["source_epsg"].tolist() == [4490]
    # A file geodatabase of no system keeps coordinates on a grid of its own.
    assert reading.rows["geom"][0].bounds == pytest.approx(SQUARE.bounds, abs=2e-4)


@pytest.mark.parametrize("code", [0, -1, 99999, 4019])
def test_a_geopackage_of_no_system_is_refused(code: int, tmp_path: Path) -> None:
    path = tmp_path / "parcels.gpkg"
    pyogrio.write_dataframe(frame("EPSG:4490"), path)
    connection = sqlite3.connect(path)
    with connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        if code == 4019:
            connection.execute(
                "INSERT INTO gpkg_spatial_ref_sys VALUES ('unknown', 4019, 'NONE', 4019, ?, '')",
                (UNDEFINED,),
            )
        connection.execute("UPDATE gpkg_geometry_columns SET srs_id = ?", (code,))
        connection.execute("UPDATE gpkg_contents SET srs_id = ?", (code,))
    connection.close()
    is_refused_with_the_proposal(path)


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
@pytest.mark.parametrize("system", rest_long([None, *NOWHERE], [None, next(iter(NOWHERE))]))
@pytest.mark.parametrize("suffix", ["fgb", "gpkg", "gdb", "shp"])
def test_so_is_any_other_file(system: str | None, suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"parcels.{suffix}"
    if suffix == "shp":
        pyogrio.write_dataframe(frame("EPSG:4490"), path)
        path.with_suffix(".prj").unlink()
        if system is not None:
            text = pyproj.CRS.from_user_input(system)
            path.with_suffix(".prj").write_text(
                system if "[" in system else text.to_wkt("WKT1_ESRI"), encoding="utf-8"
            )
    else:
        driver = {"driver": "OpenFileGDB"} if suffix == "gdb" else {}
        pyogrio.write_dataframe(frame(system), path, **driver)
    is_refused_with_the_proposal(path)


def test_geoparquet_null_is_no_system_and_absent_is_the_standards(tmp_path: Path) -> None:
    def written(**system: object) -> Path:
        geo = {
            "version": "1.1.0", "primary_column": "geometry",
            "columns": {"geometry": {"encoding": "WKB", "geometry_types": [], **system}},
        }  # fmt: skip
        table = pa.table({"ZDDM": ["150699001001GB00001"],
                          "geometry": [shapely.to_wkb(SQUARE)]})  # fmt: skip
        path = tmp_path / "parcels.parquet"
        parquet.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), path)
        return path

    is_refused_with_the_proposal(written(crs=None))
    is_refused_with_the_proposal(written(crs=pyproj.CRS.from_user_input(UNDEFINED).to_json_dict()))
    absent = read(written(), "parcels")
    assert absent.crs is not None
    assert "WGS 84" in absent.crs
    assert "assumed_crs" in set(absent.issues["code"])
    named = read(written(crs=pyproj.CRS.from_epsg(4490).to_json_dict()), "parcels")
    assert "assumed_crs" not in set(named.issues["code"])


@pytest.mark.parametrize("named", ["absent", "null", "EPSG:4490"])
def test_geojson_without_a_system_is_wgs84_and_says_so(named: str, tmp_path: Path) -> None:
    content: dict[str, object] = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": {"ZDDM": "150699001001GB00001"},
             "geometry": json.loads(shapely.to_geojson(SQUARE))}
        ],
    }  # fmt: skip
    if named == "EPSG:4490":
        content["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
    elif named == "null":
        content["crs"] = None
    path = tmp_path / "parcels.geojson"
    path.write_text(json.dumps(content), encoding="utf-8")
    if named == "null":
        is_refused_with_the_proposal(path)
        return
    reading = read(path, "parcels")
    is_assumed = "assumed_crs" in set(reading.issues["code"])
    assert is_assumed == (named == "absent")
    assert reading.rows["source_epsg"].tolist() == [4326 if named == "absent" else 4490]


def test_a_system_of_another_name_but_a_known_datum_is_taken(tmp_path: Path) -> None:
    known = (
        'GEOGCS["unknown",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137,298.257222101]],'
        'PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]]'
    )
    path = tmp_path / "parcels.shp"
    pyogrio.write_dataframe(frame("EPSG:4490"), path)
    path.with_suffix(".prj").write_text(known, encoding="utf-8")
    assert len(read(path, "parcels").rows) == 1
    assert systems.parse("+proj=longlat +datum=WGS84").epsg == 4326
    assert systems.parse("+proj=longlat +ellps=krass +towgs84=15,-154,-82").is_geographic


def test_a_projection_of_no_datum_is_taken_as_a_guess_and_called_by_no_other_datums_code() -> None:
    system = systems.parse("+proj=tmerc +lon_0=111 +x_0=500000 +ellps=GRS80 +units=m")
    assert system.epsg == 0
    with pytest.raises(GeometryError, match="names no datum"):
        systems.parse(UNDEFINED)
