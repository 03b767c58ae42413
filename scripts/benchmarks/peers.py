"""The peers of the overlay: `geopandas.overlay`, and one query of a throw-away PostGIS."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import geopandas
import numpy as np
import numpy.typing as npt
import pandas as pd
import psycopg
import shapely
from psycopg import sql

from gis.geometry.areas import planar_area_m2
from gis.store import copy
from gis.store.cluster import server
from scripts.benchmarks.towns import Shapes, Town

_SHAPES = {"number": "int4", "geom": "geometry"}
PAIRS = {"approval": "int4", "supply": "int4", "area_m2": "float8"}
BALANCES = {"approval": "int4", "approved_m2": "float8", "supplied_m2": "float8",
             "unsupplied_m2": "float8", "geom": "geometry"}  # fmt: skip
_PARALLEL = """
SET max_parallel_workers_per_gather = {};
SET min_parallel_table_scan_size = 0; SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0
"""
# Joined and grouped, so that the workers meet and cut the pairs; asked for each approval by itself,
# the leader would do all of it. OFFSET 0 keeps the planner from cutting a pair once for each use.
_QUERY = """
CREATE TABLE answer AS
SELECT a.number AS approval, ST_Area(a.geom) AS approved_m2, supplies, areas_m2,
    coalesce(supplied_m2, 0) AS supplied_m2,
    CASE WHEN land IS NULL THEN a.geom ELSE ST_Difference(a.geom, land) END AS geom
FROM approvals a LEFT JOIN (
    SELECT approval, array_agg(number) AS supplies, array_agg(area_m2) AS areas_m2,
        sum(area_m2) AS supplied_m2, ST_Union(geom) AS land
    FROM (
        SELECT a.number AS approval, s.number, s.geom,
            ST_Area(ST_Intersection(a.geom, s.geom)) AS area_m2
        FROM approvals a JOIN supplies s ON ST_Intersects(a.geom, s.geom) OFFSET 0
    ) s GROUP BY approval
) met ON met.approval = a.number
"""


Connection = psycopg.Connection[Any]
Indices = npt.NDArray[np.int64]


class Answer(NamedTuple):
    """The three answers: the areas of the pairs, and what remains, with the balance."""

    pairs: pd.DataFrame  # approval, supply, area_m2
    balances: pd.DataFrame  # approval, approved_m2, supplied_m2, unsupplied_m2, geom


def by_geopandas(made: Town) -> Answer:
    """Return the answers of `geopandas.overlay`, which works on one core."""
    left = geopandas.GeoDataFrame({"approval": np.arange(len(made.approvals))},
                                  geometry=made.approvals)  # fmt: skip
    right = geopandas.GeoDataFrame({"supply": np.arange(len(made.supplies))},
                                   geometry=made.supplies)  # fmt: skip
    shared = geopandas.overlay(left, right, how="intersection", keep_geom_type=True)
    rest = geopandas.overlay(left, right, how="difference", keep_geom_type=True)
    geoms = np.full(len(left), shapely.Polygon(), dtype=object)
    geoms[rest["approval"]] = rest.geometry.to_numpy()
    area_m2 = shared.area.to_numpy()
    return answered(
        shared["approval"].to_numpy(), shared["supply"].to_numpy(), area_m2, made.approvals, geoms
    )


def answered(
    approval: Indices,
    supply: Indices,
    area_m2: npt.NDArray[np.float64],
    subjects: Shapes,
    rest: Shapes,
) -> Answer:
    """Return the answers from the areas of the pairs and the shapes that remain."""
    pairs = pd.DataFrame({"approval": approval, "supply": supply, "area_m2": area_m2})
    approved_m2, left_m2 = planar_area_m2(subjects), planar_area_m2(rest)
    return Answer(
        pairs,
        pd.DataFrame(
            {
                "approval": np.arange(len(subjects)),
                "approved_m2": approved_m2,
                "supplied_m2": approved_m2 - left_m2,
                "unsupplied_m2": left_m2,
                "geom": rest,
            }
        ),
    )


class Database:
    """A throw-away PostGIS of the store's own kind, with the town in it."""

    def __init__(self, home: Path) -> None:
        server.make(home)
        server.start(home)
        self.home = home

    def connect(self) -> Connection:
        """Return a connection in autocommit."""
        return psycopg.connect(**server.address(self.home, is_superuser=True), autocommit=True)

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Give a connection, closed afterwards."""
        with self.connect() as connection:
            yield connection

    def busy_s(self) -> float:
        """Return the processor seconds of all sessions that have ended, and of the server."""
        process = (self.home / "cluster" / "postmaster.pid").read_text().split()[0]
        told = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
        return sum(map(int, told[11:15])) / os.sysconf("SC_CLK_TCK")

    def fill(self, made: Town) -> None:
        """Put a town into two tables with their indexes."""
        with self.session() as connection:
            for name, geoms in made._asdict().items():
                table = sql.Identifier(name)
                connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
                connection.execute(
                    sql.SQL("CREATE TABLE {} (number int, geom geometry)").format(table)
                )
                rows = pd.DataFrame({"number": np.arange(len(geoms)), "geom": geoms})
                copy.write(connection, table, rows, _SHAPES)
                connection.execute(sql.SQL("CREATE INDEX ON {} USING gist (geom)").format(table))
                connection.execute(sql.SQL("ANALYZE {}").format(table))

    def read(self, connection: Connection) -> Town:
        """Return the town as the store's own COPY reads it."""
        tables = (
            copy.read(
                connection,
                sql.SQL("SELECT number, geom FROM {} ORDER BY number").format(sql.Identifier(name)),
                _SHAPES,
            )
            for name in Town._fields
        )
        return Town(*(table["geom"].to_numpy(dtype=object) for table in tables))

    def write(
        self, connection: Connection, name: str, rows: pd.DataFrame, types: dict[str, str]
    ) -> None:
        """Write a table anew."""
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(column), sql.SQL(kind))
            for column, kind in types.items()
        )
        table = sql.Identifier(name)
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
        connection.execute(sql.SQL("CREATE TABLE {} ({})").format(table, columns))
        copy.write(connection, table, rows, types)

    def ask(self, connection: Connection, workers: int) -> None:
        """Answer by one query, on `workers` cores besides that of the session."""
        connection.execute(_PARALLEL.format(workers))
        connection.execute("DROP TABLE IF EXISTS answer")
        connection.execute(_QUERY)

    def answer(self) -> Answer:
        """Return the answer of the query, in the form of the others."""
        with self.session() as connection:
            pairs = copy.read(
                connection,
                sql.SQL(
                    "SELECT approval, supply, area_m2 FROM answer, unnest(supplies, areas_m2) "
                    "AS met (supply, area_m2) ORDER BY approval, supply"
                ),
                PAIRS,
            )
            balances = copy.read(
                connection,
                sql.SQL(
                    "SELECT approval, approved_m2, supplied_m2, ST_Area(geom), geom FROM answer "
                    "ORDER BY approval"
                ),
                BALANCES,
            )
        return Answer(pairs, balances)
