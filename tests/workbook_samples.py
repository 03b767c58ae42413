"""Workbooks written part by part: what no library writes, and what Excel writes by itself."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="bin" ContentType="application/octet-stream"/></Types>'
)


def cell(address: str, value: object) -> str:
    """One cell in XML: a number, a text, or whatever is given as XML between angle brackets."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith("<c"):
        return value.replace("<c", f'<c r="{address}"', 1)
    if isinstance(value, str):
        text = escape(value)
        return f'<c r="{address}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return f'<c r="{address}"><v>{value}</v></c>'


def write_xlsx(
    path: Path,
    rows: Sequence[Sequence[object]],
    *,
    settings: str = "<workbookPr/>",
    calculation: str = "",
    columns: str = "",
    row_words: str = "",
    hidden: Sequence[int] = (),
    sheet: str | None = None,
) -> Path:
    """An .xlsx of one sheet 供地; `sheet` stands in for its whole XML."""
    lines = []
    for number, row in enumerate(rows, start=1):
        cells = "".join(cell(f"{chr(65 + at)}{number}", value) for at, value in enumerate(row))
        words = f'{row_words} hidden="1"' if number in hidden else row_words
        lines.append(f'<row r="{number}"{words}>{cells}</row>')
    xml = sheet or (
        f'<?xml version="1.0" encoding="UTF-8"?><worksheet {_MAIN}>{columns}'
        f"<sheetData>{''.join(lines)}</sheetData></worksheet>"
    )
    book = (
        f'<?xml version="1.0" encoding="UTF-8"?><workbook {_MAIN} xmlns:r="{_RELATIONS}">'
        f'{settings}<sheets><sheet name="供地" sheetId="1" r:id="rId1"/></sheets>'
        f"{calculation}</workbook>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _relations("officeDocument", "xl/workbook.xml"))
        archive.writestr("xl/workbook.xml", book)
        archive.writestr(
            "xl/_rels/workbook.xml.rels", _relations("worksheet", "worksheets/sheet1.xml")
        )
        archive.writestr("xl/worksheets/sheet1.xml", xml)
    return path


def write_xlsb(path: Path, rows: Sequence[Sequence[object]]) -> Path:
    """An .xlsb of one sheet: texts, numbers, and errors; one byte is an error, two a formula's."""
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, max(map(len, rows)) - 1)
    sheet = _record(129) + _record(148, size) + _record(145)
    for number, row in enumerate(rows):
        sheet += _record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, 0, 0, 0))
        for at, value in enumerate(row):
            head = struct.pack("<II", at, 0)
            if isinstance(value, str):
                text = value.encode("utf-16-le")
                sheet += _record(6, head + struct.pack("<I", len(value)) + text)
            elif isinstance(value, bytes):
                kind, tail = (3, b"") if len(value) == 1 else (11, bytes(10))
                sheet += _record(kind, head + value[:1] + tail)
            elif value is not None:
                sheet += _record(5, head + struct.pack("<d", float(value)))  # type: ignore[arg-type]
    sheet += _record(146) + _record(130)

    def wide(text: str) -> bytes:
        return struct.pack("<I", len(text)) + text.encode("utf-16-le")

    book = _record(131) + _record(143)
    book += _record(156, struct.pack("<II", 0, 1) + wide("rId1") + wide("供地"))
    book += _record(144) + _record(132)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr("_rels/.rels", _relations("officeDocument", "xl/workbook.bin"))
        archive.writestr("xl/workbook.bin", book)
        archive.writestr(
            "xl/_rels/workbook.bin.rels", _relations("worksheet", "worksheets/sheet1.bin")
        )
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


def _relations(kind: str, target: str) -> str:
    return (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/{kind}" Target="{target}"/></Relationships>'
    )


def _record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(body)
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if not length:
            return head + size + body
