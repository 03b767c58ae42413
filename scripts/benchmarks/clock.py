"""How long the idle-land clock takes: a million subjects on one day, and ten years month by month.

    .venv/bin/python -m scripts.benchmarks.clock                 both, as tables
    .venv/bin/python -m scripts.benchmarks.clock --rounds 5      the median of five

The facts lie in memory; judging includes the findings as a table. One thread.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import time
from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from gis import clock, law

AS_OF = date(2026, 6, 30)
SIZES = (250_000, 500_000, 1_000_000)
REPLAYED, MONTHS = 100_000, 120
TARGET_S, REPLAY_TARGET_S = 2.0, 60.0
_KINDS = ("art8_1", "art8_2", "art8_4", "art8_6", "force_majeure", "seizure", "preliminary")
_UNKNOWN = np.datetime64("NaT", "s")
_WAYS = ("grant", "allocation", "lease", None)
_REGIONS = ("150602", "150603", "150621", "150625")


def subjects(count: int, seed: int = 20260630) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return facts of `count` supplies of fifteen years and as many causes, the same for a seed.

    A register's mix: a start reported for two in five, an extension for one in eight, a cause
    recorded for two in five (some with several, one in ten open), three sightings in ten.
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
            "way": pick(_WAYS),
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
    causes = pd.DataFrame(
        {
            "subject": facts["subject"].array.take(whose),
            "document": pd.array(["文号"], dtype="str").take(np.zeros(count, dtype=int)),
            "kind": kinds,
            "starts_on": begins.astype("M8[s]"),
            "ends_on": ends.astype("M8[s]"),
        }
    )
    return facts, causes


def seconds(work: Callable[[], object], rounds: int) -> tuple[float, float]:
    """Return the medians of elapsed and of processor time."""
    elapsed, busy = [], []
    for _ in range(rounds):
        gc.collect()
        began, began_busy = time.perf_counter(), time.process_time()
        work()
        elapsed.append(time.perf_counter() - began)
        busy.append(time.process_time() - began_busy)
    return statistics.median(elapsed), statistics.median(busy)


def one_day(rounds: int) -> list[tuple[int, float, float]]:
    """Return (subjects, elapsed seconds, processor seconds) of judging one day."""
    rules = law.load()
    found = []
    for size in SIZES:
        facts, causes = subjects(size)
        clock.judge(facts[:1000], causes[:10], AS_OF, rules)
        times = seconds(lambda f=facts, c=causes: clock.judge(f, c, AS_OF, rules), rounds)
        found.append((size, *times))
    return found


def replay() -> tuple[float, float]:
    """Return elapsed and processor seconds of ten years, month by month."""
    rules = law.load()
    facts, causes = subjects(REPLAYED)
    months = pd.date_range("2016-07-31", periods=MONTHS, freq="ME")

    def judge_all() -> None:
        for month in months:
            clock.judge(facts, causes, month.date(), rules)

    return seconds(judge_all, 1)


def main() -> None:
    """Print the two tables with the load of the machine beside them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-replay", action="store_true")
    options = parser.parse_args()
    print("| subjects | causes | elapsed s | processor s | us a subject |\n|-:|-:|-:|-:|-:|")
    for size, elapsed, busy in one_day(options.rounds):
        print(f"| {size:,} | {size:,} | {elapsed:.2f} | {busy:.2f} | {busy / size * 1e6:.2f} |")
    print(f"\ntarget: {SIZES[-1]:,} subjects in {TARGET_S} s; load {os.getloadavg()[0]:.1f}")
    if not options.no_replay:
        elapsed, busy = replay()
        print(f"{REPLAYED:,} subjects, {MONTHS} months: {elapsed:.1f} s elapsed, {busy:.1f} s busy")
        print(f"target: {REPLAY_TARGET_S:.0f} s; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
