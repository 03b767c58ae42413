"""The nine rows for approved but unsupplied land, against hand-made cases and a slow reference."""

from __future__ import annotations

import datetime as dt
from itertools import product

import numpy as np
import pandas as pd
import pytest

from gis.approvals.outcome import OUTCOMES, Settings, judge

SETTINGS = Settings(lapse_years=2, articles={word: f"article of {word}" for word in OUTCOMES})
EITHER = Settings(lapse_years=2, articles=SETTINGS.articles, lapse_reading="or")
AS_OF = dt.date(2024, 6, 30)
UNKNOWN_PIECE = {
    "subject": "A/001",
    "area_m2": 1000.0,
    "name": "A",
    "region_code": "150602",
    "block_code": None,
    "geom": None,
    "is_edge": False,
    "is_built": None,
    "approved_on": None,
    "compensation": None,
    "is_used": None,
    "is_supply_possible": None,
    "is_class_unchanged": None,
}


def frame(*rows: dict[str, object]) -> pd.DataFrame:
    table = pd.DataFrame([UNKNOWN_PIECE | row for row in rows])
    table["approved_on"] = pd.to_datetime(table["approved_on"]).astype("datetime64[s]")
    for flag in ("is_built", "is_used", "is_supply_possible", "is_class_unchanged"):
        table[flag] = table[flag].astype("boolean")
    return table


def one(settings: Settings = SETTINGS, as_of: dt.date = AS_OF, **facts: object) -> pd.Series:
    return judge(frame(facts), np.datetime64(as_of), settings).iloc[0]


def outcome(**facts: object) -> tuple[str, tuple[str, ...] | None]:
    found = one(**facts)
    return found["outcome"], found["missing"]


def test_row_1_a_piece_too_small_or_thin_is_an_edge_whatever_else_is_unknown() -> None:
    assert outcome(is_edge=True, is_built=True) == ("edge", None)


def test_row_2_built_land_is_used_without_supply_even_within_two_years() -> None:
    assert outcome(is_built=True, approved_on="2024-01-01") == ("used_unsupplied", None)


def test_row_3_lasts_to_the_second_anniversary_and_not_a_day_longer() -> None:
    facts = {"approved_on": "2022-06-30", "compensation": "not_done", "is_used": False}
    assert one(**facts)["outcome"] == "in_process"
    assert one(as_of=dt.date(2024, 7, 1), **facts)["outcome"] == "lapsed"


def test_an_approval_of_29_february_lapses_after_28_february_two_years_later() -> None:
    facts = {"approved_on": "2020-02-29", "compensation": "not_done", "is_used": False}
    assert one(as_of=dt.date(2022, 2, 28), **facts)["outcome"] == "in_process"
    assert one(as_of=dt.date(2022, 3, 1), **facts)["outcome"] == "lapsed"


OLD = {"approved_on": "2019-03-01"}


def test_row_4_no_compensation_and_no_use_lets_the_approval_lapse() -> None:
    assert outcome(**OLD, compensation="not_done", is_used=False) == ("lapsed", None)


def test_row_5_no_compensation_but_part_of_the_approval_used_is_to_be_supplied() -> None:
    assert outcome(**OLD, compensation="not_done", is_used=True) == ("to_supply", None)


def test_row_6_impossible_supply_on_unchanged_ground_is_to_be_withdrawn() -> None:
    facts = {"compensation": "done", "is_supply_possible": False, "is_class_unchanged": True}
    assert outcome(**OLD, **facts) == ("to_withdraw", None)


def test_row_7_impossible_supply_on_changed_ground_is_undetermined_and_named() -> None:
    facts = {"compensation": "done", "is_supply_possible": False, "is_class_unchanged": False}
    assert outcome(**OLD, **facts) == ("undetermined", ("ground_changed",))


@pytest.mark.parametrize("word", ["done", "not_required"])
def test_row_8_compensated_land_that_can_be_supplied_is_to_be_supplied(word: str) -> None:
    assert outcome(**OLD, compensation=word, is_supply_possible=True) == ("to_supply", None)


def test_row_9_names_only_the_facts_that_would_decide() -> None:
    assert outcome(**OLD, compensation="done") == (
        "undetermined",
        ("is_supply_possible", "ground_class"),
    )
    # With supply possible the class of the ground decides nothing.
    assert outcome(**OLD, is_supply_possible=True) == ("undetermined", ("compensation", "is_used"))
    # Used and possible: to be supplied whether compensated or not.
    assert outcome(**OLD, is_supply_possible=True, is_used=True) == ("to_supply", None)
    assert outcome(compensation="not_done", is_used=False) == ("undetermined", ("approved_on",))


def test_the_other_reading_lapses_when_either_use_or_compensation_fails() -> None:
    facts = {"is_supply_possible": True, "approved_on": "2019-03-01"}
    assert one(EITHER, **facts, compensation="not_done", is_used=True)["outcome"] == "lapsed"
    assert one(EITHER, **facts, compensation="done", is_used=False)["outcome"] == "lapsed"
    assert one(EITHER, **facts, compensation="done", is_used=True)["outcome"] == "to_supply"


def test_days_follow_the_calendar() -> None:
    waiting = one(approved_on="2023-05-10", compensation="not_required", is_supply_possible=True)
    assert str(waiting["since_on"].date()) == "2023-05-10"
    assert str(waiting["next_on"].date()) == "2025-05-11"
    assert waiting["next_event"] == "to_supply"
    lapsed = one(**OLD, compensation="not_done", is_used=False)
    assert str(lapsed["since_on"].date()) == "2021-03-02"
    assert pd.isna(lapsed["next_on"])
    assert pd.isna(lapsed["next_event"])
    assert pd.isna(one(is_edge=True, **OLD)["since_on"])


def test_next_event_is_what_the_next_day_gives() -> None:
    for compensation, used in product(("done", "not_done", None), (True, False, None)):
        facts = {"approved_on": "2023-05-10", "compensation": compensation, "is_used": used}
        today = one(**facts)
        assert one(as_of=today["next_on"].date(), **facts)["outcome"] == today["next_event"]


def test_an_area_without_a_place_is_named_and_changes_no_outcome() -> None:
    table = frame(OLD | {"compensation": "not_done", "is_used": False}, OLD)
    table["has_location"] = [False, False]
    found = judge(table, np.datetime64(AS_OF), SETTINGS)
    assert found["outcome"].tolist() == ["lapsed", "undetermined"]
    assert found["missing"].tolist()[0] == ("location",)
    assert found["missing"].tolist()[1][-1] == "location"


def test_ids_index_and_article_travel_with_the_piece() -> None:
    table = frame(OLD, {"is_edge": True}).set_index(pd.Index([7, 3]))
    found = judge(table, np.datetime64(AS_OF), SETTINGS)
    assert found.index.tolist() == [7, 3]
    assert found["article"].tolist() == ["article of undetermined", "article of edge"]
    assert found["rule"].eq("unsupplied").all()


def test_no_pieces_give_no_findings() -> None:
    assert judge(frame(OLD).iloc[:0], np.datetime64(AS_OF), SETTINGS).empty


# --- the slow reference: row by row, every way in which the unknown facts may turn out ---------


def slow_row(piece: dict[str, object], reading: str) -> str:
    """Straight from the table, with all facts known."""
    if piece["is_edge"]:
        return "edge"
    if piece["is_built"]:
        return "used_unsupplied"
    if piece["in_time"]:
        return "in_process"
    carried = piece["compensation"] in ("done", "not_required")
    if reading == "or" and (not carried or not piece["is_used"]):
        return "lapsed"
    if not carried and not piece["is_used"]:
        return "lapsed"
    if not carried:
        return "to_supply"
    if not piece["is_supply_possible"] and piece["is_class_unchanged"]:
        return "to_withdraw"
    if not piece["is_supply_possible"]:
        return "undetermined"
    return "to_supply"


def slow(piece: dict[str, object], as_of: dt.date, reading: str) -> str:
    lapse_on = None
    if piece["approved_on"] is not None:
        day = dt.date.fromisoformat(str(piece["approved_on"]))
        is_leap_day = (day.month, day.day) == (2, 29)
        lapse_on = day.replace(year=day.year + 2, day=28 if is_leap_day else day.day)
    choices = {
        "is_edge": [piece["is_edge"]],
        "is_built": [piece["is_built"] or False],  # "known to be built"
        "in_time": [True, False] if lapse_on is None else [as_of <= lapse_on],
        "compensation": [piece["compensation"]] if piece["compensation"] else ["done", "not_done"],
    }
    for flag in ("is_used", "is_supply_possible", "is_class_unchanged"):
        choices[flag] = [True, False] if piece[flag] is None else [piece[flag]]
    found = {
        slow_row(dict(zip(choices, way, strict=True)), reading)
        for way in product(*choices.values())
    }
    return found.pop() if len(found) == 1 else "undetermined"


@pytest.mark.parametrize("settings", [SETTINGS, EITHER], ids=["and", "or"])
def test_the_table_agrees_with_the_slow_reference_on_every_state_of_knowledge(
    settings: Settings,
) -> None:
    flags = (True, False, None)
    pieces = [
        {
            "is_edge": edge,
            "is_built": built,
            "approved_on": approved_on,
            "compensation": compensation,
            "is_used": used,
            "is_supply_possible": possible,
            "is_class_unchanged": unchanged,
        }
        for edge, built, approved_on, compensation, used, possible, unchanged in product(
            (True, False),
            flags,
            (None, "2020-02-29", "2022-06-29", "2022-06-30", "2024-06-30"),
            ("done", "not_done", "not_required", None),
            flags,
            flags,
            flags,
        )
    ]
    found = judge(frame(*pieces), np.datetime64(AS_OF), settings)
    expected = [slow(piece, AS_OF, settings.lapse_reading) for piece in pieces]
    assert found["outcome"].tolist() == expected
    is_open = found["outcome"] == "undetermined"
    assert found.loc[is_open, "missing"].notna().all()
    assert found.loc[~is_open, "missing"].isna().all()
