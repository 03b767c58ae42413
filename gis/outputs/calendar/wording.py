"""One line of the calendar as a sentence in Chinese."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from gis import contracts

_LISTS = ("track", "outcome", "unsupplied")
_UNSEEN = frozenset({"not_due", "overdue", "candidate"})


def sentence(row: Mapping[Any, Any]) -> str:
    """Return what an officer reads: what falls due on the day, or how many days are left."""
    if row["kind"] == "warning":
        left = f"距{contracts.label('calendar', row['warned_of'])}还有 {row['days_ahead']} 天"
        return f"{left}（最后一日 {row['due_on']:%Y-%m-%d}）{_event(row)}"
    note = f"；{row['note']}" if _is_told(row["note"]) else ""
    return f"{matter(row)}{note}"


def matter(row: Mapping[Any, Any]) -> str:
    """Return what falls due, with what is noted of its day left out."""
    words = contracts.label("calendar", row["kind"])
    paper = f"（{row['document']}）" if _is_told(row["document"]) else ""
    return f"{words}{paper}{_event(row)}"


def _event(row: Mapping[Any, Any]) -> str:
    event = row["event"]
    if not _is_told(event) or event in {"overdue", "stopped"}:
        return ""
    lists = _LISTS if row["rule"] != "unsupplied" else ("unsupplied",)
    words = next(contracts.label(name, event) for name in lists if event in contracts.CODES[name])
    # Nobody has seen such land yet: what would follow is not said as if it were certain.
    doubt = "（未报动工，待核实）" if row["outcome"] in _UNSEEN else ""
    return f"：{words}{doubt}"


def _is_told(value: Any) -> bool:
    return isinstance(value, str) or (value is not None and not pd.isna(value))
