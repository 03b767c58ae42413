"""What is left of approvals on many days, told by faces that were measured once (`geometry.faces`).

Only where it is what a cut would give: all that meets the approval fits together in it, edge on
edge, and nothing that is left lies so near a limit, or is so shaped, that its words might differ.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from gis import days
from gis.approvals.cutting import DISPOSITIONS
from gis.approvals.meetings import Claimants, InForce, Meetings, expanded, with_geom
from gis.approvals.overlay_settings import Settings
from gis.approvals.remainder import mean_width_m
from gis.arrays import Flags, Numbers
from gis.geometry.faces import Parts, left
from gis.geometry.pairs import ROUNDOFF_M2, Indices

# Nearer to a limit than this, the polygon itself is asked.
_NEAR = 1e-6
_SUPPLIED, _UNSUPPLIED, _EDGE, _SLIVER = (
    DISPOSITIONS.index(word) for word in ("supplied", "unsupplied", "edge", "sliver")
)


def told(
    each: Meetings, states: pd.DataFrame, claimants: Claimants, settings: Settings
) -> tuple[pd.DataFrame, Flags]:
    """Return the pieces of those states that need no cut, in order, and which states these are.

    states: state, row (of its version), on. Columns given: those of `cutting.Cut` from disposition
    on that a day keeps, and state.
    """
    row, on = states["row"].to_numpy(), days.from_column(states["on"])
    is_told = each.is_plain[row]
    for claims in claimants:
        is_told &= ~states["state"].isin(with_geom(claims)["state"]).to_numpy(dtype=bool)
    asked = np.flatnonzero(is_told)
    state, pair = expanded(each.met.left, row[asked])
    holds = InForce(each.supplies, on[asked], of_ended=False)(state, each.met.right[pair])
    state, pair = state[holds], pair[holds]
    parts = left(each.faces, row[asked], state, each.face[pair])
    words, is_open = _words(parts, settings)
    is_told[asked[parts.choice[is_open]]] = False
    is_told[asked[_tied(parts)]] = False
    kept = is_told[asked]
    is_kept, is_left = kept[state], kept[parts.choice]
    state, pair = asked[state[is_kept]], pair[is_kept]
    parts = Parts(*(column[is_left] for column in parts))
    return _table(each, states, state, pair, parts, asked, words[is_left]), is_told


def _words(parts: Parts, settings: Settings) -> tuple[Indices, Flags]:
    """Return the word of each polygon (of DISPOSITIONS), and of which only a cut tells it."""
    area_m2, width_m = parts.area_m2, _width_m(parts)
    is_small, is_thin = area_m2 < settings.edge_area_m2, width_m < settings.edge_width_m
    is_sliver = width_m < settings.sliver_width_m
    words = np.where(is_small | is_thin, _EDGE, _UNSUPPLIED)
    # What is large and thin may be a plot with a long limb.
    is_open = (is_thin | is_sliver) & ~is_small
    is_open |= area_m2 < ROUNDOFF_M2 + _NEAR
    for figure, limit in (
        (area_m2, settings.edge_area_m2),
        (width_m, settings.edge_width_m),
        (width_m, settings.sliver_width_m),
    ):
        is_open |= np.abs(figure - limit) < _NEAR
    return np.where(is_sliver, _SLIVER, words), is_open


def _width_m(parts: Parts) -> Numbers:
    """Return what `remainder.mean_width_m` gives of the polygons."""
    return 2.0 * parts.area_m2 / parts.outline_m


def _tied(parts: Parts) -> Indices:
    """Return the choices with two polygons of the same bounds: their order rests on the shapes."""
    keys = np.column_stack([parts.choice, parts.bounds])
    keys = keys[np.lexsort(keys.T)]
    is_same = (keys[1:] == keys[:-1]).all(axis=1)
    return np.asarray(keys[1:][is_same, 0], dtype=np.int64)


def _table(
    each: Meetings,
    states: pd.DataFrame,
    state: Indices,
    pair: Indices,
    parts: Parts,
    asked: Indices,
    words: Indices,
) -> pd.DataFrame:
    """Return a row for each supply that holds land in a state, and each polygon left, in order."""
    supply, count = each.met.right[pair], len(parts.choice)
    keys, nothing = each.supplies["key"].to_numpy(dtype=object), np.full(count, np.nan)
    owner = np.concatenate([state, asked[parts.choice]])
    order = np.concatenate([np.full(len(state), _SUPPLIED), words])
    place = np.lexsort(parts.bounds[:, [3, 2, 1, 0]].T)
    rank = np.empty(count, dtype=np.int64)
    rank[place] = np.arange(count)
    table = pd.DataFrame(
        {
            "state": states["state"].to_numpy()[owner],
            "disposition": pd.Series(np.array(DISPOSITIONS, dtype=object)[order], dtype=object),
            "supply": pd.Series(
                np.concatenate([keys[supply], nothing.astype(object)]), dtype=object
            ),
            "granted_share": np.concatenate(
                [each.supplies["granted_share"].to_numpy(np.float64)[supply], nothing]
            ),
            "is_built": False,
            "area_planar_m2": np.concatenate([each.met.area_m2[pair], parts.area_m2]),
            "mean_width_m": np.concatenate([mean_width_m(each.met.geoms)[pair], _width_m(parts)]),
        }
    )
    in_order = np.lexsort((np.concatenate([supply, rank]), order, owner))
    return table.iloc[in_order].reset_index(drop=True)
