"""What candidates and leads are put in order by: since when, for how much, on what, and where.

Read once a run for all of them, as arrays by the numbers of their rows; a page needs no more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import sql

from gis import contracts
from gis.store import copy, results
from gis.store.database import Connection
from gis.store.list_columns import DAY_ZERO, Ints
from gis.store.results import Asked
from gis.store.runs import Run
from gis.store.statements import table

Figures = npt.NDArray[np.float64]
CANDIDATES = Asked(where={"rule": ["idle_land"], "outcome": ["candidate"]})
# What is shown and summed; the others only put rows in order.
_EXACT = frozenset({"price_fen", "area_m2"})
# About where a shape lies, to tell what is near; where exactly is asked of the shapes shown.
_PLACE = sql.SQL(
    "coalesce((ST_XMin(own.geom) + ST_XMax(own.geom)) / 2, 'NaN') AS lon,"
    " coalesce((ST_YMin(own.geom) + ST_YMax(own.geom)) / 2, 'NaN') AS lat"
)
_AREA = sql.SQL("coalesce(own.area_m2, 'NaN') AS area_m2")


@dataclass(frozen=True)
class Facts:
    """By row number, which rises: what rows are put in order by; NaN where it is not known.

    `values`: due (days since 2000-01-01), price_fen, area_m2, evidence (1: the strongest), lon,
    lat.
    """

    row_ids: Ints
    values: dict[str, npt.NDArray[Any]]

    @property
    def nbytes(self) -> int:
        """Return the bytes of the arrays."""
        return int(self.row_ids.nbytes + sum(one.nbytes for one in self.values.values()))

    def of(self, name: str, row_ids: Ints) -> Figures:
        """Return a figure of some of the rows; NaN of a row that is none of these."""
        at = np.searchsorted(self.row_ids, row_ids)
        at = np.minimum(at, max(len(self.row_ids) - 1, 0))
        found = np.full(len(row_ids), np.nan)
        if len(self.row_ids):
            is_known = self.row_ids[at] == row_ids
            found[is_known] = self.values[name][at[is_known]]
        return found


def read(connection: Connection, run: Run, name: str) -> Facts:
    """Return the facts of the candidates (`name`: finding) or of the leads (lead) of a run."""
    own = sql.SQL("SELECT * FROM {} WHERE {}").format(
        table(name),
        results.condition(run, name, CANDIDATES if name == "finding" else results.EVERYTHING),
    )
    names: tuple[str, ...] = ("area_m2", "lon", "lat")
    if name == "finding":
        grades = [*contracts.CODES["evidence_grade"]]
        query = sql.SQL(
            "SELECT own.row_id::int8 AS row_id,"
            " coalesce((told.start_due_on - {zero})::float8, 'NaN') AS due,"
            " coalesce(told.price_fen::float8, 'NaN') AS price_fen,"
            " coalesce(array_position({grades}::text[], own.evidence_grade)::float8, 'NaN')"
            " AS evidence, {area}, {place}"
            " FROM ({own}) AS own LEFT JOIN {holding} AS told ON told.subject = own.subject"
            " AND {known} ORDER BY own.row_id"
        ).format(
            zero=sql.Literal(DAY_ZERO), grades=grades, area=_AREA, place=_PLACE, own=own,
            holding=table("holding"), known=_qualified(run),
        )  # fmt: skip
        names = ("due", "price_fen", "evidence", *names)
    else:
        query = sql.SQL(
            "SELECT own.row_id::int8 AS row_id, {area}, {place} FROM ({own}) AS own"
            " ORDER BY own.row_id"
        ).format(area=_AREA, place=_PLACE, own=own)
    types = {"row_id": "int8", **dict.fromkeys(names, "float8")}
    found: dict[str, Any] = copy.read_numbers(connection, query, types)
    return Facts(
        found["row_id"],
        {one: found[one].astype(np.float64 if one in _EXACT else np.float32) for one in names},
    )


def _qualified(run: Run) -> sql.Composable:
    return sql.SQL("told.run_series = {} AND told.first_run <= {} AND told.last_run >= {}").format(
        run.run_series, run.id, run.id
    )
