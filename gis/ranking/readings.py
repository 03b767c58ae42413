"""排序法 in its two readings: the scores of one indicator from the values of the parks.

Equal values share the better rank. What is unknown has no rank and is not counted in n.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Final, NamedTuple

Values = Sequence[Fraction | None]


@dataclass(frozen=True)
class Place:
    """Rank and score of one value among `n` known ones; `missing` says why there is no score."""

    rank: int | None
    n: int
    leader: Fraction | None
    score: Fraction | None
    missing: str = ""


class _Ranked(NamedTuple):
    value: Fraction
    rank: int
    n: int
    leader: Fraction


def rank_to_zero(values: Values, points: Fraction) -> list[Place]:
    """Return R1, S(n-k)/(n-1): the first has all the points, one last and alone has none.

    >>> one = [Fraction(30), Fraction(30), None, Fraction(10)]
    >>> [place.rank for place in rank_to_zero(one, Fraction(6))]
    [1, 1, None, 3]
    >>> [str(place.score) for place in rank_to_zero(one, Fraction(6))]
    ['6', '6', 'None', '0']
    """
    return _placed(values, partial(_by_rank, points))


def value_share(values: Values, points: Fraction) -> list[Place]:
    """Return R3, S x max(0,x)/x1: the share of the leader's value; a leader not above 0 has none.

    >>> one = [Fraction(30), Fraction(20), Fraction(-5)]
    >>> [str(place.score) for place in value_share(one, Fraction(6))]
    ['6', '4', '0']
    """
    return _placed(values, partial(_by_share, points))


def _by_rank(points: Fraction, one: _Ranked) -> Fraction | str:
    return "only_one" if one.n == 1 else points * (one.n - one.rank) / (one.n - 1)


def _by_share(points: Fraction, one: _Ranked) -> Fraction | str:
    if one.leader <= 0:
        return "leader_not_positive"
    return points * max(Fraction(0), one.value) / one.leader


def _placed(values: Values, scored: Callable[[_Ranked], Fraction | str]) -> list[Place]:
    known = sorted(value for value in values if value is not None)
    n = len(known)
    leader = known[-1] if known else None
    places = []
    for value in values:
        if value is None or leader is None:
            places.append(Place(None, n, leader, None))
            continue
        rank = n - bisect_right(known, value) + 1
        told = scored(_Ranked(value, rank, n, leader))
        if isinstance(told, str):
            places.append(Place(rank, n, leader, None, told))
        else:
            places.append(Place(rank, n, leader, told))
    return places


BY_NAME: Final[Mapping[str, Callable[[Values, Fraction], list[Place]]]] = {
    "R1": rank_to_zero,
    "R3": value_share,
}
