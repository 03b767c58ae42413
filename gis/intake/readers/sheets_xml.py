"""What a workbook's own XML says of a sheet and the cell reader does not pass on.

Error cells, formulas whose result was never stored, hidden rows and columns, and how far the cells
reach. The XML is streamed; a document type, and with it every entity, is refused. Expressions
find the cells in which something is amiss; only those are parsed, and sheets in odd XML whole.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import IO
from xml.parsers import expat

from gis.cell_names import column_of, letters_of

_CHUNK_BYTES = 1 << 20
_MOST_ROW_BYTES = 1 << 26  # of one row in XML
_ROW_NO = re.compile(rb"\br\s*=\s*[\"'](\d{1,7})[\"']")
_SPAN = re.compile(rb"\b(min|max)\s*=\s*[\"'](\d{1,7})[\"']")
_IS_HIDDEN = re.compile(rb"\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_NEW_ERROR = re.compile(rb">\s*#(?!(?:DIV/0|NAME|NULL|NUM|REF|VALUE)[!?])[A-Z_]+[!?]\s*</")
_PREFIX = re.compile(rb"<(\w+:)?worksheet[\s>]")
_CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br\s*=\s*[\"']([A-Za-z]{1,3})(\d{1,7})[\"']")
_ROW = re.compile(r"[0-9]{1,7}")
_REFERENCE = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
MOST_FAULTY = 100_000  # cells; a sheet with more goes back as a whole


class SheetXmlError(Exception):
    """The parts of a workbook are broken, or refer to entities."""


class TooManyFaultsError(SheetXmlError):
    """A sheet is full of cells without a value."""


@dataclass(frozen=True)
class Faulty:
    """One cell without a value: where it is (from 0), the issue's code, and what stands there."""

    row: int
    column: int
    code: str
    text: str

    @property
    def address(self) -> str:
        """Return the cell's name as people see it: C2."""
        return f"{letters_of(self.column)}{self.row + 1}"


@dataclass
class Noticed:
    """What a sheet's XML says beside the values.

    `recalculated`: columns (from 0) with formulas in a workbook that asks to be recalculated when
    it is opened, each with how many.
    """

    faulty: list[Faulty] = field(default_factory=list)
    recalculated: dict[int, int] = field(default_factory=dict)
    hidden_rows: set[int] = field(default_factory=set)  # from 1, as people see them
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)  # first and last, from 0


@dataclass(frozen=True)
class Workbook:
    """How the parts of a workbook hang together: sheet -> part, and two settings."""

    parts: Mapping[str, str]
    is_1904: bool = False
    is_recalculated: bool = False


def workbook_of(archive: zipfile.ZipFile) -> Workbook:
    """Return where each sheet of a workbook lies in its archive."""
    found: list[tuple[str, str]] = []
    settings: dict[str, dict[str, str]] = {}

    def of_workbook(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            relation = next((v for k, v in attributes.items() if k.endswith(":id")), "")
            found.append((attributes.get("name", ""), relation))
        elif tag in {"workbookPr", "calcPr"}:
            settings[tag] = attributes

    book = next((name for name in archive.namelist() if _plain(name) == "xl/workbook.xml"), None)
    if book is None:
        return Workbook({})
    with archive.open(book) as stream:
        _parse(stream, of_workbook)
    targets = parts_of(archive, "xl/_rels/workbook.xml.rels")
    return Workbook(
        {title: targets[relation] for title, relation in found if relation in targets},
        is_1904=_is_on(settings.get("workbookPr", {}).get("date1904")),
        is_recalculated=_is_on(settings.get("calcPr", {}).get("fullCalcOnLoad")),
    )


def parts_of(archive: zipfile.ZipFile, relations: str) -> dict[str, str]:
    """Return relation -> member of the archive, as the part of relations says."""
    names = {_plain(name): name for name in archive.namelist()}
    parts: dict[str, str] = {}

    def take(tag: str, attributes: dict[str, str]) -> None:
        target = attributes.get("Target", "").replace("\\", "/")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        inside = [part for part in PurePosixPath(path).parts if part not in {".", ".."}]
        if tag == "Relationship" and (part := names.get("/".join(inside).lower())):
            parts[attributes.get("Id", "")] = part

    if relations in names:
        with archive.open(names[relations]) as stream:
            _parse(stream, take)
    return parts


def _plain(name: str) -> str:
    return name.replace("\\", "/").lower()


def notice(archive: zipfile.ZipFile, part: str, is_recalculated: bool = False) -> Noticed:
    """Return what the XML of one sheet says beside its values; SheetXmlError when it is broken."""
    noticed = Noticed()
    cells = _Cells(noticed, is_recalculated)
    with archive.open(part) as stream:
        is_plain = _looked_through(stream, noticed, cells)
    if not is_plain:
        noticed.faulty.clear()
        noticed.recalculated.clear()
        with archive.open(part) as stream:
            _parse(stream, cells.start, cells.end, cells.text)
    noticed.faulty.sort(key=lambda one: (one.row, one.column))
    return noticed


def add_faulty(noticed: Noticed, cell: Faulty) -> None:
    """Note one more cell without a value; TooManyFaultsError when there are too many to list."""
    if len(noticed.faulty) >= MOST_FAULTY:
        raise TooManyFaultsError(f"more than {MOST_FAULTY:,} cells without a value")
    noticed.faulty.append(cell)


def with_known_errors(archive: zipfile.ZipFile, into: IO[bytes]) -> None:
    """Write the workbook anew with every error of a newer Excel (#SPILL!) called #N/A.

    The cell reader takes no file in which it meets one that it does not know.
    """
    with zipfile.ZipFile(into, "w") as copy:
        for member in archive.infolist():
            is_sheet = _plain(member.filename).startswith("xl/worksheets/")
            with archive.open(member) as source, copy.open(member.filename, "w") as sink:
                for piece in _rows(source) if is_sheet else iter(lambda: source.read(1 << 20), b""):
                    sink.write(_NEW_ERROR.sub(b">#N/A</", piece) if is_sheet else piece)


def extent(archive: zipfile.ZipFile, part: str) -> tuple[int, int]:
    """Return how many rows and columns the cells of a sheet span: what a reader would allocate."""
    rows = columns = 0
    with archive.open(part) as stream:
        for piece in _rows(stream):
            found = _CELL.findall(piece)
            if found:
                rows = max(rows, max(int(row) for _, row in found))
                letters = {letters for letters, _ in found}
                columns = max(columns, *(column_of(one.decode()) + 1 for one in letters))
    return rows, columns


def _looked_through(stream: IO[bytes], noticed: Noticed, cells: _Cells) -> bool:
    """Take note of all that is amiss by expressions alone; False where they cannot be relied on.

    A parser needs fifteen times as long, which only a sheet in odd XML is worth.
    """
    look = None
    for piece in _rows(stream):
        if look is None:
            found = _PREFIX.search(piece)
            look = _Look(found[1] or b"" if found else b"")
        # Comments and CDATA may hold what looks like cells; NUL betrays UTF-16.
        if b"<!" in piece or b"\0" in piece or not look.take(piece, noticed, cells):
            return False
    return True


class _Look:
    """Expressions for the sheets of one way to write names: with the prefix of a namespace."""

    def __init__(self, prefix: bytes) -> None:
        name = re.escape(prefix)
        self.cell = b"<" + prefix + b"c "
        self.cell_end = b"</" + prefix + b"c"
        self.row = re.compile(b"<" + name + rb"row\s[^>]*>")
        self.columns = re.compile(b"<" + name + rb"col\s[^>]*>")
        # The formula, and the value behind it if there is one.
        self.formula = re.compile(
            b"<%bf(?=[\\s/>])(?:[^>]*/>|[^>]*>[^<]*</%bf\\s*>)\\s*"
            b"(?:<%bv(?:\\s[^>]*)?(?:/>|>([^<]*)</%bv\\s*>))?" % (name, name, name, name)
        )

    def take(self, piece: bytes, noticed: Noticed, cells: _Cells) -> bool:
        """Note the faults in some whole rows; False when a cell does not say where it is."""
        if b"hidden" in piece:
            for tag in filter(_IS_HIDDEN.search, self.row.findall(piece)):
                noticed.hidden_rows |= {int(number) for number in _ROW_NO.findall(tag)}
            for tag in filter(_IS_HIDDEN.search, self.columns.findall(piece)):
                span = dict(_SPAN.findall(tag))
                if len(span) == 2:
                    noticed.hidden_columns.append((int(span[b"min"]) - 1, int(span[b"max"]) - 1))
        amiss = {
            piece.rfind(self.cell, 0, at)
            for word in (b'"e"', b"'e'")
            for at in _places(piece, word)
        }
        amiss |= {
            piece.rfind(self.cell, 0, found.start())
            for found in self.formula.finditer(piece)
            if cells.is_recalculated or not (found[1] or b"").strip()
        }
        for start in sorted(amiss - {-1}):
            end = piece.find(b">", start) + 1
            if piece[end - 2 : end] != b"/>":
                end = piece.find(b">", piece.find(self.cell_end, start)) + 1
            cell = piece[start : end or None]
            if not _CELL.match(cell):
                return False
            _parse(io.BytesIO(cell), cells.start, cells.end, cells.text)
        return True


def _places(piece: bytes, word: bytes) -> Iterator[int]:
    at = piece.find(word)
    while at >= 0:
        yield at
        at = piece.find(word, at + 1)


class _Cells:
    """Follows the rows and cells of a sheet and keeps those that have no value."""

    def __init__(self, noticed: Noticed, is_recalculated: bool) -> None:
        self.noticed, self.is_recalculated = noticed, is_recalculated
        self.row = self.column = -1
        self.type = ""
        self.inside = ""
        self.words: dict[str, list[str]] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            found = _REFERENCE.fullmatch(attributes.get("r", ""))
            self.column = column_of(found[1]) if found else self.column + 1
            self.row = int(found[2]) - 1 if found else self.row
            self.type = attributes.get("t", "n")
            self.words = {}
        elif tag == "row":
            number = attributes.get("r", "")
            self.row = int(number) - 1 if _ROW.fullmatch(number) else self.row + 1
            self.column = -1
        elif tag in {"f", "v", "is"}:
            self.inside = tag
            self.words[tag] = []

    def text(self, text: str) -> None:
        if self.inside:
            self.words[self.inside].append(text)

    def end(self, tag: str) -> None:
        if tag == self.inside:
            self.inside = ""
        elif tag == "c":
            self._cell()

    def _cell(self) -> None:
        written = "".join(self.words.get("v", [])).strip()
        if self.type == "e":
            self._add("cell_error", written or "#N/A")
            return
        if "f" not in self.words or "is" in self.words:
            return
        formula = "=" + "".join(self.words["f"])
        # A formula may give an empty text; it says so by its type and an empty value.
        is_empty_text = self.type == "str" and "v" in self.words
        if not written and not is_empty_text:
            self._add("formula_without_value", formula)
        elif self.is_recalculated and written in {"0", "0.0"} and self.type == "n":
            # Programs that cannot calculate store 0 and leave the work to whoever opens the file.
            self._add("formula_without_value", formula)
        elif self.is_recalculated:
            counts = self.noticed.recalculated
            counts[self.column] = counts.get(self.column, 0) + 1

    def _add(self, code: str, text: str) -> None:
        add_faulty(self.noticed, Faulty(self.row, self.column, code, text[:200]))


def _is_on(setting: str | None) -> bool:
    return (setting or "").lower() in {"1", "true", "on"}


def _rows(stream: IO[bytes]) -> Iterator[bytes]:
    """Yield the bytes of a sheet in large pieces that end where a row ends."""
    kept = b""
    while block := stream.read(_CHUNK_BYTES):
        kept += block
        if cut := kept.rfind(b"row>") + 1:
            yield kept[: cut + 3]
            kept = kept[cut + 3 :]
        elif len(kept) > _MOST_ROW_BYTES:
            raise SheetXmlError("a row of more than 64 MB")
    yield kept


def _parse(
    stream: IO[bytes],
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Parse XML piece by piece, names without their prefix; no document type, no entity."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise SheetXmlError("a document type in a workbook")

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    if end is not None:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    try:
        while block := stream.read(_CHUNK_BYTES):
            parser.Parse(block, False)
        parser.Parse(b"", True)
    except expat.ExpatError as fault:
        raise SheetXmlError(str(fault)) from fault
