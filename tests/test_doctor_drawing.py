"""Rows of a delivery as they are drawn beside their findings."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
import shapely

from gis.intake.doctor import drawing

ZONE = "EPSG:4525"  # 3-degree zone 37: metres, zone number before the easting


def findings(*rows: tuple[int, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["row_no", "severity"]).astype({"row_no": "Int64"})


def of(*shapes: shapely.Geometry | None) -> np.ndarray:
    made = np.empty(len(shapes), dtype=object)
    made[:] = shapes
    return made


def test_a_shape_is_drawn_in_tenths_of_a_metre_from_the_middle_with_south_below() -> None:
    # Two squares of 100 m, 200 m apart: the middle lies 100 m east of the first one's middle.
    first = shapely.box(37_500_000, 4_400_000, 37_500_100, 4_400_100)
    second = shapely.box(37_500_200, 4_400_000, 37_500_300, 4_400_100)
    told = drawing.drawn(of(first, None, second), np.array([1, 2, 3]), ZONE, findings())
    assert told is not None
    assert [one["row"] for one in told["shapes"]] == [1, 3]
    assert told["count"] == 2
    # From 150 m west to 50 m west of the middle, 50 m south to 50 m north of it.
    assert told["shapes"][0]["box"] == [-1500, -500, -500, 500]
    assert told["shapes"][0]["path"] == "M-500,500 -500,-500 -1500,-500 -1500,500 -500,500Z"
    assert told["shapes"][0]["at"] == [-1000, 0]
    # All of it, 300 m by 100 m, with a margin of 4 in a hundred.
    assert told["view"] == [-1560, -520, 3120, 1040]


def test_a_row_of_another_zone_is_drawn_far_away_and_not_looked_at_first() -> None:
    row = [shapely.box(x, 4_400_000, x + 50, 4_400_050) for x in range(37_500_000, 37_500_500, 50)]
    lost = shapely.affinity.translate(row[0], 1_000_000, 0)
    told = drawing.drawn(of(*row, lost), np.arange(1, 12), ZONE, findings((11, "error")))
    assert told is not None
    left, _, width, _ = told["view"]
    assert told["shapes"][-1]["at"][0] > left + 100 * width


def test_of_many_rows_those_with_findings_are_drawn_and_it_is_told_of_how_many() -> None:
    many = drawing.MOST_SHAPES + 500
    shapes = of(*(shapely.box(x, 0, x + 1, 1) for x in range(many)))
    wrong = findings((1, "note"), (many, "error"))
    told = drawing.drawn(shapes, np.arange(1, many + 1), None, wrong)
    assert told is not None
    rows = [one["row"] for one in told["shapes"]]
    assert (len(rows), told["count"]) == (drawing.MOST_SHAPES, many)
    # The two with findings lie at the ends, furthest from the middle.
    assert {rows[0], rows[-1]} == {1, many}


@pytest.mark.parametrize(
    "shape",
    [
        shapely.Point(37_500_000, 4_400_000),
        shapely.LineString([(37_500_000, 4_400_000), (37_500_050, 4_400_000)]),
        shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 10)]),
        shapely.GeometryCollection([shapely.Point(0, 0), shapely.box(0, 0, 1, 1)]),
        shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)]),
    ],
)
def test_any_shape_is_drawn_and_the_drawing_is_plain_json(shape: shapely.Geometry) -> None:
    told = drawing.drawn(of(shape), np.array([7]), ZONE, findings((7, "error")))
    assert told is not None
    (one,) = json.loads(json.dumps(told, allow_nan=False))["shapes"]
    assert one["row"] == 7


def test_shapes_of_many_corners_are_drawn_with_no_more_than_a_page_holds() -> None:
    angles = np.linspace(0, 2 * np.pi, 200_001)[:-1]
    ring = np.column_stack([np.cos(angles), np.sin(angles)]) * 500
    told = drawing.drawn(of(shapely.Polygon(ring)), np.array([1]), ZONE, findings())
    assert told is not None
    path = told["shapes"][0]["path"]
    assert 100 < path.count(",") < 20_000
    assert len(path) < 250_000


def test_what_has_no_shape_has_no_drawing() -> None:
    nothing = of(None, shapely.Polygon(), shapely.Point(np.nan, np.nan))
    assert drawing.drawn(None, np.array([1]), ZONE, findings()) is None
    assert drawing.drawn(nothing, np.array([1, 2, 3]), ZONE, findings()) is None
