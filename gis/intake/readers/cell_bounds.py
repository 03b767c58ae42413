"""How far the cells of a sheet reach, looked at before a reader makes room for all between.

One cell in the last row and column of a sheet makes a rectangle of 17 thousand million cells; a
line of 300,000 names would be laid beside every name we know.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Sequence

from gis.cell_names import letters_of
from gis.intake.readers import sheets_binary
from gis.intake.readers.sheets_xml import SheetXmlError
from gis.intake.source.bounded import bounds_of
from gis.intake.source.file_format import Opened, refusal
from gis.intake.source.unpacking import check_size

_BLOCK_BYTES = 1 << 20
# A cell with something in it; one that only has a form ends at once and takes no room.
_CELL = re.compile(rb"<(?:\w+:)?c\b[^<>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'][^<>]*(?<!/)>")
_OPEN_TAG_BYTES = 300  # no start of a cell is longer


def check(source: Opened) -> None:
    """Refuse a workbook of which a sheet reaches further than its size allows, naming the cell.

    What is broken is left to the reader.
    """
    try:
        if zipfile.is_zipfile(source.path):
            _check_zip(source)
            return
        for number, (row, column) in enumerate(sheets_binary.reach_of_xls(source.path), 1):
            _refuse_far(source, f"{number}", row, column, _address(row, column))
    except (SheetXmlError, zipfile.BadZipFile, zlib.error, EOFError, OSError):
        return
    except (RuntimeError, ValueError):  # a password; numbers that cannot be
        return


def _check_zip(source: Opened) -> None:
    with zipfile.ZipFile(source.path) as archive:
        check_size(source.path, archive.infolist())
        for member in archive.infolist():
            if re.fullmatch(r"xl/worksheets/[^/]+\.xml", member.filename):
                _check_sheet(source, archive, member)
            elif re.fullmatch(r"xl/worksheets/[^/]+\.bin", member.filename):
                with archive.open(member) as part:
                    row, column = sheets_binary.reach_of_xlsb(part)
                name = member.filename.rpartition("/")[2]
                _refuse_far(source, name, row, column, _address(row, column))


def check_width(source: Opened, names: Sequence[object]) -> None:
    """Refuse a layer, or a line of a sheet that may be its header, of too many names."""
    count = sum(1 for name in names if name and str(name).strip())
    allowed = bounds_of(source.path).columns
    if count > allowed:
        raise refusal(
            source.name,
            f"有 {count:,} 列，超过允许的 {allowed:,} 列",
            f"it has {count:,} columns, and {allowed:,} are allowed",
            "只留有用的列，重新导出 export it again with the columns that are of use",
        )


def _check_sheet(source: Opened, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    last_row, last_column = (0, ""), (0, "")
    with archive.open(member) as stream:
        rest = b""
        while block := stream.read(_BLOCK_BYTES):
            text = rest + block
            for letters, digits in _CELL.findall(text):
                row, column = int(digits), _column(letters)
                if row > last_row[0]:
                    last_row = row, (letters + digits).decode()
                if column > last_column[0]:
                    last_column = column, (letters + digits).decode()
            cut = max(text.rfind(b"<"), len(text) - _OPEN_TAG_BYTES)
            rest = text[cut:]
    far = "、".join(dict.fromkeys((last_row[1], last_column[1])))
    name = member.filename.rpartition("/")[2]
    _refuse_far(source, name, last_row[0], last_column[0], far)


def _refuse_far(source: Opened, sheet: str, rows: int, columns: int, far: str) -> None:
    allowed = bounds_of(source.path).cells
    cells = rows * columns
    if cells > allowed:
        raise refusal(
            source.name,
            f"工作表 {sheet} 一直用到单元格 {far}，"
            f"共 {cells:,} 格，超过这样大小的文件允许的 {allowed:,} 格",
            f"a sheet reaches to cell {far}: {cells:,} cells, and a file of its size may have "
            f"{allowed:,}",
            f"删除 {far} 附近多余的行列后另存 delete the far rows and columns and save it again",
        )


def _address(row: int, column: int) -> str:
    return f"{letters_of(column - 1)}{row}"


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
