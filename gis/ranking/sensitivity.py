"""What would move a park one place: the smallest change of one value, all else as it is.

Under R1 a score changes only where the park comes level with another or passes it, so these steps
are walked over one by one; under R3 totals are lines and hyperbolas, which are solved. Both
exactly. The place is the one by the points known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from gis.ranking.readings import BY_NAME
from gis.ranking.scheme import Indicator, Scheme
from gis.ranking.score import Part, Ranking

_ZERO, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True)
class Move:
    """The value at which a park moves, up or down; `to` None: no value of this indicator does.

    `is_level`: that value is enough; else any beyond it is, however little.
    """

    park: str
    indicator: Indicator
    direction: str
    value: Fraction
    to: Fraction | None
    is_level: bool

    @property
    def change(self) -> Fraction | None:
        """Return by how much the value would change."""
        return None if self.to is None else self.to - self.value


@dataclass(frozen=True)
class _Field:
    """The others beside one park, for one indicator: what each has without it, and its value."""

    own_rest: Fraction
    own_value: Fraction
    rests: Sequence[Fraction]
    values: Sequence[Fraction | None]
    indicator: Indicator


def moves(ranking: Ranking, park: str) -> list[Move]:
    """Return for each indicator with a score what would move a park up and down.

    A park first moves nowhere up, one last nowhere down; one out of the field nowhere.
    """
    known = {one.park: one.known for one in ranking.field}
    if park not in known:
        return []
    others = [one for one in known if one != park]
    found: list[Move] = []
    for indicator in ranking.scheme.indicators:
        parts = {one.park: one for one in ranking.parts if one.indicator is indicator}
        own = parts[park]
        if own.value is None or own.score is None:
            continue
        field = _Field(
            known[park] - own.score,
            own.value,
            [known[one] - (parts[one].score or _ZERO) for one in others],
            [parts[one].value for one in others],
            indicator,
        )
        totals = [known[one] for one in others]
        found += _of_indicator(ranking.scheme, own, field, totals, known[park])
    return found


def _of_indicator(
    scheme: Scheme, part: Part, field: _Field, totals: Sequence[Fraction], own: Fraction
) -> Iterator[Move]:
    above = [total for total in totals if total > own]
    not_above = [total for total in totals if total <= own]
    for direction, is_possible in (("up", above), ("down", not_above)):
        if not is_possible:
            continue
        if part.indicator.found != "ranked":
            to, is_level = _of_points(part, direction, above, not_above, own)
        elif scheme.reading == "R1":
            to, is_level = _by_steps(scheme, field, direction, len(above))
        else:
            to, is_level = _by_solving(field, direction, above, not_above)
        yield Move(part.park, part.indicator, direction, field.own_value, to, is_level)


Found = tuple[Fraction | None, bool]


def _by_steps(scheme: Scheme, field: _Field, direction: str, above_count: int) -> Found:
    """Walk from the own value over the others', each and what lies between, until it tells."""
    steps = sorted({value for value in field.values if value is not None})
    is_up = direction == "up"
    ahead = [one for one in steps if (one >= field.own_value if is_up else one <= field.own_value)]
    if not is_up:
        ahead.reverse()
    for n, step in enumerate(ahead):
        if step != field.own_value and _is_moved(scheme, field, step, is_up, above_count):
            return step, True
        beyond = ahead[n + 1] if n + 1 < len(ahead) else step + (_ONE if is_up else -_ONE)
        if _is_moved(scheme, field, (step + beyond) / 2, is_up, above_count):
            return step, False
    return None, False


def _is_moved(
    scheme: Scheme, field: _Field, value: Fraction, is_up: bool, above_count: int
) -> bool:
    places = BY_NAME[scheme.reading]([value, *field.values], field.indicator.points)
    own = field.own_rest + (places[0].score or _ZERO)
    above = sum(
        rest + (place.score or _ZERO) > own
        for rest, place in zip(field.rests, places[1:], strict=True)
    )
    return above < above_count if is_up else above > above_count


def _by_solving(
    field: _Field, direction: str, above: Sequence[Fraction], not_above: Sequence[Fraction]
) -> Found:
    """Solve T(own) = T(other): below the best of the others on a line, beyond it on a hyperbola.

    Up to their best value m the own score is S x/m and theirs stand; beyond it the own score is S
    and each of theirs is S v/x.
    """
    points, rest = field.indicator.points, field.own_rest
    best = max((one for one in field.values if one is not None), default=None)
    if direction == "up":
        target = min(above)
        if best is not None and best > 0:
            value = (target - rest) * best / points
            if field.own_value < value <= best:
                return value, True
        start = max(field.own_value, best or _ZERO, _ZERO)
        told = [
            points * max(value, _ZERO) / (rest + points - other)
            for other, value in zip(field.rests, field.values, strict=True)
            if value is not None and rest + points > other
            if other + _share(points, value, start) > rest + points
        ]
        ahead = [value for value in told if value >= start]
        return (min(ahead), True) if ahead else (None, False)
    if best is None or best <= 0:
        return None, False
    if field.own_value > best:
        told = [
            points * value / (rest + points - other)
            for other, value in zip(field.rests, field.values, strict=True)
            if value is not None and value > 0 and rest + points > other
        ]
        passed = [value for value in told if best <= value <= field.own_value]
        if passed:
            return max(passed), False
    target = max(not_above)
    if field.own_value > best:
        # Beyond their best value none of theirs passed; at it they stand as on the line.
        at_best = [
            other + _share(points, value, best)
            for other, value in zip(field.rests, field.values, strict=True)
        ]
        target = max(one for one in at_best if one <= rest + points)
    value = (target - rest) * best / points
    return (value, False) if value > 0 else (None, False)


def _share(points: Fraction, value: Fraction | None, leader: Fraction) -> Fraction:
    return points * max(value or _ZERO, _ZERO) / leader if leader > 0 else _ZERO


def _of_points(
    part: Part,
    direction: str,
    above: Sequence[Fraction],
    not_above: Sequence[Fraction],
    own: Fraction,
) -> Found:
    """Return how many points or things more or less an entered score would need."""
    each = part.indicator.each or _ONE
    score, value = part.score or _ZERO, part.value or _ZERO
    if direction == "up":
        needed = score + min(above) - own
        if needed > part.indicator.points:
            return None, False
        return (_up(needed / each) if part.indicator.each else needed), True
    needed = score - (own - max(not_above))
    if needed <= 0:
        return None, False
    if not part.indicator.each:
        return needed, False
    # Whole things: the most that leaves less than that.
    fewer = _up(needed / each) - 1
    return (fewer, True) if 0 <= fewer < value else (None, False)


def _up(value: Fraction) -> Fraction:
    return Fraction(-((-value.numerator) // value.denominator))
