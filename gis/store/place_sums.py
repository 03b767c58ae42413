"""How many findings of each outcome lie in each block and park, and how much land they are."""

from __future__ import annotations

import pandas as pd
from psycopg import sql

from gis.store import copy, results
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from gis.store.statements import table

_TYPES = {
    "park_code": "text", "block_code": "text", "rule": "text", "outcome": "text", "track": "text",
    "count": "int8", "area_m2": "float8", "unmeasured": "int8", "next_on": "date",
}  # fmt: skip


def by_place(connection: Connection, run: Run, scope: Scope | None) -> pd.DataFrame:
    """Return sums of findings: a row for each park, block, rule, outcome and track there is.

    count, area_m2 (of those measured), unmeasured (how many are not), next_on (the first day on
    which one of them changes, after the day judged). Each finding counts once, in the block it lies
    in for the most part; codes are None for what lies in none. It walks all findings of a run.
    """
    query = sql.SQL(
        "SELECT park_code, block_code, rule, outcome, track, count(*) AS count,"
        " coalesce(sum(area_m2), 0) AS area_m2, count(*) - count(area_m2) AS unmeasured,"
        " min(next_on) FILTER (WHERE next_on > {day}) AS next_on FROM {name} WHERE {met}"
        " GROUP BY park_code, block_code, rule, outcome, track ORDER BY 1, 2, 3, 4, 5"
    ).format(
        day=run.as_of,
        name=table("finding"),
        met=results.condition(run, "finding", Asked(within=scope)),
    )
    return copy.read(connection, query, _TYPES)
