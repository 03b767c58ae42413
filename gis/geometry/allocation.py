"""Who gets which part of a subject: claims in their order, and what nobody claims.

The one algorithm under approvals and parks. A claim is a shape that asks for a part of one
subject (a supply for a part of an approval); where claims overlap, the earlier one has it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely

from gis.arrays import Flags, Numbers, Shapes
from gis.geometry.areas import planar_area_m2
from gis.geometry.clean import origin_of, shift
from gis.geometry.coverage import CoverageFit
from gis.geometry.groups import (
    are_coverages,
    boxes,
    coverage_united,
    first_and_last,
    united,
    united_apart,
)
from gis.geometry.pairs import ROUNDOFF_M2, Indices, in_threads, solid


class Claims(NamedTuple):
    """Claims ordered by subject, then by precedence; shapes about their subject's origin."""

    subject: Indices
    shape: Shapes  # the whole claiming shape
    clip: Shapes  # its part inside the subject
    is_fitted: Flags | None = None  # the subject's fit has taken it off; None = there is no fit


class Remainder(NamedTuple):
    """What the claims leave of each subject, about the subject's origin."""

    origins: Numbers  # (subjects, 2)
    geoms: Shapes  # per subject; empty where nothing is left
    is_proved: Flags  # per subject: its claims are a coverage, or fewer than two
    is_at_peace: Flags  # per claim: it overlaps no other claim at peace of its subject


class Allocation(NamedTuple):
    """What each claim got and what was left of each subject, about the subject's origin."""

    origins: Numbers  # (subjects, 2)
    won: Shapes  # per claim; empty where earlier claims had all of it
    is_cut: Flags  # per claim: an earlier claim had some of it
    rest: Shapes  # per subject; empty where nothing is left
    is_proved: Flags  # per subject: its claims are a coverage, or fewer than two


def allocate(
    subjects: Shapes, claims: Claims, threads: int = 1, fitted: CoverageFit | None = None
) -> Allocation:
    """Return each claim's own part and each subject's remainder.

    A square of 10 m, claimed by its left 6 m and then by its right 6 m: the first claim wins.

    >>> square = shapely.box(0, 0, 10, 10)
    >>> claimed = np.array([shapely.box(0, 0, 6, 10), shapely.box(4, 0, 10, 10)])
    >>> claims = Claims(np.array([0, 0]), claimed, claimed)
    >>> shares = allocate(np.array([square]), claims)
    >>> shapely.area(shares.won).tolist(), shares.is_cut.tolist(), shares.rest[0].area
    ([60.0, 40.0], [False, True], 0.0)
    """
    rest = subtract(subjects, claims, threads, fitted)
    won, is_cut = _won(claims, rest, threads)
    return Allocation(rest.origins, won, is_cut, rest.geoms, rest.is_proved)


def subtract(
    subjects: Shapes, claims: Claims, threads: int = 1, fitted: CoverageFit | None = None
) -> Remainder:
    """Return what the claims leave of each subject.

    Claims that fit together were proved a coverage and taken off by `fitted`; the others are
    united with `unary_union` and taken off what is left. In a subject without a fit all claims
    are asked: a group is united as a coverage only after `coverage_is_valid` has proved that it
    is one, for two overlapping squares give a union of the right sum and the wrong shape.
    """
    origins = origin_of(subjects)
    is_fitted = np.zeros(len(claims.subject), dtype=bool)
    if claims.is_fitted is not None:
        is_fitted = claims.is_fitted
    open_claims = np.flatnonzero(~is_fitted)
    rest, is_refuted = np.full(len(subjects), None, dtype=object), np.zeros(len(subjects), bool)
    if fitted is not None:
        rest, is_refuted = fitted.rest.copy(), fitted.is_refuted
    has_fit = ~shapely.is_missing(rest)
    rest[~has_fit] = shift(subjects[~has_fit], -origins[~has_fit])
    is_proved = has_fit & (np.bincount(claims.subject[open_claims], minlength=len(rest)) == 0)
    is_disputed = has_fit | is_refuted
    asked = np.flatnonzero(~is_proved)
    mine = open_claims[~is_proved[claims.subject[open_claims]]]
    group = np.searchsorted(asked, claims.subject[mine])
    first, last = first_and_last(group, len(asked))

    def work(places: Indices) -> tuple[Flags, Shapes]:
        part = slice(first[places[0]], last[places[-1]])
        rows, shapes = asked[places], claims.shape[mine[part]]
        return _leave(rest[rows], shapes, group[part] - places[0], is_disputed[rows], origins[rows])

    if len(asked):
        parts = in_threads(work, len(asked), threads)
        is_proved[asked] = np.concatenate([part[0] for part in parts])
        rest[asked] = np.concatenate([part[1] for part in parts])
    return Remainder(origins, rest, is_proved, is_fitted | is_proved[claims.subject])


def _leave(
    rest: Shapes, shapes: Shapes, group: Indices, is_disputed: Flags, origins: Numbers
) -> tuple[Flags, Shapes]:
    """Return which groups are coverages, and the rests without them; the disputed are not asked."""
    first, last = first_and_last(group, len(rest))
    # Nothing is left where the one claim is the very shape: no overlay is asked for that.
    single = np.flatnonzero(last - first == 1)
    single = single[shapely.equals_identical(rest[single], shapes[first[single]])]
    rest[single] = shapely.Polygon()
    is_coverage = ~is_disputed
    asked = np.flatnonzero(is_coverage)
    is_coverage[asked] = are_coverages(shapes, first[asked], last[asked])
    is_open = np.ones(len(rest), dtype=bool)
    is_open[single] = False
    members = is_coverage[group] & is_open[group]
    is_other = ~is_coverage[group] & is_open[group]
    others = group[is_other]
    unions = united_apart(shapes[is_other], others, len(rest), origins[others])
    unions[np.unique(group[members])] = coverage_united(shapes[members], group[members])
    at = np.flatnonzero(~shapely.is_missing(unions))
    rest[at] = solid(shapely.difference(rest[at], unions[at]))
    return is_coverage, rest


def _won(claims: Claims, rest: Remainder, threads: int) -> tuple[Shapes, Flags]:
    """Return the clips with what earlier claims of the same subject cover taken off."""
    won, is_cut = claims.clip.copy(), np.zeros(len(claims.clip), dtype=bool)
    later, earlier = _overlaps(claims, rest, threads)
    if not len(later):
        return won, is_cut
    losers, group = np.unique(later, return_inverse=True)
    first, last = first_and_last(group, len(losers))

    def lose(rows: Indices) -> Shapes:
        mine = slice(first[rows[0]], last[rows[-1]])
        before = united(claims.clip[earlier[mine]], group[mine] - rows[0], len(rows))
        return solid(shapely.difference(won[losers[rows]], before))

    won[losers] = np.concatenate(in_threads(lose, len(losers), threads))
    is_cut[losers] = True
    return won, is_cut


def _overlaps(claims: Claims, rest: Remainder, threads: int) -> tuple[Indices, Indices]:
    """Return (later, earlier) claims of one subject that share more than roundoff."""
    quarrelling = np.flatnonzero(~rest.is_at_peace)
    rows = np.flatnonzero(np.isin(claims.subject, claims.subject[quarrelling]))
    places = rest.origins[claims.subject]
    # One tree would bring together claims of different subjects that lie over one another; the
    # filter below takes them out again.
    bounds = shapely.bounds(claims.clip[rows])
    rectangles = boxes(bounds[:, :2] + places[rows], bounds[:, 2:] + places[rows])
    asking = np.flatnonzero(~rest.is_at_peace[rows])
    one, other = shapely.STRtree(rectangles).query(rectangles[asking])
    one, other = rows[asking[one]], rows[other]
    # A claim at peace asks nobody, so it is met from the other side, once.
    keep = (claims.subject[one] == claims.subject[other]) & (
        (other < one) | ((other > one) & rest.is_at_peace[other])
    )
    table = pd.DataFrame(
        {"later": np.maximum(one, other)[keep], "earlier": np.minimum(one, other)[keep]}
    )
    table = table.sort_values(["later", "earlier"], ignore_index=True)
    late, early = table["later"].to_numpy(), table["earlier"].to_numpy()

    def share(at: Indices) -> Numbers:
        one, other = claims.clip[late[at]], claims.clip[early[at]]
        # Half of those whose bounds meet are a gap apart, which is told without cutting them.
        met, shared_m2 = shapely.intersects(one, other), np.zeros(len(at))
        shared_m2[met] = planar_area_m2(shapely.intersection(one[met], other[met]))
        return shared_m2

    keep = np.concatenate(in_threads(share, len(late), threads)) > ROUNDOFF_M2
    return late[keep], early[keep]
