"""The demo's answers equal the list worked by hand in data/parcels/expected.toml."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gis import clock, contracts, law, parks
from gis.config import Config
from gis.facts.gather import gather
from gis.pipeline import idle
from gis.store import database, records
from tests import stores
from tests.conftest import Server
from tests.stores import Store
from tests.warm import DEMO_DAY

PARCELS = stores.ROOT / "data/parcels"
EXPECTED: dict[str, Any] = tomllib.loads((PARCELS / "expected.toml").read_text(encoding="utf-8"))
AS_OF = EXPECTED["as_of"].isoformat()
# Accounts and states add up pieces that were rounded once to 0.1 mm.
SUM_TOLERANCE_M2 = EXPECTED["tolerance_m2"]
PIECE_TOLERANCE_M2 = 0.01
RATE_TOLERANCE = 0.0001
RATES = {
    "土地开发率": "development_rate",
    "土地供应率": "supply_rate",
    "土地建成率": "built_rate",
    "土地闲置率": "idle_rate",
    "疑似闲置占比": "suspected_rate",
    "批而未供率": "unsupplied_rate",
    "土地开发强度": "development_intensity",
}
TERMS = ("supplied", "withdrawn", "exempt", "unsupplied", "edge", "sliver", "unlocated")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def demo(
    server: Server, demo_pattern: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Store]:
    """A store that holds the demo's deliveries and one run on its day."""
    assert AS_OF == DEMO_DAY
    home = tmp_path_factory.mktemp("home")
    with stores.copied(server, demo_pattern, f"landwatch_demo_{os.getpid()}", home) as store:
        yield store


@pytest.fixture(scope="module")
def findings(demo: Store) -> dict[str, Row]:
    """Every finding of the land itself by subject, candidates too."""
    listed = [*demo.json("findings")["rows"], *demo.json("candidates")["rows"]]
    return {row["subject"]: row for row in listed if row["rule"] != "agreement"}


@pytest.fixture(scope="module")
def balances(demo: Store) -> dict[str, Row]:
    """The balance of every approval by its number."""
    return {row["approval"].split("|")[0]: row for row in demo.json("balance")["rows"]}


@pytest.fixture(scope="module")
def indicators(demo: Store) -> dict[str, dict[str, Row]]:
    """Every indicator by place and name."""
    by_place: dict[str, dict[str, Row]] = {}
    for row in demo.json("indicators")["rows"]:
        by_place.setdefault(row["place_code"], {})[row["name"]] = row
    return by_place


@pytest.fixture(scope="module")
def traces(demo: Store) -> dict[str, Row]:
    """The clock's trace of every subject, judged once in this process."""
    rules = law.load()
    with database.connect(Config(Path("unused"), demo.url)) as connection:
        newest = records.latest_delivery(connection)
        known = gather(connection, date.fromisoformat(AS_OF), newest)
    supplied = idle.judge(known, rules)
    judged = clock.judge(supplied.facts, supplied.subjects.causes, known.as_of, rules)
    return {row["subject"]: row for row in judged.trace.to_dict("records")}


def test_the_counts_of_idle_land_are_those_worked_by_hand(demo: Store) -> None:
    counts = demo.json("run", "--as-of", AS_OF)["counts"]["idle"]
    expected = EXPECTED["idle"]["count"]
    assert {key: set(tracks) for key, tracks in counts.items()} == {
        key: set(tracks) for key, tracks in expected.items()
    }
    for outcome, tracks in expected.items():
        for track, wanted in tracks.items():
            assert counts[outcome][track]["count"] == wanted["count"], (outcome, track)
            assert counts[outcome][track]["area_m2"] == pytest.approx(
                wanted["area_m2"], abs=SUM_TOLERANCE_M2
            )


@pytest.mark.parametrize("case", EXPECTED["idle"]["case"], ids=lambda case: case["case"])
def test_a_hand_made_subject_has_its_answer(findings: dict[str, Row], case: Row) -> None:
    found = findings[case["subject"]]
    assert found["name"] == case["name"]
    assert (found["outcome"], found["track"] or "none") == (case["outcome"], case["track"])
    assert found["area_m2"] == pytest.approx(case["area_m2"], abs=PIECE_TOLERANCE_M2)
    for column in ("since_on", "next_on", "next_event"):
        assert found[column] == _plain(case.get(column)), column
    for column in ("start_state", "evidence_grade", "missing"):
        if column in case:
            assert found[column] == case[column], column
    # What does not fit is always told, so every case says that there is none where it names none.
    assert found["clashes"] == case.get("clashes")
    assert found["fee_fen"] == _fen(case.get("fee_yuan"))
    assert found["fee_if_confirmed_fen"] == _fen(case.get("fee_if_confirmed_yuan"))


@pytest.mark.parametrize("case", EXPECTED["idle"]["case"], ids=lambda case: case["case"])
def test_the_trace_of_a_hand_made_subject_names_its_row(traces: dict[str, Row], case: Row) -> None:
    assert traces[case["subject"]]["row"] == case["row"]


@pytest.mark.parametrize("pattern_of", EXPECTED["idle"]["pattern"], ids=lambda p: p["name_begins"])
def test_every_ordinary_subject_of_a_pattern_has_its_answer(
    findings: dict[str, Row], pattern_of: Row
) -> None:
    begins = pattern_of["name_begins"]
    found = [row for row in findings.values() if (row["name"] or "").startswith(begins)]
    assert len(found) == pattern_of["count"]
    for row in found:
        assert (row["outcome"], row["track"] or "none") == (
            pattern_of["outcome"],
            pattern_of["track"],
        )
        assert row["area_m2"] == pytest.approx(pattern_of["area_m2_each"], abs=PIECE_TOLERANCE_M2)


def test_the_counts_of_unsupplied_land_are_those_worked_by_hand(demo: Store) -> None:
    counts = demo.json("run", "--as-of", AS_OF)["counts"]["unsupplied"]
    expected = EXPECTED["unsupplied"]["count"]
    assert {key: entry["count"] for key, entry in counts.items()} == {
        key: entry["count"] for key, entry in expected.items()
    }
    for outcome, wanted in expected.items():
        assert counts[outcome]["area_m2"] == pytest.approx(
            wanted["area_m2"], abs=SUM_TOLERANCE_M2
        ), outcome


def test_every_piece_left_of_an_approval_has_its_outcome(findings: dict[str, Row]) -> None:
    left = [row for row in findings.values() if row["rule"] == "unsupplied"]
    assert len(left) == len(EXPECTED["unsupplied"]["case"])
    for case in EXPECTED["unsupplied"]["case"]:
        area = case.get("area_m2")
        same = [
            row
            for row in left
            if row["subject"].split("|")[0] == case["approval"]
            and (row["area_m2"] is None) == (area is None)
            and (area is None or abs(row["area_m2"] - area) < PIECE_TOLERANCE_M2)
        ]
        assert len(same) == 1, case
        assert same[0]["outcome"] == case["outcome"], case
        if "next_on" in case:
            assert same[0]["next_on"] == case["next_on"].isoformat()
            assert same[0]["next_event"] == case["next_event"]
        if "missing" in case:
            assert same[0]["missing"] == case["missing"]


def test_what_is_missing_is_named_in_words(demo: Store) -> None:
    for command in ("findings", "candidates", "unsupplied", "balance"):
        rows = demo.json(command)["rows"]
        names = ("missing", "situation_missing")
        codes = {code for row in rows for name in names for code in row.get(name) or ()}
        assert codes, command
        for code in codes:
            assert not re.search("[a-z]", contracts.facts([code])), code
            assert contracts.facts([code], "en").isprintable()


def test_every_piece_left_is_in_the_situation_worked_by_hand(demo: Store) -> None:
    listed = demo.json("unsupplied")["rows"]
    assert len(listed) == len(EXPECTED["unsupplied"]["case"])
    for case in EXPECTED["unsupplied"]["case"]:
        area = case.get("area_m2")
        (row,) = (
            row
            for row in listed
            if row["approval"].split("|")[0] == case["approval"]
            and (row["area_m2"] is None) == (area is None)
            and (area is None or abs(row["area_m2"] - area) < PIECE_TOLERANCE_M2)
        )
        assert row["situation"] == case["situation"], case
        assert row["situation_missing"] == case.get("situation_missing"), case
        approved_on = date.fromisoformat(row["approved_on"])
        assert row["age_days"] == (date.fromisoformat(AS_OF) - approved_on).days


@pytest.mark.parametrize("row", EXPECTED["balance"]["row"], ids=lambda row: row["id"])
def test_an_approval_balances_as_worked_by_hand(balances: dict[str, Row], row: Row) -> None:
    found = balances[row["approval"]]
    assert found["method"] == row.get("method", "geometry")
    assert found["approved_m2"] == pytest.approx(row["approved_m2"], abs=PIECE_TOLERANCE_M2)
    if row.get("is_undetermined"):
        assert found["supplied_m2"] is None
        assert found["unsupplied_m2"] is None
        return
    for term in TERMS:
        assert found[f"{term}_m2"] == pytest.approx(
            row.get(f"{term}_m2", 0), abs=PIECE_TOLERANCE_M2
        ), term
    assert abs(found["residual_m2"]) < 1e-6


@pytest.mark.parametrize("place", EXPECTED["accounts"])
def test_the_accounts_of_a_place_are_those_worked_by_hand(
    indicators: dict[str, dict[str, Row]], place: str
) -> None:
    wanted = EXPECTED["accounts"][place]
    found = indicators[place]
    for account in (*parks.ACCOUNTS_BUILD, *parks.ACCOUNTS_SUPPLY):
        assert found[f"{account}_m2"]["value"] == pytest.approx(
            wanted[account], abs=SUM_TOLERANCE_M2
        ), account
    for side in (parks.ACCOUNTS_BUILD, parks.ACCOUNTS_SUPPLY):
        total = sum(found[f"{name}_m2"]["value"] for name in side)
        assert total == pytest.approx(wanted["total"], abs=1e-3)


@pytest.mark.parametrize("place", EXPECTED["rates"])
def test_the_rates_of_a_place_are_those_worked_by_hand(
    indicators: dict[str, dict[str, Row]], place: str
) -> None:
    found = indicators[place]
    for title, wanted in EXPECTED["rates"][place].items():
        rate = found[RATES[title]]
        assert rate["value"] == pytest.approx(wanted["value"], abs=RATE_TOLERANCE), title
        assert rate["numerator"] == pytest.approx(wanted["numerator"], abs=SUM_TOLERANCE_M2)
        assert rate["denominator"] == pytest.approx(wanted["denominator"], abs=SUM_TOLERANCE_M2)


@pytest.mark.parametrize("block", EXPECTED["states"])
def test_the_stages_of_approved_land_follow_from_accounts_and_states_worked_by_hand(
    indicators: dict[str, dict[str, Row]], block: str
) -> None:
    """All land supplied in the demo lies in an approval that stands: D1 + D2, and its states."""
    accounts, states = EXPECTED["accounts"][block], EXPECTED["states"][block]
    built, building = states.get("built", 0), states.get("building", 0)
    wanted = {
        "approved_supplied_m2": accounts["D1"] + accounts["D2"],
        "approved_started_m2": built + building,
        "approved_built_m2": built,
        "approved_supplied_unknown_m2": accounts["of_which_supplied"],
    }
    for name, area_m2 in wanted.items():
        assert indicators[block][name]["value"] == pytest.approx(area_m2, abs=SUM_TOLERANCE_M2)
    left = indicators[block]["approved_m2"]["value"] - wanted["approved_supplied_m2"]
    assert left == pytest.approx(states["approved_not_supplied"] + _built_unsupplied(block), abs=1)


def _built_unsupplied(block: str) -> float:
    """Return what is approved and built on without supply (未供即用); ids begin with the block."""
    return sum(
        one["area_m2"]
        for one in EXPECTED["unsupplied"]["case"]
        if one["outcome"] == "used_unsupplied" and one["id"][0] == block[-1]
    )


@pytest.mark.parametrize("block", EXPECTED["states"])
def test_the_states_shown_on_a_block_are_those_worked_by_hand(demo: Store, block: str) -> None:
    with demo.connect() as connection:
        rows = connection.execute(
            "SELECT state, sum(area_planar_m2) FROM landwatch.park_piece"
            " WHERE block_code = %s GROUP BY state",
            (block,),
        ).fetchall()
    found = dict(rows)
    for state, wanted in EXPECTED["states"][block].items():
        assert found.get(state, 0) == pytest.approx(wanted, abs=SUM_TOLERANCE_M2), state


def test_every_kind_was_loaded_with_the_rows_listed(demo: Store) -> None:
    loaded = demo.json("deliveries")["rows"]
    accepted: dict[str, int] = {}
    for delivery in loaded:
        accepted[delivery["kind"]] = accepted.get(delivery["kind"], 0) + delivery["accepted"]
        assert delivery["rejected"] == 0, delivery["name"]
    assert accepted == EXPECTED["rows"]


def test_a_second_load_and_a_second_run_change_nothing(demo: Store) -> None:
    before = _digest(demo)
    again = demo.json("load", "--manifest", str(PARCELS / "deliveries.toml"))["deliveries"]
    assert all(entry["is_repeat"] for entry in again)
    assert demo.json("run", "--as-of", AS_OF)["is_repeat"]
    assert _digest(demo) == before


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _fen(yuan: float | None) -> int | None:
    return None if yuan is None else round(yuan * 100)


def _digest(store: Store) -> list[tuple[Any, ...]]:
    with store.connect() as connection:
        tables = connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'landwatch'"
            " ORDER BY 1"
        ).fetchall()
        return [
            connection.execute(
                f"SELECT '{name}', count(*), md5(coalesce(string_agg(t::text, '' ORDER BY t::text),"
                f" '')) FROM landwatch.{name} t"
            ).fetchone()
            or ()
            for (name,) in tables
        ]


def test_the_leads_of_the_demo_are_built_pieces_and_what_was_supplied_after_a_lapse(
    demo: Store,
) -> None:
    leads = demo.json("leads")["rows"]
    late = [row for row in leads if row["kind"] == "supplied_after_lapse"]
    leads = [row for row in leads if row not in late]
    # B4 lapsed on 2019-08-15; its ten cells of 1 公顷 were supplied from 2020 on.
    assert len(late) == 10
    for row in late:
        assert row["subjects"][1].startswith("演示批〔2017〕07号|")
        assert row["area_m2"] == pytest.approx(10_000, abs=PIECE_TOLERANCE_M2)
    built = {
        case["approval"]: case["area_m2"]
        for case in EXPECTED["unsupplied"]["case"]
        if case["outcome"] == "used_unsupplied"
    }
    assert {row["kind"] for row in leads} == {"built_unsupplied"}
    assert len(leads) == len(built)
    for row in leads:
        wanted = built[row["subjects"][0].split("|")[0]]
        assert row["area_m2"] == pytest.approx(wanted, abs=PIECE_TOLERANCE_M2)
