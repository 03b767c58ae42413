"""Tasks drawn by chance against a slow, obvious reference; what must hold whatever is drawn."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from gis.targets import against, counting
from gis.targets.against import Asked
from tests import targets_reference as slow
from tests.conftest import rest_long
from tests.test_targets import BASE, DONE, NOTHING_RECORDED, TASK, frame

SEEDS = rest_long(range(2_000_000, 2_000_200), range(2_000_000, 2_000_006))
HOW = Asked(date(2027, 1, 1), Fraction(15, 100))
REGIONS, PARKS = ("150602", "150603", "150722"), (None, None, "P1", "P2")
Rows = list[dict[str, Any]]


def drawn(seed: int) -> tuple[Rows, Rows, Rows]:
    """Tasks, base and papers of few numbers, so that many meet: of both ways, in three banners."""
    draw = np.random.default_rng(seed)

    def one_of(*values: Any) -> Any:
        return values[int(draw.integers(len(values)))]

    def common() -> dict[str, Any]:
        way = one_of("unsupplied", "idle")
        number = one_of(*range(5), None)
        name = "supply_no" if way == "idle" else "approval_no"
        return {
            "year": 2026, "region_code": one_of(*REGIONS), "way": way,
            "item_no": one_of(*(f"N{n}" for n in range(9)), None), "supply_no": None,
            "approval_no": None, "park_code": one_of(*PARKS),
            name: None if number is None else f"L{number}",
        }  # fmt: skip

    base: Rows = []
    for n in range(int(draw.integers(0, 14))):
        row = common() | {"key": f"B{n:02}", "area_m2": int(draw.integers(1, 9)) * 1_000}
        number = ("way", "region_code", "item_no")
        if row["item_no"] and any(all(row[k] == one[k] for k in number) for one in base):
            continue  # a number stands once in the list of a region
        base.append(row)
    done: Rows = [
        common() | {
            "key": f"D{n:02}", "stage": one_of(*slow.STAGES), "document": "x",
            "area_m2": int(draw.integers(1, 9)) * 500, "is_ledger": bool(draw.random() < 0.2),
            "done_on": one_of("2026-03-01", "2026-06-01"),
        }
        for n in range(int(draw.integers(0, 40)))
    ]  # fmt: skip
    # A paper of a sheet names nothing, and is not for here.
    done = [one for one in done if one["item_no"] or one["supply_no"] or one["approval_no"]]
    tasks = [
        {"year": 2026, "until_year": None, "region_code": region, "park_code": park, "way": way,
         "target_m2": int(draw.integers(1, 12)) * 1_000}
        for region, park in (("150600", None), ("150602", None), ("150000", None), ("150602", "P1"))
        for way in ("unsupplied", "idle") if draw.random() < 0.8
    ]  # fmt: skip
    return tasks, base, done


def framed(columns: list[str], rows: Rows) -> pd.DataFrame:
    return frame(columns, [[row[name] for name in columns] for row in rows])


def found(tasks: Rows, base: Rows, done: Rows) -> dict[tuple[str, str], dict[str, Any]]:
    counted = counting.counted(framed(BASE, base), framed(DONE, done))
    rows = against.tasks(framed(TASK, tasks), counted, NOTHING_RECORDED, HOW)
    told = rows.astype(object).where(rows.notna(), None).to_dict("records")
    return {(row["place_code"], row["way"]): row for row in told}


@pytest.mark.parametrize("seed", SEEDS)
def test_tasks_are_counted_as_the_slow_way_counts_them(seed: int) -> None:
    tasks, base, done = drawn(seed)
    items, outside = slow.counted(base, done)
    told = found(tasks, base, done)
    for task in tasks:
        expected = slow.of_task(task, items, outside, is_over=True)
        row = told[task["park_code"] or task["region_code"], task["way"]]
        for name in ("base_count", "base_m2", "state"):
            assert row[name] == expected[name], (task, name)
        assert row["lacking_m2"] == expected["lacking"]
        for stage in slow.STAGES:
            assert row[f"{stage}_m2"] == expected[stage], (task, stage)
            assert row[f"outside_{stage}_m2"] == expected[f"outside_{stage}"], (task, stage)
            rate = expected[f"{stage}_rate"]
            assert row[f"{stage}_rate"] == (None if rate is None else float(rate))
    for (place, way), row in told.items():
        if way != "both":
            continue
        both = [told[place, one] for one in ("unsupplied", "idle")]
        assert (row["state"] == "met") == all(one["state"] == "met" for one in both)
        assert row["target_m2"] == sum(one["target_m2"] for one in both)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_must_hold_of_any_tasks_does(seed: int) -> None:
    tasks, base, done = drawn(seed)
    told = found(tasks, base, done)
    draw = np.random.default_rng(seed)
    # The order in which rows come says nothing.
    mixed = [[rows[n] for n in draw.permutation(len(rows))] for rows in (tasks, base, done)]
    assert found(*mixed) == told
    # Areas of twice the size leave every rate and state as they are.
    doubled = [
        [row | {k: 2 * v for k, v in row.items() if k.endswith("_m2")} for row in rows]
        for rows in (tasks, base, done)
    ]
    for place, row in found(*doubled).items():
        for name in ("confirmed_rate", "filed_rate", "state", "disposal_share"):
            assert row[name] == told[place][name]
    for (place, _), row in told.items():
        for stage in slow.STAGES:
            # No more counts than stood in the base; of a place no more than of what it lies in.
            assert (row[f"{stage}_m2"] or 0) <= (row["base_m2"] or 0)
            if place == "150602" and ("150600", row["way"]) in told:
                whole = told["150600", row["way"]]
                assert (row[f"{stage}_m2"] or 0) <= (whole[f"{stage}_m2"] or 0)
        if row["state"] == "met":
            assert row["lacking_m2"] == 0
        assert (
            row["rate_low"] is None or row["rate_low"] <= row["confirmed_rate"] <= row["rate_high"]
        )
