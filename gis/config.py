"""Settings of this machine, read from the environment when asked for, never at import."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from gis.errors import UsageError


@dataclass(frozen=True)
class Config:
    """Where the store is, where its files lie, and what holds of those who come to it."""

    home: Path
    database_url: str | None
    # The hash by which the entries of the audit are bound together: sha256, or sm3.
    audit_digest: str = "sha256"
    has_separate_administrators: bool = False
    # The sites that may show our pages within theirs, as Content-Security-Policy writes them.
    frame_ancestors: str = "'none'"
    # The ground beneath the live map (maps.base_map), None for none.
    base_map: str | None = None

    @property
    def is_embedded(self) -> bool:
        """True when the program keeps its own private PostGIS cluster under `home`."""
        return self.database_url is None


def read() -> Config:
    """Return the settings in force.

    LANDWATCH_HOME, LANDWATCH_DATABASE_URL; LANDWATCH_AUDIT_DIGEST,
    LANDWATCH_SEPARATE_ADMINISTRATORS (1: system, security and audit are administered apart),
    LANDWATCH_FRAME_ANCESTORS, LANDWATCH_BASE_MAP.

    As root the default home is /var/lib/landwatch: the server then runs as user
    `postgres`, who cannot enter /root.
    """
    default_home = "/var/lib/landwatch" if os.geteuid() == 0 else ".landwatch"
    home = Path(os.environ.get("LANDWATCH_HOME") or default_home).absolute()
    return Config(
        home=home,
        database_url=os.environ.get("LANDWATCH_DATABASE_URL") or None,
        audit_digest=os.environ.get("LANDWATCH_AUDIT_DIGEST") or Config.audit_digest,
        has_separate_administrators=_is_on("LANDWATCH_SEPARATE_ADMINISTRATORS"),
        frame_ancestors=os.environ.get("LANDWATCH_FRAME_ANCESTORS") or Config.frame_ancestors,
        base_map=os.environ.get("LANDWATCH_BASE_MAP") or None,
    )


def _is_on(name: str) -> bool:
    """Return whether a switch stands at 1; anything but 0, 1 or nothing would be a guess."""
    value = os.environ.get(name, "")
    if value not in {"", "0", "1"}:
        raise UsageError(
            f"{name} 只能是 0 或 1，现为“{value[:40]}”。 {name} is neither 0 nor 1.",
            f"写成 write {name}=1，或去掉 or leave it out",
        )
    return value == "1"
