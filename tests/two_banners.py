"""Two banners that are the same but for their names: what one side may see is told by its sign.

150602 is 东, 150722 (of another city) 西; each has a park of two blocks, approvals, parcels and
supplies, and a paper about nobody.
"""

from __future__ import annotations

import atexit
import csv
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas
import shapely

from tests import warm
from tests.conftest import Server, url_of
from tests.made_once import made_once
from tests.stores import Store, copied, copy
from tests.warm import Desk

SIDES = {"东": ("150602", 0.0), "西": ("150722", 0.5)}
# A supply in the next block.
NEIGHBOUR = "东邻监01"
WEST, SOUTH, STEP = 109.80, 39.60, 0.002


def box(side: str, n: float, width: float = 1.0) -> shapely.Polygon:
    west = WEST + SIDES[side][1] + n * STEP
    return shapely.box(west, SOUTH, west + width * STEP, SOUTH + STEP)


def fill(desk: Desk, folder: Path) -> None:
    def layer(kind: str, rows: list[dict[str, Any]]) -> None:
        place = folder / f"{kind}.gpkg"
        geopandas.GeoDataFrame(rows, geometry="geometry", crs="EPSG:4490").to_file(place)
        done = desk.call("load", kind, str(place))
        assert done.code == 0, done.stderr + done.stdout

    def register(kind: str, head: str, *lines: str) -> None:
        place = folder / f"{kind}.csv"
        with place.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head.split(","), *(line.split(",") for line in lines)])
        done = desk.call("load", kind, str(place))
        assert done.code == 0, done.stderr + done.stdout

    regions = [
        {"行政区代码": code, "行政区名称": f"{side}旗", "启用日期": "2000-01-01",
         "geometry": box(side, -20, 90)}
        for side, (code, _) in SIDES.items()
    ]  # fmt: skip
    layer("regions", regions)
    layer("parks", [
        {"开发区代码": f"{side}园", "开发区名称": f"{side}产业园", "行政区代码": code,
         "启用日期": "2000-01-01", "geometry": box(side, 0, 20)}
        for side, (code, _) in SIDES.items()
    ])  # fmt: skip
    layer("blocks", [
        {"区块代码": f"{side}{name}", "区块名称": f"{side}{name}", "开发区代码": f"{side}园",
         "启用日期": "2000-01-01", "geometry": box(side, west, 10)}
        for side in SIDES for name, west in (("块", 0), ("二块", 10))
    ])  # fmt: skip
    # The second reaches across the border of the blocks: what is left of it in the first lies
    # beside a supply of the other.
    layer("approvals", [
        {"批准文号": f"{side}批〔2020〕{n}号", "批次名称": f"{side}批次", "批准日期": "2020-03-01",
         "用地总面积": 10.0, "行政区代码": code, "geometry": box(side, west, width)}
        for side, (code, _) in SIDES.items()
        for n, west, width in ((1, 0, 6), (2, 9, 3), ("邻3", 12, 2), ("邻4", -2, 2))
    ])  # fmt: skip
    layer("parcels", [
        {"宗地代码": f"{code}001001GB0000{n}", "电子监管号": f"{side}监{n}",
         "项目名称": f"{side}项目{n}", "行政区代码": code, "登记日期": "2020-06-01",
         "geometry": box(side, n)}
        for side, (code, _) in SIDES.items() for n in (1, 2, 4)
    ])  # fmt: skip
    layer("parcels", [
        {"宗地代码": f"{code}001001GB00008", "电子监管号": f"{side}监8", "项目名称": f"{side}项目8",
         "行政区代码": code, "登记日期": "2020-06-01", "geometry": box(side, 19.5)}
        for side, (code, _) in SIDES.items()
    ])  # fmt: skip
    layer("parcels", [
        {"宗地代码": f"{code}001001GB00007", "电子监管号": f"{side}邻监01",
         "项目名称": f"{side}邻项目", "行政区代码": code, "登记日期": "2020-06-01",
         "geometry": box(side, 10)}
        for side, (code, _) in SIDES.items()
    ])  # fmt: skip
    register("supplies",
             "电子监管号,行政区代码,项目名称,面积(公顷),供地方式,成交价格(万元),约定开工时间,合同签订日期",
             *(f"{side}监{n},{code},{side}项目{n},3.8,出让,100,2021-0{n}-01,2020-05-01"
               for side, (code, _) in SIDES.items() for n in (1, 2, 4, 8)),
             *(f"{side}邻监01,{code},{side}邻项目,3.8,出让,100,2021-01-01,2020-05-01"
               for side, (code, _) in SIDES.items()))  # fmt: skip
    for side in SIDES:  # a paper about nobody is a lead and an issue
        register("extensions", "文号,电子监管号,签订日期,延期类型,延期后开工时间,批准单位",
                 f"{side}延1,{side}监9,2021-02-01,合同延建,2022-01-01,{side}府")  # fmt: skip


@contextmanager
def judged(server: Server, pattern: str, name: str, home: Path) -> Iterator[Desk]:
    """A store of both banners, judged on 2024-06-30: a copy of one that is made once."""
    made, kept = _made(server, pattern)
    with copied(server, made, name, home) as store:
        shutil.copytree(kept / "archive", home / "archive")
        yield Desk(store, warm.shared())


_MADE: dict[str, tuple[str, Path]] = {}


def _made(server: Server, pattern: str) -> tuple[str, Path]:
    """Return the database all are copies of, and its home, made when first asked for."""
    if pattern not in _MADE:
        name, home = f"{pattern}_banners", Path(tempfile.mkdtemp(prefix="landwatch-banners-"))
        atexit.register(shutil.rmtree, home, ignore_errors=True)
        copy(server, pattern, name)
        desk = Desk(Store(url_of({**server.role, "dbname": name}), home), warm.shared())

        def make() -> None:
            fill(desk, home)
            assert desk.call("run", "--as-of", "2024-06-30").code == 0

        made_once(server, desk.store, "banners", make)
        _MADE[pattern] = name, home
    return _MADE[pattern]
