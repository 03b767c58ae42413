"""Findings: what the doctor says of rows, how sure it is, and the command that would mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gis.intake.doctor.codes import ALL
from gis.intake.issues import COLUMNS, show

Array = np.ndarray[Any, Any]
FINDING = (*COLUMNS, "confidence", "proposal")
_TEXTS = ["file", "field", "code", "severity", "value", "message", "fix", "proposal"]

# How sure the reader itself is where it had to judge; what it measured is certain.
_READERS: Mapping[str, float] = {
    "guessed_encoding": 0.9,
    "lying_encoding": 0.9,
    "unsure_encoding": 0.5,
    "assumed_unit": 0.8,
    "crs_from_text": 0.95,
    "truncated_header": 0.8,
    "sheet_chosen": 0.9,
    "swapped_axes": 0.95,
    "rounded_id": 0.9,
}


class Findings:
    """Collects findings of one file; `frame()` gives issue rows with confidence and proposal."""

    def __init__(self, file: str) -> None:
        """`file` is the name people know the delivery by."""
        self.file = file
        self._parts: list[pd.DataFrame] = []

    def add(
        self,
        code: str,
        rows: Array | Sequence[int] | None = None,
        values: Sequence[object] | object = "",
        details: Sequence[object] | object = "",
        *,
        field: str | None = None,
        title: str = "",
        confidence: float | Array = 1.0,
        proposal: str | None = None,
        severity: str | None = None,
        raws: Sequence[Mapping[str, Any]] | None = None,
    ) -> None:
        """Record one code for each of `rows` (None: the file as a whole).

        `values`, `details` and `confidence` are one for all rows or one for each.
        """
        numbers = [pd.NA] if rows is None else [int(row) for row in rows]
        if not numbers:
            return
        entry = ALL[code]
        told = [show(value) for value in _each(values, len(numbers))]
        measured = [show(detail) for detail in _each(details, len(numbers))]
        messages = [
            entry.message.format(title=title or field or "", value=value, detail=detail, then="")
            for value, detail in zip(told, measured, strict=True)
        ]
        part = pd.DataFrame(
            {
                "file": self.file,
                "row_no": pd.array(numbers, dtype="Int64"),
                "field": field,
                "code": code,
                "severity": severity or entry.severity,
                "value": [value or None for value in told],
                "message": messages,
                "fix": entry.fix,
                "raw": pd.Series(list(raws) if raws else [None] * len(numbers), dtype=object),
                "confidence": np.round(np.broadcast_to(confidence, len(numbers)), 3),
                "proposal": proposal,
            }
        )
        self._parts.append(typed(part))

    @property
    def is_empty(self) -> bool:
        """True while nothing was recorded."""
        return not self._parts

    def frame(self) -> pd.DataFrame:
        """Return the findings in the order they were made, columns as in FINDING."""
        if not self._parts:
            return typed(pd.DataFrame(columns=list(FINDING)))
        return pd.concat(self._parts, ignore_index=True)

    def rows_of(self, *codes: str) -> set[int]:
        """Return the numbers of the rows that carry one of these codes."""
        found = self.frame()
        return set(found.loc[found["code"].isin(codes), "row_no"].dropna().astype(int))


def of_reader(issues: pd.DataFrame) -> pd.DataFrame:
    """Return the reader's issue rows as findings, each with how sure the reader was."""
    sure = issues["code"].map(lambda code: _READERS.get(code, 1.0)).astype("float64")
    return typed(issues.assign(confidence=sure, proposal=None))


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return findings with the types every such table has."""
    frame = frame[list(FINDING)].copy()
    frame["row_no"] = frame["row_no"].astype("Int64")
    frame[_TEXTS] = frame[_TEXTS].astype("str")
    frame["raw"] = frame["raw"].astype(object)
    frame["confidence"] = frame["confidence"].astype("float64")
    return frame


def _each(values: Any, count: int) -> Sequence[object]:
    if isinstance(values, str) or not isinstance(values, list | tuple | np.ndarray | pd.Series):
        return [values] * count
    return list(values)
