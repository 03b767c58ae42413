"""Counts and areas of a run's findings, as `landwatch run --json` publishes them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gis import units

NO_TRACK = "none"
# What a finding lacks whose subject carries no day of its own.
UNDATED = "signed_on"


def count(
    findings: pd.DataFrame, set_aside: pd.DataFrame, undated_approvals: pd.DataFrame
) -> dict[str, Any]:
    """Return idle[outcome][track or none], unsupplied[outcome] and undated: {count, area_m2}.

    `set_aside` are the records left out of all of these; they are counted by themselves, with the
    sum of the areas known of them.

    Supplies without a day of their own stand under `undated`, approvals (`undated_approvals`, with
    `base_m2`) under that name, and in no other total.
    """
    # What was signed in a month lacks a day too, but it was judged: it has a start state.
    is_undated = np.array([told == [UNDATED] for told in findings["missing"]], dtype=bool)
    is_undated &= findings["start_state"].isna().to_numpy()
    idle = findings[(findings["rule"] == "idle_land") & ~is_undated]
    land = findings[findings["rule"] == "unsupplied"]
    by_outcome: dict[str, dict[str, Any]] = {}
    for (outcome, track), rows in idle.groupby([idle["outcome"], idle["track"].fillna(NO_TRACK)]):
        by_outcome.setdefault(str(outcome), {})[str(track)] = _sum(rows)
    return {
        "idle": by_outcome,
        "unsupplied": {str(code): _sum(rows) for code, rows in land.groupby("outcome")},
        "undated": _sum(findings[is_undated]),
        "set_aside": _sum(set_aside),
        "undated_approvals": _sum(undated_approvals.rename(columns={"base_m2": "area_m2"})),
    }


def has_approvals(total: Mapping[str, Any] | None) -> bool:
    """Return whether a run knew an approval at all: else nothing of what was approved is known.

    `total`: see `rates.unsupplied_of`; None of a run that did not count it.
    """
    return total is None or bool(total["approvals_count"] or total["undetermined_count"])


def one_figure(total: Mapping[str, Any]) -> str:
    """Return the one figure of 批而未供 in words: what it is, and what stands behind it.

    `total`: see `rates.unsupplied_of`.
    """
    if not has_approvals(total):
        return "没有已知批准日期的批文，批而未供不明（不是零）。"
    area_m2, lost = float(total["area_m2"]), int(total["undetermined_count"])
    open_ = (
        f"；另有 {lost} 个批文的平衡待定（批准 {total['undetermined_m2']:,.2f} 平方米），不计入"
        if lost
        else ""
    )
    return (
        f"批而未供 {area_m2:,.2f} 平方米（{units.hectares(area_m2):,.4f} 公顷，"
        f"{units.mu(area_m2):,.2f} 亩）＝未供＋边角地，不含细碎面，重复批准只计一次，"
        f"已扣除只知面积的 {total['unlocated_m2']:,.2f} 平方米{open_}。"
    )


def undated_words(counts: Mapping[str, Any]) -> str:
    """Return what a run says of approvals without their day, empty where there are none."""
    told = counts.get("undated_approvals") or {}
    if not told.get("count"):
        return ""
    area_m2 = float(told["area_m2"])
    return (
        f"另有 {told['count']} 个批文缺批准日期（已知登记面积 {area_m2:,.2f} 平方米，"
        f"{units.hectares(area_m2):,.4f} 公顷，{units.mu(area_m2):,.2f} 亩），不在任何判定和合计内"
    )


def _sum(rows: pd.DataFrame) -> dict[str, float | int]:
    # Summed exactly, so that the order of the rows cannot show in the last digits.
    area_m2 = math.fsum(rows["area_m2"].dropna())
    return {"count": len(rows), "area_m2": round(area_m2, 7)}
