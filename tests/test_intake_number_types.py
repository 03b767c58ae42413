"""A number is the same number in every form of file and every type of column it can come in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import fiona
import geopandas
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import mapping

from gis.intake.read import read
from gis.outputs.export import package, shapefile
from gis.outputs.export.columns import Field, Spread
from tests import stores
from tests.intake_samples import CODES, COUNT, squares

DEMO = stores.ROOT / "data/parcels"
FORMS = {"GPKG": ".gpkg", "OpenFileGDB": ".gdb", "ESRI Shapefile": ".shp", "GeoJSON": ".geojson"}
# Of ten parcels: one whole number of every size, one broken, none.
WHOLE: list[int | None] = [8100, None, 0, 1, 7, 2_147_483_647, 100, 65_535, 255, 2020]
PARTS: list[float | None] = [8100, None, 0.5, 1, 7.25, 2_147_483_647, 100.125, 65_535, 0, 2020]


def frame(**columns: Any) -> geopandas.GeoDataFrame:
    """The ten squares with a code, a day and one column more, as bureaus name them."""
    named = {"宗地代码": CODES, "登记日期": ["2016-08-28"] * COUNT, **columns}
    return geopandas.GeoDataFrame(named, geometry=squares(), crs="EPSG:4525")


def floats(values: list[Any]) -> np.ndarray[Any, Any]:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def texts(values: list[Any]) -> list[str | None]:
    return [None if value is None else str(value) for value in values]


WHOLE_FORMS: dict[str, Callable[[], Any]] = {
    "integer 64": lambda: pd.array(WHOLE, dtype="Int64"),
    "real": lambda: floats(WHOLE),
    "text": lambda: texts(WHOLE),
    "text of reals": lambda: [None if value is None else f"{value}.0" for value in WHOLE],
}


def written(folder: Path, form: str, table: geopandas.GeoDataFrame) -> Path:
    if form == "GeoParquet":
        table.to_parquet(folder / "layer.parquet")
        return folder / "layer.parquet"
    path = folder / f"layer{FORMS[form]}"
    told = {
        "ESRI Shapefile": {"encoding": "GBK"},
        # Else it writes integers of 64 bits as reals.
        "OpenFileGDB": {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"},
    }.get(form, {})
    pyogrio.write_dataframe(table, path, driver=form, **told)
    return path


def unknown(values: pd.Series) -> list[Any]:
    return [None if pd.isna(value) else value for value in values]


@pytest.mark.parametrize("form", [*FORMS, "GeoParquet"])
@pytest.mark.parametrize("kept_as", WHOLE_FORMS)
def test_whole_numbers_and_gaps_arrive_whatever_holds_them(
    tmp_path: Path, form: str, kept_as: str
) -> None:
    table = frame(编号=CODES, 几通=WHOLE_FORMS[kept_as](), 完成日期=["2022-01-01"] * COUNT)
    found = read(written(tmp_path, form, table), "serviced")
    assert unknown(found.rows["services_count"]) == WHOLE
    told = found.issues[found.issues["code"] == "unreadable_number"]
    assert told.empty
    # GDAL writes an unknown number into a shapefile as stars, which dBASE means for one too wide.
    stars = form == "ESRI Shapefile" and not kept_as.startswith("text")
    starred = found.issues[found.issues["code"] == "starred_numbers"]
    assert [*starred["severity"]] == (["warning"] if stars else [])


@pytest.mark.parametrize("form", [*FORMS, "GeoParquet"])
@pytest.mark.parametrize("kept_as", ["real", "text"])
def test_areas_arrive_whole_and_in_parts(tmp_path: Path, form: str, kept_as: str) -> None:
    values = floats(PARTS) if kept_as == "real" else texts(PARTS)
    found = read(written(tmp_path, form, frame(宗地面积=values)), "parcels")
    assert unknown(found.rows["area_m2"]) == PARTS


@pytest.mark.parametrize("form", ["GPKG", "OpenFileGDB", "ESRI Shapefile", "GeoParquet"])
def test_an_endless_area_is_told_and_unknown(tmp_path: Path, form: str) -> None:
    values = np.array([8100.0, np.inf, -np.inf, *[8100.0] * 7])
    found = read(written(tmp_path, form, frame(宗地面积=values)), "parcels")
    assert unknown(found.rows["area_m2"]) == [8100.0, None, None, *[8100.0] * 7]
    told = found.issues[found.issues["code"] == "unreadable_number"]
    assert told["row_no"].tolist() == [2, 3]


def test_what_no_whole_number_is_is_told_and_never_rounded(tmp_path: Path) -> None:
    values = [5.0, 5.5, 2_147_483_648.0, *[3.0] * 7]
    table = frame(编号=CODES, 几通=values, 完成日期=["2022-01-01"] * COUNT)
    found = read(written(tmp_path, "GPKG", table), "serviced")
    assert unknown(found.rows["services_count"]) == [5, None, None, *[3] * 7]
    told = found.issues[found.issues["code"] == "unreadable_number"]
    assert list(zip(told["row_no"], told["value"], strict=True)) == [
        (2, "5.5"),
        (3, "2147483648"),
    ]


@pytest.mark.parametrize("suffix", [".gpkg", ".shp"])
def test_whole_numbers_are_handed_out_in_a_column_of_numbers(tmp_path: Path, suffix: str) -> None:
    # fiona writes the int 10 into a column of floats as NULL, and 12.5 as 12.5.
    fields = (Field("BH", "编号", "text"), Field("MJ", "面积", "number", "公顷", 4))
    values = pd.Series([10, 12.5, None], dtype=object)
    table = pd.DataFrame({"BH": pd.Series(["a", "b", "c"], dtype="str"), "MJ": values})
    shapes = geopandas.GeoSeries(squares(3), crs="EPSG:4525").to_crs(4490).to_numpy()
    out = tmp_path / f"out{suffix}"
    write = package.write if suffix == ".gpkg" else shapefile.write
    write(Spread(fields, table), shapes, out, as_of=pd.Timestamp("2026-06-30").date(), epsg=4525)
    column = "面积" if suffix == ".gpkg" else "MJ"
    back = pyogrio.read_dataframe(out, read_geometry=False)[column]
    assert unknown(back) == [10.0, 12.5, None]


def test_fiona_loses_whole_numbers_in_columns_of_floats(tmp_path: Path) -> None:
    """Why writers give it floats: when this fails, the two conversions can go."""
    path = tmp_path / "lost.gpkg"
    schema = {"geometry": "Polygon", "properties": {"a": "float"}}
    with fiona.open(path, "w", driver="GPKG", crs="EPSG:4525", schema=schema) as layer:
        layer.write({"geometry": mapping(squares(1)[0]), "properties": {"a": 10}})
    assert unknown(pyogrio.read_dataframe(path)["a"]) == [None]


@pytest.mark.parametrize(
    ("name", "title", "of_one"),
    [
        ("parcels.shp", "宗地面积", 1.0),
        ("old_parcels.shp", "宗地面积", 1.0),
        ("approvals.gpkg", "用地总面积", 10_000.0),
        ("withdrawals.gpkg", "撤批面积", 10_000.0),
    ],
)
def test_every_area_the_demo_says_is_the_one_it_draws(name: str, title: str, of_one: float) -> None:
    layer = pyogrio.read_dataframe(
        stores.ROOT / "data/parcels" / name, encoding="GBK" if name.endswith("shp") else None
    )
    drawn_m2 = layer.geometry.area.to_numpy()
    assert np.abs(layer[title].to_numpy() * of_one - drawn_m2).max() < 0.001
