"""A real PostGIS for the tests: one throw-away cluster a session, one fresh database a test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest
from psycopg import conninfo, sql

from gis.config import Config
from gis.store import cluster, database

_NUMBERS = itertools.count(1)


def url_of(parameters: dict[str, object]) -> str:
    """Return libpq parameters as a URL; host may be a socket's folder."""
    parts = {name: str(value) for name, value in parameters.items() if value is not None}
    user, password = quote(parts.pop("user"), safe=""), quote(parts.pop("password", ""), safe="")
    name = quote(parts.pop("dbname"), safe="")
    return f"postgresql://{user}:{password}@/{name}?{urlencode(parts)}"


@pytest.fixture(scope="session")
def short_folder() -> Iterator[Path]:
    """A folder with a short path that the server's user may enter (pytest's own are closed)."""
    folder = Path(tempfile.mkdtemp(prefix="lw-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def server(short_folder: Path) -> Iterator[dict[str, object]]:
    """The libpq parameters of a role that may create databases on the test server.

    LANDWATCH_TEST_DATABASE_URL names a server to use instead of the throw-away cluster; its role
    must be a superuser (PostGIS is put into the databases made there).
    """
    given = os.environ.get("LANDWATCH_TEST_DATABASE_URL")
    if given:
        yield {**conninfo.conninfo_to_dict(given)}
        return
    home = short_folder / "store"
    cluster.make(home)
    try:
        cluster.start(home)
        yield {**cluster.address(home, is_superuser=True)}
    finally:
        cluster.stop(home)


@pytest.fixture(scope="session")
def pattern(server: dict[str, object]) -> Iterator[str]:
    """The name of a migrated database of which every test gets a copy."""
    name = f"landwatch_pattern_{os.getpid()}"
    with psycopg.connect(**server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        database.upgrade(Config(Path("unused"), url_of({**server, "dbname": name})))
        yield name
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def store_url(
    server: dict[str, object],
    pattern: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """The address of a fresh store, set in the environment as a user of the command would."""
    name = f"landwatch_test_{os.getpid()}_{next(_NUMBERS)}"
    url = url_of({**server, "dbname": name})
    monkeypatch.setenv("LANDWATCH_DATABASE_URL", url)
    monkeypatch.setenv("LANDWATCH_HOME", str(tmp_path / "home"))
    made, copied = sql.Identifier(name), sql.Identifier(pattern)
    with psycopg.connect(**server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(made, copied))
        yield url
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))


@pytest.fixture
def store(store_url: str) -> Iterator[database.Connection]:
    """A connection to a fresh store."""
    with database.connect(Config(Path("unused"), store_url)) as connection:
        yield connection
