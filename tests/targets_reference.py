"""Tasks against what was done, the slow and obvious way: one item, one task, one paper at a time.

Written from the words of the law and of `gis/targets`, not from its code. Areas are whole m2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

STAGES = ("reported", "filed", "confirmed")
Row = Mapping[str, Any]


def lands(row: Row) -> list[tuple[Any, ...]]:
    """What land a row of the base is: its supply, or its part of an approval."""
    found: list[tuple[Any, ...]] = []
    if row["supply_no"]:
        found.append(("supply", row["way"], row["supply_no"]))
    if row["approval_no"]:
        found.append(("approval", row["way"], row["approval_no"], row["item_no"]))
    return found


def items_of(base: Sequence[Row]) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
    """The items that stay, and key -> the item that stands for a row of the base."""
    kept: list[dict[str, Any]] = []
    stands_for: dict[str, dict[str, Any]] = {}
    for row in sorted(base, key=lambda one: str(one["key"])):
        same = next((one for one in kept if set(lands(row)) & one["lands"]), None)
        if same is None:
            same = {**row, "lands": set()}
            kept.append(same)
        same["lands"] |= set(lands(row))
        stands_for[row["key"]] = same
    return kept, stands_for


def named(
    row: Row, base: Sequence[Row], kept: Sequence[dict[str, Any]], by_key: Mapping[str, Any]
) -> tuple[dict[str, Any] | None, bool]:
    """The item a paper names, by its number, else by its land; and whether land differs."""
    mine = [
        one for one in base
        if all(one[name] == row[name] for name in ("year", "way", "region_code", "item_no"))
    ]  # fmt: skip
    # Of two rows of one number the last of the order of keys is the one that is found.
    item = by_key[max(mine, key=lambda one: str(one["key"]))["key"]] if mine else None
    differs = False
    for column in ("supply_no", "approval_no"):
        if not row[column]:
            continue
        if item is None:
            there = [one for one in kept if one["way"] == row["way"] and one[column] == row[column]]
            item = there[0] if len(there) == 1 else None
        elif item[column] and item[column] != row[column]:
            differs = True
    return item, differs


def counted(base: Sequence[Row], done: Sequence[Row]) -> tuple[list[dict[str, Any]], list[Row]]:
    """The items with what was done of each at a stage (None: nothing said), and what is outside."""
    kept, by_key = items_of(base)
    papers: dict[tuple[str, str], list[Row]] = {}
    ledger: dict[tuple[str, str], list[Row]] = {}
    outside: list[Row] = []
    for row in sorted(done, key=lambda one: str(one["key"])):
        item, differs = named(row, base, kept, by_key)
        if item is None or differs:
            outside.append(row)
            continue
        place = (item["key"], row["stage"])
        if row["is_ledger"]:
            ledger.setdefault(place, []).append(row)
        elif not any(
            (row["area_m2"], row["done_on"]) == (one["area_m2"], one["done_on"])
            for one in papers.get(place, ())
        ):
            papers.setdefault(place, []).append(row)
    for item in kept:
        for stage in STAGES:
            rows = papers.get((item["key"], stage)) or ledger.get((item["key"], stage)) or []
            told = sum(one["area_m2"] for one in rows)
            item[stage] = min(told, item["area_m2"]) if rows else None
            if told > item["area_m2"]:
                outside.append({**item, "stage": stage, "area_m2": told - item["area_m2"]})
    return kept, outside


def is_within(code: str, region: str) -> bool:
    """Whether a region lies in another: a banner in its city, a city in the region."""
    stem = region
    while len(stem) > 2 and stem.endswith("00"):
        stem = stem[:-2]
    return code.startswith(stem)


def of_task(
    task: Row, items: Sequence[Row], outside: Sequence[Row], is_over: bool
) -> dict[str, Any]:
    """What a task comes to: sums, rates, what is lacking, its state."""

    def is_own(one: Row) -> bool:
        if one["way"] != task["way"]:
            return False
        if task["park_code"]:
            return bool(one["park_code"] == task["park_code"])
        return is_within(one["region_code"], task["region_code"])

    own = [one for one in items if is_own(one)]
    told: dict[str, Any] = {
        "base_count": len(own),
        "base_m2": sum(one["area_m2"] for one in own) if own else None,
    }
    for stage in STAGES:
        known = [one[stage] for one in own if one[stage] is not None]
        told[stage] = sum(known) if known else None
        beyond = [one["area_m2"] for one in outside if one["stage"] == stage and is_own(one)]
        told[f"outside_{stage}"] = sum(beyond) if beyond else None
        told[f"{stage}_rate"] = Fraction(told[stage], task["target_m2"]) if known else None
    if told["confirmed"] is None:
        return told | {"state": "undetermined", "lacking": None}
    lacking = max(task["target_m2"] - told["confirmed"], 0)
    state = "met" if lacking == 0 else "missed" if is_over else "open"
    return told | {"state": state, "lacking": lacking}
