"""How long the idle-land clock takes: a million subjects on one day, and ten years month by month.

The facts lie in memory; judging includes the findings as a table. One thread.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from gis import clock, law
from scripts.benchmarks import measure

AS_OF = date(2026, 6, 30)
SIZES = (250_000, 500_000, 1_000_000)
REPLAYED, MONTHS = 100_000, 120
TARGETS_S = {(SIZES[-1], 1): 2.0, (REPLAYED, MONTHS): 60.0}
HEADS = ["judged", "days", "elapsed s", "processor s", "us a subject and day", "at most s"]
METHOD = "The replay is one round. Seconds of one thread; the processor's are the program's own."
_KINDS = ("art8_1", "art8_2", "art8_4", "art8_6", "force_majeure", "seizure", "preliminary")
_UNKNOWN = np.datetime64("NaT", "s")
_WAYS = ("grant", "allocation", "lease", None)
_REGIONS = ("150602", "150603", "150621", "150625")


def subjects(count: int, seed: int = 20260630) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return facts of `count` supplies of fifteen years and as many causes, the same for a seed.

    A register's mix: a start reported for two in five, an extension for one in eight, a cause
    recorded for two in five (some with several, one in ten open), three sightings in ten. Both come
    in the order gis.facts hands them over: by subject, the causes of one by their first day.
    """
    draw = np.random.default_rng(seed)
    signed = np.datetime64("2011-01-01") + draw.integers(0, 15 * 365, count)
    start = signed + draw.integers(90, 500, count)

    def some(on: np.ndarray, share: float) -> np.ndarray:
        return np.where(draw.random(count) < share, on, _UNKNOWN).astype("M8[s]")

    def pick(words: tuple[str | None, ...]) -> pd.api.extensions.ExtensionArray:
        return pd.array(words, dtype="str").take(draw.integers(0, len(words), count))

    extended = some(start - draw.integers(0, 60, count), 0.125)
    handed = signed + 60
    started = some(start + draw.integers(-100, 600, count), 0.4)
    stopped = np.where(draw.random(count) < 0.1, started + np.timedelta64(300, "D"), _UNKNOWN)
    seen = some(start + draw.integers(30, 1_500, count), 0.3)
    money = draw.integers(0, 10**12, count)
    is_extended = ~np.isnat(extended)
    facts = pd.DataFrame(
        {
            "subject": "S" + pd.Series(np.arange(count)).astype("str").str.zfill(8),
            "supply_way": pick(_WAYS),
            "price_fen": pd.array(money, dtype="Int64"),
            "supplement_fen": pd.array([None] * count, dtype="Int64"),
            "area_m2": draw.uniform(1_000, 90_000, count),
            "parcel_total_m2": np.full(count, np.nan),
            "region_code": pick(_REGIONS),
            "signed_on": signed.astype("M8[s]"),
            "start_agreed_on": some(start, 0.95),
            "handover_agreed_on": some(handed, 0.8),
            "handover_actual_on": some(handed + draw.integers(-20, 120, count), 0.4),
            "completion_agreed_on": some(start + 730, 0.9),
            "extension_on": extended,
            "extension_kind": pick(("contract", None)),
            "extension_start_due_on": np.where(is_extended, start + 300, _UNKNOWN).astype("M8[s]"),
            "extension_has_approval": pd.array(draw.random(count) < 0.5, dtype="boolean"),
            "extension_before_due_on": np.where(is_extended, start, _UNKNOWN).astype("M8[s]"),
            "is_extension_clash": np.zeros(count, dtype=bool),
            "completion_extended_on": some(start + 900, 0.05),
            "started_on": started,
            "started_grade": pick(("reported", "document", None)),
            "completed_on": np.where(
                draw.random(count) < 0.5, started + np.timedelta64(700, "D"), _UNKNOWN
            ).astype("M8[s]"),
            "stopped_on": stopped.astype("M8[s]"),
            "not_started_on": np.where(np.isnat(started), seen, _UNKNOWN).astype("M8[s]"),
            "not_started_grade": pick(("patrol", "document")),
            "is_start_disputed": draw.random(count) < 0.01,
            "developed_area_m2": draw.uniform(0, 30_000, count),
            "invested_fen": pd.array(money // 5, dtype="Int64"),
            "investment_total_fen": pd.array(money, dtype="Int64"),
            "right_ended_on": some(start + 1_500, 0.02),
            "found_on": some(start + 800, 0.05),
            "found_cause": pick(("government", "enterprise", None)),
            "fee_decided_on": some(start + 900, 0.02),
            "recovery_decided_on": some(start + 1_200, 0.01),
        }
    )
    whose = draw.integers(0, count * 2 // 5, count)
    begins = start[whose] + draw.integers(-60, 900, count)
    length = draw.integers(1, 400, count)
    ends = np.where(draw.random(count) < 0.1, _UNKNOWN, begins + length)
    kinds = pd.array(_KINDS, dtype="str").take(draw.integers(0, len(_KINDS), count))
    order = np.lexsort((begins, whose))
    causes = pd.DataFrame(
        {
            "subject": facts["subject"].array.take(whose[order]),
            "document": pd.array(["文号"], dtype="str").take(np.zeros(count, dtype=int)),
            "kind": kinds.take(order),
            "starts_on": begins[order].astype("M8[s]"),
            "ends_on": ends[order].astype("M8[s]"),
        }
    )
    return facts, causes


def rows(_home: Path, rounds: int) -> list[list[str]]:
    """Return the rows of the table: one day for each size, then ten years month by month."""
    rules = law.load()
    table = []
    for size in SIZES:
        facts, causes = subjects(size)
        clock.judge(facts[:1000], causes[:10], AS_OF, rules)
        days = [AS_OF]
        table.append(_told(size, days, _seconds(facts, causes, days, rules, rounds)))
    months = [day.date() for day in pd.date_range("2016-07-31", periods=MONTHS, freq="ME")]
    facts, causes = subjects(REPLAYED)
    table.append(_told(REPLAYED, months, _seconds(facts, causes, months, rules, 1)))
    return table


def _seconds(
    facts: pd.DataFrame, causes: pd.DataFrame, days: Sequence[date], rules: law.Law, rounds: int
) -> tuple[float, float]:
    """Return the medians of elapsed and of processor time."""
    elapsed, busy = [], []
    for _ in range(rounds):
        gc.collect()
        began, began_busy = time.perf_counter(), time.process_time()
        for day in days:
            clock.judge(facts, causes, day, rules)
        elapsed.append(time.perf_counter() - began)
        busy.append(time.process_time() - began_busy)
        took = f"{elapsed[-1]:.2f} s, {busy[-1]:.2f} s of them busy"
        print(f"{len(facts):,}: {took}, load {measure.load_average()}", file=sys.stderr)
    return statistics.median(elapsed), statistics.median(busy)


def _told(size: int, days: Sequence[date], taken: tuple[float, float]) -> list[str]:
    elapsed, busy = taken
    what = str(days[0]) if len(days) == 1 else f"{len(days)} months"
    target = TARGETS_S.get((size, len(days)))
    return [
        f"{size:,} subjects, as many causes",
        what,
        f"{elapsed:.2f}",
        f"{busy:.2f}",
        f"{busy / size / len(days) * 1e6:.2f}",
        f"{target:.0f}" if target else "",
    ]
