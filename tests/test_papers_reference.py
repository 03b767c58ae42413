"""Random papers from their cells through the store to the finding, against the slow reference.

Papers come as registers in two waves, each kind a file, so that ties of days are broken by what
came later; some days are but months, some a year alone. The same store is judged on several days,
forward (each run built on the one before), and as it was known after the first wave.
LANDWATCH_LONG=1 tries 20,000 subjects.
"""

from __future__ import annotations

import os
import random
from datetime import date, timedelta
from pathlib import Path
from pprint import pformat
from typing import Any

import pandas as pd
import pytest

from gis import law
from gis.pipeline import run as line
from gis.store import database, results, runs
from tests import papers_reference as slow
from tests.delivered import deliver, deliver_as_written, square
from tests.papers_reference import Paper, Papers

LAW = law.load()
IS_LONG = os.environ.get("LANDWATCH_LONG") == "1"
BATCHES, SUBJECTS = (20, 1_000) if IS_LONG else (1, 100)
COMPARED = (
    "outcome track start_state since_on next_on next_event fee_fen fee_if_confirmed_fen missing "
    "clashes"
).split()
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2026, 11, 28)
PARCEL_M2 = 9_000.0
KINDS = ("extensions", "handovers", "right_endings", "causes", "progress", "decisions")
CAUSES = ("art8_1", "art8_1", "art8_2", "art8_6", "force_majeure", "preliminary", "seizure")


class Draw(random.Random):
    """A source of chance that knows the days around a day."""

    def near(self, middle: date, before: int, after: int, share: float = 1.0) -> date | None:
        """A day from `before` days before the middle to `after` days after it, now and then."""
        if self.random() > share:
            return None
        return middle + timedelta(days=self.randint(-before, after))

    def as_months(self, paper: Paper, share: float = 0.06) -> Paper:
        """The paper with some of its days written as months, and read as the rule book reads them.

        The day of a sighting stays one: else two papers would become one.
        """
        for name, day in [*paper.items()]:
            if not isinstance(day, date) or self.random() > share or name == "observed_on":
                continue
            text = self.choice(["{0}-{1:02}", "{0}年{1}月", "{0}{1:02}", "{0}.{1}", "{0}年{1}月底"])
            paper.setdefault("written", {})
            paper["written"] = paper["written"] | {name: text.format(day.year, day.month)}
            paper[name] = first_of(day) if name not in ENDS else last_of(day)
        return paper


ENDS = frozenset(
    "start_agreed_on completion_agreed_on start_due_on completion_due_on handed_on stopped_on "
    "ends_on".split()
)


def first_of(day: date) -> date:
    return day.replace(day=1)


def last_of(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def supply_of(chance: Draw, number: int, on: date) -> Paper:
    due = chance.near(on, 1300, 200)
    assert due is not None
    signed = chance.near(due, 900, chance.choice([-60, -60, 40]))
    handover = chance.near(due, 400, 60, 0.5)
    return {
        "supply_no": f"150602{on.year}B{number:05d}",
        "contract_no": f"合{number}",
        "phase": None,
        "region_code": "150602",
        "signed_on": signed,
        "start_agreed_on": due if chance.random() < 0.85 else None,
        "handover_agreed_on": handover,
        "supply_way": chance.choice(["grant", "grant", "allocation", "lease", None]),
        "price_fen": chance.choice([None, 0, 100_000_003, 7_000_000]),
        "supplement_fen": chance.choice([None, None, 5_000_001]),
        "area_m2": chance.choice([None, 9_000.0, 9_000.0]),
        "investment_total_fen": chance.choice([None, None, 1_000]),
        "started_on": chance.near(due, 200, 900, 0.06),
        "completed_on": chance.near(due, 0, 1500, 0.03),
    }


def supplies_of(chance: Draw, number: int, on: date) -> list[Paper]:
    """One supply, or two phases of one; now and then the start is agreed for a year alone."""
    supply = supply_of(chance, number, on)
    if supply["start_agreed_on"] and chance.random() < 0.04:
        supply["written"] = {"start_agreed_on": str(supply["start_agreed_on"].year)}
        supply["start_agreed_on"] = None
    if chance.random() > 0.06:
        return [chance.as_months(supply)]
    other = supply_of(chance, number, on) | {"phase": "二期"}
    phases = [chance.as_months({**supply, "phase": "一期"}), chance.as_months(other)]
    signed_on = [phase["signed_on"] for phase in phases]
    return [{**phase, "phases_signed_on": signed_on} for phase in phases]


def papers_of(chance: Draw, supply: Paper, on: date, found: Papers, taken: set[Any]) -> None:
    """Add the papers of one supply, crowded around the days that decide."""
    due = supply["start_agreed_on"] or supply["signed_on"]
    mark = supply["contract_no"] + (supply["phase"] or "")

    def add(to: str, /, **columns: Any) -> None:
        names = {"supply_no": chance.choice([supply["supply_no"], supply["contract_no"]])}
        names["phase"] = chance.choice([None, supply["phase"]])
        found[to].append(chance.as_months({**names, **columns}))

    signed = due
    for n in range(chance.choice([0, 0, 0, 1, 1, 2])):
        if not n or chance.random() < 0.7:
            signed = chance.near(due, 400, 300)
        extended = chance.near(due, 0, 500, 0.9)
        if chance.random() < 0.06:
            extended = due + timedelta(days=1)
        add("extensions", document=f"{mark}延{n}", signed_on=signed,
            kind=chance.choice(["contract", "disposal", None]),
            start_due_on=extended, completion_due_on=None,
            handover_agreed_on=chance.near(due, 300, 100, 0.2), approved_by=None)  # fmt: skip
    for n in range(chance.choice([0, 0, 1, 2])):
        middle = supply["handover_agreed_on"] or due
        add("handovers", document=f"{mark}交{n}", handed_on=chance.near(middle, 60, 300))
    if chance.random() < 0.06:
        add("right_endings", document=f"{mark}终", ended_on=chance.near(on, 400, 200),
            kind="recovered")  # fmt: skip
    for n in range(chance.choice([0, 0, 1, 2])):
        starts = chance.near(due, 200, 700)
        add("causes", document=f"{mark}因{n}", kind=chance.choice(CAUSES), starts_on=starts,
            ends_on=chance.near(starts, -1, 400, 0.8))  # fmt: skip
    add_sightings(chance, add, due, on, taken)
    add_decisions(chance, add, mark, on)


def add_sightings(chance: Draw, add: Any, due: date, on: date, taken: set[Any]) -> None:
    states = ["not_started"] * 3 if chance.random() < 0.4 else [
        "started", "stopped", "stopped", "resumed", "completed", "producing", "disputed",
        "not_started", None,
    ]  # fmt: skip
    for _ in range(chance.choice([0, 0, 1, 2, 3, 5])):
        observed = chance.near(on, 1100, 250)
        if chance.random() < 0.3 and taken:
            observed = chance.choice(sorted(taken))[0]
        source = chance.choice(["patrol", "patrol", "document", "reported", "imagery"])
        if (observed, source) in taken:
            continue
        taken.add((observed, source))
        add("progress", observed_on=observed, source=source, milestone=chance.choice(states),
            started_on=chance.near(observed, 500, 5, 0.25),
            stopped_on=chance.near(observed, 400, 20, 0.2),
            resumed_on=chance.near(observed, 300, 5, 0.08),
            completed_on=chance.near(observed, 200, 5, 0.05),
            developed_area_m2=chance.choice([None, 1_000.0, 4_000.0, 9_200.0]),
            invested_fen=chance.choice([None, 100, 300]),
            investment_total_fen=chance.choice([None, None, 1_000, 1_200]))  # fmt: skip


def add_decisions(chance: Draw, add: Any, mark: str, on: date) -> None:
    documents: list[tuple[str, date]] = []
    for n in range(chance.choice([0, 0, 1, 2, 3])):
        kind = chance.choice(
            ["finding", "finding", "fee", "recovery", "revocation", "retraction", "consent",
             "consent_refused", "investigation"]
        )  # fmt: skip
        served = chance.near(on, 900, 120)
        assert served is not None
        if documents and chance.random() < 0.15:
            served = documents[-1][1]
        document = f"{mark}文{n}"
        revokes = document if kind == "revocation" and chance.random() < 0.08 else None
        if (
            revokes is None
            and kind in ("revocation", "retraction")
            and documents
            and chance.random() < 0.85
        ):
            revokes, served_then = chance.choice(documents)
            if chance.random() < 0.9:
                served = chance.near(served_then, -1, 300)
        add("decisions", document=document, kind=kind, served_on=served, revokes=revokes,
            effect=chance.choice([None, "ab_initio", "from_day"]) if revokes else None,
            cause=chance.choice([None, "government", "enterprise", "seizure"]))  # fmt: skip
        documents.append((document, served))


def stored(
    store: database.Connection, folder: Path, chance: Draw, on: date
) -> list[tuple[Paper, Papers]]:
    """Deliver a batch and return each supply with its papers, `delivery` noted on each."""
    made: list[tuple[Paper, Papers]] = []
    pools: list[Papers] = []
    for number in range(SUBJECTS):
        pool: Papers = {kind: [] for kind in KINDS}
        taken: set[Any] = set()
        for supply in supplies_of(chance, number, on):
            papers_of(chance, supply, on, pool, taken)
            made.append((supply, pool))
        pools.append(pool)
    deliver_as_written(store, folder, "supplies", *(supply for supply, _ in made))
    bare = [
        supply
        for supply, _ in made
        if supply["area_m2"] is None and supply["phase"] is None and chance.random() < 0.5
    ]
    parcels = [
        {"parcel_code": f"150602001001GB{n:05d}", "supply_no": supply["supply_no"],
         "geom": square(200 * n, 0, 200 * n + 100, 90)}
        for n, supply in enumerate(bare)
    ]  # fmt: skip
    deliver(store, "parcels", *parcels)
    for supply in bare:
        supply["area_m2"] = PARCEL_M2
    for wave in range(2):
        for kind in KINDS:
            rows = [
                paper
                for pool in pools
                for paper in pool[kind]
                if "delivery" not in paper and (wave or chance.random() < 0.6)
            ]
            if rows:
                # What speaks of a supply nobody knows changes nothing for the others.
                nobodys = [
                    {**paper, "supply_no": f"X{n}", "document": f"X{wave}{n}"}
                    for n, paper in enumerate(chance.sample(rows, len(rows) // 20))
                ]
                number = deliver_as_written(store, folder, kind, *rows, *nobodys)
                for paper in rows:
                    paper["delivery"] = number
    return made


def compare(
    store: database.Connection, run: runs.Run, made: list[tuple[Paper, Papers]], on: date
) -> int:
    """Compare every finding of a run with the reference; return how many were compared."""
    wrong = []
    found = results.read(store, run.id, "finding")
    found = found[found["rule"] == "idle_land"].set_index("subject")
    count = 0
    for supply, papers in made:
        known = {
            kind: [paper for paper in rows if paper["delivery"] <= run.delivery]
            for kind, rows in papers.items()
        }
        subject = "|".join(filter(None, (supply["supply_no"], supply["phase"])))
        is_there = supply["signed_on"] <= on
        assert (subject in found.index) == is_there
        if not is_there:
            continue
        expected = slow.judged(supply, known, on)
        said = {name: plain(found.loc[subject, name]) for name in COMPARED}
        if said["next_on"] is not None and said["next_on"] > on + slow.HORIZON:
            said["next_on"] = said["next_event"] = None
        differs = {
            name: (value, expected[name]) for name, value in said.items() if value != expected[name]
        }
        if differs:
            wrong.append((differs, on, supply, {kind: own for kind, own in known.items() if own}))
        count += 1
    assert not wrong, f"{len(wrong)} of {count}: {pformat(wrong[:3], width=160)}"
    return count


def plain(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if pd.isna(value):
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


@pytest.mark.parametrize("batch", range(BATCHES))
def test_papers_through_the_store_say_what_the_rule_book_says(
    store: database.Connection, tmp_path: Path, batch: int
) -> None:
    chance = Draw(f"papers {batch}")
    span = (LAST_DAY - FIRST_DAY).days
    # Two days either side of the law's change and of leap days are among those drawn.
    middle = FIRST_DAY + timedelta(days=chance.randint(400, span))
    middle = date(2012, 6, 25) if batch == 1 else middle
    made = stored(store, tmp_path, chance, middle)
    newest = max(paper["delivery"] for _, papers in made for p in papers.values() for paper in p)
    around = (-400, -30, 0, chance.randint(1, 40), 200) if IS_LONG else (-400, 0, 200)
    days = sorted({middle + timedelta(days=d) for d in around})
    count = 0
    for on in days:
        count += compare(store, line.run(store, on, LAW, tell=len), made, on)
    early = (newest + 2) // 2 + 1
    then = line.run(store, middle, LAW, known_at=early, tell=len)
    count += compare(store, then, made, middle)
    assert count > SUBJECTS * 3
