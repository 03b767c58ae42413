"""Days out of order and areas too large: each an issue row, and the values stay as they came.

Every rule of `fields.toml` has a row made for it; the figures are worked by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gis import fields
from gis.intake.load import LoadRequest, load
from gis.intake.read import Reading, read
from gis.store import database, deliveries, records
from gis.store.arrivals import Loaded
from tests.conftest import rest_long

SUPPLY = "电子监管号,合同编号,合同签订日期,面积(公顷)"
PROGRESS = "电子监管号,观测日期,来源,动工日期,停工日期,竣工日期,已动工面积(公顷)"
# 9,999.00 m2 of 1 ha are within a register's rounding of 1 m2, as is 0.1 % of 100 ha = 1,000 m2.
WITHIN_ROWS: dict[str, tuple[str, str, str, list[tuple[str, str]]]] = {
    "signed after everything agreed": (
        "supplies",
        "电子监管号,合同签订日期,约定交地时间,约定开工时间,约定竣工时间",
        "B1,2016-05-02,2016-05-01,2016-05-01,2018-05-01",
        [("handover_agreed_on", "2016-05-01"), ("start_agreed_on", "2016-05-01")],
    ),
    "the same day is in order": (
        "supplies",
        "电子监管号,合同签订日期,约定交地时间,约定开工时间,约定竣工时间,实际开工时间,实际竣工时间",
        "B1,2016-05-01,2016-05-01,2016-05-01,2016-05-01,2016-05-01,2016-05-01",
        [],
    ),
    "handed over after the start, finished before it": (
        "supplies",
        "电子监管号,合同签订日期,约定交地时间,约定开工时间,约定竣工时间",
        "B1,2016-05-01,2017-06-01,2017-05-01,2017-04-30",
        [("start_agreed_on", "2017-05-01"), ("completion_agreed_on", "2017-04-30")],
    ),
    "started before the signing and finished before the start": (
        "supplies",
        "电子监管号,合同签订日期,实际开工时间,实际竣工时间",
        "B1,2016-05-01,2016-04-01,2016-03-01",
        [("started_on", "2016-04-01"), ("completed_on", "2016-03-01")],
    ),
    "granted more than the parcel": (
        "supplies",
        "电子监管号,合同签订日期,面积(公顷),宗地总面积(公顷)",
        "B1,2016-05-01,1.0012,1.0000",
        [("area_m2", "10,012.00 平方米")],
    ),
    "granted more within the rounding": (
        "supplies",
        "电子监管号,合同签订日期,面积(公顷),宗地总面积(公顷)",
        "B1,2016-05-01,1.0010,1.0000",
        [],
    ),
    "an extension that ends before it begins": (
        "extensions",
        "补充协议号,电子监管号,签订日期,延期后开工时间,延期后竣工时间",
        "Y1,B1,2016-05-01,2018-05-01,2018-04-30",
        [("completion_due_on", "2018-04-30")],
    ),
    "a cause that ends before it begins": (
        "causes",
        "文号,电子监管号,原因类型,起始日期,终止日期",
        "Y1,B1,群众信访,2016-05-01,2016-04-30",
        [("ends_on", "2016-04-30")],
    ),
    "stopped and finished before the start": (
        "progress",
        PROGRESS,
        "B1,2020-01-01,巡查,2019-05-01,2019-04-01,2019-04-30,",
        [("stopped_on", "2019-04-01"), ("completed_on", "2019-04-30")],
    ),
    "seen before it was": (
        "progress",
        PROGRESS,
        "B1,2020-01-01,巡查,2020-01-02,2020-01-03,2020-01-04,",
        [("observed_on", "2020-01-01")] * 3,
    ),
    "more cropland than farmland, more of everything than approved": (
        "approvals",
        "批准文号,批准日期,用地总面积(公顷),新增建设用地面积(公顷),农用地(公顷),耕地(公顷),代征面积(公顷)",
        "P1,2016-05-01,10,11,12,13,14",
        [
            ("new_area_m2", "110,000.00 平方米"),
            ("farmland_m2", "120,000.00 平方米"),
            ("cropland_m2", "130,000.00 平方米"),
            ("exempt_area_m2", "140,000.00 平方米"),
        ],
    ),
    "an agreement whose days go backwards": (
        "agreements",
        "监管协议号,电子监管号,签订日期,约定开工时间,约定竣工时间,约定投产时间,约定达产时间",
        "X1,B1,2016-05-01,2019-01-04,2019-01-03,2019-01-02,2019-01-01",
        [
            ("completion_due_on", "2019-01-03"),
            ("production_due_on", "2019-01-02"),
            ("capacity_due_on", "2019-01-01"),
        ],
    ),
    "a project finished before it began": (
        "projects",
        "项目代码,项目名称,开工日期,竣工日期",
        "2301-150602-04-01-123456,光伏,2019-01-02,2019-01-01",
        [("completed_on", "2019-01-01")],
    ),
    "a formality granted before it was accepted, accepted before it was asked for": (
        "formalities",
        "项目代码,手续名称,申请日期,受理日期,批复日期,填报日期",
        "2301-150602-04-01-123456,环评,2019-01-03,2019-01-02,2019-01-01,2019-02-01",
        [("accepted_on", "2019-01-02"), ("granted_on", "2019-01-01")],
    ),
    "a control value that ends before it begins": (
        "control_values",
        "指标,行政区代码,下限,依据文件,施行日期,废止日期",
        "容积率,150602,0.8,文1,2024-01-02,2024-01-01",
        [("until_on", "2024-01-01")],
    ),
}
PAPER, DEVELOPED = "文号,电子监管号", "developed_area_m2"
# kind, header, row; what is said when it comes after the supply (or approval) it speaks of.
ACROSS: dict[str, tuple[str, str, str, str | None]] = {
    "start": ("progress", PROGRESS, "B1,2020-01-01,巡查,2016-04-30,,,", "started_on"),
    "start on the day": ("progress", PROGRESS, "B1,2020-01-01,巡查,2016-05-01,,,", None),
    "by contract": ("progress", PROGRESS, "合同1,2020-01-01,巡查,2016-04-30,,,", "started_on"),
    "developed": ("progress", PROGRESS, "B1,2020-01-01,巡查,2017-01-01,,,1.0012", DEVELOPED),
    "developed whole": ("progress", PROGRESS, "B1,2020-01-01,巡查,2017-01-01,,,1.0010", None),
    "another supply": ("progress", PROGRESS, "B2,2020-01-01,巡查,2016-04-30,,,9", None),
    "hand-over": ("handovers", f"{PAPER},实际交地时间", "J1,B1,2016-04-30", "handed_on"),
    "extension": ("extensions", f"{PAPER},签订日期", "Y1,B1,2016-04-30", "signed_on"),
    "ending": ("right_endings", f"{PAPER},终止日期", "S1,B1,2016-04-30", "ended_on"),
    "decision": ("decisions", f"{PAPER},类型,送达日期", "D1,B1,认定书,2016-04-30", "served_on"),
    "holder": ("holders", f"{PAPER},权利人,登记日期", "H1,B1,乙公司,2016-04-30", "signed_on"),
}  # fmt: skip


def written(folder: Path, kind: str, header: str, *rows: str) -> Path:
    path = folder / f"{kind}.csv"
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def contradictions(issues: Any) -> list[tuple[int, str, str]]:
    told = issues[issues["code"].isin(["days_out_of_order", "area_too_large"])]
    assert (told["severity"] == "warning").all()
    assert told["fix"].str.len().gt(0).all()
    found = zip(told["row_no"], told["field"], told["value"], strict=True)
    return [(int(number), str(field), str(value)) for number, field, value in found]


def register(folder: Path, kind: str, header: str, *rows: str) -> Reading:
    return read(written(folder, kind, header, *rows), kind)


def take(
    store: database.Connection, folder: Path, kind: str, header: str, *rows: str
) -> tuple[Loaded, list[tuple[int, str, str]]]:
    path = written(folder, kind, header, *rows)
    loaded = load(store, LoadRequest(kind, path), folder / "home")[1]
    return loaded, contradictions(deliveries.issues_of(store, loaded.delivery))


@pytest.mark.parametrize("name", WITHIN_ROWS)
def test_a_row_that_contradicts_itself_says_so_and_keeps_its_values(
    tmp_path: Path, name: str
) -> None:
    kind, header, row, wanted = WITHIN_ROWS[name]
    reading = register(tmp_path, kind, header, row)
    assert contradictions(reading.issues) == [(2, field, value) for field, value in wanted]
    assert len(reading.rows) == 1
    assert all(reading.rows[field].notna().all() for field, _ in wanted)


def test_every_rule_has_a_row_made_for_it() -> None:
    rules = {
        (kind.name, second if is_order else first)
        for kind in fields.KINDS.values()
        for is_order, pairs in ((True, kind.order), (False, kind.at_most))
        for first, second in pairs
    }
    met = {(kind, field) for kind, _, _, told in WITHIN_ROWS.values() for field, _ in told}
    met |= {(kind, field) for kind, _, _, field in ACROSS.values() if field}
    assert rules == met | {("withdrawals", "decided_on"), ("withdrawals", "area_m2")}


@pytest.mark.parametrize("name", rest_long(ACROSS, [*ACROSS][::3]))
def test_a_record_against_the_supply_it_speaks_of_is_an_issue_of_the_later_delivery(
    store: database.Connection, tmp_path: Path, name: str
) -> None:
    kind, header, row, field = ACROSS[name]
    first, told = take(store, tmp_path, "supplies", SUPPLY, "B1,合同1,2016-05-01,1.0000")
    assert told == []
    loaded, told = take(store, tmp_path, kind, header, row)
    assert [(number, where) for number, where, _ in told] == ([(2, field)] if field else [])
    assert (loaded.accepted, loaded.rejected) == (1, 0)
    assert sum(loaded.issues.get(code, 0) for code in ("days_out_of_order", "area_too_large")) == (
        len(told)
    )
    # The supply corrected by its sender: nothing is left to say, and nothing was changed before.
    kept = records.read(store, kind).iloc[0]
    assert field is None or not kept[[field]].isna().any()
    row = "B1,合同1,2015-05-01,2.0000"
    again, told = take(store, tmp_path, "supplies", SUPPLY, row)
    assert (again.accepted - again.unchanged, told) == (1, [])
    assert first.delivery < loaded.delivery < again.delivery


def test_a_supply_that_comes_after_what_speaks_of_it_gets_the_issue(
    store: database.Connection, tmp_path: Path
) -> None:
    row = "B1,2020-01-01,巡查,2016-04-30,,,1.5"
    assert take(store, tmp_path, "progress", PROGRESS, row)[1] == []
    assert take(store, tmp_path, "supplies", SUPPLY, "B1,合同1,2016-05-01,1.0000")[1] == [
        (2, "signed_on", "2016-05-01"),
        (2, "area_m2", "10,000.00 平方米"),
    ]
    issues = deliveries.issues_of(store, 2)
    assert issues["message"].tolist()[-2:] == [
        "「合同签订日期」2016-05-01 晚于开发进度 B1||2020-01-01|patrol 的「动工日期」2016-04-30",
        "「面积」10,000.00 平方米 小于开发进度 B1||2020-01-01|patrol 的"
        "「已动工面积」15,000.00 平方米",
    ]


def test_a_phase_is_held_against_its_own_supply_and_the_whole_against_no_single_phase(
    store: database.Connection, tmp_path: Path
) -> None:
    take(
        store,
        tmp_path,
        "supplies",
        "电子监管号,分期,合同签订日期,面积(公顷)",
        "B1,一期,2016-05-01,1.0000",
        "B1,二期,2018-05-01,3.0000",
    )
    header = PROGRESS.replace("电子监管号,", "电子监管号,分期,")
    told = take(
        store,
        tmp_path,
        "progress",
        header,
        "B1,一期,2020-01-01,巡查,2016-05-01,,,1.0000",
        "B1,二期,2020-01-01,巡查,2016-05-01,,,2.0000",
        "B1,,2020-01-01,巡查,2017-05-01,,,4.0000",
        "B1,一期,2021-01-01,巡查,2016-05-01,,,2.0000",
    )[1]
    # Row 3: phase 2 was signed later. Row 4 speaks of both, so of phase 2 too; its 4 ha of no one.
    assert told == [
        (3, "started_on", "2016-05-01"),
        (4, "started_on", "2017-05-01"),
        (5, "developed_area_m2", "20,000.00 平方米"),
    ]


def test_land_given_back_before_it_was_approved_and_more_of_it_than_approved(
    store: database.Connection, tmp_path: Path
) -> None:
    header = "批准文号,批准日期,用地总面积(公顷)"
    take(store, tmp_path, "approvals", header, "P1,2016-05-01,10")
    header = "文号,批准文号,撤批日期,撤批面积(公顷)"
    told = take(store, tmp_path, "withdrawals", header, "W1,P1,2016-04-30,10.02")[1]
    assert told == [(2, "decided_on", "2016-04-30"), (2, "area_m2", "100,200.00 平方米")]
