"""What comes until a day: every step of the chain, held against judging each of those days anew."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from gis import law
from gis.clock import judge
from gis.clock.ahead import ahead
from tests.clock_frames import frames
from tests.clock_reference import EVENT_DAYS
from tests.test_clock_reference import AS_OF, chances, random_subject

LAW = law.load()
DUE = {"subject": "甲", "supply_way": "grant", "start_agreed_on": date(2024, 6, 30)}


def steps(
    facts: dict[str, Any], on: date, until: date, causes: list[dict[str, Any]] | None = None
) -> list[tuple[str, str, str | None]]:
    own = [{"subject": "甲", "document": "文号", **cause} for cause in causes or []]
    table = ahead(*frames([{**DUE, **facts}], own), on, until, LAW)
    table["event"] = table["event"].astype(object).where(table["event"].notna(), None)
    return [(f"{row.on:%Y-%m-%d}", row.step, row.event) for row in table.itertuples()]


def test_a_subject_not_yet_due_goes_on_to_overdue_fee_and_recovery() -> None:
    assert steps({}, date(2024, 1, 1), date(2026, 7, 1)) == [
        ("2024-07-01", "start_overdue", "overdue"),
        ("2025-07-01", "idle_year", "fee"),
        ("2026-07-01", "recovery_from", "recovery"),
    ]


def test_the_last_day_asked_for_counts_and_the_day_judged_does_not() -> None:
    assert steps({}, date(2024, 7, 1), date(2026, 6, 30)) == [("2025-07-01", "idle_year", "fee")]


def test_excused_days_put_off_what_follows_the_calendar_year() -> None:
    # Excused 2024-10-01 to 2025-07-31 = 304 days: the calendar year is full within the cause,
    # which ends on 31 July; net 1 = 2025-06-30 + 304 = 2026-04-30, first day 2026-05-01.
    cause = {"kind": "art8_2", "starts_on": date(2024, 10, 1), "ends_on": date(2025, 7, 31)}
    assert steps({}, date(2024, 12, 1), date(2027, 12, 31), [cause]) == [
        ("2025-07-01", "idle_year", "government"),
        ("2026-05-01", "fee_from", "fee"),
        ("2027-05-01", "recovery_from", "recovery"),
    ]


def test_an_open_cause_ends_the_chain_at_the_calendar_year() -> None:
    cause = {"kind": "art8_2", "starts_on": date(2024, 10, 1)}
    assert steps({}, date(2024, 12, 1), date(2030, 1, 1), [cause]) == [
        ("2025-07-01", "idle_year", "government")
    ]


def test_a_stop_has_its_anniversary_also_where_both_tests_are_met() -> None:
    stopped = {
        "started_on": date(2024, 5, 1),
        "stopped_on": date(2025, 3, 31),
        "area_m2": 9_000.0,
        "developed_area_m2": 3_000.0,
        "invested_fen": 25,
        "investment_total_fen": 100,
    }
    on, until = date(2025, 6, 1), date(2027, 1, 1)
    assert steps(stopped, on, until) == [("2026-04-01", "stop_year", "stopped")]
    poor = {**stopped, "invested_fen": 24}
    assert steps(poor, on, until) == [("2026-04-01", "stop_year", "person")]
    unknown = {**stopped, "invested_fen": None}
    assert steps(unknown, on, until) == [("2026-04-01", "stop_year", "undetermined")]


def test_a_completion_is_due_until_it_is_reported_or_the_right_ends() -> None:
    due = {"started_on": date(2024, 5, 1), "completion_agreed_on": date(2026, 6, 30)}
    on, until = date(2026, 1, 1), date(2027, 1, 1)
    assert steps(due, on, until) == [("2026-06-30", "completion_due", None)]
    assert steps({**due, "completed_on": date(2025, 12, 1)}, on, until) == []
    assert steps({**due, "right_ended_on": date(2025, 12, 1)}, on, until) == []


def test_every_step_of_random_subjects_is_what_judging_that_day_says_and_none_is_left_out() -> None:
    as_of, until = AS_OF[1], AS_OF[1] + timedelta(days=1500)
    chance = chances("ahead")
    made = [random_subject(chance, f"S{n}", as_of) for n in range(400)]
    # "If no fact changes": what is dated later is no fact, neither now nor on the later day.
    rows = [
        {k: None if k in EVENT_DAYS and v and v > as_of else v for k, v in facts.items()}
        for facts, _ in made
    ]
    causes = [c for _, own in made for c in own if c["starts_on"] <= as_of]
    facts, causes_frame = frames(rows, causes)
    table = ahead(facts, causes_frame, as_of, until, LAW)
    table = table[~table["step"].isin(["completion_due", "stop_year"])]

    expected = []
    on = np.full(len(facts), pd.Timestamp(as_of))
    place = np.arange(len(facts))
    while place.size:
        following = []
        for day in sorted(set(on)):
            here = place[on == day]
            found = judge(facts.iloc[here], causes_frame, day.date(), LAW).findings
            found = found[
                (found["next_on"] <= pd.Timestamp(until)) & (found["outcome"] != "stopped")
            ]
            following += list(zip(found.index, found["next_on"], found["next_event"], strict=True))
        expected += following
        place = np.array([row[0] for row in following], dtype=int)
        on = np.array([row[1] for row in following], dtype=object)
    told = sorted(zip(table["place"], table["on"], table["event"], strict=True))
    assert len(told) > 200
    assert told == sorted(expected)
