"""What a delivery wrote beyond the land of a scope: rows of its own, and records that it ended.

Judged by the land as it was known before the delivery: nobody draws their own land wider.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from psycopg import sql

from gis import fields
from gis.crs import systems, transform
from gis.store import copy, tables, whose_land
from gis.store.database import Connection
from gis.store.results import Scope
from gis.store.statements import table
from gis.store.whose_land import INSIDE, OUTSIDE, Land

Flags = npt.NDArray[np.bool_]
_COLUMNS = ["file", "row_no", "key"]


def outside(
    connection: Connection,
    kind: fields.Kind,
    number: int | None,
    scope: Scope,
    unchanged: pd.DataFrame | None = None,
    waiting: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the rows of a delivery that are not about the land of a scope, and what it ended.

    Columns: file, row_no, key, is_ended (a record that it ended; the others are rows of its own).
    `number`: the delivery, None where it changed nothing. `unchanged` (file, row_no, key): rows
    that say of a record in force what it says; `waiting`: rows that wait for a person, as
    `held_rows.take_out` returns them. Of a row that waits it is enough that nothing leads outside.
    """
    own = whose_land.land(connection, scope, None if number is None else number - 1)
    parts = [] if number is None else [_written(connection, own, kind, number)]
    if unchanged is not None and len(unchanged):
        parts.append(_said_again(connection, own, kind, unchanged))
    if waiting is not None and len(waiting):
        parts.append(_waiting(connection, own, kind, waiting))
    none = pd.DataFrame({name: [] for name in (*_COLUMNS, "is_ended")}).astype({"is_ended": bool})
    told = pd.concat([part for part in parts if len(part)] or [none])
    ordered: pd.DataFrame = told.drop_duplicates().sort_values(
        ["is_ended", "file", "row_no"], ignore_index=True
    )
    return ordered


def _written(connection: Connection, own: Land, kind: fields.Kind, number: int) -> pd.DataFrame:
    types = {"key": "text", "file": "text", "row_no": "int4", "to_delivery": "int4"}
    types |= {"effective_on": "date"}
    types |= {name: tables.own_types(kind.name)[name] for name in whose_land.asked_of(kind)}
    query = sql.SQL("SELECT {} FROM {} WHERE from_delivery = {} OR to_delivery = {}").format(
        sql.SQL(", ").join(map(sql.Identifier, types)), table(kind.name), number, number
    )
    rows = copy.read(connection, query, types)
    is_away = whose_land.verdicts(connection, own, kind, rows) != INSIDE
    is_away |= _widens(own, kind, rows)
    found = rows[is_away]
    told: pd.DataFrame = found[_COLUMNS].assign(is_ended=found["to_delivery"].notna())
    return told


def _said_again(
    connection: Connection, own: Land, kind: fields.Kind, unchanged: pd.DataFrame
) -> pd.DataFrame:
    """Return the rows that change nothing of a record outside: what is so would be told so."""
    rows = whose_land.in_force(connection, kind, ("key",), {*unchanged["key"]})
    away = rows.loc[whose_land.verdicts(connection, own, kind, rows) != INSIDE, "key"]
    told: pd.DataFrame = unchanged.loc[unchanged["key"].isin(away), _COLUMNS]
    return told.assign(is_ended=False)


def _waiting(
    connection: Connection, own: Land, kind: fields.Kind, waiting: pd.DataFrame
) -> pd.DataFrame:
    """Return the rows that wait and are of elsewhere, or bear a number from there."""
    is_away = whose_land.verdicts(connection, own, kind, waiting) == OUTSIDE
    if "geom" in waiting:
        is_away |= _widens(own, kind, waiting.assign(to_delivery=None, effective_on=None))
    named = whose_land.in_force(
        connection, kind, ("key", *kind.key[:1]), {*waiting["number"].dropna()}
    )
    away = named[whose_land.verdicts(connection, own, kind, named) != INSIDE]
    strange = {*away["key"], *away[kind.key[0]]}
    found = waiting[is_away | waiting["number"].isin(strange).to_numpy()]
    told: pd.DataFrame = found[["file", "row_no"]].assign(key=found["number"], is_ended=False)
    return told


def _widens(own: Land, kind: fields.Kind, rows: pd.DataFrame) -> Flags:
    """Return which versions change what land is told by: the shapes of regions, parks and blocks.

    A region's shape, and from when it counts, is for whoever sees everything; a park or a block
    lies in the land of before.
    """
    none = np.zeros(len(rows), dtype=bool)
    if kind.name not in whose_land.PLACES or not len(rows):
        return none
    shapes = rows["geom"].to_numpy(dtype=object)
    is_drawn = ~shapely.is_missing(shapes)
    if kind.name == "regions":
        marks = pd.Series(
            [f"{code} {day} {shapely.to_wkb(shape, hex=True)}" for code, day, shape in zip(
                rows["region_code"], rows["effective_on"], shapes, strict=True)],
            index=rows.index,
        )  # fmt: skip
        is_ended = rows["to_delivery"].notna()
        is_kept = marks.isin(marks[is_ended]) & marks.isin(marks[~is_ended])
        return np.asarray(is_drawn & ~is_kept.to_numpy(), dtype=bool)
    named, makes = ("park_code", own.parks) if kind.name == "parks" else ("block_code", own.blocks)
    is_brought = is_drawn & rows["to_delivery"].isna().to_numpy()
    is_ground = rows[named].isin(makes).to_numpy()
    limits = fields.IDENTITY
    for is_such, most_m in ((is_ground, limits.rounding_m), (~is_ground, limits.border_m)):
        at = np.flatnonzero(is_brought & is_such)
        none[at] = _reach_beyond(own.ground, shapes[at], most_m)
    return none


def _reach_beyond(
    ground: shapely.Geometry, shapes: npt.NDArray[np.object_], most_m: float
) -> Flags:
    """Return which shapes reach farther than so many metres beyond a ground."""
    told = ~shapely.covers(ground, shapes)
    rest = np.flatnonzero(told)
    if shapely.is_empty(ground) or not len(rest):
        return np.asarray(told, dtype=bool)
    zones = systems.zone_of(shapes[rest])
    for zone in np.unique(zones):
        at = rest[zones == zone]
        (around,) = transform.to_zone(np.array([ground], dtype=object), int(zone))
        reached = shapely.buffer(around, most_m, join_style="mitre")
        told[at] = ~shapely.covers(reached, transform.to_zone(shapes[at], int(zone)))
    return np.asarray(told, dtype=bool)
