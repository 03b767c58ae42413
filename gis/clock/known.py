"""The facts as arrays, as they are known on the day asked about.

A fact dated later than that day is no fact yet, and "no fact changes" in `next_on` means that
nothing dated later is added. Only a sighting of 未动工 speaks of every day before it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis import days, frames
from gis.days import Days
from gis.errors import UsageError

Flags = npt.NDArray[np.bool_]
Codes = npt.NDArray[np.int8]
Counts = npt.NDArray[np.int64]
Measures = npt.NDArray[np.float64]

GRADES = ("none", "document", "patrol", "reported", "imagery")
CAUSE_KINDS = (
    "art8_1",
    "art8_2",
    "art8_3",
    "art8_4",
    "art8_5",
    "art8_6",
    "force_majeure",
    "preliminary",
    "seizure",
)
WAYS = ("grant", "allocation", "lease", "lease_then_grant", "equity")
# `several`: 认定书 of one day that name different ones.
FOUND_CAUSES = ("none", "government", "enterprise", "seizure", "several")
CONSENTS = ("unknown", "refused", "given")

FACT_COLUMNS = frames.needed("clock.facts")
CAUSE_COLUMNS = frames.needed("clock.causes")


@dataclass(frozen=True)
class Subset:
    """A struct of arrays with one entry per subject, of which a part can be taken."""

    def take(self, chosen: Flags | Counts) -> Self:
        """Return the same columns for the subjects chosen (a mask or positions)."""
        return type(self)(**{f.name: getattr(self, f.name)[chosen] for f in fields(self)})


@dataclass(frozen=True)
class ClockFacts(Subset):
    """What the clock may ask about each subject; days are NaT, numbers NaN or -1 where unknown."""

    signed_on: Days
    start_agreed_on: Days
    handover_agreed_on: Days
    handover_actual_on: Days
    completion_due_on: Days
    extension_on: Days
    extension_start_due_on: Days
    extension_before_due_on: Days
    is_extension_approved: Flags
    is_extension_clash: Flags
    started_on: Days
    started_grade: Codes
    completed_on: Days
    stopped_on: Days
    not_started_on: Days
    not_started_grade: Codes
    is_disputed: Flags
    has_imagery: Flags
    area_m2: Measures
    parcel_total_m2: Measures
    developed_area_m2: Measures
    invested_fen: Counts
    investment_total_fen: Counts
    right_ended_on: Days
    found_on: Days
    found_cause: Codes
    is_found_disposed: Flags
    former_stopped_on: Days
    resumed_on: Days
    consent: Codes
    is_revocation_open: Flags
    is_fee_decided: Flags
    price_fen: Counts
    supplement_fen: Counts
    supply_way: Codes


@dataclass(frozen=True)
class Causes:
    """The causes known on the day: whose (position of the subject), which kind, from when to when.

    `ends_on` is days.FAR where open. `is_usable` is false for a cause without a first day and for
    one that ends before it begins: such a cause excuses nothing, and is told.
    """

    position: Counts
    kind: Codes
    starts_on: Days
    ends_on: Days

    @property
    def is_backward(self) -> Flags:
        """Return which causes end before they begin."""
        return self.ends_on < self.starts_on

    @property
    def is_undated(self) -> Flags:
        """Return which causes have no first day."""
        return np.isnat(self.starts_on)


def known_on(facts: pd.DataFrame, as_of: date | Days) -> ClockFacts:
    """Return the facts dated up to `as_of` (a day, or one per row), one entry per row of `facts`.

    A start that only imagery shows is no start: imagery changes the grade, not the state. A
    placeholder of 0 or less for price, area or investment is no value. 未动工 seen later proves
    that nothing had been started by the day, so it is not left out. See docs/law.md (The clock,
    Readings of days). What a frame has to have, and may have, stands in `frames.toml`
    (clock.facts).
    """
    lacking = [name for name in FACT_COLUMNS if name not in facts.columns]
    if lacking:
        raise UsageError(
            "事实表缺列： "
            f"the facts lack {len(lacking)} columns the clock asks for: {', '.join(lacking)}",
            "由 gis.facts 生成 build them with gis.facts, which makes every column",
        )
    today: Any = np.asarray(as_of, dtype="datetime64[D]")

    nothing: Days = np.full(len(facts), days.UNKNOWN)

    def day(name: str) -> Days:
        return days.from_column(facts[name])

    def flag(name: str) -> Flags:
        if name not in facts.columns:
            return np.zeros(len(facts), dtype=bool)
        return _flags(facts[name])

    def past(name: str) -> Days:
        if name not in facts.columns:
            return nothing
        on = day(name)
        return np.where(on <= today, on, days.UNKNOWN)

    started_grade = _codes(facts["started_grade"], GRADES)
    is_imagery = started_grade == GRADES.index("imagery")
    extended = day("completion_extended_on")
    is_extended = ~np.isnat(past("extension_on"))
    has_imagery = is_imagery | flag("has_imagery") | ~np.isnat(past("imagery_started_on"))
    found_on = past("found_on")
    is_disposed = ~np.isnat(past("found_disposed_on"))
    answered = np.flatnonzero(is_extended & (past("extension_on") >= found_on))
    kinds = facts["extension_kind"].iloc[answered]
    is_disposed[answered] |= (kinds == "disposal").to_numpy(dtype=bool)
    found_cause, consent = (np.zeros(len(facts), dtype=np.int8) for _ in range(2))
    found = np.flatnonzero(~np.isnat(past("found_on")))
    found_cause[found] = _codes(facts["found_cause"].iloc[found], FOUND_CAUSES)
    if "consent" in facts.columns:
        consent = _codes(facts["consent"], CONSENTS)
    return ClockFacts(
        signed_on=day("signed_on"),
        start_agreed_on=day("start_agreed_on"),
        handover_agreed_on=day("handover_agreed_on"),
        handover_actual_on=past("handover_actual_on"),
        completion_due_on=np.where(np.isnat(extended), day("completion_agreed_on"), extended),
        extension_on=past("extension_on"),
        extension_start_due_on=np.where(is_extended, day("extension_start_due_on"), days.UNKNOWN),
        extension_before_due_on=day("extension_before_due_on"),
        is_extension_approved=_flags(facts["extension_has_approval"]),
        is_extension_clash=_flags(facts["is_extension_clash"]),
        started_on=np.where(is_imagery, days.UNKNOWN, past("started_on")),
        started_grade=started_grade,
        completed_on=past("completed_on"),
        stopped_on=past("stopped_on"),
        not_started_on=day("not_started_on"),
        not_started_grade=_codes(facts["not_started_grade"], GRADES),
        is_disputed=_flags(facts["is_start_disputed"]),
        has_imagery=has_imagery,
        area_m2=_measures(facts["area_m2"], lowest_is_value=False),
        parcel_total_m2=_measures(facts["parcel_total_m2"], lowest_is_value=False),
        developed_area_m2=_measures(facts["developed_area_m2"], lowest_is_value=True),
        invested_fen=_fen(facts["invested_fen"]),
        investment_total_fen=_fen(facts["investment_total_fen"]),
        right_ended_on=past("right_ended_on"),
        found_on=found_on,
        found_cause=found_cause,
        is_found_disposed=is_disposed,
        former_stopped_on=past("former_stopped_on"),
        resumed_on=past("resumed_on"),
        consent=consent,
        is_revocation_open=flag("is_revocation_open"),
        is_fee_decided=~np.isnat(past("fee_decided_on")),
        price_fen=_fen(facts["price_fen"]),
        supplement_fen=_fen(facts["supplement_fen"]),
        supply_way=_codes(facts["supply_way"], WAYS, unknown=-1),
    )


def causes_on(causes: pd.DataFrame, facts: pd.DataFrame, as_of: date) -> Causes:
    """Return the causes begun by `as_of` of the subjects in `facts`, by their position there.

    An unknown kind raises UsageError; a cause of no listed subject is left out.
    """
    lacking = [name for name in CAUSE_COLUMNS if name not in causes.columns]
    if lacking:
        raise UsageError(
            f"原因表缺列： the causes lack the columns {', '.join(lacking)}",
            "由 gis.facts 生成 see gis.facts",
        )
    # One factorisation of both columns is four times faster than an index lookup by text; subjects
    # are unique, so the code of a listed subject is its position.
    both = pd.concat([facts["subject"], causes["subject"]], ignore_index=True)
    codes = pd.factorize(both)[0]
    is_unique = bool((codes[: len(facts)] == np.arange(len(facts))).all())
    if not is_unique:
        repeated = facts["subject"][facts["subject"].duplicated()].iloc[0]
        raise UsageError(
            f"事实表里有重复的监测对象： the facts hold {repeated!r} twice",
            "每个对象（分期）一行 one row per subject and phase",
        )
    position = codes[len(facts) :]
    kind = _codes(causes["kind"], CAUSE_KINDS, unknown=-1)
    if (kind < 0).any():
        odd = causes["kind"][kind < 0].iloc[0]
        raise UsageError(
            f"原因种类不认识： a cause is of the kind {odd!r}",
            f"可用 known: {', '.join(CAUSE_KINDS)}",
        )
    starts_on = days.from_column(causes["starts_on"])
    ends_on = days.from_column(causes["ends_on"])
    is_later = starts_on > np.datetime64(as_of, "D")
    chosen = np.flatnonzero((position >= 0) & (position < len(facts)) & ~is_later)
    position, starts_on = position[chosen].astype(np.int64), starts_on[chosen]
    # In order once, so that no later union of intervals has to sort them.
    first = np.where(np.isnat(starts_on), 0, starts_on.astype(np.int64))
    order = np.argsort(position * (2 * days.FAR.astype(np.int64)) + first, kind="stable")
    chosen = chosen[order]
    return Causes(
        position=position[order],
        kind=kind[chosen],
        starts_on=starts_on[order],
        ends_on=np.where(np.isnat(ends_on), days.FAR, ends_on)[chosen],
    )


def _flags(column: pd.Series) -> Flags:
    if column.dtype == bool:
        return column.to_numpy()
    return column.astype("boolean").to_numpy(dtype=bool, na_value=False)


def _fen(column: pd.Series) -> Counts:
    numbers: Counts = np.asarray(column.astype("Int64").fillna(-1), dtype=np.int64)
    return numbers


def _measures(column: pd.Series, *, lowest_is_value: bool) -> Measures:
    numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
    is_value = numbers >= 0 if lowest_is_value else numbers > 0
    return np.where(is_value, numbers, np.nan)


def _codes(column: pd.Series, words: tuple[str, ...], unknown: int = 0) -> Codes:
    seen, names = pd.factorize(column)
    place = {word: code for code, word in enumerate(words)}
    lookup = np.array([place.get(name, unknown) for name in names] + [unknown], dtype=np.int8)
    return lookup[seen]
