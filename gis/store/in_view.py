"""The findings a map shows: within a box, those with the next day first."""

from __future__ import annotations

import pandas as pd
import shapely
from psycopg import sql

from gis.store import copy, results, tables
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.results import Asked
from gis.store.runs import Run
from gis.store.statements import listed, table

_NAME = "finding"


def findings(
    connection: Connection, run: Run, asked: Asked, box: shapely.Geometry, limit: int
) -> tuple[pd.DataFrame, int, float]:
    """Return findings with the earliest next day first, how many there are, and their area in m2.

    `box`: of EPSG:4490, which their shapes meet. Unknown areas count as none.
    """
    met = sql.SQL("{} AND geom && ST_GeomFromWKB({}, {})").format(
        results.condition(run, _NAME, asked), shapely.to_wkb(box), tables.EPSG
    )
    types = {one: kind for one, kind in tables.own_types(_NAME).items() if kind != "geometry"}
    query = sql.SQL(
        "SELECT {} FROM {} WHERE {} ORDER BY next_on NULLS LAST, rule, subject, content LIMIT {}"
    ).format(listed([*types]), table(_NAME), met, limit)
    sums = sql.SQL("SELECT count(*), coalesce(sum(area_m2), 0)::float8 FROM {} WHERE {}").format(
        table(_NAME), met
    )
    with faults.explained():
        row = connection.execute(sums).fetchone()
    assert row is not None
    return copy.read(connection, query, types), int(row[0]), float(row[1])


def places(
    connection: Connection, run: Run, asked: Asked
) -> dict[str, tuple[float, float, float, float]]:
    """Return subject -> west, south, east and north in degrees, of findings that lie somewhere."""
    query = sql.SQL(
        "SELECT subject, ST_XMin(geom), ST_YMin(geom), ST_XMax(geom), ST_YMax(geom) FROM {}"
        " WHERE {} AND geom IS NOT NULL ORDER BY rule DESC"
    ).format(table(_NAME), results.condition(run, _NAME, asked))
    with faults.explained():
        rows = connection.execute(query).fetchall()
    return {str(name): (west, south, east, north) for name, west, south, east, north in rows}
