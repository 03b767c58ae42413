"""The figures of sheets that name no item: the rate they print, held against what it can be."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gis.frames import door
from gis.targets import printed

_OF_TASK = ["year", "region_code", "park_code", "way"]


@door(sheets="targets.sheets", tasks="targets.tasks", gives="targets.recomputed")
def recomputed(sheets: pd.DataFrame, tasks: pd.DataFrame) -> pd.DataFrame:
    """Return each figure with the task it is held against, the rate recomputed and its bounds.

    `is_possible`: whether the printed rate lies within what rounding leaves; None where no rate
    was printed or no task is known.
    """
    alone = tasks[tasks["until_year"].isna()]
    targets = {_place(row): row["target_m2"] for row in alone.to_dict("records")}
    rows = [
        row | _against(row["area_m2"], targets.get(_place(row), math.nan), row["printed_percent"])
        for row in sheets.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=[*sheets.columns, *_MADE])


_MADE = ("target_m2", "percent", "percent_low", "percent_high", "is_possible")


def _place(row: Mapping[Any, Any]) -> tuple[object, ...]:
    return tuple(row[name] if row[name] == row[name] else None for name in _OF_TASK)


def _against(done_m2: float, target_m2: float, claimed: float) -> dict[str, object]:
    nothing = dict.fromkeys(_MADE, None) | {"target_m2": target_m2}
    if not (target_m2 > 0 and done_m2 >= 0):
        return nothing
    bounds = printed.percent(printed.of_area(done_m2), printed.of_area(target_m2))
    made = nothing | {"percent": 100 * done_m2 / target_m2}
    if bounds is None:
        return made
    is_possible = claimed == claimed and printed.is_possible(printed.of_percent(claimed), bounds)
    return made | {
        "percent_low": float(bounds.low),
        "percent_high": float(bounds.high),
        "is_possible": is_possible if claimed == claimed else None,
    }
