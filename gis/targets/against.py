"""Each task of a region or park against what was done of its base: rate, what is missing, state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

import pandas as pd

from gis.frames import door
from gis.targets import printed
from gis.targets.counting import MILLIONTHS, STAGES, Counted
from gis.targets.printed import Figure
from gis.targets.quota import MET, MISSED, OPEN, UNDETERMINED, WAYS

BOTH = "both"
# What the records show stands beside the stages.
COLUMNS = ("recorded", *STAGES)
_PERCENT = 100
_PLACE = ["year", "until_year", "region_code", "park_code"]
_FIGURES = ("_m2", "_rate", "rate_low", "rate_high", "_share")


@dataclass(frozen=True)
class Asked:
    """The day it is asked, the least share of a base to be disposed of in a year, and which column
    says whether a task is met.
    """

    as_of: date
    floor: Fraction
    decides: str = "confirmed"


@door(asked="targets.tasks", recorded="targets.recorded", gives="targets.rows")
def tasks(
    asked: pd.DataFrame, counted: Counted, recorded: pd.DataFrame, how: Asked
) -> pd.DataFrame:
    """Return each task with what was done of its base, and a row for both ways together.

    A region has the items of all regions within it, a park its own. Rates are of the figures as
    they stand, each column by itself; `rate_low` and `rate_high` are the bounds that rounding
    leaves to the one that decides, and `is_within_rounding` says that the state hangs on it.
    Before its period is over a task is `open`, never missed. Nothing is clamped.
    """
    shown = recorded.set_index("key")["recorded_m2"].astype(float).to_dict()
    items = counted.items.assign(recorded_m2=counted.items["key"].map(shown).astype(float))
    rows: list[dict[str, Any]] = []
    for _, own in asked.groupby(_PLACE, dropna=False, sort=True):
        of_ways = [
            _row(task, items, counted.outside, how)
            for task in own.sort_values("way", ascending=False).to_dict("records")
        ]
        rows += of_ways
        if {row["way"] for row in of_ways} == {*WAYS}:
            rows.append(_both(of_ways, how))
    made = pd.DataFrame(rows, columns=list(_ROW))
    return made.astype({name: float for name in _ROW if name.endswith(_FIGURES)})


def within(codes: pd.Series, region: str) -> pd.Series:
    """Return which region codes lie in a region: 150600 holds all that begin with 1506.

    >>> within(pd.Series(["150602", "150700", None]), "150600").tolist()
    [True, False, False]
    """
    stem = region
    while len(stem) > 2 and stem.endswith("00"):
        stem = stem[:-2]
    return pd.Series(
        [isinstance(code, str) and code.startswith(stem) for code in codes], codes.index, dtype=bool
    )


_ROW = (
    *("year", "until_year", "place_kind", "place_code", "region_code", "park_code", "way"),
    *("target_m2", "base_m2", "base_count"),
    *(f"{name}_m2" for name in COLUMNS),
    *(f"{name}_rate" for name in COLUMNS),
    *(f"outside_{name}_m2" for name in STAGES),
    *("rate_low", "rate_high", "lacking_m2", "state", "is_within_rounding"),
    *("disposal_share", "is_floor_met", "missing"),
)


def _of(rows: pd.DataFrame, task: Mapping[Any, Any]) -> pd.DataFrame:
    park = task["park_code"]
    is_own = within(rows["region_code"], task["region_code"])
    if isinstance(park, str):
        is_own = rows["park_code"] == park
    own: pd.DataFrame = rows[is_own & (rows["way"] == task["way"])]
    return own


def _row(
    task: Mapping[Any, Any], items: pd.DataFrame, outside: pd.DataFrame, how: Asked
) -> dict[str, Any]:
    own, beyond = _of(items, task), _of(outside, task)
    is_park = isinstance(task["park_code"], str)
    row = {
        **{name: task[name] for name in (*_PLACE, "way")},
        "place_kind": "park" if is_park else "region",
        "place_code": task["park_code"] if is_park else task["region_code"],
        "target_m2": task["target_m2"],
        "base_m2": _sum(own["area_m2"]),
        "base_count": len(own),
        **{f"{name}_m2": _sum(own[f"{name}_m2"]) for name in COLUMNS},
        **{
            f"outside_{name}_m2": _sum(beyond.loc[beyond["stage"] == name, "area_m2"])
            for name in STAGES
        },
    }
    missing = [] if row["base_count"] else ["base"]
    if row["base_count"]:
        missing = [f"nothing_{name}" for name in COLUMNS if row[f"{name}_m2"] is None]
    missing += [] if row["target_m2"] else ["target"]
    done = printed.total(_figure(area) for area in own[f"{how.decides}_m2"].dropna())
    rated = _rated(row, done, printed.of_area(row["target_m2"]), how)
    return row | rated | {"missing": missing}


def _rated(row: Mapping[str, Any], done: Figure, target: Figure, how: Asked) -> dict[str, Any]:
    """Return the rates of the columns, and what the one that decides says of the task."""
    wanted = row["target_m2"]
    rates = {f"{name}_rate": _share(row[f"{name}_m2"], wanted) for name in COLUMNS}
    known = row[f"{how.decides}_m2"]
    if known is None or not wanted:
        nothing = ("rate_low", "rate_high", "lacking_m2", "disposal_share", "is_floor_met")
        state = {"state": UNDETERMINED, "is_within_rounding": False}
        return rates | dict.fromkeys(nothing) | state
    bounds = printed.percent(done, target)
    share = _share(known, row["base_m2"])
    is_over = how.as_of.year > (row["until_year"] if row["until_year"] > 0 else row["year"])
    return rates | {
        "rate_low": None if bounds is None else float(bounds.low / _PERCENT),
        "rate_high": None if bounds is None else float(bounds.high / _PERCENT),
        "lacking_m2": max(wanted - known, 0.0),
        "state": MET if known >= wanted else MISSED if is_over else OPEN,
        "is_within_rounding": printed.is_possible(done, target),
        "disposal_share": share,
        "is_floor_met": None if share is None else bool(share >= how.floor),
    }


def _both(rows: list[dict[str, Any]], how: Asked) -> dict[str, Any]:
    """Return both ways together; it is met when each of them is, whatever the sum says."""
    sums = [name for name in _ROW if name.endswith("_m2") and name != "lacking_m2"]
    # A sum of which one part is unknown would say too little.
    added = {
        name: _known_sum([row[name] for row in rows], is_whole=not name.startswith("outside"))
        for name in sums
    }
    row = rows[0] | added | {"way": BOTH, "base_count": sum(row["base_count"] for row in rows)}
    target = printed.total(printed.of_area(one["target_m2"]) for one in rows)
    known = row[f"{how.decides}_m2"]
    rated = _rated(row, printed.of_area(known or 0.0), target, how)
    states = [one["state"] for one in rows]
    return row | rated | {
        "state": next((one for one in (MISSED, UNDETERMINED, OPEN) if one in states), MET),
        "lacking_m2": _known_sum([one["lacking_m2"] for one in rows], is_whole=True),
        "missing": list(dict.fromkeys(code for one in rows for code in one["missing"])),
        "is_within_rounding": any(one["is_within_rounding"] for one in rows),
        "is_floor_met": None,
    }  # fmt: skip


def _share(part: float | None, whole: float | None) -> float | None:
    if part is None or not whole:
        return None
    return float(Fraction(part) / Fraction(whole))


def _sum(areas: pd.Series) -> float | None:
    known = areas.dropna()
    if not len(known):
        return None
    return int((known * MILLIONTHS).round().astype("int64").sum()) / MILLIONTHS


def _known_sum(values: list[Any], *, is_whole: bool) -> float | None:
    known = [value for value in values if value is not None and value == value]
    return sum(known) if known and (len(known) == len(values) or not is_whole) else None


@lru_cache(maxsize=1 << 16)
def _figure(area_m2: float) -> Figure:
    return printed.of_area(area_m2)
