"""All regions, parks and blocks a row lies in: by register and by place, borders excluded.

Squares of 0.01 degree in a row: park P1 is 0-2, park P2 is 2-4; block B1 of P1 is 0-1; banner
150602 is 0-3 by shape, banner 150722 (of another city) 3-5.
"""

from __future__ import annotations

import math

import pandas as pd
import pytest
import shapely

from gis.pipeline.lands import lands, together


def strip(west: float, east: float) -> shapely.Polygon:
    return shapely.box(109 + west / 100, 39.0, 109 + east / 100, 39.01)


PLACES = {
    "regions": pd.DataFrame(
        {"region_code": ["150602", "150722", "150000"], "geom": [strip(0, 3), strip(3, 5), None]}
    ),
    "parks": pd.DataFrame(
        {
            "park_code": ["P1", "P2"],
            "region_code": ["150602", None],
            "geom": [strip(0, 2), strip(2, 4)],
        }
    ),
    "blocks": pd.DataFrame({"block_code": ["B1"], "park_code": ["P1"], "geom": [strip(0, 1)]}),
}
ORDOS = ["15", "1506", "150602"]
HULUN = ["15", "1507", "150722"]
CASES = {
    # name: region by the register, shape, regions, parks, blocks
    "inside a block": (None, strip(0.2, 0.8), ORDOS, ["P1"], ["B1"]),
    "on both sides of two parks": (None, strip(1.5, 2.5), ORDOS, ["P1", "P2"], None),
    "only the border of a block": (None, strip(1, 1.5), ORDOS, ["P1"], None),
    "in two banners": (None, strip(2.5, 3.5), [*ORDOS, *HULUN], ["P2"], None),
    "registered elsewhere": ("150722", strip(0.2, 0.8), [*ORDOS, *HULUN], ["P1"], ["B1"]),
    "the whole park": (None, strip(0, 2), ORDOS, ["P1"], ["B1"]),
    "without a shape": ("150602", None, ORDOS, None, None),
    "a city": ("150600", None, ["15", "1506"], None, None),
    "a town": ("150722101", None, [*HULUN, "150722101"], None, None),
    "nowhere": (None, None, None, None, None),
}


@pytest.mark.parametrize("name", CASES)
def test_a_row_lies_in_all_it_shares_land_with_and_where_its_register_says(name: str) -> None:
    expected = CASES[name][2:]
    # The rows of all cases at once: none takes from another. What is missing comes in two forms.
    rows = pd.DataFrame(
        {
            "region_code": [case[0] for case in CASES.values()],
            "geom": [math.nan if name == "nowhere" else case[1] for name, case in CASES.items()],
        }
    )
    found = lands(rows, PLACES).iloc[[*CASES].index(name)]
    wanted = [None if codes is None else sorted({*codes}) for codes in expected]
    assert [found["regions"], found["parks"], found["blocks"]] == wanted


def test_codes_alone_are_taken_where_no_places_are_given() -> None:
    rows = pd.DataFrame({"region_code": ["150602"], "park_code": ["P9"], "block_code": [None]})
    (row,) = lands(rows).to_dict("records")
    assert (row["regions"], row["parks"], row["blocks"]) == (ORDOS, ["P9"], None)


def test_several_rows_of_one_name_lie_wherever_one_does() -> None:
    rows = pd.DataFrame(
        {"approval": ["A", "B", "A"], "regions": [["15"], None, ["15", "1506"]],
         "parks": [None, None, ["P2"]], "blocks": [None, None, None]}
    )  # fmt: skip
    found = together(rows, "approval", pd.Series(["A", "C", "B"]))
    assert [*found["regions"]] == [["15", "1506"], None, None]
    assert [*found["parks"]] == [["P2"], None, None]
    assert [*found["blocks"]] == [None, None, None]
