"""Who may be named to whoever sees some land alone: a neighbour outside it is 区域外地块."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from gis.record_names import JOINT
from gis.store import results
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run

# What stands for a subject that lies outside the land somebody may see.
OUTSIDE = "区域外地块"
# Columns of results that name other subjects than their own.
NAMING: Mapping[str, str] = {"unsupplied": "adjoining", "lead": "subjects"}


def seen(
    connection: Connection, run: Run, scope: Scope, subjects: Collection[str]
) -> frozenset[str]:
    """Return those of the subjects (supplies, pieces, approvals, leads' others) in a scope."""
    asked = [*subjects]
    keys = [*{name for one in asked for name in (one, *heads(one))}]
    found: set[str] = set()
    for table, column in (
        *(("finding", "subject"), ("finding", "subject_key"), ("balance", "approval")),
        *(("lead", "subject_key"), ("park_piece", "park_code")),
    ):
        rows = results.read(connection, run, table, Asked(where={column: keys}, within=scope))
        found |= {*rows[column].dropna()}
    return frozenset(
        one for one in asked if one in found or any(head in found for head in heads(one))
    )


def named_within(connection: Connection, run: Run, scope: Scope, named: pd.Series) -> pd.Series:
    """Return lists of subjects in which whoever lies outside has no number."""
    lists = named.astype(object).where(named.notna(), None)
    told = {one for names in lists.dropna() for one in names}
    own = seen(connection, run, scope, told) if told else frozenset()
    return lists.map(
        lambda names: [one if one in own else OUTSIDE for one in names], na_action="ignore"
    )


def heads(subject: str) -> list[str]:
    """Return what a piece or a phase belongs to: A/001 to A, NUMBER|PHASE to NUMBER."""
    piece, mark, _ = subject.rpartition("/")
    phase, joint, _ = subject.rpartition(JOINT)
    return [piece] * bool(mark) + [phase] * bool(joint)
