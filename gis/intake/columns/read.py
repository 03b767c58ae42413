"""All columns of a kind read from a table by its mapping, with an issue for every doubtful cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from gis import identifiers
from gis.fields import Column, Kind
from gis.intake.columns.amounts import AREA_UNITS, INTENSITY_UNITS, MONEY_UNITS, split_number
from gis.intake.columns.cells import Fault, Parsed, Unread, matching, may_hold, texts_of
from gis.intake.columns.mapping import Mapped
from gis.intake.columns.values import LETTER_CASE, numbered_areas, read_column
from gis.intake.issues import Issues
from gis.intake.table import Table

# Codes after which the cell is empty: on a column the row cannot do without they reject the row.
_EMPTYING = frozenset(
    {"sentinel_day", "impossible_day", "unreadable_day", "far_day", "unreadable_number"}
    | {"negative_area", "negative_money", "negative_number"}
    | {"cell_error", "unknown_code", "unknown_flag"}
)
# Faults of an identifier that is not stored as it came.
_REWRITTEN = frozenset({"normalised_text", "control_characters", LETTER_CASE})
# Identifiers in words, where a Roman number is one.
_IN_WORDS = frozenset({"batch", "part", "phase"})
_LOOKALIKES = "OoIlＯｏＩｌ"
_MEASURED = frozenset({"area", "areas", "money", "intensity"})
_UNKNOWN: Mapping[str, tuple[Any, Any]] = {
    "day": (pd.NaT, "M8[s]"), "day_end": (pd.NaT, "M8[s]"),
    "area": (np.nan, "float64"), "number": (np.nan, "float64"),
    "intensity": (np.nan, "float64"),
    "money": (pd.NA, "Int64"), "integer": (pd.NA, "Int64"), "flag": (pd.NA, "boolean"),
}  # fmt: skip


def read_columns(table: Table, kind: Kind, mapped: Mapped, issues: Issues) -> pd.DataFrame:
    """Return one column per column of the kind in stored form; unmapped ones are all unknown.

    Where an identifier came in another form there is a column `as_came` too: column -> text.
    """
    data: dict[str, Any] = {}
    came: dict[int, dict[str, str]] = {}
    headers = mapped.columns
    frame = table.frame
    unread: dict[str, Any] = {}
    if table.has_unread:
        frame, unread = _without_unread(table, kind, mapped, issues)
    for column in kind.asked:
        if column.name not in headers:
            data[column.name] = None
            continue
        raw = frame[headers[column.name]]
        unit = mapped.units[column.name] or _sheet_unit(column, table.units)
        if unit is None and column.type in _MEASURED:
            _tell_assumed(column, raw, issues)
        parsed = read_column(column, raw, unit, mapped.empty_days)
        data[column.name] = parsed.values
        if flag := kind.month_flags.get(column.name):
            data[flag] = months_of(parsed, len(raw))
        if column.is_identifier:
            _keep_as_came(column, raw, parsed, came)
            parsed.faults = [fault for fault in parsed.faults if fault.code != LETTER_CASE]
            _tell_lookalikes(column, raw, data, table.row_nos, issues)
        told = unread.get(column.name, [])
        _tell(kind, column, raw, parsed, table.row_nos, data, issues, told)
    data |= {name: None for name in kind.month_flags.values() if name not in data}
    for names, areas in pairwise(kind.asked):
        if names.type == "texts" and areas.type == "areas":
            _pair(frame, table.row_nos, names, areas, headers, data, issues)
    count = len(table.frame)
    found = pd.DataFrame(
        {name: typed(kind.columns[name], values, count) for name, values in data.items()}
    )
    if came:
        found["as_came"] = pd.Series([came.get(at) for at in range(count)], dtype=object)
    return found


def months_of(parsed: Parsed, count: int) -> Any:
    """Return true for the days that were written as a month, unknown for all others."""
    at = [fault.at for fault in parsed.faults if fault.code == "month_without_day"]
    if not at:
        return None
    is_month = np.zeros(count, bool)
    is_month[np.concatenate(at)] = True
    return pd.arrays.BooleanArray(is_month, ~is_month)


def _keep_as_came(
    column: Column, raw: pd.Series, parsed: Parsed, came: dict[int, dict[str, str]]
) -> None:
    for fault in parsed.faults:
        if fault.code in _REWRITTEN:
            for at in fault.at.tolist():
                came.setdefault(at, {})[column.name] = str(raw.iloc[at])


def _tell_lookalikes(
    column: Column, raw: pd.Series, data: Mapping[str, Any], row_nos: Any, issues: Issues
) -> None:
    if column.type != "text" or column.name in _IN_WORDS:
        return
    texts = texts_of(raw.astype("str"))
    if not may_hold(texts, _LOOKALIKES):
        return
    may_be = matching(texts, f"[{_LOOKALIKES}]")
    at = may_be[identifiers.has_lookalike(raw.iloc[may_be])]
    values = pd.Series(data[column.name]).iloc[at]
    issues.add_rows(
        "lookalike_sign",
        row_nos[at],
        raw.iloc[at].tolist(),
        field=column.name,
        title=column.title,
        details=identifiers.lookalike_form(values).tolist(),
    )


def _without_unread(
    table: Table, kind: Kind, mapped: Mapped, issues: Issues
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Return the rows, each cell without a value to give emptied and told; where, by column."""
    frame, places = table.frame.copy(), {}
    for name, header in mapped.columns.items():
        column, cells = kind.columns[name], frame[header]
        at = np.flatnonzero([isinstance(cell, Unread) for cell in cells])
        if not at.size:
            continue
        places[name] = at
        unread = cells.iloc[at].tolist()
        for code in dict.fromkeys(cell.code for cell in unread):
            own = [place for place, cell in zip(at, unread, strict=True) if cell.code == code]
            issues.add_rows(
                code,
                table.row_nos[own],
                [cells.iloc[place].text for place in own],
                field=name,
                title=column.title,
                details=[f"（单元格 {cells.iloc[place].address}）" for place in own],
                severity="error" if _is_needed(kind, column) else None,
            )
        frame[header] = cells.where(~np.isin(np.arange(len(cells)), at), None)
    return frame, places


def _is_needed(kind: Kind, column: Column) -> bool:
    """True for a column without which a row cannot be taken in."""
    return column.required and not (kind.key_else and column.name in kind.key)


def _tell(
    kind: Kind,
    column: Column,
    raw: pd.Series,
    parsed: Parsed,
    row_nos: Any,
    data: Mapping[str, Any],
    issues: Issues,
    told_already: Any,
) -> None:
    is_needed = _is_needed(kind, column)
    told = np.zeros(len(raw), bool)
    told[told_already] = True
    for fault in parsed.faults:
        severity = None
        if is_needed and fault.code in _EMPTYING:
            severity = "error"
            told[fault.at] = True
        if fault.code == "rounded_id":
            fault, lost = _split(fault, _names_the_row(kind, column, data, len(raw)))
            # Two numbers with lost endings would become one record.
            issues.add_rows(
                lost.code,
                row_nos[lost.at],
                raw.iloc[lost.at].tolist(),
                field=column.name,
                title=column.title,
                severity="error",
            )
        issues.add_rows(
            fault.code,
            row_nos[fault.at],
            raw.iloc[fault.at].tolist(),
            field=column.name,
            title=column.title,
            details=fault.details,
            severity=severity,
        )
    if is_needed:
        empty = np.flatnonzero(pd.isna(pd.Series(parsed.values)).to_numpy() & ~told)
        issues.add_rows(
            "missing_value",
            row_nos[empty],
            [""] * len(empty),
            field=column.name,
            title=column.title,
        )


def _names_the_row(kind: Kind, column: Column, data: Mapping[str, Any], count: int) -> Any:
    """Return in which rows a column is what names the record."""
    if column.name == kind.key[0]:
        return np.ones(count, bool)
    if column.name in kind.key_else[:1]:
        return pd.isna(pd.Series(data[kind.key[0]])).to_numpy()
    return np.zeros(count, bool)


def _split(fault: Fault, is_apart: Any) -> tuple[Fault, Fault]:
    """Return a fault without and with the positions marked in `is_apart`."""
    return (
        Fault(fault.code, fault.at[~is_apart[fault.at]]),
        Fault(fault.code, fault.at[is_apart[fault.at]]),
    )


def _pair(
    frame: pd.DataFrame,
    row_nos: Any,
    names: Column,
    areas: Column,
    headers: dict[str, str],
    data: dict[str, Any],
    issues: Issues,
) -> None:
    """Put the areas beside the numbers they belong to; where their count differs, none is kept."""
    if names.name not in headers:
        return
    behind = numbered_areas(frame[headers[names.name]], areas.unit or "平方米")
    given, listed = data[areas.name], data[names.name]
    given = np.array([None] * len(listed), dtype=object) if given is None else given
    paired = np.array([None] * len(given), dtype=object)
    for at, (own, written, numbers) in enumerate(zip(given, behind, listed, strict=True)):
        values = own if own is not None else written
        if values is None:
            continue
        if numbers is not None and len(numbers) == len(values):
            paired[at] = values
            continue
        issues.add(
            "count_mismatch",
            row_no=int(row_nos[at]),
            field=areas.name,
            title=areas.title,
            value="；".join(map(str, values)),
            detail=f"有 {len(values)} 个，编号有 {len(numbers or [])} 个",
        )
    data[areas.name] = paired


def units_of(column: Column) -> Mapping[str, float]:
    """Return the units a column can be written in, with what one of each is in stored units."""
    if column.type == "intensity":
        return INTENSITY_UNITS
    return AREA_UNITS if column.type in {"area", "areas"} else MONEY_UNITS


def _sheet_unit(column: Column, units: Sequence[str]) -> str | None:
    fitting = [unit for unit in units if unit in units_of(column)]
    return fitting[0] if column.type in _MEASURED and len(fitting) == 1 else None


def _tell_assumed(column: Column, raw: pd.Series, issues: Issues) -> None:
    for value in raw.dropna().head(200):
        number = split_number(str(value))
        if number is not None and not number[1]:
            issues.add(
                "assumed_unit",
                field=column.name,
                title=column.title,
                value=value,
                detail=column.unit,
            )
            return


def typed(column: Column, values: Any, count: int) -> pd.Series:
    """Return a column in the type its kind of value always has; `values` None = all unknown."""
    if column.type in {"texts", "areas"}:
        lists = pd.Series([None] * count, dtype=object)
        if values is not None:
            lists[:] = values
        return lists
    unknown, dtype = _UNKNOWN.get(column.type, (None, "str"))
    if values is None:
        empty: pd.Series = pd.Series(unknown, index=range(count), dtype=dtype)
        return empty
    known: pd.Series = pd.Series(values, dtype=dtype)
    return known
