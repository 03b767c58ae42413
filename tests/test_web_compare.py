"""Exports of the national system through the server: sent, read row by row, seen by whom.

Each side of `two_banners` has supplies of 3.8 公顷 for 100 万元 signed on 2020-05-01, all of them
未报动工，待核实 on 2024-06-30, and approvals of 10 公顷 of 2020-03-01.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest
from playwright.sync_api import Browser

from tests.shared_data import SHARED, needs_shared
from tests.test_api_scope import by
from tests.test_web_lists import read
from tests.warm import Desk
from tests.web_desk import faults_of_axe, person, tab_of

HEAD = (
    "行 政 区代码：",
    "电子监管号",
    "项目名称",
    "供地面积（亩）",
    "成交价格(元)",
    "合同签定日期：",
)
SUPPLIES = (
    ("150602", "东监1", "东项目1", 57.0, 1_000_000, "2020年5月1日"),  # 57 亩 = 3.8 公顷
    ("150602", "东监２", "东项目2", 60.0, 1_000_000, "2020-05-01"),  # 4 公顷; full width
    ("150602", "东监4", "东项目4", 57.0, 1_000_000, "2020-05-01"),
    ("150602", "东监4", "东项目4", 57.0, 1_000_000, "2020-05-01"),
    ("150602", "东监88", "<script>alert(1)</script>", 57.0, 1_000_000, "2020-05-01"),
    ("150722", "西监1", "西项目1", 57.0, 1_000_000, "2020-05-01"),
    ("150602", None, "没有编号", 57.0, 1_000_000, "2020-05-01"),
)


def book(head: tuple[str, ...], *rows: tuple[Any, ...]) -> bytes:
    made = openpyxl.Workbook()
    made.active.append(["全国土地市场动态监测与监管系统导出"])
    made.active.append(head)
    for row in rows:
        made.active.append(row)
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


def laid(
    client: httpx.Client, secret: str, content: bytes, status: int = 201, **asked: str
) -> dict[str, Any]:
    given = {"list": "supplies", "name": "导出.xlsx"} | asked
    answer = client.post("/api/v1/comparisons", params=given, content=content, headers=by(secret))
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def rows_of(client: httpx.Client, secret: str, number: str, **asked: Any) -> list[dict[str, Any]]:
    answer = client.get(f"/api/v1/comparisons/{number}", params=asked, headers=by(secret))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["rows"])


def test_a_register_is_laid_beside_ours_row_by_row(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    officer = secrets["officer"]
    before = client.get("/api/v1/deliveries", headers=by(officer)).json()["count"]
    made = laid(client, officer, book(HEAD, *SUPPLIES))
    assert made["compared"] == ["area_m2", "price_fen", "signed_on"]
    rows = rows_of(client, officer, made["id"])
    # The head is row 2 of the sheet.
    told = [(one["row_no"], one["key"], one["state"], one["why"], one["near"]) for one in rows]
    assert told == [
        (3, "东监1", "equal", None, []),
        (4, "东监2", "different", None, []),
        (5, "东监4", "equal", None, []),
        (6, "东监4", "duplicate", None, []),
        (7, "东监88", "theirs_only", "near", ["东监8"]),
        (8, "西监1", "equal", None, []),
        (9, "", "unreadable", None, []),
        *((None, key, "ours_only", None, []) for key in
          ("东监8", "东邻监01", "西监2", "西监4", "西监8", "西邻监01")),
    ]  # fmt: skip
    assert rows[1]["fields"] == ["area_m2"]
    assert (rows[1]["theirs"]["area_m2"], rows[1]["ours"]["area_m2"]) == (40_000.0, 38_000.0)
    assert rows[3]["same_row"] == 5
    assert rows[7]["outcome"] == "candidate"
    assert {name: one["rows"] for name, one in made["counts"].items()} == {
        "different": 1, "theirs_only": 1, "ours_only": 6, "equal": 3, "duplicate": 1,
        "unreadable": 1,
    }  # fmt: skip
    filtered = rows_of(client, officer, made["id"], field="area_m2")
    assert [one["key"] for one in filtered] == ["东监2"]
    page = rows_of(client, officer, made["id"], limit=2)
    rest = rows_of(client, officer, made["id"], after="2")
    assert page + rest == rows
    # Nothing of it became a record, and the file is not kept.
    assert client.get("/api/v1/deliveries", headers=by(officer)).json()["count"] == before
    assert client.get("/api/v1/uploads", headers=by(officer)).json()["count"] == 0


def test_who_sees_one_side_sees_the_other_as_outside_alone(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    east = secrets["clerk of 东"]
    made = laid(client, east, book(HEAD, *SUPPLIES))
    rows = rows_of(client, east, made["id"])
    west = next(one for one in rows if one["key"] == "西监1")
    assert (west["state"], west["ours"], west["outcome"], west["near"]) == (
        "outside", None, None, []
    )  # fmt: skip
    assert [one["key"] for one in rows if one["state"] == "ours_only"] == ["东监8", "东邻监01"]
    address = f"/api/v1/comparisons/{made['id']}"
    for other in ("clerk of 西", "clerk of 东园"):
        assert client.get(address, headers=by(secrets[other])).status_code == 404
        assert client.get(f"{address}/xlsx", headers=by(secrets[other])).status_code == 404
        assert client.delete(address, headers=by(secrets[other])).status_code == 404
        read(client, secrets[other], f"/compare/{made['id']}", status=404)
    assert client.get(address, headers=by(secrets["officer"])).status_code == 200
    laid(client, secrets["viewer"], book(HEAD, *SUPPLIES), 403)
    read(client, secrets["viewer"], "/compare")
    assert client.delete(address, headers=by(east)).status_code == 200
    assert client.get(address, headers=by(east)).status_code == 404


def test_idle_and_unsupplied_lists_are_read_by_their_own_headers(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    officer = secrets["officer"]
    head = ("序号", "旗县", "监管号", "用地单位", "闲置面积(公顷)", "闲置状态", "未开工天数")
    idle = laid(client, officer, book(head, (1, "东旗", "东监1", "甲", 3.8, "疑似闲置", 1200)),
                list="idle")  # fmt: skip
    (row,) = rows_of(client, officer, idle["id"])
    # We list nobody: all of ours are yet to be verified, and that is said.
    assert (row["state"], row["why"], row["outcome"]) == ("theirs_only", "judged", "candidate")
    assert row["theirs"]["state"] == "suspected_idle"
    assert row["fields"] == ["state", "holder"]
    head = ("盟市", "批次/项目名称", "批准文号", "批准日期", "批准面积（公顷）")
    unsupplied = laid(
        client, secrets["clerk of 东"],
        book(head, ("某市", "东批次", "东批[2020]1号", "2020.3.1", 10),
             ("某市", "东批次", "东批〔2020〕2号", "2020-03-01", 9.5),
             ("某市", "西批次", "西批〔2020〕1号", "2020-03-01", 10)), list="unsupplied",
    )  # fmt: skip
    rows = rows_of(client, secrets["clerk of 东"], unsupplied["id"])
    assert [(one["row_no"], one["state"], one["fields"]) for one in rows[:3]] == [
        (3, "equal", []), (4, "different", ["total_area_m2"]), (5, "outside", [])
    ]  # fmt: skip
    assert {one["key"] for one in rows[3:]} == {
        "东批〔2020〕邻3号|东批次", "东批〔2020〕邻4号|东批次"
    }  # fmt: skip


def test_the_workbook_has_both_sides_of_every_column(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    officer = secrets["officer"]
    made = laid(client, officer, book(HEAD, *SUPPLIES))
    answer = client.get(f"/api/v1/comparisons/{made['id']}/xlsx", headers=by(officer))
    assert answer.status_code == 200, answer.text
    sheets = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert sheets.sheetnames == ["对照汇总", "逐行对照"]
    rows = [[cell.value for cell in row] for row in sheets["逐行对照"].iter_rows()]
    at = next(place for place, row in enumerate(rows) if row[0] == "行号")
    second = dict(zip(rows[at], rows[at + 2], strict=True))
    assert (second["情况"], second["编号"], second["不同的列"]) == (
        "双方都有，内容不同", "东监2", "面积"
    )  # fmt: skip
    assert (second["国家系统：面积（公顷）"], second["我方：面积（公顷）"]) == (4.0, 3.8)
    assert second["我方：成交价格（元）"] == 1_000_000
    assert second["我方状态"] == "未报动工，待核实"


@pytest.mark.parametrize(
    ("content", "asked", "says"),
    [
        (b"", {}, "收到 0 字节"),
        (b"\x00\x01\x02nonsense", {}, "含有空字节"),
        (book(("甲", "乙"), (1, 2)), {}, "找不到「供地结果」的表头"),
        (book(HEAD), {}, "没有数据行"),
        (book(HEAD, *SUPPLIES), {"list": "parcels"}, "没有这种清单"),
        (book(HEAD, *SUPPLIES), {"map": "没有等号"}, "列对应写法不对"),
        (book(HEAD, *SUPPLIES), {"run": "999"}, "999"),
        (book(HEAD, *SUPPLIES), {"name": "../逃.xlsx"}, "文件名不能用"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_its_reason(
    client: httpx.Client, secrets: dict[str, str], content: bytes, asked: dict[str, str], says: str
) -> None:
    given = {"list": "supplies", "name": "导出.xlsx"} | asked
    officer = by(secrets["officer"])
    answer = client.post("/api/v1/comparisons", params=given, content=content, headers=officer)
    assert 400 <= answer.status_code < 500, answer.text
    assert re.search(says, answer.text), answer.text


def test_an_officer_sends_one_sees_the_rows_and_lets_it_go(
    desk: Desk, client: httpx.Client, secrets: dict[str, str], browser: Browser, tmp_path: Path
) -> None:
    assert secrets
    person(desk, "承办人乙", "officer")
    file = tmp_path / f"{'长' * 60}.xlsx"
    file.write_bytes(book(HEAD, *SUPPLIES))
    with tab_of(browser, client, "承办人乙") as tab:
        tab.on("dialog", lambda dialog: dialog.accept())
        tab.goto("/compare")
        assert faults_of_axe(tab) == []
        tab.select_option("[name=list]", "supplies")
        tab.set_input_files("[name=file]", str(file))
        tab.get_by_role("button", name="对照", exact=True).press("Enter")
        tab.wait_for_url(re.compile(r"/compare/[0-9a-f]{32}"))
        row = tab.locator("tr[data-state=different]")
        assert "国家系统 4.0000 公顷" in " ".join(row.inner_text().split())
        assert "我方 3.8000 公顷" in " ".join(row.inner_text().split())
        assert tab.locator("tr[data-state=theirs_only] a", has_text="东监8").count() == 1
        assert "<script>alert(1)</script>" in tab.locator("tbody").inner_text()
        assert faults_of_axe(tab) == []
        tab.get_by_role("link", name=re.compile("我方有，国家系统没有 6")).click()
        tab.wait_for_url("**state=ours_only")
        assert tab.locator("tbody tr").count() == 6
        tab.set_viewport_size({"width": 390, "height": 844})
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        tab.get_by_role("button", name="删除").click()
        tab.wait_for_url(re.compile(r"/compare$"))


def test_the_pages_speak_english_alone_by_switch(
    client: httpx.Client, secrets: dict[str, str]
) -> None:
    named = [("150602", "E1", "project", 1, 1, "2020-05-01"), ("150602", None, "x", 1, 1, "x")]
    made = laid(client, secrets["officer"], book(HEAD, *named), name="export.xlsx")
    for path in ("/compare", f"/compare/{made['id']}?state=unreadable"):
        page = read(client, secrets["officer"], path, "en").partition("<main")[2]
        # What the file itself heads its columns with stays as it is.
        for word in ("中文", "导出.xlsx", "clerk of 东", *HEAD, *(f"{'长' * 60}.xlsx",)):
            page = page.replace(word, "").replace(word.replace("（", "(").replace("）", ")"), "")
        main = page
        assert not re.search("[一-鿿]", main), re.findall("[^\n]*[一-鿿]+[^\n]*", main)


@needs_shared
@pytest.mark.long("test_a_register_is_laid_beside_ours_row_by_row")
def test_a_real_register_beside_itself_is_equal_but_for_its_159_copies(
    desk: Desk, client: httpx.Client, secrets: dict[str, str]
) -> None:
    place = SHARED / "supply-baotou-wuhai-2012-2016/供地结果.csv"
    made = desk.call("load", "supplies", str(place))
    assert made.code in (0, 1), made.stderr
    assert desk.call("run", "--as-of", "2024-07-01").code == 0
    told = laid(client, secrets["officer"], place.read_bytes(), name="供地结果.csv")
    counts = {name: one["rows"] for name, one in told["counts"].items()}
    # 1,364 rows, 159 of them copies; ten supplies of the two banners are ours alone.
    assert counts == {"equal": 1_205, "duplicate": 159, "ours_only": 10}


@pytest.mark.long("test_a_register_is_laid_beside_ours_row_by_row")
def test_the_command_says_of_an_export_what_the_page_says(
    client: httpx.Client, secrets: dict[str, str], desk: Desk, tmp_path: Path
) -> None:
    file, table = tmp_path / "导出.xlsx", tmp_path / "对照.csv"
    file.write_bytes(book(HEAD, *SUPPLIES))
    told = desk.json("compare", "supplies", str(file), "--all", "--csv", str(table))
    made = laid(client, secrets["officer"], file.read_bytes())
    assert told["rows"] == rows_of(client, secrets["officer"], made["id"])
    for name in ("run", "compared", "mapping", "counts", "notes"):
        assert told[name] == made[name]
    # Nobody of ours is among what is theirs alone: its area of ours is not known, and not 0.
    # 57 亩 = 38,000 m2.
    assert told["counts"]["theirs_only"] == {"rows": 1, "theirs_m2": 38_000.0, "ours_m2": None}
    head, *lines = table.read_text(encoding="utf-8-sig").splitlines()
    assert head.startswith("行号,情况,原因,编号,名称")
    assert len(lines) == told["count"] == len(told["rows"])
    # What is equal need not be looked at: 13 rows, 3 of them equal.
    short = desk.json("compare", "supplies", str(file))
    assert short["count"] == told["count"] - 3
    said = desk.call("compare", "supplies", str(file)).stdout
    assert "一致或区域外的 3 行不列" in said
    assert "面积（公顷） 4 / 3.8" in said
    wrong = desk.call("compare", "supplies", str(file), "--map", "没有等号")
    assert (wrong.code, "写法不对" in wrong.stderr) == (2, True)
