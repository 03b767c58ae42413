"""What the lists of a large run are asked by, as arrays in memory: which rows, in what order.

The same questions as `gis.store.results` asks the store, answered in thousandths of a second; a
test holds both to the same answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from psycopg import sql
from pyarrow import compute

from gis import contracts
from gis.arrays import Small, small
from gis.result_tables import EVERY_ROW, LANDS, STORED, Column
from gis.store import copy, results, tables
from gis.store.database import Connection
from gis.store.planner_statistics import hashed_and_sorted_in_memory
from gis.store.records import region_start
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from gis.store.statements import table

Ints = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]
Lands = tuple[frozenset[str], frozenset[str], frozenset[str]]

DAY_ZERO = date(2000, 1, 1)
NO_DAY = -(2**31)
# Stands between the texts of one row.
BETWEEN = "\x1f"
# Fewer than one row of so many are looked at one by one.
FEW = 8


@dataclass(frozen=True)
class Columns:
    """The rows of a result table in its order, with what they may be asked by.

    `codes`: column -> its codes and, by row, which of them, counted from 1 (0: unknown).
    `ranges`: column -> its values, days as days since 2000-01-01; unknown is NaN, or `NO_DAY`.
    `lands`: where rows lie, and by row in which of these.
    """

    row_ids: Small
    codes: Mapping[str, tuple[Sequence[str], Small]]
    ranges: Mapping[str, npt.NDArray[Any]]
    lands: Sequence[Lands]
    land_of: Small

    @property
    def nbytes(self) -> int:
        """Return the bytes of the arrays."""
        codes = sum(which.nbytes for _, which in self.codes.values())
        ranges = sum(values.nbytes for values in self.ranges.values())
        return int(self.row_ids.nbytes + self.land_of.nbytes + codes + ranges)

    def meeting(self, asked: Asked) -> Truths:
        """Return by row whether it is one of those asked for; `text` and the page do not count."""
        met = np.ones(len(self.row_ids), dtype=bool)
        few: Ints | None = None
        for values, is_met in self._tests(asked):
            if few is not None:
                few = few[is_met(values[few])]
                continue
            met &= is_met(values)
            # What lies in one park is some hundred rows: the others need not be looked at again.
            if np.count_nonzero(met) * FEW < len(met):
                few = np.flatnonzero(met)
        if few is not None:
            met[:] = False
            met[few] = True
        return met

    def _tests(
        self, asked: Asked
    ) -> Iterator[tuple[npt.NDArray[Any], Callable[[npt.NDArray[Any]], Truths]]]:
        """Give values by row and what they are to be, lands first: they leave the fewest."""
        for scope in asked.places if asked.within is None else (asked.within, *asked.places):
            inside = np.array([overlaps(land, scope) for land in self.lands], dtype=bool)
            yield self.land_of, inside.__getitem__
        for column, values in asked.where.items():
            codes, which = self.codes[column]
            yield which, np.array([False, *(code in values for code in codes)]).__getitem__
        for column, (least, most) in asked.ranges.items():
            yield self.ranges[column], partial(_between, least=least, most=most)

    def order(self, column: str, *, is_falling: bool, rows: Ints | None = None) -> Ints:
        """Return the places of the rows sorted by a column of `ranges`; what is unknown is last.

        `rows`: of these places alone, which rise.
        """
        of_all = self.ranges[column]
        own = of_all if rows is None else of_all[rows]
        values = own.astype(np.float64)
        values[own == NO_DAY] = np.nan
        order = np.argsort(-values if is_falling else values, kind="stable")
        return order if rows is None else rows[order]


@dataclass(frozen=True)
class Texts:
    """By row all that the searched columns say, in small letters; `rows`: of which row.

    None where the texts stand in the order of the rows.
    """

    said: pa.Array
    rows: npt.NDArray[np.int32] | None = None

    @property
    def nbytes(self) -> int:
        """Return the bytes of both."""
        return int(self.said.nbytes + (0 if self.rows is None else self.rows.nbytes))

    def in_order(self) -> Texts:
        """Return the same texts in the order of the rows."""
        if self.rows is None:
            return self
        return Texts(self.said.take(pa.array(np.argsort(self.rows))))

    def holding(self, text: str) -> Truths:
        """Return by row whether it says `text`, which is in small letters."""
        held: Truths = np.asarray(compute.match_substring(self.said, text))
        if self.rows is None:
            return held
        met = np.zeros(len(self.rows), dtype=bool)
        met[self.rows] = held
        return met


def are_known(name: str, columns: Sequence[str]) -> bool:
    """Return whether the columns of a result table can be held: codes, days and figures."""
    types = tables.own_types(name)
    return all(types[one] != "text" or _column(name, one).codes for one in columns)


def read(connection: Connection, run: Run, name: str, columns: Sequence[str]) -> Columns:
    """Return the columns of a result table, as a run gave it."""
    coded, ranged = coded_and_ranged(name, columns)
    known = results.condition(run, name, results.EVERYTHING)
    # By names of their own, lest the rows be ordered by the number instead of the column.
    own = {one: f"{one} held" for one in [*coded, *ranged]}
    types = {own[one]: kind for one, kind in types_of(coded, ranged).items()}
    types |= {"row_id": "int8", "land": "int8"}
    with hashed_and_sorted_in_memory(connection):
        seed, numbers, lands = _lands(connection, name, known)
        rows = sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY {}").format(
            sql.SQL(", ").join([
                *(sql.SQL("{} AS {}").format(number, sql.Identifier(held))
                  for held, number in zip(own.values(), numbers_of(coded, ranged), strict=True)),
                sql.SQL("row_id::int8 AS row_id"),
                sql.SQL("{} AS land").format(_number_of_land(seed)),
            ]),
            table(name), known, results.order_by(name),
        )  # fmt: skip
        found = copy.read_numbers_at_once(connection, rows, types)
    return Columns(
        row_ids=small(found["row_id"]),
        codes={one: (codes, small(found[own[one]])) for one, codes in coded.items()},
        ranges={one: found[own[one]] for one in ranged},
        lands=lands,
        land_of=small(np.searchsorted(numbers, found["land"])),
    )


def _lands(
    connection: Connection, name: str, known: sql.Composable
) -> tuple[int, Ints, list[Lands]]:
    """Return the lands rows lie in, in the order of their numbers, and what these are made with.

    A number stands for one land alone: where two have the same they are made anew.
    """
    query = sql.SQL("SELECT {}, {} FROM (SELECT DISTINCT {} FROM {} WHERE {}) AS each ORDER BY 1")
    own = sql.SQL(", ").join(map(sql.Identifier, LANDS))
    seed = 0
    while True:
        told = connection.execute(
            query.format(_number_of_land(seed), own, own, table(name), known)
        ).fetchall()
        numbers = np.array([row[0] for row in told], dtype=np.int64)
        if (np.diff(numbers) != 0).all():
            break
        seed += 1
    # A row that names none lies nowhere.
    regions, parks, blocks = ([frozenset(row[at] or ()) for row in told] for at in (1, 2, 3))
    return seed, numbers, [*zip(regions, parks, blocks, strict=True)]


def _number_of_land(seed: int) -> sql.Composable:
    own = sql.SQL(", ").join(map(sql.Identifier, LANDS))
    return sql.SQL("hash_record_extended(ROW({}), {})").format(own, sql.SQL(f"{seed}::int8"))


def coded_and_ranged(
    name: str, columns: Sequence[str]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the columns of codes with their codes, and the others with their types."""
    own = tables.own_types(name)
    coded = {one: _codes(name, one) for one in columns if own[one] == "text"}
    return coded, {one: own[one] for one in columns if own[one] != "text"}


def numbers_of(
    coded: Mapping[str, Sequence[str]], ranged: Mapping[str, str]
) -> list[sql.Composable]:
    """Return the columns as the numbers they are held as, none unknown; `types_of` them."""
    places = [_position(one, codes) for one, codes in coded.items()]
    return [*places, *(_number(one, kind) for one, kind in ranged.items())]


def types_of(coded: Mapping[str, Sequence[str]], ranged: Mapping[str, str]) -> dict[str, str]:
    """Return the types of the numbers columns are held as."""
    days = {one: "int4" if kind == "date" else "float8" for one, kind in ranged.items()}
    return dict.fromkeys(coded, "int2") | days


def texts(
    connection: Connection,
    rows_of: sql.Composable,
    number: str,
    searched: Sequence[str],
    row_ids: Small,
) -> Texts:
    """Return what the searched columns of the rows of a list say; `rows_of`: FROM and WHERE."""
    query = sql.SQL("SELECT {}::int8, coalesce({}, '') {}").format(
        sql.Identifier(number), said(searched), rows_of
    )
    numbers, texts = copy.read_texts(connection, query)
    by_number = np.argsort(row_ids)
    places = np.searchsorted(row_ids, numbers, sorter=by_number)
    return Texts(texts, by_number[places].astype(np.int32))


def said(searched: Sequence[str]) -> sql.Composable:
    """Return all that columns say in small letters; what one says as another did counts once."""
    parts: list[sql.Composable] = []
    for place, column in enumerate(searched):
        before = sql.SQL(", ").join(map(_text_of, searched[:place]))
        own = _text_of(column)
        is_new = sql.SQL("CASE WHEN ({0} IN ({1})) IS NOT TRUE THEN {0} END").format(own, before)
        parts.append(is_new if place else own)
    return sql.SQL("lower(concat_ws({}, {}))").format(BETWEEN, sql.SQL(", ").join(parts))


def _text_of(column: str) -> sql.Composable:
    # What is kept as facts is searched by what it says.
    return sql.SQL("{}::text").format(sql.Identifier(column))


def _column(name: str, column: str) -> Column:
    (found,) = (one for one in (*STORED[name].stored, *EVERY_ROW) if one.name == column)
    return found


def _codes(name: str, column: str) -> list[str]:
    lists = _column(name, column).codes
    return sorted({code for one in lists for code in contracts.CODES[one]})


def _position(column: str, codes: Sequence[str]) -> sql.Composable:
    return sql.SQL("coalesce(array_position({}::text[], {}), 0)::int2").format(
        [*codes], sql.Identifier(column)
    )


def _number(column: str, kind: str) -> sql.Composable:
    own = sql.Identifier(column)
    if kind == "date":
        zero = sql.Literal(DAY_ZERO)
        return sql.SQL("coalesce({} - {}::date, {})::int4").format(own, zero, NO_DAY)
    return sql.SQL("coalesce({}::float8, 'NaN')::float8").format(own)


def _between(
    values: npt.NDArray[Any], least: date | float | None, most: date | float | None
) -> Truths:
    met: Truths = values != NO_DAY if values.dtype.kind == "i" else ~np.isnan(values)
    if least is not None:
        met &= values >= _plain(least)
    if most is not None:
        met &= values <= _plain(most)
    return met


def _plain(bound: date | float) -> float:
    return (bound - DAY_ZERO).days if isinstance(bound, date) else bound


def overlaps(land: Lands, scope: Scope) -> bool:
    """Return whether a row of a land lies in a scope, as `results.lies_within` asks the store."""
    codes = [[region_start(code) for code in scope.regions], scope.parks, scope.blocks]
    return any(not own.isdisjoint(asked) for own, asked in zip(land, codes, strict=True))
