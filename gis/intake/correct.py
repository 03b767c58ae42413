"""One record corrected by a person: typed values read as any cell, stored with who and why."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gis.errors import UsageError
from gis.fields import Column, kind_named
from gis.intake.codes import CODES
from gis.intake.columns.cells import Parsed
from gis.intake.columns.mapping import column_named
from gis.intake.columns.read import months_of, typed
from gis.intake.columns.values import LETTER_CASE, read_column
from gis.store import corrections
from gis.store.corrections import Author
from gis.store.database import Connection


def correct(
    connection: Connection, kind: str, key: str, values: Mapping[str, str], author: Author
) -> int:
    """Give a record new values, typed as in a register ('' empties); return the delivery number.

    Columns may be named by contract name or title; an area may name its unit ("2.5公顷"), else it
    is in the column's own. UsageError for a record or column that is not there, a value that
    cannot be read, or a column of the key: another key is another record.
    """
    found = kind_named(kind)
    if not values:
        raise UsageError(
            "没有写明要更正的列。 No column to correct is named.",
            "列=值，例如 for example 面积=2.5公顷",
        )
    for said, value in {"--who": author.who, "--why": author.why}.items():
        if not value.strip():
            raise UsageError(
                f"{said} 不能为空。 {said} must not be empty.",
                "写明更正人和理由 say who corrects, and why",
            )
    row = {}
    for word, text in values.items():
        column = column_named(found, word, "correct")
        if column.name in (*found.key, *found.key_else):
            raise UsageError(
                f"「{column.title}」是编号的一部分，不能更正。 {column.name} is part of the key.",
                "编号不同就是另一条记录：用 landwatch load 报送正确的一条",
            )
        parsed, row[column.name] = _value(column, text)
        if flag := found.month_flags.get(column.name):
            row[flag] = typed(found.columns[flag], months_of(parsed, 1), 1)
    return corrections.correct(connection, found, key, pd.DataFrame(row), author)


def _value(column: Column, text: str) -> tuple[Parsed, pd.Series]:
    raw = pd.Series([text if text.strip() else None], dtype="str")
    parsed: Parsed = read_column(column, raw, None)
    told = [fault for fault in parsed.faults if fault.code != LETTER_CASE]
    faults = [fault for fault in told if CODES[fault.code].severity != "note"]
    if faults:
        code = CODES[faults[0].code]
        detail = faults[0].details[0] if faults[0].details else ""
        words = {"title": column.title, "value": text, "detail": detail, "then": "未作更正"}
        raise UsageError(code.message.format(**words), code.fix.format(**words))
    if text.strip() and pd.Series(parsed.values).map(_is_empty).all():
        raise UsageError(
            f"「{column.title}」的 {text} 等于空。 {text!r} means empty.",
            f"清空写 to empty it write {column.name}=",
        )
    return parsed, typed(column, parsed.values, 1)


def _is_empty(value: object) -> bool:
    return not isinstance(value, list | np.ndarray) and bool(pd.isna(value))  # type: ignore[call-overload]
