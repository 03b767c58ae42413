"""The balance of an approval as the registers tell it: numbers named and areas, no shapes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.approvals.claims import named
from gis.arrays import objects


@dataclass(frozen=True)
class Settings:
    """The settings of the balance, filled from the law's data."""

    base: Literal["total", "new"]  # approved = 用地总面积, or 新增建设用地面积
    parcel_difference: Literal["exempt", "unsupplied", "supplied"] = "exempt"


def base_m2(approvals: pd.DataFrame, settings: Settings) -> pd.Series:
    """Return the registered area of each approval that the setting takes as its base."""
    column = {"total": "total_area_m2", "new": "new_area_m2"}[settings.base]
    return approvals[column].astype(np.float64)


def draws(approvals: pd.DataFrame, supplies: pd.DataFrame) -> pd.DataFrame:
    """Return one row per supply and approval it names: what it draws on it.

    `supplies`: key, area_m2, parcel_total_m2, approval_nos (list), approval_areas_m2 (list or
    None), geom. Columns given: approval, supply, area_m2 (granted), difference_m2
    (宗地总面积 less granted), has_geom. A supply that names one approval draws on it with its
    whole area; one that names several, with the areas it gives for each; without them both
    areas are unknown (NaN), for it cannot be said how it splits.
    """
    named_by = supplies.reset_index(drop=True)
    lists = named_by["approval_nos"]
    areas = named_by["approval_areas_m2"]
    pieces = pd.DataFrame(
        {
            "asking": np.repeat(np.arange(len(lists)), _lengths(lists)),
            "name": [number for numbers in lists.dropna() for number in numbers],
        }
    )
    pieces["place"] = pieces.groupby("asking").cumcount()
    row, asking = named(approvals, pieces["name"])
    found = pieces.iloc[asking].assign(approval=approvals["approval"].to_numpy()[row])
    found = found.reset_index(drop=True)
    # A number that stands for several approvals (batches of one document) is no split either.
    found["names"] = found.groupby("asking")["approval"].transform("size")
    found["is_own"] = found.groupby(["asking", "place"])["approval"].transform("size") == 1
    supply = named_by.iloc[found["asking"]].reset_index(drop=True)
    split = [
        areas[at][place] if own and _has_split(areas[at], lists[at]) else np.nan
        for at, place, own in zip(found["asking"], found["place"], found["is_own"], strict=True)
    ]
    is_alone = (found["names"] == 1) & (pd.Series(_lengths(lists))[found["asking"]] == 1).to_numpy()
    difference = (supply["parcel_total_m2"] - supply["area_m2"]).clip(lower=0)
    given = pd.Series(split, index=found.index, dtype=np.float64)
    return pd.DataFrame(
        {
            "approval": found["approval"],
            "supply": supply["key"],
            "area_m2": given.where(given.notna() | ~is_alone, supply["area_m2"]),
            "difference_m2": difference.where(is_alone, 0.0).fillna(0.0),
            "has_geom": supply["geom"].notna(),
        }
    ).sort_values(["approval", "supply"], ignore_index=True)


def by_register(
    approvals: pd.DataFrame,
    drawn: pd.DataFrame,
    withdrawals: pd.DataFrame,
    settings: Settings,
    only_unlocated: bool = False,
) -> pd.DataFrame:
    """Return what the registers say of each approval, indexed by its name; drawn: see `draws`.

    Columns: base_m2, supplied_m2, difference_m2, withdrawn_m2, exempt_m2, missing, is_open. An
    area that is unknown leaves the sum of the others standing (NaN where there are none), is named
    in `missing` (split:<supply>, area:<supply>, withdrawn_area:<document>,
    replaced_area:<approval>, base_area) and makes the balance open. With `only_unlocated`, only
    records without geometry are counted, and replacing approvals with one are left to it.
    """
    given_up = _withdrawn(approvals, withdrawals)
    if only_unlocated:
        drawn, given_up = drawn[~drawn["has_geom"]], given_up[~given_up["has_geom"]]
    names = pd.Index(approvals["approval"], name="approval")
    base = base_m2(approvals, settings).set_axis(names)
    several = drawn.groupby("supply")["approval"].transform("size") > 1
    replaced = _replaced(approvals, only_unlocated)
    reasons = [
        _named_by(drawn, np.where(several, "split:", "area:"), "supply"),
        # What is left of an approval withdrawn whole is known without any area.
        _named_by(given_up[~given_up["is_whole"]], "withdrawn_area:", "document"),
        replaced,
    ]
    if not only_unlocated:
        reasons.append(pd.Series("base_area", index=names)[base.isna()])
    missing = pd.concat(reasons).astype(object)
    recorded = approvals["exempt_area_m2"].astype(np.float64).set_axis(names)
    return pd.DataFrame(
        {
            "base_m2": base,
            "supplied_m2": _summed(drawn, "area_m2", names),
            "difference_m2": _summed(drawn, "difference_m2", names),
            "withdrawn_m2": _summed(given_up, "area_m2", names),
            "exempt_m2": recorded.where(names.isin(replaced.index), recorded.fillna(0.0)),
            "missing": _listed(missing),
            "is_open": names.isin(missing.index),
        },
        index=names,
    )


def _withdrawn(approvals: pd.DataFrame, withdrawals: pd.DataFrame) -> pd.DataFrame:
    row, asking = named(approvals, withdrawals["approval_no"])
    document = withdrawals.iloc[asking].reset_index(drop=True)
    shared = pd.Series(asking).groupby(asking).transform("size").to_numpy() > 1
    is_whole = document["is_whole"].to_numpy(bool) if "is_whole" in document else False
    return pd.DataFrame(
        {
            "approval": approvals["approval"].to_numpy()[row],
            "document": document["document"],
            # One area for several approvals does not say how it splits.
            "area_m2": document["area_m2"].astype(np.float64).mask(shared),
            "has_geom": document["geom"].notna(),
            "is_whole": is_whole,
        }
    )


def _replaced(approvals: pd.DataFrame, only_unlocated: bool) -> pd.Series:
    """Return, by older approval, those newer ones of which nobody can say how much they replace."""
    older, newer = named(approvals, approvals["replaces"])
    has_geom = approvals["geom"].notna().to_numpy()
    is_blind = ~(has_geom[older] & has_geom[newer])
    if only_unlocated:
        is_blind &= has_geom[older]
    is_blind &= older != newer
    names = approvals["approval"].to_numpy()
    return pd.Series(
        [f"replaced_area:{name}" for name in names[newer[is_blind]]],
        index=names[older[is_blind]],
        dtype=object,
    )


def _named_by(table: pd.DataFrame, reason: str | npt.NDArray[np.str_], column: str) -> pd.Series:
    """Return, by approval, the records whose area is unknown, with the reason in front."""
    codes = reason + table[column].astype(object)
    is_unknown = table["area_m2"].isna()
    return pd.Series(codes[is_unknown].to_numpy(), index=table.loc[is_unknown, "approval"])


def _listed(codes: pd.Series) -> pd.Series:
    """Return the codes of each name as a list, each once and in order."""
    # A group for each of tens of thousands of names costs more than all else here.
    found: dict[Hashable, set[str]] = defaultdict(set)
    for name, code in codes.items():
        found[name].add(code)
    lists = objects([tuple(sorted(each)) for each in found.values()])
    return pd.Series(lists, index=list(found))


def _summed(table: pd.DataFrame, column: str, names: pd.Index) -> pd.Series:
    """Return the sum of the known areas by approval: 0 where nothing is named, NaN where none is.

    What is unknown beside them does not erase them: the sum is then the least it can be.
    """
    total = table.groupby("approval")[column].sum(min_count=1)
    return total.reindex(names[names.isin(total.index)]).reindex(names, fill_value=0.0)


def _lengths(lists: pd.Series) -> list[int]:
    if lists.isna().all():
        return [0] * len(lists)
    return [0 if not isinstance(each, list | tuple | np.ndarray) else len(each) for each in lists]


def _has_split(areas: object, numbers: object) -> bool:
    return (
        isinstance(areas, list | tuple | np.ndarray)
        and isinstance(numbers, list | tuple | np.ndarray)
        and len(areas) == len(numbers)
    )
