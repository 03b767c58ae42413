"""What was known then and what is known now, and papers that say what cannot be: by the command.

Every supply starts by 2022-06-30 unless it says another day: the year is full from 2023-07-01, the
two from 2024-07-01. The price is 1,000,000 yuan: 20 % are 20,000,000 fen.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import warm
from tests.conftest import Server
from tests.stores import copied
from tests.test_paper_cases import HEAD, findings, loaded, said
from tests.warm import Desk

DECISIONS = "文书号,电子监管号,文书类型,送达日期,认定原因,所撤文书号,撤销效力"
FEE = 20_000_000
BY = ("--who", "张三", "--why", "合同复核")


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("late")
    with copied(server, pattern, "landwatch_late", home) as store:
        desk = Desk(store, warm.shared())
        fill(desk)
        yield desk


def fill(desk: Desk) -> None:
    def then(day: str) -> dict[str, str]:
        return {"received-at": day}

    loaded(desk, "supplies", HEAD,
           *(f"A{n},150600,甲,1,出让,100,2022-06-30,2021-12-01" for n in range(1, 10)),
           *(f"B{n},150600,乙,1,出让,100,2022-06-30,2021-12-01" for n in range(1, 8)),
           "C1,150600,早于签订,1,出让,100,2022-06-30,2024-01-10",
           "C6,150600,原因止于判定日,1,出让,100,2024-11-30,2024-02-10",
           "C7,150600,原因始于应动工日,1,出让,100,2024-06-30,2024-02-10",
           **then("2023-01-10"))  # fmt: skip
    loaded(desk, "progress", "电子监管号,核查日期,来源,开发状态", "A7,2023-08-01,巡查,未动工",
           "A9,2023-08-01,巡查,未动工", **then("2023-08-05"))  # fmt: skip
    loaded(desk, "extensions", "文号,电子监管号,签订日期,延期类型,延期后开工时间,批准单位",
           "延1,A1,2022-09-01,合同延建,2023-06-30,市政府",
           "延5,A5,2024-02-01,处置延期,2024-06-30,市政府",
           "延B甲,B1,2022-05-01,合同延建,2023-12-31,市政府",
           "延B乙,B1,2022-05-01,合同延建,2024-06-30,市政府",
           **then("2024-02-10"))  # fmt: skip
    loaded(desk, "right_endings", "文号,电子监管号,终止日期,终止方式", "终2,A2,2023-10-15,有偿收回",
           **then("2024-02-11"))  # fmt: skip
    loaded(desk, "causes", "证明文件,电子监管号,闲置原因,起始日期,终止日期",
           "因6,A6,规划依法修改,2022-07-01,2022-12-31",
           "因C6,C6,规划依法修改,2025-12-01,2026-06-30",
           "因C7,C7,规划依法修改,2024-06-30,2025-07-01", **then("2024-02-12"))  # fmt: skip
    loaded(desk, "progress", "电子监管号,核查日期,来源,开发状态,动工日期",
           "A8,2024-01-20,文件,已动工,2023-03-01", **then("2024-02-13"))  # fmt: skip
    loaded(desk, "decisions", DECISIONS, "认9,A9,认定书,2023-11-01,企业原因,,",
           "认B2甲,B2,认定书,2023-09-01,企业原因,,", "认B2乙,B2,认定书,2023-09-01,政府原因,,",
           "认B3,B3,认定书,2023-09-01,企业原因,,", "撤B3,B3,撤销决定书,2023-10-01,,撤B3,",
           "撤B4,B4,撤销决定书,2023-08-01,,认B4,", "认B4,B4,认定书,2023-09-01,企业原因,,",
           "认B5,B5,认定书,2023-09-01,企业原因,,", "撤B5,B5,撤销决定书,2023-10-01,,没有的文书,",
           "认X,X1,认定书,2023-09-01,企业原因,,", **then("2024-02-14"))  # fmt: skip
    assert desk.call("correct", "supplies", "A3", "成交价格=200", *BY).code == 0
    disputed = ("correct", "progress", "A7||2023-08-01|patrol", "开发状态=动工有争议")
    assert desk.call(*disputed, *BY).code == 0


def test_a_past_day_is_judged_by_all_papers_or_by_those_known_then(desk: Desk) -> None:
    now = findings(desk, "2023-12-31")
    candidate = ("candidate", "fee", "2023-07-01", None)
    # Extended to 2023-06-30: the year is full from 2024-07-01.
    assert said(now["A1"]) == ("overdue", None, "2023-07-01", None)
    assert now["A1"]["next_on"] == "2024-07-01"
    assert said(now["A2"]) == ("closed", None, "2023-10-15", None)
    # 2,000,000 yuan x 20 %.
    assert (said(now["A3"]), now["A3"]["fee_if_confirmed_fen"]) == (candidate, 2 * FEE)
    assert (said(now["A4"]), now["A4"]["fee_if_confirmed_fen"]) == (candidate, FEE)
    # 延5 was signed on 2024-02-01, after the day.
    assert said(now["A5"]) == candidate
    # 184 days from 2022-07-01 to 2022-12-31: 2023-06-30 + 184 = 2023-12-31 is the last day.
    assert said(now["A6"]) == ("candidate", "government", "2023-07-01", None)
    assert (now["A6"]["next_on"], now["A6"]["next_event"]) == ("2024-01-01", "fee")
    assert said(now["A7"]) == ("undetermined", None, None, None)
    assert now["A7"]["missing"] == ["start_evidence"]
    assert said(now["A8"]) == ("clear", None, "2023-03-01", None)
    assert said(now["A9"]) == ("found_idle", "fee", "2023-07-01", None)
    assert now["A9"]["fee_fen"] == FEE

    then = findings(desk, "2023-12-31", "--known-at", "2")
    for number in ("A1", "A2", "A3", "A4", "A5", "A6", "A8"):
        assert said(then[number]) == candidate
        assert then[number]["fee_if_confirmed_fen"] == FEE
    for number in ("A7", "A9"):
        assert said(then[number]) == ("suspected_idle", "fee", "2023-07-01", None)
        assert then[number]["fee_fen"] == FEE
    by_day = desk.json("run", "--as-of", "2023-12-31", "--known-at", "2023-12-31")
    assert (by_day["delivery"], by_day["is_repeat"]) == (2, True)


def test_a_later_day_is_judged_by_what_holds_then(desk: Desk) -> None:
    found = findings(desk, "2024-07-31")
    # A1: 2023-06-30 + 1 year; A5: extended to 2024-06-30.
    assert said(found["A1"]) == ("candidate", "fee", "2024-07-01", None)
    assert said(found["A5"]) == ("overdue", None, "2024-07-01", None)
    assert said(found["A3"]) == ("candidate", "recovery", "2024-07-01", None)
    assert found["A3"]["fee_if_confirmed_fen"] == 2 * FEE
    # Two years less 184 days: 2024-06-30 + 184 = 2024-12-31.
    assert said(found["A6"]) == ("candidate", "fee", "2024-01-01", None)
    assert found["A6"]["next_on"] == "2025-01-01"
    assert said(found["A9"]) == ("found_idle", "recovery", "2024-07-01", None)
    assert said(found["A2"])[0] == "closed"
    assert said(found["A8"])[0] == "clear"


def test_a_difference_names_the_paper_of_each_change(desk: Desk) -> None:
    then = str(desk.json("run", "--as-of", "2023-12-31", "--known-at", "2")["run"])
    now = str(desk.json("run", "--as-of", "2023-12-31")["run"])
    rows = {row["subject"]: row for row in desk.json("diff", then, now)["rows"]}
    for number, paper in (("A1", "延1"), ("A2", "终2"), ("A6", "因6"), ("A9", "认9")):
        assert paper in str(rows[number]), number
    assert "A4" not in rows
    assert "A5" not in rows


def test_what_is_to_be_cleared_first_is_on_no_list_of_land_to_recover(desk: Desk) -> None:
    """C1: agreed 2022-06-30, signed 2024-01-10."""
    found = findings(desk, "2026-06-30")
    assert said(found["C1"]) == ("candidate", "recovery", "2024-07-01", ["duty_before_signing"])
    out = desk.store.home / "targets.geojson"
    files = desk.json("export", "targets", "--format", "geojson", "--out", str(out))
    assert "C1" not in out.read_text(encoding="utf-8")
    assert "B2" in files["held_back"]


@pytest.mark.long("test_a_later_day_is_judged_by_what_holds_then")
def test_excused_days_put_the_fee_off_by_their_number(desk: Desk) -> None:
    found = findings(desk, "2026-06-30")
    # C6: 212 days from 2025-12-01: 2025-11-30 + 212 = 2026-06-30 is the last day.
    assert said(found["C6"])[:2] == ("candidate", "government")
    # C7: 366 days from 2024-07-01 to 2025-07-01: 2025-06-30 + 366 = 2026-07-01.
    assert said(found["C7"])[:2] == ("candidate", "government")
    later = findings(desk, "2026-07-01")
    assert said(later["C6"]) == ("candidate", "fee", "2026-07-01", None)
    assert said(later["C7"])[:2] == ("candidate", "government")
    assert said(findings(desk, "2026-07-02")["C7"]) == ("candidate", "fee", "2026-07-02", None)


def test_two_papers_of_one_day_are_both_told_and_neither_is_taken(desk: Desk) -> None:
    found = findings(desk, "2023-12-31")
    assert said(found["B1"]) == ("undetermined", None, None, None)
    assert found["B1"]["missing"] == ["clash:two_newest_extensions"]
    # 企业原因 fits the facts (fee), 政府原因 does not: a person decides.
    assert said(found["B2"]) == ("found_idle", "person", "2023-07-01", ["cause_clash"])
    assert (found["B2"]["fee_fen"], found["B2"]["fee_if_confirmed_fen"]) == (None, FEE)
    why = desk.call("why", "B2", "--as-of", "2023-12-31").stdout
    assert "认B2乙、认B2甲" in why or "认B2甲、认B2乙" in why
    assert "同日多份认定书所载原因不同" in why
    both = desk.call("why", "B1", "--as-of", "2023-12-31").stdout
    assert "延B甲" in both
    assert "延B乙" in both


@pytest.mark.parametrize("number", ["B3", "B4", "B5"])
def test_a_revocation_of_itself_of_a_later_paper_or_of_none_is_told_and_ends_nothing(
    desk: Desk, number: str
) -> None:
    found = findings(desk, "2023-12-31")[number]
    assert said(found) == ("found_idle", "fee", "2023-07-01", None)
    assert found["missing"] == ["revokes"]
    # Which document it was meant for decides over the fee.
    assert (found["fee_fen"], found["fee_if_confirmed_fen"]) == (None, FEE)
    assert "撤自己或撤后来的文书" in desk.call("why", number, "--as-of", "2023-12-31").stdout


def test_a_paper_about_an_unknown_subject_is_kept_and_told(desk: Desk) -> None:
    told = desk.json("deliveries", "--issues", "7")["rows"]
    orphans = [row for row in told if row["code"] == "orphan_paper"]
    assert [(row["value"], row["severity"]) for row in orphans] == [("X1", "warning")]
    run = str(desk.json("run", "--as-of", "2023-12-31")["run"])
    leads = desk.json("leads", "--run", run)["rows"]
    named = [row["subjects"] for row in leads if row["kind"] == "orphan_paper"]
    assert named == [["认X", "X1"]]
