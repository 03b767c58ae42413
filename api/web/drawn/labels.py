"""Where labels of marks on one line stand, so that none lies over another or over a mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

# Space between a mark and its label beside it or below, between two labels, between a label and
# the mark of another.
_BESIDE, _BELOW, _BETWEEN, _FROM_MARKS = 8.0, 4.0, 6.0, 2.0
# A Chinese sign is as wide as it is high, a letter or a figure about six tenths of that.
_WIDE, _NARROW = 1.0, 0.6


@dataclass(frozen=True)
class Wanted:
    """A mark at `x` that takes `half` to each side, and how wide its label is (0: it has none)."""

    x: float
    width: float
    half: float = 6.0


@dataclass(frozen=True)
class Placed:
    """The left end of a label, and its lane: 0 beside the marks, 1 the line below, and so on.

    `is_before`: it ends at its mark, and is set flush right.
    """

    left: float
    lane: int
    is_before: bool


def width_of(text: str, size: float) -> float:
    """Return about how wide a text is, never less than what it takes.

    >>> width_of("交地", 12), round(width_of("2023-04-28", 11), 1)
    (24.0, 66.0)
    """
    return sum(_NARROW if ord(sign) < 0x2E80 else _WIDE for sign in text) * size


def place(
    wanted: Sequence[Wanted],
    left: float,
    right: float,
    drawn: Sequence[tuple[float, float]] = (),
    through: Sequence[tuple[float, float]] = (),
) -> list[Placed | None]:
    """Return where each label stands between two ends of a line, None for one that has no width.

    `drawn`: from where to where something else is drawn beside the marks; `through`: in every
    lane, which labels keep from as long as there is room beside it. The first has the first choice:
    right of its mark, left of it, then the same a line below. A label that is wider than the line
    begins at its left end.

    >>> place([Wanted(10, 50), Wanted(30, 50), Wanted(200, 50)], 0, 230)
    [Placed(left=14.0, lane=1, is_before=False), Placed(left=38.0, lane=0, is_before=False), \
Placed(left=142.0, lane=0, is_before=True)]
    """
    marks = [*((one.x - one.half, one.x + one.half) for one in wanted), *drawn]
    taken: list[list[tuple[float, float]]] = [[]]
    found: list[Placed | None] = []
    for one in wanted:
        if not one.width:
            found.append(None)
            continue
        own = (one.x - one.half, one.x + one.half)
        others = [mark for mark in marks if mark != own]
        lane = 0
        while (
            placed := _in_lane(
                one, lane, taken, others, (left, right), through if lane <= len(wanted) else ()
            )
        ) is None:
            lane += 1
        found.append(placed)
    return found


def _in_lane(
    one: Wanted,
    lane: int,
    taken: list[list[tuple[float, float]]],
    marks: Sequence[tuple[float, float]],
    ends: tuple[float, float],
    through: Sequence[tuple[float, float]],
) -> Placed | None:
    """Return where a label stands in a lane, and take the place; None where there is no room."""
    if lane == len(taken):
        taken.append([])
    left, right = ends
    beside = _BESIDE if lane == 0 else _BELOW
    ways = [Placed(one.x + beside, lane, False), Placed(one.x - beside - one.width, lane, True)]
    if lane:
        # Below its mark it may also be shifted back into the line.
        ways.append(Placed(max(left, min(one.x, right - one.width)), lane, False))
    for way in ways:
        until = way.left + one.width
        is_within = way.left >= left and until <= right
        is_last = lane > 0 and way is ways[-1]
        is_free = _keeps_from(way.left, until, taken[lane], _BETWEEN) and (
            lane > 0 or _keeps_from(way.left, until, marks, _FROM_MARKS)
        )
        is_free = is_free and _keeps_from(way.left, until, through, _FROM_MARKS)
        if is_free and (is_within or is_last):
            taken[lane].append((way.left, until))
            return way
    return None


def _keeps_from(
    left: float, right: float, others: Sequence[tuple[float, float]], by: float
) -> bool:
    return all(right + by <= start or left >= end + by for start, end in others)
