"""The workbook and the table on the terminal: figures that close, words that claim no more."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest

from gis import contracts, law, result_tables, units
from gis.errors import UsageError
from gis.outputs.export.choose import LISTS, TARGETS
from gis.outputs.report import closing, sheets, summary, workbook
from gis.store.tables import RESULTS

NAME = "鄂尔多斯市圣圆煤化工基地标准厂房"
COUNTS: dict[str, Any] = {
    "idle": {
        "candidate": {"fee": {"count": 3, "area_m2": 30_000.0}},
        "suspected_idle": {
            "recovery": {"count": 1, "area_m2": 20_000.0},
            "fee": {"count": 2, "area_m2": 46_993.8},
        },
        "clear": {"none": {"count": 5, "area_m2": 1_000.0}},
    },
    "unsupplied": {"to_supply": {"count": 1, "area_m2": 2_000.0}},
}


# What a holding is made of, as the store reads it.
_KINDS = {"day": "datetime64[s]", "money": "Int64", "area": "float64"}
HOLDING = {name: _KINDS.get(kind, "str") for name, kind in RESULTS["holding"].items()}


@dataclass(frozen=True)
class Run:
    id: int = 7
    as_of: date = date(2024, 6, 30)
    delivery: int = 12
    region: str | None = None
    code_version: str = "0.1.0"
    law_digest: str = "ab12cd34ef567890"
    counts: dict[str, Any] = field(default_factory=lambda: COUNTS)


RULES = law.load()
UNREAD = [
    RULES.value(key, date(2026, 6, 30)) for key in ("unsupplied.edge_area_m2", "leads.use_classes")
]


@pytest.fixture
def tables() -> dict[str, pd.DataFrame]:
    finding = pd.DataFrame(
        {
            "subject": ["S1", "S2", "S3", "P1/001"],
            "rule": ["idle_land"] * 3 + ["unsupplied"],
            "approval": [None, None, None, "P1"],
            "outcome": ["suspected_idle", "candidate", "clear", "to_supply"],
            "track": ["fee", "fee", None, None],
            "evidence_grade": ["patrol", "none", "reported", None],
            "start_state": ["not_started", "not_reported", "started", None],
            "since_on": ["2024-06-01", "2023-01-01", None, "2022-05-05"],
            "next_on": ["2025-06-01", None, None, None],
            "next_event": ["recovery", None, None, None],
            "area_m2": [46_993.8, 10_000.0, 5_000.0, 2_000.0],
            "fee_fen": [46_523_400, None, None, None],
            "fee_if_confirmed_fen": [None, 100, None, None],
            "article": ["《闲置土地处置办法》14(1)"] * 4,
            "missing": [None] * 4,
            "clashes": [None] * 4,
            "region_code": ["150627"] * 4,
            "block_code": ["A-01"] * 4,
            "name": [NAME, "=1+1", None, "二号地"],
        }
    ).astype({"fee_fen": "Int64", "fee_if_confirmed_fen": "Int64"})
    balance = pd.DataFrame({name: [None, None] for name in result_tables.TABLES["balance"].names})
    balance = balance.assign(
        approval=["P1", "P2"],
        approved_on=["2020-05-05", "2021-05-05"],
        # Thirds of a hundredth: three terms of 0.335 round to 1.02, their sum to 1.00 or 1.01.
        approved_m2=[1.005, 100_000.0],
        supplied_m2=[0.335, 33_333.333_333],
        withdrawn_m2=[0.335, 33_333.333_333],
        exempt_m2=0.0,
        unsupplied_m2=[0.335, 33_333.333_334],
        edge_m2=0.0,
        sliver_m2=0.0,
        unlocated_m2=0.0,
        residual_m2=0.0,
        base_m2=[1.005, 100_000.0],
        method="geometry",
    )
    for frame, days in ((finding, ("since_on", "next_on")), (balance, ("approved_on",))):
        for day in days:
            frame[day] = pd.to_datetime(frame[day]).astype("datetime64[s]")
    for name in ("ring_ellipsoidal_m2", "noded_ellipsoidal_m2"):
        balance[name] = balance[name].astype("float64")
    piece = pd.DataFrame({"id": ["P1/001"], "approval": ["P1"]})
    indicator = pd.DataFrame(
        {
            "place_kind": ["park"],
            "place_code": ["K1"],
            "name": ["土地供应率"],
            "year": [None],
            "value": [92.68],
            "unit": ["%"],
            "numerator": [92_680.0],
            "numerator_unit": ["m2"],
            "denominator": [100_000.0],
            "denominator_unit": ["m2"],
            "area_kind": ["planar"],
            "missing": [None],
            "source": [["park_piece"]],
            "definition": ["D/(A+B21)"],
        }
    )
    unsupplied = pd.DataFrame(
        {
            "subject": ["P1/001"],
            "approval": ["P1"],
            "approved_on": pd.to_datetime(["2020-05-05"]),
            "situation": ["expropriation"],
            "situation_missing": [None],
            "adjoining": [["S1", "S2"]],
        }
    )
    holding = pd.DataFrame(
        {name: pd.Series([None], dtype=kind) for name, kind in HOLDING.items()}
    ).assign(subject=["S1"])
    return {
        "finding": finding,
        "holding": holding,
        "unsupplied": unsupplied,
        "piece": piece,
        "balance": balance,
        "indicator": indicator,
    }


def cells(path: Path, sheet: str) -> list[list[Any]]:
    book = openpyxl.load_workbook(path)
    return [[cell.value for cell in row] for row in book[sheet].iter_rows()]


def listed(path: Path, sheet: str, first: str) -> pd.DataFrame:
    """Return the list on a sheet whose head begins with the title `first`."""
    rows = cells(path, sheet)
    head = next(n for n, row in enumerate(rows) if row[0] == first)
    # An empty line parts the list and its sums from the signatures.
    end = next(n for n, row in enumerate(rows) if n > head and not any(row))
    return pd.DataFrame(rows[head + 1 : end], columns=rows[head])


def test_each_group_is_summed_by_itself_in_three_units() -> None:
    rows = [row.printed() for row in summary.table(COUNTS)]
    assert rows[0] == ["疑似闲置", "疑似闲置", "征缴闲置费", "2", "46,993.80", "4.6994", "70.49"]
    assert rows[2] == ["疑似闲置", "小计", "", "3", "66,993.80", "6.6994", "100.49"]
    totals = [row.group for row in summary.table(COUNTS) if row.outcome is None]
    assert totals == ["疑似闲置", "未报动工核查", "批而未供"]


def test_no_sum_adds_found_suspected_and_may_be_found_idle_land() -> None:
    one = {"fee": {"count": 1, "area_m2": 10_000.0}}
    counts = {"idle": dict.fromkeys(("suspected_idle", "found_idle", "may_be_idle"), one)}
    totals = [row.printed() for row in summary.table(counts) if row.outcome is None]
    assert [(row[0], row[3], row[6]) for row in totals] == [
        ("疑似闲置", "1", "15.00"),
        ("已认定闲置", "1", "15.00"),
        ("可认定闲置（中止开发）", "1", "15.00"),
    ]


@pytest.mark.parametrize(
    ("area_m2", "sign", "rest_m2"), [(1_200.0, "减", -300.0), (1_800.0, "加", 300.0)]
)
def test_what_stands_between_the_pieces_and_the_one_figure_says_whether_it_is_taken_off(
    area_m2: float, sign: str, rest_m2: float
) -> None:
    # Drawn 2,000 less 500 known by area alone are 1,500 m2.
    total = {"area_m2": area_m2, "unlocated_m2": 500.0, "undetermined_count": 0}

    told = [row for row in summary.table({**COUNTS, "unsupplied_total": total})
            if row.outcome == "deducted"]  # fmt: skip

    assert [(row.outcome_zh, row.area_m2) for row in told] == [
        ("减：只知面积、未落图", -500.0),
        (f"{sign}：重复批准、平衡待定", rest_m2),
    ]


def test_candidates_are_in_no_sum_of_suspected_land() -> None:
    groups: dict[str, set[str | None]] = {}
    for row in summary.table(COUNTS):
        groups.setdefault(row.group, set()).add(row.outcome)
    assert "candidate" not in groups["疑似闲置"]
    assert groups["未报动工核查"] == {"candidate", None}


def test_subjects_without_a_day_stand_last_and_in_no_sum() -> None:
    lines = summary.table({**COUNTS, "undated": {"count": 4, "area_m2": 10.0}})
    assert lines[-1].printed()[:4] == ["缺日期（不计入）", "待定", "", "4"]
    assert sum(line.count for line in lines if line.outcome is None) == 7
    assert summary.table({**COUNTS, "undated": {"count": 0, "area_m2": 0}})[-1].outcome is None


def test_every_outcome_of_the_contract_finds_its_line() -> None:
    one = {"count": 1, "area_m2": 1.0}
    counts = {
        "idle": {code: {"none": one} for code in contracts.CODES["outcome"]},
        "unsupplied": dict.fromkeys(contracts.CODES["unsupplied"], one),
    }
    told = [row for row in summary.table(counts) if row.outcome is not None]
    assert len(told) == len(contracts.CODES["outcome"]) + len(contracts.CODES["unsupplied"])


def test_report_and_export_agree_on_the_land_somebody_must_act_on() -> None:
    assert TARGETS["idle_land"] == sheets.TO_ACT
    assert TARGETS["unsupplied"] == sheets.UNSUPPLIED_TO_ACT


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("targets", ["闲置土地台账(含疑似)", "批而未供台账", "字段说明"]),
        ("candidates", ["未报动工核查清单", "字段说明"]),
        ("unsupplied", ["批而未供台账", "字段说明"]),
    ],
)
def test_one_list_makes_a_workbook_of_its_own(
    tables: dict[str, pd.DataFrame], tmp_path: Path, what: str, names: list[str]
) -> None:
    # Leads and parcels: tests/test_export_lists.py.
    assert set(LISTS) == {
        *("findings", "targets", "candidates", "unsupplied", "leads", "parcels"),
    }
    out = workbook.listing(Run(), tables, what, tmp_path / "x.xlsx")
    assert openpyxl.load_workbook(out).sheetnames == names


def test_a_list_nobody_knows_is_refused(tables: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no list is called"):
        workbook.listing(Run(), tables, "everything", tmp_path / "x.xlsx")


def test_the_workbook_has_its_sheets_and_says_what_it_rests_on(
    tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    out = workbook.workbook(Run(), tables, tmp_path / "x.xlsx", UNREAD)
    book = openpyxl.load_workbook(out)
    assert book.sheetnames == [
        "汇总",
        "闲置土地台账(含疑似)",
        "未报动工核查清单",
        "批而未供台账",
        "批文面积平衡",
        "园区指标",
        "指标定义",
        "法律数值待核",
        "字段说明",
    ]
    for page in book.worksheets:
        # On a list of several sheets across, behind the columns that every sheet repeats.
        column = next(cell.column for cell in page[2] if cell.value is not None)
        assert column == (1 if page.print_title_cols is None else 4), page.title
        line = page.cell(2, column).value
        for part in ("2024-06-30", "第 12 次交付", "运行 7", "ab12cd34ef56", "程序 0.1.0"):
            assert part in line
        # The keys of the program stand on the sheet they belong to, not on top of every list.
        assert page.cell(4, column).value == "所用法律数值中 2 项未经核对原文，见“法律数值待核”。"
        assert page.page_setup.orientation == "landscape"
        assert int(page.page_setup.paperSize) == 8
        assert page.freeze_panes is not None
        assert page.auto_filter.ref is not None
    # As people write it, a list of the program's too.
    # Cited as everywhere, not as the files of the law number it.
    ledger = [cell.value for row in book["闲置土地台账(含疑似)"].iter_rows() for cell in row]
    assert "《闲置土地处置办法》第十四条第（一）项" in ledger
    rows = {row[4].value: row for row in book["法律数值待核"].iter_rows()}
    said = {key: row[3].value for key, row in rows.items()}
    assert said["unsupplied.edge_area_m2"] == "2000/3"
    assert said["leads.use_classes"] == (
        "commercial 05、industrial 06、residential 07、public 08、special 09、traffic 10"
    )


def test_the_ledger_says_suspected_and_holds_no_candidate(
    tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    out = workbook.workbook(Run(), tables, tmp_path / "x.xlsx")
    ledger = listed(out, "闲置土地台账(含疑似)", "序号")
    assert ledger["监测对象"].tolist() == ["S1", "小计 1 宗", "合计 1 宗"]
    assert set(ledger["状态"]) == {"疑似闲置"}
    assert ledger["面积（亩）"].tolist()[0] == pytest.approx(70.4907)
    assert ledger["闲置费（元）"].tolist()[0] == 465_234
    assert ledger["处置方向自"].iloc[0].date() == date(2024, 6, 1)
    assert ledger["项目名称"].tolist()[0] == NAME
    candidates = listed(out, "未报动工核查清单", "序号")
    assert candidates["监测对象"].tolist() == ["S2", "小计 1 宗", "合计 1 宗"]
    assert set(candidates["状态"]) == {"未报动工，待核实"}


def test_no_cell_calls_land_idle_without_a_decision(
    tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    out = workbook.workbook(Run(), tables, tmp_path / "x.xlsx")
    for sheet in ("闲置土地台账(含疑似)", "未报动工核查清单"):
        assert "闲置土地" not in listed(out, sheet, "序号")["状态"].tolist()


def test_text_is_text_and_never_a_formula(tables: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    out = workbook.workbook(Run(), tables, tmp_path / "x.xlsx")
    page = openpyxl.load_workbook(out)["未报动工核查清单"]
    (cell,) = [cell for row in page.iter_rows() for cell in row if cell.value == "=1+1"]
    assert cell.data_type == "s"


def test_unsupplied_land_stands_beside_its_approval(
    tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    out = workbook.workbook(Run(), tables, tmp_path / "x.xlsx")
    row, *sums = listed(out, "批而未供台账", "序号").to_dict("records")
    # 2,000 m2 are 0.2 公顷 and 3 亩: of 旗县 and block, and of all.
    assert [one["地块编号"] for one in sums[:2]] == ["小计 1 宗", "合计 1 宗"]
    assert [one["本地块面积（亩）"] for one in sums[:2]] == [3.0, 3.0]
    assert (row["批准文号"], row["未供类型"]) == ("P1", "应供应")
    assert row["批准日期"].date() == date(2020, 5, 5)
    # Four years to 2024-05-05 are 1,461 days, and 56 more to 2024-06-30.
    assert row["批准至截止日（天）"] == 1_517
    assert (row["情形"], row["毗邻供地"]) == ("未完成征地拆迁", "S1;S2")
    assert row["本地块面积（亩）"] == 3.0


def test_every_printed_balance_and_every_total_closes(
    tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    out = workbook.workbook(Run(), tables, tmp_path / "x.xlsx")
    printed = listed(out, "批文面积平衡", "批准文号")
    terms = ["已供面积", "撤批面积", "免供面积", "未供面积", "边角地面积", "细碎面面积", "残差"]
    for _, row in printed.iterrows():
        assert sum(round(row[term] * 10_000) for term in terms) == round(row["批准面积"] * 10_000)
    assert printed["批准文号"].tolist()[2:] == ["合计（平方米）", "合计（公顷）", "合计（亩）"]
    square_metres, hectares, mu = printed.iloc[2], printed.iloc[3], printed.iloc[4]
    assert square_metres["已供面积"] == pytest.approx(printed["已供面积"].iloc[:2].sum())
    # 100,001.00 or .01 m2 are 10.0001 公顷 and 150.00 亩.
    assert (hectares["批准面积"], mu["批准面积"]) == (10.0001, 150.0)


def test_leftover_hundredths_go_to_the_terms_that_lost_most() -> None:
    parts = units.close(np.array([[1.4, 2.4, 3.2], [-0.6, 1.3, 0.3]]), np.array([7.0, 1.0]), 0)
    assert parts.tolist() == [[2.0, 2.0, 3.0], [0.0, 1.0, 0.0]]
    # 0.29 x 100 is 28.999999999999996 to a computer and 29 to a reader.
    assert units.close(np.array([[0.29, 0.71]]), np.array([1.0]), 2).tolist() == [[0.29, 0.71]]


def test_a_balance_that_does_not_add_up_is_printed_as_it_is(
    tables: dict[str, pd.DataFrame],
) -> None:
    open_balance = tables["balance"].assign(supplied_m2=[np.nan, 5.0])
    closed = closing.close_rows(open_balance)
    assert closed["supplied_m2"].isna().tolist() == [True, False]
    assert closed["supplied_m2"].iloc[1] == 5.0


def test_a_clash_of_records_stays_in_the_residual_and_the_row_still_closes(
    tables: dict[str, pd.DataFrame],
) -> None:
    clash = tables["balance"].assign(
        supplied_m2=[0.335, 40_000.004], residual_m2=[0, -6_666.670_667]
    )
    row = closing.close_rows(clash).iloc[1]
    assert row["residual_m2"] == pytest.approx(-6_666.67, abs=0.011)
    assert sum(round(row[term] * 100) for term in closing.TERMS) == 100_000_00


def test_equal_runs_give_equal_bytes(tables: dict[str, pd.DataFrame], tmp_path: Path) -> None:
    first = workbook.workbook(Run(), tables, tmp_path / "a.xlsx")
    second = workbook.workbook(Run(), tables, tmp_path / "b.xlsx")
    assert first.read_bytes() == second.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]


def test_a_run_that_found_nothing_still_gives_a_whole_workbook(
    tables: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    nothing = {name: table.iloc[:0] for name, table in tables.items()}
    out = workbook.workbook(Run(counts={}), nothing, tmp_path / "x.xlsx")
    assert len(openpyxl.load_workbook(out).sheetnames) == 9
