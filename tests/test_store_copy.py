"""Binary COPY: what goes in comes out, for every type and every kind of unknown."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql

from gis.store import binary, copy, database, tables

TYPES = {
    "number": "int4", "big": "int8", "share": "float8", "is_so": "bool", "word": "text",
    "words": "text[]", "areas": "float8[]", "day": "date", "at": "timestamptz", "raw": "jsonb",
    "geom": "geometry",
}  # fmt: skip
SQUARE = shapely.box(110, 40, 110.001, 40.001)
HOLED = shapely.Polygon(
    SQUARE.exterior, [shapely.box(110.0001, 40.0001, 110.0002, 40.0002).exterior]
)


def there_and_back(store: database.Connection, frame: pd.DataFrame) -> pd.DataFrame:
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind)) for name, kind in TYPES.items()
    )
    store.execute(sql.SQL("DROP TABLE IF EXISTS pg_temp.there"))
    store.execute(sql.SQL("CREATE TEMP TABLE there (line serial, {})").format(columns))
    copy.write(store, sql.Identifier("there"), frame, TYPES)
    names = sql.SQL(", ").join(map(sql.Identifier, TYPES))
    return copy.read(store, sql.SQL("SELECT {} FROM there ORDER BY line").format(names), TYPES)


def full() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "number": pd.array([1, None, -(2**31)], "Int64"),
            "big": pd.array([2**62, None, -1], "Int64"),
            "share": [0.1 + 0.2, np.nan, -1e300],
            "is_so": pd.array([True, None, False], "boolean"),
            "word": pd.Series(["包头𠮷|\t\\N\n", None, ""], dtype="str"),
            "words": [["甲", "乙,丙"], None, []],
            "areas": [[1.5, 0.1], None, []],
            "day": pd.Series(["2016-02-29", None, "1949-10-01"], dtype="datetime64[s]"),
            "at": pd.to_datetime(["2020-05-01T08:00:00.123456Z", None, "1999-12-31T00:00:00.5Z"]),
            "raw": [{"a": [1, None, "二"]}, None, "x"],
            "geom": [SQUARE, None, shapely.MultiPolygon([HOLED])],
        }
    )


def test_every_type_comes_out_as_it_went_in(store: database.Connection) -> None:
    frame = full()
    found = there_and_back(store, frame)
    assert found["number"].tolist() == [1, pd.NA, -(2**31)]
    assert found["big"].tolist() == [2**62, pd.NA, -1]
    assert found["share"].tolist()[::2] == [0.1 + 0.2, -1e300]
    assert np.isnan(found["share"][1])
    assert found["is_so"].tolist() == [True, pd.NA, False]
    assert found["word"].isna().tolist() == [False, True, False]
    assert found["word"].tolist()[::2] == ["包头𠮷|\t\\N\n", ""]
    assert found["words"].tolist() == [["甲", "乙,丙"], None, []]
    assert found["areas"].tolist() == [[1.5, 0.1], None, []]
    assert found["day"].equals(frame["day"])
    assert found["at"].tolist() == frame["at"].tolist()
    assert found["raw"].tolist() == [{"a": [1, None, "二"]}, None, "x"]
    assert shapely.equals_identical(found["geom"][2], shapely.set_srid(frame["geom"][2], 4490))
    assert found["geom"][1] is None
    assert {shapely.get_srid(shape) for shape in found["geom"] if shape} == {tables.EPSG}


def test_shapes_and_their_bytes_are_stored_alike(store: database.Connection) -> None:
    two = shapely.MultiPolygon([HOLED, shapely.box(111, 40, 111.001, 40.001)])
    both = shapely.GeometryCollection([SQUARE, shapely.Point(110, 40)])
    shapes = [SQUARE, HOLED, two, both, shapely.Polygon(), shapely.Point(1.0, 2.0, 3.0)]
    came = [shape if shape.has_z else shapely.to_wkb(shape, byte_order=1) for shape in shapes]
    found = there_and_back(store, pd.DataFrame({"geom": [*shapes, None, *came]}, dtype=object))
    expected = [shapely.set_srid(shape, tables.EPSG) for shape in shapes]
    assert found["geom"][len(shapes)] is None
    for place, shape in enumerate([*expected, None, *expected]):
        assert shape is None or shapely.equals_identical(found["geom"][place], shape)


def test_the_types_of_a_frame_do_not_depend_on_its_rows(store: database.Connection) -> None:
    frame = full()
    whole = there_and_back(store, frame).dtypes
    assert there_and_back(store, frame.iloc[:0]).dtypes.equals(whole)
    assert there_and_back(store, frame.iloc[1:2]).dtypes.equals(whole)
    assert {name: str(kind) for name, kind in whole.items()} == {
        "number": "Int64", "big": "Int64", "share": "float64", "is_so": "boolean", "word": "str",
        "words": "object", "areas": "object", "day": "datetime64[s]",
        "at": "datetime64[us, UTC]", "raw": "object", "geom": "object",
    }  # fmt: skip


def test_more_rows_than_one_batch_keep_their_order(
    store: database.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "_ROWS_AT_ONCE", 7)
    frame = pd.concat([full()] * 10, ignore_index=True).assign(number=range(30))
    found = there_and_back(store, frame)
    assert found["number"].tolist() == list(range(30))
    assert found["word"].tolist()[27::2] == frame["word"].tolist()[27::2]
    assert found["geom"].notna().tolist() == [True, False, True] * 10


def test_a_column_the_frame_lacks_is_left_to_the_table(store: database.Connection) -> None:
    found = there_and_back(store, pd.DataFrame({"word": ["x"], "not_asked_for": [1]}))
    assert found["word"].tolist() == ["x"]
    assert found["number"].isna().all()


@pytest.mark.parametrize(
    ("values", "kind", "part"),
    [
        (pd.Series([1.5], name="n"), "int4", "not whole"),
        (pd.Series([2**31], name="n"), "int4", "outside"),
        (pd.Series(["a\0b"], name="n"), "text", "NUL"),
        (pd.Series(["x"], name="n"), "float8", "could not convert"),
        (pd.Series(["ab"], name="n"), "text[]", "not a list"),
        (pd.Series([{"a": float("nan")}], name="n"), "jsonb", "JSON"),
    ],
)
def test_a_value_that_does_not_fit_names_its_column(
    values: pd.Series[Any], kind: str, part: str
) -> None:
    with pytest.raises(ValueError, match=part) as caught:
        binary.encode(values, kind)
    assert "column 'n'" in str(caught.value)


def test_days_may_come_as_plain_dates_and_whole_numbers_as_floats() -> None:
    days = binary.encode(pd.Series([date(2000, 1, 2), None], dtype=object), "date")
    assert (days.lengths.tolist(), days.data.tolist()) == ([4, -1], [0, 0, 0, 1])
    numbers = binary.encode(pd.Series([3.0, np.nan]), "int8")
    assert (numbers.lengths.tolist(), numbers.data.tolist()) == ([8, -1], [0] * 7 + [3])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
            st.none() | st.integers(-(2**63), 2**63 - 1),
            st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31)),
        )
    )
)
def test_rows_written_with_numpy_equal_rows_written_one_by_one(
    rows: list[tuple[str | None, int | None, date | None]],
) -> None:
    frame = pd.DataFrame(
        {
            "text": pd.Series([row[0] for row in rows], dtype="str"),
            "int8": pd.array([row[1] for row in rows], "Int64"),
            "date": pd.Series([row[2] for row in rows], dtype="datetime64[s]"),
        }
    )
    expected = b""
    for text, number, day in rows:
        expected += (3).to_bytes(2, "big")
        days = (
            None if day is None else (day - date(2000, 1, 1)).days.to_bytes(4, "big", signed=True)
        )
        whole = None if number is None else number.to_bytes(8, "big", signed=True)
        for part in (None if text is None else text.encode(), whole, days):
            expected += (-1 if part is None else len(part)).to_bytes(4, "big", signed=True)
            expected += part or b""
    assert binary.rows([binary.encode(frame[name], name) for name in frame]) == expected


def test_numbers_of_rows_come_as_they_are_and_none_is_lost(store: database.Connection) -> None:
    def ids(values: str) -> list[int]:
        query = sql.SQL("SELECT id::int8 FROM (VALUES {}) AS own (id)").format(sql.SQL(values))
        return sorted(copy.read_ids(store, query).tolist())

    assert ids("(4611686018427387904), (-1), (7), (7)") == [-1, 7, 7, 2**62]
    assert copy.read_ids(store, sql.SQL("SELECT 1::int8 WHERE false")).tolist() == []
    with pytest.raises(AssertionError, match="unknown"):
        ids("(1), (NULL)")


def test_what_comes_at_once_is_what_comes_row_by_row(store: database.Connection) -> None:
    types = {"a": "int8", "b": "int2", "c": "int4", "d": "float8"}
    query = sql.SQL(
        "SELECT (n * 4611686018427387904 / 999)::int8 AS a, (n % 7)::int2 AS b, -n::int4 AS c,"
        " CASE WHEN n % 3 = 0 THEN 'NaN' ELSE n / 3.0 END::float8 AS d"
        " FROM generate_series(0::numeric, 999) AS n ORDER BY n % 13, n"
    )
    once = copy.read_numbers_at_once(store, query, types)
    rows = copy.read_numbers(store, query, types)
    assert [*once] == [*types]
    for name in types:
        assert once[name].dtype == rows[name].dtype
        np.testing.assert_array_equal(once[name], rows[name])
    assert once["c"][:3].tolist() == [0, -13, -26]
    nothing = copy.read_numbers_at_once(store, sql.SQL("SELECT 1::int2 AS b WHERE false"),
                                        {"b": "int2"})  # fmt: skip
    assert nothing["b"].tolist() == []
    with pytest.raises(AssertionError, match="unknown"):
        copy.read_numbers_at_once(store, sql.SQL("SELECT NULL::int2 AS b"), {"b": "int2"})


def test_texts_come_whole_with_their_numbers(store: database.Connection) -> None:
    texts = {7: "", -1: "监管号\x1f甲𠮷", 2**40: "a"}
    values = sql.SQL(", ").join(sql.SQL("({}::int8, {})").format(*one) for one in texts.items())
    query = sql.SQL("SELECT id, said FROM (VALUES {}) AS own (id, said)").format(values)
    ids, said = copy.read_texts(store, query)
    assert dict(zip(ids.tolist(), said.to_pylist(), strict=True)) == texts
    ids, said = copy.read_texts(store, sql.SQL("SELECT 1::int8, 'a' WHERE false"))
    assert (ids.tolist(), said.to_pylist()) == ([], [])
    with pytest.raises(AssertionError, match="unknown"):
        copy.read_texts(store, sql.SQL("SELECT 1::int8, NULL::text"))
