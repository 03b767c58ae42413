"""What a new run says, before it is stored: the rows handed in, and those it carries over.

Read back from the store, so that the driver of a large run keeps no part in memory.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from psycopg import sql

from gis.store import copy, incremental, straight_rows, tables
from gis.store.database import Connection
from gis.store.planner_statistics import sequential_scans
from gis.store.runs import Run
from gis.store.statements import listed, table
from gis.store.tables import OPEN_END


def read(connection: Connection, run: Run, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return columns of the rows of a result table, in any order."""
    types = tables.own_types(name)
    query = _rows(run, name, columns)
    return copy.read(connection, query, {column: types[column] for column in columns})


def areas(connection: Connection, run: Run, columns: Sequence[str]) -> pd.DataFrame:
    """Return columns and `area_m2` of the findings, in any order.

    The server hands them over as one row of areas for each combination of the columns.
    """
    types = tables.own_types("finding")
    query = sql.SQL("SELECT {0}, array_agg(area_m2) FROM ({1}) AS said GROUP BY {0}").format(
        listed([*columns]), _rows(run, "finding", [*columns, "area_m2"])
    )
    with sequential_scans(connection):
        found = copy.read(
            connection, query, {name: types[name] for name in columns} | {"areas": "float8[]"}
        )
    counts = found["areas"].map(len).to_numpy(dtype=np.int64)
    rows = found.drop(columns="areas").loc[np.repeat(np.arange(len(found)), counts)]
    said = [np.array(areas_m2, dtype=np.float64) for areas_m2 in found["areas"]]
    return rows.assign(area_m2=np.concatenate([*said, []])).reset_index(drop=True)


def _rows(run: Run, name: str, columns: Sequence[str]) -> sql.Composable:
    """Return the query of the rows; those of a full run were all handed in."""
    into = straight_rows.into(name, run.straight or ())
    handed_in = sql.SQL("SELECT {} FROM {}").format(listed([*columns]), into)
    if run.built_on == run.id:
        return handed_in
    kept = sql.SQL(
        "SELECT {} FROM {} AS old WHERE run_series = {} AND last_run = {} AND NOT {}"
    ).format(
        listed([*columns]),
        table(name),
        sql.Literal(run.run_series),
        sql.Literal(OPEN_END),
        incremental.is_rejudged(),
    )
    return sql.SQL("{} UNION ALL {}").format(handed_in, kept)
