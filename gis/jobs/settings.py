"""How often a job is tried, how long its files stay: settings.toml, read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Jobs:
    """The values of settings.toml, as it names them."""

    most_attempts: int
    looks_every_seconds: float
    cancel_looked_at_seconds: float
    progress_every_seconds: float
    waits_least_seconds: float
    waits_most_seconds: float
    others_wait_seconds: float
    trial_most_seconds: float
    files_days: int
    swept_every_seconds: float
    most_unfinished_count: int
    most_lines: int


JOBS = Jobs(
    **tomllib.loads(
        resources.files("gis.jobs").joinpath("settings.toml").read_text(encoding="utf-8")
    )
)
