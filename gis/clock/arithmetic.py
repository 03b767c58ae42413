"""The arithmetic of one subject spelled out: intervals counted, years added, readings compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from gis import contracts, days
from gis.clock.due import start_due
from gis.clock.intervals import Intervals, counted_days, merged
from gis.clock.known import Causes, ClockFacts
from gis.clock.marks import Marks, full_years, marks
from gis.clock.notes import before_signing, clash_lines, earlier_holder, imagery_line
from gis.clock.rows import ROW, TRACKS, net_row, tracks_of_rows
from gis.clock.settings import Settings
from gis.clock.shares import area_doubts, fee_lines, stop_lines
from gis.clock.wording import BASES, Line
from gis.law import Law, Value

_IDLE = ("7", "7b", "8", "9", "10", "11")
_PARTIAL = (
    "idle.area_share",
    "idle.partial_area_base",
    "idle.area_tolerance",
    "idle.investment_share",
    "idle.partial_route",
)
_SHIFT: Line = ("顺延", "shifted")
_CUT: Line = ("扣除期间", "cut out")
_NO_FULL_YEAR: dict[str, Line] = {
    "7": (
        "扣除后未满一年，不征费、不收回（司法查封不是政府原因）",
        "no full year then: no fee, no recovery (a judicial seizure is no government cause)",
    ),
    "7b": (
        "扣除后未满一年，不征费、不收回（前期工作不是政府原因）",
        "no full year then: no fee, no recovery (preliminary work is no government cause)",
    ),
}
_STOPPED = ("4a", "4b", "4c", "4d")


@dataclass
class Workings:
    """The steps as sentences, the causes with what became of each, doubts and open questions."""

    intervals: list[dict[str, Any]]
    law: list[Value]
    steps: list[Line] = field(default_factory=list)
    doubts: list[Line] = field(default_factory=list)
    open: list[Line] = field(default_factory=list)


@dataclass(frozen=True)
class Seen:
    """One subject as the clock sees it: its row of facts, its causes, both as it counts them."""

    facts: pd.DataFrame
    causes: pd.DataFrame
    known: ClockFacts
    on_clock: Causes
    settings: Settings
    # What would change the answer, judged anew.
    turned: Sequence[Line]


def workings(
    seen: Seen,
    as_of: date,
    law: Law,
    finding: dict[str, Any],
    trace: dict[str, Any],
) -> Workings:
    """Return how the finding of one subject was worked out."""
    today = np.datetime64(as_of, "D")
    region = finding["region_code"]
    facts, known, settings = seen.facts, seen.known, seen.settings
    due = start_due(known, settings)
    turning, _ = marks(due, seen.on_clock, settings, today)
    work = Workings(
        intervals=_counted(seen.causes, due.start_due_on, settings, today),
        law=[law.value(key, as_of, region) for key in _keys(trace["row"])],
    )
    work.doubts.extend(clash_lines(facts, finding, trace["facts_track"]))
    work.doubts.extend(before_signing(known))
    work.doubts.extend(imagery_line(known, facts))
    work.open.extend(seen.turned)
    if trace["row"] in ("1", "2", "3"):
        return work
    if trace["row"] in _STOPPED:
        work.steps.extend(stop_lines(known, settings))
        work.doubts.extend(area_doubts(known, settings))
        return work
    _due_steps(work, trace)
    if trace["row"] not in ("4e", "5"):
        _year_steps(work, settings, trace)
    if trace["row"] in _IDLE:
        _track_steps(work, turning, settings, finding, trace, today)
        work.steps.extend(fee_lines(known, settings, finding))
    if passed_on := earlier_holder(facts, trace):
        work.doubts.extend(passed_on)
        work.law.append(law.value("transfer.restarts_clock", as_of, region))
    if trace["row"] == "5b":
        row = trace["row_if_not_started"]
        work.doubts.append(
            (f"若未动工，适用第 {row} 行", f"were nothing started, row {row} would hold")
        )
    return work


def _keys(row: str) -> list[str]:
    keys = ["period.boundary", "idle.late_handover"]
    if row in _STOPPED:
        return ["period.boundary", "idle.stop_years", *_PARTIAL]
    if row in ("1", "2", "3"):
        return []
    keys += ["idle.years_to_idle", "idle.years_to_fee", "idle.years_to_recovery"]
    if row in _IDLE:
        keys += ["idle.fee_share", "idle.fee_base", "idle.fee_with_recovery"]
        keys += ["real_estate.fee_share_max", "idle.seizure", "idle.preliminary"]
    if row == "7b":
        keys.append("real_estate.preliminary_is_exception")
    if row in ("9", "11"):
        # What may be agreed on in place of fee and recovery, and for how long.
        keys += ["idle.extension_max_years", "idle.temporary_use_max_years"]
    return keys


def _counted(
    causes: pd.DataFrame, start_due_on: days.Days, settings: Settings, today: np.datetime64
) -> list[dict[str, Any]]:
    """Return each cause with the days of its own that lie in (start due, day judged]."""
    found = []
    excusing = set(settings.excusing_kinds)
    excusing |= {k for k in ("seizure", "preliminary") if getattr(settings, k) == "excused"}
    spans = zip(
        causes["kind"].astype(object),
        causes["document"].astype(object),
        days.from_column(causes["starts_on"]),
        days.from_column(causes["ends_on"]),
        strict=True,
    )
    for kind, document, starts_on, ends_on in spans:
        last_on = days.FAR if np.isnat(ends_on) else ends_on
        one = Intervals(np.zeros(1, dtype=np.int64), np.array([starts_on]), np.array([last_on]))
        counted = int(counted_days(merged(one, start_due_on), today, 1)[0])
        if starts_on > today:
            treatment = "later"
        elif not starts_on <= last_on:
            treatment = "not_counted"
        elif kind in excusing:
            treatment = "excused"
        else:
            is_own = getattr(settings, kind) == "own_class"
            treatment = "own_class" if is_own else "not_counted"
        found.append(
            {
                "kind": kind,
                "document": document if isinstance(document, str) else None,
                "starts_on": None if np.isnat(starts_on) else str(starts_on),
                "ends_on": None if np.isnat(ends_on) else str(ends_on),
                "treatment": treatment,
                "counted_days": counted if treatment in ("excused", "own_class") else 0,
            }
        )
    return found


def _due_steps(work: Workings, trace: dict[str, Any]) -> None:
    if trace["start_due_on"] is None:
        work.steps.append(("应动工日不明", "the start day due is unknown"))
        estimate = trace["start_due_estimate_on"]
        if estimate:
            work.doubts.append(
                (
                    f"估计应动工日 {estimate}（约定交地 + 1 年），仅供参考，不作判定",
                    f"estimate {estimate} (agreed hand-over + 1 year): shown, never judged on",
                )
            )
        return
    chinese, english = BASES[trace["start_due_basis"]]
    due_on, delay = trace["start_due_on"], trace["handover_delay_days"]
    raised: Line = (
        "，不早于实际交地日" if trace["is_raised_to_handover"] else "",
        ", never before the actual hand-over" if trace["is_raised_to_handover"] else "",
    )
    if delay and trace["is_handover_shifted"] and not trace["is_raised_to_handover"]:
        agreed_on = np.datetime64(due_on) - np.timedelta64(delay, "D")
        work.steps.append(
            (
                f"应动工日：{agreed_on}（{chinese}）＋ 迟延交地顺延 {delay} 天 = {due_on}",
                f"start due: {agreed_on} ({english}) + handed over {delay} days late = {due_on}",
            )
        )
    else:
        work.steps.append(
            (
                f"应动工日：{due_on}（{chinese}{raised[0]}）",
                f"start due: {due_on} ({english}{raised[1]})",
            )
        )
    if delay:
        _delay_steps(work, trace)


def _delay_steps(work: Workings, trace: dict[str, Any]) -> None:
    """Say what the late hand-over is counted from, and the reading without the shift beside it."""
    delay, from_on = trace["handover_delay_days"], trace["handover_late_from_on"]
    plain_on = trace["unshifted_due_on"]
    work.steps.append(
        (
            f"迟延交地自 {from_on} 次日起计 {delay} 天；"
            f"不顺延的应动工日为 {plain_on}（不早于实际交地日）",
            f"handed over {delay} days late, counted from the day after {from_on}; without the "
            f"shift the start would be due {plain_on} (never before the hand-over)",
        )
        if plain_on
        else (
            f"迟延交地自 {from_on} 次日起计 {delay} 天",
            f"handed over {delay} days late, counted from the day after {from_on}",
        )
    )
    if trace["other_track"]:
        label = _label(trace["other_track"])
        other = _CUT if trace["is_handover_shifted"] else _SHIFT
        work.doubts.append(
            (
                f"迟延交地如改按{other[0]}处理：{label[0]}",
                f"with the late hand-over {other[1]} instead: {label[1]}",
            )
        )


_UNION: Line = ("合并后首尾均计", "union, both ends")
_OVER: Line = (
    "所列期间至应动工日均已结束",
    "what is listed was over by the day the start was due",
)


def is_over_by(interval: dict[str, Any], due_on: str | None) -> bool:
    """Return whether an interval has an end, and that by the day the start was due."""
    ends_on = interval["ends_on"]
    is_used = interval["treatment"] in ("excused", "own_class")
    return is_used and None not in (ends_on, due_on) and ends_on <= due_on


def _year_steps(work: Workings, settings: Settings, trace: dict[str, Any]) -> None:
    due_on, first = trace["start_due_on"], trace["first_gross_1_on"]
    years = settings.years_to_idle
    work.steps.append(
        (
            f"按日历：{due_on} + {years} 年，自 {first} 起满 {years} 年",
            f"calendar: {due_on} + {years} year, full from {first} on",
        )
    )
    gross, excused = trace["gross_days"], trace["excused_days"]
    net = trace["unexcused_days"]
    is_over = bool(work.intervals) and all(is_over_by(one, due_on) for one in work.intervals)
    how = _OVER if is_over else _UNION
    work.steps.append(
        (
            f"至判定日逾期 {gross} 天 − 免责 {excused} 天（{how[0]}）= 未免责 {net} 天",
            f"overdue {gross} days - excused {excused} days ({how[1]}) = {net} days",
        )
    )
    for name, number in (
        ("first_net_1_on", settings.years_to_fee),
        ("first_net_2_on", settings.years_to_recovery),
    ):
        first_on = trace[name]
        chinese = f"自 {first_on} 起" if first_on else "免责期间未结束，不届满"
        english = first_on or "not while an interval has no end"
        work.steps.append(
            (f"扣除免责期间后满 {number} 年：{chinese}", f"net year {number} full from: {english}")
        )


def _track_steps(
    work: Workings,
    turning: Marks,
    settings: Settings,
    finding: dict[str, Any],
    trace: dict[str, Any],
    today: np.datetime64,
) -> None:
    plain = net_row(today, turning.fee_from_on, turning.recovery_from_on, turning.excused_until_on)
    without = _track_label(plain, settings)
    if trace["row"] in ("7", "7b"):
        fee_on, recovery_on = (
            (turning.seizure_fee_from_on, turning.seizure_recovery_from_on)
            if trace["row"] == "7"
            else (turning.preliminary_fee_from_on, turning.preliminary_recovery_from_on)
        )
        with_it = net_row(today, fee_on, recovery_on, turning.excused_until_on)
        within = _track_label(with_it, settings)
        if with_it[0] == ROW["11"] != plain[0]:
            # The days that keep the year from being full are this interval's, no art. 8 cause's.
            within = _NO_FULL_YEAR[trace["row"]]
        work.steps.append(
            (
                f"不扣除该期间：{without[0]}；扣除该期间：{within[0]}",
                f"without that interval: {without[1]}; with it: {within[1]}",
            )
        )
    if trace["row"] == "9":
        has_year = bool((turning.fee_from_on <= today)[0])
        meaning = _label("fee" if has_year else "government")
        net = trace["unexcused_days"]
        work.steps.append(
            (
                f"已有未免责 {net} 天；若原因今日结束：{meaning[0]}",
                f"{net} unexcused days so far; if the cause ended today: {meaning[1]}",
            )
        )
    if finding["track"] in ("fee", "recovery"):
        years = settings.years_to_fee if finding["track"] == "fee" else settings.years_to_recovery
        work.open += _would_change(trace, years, settings, today)


def _would_change(
    trace: dict[str, Any], years: int, settings: Settings, today: np.datetime64
) -> list[Line]:
    """Return how many more excused days would keep so many years from being full today.

    Excused days put the end of the years off, whichever they are, so those after the day on which
    the years were full count as well, as soon as others have put that day behind them. What is not
    excused must not be more than the years have. Only days not yet excused count; nothing is
    told where the years are not full by these.
    """
    due_on = np.datetime64(trace["start_due_on"], "D")
    last_on = full_years(np.array([due_on]), years, settings)[0]
    needed = trace["unexcused_days"] - int((last_on - due_on).astype(int))
    if needed < 1:
        return []
    first_on = due_on + 1
    line = (
        f"如自 {first_on} 至 {today} 另有 {needed} 天以上的免责期间（与已计的不重叠）："
        "处置方向改变",
        f"{needed} or more excused days from {first_on} to {today}, beside those counted: "
        "the track would change",
    )
    return [line]


def _track_label(row: Any, settings: Settings) -> Line:
    return _label(TRACKS[int(tracks_of_rows(settings)[row][0])])


def _label(code: str) -> Line:
    name = "track" if code in contracts.CODES["track"] else "outcome"
    return contracts.label(name, code, "zh"), contracts.label(name, code, "en")
