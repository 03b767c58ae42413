"""What is to be done next on a subject, by which day, and what follows if no fact changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from api.web.language import Language, label, said
from gis import contracts

_DAY = timedelta(days=1)
# What an outcome asks for where no paper sets a last day; `{}`: what is lacking.
_ASKED: Mapping[str, Mapping[str, str]] = {
    "idle_land": {
        "found_idle": "按认定书处置",
        "suspected_idle": "按程序调查、认定，是否闲置以《闲置土地认定书》为准",
        "may_be_idle": "调查核实中止开发的情况",
        "candidate": "现场核查是否动工",
        "stopped": "督促复工",
        "overdue": "督促动工",
        "not_due": "按约定动工",
        "undetermined": "补充资料后再判定",
        "clear": "无须处置",
        "closed": "无须处置，权利已终止",
    },
    "unsupplied": {
        "used_unsupplied": "核查未供即用的情况",
        "lapsed": "办理批文核销",
        "to_withdraw": "报请撤回批文",
        "to_supply": "组织供应",
        "in_process": "两年期满前用地或者实施征地补偿安置",
        "edge": "按边角地处理",
        "undetermined": "补充资料后再判定",
    },
}
# What keeps unsupplied land from being supplied comes before that it is.
_FIRST: Mapping[str, str] = {
    "no_plan": "编制实施方案后组织供应",
    "expropriation": "完成征地拆迁后组织供应",
    "no_user": "落实用地意向者后组织供应",
    "replanned": "按调整后的规划组织供应",
    "in_procedure": "继续办理供地程序",
}
# Outcomes of which the next day is the one that must not be reached.
_TO_AVOID = frozenset({"overdue", "not_due", "stopped", "in_process"})
INVESTIGATION = "investigation_due"


@dataclass(frozen=True)
class Step:
    """What is to be done; `by_on`: the last day on which it may be done, None where none is set."""

    words: str
    by_on: date | None = None
    article: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class Follows:
    """What holds from a day on if no fact changes; `is_if_confirmed`: once somebody has looked."""

    from_on: date
    words: str
    is_if_confirmed: bool


def step_of(
    finding: Mapping[str, Any],
    due: Sequence[Mapping[str, Any]],
    day: date,
    tongue: Language,
    situation: str | None = None,
) -> Step:
    """Return what is to be done: what a paper or a suspicion set running, else by the outcome.

    `situation`: that of land to be supplied, which says what comes before its supply.
    """
    open_due = [one for one in due if one["on"] >= day or one["kind"] == INVESTIGATION]
    if open_due:
        first = open_due[0]
        article, note = first["article"][tongue], first["note"][tongue]
        return Step(words_of(first, tongue), first["on"], article, note)
    outcome = finding["outcome"]
    asked = _ASKED[finding["rule"]][outcome]
    if outcome == "to_supply":
        asked = _FIRST.get(situation or "", asked)
    words = said(asked, tongue)
    next_on = finding["next_on"]
    by_on = next_on - _DAY if outcome in _TO_AVOID and next_on is not None else None
    return Step(words, by_on)


def words_of(due: Mapping[str, Any], tongue: Language) -> str:
    """Return what a row of `due` asks for."""
    if due["kind"] == INVESTIGATION:
        return said("送达《闲置土地调查通知书》，完成调查核实", tongue)
    words = label("calendar", due["kind"], tongue)
    return words + (f"（{due['document']}）" if due["document"] else "")


def follows_of(finding: Mapping[str, Any], tongue: Language) -> Follows | None:
    """Return what the next day of a finding brings, None where nothing more comes."""
    if finding["next_on"] is None:
        return None
    event = finding["next_event"]
    lists = ("unsupplied",) if finding["rule"] == "unsupplied" else ("track", "outcome")
    words = next((label(name, event, tongue) for name in lists
                  if event in contracts.CODES[name]), "")  # fmt: skip
    is_track = finding["rule"] != "unsupplied" and event in contracts.CODES["track"]
    return Follows(finding["next_on"], words, finding["outcome"] == "candidate" and is_track)
