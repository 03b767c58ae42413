"""A job as JSON tells it, by the command and over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gis.accounts import shown
from gis.jobs.job import Job, Line

_MOST_LETTERS = 300


def job(one: Job) -> dict[str, Any]:
    """Return a job; `are_files_gone` where it made files and they were swept."""
    return {
        "id": one.id,
        "kind": one.kind,
        "state": one.state,
        "arguments": arguments(one.arguments),
        "owner": one.owner,
        "land": shown.land(one.scope),
        "attempt_count": one.attempt_count,
        "queued_at": one.queued_at,
        "started_at": one.started_at,
        "finished_at": one.finished_at,
        "cancel_asked_at": one.cancel_asked_at,
        "cancel_asked_by": one.cancel_asked_by,
        "progress": {
            "done": one.done_count,
            "total": one.total_count,
            "zh": one.message_zh,
            "en": one.message_en,
        },
        "has_code_changed": one.has_code_changed,
        "result": None if one.result is None else {**one.result},
        "fault": None if one.fault is None else {"found": one.fault, "mend": one.mend},
        "files": [{**file} for file in one.files],
        "files_until": one.files_until,
        "are_files_gone": bool(one.files) and one.files_until is None,
    }


def arguments(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a job is asked, of a register that came with it the beginning."""
    return {name: _shortened(value) for name, value in asked.items()}


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return arguments(value)
    if isinstance(value, list):
        return [_shortened(one) for one in value]
    if isinstance(value, str) and len(value) > _MOST_LETTERS:
        return f"{value[:_MOST_LETTERS]}…（{len(value)}）"
    return value


def line(one: Line) -> dict[str, Any]:
    """Return a line of what a job said."""
    return {"at": one.at, "zh": one.zh, "en": one.en}
