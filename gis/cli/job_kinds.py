"""The kinds of job: what each is called, and the function of the command that does it.

A function is given a `gis.jobs.work.Work` and returns what came of it, as JSON takes it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from gis.cli import night_work
from gis.store.database import Connection

KINDS: Mapping[str, str] = {
    "check": "gis.cli.job_uploads:check",
    "load": "gis.cli.job_uploads:load",
    "run": "gis.cli.job_work:run",
    "export": "gis.cli.job_work:export",
    "maps": "gis.cli.job_work:maps",
    "tiles": "gis.cli.job_work:tiles",
    "report": "gis.cli.job_work:report",
    "calendar": "gis.cli.job_work:calendar",
    "scenario": "gis.cli.job_work:scenario",
    night_work.NIGHT: "gis.cli.night_work:night",
    night_work.NOTICES: "gis.cli.night_work:notices",
}
# What lets any other be done first: nothing waits for what a plan would come to.
PATIENT: Sequence[str] = ("scenario",)
# Called by the worker before each look for a job, with the instant it is.
DUE: Callable[[Connection, datetime], None] = night_work.due
