"""What is said of the land that is left of each approval, once it is cut, on the approval's day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gis import days
from gis.approvals import balance, outcome, overlay
from gis.approvals.settings import Settings
from gis.facts import ground
from gis.pipeline import lapse


@dataclass(frozen=True)
class LeftLand:
    """Balances, the facts of each lapse, and findings of rule `unsupplied`, of some approvals.

    `reasons` has the facts each finding was judged on, row by row (see `outcome.judge`); `given`
    and `once` what supplies in force and supplies ended took, on which a lapse is judged.
    """

    balances: pd.DataFrame
    lapses: pd.DataFrame
    given: lapse.SuppliedLand
    once: lapse.SuppliedLand
    reasons: pd.DataFrame
    findings: pd.DataFrame


@dataclass(frozen=True)
class Papers:
    """What was known of approvals on the day each is asked about.

    approvals: as `facts.approvals` assembles them, and as_of; supplies: those in force, see
    `approved_land.prepared`; withdrawals: see `withdrawn.of_approvals`; status: the records of
    approval_status; surveyed: the land survey with is_built.
    """

    approvals: pd.DataFrame
    supplies: pd.DataFrame
    withdrawals: pd.DataFrame
    status: pd.DataFrame
    surveyed: pd.DataFrame


def judge(
    cut: overlay.Overlay,
    papers: Papers,
    once: lapse.SuppliedLand | None,
    settings: Settings,
    mine: pd.Index,
    grounded: pd.Index | None = None,
) -> LeftLand:
    """Return what is said of what is left of the approvals named `mine`, each on its own day.

    `once`: what supplies took that hold nothing any more, None where there are none. `grounded`:
    the approvals of whose ground the survey is asked whether it changed; None: all.
    """
    approvals, supplies = papers.approvals, papers.supplies
    drawn = balance.draws(approvals, supplies)
    balances = balance.of_approvals(
        cut, approvals, supplies, papers.withdrawals, settings.balance, drawn
    )
    balances = balances[balances["approval"].isin(mine)].reset_index(drop=True)
    given = lapse.SuppliedLand.of(cut, approvals, supplies, drawn, settings)
    once = given.nothing() if once is None else once
    left = _left(cut, approvals, papers.surveyed, settings, grounded)
    today = days.from_column(approvals["as_of"])
    built = left[left["is_built"]]
    lapses = lapse.facts(approvals, papers.status, [given, once], built, today, settings)
    reasons = _with_approval(left, balances, lapses, approvals)
    asked_on = approvals.set_index("approval")["as_of"].reindex(reasons["approval"])
    withdrawals = papers.withdrawals
    may_be_gone = withdrawals.loc[withdrawals["may_be_whole"], "approval_no"]
    findings = outcome.judge(reasons, days.from_column(asked_on), settings.unsupplied)
    findings = _balance_known(findings, reasons["approval"], balances, may_be_gone)
    return LeftLand(balances, lapses, given, once, reasons, findings)


def _left(
    cut: overlay.Overlay,
    approvals: pd.DataFrame,
    surveyed: pd.DataFrame,
    settings: Settings,
    grounded: pd.Index | None,
) -> pd.DataFrame:
    """Return the pieces that are left, with what the survey says of each."""
    left = cut.pieces[cut.pieces["disposition"].isin(("unsupplied", "edge"))].reset_index(drop=True)
    of = approvals.assign(lapse_on=lapse.last_days(approvals, settings)).set_index("approval")
    of = of.reindex(left["approval"]).reset_index()
    today = of["as_of"]
    is_asked = pd.Series(True, left.index)
    if grounded is not None:
        is_asked = left["approval"].isin(grounded)
    now, before = (_class_of(left, surveyed, on, is_asked) for on in (today, of["approved_on"]))
    is_same = (now == before).astype("boolean")
    # Until the two years are over nothing was built after them.
    is_over = left["is_built"] & (today > of["lapse_on"])
    after = pd.Series(False, index=left.index, dtype="boolean")
    after[is_over] = ground.built_after(
        left[is_over].reset_index(drop=True), surveyed, of.loc[is_over, "lapse_on"], today[is_over]
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
            "is_class_unchanged": is_same.where(now.notna() & before.notna()),
        }
    )


def _class_of(
    left: pd.DataFrame, surveyed: pd.DataFrame, on: pd.Series, is_asked: pd.Series[bool]
) -> pd.Series:
    """Return the survey's class of the pieces asked about on a day of each; None of the others."""
    asked = left[is_asked].reset_index(drop=True)
    found = ground.classes(asked, surveyed, on[is_asked].reset_index(drop=True))["class_code"]
    out = pd.Series(None, index=left.index, dtype="str")
    out[is_asked] = found.to_numpy()
    return out


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
    columns = [findings["missing"], reason, is_open, findings["area_m2"].notna()]
    own, areas, is_balance_open, is_located = (each.to_numpy() for each in columns)
    named = np.full(len(findings), None, dtype=object)
    # Of most pieces nothing is lacking.
    is_told = [
        isinstance(piece, tuple) or isinstance(listed, tuple)
        for piece, listed in zip(own, areas, strict=True)
    ]
    for row in np.flatnonzero(np.array(is_told, dtype=bool) | is_balance_open).tolist():
        lacking = _of_piece(own[row], is_balance_open[row], is_located[row])
        unknown = ("balance",) if is_balance_open[row] else None
        named[row] = (*lacking, *_unknown_areas(areas[row])) or unknown
    emptied = {name: findings[name].mask(is_open) for name in ("since_on", "next_on", "next_event")}
    return findings.assign(
        outcome=findings["outcome"].mask(is_open, "undetermined"),
        missing=pd.Series(named, findings.index, dtype=object),
        **emptied,
    )


def _of_piece(own: object, balance_open: bool, located: bool) -> Sequence[str]:
    """Return what a piece lacks by itself; where its balance is open, its place alone."""
    if not isinstance(own, tuple) or not located:
        return ()
    return own[-1:] if balance_open and own[-1] == "location" else () if balance_open else own


def _unknown_areas(missing: object) -> Sequence[str]:
    """Return the codes of a balance that name an area nobody knows."""
    codes = missing if isinstance(missing, tuple) else ()
    return [code for code in codes if balance.at_least([code]) or code == "base_area"]


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
