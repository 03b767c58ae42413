"""How an area divides over time: a band for each state, to scale in days and in area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from api.web.drawn.labels import width_of
from api.web.drawn.timeline import Scale

WIDTH, HEIGHT, LEFT = 900.0, 190.0, 58.0
_TOP, _BOTTOM, _EDGE = 26.0, 166.0, 10.0


@dataclass(frozen=True)
class Band:
    """One state from a day to the next change: where it stands, and so high as its area."""

    x: float
    y: float
    width: float
    height: float
    state: str
    area_m2: float
    from_on: date
    is_ahead: bool


@dataclass(frozen=True)
class Areas:
    """The bands, the years below them, the areas beside them, the line of the day."""

    bands: Sequence[Band]
    years: Sequence[tuple[float, str]]
    levels: Sequence[tuple[float, float]]
    day_x: float
    day_left: float
    day_width: float
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - _EDGE
    top: float = _TOP
    bottom: float = _BOTTOM


def steps_of(rows: Sequence[Mapping[str, Any]]) -> list[tuple[date, dict[str, float | None]]]:
    """Return the days of a land timeline, each with the area of each state from then on.

    None: the area is not known.
    """
    days: dict[date, dict[str, float | None]] = {}
    for row in rows:
        days.setdefault(row["from_on"], {})[row["state"]] = row["area_m2"]
    return sorted(days.items())


def draw(
    steps: Sequence[tuple[date, Mapping[str, float | None]]],
    order: Sequence[str],
    day: date,
    day_words: str,
) -> Areas | None:
    """Return bands stacked in an order of states, None where there is no day or no area.

    An area not known has no band: the table beside says so.
    """
    known = [(when, {state: area for state, area in areas.items() if area is not None})
             for when, areas in steps]  # fmt: skip
    most = max((sum(areas.values()) for _, areas in known), default=0.0)
    if not most:
        return None
    days = [when for when, _ in steps]
    room = timedelta(days=max(90, (max([*days, day]) - days[0]).days // 10))
    last = max([*days, day])
    last += min(room, date.max - last)
    scale = Scale(days[0], last, WIDTH - _EDGE, LEFT)
    high = _BOTTOM - _TOP
    bands = []
    for number, (when, areas) in enumerate(known):
        until = days[number + 1] if number + 1 < len(days) else last
        cuts = sorted({when, until, *([day] if when < day < until else [])})
        for start, end in pairwise(cuts):
            y = _BOTTOM
            for state in sorted(areas, key=order.index):
                tall = areas[state] / most * high
                y -= tall
                bands.append(
                    Band(scale.x(start), round(y, 1), round(scale.x(end) - scale.x(start), 1),
                         round(tall, 1), state, areas[state], when, start >= day)
                )  # fmt: skip
    years = [(scale.x(date(year, 1, 1)), str(year))
             for year in range(days[0].year + 1, last.year + 1)]  # fmt: skip
    step = -(-len(years) // 12) or 1
    wide = width_of(day_words, 12) + 12
    x = scale.x(day)
    left = min(max(x - wide / 2, LEFT), WIDTH - _EDGE - wide)
    levels = [(round(_BOTTOM - share * high, 1), most * share) for share in (0.0, 0.5, 1.0)]
    return Areas(bands, years[::step], levels, x, round(left, 1), wide)
