"""A park of six projects around their control values, as offices send it: what a person reads is
worked by hand in tests/test_control_path.py.

Every supply has 2 公顷 = 30 亩 = 20,000 m2, signed 2024-03-01, price 900 万元. K01 has two blocks,
K02 one. Judged on 2026-06-30.
"""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas
import shapely

from tests.warm import Desk

WEST, SOUTH, STEP = 109.80, 39.60, 0.002
PLACES = {"K01": ("150602", 0), "K02": ("150602", 20)}
BLOCKS = {"K01-A": ("K01", 0), "K01-B": ("K01", 10), "K02-A": ("K02", 20)}

REGISTERS: dict[str, list[str]] = {
    "supplies": [
        "电子监管号,行政区代码,项目名称,面积(公顷),供地方式,行业分类,成交价格(万元),约定开工时间,约定竣工时间,合同签订日期",
        *(
            f"S{n},150602,项目{n},2,出让,化学原料和化学制品制造业,900,2024-06-01,{due},2024-03-01"
            for n, due in enumerate(
                (
                    "2026-12-31",
                    "2026-12-31",
                    "2026-12-31",
                    "2025-12-31",
                    "2025-12-31",
                    "2027-12-31",
                    "2026-12-31",
                ),
                start=1,
            )
        ),
    ],
    "agreements": [
        "监管协议号,电子监管号,协议类型,签订日期,约定投产时间,约定达产时间,容积率,亩均税收(万元/亩)",
        "协1,S1,标准地,2024-03-01,2024-10-31,2024-12-31,1.0,20",
        # Its 达产 day is the day after.
        "协2,S2,标准地,2024-03-01,2025-10-31,2026-07-01,1.0,20",
        "协5,S5,标准地,2024-03-01,2026-05-31,2027-05-31,,",
        # Of no project.
        "协7,S7,标准地,2024-03-01,2025-10-31,2026-06-30,,15",
    ],
    "projects": [
        "项目代码,项目名称,项目类型,统一社会信用代码,行业代码,开发区代码,区块代码,电子监管号,已完成投资(万元),项目状态,竣工日期,投产日期,备案日期",
        "X1,甲化工,新建,F1,2614,K01,K01-A,S1,10000,投产,2024-09-01,2024-10-01,2024-01-05",
        "X2,乙化工,新建,F2,2614,K01,K01-A,S2,10000,投产,2025-09-01,2025-10-01,2024-02-05",
        "X3,丙化工,新建,F3,2614,K02,K02-A,S3,3000,停产,2024-09-01,2024-10-01,2021-02-05",
        "X4,丁化工,新建,,2614,K02,K02-A,S4,1000,在建,,,2021-02-05",
        "X5,戊化工,新建,,2614,K02,K02-A,S5,1000,建成,2025-03-01,,2021-02-05",
        "X6,己化工,新建,,2614,K02,K02-A,S6,,前期,,,2021-02-05",
    ],
    "enterprises": [
        "统一社会信用代码,企业名称,电子监管号,行业代码,经营状态,登记日期",
        "F1,甲公司,S1,2614,正常,2020-01-01",
        "F2,乙公司,S2,2614,正常,2020-01-01",
        "F3,丙公司,S3,2614,停产,2020-01-01",
    ],
    "enterprise_years": [
        "统一社会信用代码,年度,工业总产值(万元),税收(万元)",
        "F1,2024,1,1",
        "F1,2025,9000,600",
        "F2,2025,30000,900",
    ],
    "acceptances": [
        "复核文号,项目代码,复核日期,计容建筑面积,建筑物占地面积,堆场占地面积,行政办公用地面积",
        "复1,X1,2025-02-01,16000,7000,1000,1401",
    ],
    "formalities": [
        "项目代码,手续名称,审批部门,审批受理情况,办理时限,未办理原因,填报日期",
        "X6,环境影响评价,生态环境局,不能正常办理,2026-04,总量指标,2026-05-10",
        "X6,节能审查,发改委,已批复,2026-04,,2026-03-10",
    ],
    "control_values": [
        "指标,行政区代码,园区代码,行业代码,下限,单位,依据文件,施行日期",
        "投资强度,150602,,26,300,万元/亩,控1,2023-01-01",
        "投资强度,150602,,2614,400,万元/亩,控1,2023-01-01",
        "土地产出率,150602,,26,7500,万元/公顷,控1,2023-01-01",
        "容积率,150602,,,0.6,,控1,2023-01-01",
        "容积率,,K01,26,0.8,,园1,2023-01-01",
        # Nobody says of what: told, and used for nothing.
        "亩均税收,150602,,27,25,,控2,2023-01-01",
    ],
}


def box(n: float, width: float) -> shapely.Polygon:
    west = WEST + n * STEP
    return shapely.box(west, SOUTH, west + width * STEP, SOUTH + STEP)


def fill(desk: Desk, folder: Path, but: frozenset[str] = frozenset()) -> None:
    """Load everything, as files, but some kinds."""
    layers = {
        "regions": [{"行政区代码": "150602", "行政区名称": "旗", "启用日期": "2000-01-01",
                     "geometry": box(-5, 60)}],
        "parks": [{"开发区代码": code, "开发区名称": f"{code}园", "行政区代码": region,
                   "启用日期": "2000-01-01", "geometry": box(west, 20)}
                  for code, (region, west) in PLACES.items()],
        "blocks": [{"区块代码": code, "区块名称": code, "开发区代码": park,
                    "启用日期": "2000-01-01", "geometry": box(west, 10)}
                   for code, (park, west) in BLOCKS.items()],
    }  # fmt: skip
    for kind, rows in layers.items():
        place = folder / f"{kind}.gpkg"
        geopandas.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490").to_file(place)
        load(desk, kind, place)
    for kind, lines in REGISTERS.items():
        if kind not in but:
            load(desk, kind, written(folder, kind, *lines))


def written(folder: Path, name: str, *lines: str) -> Path:
    place = folder / f"{name}.csv"
    with place.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(line.split(",") for line in lines)
    return place


def load(desk: Desk, kind: str, place: Path) -> None:
    done = desk.call("load", kind, str(place))
    assert done.code == 0, done.stderr + done.stdout
