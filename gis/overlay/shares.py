"""Who gets which part of a subject: claims in their order, and what nobody claims.

The one algorithm under approvals and parks. A claim is a shape that asks for a part of one
subject (a supply for a part of an approval); where claims overlap, the earlier one has it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis.crs import Flags, Numbers, Shapes, origin_of, planar_area_m2, polygonal, shift
from gis.overlay.pairs import ROUNDOFF_M2, Indices, in_threads, solid


class Claims(NamedTuple):
    """Claims ordered by subject, then by precedence; shapes about their subject's origin."""

    subject: Indices
    shape: Shapes  # the whole claiming shape
    clip: Shapes  # its part inside the subject


class Shares(NamedTuple):
    """What each claim got and what was left of each subject, about the subject's origin."""

    origins: Numbers  # (subjects, 2)
    won: Shapes  # per claim; empty where earlier claims had all of it
    is_cut: Flags  # per claim: an earlier claim had some of it
    rest: Shapes  # per subject; empty where nothing is left
    is_proved: Flags  # per subject: its claims are a coverage, or fewer than two


def share_out(subjects: Shapes, claims: Claims, threads: int = 1) -> Shares:
    """Return each claim's own part and each subject's remainder.

    A group is united as a coverage only after `coverage_is_valid` has proved that it is one:
    two overlapping squares give a union of the right sum and the wrong shape. A group not
    proved is united by `unary_union`, that group alone.
    """
    origins = origin_of(subjects)
    local = shift(subjects, -origins)
    first = np.searchsorted(claims.subject, np.arange(len(subjects)), side="left")
    last = np.searchsorted(claims.subject, np.arange(len(subjects)), side="right")

    def leave(rows: Indices) -> tuple[Flags, Shapes]:
        return _leave(local, claims.shape, first, last, rows)

    parts = in_threads(leave, len(subjects), threads)
    is_proved = np.concatenate([part[0] for part in parts])
    rest = np.concatenate([part[1] for part in parts])
    won, is_cut = _won(claims, ~is_proved[claims.subject], origins)
    return Shares(origins, won, is_cut, rest, is_proved)


def united(geoms: Shapes, groups: Indices, count: int) -> Shapes:
    """Return the union of the shapes of each group 0..count-1; None for a group without any."""
    out = np.full(count, None, dtype=object)
    used, numbers = np.unique(groups, return_inverse=True)
    if len(used):
        order = np.argsort(numbers, kind="stable")
        gathered: Any = shapely.geometrycollections(geoms[order], indices=numbers[order])
        # Without the axis the whole column would become one shape.
        unions: Any = shapely.unary_union(gathered[:, np.newaxis], axis=1)
        out[used] = polygonal(unions)
    return out


def _leave(
    local: Shapes, shapes: Shapes, first: Indices, last: Indices, rows: Indices
) -> tuple[Flags, Shapes]:
    """Return, for a slice of subjects, whether its claims are a coverage, and what they leave."""
    is_proved = np.array([_is_coverage(shapes[first[row] : last[row]]) for row in rows], dtype=bool)
    rest = local[rows].copy()
    sizes = last[rows] - first[rows]
    for is_group, unite in (
        (is_proved & (sizes > 0), shapely.coverage_union_all),
        (~is_proved, shapely.unary_union),
    ):
        at = np.flatnonzero(is_group)
        if len(at):
            members = np.concatenate([np.arange(first[row], last[row]) for row in rows[at]])
            owner = np.repeat(np.arange(len(at)), sizes[at])
            groups = shapely.geometrycollections(shapes[members], indices=owner)
            taken = unite(groups[:, np.newaxis], axis=1)
            rest[at] = solid(shapely.difference(rest[at], taken))
    return is_proved, rest


def _is_coverage(shapes: Shapes) -> bool:
    return len(shapes) < 2 or bool(shapely.coverage_is_valid(shapes))


def _won(claims: Claims, is_contested: Flags, origins: Numbers) -> tuple[Shapes, Flags]:
    """Return the clips with what earlier claims of the same subject cover taken off."""
    won, is_cut = claims.clip.copy(), np.zeros(len(claims.clip), dtype=bool)
    later, earlier = _overlaps(claims, np.flatnonzero(is_contested), origins)
    losers, group = np.unique(later, return_inverse=True)
    if len(losers):
        before = united(claims.clip[earlier], group, len(losers))
        won[losers] = solid(shapely.difference(won[losers], before))
        is_cut[losers] = True
    return won, is_cut


def _overlaps(claims: Claims, rows: Indices, origins: Numbers) -> tuple[Indices, Indices]:
    """Return (later, earlier) claims of one subject that share more than roundoff."""
    placed = shift(claims.clip[rows], origins[claims.subject[rows]])
    # One tree would bring together claims of different subjects that lie over one another; the
    # filter below takes them out again.
    one, other = shapely.STRtree(placed).query(placed, predicate="intersects")
    later, earlier = rows[one], rows[other]
    keep = (earlier < later) & (claims.subject[earlier] == claims.subject[later])
    table = pd.DataFrame({"later": later[keep], "earlier": earlier[keep]})
    table = table.sort_values(["later", "earlier"], ignore_index=True)
    late, early = table["later"].to_numpy(), table["earlier"].to_numpy()
    shared_m2 = planar_area_m2(shapely.intersection(claims.clip[late], claims.clip[early]))
    keep = shared_m2 > ROUNDOFF_M2
    return late[keep], early[keep]
