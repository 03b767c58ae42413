"""What is said of approvals on many days under one edition of the law: the area of each state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis.approvals import balance, overlay, overlay_on_days
from gis.approvals.balance import NOTHING_M2
from gis.approvals.meetings import Meetings
from gis.approvals.settings import Settings
from gis.facts import approval_days
from gis.facts import approvals as approval_facts
from gis.frames import nothing
from gis.pipeline import lapse, left_land
from gis.pipeline.land_moments import naming

# What a finding says of a piece is said of these by its outcome.
_LEFT = ("unsupplied", "edge")
# What a balance says of land that is not left.
_TAKEN = ("supplied", "withdrawn", "exempt", "sliver")


@dataclass(frozen=True)
class Known:
    """What is known of approvals on many days, and how they are cut on each.

    approvals: see `approval_days.on_days`; withdrawals: what they take of each of these; status:
    name, from_on; supplies: from_on, until_on; surveyed: is_built; `taken`: the pieces of each
    state, `once`: what supplies took that held nothing any more.
    """

    approvals: pd.DataFrame
    withdrawals: pd.DataFrame
    status: pd.DataFrame
    supplies: pd.DataFrame
    surveyed: pd.DataFrame
    met: list[Meetings]
    taken: overlay_on_days.Pieces
    once: overlay_on_days.Pieces


def of_edition(
    known: Known, moments: pd.DataFrame, settings: Settings, threads: int
) -> pd.DataFrame:
    """Return the area of each state of moments under one edition: moment, state, area_m2."""
    approvals = known.approvals
    approvals = approvals[approvals["moment"].isin(moments["moment"])].reset_index(drop=True)
    own = approvals[approvals["is_own"]]
    own = own.assign(state=moments.set_index("moment")["state"].reindex(own["moment"]).to_numpy())
    withdrawals = known.withdrawals
    withdrawals = withdrawals[withdrawals["approval_no"].isin(approvals["approval"])]
    status = naming(known.status, own, moments)
    in_force, gone = _citing(known.supplies, own, moments)
    papers = left_land.Papers(approvals, in_force, withdrawals, status, known.surveyed)
    lapse_on = lapse.last_days(own, settings)
    grounded, placed = _on_ground(known, own, status, lapse_on, settings, threads)
    cut = _overlay(known, own, known.taken, placed)
    once = None
    if len(known.once.table) or len(gone) > len(known.supplies):
        nowhere = np.full(len(known.once.table), None, dtype=object)
        cut_once = _overlay(known, own, known.once, nowhere)
        drawn = balance.draws(approvals, gone)
        once = lapse.SuppliedLand.of(cut_once, approvals, gone, drawn, settings)
    left = left_land.judge(cut, papers, once, settings, pd.Index(own["approval"]), grounded)
    return _states(cut, left)


def _citing(
    supplies: pd.DataFrame, own: pd.DataFrame, moments: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the supplies in force and those ended; what they name is told moment by moment.

    Of those with a shape nothing more is asked where the approval has one too.
    """
    numbers = own.drop_duplicates("name")[["name", "number"]]
    named = approval_days.naming(
        supplies, "approval_nos", numbers.rename(columns={"number": "approval_no"})
    )
    there = moments.merge(named, on="name")
    is_drawn = own.set_index("moment")["geom"].notna().reindex(there["moment"]).to_numpy(bool)
    there = there[(there["from_on"] <= there["on"]) & ~(is_drawn & there["geom"].notna())]
    there = there.assign(
        key=approval_days.marked(there["moment"], there["key"]),
        approval_nos=approval_days.each_marked(there["moment"], there["approval_nos"]),
    )
    bare = supplies.assign(approval_nos=None, approval_areas_m2=None)
    holds = there["on"] < there["until_on"]
    in_force, gone = (
        pd.concat([bare, there.loc[rows, supplies.columns]], ignore_index=True)
        for rows in (holds, ~holds)
    )
    return in_force, gone


def _on_ground(
    known: Known,
    own: pd.DataFrame,
    status: pd.DataFrame,
    lapse_on: pd.Series,
    settings: Settings,
    threads: int,
) -> tuple[pd.Index, np.ndarray]:
    """Return the approvals whose ground the survey is asked about, and the pieces in their place.

    Whether the ground changed tells of nothing but land that cannot be supplied.
    """
    table = known.taken.table
    if known.surveyed.empty:
        return pd.Index([]), np.full(len(table), None, dtype=object)
    said = approval_facts.compensation_by(own, status, lapse_on)["is_supply_possible"]
    is_asked = said.eq(False).fillna(False).to_numpy(dtype=bool)
    built = table.loc[table["is_built"].astype(bool), "state"]
    is_over = (own["as_of"] > lapse_on) & own["state"].isin(built)
    states = own.loc[is_asked | is_over, "state"].unique()
    placed = known.taken.in_place(states, settings.overlay, threads)
    return pd.Index(own.loc[is_asked, "approval"]), placed


def _overlay(
    known: Known, own: pd.DataFrame, found: overlay_on_days.Pieces, placed: np.ndarray
) -> overlay.Overlay:
    """Return the pieces of states as those of each moment that is cut like them."""
    moments = own[["approval", "state", "version", "as_of"]]
    nowhere: dict[str, None] = {"park_code": None, "block_code": None}
    pieces = moments.merge(found.table.assign(geom=placed), on="state")
    sizes = moments.merge(found.sizes, on="state").assign(
        residual_m2=0.0, ring_ellipsoidal_m2=np.nan, noded_ellipsoidal_m2=np.nan, **nowhere
    )
    return overlay.Overlay(
        pieces.assign(id=pieces["approval"], **nowhere),
        _sharing(known, moments),
        sizes,
        pd.DataFrame(),
    )


def _sharing(known: Known, moments: pd.DataFrame) -> pd.DataFrame:
    """Return what each moment's approval has of the supplies of which a shape does not show all.

    What has no shape of its own is shared by the shares of the supply: of the others nothing is.
    """
    undrawn = known.supplies[known.supplies["undrawn_m2"] != 0]
    if undrawn.empty or not known.met:
        return nothing("overlay.pairs")
    shares = pd.concat([each.shares for each in known.met], ignore_index=True)
    pairs = moments.merge(shares, on="version").merge(
        undrawn[["key", "from_on", "until_on"]], left_on="supply", right_on="key"
    )
    holds = (pairs["from_on"] <= pairs["as_of"]) & (pairs["as_of"] < pairs["until_on"])
    return pairs[holds]


def _states(cut: overlay.Overlay, left: left_land.LeftLand) -> pd.DataFrame:
    """Return the area of each state of moments: moment, state, area_m2."""
    balances = left.balances
    rest_m2 = balances["unsupplied_m2"] + balances["edge_m2"]
    is_by_paper = (balances["method"] == "register") | (
        (rest_m2 < NOTHING_M2) & (balances["unlocated_m2"] > 0)
    )
    told = balances[is_by_paper].melt(
        "approval", [f"{word}_m2" for word in _TAKEN], "state", "area_m2"
    )
    told = told.assign(state=told["state"].str.removesuffix("_m2"))[told["area_m2"] != 0]
    pieces = cut.pieces[~cut.pieces["disposition"].isin(_LEFT)]
    pieces = pieces[~pieces["approval"].isin(balances.loc[is_by_paper, "approval"])]
    found = left.findings.assign(approval=left.reasons["approval"])
    columns = ["approval", "state", "area_m2"]
    rows = pd.concat(
        [
            told[columns],
            pieces[["approval", "disposition", "area_planar_m2"]].set_axis(columns, axis=1),
            found[["approval", "outcome", "area_m2"]].set_axis(columns, axis=1),
        ],
        ignore_index=True,
    )
    rows = rows.astype({"area_m2": np.float64})
    by = rows.groupby(["approval", "state"])["area_m2"]
    sums: pd.DataFrame = by.sum(skipna=False).reset_index()
    return sums.assign(moment=approval_days.moment_of(sums["approval"]))
