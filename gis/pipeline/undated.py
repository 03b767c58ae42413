"""Why a record without its own day is undetermined: what is known of it, and which day it lacks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from gis import identifiers, result_tables, units
from gis.clock import Trace
from gis.clock.wording import Line, said
from gis.facts.neighbourhood import Reader, numbers_of
from gis.fields import KINDS, Column, Kind
from gis.law import Law
from gis.store.record_filter import RecordFilter

_KINDS = ("supplies", "approvals")
_NAMED = {"supplies": ("key", "supply_no", "contract_no"), "approvals": ("key", "approval_no")}
_UNDETERMINED: Line = (
    "待定：缺{title}，不知自哪一天起算，不计入任何合计",
    "undetermined: {name} is missing, so nothing can be counted from it; it is in no total",
)
_MEND: Line = (
    "缺：{title}（补报含该日期的资料，或 landwatch correct {kind} {key} {title}=…）",
    "missing: {name} (deliver it, or landwatch correct {kind} {key} {name}=…)",
)


def explain(read: Reader, subject: str, law: Law, language: str) -> Trace | None:
    """Return why the supply or approval of a name is undetermined; None if none lacks its day."""
    names = list(dict.fromkeys([subject, identifiers.key(subject)]))
    for name in _KINDS:
        named = dict.fromkeys(_NAMED[name], names)
        if name == "approvals":
            named["approval_no"] = numbers_of(names)
        rows = read.undated(name, RecordFilter(named=named))
        if len(rows):
            return _trace(KINDS[name], rows, read, law, language)
    return None


def _trace(kind: Kind, rows: pd.DataFrame, read: Reader, law: Law, language: str) -> Trace:
    first = rows.iloc[0]
    lacking = kind.columns[kind.effective]
    words = {"title": lacking.title, "name": lacking.name, "kind": kind.name, "key": first["key"]}
    known = [
        f"{column.title}：{value}"
        for column in kind.asked
        if (value := _told(column, first[column.name], language))
    ]
    came = said(
        ("第 {n} 次资料 {file} 第 {row} 行", "delivery {n}, {file}, row {row}"),
        language,
        n=first["from_delivery"],
        file=first["file"],
        row=first["row_no"],
    )
    finding = dict.fromkeys(result_tables.TABLES["finding"].names)
    finding |= {"subject": first["key"], "outcome": "undetermined", "missing": [lacking.name]}
    return Trace(
        {
            "subject": first["key"],
            "name": first.get("project_name") if kind.name == "supplies" else first["key"],
            "as_of": read.as_of.isoformat(),
            "language": language,
            "law_digest": law.digest,
            **_parts(kind, finding),
            "sections": {
                "result": [said(_UNDETERMINED, language, **words)],
                "facts": [*known, came],
                "open": [said(_MEND, language, **words)],
            },
        }
    )


def _parts(kind: Kind, finding: dict[str, Any]) -> dict[str, Any]:
    """Return what the trace of a supply, or of an approval, holds besides."""
    if kind.name == "approvals":
        balance = dict.fromkeys(result_tables.TABLES["balance"].names)
        balance |= {"approval": finding["subject"], "missing": finding["missing"]}
        return {
            "findings": [{**finding, "rule": "unsupplied"}], "balance": balance, "law": [],
        }  # fmt: skip
    finding |= {"rule": "idle_land"}
    empty: dict[str, Any] = {"trace": None, "facts": [], "intervals": [], "law": []}
    return {"finding": finding, **empty, "agreement": None}


def _told(column: Column, value: Any, language: str) -> str:
    """Return a value as a person reads it, '' for none."""
    if isinstance(value, list | np.ndarray):
        return "、".join(str(part) for part in value)
    if pd.isna(value):
        return ""
    if column.type == "area":
        return said(("{v:,.2f} 平方米", "{v:,.2f} m2"), language, v=value)
    if column.type == "money":
        return said(("{v:,.2f} 元", "{v:,.2f} yuan"), language, v=value / units.FEN_PER_YUAN)
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if column.type == "code" and column.codes.get(value) and language == "zh":
        return column.codes[value][0]
    return str(value)
