"""Approvals without their day: in no judgement and no sum, and told wherever figures are told.

At the load, by every run, beside every list and in the workbook, each time with their area.

甲 is of 2018-01-01 and 2 公顷. 乙 carries no day and 1.5 公顷 (15,000 m2, 22.5 亩), 丙 neither day
nor area: 2 approvals, 15,000 m2 known of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests import warm
from tests.conftest import Server
from tests.stores import copied
from tests.test_ledgers import rows_of
from tests.test_paper_cases import loaded
from tests.warm import Desk

WORDS = (
    "另有 2 个批文缺批准日期（已知登记面积 15,000.00 平方米，1.5000 公顷，22.50 亩），"
    "不在任何判定和合计内"
)
HEAD = "批准文号,批准日期,用地总面积(公顷),行政区代码"
RUN = ("run", "--as-of", "2023-12-31")


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("undated")
    with copied(server, pattern, "landwatch_undated", home) as store:
        desk = Desk(store, warm.shared())
        told = loaded(desk, "approvals", HEAD,
                      "甲,2018-01-01,2,150600", "乙,,1.5,150600", "丙,,,150600")  # fmt: skip
        assert told["issues"] == {"no_day": 2}
        assert told["accepted"] == 3
        yield desk


def test_the_load_names_each_and_its_mend(desk: Desk) -> None:
    rows = desk.json("deliveries", "--issues", "1")["rows"]
    assert [(row["row_no"], row["code"], row["severity"]) for row in rows] == [
        (3, "no_day", "warning"), (4, "no_day", "warning"),
    ]  # fmt: skip
    assert "用地批准 乙 没有「批准日期」" in rows[0]["message"]
    # What comes without the column takes no day away, and is not told of one that has it.
    told = loaded(desk, "approvals", "批准文号,规划用途", "甲,工业用地")
    assert "no_day" not in told["issues"]


def test_every_run_and_list_says_how_many_and_how_much(desk: Desk) -> None:
    counts = desk.json(*RUN)["counts"]
    assert counts["undated_approvals"] == {"count": 2, "area_m2": 15_000.0}
    assert counts["undated"] == {"count": 0, "area_m2": 0.0}
    said = desk.call(*RUN).stdout.replace("\n", "")
    assert WORDS in said
    assert "缺批准日期的批文" in said
    assert WORDS in desk.call("balance").stdout.replace("\n", "")
    assert WORDS in desk.call("unsupplied").stdout.replace("\n", "")
    rows = {row["approval"]: row for row in desk.json("balance")["rows"]}
    assert {*rows} == {"甲", "乙", "丙"}
    told = {name: rows["乙"][name] for name in ("base_m2", "approved_m2", "missing", "method")}
    assert told == {
        "base_m2": 15_000.0, "approved_m2": None, "missing": ["approved_on"], "method": "undated",
    }  # fmt: skip
    assert rows["丙"]["base_m2"] is None


@pytest.mark.long("test_every_run_and_list_says_how_many_and_how_much")
def test_the_workbook_lists_them_and_leaves_them_out_of_its_sums(
    desk: Desk, tmp_path: Path
) -> None:
    done = desk.call(*RUN, "--out", str(tmp_path / "out"))
    assert done.code == 0, done.stderr
    book = openpyxl.load_workbook(tmp_path / "out" / "土地监测.xlsx")
    for sheet in ("批文面积平衡", "批而未供台账"):
        lines = [str(cell) for row in book[sheet].iter_rows(values_only=True) for cell in row]
        assert sum(WORDS in line and "乙" in line and "丙" in line for line in lines) == 1, sheet
    page = [list(row) for row in book["批文面积平衡"].iter_rows(values_only=True)]
    head = next(line for line in page if line[0] == "批准文号")
    rows = {line[0]: dict(zip(head, line, strict=True)) for line in page}
    assert rows["乙"]["批准登记面积"] == 15_000
    assert rows["乙"]["方法"] == "缺批准日期，不计入任何合计"
    assert rows["乙"]["缺少事实"] == "批准日"
    # 甲 alone: 2 公顷, 30 亩, nothing of it supplied.
    sums = [
        (rows[f"合计（{unit}）"]["批准登记面积"], rows[f"合计（{unit}）"]["未供面积"])
        for unit in ("平方米", "公顷", "亩")
    ]
    assert sums == [(20_000, 20_000), (2, 2), (30, 30)]
    assert (rows["甲"]["批准面积（公顷）"], rows["甲"]["未供面积（亩）"]) == (2, 30)
    assert rows["合计（亩）"]["未供面积（亩）"] == 30
    summary = [list(row) for row in book["汇总"].iter_rows(values_only=True)]
    (line,) = [line for line in summary if line[0] == "缺批准日期的批文（不计入）"]
    assert line[3:] == [2, 15_000, 1.5, 22.5]
    (piece,) = [row for row in rows_of(tmp_path / "out" / "土地监测.xlsx", "批而未供台账")
                if row["地块编号"] and "/" in row["地块编号"]]  # fmt: skip
    assert piece["批准文号"] == "甲"
    done = desk.call("verify", str(tmp_path / "out"), "--json")
    assert done.code == 0, done.stdout
    assert json.loads(done.stdout)["is_right"] is True


@pytest.mark.long("test_every_run_and_list_says_how_many_and_how_much")
def test_an_approval_that_gets_its_day_is_judged_by_the_run_built_on_it(desk: Desk) -> None:
    loaded(desk, "approvals", HEAD, "乙,2018-01-01,1.5,150600")
    built = desk.json(*RUN)
    whole = desk.json(*RUN, "--full")
    for told in (built, whole):
        assert told["counts"]["undated_approvals"] == {"count": 1, "area_m2": 0.0}
    listed = [desk.json("balance", "--run", str(told["run"]))["rows"] for told in (built, whole)]
    assert listed[0] == listed[1]
    assert {row["approval"]: row["approved_m2"] for row in listed[0]} == {
        "甲": 20_000.0, "乙": 15_000.0, "丙": None,
    }  # fmt: skip


@pytest.mark.long("test_every_run_and_list_says_how_many_and_how_much")
def test_a_region_tells_of_its_own(desk: Desk) -> None:
    loaded(desk, "approvals", HEAD, "丁,,3,150700", "戊,2018-01-01,1,150700")
    counts = desk.json(*RUN, "--region", "1507")["counts"]
    assert counts["undated_approvals"] == {"count": 1, "area_m2": 30_000.0}
