"""Who may be named to whoever sees some land alone: a neighbour outside it is 区域外地块."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pandas as pd

from gis.record_names import JOINT
from gis.store import results
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run

# What stands for a subject that lies outside the land somebody may see.
OUTSIDE = "区域外地块"
# Columns of results that name other subjects than their own.
NAMING: Mapping[str, Sequence[str]] = {
    "unsupplied": ("adjoining",), "lead": ("subjects", "detail"),
}  # fmt: skip
# Of what a lead rests on, the numbers that may have been meant.
_NEAR = "near"


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
    """Return lists of subjects, or what leads rest on, in which who lies outside has no number."""
    given = named.astype(object).where(named.notna(), None)
    told = {one for value in given.dropna() for one in names_in(value)}
    own = seen(connection, run, scope, told) if told else frozenset()
    return given.map(lambda value: less(value, told - own), na_action="ignore")


def names_in(value: Any) -> Collection[str]:
    """Return whom a list of subjects, or what a lead rests on, names."""
    names: Collection[str] = value.get(_NEAR, ()) if isinstance(value, Mapping) else value
    return names


def less(value: Any, strangers: Collection[str]) -> Any:
    """Return a list of subjects, or what a lead rests on, in which no stranger is named."""
    names = [OUTSIDE if one in strangers else one for one in names_in(value)]
    if not isinstance(value, Mapping):
        return names
    return {**value, _NEAR: names} if names else value


def heads(subject: str) -> list[str]:
    """Return what a piece or a phase belongs to: A/001 to A, NUMBER|PHASE to NUMBER."""
    piece, mark, _ = subject.rpartition("/")
    phase, joint, _ = subject.rpartition(JOINT)
    return [piece] * bool(mark) + [phase] * bool(joint)
