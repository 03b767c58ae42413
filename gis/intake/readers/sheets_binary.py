"""What the binary workbooks (.xls, .xlsb) say of a sheet and the cell reader does not pass on.

The same as `sheets_xml` tells of XML ones. Layouts: [MS-XLS], [MS-XLSB].
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from gis.intake.readers.compound_file import workbook_stream
from gis.intake.readers.sheets_xml import Faulty, Noticed, SheetXmlError, add_faulty

_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A", 0x2B: "#GETTING_DATA",
}  # fmt: skip
_ERROR_CELL, _ROW, _COLUMNS = 0x0205, 0x0208, 0x007D
_LEAST_BYTES = {_ERROR_CELL: 8, _ROW: 16, _COLUMNS: 10}
# Texts, numbers, truths, errors, formulas; an empty cell that only has a form takes no room.
_NUMBERS_IN_A_ROW = 0x00BD
_CELLS = frozenset(
    {0x0006, 0x0203, 0x0204, 0x0205, 0x0206, 0x027E, 0x0406, _NUMBERS_IN_A_ROW, 0x00D6, 0x00FD}
)
_FORMULAS = frozenset({0x0006, 0x0206, 0x0406})


def notice_xls(path: Path, index: int) -> tuple[bool, Noticed]:
    """Return whether days count from 1904, and what is noticed of the sheet at `index` (from 0)."""
    try:
        stream = workbook_stream(path.read_bytes())
        return _notice_biff(stream, index)
    except (struct.error, IndexError, ValueError) as fault:
        raise SheetXmlError(f"broken workbook: {fault}") from fault


def notice_xlsb(archive: zipfile.ZipFile, part: str) -> Noticed:
    """Return what is noticed of one sheet of a binary workbook in a zip."""
    noticed = Noticed()
    row = -1
    with archive.open(part) as stream:
        for kind, body in _bin_records(stream):
            if kind == 0 and len(body) >= 12:
                row = struct.unpack_from("<I", body)[0]
                if body[11] & 0x10:
                    noticed.hidden_rows.add(row + 1)
            elif kind in {3, 11} and len(body) >= 9:
                column = struct.unpack_from("<I", body)[0]
                add_faulty(noticed, Faulty(row, column, "cell_error", _error(body[8])))
    return noticed


def reach_of_xls(path: Path) -> list[tuple[int, int]]:
    """Return the last row and the last column (from 1) that hold a cell, of each sheet."""
    try:
        stream = workbook_stream(path.read_bytes())
        starts = [
            struct.unpack_from("<I", stream, at)[0]
            for kind, at, size in _records(stream, 0)
            if kind == 0x0085 and size >= 6
        ]
        return [_reach(stream, start) for start in starts]
    except (struct.error, IndexError, ValueError) as fault:
        raise SheetXmlError(f"broken workbook: {fault}") from fault


def _reach(stream: bytes, start: int) -> tuple[int, int]:
    last_row = last_column = 0
    for kind, at, size in _records(stream, start):
        if kind in _CELLS and size >= 6:
            row, column = struct.unpack_from("<HH", stream, at)
            if kind == _NUMBERS_IN_A_ROW:
                column = struct.unpack_from("<H", stream, at + size - 2)[0]
            last_row, last_column = max(last_row, row + 1), max(last_column, column + 1)
    return last_row, last_column


def reach_of_xlsb(part: IO[bytes]) -> tuple[int, int]:
    """Return the last row and the last column (from 1) that hold a cell, of one sheet's part."""
    row = last_row = last_column = 0
    for kind, body in _bin_records(part):
        if kind == 0 and len(body) >= 4:
            row = struct.unpack_from("<I", body)[0] + 1
        elif 2 <= kind <= 11 and len(body) >= 4:
            last_row = max(last_row, row)
            last_column = max(last_column, struct.unpack_from("<I", body)[0] + 1)
    return last_row, last_column


def xlsb_parts(archive: zipfile.ZipFile) -> tuple[bool, list[str]]:
    """Return whether days count from 1904, and the relation of each sheet, in order."""
    is_1904, relations = False, []
    with archive.open("xl/workbook.bin") as stream:
        for kind, body in _bin_records(stream):
            if kind == 153 and body:
                is_1904 = bool(body[0] & 1)
            elif kind == 156 and len(body) >= 12:
                length = struct.unpack_from("<I", body, 8)[0]
                relations.append(body[12 : 12 + 2 * length].decode("utf-16-le", "replace"))
    return is_1904, relations


def _error(code: int) -> str:
    return _ERRORS.get(code, "#N/A")


def _notice_biff(stream: bytes, index: int) -> tuple[bool, Noticed]:
    is_1904, starts = False, []
    for kind, at, size in _records(stream, 0):
        if kind == 0x0022 and size >= 2:
            is_1904 = stream[at] == 1
        elif kind == 0x0085 and size >= 6:
            starts.append(struct.unpack_from("<I", stream, at)[0])
    noticed = Noticed()
    blank: list[Faulty] = []
    has_results = False
    for kind, at, size in _records(stream, starts[index]):
        if kind in _FORMULAS and size >= 14:
            has_results |= _notice_formula(stream, at, noticed, blank)
        elif size >= _LEAST_BYTES.get(kind, size + 1):
            _notice_record(kind, stream, at, noticed)
    # A formula may give an empty text; where none gives anything else, none was ever worked out.
    for one in [] if has_results else blank:
        add_faulty(noticed, one)
    return is_1904, noticed


def _notice_record(kind: int, stream: bytes, at: int, noticed: Noticed) -> None:
    if kind == _ERROR_CELL:
        row, column, _, value, is_error = struct.unpack_from("<HHHBB", stream, at)
        if is_error:
            add_faulty(noticed, Faulty(row, column, "cell_error", _error(value)))
    elif kind == _ROW:
        row, options = struct.unpack_from("<H10xI", stream, at)
        if options & 0x20:
            noticed.hidden_rows.add(row + 1)
    else:
        first, last, options = struct.unpack_from("<HH4xH", stream, at)
        if options & 1:
            noticed.hidden_columns.append((first, last))


def _notice_formula(stream: bytes, at: int, noticed: Noticed, blank: list[Faulty]) -> bool:
    """Note a formula whose result is an error or empty; True when it has a real result."""
    row, column, _, result, mark = struct.unpack_from("<HHH6sH", stream, at)
    if mark != 0xFFFF:  # the last bytes of a number
        return True
    if result[0] == 2:
        add_faulty(noticed, Faulty(row, column, "cell_error", _error(result[2])))
    elif result[0] == 3:
        blank.append(Faulty(row, column, "formula_without_value", "="))
    return result[0] in {0, 1}


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield kind, place and size of the records of one substream, embedded charts left out."""
    depth = 0
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind in {0x0809, 0x0409, 0x0209, 0x0009}:
            depth += 1
        elif kind == 0x000A:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, at + 4, size
        at += 4 + size


def _bin_records(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield kind and body of the records of an .xlsb part."""
    while first := stream.read(1):
        kind = first[0]
        if kind & 0x80:
            kind = (kind & 0x7F) | (_one(stream) & 0x7F) << 7
        size = shift = 0
        while shift < 28:
            byte = _one(stream)
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield kind, stream.read(size)


def _one(stream: IO[bytes]) -> int:
    byte = stream.read(1)
    if not byte:
        raise SheetXmlError("a record is cut short")
    return byte[0]
