"""Real deliveries that nobody here made, read as a stranger's: exact counts."""

from __future__ import annotations

import pandas as pd
import pytest

from gis.errors import DeliveryError
from gis.intake.read import read
from tests.shared_data import SHARED, needs_shared

pytestmark = needs_shared
SUPPLIES = SHARED / "supply-baotou-wuhai-2012-2016" / "供地结果.csv"
CADASTRE = SHARED / "cadastre-france-25354" / "cadastre.gpkg"
PHILADELPHIA = SHARED / "vacant-philadelphia"


def test_the_baotou_and_wuhai_register_reads_whole() -> None:
    reading = read(SUPPLIES, "supplies")
    rows = reading.rows
    assert (reading.row_count, len(rows), reading.rejected_count) == (1364, 1364, 0)
    assert len(reading.mapping) == len(reading.columns_in_file) == 21
    assert rows["key"].nunique() == 1205
    # Counted in the file by hand: cells that begin with 19 in each day column.
    sentinels = reading.issues[reading.issues["code"] == "sentinel_day"]
    assert sentinels["field"].value_counts().to_dict() == {
        "start_agreed_on": 223, "completion_agreed_on": 223, "handover_agreed_on": 81,
    }  # fmt: skip
    # Counted in the file by its own days: 91 hand-overs and 19 starts agreed before the signing,
    # 2 starts agreed before the hand-over.
    backwards = reading.issues[reading.issues["code"] == "days_out_of_order"]
    assert backwards["field"].value_counts().to_dict() == {
        "handover_agreed_on": 91, "start_agreed_on": 19 + 2,
    }  # fmt: skip
    assert set(reading.issues["code"]) == {"sentinel_day", "assumed_unit", "days_out_of_order"}
    assert rows["start_agreed_on"].isna().sum() == 223 + 70
    assert rows["signed_on"].notna().all()
    assert rows["started_on"].isna().all()
    assert rows["supply_way"].value_counts().to_dict() == {"grant": 849, "allocation": 515}
    assert rows["price_fen"].isna().sum() == 206
    assert (rows["price_fen"] == 0).sum() == 284
    assert rows["supply_no"].str.contains("-").sum() == rows["supply_no"].str.len().gt(16).sum()


def test_its_first_row_is_right_to_the_fen_and_the_square_metre() -> None:
    row = read(SUPPLIES, "supplies").rows.iloc[0]
    assert row["row_no"] == 2
    assert row["supply_no"] == "1502062012B00017"
    assert row["area_m2"] == row["source_area_m2"] == 8_249.0  # 0.8249 公顷
    assert row["price_fen"] == 250_439_600  # 250.4396 万元
    assert row["start_agreed_on"] == pd.Timestamp(2012, 1, 30)
    assert row["signed_on"] == pd.Timestamp(2012, 1, 5)


def test_the_french_cadastre_compares_declared_and_computed_area() -> None:
    reading = read(CADASTRE, "parcels")
    assert reading.layer == "parcels"
    assert len(reading.rows) == reading.row_count == 511
    assert reading.mapping["IDU"] == "parcel_code"
    assert reading.mapping["SUPF"] == "area_m2"
    assert reading.rows["area_m2"].iloc[0] == 226_060.0
    assert set(reading.rows["source_epsg"]) == {2154}
    mismatches = (reading.issues["code"] == "area_mismatch").sum()
    assert 0 < mismatches < 511
    assert len(read(CADASTRE, "buildings").rows) == 252


def test_philadelphia_in_feet_is_placed_and_its_points_are_rejected() -> None:
    land = read(
        PHILADELPHIA / "vacant_land_2024-06-24.parquet", "parcels",
        column_map={"opa_id": "宗地代码"},
    )  # fmt: skip
    assert len(land.rows) == 25_663
    assert set(land.rows["source_epsg"]) == {2272}
    west, south, east, north = (land.rows["geom"].iloc[0]).bounds
    assert -76 < west < east < -74
    assert 39 < south < north < 41
    properties = read(PHILADELPHIA / "vacant_properties_2025-06-29.parquet", "parcels")
    assert properties.rejected_count == 13
    assert (properties.issues["code"] == "wrong_geometry").sum() == 13


@pytest.mark.parametrize(
    ("path", "kind", "word"),
    [
        ("plots-zones-nl/nl_zones.wkt", "parcels", "这是 WKT 文本，不是能读入"),
        ("landsat-pucallpa-1985-2020/1985.tif", "parcels", "栅格"),
        ("height-buildings-alexandria/buildings.geojson", "buildings", "建筑编号"),
        ("README.md", "parcels", "必须有图形|找不到"),
        ("cadastre-france-25354/cadastre.gpkg", "approvals", "批准文号|指定"),
    ],
)
def test_the_rest_is_refused_for_a_true_reason(path: str, kind: str, word: str) -> None:
    with pytest.raises(DeliveryError, match=word):
        read(SHARED / path, kind)
