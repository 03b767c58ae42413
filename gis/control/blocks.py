"""Blocks without a new investment project for three years running, and who comes last.

A block of the region without a new project for three years running gets no new project. The years
are whole calendar years; the year that runs is told beside them, since a project in it ends the
standstill.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from gis.arrays import objects

VERDICTS = ("none", "resumed", "undetermined", "too_young", "some")


def window(as_of: date, years: int) -> tuple[int, ...]:
    """Return the whole calendar years running up to a day.

    >>> window(date(2026, 6, 30), 3), window(date(2026, 12, 31), 3)
    ((2023, 2024, 2025), (2024, 2025, 2026))
    """
    is_whole = (as_of.month, as_of.day) == (12, 31)
    last = as_of.year if is_whole else as_of.year - 1
    return tuple(range(last - years + 1, last + 1))


def without_new_projects(
    places: pd.DataFrame, projects: pd.DataFrame, as_of: date, years: int, kinds: Sequence[str]
) -> pd.DataFrame:
    """Return of each block how many new projects each year brought, and a verdict.

    places    block_code, park_code, from_on
    projects  block_code, park_code, from_on (the day it was put on record), kind

    Verdicts: none; resumed (none in these years, some in the year that runs); some; too_young (the
    block has not had so many whole years); undetermined, with what is missing: a project of which
    nobody says when, whether it is new, or in which block of its park it lies may be one.
    """
    asked = window(as_of, years)
    counted = [*asked, as_of.year] if as_of.year not in asked else [*asked]
    year = projects["from_on"].dt.year
    is_in_time = year.isin(counted) & (projects["from_on"] <= pd.Timestamp(as_of))
    is_new, is_unsaid = projects["kind"].isin([*kinds]), projects["kind"].isna()
    counts = pd.crosstab(
        projects["block_code"].where(is_new & is_in_time), year.where(is_new & is_in_time)
    )
    counts = counts.reindex(index=places["block_code"], columns=counted, fill_value=0)
    may_be = {
        "kind": is_unsaid & (is_in_time | year.isna()),
        "from_on": (is_new | is_unsaid) & year.isna(),
    }
    has_block = projects["block_code"].notna()
    lacking = {
        fact: places["block_code"].isin(projects.loc[is_so & has_block, "block_code"]).to_numpy()
        for fact, is_so in may_be.items()
    }
    is_lost = ~has_block & (is_new | is_unsaid) & (is_in_time | year.isna())
    lacking["block_code"] = places["park_code"].isin(projects.loc[is_lost, "park_code"]).to_numpy()
    in_years = counts[[*asked]].to_numpy().sum(axis=1)
    now = counts[as_of.year].to_numpy() if as_of.year not in asked else np.zeros(len(places), int)
    is_open = np.any([*lacking.values()], axis=0)
    is_young = (places["from_on"] > pd.Timestamp(asked[0], 1, 1)).to_numpy()
    verdict = np.select(
        [in_years > 0, is_young, is_open, now > 0],
        ["some", "too_young", "undetermined", "resumed"],
        "none",
    )
    missing = [
        tuple(fact for fact, is_so in lacking.items() if is_so[n]) or None
        if verdict[n] == "undetermined"
        else None
        for n in range(len(places))
    ]
    return pd.DataFrame(
        {
            "block_code": places["block_code"].to_numpy(),
            "park_code": places["park_code"].to_numpy(),
            "verdict": verdict,
            "years": [f"{asked[0]}-{asked[-1]}"] * len(places),
            **{f"count_{n}": counts[one].to_numpy() for n, one in enumerate(asked, start=1)},
            "count_now": now,
            "missing": objects(missing),
        }
    )


def last_places(figures: pd.DataFrame) -> pd.DataFrame:
    """Return who comes last of each kind of place by a figure; equal values share the place.

    `figures`: place_kind, place_code, value. is_certain: everybody's figure is known;
    unknown_count: how many could be behind. Where fewer than two are known nobody is last.
    """
    told = []
    for kind, rows in figures.groupby("place_kind", sort=True):
        known = rows.dropna(subset="value")
        if len(known) < 2:
            continue
        unknown = len(rows) - len(known)
        last = known[known["value"] == known["value"].min()]
        told += [
            {
                "place_kind": kind, "place_code": row["place_code"], "value": row["value"],
                "known_count": len(known), "unknown_count": unknown, "is_certain": unknown == 0,
            }
            for row in last.sort_values("place_code").to_dict("records")
        ]  # fmt: skip
    names = ["place_kind", "place_code", "value", "known_count", "unknown_count", "is_certain"]
    return pd.DataFrame(told, columns=names)
