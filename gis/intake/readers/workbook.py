"""Excel workbooks: their sheets as rows of cells, and what the cells alone do not show."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import python_calamine as calamine

from gis.errors import DeliveryError
from gis.intake.columns.cells import Unread
from gis.intake.issues import Issues
from gis.intake.readers import cell_bounds, sheets_binary, sheets_xml
from gis.intake.readers.sheets_xml import Noticed, SheetXmlError, TooManyFaultsError
from gis.intake.source.file_format import Opened, refusal

# Cells without a value that lie beyond the others make the sheet larger by this much at most.
_MOST_ADDED_CELLS = 5_000_000
# What the reader says of a cell error newer than itself.
_NEW_ERROR = "cell error value"


@dataclass
class Sheet:
    """One sheet's cells (row by row, as long as they came) and the ranges merged in it.

    `below`: further rows, all of one width, as columns of text (an empty cell is null).
    """

    name: str
    grid: list[list[Any]]
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    is_text: bool = False
    is_1904: bool = False  # its day numbers count from 1904
    noticed: Noticed = field(default_factory=Noticed)
    below: pa.Table | None = None


def sheets_of(source: Opened, layer: str | None, issues: Issues) -> list[Sheet]:
    """Return the sheets people see, or the one named; DeliveryError when the workbook is broken.

    A cell whose value the file does not hold (an error, a formula never worked out) is `Unread`.
    """
    cell_bounds.check(source)
    try:
        try:
            sheets = _read(source.path, layer, issues)
        except calamine.CalamineError as fault:
            if _NEW_ERROR not in str(fault):
                raise
            with zipfile.ZipFile(source.path) as archive, tempfile.TemporaryFile() as copy:
                sheets_xml.with_known_errors(archive, copy)
                copy.seek(0)
                sheets = _read(copy, layer, issues)
    except calamine.PasswordError as fault:
        raise refusal(
            source.name, "工作簿有密码", "the workbook has a password", "请取消密码后重新报送"
        ) from fault
    except (
        calamine.CalamineError,
        SheetXmlError,
        zipfile.BadZipFile,
        OSError,
        ValueError,
    ) as fault:
        raise _broken(source, fault) from fault
    except BaseException as fault:
        # The reader is written in Rust; what it did not foresee comes as a panic, which has no
        # importable class and is no Exception.
        if type(fault).__name__ == "PanicException":
            raise _broken(source, fault) from fault
        raise
    for index, sheet in sheets.items():
        _notice(source, index, sheet, issues)
    return list(sheets.values())


def _read(book: Path | IO[bytes], layer: str | None, issues: Issues) -> dict[int, Sheet]:
    """Return the sheets people see, or the one named, by their place in the workbook."""
    sheets = {}
    with calamine.load_workbook(str(book) if isinstance(book, Path) else book) as read:
        hidden = []
        for index, page in enumerate(read.sheets_metadata):
            if page.typ != calamine.SheetTypeEnum.WorkSheet:
                continue
            if page.visible != calamine.SheetVisibleEnum.Visible and page.name != layer:
                hidden.append(page.name)
                continue
            sheet = read.get_sheet_by_name(page.name)
            grid = sheet.to_python(skip_empty_area=False)
            sheets[index] = Sheet(page.name, grid, sheet.merged_cell_ranges or [])
    if hidden:
        issues.add("hidden_sheets", value="、".join(hidden))
    return sheets


def _notice(source: Opened, index: int, sheet: Sheet, issues: Issues) -> None:
    """Add what the file says of a sheet besides its values; cells without one become `Unread`."""
    try:
        _look(source, index, sheet, issues)
        _put_in(sheet)
    except TooManyFaultsError as fault:
        raise refusal(
            source.name,
            f"工作表 {sheet.name} 里错误值或没有结果的公式太多，或离数据太远",
            f"too many cells of sheet {sheet.name} have no value, or lie too far out",
            "用 Excel 或 WPS 打开，改正公式、删去数据之外的单元格，保存后再报送",
        ) from fault
    except (SheetXmlError, zipfile.BadZipFile, zlib.error, OSError, ValueError) as fault:
        raise _broken(source, fault) from fault


def _look(source: Opened, index: int, sheet: Sheet, issues: Issues) -> None:
    with source.path.open("rb") as stream:
        is_zip = stream.read(2) == b"PK"
    if not is_zip:
        sheet.is_1904, sheet.noticed = sheets_binary.notice_xls(source.path, index)
        return
    with zipfile.ZipFile(source.path) as archive:
        if "xl/workbook.bin" in archive.namelist():
            sheet.is_1904, relations = sheets_binary.xlsb_parts(archive)
            parts = sheets_xml.parts_of(archive, "xl/_rels/workbook.bin.rels")
            sheet.noticed = sheets_binary.notice_xlsb(archive, parts[relations[index]])
            return
        book = sheets_xml.workbook_of(archive)
        sheet.is_1904 = book.is_1904
        part = book.parts.get(sheet.name)
        if part is None:
            issues.add("reader_warning", value=f"未能检查工作表 {sheet.name} 的错误值和公式")
        else:
            sheet.noticed = sheets_xml.notice(archive, part, book.is_recalculated)


def _put_in(sheet: Sheet) -> None:
    """Put `Unread` where the cells without a value are, also beyond the last that has one."""
    added = 0
    for cell in sheet.noticed.faulty:
        short = max(cell.row + 1 - len(sheet.grid), 0)
        row = sheet.grid[cell.row] if not short else []
        added += short + max(cell.column + 1 - len(row), 0)
        if added > _MOST_ADDED_CELLS:
            raise TooManyFaultsError(f"{cell.address} lies too far out")
        sheet.grid.extend([] for _ in range(short))
        row = sheet.grid[cell.row]
        row.extend([""] * (cell.column + 1 - len(row)))
        row[cell.column] = Unread(cell.code, cell.text, cell.address)


def _broken(source: Opened, fault: BaseException) -> DeliveryError:
    return refusal(
        source.name,
        "打不开，工作簿已损坏或被截断",
        f"the workbook is broken or cut short ({fault})",
        "请发送方重新传送，或另存为 xlsx",
    )
