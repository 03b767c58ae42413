"""Stores as they were at an earlier revision, to be upgraded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import psycopg
import sqlalchemy
from alembic import command
from alembic.config import Config as AlembicConfig

from gis.config import Config
from gis.store import database


def settings(url: str) -> Config:
    return Config(Path("unused"), url)


def alembic() -> AlembicConfig:
    found = AlembicConfig()
    found.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    return found


def made_at(revision: str, store: database.Connection, url: str) -> None:
    """Make the tables anew as they were at a revision."""
    store.execute("DROP SCHEMA landwatch CASCADE")
    moved_to(revision, store, url, command.upgrade)


def moved_to(
    revision: str,
    store: database.Connection,
    url: str,
    way: Callable[[AlembicConfig, str], None] = command.downgrade,
) -> None:
    """Bring the tables, with all they hold, to a revision."""
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(url, options="-c search_path=public"),
        poolclass=sqlalchemy.NullPool,
    )
    config = alembic()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        way(config, revision)
