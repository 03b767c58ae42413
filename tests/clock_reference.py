"""The idle-land clock once more: slow, one subject at a time, straight from the table of law.md 1.

It shares no code and no method with gis.clock: excused days are counted out one by one, the first
day of a net year is found by trying day after day, and so is the next event. Default settings.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

import pandas as pd

DAY = timedelta(days=1)
ART_8 = {"art8_1", "art8_2", "art8_3", "art8_4", "art8_5", "art8_6", "force_majeure"}
EVENT_DAYS = (
    "handover_actual_on",
    "extension_on",
    "started_on",
    "completed_on",
    "stopped_on",
    "not_started_on",
    "right_ended_on",
    "found_on",
    "fee_decided_on",
)
DAY_COLUMNS = (
    *EVENT_DAYS,
    "recovery_decided_on",
    "signed_on",
    "start_agreed_on",
    "handover_agreed_on",
    "completion_agreed_on",
    "completion_extended_on",
    "extension_start_due_on",
    "extension_before_due_on",
)
TEXT_COLUMNS = (
    "subject",
    "supply_no",
    "phase",
    "region_code",
    "way",
    "extension_kind",
    "started_grade",
    "not_started_grade",
    "right_ended_kind",
    "found_cause",
    "found_document",
)
MONEY_COLUMNS = ("price_fen", "supplement_fen", "invested_fen", "investment_total_fen")
AREA_COLUMNS = ("area_m2", "parcel_total_m2", "developed_area_m2")
FLAG_COLUMNS = ("extension_has_approval", "is_extension_clash", "is_start_disputed")


def frames(
    facts: list[dict[str, Any]], causes: list[dict[str, Any]]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the frames the clock takes for facts and causes written as dictionaries."""

    def column(rows: list[dict[str, Any]], name: str, dtype: str) -> pd.Series:
        return pd.Series([row.get(name) for row in rows], dtype=dtype)

    def days(rows: list[dict[str, Any]], name: str) -> pd.Series:
        return pd.Series(pd.to_datetime([row.get(name) for row in rows])).astype("datetime64[s]")

    fact_columns = {name: column(facts, name, "str") for name in TEXT_COLUMNS}
    fact_columns |= {name: days(facts, name) for name in DAY_COLUMNS}
    fact_columns |= {name: column(facts, name, "Int64") for name in MONEY_COLUMNS}
    fact_columns |= {name: column(facts, name, "float64") for name in AREA_COLUMNS}
    fact_columns |= {name: column(facts, name, "boolean") for name in FLAG_COLUMNS}
    cause_columns = {name: column(causes, name, "str") for name in ("subject", "document", "kind")}
    cause_columns |= {name: days(causes, name) for name in ("starts_on", "ends_on")}
    return pd.DataFrame(fact_columns), pd.DataFrame(cause_columns)


@lru_cache(maxsize=200_000)
def years_later(on: date, years: int) -> date:
    """Return the corresponding day, or month's end: only 29 February lacks one."""
    if on.month == 2 and on.day == 29:
        march_first = date(on.year + years, 3, 1)
        return march_first - DAY
    return date(on.year + years, on.month, on.day)


@dataclass
class Subject:
    """One subject as known on one day; `row_on` may then be asked for that day and later ones."""

    facts: dict[str, Any]
    causes: list[dict[str, Any]]
    known_on: date
    horizon_on: date
    late_handover: str = "shift"
    due: date | None = None
    art_8: list[tuple[date, date]] = field(default_factory=list)
    seizures: list[tuple[date, date]] = field(default_factory=list)
    works: list[tuple[date, date]] = field(default_factory=list)

    def __post_init__(self) -> None:
        known = dict(self.facts)
        for name in EVENT_DAYS:
            if known.get(name) is not None and known[name] > self.known_on:
                known[name] = None
        if known.get("started_grade") == "imagery":
            known["started_on"] = None
        self.known = known
        self.due = self._start_due()
        started = [c for c in self.causes if c["starts_on"] <= self.known_on]
        self.has_backward_cause = any(
            c.get("ends_on") is not None and c["ends_on"] < c["starts_on"] for c in started
        )
        for cause in started:
            span = (cause["starts_on"], cause.get("ends_on") or date.max)
            if span[1] < span[0]:
                continue
            if cause["kind"] in ART_8:
                self.art_8.append(span)
            elif self.due is not None and span[0] <= years_later(self.due, 1):
                (self.seizures if cause["kind"] == "seizure" else self.works).append(span)
        if self.late_handover == "cut" and self._delay():
            self.art_8.append((known["handover_agreed_on"] + DAY, known["handover_actual_on"]))
        self.clashes = self._clashes()
        self.state = self._state()
        self.days_art_8 = self._days(self.art_8)
        self.days_seizure = self._days(self.art_8 + self.seizures)
        self.days_works = self._days(self.art_8 + self.works)

    def _delay(self) -> int:
        """Days of a late hand-over that counts: both recorded, start agreed before it happened."""
        known = self.known
        agreed, actual = known.get("handover_agreed_on"), known.get("handover_actual_on")
        if agreed is None or actual is None or actual <= agreed:
            return 0
        if known.get("extension_on") and known.get("extension_start_due_on"):
            start_agreed_by = known["extension_on"]
        elif known.get("start_agreed_on"):
            start_agreed_by = known.get("signed_on")
        else:
            return 0
        if start_agreed_by is not None and start_agreed_by >= actual:
            return 0
        return (actual - agreed).days

    def _start_due(self) -> date | None:
        known = self.known
        if known.get("extension_on") and known.get("extension_start_due_on"):
            due = known["extension_start_due_on"]
        elif known.get("start_agreed_on"):
            due = known["start_agreed_on"]
        elif known.get("handover_actual_on"):
            return years_later(known["handover_actual_on"], 1)
        else:
            return None
        return due + timedelta(days=self._delay()) if self.late_handover == "shift" else due

    def _days(self, spans: list[tuple[date, date]]) -> list[int]:
        """Every single day after the start day due that an interval holds, sorted."""
        held: set[int] = set()
        if self.due is not None:
            for starts_on, ends_on in spans:
                first = max(starts_on, self.due + DAY).toordinal()
                held.update(range(first, min(ends_on, self.horizon_on).toordinal() + 1))
        return sorted(held)

    def passed(self, years: int, on: date, held: list[int]) -> bool:
        assert self.due is not None
        excused = bisect_right(held, on.toordinal())
        return on.toordinal() > years_later(self.due, years).toordinal() + excused

    def _net_track(self, on: date, held: list[int]) -> tuple[str, str]:
        if self.passed(2, on, held):
            return "8", "recovery"
        if any(first <= on <= last for first, last in self.art_8):
            return "9", "government"
        if self.passed(1, on, held):
            return "10", "fee"
        return "11", "government"

    def _bears(self, spans: list[tuple[date, date]], on: date, held: list[int]) -> bool:
        if any(first <= on <= last for first, last in spans):
            return True
        return self._net_track(on, held)[1] != self._net_track(on, self.days_art_8)[1]

    def _state(self) -> str:
        known = self.known
        if known.get("is_start_disputed"):
            return "disputed"
        if known.get("started_on") or known.get("completed_on") or self._is_stopped():
            return "started"
        return "not_started" if known.get("not_started_on") else "not_reported"

    def _is_stopped(self) -> bool:
        stopped, completed = self.known.get("stopped_on"), self.known.get("completed_on")
        return stopped is not None and not (completed is not None and completed >= stopped)

    def _clashes(self) -> list[str]:
        known = self.known
        start = known.get("started_on")
        found = []
        if start and known.get("completed_on") and known["completed_on"] < start:
            found.append("clash:completed_before_started")
        if start and known.get("stopped_on") and known["stopped_on"] < start:
            found.append("clash:stopped_before_started")
        if start and known.get("not_started_on") and known["not_started_on"] >= start:
            found.append("clash:not_started_after_started")
        if self.has_backward_cause:
            found.append("clash:cause_ends_before_it_begins")
        if known.get("is_extension_clash"):
            found.append("clash:two_newest_extensions")
        return found

    def row_on(self, on: date) -> tuple[str, str, str | None]:
        """Return (row, outcome, track) on a day not before the one the facts are known on."""
        known = self.known
        if known.get("right_ended_on"):
            return "1", "closed", None
        if self.clashes:
            return "2", "undetermined", None
        if self.state == "started":
            return self._started_row(on)
        if self.due is None:
            return "4e", "undetermined", None
        if on <= self.due:
            return "5", "not_due", None
        if self.state == "disputed":
            return "5b", "undetermined", None
        if not self.passed(1, on, []):
            return "6", "overdue", None
        if self._bears(self.seizures, on, self.days_seizure):
            row, track = "7", "seizure"
        elif self._bears(self.works, on, self.days_works):
            row, track = "7b", "person"
        else:
            row, track = self._net_track(on, self.days_art_8)
        year_end = years_later(self.due, 1)
        if known.get("found_on") and known["found_on"] > year_end:
            return row, "found_idle", track
        if known.get("not_started_on") and known["not_started_on"] > year_end:
            return row, "suspected_idle", track
        return row, "candidate", track

    def _started_row(self, on: date) -> tuple[str, str, str | None]:
        if not self._is_stopped():
            return "3", "clear", None
        if on <= years_later(self.known["stopped_on"], 1):
            return "4a", "stopped", None
        area, money = self._below_a_third(), self._below_a_quarter()
        if area is True or money is True:
            return "4b", "may_be_idle", "person"
        if area is False and money is False:
            return "4c", "stopped", None
        return "4d", "undetermined", None

    def _below_a_third(self) -> bool | None:
        due, done = self.known.get("area_m2"), self.known.get("developed_area_m2")
        if not due or done is None or self._is_area_clash():
            return None
        return done * 3 < due

    def _is_area_clash(self) -> bool:
        """More developed than was due, by more than a hundredth."""
        due, done = self.known.get("area_m2"), self.known.get("developed_area_m2")
        return bool(due and done is not None and done * 100 > due * 101)

    def _below_a_quarter(self) -> bool | None:
        total, spent = self.known.get("investment_total_fen"), self.known.get("invested_fen")
        return None if not total or spent is None else Fraction(spent, total) < Fraction(1, 4)

    def since(self, row: str, on: date) -> date | None:
        if row in ("1", "3", "4a"):
            names = {"1": "right_ended_on", "3": "started_on", "4a": "stopped_on"}
            return self.known.get(names[row])
        if row in ("4b", "4c", "4d"):
            return years_later(self.known["stopped_on"], 1) + DAY
        if row in ("2", "4e", "5", "5b"):
            return None
        assert self.due is not None
        if row == "6":
            return self.due + DAY
        if row in ("7", "7b", "9", "11"):
            return years_later(self.due, 1) + DAY
        years = 2 if row == "8" else 1
        first = self.due
        while not self.passed(years, first, self.days_art_8):
            first += DAY
        return first

    def judged(self) -> dict[str, Any]:
        """Return everything the clock says on the day the facts are known on."""
        on = self.known_on
        row, outcome, track = self.row_on(on)
        since_on = self.since(row, on)
        missing = self.clashes if row == "2" else []
        if row == "4d":
            if self._below_a_third() is None:
                missing += [n for n in ("developed_area_m2", "area_m2") if not self._has(n)]
                missing += ["area_clash"] * self._is_area_clash()
            if self._below_a_quarter() is None:
                missing += [n for n in ("invested_fen", "investment_total_fen") if not self._has(n)]
        if row == "4e":
            missing += ["start_agreed_on", "handover_actual_on"]
        if row == "5b":
            missing += ["start_evidence"]
        fee = if_confirmed = None
        old = outcome == "suspected_idle" and self.known["not_started_on"] < since_on
        if track in ("fee", "recovery"):
            unsigned = bool(
                self._delay()
                and self.known.get("signed_on") is None
                and not (
                    self.known.get("extension_on") and self.known.get("extension_start_due_on")
                )
            )
            missing += ["signed_on"] * unsigned
            if self.known.get("fee_decided_on") is None:
                amount, lacking = self._fee()
                missing += lacking
                certain = outcome in ("found_idle", "suspected_idle") and not old and not unsigned
                if track == "fee" and certain:
                    fee = amount
                else:
                    if_confirmed = amount
        if old:
            missing.append(f"evidence_after:{since_on}")
        return {
            "row": row,
            "outcome": outcome,
            "track": track,
            "start_state": self.state,
            "since_on": since_on,
            "fee_fen": fee,
            "fee_if_confirmed_fen": if_confirmed,
            "missing": ";".join(missing) or None,
        }

    def _has(self, name: str) -> bool:
        value = self.known.get(name)
        return value is not None and (value != 0 or name in ("developed_area_m2", "invested_fen"))

    def _fee(self) -> tuple[int | None, list[str]]:
        way, price = self.known.get("way"), self.known.get("price_fen")
        if way is None:
            return None, ["supply_way"]
        if way not in ("grant", "allocation"):
            return None, ["fee_basis"]
        if not price or price < 0:
            return None, ["price"]
        base = price + max(self.known.get("supplement_fen") or 0, 0)
        return int(Fraction(base, 5) + Fraction(1, 2)), []

    def coming(self) -> tuple[date | None, str | None]:
        """Return the first later day up to the horizon on which outcome or track changes."""
        now = self.row_on(self.known_on)[1:]
        on = self.known_on + DAY
        while on <= self.horizon_on:
            _, outcome, track = self.row_on(on)
            if (outcome, track) != now:
                return on, track or outcome
            on += DAY
        return None, None
