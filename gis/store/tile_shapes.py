"""The shapes of a tile as PostGIS writes them: which rows meet it, and those chosen, encoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg import sql

from gis.result_tables import STORED
from gis.store import copy, pages, results, tables
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run
from gis.store.statements import table

Ints = npt.NDArray[np.int64]
Bounds = tuple[float, float, float, float]
_EXTENT, _BUFFER = 4096, 64
# Not kept with a row, but said of it in a tile: that it counts there, and so in no other.
IS_OWN = "is_own"
_MERCATOR = 3857


@dataclass(frozen=True)
class Frame:
    """The square a tile is drawn in: its bounds, in degrees (EPSG:4490) or metres of Web Mercator.

    In degrees a shape is drawn as it is, from edge to edge of the tile in proportion: it takes a
    quarter of the time, and is as good where the square is small (`address.Address.frame`).
    """

    bounds: Bounds
    is_in_degrees: bool


@dataclass(frozen=True)
class Drawn:
    """What is drawn: number of the row, whether it counts in this tile, and what is said of it.

    `state`: the place of its word in `words`. `from_on` and `until_on`: the days between which its
    state holds; none at all on the day judged. `moments`: of each row the days on which it becomes
    something else and what, as a JSON object whose entries are said of it one by one.
    """

    number: Ints
    is_own: npt.NDArray[np.bool_]
    state: npt.NDArray[Any]
    words: Sequence[str]
    area_m2: Sequence[float | None]
    from_on: Sequence[str | None]
    until_on: Sequence[str | None]
    moments: Sequence[str | None] = ()


def meeting(
    connection: Connection, run: Run, name: str, bounds: Bounds, scope: Scope | None
) -> Ints:
    """Return the numbers of the rows of a result, or a kind of record, whose bounds meet others.

    `bounds`: degrees (EPSG:4490). Of a result only what lies in the scope; of records all.
    """
    number, met = _of_table(run, name, scope)
    query = sql.SQL("SELECT {}::int8 FROM {} WHERE {} AND {}").format(
        sql.Identifier(number), table(name), met, _meets(bounds)
    )
    return copy.read_ids(connection, query)


def approved_meeting(connection: Connection, run: Run, bounds: Bounds, scope: Scope | None) -> Ints:
    """Return the numbers of the balances of the approvals whose bounds meet others."""
    query = sql.SQL(
        "SELECT row_id::int8 FROM {} WHERE {} AND approval IN (SELECT {} FROM {} WHERE {} AND {})"
    ).format(
        table("balance"),
        results.condition(run, "balance", Asked(within=scope)),
        sql.SQL(pages.APPROVAL_NAME),
        table("approvals"),
        pages.known_in(run),
        _meets(bounds),
    )
    return copy.read_ids(connection, query)


def encoded(
    connection: Connection,
    run: Run,
    name: str,
    layer: str,
    says: Sequence[str],
    drawn: Drawn,
    frame: Frame,
    scope: Scope | None,
) -> bytes:
    """Return a layer of a vector tile with rows of a result or kind of record.

    What counts here is always drawn, as one unit where it
    is smaller; of its neighbours only what reaches into the tile.
    """
    number, met = _of_table(run, name, scope)
    own = sql.SQL(
        "SELECT {}::int8 AS number, geom{} FROM {} WHERE {} AND {} = ANY ({}::int8[])"
    ).format(
        sql.Identifier(number),
        _columns([one for one in says if one != IS_OWN]),
        table(name),
        met,
        sql.Identifier(number),
        _array(drawn.number.tolist()),
    )
    return _encoded(connection, own, layer, says, drawn, frame)


def approved_encoded(
    connection: Connection,
    run: Run,
    layer: str,
    drawn: Drawn,
    frame: Frame,
    scope: Scope | None,
) -> bytes:
    """Return a layer of a vector tile with the land of approvals, by the numbers of balances."""
    own = sql.SQL(
        "SELECT row_id::int8 AS number, geom, approval FROM {} JOIN (SELECT {} AS approval,"
        " ST_Collect(geom) AS geom FROM {} WHERE {} GROUP BY 1) AS shapes USING (approval)"
        " WHERE {} AND row_id = ANY ({}::int8[])"
    ).format(
        table("balance"),
        sql.SQL(pages.APPROVAL_NAME),
        table("approvals"),
        pages.known_in(run),
        results.condition(run, "balance", Asked(within=scope)),
        _array(drawn.number.tolist()),
    )
    return _encoded(connection, own, layer, ["approval"], drawn, frame)


def _encoded(
    connection: Connection,
    own: sql.Composable,
    layer: str,
    says: Sequence[str],
    drawn: Drawn,
    frame: Frame,
) -> bytes:
    epsg = tables.EPSG if frame.is_in_degrees else _MERCATOR
    tile = sql.SQL("ST_MakeEnvelope({}, {}, {}, {}, {})").format(*frame.bounds, epsg)
    own_way = sql.SQL("{}" if frame.is_in_degrees else f"ST_Transform({{}}, {_MERCATOR})")
    # A neighbour that only touches the edge of the tile has no shape in it; what counts here and
    # has none is smaller than a unit.
    query = sql.SQL(
        "WITH chosen AS (SELECT number, is_own, ({words}::text[])[place + 1] AS state, area_m2,"
        " state_from_on, state_until_on, moments::jsonb FROM unnest({number}::int8[],"
        " {is_own}::bool[], {state}::int2[], {area}::float8[], {from_on}::text[],"
        " {until_on}::text[], {moments}::text[])"
        " AS each (number, is_own, place, area_m2, state_from_on, state_until_on, moments)),"
        " own AS ({own}),"
        " shaped AS MATERIALIZED (SELECT own.*, ST_AsMVTGeom({geom}, {tile}, {extent},"
        " {buffer}, true) AS drawn FROM own),"
        " shown AS (SELECT number, state, area_m2, state_from_on, state_until_on, moments{columns},"
        " CASE WHEN drawn IS NULL AND is_own THEN (SELECT ST_ForcePolygonCCW(ST_MakeEnvelope("
        " ST_X(at), ST_Y(at), ST_X(at) + 1, ST_Y(at) + 1))"
        " FROM ST_AsMVTGeom({point}, {tile}, {extent}, {buffer}, true) AS at)"
        " ELSE drawn END AS shape FROM shaped JOIN chosen USING (number) ORDER BY number, state)"
        " SELECT ST_AsMVT(shown, {layer}, {extent}, 'shape', 'number') FROM shown"
        " WHERE shape IS NOT NULL"
    ).format(
        number=_array(drawn.number.tolist()),
        is_own=_array(drawn.is_own.tolist()),
        state=_array(drawn.state.tolist()),
        words=[*drawn.words],
        area=_array(drawn.area_m2),
        from_on=_array(drawn.from_on),
        until_on=_array(drawn.until_on),
        moments=[*drawn.moments],
        own=own,
        geom=own_way.format(sql.SQL("geom")),
        point=own_way.format(sql.SQL("ST_PointOnSurface(geom)")),
        tile=tile,
        extent=_EXTENT,
        buffer=_BUFFER,
        columns=_columns(says),
        layer=layer,
    )
    with connection.cursor(binary=True) as cursor:
        row = cursor.execute(query).fetchone()
    return b"" if row is None or row[0] is None else bytes(row[0])


def _array(values: Sequence[int | float | str | None]) -> str:
    """Return numbers, truths or days as the store reads an array: none of them needs a quote.

    Thousands take a fraction of the time they do when each is looked at for one.
    """
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"


def _of_table(run: Run, name: str, scope: Scope | None) -> tuple[str, sql.Composable]:
    if name in STORED:
        return "row_id", results.condition(run, name, Asked(within=scope))
    return "id", pages.known_in(run)


def _meets(bounds: Bounds) -> sql.Composable:
    return sql.SQL("geom && ST_MakeEnvelope({}, {}, {}, {}, {})").format(*bounds, tables.EPSG)


def _columns(says: Sequence[str]) -> sql.Composable:
    # Days as people write them: a vector tile knows none.
    known = [
        sql.SQL(", nullif(is_own, false) AS is_own")
        if one == IS_OWN
        else sql.SQL(", {0}::text AS {0}").format(sql.Identifier(one))
        for one in says
    ]
    return sql.Composed(known)
