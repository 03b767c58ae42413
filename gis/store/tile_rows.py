"""Where the rows of a run and the records it knew lie, as arrays of numbers: what tiles count.

A point of a row is one within its shape, so that it lies in one tile alone and is drawn there. What
has no shape has NaN for both. `among`: numbers of rows, of which alone is told; None for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import sql

from gis.result_tables import LANDS
from gis.store import copy, pages, results
from gis.store.database import Connection
from gis.store.list_columns import DAY_ZERO, Lands
from gis.store.planner_statistics import hashed_and_sorted_in_memory
from gis.store.results import Asked
from gis.store.runs import Run
from gis.store.statements import table

Arrays = dict[str, npt.NDArray[Any]]
Ints = npt.NDArray[np.int64]
_POINT = sql.SQL("coalesce(ST_X(point), 'NaN') AS x, coalesce(ST_Y(point), 'NaN') AS y")
_ROW = {"number": "int8", "state": "int2", "area_m2": "float8", "x": "float8", "y": "float8"}


def of_result(
    connection: Connection,
    run: Run,
    name: str,
    states: Sequence[str],
    words: Sequence[str],
    area: str,
    where: Mapping[str, Sequence[str]],
    among: Ints | None = None,
) -> tuple[Arrays, list[Lands]]:
    """Return number, state, area_m2, x, y and land of the rows a run gave, and the lands.

    The state is the place of the codes of `states`, joined by a colon, in `words`.
    """
    met = _among(results.condition(run, name, Asked(where=where)), "row_id", among)
    lands = _lands(name, met)
    query = sql.SQL(
        "{lands} SELECT number, coalesce(array_position({words}::text[], state) - 1, -1)::int2,"
        " area_m2, {point}, land::int4 FROM (SELECT row_id::int8 AS number,"
        " concat_ws(':', {states}) AS state, coalesce({area}, 'NaN')::float8 AS area_m2,"
        " ST_PointOnSurface(geom) AS point, {places} FROM {name} WHERE {met}) AS own"
        " JOIN lands USING (regions, parks, blocks)"
    ).format(
        lands=lands,
        words=[*words],
        point=_POINT,
        states=sql.SQL(", ").join(map(sql.Identifier, states)),
        area=sql.Identifier(area),
        places=_places(),
        name=table(name),
        met=met,
    )
    with hashed_and_sorted_in_memory(connection):
        found = copy.read_numbers(connection, query, _ROW | {"land": "int4"})
    return found, _told(connection, lands)


def of_records(
    connection: Connection, run: Run, kind: str, area: str, among: Ints | None = None
) -> Arrays:
    """Return number, day, area_m2, x and y of the records of a kind that a run knew.

    The day is the one from which a record counts, the first there is for one that has none.
    """
    query = sql.SQL(
        "SELECT id, coalesce(greatest(effective_on - {zero}::date, {first}), {first})::int4,"
        " {area}, {point} FROM (SELECT *, ST_PointOnSurface(geom) AS point FROM {kind}"
        " WHERE {met}) AS own"
    ).format(
        zero=sql.Literal(DAY_ZERO),
        first=sql.Literal(-(2**31)),
        area=sql.SQL("coalesce({}, 'NaN')::float8").format(sql.Identifier(area))
        if area
        else sql.SQL("'NaN'::float8"),
        point=_POINT,
        kind=table(kind),
        met=_among(pages.known_in(run), "id", among),
    )
    types = {"number": "int8", "day": "int4", "area_m2": "float8", "x": "float8", "y": "float8"}
    return copy.read_numbers(connection, query, types)


def timeline(
    connection: Connection, run: Run, words: Sequence[str], among: Ints | None = None
) -> Arrays:
    """Return number (of the finding), day and state of each change of the findings of a run."""
    query = sql.SQL(
        "SELECT row_id::int8, (from_on - {zero}::date)::int4,"
        " coalesce(array_position({words}::text[], told.rule || ':' || told.outcome) - 1, -1)::int2"
        " FROM (SELECT subject, rule, from_on, outcome FROM {timeline} WHERE {known}) AS told"
        " JOIN (SELECT row_id, subject, rule FROM {finding} WHERE {given}) AS own"
        " USING (subject, rule)"
    ).format(
        zero=sql.Literal(DAY_ZERO),
        words=[*words],
        timeline=table("timeline"),
        finding=table("finding"),
        known=results.condition(run, "timeline", results.EVERYTHING),
        given=_among(results.condition(run, "finding", results.EVERYTHING), "row_id", among),
    )
    with hashed_and_sorted_in_memory(connection):
        return copy.read_numbers(
            connection, query, {"number": "int8", "day": "int4", "state": "int2"}
        )


def numbers_of(connection: Connection, run: Run, asked: Asked) -> Ints:
    """Return the numbers of the findings asked for."""
    query = sql.SQL("SELECT row_id::int8 FROM {} WHERE {}").format(
        table("finding"), results.condition(run, "finding", asked)
    )
    return copy.read_numbers(connection, query, {"number": "int8"})["number"]


def numbers_of_approvals(connection: Connection, run: Run, asked: Asked) -> Ints:
    """Return the numbers of the balances of approvals that have a finding asked for."""
    query = sql.SQL(
        "SELECT row_id::int8 FROM {} WHERE {} AND approval IN (SELECT subject_key FROM {} WHERE {})"
    ).format(
        table("balance"),
        results.condition(run, "balance", results.EVERYTHING),
        table("finding"),
        results.condition(run, "finding", asked),
    )
    return copy.read_numbers(connection, query, {"number": "int8"})["number"]


def of_approved(
    connection: Connection, run: Run, among: Ints | None = None
) -> tuple[Arrays, list[Lands]]:
    """Return number (of the balance), x, y and land of the approvals of a run, and the lands."""
    met = _among(results.condition(run, "balance", results.EVERYTHING), "row_id", among)
    lands = _lands("balance", met)
    query = sql.SQL(
        "{lands} SELECT number, {point}, land::int4 FROM (SELECT row_id::int8 AS number,"
        " ST_PointOnSurface(geom) AS point, {places} FROM {name} LEFT JOIN"
        " (SELECT {own} AS approval, ST_Collect(geom) AS geom FROM {approvals} WHERE {known}"
        " GROUP BY 1) AS shapes USING (approval) WHERE {met}) AS own"
        " JOIN lands USING (regions, parks, blocks)"
    ).format(
        lands=lands,
        point=_POINT,
        places=_places(),
        name=table("balance"),
        own=sql.SQL(pages.APPROVAL_NAME),
        approvals=table("approvals"),
        known=pages.known_in(run),
        met=met,
    )
    with hashed_and_sorted_in_memory(connection):
        types = {"number": "int8", "x": "float8", "y": "float8", "land": "int4"}
        found = copy.read_numbers(connection, query, types)
    return found, _told(connection, lands)


def land_timeline(
    connection: Connection, run: Run, codes: Sequence[str], among: Ints | None = None
) -> Arrays:
    """Return number (of the balance), day, state and area_m2 of each change of approved land.

    A day of an approval on which none of its land is in one of these states has one row, of state
    -1: until then what was told before holds.
    """
    query = sql.SQL(
        "SELECT DISTINCT own.row_id::int8, (from_on - {zero}::date)::int4,"
        " coalesce(array_position({codes}::text[], state) - 1, -1)::int2,"
        " CASE WHEN state = ANY ({codes}) THEN coalesce(area_m2, 'NaN') ELSE 0 END::float8"
        " FROM (SELECT approval, from_on, state, area_m2 FROM {told} WHERE {known}) AS told"
        " JOIN (SELECT row_id, approval FROM {balance} WHERE {given}) AS own USING (approval)"
    ).format(
        zero=sql.Literal(DAY_ZERO),
        codes=[*codes],
        told=table("land_timeline"),
        balance=table("balance"),
        known=results.condition(run, "land_timeline", results.EVERYTHING),
        given=_among(results.condition(run, "balance", results.EVERYTHING), "row_id", among),
    )
    types = {"number": "int8", "day": "int4", "state": "int2", "area_m2": "float8"}
    with hashed_and_sorted_in_memory(connection):
        return copy.read_numbers(connection, query, types)


def _among(met: sql.Composable, number: str, among: Ints | None) -> sql.Composable:
    if among is None:
        return met
    return sql.SQL("{} AND {} = ANY ({})").format(met, sql.Identifier(number), among.tolist())


def _lands(name: str, met: sql.Composable) -> sql.Composed:
    return sql.SQL(
        "WITH lands AS MATERIALIZED (SELECT regions, parks, blocks, row_number() OVER"
        " (ORDER BY regions, parks, blocks) - 1 AS land FROM (SELECT DISTINCT {} FROM {} WHERE {})"
        " AS each)"
    ).format(_places(), table(name), met)


def _told(connection: Connection, lands: sql.Composable) -> list[Lands]:
    found = connection.execute(
        sql.SQL("{} SELECT regions, parks, blocks FROM lands ORDER BY land").format(lands)
    )
    return [(frozenset(r), frozenset(p), frozenset(b)) for r, p, b in found.fetchall()]


def _places() -> sql.Composed:
    # A row that names none lies nowhere.
    return sql.SQL(", ").join(
        sql.SQL("coalesce({0}, '{{}}'::text[]) AS {0}").format(sql.Identifier(one)) for one in LANDS
    )
