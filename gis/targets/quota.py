"""What follows for new construction quota from a year's tasks: 增存挂钩, 自然资规〔2018〕1号."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

WAYS = ("unsupplied", "idle")
RAISED, CUT, UNDETERMINED = "raised", "cut", "undetermined"
MET, MISSED, OPEN = "met", "missed", "open"
_LACKS: Mapping[str | None, str] = {None: "no_task", OPEN: "task_open"}


@dataclass(frozen=True)
class Rules:
    """Shares of the quota: added where both tasks are met, taken where either is missed."""

    bonus: Fraction
    penalty: Fraction


@dataclass(frozen=True)
class Follows:
    """What follows: `raised`, `cut` or `undetermined`, by which share, and what is missing.

    `if_so_left`: what would follow if nothing more were done of a task whose year is not over.
    """

    code: str
    share: Fraction | None
    missing: list[str]
    if_so_left: str


@dataclass(frozen=True)
class SupplyRate:
    """供地率 of the approvals of several years, from `low` to `high`; None where there is none.

    They differ where of `unknown_count` approvals nobody can say how much is supplied.
    """

    low: Fraction | None
    high: Fraction | None
    unknown_count: int

    def is_below(self, floor: Fraction) -> bool | None:
        """Return whether the rate is below a share; None where that is not known."""
        if self.low is None or self.high is None:
            return None
        return True if self.high < floor else False if self.low >= floor else None


def follows(states: Mapping[str, str | None], rules: Rules) -> Follows:
    """Return what follows from the states of both tasks; None: no task was set.

    >>> rules = Rules(Fraction(1, 10), Fraction(1, 5))
    >>> follows({"unsupplied": "met", "idle": "missed"}, rules).share
    Fraction(-1, 5)
    """
    if_so_left = _code({way: MISSED if one == OPEN else one for way, one in states.items()})
    code = _code(states)
    share = {CUT: -rules.penalty, RAISED: rules.bonus}.get(code)
    lacking = [
        f"{_LACKS.get(states.get(way), 'task_undetermined')}:{way}"
        for way in WAYS
        if code == UNDETERMINED and states.get(way) != MET
    ]
    return Follows(code, share, lacking, if_so_left)


def _code(states: Mapping[str, str | None]) -> str:
    if MISSED in states.values():
        return CUT
    return RAISED if all(states.get(way) == MET for way in WAYS) else UNDETERMINED


def supply_rate(
    approvals: pd.DataFrame, years: Iterable[int], *, is_of_years: bool = False
) -> SupplyRate:
    """Return the mean supply rate of the approvals of these years: of the sums, or of the rates
    of the years (`is_of_years`), where a year without approvals has none.

    `approvals`: year (of the approval), approved_m2 and supplied_m2 (NaN unknown), one a row.
    """
    own = approvals[approvals["year"].isin([*years])]
    is_unknown = own["supplied_m2"].isna()
    if own["approved_m2"].isna().any():
        return SupplyRate(
            None, None, int(own[["approved_m2", "supplied_m2"]].isna().any(axis=1).sum())
        )
    bounds = [
        _mean(own.assign(supplied_m2=own["supplied_m2"].where(~is_unknown, filled)), is_of_years)
        for filled in (0.0, own["approved_m2"])
    ]
    return SupplyRate(bounds[0], bounds[1], int(is_unknown.sum()))


def _mean(approvals: pd.DataFrame, is_of_years: bool) -> Fraction | None:
    groups = [rows for _, rows in approvals.groupby("year")] if is_of_years else [approvals]
    sums = [(_exact(rows["supplied_m2"]), _exact(rows["approved_m2"])) for rows in groups]
    rates = [supplied / approved for supplied, approved in sums if approved]
    return sum(rates, Fraction(0)) / len(rates) if rates else None


def _exact(areas: pd.Series) -> Fraction:
    return sum(map(Fraction, areas), Fraction(0))
