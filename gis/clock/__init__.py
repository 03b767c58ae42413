"""The idle-land and completion clocks: facts and law in, findings and their reasons out. Pure."""

from __future__ import annotations

from gis.clock.judge import Judgement, judge
from gis.clock.trace import Trace, explain, explain_each, law_entry, law_line
from gis.clock.used import plain

__all__ = [
    "Judgement",
    "Trace",
    "explain",
    "explain_each",
    "judge",
    "law_entry",
    "law_line",
    "plain",
]
