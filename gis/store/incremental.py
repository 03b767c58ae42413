"""Results carried over from the run before: of whom a result row speaks, and who was judged anew.

A run that is built on an earlier one hands in the rows of what it judged anew; the other rows of
its lane stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import pandas as pd
from psycopg import sql

from gis.store import copy
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.planner_statistics import walked
from gis.store.statements import statement, table
from gis.store.tables import OPEN_END

# Kind of subject -> names: approvals, supplies, parcels, former, buildings, parks.
Anew = Mapping[str, Collection[str]]
_ANEW = sql.Identifier("judged_anew")
_LEADS = {
    "approvals": (
        *("approvals_overlap", "approval_area_differs", "supply_draws_differently"),
        *("supplied_after_lapse", "built_after_lapse"),
    ),
    "parcels": (
        *("parcel_outside_park", "parcel_outside_region"),
        *("parcel_merged", "parcel_area_differs"),
    ),
    "former": ("parcel_split",),
    "buildings": ("built_unsupplied", "built_outside_supply"),
    "supplies": (
        *("supply_outside_approval", "supply_before_approval", "supplied_twice"),
        *("built_not_started", "other_use", "supply_area_differs"),
    ),
}
_APPROVAL_OF_PIECE = "regexp_replace({}, '/[0-9]+$', '')"
# A lead the survey gives is about a piece of an approval; it names the piece.
_IS_OF_PIECE = (
    "(old.kind = 'built_after_lapse' OR old.kind = 'built_unsupplied'"
    " AND old.detail IS NOT DISTINCT FROM 'source=survey')"
)
# It names the supply first, but the land of the approval is where it is found.
_IS_OF_BOTH = "old.kind = 'supplied_after_lapse'"


def _kind_of_lead() -> str:
    words = {name: ", ".join(f"'{kind}'" for kind in kinds) for name, kinds in _LEADS.items()}
    cases = " ".join(f"WHEN old.kind IN ({kinds}) THEN '{name}'" for name, kinds in words.items())
    return f"CASE WHEN {_IS_OF_PIECE} THEN 'approvals' {cases} END"


# Table -> kind and name of the subject a row speaks of; a table not named is judged as a whole.
_SUBJECT = {
    "finding": (
        "CASE WHEN old.rule = 'unsupplied' THEN 'approvals' ELSE 'supplies' END",
        "CASE WHEN old.rule = 'unsupplied' THEN "
        + _APPROVAL_OF_PIECE.format("old.subject")
        + " ELSE old.subject END",
    ),
    "holding": ("'supplies'", "old.subject"),
    "timeline": ("'supplies'", "old.subject"),
    "unsupplied": ("'approvals'", "old.approval"),
    "piece": ("'approvals'", "old.approval"),
    "balance": ("'approvals'", "old.approval"),
    "place_line": ("'approvals'", "old.approval"),
    "park_piece": ("'parks'", "old.park_code"),
    "lead": (
        _kind_of_lead(),
        f"CASE WHEN {_IS_OF_PIECE} THEN "
        + _APPROVAL_OF_PIECE.format("old.subjects")
        + f" WHEN {_IS_OF_BOTH} THEN split_part(old.subjects, ';', 2)"
        + " ELSE split_part(old.subjects, ';', 1) END",
    ),
}
# Rows of such a table that every run looks for anew, over all there is.
_ORPHANS = "orphan_paper"
_WHOLE = {"lead": f"old.kind = '{_ORPHANS}'", "balance": "old.method = 'undated'"}
LEADS = frozenset(kind for kinds in _LEADS.values() for kind in kinds) | {_ORPHANS}


def tell(connection: Connection, anew: Anew) -> None:
    """Say who is judged anew, for the rest of the transaction."""
    rows = [(kind, name) for kind, names in anew.items() for name in names]
    frame = pd.DataFrame(rows, columns=["kind", "name"]).astype("str").drop_duplicates()
    with faults.explained():
        connection.execute(
            sql.SQL("CREATE TEMP TABLE {} (kind text, name text) ON COMMIT DROP").format(_ANEW)
        )
        copy.write(connection, _ANEW, frame, {"kind": "text", "name": "text"})
        connection.execute(sql.SQL("ANALYZE {}").format(_ANEW))


def is_anew(name: str) -> sql.Composable:
    """Return the condition of the rows (`old`) of a result table that were judged anew."""
    if name not in _SUBJECT:
        return sql.SQL("true")
    kind, subject = (sql.SQL(part) for part in _SUBJECT[name])
    condition = sql.SQL("({}, {}) IN (SELECT kind, name FROM {})").format(kind, subject, _ANEW)
    if name not in _WHOLE:
        return condition
    return sql.SQL("({} OR {})").format(condition, sql.SQL(_WHOLE[name]))


def due(connection: Connection, lane: str, as_of: date) -> tuple[pd.Series, pd.Series]:
    """Return the supplies and the approvals that a lane's last run says differently by a day.

    A finding says when the calendar changes it (`next_on`); what is stopped is told by its newest
    anniversary. Always due besides, since what they say changes on other days too: land handed
    over late (the other reading of the delay), land found idle that is a person's to decide (the
    track of the facts), and a signing by the month (its two readings; what has no day at all has no
    start state, and says the same on every day).
    """
    query = sql.SQL(
        "SELECT rule = 'unsupplied', subject FROM {} WHERE lane = {} AND last_run = {}"
        " AND (next_on <= {} OR outcome = 'stopped' OR subject IN ({})"
        " OR outcome = 'found_idle' AND track = 'person'"
        " OR missing ~ '(^|;)signed_on(;|$)' AND start_state IS NOT NULL)"
    ).format(
        table("finding"),
        sql.Literal(lane),
        sql.Literal(OPEN_END),
        sql.Literal(as_of),
        statement("handed_over_late"),
    )
    with walked(connection):
        found = copy.read(connection, query, {"is_land": "bool", "subject": "text"})
    is_land = found["is_land"].to_numpy(dtype=bool)
    approvals = found.loc[is_land, "subject"].str.rsplit("/", n=1).str[0]
    return found.loc[~is_land, "subject"], approvals
