"""The doors of the rooms that judge: what passes one is declared, or is told to be otherwise."""

from __future__ import annotations

import os
from dataclasses import replace

import pandas as pd
import pytest

from gis import frames, result_tables
from gis.approvals import balance, meetings, outcome, overlay_by_zone
from gis.clock import agreement, judge
from gis.control import low_efficiency, measured, quarter
from gis.control.applicable import applicable
from gis.control.judge import judge as control_judge
from gis.control.values import in_stored_units
from gis.facts import subjects
from gis.frames import DOORS, FRAMES, FrameError, check, door, needed, watched
from gis.indicators import economy, firms, intensity, projects, standard_land
from gis.indicators.land import land_indicators
from gis.leads import find
from gis.parks import park_pieces
from gis.parks.uses import built_land
from gis.targets import against, counting, recorded, sheets
from tests.test_facts import AS_OF, SUPPLY, records

ROOMS = (
    *(balance.of_approvals, outcome.judge, overlay_by_zone.overlay, meetings.meetings),
    *(agreement.judge, judge, find, land_indicators, subjects.assemble),
    *(firms.claims, firms.shares, economy.placed, intensity.population),
    *(projects.of_projects, standard_land.standard_share),
    *(in_stored_units, applicable, measured.measured, control_judge, quarter.classes),
    low_efficiency.candidates,
    *(against.tasks, counting.counted, recorded.of_base, sheets.recomputed),
)


def test_every_frame_declared_passes_a_door_and_every_door_names_frames_declared() -> None:
    own = {name: told for name, told in DOORS.items() if name.startswith("gis.")}
    assert len(own) == len({*ROOMS, park_pieces, built_land})
    named = {name for told in own.values() for name in told}
    rooms = {name.removesuffix("*") for name in named if name.endswith("*")}
    assert {name for name in named if not name.endswith("*")} <= set(FRAMES)
    for name in FRAMES:
        assert name in named or name.partition(".")[0] + "." in rooms, name


def test_what_a_room_gives_is_called_in_the_results_as_in_its_frame() -> None:
    """A column of both is of one type: what the clock calls a day is stored as one."""
    alike = {"area": "number", "money": "integer", "share": "number"}
    for room, table in (
        *(("clock.findings", "finding"), ("outcome.findings", "finding"), ("leads.leads", "lead")),
        *(("balance.balances", "balance"), ("parks.pieces", "park_piece")),
        ("overlay.pieces", "piece"),
    ):
        stored = {one.name: one.type for one in result_tables.STORED[table].stored}
        for name, kind in FRAMES[room].columns.items():
            if name in stored:
                assert kind == alike.get(stored[name], stored[name]), (room, name)


@door(facts="clock.causes", gives="clock.causes")
def passed_on(facts: pd.DataFrame) -> pd.DataFrame:
    return facts


def causes(**more: object) -> pd.DataFrame:
    on = pd.to_datetime(["2020-01-01", None]).astype("datetime64[s]")
    own = {"subject": ["甲", "乙"], "document": ["1", None], "kind": "art8_1", "starts_on": on}
    return pd.DataFrame({**own, "ends_on": on, **more})


def test_a_door_holds_frames_to_what_is_declared_only_where_it_is_watched() -> None:
    wrong = {
        "lacks the columns ends_on": causes().drop(columns="ends_on"),
        "starts_on is .* not day": causes(starts_on=["2020-01-01", "2020-01-02"]),
        "kind is .* not text": causes(kind=[1, 2]),
        "subject is empty": causes(subject=["甲", None]),
    }
    with watched():
        assert len(passed_on(causes(more=1))) == 2  # what comes in may carry more
        assert passed_on(causes().iloc[:0]).empty
        for words, frame in wrong.items():
            with pytest.raises(FrameError, match=words):
                passed_on(frame)
    for frame in wrong.values():
        assert passed_on(frame) is frame


def test_what_a_room_gives_has_no_column_nobody_declared() -> None:
    rows = pd.DataFrame({name: [] for name in needed("balance.balances")})
    check("balance.balances", rows)
    with pytest.raises(FrameError, match="nobody declared: more"):
        check("balance.balances", rows.assign(more=[]))


def test_a_list_is_no_text_and_a_flag_is_no_number() -> None:
    rows = pd.DataFrame({name: [None] for name in needed("agreement.findings")})
    rows = rows.assign(outcome="undetermined")
    check("agreement.findings", rows.assign(missing=[("price",)]))
    with pytest.raises(FrameError, match=r"missing is .* not texts"):
        check("agreement.findings", rows.assign(missing=["price"]))
    facts = pd.DataFrame({name: [None] for name in needed("agreement.facts")})
    with pytest.raises(FrameError, match=r"floor_ratio_min is .* not number"):
        check("agreement.facts", facts.assign(floor_ratio_min=[True]))


def test_the_switch_is_put_back_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    for before in (None, "1"):
        monkeypatch.delenv(frames.SWITCH, raising=False)
        if before:
            monkeypatch.setenv(frames.SWITCH, before)
        with watched():
            assert os.environ[frames.SWITCH] == "1"
        assert os.environ.get(frames.SWITCH) == before


def test_records_are_held_kind_by_kind_to_what_their_columns_are_declared() -> None:
    known = records(AS_OF, supplies=[SUPPLY])
    supplies = known.dated["supplies"]
    with watched():
        assert len(subjects.assemble(known).facts) == 1
        for words, frame in {
            "fields.supplies lacks the columns phase": supplies.drop(columns="phase"),
            "fields.supplies.signed_on is .* not day": supplies.assign(signed_on="2020-01-31"),
            "fields.supplies.price_fen is .* not integer": supplies.assign(price_fen="100"),
        }.items():
            spoiled = replace(known, dated={**known.dated, "supplies": frame})
            with pytest.raises(FrameError, match=words):
                subjects.assemble(spoiled)
