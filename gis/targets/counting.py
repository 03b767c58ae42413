"""What was done counts against the frozen base: which item it disposes of, once, and what else.

Three stages tell of one item: `reported` (自报) by whoever did it, `filed` (系统填报) in the
system of the ministry, `confirmed` (自治区审核认定) by the region. They never add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.frames import door, needed
from gis.units import AREA_TOLERANCE_M2

STAGES = ("reported", "filed", "confirmed")
# Areas are added as whole millionths of a square metre, so no order of the rows shows.
MILLIONTHS = 1_000_000
_OF_ITEM = ["year", "way", "region_code", "item_no"]


@dataclass(frozen=True)
class Counted:
    """`items` of the base with what was done of each (`targets.items`; NaN: nothing was said),
    `outside` of it (`targets.outside`), and what is to be told (`targets.told`).
    """

    items: pd.DataFrame
    outside: pd.DataFrame
    told: pd.DataFrame


@door(base="targets.base", done="targets.done", gives="targets.*")
def counted(base: pd.DataFrame, done: pd.DataFrame) -> Counted:
    """Return what was done, counted against the base of the same years.

    A row names an item by its number in the region, else its land by supply or approval number;
    of a base that has the land twice the first item stays. Of one item and stage papers add up,
    one result that two papers tell counts once, a ledger counts where there is no paper, and
    what goes beyond the area of the item lies outside. Rows that name nothing (the figures of a
    sheet) are not for here.
    """
    base = base.sort_values("key", ignore_index=True)
    first = _first_with_its_land(base)
    is_first = first == np.arange(len(base))
    kept = base[is_first].reset_index(drop=True)
    # Of several years, what was left stands in the base of the next once more.
    years = base["year"].to_numpy()
    told = [_told("base_twice", base[~is_first & (years == years[first])])]
    done = done.sort_values("key", ignore_index=True)
    found, differs = _items_of(base, (np.cumsum(is_first) - 1)[first], kept, done)
    told += [_told("outside_base", done[found < 0]), _told("other_land", done[differs])]
    beyond = [done[(found < 0) | differs]]
    is_in = (found >= 0) & ~differs
    done = done[is_in].assign(item=found[is_in])
    papers, ledger = done[~done["is_ledger"]], done[done["is_ledger"]]
    again = papers.duplicated(["item", "stage", "area_m2", "done_on"])
    told.append(_told("done_twice", papers[again]))
    of_papers = _sums(papers[~again])
    of_ledger = _sums(ledger)
    items = kept.copy()
    area = _millionths(kept["area_m2"])
    for stage in STAGES:
        said, listed = (one.get(stage, {}) for one in (of_papers, of_ledger))
        differing = [n for n, sum_ in said.items() if _differ(sum_, listed.get(n, sum_))]
        told.append(_told("sources_differ", kept.loc[differing].assign(stage=stage)))
        sums = {**listed, **said}
        over = {n: sum_ - area[n] for n, sum_ in sums.items() if sum_ > area[n]}
        rows = kept.loc[[*over]].assign(
            stage=stage, area_m2=[beyond_m2 / MILLIONTHS for beyond_m2 in over.values()]
        )
        beyond.append(rows)
        told.append(_told("over_base", rows[rows["area_m2"] > AREA_TOLERANCE_M2]))
        values = [min(sums[n], area[n]) / MILLIONTHS if n in sums else np.nan for n in kept.index]
        items[f"{stage}_m2"] = np.array(values, float)
    columns = needed("targets.outside")
    outside = pd.concat([rows.reindex(columns=columns) for rows in beyond], ignore_index=True)
    return Counted(items, outside, pd.concat(told, ignore_index=True))


def _first_with_its_land(base: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return for each item the first that has its land: its supply, or its part of an approval."""
    seen: dict[tuple[Any, ...], int] = {}
    first = np.arange(len(base))
    columns = ["way", "supply_no", "approval_no", "item_no"]
    for n, (way, supply, approval, item) in enumerate(base[columns].to_numpy()):
        lands: list[tuple[Any, ...]] = []
        lands += [("supply", way, supply)] if isinstance(supply, str) else []
        lands += [("approval", way, approval, item)] if isinstance(approval, str) else []
        first[n] = next((seen[land] for land in lands if land in seen), n)
        for land in lands:
            seen.setdefault(land, int(first[n]))
    return first


def _items_of(
    listed: pd.DataFrame, places: npt.NDArray[np.int64], base: pd.DataFrame, done: pd.DataFrame
) -> tuple[Any, Any]:
    """Return the place in the base of what each row names (-1: none), and where land differs.

    `listed`: the items as they came, `places`: where in the base the land of each stands.
    """
    numbers = listed[_OF_ITEM].to_numpy()
    by_number = {tuple(row): int(n) for row, n in zip(numbers, places, strict=True)}
    by_land: dict[tuple[str, str, str], list[int]] = {}
    for column in ("supply_no", "approval_no"):
        for n, (way, number) in enumerate(base[["way", column]].to_numpy()):
            if isinstance(number, str):
                by_land.setdefault((column, way, number), []).append(n)
    found = np.full(len(done), -1)
    differs = np.zeros(len(done), bool)
    for n, row in enumerate(done.to_dict("records")):
        place = by_number.get(tuple(row[name] for name in _OF_ITEM))
        for column in ("supply_no", "approval_no"):
            number = row[column]
            if not isinstance(number, str):
                continue
            if place is None:
                named = by_land.get((column, row["way"], number), [])
                place = named[0] if len(named) == 1 else None
            elif isinstance(base[column].iat[place], str) and base[column].iat[place] != number:
                differs[n] = True
        found[n] = -1 if place is None else place
    return found, differs


def _sums(done: pd.DataFrame) -> dict[str, dict[int, int]]:
    """Return stage -> place in the base -> what was done of it, millionths of m2."""
    known = done[done["area_m2"].notna()]
    sums: dict[str, dict[int, int]] = {}
    for stage, item, area in zip(
        known["stage"], known["item"], _millionths(known["area_m2"]), strict=True
    ):
        own = sums.setdefault(stage, {})
        own[int(item)] = own.get(int(item), 0) + area
    return sums


def _differ(one: int, other: int) -> bool:
    return abs(one - other) > AREA_TOLERANCE_M2 * MILLIONTHS


def _millionths(areas_m2: pd.Series) -> list[int]:
    return [int(area) for area in np.rint(areas_m2.to_numpy(float) * MILLIONTHS)]


def _told(code: str, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.reindex(columns=needed("targets.told")).assign(code=code)
