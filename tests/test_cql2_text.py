"""CQL2 text: read as the standard writes it, in time, whatever is written."""

from __future__ import annotations

import random
import time
from contextlib import suppress
from typing import Any

import pytest

from api.cql2_text import MOST_LETTERS, parse
from gis.errors import FilterError
from gis.store.filtered import MOST_DEPTH

A, B, C = ({"property": one} for one in "abc")


def op(name: str, *args: Any) -> dict[str, Any]:
    return {"op": name, "args": [*args]}


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a=1", op("=", A, 1)),
        (" a  <>\n-1.5e3 ", op("<>", A, -1500.0)),
        ("a != +.5", op("<>", A, 0.5)),
        ("5 >= a", op(">=", 5, A)),
        ("a = 9007199254740993", op("=", A, 9007199254740993)),
        ("a = 'it''s'", op("=", A, "it's")),
        ("a = 'it\\'s 50\\% '", op("=", A, "it's 50\\% ")),
        ("a = ''", op("=", A, "")),
        ("中文列 = '疑似闲置 AND ( --'", op("=", {"property": "中文列"}, "疑似闲置 AND ( --")),
        ('"and" = "a ""b"""', op("=", {"property": "and"}, {"property": 'a "b"'})),
        # NOT before AND before OR, and brackets before all of them.
        ("a=1 OR b=2 AND NOT c=3",
         op("or", op("=", A, 1), op("and", op("=", B, 2), op("not", op("=", C, 3))))),
        ("(a=1 or b=2) and c=3",
         op("and", op("or", op("=", A, 1), op("=", B, 2)), op("=", C, 3))),
        ("a=1 and b=2 and c=3", op("and", op("=", A, 1), op("=", B, 2), op("=", C, 3))),
        ("not not a=1", op("not", op("not", op("=", A, 1)))),
        ("((a)) = (1)", op("=", A, 1)),
        ("a between 1 and 2 and b=1", op("and", op("between", A, 1, 2), op("=", B, 1))),
        ("a NOT BETWEEN 1 AND 2", op("not", op("between", A, 1, 2))),
        ("a like 'x\\_%'", op("like", A, "x\\_%")),
        ("a not like 'x'", op("not", op("like", A, "x"))),
        ("a ILIKE 'x%'", op("like", op("casei", A), op("casei", "x%"))),
        ("CaseI(a) = casei('X')", op("=", op("casei", A), op("casei", "X"))),
        ("a in ('x', 2)", op("in", A, ["x", 2])),
        ("a not in (1)", op("not", op("in", A, [1]))),
        ("a is null", op("isNull", A)),
        ("a IS NOT NULL", op("not", op("isNull", A))),
        ("TRUE", True),
        ("a = false", op("=", A, False)),
        ("a < DATE('2024-06-30')", op("<", A, {"date": "2024-06-30"})),
        ("a < date '2024-06-30'", op("<", A, {"date": "2024-06-30"})),
        ("a = TIMESTAMP('2024-06-30T00:00:00Z')",
         op("=", A, {"timestamp": "2024-06-30T00:00:00Z"})),
        ("T_DURING(a, INTERVAL('2020-01-01', '..'))",
         op("t_during", A, {"interval": ["2020-01-01", ".."]})),
        ("T_METBY(INTERVAL(a, b), c)", op("t_metby", {"interval": [A, B]}, C)),
        ("S_INTERSECTS(a, POINT(1 -2.5))",
         op("s_intersects", A, {"type": "Point", "coordinates": [1.0, -2.5]})),
        ("S_Within(a, bbox(1, 2, 3, 4))", op("s_within", A, {"bbox": [1, 2, 3, 4]})),
        ("S_TOUCHES(a, MULTILINESTRING((0 0, 1 1), (2 2, 3 3)))",
         op("s_touches", A, {"type": "MultiLineString",
                             "coordinates": [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]})),
        ("S_INTERSECTS(a, GEOMETRYCOLLECTION(POINT(1 2), POLYGON((0 0, 1 0, 1 1, 0 0))))",
         op("s_intersects", A, {"type": "GeometryCollection", "geometries": [
             {"type": "Point", "coordinates": [1, 2]},
             {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}]})),
    ],
)  # fmt: skip
def test_a_text_is_read_as_the_standard_says(text: str, tree: Any) -> None:
    assert parse(text) == tree


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("", 1), ("  ", 3), ("(", 2), (")", 1), ("a", 0), ("a =", 4), ("a = ,", 5), ("a = = 1", 5),
        ("a = 1 2", 7), ("a = 1 and", 10), ("and a = 1", 1), ("a is 5", 6), ("a not", 6),
        ("a between 1 or 2", 13), ("a in 1", 6), ("a in ()", 7), ("a in (1,)", 9), ("a = 'x", 5),
        ("a = \"x", 5), ("a = 1; drop", 6), ("a = 1 -- c", 7), ("a + 1 = 2", 3), ("a = NULL", 5),
        ("a = - b", 7), ("f(a", 4), ("a = 1)", 6), ("a = #", 5), ("POINT(1 2", 10),
        ("a = 'x' 'y'", 9),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_with_its_place(text: str, letter: int) -> None:
    if not letter:
        assert parse(text) == A
        return
    with pytest.raises(FilterError, match=f"letter {letter} on"):
        parse(text)


OPENERS = (
    *("(", "not ", "not (", "casei(", "f((", "a in (", "a=1 and (", "a between (", "- ", "((a"),
    *("bbox(", "date(", "interval(", "s_intersects(", "geometrycollection(", "point("),
    *("''", "' '' ", '""', "\\'"),
)
MIDDLES = ("", "a", "1", "a=1", "a==1", "1,1", "a like 1 2", "point(1 2)", "'", "(", ")")
CLOSERS = (")", "", " and 2)", ",1)", " = 1)", ")) ", "'")


def test_nothing_that_fits_takes_long_or_goes_deeper_than_may_be() -> None:
    """Brackets, NOTs, quotes and calls within each other, closed, half closed and closed amiss.

    Other parsers take twice as long for each bracket, or end the process.
    """
    draw = random.Random(20_261_129)
    for opener in OPENERS:
        for closer in CLOSERS:
            deep = min(MOST_DEPTH - 1, MOST_LETTERS // (len(opener) + len(closer) + 1))
            for count in (deep, MOST_LETTERS // (len(opener) + len(closer))):
                middle = draw.choice(MIDDLES)
                text = (opener * count + middle + closer * count)[:MOST_LETTERS]
                before = time.process_time()
                with suppress(FilterError):
                    parse(text)
                assert time.process_time() - before < 0.5, text[:100]


def test_letters_by_chance_are_read_or_refused_and_nothing_else() -> None:
    words = (
        *("a", "b", "=", "<>", "(", ")", ",", "'x'", "'", '"', "1", "-", "1e9", "and", "or", "not"),
        *("in", "like", "between", "is", "null", "true", "POINT(1 2)", "POINT", "EMPTY", "BBOX"),
        *(
            "DATE",
            "casei",
            "\0",
            "\\",
            "\ud800",
            "地",
            "𠀀",
            ".",
            ":",
            "%",
            "nan",
            "Z",
            "\u2028",
            "１",
        ),
    )
    draw = random.Random(1)
    read = 0
    for _ in range(20_000):
        try:
            parse(" ".join(draw.choices(words, k=draw.randint(1, 12))))
            read += 1
        except FilterError:
            pass
    assert read > 100
