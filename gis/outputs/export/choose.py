"""Which rows a list holds: findings, all or some; leads; parcels."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pandas as pd

from gis.errors import UsageError
from gis.outputs import ledger
from gis.result_tables import naming

# Land on which somebody has to act, by rule. `candidate` is not among them: a register that is
# silent on the start is no evidence, so candidates travel in a list of their own.
TARGETS: Mapping[str, tuple[str, ...]] = {
    "idle_land": ("suspected_idle", "found_idle", "may_be_idle"),
    "unsupplied": ("lapsed", "to_supply", "to_withdraw", "used_unsupplied"),
}
LISTS: Mapping[str, str] = {
    "findings": "判定结果",
    "targets": "处置对象",
    "candidates": "未报动工核查",
    "unsupplied": "批而未供",
    "leads": "疑点线索",
    "parcels": "宗地",
}
# What is no choice of findings -> the published table whose rows it holds.
OWN_TABLES: Mapping[str, str] = {"leads": "lead", "parcels": "parcel"}


def unsupplied(findings: pd.DataFrame, told: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the findings of unsupplied land with what is told of each: columns of `unsupplied`.

    `told` is the stored table of that name; the age of the approval is counted to `as_of`.
    """
    return ledger.pieces(choose(findings, "unsupplied"), told, as_of)


def held_back(findings: pd.DataFrame) -> pd.Series[bool]:
    """Return which findings no list of disposal targets holds until a person has cleared them.

    Land to recover with a clash, or with a late hand-over nobody examined; and land that a 认定书
    found idle of another cause than the facts give.
    """
    is_open = findings["clashes"].notna() | naming(findings["missing"], "late_handover")
    is_recovery = (findings["track"] == "recovery").fillna(False)
    held = (is_recovery & is_open) | naming(findings["clashes"], "cause_clash")
    return held & (findings["rule"] == "idle_land")


def choose(findings: pd.DataFrame, what: str) -> pd.DataFrame:
    """Return the findings of the list `what`, ordered by rule and subject."""
    if what not in LISTS or what in OWN_TABLES:
        raise UsageError(
            f"没有名为 {what!r} 的清单 no list is called {what!r}",
            f"可选 choose one of: {', '.join(name for name in LISTS if name not in OWN_TABLES)}",
        )
    rule, outcome = findings["rule"], findings["outcome"]
    if what == "targets":
        chosen = pd.Series(False, index=findings.index)
        for name, outcomes in TARGETS.items():
            chosen |= (rule == name) & outcome.isin(outcomes)
        chosen &= ~held_back(findings)
    elif what == "candidates":
        chosen = (rule == "idle_land") & (outcome == "candidate")
    elif what == "unsupplied":
        chosen = rule == "unsupplied"
    else:
        chosen = pd.Series(True, index=findings.index)
    return findings[chosen].sort_values(["rule", "subject"], kind="stable", ignore_index=True)
