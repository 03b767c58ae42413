"""Rows that agree in every column have one number, whatever chance mixes them to."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gis.geometry import groups


@pytest.mark.parametrize("is_mixed_by_chance", [False, True])
def test_rows_alike_in_every_column_and_no_others_share_a_number(
    monkeypatch: pytest.MonkeyPatch, is_mixed_by_chance: bool
) -> None:
    if is_mixed_by_chance:
        # Every row is mixed to the same number.
        monkeypatch.setattr(groups, "_SPREAD", np.zeros(3, dtype=np.int64))
    draw = np.random.default_rng(20261130)
    columns = [draw.integers(-3, 3, 500), draw.integers(0, 4, 500) << 40, draw.integers(0, 2, 500)]

    found = groups.alike(*columns)

    # Slow and plain: a dictionary of rows, numbered as they come.
    known: dict[tuple[int, ...], int] = {}
    rows = zip(*(column.tolist() for column in columns), strict=True)
    assert found.tolist() == [known.setdefault(row, len(known)) for row in rows]
    assert groups.first_of(found).tolist() == [
        found.tolist().index(number) for number in range(len(known))
    ]


def test_no_rows_have_no_numbers() -> None:
    none = np.empty(0, dtype=np.int64)

    assert groups.alike(none, none).tolist() == []
    assert groups.first_of(pd.factorize(none)[0]).tolist() == []
