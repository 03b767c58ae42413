"""Filters put together by chance, each value of a fitting kind: the store answers every one.

What a filter and its opposite let through does not overlap, and lies in the land of who asks.
"""

from __future__ import annotations

import os
import random
from typing import Any

from gis.config import Config
from gis.errors import FilterError
from gis.store import database, features, filter_places, filter_times, filtered, queryables, runs
from gis.store.features import Sought
from gis.store.queryables import DAY, FLAG, NUMBER, SHAPE, TEXT
from gis.store.results import Scope
from tests.warm import Desk

ROUNDS = 10_000 if os.environ.get("LANDWATCH_LONG") == "1" else 400
EAST = Scope(regions=("150602",))
TABLES = ("finding", "lead", "park_piece", "parcels", "approvals", "parks", "blocks")
VALUES: dict[str, list[Any]] = {
    TEXT: ["东监1", "西%", "%", "_", "\\", "a\\\\", "'", "", "x" * 300, "𠀀", "\n", "-1", "null"],
    NUMBER: [0, 1, -1, 2**31, 2**63, 10**40, 1e308, -1e308, 5e-324, 0.1, 38_000, -0.0],
    DAY: ["2023-01-02", "0001-01-01", "9999-12-31", {"date": "2024-02-29"},
          {"timestamp": "2023-01-02T00:00:00Z"}],
    FLAG: [True, False, 0, 1],
}  # fmt: skip
POINTS = [[109.803, 39.601], [109.802, 39.6], [110.303, 39.601], [180, 90], [-180, -90], [0, 0]]
COMPARED = ("=", "<>", "<", ">", "<=", ">=", "between", "in", "isNull", "like")


class Chance:
    """Makes trees on the columns of a table."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)

    def tree(self, columns: dict[str, queryables.Queryable], depth: int) -> dict[str, Any]:
        draw = self.draw
        if depth and draw.random() < 0.5:
            op = draw.choice(("and", "or", "not"))
            parts = [self.tree(columns, depth - 1) for _ in range(1 if op == "not" else 2)]
            return {"op": op, "args": parts}
        kind = draw.choice((TEXT, NUMBER, DAY, FLAG, SHAPE, "time"))
        if kind == SHAPE:
            sides = [{"property": "geometry"}, self.shape()]
            draw.shuffle(sides)
            return {"op": draw.choice(sorted(filter_places.OPERATORS)), "args": sides}
        if kind == "time":
            spans = [self.span(columns), self.span(columns)]
            return {"op": draw.choice(sorted(filter_times.OPERATORS)), "args": spans}
        op = draw.choice(COMPARED)
        values = [self.value(columns, kind) for _ in range(4)]
        args = {"between": values[:3], "in": [values[0], values[1:]], "isNull": values[:1]}
        return {"op": op, "args": args.get(op, values[:2])}

    def value(self, columns: dict[str, queryables.Queryable], kind: str) -> Any:
        own = [one.name for one in columns.values() if one.kind == kind]
        if own and self.draw.random() < 0.5:
            return {"property": self.draw.choice(own)}
        given = self.draw.choice(VALUES[kind])
        is_any_case = kind == TEXT and self.draw.random() < 0.2
        return {"op": "casei", "args": [given]} if is_any_case else given

    def span(self, columns: dict[str, queryables.Queryable]) -> Any:
        ends = [self.draw.choice(["..", self.value(columns, DAY)]) for _ in range(2)]
        return self.draw.choice([self.value(columns, DAY), {"interval": ends}])

    def shape(self, depth: int = 1) -> dict[str, Any]:
        one, two, three = (self.draw.choice(POINTS) for _ in range(3))
        x, y = self.draw.uniform(-180, 170), self.draw.uniform(-90, 80)
        ring = [[x, y], [x + 9, y], [x + 9, y + 9], [x, y]]
        coordinates = {
            "Point": one, "MultiPoint": [one, two, three], "LineString": [one, two, three],
            "MultiLineString": [[one, two], [two, three]], "Polygon": [ring],
            "MultiPolygon": [[ring]],
        }  # fmt: skip
        kind = self.draw.choice([*coordinates, "bbox", *["GeometryCollection"] * depth])
        if kind == "bbox":
            return {"bbox": [self.draw.choice((109.8, 170)), 39, self.draw.choice((110, -170)), 40]}
        if kind == "GeometryCollection":
            inner = {"type": "Point", "coordinates": one}
            return {"type": kind, "geometries": [inner, inner]}
        return {"type": kind, "coordinates": coordinates[kind]}


def test_every_filter_of_fitting_kinds_is_answered_within_the_scope(desk: Desk) -> None:
    chance = Chance(11)
    answered = met_any = 0
    with database.connect(Config(desk.store.home, desk.store.url)) as connection:
        run = runs.chosen(connection, None, None)

        def count(name: str, tree: Any, within: Scope | None = None) -> int:
            sought = Sought({}, within, met=filtered.condition(tree, name))
            return features.count(connection, run, name, sought)

        whole = {name: (count(name, True), count(name, True, EAST)) for name in TABLES}
        assert all(all_of_it > own > 0 for all_of_it, own in whole.values())
        for _ in range(ROUNDS):
            name = chance.draw.choice(TABLES)
            tree = chance.tree(queryables.of(name), chance.draw.randrange(4))
            try:
                found = count(name, tree)
            except FilterError:
                continue
            opposite = count(name, {"op": "not", "args": [tree]})
            own = count(name, tree, EAST)
            assert found + opposite <= whole[name][0], tree
            assert own <= min(found, whole[name][1]), tree
            either = {"op": "or", "args": [tree, True]}
            assert count(name, either, EAST) == whole[name][1], tree
            answered += 1
            met_any += found > 0
    assert answered > 0.6 * ROUNDS
    assert met_any > 0.1 * ROUNDS
