"""The block and park a shape is told to lie in: one of each, whatever the order of the rows.

Blocks of a quarter of a degree; the supply lies half in each, so the point inside it that is asked
(109.25, the middle of 109.125 and 109.375, exact in binary) lies on their common border.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from gis.facts import shapes

BLOCKS = pd.DataFrame(
    {
        "block_code": ["东-2", "东-1"],
        "park_code": ["K2", "K1"],
        "geom": [shapely.box(109.0, 39.0, 109.25, 39.25), shapely.box(109.25, 39.0, 109.5, 39.25)],
    }
)
PARKS = pd.DataFrame({"park_code": ["K9"], "geom": [shapely.box(108.0, 38.0, 110.0, 40.0)]})


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_on_the_border_of_two_blocks_the_smaller_code_is_told(order: list[int]) -> None:
    blocks = BLOCKS.iloc[order].reset_index(drop=True)
    between = shapely.box(109.125, 39.0, 109.375, 39.25)
    outside = shapely.box(109.75, 39.0, 109.8, 39.25)
    point = shapely.point_on_surface(between)
    assert all(shapely.touches(block, point) for block in blocks["geom"])
    found = shapes.places_of(np.array([between, outside, None], dtype=object), blocks, PARKS)
    assert found["block_code"].tolist()[0] == "东-1"
    assert found["block_code"].isna().tolist() == [False, True, True]
    # Land in a block lies in that block's park; the park's own shape tells of the rest.
    assert found["park_code"].tolist()[:2] == ["K1", "K9"]
    assert pd.isna(found["park_code"].tolist()[2])
