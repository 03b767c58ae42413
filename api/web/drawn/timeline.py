"""A timeline to scale: rows of marks, spans and arrows, with every label where there is room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise

from api.web.drawn.labels import Placed, Wanted, place, width_of

# As wide as a page is; on paper it is drawn narrower, so that its letters keep their size.
WIDTH, WIDTH_ON_PAPER, LEFT = 1300.0, 680.0, 76.0
_TOP, _EDGE = 40.0, 10.0
_LABEL, _SMALL = 12.0, 11.0
# Half of a mark, and a little air.
_MARK = 9.0
# Height of a row of marks and of each further lane of its labels, and of a row of spans.
_MARKS, _LANE, _SPANS = 36.0, 27.0, 28.0
_MOST_TICKS = 14


@dataclass(frozen=True)
class Mark:
    """A day of a row: its form (dot, hollow, diamond, square, circle, triangle) and two words."""

    on: date
    form: str
    words: str = ""
    below: str = ""


@dataclass(frozen=True)
class Span:
    """Days of a row, both included, None for an end not known: filled as a code of a list looks.

    `fill`: of a code list, or `excused`, `held`. `is_ahead`: it holds only if no fact changes.
    """

    from_on: date
    until_on: date | None
    code_list: str
    code: str
    words: str
    is_ahead: bool = False


@dataclass(frozen=True)
class Arrow:
    """From a day of the calendar to the day it is after deduction, and what is said of it."""

    from_on: date
    to_on: date
    words: str


@dataclass(frozen=True)
class Row:
    """One row with its title; its spans stand on one line, its marks on another."""

    title: str
    marks: Sequence[Mark] = ()
    spans: Sequence[Span] = ()
    arrows: Sequence[Arrow] = ()


@dataclass(frozen=True)
class DrawnMark:
    """A mark at x, with its label where it stands."""

    mark: Mark
    x: float
    label: Placed | None
    text_x: float
    text_y: float


@dataclass(frozen=True)
class DrawnSpan:
    """A span from x on, so wide; its words inside where they fit (`words_x`), else behind."""

    span: Span
    x: float
    width: float
    words: str
    words_x: float
    is_inside: bool


@dataclass(frozen=True)
class DrawnArrow:
    """An arrow from x to `to_x`; its words, "" where no mark leaves them room, about `words_x`."""

    x: float
    to_x: float
    words: str
    words_x: float


@dataclass(frozen=True)
class DrawnRow:
    """A row at y (the middle of its marks or spans)."""

    title: str
    y: float
    marks: Sequence[DrawnMark]
    spans: Sequence[DrawnSpan]
    arrows: Sequence[DrawnArrow]


@dataclass(frozen=True)
class Drawing:
    """All that is drawn: rows, years, the line of the day, in user units of the SVG."""

    height: float
    rows: Sequence[DrawnRow]
    ticks: Sequence[tuple[float, str, float]]
    day_x: float
    day_left: float
    day_width: float
    bottom: float
    width: float
    right: float
    left: float = LEFT


@dataclass(frozen=True)
class Scale:
    """Days to x, in proportion."""

    first: date
    last: date
    right: float
    left: float = LEFT

    def x(self, on: date) -> float:
        """Return the x of a day; a day outside stands at the edge."""
        share = (on - self.first).days / max((self.last - self.first).days, 1)
        return round(self.left + min(max(share, 0.0), 1.0) * (self.right - self.left), 1)


@dataclass
class _At:
    y: float = field(default=_TOP)


def draw(rows: Sequence[Row], day: date, day_words: str, width: float = WIDTH) -> Drawing:
    """Return rows drawn around a day, which `day_words` names on its line."""
    right = width - _EDGE
    scale = Scale(*_reach(rows, day), right)
    at = _At()
    x = scale.x(day)
    drawn = [_row(row, scale, at, x) for row in rows]
    bottom = at.y + 4
    wide = width_of(day_words, _LABEL) + 12
    left = min(max(x - wide / 2, LEFT), right - wide)
    return Drawing(bottom + 20, drawn, _ticks(scale), x, round(left, 1), wide, bottom,
                   width, right)  # fmt: skip


def _reach(rows: Sequence[Row], day: date) -> tuple[date, date]:
    """Return the first and the last day shown: all there is, with room at both ends."""
    days = [day]
    for row in rows:
        days += [mark.on for mark in row.marks]
        days += [one for span in row.spans for one in (span.from_on, span.until_on) if one]
        days += [arrow.to_on for arrow in row.arrows]
    first, last = min(days), max(days)
    room = timedelta(days=max(60, (last - first).days // 12))
    start = first - min(room, first - date.min)
    return start, last + min(room, date.max - last)


def _row(row: Row, scale: Scale, at: _At, day_x: float) -> DrawnRow:
    if row.spans:
        middle = at.y + _SPANS / 2
        at.y += _SPANS
        return DrawnRow(row.title, middle, (), _spans(row.spans, scale), ())
    xs = [scale.x(mark.on) for mark in row.marks]
    wide = [max(width_of(mark.words, _LABEL), width_of(mark.below, _SMALL)) for mark in row.marks]
    arrows = _arrows(row.arrows, xs, scale)
    between = [(one.x + 7, one.to_x - 7) for one in arrows if one.to_x - one.x > 14]
    wanted = [Wanted(x, width) for x, width in zip(xs, wide, strict=True)]
    placed = place(wanted, LEFT, scale.right + _EDGE, between, [(day_x - 1, day_x + 1)])
    middle = at.y + _MARKS / 2
    lanes = 1 + max((one.lane for one in placed if one), default=0)
    marks = []
    for mark, x, width, one in zip(row.marks, xs, wide, placed, strict=True):
        lane = one.lane if one else 0
        text_x = x if one is None else one.left + (width if one.is_before else 0.0)
        marks.append(DrawnMark(mark, x, one, round(text_x, 1), middle - 3 + lane * _LANE))
    at.y += _MARKS + (lanes - 1) * _LANE
    return DrawnRow(row.title, middle, marks, (), arrows)


def _arrows(arrows: Sequence[Arrow], marks: Sequence[float], scale: Scale) -> list[DrawnArrow]:
    """Return arrows drawn, the words of each in the widest gap between marks that is still free."""
    taken: set[tuple[float, float]] = set()
    drawn = []
    for one in arrows:
        x, to_x = scale.x(one.from_on), scale.x(one.to_on)
        stops = sorted({x, to_x, *(mark for mark in marks if x < mark < to_x)})
        gaps = [gap for gap in pairwise(stops) if gap not in taken]
        start, end = max(gaps, key=lambda gap: gap[1] - gap[0], default=(x, x))
        has_room = end - start >= width_of(one.words, _SMALL) + 2 * _MARK
        taken |= {(start, end)} if has_room else set()
        words, middle = one.words if has_room else "", round((start + end) / 2, 1)
        drawn.append(DrawnArrow(x, to_x, words, middle))
    return drawn


def _spans(spans: Sequence[Span], scale: Scale) -> list[DrawnSpan]:
    """Return spans drawn; words that do not fit inside stand behind where nothing follows soon."""
    edges = [(scale.x(one.from_on), _end(one, scale)) for one in spans]
    drawn = []
    for number, (span, (start, end)) in enumerate(zip(spans, edges, strict=True)):
        width = round(max(end - start, 1.5), 1)
        wide = width_of(span.words, _SMALL)
        starts = [other for other, _ in edges[number + 1 :] if other >= start]
        free_until = min([*starts, scale.right + _EDGE]) - 4
        if wide + 8 <= width:
            drawn.append(DrawnSpan(span, start, width, span.words, start + width / 2, True))
        elif end + 6 + wide <= free_until:
            drawn.append(DrawnSpan(span, start, width, span.words, end + 6, False))
        else:
            drawn.append(DrawnSpan(span, start, width, "", start, True))
    return drawn


def _end(span: Span, scale: Scale) -> float:
    return scale.right if span.until_on is None else scale.x(span.until_on + timedelta(days=1))


def _ticks(scale: Scale) -> list[tuple[float, str, float]]:
    """Return where years begin, with their numbers and where these do: so few as can be read."""
    years = [year for year in range(scale.first.year, scale.last.year + 1)
             if date(year, 1, 1) >= scale.first]  # fmt: skip
    step = -(-len(years) // _MOST_TICKS) or 1
    xs = [(scale.x(date(year, 1, 1)), str(year)) for year in years if year % step == 0]
    # The last stands before its line where there is no room behind it.
    most = scale.right + _EDGE - width_of("0000", _SMALL)
    return [(x, year, x + 3 if x + 3 <= most else x - 3 - width_of(year, _SMALL)) for x, year in xs]
