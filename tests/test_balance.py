"""Balances of approvals and places: by geometry, by register, in total and in print."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gis.approvals.balance import (
    Settings,
    by_register,
    close,
    compared,
    draws,
    of_approvals,
    printed,
    totals,
)
from gis.approvals.claims import granted_share
from gis.approvals.cutting import DISPOSITIONS
from gis.approvals.overlay import Overlay
from gis.approvals.overlay_by_zone import overlay
from gis.errors import UsageError
from tests.squares import (
    SETTINGS,
    approvals,
    places,
    square,
    stored,
    supplies,
    withdrawals,
)

TOTAL = Settings(base="total")
SUMS = [f"{word}_m2" for word in DISPOSITIONS]
UNKNOWN = float("nan")


def balanced(
    approved: pd.DataFrame,
    given: pd.DataFrame,
    back: pd.DataFrame | None = None,
    where: pd.DataFrame | None = None,
    settings: Settings = TOTAL,
) -> tuple[pd.DataFrame, Overlay]:
    given = given.assign(granted_share=granted_share(given["area_m2"], given["parcel_total_m2"]))
    if "undrawn_m2" not in given:
        given = given.assign(undrawn_m2=0.0)
    approved, given = stored(approved), stored(given)
    back = stored(withdrawals() if back is None else back)
    found = overlay(approved, given, back, stored(places() if where is None else where), SETTINGS)
    return of_approvals(found, approved, given, back, settings), found


def row(table: pd.DataFrame, approval: str) -> pd.Series:
    return table.set_index("approval").loc[approval]


CITY = approvals(
    {
        "approval": "P1",
        "geom": square(0, 0, 1000, 1000),
        "total_area_m2": 1_000_000.0,
        "exempt_area_m2": 20_000.0,
    },
    {
        "approval": "P2",
        "approved_on": "2018-01-01",
        "replaces": ["P1"],
        "geom": square(900, 0, 1100, 500),
        "total_area_m2": 100_000.0,
    },
    {"approval": "N1", "total_area_m2": 50_000.0},
    {"approval": "N2", "total_area_m2": 60_000.0},
)
DEALS = supplies(
    {"key": "s1", "geom": square(0, 0, 100, 100), "area_m2": 10_000.0, "approval_nos": ["P1"]},
    # 宗地总面积 40,000, of which 32,000 were granted: 80 %
    {
        "key": "s2",
        "geom": square(100, 0, 300, 200),
        "area_m2": 32_000.0,
        "parcel_total_m2": 40_000.0,
    },
    {"key": "s3", "geom": square(850, 400, 1050, 600), "area_m2": 40_000.0},
    {"key": "r1", "area_m2": 5_000.0, "approval_nos": ["N1"]},
    {
        "key": "r2",
        "area_m2": 8_000.0,
        "approval_nos": ["N1", "P1"],
        "approval_areas_m2": [3_000.0, 5_000.0],
    },
    {"key": "r3", "area_m2": 7_000.0, "parcel_total_m2": 9_000.0, "approval_nos": ["N2"]},
)
BACK = withdrawals(
    {
        "document": "w1",
        "approval_no": "P1",
        "geom": square(200, 100, 400, 300),
        "area_m2": 40_000.0,
    },
    {"document": "w2", "approval_no": "P1", "area_m2": 7_000.0},
)
BLOCKS = places(B1=square(0, 0, 600, 1000), B2=square(600, 0, 1100, 1000))


def test_the_balance_of_an_approval_with_geometry_closes_word_by_word() -> None:
    table, _ = balanced(CITY, DEALS, BACK, BLOCKS)
    found = row(table, "P1")
    # supplied: 10,000 + 80 % of 40,000 + 150 x 200 of s3, and 5,000 without a place (r2)
    assert found["supplied_m2"] == pytest.approx(10_000 + 32_000 + 30_000 + 5_000, abs=1e-6)
    # withdrawn: 200 x 200 less s2's 100 x 100, and 7,000 without a place
    assert found["withdrawn_m2"] == pytest.approx(30_000 + 7_000, abs=1e-6)
    # exempt: under P2 50,000 less s3's 10,000; of the 20,000 on record s2's difference of 8,000
    # has its place, 12,000 have none
    assert found["exempt_m2"] == pytest.approx(40_000 + 8_000 + 12_000, abs=1e-6)
    assert found["unlocated_m2"] == pytest.approx(5_000 + 7_000 + 12_000, abs=1e-6)
    # 1,000,000 - 80,000 - 30,000 - 40,000 of land without a claim, less the 24,000
    assert found["unsupplied_m2"] == pytest.approx(850_000 - 24_000, abs=1e-6)
    assert found["missing"] == ("location",)
    assert (found["method"], found["block_code"]) == ("geometry", "B1")
    assert found["base_m2"] == 1_000_000
    assert found[SUMS].sum() + found["residual_m2"] == pytest.approx(1_000_000, abs=1e-6)
    assert abs(found["residual_m2"]) < 1e-6


def test_the_balance_of_an_approval_without_geometry_is_told_by_the_registers() -> None:
    table, _ = balanced(CITY, DEALS, BACK)
    one, two = row(table, "N1"), row(table, "N2")
    assert one[SUMS].tolist() == [8_000, 0, 0, 42_000, 0, 0]
    assert two[SUMS].tolist() == [7_000, 0, 2_000, 51_000, 0, 0]  # 代征: 9,000 - 7,000
    assert one["method"] == two["method"] == "register"
    assert pd.isna(one["missing"])


def test_totals_count_doubly_approved_land_once_and_blocks_add_up_to_the_region() -> None:
    table, found = balanced(CITY, DEALS, BACK, BLOCKS)
    by_block = totals(table, found, "block", TOTAL).set_index("place_code")
    region = totals(table, found, "region", TOTAL).iloc[0]
    # P1 and P2 together cover 1,000,000 + 100,000 - 50,000; the registers add 110,000.
    assert by_block["approved_m2"].tolist() == pytest.approx([600_000, 450_000], abs=1e-6)
    assert region["approved_m2"] == pytest.approx(1_050_000 + 110_000, abs=1e-6)
    assert region["approvals_count"] == 4
    # s3: 20,000 of it in P1 outside P2, 15,000 in P2
    assert by_block.loc["B2", "supplied_m2"] == pytest.approx(35_000, abs=1e-6)
    assert by_block.loc["B1", "supplied_m2"] == pytest.approx(10_000 + 32_000 + 5_000, abs=1e-6)
    assert by_block.loc["B1", "unlocated_m2"] == pytest.approx(24_000, abs=1e-6)
    for place in (by_block.loc["B1"], by_block.loc["B2"], region):
        closed = place[SUMS].sum() + place["residual_m2"]
        assert closed == pytest.approx(place["approved_m2"], abs=1e-5)


def test_a_supply_that_names_two_approvals_without_a_split_leaves_both_undetermined() -> None:
    unsplit = supplies({"key": "r", "area_m2": 1_000.0, "approval_nos": ["N1", "N2"]})
    table, found = balanced(CITY, pd.concat([DEALS.iloc[:3], unsplit], ignore_index=True))
    for name in ("N1", "N2"):
        assert row(table, name)[["supplied_m2", "unsupplied_m2"]].isna().all()
        assert row(table, name)["missing"] == ("split:r",)
    region = totals(table, found, "region", TOTAL).iloc[0]
    assert (region["undetermined_count"], region["undetermined_m2"]) == (2, 110_000)
    assert region["approved_m2"] == pytest.approx(1_050_000, abs=1e-6)


def test_a_number_that_stands_for_two_batches_is_no_split_either() -> None:
    batches = approvals(
        {"approval": "内政土发1号|甲", "total_area_m2": 100.0},
        {"approval": "内政土发1号|乙", "total_area_m2": 100.0},
    ).assign(approval_no="内政土发1号")
    deal = supplies({"key": "r", "area_m2": 10.0, "approval_nos": ["内政土发1号"]})
    assert draws(batches, deal)["area_m2"].isna().all()
    exact = supplies({"key": "r", "area_m2": 10.0, "approval_nos": ["内政土发1号|乙"]})
    assert draws(batches, exact)[["approval", "area_m2"]].to_numpy().tolist() == [
        ["内政土发1号|乙", 10.0]
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"deal": {"area_m2": UNKNOWN}}, "area:r"),
        ({"back": {"area_m2": UNKNOWN}}, "withdrawn_area:w"),
        ({"approval": {"total_area_m2": UNKNOWN}}, "base_area"),
        ({"approval": {"approval": "N", "replaces": []}, "newer": True}, "replaced_area:M"),
    ],
)
def test_what_a_register_does_not_say_is_named_and_never_zero(
    change: dict[str, object], code: str
) -> None:
    rows = [{"approval": "N", "total_area_m2": 1_000.0} | dict(change.get("approval", {}))]  # type: ignore[call-overload]
    if "newer" in change:
        rows.append({"approval": "M", "total_area_m2": 500.0, "replaces": ["N"]})
    deal = {"key": "r", "area_m2": 100.0, "approval_nos": ["N"]} | dict(change.get("deal", {}))  # type: ignore[call-overload]
    back = {"document": "w", "approval_no": "N", "area_m2": 10.0} | dict(change.get("back", {}))  # type: ignore[call-overload]
    table, _ = balanced(approvals(*rows), supplies(deal), withdrawals(back))
    found = row(table, "N")
    assert found["missing"] == (code,)
    assert pd.isna(found["unsupplied_m2"])


def test_all_that_a_register_does_not_say_is_named_each_once_and_in_order() -> None:
    two = approvals({"approval": "N"}, {"approval": "O", "total_area_m2": 10.0})
    deals = supplies(
        {"key": "s", "area_m2": 1.0, "approval_nos": ["N", "O"]},
        {"key": "r", "area_m2": UNKNOWN, "approval_nos": ["N"]},
        # Named twice over, it is still one paper that does not say how it splits.
        {"key": "t", "area_m2": 1.0, "approval_nos": ["N", "N"]},
    )
    table, _ = balanced(two, deals)
    assert row(table, "N")["missing"] == ("area:r", "base_area", "split:s", "split:t")
    assert row(table, "O")["missing"] == ("split:s",)


def test_records_that_ask_for_more_than_there_is_stand_in_the_residual() -> None:
    small = approvals(
        {"approval": "P", "geom": square(0, 0, 100, 100)},
        {"approval": "N", "total_area_m2": 1_000.0},
    )
    deals = supplies(
        {"key": "a", "area_m2": 12_000.0, "approval_nos": ["P"]},
        {"key": "b", "area_m2": 1_500.0, "approval_nos": ["N"]},
    )
    table, _ = balanced(small, deals)
    shaped, listed = row(table, "P"), row(table, "N")
    assert shaped[["supplied_m2", "unsupplied_m2"]].tolist() == pytest.approx([12_000, 0])
    assert shaped["residual_m2"] == pytest.approx(-2_000)
    assert shaped["missing"] == ("area_clash", "location")
    assert listed[["supplied_m2", "unsupplied_m2", "residual_m2"]].tolist() == [1_500, 0, -500]
    assert listed["missing"] == ("area_clash",)


@pytest.mark.parametrize(("word", "place"), [("exempt", 2), ("unsupplied", 3), ("supplied", 0)])
def test_the_ungranted_part_of_a_parcel_is_what_the_setting_says(word: str, place: int) -> None:
    one = approvals({"approval": "P", "geom": square(0, 0, 100, 100), "total_area_m2": 10_000.0})
    deal = supplies(
        {
            "key": "s",
            "geom": square(0, 0, 100, 50),
            "area_m2": 4_000.0,
            "parcel_total_m2": 5_000.0,
        }
    )
    settings = Settings(base="total", parcel_difference=word)  # type: ignore[arg-type]
    table, _ = balanced(one, deal, settings=settings)
    expected = [4_000, 0, 0, 5_000, 0, 0]
    expected[place] += 1_000
    assert row(table, "P")[SUMS].tolist() == pytest.approx(expected, abs=1e-6)


def test_the_base_is_the_area_the_setting_names() -> None:
    batch = approvals({"approval": "N", "total_area_m2": 178_629.0, "new_area_m2": 92_981.0})
    none = draws(batch, supplies())
    assert by_register(batch, none, withdrawals(), TOTAL)["base_m2"].tolist() == [178_629]
    new = Settings(base="new")
    assert by_register(batch, none, withdrawals(), new)["base_m2"].tolist() == [92_981]


def test_what_a_supply_draws_by_papers_and_by_shape_stands_side_by_side() -> None:
    """A of 30,000 m2 and, beyond 100 m of nothing, B of 10,000.

    in    names A with 10,000 and lies in it; out names A with 5,000 and lies elsewhere
    half  names A with 8,000; its 100 x 100 m are granted to 80 % and half of them lie in B
    two   names both and not how it splits; none names nobody; bare has no shape
    """
    approved = approvals(
        {"approval": "A", "geom": square(0, 0, 300, 100)},
        {"approval": "B", "geom": square(400, 0, 500, 100)},
    )
    given = supplies(
        {"key": "in", "geom": square(0, 0, 100, 100), "area_m2": 1e4, "approval_nos": ["A"]},
        {"key": "out", "geom": square(800, 0, 850, 100), "area_m2": 5e3, "approval_nos": ["A"]},
        {
            "key": "half",
            "geom": square(450, 0, 550, 100),
            "area_m2": 8e3,
            "parcel_total_m2": 1e4,
            "approval_nos": ["A", "B"],
            "approval_areas_m2": [3e3, 5e3],
        },
        {
            "key": "two",
            "geom": square(100, 0, 150, 100),
            "area_m2": 5e3,
            "approval_nos": ["A", "B"],
        },
        {"key": "none", "geom": square(150, 0, 200, 100), "area_m2": 5e3},
        {"key": "bare", "area_m2": 5e3, "approval_nos": ["A"]},
    )
    given = given.assign(granted_share=granted_share(given["area_m2"], given["parcel_total_m2"]))
    cut = overlay(*(stored(t) for t in (approved, given, withdrawals(), places())), SETTINGS)
    found = compared(cut, stored(approved), stored(given))
    assert found[["approval", "supply"]].to_numpy().tolist() == [
        ["A", "half"], ["A", "in"], ["A", "out"], ["B", "half"],
    ]  # fmt: skip
    # half: 5,000 m2 of it lie in B, 80 % of them granted.
    assert found["drawn_m2"].tolist() == pytest.approx([0, 10_000, 0, 4_000], abs=1e-3)
    assert found["registered_m2"].tolist() == [3_000, 10_000, 5_000, 5_000]


def test_an_undated_approval_is_listed_and_in_no_total() -> None:
    undated = approvals({"approval": "N", "approved_on": None, "total_area_m2": 1_000.0})
    table, found = balanced(undated, supplies())
    region = totals(table, found, "region", TOTAL).iloc[0]
    assert (region["approvals_count"], region["approved_m2"]) == (0, 0)
    assert (region["undetermined_count"], region["undetermined_m2"]) == (1, 1_000)


def test_printed_terms_add_up_by_the_largest_remainder() -> None:
    assert close([33.335, 33.335, 33.33], 100.0, 2).tolist() == [33.34, 33.33, 33.33]
    assert close([[0.5, 0.5], [0.26, 0.74]], [1.0, 1.0], 0).tolist() == [[1, 0], [0, 1]]
    # 0.29 is 28.999999999999996 hundredths in floating point, and still 29 of them.
    assert close([0.29, 0.71], 1.0, 2).tolist() == [0.29, 0.71]
    assert close([-0.004, 1.004], 1.0, 2).tolist() == [0.0, 1.0]
    assert np.isnan(close([UNKNOWN, 1.0], 1.0, 2)[0])


def test_closing_to_a_total_the_terms_do_not_make_is_refused() -> None:
    with pytest.raises(UsageError, match="pass every term"):
        close([1.0, 1.0], 3.0, 2)


@pytest.mark.parametrize(("unit", "decimals"), [("m2", 2), ("公顷", 4), ("亩", 2)])
def test_every_printed_row_closes_in_its_unit(unit: str, decimals: int) -> None:
    random = np.random.default_rng(5)
    terms = random.uniform(0, 1e5, (200, 7)) * random.integers(0, 2, (200, 7))
    table = pd.DataFrame(terms, columns=[*SUMS, "residual_m2"])
    table["approved_m2"] = table.sum(axis=1)
    table["unlocated_m2"] = 0.0
    found = printed(table, unit)
    scaled = (found.drop(columns=["approved", "unlocated"]) * 10**decimals).round().sum(axis=1)
    assert (scaled == (found["approved"] * 10**decimals).round()).all()


def test_a_parcel_drawn_without_its_road_leaves_the_road_to_its_approval_unlocated() -> None:
    # 200 x 100 approved; 100 x 100 drawn and granted, the contract's 宗地总面积 is 13,000
    approved = approvals(
        {"approval": "P", "geom": square(0, 0, 200, 100), "total_area_m2": 20_000.0}
    )
    given = supplies({"key": "s", "geom": square(0, 0, 100, 100), "area_m2": 10_000.0})
    table, _ = balanced(approved, given.assign(undrawn_m2=3_000.0))
    found = row(table, "P")
    assert found["supplied_m2"] == pytest.approx(10_000, abs=1e-6)
    assert found["exempt_m2"] == pytest.approx(3_000, abs=1e-6)
    assert found["unlocated_m2"] == pytest.approx(3_000, abs=1e-6)
    assert found["unsupplied_m2"] == pytest.approx(7_000, abs=1e-6)
    assert found["missing"] == ("location",)


def test_a_parcel_smaller_than_what_was_granted_of_it_frees_nothing() -> None:
    # 宗地总面积 9,000 under a grant of 10,000 is a slip of the pen, no 代征 of -1,000:
    # 20,000 - 10,000 - 0 = 10,000 are left, by register and beside a drawing.
    approved = approvals(
        {"approval": "N", "total_area_m2": 20_000.0},
        {"approval": "P", "geom": square(0, 0, 200, 100), "total_area_m2": 20_000.0},
    )
    given = supplies(
        *(
            {"key": key, "area_m2": 1e4, "parcel_total_m2": 9e3, "approval_nos": [name]}
            for key, name in (("r", "N"), ("s", "P"))
        )
    )
    table, _ = balanced(approved, given)
    for name in ("N", "P"):
        found = row(table, name)[["supplied_m2", "exempt_m2", "unsupplied_m2"]].tolist()
        assert found == pytest.approx([10_000, 0, 10_000], abs=1e-6), name
    assert draws(approved, given)["difference_m2"].tolist() == [0, 0]


def test_land_half_in_either_block_is_of_the_smaller_code() -> None:
    # 200 x 100, half of it left and half right of x = 100; 5,000 supplied, nobody says where.
    approved = approvals({"approval": "P", "geom": square(0, 0, 200, 100)})
    given = supplies({"key": "s", "area_m2": 5_000.0, "approval_nos": ["P"]})
    for left, right in (("B1", "B2"), ("B2", "B1")):
        where = places(**{left: square(0, 0, 100, 100), right: square(100, 0, 200, 100)})
        table, found = balanced(approved, given, where=where)
        assert row(table, "P")["block_code"] == "B1"
        assert found.pieces["block_code"].tolist() == ["B1"]
        by_block = totals(table, found, "block", TOTAL).set_index("place_code")
        assert by_block["unlocated_m2"].tolist() == pytest.approx([5_000, 0], abs=1e-6)
        assert by_block["unsupplied_m2"].tolist() == pytest.approx([5_000, 10_000], abs=1e-6)
