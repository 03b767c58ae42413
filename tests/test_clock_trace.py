"""Why: the trace names facts, days, arithmetic, article and what next, and claims no more."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pandas as pd
import pytest

from gis import clock, law
from gis.errors import LawError, UsageError
from tests.clock_frames import frames

LAW = law.load()
DUE = {"subject": "甲", "supply_way": "grant", "start_agreed_on": date(2020, 6, 30)}


def why(
    facts: dict[str, Any],
    on: date,
    causes: list[dict[str, Any]] | None = None,
    language: str = "zh",
) -> clock.Trace:
    own = [{"subject": "甲", "document": "文号", **cause} for cause in causes or []]
    return clock.explain(*frames([{**DUE, **facts}], own), on, LAW, language)


def test_a_fee_is_explained_with_its_days_its_sum_and_its_article() -> None:
    # 45 excused days: net 1 from 2021-08-15; overdue 2020-06-30 to 2021-09-01 = 428 days, 383 net.
    causes = [{"kind": "art8_3", "starts_on": date(2020, 9, 1), "ends_on": date(2020, 10, 15)}]
    facts = {"price_fen": 1_000_000, "not_started_on": date(2021, 8, 20)}
    trace = why(facts, date(2021, 9, 1), causes)
    for part in (
        "疑似闲置；处置方向：征缴闲置费",
        "自 2021-08-15 起",
        "《闲置土地处置办法》第二条第一款、第十四条第（一）项",
        "约定动工日：2020-06-30",
        "2020-09-01 至 2020-10-15，免责，计 45 天（文号）",
        "按日历：2020-06-30 + 1 年，自 2021-07-01 起满 1 年",
        "逾期 428 天 − 免责 45 天（合并后首尾均计）= 未免责 383 天",
        "10,000.00 × 20% = 2,000.00 元",
        "2022-08-15  无偿收回",
        "如证明已动工开发：转为正常",
        "如自 2020-07-01 至 2021-09-01 另有 18 天以上的免责期间（与已计的不重叠）",
    ):
        assert part in trace.text, part


def test_eighteen_more_excused_days_do_change_the_track_and_seventeen_do_not() -> None:
    causes = [{"kind": "art8_3", "starts_on": date(2020, 9, 1), "ends_on": date(2020, 10, 15)}]
    for last, track in ((date(2020, 11, 17), "fee"), (date(2020, 11, 18), "government")):
        more = {"kind": "art8_3", "starts_on": date(2020, 11, 1), "ends_on": last}
        finding = why({}, date(2021, 9, 1), [*causes, more]).content["finding"]
        assert finding["track"] == track


def test_days_excused_after_the_years_were_full_count_once_others_put_the_end_off() -> None:
    """Due 2020-06-30, two years full from 2022-07-01; judged 2023-06-30.

    Overdue 1095 days; 31 of December 2022 are excused, 1064 are not, and two years have 730: 334
    more must be. From 2022-03-01 to 2022-08-28 are 31 + 30 + 31 + 30 + 31 + 28 = 181 days, from
    2023-01-01 to 2023-06-02 31 + 28 + 31 + 30 + 31 + 2 = 153: 334 in all.
    """
    causes = [{"kind": "art8_3", "starts_on": date(2022, 12, 1), "ends_on": date(2022, 12, 31)}]
    seen = {"not_started_on": date(2023, 1, 15)}
    trace = why(seen, date(2023, 6, 30), causes)
    assert "如自 2020-07-01 至 2023-06-30 另有 334 天以上的免责期间（与已计的不重叠）" in trace.text
    first = {"kind": "art8_3", "starts_on": date(2022, 3, 1), "ends_on": date(2022, 8, 28)}
    for last, track in ((date(2023, 6, 1), "recovery"), (date(2023, 6, 2), "fee")):
        more = {"kind": "art8_3", "starts_on": date(2023, 1, 1), "ends_on": last}
        finding = why(seen, date(2023, 6, 30), [*causes, first, more]).content["finding"]
        assert finding["track"] == track, last


def test_the_same_trace_is_json_and_is_told_in_english_too() -> None:
    trace = why({"not_started_on": date(2021, 8, 20)}, date(2021, 9, 1), language="en")
    content = json.loads(json.dumps(trace.content, ensure_ascii=False))
    assert content["finding"]["outcome"] == "suspected_idle"
    assert content["law_digest"] == LAW.digest
    assert "suspected idle" in trace.text
    assert "missing: the price" in trace.text
    assert not re.search("疑似|判定|逾期", trace.text)


def test_a_seizure_is_shown_with_and_without_its_days() -> None:
    causes = [{"kind": "seizure", "starts_on": date(2021, 1, 1), "ends_on": date(2021, 1, 31)}]
    text = why({}, date(2021, 7, 15), causes).text
    assert (
        "不扣除该期间：征缴闲置费；扣除该期间：扣除后未满一年，不征费、不收回（司法查封不是" in text
    )


def test_a_cause_that_was_over_before_the_start_was_due_is_told_with_its_no_days() -> None:
    causes = [{"kind": "seizure", "starts_on": date(2019, 6, 20), "ends_on": date(2019, 12, 10)}]
    text = why({}, date(2021, 7, 15), causes).text
    assert "2019-06-20 至 2019-12-10，单列，人工判定；至应动工日已结束，计 0 天（文号）" in text
    assert "− 免责 0 天（所列期间至应动工日均已结束）=" in text
    # Ending on the day due it counts none; a day later one.
    for last, is_told in ((date(2020, 6, 30), True), (date(2020, 7, 1), False)):
        told = why({}, date(2021, 7, 15), [causes[0] | {"kind": "art8_3", "ends_on": last}]).text
        assert ("至应动工日已结束" in told) == is_told
        assert ("免责 0 天" in told) == is_told


def test_land_whose_completion_is_not_due_yet_is_not_said_to_be_completed() -> None:
    facts = {"completion_agreed_on": date(2023, 6, 30)}
    assert "竣工期限未到（应竣工日 2023-06-30）" in why(facts, date(2021, 7, 15)).text
    built = facts | {"started_on": date(2020, 5, 1), "completed_on": date(2021, 3, 1)}
    assert "已按期竣工（应竣工日 2023-06-30）" in why(built, date(2021, 7, 15)).text


def test_a_running_cause_prints_the_unexcused_days_and_what_they_would_mean() -> None:
    # 184 days before it began; net 1 never came.
    causes = [{"kind": "art8_6", "starts_on": date(2021, 1, 1)}]
    text = why({}, date(2022, 1, 1), causes).text
    assert "已有未免责 184 天；若原因今日结束：政府原因，协商处置" in text
    assert "取决于未结束的期间" in text


def test_both_settings_of_a_late_handover_are_shown() -> None:
    facts = {
        "signed_on": date(2019, 1, 10),
        "handover_agreed_on": date(2019, 6, 30),
        "handover_actual_on": date(2019, 9, 28),
    }
    text = why(facts, date(2021, 7, 1)).text
    assert "应动工日：2020-06-30（合同（决定书）约定）＋ 迟延交地顺延 90 天 = 2020-09-28" in text
    assert "迟延交地如改按扣除期间处理：征缴闲置费" in text


def test_a_stop_shows_both_shares_and_their_limits() -> None:
    facts = {
        "started_on": date(2020, 5, 20),
        "stopped_on": date(2022, 3, 31),
        "area_m2": 9000.0,
        "developed_area_m2": 2000.0,
        "invested_fen": 50,
        "investment_total_fen": 100,
    }
    text = why(facts, date(2023, 4, 1)).text
    assert "停工 2022-03-31 + 1 年 = 2023-03-31" in text
    assert "面积 2,000.00 / 9,000.00 = 22.22%，界限 1/3" in text
    assert "投资 0.50 / 1.00 = 50.00%，界限 1/4" in text


def test_areas_that_clash_are_named_whether_they_decide_or_not() -> None:
    # 9,500 > 9,000 x 1.01 = 9,090.
    stopped = {
        "started_on": date(2020, 5, 20),
        "stopped_on": date(2022, 3, 31),
        "area_m2": 9000.0,
        "developed_area_m2": 9500.0,
        "investment_total_fen": 100,
    }
    undecided = why({**stopped, "invested_fen": 50}, date(2023, 4, 1))
    assert undecided.content["finding"]["missing"] == ["area_clash"]
    poor = why({**stopped, "invested_fen": 5}, date(2023, 4, 1))
    assert poor.content["finding"]["outcome"] == "may_be_idle"
    for trace in (undecided, poor):
        assert "面积 9,500.00 / 9,000.00 = 105.56%，界限 1/3" in trace.text
        assert "已动工面积大于应动工面积（超出 1.00% 以上），互相矛盾" in trace.text
        assert "取“1/100”（未核对原文）  [idle.area_tolerance]" in trace.text
    assert "已动工面积大于应动工面积，须先更正" in undecided.text
    english = why({**stopped, "invested_fen": 50}, date(2023, 4, 1), language="en").text
    assert "the developed area exceeds the area due" in english


def test_a_supplementary_price_is_added_before_the_share_is_taken() -> None:
    facts = {"price_fen": 1_000_000, "supplement_fen": 500_000, "not_started_on": date(2021, 8, 20)}
    text = why(facts, date(2021, 9, 1)).text
    assert "补缴价款（元）：5,000.00" in text
    assert "闲置费 (10,000.00 + 5,000.00) × 20% = 3,000.00 元" in text
    assert "取“含补缴价款”（未核对原文）  [idle.fee_base]" in text


def test_a_start_or_a_handover_before_the_signing_is_told_and_changes_nothing() -> None:
    facts = {
        "signed_on": date(2019, 6, 30),
        "started_on": date(2019, 5, 20),
        "handover_actual_on": date(2019, 6, 1),
    }
    trace = why(facts, date(2021, 7, 1))
    assert trace.content["finding"]["outcome"] == "clear"
    assert "开工日早于签订日（2019-05-20 早于 2019-06-30）" in trace.text
    assert "交地日早于签订日（2019-06-01 早于 2019-06-30）" in trace.text
    assert "早于签订日" not in why({**facts, "started_on": None}, date(2019, 5, 31)).text


def test_a_disputed_start_names_the_row_that_would_hold() -> None:
    text = why({"is_start_disputed": True}, date(2021, 7, 1)).text
    assert "若未动工，适用第 10 行" in text
    assert "缺：是否动工的证据" in text


def test_an_estimate_is_shown_and_never_judged_on() -> None:
    facts = {"start_agreed_on": None, "handover_agreed_on": date(2019, 5, 1)}
    trace = why(facts, date(2024, 1, 1))
    assert trace.content["finding"]["outcome"] == "undetermined"
    assert "估计应动工日 2020-05-01" in trace.text


def test_a_fact_later_than_the_day_is_shown_as_not_used() -> None:
    text = why({"found_on": date(2021, 9, 1)}, date(2021, 8, 1)).text
    assert "认定书送达日：2021-09-01，晚于判定日，未采用" in text


def test_a_formal_finding_with_another_cause_is_pointed_out() -> None:
    facts = {"found_on": date(2021, 7, 15), "found_cause": "government"}
    text = why(facts, date(2021, 8, 1)).text
    assert "认定书所载原因为政府原因，与按事实推得的方向不同" in text


def test_what_nobody_has_read_in_the_law_is_marked() -> None:
    told = why({}, date(2021, 8, 1)).text
    # In words, with the key to look it up by behind.
    assert (
        "《闲置土地处置办法》第八条第（一）项、设定值：迟延交地：动工日期按迟延天数顺延或不顺延；"
        "动工日期均不早于实际交地日；取“顺延”（未核对原文）  [idle.late_handover]"
    ) in told
    assert "shift" not in told
    assert "未核对原文" in why({}, date(2021, 8, 1)).text


@pytest.mark.parametrize("on", [date(2020, 6, 30), date(2020, 12, 1), date(2021, 7, 1)])
def test_no_trace_calls_land_idle_without_a_formal_finding(on: date) -> None:
    for facts in ({}, {"not_started_on": on}, {"started_on": date(2020, 5, 1)}):
        text = why(facts, on).text
        assert "闲置土地" not in text.replace("《闲置土地处置办法》", "")


def test_a_trace_is_of_one_subject_in_a_language_we_speak() -> None:
    facts, causes = frames([DUE, {**DUE, "subject": "乙"}], [])
    with pytest.raises(UsageError, match="not of 2"):
        clock.explain(facts, causes, date(2021, 8, 1), LAW)
    with pytest.raises(UsageError, match="'fr'"):
        clock.explain(facts.iloc[:1], causes, date(2021, 8, 1), LAW, "fr")


def test_bad_use_of_the_clock_is_told_with_the_mend() -> None:
    facts, causes = frames([DUE], [{"subject": "甲", "kind": "gossip"}])
    with pytest.raises(UsageError, match="'gossip'"):
        clock.judge(facts, causes, date(2021, 8, 1), LAW)
    with pytest.raises(UsageError, match="stopped_on"):
        clock.judge(facts.drop(columns="stopped_on"), causes.iloc[:0], date(2021, 8, 1), LAW)
    with pytest.raises(UsageError, match="twice"):
        clock.judge(pd.concat([facts, facts]), causes.iloc[:0], date(2021, 8, 1), LAW)
    with pytest.raises(LawError, match="1999-04-28"):
        clock.judge(facts, causes.iloc[:0], date(1999, 4, 27), LAW)


def test_no_subjects_give_no_findings() -> None:
    facts, causes = frames([], [])
    judgement = clock.judge(facts, causes, date(2021, 8, 1), LAW)
    assert len(judgement.findings) == 0
    assert len(judgement.trace) == 0


@pytest.mark.parametrize(
    ("since", "is_noted"), [(date(2020, 7, 1), True), (date(2020, 6, 30), False)]
)
def test_a_delay_under_an_earlier_holder_is_noted_and_goes_on(since: date, is_noted: bool) -> None:
    facts, causes = frames([DUE], [])
    facts = facts.assign(
        holder="乙公司",
        former_holder="甲公司",
        holder_since_on=pd.Series([pd.Timestamp(since)]).astype("datetime64[s]"),
        holder_document="转1",
        holder_chain=f"{since} 乙公司",
    )
    trace = clock.explain(facts, causes, date(2021, 7, 1), LAW)
    assert trace.content["finding"]["track"] == "fee"
    assert "土地使用权人：乙公司" in trace.text
    note = "前手甲公司持有期间（应动工日 2020-06-30），2020-07-01 起权利人为乙公司；转让不重新起算"
    assert (note in trace.text) == is_noted
    assert ("暂行条例》第二十一条" in trace.text) == is_noted
