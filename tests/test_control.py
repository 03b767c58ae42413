"""Control values around each value and the 达产 day, worked by hand; 1 万元/亩 = 15 yuan per m2.

10,000 yuan / (2,000/3) m2 = 15 yuan per m2 exactly, which is also 15 万元/公顷. The land of every
project here is 20,000 m2 (30 亩).

The control values known (150602 is a banner of 150600, in 150000):

    level   place    industry   value                       stored as
    nation  -        any        建筑系数 >= 40 %            0.40
    nation  -        any        行政办公用地 <= 7 %          0.07
    region  150602   any        容积率 >= 0.6               0.6
    region  150600   any        容积率 >= 0.5               0.5     (the banner's stands above it)
    region  150602   26         投资强度 >= 300 万元/亩     4,500 yuan per m2
    region  150602   2614       投资强度 >= 6,000 万元/公顷 6,000 yuan per m2
    region  150602   26         土地税收 >= 20 万元/亩      300 yuan per m2
    park    K01      26         容积率 >= 0.8, <= 2.0       0.8, 2.0
    agreed  P05      -          容积率 >= 1.0               1.0
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gis import law
from gis.control import applicable, industries, judge, measured, values

AS_OF = date(2026, 6, 30)
AREA_M2 = 20_000.0
STATED: list[tuple[Any, ...]] = [
    # level, place, industry, name, least, most, unit
    ("nation", "", "", "site_coverage", 40, None, "percent"),
    ("nation", "", "", "office_land_share", None, 7, "percent"),
    ("region", "150602", "", "floor_ratio", 0.6, None, "ratio"),
    ("region", "150600", "", "floor_ratio", 0.5, None, None),
    ("region", "150602", "26", "investment_yuan_per_m2", 300, None, "wan_per_mu"),
    ("region", "150602", "2614", "investment_yuan_per_m2", 6_000, None, "wan_per_hectare"),
    ("region", "150602", "26", "tax_yuan_per_m2", 20, None, "wan_per_mu"),
    ("park", "K01", "26", "floor_ratio", 0.8, 2.0, "ratio"),
    ("agreement", "P05", "", "floor_ratio", 1.0, None, "ratio"),
]


def stated(*more: tuple[Any, ...], from_on: str = "2023-05-01") -> pd.DataFrame:
    names = ("level", "place", "industry", "name", "least", "most", "unit")
    rows = pd.DataFrame([*STATED, *more], columns=names)
    return values.in_stored_units(
        rows.assign(
            document=[f"文{n}" for n in range(len(rows))],
            from_on=pd.Timestamp(from_on),
            until_on=pd.NaT,
            is_verified=True,
        )
    )


def project(name: str, **facts: Any) -> pd.DataFrame:
    known = {
        "subject": name, "park_code": "K01", "region_code": "150602", "industries": ("26",),
        "values_on": "2024-03-01", "capacity_on": "2026-06-30",
        "is_unbuilt": False,
    } | facts  # fmt: skip
    for day in ("values_on", "capacity_on"):
        known[day] = pd.Timestamp(known[day]) if known[day] else pd.NaT
    return pd.DataFrame([known])


def verdict(
    subject: pd.DataFrame,
    name: str,
    low: float,
    high: float | None = None,
    table: pd.DataFrame | None = None,
    missing: tuple[str, ...] = (),
) -> dict[str, Any]:
    measured = pd.DataFrame(
        [
            {
                "subject": subject["subject"].iloc[0], "name": name, "low": low,
                "high": low if high is None else high, "missing": missing or None,
            }
        ]
    )  # fmt: skip
    applied = applicable.applicable(subject, stated() if table is None else table)
    found = judge.judge(subject, applied, measured, AS_OF)
    (row,) = found[found["name"] == name].to_dict("records")
    return row


def said(row: dict[str, Any]) -> tuple[str, str, Any]:
    distance = row["distance"]
    return row["verdict"], row["level"], None if pd.isna(distance) else round(distance, 9)


def test_units_of_control_values_are_told_apart() -> None:
    table = stated()
    by = table.set_index(["name", "place", "industry"])
    assert by.loc[("investment_yuan_per_m2", "150602", "26"), "least"] == 4_500.0  # 300 x 15
    assert by.loc[("investment_yuan_per_m2", "150602", "2614"), "least"] == 6_000.0
    assert by.loc[("tax_yuan_per_m2", "150602", "26"), "least"] == 300.0  # 20 x 15
    assert by.loc[("site_coverage", "", ""), "least"] == 0.4
    assert table["fault"].isna().all()


def test_a_value_without_a_unit_that_needs_one_is_no_value() -> None:
    table = stated(
        ("region", "150602", "27", "tax_yuan_per_m2", 20, None, None),
        ("region", "150602", "27", "site_coverage", 45, None, "wan_per_mu"),
        ("region", "150602", "27", "floor_ratio", None, None, None),
        ("region", "150602", "27", "floor_ratio", 2.0, 1.0, None),
        ("region", "150602", "27", "site_coverage", 130, None, "percent"),
    )
    assert table["fault"].dropna().tolist() == [
        "unit_unknown", "unit_wrong", "no_bound", "bounds_crossed", "share_above_one",
    ]  # fmt: skip
    subject = project("P", industries=("27",))
    row = verdict(subject, "tax_yuan_per_m2", 500.0, table=table)
    assert (row["verdict"], row["missing"]) == ("undetermined", ("control_value",))


# 16,000 m2 of floors on 20,000 m2 = 0.8; 15,999 m2 = 0.79995.
P01, P03 = 16_000 / AREA_M2, 15_999 / AREA_M2


@pytest.mark.parametrize(
    ("name", "facts", "value", "expected"),
    [
        # P01: on the 达产 day itself, on the value itself.
        ("P01", {}, P01, ("met", "park", 0.0)),
        # P02: the day before the 达产 day.
        ("P02", {"capacity_on": "2026-07-01"}, P01, ("not_yet_due", "park", None)),
        # P03: 0.79995 - 0.8 = -0.00005.
        ("P03", {}, P03, ("below", "park", -0.00005)),
        # P04: another park has no value of its own, the banner's 0.6: 0.79995 - 0.6 = 0.19995.
        ("P04", {"park_code": "K02"}, P03, ("met", "region", 0.19995)),
        # P05: agreed 1.0 stands above the park's 0.8: 0.8 - 1.0 = -0.2.
        ("P05", {}, P01, ("below", "agreement", -0.2)),
        # P12: above the most the park allows: 2.0 - 2.1 = -0.1.
        ("P12", {}, 42_000 / AREA_M2, ("below", "park", -0.1)),
    ],
)
def test_floor_ratio_around_the_value_and_the_day(
    name: str, facts: dict[str, Any], value: float, expected: tuple[str, str, Any]
) -> None:
    assert said(verdict(project(name, **facts), "floor_ratio", value)) == expected


def test_the_trace_says_what_the_others_would_say() -> None:
    row = verdict(project("P05"), "floor_ratio", P01)
    # Least first; the city's 0.5 is the region's too, but the banner's stands for the region.
    assert row["others"] == ("park:0.8-2.0", "region:0.6-")
    assert (row["level"], row["least"], row["document"]) == ("agreement", 1.0, "文8")


# 100,000,000 yuan / 20,000 m2 = 5,000 yuan per m2 = 333.33 万元/亩.
@pytest.mark.parametrize(
    ("industry", "value", "expected"),
    [
        # P06: the longest match of 2614 is 2614: 5,000 - 6,000 = -1,000.
        ("2614", 5_000.0, ("below", "2614", -1_000.0)),
        # of 2611 it is 26: 5,000 - 4,500 = 500.
        ("2611", 5_000.0, ("met", "26", 500.0)),
        # P07: of a project known only as 26 it may be either ...
        ("26", 5_000.0, ("undetermined", "26", None)),
        # ... which makes no difference from 6,000 up, and below 4,500.
        ("26", 6_000.0, ("met", "26", 1_500.0)),
        ("26", 4_499.0, ("below", "26", -1.0)),
        # 261 may be 2614 as well.
        ("261", 5_000.0, ("undetermined", "26", None)),
        # An industry nobody set a value for.
        ("30", 5_000.0, ("no_control", "", None)),
    ],
)
def test_the_longest_match_of_the_industry_decides(
    industry: str, value: float, expected: tuple[str, str, Any]
) -> None:
    row = verdict(project("P06", industries=(industry,)), "investment_yuan_per_m2", value)
    assert (row["verdict"], row["industry"], said(row)[2]) == expected
    if row["verdict"] == "undetermined":
        assert row["missing"] == ("industry_code",)


def test_an_unknown_industry_is_judged_where_it_makes_no_difference() -> None:
    # P10: any industry 0.6; were it 26, the park's 0.8 to 2.0.
    unknown = project("P10", industries=None)
    assert verdict(unknown, "floor_ratio", P03)["verdict"] == "undetermined"
    assert verdict(unknown, "floor_ratio", P03)["missing"] == ("industry_code",)
    assert verdict(unknown, "floor_ratio", P01)["verdict"] == "met"
    assert verdict(unknown, "floor_ratio", 0.59)["verdict"] == "below"
    # Were it 26 there would be a tax to pay; of any other there is none.
    assert verdict(unknown, "tax_yuan_per_m2", 1.0)["verdict"] == "undetermined"


# P08: 80,000,000 yuan invested = 4,000 per m2; with a price of 12,000,000 (600 per m2) 4,600.
@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (4_000.0, 4_600.0, "undetermined"),
        (4_600.0, 4_600.0, "met"),
        (4_000.0, 4_000.0, "below"),
        (4_500.0, np.inf, "met"),
        (-np.inf, 4_499.99, "below"),
        (np.nan, np.nan, "undetermined"),
    ],
)
def test_what_is_known_in_part_decides_where_the_rest_cannot_change_it(
    low: float, high: float, expected: str
) -> None:
    subject = project("P08", industries=("2611",))
    row = verdict(subject, "investment_yuan_per_m2", low, high, missing=("price",))
    assert row["verdict"] == expected
    assert row["missing"] == (("price",) if expected == "undetermined" else None)


def test_without_a_day_of_capacity_nothing_is_judged() -> None:
    # P09
    row = verdict(project("P09", capacity_on=None), "floor_ratio", P01)
    assert (row["verdict"], row["missing"]) == ("undetermined", ("capacity_due_on",))
    # What is not built has not come to it, with an agreed day behind it or without.
    row = verdict(project("P09", capacity_on=None, is_unbuilt=True), "floor_ratio", P01)
    assert (row["verdict"], row["missing"]) == ("not_yet_due", None)
    assert verdict(project("P09", is_unbuilt=True), "floor_ratio", P03)["verdict"] == "below"


def test_footprints_alone_can_meet_the_site_coverage_and_never_miss_it() -> None:
    # P11: 9,000 / 20,000 = 45 %; 7,000 / 20,000 = 35 %, with yards of whatever size to come.
    subject = project("P11")
    met = verdict(subject, "site_coverage", 0.45, np.inf, missing=("yard_m2",))
    assert met["verdict"] == "met"
    open_ = verdict(subject, "site_coverage", 0.35, np.inf, missing=("yard_m2",))
    assert (open_["verdict"], open_["missing"]) == ("undetermined", ("yard_m2",))


def test_office_land_is_a_most() -> None:
    # 1,400 / 20,000 = 7 %; 1,401 / 20,000 = 7.005 %, 0.07 - 0.07005 = -0.00005.
    subject = project("P")
    assert said(verdict(subject, "office_land_share", 1_400 / AREA_M2))[:2] == ("met", "nation")
    found = verdict(subject, "office_land_share", 1_401 / AREA_M2)
    assert said(found) == ("below", "nation", -0.00005)


def test_the_value_of_the_day_holds() -> None:
    # From 2024-03-02 the banner asks 0.9 of any industry; K02 has none of its own.
    later = ("region", "150602", "", "floor_ratio", 0.9, None, "ratio")
    new = stated(later, from_on="2023-05-01")
    new.loc[new["least"] == 0.9, "from_on"] = pd.Timestamp("2024-03-02")
    old, young = (
        verdict(project("P", park_code="K02", values_on=day), "floor_ratio", 0.7, table=new)
        for day in ("2024-03-01", "2024-03-02")
    )
    assert (old["verdict"], old["least"]) == ("met", 0.6)
    assert (young["verdict"], young["least"]) == ("below", 0.9)
    # A day nobody knows decides where the two differ, and only there.
    for value, expected in ((0.7, "undetermined"), (0.9, "met"), (0.59, "below")):
        row = verdict(
            project("P", park_code="K02", values_on=None), "floor_ratio", value, table=new
        )
        assert row["verdict"] == expected, value


def industries_of(code: str | None, edition: str | None = None, name: str | None = None) -> Any:
    known = industries.industries_on(law.load(), AS_OF)
    texts = (pd.Series([one], dtype="object") for one in (code, edition, name))
    return industries.possible(known, *texts).iloc[0]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (("2614",), ("2614",)),
        (("C2614",), ("2614",)),
        (("Ｃ２６１４",), ("2614",)),
        ((None, None, "C26 化学原料和化学制品制造业"), ("26",)),
        # Names of all three editions; 和 or 及, with or without 业.
        ((None, None, "化学原料及化学制品制造业"), ("26",)),
        ((None, None, "化学原料和化学制品制造"), ("26",)),
        ((None, None, "汽车制造业"), ("36",)),
        ((None, None, "新材料"), None),
        ((None, None, "其他"), None),  # not 其他制造业
        ((None, None, None), None),
        # 2011: by division alone.
        (("2614", "2011"), ("26",)),
        # 2002: 30 塑料制品业 became part of 29, 31 非金属矿物制品业 is 30, 37 became 36 and 37.
        (("3010", "2002"), ("29",)),
        (("3111", "2002"), ("30",)),
        (("3721", "2002"), ("36", "37")),
        (("38", "2002"), None),  # there was no division 38 in 2002
        (("2614", "1994"), None),  # an edition nobody has a table for
        (("00",), None),
        (("123456",), None),
    ],
)
def test_an_industry_is_followed_as_far_as_its_table_is_known(told: Any, expected: Any) -> None:
    assert industries_of(*told) == expected


def test_a_division_of_2002_that_became_two_is_judged_by_both() -> None:
    table = stated(
        ("region", "150602", "36", "tax_yuan_per_m2", 30, None, "wan_per_mu"),  # 450 yuan per m2
        ("region", "150602", "37", "tax_yuan_per_m2", 10, None, "wan_per_mu"),  # 150
    )
    subject = project("P", industries=industries_of("3721", "2002"))
    for value, expected in ((450.0, "met"), (300.0, "undetermined"), (149.0, "below")):
        row = verdict(subject, "tax_yuan_per_m2", value, table=table)
        assert row["verdict"] == expected, value


NOTHING = dict.fromkeys(
    (
        "land_m2", "floor_area_m2", "counted_least_m2", "counted_most_m2",
        "footprint_m2", "yard_m2", "office_land_m2",
        "office_floor_m2", "invested_fen", "price_fen", "invested_with_price_fen",
        "output_yuan_per_m2", "tax_yuan_per_m2",
    ),
    np.nan,
)  # fmt: skip


def reached(name: str, with_price: str = "unknown", **facts: Any) -> Any:
    counted = dict.fromkeys(
        ("counted_least_m2", "counted_most_m2"), facts.get("floor_area_m2", np.nan)
    )
    rows = pd.DataFrame([NOTHING | {"subject": "P", "is_floor_whole": True} | counted | facts])
    found = measured.measured(rows, with_price).set_index("name").loc[name]
    return float(found["low"]), float(found["high"]), found["missing"]


def test_what_was_reached_is_an_interval_of_what_is_known() -> None:
    inf = float("inf")
    of = reached
    assert of("floor_ratio", land_m2=AREA_M2, floor_area_m2=16_000.0) == (0.8, 0.8, None)
    # One building of which nobody knows the floors: at least so much.
    told = of("floor_ratio", land_m2=AREA_M2, floor_area_m2=16_000.0, is_floor_whole=False)
    assert told == (0.8, inf, ("floor_area_m2",))
    # 4,000 of 16,000 in halls of unknown height: 16,000 at least, 20,000 at most.
    told = of("floor_ratio", land_m2=AREA_M2, floor_area_m2=16_000.0, counted_least_m2=16_000.0,
              counted_most_m2=20_000.0)  # fmt: skip
    assert told == (0.8, 1.0, ("height_m",))
    assert of("floor_ratio", floor_area_m2=16_000.0) == (-inf, inf, ("land_m2",))
    # (7,000 + 1,000) / 20,000 = 40 %; without yards 35 % at least, the whole land at most.
    site = {"land_m2": AREA_M2, "footprint_m2": 7_000.0}
    assert of("site_coverage", **site, yard_m2=1_000.0) == (0.4, 0.4, None)
    assert of("site_coverage", **site) == (0.35, 1.0, ("yard_m2",))
    assert of("site_coverage", land_m2=AREA_M2) == (-inf, inf, ("footprint_m2", "yard_m2"))
    # 80,000,000 yuan and a price of 12,000,000 on 20,000 m2: 4,000 or 4,600.
    money = {"land_m2": AREA_M2, "invested_fen": 8_000_000_000, "price_fen": 1_200_000_000}
    name = "investment_yuan_per_m2"
    assert of(name, **money) == (4_000.0, 4_600.0, ("invested_with_price",))
    assert of(name, "yes", **money) == (4_000.0, 4_000.0, None)
    assert of(name, "no", **money) == (4_600.0, 4_600.0, None)
    # A price of 0 is none (426 of 448 allocated rows of one register).
    assert of(name, **money | {"price_fen": 0}) == (4_000.0, inf, ("price",))
    assert of(name, "yes", **money | {"price_fen": 0}) == (4_000.0, 4_000.0, None)
    assert of(name, land_m2=AREA_M2, price_fen=1) == (-inf, inf, ("invested_fen",))
    # What an acceptance found stands above the register's.
    found = of(name, **money, invested_with_price_fen=9_000_000_000)
    assert found == (4_500.0, 4_500.0, None)
    # 2,400 / 16,000 = 15 %.
    office = of("office_floor_share", floor_area_m2=16_000.0, office_floor_m2=2_400.0)
    assert office == (0.15, 0.15, None)
