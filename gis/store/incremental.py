"""Results carried over from the run before: of whom a result row speaks, and who was judged anew.

A run that is built on an earlier one hands in the rows of what it judged anew; the other rows of
its run series stay as they are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date

import pandas as pd
from psycopg import sql

from gis.store import copy
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.planner_statistics import sequential_scans
from gis.store.statements import statement, table
from gis.store.tables import OPEN_END

# Kind of subject -> names: approvals, supplies, parcels, former, buildings, parks.
Rejudged = Mapping[str, Collection[str]]
_ANEW = sql.Identifier("judged_anew")


def tell(connection: Connection, anew: Rejudged) -> None:
    """Say who is judged anew, for the rest of the transaction."""
    rows = [(kind, name) for kind, names in anew.items() for name in names]
    frame = pd.DataFrame(rows, columns=["kind", "name"]).astype("str").drop_duplicates()
    with faults.explained():
        # A plan is tried by two runs in one transaction.
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(_ANEW))
        connection.execute(
            sql.SQL("CREATE TEMP TABLE {} (kind text, name text) ON COMMIT DROP").format(_ANEW)
        )
        copy.write(connection, _ANEW, frame, {"kind": "text", "name": "text"})
        connection.execute(sql.SQL("ANALYZE {}").format(_ANEW))


def is_rejudged() -> sql.Composable:
    """Return the condition of the rows (`old`) of a result table that were judged anew.

    What speaks of the run as a whole always is.
    """
    return sql.SQL(
        "(old.subject_kind IS NULL"
        " OR (old.subject_kind, old.subject_key) IN (SELECT kind, name FROM {}))"
    ).format(_ANEW)


def looks() -> tuple[sql.Composable, sql.Composable]:
    """Return the same rows in two looks, which an index finds.

    One look at both would walk the whole table.
    """
    keys = sql.SQL("old.subject_key = ANY (ARRAY (SELECT name FROM {}))").format(_ANEW)
    return (
        sql.SQL("{} AND {}").format(keys, is_rejudged()),
        sql.SQL("old.subject_key IS NULL"),
    )


def due(connection: Connection, run_series: str, as_of: date) -> tuple[pd.Series, pd.Series]:
    """Return the supplies and the approvals of a series' last run that a day makes different.

    A finding says when the calendar changes it (`next_on`); what is stopped is told by its newest
    anniversary. Always due besides, since what they say changes on other days too: land handed
    over late (the other reading of the delay), land found idle that is a person's to decide (the
    track of the facts), and a signing by the month (its two readings; what has no day at all has no
    start state, and says the same on every day).
    """
    query = sql.SQL(
        "SELECT subject_kind, subject_key FROM {} WHERE run_series = {} AND last_run = {}"
        " AND (next_on <= {} OR outcome = 'stopped' OR subject IN ({})"
        " OR outcome = 'found_idle' AND track = 'person'"
        " OR 'signed_on' = ANY (missing) AND start_state IS NOT NULL)"
    ).format(
        table("finding"),
        sql.Literal(run_series),
        sql.Literal(OPEN_END),
        sql.Literal(as_of),
        statement("handed_over_late"),
    )
    with sequential_scans(connection):
        found = copy.read(connection, query, {"kind": "text", "key": "text"})
    is_land = (found["kind"] == "approvals").to_numpy(dtype=bool)
    return found.loc[~is_land, "key"], found.loc[is_land, "key"]
