"""Control values against a slow obvious reference: for drawn projects, values, days and industries.

The reference walks every day and industry a project may have and, for each, every value there is,
and says what all of them agree on.
"""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gis.control import applicable, judge
from gis.control.values import LEVELS, NAMES

AS_OF = date(2026, 6, 30)
INDUSTRIES = ("", "26", "261", "2614", "27", "2710")
DAYS = [pd.Timestamp(f"{year}-01-01") for year in (2021, 2022, 2023)]


def drawn(seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    draw = np.random.default_rng(seed)

    def one(*choices: Any) -> Any:
        return choices[int(draw.integers(len(choices)))]

    rows = []
    for _ in range(60):
        level = one(*LEVELS)
        place = {
            "agreement": f"P{draw.integers(40)}", "park": one("K1", "K2"),
            "region": one("150602", "150600", "150000", "150722"), "nation": "",
        }[level]  # fmt: skip
        least = float(draw.integers(1, 8)) if draw.random() < 0.9 else np.nan
        rows.append(
            {
                "level": level, "place": place,
                "industry": "" if level == "agreement" else one(*INDUSTRIES),
                "name": one(*NAMES[:3]), "least": least,
                "most": least + float(draw.integers(0, 4)) if draw.random() < 0.3 else np.nan,
                "document": "文", "from_on": one(*DAYS),
                "until_on": one(pd.NaT, pd.NaT, DAYS[-1] + pd.Timedelta(days=200)),
                "is_verified": True, "fault": None,
            }
        )  # fmt: skip
    values = pd.DataFrame(rows).drop_duplicates(["level", "place", "industry", "name", "from_on"])
    values[["from_on", "until_on"]] = values[["from_on", "until_on"]].astype("datetime64[s]")
    subjects = pd.DataFrame(
        [
            {
                "subject": f"P{n}", "park_code": one("K1", "K2", None),
                "region_code": one("150602", "150602", "150722", "440100"),
                "industries": one(("26",), ("2614",), ("2710", "261"), ("30",), None),
                "values_on": one(pd.NaT, *(day + pd.Timedelta(days=100) for day in DAYS)),
                "capacity_on": pd.Timestamp("2026-01-01"), "is_unbuilt": False,
            }
            for n in range(40)
        ]
    )  # fmt: skip
    measured = pd.DataFrame(
        [
            {"subject": f"P{n}", "name": name, "low": float(low),
             "high": float(low + draw.integers(0, 2)), "missing": None}
            for n in range(40) for name in NAMES for low in [draw.integers(0, 10)]
        ]
    )  # fmt: skip
    return subjects, values, measured


def reference(
    subject: dict[str, Any], values: list[dict[str, Any]], low: float, high: float
) -> str:
    days = [subject["values_on"]]
    if pd.isna(days[0]):
        # A day in each span there is, and none before the first value.
        days = sorted({day for row in values for day in (row["from_on"], row["until_on"])
                       if not pd.isna(day) and applies(subject, row)}) or [pd.NaT]  # fmt: skip
    stated = {row["industry"] for row in values if applies(subject, row)}
    own = subject["industries"]
    codes = (
        {"", *stated} if own is None
        else {*own} | {one for one in stated for base in own if one.startswith(base)}
    )  # fmt: skip
    met, below, has_any = True, [True, True], False
    for day, code in itertools.product(days, codes):
        tops = [
            row for row in values
            if applies(subject, row) and code.startswith(row["industry"])
            and (row["level"] == "agreement" or pd.isna(day)
                 or (row["from_on"] <= day and (pd.isna(row["until_on"]) or day < row["until_on"])))
        ]  # fmt: skip
        if not tops:
            below = [False, False]
            continue
        top = min(
            tops,
            key=lambda row: (LEVELS.index(row["level"]), -len(row["place"].rstrip("0")),
                             -len(row["industry"]), -row["from_on"].value),
        )  # fmt: skip
        is_told = not (pd.isna(top["least"]) and pd.isna(top["most"]))
        has_any = has_any or is_told
        met = met and not (low < top["least"]) and not (high > top["most"])
        below[0] = below[0] and bool(high < top["least"])
        below[1] = below[1] and bool(low > top["most"])
    if not has_any:
        return "no_control"
    return "below" if any(below) else "met" if met else "undetermined"


def applies(subject: dict[str, Any], row: dict[str, Any]) -> bool:
    if row["level"] == "region":
        return str(subject["region_code"]).startswith(row["place"].rstrip("0"))
    own = {"agreement": subject["subject"], "park": subject["park_code"], "nation": ""}
    return bool(own[row["level"]] == row["place"])


@pytest.mark.parametrize("seed", [1, 2, 53])
def test_every_verdict_is_what_the_reference_says(seed: int) -> None:
    subjects, values, measured = drawn(seed)
    applied = applicable.applicable(subjects, values)
    found = judge.judge(subjects, applied, measured, AS_OF)
    told = found.set_index(["subject", "name"])["verdict"]
    reached = measured.set_index(["subject", "name"])
    by_name = {name: rows.to_dict("records") for name, rows in values.groupby("name")}
    for subject in subjects.to_dict("records"):
        for name in NAMES:
            key = (subject["subject"], name)
            low, high = reached.loc[key, ["low", "high"]]
            expected = reference(subject, by_name.get(name, []), low, high)
            assert told[key] == expected, (key, subject)
    assert told.value_counts().min() > 3, told.value_counts()
