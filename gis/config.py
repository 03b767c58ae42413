"""Settings of this machine, read from the environment when asked for, never at import."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Config:
    """Where the store is and where its files lie."""

    home: Path
    database_url: str | None

    @property
    def is_embedded(self) -> bool:
        """True when the program keeps its own private PostGIS cluster under `home`."""
        return self.database_url is None


def read() -> Config:
    """Return the settings in force: LANDWATCH_HOME and LANDWATCH_DATABASE_URL.

    As root the default home is /var/lib/landwatch: the server then runs as user
    `postgres`, who cannot enter /root.
    """
    default_home = "/var/lib/landwatch" if os.geteuid() == 0 else ".landwatch"
    home = Path(os.environ.get("LANDWATCH_HOME") or default_home).absolute()
    return Config(home=home, database_url=os.environ.get("LANDWATCH_DATABASE_URL") or None)
