"""Tasks against what was done, counted within the frozen base, worked by hand.

The base of banner 150602 in 2026 (m2): unsupplied U1 20,000 (approval A, park P1) and U2 10,000
(approval B, no park); idle I1 6,000 (supply S1, park P1), I2 4,000 (supply S2).
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pandas as pd
import pytest

from gis.targets import against, counting, quota, recorded
from gis.targets.against import Asked
from gis.targets.quota import Rules

TASK = ["year", "until_year", "region_code", "park_code", "way", "target_m2"]
BASE = [
    *("key", "year", "region_code", "way", "item_no", "supply_no", "approval_no", "park_code"),
    "area_m2",
]
DONE = [
    *("key", "year", "region_code", "park_code", "way", "stage", "item_no", "supply_no"),
    *("approval_no", "area_m2", "document", "done_on", "is_ledger"),
]
ITEMS = [
    ["U1", 2026, "150602", "unsupplied", "U1", None, "A", "P1", 20_000.0],
    ["U2", 2026, "150602", "unsupplied", "U2", None, "B", None, 10_000.0],
    ["I1", 2026, "150602", "idle", "I1", "S1", None, "P1", 6_000.0],
    ["I2", 2026, "150602", "idle", "I2", "S2", None, None, 4_000.0],
]
RULES = Rules(Fraction(10, 100), Fraction(20, 100))
# The year is over.
HOW = Asked(date(2027, 1, 1), Fraction(15, 100))


def frame(columns: list[str], rows: list[list[Any]]) -> pd.DataFrame:
    made = pd.DataFrame(rows, columns=columns).astype(object)
    for name in columns:
        if name.endswith("_m2"):
            made[name] = made[name].astype(float)
        elif name == "done_on":
            made[name] = pd.to_datetime(made[name])
        elif name == "is_ledger":
            made[name] = made[name].astype(bool)
        elif name in {"year", "until_year"}:
            made[name] = made[name].astype(float)
    return made


def tasks(*rows: list[Any]) -> pd.DataFrame:
    return frame(TASK, [[2026, None, *row] for row in rows])


def base(*more: list[Any]) -> pd.DataFrame:
    return frame(BASE, [*ITEMS, *more])


def done(*rows: list[Any]) -> pd.DataFrame:
    """Rows of way, stage, item, supply, area, document; of 150602 in 2026."""
    return frame(
        DONE,
        [
            [
                *(f"D{n}", 2026, "150602", None, way, stage, item, supply, None, area, document),
                *(None, document == "ledger"),
            ]
            for n, (way, stage, item, supply, area, document) in enumerate(rows)
        ],
    )


NOTHING_RECORDED = pd.DataFrame({"key": [], "recorded_m2": [], "missing": []})


def told(found: counting.Counted) -> list[tuple[Any, ...]]:
    rows = found.told[["code", "item_no", "stage"]].astype(object)
    return [tuple(row) for row in rows.where(rows.notna(), None).to_numpy()]


def stages(found: counting.Counted, item: str) -> list[float | None]:
    row = found.items.set_index("item_no").loc[item]
    values = [row[f"{stage}_m2"] for stage in counting.STAGES]
    return [None if value != value else value for value in values]


def test_what_is_done_counts_against_the_item_of_the_base_it_names() -> None:
    found = counting.counted(
        base(),
        done(
            ["unsupplied", "reported", "U1", None, 20_000.0, "x"],
            ["unsupplied", "filed", "U1", None, 15_000.0, "x"],
            ["unsupplied", "confirmed", "U1", None, 9_000.0, "x"],
            ["unsupplied", "confirmed", "U1", None, 3_000.0, "y"],
            # By the number of the supply where no item is named.
            ["idle", "confirmed", None, "S2", 4_000.0, "z"],
        ),
    )
    assert stages(found, "U1") == [20_000.0, 15_000.0, 12_000.0]
    assert stages(found, "I2") == [None, None, 4_000.0]
    assert stages(found, "U2") == [None, None, None]
    assert found.outside.empty
    assert told(found) == []


def test_what_is_done_outside_the_base_is_shown_apart_and_not_counted() -> None:
    found = counting.counted(
        base(),
        done(
            ["idle", "confirmed", "I9", "S9", 5_000.0, "x"],
            # More than the item of the base has: 1,500 of it lies outside.
            ["idle", "confirmed", "I1", None, 7_500.0, "x"],
        ),
    )
    assert stages(found, "I1") == [None, None, 6_000.0]
    assert sorted(found.outside["area_m2"]) == [1_500.0, 5_000.0]
    assert sorted(told(found)) == [
        ("outside_base", "I9", "confirmed"),
        ("over_base", "I1", "confirmed"),
    ]


def test_an_item_whose_number_and_land_differ_is_not_counted() -> None:
    found = counting.counted(base(), done(["idle", "filed", "I1", "S2", 6_000.0, "x"]))
    assert stages(found, "I1") == [None, None, None]
    assert told(found) == [("other_land", "I1", "filed")]
    assert found.outside["area_m2"].tolist() == [6_000.0]


def test_land_that_stands_twice_in_the_base_counts_once() -> None:
    # S1 once more, in the list of the city: the first of the key's order stays, I1.
    twice = ["J1", 2026, "150600", "idle", "J1", "S1", None, None, 6_000.0]
    found = counting.counted(base(twice), done(["idle", "filed", None, "S1", 6_000.0, "x"]))
    assert found.items["item_no"].tolist().count("J1") == 0
    assert stages(found, "I1") == [None, 6_000.0, None]
    assert told(found) == [("base_twice", "J1", None)]


def test_what_is_left_of_a_year_stands_in_the_next_and_counts_once_over_both() -> None:
    # S2 again in 2027, under another number: done then, by that number.
    again = ["K9", 2027, "150602", "idle", "K9", "S2", None, None, 4_000.0]
    result = done(["idle", "confirmed", "K9", None, 4_000.0, "x"]).assign(year=2027.0)
    found = counting.counted(base(again), result)
    assert stages(found, "I2") == [None, None, 4_000.0]
    assert told(found) == []
    assert len(found.items) == len(ITEMS)


def test_one_result_that_two_papers_tell_counts_once() -> None:
    found = counting.counted(
        base(),
        done(
            ["unsupplied", "filed", "U1", None, 8_000.0, "x"],
            ["unsupplied", "filed", "U1", None, 8_000.0, "y"],
        ),
    )
    assert stages(found, "U1") == [None, 8_000.0, None]
    assert told(found) == [("done_twice", "U1", "filed")]


def test_a_ledger_counts_where_no_paper_does_and_is_told_where_it_differs() -> None:
    found = counting.counted(
        base(),
        done(
            ["unsupplied", "filed", "U1", None, 8_000.0, "ledger"],
            ["unsupplied", "confirmed", "U1", None, 8_000.0, "ledger"],
            ["unsupplied", "confirmed", "U1", None, 5_000.0, "x"],
        ),
    )
    assert stages(found, "U1") == [None, 8_000.0, 5_000.0]
    assert told(found) == [("sources_differ", "U1", "confirmed")]


def test_tasks_of_region_and_park_by_way_with_what_is_missing() -> None:
    """Region: unsupplied 15,000 of 12,000; idle 2,000 of 5,000. Park P1: 9,000 of 10,000.

    The disposal floor: 15,000 of a base of 30,000 is 50 %; 2,000 of 10,000 is 20 %.
    """
    found = counting.counted(
        base(),
        done(
            ["unsupplied", "confirmed", "U1", None, 9_000.0, "x"],
            ["unsupplied", "confirmed", "U2", None, 6_000.0, "x"],
            ["unsupplied", "reported", "U1", None, 20_000.0, "x"],
            ["idle", "confirmed", "I2", None, 2_000.0, "x"],
        ),
    )
    asked = tasks(
        ["150600", None, "unsupplied", 12_000.0],
        ["150600", None, "idle", 5_000.0],
        ["150602", "P1", "unsupplied", 10_000.0],
    )
    rows = against.tasks(asked, found, NOTHING_RECORDED, HOW)
    shown = rows.set_index(["place_code", "way"])
    whole = shown.loc[("150600", "unsupplied")]
    assert whole["place_kind"] == "region"
    assert (whole["base_count"], whole["base_m2"]) == (2, 30_000.0)
    assert (whole["reported_m2"], whole["confirmed_m2"]) == (20_000.0, 15_000.0)
    assert whole["filed_m2"] != whole["filed_m2"]
    # 15,000 / 12,000
    assert (whole["confirmed_rate"], whole["lacking_m2"], whole["state"]) == (1.25, 0.0, "met")
    assert (whole["disposal_share"], whole["is_floor_met"]) == (0.5, True)
    assert whole["missing"] == ["nothing_recorded", "nothing_filed"]
    idle = shown.loc[("150600", "idle")]
    assert (idle["confirmed_rate"], idle["lacking_m2"], idle["state"]) == (0.4, 3_000.0, "missed")
    assert (idle["disposal_share"], idle["is_floor_met"]) == (0.2, True)
    park = shown.loc[("P1", "unsupplied")]
    assert (park["place_kind"], park["base_m2"]) == ("park", 20_000.0)
    assert (park["confirmed_rate"], park["lacking_m2"], park["state"]) == (0.9, 1_000.0, "missed")
    both = shown.loc[("150600", "both")]
    # (15,000 + 2,000) / (12,000 + 5,000) would be met; each task has to be.
    assert (both["target_m2"], both["confirmed_m2"], both["confirmed_rate"]) == (
        17_000.0,
        17_000.0,
        1.0,
    )
    assert both["state"] == "missed"


def test_without_a_base_nothing_counts_and_the_task_is_undetermined() -> None:
    found = counting.counted(frame(BASE, []), done(["idle", "confirmed", "I1", None, 6_000.0, "x"]))
    rows = against.tasks(tasks(["150602", None, "idle", 5_000.0]), found, NOTHING_RECORDED, HOW)
    (row,) = rows.to_dict("records")
    assert row["state"] == "undetermined"
    assert row["missing"] == ["base"]
    assert row["confirmed_rate"] != row["confirmed_rate"]
    assert row["outside_confirmed_m2"] == 6_000.0


def test_the_bounds_of_a_rate_come_from_what_was_printed() -> None:
    """Ordos 2023-07: target 2.3 万亩 (2.25 to 2.35), done 0.66 (0.655 to 0.665).

    65.5 / 235 = 27.872 %, 66 / 230 = 28.696 %, 66.5 / 225 = 29.556 %.
    """
    mu10000 = 20_000_000 / 3
    item = ["K", 2026, "150600", "unsupplied", "K", None, "A", None, round(2.31 * mu10000, 6)]
    found = counting.counted(
        frame(BASE, [item]),
        done(["unsupplied", "confirmed", None, None, round(0.66 * mu10000, 6), "x"]).assign(
            approval_no="A"
        ),
    )
    rows = against.tasks(
        tasks(["150600", None, "unsupplied", round(2.3 * mu10000, 6)]),
        found,
        NOTHING_RECORDED,
        HOW,
    )
    (row,) = rows.to_dict("records")
    assert [round(100 * row[name], 3) for name in ("rate_low", "confirmed_rate", "rate_high")] == [
        *(27.872, 28.696, 29.556),
    ]
    assert row["is_within_rounding"] is False


@pytest.mark.parametrize(
    ("done_m2", "target_m2", "state", "is_within"),
    [
        (30_000.0, 30_000.0, "met", True),  # 3 公顷 against 3 公顷
        (29_999.0, 30_000.0, "missed", True),  # 2.9999 against 2.5 to 3.5
        (36_001.0, 30_000.0, "met", False),
        (24_999.0, 30_000.0, "missed", False),
    ],
)
def test_a_task_met_or_missed_by_rounding_alone_is_told(
    done_m2: float, target_m2: float, state: str, is_within: bool
) -> None:
    item = ["K", 2026, "150602", "idle", "K", "S", None, None, 90_000.0]
    found = counting.counted(
        frame(BASE, [item]), done(["idle", "confirmed", "K", None, done_m2, "x"])
    )
    rows = against.tasks(tasks(["150602", None, "idle", target_m2]), found, NOTHING_RECORDED, HOW)
    (row,) = rows.to_dict("records")
    assert (row["state"], row["is_within_rounding"]) == (state, is_within)


@pytest.mark.parametrize(
    ("unsupplied", "idle", "code", "share", "missing"),
    [
        ("met", "met", "raised", Fraction(10, 100), []),
        ("met", "missed", "cut", Fraction(-20, 100), []),
        ("missed", "missed", "cut", Fraction(-20, 100), []),
        # Either missed is enough, whatever the other is.
        ("missed", "undetermined", "cut", Fraction(-20, 100), []),
        ("missed", None, "cut", Fraction(-20, 100), []),
        ("met", "undetermined", "undetermined", None, ["task_undetermined:idle"]),
        ("met", "open", "undetermined", None, ["task_open:idle"]),
        ("met", None, "undetermined", None, ["no_task:idle"]),
        (None, "met", "undetermined", None, ["no_task:unsupplied"]),
    ],
)
def test_the_quota_follows_from_both_tasks(
    unsupplied: str | None, idle: str | None, code: str, share: Fraction | None, missing: list[str]
) -> None:
    found = quota.follows({"unsupplied": unsupplied, "idle": idle}, RULES)
    assert (found.code, found.share, found.missing) == (code, share, missing)


def test_before_the_year_is_over_nothing_is_missed_and_it_is_said_what_would_be() -> None:
    found = counting.counted(base(), done(["idle", "confirmed", "I1", None, 1_000.0, "x"]))
    asked = tasks(["150602", None, "idle", 5_000.0])
    on_last_day = Asked(date(2026, 12, 31), Fraction(15, 100))
    states = [
        against.tasks(asked, found, NOTHING_RECORDED, how)["state"].tolist()
        for how in (on_last_day, HOW)
    ]
    assert states == [["open"], ["missed"]]
    follows = quota.follows({"unsupplied": "met", "idle": "open"}, RULES)
    assert (follows.code, follows.if_so_left) == ("undetermined", "cut")


def test_a_task_of_several_years_is_open_until_the_last_is_over() -> None:
    item = ["K", 2026, "150602", "idle", "K", "S", None, None, 90_000.0]
    found = counting.counted(frame(BASE, [item]), done(["idle", "confirmed", "K", None, 10.0, "x"]))
    asked = tasks(["150602", None, "idle", 5_000.0]).assign(until_year=2030.0)
    assert against.tasks(asked, found, NOTHING_RECORDED, HOW)["state"].tolist() == ["open"]


def test_new_quota_pauses_below_a_mean_supply_rate() -> None:
    """2021: 60 of 100; 2022: none approved; 2023: 10 of 50; 2024: 40 of 40; 2025: 0 of 10.

    Of the sums 110 / 200 = 55 %; of the years (60 + 20 + 100 + 0) / 4 = 45 %.
    """
    rows = pd.DataFrame(
        {
            "year": [2021, 2023, 2024, 2025, 2020],
            "approved_m2": [100.0, 50.0, 40.0, 10.0, 1_000.0],
            "supplied_m2": [60.0, 10.0, 40.0, 0.0, 1_000.0],
        }
    )
    years = range(2021, 2026)
    found = quota.supply_rate(rows, years)
    assert (found.low, found.high) == (Fraction(55, 100), Fraction(55, 100))
    assert found.is_below(Fraction(60, 100)) is True
    assert quota.supply_rate(rows, years, is_of_years=True).low == Fraction(45, 100)
    assert quota.supply_rate(rows, range(2010, 2015)).low is None
    # Of 2023 nobody can say: 100 / 200 to 150 / 200.
    unknown = rows.assign(supplied_m2=rows["supplied_m2"].where(rows["year"] != 2023))
    found = quota.supply_rate(unknown, years)
    assert (found.low, found.high) == (Fraction(50, 100), Fraction(75, 100))
    assert found.unknown_count == 1
    assert found.is_below(Fraction(60, 100)) is None
    assert found.is_below(Fraction(50, 100)) is False
    assert found.is_below(Fraction(76, 100)) is True


def test_what_records_show_of_the_base() -> None:
    """Idle S1 has started; S2 is still suspected. Of A 20,000 stood in the base, 5,000 are left.

    Of B nobody can say what is left: a supply names it without an area.
    """
    findings = pd.DataFrame(
        {
            "supply_no": ["S1", "S2"],
            "outcome": ["clear", "suspected_idle"],
        }
    )
    left = pd.DataFrame({"approval_no": ["A", "B"], "left_m2": [5_000.0, float("nan")]})
    found = recorded.of_base(base(), findings, left).set_index("key")
    assert found["recorded_m2"].reindex(["U1", "I1", "I2"]).tolist() == [15_000.0, 6_000.0, 0.0]
    assert found.loc["U2", "recorded_m2"] != found.loc["U2", "recorded_m2"]
    assert found.loc["U2", "missing"] == "left_unknown"


def test_a_supply_of_two_phases_is_disposed_of_when_both_are() -> None:
    findings = pd.DataFrame(
        {"supply_no": ["S1", "S1", "S2"], "outcome": ["clear", "candidate", "undetermined"]}
    )
    nothing = pd.DataFrame({"approval_no": [], "left_m2": []})
    found = recorded.of_base(base(), findings, nothing).set_index("key")
    assert found.loc["I1", "recorded_m2"] == 0.0
    assert found.loc["I2", "missing"] == "state_unknown"
    assert found.loc["U1", "missing"] == "not_judged"


def test_land_left_of_an_approval_with_two_items_is_shared_by_their_areas() -> None:
    # A: 20,000 and 10,000 in the base, 6,000 left: 24,000 done, 16,000 and 8,000.
    more = ["U3", 2026, "150602", "unsupplied", "U3", None, "A", None, 10_000.0]
    findings = pd.DataFrame({"supply_no": [], "outcome": []})
    left = pd.DataFrame({"approval_no": ["A"], "left_m2": [6_000.0]})
    found = recorded.of_base(base(more), findings, left).set_index("key")
    assert found.loc[["U1", "U3"], "recorded_m2"].tolist() == [16_000.0, 8_000.0]
    # More is left than stood in the base: what was found later is no part of it.
    left = pd.DataFrame({"approval_no": ["A"], "left_m2": [33_000.0]})
    found = recorded.of_base(base(more), findings, left).set_index("key")
    assert found.loc[["U1", "U3"], "recorded_m2"].tolist() == [0.0, 0.0]
