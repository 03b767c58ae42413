"""The idle-land clock of docs/law.md (The clock) once more: slow, one subject at a time.

It shares no code and no method with gis.clock: excused days are counted out one by one, the first
day of a net year is found by trying day after day, and so is the next event. Default settings.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.clock_frames import EVENT_DAYS, years_later

DAY = timedelta(days=1)
ART_8 = {"art8_1", "art8_2", "art8_3", "art8_4", "art8_5", "art8_6", "force_majeure"}
BEFORE_2012 = date(2012, 7, 1)
CAUSE_OF = {"fee": "enterprise", "recovery": "enterprise"}
CAUSE_OF |= {"government": "government", "seizure": "seizure"}


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
    facts_track: str | None = None

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
        self.clashes = self._clashes()
        self.state = self._state()
        self.days_art_8 = self._days(self.art_8)
        self.days_seizure = self._days(self.art_8 + self.seizures)
        self.days_works = self._days(self.art_8 + self.works)

    @property
    def is_old_law(self) -> bool:
        """Order no. 5 of 1999: idle only without consent, silent contracts run from the signing."""
        return self.known_on < BEFORE_2012

    def _is_extended(self) -> bool:
        return bool(self.known.get("extension_on") and self.known.get("extension_start_due_on"))

    def late_from(self) -> date | None:
        """The last day in time: the agreed hand-over, or the signing of the extension, if later."""
        agreed = self.known.get("handover_agreed_on")
        if agreed is not None and self._is_extended():
            return max(agreed, self.known["extension_on"])
        return agreed

    def _delay(self) -> int:
        """Days of a late hand-over that counts: both recorded, start agreed before it happened."""
        known = self.known
        in_time, actual = self.late_from(), known.get("handover_actual_on")
        if in_time is None or actual is None or actual <= in_time:
            return 0
        if not self._is_extended():
            if not known.get("start_agreed_on"):
                return 0
            if known.get("signed_on") is not None and known["signed_on"] >= actual:
                return 0
        return (actual - in_time).days

    def is_examined(self) -> bool:
        """A document says of every day of the delay that the land was not handed over (8(1))."""
        first, last = self.late_from() + DAY, self.known["handover_actual_on"]
        return any(
            cause["kind"] == "art8_1"
            and cause["starts_on"] <= first
            and (cause.get("ends_on") or date.max) >= last
            for cause in self.causes
            if cause["starts_on"] <= self.known_on
        )

    def _start_due(self) -> date | None:
        known = self.known
        actual = known.get("handover_actual_on")
        silent_from = known.get("signed_on") if self.is_old_law else actual
        if self._is_extended():
            due = known["extension_start_due_on"]
        elif known.get("start_agreed_on"):
            due = known["start_agreed_on"]
        elif silent_from:
            due = years_later(silent_from, 1)
        else:
            return None
        if self.late_handover == "shift":
            due += timedelta(days=self._delay())
        return max(due, actual) if actual else due

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
        known, start = self.known, self.known.get("started_on")
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
        if not self.passed(1, on, []) or self._is_consented():
            return "6", "overdue", None
        if self._bears(self.seizures, on, self.days_seizure):
            row, track = "7", "seizure"
        elif self._bears(self.works, on, self.days_works):
            row, track = "7b", "person"
        else:
            row, track = self._net_track(on, self.days_art_8)
        return self._by_evidence(row, track)

    def _by_evidence(self, row: str, track: str) -> tuple[str, str, str]:
        """An idle row: found by a 认定书 of the year, suspected by a sighting, or a candidate."""
        assert self.due is not None
        known, year_end = self.known, years_later(self.due, 1)
        if known.get("found_on") and known["found_on"] > year_end:
            cause, of_facts = known.get("found_cause"), CAUSE_OF.get(track)
            self.facts_track = track
            if cause is not None and of_facts is not None and cause != of_facts:
                return row, "found_idle", "person"
            return row, "found_idle", track
        if known.get("not_started_on") and known["not_started_on"] > year_end:
            return row, "suspected_idle", track
        return row, "candidate", track

    def _is_consented(self) -> bool:
        return self.is_old_law and self.known.get("consent") == "given"

    def _started_row(self, on: date) -> tuple[str, str, str | None]:
        if not self._is_stopped():
            return "3", "clear", None
        year_end = years_later(self.known["stopped_on"], 1)
        if on <= year_end:
            return "4a", "stopped", None
        area, money = self._below_a_third(), self._below_a_quarter()
        row: tuple[str, str, str | None]
        if self._is_consented():
            row = "4c", "stopped", None
        elif area is True or money is True:
            row = "4b", "may_be_idle", "person"
        elif area is False and money is False:
            row = "4c", "stopped", None
        else:
            row = "4d", "undetermined", None
        if self.known.get("found_on") and self.known["found_on"] > year_end:
            return row[0], "found_idle", "person"
        return row

    def clashes_told(self, row: str, outcome: str) -> tuple[str, ...] | None:
        """What the finding carries besides: in the order the rule book lists them."""
        known, told = self.known, []
        found, started = known.get("found_on"), known.get("started_on")
        extended = self._is_extended() and known.get("extension_kind") == "disposal"
        disposed = known.get("found_disposed_on") or (
            extended and found and known["extension_on"] >= found
        )
        stays = row in ("1", "2", "4e", "5b") or outcome == "found_idle"
        if found and row == "4c" and outcome == "found_idle":
            told.append("decision_clash")  # binds until it is revoked, whatever followed
        elif found and not disposed and not stays:
            wanted = self._is_wanted(found, started) and row in ("3", "4a", "4b", "4c", "4d")
            wanted = wanted and (row == "3" or found < known["stopped_on"])
            told.append("found_before_start" if wanted else "decision_clash")
        if outcome == "found_idle" and row not in ("4b", "4c", "4d"):
            of_facts = CAUSE_OF.get(str(self.facts_track))
            if known.get("found_cause") and of_facts and known["found_cause"] != of_facts:
                told.append("cause_clash")
        rests = row in ("5", "5b", "6", "7", "7b", "8", "9", "10", "11")
        agreed, signed = known.get("start_agreed_on"), known.get("signed_on")
        if rests and not self._is_extended() and agreed and signed and agreed < signed:
            told.append("duty_before_signing")
        order = ("decision_clash", "cause_clash", "found_before_start", "duty_before_signing")
        return tuple(code for code in order if code in told) or None

    def _is_wanted(self, found: date, started: date | None) -> bool:
        """Works began, or went on, after the year the 认定书 rests on and was served after."""
        if self.due is not None and started is not None:
            year_end = years_later(self.due, 1)
            if found > year_end and started > year_end:
                return True
        stop, resumed = self.known.get("former_stopped_on"), self.known.get("resumed_on")
        year_end = years_later(stop, 1) if stop else date.max
        return bool(resumed and found > year_end and resumed > year_end)

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
        facts_track = self.facts_track if outcome == "found_idle" and row[0] != "4" else track
        clashes = self.clashes_told(row, outcome)
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
        rests = row in ("4e", "5", "5b", "6", "7", "7b", "8", "9", "10", "11")
        unsettled = False
        if rests and self._delay() and not self.is_examined():
            other = Subject(self.facts, self.causes, on, on, "cut")
            _, other_outcome, other_track = other.row_on(on)
            if other_outcome == "found_idle":
                other_track = other.facts_track
            unsettled = other_track != facts_track
        asks_consent = self.is_old_law and self.known.get("consent") is None
        asks_consent = asks_consent and row in ("4b", "7", "7b", "8", "9", "10", "11")
        charged = facts_track in ("fee", "recovery")
        unsigned = bool(
            self._delay() and self.known.get("signed_on") is None and not self._is_extended()
        )
        missing += ["signed_on"] * (unsigned and charged)
        missing += ["late_handover"] * unsettled + ["consent"] * asks_consent
        missing += ["revokes"] * (self.known.get("is_revocation_open") is True and row != "1")
        if charged and self.known.get("fee_decided_on") is None:
            certain = outcome in ("found_idle", "suspected_idle") and not old and not missing
            amount, lacking = self._fee()
            missing += lacking
            if facts_track == "fee" and certain and not clashes and not self.is_old_law:
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
            "missing": tuple(missing) or None,
            "clashes": clashes,
        }

    def _has(self, name: str) -> bool:
        value = self.known.get(name)
        return value is not None and (value != 0 or name in ("developed_area_m2", "invested_fen"))

    def _fee(self) -> tuple[int | None, list[str]]:
        way, price = self.known.get("supply_way"), self.known.get("price_fen")
        if way is None:
            return None, ["supply_way"]
        ways = ("grant",) if self.known_on < date(2008, 1, 3) else ("grant", "allocation")
        if way not in ways:
            return None, ["fee_basis"]
        if not price or price < 0:
            return None, ["price"]
        base = price + max(self.known.get("supplement_fen") or 0, 0)
        return int(Fraction(base, 5) + Fraction(1, 2)), []

    def last_turn(self) -> date:
        """A day after which no year passes, no stop grows a year old and no interval ends."""
        spans = self.art_8 + self.seizures + self.works
        turns = [self.known_on, *(last + DAY for _, last in spans if last < date.max)]
        if self.due is not None:
            held = len(self.days_art_8 + self.days_seizure + self.days_works)
            turns.append(years_later(self.due, 2) + timedelta(days=held + 2))
        stopped = self.known.get("stopped_on")
        return max(turns + ([years_later(stopped, 1) + DAY] if stopped else []))

    def coming(self) -> tuple[date | None, str | None]:
        """Return the first later day up to the horizon on which outcome or track changes."""
        now, last_on = self.row_on(self.known_on)[1:], min(self.horizon_on, self.last_turn())
        for number in range(1, (last_on - self.known_on).days + 1):
            _, outcome, track = self.row_on(self.known_on + number * DAY)
            if (outcome, track) != now:
                return self.known_on + number * DAY, track or outcome
        return None, None
