"""The clock of supervision agreements: its cases, the contract penalty, and the facts behind it."""

from __future__ import annotations

import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from gis import contracts, law, result_tables
from gis.clock.agreement import (
    ACTUAL,
    CONTROLS,
    DONE,
    MILESTONES,
    OUTCOMES,
    WITH_PRICE,
    judge,
    milestones,
)
from gis.clock.agreement import penalty_fen as penalty
from gis.clock.agreement_trace import sentences
from gis.crs import transform
from gis.pipeline import agreements, idle
from tests.squares import ZONE, square
from tests.test_facts import SUPPLY, plain, records, seen

CONTENT = tomllib.loads(
    (Path(law.__file__).parent / "cases" / "agreements.toml").read_text(encoding="utf-8")
)
DAYS = [*(f"{name}_due_on" for name in MILESTONES), *DONE, "seen_on", "right_ended_on"]
EXPECTED = {"outcome": "outcome", "since": "since_on", "next": "next_on", "missing": "missing"}
AGREED = {
    "document": "协1", "supply_no": "A1", "signed_on": "2020-02-01", "kind": "standard_land",
    "start_due_on": "2021-01-31", "completion_due_on": "2023-01-31",
    "production_due_on": "2023-06-30", "capacity_due_on": "2024-12-31",
    "investment_yuan_per_m2": 4500.0,
}  # fmt: skip


def frame(facts: dict[str, Any]) -> pd.DataFrame:
    known = {name: None if value == "unknown" else value for name, value in facts.items()}
    columns = {
        name: pd.Series(pd.to_datetime([known.get(name)])).astype("datetime64[s]") for name in DAYS
    }
    columns |= {
        name: pd.Series([known.get(name)], dtype="float64")
        for name in (*CONTROLS, *ACTUAL, WITH_PRICE)
    }
    return pd.DataFrame(columns | {"seen_stage": pd.Series([known.get("seen_stage")], dtype="str")})


@pytest.mark.parametrize("case", CONTENT["case"], ids=lambda case: case["name"])
def test_an_agreement_is_judged_as_it_reads(case: dict[str, Any]) -> None:
    facts = frame({**CONTENT["base"], **case.get("facts", {})})
    found = judge(facts, case["on"]).iloc[0]
    expected = dict(case["expect"])
    late = expected.pop("late", {})
    event = expected.pop("event", None)
    said = {name: plain(found[column]) for name, column in EXPECTED.items()}
    if "next" not in expected:
        # What follows is written down where it is the point of the case.
        said.pop("next")
    assert said == {name: expected.get(name) for name in said}
    if event is not None:
        assert found["next_event"] == event
    told = {name: plain(value) for name, value in milestones(facts, case["on"]).iloc[0].items()}
    assert {name: days for name, days in told.items() if days is not None} == late


def test_every_outcome_has_a_case_and_a_label() -> None:
    assert {case["expect"]["outcome"] for case in CONTENT["case"]} == set(OUTCOMES)
    assert set(contracts.CODES["agreement"]) == set(OUTCOMES)


def test_what_comes_next_is_what_judging_that_day_says() -> None:
    for case in CONTENT["case"]:
        facts = frame({**CONTENT["base"], **case.get("facts", {})})
        # What is dated after the day asked about is no fact, on the later day neither.
        for name in ("seen_on", "right_ended_on", *DONE):
            facts[name] = facts[name].where(facts[name] <= pd.Timestamp(case["on"]))
        now = judge(facts, case["on"]).iloc[0]
        until = plain(now["next_on"]) or date(2027, 7, 1)
        between = [d.date() for d in pd.date_range(case["on"], until, periods=8)[1:-1]]
        between.append(until - timedelta(days=1))
        for day in between:
            assert judge(facts, day).iloc[0]["outcome"] == now["outcome"], (case["name"], day)
        expected = now["next_event"] if plain(now["next_on"]) else now["outcome"]
        assert judge(facts, until).iloc[0]["outcome"] == expected, case["name"]


def test_a_penalty_is_a_share_of_the_price_for_each_day() -> None:
    # 2,326,170 yuan x 0.05 % x 31 days = 36,055.635 yuan.
    assert penalty(232_617_000, 0.0005, 31) == 3_605_564
    assert penalty(100_000_000, 0.001, 0) == 0


def facts_of(**kinds: list[dict[str, Any]]) -> dict[str, Any]:
    known = records(
        **{"supplies": [SUPPLY | {"area_m2": 10_000.0}], "agreements": [AGREED], **kinds}
    )
    found = agreements.facts_of(known, idle.judge(known, law.load()))
    assert len(found) == 1
    return {name: plain(value) for name, value in found.iloc[0].items()}


def test_a_newer_agreement_replaces_term_by_term() -> None:
    newer = {"document": "补1", "supply_no": "A1", "signed_on": "2022-06-01"}
    later = newer | {"document": "补2", "signed_on": "2027-01-01", "start_due_on": "2030-01-01"}
    found = facts_of(agreements=[AGREED, newer | {"completion_due_on": "2023-07-31"}, later])
    assert (found["document"], found["completion_due_on"]) == ("补1", date(2023, 7, 31))
    assert found["start_due_on"] == date(2021, 1, 31)


def test_sightings_give_the_stage_and_the_days_of_production_and_capacity() -> None:
    rows = [
        seen("2023-05-01", "producing"),
        seen("2024-11-01", "at_capacity"),
        seen("2024-12-01", "started", source="imagery"),
    ]
    found = facts_of(progress=rows)
    assert (found["produced_on"], found["at_capacity_on"]) == (date(2023, 5, 1), date(2024, 11, 1))
    assert (found["seen_on"], found["seen_stage"]) == (date(2024, 11, 1), "at_capacity")
    project = {
        "project_code": "X", "supply_nos": ["A1"], "produced_on": "2023-04-01",
        "from_on": "2023-01-01",
    }  # fmt: skip
    assert facts_of(progress=rows, projects=[project])["produced_on"] == date(2023, 4, 1)


def test_control_values_are_measured_on_the_land_of_the_subject() -> None:
    # 40,000,000 yuan on 10,000 m2; two buildings of 6,000 m2.
    money = [seen("2024-12-01", invested_fen=4_000_000_000)]
    building = {
        "supply_no": "A1", "floor_area_m2": 6_000.0, "from_on": "2023-01-01",
        "geom": drawn(0, 0, 60, 60),
    }  # fmt: skip
    found = facts_of(progress=money, buildings=[building | {"code": c} for c in "甲乙"])
    assert found["actual_investment_yuan_per_m2"] == 4_000.0
    assert found["investment_with_price_yuan_per_m2"] is None
    # With a land price of 3,000,000 yuan it is 43,000,000 yuan on 10,000 m2; 0 is no price.
    for fen, with_price in ((300_000_000, 4_300.0), (0, None)):
        priced = facts_of(supplies=[SUPPLY | {"area_m2": 10_000.0, "price_fen": fen}],
                          progress=money)  # fmt: skip
        assert priced["investment_with_price_yuan_per_m2"] == with_price
    assert found["actual_floor_ratio_min"] == 1.2
    assert found["actual_tax_yuan_per_m2"] is None


def drawn(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    """A rectangle of whole metres in its zone, in EPSG:4490."""
    shapes = np.array([square(x0, y0, x1, y1)], dtype=object)
    (found,) = transform.from_zone(shapes, ZONE)
    return found


def hall(code: str, *corners: float, floors_m2: float | None = 3_000.0, **more: Any) -> Any:
    given = {"code": code, "floor_area_m2": floors_m2, "from_on": "2023-01-01"}
    return given | {"geom": drawn(*corners)} | more


def phase(number: str, *corners: float, **more: Any) -> Any:
    shape = {"geom": drawn(*corners)} if corners else {}
    return SUPPLY | {"supply_no": "A1", "phase": number, "area_m2": 10_000.0} | shape | more


def ratios(
    *halls: Any, lands: list[Any], papers: list[Any] | None = None, endings: Any = ()
) -> dict[str, Any]:
    """The floor ratio reached on each land, None where nobody knows."""
    known = records(
        supplies=lands, agreements=papers or [AGREED], buildings=[*halls], right_endings=[*endings]
    )
    found = agreements.facts_of(known, idle.judge(known, law.load()))
    return {row["subject"]: plain(row["actual_floor_ratio_min"]) for _, row in found.iterrows()}


def test_a_building_counts_on_the_phase_it_lies_on_not_on_each_of_its_number() -> None:
    # Two phases of 100 m x 100 m side by side; 3,000 m2 of floors on the first: 0.3 and nothing.
    lands = [phase("一期", 0, 0, 100, 100), phase("二期", 100, 0, 200, 100)]
    both = ratios(hall("甲", 10, 10, 60, 60, supply_no="A1"), lands=lands)
    assert both == {"A1|一期": pytest.approx(0.3), "A1|二期": None}
    # Across the border, 20 m of 50 m on the second: 1,800 and 1,200 m2 of floors.
    both = ratios(hall("甲", 70, 10, 120, 60), lands=lands)
    assert both == {"A1|一期": pytest.approx(0.18), "A1|二期": pytest.approx(0.12)}


def test_a_building_without_a_number_counts_where_it_lies() -> None:
    land = [phase("", 0, 0, 100, 100, phase=None)]
    # 25 m x 40 m in three storeys, no area surveyed: 3,000 m2 on 10,000 m2.
    bare = hall("甲", 10, 10, 35, 50, floors_m2=None, storeys_count=3.0)
    assert ratios(bare, lands=land) == {"A1": pytest.approx(0.3)}
    yard = hall("乙", 50, 50, 90, 90, kind="yard")
    assert ratios(bare, yard, lands=land) == {"A1": pytest.approx(0.3)}


def test_what_may_stand_on_several_lands_leaves_each_unknown() -> None:
    # Nobody drew the phases, and the number is that of both.
    lands = [phase("一期"), phase("二期")]
    numbered = hall("甲", 10, 10, 60, 60, supply_no="A1")
    assert ratios(numbered, lands=lands) == {"A1|一期": None, "A1|二期": None}
    # Land that is not drawn, one phase: the number alone decides.
    assert ratios(numbered, lands=[phase("", phase=None)]) == {"A1": pytest.approx(0.3)}
    # Two supplies of one piece of land: it is of the one it names, and of neither without a name.
    twice = [
        phase("", 0, 0, 100, 100, phase=None),
        phase("", 0, 0, 100, 100, phase=None, supply_no="A2"),
    ]
    papers = [AGREED, AGREED | {"document": "协2", "supply_no": "A2"}]
    assert ratios(numbered, lands=twice, papers=papers) == {"A1": pytest.approx(0.3), "A2": None}
    bare = hall("甲", 10, 10, 60, 60)
    assert ratios(bare, lands=twice, papers=papers) == {"A1": None, "A2": None}


def test_ground_held_by_a_supply_without_agreement_leaves_the_agreement_unknown() -> None:
    # 3,000 m2 of floors on 10,000 m2: 0.3, of whichever of the two it is. A2 has no agreement.
    own = phase("", 0, 0, 100, 100, phase=None)
    other = phase("", 0, 0, 100, 100, phase=None, supply_no="A2")
    bare = hall("甲", 10, 10, 60, 60)
    assert ratios(bare, lands=[own, other]) == {"A1": None}
    named = hall("甲", 10, 10, 60, 60, supply_no="A1")
    assert ratios(named, lands=[own, other]) == {"A1": pytest.approx(0.3)}
    # It is of the other, and nothing is known to stand on A1.
    of_other = hall("甲", 10, 10, 60, 60, supply_no="A2")
    assert ratios(of_other, lands=[own, other]) == {"A1": None}
    assert ratios(of_other, hall("乙", 60, 10, 85, 30, floors_m2=500.0, supply_no="A1"),
                  lands=[own, other]) == {"A1": pytest.approx(0.05)}  # fmt: skip
    # Beside the hall, from 60 m on: nobody else's ground under it.
    beside = phase("", 60, 0, 160, 100, phase=None, supply_no="A2")
    assert ratios(bare, lands=[own, beside]) == {"A1": pytest.approx(0.3)}
    # A right that ended holds no ground, from the day on which it ended.
    ended = {"supply_no": "A2", "ended_on": "2024-05-31", "kind": "recovered", "document": "收1"}
    assert ratios(bare, lands=[own, other], endings=[ended]) == {"A1": pytest.approx(0.3)}
    later = ended | {"ended_on": "2027-01-01"}
    assert ratios(bare, lands=[own, other], endings=[later]) == {"A1": None}


def test_a_building_off_the_land_it_names_leaves_that_unknown() -> None:
    land = [phase("", 0, 0, 100, 100, phase=None)]
    there = hall("甲", 10, 10, 60, 60)
    away = hall("乙", 500, 500, 550, 550, supply_no="A1")
    assert ratios(there, lands=land) == {"A1": pytest.approx(0.3)}
    assert ratios(there, away, lands=land) == {"A1": None}


def test_tax_counts_of_full_years_since_capacity_over_all_land_of_the_firm() -> None:
    firm = {"enterprise_code": "F", "supply_nos": ["A1", "A2"], "from_on": "2020-01-01"}
    years = [
        {"enterprise_code": "F", "year": year, "tax_fen": tax, "from_on": f"{year}-12-31"}
        for year, tax in ((2024, 900_000_000), (2025, 400_000_000))
    ]
    held = [SUPPLY | {"area_m2": 10_000.0}, SUPPLY | {"supply_no": "A2", "area_m2": 30_000.0}]
    # 2024 is the year capacity was due in; 4,000,000 yuan of 2025 over 40,000 m2.
    found = facts_of(supplies=held, enterprises=[firm], enterprise_years=years)
    assert found["actual_tax_yuan_per_m2"] == 100.0
    assert found["actual_output_yuan_per_m2"] is None
    without = [held[0], SUPPLY | {"supply_no": "A2"}]
    assert facts_of(supplies=without, enterprises=[firm], enterprise_years=years)[
        "actual_tax_yuan_per_m2"
    ] is None  # fmt: skip


def test_the_newest_year_speaks_alone_also_where_it_says_nothing() -> None:
    # 2025: tax of 9,000,000 yuan over 10,000 m2 = 900 yuan/m2; 2026, the newest, names no tax.
    firm = {"enterprise_code": "F", "supply_nos": ["A1"], "from_on": "2020-01-01"}
    years = [
        {"enterprise_code": "F", "year": 2025, "tax_fen": 900_000_000, "from_on": "2025-12-31"},
        {"enterprise_code": "F", "year": 2026, "output_fen": 100, "from_on": "2026-01-31"},
    ]
    held = [SUPPLY | {"area_m2": 10_000.0}]
    found = facts_of(supplies=held, enterprises=[firm], enterprise_years=years)
    assert found["actual_tax_yuan_per_m2"] is None
    earlier = facts_of(supplies=held, enterprises=[firm], enterprise_years=years[:1])
    assert earlier["actual_tax_yuan_per_m2"] == 900.0


def test_a_year_that_begins_on_the_day_of_capacity_counts_and_one_begun_before_does_not() -> None:
    firm = {"enterprise_code": "F", "supply_nos": ["A1"], "from_on": "2020-01-01"}
    years = [
        {"enterprise_code": "F", "year": 2025, "tax_fen": 900_000_000, "from_on": "2025-12-31"}
    ]
    held = [SUPPLY | {"area_m2": 10_000.0}]

    def tax(capacity_due_on: str) -> float | None:
        paper = AGREED | {"capacity_due_on": capacity_due_on}
        found = facts_of(
            supplies=held, enterprises=[firm], enterprise_years=years, agreements=[paper]
        )
        value = found["actual_tax_yuan_per_m2"]
        return None if value is None else float(value)

    assert tax("2025-01-01") == 900.0
    assert tax("2025-01-02") is None


def test_findings_have_the_published_columns_and_one_row_per_subject() -> None:
    known = records(
        supplies=[SUPPLY | {"area_m2": 10_000.0, "project_name": "甲"}],
        agreements=[AGREED],
        progress=[seen("2021-06-01", "not_started")],
    )
    found = agreements.judge(known, idle.judge(known, law.load()))
    published = result_tables.TABLES["finding"].names
    assert [name for name in found.columns if name in published] == published
    assert {*found.columns} - {*published} == {"park_code", "geom"}
    row = found.iloc[0]
    assert (row["subject"], row["rule"], row["name"]) == ("A1", "agreement", "甲")
    assert (row["outcome"], row["article"]) == ("overdue_start", "监管协议 协1")


def test_no_agreements_give_no_findings() -> None:
    known = records(supplies=[SUPPLY])
    assert agreements.judge(known, idle.judge(known, law.load())).empty


def test_the_trace_tells_milestones_control_values_and_the_penalty() -> None:
    row = {
        "started_on": date(2022, 7, 12),
        "completed_on": date(2024, 6, 1),
        "at_capacity_on": date(2026, 6, 1),
        "produced_on": date(2024, 12, 1),
        "actual_investment_yuan_per_m2": 4_200.0,
        # 2,326,170 yuan on 10,000 m2 is 232.617 yuan a m2 more.
        "investment_with_price_yuan_per_m2": 4_432.617,
        "actual_floor_ratio_min": 1.2,
    }
    facts = frame({**CONTENT["base"], **row}).assign(
        document="协1",
        price_fen=pd.array([232_617_000], dtype="Int64"),
        penalty_share_per_day=0.0005,
    )
    # 2,326,170 yuan x 0.05 % x 12 days = 13,957.02 yuan; 4,200 yuan a m2 = 280 万元 a 亩, and
    # 4,432.617 x 2000 / 3 / 10,000 = 295.5078.
    assert sentences(facts, date(2026, 6, 30)) == [
        "协1：未达控制指标，自 2026-06-30 起",
        "开工：约定 2022-06-30，实际 2022-07-12，逾期 12 天",
        "竣工：约定 2024-06-30，实际 2024-06-01，按期",
        "投产：约定 2024-12-31，实际 2024-12-01，按期",
        "达产：约定 2026-06-30，实际 2026-06-01，按期",
        "固定资产投资强度：约定 300.00 万元/亩（4,500.00 元/平方米），"
        "实际 280.00 万元/亩（4,200.00 元/平方米）（不含地价），"
        "295.51 万元/亩（4,432.62 元/平方米）（含地价），未达",
        "容积率：约定 1.00，实际 1.20，达标",
        "亩均税收：约定 15.00 万元/亩（225.00 元/平方米），实际 未知",
        "开工违约金（与闲置费分别计算）：2,326,170.00 × 0.0500% × 12 天 = 13,957.02 元",
    ]
    open_ = facts.assign(investment_with_price_yuan_per_m2=4_500.0)
    assert (
        "固定资产投资强度：约定 300.00 万元/亩（4,500.00 元/平方米），"
        "实际 280.00 万元/亩（4,200.00 元/平方米）（不含地价），"
        "300.00 万元/亩（4,500.00 元/平方米）（含地价），待定：登记的投资是否含地价不明"
    ) in sentences(open_, date(2026, 6, 30))
    before = sentences(facts, date(2026, 6, 29), "en")
    assert "control values are not yet due" in before
    assert not any("agreed" in line for line in before)
