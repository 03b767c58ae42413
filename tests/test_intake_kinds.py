"""Every kind of the design's table: registers with the office's own headers, and images."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import rasterio
from rasterio.transform import Affine

from gis import fields
from gis.errors import DeliveryError, UsageError
from gis.intake.batches import Whole
from gis.intake.read import Reading, read
from gis.store import arrivals, database, deliveries, records
from gis.store.arrivals import Received

# kind -> a register as an office sends it: headers, then one row
REGISTERS: dict[str, tuple[str, str]] = {
    "holders": (
        "转让合同号,电子监管号,转移方式,受让人,转让人,登记日期",
        "蒙〔2024〕鄂字第1号,1506022016B00012,司法拍卖,甲公司,乙公司,2024-03-05",
    ),
    "agreements": (
        "监管协议号,电子监管号,协议类型,签订日期,约定达产时间,投资强度(万元/公顷),容积率,亩均税收（万元/亩）",
        "标准地2024-1,1506022024B00001,标准地,2024-01-02,2027-01-02,4500,0.8,20",
    ),
    "projects": (
        "项目代码,项目名称,项目状态,总投资(亿元),电子监管号,备案日期",
        "2301-150602-04-01-123456,光伏组件,在建,1.5,1506022024B00001；1506022024B00002,2023-01-09",
    ),
    "formalities": (
        "项目代码,手续名称,审批部门,审批受理情况,办理时限,填报日期",
        "2301-150602-04-01-123456,环境影响评价,生态环境局,已受理,2024-06,2024-03-01",
    ),
    "control_values": (
        "指标名称,行政区代码,行业代码,下限,单位,依据文件,施行日期",
        "投资强度,150602,C26,300,万元/亩,控字〔2024〕1号,2024-01-01",
    ),
    "acceptances": (
        "复核文号,项目代码,复核日期,计容建筑面积,堆场占地面积,固定资产总投资(万元)",
        "复核〔2026〕1号,2301-150602-04-01-123456,2026-05-01,16000,1000,9000",
    ),
    "enterprises": (
        "统一社会信用代码,企业名称,是否规上,高新技术企业,经营状态,占地面积(亩),登记日期",
        "91150600MA0N000000,丙公司,是,否,停产,30,2019-05-06",
    ),
    "residents": ("园区代码,年度,常住人口", "150602K01,2023,1200"),
    "base": (
        "年度,行政区代码,任务类型,底数编号,批次名称,锁定面积(亩),锁定日期",
        "2024,150602,批而未供,12,2013年第一批次,30,2024-03-31",
    ),
    "done": (
        "文号,年度,行政区代码,任务类型,口径,底数编号,处置面积(亩),处置方式,完成日期",
        "内自然资函〔2024〕9号,2024,150602,批而未供,自治区审核认定,12,15,加快供应,2024-10-31",
    ),
    "ledgers": (
        "台账,序号,行政区代码,项目名称,未供面积,责任单位,责任人,完成时限,处置方式,是否销号,腾出土地(亩)",
        "停产企业,7,150602,丙公司,1.5,工信局,张某,2024年12月,转让,否,30",
    ),
}


def register(folder: Path, kind: str, **options: Any) -> Reading:
    header, row = REGISTERS[kind]
    path = folder / f"{kind}.csv"
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    return read(path, kind, **options)


def take_in(store: database.Connection, reading: Reading) -> arrivals.Loaded:
    received = Received(reading.file, reading.kind.name, "sha", reading.file, reading.mapping)
    columns = Whole(reading).columns
    return deliveries.put(store, received, reading.rows, reading.issues, columns)


@pytest.mark.parametrize("kind", REGISTERS)
def test_a_register_of_the_kind_is_read_without_a_doubt(tmp_path: Path, kind: str) -> None:
    reading = register(tmp_path, kind)
    assert len(reading.rows) == 1
    header = REGISTERS[kind][0]
    assert set(reading.mapping) == set(header.split(","))
    doubts = reading.issues[~reading.issues["code"].isin({"month_without_day", "assumed_unit"})]
    assert doubts.empty, doubts["message"].tolist()


def test_money_for_land_is_one_unit_whatever_the_header_says(tmp_path: Path) -> None:
    (row,) = register(tmp_path, "agreements").rows.to_dict("records")
    # 4500 万元/公顷 = 4500 yuan/m2; 20 万元/亩 = 200,000 yuan on 2000/3 m2 = 300 yuan/m2.
    assert (row["investment_yuan_per_m2"], row["tax_yuan_per_m2"]) == (4500.0, 300.0)
    assert row["floor_ratio_min"] == 0.8


def test_lists_months_and_states_of_the_ledgers(tmp_path: Path) -> None:
    (project,) = register(tmp_path, "projects").rows.to_dict("records")
    assert project["supply_nos"] == ["1506022024B00001", "1506022024B00002"]
    assert project["investment_total_fen"] == 15_000_000_000
    (item,) = register(tmp_path, "ledgers").rows.to_dict("records")
    assert (item["key"], item["state"]) == ("stopped_firms|150602|7", "open")
    assert item["due_on"].date() == date(2024, 12, 31)
    assert (item["area_m2"], item["freed_land_m2"]) == (15_000.0, pytest.approx(20_000.0))


def test_a_record_of_a_year_counts_from_its_first_or_its_last_day(
    tmp_path: Path, store: database.Connection
) -> None:
    path = tmp_path / "years.csv"
    path.write_text("信用代码,年度,税收(万元)\n91A,2023,100\n91B,0,100\n", encoding="utf-8")
    take_in(store, register(tmp_path, "residents"))
    take_in(store, read(path, "enterprise_years"))
    tasks = tmp_path / "tasks.csv"
    tasks.write_text("年度,行政区代码,任务类型,任务\n2024,150602,闲置土地,10\n", encoding="utf-8")
    take_in(store, read(tasks, "tasks"))
    take_in(store, register(tmp_path, "base"))
    last, first = pd.Timestamp("2023-12-31"), pd.Timestamp("2024-01-01")
    assert records.read(store, "residents")["effective_on"].tolist() == [last]
    assert records.read(store, "enterprise_years")["effective_on"].tolist() == [last]
    assert records.read(store, "enterprise_years", undated=True)["key"].tolist() == ["91B|0"]
    assert records.read(store, "tasks")["effective_on"].tolist() == [first]
    assert records.read(store, "base")["effective_on"].tolist() == [pd.Timestamp("2024-03-31")]


def test_a_number_too_large_for_its_column_is_told_and_left_empty(tmp_path: Path) -> None:
    path = tmp_path / "residents.csv"
    path.write_text("园区代码,年度,常住人口,从业人员\nK,2023,5,99999999999\n", encoding="utf-8")
    reading = read(path, "residents")
    assert reading.rows["workers_count"].isna().tolist() == [True]
    assert "unreadable_number" in set(reading.issues["code"])


def test_what_holds_for_the_whole_file_is_said_once(tmp_path: Path) -> None:
    path = tmp_path / "ledger.csv"
    path.write_text("序号,项目名称,年度\n1,甲,2020\n2,乙,2021\n", encoding="utf-8")
    reading = read(path, "ledgers", constants={"台账类型": "闲置土地", "year": "2024"})
    assert reading.rows["ledger"].tolist() == ["idle", "idle"]
    assert reading.rows["year"].tolist() == [2024, 2024]
    assert reading.mapping["台账类型=闲置土地"] == "ledger"
    # What the file itself says of the year is not used, and that is told.
    assert "shadowed_header" in set(reading.issues["code"])
    with pytest.raises(UsageError, match="没有标准列「颜色」"):
        read(path, "ledgers", constants={"颜色": "红"})


def test_every_kind_of_the_design_can_be_loaded() -> None:
    asked = """regions parks blocks parcels approvals approval_status withdrawals supplies
        extensions handovers right_endings holders causes progress decisions agreements projects
        formalities control_values acceptances
        enterprises enterprise_years buildings landclass plans serviced residents tasks base
        done ledgers park_scores imagery"""
    assert set(asked.split()) == set(fields.KINDS)


def image(path: Path, *, tags: dict[str, str] | None = None) -> Path:
    place = Affine(2, 0, 37_420_000, 0, -2, 4_400_000)
    pixels = np.arange(2 * 60 * 50, dtype="uint16").reshape(2, 60, 50)
    with rasterio.open(
        path, "w", driver="GTiff", width=50, height=60, count=2, dtype="uint16", crs="EPSG:4525",
        transform=place, nodata=0,
    ) as made:  # fmt: skip
        made.write(pixels)
        made.update_tags(**(tags or {}))
    return path


def test_an_image_is_a_record_of_its_place_its_grain_and_its_day(
    tmp_path: Path, store: database.Connection
) -> None:
    path = image(tmp_path / "高分 二号.tif", tags={"TIFFTAG_DATETIME": "2024:05:01 10:20:30"})
    reading = read(path, "imagery")
    (row,) = reading.rows.to_dict("records")
    assert row["path"] == str(path)
    assert row["taken_on"] == pd.Timestamp("2024-05-01")
    assert (row["resolution_m"], row["bands_count"], row["pixel_type"]) == (2.0, 2, "uint16")
    assert (row["width_px"], row["height_px"], row["nodata"]) == (50, 60, 0.0)
    assert row["source_epsg"] == 4525
    # 50 columns of 2 m east of 37,420,000; the corner at zone 37's 420 km lies west of 111 E.
    west, south, east, north = row["geom"].bounds
    assert 110 < west < east < 110.1
    assert 39.7 < south < north < 39.75
    assert reading.issues["code"].tolist() == ["day_from_tag"]
    take_in(store, reading)
    assert records.read(store, "imagery")["key"].tolist() == [f"{path}|2024-05-01"]


def test_the_day_a_person_names_wins_over_the_tags_of_the_image(tmp_path: Path) -> None:
    path = image(tmp_path / "a.tif", tags={"TIFFTAG_DATETIME": "2024:05:01 10:20:30"})
    reading = read(path, "imagery", constants={"taken_on": "2023-08-02"})
    assert reading.rows["taken_on"].tolist() == [pd.Timestamp("2023-08-02")]
    assert reading.issues.empty


def test_an_image_without_day_place_or_end_is_refused_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(DeliveryError, match=r"--set taken_on=2024-05-01"):
        read(image(tmp_path / "a.tif"), "imagery")
    whole = image(tmp_path / "b.tif").read_bytes()
    cut = tmp_path / "cut.tif"
    for length in (8, 200, len(whole) // 2, len(whole) - 600):
        cut.write_bytes(whole[:length])
        with pytest.raises(DeliveryError, match="损坏或被截断"):
            read(cut, "imagery", constants={"taken_on": "2024-05-01"})
    with pytest.raises(DeliveryError, match="landwatch load imagery"):
        read(tmp_path / "b.tif", "parcels")


def test_an_image_without_a_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "flat.tif"
    pixels = np.zeros((1, 4, 4), dtype="uint8")
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        rasterio.open(path, "w", driver="GTiff", width=4, height=4, count=1, dtype="uint8") as made,
    ):
        made.write(pixels)
    with pytest.raises(DeliveryError, match="没有定位信息"):
        read(path, "imagery", constants={"taken_on": "2024-05-01"})


def test_a_register_of_images_needs_no_shape(tmp_path: Path) -> None:
    path = tmp_path / "images.csv"
    path.write_text("影像路径,时相,分辨率\n影像/a b.tif,2024-05-01,0.8\n", encoding="utf-8")
    (row,) = read(path, "imagery").rows.to_dict("records")
    assert (row["key"], row["resolution_m"]) == ("影像/a b.tif|2024-05-01", 0.8)
