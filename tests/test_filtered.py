"""Filters as conditions of the store: what meets them, row by row, and what is no filter.

Two banners, 东 and 西: of each the supplies 监1, 监2, 监4, 监8 and 邻监01 were to begin by the
first day of January, February, April, August and January 2021, so that they are candidates two
years and a day later; each has 3.8 公顷 = 38,000 m2. Of each four approvals of 2020-03-01 are told
of besides. The plots are squares of 0.002 degrees from 109.80 (西: 110.30) east, 39.60 north: 监1
begins 1 x 0.002 further east.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import shapely
from psycopg import sql

from gis.config import Config
from gis.errors import FilterError
from gis.store import database, features, filtered, queryables, runs, tables
from gis.store.features import Sought
from gis.store.results import Scope
from gis.tiles.layers import LAYERS
from tests.two_banners import box
from tests.warm import Desk

Met = Callable[..., list[str]]
SUBJECT, RULE, SINCE, AREA, FLAG = (
    {"property": one} for one in ("subject", "rule", "since_on", "area_m2", "approved_by_month")
)
BLOCK, SHAPE = {"property": "block_code"}, {"property": "geometry"}
LINE = {"type": "LineString", "coordinates": [[109.803, 39], [109.803, 40]]}
EDGE = {"type": "Point", "coordinates": [box("东", 1).bounds[0], 39.601]}
POINT = {"type": "Point", "coordinates": [109.803, 39.601]}  # in the plot of 东监1
SUPPLIES = {"op": "=", "args": [RULE, "idle_land"]}
EAST = Scope(regions=("150602",))


def op(name: str, *args: Any) -> dict[str, Any]:
    return {"op": name, "args": [*args]}


def plot(n: float, width: float = 1.0) -> Any:
    return json.loads(shapely.to_geojson(box("东", n, width)))


@pytest.fixture(scope="module")
def met(desk: Desk) -> Iterator[Met]:
    """What features of a table meet a tree: the names of findings, the numbers of others."""
    with database.connect(Config(desk.store.home, desk.store.url)) as connection:
        run = runs.chosen(connection, None, None)

        def of(tree: Any, name: str = "finding", within: Scope | None = None) -> list[str]:
            sought = Sought({}, within, met=filtered.condition(tree, name))
            found = features.page(connection, run, name, sought, 0, 100)
            assert len(found) == features.count(connection, run, name, sought)
            return [*map(str, found["subject" if name == "finding" else "number"])]

        yield of


@pytest.mark.parametrize(
    ("tree", "subjects"),
    [
        (op("=", SUBJECT, "东监1"), "东监1"),
        (op("=", "东监1", SUBJECT), "东监1"),
        (op("and", SUPPLIES, op("<", SINCE, {"date": "2023-02-02"})),
         "东监1 东邻监01 西监1 西邻监01"),
        (op("and", SUPPLIES, op("<=", SINCE, "2023-02-02"), op(">", SINCE, "2023-01-02")),
         "东监2 西监2"),
        (op("=", SINCE, {"timestamp": "2023-08-02T00:00:00Z"}), "东监8 西监8"),
        (op("=", SINCE, "2023-08-02T"), "东监8 西监8"),
        (op("and", op("not", SUPPLIES), op("like", SUBJECT, "东%邻%")),
         "东批〔2020〕邻3号|东批次/001 东批〔2020〕邻4号|东批次/001"),
        # One letter, then the end; a percent sign that is meant; a quote.
        (op("like", SUBJECT, "_监1"), "东监1 西监1"),
        (op("like", SUBJECT, "%\\%%"), ""),
        (op("like", SUBJECT, "'; drop table landwatch.run; --"), ""),
        (op("=", SUBJECT, "' OR 'a'='a"), ""),
        (op("like", op("casei", SUBJECT), op("casei", "东监_")), "东监1 东监2 东监4 东监8"),
        (op("in", SUBJECT, ["东监1", "西监8", "没有"]), "东监1 西监8"),
        (op("in", {"property": "id"}, [1.0, 6, 77]), "东监1 西监1"),
        (op("between", {"property": "id"}, 2, 3.5), "东监2 东监4"),
        (op("between", SUBJECT, "东监2", "东监4"), "东监2 东监4"),
        (op("and", op(">=", SUBJECT, "西监8"), op("<", SUBJECT, "西监9")), "西监8"),
        # 3.8 公顷 to the digit; what is beyond a whole number of the store is no fault.
        (op("and", op("=", AREA, 38_000), op("like", SUBJECT, "东%1")), "东监1 东邻监01"),
        (op(">", {"property": "id"}, 10**30), ""),
        (op("and", op("=", AREA, 38_000.5), True), ""),
        # The unknown meets no comparison, nor its opposite.
        (op("and", op("=", SUBJECT, "东监8"), op("isNull", BLOCK)), "东监8"),
        (op("and", op("=", SUBJECT, "东监8"), op("<>", BLOCK, "东块")), ""),
        (op("and", op("=", SUBJECT, "东监8"), op("not", op("=", BLOCK, "东块"))), ""),
        (op("or", op("=", SUBJECT, "东监1"), op("and", SUPPLIES, op("=", SUBJECT, "西监1"))),
         "东监1 西监1"),
        (op("and", False, SUPPLIES), ""),
        (op("s_intersects", SHAPE, POINT), "东监1"),
        (op("s_contains", SHAPE, POINT), "东监1"),
        (op("s_within", POINT, SHAPE), "东监1"),
        (op("and", SUPPLIES, op("s_within", SHAPE, plot(0.5, 3))), "东监1 东监2"),
        (op("and", SUPPLIES, op("s_intersects", SHAPE, {"bbox": [109.805, 39.6, 109.809, 39.7]})),
         "东监2 东监4"),
        (op("and", SUPPLIES, op("s_touches", SHAPE, EDGE)), "东监1"),
        (op("and", SUPPLIES, op("s_overlaps", SHAPE, plot(1.5, 2))), "东监1"),
        (op("and", SUPPLIES, op("s_equals", SHAPE, plot(1))), "东监1"),
        (op("and", SUPPLIES, op("s_disjoint", SHAPE, {"bbox": [0, 39, 110, 40]})),
         "西监1 西监2 西监4 西监8 西邻监01"),
        (op("and", SUPPLIES, op("s_intersects", SHAPE, {"bbox": [170, 39, 110, 40]})),
         "东监1 东监2 东监4 东监8 东邻监01"),
        (op("s_intersects", SHAPE, {"type": "GeometryCollection", "geometries": [POINT]}), "东监1"),
        (op("and", SUPPLIES, op("s_crosses", SHAPE, LINE)), "东监1"),
        (op("and", SUPPLIES, op("t_after", SINCE, {"date": "2023-04-02"})), "东监8 西监8"),
        (op("and", SUPPLIES, op("t_during", SINCE, {"interval": ["2023-01-02", "2023-04-02"]})),
         "东监2 西监2"),
        (op("and", SUPPLIES, op("t_intersects", SINCE, {"interval": ["2023-04-02", ".."]})),
         "东监4 东监8 西监4 西监8"),
        (op("t_finishes", SINCE, {"interval": ["..", "2023-08-02"]}), "东监8 西监8"),
        (op("t_meets", {"interval": ["2020-01-01", SINCE]}, "2023-08-02"), "东监8 西监8"),
    ],
)  # fmt: skip
def test_a_filter_lets_through_what_it_says(met: Met, tree: Any, subjects: str) -> None:
    assert met(tree) == subjects.split()


def test_records_are_asked_by_their_own_columns(met: Met) -> None:
    """Four approvals a side, of 10 公顷 = 100,000 m2 each; whether by month alone nobody said."""
    assert len(met(op("=", {"property": "total_area_m2"}, 100_000.0), "approvals")) == 8
    assert met(op("like", {"property": "key"}, "%邻_号%"), "approvals") == ["3", "4", "7", "8"]
    assert met(op("=", FLAG, True), "approvals") == met(op("=", FLAG, 1), "approvals") == []
    assert len(met(op("isNull", FLAG), "approvals")) == 8
    assert len(met(op("isNull", SHAPE), "lead")) == 2
    assert met(op("=", {"property": "key"}, {"property": "parcel_code"}), "parcels") == [
        *map(str, range(1, 11))
    ]


@pytest.mark.parametrize(
    ("tree", "part"),
    [
        (op("=", {"property": "id"}, "x"), "'x'"),
        (op("=", SUBJECT, 5), "5"),
        (op("=", AREA, "38000"), "'38000'"),
        (op("=", AREA, True), "True"),
        (op("=", SINCE, "yesterday"), "'yesterday'"),
        (op("=", FLAG, 2), "2"),
        (op("=", SINCE, 20230102), "20230102"),
        (op("=", SINCE, {"date": "2023-02-30"}), "2023-02-30"),
        (op("=", SINCE, {"timestamp": "2023-01-02T08:00:00Z"}), "08:00"),
        (op("=", SUBJECT, AREA), "text"),
        (op("in", SUBJECT, ["a", 5]), "5"),
        (op("in", SUBJECT, []), "in"),
        (op("in", SUBJECT, SUBJECT), "in"),
        (op("between", AREA, 1), "between"),
        (op("like", AREA, "3%"), "3%"),
        (op("like", SUBJECT, SUBJECT), "like"),
        (op("like", SUBJECT, "x\\"), "escape"),
        (op("=", SUBJECT, None), "isNull"),
        (op("=", SUBJECT, "a\0b"), "NUL"),
        (op("=", SUBJECT, "\ud800"), "NUL"),
        (op("=", AREA, float("nan")), "nan"),
        (op("=", AREA, float("inf")), "inf"),
        (op("=", AREA, 10**400), "1000"),
        (op("=", RULE, "闲置土地"), "idle_land"),
        (op("in", RULE, ["idle_land", "x"]), "'x'"),
        (op("=", {"property": "adjoining"}, "东邻监01"), "adjoining"),
        (op("=", {"property": "regions"}, "150722"), "regions"),
        (op("=", {"property": "run_series"}, "x"), "run_series"),
        (op("=", {"property": ["subject"]}, "x"), "subject"),
        (op("=", {"property": 'subject" = \'\' OR "subject'}, "x"), "OR"),
        (op("=", SHAPE, POINT), "geometry"),
        (op("pg_sleep", 10), "pg_sleep"),
        (op("=", op("pg_sleep", 10), 1), "pg_sleep"),
        (op("=", op("+", AREA, 1), 1), "+"),
        (op("=", op("casei", AREA), "x"), "casei"),
        (op("=", op("casei", SUBJECT, SUBJECT), "x"), "casei"),
        (op("and", SUPPLIES), "and"),
        (op("not"), "not"),
        (op("not", True, True), "not"),
        (op("isNull", 5), "isNull"),
        (SUBJECT, "subject"),
        (None, "None"),
        ([], "[]"),
        ("true", "true"),
        ({"op": "and", "args": {}}, "and"),
        ({"op": ["and"], "args": []}, "and"),
        ({"op": "=", "args": [SUBJECT, "x"], "more": 1}, "more"),
        (op("s_intersects", SHAPE, SHAPE), "s_intersects"),
        (op("s_intersects", SUBJECT, POINT), "subject"),
        (op("s_intersects", POINT, POINT), "s_intersects"),
        (op("s_intersects", SHAPE), "s_intersects"),
        (op("s_intersects", SHAPE, {**POINT, "crs": "EPSG:3857"}), "crs"),
        (op("s_intersects", SHAPE, {"type": "Point", "coordinates": [39.6, 109.8]}), "39.6"),
        (op("s_intersects", SHAPE, {"type": "Point", "coordinates": [4e6, 3.7e7]}), "4000000"),
        (op("s_intersects", SHAPE, {"type": "Point", "coordinates": [1, 2, 3]}), "1, 2, 3"),
        (op("s_intersects", SHAPE, {"type": "Point", "coordinates": [float("nan"), 2]}), "nan"),
        (op("s_intersects", SHAPE, {"type": "Point", "coordinates": [10**400, 2]}), "1000"),
        (op("s_intersects", SHAPE, {"type": "Point", "coordinates": []}), "Point"),
        (op("s_intersects", SHAPE, {"type": "Polygon", "coordinates": []}), "Polygon"),
        (op("s_intersects", SHAPE, {"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}),
         "Polygon"),
        (op("s_intersects", SHAPE,
            {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]}),
         "Self-intersection"),
        (op("s_intersects", SHAPE, {"type": ["Point"], "coordinates": [1, 2]}), "Point"),
        (op("s_intersects", SHAPE, {"type": "Circle", "coordinates": [1, 2]}), "Circle"),
        (op("s_intersects", SHAPE, {"bbox": [1, 2, 3]}), "bbox"),
        (op("s_intersects", SHAPE, {"bbox": [1, 40, 3, 39]}), "40.0 > 39.0"),
        (op("s_intersects", SHAPE, {"bbox": ["1", 2, 3, 4]}), "bbox"),
        (op("s_intersects", SHAPE, "POINT(1 2)"), "POINT(1 2)"),
        (op("s_within", SHAPE, {"type": "GeometryCollection", "geometries": [POINT]}), "s_within"),
        (op("t_after", SINCE), "t_after"),
        (op("t_after", AREA, {"date": "2023-01-01"}), "area_m2"),
        (op("t_during", SINCE, {"interval": ["2024-01-01", "2023-01-01"]}), "2024-01-01"),
        (op("t_during", SINCE, {"interval": ["2024-01-01"]}), "2024-01-01"),
        (op("t_during", SINCE, {"interval": [5, ".."]}), "5"),
    ],
)  # fmt: skip
def test_what_is_no_filter_of_a_table_is_refused_with_a_reason(tree: Any, part: str) -> None:
    with pytest.raises(FilterError) as refused:
        filtered.condition(tree, "approvals" if "by_month" in str(tree) else "finding")
    assert part in str(refused.value)
    assert refused.value.mend
    assert len(str(refused.value)) < 1_500


def test_a_tree_too_deep_or_too_large_is_refused_before_it_is_walked() -> None:
    deep: Any = SUPPLIES
    for _ in range(20_000):
        deep = op("not", deep)
    wide = op("or", *[SUPPLIES] * 20_000)
    long = op("in", SUBJECT, [*"甲" * 20_001])
    for tree in (deep, wide, long):
        with pytest.raises(FilterError, match="deep"):
            filtered.condition(tree, "finding")


def test_what_is_as_deep_and_as_wide_as_may_be_is_answered(met: Met) -> None:
    deep: Any = op("=", SUBJECT, "东监1")
    for _ in range(filtered.MOST_DEPTH - 2):
        deep = op("not", deep)
    assert met(deep) == ["东监1"]
    assert met(op("in", SUBJECT, ["东监1", *(str(n) for n in range(19_000))])) == ["东监1"]
    assert len(met(op("or", *[SUPPLIES] * 2_500))) == 10


def test_no_filter_shows_or_counts_what_lies_outside_the_scope(met: Met) -> None:
    """The scope is one half of an AND, whatever the other half says."""
    own = met(True, within=EAST)
    assert len(own) == 9
    assert not any("西" in one for one in own)
    for tree in (
        op("or", SUPPLIES, True),
        op("not", op("and", SUPPLIES, False)),
        op("or", op("like", SUBJECT, "%"), op("isNull", SHAPE), op("not", op("isNull", SHAPE))),
        op("or", op("=", {"property": "region_code"}, "150722"), True),
        op("s_intersects", SHAPE, {"bbox": [-180, -90, 180, 90]}),
    ):
        assert met(tree, within=EAST) == own, json.dumps(tree)
    for tree in (
        op("=", {"property": "region_code"}, "150722"),
        op("like", SUBJECT, "西%"),
        op("not", op("like", SUBJECT, "东%")),
        op("s_intersects", SHAPE, {"bbox": [110.2, 39, 111, 40]}),
        op("in", {"property": "id"}, [6, 7, 8, 9, 10]),
    ):
        assert met(tree, within=EAST) == [], json.dumps(tree)
        assert len(met(tree)) >= 5


def test_every_column_of_every_layer_can_be_asked_by_with_its_title(met: Met) -> None:
    for layer in LAYERS.values():
        known = queryables.of(layer.table)
        assert [*known] == ["id", "geometry", *features.columns_of(layer.table)]
        for one in known.values():
            assert one.title
            asked = op("not", op("isNull", {"property": one.name}))
            met(asked, layer.table)
            if one.codes:
                met(op("in", {"property": one.name}, [*one.codes]), layer.table)
    assert queryables.of("finding")["outcome"].codes["suspected_idle"] == "疑似闲置"
    hidden = {*tables.own_types("finding")} - {*queryables.of("finding")}
    assert {"adjoining"} & {*tables.own_types("unsupplied")} == {"adjoining"}
    assert "geom" in hidden


def test_a_filter_that_takes_too_long_is_ended_and_told_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is as good as before, and what has no filter has its time."""
    monkeypatch.setattr(features, "FILTER_SECONDS", 0.2)
    slow = sql.SQL("pg_sleep(5) IS NOT NULL")
    with database.connect(Config(desk.store.home, desk.store.url)) as connection:
        run = runs.chosen(connection, None, None)
        for ask in (
            lambda met: features.count(connection, run, "finding", Sought({}, None, met=met)),
            lambda met: features.page(connection, run, "finding", Sought({}, None, met=met), 0, 9),
        ):
            with pytest.raises(FilterError, match=r"0\.2 seconds"):
                ask(slow)
            ask(None)
        told = connection.execute("SHOW statement_timeout").fetchone()
        assert told == ("0",)
