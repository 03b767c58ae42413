"""The issue row: one fault in one input row, with what a clerk needs to find and mend it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gis.intake.codes import CODES
from gis.intake.file_names import told_name

COLUMNS = ("file", "row_no", "field", "code", "severity", "value", "message", "fix", "raw")
Row = Mapping[str, Any]
_VALUE_EMPTIED = "按空值处理"
_VALUE_KEPT = "未采用，库内已有的值保留"
_ROW_REFUSED = "该列必填，本行未采用"


def show(value: object) -> str:
    """Return a value as a clerk knows it: whole floats without the point, '' for empty."""
    if type(value) is str:
        return value
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value)) if abs(float(value)) < 1e15 else repr(float(value))
    return str(value)


def unread_cells(issues: pd.DataFrame) -> pd.DataFrame:
    """Return file, row_no and field of the cells that could not be read: no value, and no blank."""
    kept = issues["code"].isin([code for code, entry in CODES.items() if entry.is_kept])
    return issues.loc[kept & issues["row_no"].notna(), ["file", "row_no", "field"]]


def _words(code: str, severity: str, field: str | None, title: str) -> dict[str, str]:
    """Return what the texts of a code say of a column, whatever the row."""
    then = _VALUE_KEPT if CODES[code].is_kept else _VALUE_EMPTIED
    then = _ROW_REFUSED if severity == "error" else then
    return {"title": title or field or "", "then": then}


@dataclass
class _Told:
    """What was said of the file as a whole: the issue's place, its words, and its detail."""

    place: int
    words: dict[str, str]
    detail: object


class Issues:
    """Collects the faults of one file; `frame()` gives them as a table, one row per fault."""

    def __init__(self, file: str) -> None:
        """`file` is the name people know the delivery by; it stands in every row."""
        self.file = told_name(file)
        self._told: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        self._raw_from = 0
        self._whole: dict[tuple[str, str | None, str], _Told] = {}
        self._rejected: dict[int, None] = {}

    def add(
        self,
        code: str,
        *,
        row_no: int | None = None,
        field: str | None = None,
        title: str = "",
        value: object = "",
        detail: object = "",
        severity: str | None = None,
    ) -> None:
        """Record one fault; `row_no` None means the file as a whole. An error rejects the row.

        What is said of the whole again, of a further part of its rows, is said once: counts add up.
        """
        entry = CODES[code]
        severity, field = severity or entry.severity, field or entry.field
        text = show(value)
        key = (code, field, "" if entry.is_per_column else text)
        if row_no is None and key in self._whole:
            self._count_on(self._whole[key], code, detail)
            return
        words = _words(code, severity, field, title) | {"value": text, "detail": show(detail)}
        if row_no is None:
            self._whole[key] = _Told(len(self._told["code"]), words, detail)
        message, fix = entry.message.format(**words), entry.fix.format(**words)
        self._tell(code, severity, field, [row_no], [text or None], [message], [fix])

    def _tell(
        self,
        code: str,
        severity: str,
        field: str | None,
        row_nos: Sequence[int | None],
        values: Sequence[str | None],
        messages: Sequence[str],
        fixes: Sequence[str],
    ) -> None:
        of_each = {"row_no": row_nos, "value": values, "message": messages, "fix": fixes}
        of_all = {"file": self.file, "field": field, "code": code, "severity": severity}
        for name, told in self._told.items():
            told += of_each.get(name) or [of_all.get(name)] * len(row_nos)
        if severity == "error":
            self._rejected |= {int(no): None for no in row_nos if no is not None}

    def add_rows(
        self,
        code: str,
        row_nos: Sequence[int] | np.ndarray[Any, Any],
        values: Iterable[object],
        *,
        field: str | None = None,
        title: str = "",
        details: Iterable[object] | None = None,
        severity: str | None = None,
    ) -> None:
        """Record one fault for each of many rows, or once for all if the code says per column."""
        row_nos = [int(row_no) for row_no in row_nos]
        values = list(values)
        if not row_nos:
            return
        told = list(details) if details is not None else [""] * len(row_nos)
        if CODES[code].is_per_column and severity is None:
            detail = told[0] if details is not None else len(row_nos)
            self.add(code, field=field, title=title, value=values[0], detail=detail)
            return
        entry = CODES[code]
        severity, field = severity or entry.severity, field or entry.field
        words = _words(code, severity, field, title)
        texts = [show(value) for value in values]
        pairs = list(zip(texts, map(show, told), strict=True))
        # Many rows are told the same words.
        said = {
            pair: [
                form.format(**words, value=pair[0], detail=pair[1])
                for form in (entry.message, entry.fix)
            ]
            for pair in dict.fromkeys(pairs)
        }
        messages, fixes = ([said[pair][at] for pair in pairs] for at in (0, 1))
        self._tell(
            code, severity, field, row_nos, [text or None for text in texts], messages, fixes
        )

    def _count_on(self, told: _Told, code: str, more: object) -> None:
        if not (isinstance(told.detail, int) and isinstance(more, int)):
            return
        told.detail += more
        told.words["detail"] = show(told.detail)
        self._told["message"][told.place] = CODES[code].message.format(**told.words)

    @property
    def rejected(self) -> list[int]:
        """Return the row numbers that carry an error, each once, ascending."""
        return sorted(self._rejected)

    def keep_raw(self, raw: Mapping[int, Row]) -> None:
        """Put the row as it came onto every error of that row, so that nothing is lost."""
        rows, severities = self._told["row_no"], self._told["severity"]
        for at in range(self._raw_from, len(rows)):
            if severities[at] == "error" and rows[at] in raw:
                self._told["raw"][at] = dict(raw[rows[at]])
        self._raw_from = len(rows)

    def frame(self) -> pd.DataFrame:
        """Return the faults: file-wide ones first, then by row, in the order they were found."""
        frame = pd.DataFrame(
            {name: pd.Series(told, dtype=object) for name, told in self._told.items()}
        )
        frame["row_no"] = frame["row_no"].astype("Int64")
        texts = ["file", "field", "code", "severity", "value", "message", "fix"]
        frame[texts] = frame[texts].astype("str")
        frame["raw"] = frame["raw"].astype(object)
        order = np.argsort(frame["row_no"].fillna(-1).to_numpy(np.int64), kind="stable")
        return frame.iloc[order].reset_index(drop=True)
