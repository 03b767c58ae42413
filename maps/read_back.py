"""A page read back: every text, sign and colour in its order, and the rows packed into a map."""

from __future__ import annotations

import hashlib
from html.parser import HTMLParser
from pathlib import Path

from gis.outputs.proof.cells import PAGE, ROWS, Group, named
from gis.outputs.proof.unreadable import UnreadableError
from maps.packed import unpack

_DIGEST_LETTERS = 16
_HEADINGS = {"h1", "h2", "h3"}
_TOP = "页首"


def read(path: Path, name: str) -> list[Group]:
    """Return what a page shows, one row per text or element, and the packed rows of each layer."""
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as fault:
        raise UnreadableError(f"网页不是 UTF-8 the page is no UTF-8: {fault}") from fault
    page = _Page()
    page.feed(text)
    page.close()
    groups = [Group(name, PAGE, -1, tuple(page.rows))]
    return groups + [_layer(name, packed) for packed in page.packed]


def _layer(name: str, packed: str) -> Group:
    """Return one row per packed row: its name, its values, its shape by digest, and its look."""
    try:
        layer = unpack(packed)
    except (ValueError, KeyError, IndexError, OSError, EOFError, TypeError) as fault:
        raise UnreadableError(f"图层数据读不懂 packed rows cannot be read: {fault}") from fault
    about = layer.about
    titles = {line["column"]: line["label"] for line in about["lines"]}
    columns = [titles.get(column, column) for column in layer.columns]
    key = "subject" if "subject" in layer.columns else next(iter(layer.columns), None)
    rows: list[tuple[object, ...]] = [("列", *columns, "图形")]
    values = [*layer.columns.values(), layer.shapes]
    rows += [
        (str(layer.columns[key][number] if key else number + 1), *line)
        for number, line in enumerate(zip(*values, strict=True))
    ]
    # How a layer is drawn and worded is part of what it says.
    rows += [(f"式样 {look['code']}", str(sorted(look.items()))) for look in about["styles"]]
    rows += [
        (f"说明 {name}", str(value)) for name, value in sorted(about.items()) if name != "styles"
    ]
    return Group(named(name, str(about["zh"])), ROWS, 0, tuple(rows))


class _Page(HTMLParser):
    """Keeps a page's tokens in order, each under the heading, row and column it stands in."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[tuple[object, ...]] = []
        self.packed: list[str] = []
        self._heading, self._caption = _TOP, ""
        self._in: str | None = None  # a heading, row or column title being read
        self._said = ""
        self._raw: str | None = None  # script, style or packed rows
        self._row, self._column = "", -1
        self._titles: list[list[str]] = []
        self._span, self._is_head, self._is_offset = 1, False, True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element with all it is given: colours, widths, what is hidden."""
        has = dict(attrs)
        self._place(tag, has)
        told = " ".join(f'{name}="{value or ""}"' for name, value in attrs)
        self._keep(f"<{tag}{' ' + told if told else ''}>")
        if tag in {"script", "style"}:
            self._raw = "packed" if has.get("type") == "text/plain" else tag
            self._said = ""

    def handle_endtag(self, tag: str) -> None:
        """Close a title, or keep what a script says by its digest."""
        if self._raw is not None and tag in {"script", "style"}:
            if self._raw == "packed":
                self.packed.append(self._said.strip())
            else:
                digest = hashlib.sha256(self._said.encode()).hexdigest()[:_DIGEST_LETTERS]
                self._keep(f"{tag} {digest}")
            self._raw = None
        elif tag == self._in:
            said = " ".join(self._said.split())
            if tag in _HEADINGS:
                self._heading, self._row, self._column = said, "", -1
            elif tag == "caption":
                self._caption = said
            elif self._is_head:
                self._titles[-1] += [said] * self._span
            else:
                self._row = said
            self._in = None
        elif tag == "thead":
            self._is_head = False
        elif tag == "table":
            self._row, self._column, self._titles, self._caption = "", -1, [], ""

    def handle_data(self, data: str) -> None:
        """Keep a text; the blanks between elements say nothing."""
        if self._raw is not None:
            self._said += data
            return
        if self._in is not None:
            self._said += data
        if said := " ".join(data.split()):
            self._keep(said)

    def handle_comment(self, data: str) -> None:
        """Keep a comment: it may hide what stood there."""
        self._keep(f"<!-- {data} -->")

    def handle_decl(self, decl: str) -> None:
        """Keep the document's declaration."""
        self._keep(f"<!{decl}>")

    def _place(self, tag: str, has: dict[str, str | None]) -> None:
        if tag == "thead":
            self._is_head, self._titles, self._is_offset = True, [], True
        elif tag == "tr":
            self._row, self._column = "", -1
            if self._is_head:
                self._titles.append([])
        elif tag == "td":
            self._column += 1
        if tag == "th" and self._is_head and "rowspan" in has:
            # A title over both rows of the head is that of the rows' own names.
            self._is_offset = False
        elif tag in {*_HEADINGS, "caption", "th"}:
            self._in, self._said = tag, ""
            self._span = int(has.get("colspan") or 1)

    def _keep(self, said: str) -> None:
        place = self._column + self._is_offset
        titles = [row[place] for row in self._titles if 0 <= place < len(row)]
        inside = titles if self._column >= 0 else []
        label = " · ".join(
            part for part in (self._heading, self._caption, self._row, *inside) if part
        )
        self.rows.append((label, said))
