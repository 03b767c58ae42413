"""How much of each approval stood in which state from which day on, by the papers on the table.

An approval is judged on every day on which a record that meets or names it comes to count, or on
which the law or the calendar may change an outcome, under the law of that day; between two of them
nothing does. Land is divided anew where the day changes who asks for it: what is left is 边角地 or
land to supply by the shape of all that is left on the day. All days of many approvals are judged
together, by what judges a run (`left_land`). After the day the run judges only the law and the
calendar go on: a paper dated later is no fact yet.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis import days
from gis.approvals import overlay_on_days
from gis.approvals.meetings import Claimants, meetings
from gis.facts import approval_days, ground
from gis.facts.gather import Records
from gis.law import Law
from gis.pipeline import land_moments, land_states, withdrawn
from gis.pipeline.land_moments import Edition, Table

COLUMNS = ["approval", "from_on", "state", "area_m2"]
# Approvals judged at a time: the memory of a part is in proportion to it.
_AT_A_TIME = 1_000
# Areas measured twice differ by less than this.
_SAME_M2 = 1e-6


def of_approvals(
    known: Records, law: Law, region: str | None, mine: pd.Index, threads: int = 1
) -> pd.DataFrame:
    """Return the timelines of approvals by name: COLUMNS; a row for each state of each day.

    `state` is a word of the pieces (supplied, withdrawn, exempt, sliver), of what is left the
    outcome of its findings; of an approval without a shape, and of one of which areas without a
    place take all that is left, what its balance says. NaN = not known.
    """
    names = pd.Index(sorted({*mine}))
    editions = land_moments.editions_of(law, region)
    found = [pd.DataFrame(columns=COLUMNS)]
    if len(names) and editions:
        table = land_moments.table_of(known)
        for start in range(0, len(names), _AT_A_TIME):
            some = names[start : start + _AT_A_TIME]
            said = [
                _of_period(table.of(some), some, *own, threads)
                for own in land_moments.periods(editions)
            ]
            found.append(_changes(pd.concat(said, ignore_index=True)))
    return pd.concat(found[1:] or found, ignore_index=True)


def _of_period(
    table: Table,
    names: pd.Index,
    editions: list[Edition],
    until_on: np.datetime64,
    threads: int,
) -> pd.DataFrame:
    """Return the area of each state on every day looked at: approval, on, state, area_m2."""
    settings = editions[0].settings
    supplies = land_moments.with_end(table.supplies, settings)
    surveyed = table.surveyed.assign(
        is_built=ground.is_built(table.surveyed, settings.built_classes, settings.unbuilt_classes)
    )
    own = table.versions[table.versions["name"].isin(names)]
    met = meetings(
        own[["version", "geom"]],
        supplies,
        ground.newest_first(surveyed.dropna(subset=["from_on"])),
        threads,
    )
    moments = land_moments.moments_of(table, own, supplies, met, editions, until_on)
    if moments.empty:
        return pd.DataFrame(columns=["approval", "on", "state", "area_m2"])
    relation = table.relation
    approvals = approval_days.on_days(table.versions, moments, relation)
    withdrawals = _withdrawn(approvals, table.withdrawals, moments)
    states = moments.loc[moments["moment"] == moments["state"], ["state", "version", "on"]]
    claimants = Claimants(
        _taken_back(withdrawals, approvals, states), _replacing(approvals, states)
    )
    cutting = (met, states, claimants, settings.overlay, threads)
    everything = land_states.Known(
        approvals,
        withdrawals,
        table.status,
        supplies,
        surveyed,
        met,
        overlay_on_days.pieces(*cutting),
        overlay_on_days.pieces(*cutting, of_ended=True),
    )
    starts = np.array([each.from_on for each in editions])
    number = np.searchsorted(starts, days.from_column(moments["on"]), side="right") - 1
    said = [
        land_states.of_edition(everything, moments[number == at], editions[at].settings, threads)
        for at in np.unique(number)
    ]
    found = pd.concat(said, ignore_index=True)
    of = moments.set_index("moment")
    return found.assign(
        approval=of["name"].reindex(found["moment"]).to_numpy(),
        on=of["on"].reindex(found["moment"]).to_numpy(),
    )[["approval", "on", "state", "area_m2"]]


def _withdrawn(
    approvals: pd.DataFrame, withdrawals: pd.DataFrame, moments: pd.DataFrame
) -> pd.DataFrame:
    """Return what withdrawals take of each moment (`withdrawn.of_approvals`)."""
    there = land_moments.naming(withdrawals, approvals[approvals["is_own"]], moments)
    return withdrawn.of_approvals(approvals, there)


def _taken_back(
    withdrawals: pd.DataFrame, approvals: pd.DataFrame, states: pd.DataFrame
) -> pd.DataFrame:
    """Return the withdrawals of the approval of a state itself: state, document, geom."""
    own = withdrawals["approval_no"].isin(approvals.loc[approvals["is_own"], "approval"])
    found = withdrawals[own].assign(state=lambda rows: approval_days.moment_of(rows["approval_no"]))
    return found[found["state"].isin(states["state"])][["state", "document", "geom"]]


def _replacing(approvals: pd.DataFrame, states: pd.DataFrame) -> pd.DataFrame:
    """Return the approvals that replace that of a state: state, approval, approved_on, geom."""
    there = approvals[approvals["moment"].isin(states["state"])]
    own = there.loc[there["is_own"], ["approval", "approval_no"]].rename(
        columns={"approval": "name"}
    )
    found = approval_days.naming(there.drop(columns="name"), "replaces", own)
    found = found[found["name"] != found["approval"]]
    return found.assign(state=found["moment"])[["state", "approval", "approved_on", "geom"]]


def _changes(states: pd.DataFrame) -> pd.DataFrame:
    """Return the days on which a state of an approval comes, goes or changes its area: COLUMNS."""
    names = sorted(states["state"].unique())
    wide = states.pivot(index=["approval", "on"], columns="state", values="area_m2")
    there = states.assign(area_m2=1).pivot(
        index=["approval", "on"], columns="state", values="area_m2"
    )
    area_m2, is_there = wide[names].to_numpy(), there[names].notna().to_numpy()
    code, _ = pd.factorize(wide.index.get_level_values("approval"))
    is_same = np.zeros(len(wide), dtype=bool)
    alike = np.isclose(area_m2[1:], area_m2[:-1], rtol=0.0, atol=_SAME_M2, equal_nan=True)
    is_same[1:] = (alike & (is_there[1:] == is_there[:-1])).all(axis=1) & (code[1:] == code[:-1])
    kept = wide.index[~is_same]
    rows = states.set_index(["approval", "on"])
    rows = rows[rows.index.isin(kept)].reset_index().rename(columns={"on": "from_on"})
    return rows.sort_values(["approval", "from_on", "state"], ignore_index=True)[COLUMNS]
