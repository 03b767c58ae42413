"""Identifiers that only look different are one; those that only look alike are two, and told."""

from __future__ import annotations

import pandas as pd
import pytest

from gis import identifiers

APPROVAL = "内政土发〔2023〕1号"
SUPPLY = "1506022016B00012-1"


@pytest.mark.parametrize(
    "written",
    [
        "内政⼟发〔2023〕1号",  # the Kangxi radical U+2F1F
        "内政土发[2023]1号",
        "内政土发（２０２３）１号",
        "内政土发【2023】1号",
        "内政土发［2023］1号",
        "内政土发(2023)1号",
        " 内政土发 〔2023〕\u00a01号\u3000",
        "\ufeff内政\u00ad土发\u200b〔2023\u2060〕1号\u202c",
        "内政土\ufe00发〔2023〕1\u200e号",
        "\u2066内政土发〔2023〕1号\u2069",
        "'内政土发〔2023〕1号",
        "内政土发﹝2023﹞1号",
    ],
)
def test_writings_of_an_approval_number_that_only_look_different_are_one(written: str) -> None:
    assert identifiers.key(written) == APPROVAL


@pytest.mark.parametrize("dash", "-‐‑‒–—―−－﹣﹘⁃ー─˗֊᐀⸺")
def test_every_dash_is_one_dash(dash: str) -> None:
    assert identifiers.key(f"1506022016B00012{dash}1") == SUPPLY


def test_letter_case_and_full_width_letters_make_no_other_number() -> None:
    for written in ("1506022016b00012-1", "１５０６０２２０１６Ｂ０００１２－１", SUPPLY):
        assert identifiers.key(written) == SUPPLY


def test_a_suffix_a_phase_and_a_batch_stay_another_number() -> None:
    names = [SUPPLY, "1506022016B00012-2", "1506022016B00012", f"{APPROVAL}|第一批次", APPROVAL]
    assert [identifiers.key(name) for name in names] == names


def test_a_number_of_nothing_that_can_be_seen_is_no_number() -> None:
    assert [identifiers.key(text) for text in ("\u200b\u2060", "  ", "\u3164")] == [""] * 3


def test_lists_of_numbers_keep_their_order_without_what_is_empty() -> None:
    written = ["内政⼟发[2023]1号|第一批次", "\u200b", "b-2"]
    assert identifiers.keys_of(written) == [f"{APPROVAL}|第一批次", "B-2"]


def test_numbers_that_look_alike_are_told_and_not_joined() -> None:
    column = pd.Series(
        ["1506022016B0OO12", "15O6022016B00012", "l506022016B00012", "1506022016B0001l", SUPPLY,
         "NO.2016-12", "HLD2016-1", None]
    )  # fmt: skip
    told = [True, True, True, True, False, False, False, False]
    assert identifiers.has_lookalike(column).tolist() == told
    normal = column.map(identifiers.key, na_action="ignore")
    assert normal.nunique() == 7
    alike = identifiers.lookalike_form(normal)[[0, 1, 2, 3]].tolist()
    assert alike == ["1506022016B00012", "1506022016B00012", "1506022016B00012", "1506022016B00011"]
    assert identifiers.has_lookalike(pd.Series(["内政土发〔2023〕l号"])).all()


def test_the_numbers_a_name_may_have_meant_are_found_the_likeliest_first() -> None:
    known = pd.Series(
        ["1506022016B00012", "1506022016B00013", "1506022016B0001", "1506022016B00102",
         "1506022016B000122", "1506022017B99999", APPROVAL]
    )  # fmt: skip
    near = identifiers.near(["1506022016B0OO12", "内政土发〔2023〕2号", "甲"], known)
    # O for 0 twice: it looks like 00012 and like nothing else; 1号 and 2号 differ by one sign.
    assert near == {"1506022016B0OO12": ["1506022016B00012"], "内政土发〔2023〕2号": [APPROVAL]}
    near = identifiers.near(["1506022016B0012"], known)
    # 0012 lacks one 0 of 00012, and one of 00102; 0001 has two other signs.
    assert near["1506022016B0012"] == ["1506022016B00012", "1506022016B00102"]


@pytest.mark.parametrize(
    ("one", "other", "is_near"),
    [
        ("B00012", "B00021", True),
        ("B00012", "B0012", True),
        ("B00012", "B000112", True),
        ("B00012", "B00912", True),
        ("B00012", "B00012", False),
        ("B00012", "B00921", False),
        ("B00012", "B00012-1", False),
    ],
)
def test_one_sign_apart(one: str, other: str, is_near: bool) -> None:
    assert identifiers.is_one_sign_apart(one, other) is is_near
    assert identifiers.is_one_sign_apart(other, one) is is_near
