"""Approved land from known records to results: pieces, balances, rules, park accounts, rates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis.approvals import balance, outcome, overlay, overlay_by_zone
from gis.approvals.claims import granted_share
from gis.approvals.settings import Settings
from gis.facts import approvals as approval_facts
from gis.facts import ground
from gis.facts.gather import Records
from gis.pipeline import idle, lapse, withdrawn
from gis.pipeline.idle import Idle

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
    balances = balance.of_approvals(cut, approvals, supplies, withdrawals, settings.balance)
    balances = balances[balances["approval"].isin(approvals.loc[is_mine, "approval"])]
    balances = balances.reset_index(drop=True)
    both = balance.compared(cut, approvals, supplies)
    given = lapse.SuppliedLand.of(cut, approvals, supplies, settings)
    ended = supplied.facts[~is_in_force(supplied.facts, settings)]
    once = given.nothing()
    if len(ended) and len(approvals):
        once = lapse.given_once(approvals, is_mine, prepared(ended), settings)
    left = _left(cut, approvals, surveyed, known, settings)
    today = np.datetime64(known.as_of, "D")
    status = known.dated["approval_status"]
    lapses = lapse.facts(approvals, status, [given, once], left[left["is_built"]], today, settings)
    late = lapse.late(lapses, given, approvals[is_mine])
    # The others only meet these: whoever owns them tells what was supplied of them.
    late = late[late["approval"].isin(approvals.loc[is_mine, "approval"])]
    balances = lapse.flagged(balances, late)
    reasons = _with_approval(left, balances, lapses, approvals)
    may_be_gone = withdrawals.loc[withdrawals["may_be_whole"], "approval_no"]
    findings = outcome.judge(reasons, today, settings.unsupplied)
    findings = _balance_known(findings, reasons["approval"], balances, may_be_gone).assign(
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
        pd.concat([given.rows, once.rows], ignore_index=True),
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
    supplies = facts.rename(columns={"subject": "key"}).reset_index(drop=True)
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


def _left(
    cut: overlay.Overlay,
    approvals: pd.DataFrame,
    surveyed: pd.DataFrame,
    known: Records,
    settings: Settings,
) -> pd.DataFrame:
    """Return the pieces that are left, with what the survey says of each."""
    left = cut.pieces[cut.pieces["disposition"].isin(("unsupplied", "edge"))].reset_index(drop=True)
    of = approvals.assign(lapse_on=lapse.last_days(approvals, settings)).set_index("approval")
    of = of.reindex(left["approval"]).reset_index()
    today = pd.Series(pd.Timestamp(known.as_of), index=left.index)
    now = ground.classes(left, surveyed, today)
    before = ground.classes(left, surveyed, of["approved_on"])
    is_same = (now["class_code"] == before["class_code"]).astype("boolean")
    # Until the two years are over nothing was built after them.
    is_over = left["is_built"] & (today > of["lapse_on"])
    after = pd.Series(False, index=left.index, dtype="boolean")
    after[is_over] = ground.built_after(
        left[is_over].reset_index(drop=True), surveyed, of.loc[is_over, "lapse_on"]
    ).to_numpy()
    return pd.DataFrame(
        {
            "subject": left["id"],
            "approval": left["approval"],
            "area_m2": left["area_planar_m2"],
            "block_code": left["block_code"],
            "park_code": left["park_code"],
            "geom": left["geom"],
            "is_edge": left["disposition"] == "edge",
            "is_built": left["is_built"],
            "is_built_after": after.mask(of["lapse_on"].isna() & left["is_built"]),
            "is_class_unchanged": is_same.where(
                now["class_code"].notna() & before["class_code"].notna()
            ),
        }
    )


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
            "park_code": None,
            "geom": None,
            "is_edge": False,
            "is_built": False,
            "is_built_after": pd.array([False] * len(rest), dtype="boolean"),
            "is_class_unchanged": pd.array([pd.NA] * len(rest), dtype="boolean"),
        }
    )


def _balance_known(
    findings: pd.DataFrame, of: pd.Series, balances: pd.DataFrame, may_be_gone: pd.Series
) -> pd.DataFrame:
    """Return the findings, undetermined where it is not known whether anything remains.

    Every area that is unknown of the approval is named with its pieces, whatever their outcome.
    """
    is_open = findings["area_m2"].isna() | of.isin(may_be_gone)
    reason = balances.set_index("approval")["missing"].reindex(of).set_axis(findings.index)
    unknown = reason.astype(object).map(_unknown_areas, na_action="ignore").fillna("")
    is_located = findings["area_m2"].notna()
    own = findings["missing"].astype(object).where(is_located & ~is_open).fillna("")
    is_unplaced = (
        findings["missing"].astype(object).fillna("").str.split(";").str[-1].eq("location")
    )
    own = own.mask(is_open & is_located & is_unplaced, "location")
    named = (own + ";" + unknown).str.strip(";")
    named = named.mask(is_open & (named == ""), "balance")
    emptied = {name: findings[name].mask(is_open) for name in ("since_on", "next_on", "next_event")}
    return findings.assign(
        outcome=findings["outcome"].mask(is_open, "undetermined"),
        missing=named.where(named != "", None),
        **emptied,
    )


def _unknown_areas(missing: str) -> str:
    """Return the codes of a balance that name an area nobody knows."""
    codes = missing.split(";")
    return ";".join(code for code in codes if balance.at_least(code) or code == "base_area")


def _with_approval(
    left: pd.DataFrame, balances: pd.DataFrame, lapses: pd.DataFrame, approvals: pd.DataFrame
) -> pd.DataFrame:
    """Return each piece, and what remains without any drawing, with what is known of its approval.

    Where areas without a place take all that is left, no piece is left.
    """
    sums = balances.set_index("approval")
    rest = sums["unsupplied_m2"] + sums["edge_m2"]
    gone = rest.index[(rest < balance.NOTHING_M2) & (sums["unlocated_m2"] > 0)]
    rows = pd.concat([left[~left["approval"].isin(gone)], _unlocated(balances)], ignore_index=True)
    of, names = approvals.set_index("approval"), rows["approval"]
    said = lapses.reindex(names)
    is_placed = (sums["method"] == "geometry") & ~(sums["unlocated_m2"] > 0)
    is_placed &= np.array([not balance.at_least(codes) for codes in sums["missing"]], dtype=bool)
    return rows.assign(
        name=names.str.replace("|", " ", regex=False),
        region_code=of["region_code"].reindex(names).to_numpy(),
        approved_on=of["approved_on"].reindex(names).to_numpy(),
        lapse_on=said["lapse_on"].to_numpy(),
        compensation=said["compensation"].to_numpy(),
        is_supply_possible=said["is_supply_possible"].astype("boolean").array,
        is_used=said["is_used"].array,
        has_location=is_placed.reindex(names).to_numpy(),
    )
