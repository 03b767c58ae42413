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
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value)) if abs(float(value)) < 1e15 else repr(float(value))
    return str(value)


def unread_cells(issues: pd.DataFrame) -> pd.DataFrame:
    """Return file, row_no and field of the cells that could not be read: no value, and no blank."""
    kept = issues["code"].isin([code for code, entry in CODES.items() if entry.is_kept])
    return issues.loc[kept & issues["row_no"].notna(), ["file", "row_no", "field"]]


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
        self._rows: list[dict[str, Any]] = []
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
        then = _VALUE_KEPT if entry.is_kept else _VALUE_EMPTIED
        then = _ROW_REFUSED if severity == "error" else then
        words = {"title": title or field or "", "value": text, "detail": show(detail), "then": then}
        if row_no is None:
            self._whole[key] = _Told(len(self._rows), words, detail)
        self._rows.append(
            {
                "file": self.file,
                "row_no": row_no,
                "field": field,
                "code": code,
                "severity": severity,
                "value": text or None,
                "message": entry.message.format(**words),
                "fix": entry.fix.format(**words),
                "raw": None,
            }
        )
        if severity == "error" and row_no is not None:
            self._rejected[int(row_no)] = None

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
        for row_no, value, detail in zip(row_nos, values, told, strict=True):
            self.add(
                code,
                row_no=row_no,
                field=field,
                title=title,
                value=value,
                detail=detail,
                severity=severity,
            )

    def _count_on(self, told: _Told, code: str, more: object) -> None:
        if not (isinstance(told.detail, int) and isinstance(more, int)):
            return
        told.detail += more
        told.words["detail"] = show(told.detail)
        self._rows[told.place]["message"] = CODES[code].message.format(**told.words)

    @property
    def rejected(self) -> list[int]:
        """Return the row numbers that carry an error, each once, ascending."""
        return sorted(self._rejected)

    def keep_raw(self, raw: Mapping[int, Row]) -> None:
        """Put the row as it came onto every error of that row, so that nothing is lost."""
        for row in self._rows[self._raw_from :]:
            if row["severity"] == "error" and row["row_no"] in raw:
                row["raw"] = dict(raw[row["row_no"]])
        self._raw_from = len(self._rows)

    def frame(self) -> pd.DataFrame:
        """Return the faults: file-wide ones first, then by row, in the order they were found."""
        frame = pd.DataFrame(self._rows, columns=list(COLUMNS))
        frame["row_no"] = frame["row_no"].astype("Int64")
        texts = ["file", "field", "code", "severity", "value", "message", "fix"]
        frame[texts] = frame[texts].astype("str")
        frame["raw"] = frame["raw"].astype(object)
        order = np.argsort(frame["row_no"].fillna(-1).to_numpy(np.int64), kind="stable")
        return frame.iloc[order].reset_index(drop=True)
