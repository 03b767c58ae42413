"""A page of rows as JSON: each column as whole, and each cell for itself, are told alike."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from api.v1 import pages

_JSON = {str, int, float, bool, list, dict, type(None)}
_DAYS = ["2024-02-29", None]
COLUMNS = {
    "text kept by Python": pd.array(["甲", None], dtype=pd.StringDtype("python")),
    "text kept by Arrow": pd.array(["甲", None], dtype=pd.StringDtype("pyarrow")),
    "text as frames have it": pd.array(["甲", None], dtype="str"),
    "whole numbers": pd.array([2**53 + 1, None], dtype="Int64"),
    "whole numbers that are all known": np.array([1, 2]),
    "measures": np.array([0.1, np.nan]),
    "flags": pd.array([True, None], dtype="boolean"),
    "flags that are all known": np.array([True, False]),
    "days": pd.to_datetime(pd.Series(_DAYS)).astype("datetime64[s]"),
    "instants": pd.Series([datetime(2024, 2, 29, 1, tzinfo=UTC), None]),
    "lists": pd.Series([["a", "b"], None]),
    "facts": pd.Series([{"day": pd.Timestamp("2024-02-29"), "area_m2": 0.5}, None]),
    "nothing": pd.Series([None, None], dtype=object),
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_a_column_is_told_as_each_of_its_cells(kind: str) -> None:
    frame = pd.DataFrame({"told": COLUMNS[kind]})
    rows = pages.rows_of(frame, ["told"])
    assert rows == [{"told": pages.plain(one)} for one in frame["told"].astype(object)]
    assert all(type(row["told"]) in _JSON for row in rows)
    # Of a page without rows too.
    assert pages.rows_of(frame.iloc[:0], ["told"]) == []


def test_days_and_what_is_unknown_are_told_as_json_takes_them() -> None:
    rows = pages.rows_of(pd.DataFrame({"on": COLUMNS["days"], "m2": COLUMNS["measures"]}),
                         ["m2", "on"])  # fmt: skip
    assert rows == [{"m2": 0.1, "on": "2024-02-29"}, {"m2": None, "on": None}]
