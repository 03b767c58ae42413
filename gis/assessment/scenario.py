"""Two runs side by side, one of which knows what a plan would change: what it would come to."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from gis.assessment import targets as of_year
from gis.law import Law
from gis.store import results
from gis.store.database import Connection
from gis.store.results import Asked, Scope
from gis.store.runs import Run

_OF_FINDING = [
    "rule",
    "subject",
    "name",
    "outcome",
    "track",
    "area_m2",
    "region_code",
    "block_code",
    "since_on",
    "next_on",
    "fee_fen",
    "fee_if_confirmed_fen",
]
# In what a subject may differ.
_DIFFERS = ("outcome", "track", "area_m2", "since_on", "next_on", "fee_fen", "fee_if_confirmed_fen")
_OF_INDICATOR = ["place_kind", "place_code", "name", "year", "area_kind", "unit"]
_OF_TARGET = ["year", "until_year", "place_kind", "place_code", "name", "way", "target_m2"]
_SEEN_OF_TARGET = ("recorded_m2", "recorded_rate")
# Rows of all land together are no part of a scope.
_OF_PLACES = ("block", "park")


def compared(
    connection: Connection, before: Run, after: Run, law: Law, year: int, scope: Scope | None
) -> dict[str, Any]:
    """Return how a run that knows a plan differs from one that does not, within a scope.

    `outcomes`: rule, outcome, count and area on both sides; `subjects`: whose outcome, track, area,
    days or fees differ; `unsupplied_m2`: the one figure of 批而未供, of all land alone;
    `indicators`: those that differ; `targets`: what the records show of every task, and whether
    that would meet it.
    """
    found = {
        side: results.read(connection, run, "finding", Asked(within=scope))[_OF_FINDING]
        for side, run in (("before", before), ("after", after))
    }
    figures = {
        side: results.read(connection, run, "indicator", Asked(within=scope))
        for side, run in (("before", before), ("after", after))
    }
    tasks = {
        side: of_year.targets(connection, run, law, year, scope)
        for side, run in (("before", before), ("after", after))
    }
    return {
        "unsupplied_m2": None if scope else _one_figure(before, after),
        "outcomes": [*_outcomes(found)],
        "subjects": [*_subjects(found)],
        "indicators": [*_indicators(figures, scope)],
        "targets": [*_tasks({side: one.rows for side, one in tasks.items()})],
    }


def _one_figure(before: Run, after: Run) -> dict[str, float | None]:
    return {
        side: (run.counts.get("unsupplied_total") or {}).get("area_m2")
        for side, run in (("before", before), ("after", after))
    }


def _outcomes(found: Mapping[str, pd.DataFrame]) -> Iterator[dict[str, Any]]:
    sums = {
        side: {
            place: {"count": len(own), "area_m2": math.fsum(own["area_m2"].dropna())}
            for place, own in rows.groupby(["rule", "outcome"])
        }
        for side, rows in found.items()
    }
    nothing = {"count": 0, "area_m2": 0.0}
    for place in sorted({*sums["before"], *sums["after"]}):
        was, now = (sums[side].get(place, nothing) for side in ("before", "after"))
        yield {"rule": place[0], "outcome": place[1], "before": was, "after": now}


def _subjects(found: Mapping[str, pd.DataFrame]) -> Iterator[dict[str, Any]]:
    """Yield who stands otherwise: there on one side alone, of another outcome, area, day or fee."""
    told = {
        side: {(row["rule"], row["subject"]): row for row in _plain(rows)}
        for side, rows in found.items()
    }
    nobody = dict.fromkeys(_OF_FINDING)
    for place in sorted({*told["before"], *told["after"]}):
        was, now = (told[side].get(place, nobody) for side in ("before", "after"))
        if all(was[name] == now[name] for name in _DIFFERS):
            continue
        known = nobody | was | {name: value for name, value in now.items() if value is not None}
        yield {
            **{name: known[name] for name in ("rule", "subject", "name", "region_code")},
            "block_code": known["block_code"],
            **{
                f"{name}_{side}": one[name]
                for name in _DIFFERS
                for side, one in (("before", was), ("after", now))
            },
        }


def _indicators(
    figures: Mapping[str, pd.DataFrame], scope: Scope | None
) -> Iterator[dict[str, Any]]:
    values = {
        side: {
            tuple(row[name] for name in _OF_INDICATOR): row["value"]
            for row in _plain(rows)
            if scope is None or row["place_kind"] in _OF_PLACES
        }
        for side, rows in figures.items()
    }
    both = {*values["before"], *values["after"]}
    for place in sorted(both, key=lambda one: tuple(str(part) for part in one)):
        was, now = (values[side].get(place) for side in ("before", "after"))
        if was != now:
            yield {**dict(zip(_OF_INDICATOR, place, strict=True)), "before": was, "after": now}


def _tasks(rows: Mapping[str, pd.DataFrame]) -> Iterator[dict[str, Any]]:
    """Yield every task; the plan is no record, so what decides a task does not move with it."""
    for was, now in zip(_plain(rows["before"]), _plain(rows["after"]), strict=True):
        told: dict[str, Any] = {name: now[name] for name in _OF_TARGET}
        for side, one in (("before", was), ("after", now)):
            told |= {f"{name}_{side}": one[name] for name in _SEEN_OF_TARGET}
            known, wanted = one["recorded_m2"], one["target_m2"]
            told[f"is_met_{side}"] = known >= wanted if known is not None and wanted else None
        yield told


def _plain(rows: pd.DataFrame) -> list[dict[Any, Any]]:
    objects = rows.astype(object).where(rows.notna(), None)
    told = objects.to_dict("records")
    for name in rows.select_dtypes("datetime").columns:
        # An unknown day is None, which is like another; NaT is like nothing.
        for row, day in zip(told, rows[name], strict=True):
            row[name] = None if pd.isna(day) else day.date()
    return told
