"""Registers: Excel sheets and CSV with titles, tall headers, totals and footers around the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from gis.errors import DeliveryError
from gis.fields import Kind
from gis.intake.columns.mapping import map_headers
from gis.intake.issues import Issues
from gis.intake.readers import header_rows
from gis.intake.readers.cell_bounds import check_width
from gis.intake.readers.delimited import read_rows
from gis.intake.readers.layers import Candidate, choose
from gis.intake.readers.record_rows import records_only
from gis.intake.readers.shapes_in_text import wkt_header
from gis.intake.readers.workbook import Sheet, sheets_of
from gis.intake.source import illegible
from gis.intake.source.file_format import Opened, refusal
from gis.intake.table import Table

# Day numbers that count from 1904 begin 1,462 days later; a year or 20160828 is no day number.
_DAYS_TO_1904 = 1462
_FIRST_SERIAL, _LAST_SERIAL = 2200, 72_000


def read_excel(
    source: Opened,
    kind: Kind,
    layer: str | None,
    column_map: Mapping[str, str] | None,
    issues: Issues,
) -> Table:
    """Return the rows of the sheet meant; raises DeliveryError when the workbook is broken."""
    sheets = sheets_of(source, layer, issues)
    filled = [sheet for sheet in sheets if any(_is_filled(row) for row in sheet.grid)]
    if layer is None and not filled:
        raise refusal(source.name, "工作表都是空的", "every sheet is empty", "请发送方重新导出")
    offered = sheets if layer is not None else filled
    return _table(offered, source, kind, layer, column_map, issues)


def read_csv(
    source: Opened,
    kind: Kind,
    column_map: Mapping[str, str] | None,
    encoding: str | None,
    issues: Issues,
) -> Table:
    """Return the rows of a CSV file, its encoding and delimiter found from the text."""
    rows = read_rows(source, encoding, issues)
    table = _table(
        [Sheet(source.stem, rows.cells, is_text=True, below=rows.below)],
        source,
        kind,
        None,
        column_map,
        issues,
    )
    table.has_signs = rows.has_signs
    return table


def records_of(
    table: Table, kind: Kind, column_map: Mapping[str, str] | None, issues: Issues
) -> Table:
    """Return a table that has its headers without the rows that are no records, each told."""
    names = [str(name) for name in table.frame.columns]
    present = {k: v for k, v in (column_map or {}).items() if k in names}
    mapped = map_headers(names, kind, present, table.is_cut_header)
    is_record = records_only(table.frame, table.row_nos, kind, mapped.columns, issues)
    frame = table.frame[is_record].reset_index(drop=True)
    return replace(table, frame=frame, row_nos=table.row_nos[is_record])


def _table(
    sheets: Sequence[Sheet],
    source: Opened,
    kind: Kind,
    layer: str | None,
    column_map: Mapping[str, str] | None,
    issues: Issues,
) -> Table:
    for sheet in sheets:
        for row in sheet.grid[: header_rows.LOOKED_AT]:
            check_width(source, row)
    found = {s.name: header_rows.find(s.grid, s.merged, kind, column_map) for s in sheets}
    candidates = [Candidate(s.name, _names(found[s.name]), _has_wkt(found[s.name])) for s in sheets]
    chosen = choose(candidates, kind, layer, column_map, source.name)
    if len(sheets) > 1 and layer is None:
        issues.add("sheet_chosen", value=chosen.name, detail=len(sheets))
    sheet = next(s for s in sheets if s.name == chosen.name)
    header = found[sheet.name]
    if header is None:
        top = next((row for row in sheet.grid if _is_filled(row)), [])
        words = "、".join(str(cell).strip() for cell in top if str(cell).strip())
        raise DeliveryError(
            f"{source.name}：找不到「{kind.title}」的表头，前 40 行里没有一列认得。"
            f"{source.name}: no header of {kind.name} found in the first 40 rows.",
            f"用 --map 原列=标准列 指定，或改用官方表头；第一行是：{words[:200] or '（空）'}",
        )
    if header.start > 0:
        issues.add("title_rows", detail=header.start + 1)
    return _records(sheet, header, kind, column_map, issues)


def _records(
    sheet: Sheet,
    header: header_rows.HeaderRows,
    kind: Kind,
    column_map: Mapping[str, str] | None,
    issues: Issues,
) -> Table:
    """Return the record rows below a header; everything else below it is told, not loaded."""
    header = replace(header, headers=tuple(_legible(name, issues) for name in header.headers))
    columns = [i for i, name in enumerate(header.headers) if name]
    names = [header.headers[i] for i in columns]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        issues.add("duplicate_header", value=name)
    columns = [columns[names.index(name)] for name in dict.fromkeys(names)]
    names = list(dict.fromkeys(names))
    first = header_rows.first_data_row(sheet.grid, header)
    width = len(header.headers)
    below = sheet.below
    if below is not None and below.num_columns != width:
        sheet.grid += ([cell or "" for cell in row.values()] for row in below.to_pylist())
        below = None
    cells = np.empty((max(len(sheet.grid) - first, 0), width), dtype=object)
    cells[:] = ""
    for index, row in enumerate(sheet.grid[first:]):
        cells[index, : min(len(row), width)] = row[:width]
        row_no = first + index + 1
        if extra := [str(cell) for cell in row[width:] if str(cell).strip()]:
            issues.add("extra_cells", row_no=row_no, value="、".join(extra))
        elif sheet.is_text and 0 < len(row) < width and _is_filled(row):
            issues.add("short_row", row_no=row_no, detail=f"{len(row)} 对 {width}")
    del sheet.grid[first:]  # a row of its own takes far more room than what is in it
    present = {k: v for k, v in (column_map or {}).items() if k in names}
    mapped = map_headers(names, kind, present)
    if sheet.is_1904:
        _count_from_1900(cells, columns, names, kind, mapped.headers)
    _fill_merged(sheet, cells, first, header, kind, mapped.headers, issues)
    frame = pd.DataFrame(
        {name: cells[:, i] for name, i in zip(names, columns, strict=True)}, dtype=object
    )
    cells_empty = (frame == "").to_numpy()
    frame = frame.mask(cells_empty, None)
    if sheet.is_text:
        frame = frame.astype("str")
    if below is not None:
        more = {
            name: pd.array(below.column(i), "str") for i, name in zip(columns, names, strict=True)
        }
        frame = pd.concat([frame, pd.DataFrame(more)], ignore_index=True)
    row_nos = np.arange(first + 1, first + 1 + len(frame))
    is_record = records_only(frame, row_nos, kind, mapped.columns, issues)
    frame, row_nos = frame[is_record].reset_index(drop=True), row_nos[is_record]
    _tell_noticed(
        sheet, frame, row_nos, dict(zip(columns, names, strict=True)), kind, mapped.headers, issues
    )
    return Table(
        frame, row_nos, sheet.name, units=header.units, has_unread=bool(sheet.noticed.faulty),
    )  # fmt: skip


def _legible(name: str, issues: Issues) -> str:
    """Return a header without its bad bytes, each such header told."""
    if not illegible.is_in(name):
        return name
    issues.add("illegible_text", title="表头", value=illegible.shown(name))
    return illegible.replaced(name)


def _count_from_1900(
    cells: np.ndarray[Any, Any],
    columns: Sequence[int],
    names: Sequence[str],
    kind: Kind,
    mapped: Mapping[str, str],
) -> None:
    """Bring bare day numbers of a workbook that counts from 1904 to the count all others have."""
    for at, name in zip(columns, names, strict=True):
        column = kind.columns.get(mapped.get(name, ""))
        if column is None or column.type not in {"day", "day_end"}:
            continue
        cells[:, at] = [
            cell + _DAYS_TO_1904
            if type(cell) in {int, float} and _FIRST_SERIAL < cell < _LAST_SERIAL
            else cell
            for cell in cells[:, at]
        ]


def _tell_noticed(
    sheet: Sheet,
    frame: pd.DataFrame,
    row_nos: np.ndarray[Any, Any],
    names: Mapping[int, str],
    kind: Kind,
    mapped: Mapping[str, str],
    issues: Issues,
) -> None:
    """Tell what people do not see in the sheet, and results that may be out of date."""
    noticed = sheet.noticed
    unseen = [int(row_no) for row_no in row_nos if row_no in noticed.hidden_rows]
    if unseen:
        issues.add("hidden_rows", value=unseen[0], detail=len(unseen))
    hidden = [
        name
        for at, name in names.items()
        if any(first <= at <= last for first, last in noticed.hidden_columns)
    ]
    if hidden:
        issues.add("hidden_columns", value="、".join(hidden))
    for at, count in noticed.recalculated.items():
        column = kind.columns.get(mapped.get(names.get(at, ""), ""))
        if column is not None:
            known = frame[names[at]].dropna()
            issues.add(
                "recalculated_formula", field=column.name, title=column.title,
                value=known.iloc[0] if len(known) else "", detail=count,
            )  # fmt: skip


def _fill_merged(
    sheet: Sheet,
    cells: np.ndarray[Any, Any],
    first: int,
    header: header_rows.HeaderRows,
    kind: Kind,
    mapped: Mapping[str, str],
    issues: Issues,
) -> None:
    """Fill merged words and days down their rows; a merged amount belongs to no single row."""
    filled: dict[str, list[object]] = {}
    for (top, left), (bottom, right) in sheet.merged:
        last = min(bottom - first, len(cells) - 1)
        if top < first or left >= len(header.headers) or last <= top - first:
            continue
        column = kind.columns.get(mapped.get(header.headers[left], ""))
        value = cells[top - first, left]
        if column is None or left != right or not str(value).strip():
            continue
        if column.type in {"area", "areas", "money", "number", "integer"}:
            issues.add(
                "merged_number", row_no=top + 1, field=column.name, title=column.title, value=value
            )
            continue
        for at in range(top - first + 1, last + 1):
            own = cells[at, left]
            if not str(own).strip():
                cells[at, left] = value
            elif own != value:
                issues.add(
                    "hidden_in_merge", row_no=first + at + 1, field=column.name,
                    title=column.title, value=own, detail=value,
                )  # fmt: skip
        filled.setdefault(column.name, []).append(value)
    for name, values in filled.items():
        title = kind.columns[name].title
        issues.add("merged_cells", field=name, title=title, value=values[0], detail=len(values))


def _is_filled(row: Sequence[object]) -> bool:
    return any(str(cell).strip() for cell in row)


def _names(header: header_rows.HeaderRows | None) -> tuple[str, ...]:
    return tuple(name for name in header.headers if name) if header else ()


def _has_wkt(header: header_rows.HeaderRows | None) -> bool:
    return wkt_header(_names(header)) is not None
