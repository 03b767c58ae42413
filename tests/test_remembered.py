"""What was found of shapes is kept while a part is judged: the same answers, asked for once."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from gis.arrays import Shapes
from gis.crs.transform import from_zone
from gis.geometry import pairs as meeting_shapes
from gis.geometry.by_zone import into_zone
from gis.geometry.pairs import PairHints, pairs
from gis.geometry.remembered import remembering
from tests.squares import square

ZONE = 36
# An approval; a supply wholly in it, one half out of it, one that only adjoins it.
APPROVAL = square(0, 0, 100, 100)
SUPPLIES = (square(10, 10, 40, 40), square(80, 0, 120, 50), square(100, 60, 130, 90))


def stored(*shapes: shapely.Geometry) -> pd.DataFrame:
    return pd.DataFrame({"geom": from_zone(np.array(shapes, dtype=object), ZONE)})


def in_plane(table: pd.DataFrame) -> Shapes:
    return into_zone(table, ZONE)[0]["geom"].to_numpy()


def test_a_stored_shape_is_moved_once_and_is_another_one_where_nothing_is_kept() -> None:
    table = stored(APPROVAL, *SUPPLIES)
    with remembering():
        first, again = in_plane(table), in_plane(table.iloc[::-1])[::-1]
        assert all(one is other for one, other in zip(first, again, strict=True))
    bare = in_plane(table)
    assert shapely.equals_identical(bare, first).all()
    assert not any(one is other for one, other in zip(bare, first, strict=True))


def test_two_rows_of_one_shape_are_two_shapes_so_that_no_two_threads_prepare_one() -> None:
    table = stored(APPROVAL)
    with remembering():
        kept = in_plane(table)[0]
        one, other = in_plane(pd.concat([table, table], ignore_index=True))
    assert one is kept
    assert other is not kept
    assert shapely.equals_identical(one, other)


def test_pairs_are_asked_once_and_answered_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    approvals, supplies = stored(APPROVAL), stored(*SUPPLIES)
    bare = pairs(in_plane(approvals), in_plane(supplies))
    # 30 x 30 in it; 20 x 50 of the second; nothing of the third.
    assert bare.right.tolist() == [0, 1]
    assert np.allclose(bare.area_m2, [900.0, 1_000.0])
    asked: list[int] = []
    cut = meeting_shapes._cut

    def counted(left: Shapes, one: np.ndarray, moved: Shapes, origins: np.ndarray) -> Shapes:
        asked.append(len(one))
        return cut(left, one, moved, origins)

    monkeypatch.setattr(meeting_shapes, "_cut", counted)
    with remembering():
        left, right = in_plane(approvals), in_plane(supplies)
        # Who knows of a supply that it lies wholly in its approval says nothing of the others.
        hints = PairHints(np.array([False]), np.array([0]), np.array([0]))
        found = [pairs(left, right, known=known) for known in (hints, None, None)]
    assert asked == [1]
    for each in found:
        assert each.right.tolist() == bare.right.tolist()
        assert each.is_whole.tolist() == [True, False]
        assert each.area_m2.tolist() == bare.area_m2.tolist()
        assert shapely.equals_identical(each.geoms, bare.geoms).all()
