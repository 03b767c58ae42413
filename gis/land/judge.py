"""Approved land from known records to results: pieces, balances, rules, park accounts, rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis import balance, days, idle, overlay, unsupplied
from gis.facts import approvals as approval_facts
from gis.facts import ground
from gis.facts.gather import Records
from gis.idle import Idle
from gis.land.settings import Settings
from gis.overlay.claims import granted_share

_PIECE = ["id", "approval", "supply", "word", "area_planar_m2", "area_ellipsoidal_m2"]


@dataclass(frozen=True)
class Land:
    """Results of the approved land: findings of rule `unsupplied` and the stored tables.

    `reasons` has the facts each finding was judged on, row by row (see `unsupplied.judge`);
    `compared` has what supplies draw on approvals by papers and shapes (see `balance.compared`);
    `surveyed` is the land survey with is_built.
    """

    findings: pd.DataFrame
    reasons: pd.DataFrame
    pieces: pd.DataFrame
    balances: pd.DataFrame
    compared: pd.DataFrame
    surveyed: pd.DataFrame
    overlay: overlay.Overlay


def judge(known: Records, supplied: Idle, settings: Settings, mine: pd.Index | None = None) -> Land:
    """Overlay approvals with all that meets them on the records' day, and judge what remains.

    `mine` are the names of the approvals asked for, None for all; the others only meet them.
    """
    approvals = approval_facts.assemble(known)
    is_mine = approvals["approval"].isin(approvals["approval"] if mine is None else mine)
    supplies = in_force(supplied.facts, settings)
    withdrawals = known.dated["withdrawals"]
    surveyed = surveyed_on(known, settings)
    cut = overlay.overlay(
        approvals[is_mine],
        supplies,
        withdrawals,
        _places(known),
        settings.overlay,
        approvals,
        surveyed=ground.newest_first(surveyed.dropna(subset=["from_on"])),
    )
    balances = balance.of_approvals(cut, approvals, supplies, withdrawals, settings.balance)
    balances = balances[balances["approval"].isin(approvals.loc[is_mine, "approval"])]
    balances = balances.reset_index(drop=True)
    both = balance.compared(cut, approvals, supplies)
    reasons = _reasons(known, cut, balances, approvals, surveyed, settings)
    today = np.datetime64(known.as_of, "D")
    findings = _balance_known(unsupplied.judge(reasons, today, settings.unsupplied), balances)
    pieces = cut.pieces[[*_PIECE, "block_code", "geom"]]
    return Land(findings, reasons, pieces, balances, both, surveyed, cut)


def surveyed_on(known: Records, settings: Settings) -> pd.DataFrame:
    """Return the land survey of the day with is_built."""
    surveyed = known.dated["landclass"]
    built = ground.is_built(surveyed, settings.built_classes, settings.unbuilt_classes)
    return surveyed.assign(is_built=built)


def in_force(facts: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return the supplies that hold land on the day, with the share of each that was granted.

    Land whose right has ended is stock unless the setting gives it back to the unsupplied;
    land supplied anew is held by its new supply. A shape may show 宗地总面积 or the granted land
    alone: the nearer of the two areas tells, and what it does not show is `undrawn_m2`.
    """
    has_ended = facts["right_ended_on"].notna()
    is_stock = has_ended & (facts["right_ended_kind"] != "resupplied") & settings.is_recovered_stock
    supplies = facts[~has_ended | is_stock].rename(columns={"subject": "key"})
    supplies = supplies.reset_index(drop=True)
    whole, granted = supplies["parcel_total_m2"], supplies["area_m2"]
    is_more = (whole > granted).fillna(False).to_numpy(dtype=bool)
    drawn = pd.Series(np.nan, index=supplies.index)
    drawn[is_more] = idle.planar_area_m2(supplies["geom"].to_numpy()[is_more])
    is_whole_drawn = is_more & ((drawn - whole).abs() < (drawn - granted).abs())
    return supplies.assign(
        granted_share=granted_share(granted, whole).where(is_whole_drawn, 1.0),
        undrawn_m2=(whole - granted).where(is_more & drawn.notna() & ~is_whole_drawn, 0.0),
    )


def _places(known: Records) -> pd.DataFrame:
    return pd.concat(
        [
            pd.DataFrame(
                {
                    "place_kind": kind,
                    "place_code": known.dated[f"{kind}s"][f"{kind}_code"],
                    "geom": known.dated[f"{kind}s"]["geom"],
                }
            )
            for kind in ("park", "block")
        ],
        ignore_index=True,
    )


def _reasons(
    known: Records,
    cut: overlay.Overlay,
    balances: pd.DataFrame,
    approvals: pd.DataFrame,
    surveyed: pd.DataFrame,
    settings: Settings,
) -> pd.DataFrame:
    left = cut.pieces[cut.pieces["word"].isin(("unsupplied", "edge"))].reset_index(drop=True)
    of = approvals.set_index("approval").reindex(left["approval"]).reset_index()
    today = pd.Series(pd.Timestamp(known.as_of), index=left.index)
    now = ground.classes(left, surveyed, today)
    before = ground.classes(left, surveyed, of["approved_on"])
    is_same = (now["class_code"] == before["class_code"]).astype("boolean")
    rows = pd.DataFrame(
        {
            "subject": left["id"],
            "approval": left["approval"],
            "area_m2": left["area_planar_m2"],
            "block_code": left["block_code"],
            "geom": left["geom"],
            "is_edge": left["word"] == "edge",
            "is_built": left["is_built"],
            "is_class_unchanged": is_same.where(
                now["class_code"].notna() & before["class_code"].notna()
            ),
        }
    )
    rows = pd.concat([rows, _unlocated(balances)], ignore_index=True)
    return _with_approval(rows, known, cut, approvals, balances, settings)


def _unlocated(balances: pd.DataFrame) -> pd.DataFrame:
    """Return one row for what remains, known or not, of each approval without any drawing."""
    has_rest = (balances["unsupplied_m2"] > 0) | balances["unsupplied_m2"].isna()
    rest = balances[(balances["method"] == "register") & has_rest]
    return pd.DataFrame(
        {
            "subject": rest["approval"] + "/000",
            "approval": rest["approval"],
            "area_m2": rest["unsupplied_m2"],
            "block_code": None,
            "geom": None,
            "is_edge": False,
            "is_built": False,
            "is_class_unchanged": pd.array([pd.NA] * len(rest), dtype="boolean"),
        }
    )


def _balance_known(findings: pd.DataFrame, balances: pd.DataFrame) -> pd.DataFrame:
    """Return the findings, undetermined where it is not known whether anything remains."""
    is_open = findings["area_m2"].isna()
    reason = balances.set_index("approval")["missing"]
    approval = findings["subject"].str.rsplit("/", n=1).str[0]
    named = reason.reindex(approval).set_axis(findings.index).fillna("balance")
    emptied = {name: findings[name].mask(is_open) for name in ("since_on", "next_on", "next_event")}
    return findings.assign(
        outcome=findings["outcome"].mask(is_open, "undetermined"),
        missing=findings["missing"].mask(is_open, named),
        **emptied,
    )


def _with_approval(
    rows: pd.DataFrame,
    known: Records,
    cut: overlay.Overlay,
    approvals: pd.DataFrame,
    balances: pd.DataFrame,
    settings: Settings,
) -> pd.DataFrame:
    """Add to each piece what is known of its approval."""
    lapse_on = days.add_years(
        days.from_column(approvals["approved_on"]), settings.unsupplied.lapse_years
    )
    status = approval_facts.compensation_by(
        approvals, known.dated["approval_status"], pd.Series(lapse_on)
    ).set_index("approval")
    of = approvals.set_index("approval")
    sums = balances.set_index("approval")
    built = rows.groupby("approval")["is_built"].any()
    is_used = _is_supplied(cut, sums, settings) | built.reindex(sums.index, fill_value=False)
    names = rows["approval"]
    is_placed = (sums["method"] == "geometry") & ~(sums["unlocated_m2"] > 0)
    return rows.assign(
        name=names.str.replace("|", " ", regex=False),
        region_code=of["region_code"].reindex(names).to_numpy(),
        approved_on=of["approved_on"].reindex(names).to_numpy(),
        compensation=status["compensation"].reindex(names).to_numpy(),
        is_supply_possible=status["is_supply_possible"].astype("boolean").reindex(names).array,
        is_used=is_used.astype("boolean").reindex(names).array,
        has_location=is_placed.reindex(names).to_numpy(),
    )


def _is_supplied(cut: overlay.Overlay, sums: pd.DataFrame, settings: Settings) -> pd.Series[bool]:
    """Return for each approval whether any of it was supplied.

    A neighbour's supply that laps over by less than a sliver's width uses nothing of it.
    """
    pieces = cut.pieces
    is_wide = pieces["mean_width_m"] >= settings.overlay.sliver_width_m
    by_shape = pieces.loc[(pieces["word"] == "supplied") & is_wide, "approval"]
    by_record = sums["unlocated_supplied_m2"].where(
        sums["method"] == "geometry", sums["supplied_m2"]
    )
    return (by_record > 0) | sums.index.isin(by_shape)
