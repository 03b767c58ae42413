"""All that is said of a part of the land: findings, pieces, balances, parks, leads, in one pass."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pandas as pd

from gis import leads
from gis.approvals.settings import settings_on
from gis.arrays import text_as_objects
from gis.facts import notes
from gis.facts.gather import Records
from gis.facts.neighbourhood import Targets
from gis.facts.part import Part, gather_part
from gis.facts.set_aside import Record, SetAside
from gis.geometry.remembered import remembering
from gis.law import Law
from gis.pipeline import (
    agreements,
    approved_land,
    built_land,
    holdings,
    idle,
    indicators,
    land_timeline,
    leads_ground,
    parks,
    plots,
    scope,
    situations,
    timeline,
)
from gis.pipeline.standing import standing_on
from gis.store.database import Connection


@dataclass(frozen=True)
class RunContext:
    """What every part of one run has in common; small enough to travel with each."""

    as_of: date
    delivery: int
    region: str | None
    law: Law
    has_approvals: bool
    # Records that could not be judged, and are left out by all parts.
    aside: frozenset[Record] = frozenset()
    # How many cores one part may use at a time.
    threads: int = 1


@contextmanager
def garbage_left_lying() -> Iterator[None]:
    """Look for no garbage within this: a part's tables and shapes all live until it is judged.

    To look a million of them through again and again took a sixth of a run. What little was left
    lying is found when the next object is made.
    """
    was_looked_for = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_looked_for:
            gc.enable()


@text_as_objects()
@garbage_left_lying()
def judge_part(connection: Connection, task: RunContext, part: Part) -> dict[str, pd.DataFrame]:
    """Return the rows of every result table that a part gives, on the task's day.

    `indicator` has the figures of supplies: those of places are made of all parts together.
    `set_aside` has the unsound records that were met; several parts may meet one.
    """
    aside = SetAside(task.aside)
    known, mine = gather_part(connection, task.as_of, task.delivery, task.region, part, aside)
    return {**judge_known(known, mine, task), "set_aside": aside.found}


@remembering()
def judge_known(known: Records, mine: Targets, task: RunContext) -> dict[str, pd.DataFrame]:
    """Return what is said of `mine` by the records known: the rows of every table but set_aside."""
    settings = settings_on(task.law, task.as_of, task.region)
    supplied = idle.judge(known, task.law)
    approved = approved_land.judge(known, supplied, settings, mine.approvals, task.threads)
    limits = leads.settings_on(task.law, task.as_of, task.region)
    ground = leads_ground.assemble(known, supplied, approved, limits, task.has_approvals)
    standing = standing_on(known)
    agreed = agreements.judge(known, supplied, standing)
    own = pd.concat([supplied.findings, agreed], ignore_index=True)
    own = own[own["subject"].isin(mine.supplies.union(mine.undated, sort=False))]
    held = holdings.of(known, supplied)
    own = own.assign(subject_kind="supplies", subject_key=own["subject"])
    built = built_land.settings_of(known, task.law)
    pieces = parks.parks(known, supplied, settings, mine.parks, task.threads)
    said = {
        "finding": pd.concat([own, approved.findings], ignore_index=True),
        "holding": held[held["subject"].isin(mine.supplies)],
        "timeline": timeline.of_subjects(known, supplied, task.law, mine.supplies, standing),
        "land_timeline": land_timeline.of_approvals(
            known, task.law, task.region, mine.approvals, task.threads
        ),
        "unsupplied": _noted(situations.situations(known, approved, task.law), known),
        "piece": approved.pieces,
        "balance": approved.balances,
        "park_piece": pieces,
        "built_use": built_land.built_land(known, supplied, settings, built, pieces, task.threads),
        "indicator": plots.of_supplies(
            known, supplied, mine.supplies, built.double_height_m, task.threads
        ),
        "lead": leads.find(ground, limits, mine),
        "place_line": indicators.lines_of(approved, settings),
    }
    return scope.told(said, known)


def _noted(pieces: pd.DataFrame, known: Records) -> pd.DataFrame:
    """Add what offices note of the approval of each piece."""
    noted = notes.of_approvals(known, pieces["approval"])
    return pieces.join(noted, on="approval")
