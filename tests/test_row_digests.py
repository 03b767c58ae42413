"""A digest made here is the one the server makes: md5 of the row as PostgreSQL writes it."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from psycopg import sql

from gis.store import copy, database
from gis.store.statements import listed

TYPES = {
    "name": "text", "words": "text[]", "on": "date", "area": "float8", "fee": "int8",
    "count": "int4", "is_so": "bool", "facts": "jsonb", "areas": "float8[]", "shape": "geometry",
}  # fmt: skip
TEXTS = [
    None, "", "甲", "a b", "a,b", "(a)", ")", '"', '""', "\\", 'a\\"b', "\t", "\n", "\r", "\v",
    "\f", "{}", "'", "a;b", "\u00a0", "\u3000", "\x85", " 甲", "甲 ", "\U0001f600", "NULL", "null",
]  # fmt: skip
SHAPES = [
    "POINT (110.1 40.2)", "POINT (0.30000000000000004 -0)", "POINT EMPTY", "POINT (NaN NaN)",
    "LINESTRING (0 0, 1 1)", "LINESTRING EMPTY", "LINEARRING (0 0, 1 0, 1 1, 0 0)",
    "POLYGON ((0 0, 1 0, 1 1, 0 0))", "POLYGON Z ((0 0 1, 1 0 1, 1 1 1, 0 0 1))", "POLYGON EMPTY",
    "MULTIPOINT (1 2, 3 4)", "MULTILINESTRING ((0 0, 1 1), (2 2, 3 3))", "MULTIPOLYGON EMPTY",
    "MULTIPOLYGON (((0 0, 9 0, 9 9, 0 0), (5 4, 6 4, 6 5, 5 4)), ((10 5, 16 5, 16 6, 10 5)))",
    "MULTIPOLYGON (EMPTY, ((5 5, 6 5, 6 6, 5 5)))", "GEOMETRYCOLLECTION EMPTY",
    "GEOMETRYCOLLECTION (POINT EMPTY, POINT (1 2), POLYGON ((0 0, 1 0, 1 1, 0 0)))",
]  # fmt: skip
NUMBERS = [
    None, 0.0, -0.0, 1.0, -1.0, 0.1 + 0.2, 1 / 3, 4_567.8912, 1e-3, 9.999e-4, 1e-5, 1e14, 1e15,
    999_999_999_999_999.9, 123_456_789_012_345.6, 1e16, 1e22, 5e-324, 1.7e308, np.inf, -np.inf,
]  # fmt: skip
DAYS = [None, date(2026, 6, 30), date(1, 1, 1), date(9999, 12, 31), date(1900, 1, 1)]


def column(values: list[Any], kind: str, count: int) -> pd.Series[Any]:
    told = [values[row % len(values)] for row in range(count)]
    if kind == "text":
        return pd.Series(told, dtype="str")
    if kind == "date":
        return pd.Series(pd.to_datetime(pd.Series(told)).astype("datetime64[s]"))
    dtypes = {"float8": "float64", "int8": "Int64", "int4": "Int64", "bool": "boolean"}
    return pd.Series(told, dtype=dtypes.get(kind, "object"))


def laid(store: database.Connection, frame: pd.DataFrame, types: dict[str, str]) -> list[Any]:
    """Write rows with their digests; return each digest beside the server's."""
    own = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in types.items()
    )
    with store.transaction(force_rollback=True):
        store.execute(sql.SQL("CREATE TEMP TABLE told ({}, content text)").format(own))
        copy.write(store, sql.Identifier("told"), frame, types, digest="content")
        query = sql.SQL("SELECT content, md5(ROW({})::text), ROW({})::text FROM told")
        return store.execute(query.format(listed([*types]), listed([*types]))).fetchall()


def test_every_value_is_written_as_the_server_writes_it(store: database.Connection) -> None:
    lists = [None, [], *([one, other] for one, other in product(TEXTS[1:], ["甲", ""])), ["x"]]
    given = {
        "name": TEXTS, "words": lists, "on": DAYS, "area": NUMBERS[:8],
        "fee": [None, 0, -1, 2**63 - 1, -(2**63)], "count": [None, 0, 2**31 - 1, -(2**31)],
        "is_so": [None, True, False],
    }  # fmt: skip
    frame = pd.DataFrame({name: column(each, TYPES[name], 600) for name, each in given.items()})
    # The columns the frame lacks are unknown in every row, among the others and at the end.
    for types in (TYPES, {"areas": "float8[]", **TYPES}, {name: TYPES[name] for name in given}):
        rows = laid(store, frame, types)
        assert len(rows) == 600
        assert [row for row in rows if row[0] != row[1]] == []


@pytest.mark.parametrize("is_wkb", [False, True])
def test_every_shape_is_written_as_the_server_writes_it(
    store: database.Connection, is_wkb: bool
) -> None:
    shapes = shapely.from_wkt(SHAPES)
    given = [None, *(shapely.to_wkb(shapes) if is_wkb else shapes)]
    frame = pd.DataFrame({"name": "甲", "shape": pd.Series(given, dtype="object")})
    rows = laid(store, frame, TYPES)
    assert len(rows) == len(SHAPES) + 1
    assert [row for row in rows if row[0] != row[1]] == []


def test_what_the_server_alone_can_write_is_left_to_it(store: database.Connection) -> None:
    frame = pd.DataFrame(
        {"name": ["a"] * len(NUMBERS), "area": pd.Series(NUMBERS, dtype="float64")}
    )
    rows = laid(store, frame, TYPES)
    assert all(ours in ("", theirs) for ours, theirs, _ in rows)
    # Beyond 0.001 and 10 to the 15th there is an exponent, and at the borders it might be one.
    unknown = [number for number, row in zip(NUMBERS, rows, strict=True) if not row[0]]
    assert unknown == [9.999e-4, 1e-5, 1e15, 1e16, 1e22, 5e-324, 1.7e308, np.inf, -np.inf]
    others: dict[str, Any] = {"facts": {"b": 1, "a": "x"}, "areas": [1.5]}
    for name, value in others.items():
        frame = pd.DataFrame({"name": ["a", "b"], name: pd.Series([None, value], dtype=object)})
        (plain, server, _), (left, _, _) = laid(store, frame, TYPES)
        assert plain == server
        assert left == ""


@pytest.mark.parametrize("storage", ["python", "pyarrow"])
def test_texts_are_told_alike_however_they_are_kept(
    store: database.Connection, storage: str
) -> None:
    with pd.option_context("mode.string_storage", storage):
        frame = pd.DataFrame({"name": column(TEXTS, "text", 60)})
        rows = laid(store, frame, {"name": "text", "code": "text"})
    assert [row for row in rows if row[0] != row[1]] == []
    assert laid(store, frame.assign(name=None), {"name": "text"})[0][0] == ""
