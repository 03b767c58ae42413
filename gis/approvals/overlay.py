"""Every square metre of every approval with one word for it, in the plane of one zone.

approved = supplied + withdrawn + exempt + unsupplied + edge + sliver; where they
overlap the earlier word wins: docs/law.md (The balance of one approval).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely

from gis.approvals.claims import CLAIMED, named
from gis.approvals.cutting import cut, known
from gis.approvals.overlay_settings import Settings
from gis.arrays import Flags, Numbers, Shapes
from gis.geometry.allocation import Allocation
from gis.geometry.areas import planar_area_m2
from gis.geometry.clean import mend, origin_of, shift
from gis.geometry.coverage import CoverageFit, fit
from gis.geometry.groups import united
from gis.geometry.noding import node
from gis.geometry.pairs import Indices, PairHints, Pairs, alone, pairs, solid
from gis.geometry.places import adjoining, chief_place, shares_of_places


@dataclass(frozen=True)
class Overlay:
    """Tables of one overlay; the columns each has are listed at `plane_overlay`."""

    pieces: pd.DataFrame
    pairs: pd.DataFrame
    approvals: pd.DataFrame
    places: pd.DataFrame


def plane_overlay(
    approvals: pd.DataFrame,
    supplies: pd.DataFrame,
    withdrawals: pd.DataFrame,
    rivals: pd.DataFrame,
    places: pd.DataFrame,
    settings: Settings,
    threads: int = 1,
    surveyed: pd.DataFrame | None = None,
) -> Overlay:
    """Return the pieces of approvals in one plane, with their pairs, sums and places.

    Taken, all with `geom` (valid polygons in metres):
      approvals    approval (its name), approval_no
      supplies     key, signed_on, granted_share (1 where the whole parcel was granted); those
                   in force
      withdrawals  document, approval_no (a name or a number)
      rivals       approval, approval_no, approved_on, replaces (list of names or numbers): all
                   approvals that may lie over one of `approvals`, themselves included
      places       place_kind (park, block), place_code
      surveyed     is_built: the land survey, the word that holds first (None = no survey); what
                   it shows as built is cut out of what remains, before that is graded

    Given, in an order that does not depend on the order of the input:
      pieces       id, approval, supply, document (of the withdrawal or newer approval), word,
                   granted_share, area_planar_m2, counted_m2 (the part no newer approval holds),
                   mean_width_m, adjoining (keys), park_code, block_code, is_delivered (geom is
                   the supply's shape
                   as it came), is_built (surveyed built land that nobody claims), geom
      pairs        approval, supply, area_planar_m2, share_of_approval, share_of_supply: the full
                   area of every supply in every approval, overlaps included
      approvals    approval, approved_m2, residual_m2, is_proved, park_code, block_code, geom
                   (noded ring)
      places       id, approval, word, place_kind, place_code, area_m2, counted_m2
    """
    approvals = approvals.sort_values("approval", ignore_index=True)
    supplies = supplies.sort_values(["signed_on", "key"], ignore_index=True)
    withdrawals = withdrawals.sort_values("document", ignore_index=True)
    rivals = rivals.sort_values(["approved_on", "approval"], na_position="first", ignore_index=True)
    subjects = approvals["geom"].to_numpy()
    origins = origin_of(subjects)
    is_alone, newer, replaced = _newer(approvals, rivals, threads)
    met, fitted = meet(subjects, supplies["geom"].to_numpy(), is_alone, threads)
    left, right = named(approvals, withdrawals["approval_no"])
    given_up = pairs(subjects, withdrawals["geom"].to_numpy(), threads)
    given_up = given_up.kept(given_up.are(left, right))
    found = cut(
        approvals,
        {
            "supplied": (met, supplies["geom"].to_numpy(), known(supplies, "key", None)),
            "withdrawn": (given_up, withdrawals["geom"].to_numpy(),
                          known(withdrawals, None, "document")),
            "exempt": (replaced, rivals["geom"].to_numpy(), known(rivals, None, "approval")),
        },
        fitted,
        surveyed,
        settings,
        threads,
    )  # fmt: skip
    table, shapes, shares = found.table, found.shapes, found.shares
    owner = table.pop("subject").to_numpy()
    counted, is_cut = _counted(shapes, owner, newer, len(approvals))
    table["counted_m2"] = table["area_planar_m2"].mask(is_cut, planar_area_m2(counted))
    noded, rings, is_changed = node(
        shapes,
        owner,
        table.pop("may_have_hair").to_numpy(),
        shift(subjects, -origins),
        origins,
        settings.sliver_width_m,
        threads,
    )
    table["is_delivered"] &= ~is_changed
    geoms = _placed(noded, origins[owner], table, supplies)
    table["geom"] = geoms
    # What is counted whole and keeps its vertices lies in its place already.
    counted_there, other = geoms.copy(), np.flatnonzero(is_changed | is_cut)
    counted_there[other] = mend(shift(counted[other], origins[owner[other]])).geoms
    near = shares_of_places(geoms, counted_there, places, threads)
    for place in ("park", "block"):
        table[f"{place}_code"] = chief_place(near, place, len(table))
    table["adjoining"] = _adjoining(table, supplies, settings, threads)
    in_places = table.loc[near["row"], ["id", "approval", "disposition"]].reset_index(drop=True)
    in_places = pd.concat([in_places, near.drop(columns="row")], axis=1)
    return Overlay(
        table,
        _pair_table(approvals, supplies, met),
        _approval_table(
            approvals, table, owner, mend(shift(rings, origins)).geoms, shares, in_places
        ),
        in_places,
    )


def meet(
    subjects: Shapes, shapes: Shapes, is_alone: Flags, threads: int = 1
) -> tuple[Pairs, CoverageFit]:
    """Return the pairs of subjects and shapes that share an area, and the subjects they fit.

    `is_alone`: the subject shares no area with another one.
    """
    fitted = fit(subjects, shapes, threads)
    known = PairHints(is_alone, fitted.subject[fitted.is_whole], fitted.shape[fitted.is_whole])
    return pairs(subjects, shapes, threads, known), fitted


def _newer(
    approvals: pd.DataFrame, rivals: pd.DataFrame, threads: int
) -> tuple[Flags, Pairs, Pairs]:
    """Return which approvals lie over no other, the newer ones over each, and those replacing it.

    Newer by the approval day, then by the name, so that land approved twice on one day is still
    counted once; `replaces` on record goes before the days.
    """
    shapes = rivals["geom"].to_numpy()
    is_alone = alone(shapes, threads)
    rank = pd.Series(np.arange(len(rivals)), index=rivals["approval"])
    own = rank.reindex(approvals["approval"]).to_numpy()
    here, there = np.flatnonzero(~is_alone[own]), np.flatnonzero(~is_alone)
    over = pairs(approvals["geom"].to_numpy()[here], shapes[there], threads)
    over = over._replace(left=here[over.left], right=there[over.right])
    replaces = pd.MultiIndex.from_arrays(named(rivals, rivals["replaces"])[::-1])
    met = pd.MultiIndex.from_arrays([over.right, own[over.left]])
    is_replaced = met.isin(replaces) & (over.right != own[over.left])
    is_replacing = met.swaplevel().isin(replaces)
    is_newer = is_replaced | ((over.right > own[over.left]) & ~is_replacing)
    return is_alone[own], over.kept(is_newer), over.kept(is_replaced)


def _placed(
    shapes: Shapes, origins: Numbers, table: pd.DataFrame, supplies: pd.DataFrame
) -> Shapes:
    """Return the pieces in their place; a supply that came through whole is the supply itself."""
    out = np.empty(len(shapes), dtype=object)
    is_whole = (table["is_delivered"] & table["supply"].notna()).to_numpy(dtype=bool)
    came = supplies.set_index("key")["geom"]
    out[is_whole] = came.reindex(table["supply"][is_whole]).to_numpy()
    out[~is_whole] = mend(shift(shapes[~is_whole], origins[~is_whole])).geoms
    return out


def _counted(shapes: Shapes, owner: Indices, newer: Pairs, count: int) -> tuple[Shapes, Flags]:
    """Return the part of each piece that no newer approval holds, and whether one holds some."""
    above = united(newer.geoms, newer.left, count)[owner]
    at = np.flatnonzero(~shapely.is_missing(above))
    counted = shapes.copy()
    counted[at] = solid(shapely.difference(shapes[at], above[at]))
    return counted, ~shapely.is_missing(above)


def _adjoining(
    table: pd.DataFrame, supplies: pd.DataFrame, settings: Settings, threads: int
) -> pd.Series:
    """Return the supplies that adjoin each unclaimed piece; None for claimed ones."""
    rest = np.flatnonzero(~table["disposition"].isin(CLAIMED))
    found = pd.Series(None, index=table.index, dtype=object)
    found.iloc[rest] = adjoining(
        table["geom"].to_numpy()[rest],
        supplies["geom"].to_numpy(),
        supplies["key"],
        settings.sliver_width_m,
        threads,
    ).to_numpy()
    return found


def _pair_table(approvals: pd.DataFrame, supplies: pd.DataFrame, met: Pairs) -> pd.DataFrame:
    whole_m2 = planar_area_m2(approvals["geom"].to_numpy())
    supply_m2 = planar_area_m2(supplies["geom"].to_numpy())
    return pd.DataFrame(
        {
            "approval": approvals["approval"].to_numpy()[met.left],
            "supply": supplies["key"].to_numpy()[met.right],
            "area_planar_m2": met.area_m2,
            "share_of_approval": met.area_m2 / whole_m2[met.left],
            "share_of_supply": met.area_m2 / supply_m2[met.right],
        }
    ).sort_values(["approval", "supply"], ignore_index=True)


def _approval_table(
    approvals: pd.DataFrame,
    table: pd.DataFrame,
    owner: Indices,
    rings: Shapes,
    shares: Allocation,
    in_places: pd.DataFrame,
) -> pd.DataFrame:
    approved_m2 = planar_area_m2(approvals["geom"].to_numpy())
    summed_m2 = np.bincount(owner, weights=table["area_planar_m2"], minlength=len(approvals))
    held = in_places.groupby(["approval", "place_kind", "place_code"], as_index=False)[
        ["area_m2"]
    ].sum()
    rows = pd.Series(np.arange(len(approvals)), index=approvals["approval"])
    held["row"] = rows.reindex(held["approval"]).to_numpy()
    return pd.DataFrame(
        {
            "approval": approvals["approval"],
            "approved_m2": approved_m2,
            "residual_m2": approved_m2 - summed_m2,
            "is_proved": shares.is_proved,
            "park_code": chief_place(held, "park", len(approvals)),
            "block_code": chief_place(held, "block", len(approvals)),
            "geom": rings,
        }
    )
