"""What the records themselves show of the frozen base on the day of a run: what still waits.

No stage of a task: it says what is to be expected once it is reported and confirmed, and it alone
can answer for a plan.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from gis.frames import door

IDLE = frozenset({"suspected_idle", "found_idle", "candidate", "may_be_idle"})
_UNKNOWN = "undetermined"


@door(
    base="targets.base", findings="targets.findings", left="targets.left", gives="targets.recorded"
)
def of_base(base: pd.DataFrame, findings: pd.DataFrame, left: pd.DataFrame) -> pd.DataFrame:
    """Return of each item of the base how much of it the records show to be disposed of, m2.

    An item of idle land is, whole, when none of its subjects is idle any more (started, ended,
    given a later day). Of an approval all is but the land still left (unsupplied and edge), shared
    among its items by their areas; land left beyond the base was found later. `missing`:
    `not_judged` (the run knows no such number), `state_unknown`, `left_unknown`, or None.
    """
    outcomes = findings.groupby("supply_no")["outcome"].agg(frozenset)
    remaining = left.groupby("approval_no")["left_m2"].agg(lambda areas: areas.sum(skipna=False))
    per_approval = base.groupby("approval_no")["area_m2"].agg(_exact_sum)
    rows = [
        _idle(row, outcomes) if row["way"] == "idle" else _unsupplied(row, remaining, per_approval)
        for row in base.to_dict("records")
    ]
    recorded, missing = zip(*rows, strict=True) if rows else ((), ())
    return pd.DataFrame(
        {
            "key": base["key"].to_numpy(),
            "recorded_m2": np.array(recorded, float),
            "missing": pd.Series(missing, dtype=object),
        }
    )


def _idle(row: Mapping[Any, Any], outcomes: pd.Series) -> tuple[float, str | None]:
    said = outcomes.get(row["supply_no"])
    if said is None:
        return np.nan, "not_judged"
    if said & IDLE:
        return 0.0, None
    if _UNKNOWN in said:
        return np.nan, "state_unknown"
    return float(row["area_m2"]), None


def _unsupplied(
    row: Mapping[Any, Any], remaining: pd.Series, per_approval: pd.Series
) -> tuple[float, str | None]:
    left_m2 = remaining.get(row["approval_no"])
    if left_m2 is None:
        return np.nan, "not_judged"
    if left_m2 != left_m2:
        return np.nan, "left_unknown"
    whole = per_approval[row["approval_no"]]
    gone = max(whole - Fraction(left_m2), Fraction(0))
    own = Fraction(float(row["area_m2"]))
    return (float(own * gone / whole) if whole else 0.0), None


def _exact_sum(areas: pd.Series) -> Fraction:
    return sum(map(Fraction, areas), Fraction(0))
