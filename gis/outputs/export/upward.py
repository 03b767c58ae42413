"""What one server reports upward in its GeoParquet, and the reports of several added up.

The findings of a whole run carry beside them what the run counted. Counts are added, not areas of
findings: what stands in the one figure of 批而未供 is no sum of pieces.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import pandas as pd
import pyarrow

from gis.errors import UsageError
from gis.store.runs import Run

_NAME = "landwatch"
_SHOWN = 5
_MEND = (
    "在下级服务器上导出 let the server below write it: landwatch export findings --format parquet"
)


@dataclass(frozen=True)
class Report:
    """One file: the run it is of, what that counted, and whom its findings speak of."""

    file: str
    as_of: date
    region: str | None
    delivery: int
    law_digest: str
    counts: Mapping[str, Any]
    subjects: pd.MultiIndex


def note_of(run: Run) -> dict[str, Any]:
    """Return what goes beside the findings of a run into their file."""
    own = {"as_of": run.as_of.isoformat(), "region": run.region, "delivery": run.delivery}
    return {_NAME: {**own, "law_digest": run.law_digest, "counts": dict(run.counts)}}


def read(path: Path) -> Report:
    """Return the report in a file; UsageError where it is none of a whole run's findings."""
    try:
        rows = geopandas.read_parquet(path)
        told = rows.attrs[_NAME]
        return Report(
            file=path.name,
            as_of=date.fromisoformat(told["as_of"]),
            region=None if told["region"] is None else str(told["region"]),
            delivery=int(told["delivery"]),
            law_digest=str(told["law_digest"]),
            counts=_sound(told["counts"]),
            subjects=pd.MultiIndex.from_frame(rows[["rule", "subject"]].astype("str")),
        )
    except (OSError, ValueError, KeyError, TypeError, pyarrow.ArrowException) as fault:
        raise UsageError(
            f"{path.name} 不是整次运行的判定结果。"
            f" {path.name} does not hold the findings of a whole run: {type(fault).__name__}",
            _MEND,
        ) from fault


def added(reports: Sequence[Report]) -> dict[str, Any]:
    """Return what the runs of several servers counted together, as a run tells its counts.

    UsageError where they are of different days, or a subject stands in two of them: the sum would
    be of no day, or count land twice.
    """
    days = sorted({one.as_of for one in reports})
    if len(days) > 1:
        told = "、".join(f"{one.file} {one.as_of}" for one in reports)
        raise UsageError(
            f"判定日不同，不能相加：{told}。 They are of different days.",
            "各级按同一天判定后再导出 judge the same day everywhere, then export again",
        )
    for at, one in enumerate(reports):
        for other in reports[:at]:
            both = one.subjects.intersection(other.subjects)
            if len(both):
                named = "、".join(subject for _, subject in both[:_SHOWN])
                raise UsageError(
                    f"{other.file} 和 {one.file} 有 {len(both)} 个相同的对象，会重复计算：{named}。"
                    f" {len(both)} subjects stand in both files and would be counted twice.",
                    "每宗地只由一处上报 let each subject be reported by one server",
                )
    total: dict[str, Any] = {}
    for one in reports:
        try:
            total = _sum(total, one.counts)
        except (AttributeError, TypeError, ValueError) as fault:
            raise UsageError(
                f"{one.file} 的计数与其他文件不同类。"
                f" The counts of {one.file} are of another kind.",
                _MEND,
            ) from fault
    return total


def _sum(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(one)
    for name, value in other.items():
        if isinstance(value, Mapping):
            found[name] = _sum(found.get(name, {}), value)
        else:
            found[name] = found.get(name, 0) + value
    return found


def _sound(counts: Mapping[str, Any]) -> dict[str, Any]:
    """Return counts that are finite numbers throughout; ValueError for others."""
    if not isinstance(counts, Mapping):
        raise TypeError("counts are no object")
    found: dict[str, Any] = {}
    for name, value in counts.items():
        if name == "readings":  # names, of which there is no sum
            continue
        if isinstance(value, Mapping):
            found[name] = _sound(value)
        elif isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{name} is no number")
        elif not math.isfinite(value):
            raise ValueError(f"{name} is not finite")
        else:
            found[name] = value
    return found
