"""What is exported, read back by GDAL and by geopandas, is what `landwatch findings` says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import geopandas
import pandas as pd
import pytest

from gis import contracts
from maps import qgis, style
from tests.warm import Desk

FORMS = {"shp": "ESRI Shapefile", "gpkg": "GPKG"}


@pytest.fixture(scope="module")
def folder(demo: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("exported")
    for form in FORMS:
        done = demo.call("export", "findings", "--format", form, "--out", str(out / f"判定.{form}"))
        assert done.code == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def told(demo: Desk) -> pd.DataFrame:
    rows = [*demo.json("findings")["rows"], *demo.json("candidates")["rows"]]
    frame = pd.DataFrame(rows)
    keys = frame["rule"] + "/" + frame["subject"]
    assert keys.is_unique
    return frame.set_index(keys)


def gdal(*arguments: str) -> str:
    done = subprocess.run([*arguments], capture_output=True, check=True, text=True)
    return done.stdout


def as_told(rows: pd.DataFrame) -> pd.DataFrame:
    """The columns of people, under the names of `landwatch findings --json`."""
    return pd.DataFrame({
        "rule": rows["规则代码"], "subject": rows["监测对象"], "outcome": rows["结果代码"],
        "track": rows["处置方向代码"], "name": rows["名称"], "since_on": rows["处置方向自"],
        "area_m2": rows["面积（平方米）"].astype("float64"), "article": rows["法律依据"],
        "words": rows["结果"], "holder": rows["土地使用权人"],
    })  # fmt: skip


def of_shapefile(folder: Path, rows: pd.DataFrame) -> pd.DataFrame:
    """A shapefile with its full titles, and with what has no shape, which lies beside it."""
    fields = pd.read_csv(folder / "判定_字段说明.csv").set_index("字段名")["中文名称"]
    drawn = pd.DataFrame(rows.rename(columns=fields))
    beside = pd.read_csv(folder / "判定_无图形.csv", dtype={"监测对象": "str", "名称": "str"})
    full = pd.read_csv(folder / "判定_全文.csv") if (folder / "判定_全文.csv").exists() else None
    for _, one in full.iterrows() if full is not None else ():
        drawn.loc[one["要素序号"], one["中文名称"]] = one["全文"]
    return pd.concat([drawn, beside], ignore_index=True)


def same(rows: pd.DataFrame, told: pd.DataFrame) -> None:
    own = as_told(rows)
    own.index = pd.Index(own["rule"] + "/" + own["subject"])
    assert len(own) == len(told) > 50
    assert {*own.index} == {*told.index}
    told = told.loc[own.index]
    for name in ("outcome", "track", "name", "article", "holder"):
        missing = told[name].isna()
        assert own[name].isna().tolist() == missing.tolist(), name
        assert own[name][~missing].tolist() == told[name][~missing].tolist(), name
    days = pd.to_datetime(own["since_on"]).dt.strftime("%Y-%m-%d")
    assert days.fillna("").tolist() == told["since_on"].fillna("").tolist()
    # Handed out to the hundredth of a square metre.
    assert own["area_m2"].tolist() == pytest.approx(
        told["area_m2"].astype("float64").round(2).tolist(), abs=1e-6, nan_ok=True
    )
    for code_list, rule in (("outcome", "idle_land"), ("unsupplied", "unsupplied")):
        chosen = own[own["rule"] == rule]
        words = [contracts.label(code_list, code) for code in chosen["outcome"]]
        assert chosen["words"].tolist() == words


@pytest.mark.parametrize("form", FORMS)
def test_geopandas_reads_back_what_the_findings_say(
    folder: Path, told: pd.DataFrame, form: str
) -> None:
    layer = {"layer": "判定"} if form == "gpkg" else {}
    back = geopandas.read_file(folder / f"判定.{form}", **layer)
    assert back.crs.to_epsg() == 4490
    assert ((back.total_bounds[0] > 100) & (back.total_bounds[3] < 55)).all()
    rows = of_shapefile(folder, back) if form == "shp" else pd.DataFrame(back)
    same(rows, told)


@pytest.mark.parametrize("form", FORMS)
def test_gdal_reads_back_what_the_findings_say(
    folder: Path, told: pd.DataFrame, tmp_path: Path, form: str
) -> None:
    place = folder / f"判定.{form}"
    said = gdal("ogrinfo", "-so", str(place), "判定")
    assert f"using driver `{FORMS[form]}'" in said
    assert "China Geodetic Coordinate System 2000" in said
    assert 'ID["EPSG",4490]' in said
    # Through GDAL into a GeoJSON, shapes left as they are; what it reads is what a person gets.
    read = tmp_path / "read.geojson"
    gdal("ogr2ogr", "-f", "GeoJSON", "-lco", "RFC7946=NO", str(read), str(place), "判定")
    features = json.loads(read.read_text(encoding="utf-8"))["features"]
    drawn = pd.DataFrame([one["properties"] for one in features])
    rows = of_shapefile(folder, drawn) if form == "shp" else drawn
    same(rows, told)
    shapes = sum(one["geometry"] is not None for one in features)
    assert f"Feature Count: {len(features)}" in said
    assert 0 < shapes <= len(told)


def styles_of(place: Path) -> list[dict[str, Any]]:
    said = gdal("ogr2ogr", "-f", "GeoJSON", "/vsistdout/", str(place), "layer_styles")
    return [one["properties"] for one in json.loads(said)["features"]]


def test_a_geopackage_brings_the_colours_and_words_of_our_maps(folder: Path) -> None:
    """As QGIS asks for it: schema empty, this table, this column of shapes, used by default."""
    first, second = styles_of(folder / "判定.gpkg")
    for one in (first, second):
        assert (one["f_table_name"], one["f_geometry_column"]) == ("判定", "geom")
        assert (one["f_table_catalog"], one["f_table_schema"]) == ("", "")
    assert (bool(first["useAsDefault"]), bool(second["useAsDefault"])) == (True, False)
    renderer = Xml.fromstring(first["styleQML"]).find("renderer-v2")  # noqa: S314 - our own
    assert renderer is not None
    assert renderer.get("attr") == '"规则代码" || \'/\' || "结果代码"'
    categories = {one.get("value"): one for one in renderer.iter("category")}
    symbols = {
        one.get("name"): {prop.get("k"): prop.get("v") for prop in one[-1].iter("prop")}
        for one in renderer.iterfind("symbols/symbol")
    }
    for rule, code_list in (("idle_land", "outcome"), ("unsupplied", "unsupplied")):
        for code, look in style.styles(code_list).items():
            category = categories[f"{rule}/{code}"]
            assert category.get("label") == contracts.CODES[code_list][code][0]
            red, green, blue = (int(look.colour[at : at + 2], 16) for at in (1, 3, 5))
            assert symbols[category.get("symbol")]["color"] == f"{red},{green},{blue},255"
    assert categories[""].get("label") == "其他"


def test_our_own_reader_takes_the_styles_for_no_layer(demo: Desk, tmp_path: Path) -> None:
    place = tmp_path / "宗地.gpkg"
    assert demo.call("export", "parcels", "--format", "gpkg", "--out", str(place)).code == 0
    done = demo.call("check", "parcels", str(place), "--json")
    assert "layer_styles" not in done.stdout + done.stderr
    assert "个图层" not in done.stdout


@pytest.mark.long("test_a_geopackage_brings_the_colours_and_words_of_our_maps")
def test_qgis_draws_a_geopackage_as_our_maps_do(folder: Path, tmp_path: Path) -> None:
    """Debian's QGIS, given the file and nothing else."""
    picture = tmp_path / "qgis.png"
    look = Path(__file__).with_name("qgis_look.py")
    said = gdal("/usr/bin/python3", str(look), str(folder / "判定.gpkg"), "判定", str(picture))
    told = json.loads(said)
    assert (told["is_valid"], told["crs"]) == (True, "EPSG:4490")
    assert told["renderer"] == "categorizedSymbol"
    assert told["styles"] == ["按判定结果", "按处置方向"]
    assert told["categories"] == [
        [f"{rule}/{code}", look.zh, look.colour]
        for rule, code_list in (("idle_land", "outcome"), ("unsupplied", "unsupplied"))
        for code, look in style.styles(code_list).items()
    ] + [["", "其他", "#6b7480"]]
    # The demo has all of these; solid ones fill their land, striped ones draw lines.
    for code in ("found_idle", "suspected_idle", "candidate", "overdue", "clear", "stopped"):
        assert told["drawn"].get(style.styles("outcome")[code].colour, 0) > 50, code
    assert told["drawn"].get(style.styles("unsupplied")["to_supply"].colour, 0) > 50
    assert picture.stat().st_size > 5_000


@pytest.mark.parametrize("what", ["findings", "targets", "candidates", "unsupplied", "leads",
                                  "parcels"])  # fmt: skip
def test_every_list_has_a_style_whose_columns_it_holds(
    demo: Desk, tmp_path: Path, what: str
) -> None:
    place = tmp_path / f"{what}.gpkg"
    assert demo.call("export", what, "--format", "gpkg", "--out", str(place)).code == 0
    titles = {*geopandas.read_file(place, layer=what).columns}
    for one, stored in zip(qgis.styles(what), styles_of(place), strict=True):
        assert stored["styleQML"] == one.qml
        assert len(one.name) <= 30
        renderer = Xml.fromstring(one.qml).find("renderer-v2")  # noqa: S314 - our own
        assert renderer is not None
        asked = (renderer.get("attr") or "").split('"')[1::2]
        assert {*asked} <= titles
    if what == "targets":
        assert "未报动工" not in qgis.styles(what)[0].qml
