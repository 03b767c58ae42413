"""A workbook read back cell by cell, as it shows: values, what they look like, and what is hidden.

The XML is streamed; a document type, and with it every entity, is refused. What would make a cell
show something else than its value says is told in place of the value: a formula, a format that is
none of ours, a text that only looks like a day.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.parsers import expat

from gis.cell_names import letters_of
from gis.outputs.proof.cells import SHEET, Group, named
from gis.outputs.proof.unreadable import UnreadableError

LAYOUT = "版面"
_CHUNK_BYTES = 1 << 20
_WORDS_OF_A_ROW = 3
_EPOCH = date(1899, 12, 30)
_DAY, _MONTH, _SHARE, _PLAIN = "day", "month", "share", "plain"
# Formats by the number they have in every workbook; those of a book's own say what they are.
_BUILT_IN = {0: _PLAIN, 3: _PLAIN, 4: _PLAIN, 10: _SHARE, 14: _DAY, 49: _PLAIN}
_OWN = {
    "general": _PLAIN,
    "@": _PLAIN,
    "#,##0": _PLAIN,
    "#,##0.00": _PLAIN,
    "#,##0.0000": _PLAIN,
    "#,##0.00##": _PLAIN,
    "0.00%": _SHARE,
    "yyyy-mm-dd": _DAY,
    "yyyy-mm（仅到月）": _MONTH,
}
_LOCALE = re.compile(r"\[\$-[0-9A-Fa-f]+\]|;@$|\\|\"")
_LOOKS_LIKE = re.compile(r"\d{4}-\d{2}-\d{2}|[\d.]+%")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
# Parts that put something over or behind the cells; ours have none.
_STRANGE = re.compile(
    r"xl/(charts|media|threadedComments|embeddings|externalLinks|activeX|ctrlProps)/"
    r"|vbaProject|comments\d*\.xml|vmlDrawing"
)
_DRAWING = re.compile(r"xl/drawings/[^/]*\.xml")


@dataclass
class _Page:
    """What one sheet holds: (row, column) -> value, and what of it nobody sees."""

    cells: dict[tuple[int, int], Any] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    head: int = -1


@dataclass(frozen=True)
class _Look:
    """How a cell of one style shows its value."""

    kind: str = _PLAIN
    code: str = ""
    is_white: bool = False


def read(path: Path, name: str, most_bytes: int | None = None) -> list[Group]:
    """Return the sheets of a workbook, and last what is hidden or laid over them.

    UnreadableError where it is none, or unpacks to more than `most_bytes`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
            if most_bytes is not None and size > most_bytes:
                raise UnreadableError(f"解开后有 {size:,} 字节，远大于应有 far larger than it was")
            return _groups(archive, name)
    except (
        zipfile.BadZipFile,
        expat.ExpatError,
        KeyError,
        IndexError,
        ValueError,
        NotImplementedError,
        EOFError,
        OSError,
        RuntimeError,
    ) as fault:
        raise UnreadableError(f"工作簿打不开 the workbook cannot be read: {fault}") from fault


def _groups(archive: zipfile.ZipFile, name: str) -> list[Group]:
    sheets = _sheets(archive)
    words, looks = _shared(archive), _looks(archive)
    groups, told = [], []
    for title, state, part in sheets:
        told.append(f"工作表 {title}" + ("" if state == "visible" else "（隐藏 hidden）"))
        page = _page(archive, part, words, looks)
        told += [f"{title}：{line}" for line in page.told]
        groups.append(_group(named(name, title), page))
    told += [f"附加内容 {part}" for part in sorted(archive.namelist()) if _is_over(archive, part)]
    rows = tuple((str(number), line) for number, line in enumerate(told, start=1))
    return [*groups, Group(named(name, LAYOUT), SHEET, -1, rows)]


def _is_over(archive: zipfile.ZipFile, part: str) -> bool:
    """True for a part that is no cell; some programs write drawings in which nothing is drawn."""
    if not _DRAWING.fullmatch(part):
        return _STRANGE.search(part) is not None
    drawn: list[str] = []
    _parse(archive, part, lambda tag, _: drawn.append(tag) if tag.endswith("Anchor") else None)
    return bool(drawn)


def _group(where: str, page: _Page) -> Group:
    height = max((row for row, _ in page.cells), default=-1) + 1
    width = max((column for _, column in page.cells), default=-1) + 1
    if height * width > 100 * len(page.cells) + 1_000_000:
        raise UnreadableError("有单元格离数据太远 cells lie too far out")
    rows = []
    for row in range(height):
        values = [page.cells.get((row, column)) for column in range(width)]
        said = [one for one in values if isinstance(one, str)][:_WORDS_OF_A_ROW]
        rows.append((" ".join([str(row + 1), *said]), *values))
    return Group(where, SHEET, page.head, tuple(rows))


def _sheets(archive: zipfile.ZipFile) -> list[tuple[str, str, str]]:
    """Return title, state and part of every sheet, in their order."""
    found: list[tuple[str, str, str]] = []
    parts: dict[str, str] = {}

    def of_relation(tag: str, has: dict[str, str]) -> None:
        if tag == "Relationship":
            target = has["Target"]
            parts[has["Id"]] = target.lstrip("/") if target[:1] == "/" else f"xl/{target}"

    def of_book(tag: str, has: dict[str, str]) -> None:
        if tag == "sheet":
            relation = next(value for key, value in has.items() if key.endswith(":id"))
            found.append((has["name"], has.get("state", "visible"), parts[relation]))

    _parse(archive, "xl/_rels/workbook.xml.rels", of_relation)
    _parse(archive, "xl/workbook.xml", of_book)
    return found


def _shared(archive: zipfile.ZipFile) -> list[str]:
    """Return the texts that cells point at; the reading aids of a text are none of it."""
    texts: list[str] = []
    state = {"aid": 0, "text": False}

    def start(tag: str, _: dict[str, str]) -> None:
        if tag == "si":
            texts.append("")
        state["aid"] += tag == "rPh"
        state["text"] = tag == "t"

    def end(tag: str) -> None:
        state["aid"] -= tag == "rPh"
        state["text"] = False

    def text(words: str) -> None:
        if state["text"] and not state["aid"]:
            texts[-1] += words

    if "xl/sharedStrings.xml" in archive.namelist():
        _parse(archive, "xl/sharedStrings.xml", start, end, text)
    return texts


def _looks(archive: zipfile.ZipFile) -> list[_Look]:
    """Return how the cells of each style show what they hold."""
    codes: dict[int, str] = {}
    white: list[bool] = []
    styles: list[tuple[int, int]] = []
    within: list[str] = []

    def start(tag: str, has: dict[str, str]) -> None:
        if tag == "numFmt" and "formatCode" in has and "dxf" not in within:
            codes[int(has["numFmtId"])] = has["formatCode"]
        elif tag == "font" and "fonts" in within:
            white.append(False)
        elif tag == "color" and "fonts" in within and white:
            white[-1] = has.get("rgb", "").upper().endswith("FFFFFF") or has.get("theme") == "0"
        elif tag == "xf" and "cellXfs" in within:
            styles.append((int(has.get("numFmtId", 0)), int(has.get("fontId", 0))))
        within.append(tag)

    def end(_: str) -> None:
        within.pop()

    _parse(archive, "xl/styles.xml", start, end)
    return [
        _look(codes.get(number), number, font < len(white) and white[font])
        for number, font in styles
    ]


def _look(code: str | None, number: int, is_white: bool) -> _Look:
    is_built_in = code is None
    kind = _BUILT_IN.get(number) if is_built_in else _OWN.get(_LOCALE.sub("", str(code)).lower())
    return _Look(kind or "", code or str(number), is_white)


class _Cells:
    """Takes the elements of a sheet as they come."""

    def __init__(self, page: _Page, words: list[str], looks: list[_Look]) -> None:
        self.page, self.words, self.looks = page, words, looks
        self.at, self.has = (0, 0), {"r": ""}
        self.said = {"v": "", "t": "", "f": ""}
        self.is_formula = False
        self.within = ""
        self.row = 0

    def start(self, tag: str, has: dict[str, str]) -> None:
        """Note where a cell is, and what of the sheet is hidden."""
        if tag == "row":
            self.row = int(has.get("r", self.row + 1))
            if _is_on(has, "hidden") or _is_flat(has, "ht", "customHeight"):
                self.page.told.append(f"第 {self.row} 行隐藏 row hidden")
        elif tag == "col" and (_is_on(has, "hidden") or _is_flat(has, "width", "customWidth")):
            first, last = (letters_of(int(has[name]) - 1) for name in ("min", "max"))
            self.page.told.append(f"{first} 至 {last} 列隐藏 columns hidden")
        elif tag == "mergeCell":
            self.page.told.append(f"合并 {has['ref']} merged")
        elif tag in {"conditionalFormatting", "dataValidation"}:
            self.page.told.append(f"条件格式或有效性 {has.get('sqref', '')} {tag}")
        elif tag == "autoFilter":
            self.page.head = int(re.findall(r"\d+", has["ref"])[0]) - 1
        elif tag == "c":
            found = _REFERENCE.fullmatch(has["r"])
            if found is None:
                raise ValueError(has["r"])
            self.at, self.has = (int(found[2]) - 1, _column(found[1])), has
            self.said, self.is_formula = {"v": "", "t": "", "f": ""}, False
        elif tag == "f":
            self.is_formula = True
        self.within = tag

    def end(self, tag: str) -> None:
        """Keep the value of a cell that has one."""
        self.within = ""
        if tag == "c":
            value = self._value()
            if value is not None:
                self.page.cells[self.at] = value

    def text(self, words: str) -> None:
        """Take what stands in a cell."""
        if self.within in self.said:
            self.said[self.within] += words

    def _value(self) -> Any:
        form, raw = self.has.get("t", "n"), self.said["v"]
        style = int(self.has.get("s", 0))
        look = self.looks[style] if style < len(self.looks) else _Look()
        value: Any
        if form == "s":
            value = _text(self.words[int(raw)]) if raw else None
        elif form in {"inlineStr", "str"}:
            value = _text(self.said["t"] or raw)
        elif form == "b":
            value = raw == "1"
        elif form in {"e", "d"}:
            value = f"{raw}（{form}）"
        else:
            value = _number(float(raw), look) if raw else None
        if self.is_formula:
            return f"公式 ={self.said['f']} → {value}"
        if look.is_white and value is not None:
            return f"{value}（白字 white）"
        return value


def _page(archive: zipfile.ZipFile, part: str, words: list[str], looks: list[_Look]) -> _Page:
    page = _Page()
    cells = _Cells(page, words, looks)
    _parse(archive, part, cells.start, cells.end, cells.text)
    return page


def _number(value: float, look: _Look) -> Any:
    if look.kind in {_DAY, _MONTH} and value.is_integer() and 0 < value < 2_958_466:
        day = (_EPOCH + timedelta(days=int(value))).isoformat()
        return day if look.kind == _DAY else f"{day[:7]}（仅到月，按 {day}）"
    if look.kind == _SHARE:
        return f"{value * 100:.10g}%"
    if look.kind != _PLAIN:
        return f"{value:.15g}（格式 format {look.code}）"
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def _text(words: str) -> str | None:
    words = words.replace("_x000D_", "").replace("\r\n", "\n")
    return f"{words}（文本 text）" if _LOOKS_LIKE.fullmatch(words) else words or None


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _is_on(has: dict[str, str], name: str) -> bool:
    return has.get(name) in {"1", "true"}


def _is_flat(has: dict[str, str], name: str, own: str) -> bool:
    """True where a row or column is drawn so low or narrow that nobody sees it."""
    return _is_on(has, own) and float(has.get(name, 9)) < 1


def _parse(
    archive: zipfile.ZipFile,
    part: str,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Stream a part; names come without the prefix of their namespace."""

    def refused(*_: Any) -> None:
        raise ValueError(f"{part} has a document type")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refused
    parser.StartElementHandler = lambda tag, has: start(tag.rpartition(":")[2], has)
    if end is not None:
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
    if text is not None:
        parser.CharacterDataHandler = text
    with archive.open(part) as stream:
        while piece := stream.read(_CHUNK_BYTES):
            parser.Parse(piece, False)
    parser.Parse(b"", True)
