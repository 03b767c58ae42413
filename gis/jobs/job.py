"""One job: what is asked, for whom, how far it is, what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from gis.accounts import land
from gis.store.results import Scope

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
STATES = (QUEUED, RUNNING, DONE, FAILED, CANCELLED)
UNFINISHED = (QUEUED, RUNNING)


@dataclass(frozen=True)
class Job:
    """One job; `scope` is the land of who asked for it, None for all.

    `fault` and `mend` say why it failed. `files` are name, bytes and sha256 of what it made, which
    stays until `files_until`.
    """

    id: int
    kind: str
    arguments: Mapping[str, Any]
    owner: str
    once_key: str | None
    state: str
    attempt_count: int
    code_digest: str
    ran_code_digest: str | None
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    cancel_asked_at: datetime | None
    cancel_asked_by: str | None
    done_count: int | None
    total_count: int | None
    message_zh: str | None
    message_en: str | None
    result: Mapping[str, Any] | None
    fault: str | None
    mend: str | None
    files: Sequence[Mapping[str, Any]]
    files_until: datetime | None
    scope: Scope | None

    @property
    def is_finished(self) -> bool:
        """Return whether nothing more becomes of it."""
        return self.state not in UNFINISHED

    @property
    def has_code_changed(self) -> bool:
        """Return whether the program that did it is not the one that queued it."""
        return self.ran_code_digest not in (None, self.code_digest)


@dataclass(frozen=True)
class Line:
    """One line of what a job said, when, in both languages."""

    id: int
    at: datetime
    zh: str
    en: str


_OWN = [one.name for one in fields(Job) if one.name != "scope"]
COLUMNS = f"{', '.join(_OWN)}, {land.COLUMNS}"


def of_row(row: tuple[Any, ...]) -> Job:
    """Return the job a row of `COLUMNS` holds."""
    own = dict(zip(_OWN, row, strict=False))
    return Job(**own, scope=land.read(row[len(_OWN) :]))
