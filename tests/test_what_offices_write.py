"""What offices write of land, from the register that brings it to the cell a person reads.

Batch, use, owner, reason and office of what is approved and not supplied; publication, plan, result
and office of idle land; use and place of a supply whose own papers name none.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pandas as pd
import pytest
import shapely

from tests import warm
from tests.conftest import Server
from tests.stores import copied
from tests.test_ledgers import plain, rows_of
from tests.test_paper_cases import loaded
from tests.warm import Desk

AS_OF = "2024-06-30"
HEAD = [
    "批准文号",
    "批次名称",
    "批准日期",
    "用地总面积(公顷)",
    "规划用途",
    "权属",
    "责任单位",
    "行政区代码",
]
X0, Y0 = 480_000.0, 4_400_000.0
PARCEL = "150600001001GB0000"
NOTED = [
    "批次/项目名称",
    "规划用途",
    "权属",
    "未供原因",
    "责任单位",
    "批准面积（亩）",
    "仅知月份的日期",
]
TOLD = ["公示日期", "拟处置方案", "处置结果", "责任单位", "土地用途", "坐落", "仅知月份的日期"]
# What each row must say under NOTED.
PIECES = {
    # All of the register; the report of 2020 names the office anew, and the reason.
    "册一": ("2017年第三批次", "工业用地", "集体", "征地补偿未落实", "园区管委会", 30.0, None),
    # Approved in 2018年3月. The register is silent: all of it from the office's ledger.
    "册二": ("物流园", "仓储用地（据台账）", "国有", "规划调整", "镇政府", 15.0, "批准日期"),
    # A workbook and a shapefile bring the same columns.
    "簿三": ("2018年第一批次", "商服用地", "国有", None, "甲局", 15.0, None),
    "图四": ("2018年第二批次", "仓储用地", "集体", None, "乙局", 15.0, None),
}
# Under TOLD.
HELD = {
    # The decision's own words, then the ledger's; 20 万元 are 200,000 元.
    "S1": ("2024-02-20", "征收闲置费；协议收回",
           "2024-05-06 征缴土地闲置费决定书 费1（200,000.00 元）；已缴清", "利用科",
           f"工业用地（据宗地 {PARCEL}1、{PARCEL}4）",
           f"一号路（据宗地 {PARCEL}1）；五号路（据宗地 {PARCEL}4）", None),
    # Published in 2024年3月; the parcel lies under the drawing and names no supply.
    "S2": ("2024-03-01", "延期开发", "2024-04-02 处置延期 延2（动工日延至 2024-05-31）；已约谈",
           "利用科", f"商服用地（据宗地 {PARCEL}2）", f"二号路（据宗地 {PARCEL}2）", "公示日期"),
    # No parcel at all: what the ledger says, without a day of its own.
    "S3": (None, None, None, "法规科", "仓储用地（据台账）", "三号路（据台账）", None),
    # Its own papers speak first.
    "S4": (None, None, None, None, "公园", "四号路", None),
    # Found idle of another cause than its papers give: no disposal target until it is cleared.
    "S5": (None,) * 7,
}  # fmt: skip


def at(number: int) -> shapely.Polygon:
    return shapely.box(X0 + 400 * number, Y0, X0 + 400 * number + 100, Y0 + 100)


def layer(path: Path, columns: dict[str, list[Any]], shapes: list[Any], **options: str) -> str:
    frame = geopandas.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4546")
    frame.to_file(path, **options)
    return str(path)


def fill(desk: Desk, folder: Path) -> None:
    loaded(desk, "approvals", ",".join(HEAD),
           "册一,2017年第三批次,2018-01-01,2,工业用地,集体,旧局,150600",
           "册二,,2018年3月,1,,,,150600")  # fmt: skip
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEAD)
    sheet.append(["簿三", "2018年第一批次", "2018-01-01", 1, "商服用地", "国有", "甲局", "150600"])
    book.save(folder / "a.xlsx")
    desk.json("load", "approvals", str(folder / "a.xlsx"))
    # A name of a shapefile's field has ten bytes: five characters in GBK.
    names = ["PZWH", "PCMC", "PZRQ", "YDZMJ", "规划用途", "权属", "责任单位", "XZQDM"]
    row = ["图四", "2018年第二批次", "2018-01-01", 1.0, "仓储用地", "集体", "乙局", "150600"]
    drawn = {name: [value] for name, value in zip(names, row, strict=True)}
    path = layer(folder / "a.shp", drawn, [at(9)], encoding="gbk")
    desk.json("load", "approvals", path)
    loaded(desk, "approval_status",
           "批准文号,核查日期,征地补偿,补偿完成日期,能否供应,未供原因,责任单位",
           "册一,2020-06-01,未完成,,,征地补偿未落实,园区管委会")  # fmt: skip
    loaded(desk, "ledgers",
           "台账类型,编号,批准文号,批次/项目名称,规划用途,权属,未供类型/原因,责任单位,入账日期",
           "批而未供,0,册二,旧名,住宅,集体,没有,旧局,2022-01-01",
           "批而未供,1,册二,物流园,仓储用地,国有,规划调整,镇政府,2023-01-01",
           "批而未供,2,册二,以后,住宅,集体,没有,旧局,2025-01-01")  # fmt: skip
    head = "电子监管号,行政区代码,项目名称,面积(公顷),供地方式,成交价格(万元),约定开工时间,"
    head += "合同签订日期,土地用途,项目位置"
    row = "150600,甲,1,出让,100,2022-06-30,2022-01-05"
    loaded(
        desk, "supplies", head, f"S1,{row},,", f"S3,{row},,", f"S4,{row},公园,四号路", f"S5,{row},,"
    )
    supply = dict(zip(head.split(","), ["S2", *row.split(","), "", ""], strict=True))
    path = layer(folder / "s.gpkg", {k: [v] for k, v in supply.items() if v}, [at(1)])
    desk.json("load", "supplies", path)
    parcels = {
        "宗地代码": [f"{PARCEL}{n}" for n in (1, 2, 3, 4)],
        "电子监管号": ["S1", None, None, "S1"],
        "土地用途": ["工业用地", "商服用地", "别处", "工业用地"],
        "坐落": ["一号路", "二号路", "别处", "五号路"],
    }
    # The third only touches the drawing of S2: it lies beside it.
    beside = shapely.box(X0 + 500, Y0, X0 + 600, Y0 + 100)
    desk.json("load", "parcels", layer(folder / "p.gpkg", parcels, [at(0), at(1), beside, at(2)]))
    loaded(desk, "progress", "电子监管号,核查日期,来源,开发状态",
           *(f"{one},2024-01-15,巡查,未动工" for one in HELD))  # fmt: skip
    loaded(desk, "decisions",
           "文书号,电子监管号,文书类型,送达日期,认定原因,金额(万元),公示日期,拟处置方案,处置结果",
           "认5,S5,认定书,2024-02-01,政府原因,,,,",
           "认1,S1,认定书,2024-02-01,企业原因,,2024-02-20,征收闲置费,",
           "费1,S1,征缴土地闲置费决定书,2024-05-06,,20,,,已缴清")  # fmt: skip
    loaded(desk, "extensions", "文号,电子监管号,签订日期,延期类型,延期后开工时间,批准单位",
           "延2,S2,2024-04-02,闲置处置延期,2024-05-31,市政府")  # fmt: skip
    loaded(desk, "ledgers",
           "台账类型,编号,电子监管号,拟处置方案,公示日期,责任单位,是否销号,处置结果,入账日期,用途,坐落",
           "闲置土地,1,S1,协议收回,2024-03-05,利用科,否,,2024-03-01,住宅,别处",
           "闲置土地,2,S2,延期开发,2024年3月,利用科,否,已约谈,2024-03-01,住宅,别处",
           "闲置土地,3,S3,,,法规科,否,,,仓储用地,三号路")  # fmt: skip


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home, folder = tmp_path_factory.mktemp("offices"), tmp_path_factory.mktemp("files")
    with copied(server, pattern, "landwatch_offices", home) as store:
        desk = Desk(store, warm.shared())
        fill(desk, folder)
        desk.json("run", "--as-of", AS_OF)
        yield desk


def shown(rows: list[dict[str, Any]], key: str, titles: list[str]) -> dict[str, tuple[Any, ...]]:
    """Return the cells of rows under some titles, empty as None and days as text."""
    told = {}
    for row in rows:
        cells = [plain(row[title]) for title in titles]
        told[row[key]] = tuple(
            None if cell is None or cell != cell else _figure(cell) for cell in cells
        )
    return told


def _figure(cell: Any) -> Any:
    return float(cell) if isinstance(cell, int | float) else str(cell)


def test_every_door_out_carries_what_the_registers_say_of_unsupplied_land(
    desk: Desk, tmp_path: Path
) -> None:
    desk.json("export", "unsupplied", "--format", "xlsx", "--out", str(tmp_path / "u.xlsx"))
    rows = [row for row in rows_of(tmp_path / "u.xlsx", "批而未供台账") if row["批准文号"]]
    # A batch is part of an approval's name.
    for row in rows:
        row["批准文号"] = row["批准文号"].split("|")[0]
    assert shown(rows, "批准文号", NOTED) == PIECES
    for what, form in (("unsupplied", "csv"), ("findings", "csv"), ("findings", "shp")):
        out = tmp_path / f"{what}.{form}"
        desk.json("export", what, "--format", form, "--out", str(out))
        table = pd.read_csv(out, dtype=str) if form == "csv" else with_shapeless(out)
        table["文号"] = (
            table["批准文号" if what == "unsupplied" else "所属批文"].str.split("|").str[0]
        )
        table = table[table["文号"].notna()]
        titles = [title for title in NOTED if "批准面积" not in title]
        rows = table.to_dict("records")
        expected = {name: (*row[:5], *row[6:]) for name, row in PIECES.items()}
        assert shown(rows, "文号", titles) == expected, (what, form)


def with_shapeless(out: Path) -> pd.DataFrame:
    """Return a shapefile and the list of what has no shape beside it, under Chinese titles."""
    listed = pd.read_csv(out.with_name(f"{out.stem}_字段说明.csv"), dtype=str)
    named = dict(zip(listed["字段名"], listed["中文名称"], strict=True))
    drawn = geopandas.read_file(out).drop(columns="geometry").rename(columns=named)
    bare = pd.read_csv(out.with_name(f"{out.stem}_无图形.csv"), dtype=str)
    assert [*drawn.columns] == [*bare.columns]
    return pd.concat([drawn.astype(object), bare.astype(object)], ignore_index=True)


def test_every_door_out_carries_publication_plan_result_and_office(
    desk: Desk, tmp_path: Path
) -> None:
    desk.json("export", "targets", "--format", "xlsx", "--out", str(tmp_path / "t.xlsx"))
    rows = [
        row for row in rows_of(tmp_path / "t.xlsx", "闲置土地台账(含疑似)") if row["电子监管号"]
    ]
    told = shown(rows, "电子监管号", TOLD)
    assert told == {key: HELD[key] for key in told}
    assert {"S1", "S3", "S4"} <= {*told}
    for form in ("csv", "shp"):
        out = tmp_path / f"f.{form}"
        desk.json("export", "findings", "--format", form, "--out", str(out))
        table = pd.read_csv(out, dtype=str) if form == "csv" else with_shapeless(out)
        rows = table[table["电子监管号"].notna()].to_dict("records")
        told = shown(rows, "电子监管号", TOLD)
        if form == "csv":  # a list of texts shows the month, a shapefile the day it was read as
            assert told["S2"][0] == "2024-03（仅到月）"
            told["S2"] = ("2024-03-01", *told["S2"][1:])
        assert told == HELD, form


# Where a sheet and a list have grown other words for one column.
BOTH = {"旗县代码": "行政区代码"}
SAME = {
    "闲置土地台账(含疑似)": BOTH | {"状态": "结果", "项目名称": "名称"},
    "批而未供台账": BOTH | {"未供类型": "结果", "地块编号": "监测对象", "批准文号": "所属批文",
                    "状态自": "处置方向自"},
}  # fmt: skip


def test_targets_are_the_same_rows_and_columns_in_a_workbook_and_a_shapefile(
    desk: Desk, tmp_path: Path
) -> None:
    """S5 carries `cause_clash`: neither holds it, and both say so."""
    out, book = tmp_path / "t.shp", tmp_path / "t.xlsx"
    for path in (out, book):
        told = desk.json("export", "targets", "--format", path.suffix[1:], "--out", str(path))
        assert told["held_back"] == ["S5"]
    drawn = with_shapeless(out)
    sheets = {"闲置土地台账(含疑似)": "监测对象", "批而未供台账": "地块编号"}
    listed, titles = [], set()
    for sheet, key in sheets.items():
        rows = [row for row in rows_of(book, sheet) if isinstance(row["序号"], int)]
        listed += [row[key] for row in rows]
        own = {*rows[0]} - {"序号"}
        titles |= {SAME[sheet].get(title, title).replace("本地块面积", "面积") for title in own}
    assert sorted(listed) == sorted(drawn["监测对象"])
    assert "S1" in listed
    assert "S5" not in listed
    assert titles - {*drawn.columns} == set()
    # A list names the codes beside their words, the run and its day, which a sheet has on top.
    above = {title for title in drawn.columns if title.endswith("代码")} | {"截止日期", "运行编号"}
    areas = {title for title in drawn.columns if title.endswith("面积（平方米）")}
    assert {*drawn.columns} - titles - above - areas == {"规则"}


@pytest.mark.long("test_every_door_out_carries_publication_plan_result_and_office")
def test_a_run_built_on_another_shows_what_was_written_since(desk: Desk, tmp_path: Path) -> None:
    """A row of the ledger touches the supply and the approval it names, and nothing else."""
    loaded(desk, "ledgers", "台账类型,编号,批准文号,电子监管号,责任单位,未供原因,入账日期",
           "批而未供,9,簿三,,新局,市政未通,2024-06-01", "闲置土地,9,,S4,新科,,")  # fmt: skip
    built, whole = ((*("run", "--as-of", AS_OF), *more) for more in ((), ("--full",)))
    said = []
    for command in (built, whole):
        run = str(desk.json(*command)["run"])
        out = tmp_path / f"{run}.csv"
        desk.json("export", "findings", "--format", "csv", "--out", str(out), "--run", run)
        said.append(pd.read_csv(out, dtype=str).drop(columns="运行编号"))
    pd.testing.assert_frame_equal(*said)
    by = said[0].set_index("监测对象")
    assert by.loc["S4", "责任单位"] == "新科"
    (row,) = said[0][said[0]["所属批文"].fillna("").str.startswith("簿三")].to_dict("records")
    assert (row["责任单位"], row["未供原因"]) == ("新局", "市政未通")


@pytest.mark.parametrize("word", ["闲置", "unknown", "批而未供台账"])
def test_an_unknown_ledger_is_refused_at_every_door(desk: Desk, word: str, tmp_path: Path) -> None:
    """A row of a ledger nobody knows is kept as an issue; a list nobody knows is bad use."""
    file = tmp_path / "l.csv"
    file.write_text(f"台账类型,编号,责任单位\n{word},1,某科\n", encoding="utf-8")
    told = desk.call("load", "ledgers", str(file), "--json")
    assert '"unknown_code": 1' in told.stdout
    assert '"rejected": 1' in told.stdout
    for form in ("xlsx", "csv", "shp", "gpkg", "geojson", "parquet"):
        done = desk.call("export", word, "--format", form, "--out", str(tmp_path / f"x.{form}"))
        assert done.code == 2
        assert word in done.stderr
        assert not (tmp_path / f"x.{form}").exists()


def test_a_cell_of_a_day_known_by_its_month_says_so(desk: Desk, tmp_path: Path) -> None:
    """S2 was published in 2024年3月, 册二 approved in 2018年3月: the cells show the months."""
    for what, sheet, key, title, shown in (
        ("findings", "闲置土地台账(含疑似)", "S2", "公示日期", "2024-03（仅到月）"),
        ("unsupplied", "批而未供台账", "册二", "批准日期", "2018-03（仅到月）"),
    ):
        book, listed = tmp_path / f"{what}.xlsx", tmp_path / f"{what}.csv"
        for path in (book, listed):
            desk.json("export", what, "--format", path.suffix[1:], "--out", str(path))
        table = pd.read_csv(listed, dtype=str)
        ((said,),) = table.loc[table.eq(key).any(axis=1), [title]].to_numpy()
        assert said == shown
        if what == "findings":
            continue  # S2 is due again: no ledger of what somebody must act on holds it.
        page = openpyxl.load_workbook(book)[sheet]
        row = next(row for row in page.iter_rows() if any(cell.value == key for cell in row))
        (cell,) = [cell for cell in row if cell.number_format.endswith('"（仅到月）"')]
        assert plain(cell.value).isoformat() == f"{shown[:7]}-01"
