"""What candidates and leads are chosen and put in order by: since when, for how much, on what.

Read once a run for all of them, as arrays by the numbers of their rows; a page needs no more. Where
they lie is read apart, for who asks what is near.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import sql

from gis import contracts
from gis.arrays import Small, small
from gis.store import copy, list_columns, results
from gis.store.database import Connection
from gis.store.list_columns import DAY_ZERO, NO_DAY, Columns, Ints, Truths
from gis.store.results import Asked
from gis.store.runs import Run
from gis.store.statements import table

Figures = npt.NDArray[np.float64]
CANDIDATES = Asked(where={"rule": ["idle_land"], "outcome": ["candidate"]})
_FIGURES = {"due": "int4", "price_fen": "float8"}
# About where a shape lies, to tell what is near; where exactly is asked of the shapes shown.
_PLACE = sql.SQL(
    "coalesce((ST_XMin(geom) + ST_XMax(geom)) / 2, 'NaN')::float4::float8 AS lon,"
    " coalesce((ST_YMin(geom) + ST_YMax(geom)) / 2, 'NaN')::float4::float8 AS lat"
)


def of_kind(name: str) -> Asked:
    """Return which rows of a table are looked at: of findings the candidates, of leads all."""
    return CANDIDATES if name == "finding" else results.EVERYTHING


@dataclass(frozen=True)
class Facts:
    """By row number, which rises: what rows are chosen and put in order by.

    `columns`: what the list is asked by, without lands. `figures`: what rows are put in order by
    besides, NaN where it is not known: due (days since 2000-01-01), price_fen, evidence (1: the
    strongest); or lon and lat.
    """

    row_ids: Small
    figures: dict[str, npt.NDArray[Any]]
    columns: Columns | None = field(default=None)

    @property
    def nbytes(self) -> int:
        """Return the bytes of the arrays."""
        own = 0 if self.columns is None else self.columns.nbytes - self.row_ids.nbytes
        return int(self.row_ids.nbytes + sum(one.nbytes for one in self.figures.values()) + own)

    def of(self, name: str, row_ids: Ints) -> Figures:
        """Return a figure of some of the rows; NaN of a row that is none of these."""
        at = np.searchsorted(self.row_ids, row_ids)
        at = np.minimum(at, max(len(self.row_ids) - 1, 0))
        found = np.full(len(row_ids), np.nan)
        if len(self.row_ids):
            is_known = self.row_ids[at] == row_ids
            found[is_known] = self._figure(name)[at[is_known]]
        return found

    def meeting(self, asked: Asked) -> Truths:
        """Return by row whether it has the codes and lies in the ranges asked for, no more."""
        if self.columns is None:
            return np.ones(len(self.row_ids), dtype=bool)
        return self.columns.meeting(replace(asked, within=None, places=()))

    def order(self, name: str, *, is_falling: bool) -> npt.NDArray[np.int32]:
        """Return the places of the rows by a figure; what is unknown stands last."""
        values = self.of(name, self.row_ids)
        return np.argsort(-values if is_falling else values, kind="stable").astype(np.int32)

    def _figure(self, name: str) -> npt.NDArray[Any]:
        if name in self.figures:
            return self.figures[name]
        assert self.columns is not None
        return self.columns.ranges[name]


def read(connection: Connection, run: Run, name: str, columns: Sequence[str]) -> Facts:
    """Return the facts of the candidates (`name`: finding) or of the leads (lead) of a run.

    `columns`: what the table is asked by.
    """
    return facts(name, columns, arrays(connection, run, name, columns))


def arrays(
    connection: Connection, run: Run, name: str, columns: Sequence[str]
) -> dict[str, npt.NDArray[Any]]:
    """Return what `facts` are made of, by row number: row_id, codes, ranges, due and price_fen."""
    _, asked = _asked(name, columns)
    coded, ranged = list_columns.coded_and_ranged(name, asked)
    types = {"row_id": "int8", **list_columns.types_of(coded, ranged)}
    query: sql.Composable = sql.SQL("SELECT {} FROM {} WHERE {}").format(
        sql.SQL(", ").join([
            sql.SQL("row_id::int8"),
            *(sql.SQL("{} AS {}").format(made, sql.Identifier(one))
              for one, made in zip([*coded, *ranged],
                                   list_columns.numbers_of(coded, ranged), strict=True)),
            *([sql.Identifier("subject")] if name == "finding" else []),
        ]),
        table(name), results.condition(run, name, of_kind(name)),
    )  # fmt: skip
    if name == "finding":
        query = sql.SQL(
            "SELECT {}, coalesce(told.start_due_on - {}, {})::int4 AS due,"
            " coalesce(told.price_fen::float8, 'NaN')::float8 AS price_fen"
            " FROM ({}) AS own LEFT JOIN {} AS told ON told.subject = own.subject AND {}"
        ).format(
            sql.SQL(", ").join(sql.Identifier("own", one) for one in types),
            sql.Literal(DAY_ZERO), NO_DAY, query, table("holding"), _qualified(run),
        )  # fmt: skip
        types |= _FIGURES
    found = _in_order(copy.read_numbers_at_once(connection, query, types))
    return {one: small(found[one]) if one in {"row_id", *coded} else found[one] for one in types}


def facts(name: str, columns: Sequence[str], found: Mapping[str, npt.NDArray[Any]]) -> Facts:
    """Return the facts of the arrays `arrays` gave of the same columns."""
    pinned, asked = _asked(name, columns)
    coded, ranged = list_columns.coded_and_ranged(name, asked)
    codes: dict[str, tuple[Sequence[str], Small]] = {
        one: (known, found[one]) for one, known in coded.items()
    }
    # All rows have the same code: it need not be kept.
    codes |= {
        one: (values, np.broadcast_to(np.int8(1), len(found["row_id"])))
        for one, values in pinned.items()
        if one in columns
    }
    lands = np.zeros(0, dtype=np.int8)
    return Facts(
        found["row_id"],
        _figures(found, codes) if name == "finding" else {},
        Columns(found["row_id"], codes, {one: found[one] for one in ranged}, [], lands),
    )


def _asked(name: str, columns: Sequence[str]) -> tuple[dict[str, Sequence[str]], list[str]]:
    """Return what all rows have the same code in, and the other columns."""
    pinned = {one: codes for one, codes in of_kind(name).where.items() if len(codes) == 1}
    more = ["evidence_grade"] if name == "finding" else []
    return pinned, [one for one in dict.fromkeys([*columns, *more]) if one not in pinned]


def _figures(
    found: Mapping[str, npt.NDArray[Any]], codes: Mapping[str, tuple[Sequence[str], Small]]
) -> dict[str, npt.NDArray[Any]]:
    """Return what candidates are put in order by besides, NaN where it is not known."""
    grades = [*contracts.CODES["evidence_grade"]]
    known, which = codes["evidence_grade"]
    rank = np.array([np.nan, *(grades.index(one) + 1 for one in known)], dtype=np.float16)
    due = found["due"]
    return {
        "due": np.where(due == NO_DAY, np.nan, due).astype(np.float32),
        "price_fen": found["price_fen"],
        "evidence": rank[which],
    }


def places(connection: Connection, run: Run, name: str) -> Facts:
    """Return about where candidates or leads lie: lon and lat, NaN of what lies nowhere."""
    query = sql.SQL("SELECT row_id::int8 AS row_id, {} FROM {} WHERE {}").format(
        _PLACE, table(name), results.condition(run, name, of_kind(name))
    )
    types = {"row_id": "int8", "lon": "float8", "lat": "float8"}
    found = _in_order(copy.read_numbers_at_once(connection, query, types))
    lon, lat = (found[one].astype(np.float32) for one in ("lon", "lat"))
    return Facts(small(found["row_id"]), {"lon": lon, "lat": lat})


def _in_order(found: dict[str, npt.NDArray[Any]]) -> dict[str, npt.NDArray[Any]]:
    """Return the columns by row number: to sort them here leaves the store to read by halves."""
    order = np.argsort(found["row_id"], kind="stable")
    return {name: values[order] for name, values in found.items()}


def _qualified(run: Run) -> sql.Composable:
    return sql.SQL("told.run_series = {} AND told.first_run <= {} AND told.last_run >= {}").format(
        run.run_series, run.id, run.id
    )
