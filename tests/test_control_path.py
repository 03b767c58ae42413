"""Control values from the papers to what a person reads: loaded, judged, told by command.

The land and papers are those of tests/industrial_town.py. On 2026-06-30, per project:

X1  达产 2024-12-31. Output of 2025 9,000 万元 / 30 亩 = 300 万元/亩 = 4,500 yuan per m2; asked
    7,500 万元/公顷 = 7,500 yuan per m2 (500 万元/亩): below by 3,000. Tax 600 / 30 = 20 万元/亩 =
    300 yuan per m2, agreed 20: met, by 0. Floors 16,000 / 20,000 = 0.8, agreed 1.0: below by 0.2;
    the park would ask 0.8, the banner 0.6. Investment 10,000 万元, with the price of 900 perhaps:
    333.33 or 363.33 万元/亩, asked 400 of 2614: below either way. 建筑系数 (7,000 + 1,000) /
    20,000 = 40 %: met. Office land 1,401 / 20,000 = 7.005 %: below by 0.005 %.
X2  达产 2026-07-01, the day after: not yet due.
X3  stopped; no 达产 day is known: undetermined, and stopped.
X4  being built, agreed to be completed by 2025-12-31: overdue since 2026-01-01.
X5  built 2025-03-01, production agreed by 2026-05-31: cannot run since 2026-06-01.
X6  its 环评 cannot be done, told on 2026-05-10.
S7  an agreement without a project, 达产 on the day itself, no figures: undetermined, its output
    too, since the banner asks 500 万元/亩 of the industry its supply names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from gis import contracts
from gis.accounts import keys, users
from gis.config import Config
from gis.store import database
from gis.store.results import Scope
from tests import industrial_town, stores, warm
from tests.conftest import Server
from tests.sending import client_of
from tests.warm import Desk

DAY = "2026-06-30"


@pytest.fixture(scope="module")
def town(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("town")
    with stores.copied(server, pattern, "landwatch_industrial_town", home) as store:
        desk = Desk(store, warm.shared())
        industrial_town.fill(desk, home)
        done = desk.call("run", "--as-of", DAY)
        assert done.code == 0, done.stderr
        yield desk


@pytest.fixture(scope="module")
def told(town: Desk) -> dict[str, Any]:
    return {
        "control_list": town.json("control", "list"),
        "low_efficiency": town.json("low-efficiency", "--all"),
        "quarterly": town.json("quarterly", "--quarter", "2026Q2"),
    }


@pytest.mark.parametrize("name", ["control_list", "low_efficiency", "quarterly"])
def test_the_json_has_the_published_shape(told: dict[str, Any], name: str) -> None:
    assert list(told[name]) == list(contracts.JSON[name])


def test_each_value_of_a_project_reads_as_worked_by_hand(told: dict[str, Any]) -> None:
    rows = {row["indicator"]: row for row in told["control_list"]["rows"] if row["subject"] == "X1"}
    short = {
        name: (row["verdict"], row["level"], row["force"],
               None if row["distance"] is None else round(row["distance"], 6))
        for name, row in rows.items()
    }  # fmt: skip
    assert short == {
        "output_yuan_per_m2": ("below", "region", "recommended", -3_000.0),
        "tax_yuan_per_m2": ("met", "agreement", "recommended", 0.0),
        "floor_ratio": ("below", "agreement", "binding", -0.2),
        "investment_yuan_per_m2": ("below", "region", "recommended", None),
        "site_coverage": ("met", "nation", "binding", 0.0),
        "office_land_share": ("below", "nation", "binding", -0.00005),
        # Nobody measured the floors of its offices.
        "office_floor_share": ("undetermined", "nation", "other", None),
    }
    assert rows["floor_ratio"]["others"] == ["park:0.8-", "region:0.6-"]
    assert rows["floor_ratio"]["document"] == "协1"
    invested = rows["investment_yuan_per_m2"]
    # 10,000 万元 / 20,000 m2 = 5,000; with 900 万元 5,450; 400 万元/亩 = 6,000; longest match 2614.
    assert (invested["low"], invested["high"], invested["least"]) == (5_000.0, 5_450.0, 6_000.0)
    assert invested["industry"] == "2614"
    assert rows["office_floor_share"]["missing"] == ["office_floor_m2"]
    assert not rows["site_coverage"]["is_verified"]


def test_before_the_day_nothing_is_judged_and_without_one_it_is_open(told: dict[str, Any]) -> None:
    verdicts: dict[str, set[str]] = {}
    for row in told["control_list"]["rows"]:
        verdicts.setdefault(row["subject"], set()).add(row["verdict"])
    assert verdicts == {
        "X1": {"below", "met", "undetermined"},
        "X2": {"not_yet_due"},
        "X3": {"undetermined"},
        "X4": {"not_yet_due"},
        # Its agreement names a day to come.
        "X5": {"not_yet_due"},
        "X6": {"not_yet_due"},
        "S7": {"undetermined"},
    }
    (tax,) = (
        row
        for row in told["control_list"]["rows"]
        if (row["subject"], row["indicator"]) == ("S7", "tax_yuan_per_m2")
    )
    assert (tax["kind"], tax["least"], tax["missing"]) == ("supply", 225.0, ["tax_yuan"])


def test_a_value_nobody_can_read_is_told(told: dict[str, Any]) -> None:
    for name in ("control_list", "low_efficiency", "quarterly"):
        assert told[name]["values_unused"] == [
            {"document": "控2", "indicator": "tax_yuan_per_m2", "fault": "unit_unknown"}
        ]


def test_the_quarter_in_its_four_classes(told: dict[str, Any]) -> None:
    report = told["quarterly"]
    assert {row["class"]: list(row.values())[1:] for row in report["classes"]} == {
        # count, before, came, left, undetermined
        "formalities": [1, 0, 1, 0, 0],
        # X1 was below in March as well, X3 stopped; nobody knows what S7 makes.
        "below_output": [2, 2, 0, 0, 1],
        "overdue_build": [1, 1, 0, 0, 0],
        "cannot_run": [1, 0, 1, 0, 0],
    }
    rows = [
        (row["class"], row["subject"], row["reason"], row["change"], row["since_on"])
        for row in report["rows"] if row["is_certain"]
    ]  # fmt: skip
    assert rows == [
        ("formalities", "X6", "blocked", "new", None),
        ("below_output", "X1", "below", "stays", None),
        ("below_output", "X3", "stopped", "stays", None),
        ("overdue_build", "X4", "overdue_build", "stays", "2026-01-01"),
        ("cannot_run", "X5", "cannot_run", "new", "2026-06-01"),
    ]
    assert report["rows"][0]["detail"] == "环境影响评价"
    assert report["rows"][0]["office"] == "生态环境局"
    assert (report["before"], report["before_run"], report["is_over"]) == ("2026Q1", None, True)


def test_an_earlier_quarter_is_told_of_its_own_last_day(town: Desk) -> None:
    report = town.json("quarterly", "--quarter", "2025Q4")
    # On 2025-12-31 X4 was not over, 2025 of F1 was over that day: 2025 counts from 2025-12-31 on.
    assert {row["class"]: row["count"] for row in report["classes"]} == {
        "formalities": 0, "below_output": 2, "overdue_build": 0, "cannot_run": 0,
    }  # fmt: skip
    done = town.call("quarterly", "--quarter", "2026Q3")
    assert done.code == 2
    assert "2026Q3" in done.stderr
    assert town.call("quarterly", "--quarter", "2026-06").code == 2


def test_candidates_stand_with_their_reasons_and_places(told: dict[str, Any]) -> None:
    rows = told["low_efficiency"]["rows"]
    reasons = {
        (row["subject"], row["reason"], row["indicator"])
        for row in rows if row["status"] == "suspected" and row["is_certain"]
    }  # fmt: skip
    assert reasons == {
        ("X1", "below_control", "output_yuan_per_m2"),
        ("X1", "below_control", "floor_ratio"),
        ("X1", "below_control", "investment_yuan_per_m2"),
        ("X1", "below_control", "office_land_share"),
        ("X3", "stopped", None),
        ("X4", "overdue_build", None),
        ("X5", "cannot_run", None),
    }
    assert told["low_efficiency"]["projects"] == {
        "decided": 0, "suspected": 4, "undetermined": 1, "cleared": 0,
    }  # fmt: skip
    by = {row["subject"]: row for row in rows}
    assert by["X3"]["places"] == ["block_without_project"]
    assert by["X1"]["places"] is None
    assert by["X5"]["basis"] == "自治区开发区管理规定：建成不能运行的项目按季度上报"
    assert {row["block_code"]: row["verdict"] for row in told["low_efficiency"]["blocks"]} == {
        "K01-A": "some", "K01-B": "none", "K02-A": "none",
    }  # fmt: skip
    # 疑似, never more, of whom nobody has decided.
    assert "低效（台账在列）" not in contracts.label("low_status", by["X3"]["status"])


def test_a_line_of_the_ledger_decides(town: Desk, server: Server, tmp_path: Path) -> None:
    name = town.store.url.rsplit("/", 1)[-1].split("?")[0]
    with stores.copied(server, name, "landwatch_decided", tmp_path) as store:
        desk = Desk(store, warm.shared())
        lines = [
            "台账类型,编号,行政区代码,项目代码,是否销号,入账日期",
            "低效项目,1,150602,X2,否,2026-05-01",
            "低效项目,2,150602,X3,已销号,2026-05-01",
        ]
        industrial_town.load(desk, "ledgers", industrial_town.written(tmp_path, "ledgers", *lines))
        assert desk.call("run", "--as-of", DAY).code == 0
        rows = desk.json("low-efficiency", "--clearance")["rows"]
        status = {row["subject"]: row["status"] for row in rows}
        # X3 was crossed off, and stands still: it is suspected anew.
        assert (status["X2"], status["X3"]) == ("decided", "suspected")


def test_a_proposal_is_held_against_what_it_would_meet(town: Desk, tmp_path: Path) -> None:
    """30 亩 in K01, 2614: asked 0.8 (park), 400 万元/亩, 500 万元/亩 of output.

    甲 plans 16,000 m2 of floors (0.8), 12,000 万元 (400 万元/亩), 14,999 万元 a year (499.97).
    乙 says neither where nor what: what places ask it cannot be told.
    """
    file = industrial_town.written(
        tmp_path, "PROJECT",
        "项目代码,项目名称,园区代码,行业代码,用地面积(亩),计容建筑面积(平方米),固定资产总投资(亿元),年产值(万元),建筑物占地面积(平方米)",
        "甲,甲项目,K01,2614,30,16000,1.2,14999,6000",
        "乙,乙项目,,,30,16000,一个亿,14999,8000",
    )  # fmt: skip
    told = town.json("control", "check", str(file), "--on", DAY)
    assert list(told) == list(contracts.JSON["control_check"])
    rows = {
        (row["subject"], row["indicator"]): (row["verdict"], row["missing"])
        for row in told["rows"]
        if row["verdict"] != "no_control"
    }
    lacks_office = ["office_land_m2"]
    assert rows == {
        ("甲", "floor_ratio"): ("met", None),
        ("甲", "investment_yuan_per_m2"): ("met", None),
        ("甲", "output_yuan_per_m2"): ("below", None),
        # 30 % at least; how much yard it plans is not said.
        ("甲", "site_coverage"): ("undetermined", ["yard_m2"]),
        ("甲", "office_land_share"): ("undetermined", lacks_office),
        ("甲", "office_floor_share"): ("undetermined", ["office_floor_m2"]),
        ("乙", "floor_ratio"): ("undetermined", ["region_code"]),
        ("乙", "investment_yuan_per_m2"): ("undetermined", ["region_code", "invested_fen"]),
        ("乙", "output_yuan_per_m2"): ("undetermined", ["region_code"]),
        ("乙", "tax_yuan_per_m2"): ("undetermined", ["region_code", "tax_yuan"]),
        ("乙", "site_coverage"): ("met", None),
        ("乙", "office_land_share"): ("undetermined", lacks_office),
        ("乙", "office_floor_share"): ("undetermined", ["office_floor_m2"]),
    }  # fmt: skip
    short = {row["indicator"]: row["distance"] for row in told["rows"] if row["subject"] == "甲"}
    # 14,999 / 30 = 499.9667 万元/亩 = 7,499.5 yuan per m2, - 7,500 = - 0.5.
    assert round(short["output_yuan_per_m2"], 6) == -0.5
    assert ("planned_investment_fen", "unreadable_number") in {
        (row["field"], row["code"]) for row in told["issues"]
    }
    words = town.call("control", "check", str(file), "--on", DAY).stdout
    assert "不符合" in words
    # Nobody has given these a number yet: 0.8 and 0.75 of the 0.8 the park asks.
    rows = ("项目名称,园区代码,行业代码,用地面积(亩),计容建筑面积(平方米)",
            "丙,K01,2614,30,16000", ",K01,2614,30,15000")  # fmt: skip
    told = town.json("control", "check", str(industrial_town.written(tmp_path, "NEW", *rows)))
    found = [(one["subject"], one["verdict"]) for one in told["rows"] if one["least"] == 0.8]
    assert (told["issues"], found) == ([], [("丙", "met"), ("第 3 行 row", "below")])
    assert "没有适用的控制指标" in words


@pytest.fixture(scope="module")
def secrets_of_town(town: Desk) -> dict[str, str]:
    found = {}
    with database.connect(Config(Path("unused"), town.store.url)) as connection:
        for name, scope in {
            "whole": None,
            "K01": Scope(parks=("K01",)),
            "K02-A": Scope(blocks=("K02-A",)),
            "elsewhere": Scope(regions=("150722",)),
        }.items():
            users.add(connection, name, ["viewer"], scope)
            found[name], _ = keys.create(connection, f"key of {name}", name)
    return found


@pytest.fixture(scope="module")
def asked(town: Desk, secrets_of_town: dict[str, str]) -> Iterator[Any]:
    with contextmanager(client_of)(town) as client:

        def ask(who: str, address: str, **query: Any) -> Any:
            head = {"Authorization": f"Bearer {secrets_of_town[who]}"}
            return client.get(address, params=query, headers=head)

        yield ask


def test_the_api_answers_as_the_command_does(asked: Any, told: dict[str, Any]) -> None:
    for address, name in (
        ("control", "control_list"), ("low-efficiency", "low_efficiency"),
        ("quarterly", "quarterly"),
    ):  # fmt: skip
        query = {"quarter": "2026Q2"} if name == "quarterly" else {}
        answer = asked("whole", f"/api/v1/{address}", **query).json()
        by_command = told[name]

        def key(row: dict[str, Any]) -> str:
            return json.dumps(row, sort_keys=True)

        assert sorted(answer["rows"], key=key) == sorted(by_command["rows"], key=key)
        for part in ("classes", "blocks", "last"):
            if part in answer:
                assert answer[part] == by_command[part]


def test_nobody_sees_projects_outside_their_land(asked: Any) -> None:
    def subjects(who: str, address: str) -> set[str]:
        answer = asked(who, f"/api/v1/{address}")
        assert answer.status_code == 200
        return {row["subject"] for row in answer.json()["rows"]}

    assert subjects("K01", "control") == {"X1", "X2"}
    assert subjects("K02-A", "control") == {"X3", "X4", "X5", "X6"}
    assert subjects("K01", "low-efficiency") == {"X1"}
    assert subjects("K02-A", "quarterly") == {"X3", "X4", "X5", "X6"}
    for address in ("control", "low-efficiency", "quarterly"):
        assert subjects("elsewhere", address) == set()
    blocks = asked("K01", "/api/v1/low-efficiency").json()["blocks"]
    assert {row["block_code"] for row in blocks} == {"K01-A", "K01-B"}
    counted = asked("K01", "/api/v1/quarterly").json()["classes"]
    assert {row["class"]: row["count"] for row in counted} == {
        "formalities": 0, "below_output": 1, "overdue_build": 0, "cannot_run": 0,
    }  # fmt: skip


def test_questions_nobody_can_answer_are_errors_with_a_reason(asked: Any) -> None:
    for address, query in (
        ("control", {"verdict": "bad"}),
        ("control", {"colour": "red"}),
        ("control", {"limit": 0}),
        ("low-efficiency", {"status": "idle"}),
        ("quarterly", {"quarter": "2026Q5"}),
        ("quarterly", {"quarter": "2030Q1"}),
        ("control/check", {}),
        ("control/check", {"on": "2026-06-30", "land_m2": -1}),
        ("control/check", {"on": "2026-06-30", "land_m2": "nan"}),
    ):
        answer = asked("whole", f"/api/v1/{address}", **query)
        is_future = query.get("quarter") == "2030Q1"
        assert answer.status_code in ({404} if is_future else {400, 422}), (address, query)
    rows = asked("whole", "/api/v1/control", verdict="below", indicator="floor_ratio").json()
    assert [row["subject"] for row in rows["rows"]] == ["X1"]


def test_a_proposal_asked_by_address(asked: Any) -> None:
    # 16,000 / 20,000 = 0.8 in K01, asked 0.8; 12,000 万元 / 20,000 m2 = 6,000, asked 6,000.
    answer = asked(
        "K01", "/api/v1/control/check", on=DAY, park="K01", industry="C2614", land_m2=20_000,
        floor_m2=16_000, investment_wan=12_000,
    ).json()  # fmt: skip
    rows = {row["indicator"]: row for row in answer["rows"]}
    assert rows["floor_ratio"]["verdict"] == rows["investment_yuan_per_m2"]["verdict"] == "met"
    assert rows["output_yuan_per_m2"]["missing"] == ["output_yuan"]
    assert rows["tax_yuan_per_m2"]["verdict"] == "no_control"


def test_pages_show_what_the_command_says_to_whom_it_concerns(asked: Any) -> None:
    def text(who: str, address: str, **query: Any) -> str:
        answer = asked(who, address, **query)
        assert answer.status_code == 200, answer.text[:500]
        return " ".join(re.sub("<[^>]+>", " ", answer.text).split())

    page = text("whole", "/control")
    assert "X1 甲化工 容积率 规范性 0.80 ≥ 1.00 低于控制指标 -0.20 标准地协议 协1" in page
    assert "园区 ≥ 0.80；地方 ≥ 0.60" in page
    assert "没有单位或单位不认识" in page
    assert "300.00 万元/亩 ≥ 500.00 万元/亩 低于控制指标 -200.00 万元/亩" in page
    assert "甲化工" not in text("K02-A", "/control")
    assert "丙化工" not in text("K01", "/control/low")
    page = text("whole", "/control/low")
    assert "X3 丙化工 疑似低效 停产" in page
    # What is not certain stands apart.
    assert "待定：低于" not in page
    assert "待定：低于控制指标：土地产出率" in text("whole", "/control/low", status="all")
    page = text("K02-A", "/control/quarterly", quarter="2026Q2")
    assert "不能正常办理的手续 X6 己化工 不能正常办理 新增 环境影响评价 生态环境局" in page
    assert "甲化工" not in page
    page = text(
        "whole", "/control/check", park="K01", industry="2614", land_m2="20000", floor_m2="15999"
    )
    # 15,999 / 20,000 = 0.79995, 0.00005 short of the park's 0.8.
    assert "容积率 规范性 0.79995 ≥ 0.80 不符合 -0.00005 园区 园1" in page
    assert "这几项读不懂：land_m2" in text("whole", "/control/check", land_m2="很多")


def test_the_workbook_holds_the_same_and_is_proved(town: Desk, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert town.call("run", "--as-of", DAY, "--out", str(out)).code == 0
    book = openpyxl.load_workbook(out / "土地监测.xlsx")
    cells = [
        [cell for cell in row if cell is not None]
        for row in book["控制指标考核"].iter_rows(values_only=True)
    ]
    (row,) = (one for one in cells if one[:1] == ["X1"] and "容积率" in one)
    assert row[4:10] == ["规范性", "低于控制指标", 0.8, 0.8, 1, -0.2]
    assert {"园区 ≥ 0.80；地方 ≥ 0.60", "比值"} <= {*row}
    assert {"疑似低效用地", "季度报表", "区块新增投资项目"} <= {*book.sheetnames}
    assert all(len(book[name]._charts) == 1 for name in ("控制指标汇总", "季度报表汇总"))
    assert town.call("verify", str(out)).code == 0
