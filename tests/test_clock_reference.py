"""The vectorised clock against the slow reference on random subjects, and what always holds."""

from __future__ import annotations

import os
import random
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import clock, law
from tests.clock_frames import frames, years_later
from tests.clock_reference import ART_8, Subject

LAW = law.load()
IS_LONG = bool(os.environ.get("LANDWATCH_LONG"))
COUNT = 100_000 if IS_LONG else 1_800
EXAMPLES = 1_500 if IS_LONG else 25
HORIZON = timedelta(days=1500)
AS_OF = (date(2024, 2, 29), date(2024, 6, 30), date(2023, 2, 28), date(2021, 12, 31))
AS_OF += (date(2003, 6, 30), date(2008, 2, 29))
KINDS = (*sorted(ART_8), "seizure", "seizure", "preliminary", "preliminary")
COMPARED = ("outcome", "track", "start_state", "since_on", "next_on", "next_event", "fee_fen")
COMPARED += ("fee_if_confirmed_fen", "missing", "clashes")


def chances(seed: int | str) -> random.Random:
    """A seeded source of chance: the same subjects on every machine."""
    return random.Random(seed)


def random_subject(chance: random.Random, name: str, as_of: date) -> tuple[dict[str, Any], list]:
    """A subject whose days crowd around the thresholds, with every fact now and then missing."""

    def around(middle: date, before: int, after: int, known: float) -> date | None:
        if chance.random() > known:
            return None
        on = middle + timedelta(days=chance.randint(-before, after))
        return date(on.year, 2, 28) if chance.random() < 0.05 else on

    if chance.random() < 0.5:
        due = years_later(as_of, -chance.randint(1, 3)) + timedelta(days=chance.randint(-3, 3))
    else:
        due = as_of - timedelta(days=chance.randint(-200, 1300))
    if chance.random() < 0.08:
        due = date(2020, 2, 29)
    is_contract = chance.random() < 0.9
    handover = around(due, 500, 100, 0.5)
    extended = chance.random() < 0.2
    started = around(due, 200, 700, 0.25)
    facts = {
        "subject": name,
        "region_code": chance.choice(["150602", "150429", "440106", None]),
        "supply_way": chance.choice(["grant", "grant", "allocation", "lease", "equity", None]),
        "price_fen": chance.choice([None, 0, 189_800_000_000, 12_345_678_903, 7]),
        "supplement_fen": chance.choice([None, None, 0, -40, 56_000_000_002]),
        "area_m2": chance.choice([None, 9_000.0, 30_000.0]),
        "parcel_total_m2": chance.choice([None, 10_000.0, 45_000.0]),
        "signed_on": around(due, 900, chance.choice([-300, -300, 100]), 0.9),
        "start_agreed_on": due if is_contract else None,
        "handover_agreed_on": handover,
        "handover_actual_on": handover and around(handover, 60, 300, 0.6),
        "extension_on": around(due, 300, 300, 1.0) if extended else None,
        "extension_start_due_on": around(due, 0, 600, 1.0) if extended else None,
        "extension_kind": chance.choice(["disposal", "contract", None]) if extended else None,
        "extension_before_due_on": due if extended else None,
        "extension_has_approval": chance.random() < 0.5,
        "is_extension_clash": chance.random() < 0.01,
        "started_on": started,
        "started_grade": chance.choice(["document", "reported", "imagery"]) if started else None,
        "completed_on": around(due, 0, 1200, 0.05),
        "stopped_on": around(as_of, 900, 10, 0.5) if started else None,
        "not_started_on": around(as_of, 900, 300, 0.3) if not started else around(due, 300, 0, 0.1),
        "is_start_disputed": chance.random() < 0.05,
        "developed_area_m2": chance.choice(
            [None, 0.0, 2_999.0, 3_000.0, 9_090.0, 9_090.0, 9_091.0, 20_000.0]
        ),
        "invested_fen": chance.choice([None, 0, 24, 25, 80]),
        "investment_total_fen": chance.choice([None, 0, 100, 100]),
        "right_ended_on": around(as_of, 300, 100, 0.04),
        "found_on": around(as_of, 700, 30, 0.15),
        "found_cause": chance.choice(["government", "enterprise", "seizure", None]),
        "found_disposed_on": around(as_of, 300, 30, 0.05),
        "former_stopped_on": around(as_of, 1300, -500, 0.5) if started else None,
        "resumed_on": around(as_of, 600, 30, 0.5) if started else None,
        "consent": chance.choice(["given", "refused", None, None]),
        "is_revocation_open": chance.random() < 0.03,
        "fee_decided_on": around(as_of, 300, 30, 0.08),
    }
    if facts["not_started_on"]:
        facts["not_started_grade"] = "patrol"
    causes = []
    for number in range(chance.choice([0, 0, 1, 1, 2, 3, 4])):
        starts_on = due + timedelta(days=chance.randint(-200, 1000))
        length = chance.choice([0, 1, 30, 90, 200, 400, 700, -5 if chance.random() < 0.1 else 60])
        is_open = chance.random() < 0.15
        ends_on = None if is_open else starts_on + timedelta(days=length)
        causes.append(
            {
                "subject": name,
                "document": f"{name}/{number}",
                "kind": chance.choice(KINDS),
                "starts_on": starts_on,
                "ends_on": ends_on,
            }
        )
    return facts, causes


def as_plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return value
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


@pytest.mark.parametrize("as_of", AS_OF)
def test_random_subjects_are_judged_as_the_slow_reference_judges_them(as_of: date) -> None:
    chance = chances(f"landwatch {as_of}")
    made = [random_subject(chance, f"S{n}", as_of) for n in range(COUNT // len(AS_OF))]
    causes = [cause for _, own in made for cause in own]
    judgement = clock.judge(*frames([facts for facts, _ in made], causes), as_of, LAW)
    rows = judgement.trace["row"].tolist()
    others = judgement.trace["other_track"].tolist()
    findings = judgement.findings[list(COMPARED)].to_dict("records")
    for place, (facts, own) in enumerate(made):
        slow = Subject(facts, own, as_of, as_of + HORIZON)
        expected = slow.judged()
        found = {name: as_plain(value) for name, value in findings[place].items()}
        if found["next_on"] is not None and found["next_on"] > slow.horizon_on:
            found["next_on"] = found["next_event"] = None
        expected["next_on"], expected["next_event"] = slow.coming()
        found["row"] = rows[place]
        assert found == expected, (facts, own)
        if slow._delay():
            cut = Subject(facts, own, as_of, as_of, "cut").row_on(as_of)
            differs = cut[1:] != slow.row_on(as_of)[1:]
            assert as_plain(others[place]) == ((cut[2] or cut[1]) if differs else None)


def test_the_random_subjects_reach_every_row_of_the_table() -> None:
    chance = chances("rows")
    made = [random_subject(chance, f"S{n}", AS_OF[1]) for n in range(4_000)]
    tables = frames([facts for facts, _ in made], [cause for _, own in made for cause in own])
    rows = set(clock.judge(*tables, AS_OF[1], LAW).trace["row"])
    assert rows == {"1", "2", "3", "4a", "4b", "4c", "4d", "4e", "5", "5b", "6"} | {
        "7",
        "7b",
        "8",
        "9",
        "10",
        "11",
    }


def test_judging_in_parts_gives_the_same_rows_as_judging_the_whole() -> None:
    chance = chances("parts")
    made = [random_subject(chance, f"S{n}", AS_OF[0]) for n in range(500)]
    facts, causes = frames([facts for facts, _ in made], [c for _, own in made for c in own])
    whole = clock.judge(facts, causes, AS_OF[0], LAW)
    parts = [clock.judge(facts.iloc[n : n + 77], causes, AS_OF[0], LAW) for n in range(0, 500, 77)]
    pd.testing.assert_frame_equal(pd.concat([p.findings for p in parts]), whole.findings)
    pd.testing.assert_frame_equal(pd.concat([p.trace for p in parts]), whole.trace)


def test_an_index_of_the_callers_own_comes_out_as_it_went_in() -> None:
    chance = chances("index")
    made = [random_subject(chance, f"S{n}", AS_OF[0]) for n in range(20)]
    facts, causes = frames([facts for facts, _ in made], [c for _, own in made for c in own])
    plain = clock.judge(facts, causes, AS_OF[0], LAW).findings
    facts.index = pd.Index(range(100, 120), name="row")
    assert clock.judge(facts, causes, AS_OF[0], LAW).findings.index.equals(facts.index)
    assert clock.judge(facts, causes, AS_OF[0], LAW).findings["outcome"].tolist() == (
        plain["outcome"].tolist()
    )


def test_imagery_changes_the_grade_of_an_unreported_start_and_nothing_else() -> None:
    due = {"subject": "S", "start_agreed_on": date(2020, 6, 30)}
    facts, causes = frames([due], [])
    without = clock.judge(facts, causes, date(2021, 7, 1), LAW).findings
    with_it = clock.judge(facts.assign(has_imagery=True), causes, date(2021, 7, 1), LAW).findings
    assert (without["evidence_grade"].item(), with_it["evidence_grade"].item()) == (
        "none",
        "imagery",
    )
    pd.testing.assert_frame_equal(
        with_it.drop(columns="evidence_grade"), without.drop(columns="evidence_grade")
    )


DUE = date(2018, 3, 31)
interval = st.tuples(st.integers(-100, 1500), st.integers(0, 600), st.sampled_from(sorted(ART_8)))
intervals = st.lists(interval, max_size=5)


def tables_of(spans: list[tuple[int, int, str]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    causes = [
        {
            "subject": "S",
            "document": str(number),
            "kind": kind,
            "starts_on": DUE + timedelta(days=first),
            "ends_on": DUE + timedelta(days=first + length),
        }
        for number, (first, length, kind) in enumerate(spans)
    ]
    return frames([{"subject": "S", "supply_way": "grant", "start_agreed_on": DUE}], causes)


@settings(max_examples=EXAMPLES // 2, deadline=None)
@given(spans=intervals, steps=st.lists(st.integers(0, 1500), min_size=4, max_size=8))
def test_once_every_interval_has_ended_the_order_of_outcomes_never_moves_back(
    spans: list[tuple[int, int, str]], steps: list[int]
) -> None:
    order = ("not_due", "overdue", "government", "fee", "recovery")
    last_end = max(
        [DUE + timedelta(days=first + length) for first, length, _ in spans], default=DUE
    )
    places = []
    for step in sorted(steps):
        on = last_end + timedelta(days=1 + step)
        finding = clock.judge(*tables_of(spans), on, LAW).findings.iloc[0]
        said = finding["track"] if pd.notna(finding["track"]) else finding["outcome"]
        places.append(order.index(said))
    assert places == sorted(places)


@settings(max_examples=EXAMPLES, deadline=None)
@given(spans=intervals, more=interval)
def test_one_more_excused_interval_never_makes_the_first_fee_or_recovery_day_earlier(
    spans: list[tuple[int, int, str]], more: tuple[int, int, str]
) -> None:
    on = date(2030, 1, 1)
    few = clock.judge(*tables_of(spans), on, LAW).trace.iloc[0]
    many = clock.judge(*tables_of([*spans, more]), on, LAW).trace.iloc[0]
    assert many["first_net_1_on"] >= few["first_net_1_on"]
    assert many["first_net_2_on"] >= few["first_net_2_on"]


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    forgotten=st.sets(
        st.sampled_from(
            "started_on completed_on stopped_on price_fen way start_agreed_on "
            "handover_actual_on signed_on not_started_on found_on area_m2".split()
        ),
        min_size=1,
    ),
)
def test_an_unknown_fact_never_gives_clear_or_a_fee(seed: int, forgotten: set[str]) -> None:
    facts, causes = random_subject(chances(seed), "S", AS_OF[1])
    facts.update(dict.fromkeys(forgotten))
    finding = clock.judge(*frames([facts], causes), AS_OF[1], LAW).findings.iloc[0]
    if {"started_on", "completed_on", "stopped_on"} <= forgotten:
        assert finding["outcome"] != "clear"
    if forgotten & {"price_fen", "supply_way"} or {"not_started_on", "found_on"} <= forgotten:
        assert pd.isna(finding["fee_fen"])
