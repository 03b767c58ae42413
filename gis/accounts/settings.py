"""How long a session lasts, how often one may fail, how a password is made: settings.toml, read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Any

from gis import config


@dataclass(frozen=True)
class Session:
    """When a session ends: so long without a request, and so long after log-in."""

    idle_minutes: int
    whole_hours: int


@dataclass(frozen=True)
class Lockout:
    """How many failed log-ins within how many minutes make an account, or an address, wait."""

    failures_count: int
    within_minutes: int
    address_failures_count: int


@dataclass(frozen=True)
class Password:
    """What a password must be, and what its hash costs."""

    least_letters: int
    most_letters: int
    least_classes: int
    is_changed_at_first_login: bool
    lasts_days: int
    time_cost: int
    memory_kib: int
    parallelism: int
    hashed_at_once: int


@dataclass(frozen=True)
class Key:
    """For how many days a key is good."""

    most_days: int
    default_days: int


@dataclass(frozen=True)
class Embed:
    """For how long a token, its code and its pass are good; what a token may open."""

    most_days: int
    default_days: int
    code_seconds: int
    pass_hours: int
    layers: list[str]
    languages: list[str]
    most_map_rows: int
    most_kept_bytes: int


@dataclass(frozen=True)
class ArcGIS:
    """For how long a token of a desktop program is good, at most and where it does not say."""

    most_minutes: int
    default_minutes: int


@dataclass(frozen=True)
class Upload:
    """How large a file may be, how long it waits for a decision, how many at once."""

    most_bytes: int
    waiting_days: int
    most_waiting_count: int
    at_once_count: int
    at_once_per_account_count: int
    least_bytes_per_second: int
    most_scan_bytes: int
    most_how_bytes: int
    most_deciding_count: int
    deciding_waits_seconds: int


@dataclass(frozen=True)
class Writing:
    """How long what a request writes waits for another's load."""

    lock_seconds: int


@dataclass(frozen=True)
class Preview:
    """How long a preview waits for another's load, and how long one statement of it may take."""

    lock_seconds: int
    statement_seconds: int


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files("gis.accounts").joinpath(name).read_text(encoding="utf-8"))


_CONTENT = _read("settings.toml")
SESSION = Session(**_CONTENT["session"])
LOCKOUT = Lockout(**_CONTENT["lockout"])
PASSWORD = Password(**_CONTENT["password"])
KEY = Key(**_CONTENT["key"])
EMBED = Embed(**_CONTENT["embed"])
ARCGIS = ArcGIS(**_CONTENT["arcgis"])
UPLOAD = Upload(**_CONTENT["upload"])
WRITING = Writing(**_CONTENT["writing"])
PREVIEW = Preview(**_CONTENT["preview"])
# role -> its entry in roles.toml
ROLES: dict[str, dict[str, Any]] = _read("roles.toml")["role"]


def are_administrators_apart() -> bool:
    """Return whether system, security and audit are administered by three accounts."""
    return config.read().has_separate_administrators
