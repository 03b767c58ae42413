"""Judges every subject on one day: the one module that knows the order of the steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from gis.clock.coming import coming
from gis.clock.completion import completion
from gis.clock.decision import MISSING, Decision, findings_table, joined, trace_table
from gis.clock.due import Due, other_setting, start_due
from gis.clock.fee import fees
from gis.clock.known import Causes, Codes, Counts, Flags, Known, Measures, causes_on, known_on
from gis.clock.marks import Marks, marks
from gis.clock.partial import area_due_m2
from gis.clock.parts import by_settings, causes_of
from gis.clock.rows import IDLE_ROWS, OUTCOMES, ROW, TRACKS, Standing, is_among, standing
from gis.clock.settings import Settings
from gis.days import ONE_DAY, UNKNOWN
from gis.law import Law


@dataclass(frozen=True)
class Judgement:
    """What the clock says: `findings` to keep, `trace` to explain (made when asked for).

    Both have the index of the facts judged.
    """

    findings: pd.DataFrame
    decision: Decision
    facts: pd.DataFrame

    @cached_property
    def trace(self) -> pd.DataFrame:
        """Return how each finding came about, see `decision.trace_table`."""
        return trace_table(self.facts, self.decision)


def judge(facts: pd.DataFrame, causes: pd.DataFrame, as_of: date, law: Law) -> Judgement:
    """Return what the law says on `as_of` of each subject: law.md 1, the first row that fits.

    `facts` has one row per subject (columns: known.FACT_COLUMNS), `causes` is long
    (known.CAUSE_COLUMNS). Facts dated after `as_of` are not known yet. Raises UsageError for
    missing columns, a subject held twice or an unknown kind of cause, and LawError outside the
    dates of the law. Each subject is judged by itself: parts give the same rows as the whole.
    """
    today = np.datetime64(as_of, "D")
    known = known_on(facts, as_of)
    all_causes = causes_on(causes, facts, as_of)
    decisions: list[Decision] = []
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
    return Judgement(findings_table(facts, whole, articles), whole, facts)


def decide(
    known: Known, causes: Causes, settings: Settings, today: np.datetime64, first_article: int = 0
) -> Decision:
    """Return the decision on subjects that share one law; `first_article` offsets article codes."""
    due = start_due(known, settings)
    turning, _ = marks(known, due, causes, settings, today)
    now = standing(known, causes, turning, settings, today)
    next_on, event = coming(now, known, turning, settings, today)
    has_undated = np.zeros(len(now.row), dtype=bool)
    has_undated[causes.position[causes.is_undated]] = True
    unsure = has_undated | due.is_presumed
    fee_fen, if_confirmed_fen, *lacking = fees(known, now, unsure, settings)
    state, late_days = completion(known, today)
    is_known = ~np.isnat(due.start_due_on)
    gross = np.where(is_known, (today - due.start_due_on).astype(np.int64), 0)
    return Decision(
        row=now.row,
        row_if_not_started=now.row_if_not_started,
        outcome=now.outcome,
        track=now.track,
        start_state=now.start_state,
        grade=now.grade,
        since_on=now.since_on,
        next_on=next_on,
        next_event=event,
        other_event=_other_event(known, due, causes, now, settings, today),
        fee_fen=fee_fen,
        fee_if_confirmed_fen=if_confirmed_fen,
        article=first_article + now.row.astype(np.int64),
        missing=_missing(
            known, area_due_m2(known, settings), now, has_undated, due.is_presumed, lacking
        ),
        evidence_after_on=np.where(now.is_evidence_old, now.since_on, UNKNOWN),
        start_due_on=due.start_due_on,
        start_due_basis=due.basis,
        start_due_estimate_on=due.estimate_on,
        handover_delay_days=due.delay_days,
        is_handover_shifted=due.is_shifted,
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


def _other_event(
    known: Known,
    due: Due,
    causes: Causes,
    now: Standing,
    settings: Settings,
    today: np.datetime64,
) -> Codes:
    """Return track, else outcome, under the other late hand-over setting where it differs."""
    event = np.full(len(now.row), -1, dtype=np.int8)
    # The rows above 4e ask nothing of the day due: no setting of the hand-over can change them.
    late = np.flatnonzero((due.delay_days > 0) & (now.row >= ROW["4e"]))
    if late.size == 0:
        return event
    other = other_setting(settings)
    few, few_causes = known.take(late), causes_of(causes, late, len(now.row))
    few_due = start_due(few, other)
    turning, _ = marks(few, few_due, few_causes, other, today)
    then = standing(few, few_causes, turning, other, today)
    differs = (then.outcome != now.outcome[late]) | (then.track != now.track[late])
    reached = np.where(then.track >= 0, len(OUTCOMES) + then.track, then.outcome)
    event[late[differs]] = reached[differs]
    return event


def _boundary(now: Standing, turning: Marks, settings: Settings, today: np.datetime64) -> Flags:
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
    known: Known,
    area_due: Measures,
    now: Standing,
    has_undated: Flags,
    is_presumed: Flags,
    lacking: list[Flags],
) -> Counts:
    """Return one bit per entry of MISSING."""
    unknown_stop = now.row == ROW["4d"]
    no_area, no_money = (unknown_stop & (test < 0) for test in (now.area_test, now.investment_test))
    unknown_due = now.row == ROW["4e"]
    charged = (now.track == TRACKS.index("fee")) | (now.track == TRACKS.index("recovery"))
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
        "cause_starts_on": charged & has_undated,
        "signed_on": charged & is_presumed,
        "price": no_price,
        "fee_basis": no_basis,
        "supply_way": no_way,
    }
    # The clashes come first in MISSING, bit for bit.
    bits = np.where(now.row == ROW["2"], now.clash, 0).astype(np.int64)
    for name, mask in wanting.items():
        bits |= mask.astype(np.int64) << MISSING.index(name)
    return bits
