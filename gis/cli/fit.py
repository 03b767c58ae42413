"""How text fits a terminal: it breaks between words, never within a figure, a number or a day.

Columns that find no room go by priority, and which ones went is told; nothing is ever cut.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

_BORDERS, _EDGE = 3, 1  # cells a column's frame takes, and the table's left edge
_NARROWEST_TEXT = 8
_MOST_HEAD_LINES = 3  # a header of more lines than these is no header to read
_FEWEST = 3  # with fewer columns than these a table tells less than one record after another
_GIVES_WAY = 2  # a first column wider than the room over this is broken where it can be

# What stays together: a short title of a law, a document's number, a written day, a bound, a run
# of narrow signs.
_WIDE = (
    r"\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6"
)
_ATOM = re.compile(
    r"《[^》\s]{1,10}》"
    r"|[一-鿿]{0,6}[〔\[（(]\d{4}[〕\]）)]\s?第?\d+号?"
    r"|\d{4}年(?:\d{1,2}月(?:\d{1,2}日)?)?|\d{1,2}月\d{1,2}日"
    r"|[≥≤±] ?[-\d.,]+%?"
    rf"|[^\s;{_WIDE}]+;?|;"
    r"|\S"
)
_CLOSING = "，。、；：）》」】〕？！％…;:)]"
_OPENING = "（《「【〔(["
# Where a run of narrow signs that is longer than the room may break all the same: not in figures.
_SEAM = re.compile(r"(?<=[/\\_=;|&?@])(?=\D)|(?<=[A-Za-z][.\-])(?=[A-Za-z])")


@dataclass(frozen=True)
class Fitted:
    """Which columns are shown, how wide each is, and which found no room."""

    columns: list[int]
    widths: list[int]
    dropped: list[int]

    @property
    def taken(self) -> int:
        """Return the cells of a line of the table."""
        return sum(width + _BORDERS for width in self.widths) + _EDGE


def wrap(text: str, width: int) -> list[str]:
    """Return text as lines of at most `width` cells; a part that cannot break may be longer.

    A Chinese character takes two cells; a figure is never cut:

    >>> wrap("面积 12,345.67 平方米", 10)
    ['面积', '12,345.67', '平方米']
    """
    lines, line, used = [], "", 0
    for gap, atom in _atoms(text, width):
        size = cell_len(atom)
        if line and used + len(gap) + size > width:
            lines.append(line)
            line, used, gap = "", 0, ""
        line += gap + atom
        used += len(gap) + size
    return [*lines, line]


def filled(text: str, width: int) -> str:
    """Return a line as lines of at most `width` cells, each under the first one's indent."""
    indent = text[: len(text) - len(text.lstrip())]
    if cell_len(text) <= width or cell_len(indent) >= width:
        return text
    # What is longer than the terminal stays whole: a path is copied, and the terminal breaks it.
    parts = wrap(text.lstrip(), width - len(indent))
    return "\n".join(indent + part for part in parts)


def longest(text: str) -> int:
    """Return the cells of the longest part that cannot break."""
    return max((cell_len(atom) for _, atom in _atoms(text, 1)), default=0)


def fitted(
    cells: Sequence[Sequence[str]],
    room: int | None,
    whole: Sequence[int],
    goes_first: Sequence[int],
) -> Fitted | None:
    """Return how a table fits `room` cells (None: as wide as needed); None when as good as nothing.

    `cells` has one list of texts per column, its header first. The columns of `goes_first` go in
    that order, then the others from the right; the first column stays. `whole` are never broken.
    """
    full = [max(map(cell_len, texts)) for texts in cells]
    least = [
        _least(texts, wide, n in whole)
        for n, (texts, wide) in enumerate(zip(cells, full, strict=True))
    ]
    shown, dropped = list(range(len(cells))), []
    if full[0] <= (room or _UNBOUND) // _GIVES_WAY:
        least[0] = full[0]
    if room is None:
        room = max(_UNBOUND, _taken(least, shown))
    rest = [n for n in reversed(shown) if n not in goes_first and n != 0]
    for n in [*goes_first, *rest]:
        if _taken(least, shown) <= room:
            break
        shown.remove(n)
        dropped.append(n)
    for n in dropped[::-1]:  # what a wider one left free
        if _taken(least, [*shown, n]) <= room:
            shown.append(n)
            dropped.remove(n)
    shown.sort()
    if _taken(least, shown) > room or (dropped and len(shown) < _FEWEST):
        return None
    widths = [least[n] for n in shown]
    left = room - _taken(least, shown)
    while left > 0 and any(full[n] > width for n, width in zip(shown, widths, strict=True)):
        for place, n in enumerate(shown):
            if full[n] > widths[place] and left > 0:
                widths[place] += 1
                left -= 1
    return Fitted(shown, widths, sorted(dropped))


_UNBOUND = 160  # of a table in a file or a pipe, where nothing ends the line


def _least(texts: Sequence[str], full: int, is_whole: bool) -> int:
    header, *told = texts
    floor = min(full, max(map(cell_len, told), default=0) if is_whole else _NARROWEST_TEXT)
    head = -(-cell_len(header) // _MOST_HEAD_LINES)
    # A wide sign may leave a cell of a line empty.
    return max(floor, longest(header), min(head + head % 2, full), *map(longest, told), 1)


def _taken(widths: Sequence[int], columns: Sequence[int]) -> int:
    return sum(widths[n] + _BORDERS for n in columns) + _EDGE


def _atoms(text: str, width: int) -> Iterator[tuple[str, str]]:
    """Yield what stands before, and what cannot break, in order."""
    gap, held, end = "", "", 0
    for found in _ATOM.finditer(text):
        atom, between = found[0], text[end : found.start()]
        end = found.end()
        if held and (between or not (atom[0] in _CLOSING or held[-1] in _OPENING)):
            yield from _seamed(gap, held, width)
            gap, held = between, ""
        elif not held:
            gap = between
        held += atom
    if held:
        yield from _seamed(gap, held, width)


def _seamed(gap: str, atom: str, width: int) -> Iterator[tuple[str, str]]:
    if cell_len(atom) <= width:
        yield gap, atom
        return
    for part in _SEAM.split(atom):
        yield gap, part
        gap = ""
