"""A connection to the store, its schema looked at, and the schema brought up to date."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import conninfo

from gis import config
from gis.config import Config
from gis.errors import StoreError
from gis.store import cluster, faults, tables

Connection = psycopg.Connection[tuple[Any, ...]]

MIGRATIONS = Path(__file__).parent / "migrations"
_FORM = "postgresql://user:password@host:port/database"
_RECOVERY_SECONDS = 30
_IS_STARTING = re.compile("the database system is (starting up|in recovery|not yet accepting)")
_SESSION = (
    f"SET search_path TO {tables.SCHEMA}, public; SET DateStyle TO 'ISO, YMD'; "
    "SET TimeZone TO 'UTC'; SET extra_float_digits TO 1"
)


def connect(
    settings: Config | None = None, *, make: bool = False, is_checked: bool = True
) -> Connection:
    """Return a connection in autocommit to the store, whose tables are up to date.

    The private cluster is started when it stands still. With `make` it is made when there is none,
    and an empty database, here or at LANDWATCH_DATABASE_URL, gets its tables. Without `is_checked`
    the tables are not looked at. Without `settings` those of the environment hold. StoreError says
    what is missing and how to mend it.
    """
    settings = settings or config.read()
    if make and settings.is_embedded:
        cluster.make(settings.home)
    connection = _open(address(settings))
    try:
        if make and revision(connection) is None:
            upgrade(settings)
        if is_checked:
            _check(revision(connection))
        if revision(connection) is not None:
            connection.execute(_SESSION)
    except BaseException:
        connection.close()
        raise
    return connection


def address(settings: Config) -> dict[str, Any]:
    """Return the libpq parameters of the store, the private cluster started if need be.

    They hold the password: never print them.
    """
    if settings.database_url is None:
        cluster.start(settings.home)
        return {**cluster.address(settings.home)}
    url = settings.database_url
    unusable = StoreError(
        "LANDWATCH_DATABASE_URL 不是数据库地址。 LANDWATCH_DATABASE_URL is not the address of a "
        "PostgreSQL database (its value is not shown: it may hold a password).",
        f"写成 write it as {_FORM}, special signs in the password percent-encoded",
    )
    if not url.startswith(("postgresql://", "postgres://")):
        raise unusable
    try:
        return {**conninfo.conninfo_to_dict(url)}
    except psycopg.ProgrammingError:
        raise unusable from None  # libpq's message repeats the address, password included


def revision(connection: Connection) -> str | None:
    """Return the revision of the store's tables, None when there are none."""
    table = f"{tables.SCHEMA}.alembic_version"
    with faults.explained():
        found = connection.execute("SELECT to_regclass(%s)", (table,)).fetchone()
        if found is None or found[0] is None:
            return None
        row = connection.execute(
            f"SELECT version_num FROM {table}"  # noqa: S608 - a constant of ours
        ).fetchone()
    return None if row is None else str(row[0])


def upgrade(settings: Config | None = None) -> str:
    """Bring the store's tables up to date in one transaction; return their revision."""
    settings = settings or config.read()
    if settings.is_embedded:
        cluster.make(settings.home)
    with _open(address(settings)) as connection:
        found = revision(connection)
        if found is not None and found not in revisions():
            _check(found)
        _make_postgis(connection)
    from gis.store import schema  # it loads Alembic and SQLAlchemy, which no other call needs

    schema.upgrade(opener(settings), MIGRATIONS)
    return revisions()[-1]


def differences(settings: Config) -> list[object]:
    """Return what Alembic would change to make the store equal to `tables`: nothing if equal."""
    from gis.store import schema

    return schema.differences(opener(settings))


def opener(settings: Config) -> Callable[[], Connection]:
    """Return what opens the connections Alembic works through: the driver is the same psycopg.

    The schema `landwatch` must not be the default one: SQLAlchemy would show its tables nameless.
    """
    parameters = {**address(settings), "options": "-c search_path=public"}
    return lambda: _open(parameters, autocommit=False)


def revisions() -> list[str]:
    """Return the revisions this program knows, oldest first."""
    return sorted(file.name.split("_")[0] for file in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def _check(found: str | None) -> None:
    newest = revisions()[-1]
    if found is None:
        raise StoreError(
            "数据库里还没有表。 The database holds no landwatch tables yet.",
            "建表 make them: landwatch db upgrade",
        )
    if found not in revisions():
        raise StoreError(
            f"程序比数据库旧。 The store's tables are of revision {found}, this program knows them "
            f"up to {newest}: the program is older than the store.",
            "换用新程序 use the newer landwatch that upgraded this store",
        )
    if found != newest:
        raise StoreError(
            f"数据库表结构待升级。 The store's tables are of revision {found}, this program needs "
            f"{newest}.",
            "先备份再升级 back the store up, then: landwatch db upgrade",
        )


def _open(parameters: dict[str, Any], *, autocommit: bool = True) -> Connection:
    known = {"application_name": "landwatch", "connect_timeout": 10, **parameters}
    deadline = time.monotonic() + _RECOVERY_SECONDS
    while True:
        try:
            return psycopg.connect(**known, autocommit=autocommit)
        except psycopg.OperationalError as fault:
            # A server that lost one of its processes starts anew by itself, in a moment.
            if not _IS_STARTING.search(str(fault)) or time.monotonic() > deadline:
                # The chain is cut: a traceback must not show the parameters.
                raise _connect_fault(fault, parameters) from None
        time.sleep(0.1)


def _connect_fault(fault: psycopg.OperationalError, parameters: dict[str, Any]) -> StoreError:
    said = str(fault)
    host, port = parameters.get("host", "localhost"), parameters.get("port", 5432)
    user, name = parameters.get("user", "?"), parameters.get("dbname", "?")
    place = f"{host}:{port}"
    if "password" in said or "認証" in said or "认证" in said:
        return StoreError(
            f"{place} 的数据库不接受用户 {user} 的密码。 "
            f"The PostgreSQL server at {place} refuses the password of user {user}.",
            "改正用户和密码 correct user and password in LANDWATCH_DATABASE_URL",
        )
    if f'database "{name}" does not exist' in said:
        return StoreError(
            f"{place} 没有数据库 {name}。 The PostgreSQL server at {place} has no database {name}.",
            f"新建 createdb {name} there, or correct LANDWATCH_DATABASE_URL",
        )
    if "too many clients" in said or "remaining connection slots" in said:
        return StoreError(
            f"{place} 的数据库连接数已满。 "
            f"The PostgreSQL server at {place} takes no more connections.",
            "关闭占用连接的程序 close other programs that use it, or raise max_connections there",
        )
    reason = said.strip().splitlines()[-1].strip()
    password = str(parameters.get("password") or "")
    if password:
        reason = reason.replace(password, "***")
    return StoreError(
        f"连不上 {place} 的数据库。 No PostgreSQL server can be reached at {place}: {reason}",
        "检查地址，查看 check LANDWATCH_DATABASE_URL, see landwatch db status",
    )


def _make_postgis(connection: Connection) -> None:
    """Give the database PostGIS if it has none; only a superuser of the server may."""
    found = connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'postgis'").fetchone()
    if found is not None:
        return
    name = connection.info.dbname
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public")
    except psycopg.errors.InsufficientPrivilege:
        raise StoreError(
            f"数据库 {name} 没有 PostGIS。 Database {name} has no PostGIS and role "
            f"{connection.info.user} may not add it.",
            "请管理员在其中执行 have its administrator run in it: CREATE EXTENSION postgis;",
        ) from None
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile):
        version = connection.info.server_version // 10000
        raise StoreError(
            f"数据库 {name} 的服务器没有装 PostGIS。 "
            f"PostGIS is not installed on the PostgreSQL server of database {name}.",
            f"在那里安装 install it there (Debian: apt-get install postgresql-{version}-postgis-3)",
        ) from None
