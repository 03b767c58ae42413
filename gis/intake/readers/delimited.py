"""A CSV file's rows: its text, where two files were joined, its delimiter and its quotes."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyarrow as pa

from gis.intake.issues import Issues
from gis.intake.readers.even_rows import even_rows
from gis.intake.source import encoding as encodings
from gis.intake.source import illegible
from gis.intake.source.file_format import Opened, refusal

# One cell may hold the shape of a whole district as text.
csv.field_size_limit(2**31 - 1)
_DELIMITERS = ",\t;|"
_MARK = "\ufeff"
# Rows from the top that are looked at one by one, whatever comes below them.
_TOP = 100
_SHAPE = re.compile(r"\s*(?:(?:multi)?(?:polygon|point|linestring)|geometrycollection|[\[{])", re.I)


@dataclass(frozen=True)
class Rows:
    """The cells of a CSV file, row by row, and whether bytes among them are no text.

    `below`: the rows below these, where they are many and of one width; an empty cell is null.
    """

    cells: list[list[Any]]
    has_signs: bool
    below: pa.Table | None = None


def read_rows(source: Opened, encoding: str | None, issues: Issues) -> Rows:
    """Return the rows of a CSV file, its encoding and delimiter found from the text.

    Raises DeliveryError when quotes do not match or the last row is cut short.
    """
    text = _text(source, encoding, issues)
    text = _parted(text.replace("\r\n", "\n").replace("\r", "\n").lstrip(_MARK))
    delimiter = _delimiter(text)
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        rows: list[list[Any]] = list(islice(reader, _TOP))
        below = even_rows(lines.read(), delimiter, len(rows[-1])) if len(rows) == _TOP else None
        if below is None:
            lines.seek(0)
            rows = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as fault:
        raise refusal(
            source.name,
            "引号不成对，文件可能被截断",
            f"the quotes do not match ({fault})",
            "请发送方重新导出，或改存为 xlsx",
        ) from fault
    widths = Counter(map(len, rows))
    if below is not None:
        widths[below.num_columns] += below.num_rows
    for row_no, count in _swallowed(rows, widths, delimiter):
        raise refusal(
            source.name,
            f"第 {row_no} 行的引号不成对，把其后 {count} 行并进了一个单元格",
            f"a quote in row {row_no} takes the {count} rows after it into one cell",
            "补上或删去这个引号，或改存为 xlsx",
        )
    is_ended = text.endswith("\n")
    last = rows[-1] if below is None and rows else []
    if below is not None:
        last = [column[-1].as_py() or "" for column in below.columns]
    elif len(rows) > 1 and not is_ended and 0 < len(last) < min(map(len, rows[:-1])):
        raise refusal(
            source.name,
            f"最后一行只有 {len(last)} 个单元格，文件被截断",
            f"the last line has only {len(last)} cells: cut short",
            "请发送方重新传送",
        )
    if last and not is_ended:
        issues.add("no_line_end", row_no=widths.total(), value=last[-1])
    return Rows(rows, illegible.is_in(text), below)


def _text(source: Opened, encoding: str | None, issues: Issues) -> str:
    raw = source.path.read_bytes()
    if encoding is None and (mixed := encodings.mixed(raw)) is not None:
        issues.add("guessed_encoding", value=encodings.title(mixed.encoding))
        for line, other in mixed.others.items():
            issues.add("mixed_encoding", row_no=line, value=encodings.title(other))
        return mixed.text
    text, found = encodings.decode(raw, encoding, source.name)
    if encoding is None and not found.is_sure:
        detail = f"也可能是 {encodings.title(found.runner_up)}" if found.runner_up else "文字太少"
        issues.add("unsure_encoding", value=encodings.title(found.encoding), detail=detail)
    elif encoding is None and found.encoding not in {"utf-8", "utf-8-sig"}:
        issues.add("guessed_encoding", value=encodings.title(found.encoding))
    return text


def _parted(text: str) -> str:
    """Return the text of files joined end to end with each header on a line of its own.

    A joint is where a byte order mark stands within the text, or the first line again at the end of
    another: the file before had no last line end.
    """
    header = text.split("\n", 1)[0]
    if _MARK in text:
        text = re.sub(rf"\n{_MARK}+", "\n", text)
    if len(re.split(f"[{_DELIMITERS}]", header)) < 3 or header not in text[len(header) :]:
        return text
    return re.sub(rf"(?<=[^\n]){_MARK}*{re.escape(header)}(?=\n|\Z)", lambda _: f"\n{header}", text)


def _swallowed(
    rows: list[list[str]], widths: Counter[int], delimiter: str
) -> Iterator[tuple[int, int]]:
    """Yield the row and the number of rows that a stray quote has taken into one of its cells.

    `widths`: how many rows there are of each number of cells. What stands before the first line end
    within the cell, and what stands behind the last, then make up a row each.
    """
    width = widths.most_common(1)[0][0] if widths else 0
    for row_no, row in enumerate(rows, 1):
        for at, cell in enumerate(row):
            if "\n" not in cell or width < 3 or _SHAPE.match(cell):
                continue
            lines = cell.split("\n")
            before = at + lines[0].count(delimiter) + 1
            behind = lines[-1].count(delimiter) + len(row) - at
            if before == behind == width:
                yield row_no, len(lines) - 1


def _delimiter(text: str) -> str:
    """Return the delimiter that cuts the first lines into most columns of equal number."""
    lines = [line for line in text[:200_000].split("\n")[:60] if line.strip()]

    def evenness(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(lines, delimiter=delimiter)]
        except csv.Error:
            return 0, 0
        usual = max(set(widths), key=lambda width: (widths.count(width), width), default=1)
        return (widths.count(usual) if usual > 1 else 0), usual

    return max(_DELIMITERS, key=lambda d: (evenness(d), -_DELIMITERS.index(d)))
