"""What would move a firm one place or one class: the smallest change of one measure.

Better of a measure is never worse in all: the own score does not fall and no other rises, also
where the benchmark is the mean, or the range, that the own value is part of. So the value is found
by halving. Ranks are counted with doubles; who is so near that doubles cannot tell is counted
exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from gis.ranking.firms import FirmScheme, FirmStanding, Measure, letter_of, part, spread

# In what steps a value is told, and how many times the best of all it is looked for.
_STEP: Final = Fraction(1, 100)
_TIMES: Final = 100
# Points; totals that doubles tell apart by more than this are apart.
_NEAR: Final = 1e-6
_ZERO = Fraction(0)

Values = Mapping[str, Mapping[str, Fraction | None]]


@dataclass(frozen=True)
class FirmMove:
    """The first value of a measure, in steps of 0.01, at which a firm is moved.

    `what`: place or letter; `direction`: up or down. `to` None: no value up to a hundred times the
    best, or down to nothing, does. `reaches`: the rank or class the firm then has.
    """

    what: str
    direction: str
    measure: Measure
    value: Fraction
    to: Fraction | None
    reaches: str


def moves(
    scheme: FirmScheme, values: Values, standings: Sequence[FirmStanding], firm: str
) -> list[FirmMove]:
    """Return for each measure what would move a firm; nothing for one without a rank.

    standings: of all firms, as `firms.evaluate` gives them of `values`.
    """
    now = next(one for one in standings if one.firm == firm)
    if now.rank is None or now.letter is None:
        return []
    count = sum(one.rank is not None for one in standings)
    letters = [letter for letter, _ in scheme.classes]
    found: list[FirmMove] = []
    for measure in scheme.measures:
        field = _Field(scheme, measure, values, standings, now, count)
        for what, place, last in (
            ("place", now.rank, count),
            ("letter", letters.index(now.letter) + 1, len(letters)),
        ):
            if place > 1:
                found.append(_found(field, what, now, is_up=True))
            if place < last:
                found.append(_found(field, what, now, is_up=False))
    return found


class _Field:
    """The others beside one firm, for one measure: where it would stand at another value."""

    def __init__(
        self, scheme: FirmScheme, measure: Measure, values: Values,
        standings: Sequence[FirmStanding], now: FirmStanding, count: int,
    ) -> None:  # fmt: skip
        self.scheme, self.measure, self.count = scheme, measure, count
        at = scheme.measures.index(measure)
        told = {name: one.get(measure.name) for name, one in values.items() if name != now.firm}
        self.known = [one for one in told.values() if one is not None]
        self.own, self._own_rest = now.parts[at].value or _ZERO, _rest(now, at)
        ranked = [one for one in standings if one.rank is not None and one.firm != now.firm]
        self._values = [told[one.firm] for one in ranked]
        self._rests = [_rest(one, at) for one in ranked]
        self._doubles = np.array([float(one or 0) for one in self._values])
        self._rest_doubles = np.array([float(one) for one in self._rests])
        self._sum = sum(self.known, _ZERO)
        self._ends = (min(self.known, default=_ZERO), max(self.known, default=_ZERO))

    def rank(self, value: Fraction) -> int | None:
        """Return the rank at a value; None where nobody would have one."""
        low, high = self._spread(value)
        own = part(self.scheme, self.measure, value, low, high).score
        if own is None:
            return None
        total = self._own_rest + own
        others = self._rest_doubles + self._scores(low, high)
        is_above = others > float(total) + _NEAR
        near = np.flatnonzero(np.abs(others - float(total)) <= _NEAR)
        return 1 + int(is_above.sum()) + sum(
            self._rests[n] + (part(self.scheme, self.measure, self._values[n], low, high).score
                              or _ZERO) > total
            for n in near
        )  # fmt: skip

    def _spread(self, value: Fraction) -> tuple[Fraction | None, Fraction | None]:
        """Return `firms.spread` of the others and a value, without going through them again."""
        if self.scheme.reading == "min_max" and self.known:
            return min(self._ends[0], value), max(self._ends[1], value)
        if self.measure.benchmark is None and self.known:
            return None, (self._sum + value) / (len(self.known) + 1)
        return spread(self.scheme, self.measure, [value])

    def _scores(self, low: Fraction | None, high: Fraction | None) -> npt.NDArray[np.float64]:
        points, values = float(self.measure.points), self._doubles
        top, is_less = float(high or 0), self.measure.is_less_better
        if self.scheme.reading == "min_max":
            bottom = float(low or 0)
            gained = top - values if is_less else values - bottom
            return points * gained / (top - bottom)
        ratio = np.divide(top, values) if is_less else values / top
        told: Any = points * np.clip(ratio, 0.0, float(self.scheme.most_ratio))
        return np.asarray(told)


def _found(field: _Field, what: str, now: FirmStanding, *, is_up: bool) -> FirmMove:
    letters = [letter for letter, _ in field.scheme.classes]

    def place(rank: int) -> int:
        if what == "place":
            return rank
        return letters.index(letter_of(field.scheme, rank, field.count)) + 1

    assert now.rank is not None
    before = place(now.rank)

    def is_moved(step: int) -> bool:
        rank = field.rank(step * _STEP)
        if rank is None:
            return False
        return place(rank) < before if is_up else place(rank) > before

    step = _first(is_moved, *_ends(field, is_up=is_up))
    to = None if step is None else step * _STEP
    reached = "" if to is None else place(field.rank(to) or 0)
    return FirmMove(
        what, "up" if is_up else "down", field.measure, field.own, to,
        letters[reached - 1] if isinstance(reached, int) and what == "letter" else f"{reached}",
    )  # fmt: skip


def _ends(field: _Field, *, is_up: bool) -> tuple[int, int]:
    """Return the nearest step beyond the own value, and the farthest that is looked at."""
    known = [*field.known, field.own]
    if is_up != field.measure.is_less_better:
        return field.own // _STEP + 1, max(abs(one) for one in known) * _TIMES // _STEP + 1
    # Below nothing a ratio turned round says nothing.
    lowest = 1 if field.measure.is_less_better else min(*known, _ZERO) // _STEP - 1
    return -(-field.own // _STEP) - 1, lowest


def _first(is_moved: Callable[[int], bool], near: int, far: int) -> int | None:
    """Return the step nearest to `near` at which it is moved, None where it is not at `far`."""
    way = 1 if far >= near else -1
    if not is_moved(far):
        return None
    low, high = 0, abs(far - near)
    while low < high:
        middle = (low + high) // 2
        if is_moved(near + way * middle):
            high = middle
        else:
            low = middle + 1
    return near + way * low


def _rest(one: FirmStanding, at: int) -> Fraction:
    """Return the points of a firm without those of one measure."""
    scores = (each.score for n, each in enumerate(one.parts) if n != at)
    return sum((score for score in scores if score is not None), _ZERO)
