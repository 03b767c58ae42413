"""Whether each approval had been used by the end of its two years, lapsed, and what came after."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from gis import days
from gis.approvals import balance, outcome, overlay, overlay_by_zone
from gis.approvals.settings import Settings
from gis.arrays import objects
from gis.facts import approvals as approval_facts
from gis.geometry.by_zone import near_enough

_LATE = ["approval", "supply", "signed_on", "lapse_on", "area_m2", "region_code", "geom"]


@dataclass(frozen=True)
class SuppliedLand:
    """Land given to somebody: approval, supply, area_m2 (NaN = unknown), geom, and when.

    That is signed_on; signed_until_on is another day where only the month is known.

    One row per supply and approval; of supplies with a shape only what lies in the approval
    counts, of the others what their papers name.
    """

    rows: pd.DataFrame

    @classmethod
    def of(
        cls,
        cut: overlay.Overlay,
        approvals: pd.DataFrame,
        supplies: pd.DataFrame,
        papers: pd.DataFrame,
        settings: Settings,
    ) -> SuppliedLand:
        """Return what the supplies took; a neighbour's that laps over by a sliver took nothing.

        `papers`: what they draw on these approvals, see `balance.draws`.
        """
        pieces = cut.pieces
        is_wide = pieces["mean_width_m"] >= settings.overlay.sliver_width_m
        shown = pieces.loc[(pieces["disposition"] == "supplied") & is_wide]
        by_shape = pd.DataFrame(
            {
                "approval": shown["approval"],
                "supply": shown["supply"],
                "area_m2": shown["area_planar_m2"] * shown["granted_share"],
                "geom": shown["geom"],
            }
        )
        drawn = approvals.loc[approvals["geom"].notna(), "approval"]
        is_drawn = papers["approval"].isin(drawn)
        papers = papers[~(papers["has_geom"] & is_drawn) & ~(papers["area_m2"] <= 0)]
        told = papers[["approval", "supply", "area_m2"]].assign(geom=None)
        rows = pd.concat([by_shape, told], ignore_index=True)
        signed = supplies.set_index("key")
        until_on = signed["signed_until_on" if "signed_until_on" in signed else "signed_on"]
        return cls(
            rows.assign(
                signed_on=signed["signed_on"].reindex(rows["supply"]).to_numpy(),
                signed_until_on=until_on.reindex(rows["supply"]).to_numpy(),
            )
        )

    def nothing(self) -> SuppliedLand:
        """Return the same table without a row."""
        return SuppliedLand(self.rows.iloc[:0])


def given_once(
    approvals: pd.DataFrame, mine: pd.Series[bool], ended: pd.DataFrame, settings: Settings
) -> SuppliedLand:
    """Return what supplies that hold no land any more once took of `mine` of the approvals."""
    shapes = ended["geom"].dropna().to_numpy(dtype=object)
    own = approvals[mine & approvals["geom"].notna()]
    near = near_enough(own["geom"].to_numpy(dtype=object), shapes)
    nothing = pd.DataFrame({"document": [], "approval_no": [], "geom": []}, dtype=object)
    places = pd.DataFrame({"place_kind": [], "place_code": [], "geom": []}, dtype=object)
    cut = overlay_by_zone.overlay(
        own.iloc[near], ended, nothing, places, settings.overlay, approvals
    )
    return SuppliedLand.of(cut, approvals, ended, balance.draws(approvals, ended), settings)


def facts(
    approvals: pd.DataFrame,
    status: pd.DataFrame,
    given: list[SuppliedLand],
    built: pd.DataFrame,
    today: outcome.Moment,
    settings: Settings,
) -> pd.DataFrame:
    """Return what the lapse of each approval is judged on, indexed by its name.

    Columns: approved_on, lapse_on (the last day of the two years), compensation and is_used by that
    day, is_supply_possible, is_lapsed (flags, NA = unknown). `given` is what any supply ever took,
    also one that has ended since; `today`: one day, or that of each approval; `built` has approval
    and is_built_after of the built pieces.
    """
    lapse_on = last_days(approvals, settings)
    table = approval_facts.compensation_by(approvals, status, lapse_on).set_index("approval")
    names = table.index
    table = table.assign(
        approved_on=approvals["approved_on"].to_numpy(), lapse_on=lapse_on.to_numpy()
    )
    rows = pd.concat([each.rows for each in given], ignore_index=True)
    limit = table["lapse_on"].reindex(rows["approval"]).to_numpy()
    is_by_then = (rows["signed_until_on"].to_numpy() <= limit) | pd.isna(limit)
    # Signed in the month the two years end in: nobody knows on which side.
    is_either = (rows["signed_on"].to_numpy() <= limit) & ~is_by_then
    after = built["is_built_after"].astype("boolean")
    used = rows.loc[is_by_then, "approval"], built.loc[~after.fillna(True), "approval"]
    is_used = pd.Series(names.isin(pd.concat(used)), names, dtype="boolean")
    is_open = names.isin(built.loc[after.isna(), "approval"])
    is_open |= names.isin(rows.loc[is_either, "approval"])
    table["is_used"] = is_used.mask(is_open & ~is_used.to_numpy(dtype=bool))
    table["is_lapsed"] = outcome.lapsed(table, today, settings.unsupplied)
    return table


def last_days(approvals: pd.DataFrame, settings: Settings) -> pd.Series:
    """Return the last day of the two years of each approval, in their order."""
    approved_on = days.from_column(approvals["approved_on"])
    lapse_on = days.add_years(approved_on, settings.unsupplied.lapse_years)
    return days.to_column(lapse_on, approvals.index)


def late(lapses: pd.DataFrame, given: SuppliedLand, approvals: pd.DataFrame) -> pd.DataFrame:
    """Return what was supplied of approvals after they had lapsed (失效后供地): columns _LATE.

    `lapses`: see `facts`; `given` by the supplies in force. One row per approval and supply.
    """
    rows = given.rows
    of = lapses.reindex(rows["approval"])
    is_late = of["is_lapsed"].fillna(False).to_numpy(bool) & (
        rows["signed_on"].to_numpy() > of["lapse_on"].to_numpy()
    )
    rows = rows.assign(lapse_on=of["lapse_on"].to_numpy())[is_late]
    found = rows.groupby(["approval", "supply"], as_index=False, sort=True).agg(
        signed_on=("signed_on", "first"),
        lapse_on=("lapse_on", "first"),
        area_m2=("area_m2", lambda areas: areas.sum(min_count=1)),
        geom=("geom", approval_facts.collected),
    )
    region = approvals.set_index("approval")["region_code"]
    return found.assign(region_code=region.reindex(found["approval"]).to_numpy())[_LATE]


def flagged(balances: pd.DataFrame, late_supplies: pd.DataFrame) -> pd.DataFrame:
    """Return the balances with the supplies of after the lapse named (after_lapse:<supply>)."""
    named: dict[str, tuple[str, ...]] = {}
    for approval, supply in zip(late_supplies["approval"], late_supplies["supply"], strict=True):
        named[approval] = (*named.get(approval, ()), f"after_lapse:{supply}")
    both = [
        (*(codes if isinstance(codes, tuple) else ()), *named.get(approval, ())) or None
        for codes, approval in zip(balances["missing"], balances["approval"], strict=True)
    ]
    return balances.assign(missing=pd.Series(objects(both), index=balances.index))
