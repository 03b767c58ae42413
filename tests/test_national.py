"""An export of the national system beside ours: every state, worked by hand on five numbers."""

from __future__ import annotations

import pandas as pd
import pytest

from gis.errors import UsageError
from gis.national import compare
from gis.national.compare import Export, Own
from gis.national.lists import LISTS, list_named

A, B, C, D = (f"1506022016B0000{n}" for n in range(1, 5))
HAS = frozenset({"supply_no", "area_m2", "price_fen", "holder", "start_agreed_on"})
NOTHING = pd.DataFrame({"row_no": [], "key": [], "message": []})


def theirs(*rows: tuple[int, str, float | None, int | None, str], **more: object) -> pd.DataFrame:
    names = ["row_no", "key", "area_m2", "price_fen", "holder"]
    frame = pd.DataFrame(rows, columns=names)
    day = pd.Timestamp("2018-05-31")
    return frame.assign(supply_no=frame["key"], start_agreed_on=day, region_code="150602", **more)


def ours(*rows: tuple[str, float, int, str, str | None, bool]) -> pd.DataFrame:
    names = ["key", "area_m2", "price_fen", "holder", "outcome", "is_listed"]
    frame = pd.DataFrame(rows, columns=names)
    return frame.assign(
        start_agreed_on=pd.Timestamp("2018-05-31"), state="suspected_idle", contract_no=None,
        name=None, region_code="150602", since_on=pd.Timestamp("2019-06-01"), is_inside=True,
    )  # fmt: skip


def laid(
    export: pd.DataFrame, own: pd.DataFrame, starts: frozenset[str] | None = None,
    refused: pd.DataFrame = NOTHING,
) -> pd.DataFrame:  # fmt: skip
    said = Export(export, HAS, refused, NOTHING)
    return compare.compare(LISTS["idle"], said, Own(own, starts))


def test_both_equal_to_the_last_digit_of_a_register_and_different_beyond_it() -> None:
    # 10,000 m2 and 10,001 m2: within 1 m2. 10,001.5 is not. 1,000,000 分 and 1,000,100: one 元.
    own = ours((A, 10_000.0, 1_000_000, "甲（公司）", "suspected_idle", True),
               (B, 10_000.0, 1_000_000, "乙", "suspected_idle", True))  # fmt: skip
    found = laid(theirs((2, A, 10_001.0, 1_000_100, "甲(公司)"),
                        (3, B, 10_001.5, 1_000_101, "丙")), own)  # fmt: skip
    assert found["state"].tolist() == ["equal", "different"]
    assert found["fields"].tolist() == [[], ["area_m2", "holder", "price_fen"]]
    assert found["theirs"][1] == {
        "area_m2": 10_001.5, "holder": "丙", "price_fen": 1_000_101,
        "start_agreed_on": "2018-05-31",
    }  # fmt: skip
    assert found["ours"][1]["price_fen"] == 1_000_000


def test_what_only_one_side_knows_is_a_difference_and_what_neither_does_is_none() -> None:
    own = ours((A, float("nan"), 1, "甲", "suspected_idle", True))
    assert laid(theirs((2, A, None, None, "甲")), own)["fields"][0] == ["price_fen"]


def test_only_theirs_says_why_and_only_ours_since_when() -> None:
    own = ours(
        (A, 1.0, 1, "甲", "candidate", False),
        (B, 1.0, 1, "乙", None, False),
        (C, 1.0, 1, "丙", "suspected_idle", True),
    )
    near = C[:-1] + "O"  # the letter where ours has a digit of another kind: one sign apart
    far = "1506992099B77777"
    found = laid(theirs((2, A, 1.0, 1, "甲"), (3, B, 1.0, 1, "乙"), (4, near, 1.0, 1, "丙"),
                        (5, far, 1.0, 1, "丁")), own)  # fmt: skip
    assert found["state"].tolist() == ["theirs_only"] * 4 + ["ours_only"]
    assert found["why"].tolist()[:4] == ["judged", "unjudged", "near", "not_recorded"]
    assert found["outcome"].tolist()[0] == "candidate"
    # A near number is told and never merged: ours stays a row of its own.
    assert found["near"].tolist() == [[], [], [C], [], []]
    assert found["key"].tolist()[4] == C
    assert found["since_on"][4] == pd.Timestamp("2019-06-01")
    assert pd.isna(found["row_no"][4])


def test_rows_that_are_there_twice_name_the_first_and_those_that_differ_are_each_compared() -> None:
    own = ours((A, 1.0, 1, "甲", "suspected_idle", True))
    found = laid(theirs((2, A, 1.0, 1, "甲"), (3, A, 1.0, 1, "甲"), (9, A, 5.0, 1, "甲")), own)
    assert found["state"].tolist() == ["equal", "duplicate", "different"]
    assert found["same_row"].tolist()[1:] == [2, 2]


def test_a_row_that_cannot_be_read_stands_at_its_place_with_its_reason() -> None:
    own = ours((A, 1.0, 1, "甲", "suspected_idle", True))
    refused = pd.DataFrame({"row_no": [3], "key": [""], "message": ["没有编号。 no key"]})
    found = laid(theirs((2, A, 1.0, 1, "甲"), (4, B, 1.0, 1, "乙")), own, refused=refused)
    assert found["row_no"].tolist() == [2, 3, 4]
    assert found["state"].tolist() == ["equal", "unreadable", "theirs_only"]
    assert found["notes"][1] == ["没有编号。 no key"]


def test_what_lies_outside_is_outside_alone_and_never_near() -> None:
    own = ours((A, 1.0, 1, "甲", "suspected_idle", True), (B, 1.0, 1, "乙", "found_idle", True),
               (C, 1.0, 1, "丙", "suspected_idle", True))  # fmt: skip
    own["is_inside"] = [True, False, False]
    there = theirs((2, A, 1.0, 1, "甲"), (3, B, 9.0, 1, "乙"), (4, C[:-1] + "8", 1.0, 1, "丙"),
                   (5, "1507222016B00009", 1.0, 1, "丁"))  # fmt: skip
    there["region_code"] = ["150602", "150602", "150602", None]
    found = laid(there, own, frozenset({"150602"}))
    assert found["state"].tolist() == ["equal", "outside", "theirs_only", "outside"]
    assert found["ours"].tolist()[1:] == [None] * 3
    assert found["outcome"].isna().tolist() == [False, True, True, True]
    assert found["near"].map(len).sum() == 0
    # Of land that is no region nothing says that a number would be its own.
    assert laid(there, own, frozenset())["state"].tolist()[2] == "outside"


def test_a_contract_number_names_a_record_only_where_there_is_no_other_number() -> None:
    own = ours((A, 1.0, 1, "甲", "suspected_idle", True))
    own["contract_no"] = ["合2016-1"]
    by_contract = theirs((2, "合2016-1", 1.0, 1, "甲"), contract_no=["合2016-1"])
    by_contract["supply_no"] = [None]
    assert laid(by_contract, own)["state"].tolist() == ["equal"]
    other = theirs((2, "1506992099B77777", 1.0, 1, "甲"), contract_no=["合2016-1"])
    found = laid(other, own)
    assert (found["state"][0], found["why"][0], found["near"][0]) == ("theirs_only", "near", [A])


def test_phases_are_contracts_of_their_own_and_an_approval_is_the_sum_of_its_batches() -> None:
    own = ours((f"{A}|1", 1.0, 1, "甲", "suspected_idle", True),
               (f"{A}|2", 2.0, 1, "甲", "suspected_idle", True))  # fmt: skip
    found = laid(theirs((2, A, 3.0, 1, "甲")), own)
    assert (found["state"][0], found["why"][0]) == ("theirs_only", "in_parts")
    assert found["near"][0] == [f"{A}|1", f"{A}|2"]
    parts = pd.DataFrame({
        "key": ["内政土〔2019〕7号|一", "内政土〔2019〕7号|二"],
        "unsupplied_m2": [1_000.0, 2_000.0],
        "outcome": ["to_supply", "lapsed"], "is_listed": True, "is_inside": True, "name": None,
        "contract_no": None, "region_code": None, "since_on": pd.NaT,
    })  # fmt: skip
    # 3,002 m2 against 3,000: within a thousandth (3 m2).
    whole = pd.DataFrame({"row_no": [2], "key": ["内政土〔2019〕7号"], "unsupplied_m2": [3_002.0]})
    said = Export(whole, frozenset({"unsupplied_m2"}), NOTHING, NOTHING)
    beside = compare.compare(LISTS["unsupplied"], said, Own(parts))
    assert beside["state"].tolist() == ["equal"]
    assert beside["ours"][0] == {"unsupplied_m2": 3_000.0}


def test_a_list_nobody_knows_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match="没有这种清单"):
        list_named("idle land")
