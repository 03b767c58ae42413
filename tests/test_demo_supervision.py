"""What the demo shows of supervision after supply, worked by hand from scripts/demo_data.

Halls are 60 x 60 = 3,600 m2 on 20,000 m2, by the serial number of the supply (plan.py):

P1002  two storeys of 4.8 m, surveyed 7,150; computed 2 x 3,600 = 7,200
P1003  two storeys, not surveyed: 7,200; no yard was told of
P1005  one storey of 9.6 m counts twice; a yard of 60 x 15 = 900
P1001  two storeys, height unknown
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.warm import Desk

DAIRY, DRUGS = "演示备〔2018〕005号", "演示备〔2019〕007号"


@pytest.mark.parametrize(
    ("supply", "plain", "counted", "coverage", "floors"),
    [
        # 7,150 / 20,000; 3,600 and no yard; surveyed, computed, their difference
        ("1506992020B01002", 0.3575, 0.3575, 22.5, (7_150.0, 7_200.0, -50.0)),
        ("1506992020B01003", 0.36, 0.36, None, (None, 7_200.0, None)),
        ("1506992019B01005", 0.18, 0.36, 22.5, (None, 3_600.0, None)),
        ("1506992019B01001", 0.36, None, None, (None, 7_200.0, None)),
    ],
)
def test_how_densely_a_supply_is_built(
    demo: Desk, supply: str, plain: float, counted: Any, coverage: Any, floors: tuple[Any, ...]
) -> None:
    told = {row["name"]: row for row in demo.json("indicators", "--subject", supply)["rows"]}

    def value(name: str) -> float | None:
        found = told[name]["value"]
        return None if found is None else round(found, 4)

    assert (value("plot_floor_ratio"), value("plot_counted_ratio")) == (plain, counted)
    assert value("plot_site_coverage") == coverage
    names = ("floor_surveyed_m2", "floor_computed_m2", "floor_difference_m2")
    assert tuple(value(name) for name in names) == floors
    assert told["plot_floor_ratio"]["denominator"] == 20_000.0
    assert told["plot_floor_ratio"]["area_kind"] == "registered"
    lacks = [told[name]["missing"] for name in ("plot_counted_ratio", "plot_site_coverage")]
    assert lacks == [
        None if counted is not None else ["height_m"], None if coverage is not None else ["yards"],
    ]  # fmt: skip


def test_the_reasons_of_a_supply_end_with_how_densely_it_is_built(demo: Desk) -> None:
    said = demo.call("why", "1506992019B01001").stdout
    assert "建设强度" in said
    assert "7,200.00 m2 / 20,000.00 m2" in said
    assert "缺少 部分建筑物的高度" in said


def test_each_class_of_the_quarter_and_each_reason_has_a_project(demo: Desk) -> None:
    told = demo.json("quarterly", "--quarter", "2026Q2")
    certain = {
        (row["class"], row["subject"]) for row in told["rows"] if row["missing"] is None
    }  # fmt: skip
    assert {"演示备〔2025〕009号", DAIRY, "演示备〔2024〕010号", "演示备〔2020〕012号"} <= {
        subject for _, subject in certain
    }
    assert len({name for name, _ in certain}) == 4
    low = demo.json("low-efficiency", "--all")["rows"]
    assert {row["reason"] for row in low} == {
        "below_control", "stopped", "overdue_build", "cannot_run", "listed",
    }  # fmt: skip


def test_what_was_reached_of_the_control_values(demo: Desk) -> None:
    rows = demo.json("control", "list")["rows"]
    told = {(row["subject"], row["indicator"]): row for row in rows}
    # 乳业 5,800 万元 over 60 亩: 96.67 万元/亩 = 1,450 yuan per m2, 800 under 150 万元/亩.
    dairy = told[DAIRY, "output_yuan_per_m2"]
    assert (dairy["low"], dairy["verdict"]) == (1_450.0, "below")
    assert round(dairy["distance"], 6) == -800.0
    # 制药 (5,200 + 400) / 20,000 = 28 % of 30 %; offices 1,500 / 20,000 = 7.5 %, at most 7 %.
    assert round(told[DRUGS, "site_coverage"]["distance"], 6) == -0.02
    assert round(told[DRUGS, "office_land_share"]["low"], 6) == 0.075
    # 新材料 names no land itself: 5,000 万元 over the 30 亩 of its project, 2,500 yuan per m2.
    assert told["演示备〔2022〕008号", "output_yuan_per_m2"]["low"] == 2_500.0
    # Its halls stand on the land: 7,150 of 20,000 m2.
    assert told["演示备〔2022〕008号", "floor_ratio"]["low"] == 0.3575


def test_the_tasks_of_the_year_stand_in_three_columns(demo: Desk) -> None:
    told = demo.json("targets", "--year", "2026")
    rows = {(row["place_code"], row["way"]): row for row in told["rows"]}
    columns = ("target_m2", "base_m2", "reported_m2", "filed_m2", "confirmed_m2")
    of = {key: tuple(round(row[name] / 10_000, 4) for name in columns) for key, row in rows.items()}
    assert of["150699", "unsupplied"] == (30.0, 41.25, 20.0, 14.0, 8.0)
    assert of["150699", "idle"] == (20.0, 4.0, 3.0, 2.0, 1.0)
    assert of["YS", "unsupplied"] == (20.0, 35.75, 20.0, 14.0, 8.0)


def test_every_indicator_of_the_ranking_has_points_or_says_why_not(demo: Desk) -> None:
    told = demo.json("why", "YS", "--year", "2025", "--reading", "R3")
    scores = {one["indicator"]: one for one in told["parts"]}
    assert len(scores) == 23
    # Industrial investment of 2025 is less than that of 2024: nobody leads by it.
    assert [name for name, one in scores.items() if one["score"] is None] == ["investment_growth"]
    assert scores["projects"]["score"] == 7
