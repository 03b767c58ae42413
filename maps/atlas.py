"""The maps of all blocks of a run and their index: one sheet a block, drawn side by side.

A sheet is drawn by nothing but itself, so how many draw, and in which order they are done, changes
no byte of a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import overload
from urllib.parse import quote

import pandas as pd

from maps import basis, block, index
from maps.basis import Reasons
from maps.block import Place
from maps.stored import INDEX, Stored


@dataclass(frozen=True)
class Sheet:
    """What the map of one block is drawn from, and the folder it comes to.

    `reasons`: why each subject was judged so; None where no page of reasons is wanted.
    """

    place: Place
    layers: Mapping[str, pd.DataFrame]
    folder: Path
    reasons: tuple[Reasons, ...] | None
    note: str

    def __str__(self) -> str:
        return f"区块 block {self.place.code}"


@dataclass(frozen=True)
class Drawn:
    """A sheet that is done: its place in the order of all, its entry of the index, its files."""

    code: str
    entry: index.Block
    files: tuple[Path, ...]


# Calls a function for each sheet, and gives what it returns in any order: `map`, or processes.
Spread = Callable[[Callable[[Sheet], Drawn], Sequence[Sheet]], Iterable[Drawn]]


def draw(sheet: Sheet) -> Drawn:
    """Draw one sheet: the map of a block and, beside it, the reasons of its subjects."""
    place, files = sheet.place, []
    if sheet.reasons is not None:
        place = replace(
            place, basis=f"{quote(place.basis_name)}#{{subject}}", map_href=place.file_name
        )
        out = sheet.folder / place.basis_name
        files.append(basis.write(place, sheet.reasons, out, sheet.note))
    files.append(block.draw(place, sheet.layers, sheet.folder / place.file_name))
    return Drawn(place.code, index.Block.of(sheet.place, sheet.layers), tuple(files))


class _Sheets(Sequence[Sheet]):
    """The sheets of a run, each cut when it is asked for: all at once would fill the memory."""

    def __init__(
        self, stored: Stored, folder: Path, reasons: Mapping[str, Reasons] | None, note: str
    ) -> None:
        self._stored, self._folder, self._note = stored, folder, note
        self._reasons = reasons
        self._codes = stored.codes

    def __len__(self) -> int:
        return len(self._codes)

    @overload
    def __getitem__(self, at: int) -> Sheet: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Sheet]: ...
    def __getitem__(self, at: int | slice) -> Sheet | Sequence[Sheet]:
        if isinstance(at, slice):
            return [self[place] for place in range(*at.indices(len(self)))]
        code = self._codes[at]
        layers = self._stored.layers(code)
        told = None
        if self._reasons is not None:
            subjects = dict.fromkeys(layers["findings"]["subject"])
            told = tuple(self._reasons[name] for name in subjects if name in self._reasons)
        return Sheet(self._stored.place(code), layers, self._folder, told, self._note)


def write(
    stored: Stored,
    out: Path,
    reasons: Mapping[str, Reasons] | None = None,
    note: str = "",
    *,
    spread: Spread = map,
    tell: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Write the map of every block and the index page into `out`; return the files.

    `reasons`: why each subject was judged so, by subject; with them a page of reasons lies beside
    each map, and its cards lead there. `note` stands on top of these. `spread` says who draws,
    `tell` hears how many sheets of how many are done.
    """
    sheets = _Sheets(stored, out, reasons, note)
    done: dict[str, Drawn] = {}
    for drawn in spread(draw, sheets):
        done[drawn.code] = drawn
        if tell is not None:
            tell(len(done), len(sheets))
    ordered = [done[code] for code in stored.codes]
    total = stored.run.counts.get("unsupplied_total")
    first = index.write([drawn.entry for drawn in ordered], out / INDEX, total)
    return [first, *(file for drawn in ordered for file in drawn.files)]
