"""A store of its own for a test, worked on by the real command in a process of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests import warm
from tests.conftest import Server, url_of
from tests.warm import ROOT, Ended

__all__ = ["ROOT", "Store", "copied", "copy", "drop"]


@dataclass(frozen=True)
class Store:
    """The address of a database and the command that works on it."""

    url: str
    home: Path

    @property
    def environment(self) -> dict[str, str]:
        """The environment a user of this store would have."""
        return {
            **os.environ,
            "LANDWATCH_DATABASE_URL": self.url,
            "LANDWATCH_HOME": str(self.home),
            "COLUMNS": "200",
        }

    def call(self, *arguments: str) -> Ended:
        """Run `landwatch ARGUMENTS` and return what it said, whatever its exit."""
        return warm.shared().call(self, *arguments)

    def json(self, *arguments: str) -> Any:
        """Run `landwatch ARGUMENTS --json` and return the object it printed."""
        done = self.call(*arguments, "--json")
        assert done.code == 0, done.stderr
        return json.loads(done.stdout)

    def connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a plain connection to look at what is stored."""
        return psycopg.connect(self.url, autocommit=True)


@contextmanager
def copied(server: Server, pattern: str, name: str, home: Path) -> Iterator[Store]:
    """Give a copy of a database of the test server, dropped afterwards."""
    store = Store(url_of({**server.role, "dbname": name}), home)
    copy(server, pattern, name)
    try:
        yield store
    finally:
        drop(server, name)


def copy(server: Server, pattern: str, name: str) -> None:
    """Make database `name` a copy of `pattern`, in place of what had that name."""
    drop(server, name)
    query = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY FILE_COPY").format(
        sql.Identifier(name), sql.Identifier(str(server.role["user"])), sql.Identifier(pattern)
    )
    with psycopg.connect(**server.admin, autocommit=True) as connection:
        connection.execute(query)


def drop(server: Server, name: str) -> None:
    """Drop a database of the test server, ending whoever is connected to it."""
    query = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(**server.admin, autocommit=True) as connection:
        connection.execute(query)
