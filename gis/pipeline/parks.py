"""Parks from known records to pieces under the four codes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis.approvals import overlay_by_zone
from gis.approvals.claims import named
from gis.approvals.settings import Settings
from gis.facts import approvals as approval_facts
from gis.facts import ground
from gis.facts.gather import Records
from gis.frames import nothing
from gis.parks import park_pieces
from gis.pipeline import withdrawn
from gis.pipeline.approved_land import in_force, surveyed_on
from gis.pipeline.idle import Idle


def parks(
    known: Records,
    supplied: Idle,
    settings: Settings,
    mine: pd.Index | None = None,
    threads: int = 1,
) -> pd.DataFrame:
    """Return the pieces of the parks of these codes (None: all), see `park.park_pieces`."""
    own = known.dated["parks"]
    own = own if mine is None else own[own["park_code"].isin(mine)].reset_index(drop=True)
    if own.empty:
        return nothing("parks.pieces")
    # Recovered land is stock in an approval's balance, but nobody holds it: the park shows it free.
    supplies = in_force(supplied.facts, settings)
    approved = _approved(known, supplies, settings)
    supplies = supplies[supplies["right_ended_on"].isna()].reset_index(drop=True)
    findings = supplied.findings.set_index("subject")
    states = findings["start_state"].reindex(supplies["key"]).to_numpy()
    completed_on = supplied.facts.set_index("subject")["completed_on"].reindex(supplies["key"])
    development = np.select(
        [completed_on.notna().to_numpy(), states == "started", states == "not_started"],
        ["built", "building", "none"],
        "unknown",
    )
    return park_pieces(
        own,
        known.dated["blocks"],
        approved,
        supplies.assign(
            supplied=np.where(supplies["supply_way"] == "allocation", "allocated", "paid"),
            development=development,
        )[["key", "signed_on", "supplied", "development", "geom"]].dropna(subset=["geom"]),
        ground.newest_first(surveyed_on(known, settings))[["is_built", "geom"]],
        ground.readiness(known.dated["plans"], known.dated["serviced"], settings.services_min),
        settings.overlay.sliver_width_m,
        threads,
    )


def _approved(known: Records, supplies: pd.DataFrame, settings: Settings) -> pd.DataFrame:
    """Return the land that is approved on the day: whole approvals, and what withdrawals left.

    Only an approval that a withdrawal names is overlaid for this; of the others all is approved.
    """
    approvals = approval_facts.assemble(known)
    withdrawals = withdrawn.of_approvals(approvals, known.dated["withdrawals"])
    rows, _ = named(approvals, withdrawals["approval_no"])
    is_cut = approvals.index.isin(rows)
    land = [approvals.loc[~is_cut, ["approval", "geom"]].dropna(subset=["geom"])]
    if is_cut.any():
        cut = overlay_by_zone.overlay(
            approvals[is_cut],
            supplies,
            withdrawals,
            pd.DataFrame({"place_kind": [], "place_code": [], "geom": []}, dtype=object),
            settings.overlay,
            approvals,
        ).pieces
        land.append(cut.loc[cut["disposition"] != "withdrawn", ["approval", "geom"]])
    return pd.concat(land).sort_values("approval", kind="stable")[["geom"]].reset_index(drop=True)
