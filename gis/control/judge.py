"""A project held against its control values: met, below, not yet due, or what is missing.

Judged from the 达产 day on, that day included; without a day never before it is built. What was
reached is an interval (low, high): known in part it decides where the rest cannot change the
verdict, and nowhere else.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.arrays import objects
from gis.frames import door

# Where nobody says in which region a project lies, no value of a place can be told to be its own.
NO_PLACE = "region_code"
VERDICTS = ("below", "met", "not_yet_due", "undetermined", "no_control")
# A figure made by division meets the value it equals on paper.
_ROUNDING = 1e-12
Numbers = npt.NDArray[np.float64]


@door(
    subjects="control.subjects",
    applied="control.applied",
    measured="control.measured",
    gives="control.verdicts",
)
def judge(
    subjects: pd.DataFrame, applied: pd.DataFrame, measured: pd.DataFrame, as_of: date
) -> pd.DataFrame:
    """Return a row per subject and name: verdict, low, high, distance and missing, and `applied`.

    distance: what was reached less the least (or the most less it, where that is nearer), in the
    unit of the value: negative where it falls short; empty unless both are known exactly.
    """
    rows = against(applied, measured)
    rows = rows.merge(subjects[["subject", "capacity_on", "is_unbuilt"]], on="subject", how="left")
    verdict = rows["verdict"].to_numpy(dtype=object)
    is_judged = verdict != "no_control"
    has_no_day = rows["capacity_on"].isna().to_numpy()
    is_unbuilt = rows["is_unbuilt"].to_numpy(dtype=bool)
    no_day = has_no_day & ~is_unbuilt & is_judged
    is_early = (rows["capacity_on"] > pd.Timestamp(as_of)).to_numpy() | (has_no_day & is_unbuilt)
    is_early &= is_judged
    missing = [
        None
        if early
        else ("capacity_due_on", *(_listed(lacking) if lacks_day else ()))
        if lacks_day
        else lacking
        for lacking, lacks_day, early in zip(rows["missing"], no_day, is_early, strict=True)
    ]
    is_told = ~no_day & ~is_early
    verdict = np.where(no_day, "undetermined", np.where(is_early, "not_yet_due", verdict))
    return rows.assign(
        verdict=pd.array(verdict, dtype="str"),
        distance=rows["distance"].where(is_told),
        missing=objects(missing),
    )


def against(applied: pd.DataFrame, measured: pd.DataFrame) -> pd.DataFrame:
    """Return the same whatever the day: what a project reaches, or plans, against its values."""
    rows = applied.merge(measured, on=["subject", "name"], how="left")
    verdict = held(rows)
    low, high = _ends(rows)
    is_told = np.isin(verdict, ["met", "below"])
    return rows.assign(
        verdict=pd.array(verdict, dtype="str"),
        low=low,
        high=high,
        distance=np.where(is_told, _distance(rows, low, high), np.nan),
        missing=_missing(rows, verdict),
    )


def held(rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return met, below, undetermined or no_control of each row, whatever the day.

    `rows`: bounds as `applicable` gives them, low and high.
    """
    low, high = _ends(rows)
    is_met, is_below = np.ones(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
    ends = {name: rows[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in _BOUNDS}
    hardest, easiest = ends["least_to"], ends["least_from"]
    is_met &= np.isnan(hardest) | (low >= hardest * (1 - _ROUNDING))
    is_below |= high < easiest * (1 - _ROUNDING)
    hardest, easiest = ends["most_from"], ends["most_to"]
    is_met &= np.isnan(hardest) | (high <= hardest * (1 + _ROUNDING))
    is_below |= low > easiest * (1 + _ROUNDING)
    has_fault = rows["has_fault"].to_numpy(dtype=bool)
    verdict = np.full(len(rows), "undetermined", dtype=object)
    verdict[is_met] = "met"
    verdict[is_below] = "below"
    verdict[has_fault] = "undetermined"
    has_none = np.all([np.isnan(ends[name]) for name in ("least_to", "most_from")], axis=0)
    verdict[has_none & ~has_fault] = "no_control"
    return verdict


_BOUNDS = ("least_from", "least_to", "most_from", "most_to")


def _ends(rows: pd.DataFrame) -> tuple[Numbers, Numbers]:
    """Return the least and the most that was reached; what nobody knows may be anything."""
    low = rows["low"].to_numpy(dtype=np.float64, na_value=np.nan)
    high = rows["high"].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isnan(low), -np.inf, low), np.where(np.isnan(high), np.inf, high)


def _distance(rows: pd.DataFrame, low: Numbers, high: Numbers) -> Numbers:
    is_exact = (low == high) & np.isfinite(low)
    value = np.where(is_exact, low, np.nan)
    over = value - rows["least"].to_numpy(dtype=np.float64)
    under = rows["most"].to_numpy(dtype=np.float64) - value
    nearer: Numbers = np.fmin(over, under)
    return nearer


def _missing(rows: pd.DataFrame, verdict: npt.NDArray[np.object_]) -> Any:
    """Return what would settle an undetermined verdict, None of the others."""
    told: list[tuple[str, ...] | None] = []
    named = zip(rows["missing"], rows["open_for"], rows["has_fault"], strict=True)
    for one, (facts, open_for, has_fault) in zip(verdict, named, strict=True):
        if one != "undetermined":
            told.append(None)
            continue
        unplaced = NO_PLACE in _listed(open_for)
        lacking = ["control_value"] if has_fault and not unplaced else []
        lacking += [*_listed(open_for), *_listed(facts)]
        told.append(tuple(dict.fromkeys(lacking)) or None)
    return objects(told)


def _listed(value: Any) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, tuple | list) else ()
