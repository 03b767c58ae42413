"""Balances of blocks, parks and regions; land approved twice belongs to the newest approval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.approvals.balance.approvals import SUMS, settle, words_of
from gis.approvals.balance.register import Settings
from gis.approvals.overlay import Overlay

_AREAS = ["approved_m2", *SUMS, "unlocated_m2", "residual_m2"]
_UNLOCATED = ["unlocated_supplied_m2", "unlocated_withdrawn_m2", "unlocated_exempt_m2"]


def totals(
    balance: pd.DataFrame, overlay: Overlay, place_kind: str, settings: Settings
) -> pd.DataFrame:
    """Return one balance per block, park or region: `summed` of what its approvals have there."""
    return summed(lines(balance, overlay, place_kind, settings), place_kind)


def lines(
    balance: pd.DataFrame, overlay: Overlay, place_kind: str, settings: Settings
) -> pd.DataFrame:
    """Return one row per place and approval: what the approval has there, its words settled.

    `place_kind` is block or park (by the areas of the overlay's places) or region (by the
    approval's region code). An area without a place goes to the place that holds most of its
    approval; approvals without geometry are in the rows of regions only. Parts of the approvals
    give the same rows as all of them.
    """
    # Land of approvals without a region code is land all the same.
    codes = balance.set_index("approval")["region_code"].astype(object).fillna("")
    share_of = overlay.pieces.set_index("id")["granted_share"]
    if place_kind == "region":
        pieces = overlay.pieces[["approval", "disposition", "granted_share", "counted_m2"]]
        pieces = pieces.assign(place_code=codes.reindex(pieces["approval"]).to_numpy())
        held = pieces.assign(area_m2=pieces["counted_m2"])
    else:
        pieces = overlay.places[overlay.places["place_kind"] == place_kind]
        pieces = pieces.assign(granted_share=share_of.reindex(pieces["id"]).to_numpy())
        held = pieces
    by = ["place_code", "approval"]
    rows = words_of(pieces, by, "counted_m2", settings)
    rows["approved_m2"] = rows[SUMS].sum(axis=1)
    rows["residual_m2"] = 0.0
    rows = rows.merge(_unlocated(balance, held), on=by, how="left").fillna(
        dict.fromkeys(_UNLOCATED, 0.0)
    )
    told = balance.set_index("approval").reindex(rows["approval"]).reset_index(drop=True)
    rows = settle(rows.assign(is_whole=told["is_whole"].astype(bool)))
    # What was supplied of an approval withdrawn whole was taken off nothing that is left.
    rows["unlocated_m2"] = rows["unlocated_m2"].mask(rows["is_whole"], 0.0)
    is_open = told["unsupplied_m2"].isna()
    rows[["unsupplied_m2", "edge_m2"]] = rows[["unsupplied_m2", "edge_m2"]].mask(is_open)
    if place_kind == "region":
        numbers = balance[balance["method"] == "register"]
        numbers = numbers.assign(place_code=numbers["region_code"].astype(object).fillna(""))
        rows = pd.concat([rows, numbers[rows.columns.intersection(numbers.columns)]])
    dated = balance.set_index("approval")["approved_on"].notna()
    is_dated = dated.reindex(rows["approval"]).to_numpy(dtype=bool)
    return rows.assign(is_dated=is_dated)[[*by, *_AREAS, "is_dated"]]


def summed(rows: pd.DataFrame, place_kind: str) -> pd.DataFrame:
    """Return one balance per place, in the order of their codes, from the rows of `lines`.

    Columns: place_kind, place_code, approvals_count, approved_m2, the six words, unlocated_m2,
    residual_m2, undetermined_count, undetermined_m2. Approvals without a day, or whose balance is
    undetermined, are counted there and in no sum.
    """
    # In one order whatever the parts: a sum of floats remembers the order of its terms.
    rows = rows.sort_values(["place_code", "approval"], ignore_index=True)
    is_counted = rows[["approved_m2", *SUMS]].notna().all(axis=1) & rows["is_dated"]
    counted, lost = rows[is_counted], rows[~is_counted]
    places = pd.Index(sorted(rows["place_code"].dropna().unique()), name="place_code")
    table = counted.groupby("place_code")[_AREAS].sum().reindex(places, fill_value=0.0)
    count = counted.groupby("place_code").size().reindex(places, fill_value=0)
    table.insert(0, "approvals_count", count.astype(np.int64))
    table["undetermined_count"] = lost.groupby("place_code").size().reindex(places, fill_value=0)
    area = lost.groupby("place_code")["approved_m2"].sum()
    table["undetermined_m2"] = area.reindex(places, fill_value=0.0)
    table = table.reset_index()
    table.insert(0, "place_kind", place_kind)
    return table


def _unlocated(balance: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Return the unlocated areas of each approval under its chief place."""
    sums = held.groupby(["approval", "place_code"])["area_m2"].sum().reset_index()
    sums = sums.sort_values(["approval", "area_m2", "place_code"], ascending=[True, False, True])
    chief = sums.drop_duplicates("approval")[["approval", "place_code"]]
    owed: pd.DataFrame = chief.merge(balance[["approval", *_UNLOCATED]], on="approval")
    return owed
