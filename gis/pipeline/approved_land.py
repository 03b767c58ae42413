"""Approved land from known records to results: pieces, balances, rules, park accounts, rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis.approvals import balance, overlay, overlay_by_zone
from gis.approvals.claims import granted_share
from gis.approvals.settings import Settings
from gis.facts import approvals as approval_facts
from gis.facts import ground
from gis.facts.gather import Records
from gis.pipeline import idle, lapse, left_land, withdrawn
from gis.pipeline.idle import Idle

# All that the land asks of a supply: every step copies what goes along.
_OF_SUPPLY = [
    *("subject", "signed_on", "signed_until_on", "area_m2", "parcel_total_m2"),
    *("approval_nos", "approval_areas_m2", "right_ended_on", "right_ended_kind"),
    *("supply_way", "use_text", "geom"),
]
_PIECE = ["id", "approval", "supply", "disposition", "area_planar_m2", "area_ellipsoidal_m2"]


@dataclass(frozen=True)
class Land:
    """Results of the approved land: findings of rule `unsupplied` and the stored tables.

    `reasons` has the facts each finding was judged on, row by row (see `unsupplied.judge`);
    `compared` has what supplies draw on approvals by papers and shapes (see `balance.compared`);
    `surveyed` is the land survey with is_built. `late` is what was supplied after a lapse
    (`lapse.late`), `built_late` what was built after it: subject, approval, area_m2, lapse_on,
    region_code, geom.
    `given` is what any supply ever took, on which a lapse is judged (`lapse.Given`).
    """

    findings: pd.DataFrame
    reasons: pd.DataFrame
    pieces: pd.DataFrame
    balances: pd.DataFrame
    compared: pd.DataFrame
    surveyed: pd.DataFrame
    overlay: overlay.Overlay
    late: pd.DataFrame
    built_late: pd.DataFrame
    given: pd.DataFrame


def judge(
    known: Records,
    supplied: Idle,
    settings: Settings,
    mine: pd.Index | None = None,
    threads: int = 1,
) -> Land:
    """Overlay approvals with all that meets them on the records' day, and judge what remains.

    `mine` are the names of the approvals asked for, None for all; the others only meet them.
    """
    approvals = approval_facts.assemble(known)
    is_mine = approvals["approval"].isin(approvals["approval"] if mine is None else mine)
    supplies = in_force(supplied.facts, settings)
    withdrawals = withdrawn.of_approvals(approvals, known.dated["withdrawals"])
    surveyed = surveyed_on(known, settings)
    cut = overlay_by_zone.overlay(
        approvals[is_mine],
        supplies,
        withdrawals,
        _places(known),
        settings.overlay,
        approvals,
        threads,
        ground.newest_first(surveyed.dropna(subset=["from_on"])),
    )
    ended = supplied.facts[~is_in_force(supplied.facts, settings)]
    once = None
    if len(ended) and len(approvals):
        once = lapse.given_once(approvals, is_mine, prepared(ended), settings)
    today = pd.Timestamp(known.as_of)
    papers = left_land.Papers(
        approvals.assign(as_of=today),
        supplies,
        withdrawals,
        known.dated["approval_status"],
        surveyed,
    )
    own = pd.Index(approvals.loc[is_mine, "approval"])
    left = left_land.judge(cut, papers, once, settings, own)
    both = balance.compared(cut, approvals, supplies)
    late = lapse.late(left.lapses, left.given, approvals[is_mine])
    # The others only meet these: whoever owns them tells what was supplied of them.
    late = late[late["approval"].isin(own)]
    balances = lapse.flagged(left.balances, late)
    reasons = left.reasons
    findings = left.findings.assign(
        approval=reasons["approval"],
        park_code=reasons["park_code"],
        subject_kind="approvals",
        subject_key=reasons["approval"],
    )
    is_late = (findings["outcome"] == "lapsed") & reasons["is_built"].eq(True)
    built_late = findings[["subject", "approval", "area_m2", "region_code", "geom"]].assign(
        lapse_on=reasons["lapse_on"]
    )[is_late]
    pieces = cut.pieces[[*_PIECE, "park_code", "block_code", "geom"]]
    return Land(
        findings, reasons, pieces, balances, both, surveyed, cut, late,
        built_late.reset_index(drop=True),
        pd.concat([left.given.rows, left.once.rows], ignore_index=True),
    )  # fmt: skip


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
    return prepared(facts[is_in_force(facts, settings)])


def is_in_force(facts: pd.DataFrame, settings: Settings) -> pd.Series[bool]:
    """Return which supplies hold land on the day."""
    has_ended = facts["right_ended_on"].notna()
    is_stock = has_ended & (facts["right_ended_kind"] != "resupplied") & settings.is_recovered_stock
    return ~has_ended | is_stock


def prepared(facts: pd.DataFrame) -> pd.DataFrame:
    """Return supplies as the overlay and the balance take them: see `in_force`."""
    supplies = facts[_OF_SUPPLY].rename(columns={"subject": "key"}).reset_index(drop=True)
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
