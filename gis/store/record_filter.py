"""Which records of a kind to read: by where they lie, by what their columns name, by key."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd
from psycopg import sql

from gis.store import tables
from gis.store.statements import table

Box = tuple[float, float, float, float]  # west, south, east, north in degrees
# So many values are found sooner by one walk through a table than each by itself.
_MANY = 100_000


@dataclass(frozen=True)
class RecordFilter:
    """Which records to read: those whose shape may meet a box, or that a column names, or by key.

    `boxes` selects by the shapes' envelopes (their borders count); `named` says column -> values,
    for a list column any of its members, and `key` may be named too; `keys` is half-open
    [from, to), None without an end. A record that meets one of the three is read.
    """

    boxes: tuple[Box, ...] = ()
    named: Mapping[str, Collection[str]] = field(default_factory=dict)
    keys: tuple[str, str | None] | None = None

    @property
    def is_nothing(self) -> bool:
        """True where nothing is asked for, so that no record can meet it."""
        return not self.boxes and self.keys is None and not any(map(len, self.named.values()))

    # Many kinds are asked for the same: what is asked is written out once.
    @cached_property
    def sides(self) -> sql.Composable:
        """The boxes as four arrays: west, south, east, north."""
        return sql.SQL(", ").join(
            sql.SQL("{}::float8[]").format(
                sql.Literal(f"{{{','.join(map(str, map(float, side)))}}}")
            )
            for side in zip(*self.boxes, strict=True)
        )

    @cached_property
    def arrays(self) -> Mapping[str, sql.Composable]:
        """The values each column may have, of the columns that may have any, as an array."""
        return {
            name: sql.SQL("{}::text[]").format(sql.Literal(_array(values)))
            for name, values in self.named.items()
            if len(values)
        }


def met_by(kind: str, only: RecordFilter) -> sql.Composable:
    """Return the condition of the records of a kind that meet `only`.

    One look-up for each way of meeting it, each with an index of its own: asked together in one
    condition, the server would walk the whole table. That it does where there is but one way, if
    it comes cheaper, and where so many values are named that one walk costs less than looking up.
    """
    types = tables.own_types(kind)
    ways: dict[str, sql.Composable] = {
        name: sql.SQL("{} && {}" if types.get(name) == "text[]" else "{} = ANY ({})").format(
            sql.Identifier(name), values
        )
        for name, values in only.arrays.items()
    }
    if only.keys is not None:
        first, end = only.keys
        ways[""] = sql.SQL('key COLLATE "C" >= {}').format(sql.Literal(first))
        if end is not None:
            ways[""] += sql.SQL(' AND key COLLATE "C" < {}').format(sql.Literal(end))
    is_one = len(ways) == 1 and "key" not in ways
    if not only.boxes and (is_one or sum(map(len, only.named.values())) >= _MANY):
        return sql.SQL("({})").format(sql.SQL(" OR ").join(map(_in_brackets, ways.values())))
    found: list[sql.Composable] = []
    if only.boxes:
        found.append(
            sql.SQL(
                "SELECT met.id FROM unnest({}) AS box (west, south, east, north) JOIN {} AS met"
                " ON met.geom && ST_MakeEnvelope(west, south, east, north, {})"
            ).format(only.sides, table(kind), sql.Literal(tables.EPSG))
        )
    for name, way in ways.items():
        # The keys in force and the ended ones have an index each.
        halves = ("to_delivery IS NULL", "to_delivery IS NOT NULL") if name == "key" else ("true",)
        found += [
            sql.SQL("SELECT id FROM {} WHERE {} AND {}").format(table(kind), way, sql.SQL(half))
            for half in halves
        ]
    if not found:
        return sql.SQL("false")
    return sql.SQL("id IN ({})").format(sql.SQL(" UNION ALL ").join(found))


def _in_brackets(way: sql.Composable) -> sql.Composable:
    return sql.SQL("({})").format(way)


def _array(values: Collection[str]) -> str:
    """Return texts, each once, in the server's own writing of an array."""
    own = sorted({*(values.tolist() if isinstance(values, pd.Series | pd.Index) else values)})
    joined = "".join(own)
    if "\\" in joined or '"' in joined:
        own = [text.replace("\\", r"\\").replace('"', r"\"") for text in own]
    return '{"' + '","'.join(own) + '"}' if own else "{}"
