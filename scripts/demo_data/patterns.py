"""Ordinary subjects: one function per pattern, its outcome on 2026-06-30 certain by construction.

The draw moves days only inside a window in which nothing crosses a threshold, so the number of
subjects times their area is the answer, whatever was drawn.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

Row = dict[str, Any]


def between(draw: random.Random, first: date, last: date) -> date:
    """Return a day from `first` to `last`, both included."""
    return first + timedelta(days=draw.randint(0, (last - first).days))


def _start_due(draw: random.Random, first: date, last: date, lead_days: int = 300) -> Row:
    start = between(draw, first, last)
    signed = start - timedelta(days=lead_days + draw.randint(0, 60))
    return {"signed_on": signed, "start_agreed_on": start}


def _handed_in_time(draw: random.Random, row: Row) -> Row:
    """Add an agreed hand-over and one that came on that day or up to ten days earlier."""
    agreed = row["signed_on"] + timedelta(days=draw.randint(40, 90))
    handed = agreed - timedelta(days=draw.randint(0, 10))
    return {**row, "handover_agreed_on": agreed, "handover_actual_on": handed}


def _seen_not_started(draw: random.Random, first: date, last: date) -> list[Row]:
    seen = between(draw, first, last)
    return [{"observed_on": seen, "source": "patrol", "milestone": "not_started"}]


def completed(draw: random.Random) -> Row:
    """Return a subject built and finished: clear, row 3."""
    row = _handed_in_time(draw, _start_due(draw, date(2020, 7, 1), date(2021, 12, 31)))
    started = row["start_agreed_on"] + timedelta(days=draw.randint(-60, 90))
    finished = started + timedelta(days=draw.randint(400, 900))
    return {**row, "started_on": started, "completed_on": finished}


def started(draw: random.Random) -> Row:
    """Return a subject whose start stands in the register: clear, row 3."""
    row = _handed_in_time(draw, _start_due(draw, date(2023, 9, 1), date(2025, 9, 30)))
    return {**row, "started_on": row["start_agreed_on"] + timedelta(days=draw.randint(-30, 120))}


def not_due(draw: random.Random) -> Row:
    """Return a subject whose start is not due before September 2026: row 5."""
    return _start_due(draw, date(2026, 9, 1), date(2027, 1, 31))


def overdue(draw: random.Random) -> Row:
    """Return a subject late by two to ten months, nothing reported: row 6."""
    return _start_due(draw, date(2025, 9, 1), date(2026, 4, 30))


def candidate_fee(draw: random.Random) -> Row:
    """Return a subject late by more than one and less than two years: row 10, candidate."""
    return _start_due(draw, date(2024, 9, 1), date(2025, 4, 30))


def candidate_recovery(draw: random.Random) -> Row:
    """Return a subject late by more than two years: row 8, candidate."""
    return _start_due(draw, date(2020, 6, 1), date(2023, 12, 31))


def suspected_fee(draw: random.Random) -> Row:
    """Return a subject of row 10 that a patrol has seen since: suspected."""
    seen = _seen_not_started(draw, date(2026, 5, 10), date(2026, 6, 20))
    return {**candidate_fee(draw), "progress": seen}


def suspected_recovery(draw: random.Random) -> Row:
    """Return a subject of row 8 that a patrol has seen since: suspected."""
    seen = _seen_not_started(draw, date(2026, 3, 1), date(2026, 6, 20))
    return {**candidate_recovery(draw), "progress": seen}


def government(draw: random.Random) -> Row:
    """Return a subject late by over a year under a government cause in force: row 9, candidate."""
    row = _start_due(draw, date(2024, 3, 1), date(2024, 12, 31))
    kind = draw.choice(["art8_1", "art8_2", "art8_3", "art8_4", "art8_5", "art8_6"])
    begun = between(draw, date(2025, 1, 5), date(2025, 2, 25))
    return {**row, "causes": [{"kind": kind, "starts_on": begun}]}


def stopped(draw: random.Random) -> Row:
    """Return a subject stopped for over a year, half built and half paid: row 4c."""
    row = _start_due(draw, date(2021, 6, 1), date(2022, 6, 30))
    stop = between(draw, date(2023, 6, 1), date(2025, 3, 31))
    total = draw.randint(6, 20) * 100
    seen = {
        "observed_on": between(draw, date(2025, 10, 1), date(2026, 5, 31)),
        "source": "patrol",
        "milestone": "stopped",
        "stopped_on": stop,
        "developed_ha": f"{draw.randint(50, 90) / 100:.2f}",
        "invested_wan": str(total * draw.randint(40, 80) // 100),
        "total_wan": str(total),
    }
    return {**row, "started_on": row["start_agreed_on"], "progress": [seen]}


PATTERNS: dict[str, tuple[str, Callable[[random.Random], Row]]] = {
    "completed": ("竣工", completed),
    "started": ("在建", started),
    "not_due": ("未到期", not_due),
    "overdue": ("逾期", overdue),
    "candidate_fee": ("候选满一年", candidate_fee),
    "candidate_recovery": ("候选满两年", candidate_recovery),
    "suspected_fee": ("疑似满一年", suspected_fee),
    "suspected_recovery": ("疑似满两年", suspected_recovery),
    "government": ("政府原因", government),
    "stopped": ("停工", stopped),
}
