"""Months without a day from the register's cell to what a person reads, through the command.

docs/law.md (Readings of days): what favours the holder is read; a signing by the month
is undetermined where it decides.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests import warm
from tests.conftest import Server
from tests.stores import copied
from tests.test_paper_cases import findings, loaded, said
from tests.warm import Desk

HEAD = (
    "电子监管号,行政区代码,项目名称,面积(公顷),供地方式,成交价格(万元),约定交地时间,约定开工时间,"
    "约定竣工时间,实际开工时间,合同签订日期"
)
EXTENSIONS = "文号,电子监管号,签订日期,延期类型,延期后开工时间,批准单位"
CALENDAR = ("on", "kind", "event")


def supply(number: str, signed: str, start: str = "", **more: str) -> str:
    days = [more.get(name, "") for name in ("handover", "completion", "started")]
    return f"{number},150600,甲,1,出让,100,{days[0]},{start},{days[1]},{days[2]},{signed}"


@pytest.fixture(scope="module")
def desk(server: Server, pattern: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    home = tmp_path_factory.mktemp("months")
    with copied(server, pattern, "landwatch_months", home) as store:
        desk = Desk(store, warm.shared())
        fill(desk)
        yield desk


def fill(desk: Desk) -> None:
    loaded(desk, "supplies", HEAD,
           supply("S1", "2005-05"),
           supply("S2", "2024年1月", "2024-01-10"),
           supply("S3", "202405", "2024-06-30", handover="2024-05-10"),
           supply("S4", "2021-12-01", "2022-04-30"),
           supply("S5", "2021-12-01", "2022-04-30"),
           supply("S6", "2022-01-05", "2023-06-10"),
           supply("S7", "2022-01-05", "2023年5月", completion="2025.2"),
           supply("S8", "2022-01-05", "2023"),
           supply("S9", "2022-01-05", "2023-06-10"),
           supply("SA", "2022-01-05", "2023-06-10", started="2023年6月"),
           supply("SB", "2022年1月", "2023-06-10"),
           supply("SC", "2022-01-05", "2023-06-10"),
           supply("SD", "2022-01-05", "2023-06-10", handover="2023年3月"))  # fmt: skip
    loaded(desk, "handovers", "交地确认书号,电子监管号,实际交地时间",
           "交3,S3,2024-05-20", "交8,S8,2022年2月", "交D,SD,2023-03-31")  # fmt: skip
    loaded(desk, "extensions", EXTENSIONS, "延4,S4,2023-05,合同延建,2023-12-31,市政府",
           "延5,S5,2023年5月,合同延建,2023-12-31,市政府",
           "延6,S5,2023-05-20,合同延建,2024-06-30,市政府",
           "延9,S9,2023-04-05,合同延建,2024-02,市政府")  # fmt: skip
    loaded(desk, "progress", "电子监管号,核查日期,来源,开发状态,动工日期,停工日期,已动工面积(公顷)",
           "S2,2025-09,巡查,未动工,,,",
           "SC,2024-09-15,文件,停工,2023-06-01,2024年2月,0.2")  # fmt: skip
    loaded(desk, "decisions", "文书号,电子监管号,文书类型,送达日期,认定原因",
           "认6,S6,认定书,2024年6月,企业原因",
           "费6,S6,征缴土地闲置费决定书,2024.8,")  # fmt: skip


@pytest.mark.long("test_a_hand_over_within_the_month_of_signing_shifts_the_start_or_not")
def test_a_silent_contract_of_the_old_order_signed_in_a_month_is_undetermined_between(
    desk: Desk,
) -> None:
    """Signed 2005-05: due 2006-05-01 or 2006-05-31, the year full from 2007-05-02 or 2007-06-01."""
    before = findings(desk, "2006-04-30")["S1"]
    assert said(before) == ("not_due", None, None, None)
    assert (before["next_on"], before["next_event"]) == ("2006-05-02", "undetermined")
    between = findings(desk, "2007-05-15")["S1"]
    assert said(between) == ("undetermined", None, None, None)
    assert (between["missing"], between["article"]) == (["signed_on"], None)
    assert (between["next_on"], between["next_event"]) == ("2007-06-01", "fee")
    # It has a day, if not to the day: 1 公顷 of idle land in doubt, not a record without a day.
    counts = desk.json("run", "--as-of", "2007-05-15")["counts"]
    assert counts["idle"] == {"undetermined": {"none": {"count": 1, "area_m2": 10_000.0}}}
    assert counts["undated"] == {"count": 0, "area_m2": 0.0}
    after = findings(desk, "2007-06-01")["S1"]
    assert said(after) == ("candidate", "fee", "2007-06-01", None)
    why = desk.call("why", "S1", "--as-of", "2007-05-15").stdout
    assert "合同签订日期：资料写“2005-05”，按 2005-05-01 认定（第 1 次资料）" in why
    assert "签订只写到月：按该月第一天为未报动工，待核实，征缴闲置费，按最后一天为逾期未动工" in why
    assert "缺：合同或延期协议的签订日" in why


def test_a_start_agreed_within_the_month_of_signing_keeps_the_fee_open(desk: Desk) -> None:
    """2024-01-10 + 1 year: full from 2025-01-11; seen unstarted 2025-09-01. Signed after 01-10?"""
    found = findings(desk, "2025-10-01")["S2"]
    assert said(found) == ("suspected_idle", "fee", "2025-01-11", ["duty_before_signing"])
    assert found["missing"] == ["signed_on"]
    # 1,000,000 yuan x 20 %.
    assert (found["fee_fen"], found["fee_if_confirmed_fen"]) == (None, 20_000_000)


def test_a_hand_over_within_the_month_of_signing_shifts_the_start_or_not(desk: Desk) -> None:
    """Ten days late: due 2024-07-10 if signed before 2024-05-20, else 2024-06-30."""
    before = findings(desk, "2025-06-30")["S3"]
    assert said(before)[:2] == ("overdue", None)
    assert (before["next_on"], before["next_event"]) == ("2025-07-01", "undetermined")
    between = findings(desk, "2025-07-10")["S3"]
    assert (between["outcome"], between["missing"]) == ("undetermined", ["signed_on"])
    after = findings(desk, "2025-07-11")["S3"]
    assert said(after) == ("candidate", "fee", "2025-07-11", None)
    why = desk.call("why", "S3", "--as-of", "2025-07-10").stdout
    assert "按签订月的第一天算：" in why
    assert "按签订月的最后一天算：" in why
    assert "2024-07-10" in why


@pytest.mark.long("test_a_hand_over_within_the_month_of_signing_shifts_the_start_or_not")
def test_an_extension_signed_in_a_month_counts_for_certain_when_the_month_is_over(
    desk: Desk,
) -> None:
    """Without it 2022-04-30 + 1 year is full from 2023-05-01; with it due 2023-12-31."""
    assert findings(desk, "2023-04-30")["S4"]["outcome"] == "overdue"
    within = findings(desk, "2023-05-15")["S4"]
    assert (within["outcome"], within["missing"]) == ("undetermined", ["signed_on"])
    assert (within["next_on"], within["next_event"]) == ("2023-06-01", "not_due")
    # Built on the run before: the month is over, the extension counts.
    after = findings(desk, "2023-06-01")["S4"]
    assert said(after) == ("not_due", None, None, None)
    assert (after["missing"], after["next_on"]) == (None, "2024-01-01")


@pytest.mark.long("test_a_hand_over_within_the_month_of_signing_shifts_the_start_or_not")
def test_of_two_extensions_of_one_month_nobody_knows_the_newest(desk: Desk) -> None:
    """By the first day 延6 is newer (due 2024-06-30), by the last 延5 (due 2023-12-31)."""
    both = findings(desk, "2023-12-31")["S5"]
    assert said(both) == ("not_due", None, None, None)
    assert (both["next_on"], both["next_event"]) == ("2024-01-01", "undetermined")
    between = findings(desk, "2024-03-01")["S5"]
    assert (between["outcome"], between["missing"]) == ("undetermined", ["signed_on"])


@pytest.mark.long("test_a_hand_over_within_the_month_of_signing_shifts_the_start_or_not")
def test_a_paper_served_in_a_month_counts_from_its_first_day_and_its_periods_from_the_last(
    desk: Desk,
) -> None:
    """2023-06-10 + 1 year: full from 2024-06-11. 认6 of 2024-06-01 is not served after that."""
    found = findings(desk, "2024-07-01")["S6"]
    assert said(found) == ("candidate", "fee", "2024-06-11", ["decision_clash"])
    # 费6 of August 2024: 2024-08-31 + 30 days = 2024-09-30, a Monday worked.
    run = str(desk.json("run", "--as-of", "2024-09-01")["run"])
    told = desk.json("calendar", "--run", run, "--from", "2024-09-02", "--to", "2024-12-31")
    due = [
        row["on"] for row in told["rows"] if (row["subject"], row["kind"]) == ("S6", "payment_due")
    ]
    assert due == ["2024-09-30"]


@pytest.mark.long("test_a_hand_over_within_the_month_of_signing_shifts_the_start_or_not")
def test_months_that_favour_the_holder_are_read_so_and_told(desk: Desk) -> None:
    found = findings(desk, "2024-05-31")
    # 2023年5月 = 2023-05-31: the year ends on 2024-05-31.
    assert found["S7"]["outcome"] == "overdue"
    # 2024-02 = 2024-02-29: not yet a year.
    assert said(found["S9"]) == ("overdue", None, "2024-03-01", None)
    # Started in June 2023: from its first day, so never late.
    assert said(found["SA"]) == ("clear", None, "2023-06-01", None)
    # Stopped in February 2024: from 2024-02-29, + 1 year = 2025-02-28 (29 February lacks one).
    assert said(found["SC"]) == ("stopped", None, "2024-02-29", None)
    assert findings(desk, "2025-02-28")["SC"]["outcome"] == "stopped"
    assert said(findings(desk, "2025-03-01")["SC"])[:3] == ("may_be_idle", "person", "2025-03-01")
    # A signing by the month that decides nothing is no doubt: 2023-06-10 + 1 year.
    later = findings(desk, "2024-06-11")
    assert said(later["SB"]) == ("candidate", "fee", "2024-06-11", None)
    assert later["SB"]["missing"] is None
    # Agreed hand-over in March = 2023-03-01, actual 03-31: 30 days late, due 2023-07-10.
    assert later["SD"]["outcome"] == "overdue"
    assert later["SD"]["next_on"] == "2024-07-11"
    why = desk.call("why", "SD", "--as-of", "2024-06-11").stdout
    assert "约定交地时间：资料写“2023年3月”，按 2023-03-01 认定" in why
    # 2025.2 = 2025-02-28 is the last day to complete.
    assert "应竣工日 2025-02-28 已过" in desk.call("why", "S7", "--as-of", "2025-03-01").stdout
    assert "已过" not in desk.call("why", "S7", "--as-of", "2025-02-28").stdout


@pytest.mark.long("test_a_hand_over_within_the_month_of_signing_shifts_the_start_or_not")
def test_a_year_alone_is_no_agreed_day(desk: Desk) -> None:
    """Art. 22: handed over in 2022-02, read as 2022-02-28; + 1 year = 2023-02-28."""
    found = findings(desk, "2024-02-29")["S8"]
    assert said(found) == ("candidate", "fee", "2024-02-29", None)
    assert findings(desk, "2024-02-28")["S8"]["outcome"] == "overdue"
    issues = desk.json("deliveries", "--issues", "1")["rows"]
    told = [row for row in issues if row["code"] == "unreadable_day"]
    assert [(row["field"], row["value"]) for row in told] == [("start_agreed_on", "2023")]


@pytest.mark.long("test_a_hand_over_within_the_month_of_signing_shifts_the_start_or_not")
def test_a_correction_may_be_a_month_and_goes_back_to_what_it_was(desk: Desk) -> None:
    def why(day: str = "2024-06-11") -> str:
        return str(desk.call("why", "S9", "--as-of", day).stdout)

    def corrected(value: str) -> dict[str, Any]:
        done = desk.call("correct", "supplies", "S9", value, "--who", "张三", "--why", "合同复核")
        assert done.code == 0, done.stderr
        return dict(desk.json("corrections")["rows"][-1])

    corrected("合同签订日期=2022-01")
    assert "合同签订日期：资料写“2022年1月”，按 2022-01-01 认定" in why()
    # The register again says 2022-01-05: the month a person wrote stays.
    again = loaded(desk, "supplies", HEAD, supply("S9", "2022-01-05", "2023-06-10"))
    assert again["issues"]["contradicts_correction"] == 1
    assert "按 2022-01-01 认定" in why()
    # 2022-01-01 is the same day, and no month.
    corrected("合同签订日期=2022-01-01")
    assert "按 2022-01-01 认定" not in why()
    number = str(desk.json("corrections")["rows"][-1]["delivery"])
    desk.call("correct", "--take-back", number, "--who", "张三", "--why", "误")
    assert "按 2022-01-01 认定" in why()
    # A month of the register's own is a new value and ends the correction.
    loaded(desk, "supplies", HEAD, supply("S9", "2022-02", "2023-06-10"))
    assert "合同签订日期：资料写“2022-02”，按 2022-02-01 认定" in why()
