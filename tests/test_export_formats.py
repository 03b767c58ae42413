"""GeoPackage, GeoJSON, Parquet and CSV hold the findings as the contract says."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely

from gis import result_tables
from gis.crs import transform
from gis.intake.readers import coordinates
from gis.outputs.export import features, rings
from gis.outputs.export import write as export

NAME = "鄂尔多斯市伊金霍洛旗圣圆煤化工基地"


@dataclass(frozen=True)
class Run:
    id: int = 7
    as_of: date = date(2024, 6, 30)


RUN = Run()


@pytest.fixture
def findings() -> pd.DataFrame:
    """A suspected parcel with a clockwise shape, one without a shape, one with a trap of a name."""
    frame = pd.DataFrame(
        {
            "subject": ["b", "a", "c"],
            "rule": "idle_land",
            "outcome": ["suspected_idle", "found_idle", "candidate"],
            "track": ["fee", "recovery", None],
            "evidence_grade": ["patrol", "document", "none"],
            "start_state": ["not_started", "not_started", "not_reported"],
            "since_on": ["2022-03-02", None, "2022-05-06"],
            "next_on": None,
            "next_event": None,
            "area_m2": [46_993.8, None, -1.5],
            "fee_fen": [46_523_400, None, None],
            "fee_if_confirmed_fen": None,
            "article": "《闲置土地处置办法》第十四条",
            "missing": None,
            "region_code": "150627",
            "block_code": None,
            "name": [NAME, "-2+3 号地", "＝HYPERLINK(“x”)"],
            "geom": [
                shapely.Polygon([(110, 39), (110, 39.1), (110.1, 39.1), (110.1, 39)]),
                None,
                shapely.box(110.2, 39, 110.3, 39.1),
            ],
        }
    )
    frame["clashes"] = None
    for column in result_tables.TABLES["finding"].columns:
        kind = {"day": "datetime64[s]", "money": "Int64", "area": "float64"}.get(column.type)
        frame[column.name] = frame[column.name].astype(kind or "str")
    return frame


def test_a_csv_has_the_columns_of_the_contract_in_order(
    findings: pd.DataFrame, tmp_path: Path
) -> None:
    out = tmp_path / "x.csv"
    written = export.write(RUN, findings, "findings", out, "csv")
    raw = out.read_bytes()
    assert raw.startswith("\ufeff监测对象,规则,规则代码,结果,".encode())
    back = pd.read_csv(out)
    assert back["监测对象"].tolist() == ["a", "b", "c"]
    assert back["处置方向自"].tolist()[1] == "2022-03-02"
    assert back["结果"].tolist()[1] == "疑似闲置"
    # 46,523,400 fen; 46,993.8 m2 are 70.4907 亩.
    assert back["闲置费（元）"].tolist()[1] == 465_234.0
    assert back["面积（亩）"].tolist()[1] == 70.49
    assert not [title for title in back.columns if title.isascii()]
    assert (written.rows, written.without_shape) == (3, 1)


def test_text_that_would_run_as_a_formula_gets_an_apostrophe_and_numbers_do_not(
    findings: pd.DataFrame, tmp_path: Path
) -> None:
    out = tmp_path / "x.csv"
    export.write(RUN, findings, "findings", out, "csv")
    back = pd.read_csv(out)
    assert back["名称"].tolist() == ["'-2+3 号地", NAME, "'＝HYPERLINK(“x”)"]
    assert back["面积（平方米）"].tolist()[1:] == [46_993.8, -1.5]


def test_an_empty_list_keeps_its_header(findings: pd.DataFrame, tmp_path: Path) -> None:
    export.write(RUN, findings, "unsupplied", tmp_path / "x.csv", "csv")
    assert "处置方向自" in pd.read_csv(tmp_path / "x.csv").columns
    for file_format in ("gpkg", "geojson", "parquet"):
        path = tmp_path / f"x.{file_format}"
        export.write(RUN, findings, "unsupplied", path, file_format)
    assert json.loads((tmp_path / "x.geojson").read_text())["features"] == []
    assert len(geopandas.read_file(tmp_path / "x.gpkg")) == 0
    assert len(geopandas.read_parquet(tmp_path / "x.parquet")) == 0


def test_a_geopackage_has_chinese_titles_dates_and_the_rows_without_a_shape(
    findings: pd.DataFrame, tmp_path: Path
) -> None:
    out = tmp_path / "疑似闲置.gpkg"
    export.write(RUN, findings, "targets", out, "gpkg", epsg=4525)
    back = geopandas.read_file(out)
    assert back["名称"].tolist() == ["-2+3 号地", NAME]
    assert back["结果"].tolist() == ["已认定闲置", "疑似闲置"]
    assert back["面积（亩）"].tolist()[1] == 70.49
    assert back.geometry.isna().tolist() == [True, False]
    assert back.crs.to_epsg() == 4525
    text = subprocess.run(
        ["ogrinfo", "-al", str(out)],
        capture_output=True,
        check=True,
        env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
    ).stdout.decode("utf-8")
    assert "处置方向自 (Date) = 2022/03/02" in text
    assert "Layer name: 疑似闲置" in text


def test_geojson_is_rfc_7946(findings: pd.DataFrame, tmp_path: Path) -> None:
    out = tmp_path / "x.geojson"
    export.write(RUN, findings, "findings", out, "geojson")
    collection = json.loads(out.read_text(encoding="utf-8"))
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection
    assert (collection["run"], collection["as_of"]) == (7, "2024-06-30")
    shapeless, first, _ = collection["features"]
    assert shapeless["geometry"] is None
    assert first["id"] == "idle_land/b"
    assert list(first["properties"]) == result_tables.TABLES["finding"].names
    assert first["properties"]["since_on"] == "2022-03-02"
    assert first["properties"]["next_on"] is None
    assert first["properties"]["fee_fen"] == 46_523_400
    assert first["properties"]["name"] == NAME
    ring = first["geometry"]["coordinates"][0]
    assert shapely.LinearRing(ring).is_ccw
    assert all(100 < lon < 120 and 30 < lat < 50 for lon, lat in ring)


def test_a_line_separator_in_a_name_does_not_break_geojson(findings: pd.DataFrame) -> None:
    findings["name"] = '一\u2028二\n三"四'
    collection = json.loads(features.feature_collection(findings))
    assert [one["properties"]["name"] for one in collection["features"]] == [
        '一\u2028二\n三"四'
    ] * 3


def test_shapes_travel_as_a_coordinate_text_that_reads_back(
    findings: pd.DataFrame, tmp_path: Path
) -> None:
    hole = shapely.box(110.04, 39.04, 110.05, 39.05)
    ring = findings["geom"][0].difference(hole)
    far = shapely.box(113.0, 39.0, 113.01, 39.01)
    shaped = findings.assign(geom=[ring, None, far])

    def text_of(zone: int, plots: Sequence[rings.Plot]) -> str:
        written = [
            coordinates.plot_of(
                plot.rings, area_m2=plot.area_m2, number=plot.number, name=plot.name
            )
            for plot in plots
        ]
        attributes = coordinates.describe(zone)
        return coordinates.write(
            coordinates.CoordinateText(attributes=attributes, plots=tuple(written))
        )

    files = rings.write(shaped, tmp_path / "targets.txt", text_of)
    # 110 E lies in zone 37 (109.5 to 112.5), 113 E in zone 38.
    assert [path.name for path in files] == ["targets_37.txt", "targets_38.txt"]
    read = coordinates.parse(files[0].read_text(encoding="utf-8"), "x")
    assert read.attribute("带号") == "37"
    (plot,) = read.plots
    assert (plot.number, plot.name, plot.area) == ("b", NAME, "4.6994")
    assert [point.ring for point in plot.points] == [1] * 5 + [2] * 5
    shell = shapely.Polygon([(float(p.east), float(p.north)) for p in plot.points[:5]])
    within = shapely.Polygon([(float(p.east), float(p.north)) for p in plot.points[5:]])
    (expected,) = transform.to_zone(np.array([ring], dtype=object), 37)
    assert shell.area - within.area == pytest.approx(expected.area, rel=1e-7)
    alone = rings.write(shaped[:2], tmp_path / "one.txt", text_of)
    assert [path.name for path in alone] == ["one.txt"]
    # A shape of two parts keeps both: 5 points each, ring after ring.
    parts = shapely.MultiPolygon([far, shapely.box(113.02, 39.0, 113.03, 39.01)])
    (both,) = rings.write(findings[:1].assign(geom=[parts]), tmp_path / "two.txt", text_of)
    (plot,) = coordinates.parse(both.read_text(encoding="utf-8"), "x").plots
    assert [point.ring for point in plot.points] == [1] * 5 + [2] * 5


def test_geojson_coordinates_stay_within_a_millimetre(findings: pd.DataFrame) -> None:
    findings.loc[0, "geom"] = shapely.box(110.123456789012, 39.5, 110.2, 39.6)
    collection = json.loads(features.feature_collection(findings.iloc[:1], {"numberMatched": 1}))
    assert collection["numberMatched"] == 1
    xs = [x for x, _ in collection["features"][0]["geometry"]["coordinates"][0]]
    assert min(xs) == pytest.approx(110.123456789012, abs=1e-8)


def test_parquet_reads_back_as_geopandas_would_have_it(
    findings: pd.DataFrame, tmp_path: Path
) -> None:
    out = tmp_path / "x.parquet"
    export.write(RUN, findings, "targets", out, "parquet")
    back = geopandas.read_parquet(out)
    assert back.crs.to_epsg() == 4490
    assert back.columns.tolist() == [*result_tables.TABLES["finding"].names, "geom"]
    assert back["since_on"].iloc[1] == date(2022, 3, 2)
    assert back["fee_fen"].iloc[1] == 46_523_400


@pytest.mark.parametrize("file_format", ["csv", "gpkg", "geojson", "parquet"])
def test_equal_findings_give_equal_bytes(
    findings: pd.DataFrame, tmp_path: Path, file_format: str
) -> None:
    first, second = (tmp_path / place / f"x.{file_format}" for place in ("a", "b"))
    export.write(RUN, findings, "findings", first, file_format)
    export.write(RUN, findings, "findings", second, file_format)
    assert first.read_bytes() == second.read_bytes()
    assert [path.name for path in first.parent.iterdir()] == [first.name]
