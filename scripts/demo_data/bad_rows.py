"""Deliveries with one fault of each sort, for tests and for the tour; never part of the totals."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import fiona
from shapely import MultiPolygon, Polygon, box
from shapely.geometry import mapping

from demo_data.ground import EPSG_PLAIN
from demo_data.vectors import MADE_ON

SUPPLY_HEAD = [
    "电子监管号", "项目名称", "面积(公顷)", "供地方式", "成交价格(万元)", "约定开工时间",
    "实际开工时间", "合同签订日期",
]  # fmt: skip
SUPPLY_ROWS = [
    ["1506992013B90001", "演示-好行", "1.0", "出让", "100", "2014-01-31", "", "2013-02-28"],
    ["1506992013B90002", "演示-没有的日子", "1.0", "出让", "100", "2014-01-31", "",
     "2013年2月30日"],
    ["1506992013B90003", "演示-负面积", "-1.5", "出让", "100", "2014-01-31", "", "2013-03-01"],
    ["1506992013B90004", "演示-同一行两次", "1.0", "出让", "100", "2014-01-31", "", "2013-03-02"],
    ["1506992013B90004", "演示-同一行两次", "1.0", "出让", "100", "2014-01-31", "", "2013-03-02"],
    ["1506992013B90005", "演示-同号异容", "1.0", "出让", "100", "2014-01-31", "", "2013-03-03"],
    ["1506992013B90005", "演示-同号异容", "2.0", "出让", "150", "2014-01-31", "", "2013-03-03"],
    ["1506992013B90006", "演示-没有的方式", "1.0", "赠送", "100", "2014-01-31", "", "2013-03-04"],
    ["1506992013B90007", "演示-价格是字", "1.0", "出让", "面议", "2014-01-31", "", "2013-03-05"],
    ["1506992013B90008", "演示-一九〇〇年", "1.0", "出让", "100", "2014-01-31", "1900-01-01",
     "2013-03-06"],
    ["", "演示-没有编号", "1.0", "出让", "100", "2014-01-31", "", "2013-03-07"],
]  # fmt: skip
PROGRESS_HEAD = ["电子监管号", "巡查日期", "来源", "开发状态", "已动工面积(公顷)"]
PROGRESS_ROWS = [
    ["1506992013B90001", "2015-03-01", "现场巡查", "未动工", ""],
    ["1506992013B90001", "2013年2月30日", "现场巡查", "未动工", ""],
    ["1506992013B90001", "2015-04-01", "现场巡查", "停工", "-0.2"],
    ["1506992013B90003", "2015-05-01", "现场巡查", "未动工", ""],
    ["1506992013B90003", "2015-05-01", "现场巡查", "未动工", ""],
    ["1506992013B90004", "2015-06-01", "现场巡查", "未动工", ""],
    ["1506992013B90004", "2015-06-01", "现场巡查", "已动工", ""],
]
EAST, NORTH = 430_000, 4_404_000


def _cell(column: int) -> Polygon:
    return box(EAST + column * 200, NORTH, EAST + column * 200 + 100, NORTH + 100)


def _parcels() -> list[tuple[str, str, Any]]:
    west, east, north = EAST + 200, EAST + 300, NORTH + 100
    bow_tie = Polygon([(west, NORTH), (east, north), (east, NORTH), (west, north)])
    raised = Polygon([(x, y, 1300.5) for x, y in _cell(4).exterior.coords])
    two = MultiPolygon([_cell(5), _cell(6)])
    flat = Polygon([(EAST + 1400, NORTH), (EAST + 1500, NORTH), (EAST + 1400, NORTH)])
    return [
        ("150699009001GB00001", "演示-好图形", _cell(0)),
        ("150699009001GB00002", "演示-自相交", bow_tie),
        ("150699009001GB00003", "演示-无图形", None),
        ("150699009001GB00004", "演示-空图形", Polygon()),
        ("150699009001GB00005", "演示-三维", raised),
        ("150699009001GB00006", "演示-多部件", two),
        ("150699009001GB00007", "演示-没有面积", flat),
        ("150699009001GB00001", "演示-同号异形", _cell(8)),
    ]


def write_bad_rows(out: Path) -> None:
    """Write `supplies.csv`, `progress.csv` and `parcels.gpkg` into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    for name, head, rows in (
        ("supplies.csv", SUPPLY_HEAD, SUPPLY_ROWS),
        ("progress.csv", PROGRESS_HEAD, PROGRESS_ROWS),
    ):
        sheet = io.StringIO(newline="")
        csv.writer(sheet, lineterminator="\r\n").writerows([head, *rows])
        (out / name).write_bytes(sheet.getvalue().encode("utf-8-sig"))
    path = out / "parcels.gpkg"
    path.unlink(missing_ok=True)
    schema = {"geometry": "Unknown", "properties": {"宗地代码": "str", "项目名称": "str"}}
    with (
        fiona.Env(OGR_CURRENT_DATE=f"{MADE_ON}T00:00:00.000Z"),
        fiona.open(
            path, "w", driver="GPKG", layer="宗地", crs=f"EPSG:{EPSG_PLAIN}", schema=schema
        ) as target,
    ):
        for code, name, shape in _parcels():
            geometry = None if shape is None else mapping(shape)
            target.write({"geometry": geometry, "properties": {"宗地代码": code, "项目名称": name}})
