"""Judges every subject on one day: the one module that knows the order of the steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from gis.clock.clashes import clashes_told
from gis.clock.coming import coming
from gis.clock.completion import completion
from gis.clock.decision import MISSING, ClockResult, findings_table, joined, trace_table
from gis.clock.due import Due, other_setting, start_due
from gis.clock.fee import fees
from gis.clock.known import (
    CAUSE_KINDS,
    CONSENTS,
    Causes,
    ClockFacts,
    Codes,
    Counts,
    Flags,
    Measures,
    causes_on,
    known_on,
)
from gis.clock.marks import Marks, marks
from gis.clock.partial import area_due_m2
from gis.clock.parts import by_settings, causes_of
from gis.clock.readings import Reading, settled
from gis.clock.rows import IDLE_ROWS, OUTCOMES, ROW, TRACKS, TableRow, is_among, standing
from gis.clock.settings import ROWS, Settings
from gis.days import ONE_DAY, UNKNOWN, Days
from gis.frames import door
from gis.law import Law


@dataclass(frozen=True)
class Judgement:
    """What the clock says: `findings` to keep, `trace` to explain (made when asked for).

    Both have the index of the facts judged. `decision` and `trace` are of the first reading;
    `is_open` marks where a second one gives another outcome or track, and neither holds.
    """

    findings: pd.DataFrame
    decision: ClockResult
    facts: pd.DataFrame
    is_open: Flags

    @cached_property
    def trace(self) -> pd.DataFrame:
        """Return how each finding came about, see `decision.trace_table`."""
        return trace_table(self.facts, self.decision)


@door(facts="clock.facts", causes="clock.causes", late_facts="clock.facts", gives="clock.*")
def judge(
    facts: pd.DataFrame,
    causes: pd.DataFrame,
    as_of: date,
    law: Law,
    late_facts: pd.DataFrame | None = None,
) -> Judgement:
    """Return what the law says on `as_of` of each subject: the first row that fits.

    The table stands in docs/law.md (The clock).

    `facts` has one row per subject, `causes` one per cause (columns: frames.toml). Facts dated
    after `as_of` are not known yet. Raises UsageError for missing columns, a subject held twice or
    an unknown kind of cause, and LawError outside the dates of the law. Each subject is judged by
    itself: parts give the same rows as the whole.
    """
    judged = _judge(facts, causes, as_of, law)
    if late_facts is None or late_facts.empty:
        return judged
    late = _judge(late_facts, causes, as_of, law)
    one, two = (
        Reading(each.facts, each.findings, each.decision.first_gross_1_on)
        for each in (judged, late)
    )
    findings = settled(one, two, causes, as_of, law)
    is_open = (findings["outcome"] != judged.findings["outcome"]).to_numpy(dtype=bool)
    return replace(judged, findings=findings, is_open=is_open)


def _judge(facts: pd.DataFrame, causes: pd.DataFrame, as_of: date, law: Law) -> Judgement:
    today = np.datetime64(as_of, "D")
    known = known_on(facts, as_of)
    all_causes = causes_on(causes, facts, as_of)
    decisions: list[ClockResult] = []
    places: list[Counts] = []
    articles: list[str] = []
    for settings, place in by_settings(facts["region_code"], law, as_of):
        is_whole = len(place) == len(facts)
        found = decide(
            known if is_whole else known.take(place),
            all_causes if is_whole else causes_of(all_causes, place, len(facts)),
            settings,
            today,
            first_article=len(articles),
        )
        decisions.append(found)
        places.append(place)
        articles.extend(settings.articles)
    whole = decisions[0] if len(decisions) == 1 else joined(decisions, places)
    findings = findings_table(facts, whole, articles)
    return Judgement(findings, whole, facts, np.zeros(len(facts), dtype=bool))


def decide(
    known: ClockFacts,
    causes: Causes,
    settings: Settings,
    today: np.datetime64,
    first_article: int = 0,
) -> ClockResult:
    """Return the decision on subjects that share one law; `first_article` offsets article codes."""
    due = start_due(known, settings)
    turning, _ = marks(due, causes, settings, today)
    now = standing(known, causes, turning, settings, today)
    next_on, event = coming(now, known, turning, settings, today)
    other = _other_reading(known, due, causes, now, settings, today)
    has_undated = np.zeros(len(now.row), dtype=bool)
    has_undated[causes.position[causes.is_undated]] = True
    told = clashes_told(known, due, turning, now, settings)
    asks_consent = _asks_consent(known, now, settings)
    unsure = has_undated | due.is_presumed | other.is_unsettled | asks_consent | (told > 0)
    unsure |= known.is_revocation_open
    fee_fen, if_confirmed_fen, *lacking = fees(known, now, unsure, settings)
    state, late_days = completion(known, today)
    is_known = ~np.isnat(due.start_due_on)
    gross = np.where(is_known, (today - due.start_due_on).astype(np.int64), 0)
    is_stop_found = is_among(now.row, ("4b", "4c", "4d")) & (
        now.outcome == OUTCOMES.index("found_idle")
    )
    basis = np.where(is_stop_found, len(ROWS), now.row).astype(np.int64)
    wanting = {
        "has_undated": has_undated,
        "is_presumed": due.is_presumed,
        "is_unsettled": other.is_unsettled,
        "asks_consent": asks_consent,
    }
    return ClockResult(
        row=now.row,
        row_if_not_started=now.row_if_not_started,
        outcome=now.outcome,
        track=now.track,
        facts_track=now.facts_track,
        start_state=now.start_state,
        grade=now.grade,
        since_on=now.since_on,
        next_on=next_on,
        next_event=event,
        other_event=other.event,
        fee_fen=fee_fen,
        fee_if_confirmed_fen=if_confirmed_fen,
        article=first_article + basis,
        missing=_missing(known, area_due_m2(known, settings), now, wanting, lacking),
        clashes=told,
        evidence_after_on=np.where(now.is_evidence_old, now.since_on, UNKNOWN),
        start_due_on=due.start_due_on,
        start_due_basis=due.basis,
        start_due_estimate_on=due.estimate_on,
        handover_delay_days=due.delay_days,
        late_from_on=due.late_from_on,
        is_handover_shifted=due.is_shifted,
        is_raised_to_handover=due.is_raised,
        unshifted_due_on=other.unshifted_due_on,
        extension_flags=due.flags,
        gross_days=np.maximum(gross, 0),
        excused_days=turning.excused_days,
        first_gross_1_on=turning.idle_from_on,
        first_net_1_on=turning.fee_from_on,
        first_net_2_on=turning.recovery_from_on,
        clash=now.clash,
        is_boundary=_boundary(now, turning, settings, today),
        completion_due_on=known.completion_due_on,
        completion_state=state,
        completion_overdue_days=late_days,
    )


@dataclass(frozen=True)
class _Other:
    """The other reading of a late hand-over.

    `event`: track, else outcome, where it differs (-1: it does not); `unshifted_due_on`: the start
    day without the shift, where there is a delay; `is_unsettled`: the tracks differ and no document
    says that the delay was the government's (办法 8(1)), so a person has to look (需核实).
    """

    event: Codes
    unshifted_due_on: Days
    is_unsettled: Flags


def _other_reading(
    known: ClockFacts,
    due: Due,
    causes: Causes,
    now: TableRow,
    settings: Settings,
    today: np.datetime64,
) -> _Other:
    event = np.full(len(now.row), -1, dtype=np.int8)
    unshifted_on: Days = np.full(len(now.row), UNKNOWN)
    is_unsettled = np.zeros(len(now.row), dtype=bool)
    # The rows above 4e ask nothing of the day due: no setting of the hand-over can change them.
    late = np.flatnonzero((due.delay_days > 0) & (now.row >= ROW["4e"]))
    if late.size == 0:
        return _Other(event, unshifted_on, is_unsettled)
    other = other_setting(settings)
    few, few_causes = known.take(late), causes_of(causes, late, len(now.row))
    few_due = start_due(few, other)
    turning, _ = marks(few_due, few_causes, other, today)
    then = standing(few, few_causes, turning, other, today)
    differs = (then.outcome != now.outcome[late]) | (then.track != now.track[late])
    reached = np.where(then.track >= 0, len(OUTCOMES) + then.track, then.outcome)
    event[late[differs]] = reached[differs]
    is_cut = other.late_handover == "cut"
    unshifted_on[late] = few_due.start_due_on if is_cut else due.start_due_on[late]
    is_documented = _is_documented(known, due, causes)
    is_unsettled[late] = (then.facts_track != now.facts_track[late]) & ~is_documented[late]
    return _Other(event, unshifted_on, is_unsettled)


def _is_documented(known: ClockFacts, due: Due, causes: Causes) -> Flags:
    """Return where a documented cause of art. 8(1) covers every day of a late hand-over."""
    of_handover = np.flatnonzero(causes.kind == CAUSE_KINDS.index("art8_1"))
    who = causes.position[of_handover]
    covers = causes.starts_on[of_handover] <= due.late_from_on[who] + ONE_DAY
    covers &= causes.ends_on[of_handover] >= known.handover_actual_on[who]
    is_documented = np.zeros(len(due.delay_days), dtype=bool)
    is_documented[who[covers]] = True
    return is_documented


def _asks_consent(known: ClockFacts, now: TableRow, settings: Settings) -> Flags:
    """Return where idleness hangs on a consent of the government nobody recorded or refused."""
    flags: Flags = is_among(now.row, ("4b", *IDLE_ROWS)) & (
        settings.needs_consent & (known.consent == CONSENTS.index("unknown"))
    )
    return flags


def _boundary(now: TableRow, turning: Marks, settings: Settings, today: np.datetime64) -> Flags:
    """Return where the day is the corresponding day itself, on which the two readings part."""
    tomorrow = today + (1 - settings.boundary_days) * ONE_DAY
    turns = (
        (turning.idle_from_on == tomorrow)
        | (turning.fee_from_on == tomorrow)
        | (turning.recovery_from_on == tomorrow)
    )
    late = is_among(now.row, ("6", *IDLE_ROWS))
    stopped = is_among(now.row, ("4a", "4b", "4c", "4d"))
    flags: Flags = (late & turns) | (stopped & (now.stop_due_on + ONE_DAY == tomorrow))
    return flags


def _missing(
    known: ClockFacts,
    area_due: Measures,
    now: TableRow,
    hanging: dict[str, Flags],
    lacking: list[Flags],
) -> Counts:
    """Return one bit per entry of MISSING."""
    unknown_stop = now.row == ROW["4d"]
    no_area, no_money = (unknown_stop & (test < 0) for test in (now.area_test, now.investment_test))
    unknown_due = now.row == ROW["4e"]
    fee, recovery = (now.facts_track == TRACKS.index(name) for name in ("fee", "recovery"))
    charged = fee | recovery
    no_price, no_basis, no_way = lacking
    wanting = {
        "developed_area_m2": no_area & np.isnan(known.developed_area_m2),
        "area_m2": no_area & np.isnan(area_due),
        "area_clash": no_area & ~np.isnan(known.developed_area_m2) & ~np.isnan(area_due),
        "invested_fen": no_money & (known.invested_fen < 0),
        "investment_total_fen": no_money & (known.investment_total_fen <= 0),
        "start_agreed_on": unknown_due,
        "handover_actual_on": unknown_due,
        "start_evidence": now.row == ROW["5b"],
        "cause_starts_on": charged & hanging["has_undated"],
        "signed_on": charged & hanging["is_presumed"],
        "late_handover": hanging["is_unsettled"],
        "consent": hanging["asks_consent"],
        "revokes": known.is_revocation_open & (now.row != ROW["1"]),
        "price": no_price,
        "fee_basis": no_basis,
        "supply_way": no_way,
    }
    # The clashes come first in MISSING, bit for bit.
    bits = np.where(now.row == ROW["2"], now.clash, 0).astype(np.int64)
    for name, mask in wanting.items():
        bits |= mask.astype(np.int64) << MISSING.index(name)
    return bits
