"""The trace of a subject in the language of a page, as one account may read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.shown import Shown
from api.traces import Traces
from api.v1.outside import trace_within
from api.web.language import Language

_CHAPTERS = ("result", "basis", "facts", "arithmetic", "doubts", "open", "law", "agreement")


def trace_of(shown: Shown, subject: str, tongue: Language) -> Mapping[str, Any]:
    """Return the trace of a subject in a language, naming nobody outside."""
    state = shown.request.app.state
    traces: Traces = state.traces if tongue == "zh" else state.english_traces
    told = (
        traces.of(shown.connection, shown.run, subject) if shown.scope is None
        else trace_within(shown.connection, shown.run, shown.scope, subject, traces)
    )  # fmt: skip
    # A trace of a piece has other chapters than one of a supply.
    return {**told, "sections": dict.fromkeys(_CHAPTERS, ()) | dict(told["sections"])}
