"""What a plan of made-up deliveries says of every subject on a day, told row by row.

Reads the rows of `demo_data.plan.planned(seed)`, the plan the files are written from, and nothing
of the program or its store. One subject at a time, plain Python; judged by `clock_reference`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from tests import papers_reference
from tests.clock_frames import years_later
from tests.clock_reference import Subject

Row = dict[str, Any]
Rows = dict[str, list[Row]]
# The latest start a signed paper draws is six years off; every other change comes sooner.
HORIZON_YEARS = 7
M2_PER_HECTARE = 10_000
FEN_PER_WAN = 1_000_000


@dataclass(frozen=True)
class Known:
    """One supply as known on a day: the facts of its clock, its causes, its judgement to come."""

    facts: Row
    causes: list[Row]
    subject: Subject

    def judged(self) -> Row:
        """Return all the law says on the day, the next event too."""
        next_on, next_event = self.subject.coming()
        return {**self.subject.judged(), "next_on": next_on, "next_event": next_event}


def subjects_on(rows: Rows, on: date) -> dict[str, Known]:
    """Return every supply signed by a day, by its number."""
    return {
        supply["supply_no"]: _known(rows, supply, on)
        for supply in rows["supplies"]
        if supply["signed_on"] <= on
    }


def _known(rows: Rows, supply: Row, on: date) -> Known:
    facts = _contract(supply, on)
    facts |= _papers(rows, supply, on)
    # A later sighting may tell of an earlier day, so all are handed on; the day cuts off there.
    sightings = _of(rows, "progress", "observed_on", supply, date.max)
    facts |= papers_reference.worked(supply, [*map(_paper, count(), sightings)], on)
    causes = [
        {"kind": cause["kind"], "starts_on": cause["starts_on"], "ends_on": cause.get("ends_on")}
        for cause in _of(rows, "causes", "starts_on", supply, on)
    ]
    return Known(facts, causes, Subject(facts, causes, on, years_later(on, HORIZON_YEARS)))


def _of(rows: Rows, kind: str, day: str, supply: Row, on: date) -> list[Row]:
    """Return what a kind says of a supply by a day, the oldest first."""
    mine = [
        row
        for row in rows[kind]
        if row["supply_no"] == supply["supply_no"]
        and row["phase"] == supply.get("phase")
        and row[day] <= on
    ]
    return sorted(mine, key=lambda row: row[day])


def _contract(supply: Row, on: date) -> Row:
    return {
        "subject": supply["supply_no"],
        "supply_way": supply["way"],
        "price_fen": _fen(supply.get("price_wan")),
        "area_m2": square_metres(supply["area_ha"]),
        "signed_on": supply["signed_on"],
        "start_agreed_on": supply.get("start_agreed_on"),
        "handover_agreed_on": supply.get("handover_agreed_on"),
        "started_on": _by(supply.get("started_on"), on),
        "completed_on": _by(supply.get("completed_on"), on),
    }


def _papers(rows: Rows, supply: Row, on: date) -> Row:
    """Return what extensions, hand-overs, endings and decisions of a supply add by a day."""
    facts: Row = {}
    extensions = _of(rows, "extensions", "signed_on", supply, on)
    if extensions:
        newest = [row for row in extensions if row["signed_on"] == extensions[-1]["signed_on"]]
        facts["extension_on"] = newest[-1]["signed_on"]
        facts["extension_start_due_on"] = newest[-1]["start_due_on"]
        facts["is_extension_clash"] = len({row["start_due_on"] for row in newest}) > 1
    for row in _of(rows, "handovers", "handed_on", supply, on):
        facts["handover_actual_on"] = row["handed_on"]
    for row in _of(rows, "right_endings", "ended_on", supply, on)[:1]:
        facts["right_ended_on"], facts["right_ended_kind"] = row["ended_on"], row["kind"]
    for row in _of(rows, "decisions", "served_on", supply, on):
        if row["kind"] == "finding":
            facts["found_on"], facts["found_cause"] = row["served_on"], row["cause"]
        elif row["kind"] == "fee":
            facts.setdefault("fee_decided_on", row["served_on"])
    return facts


def _paper(place: int, row: Row) -> Row:
    """Return a sighting of the plan as the reference for papers names what it says."""
    developed_ha = row.get("developed_ha")
    return {
        **row,
        "delivery": place,
        "developed_area_m2": None if developed_ha is None else square_metres(developed_ha),
        "invested_fen": _fen(row.get("invested_wan")),
        "investment_total_fen": _fen(row.get("total_wan")),
    }


def square_metres(hectares: str) -> float:
    return float(Decimal(hectares) * M2_PER_HECTARE)


def _fen(wan: str | None) -> int | None:
    return None if wan is None else int(Decimal(wan) * FEN_PER_WAN)


def _by(day: date | None, on: date) -> date | None:
    return day if day is not None and day <= on else None
