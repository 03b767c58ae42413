"""A connection to the store, its schema looked at, and the schema brought up to date."""

from __future__ import annotations

import functools
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
from gis.store import requirements, tables
from gis.store.cluster import faults, server

Connection = psycopg.Connection[tuple[Any, ...]]

MIGRATIONS = Path(__file__).parent / "migrations"
_FORM = "postgresql://user:password@host:port/database"
_RECOVERY_SECONDS = 30
_REVISION = re.compile(r'^(revision|down_revision) = "?(\w+)"?$', re.MULTILINE)
# A server that vanished without a word is noticed within two minutes, not hours.
_KNOWN = {
    "application_name": "landwatch",
    "connect_timeout": 10,
    "keepalives_idle": 60,
    "keepalives_interval": 10,
    "keepalives_count": 6,
}
_IS_STARTING = re.compile("the database system is (starting up|in recovery|not yet accepting)")
# A server goes on with a query whose asker was killed until it next has something to say: it looks.
_SESSION = (
    "SET DateStyle TO 'ISO, YMD'; SET TimeZone TO 'UTC'; SET extra_float_digits TO 1;"
    " SET client_connection_check_interval TO '1s'"
)


def connect(
    settings: Config | None = None,
    *,
    make: bool = False,
    is_checked: bool = True,
    starts: bool = True,
) -> Connection:
    """Return a connection in autocommit to the store, whose tables are up to date.

    The private cluster is started when it stands still; without `starts` only if it died. With
    `make` it is made when there is none, and an empty database, here or at LANDWATCH_DATABASE_URL,
    gets its tables. Without `is_checked` the tables are not looked at. Without `settings` those of
    the environment hold. StoreError says what is missing and how to mend it.
    """
    settings = settings or config.read()
    if make and settings.is_embedded:
        server.make(settings.home)
    connection = _open(settings, starts=starts)
    try:
        _check_encoding(connection)
        if make and revision(connection) is None:
            upgrade(settings)
        if is_checked:
            _check(revision(connection))
        if revision(connection) is not None:
            prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def prepare(connection: Connection) -> None:
    """Set what every session with the store rests on: days, time, where tables are looked for."""
    connection.execute(_SESSION)
    connection.execute(requirements.search_path(tables.SCHEMA, requirements.postgis(connection)))


def parameters(settings: Config, *, starts: bool = True) -> dict[str, Any]:
    """Return what a connection in autocommit is opened with; see `address`."""
    known = {**_KNOWN, **address(settings, starts=starts)}
    return {**known, "client_encoding": "UTF8", "autocommit": True}


def address(settings: Config, *, starts: bool = True) -> dict[str, Any]:
    """Return the libpq parameters of the store, the private cluster started if need be.

    Without `starts` only a cluster that died is started; StoreError where somebody stopped it.

    They hold the password: never print them.
    """
    if settings.database_url is None:
        if starts:
            server.start(settings.home)
        else:
            server.revive(settings.home)
        return {**server.address(settings.home)}
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
        server.make(settings.home)
    with _open(settings) as connection:
        _check_encoding(connection)
        found = revision(connection)
        if found is not None and found not in revisions():
            _check(found)
        requirements.prepare(connection)
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

    def opened() -> Connection:
        connection = _open(settings)
        connection.execute(requirements.search_path("public", requirements.postgis(connection)))
        connection.autocommit = False
        return connection

    return opened


def revisions() -> list[str]:
    """Return the revisions this program knows, oldest first: each names the one before it."""
    return [*_revisions()]


@functools.cache
def _revisions() -> tuple[str, ...]:
    after = {}
    for file in (MIGRATIONS / "versions").glob("[0-9]*.py"):
        said = dict(_REVISION.findall(file.read_text(encoding="utf-8")))
        after[said["down_revision"]] = said["revision"]
    chain, last = [], "None"
    while last in after:
        last = after.pop(last)
        chain.append(last)
    if after:
        raise ValueError(f"migrations follow nothing: {sorted(after.values())}")
    return tuple(chain)


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


def _check_encoding(connection: Connection) -> None:
    """Refuse a database whose encoding loses characters, or cannot tell what they are."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        name = connection.info.dbname
        raise StoreError(
            f"数据库 {name} 的编码是 {encoding}，存不下全部汉字。 Database {name} is encoded in "
            f"{encoding}, which cannot hold every character; landwatch needs UTF8.",
            "请管理员另建 have one made: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
        )


def _open(settings: Config, *, starts: bool = True) -> Connection:
    known = parameters(settings, starts=starts)
    deadline = time.monotonic() + _RECOVERY_SECONDS
    while True:
        try:
            return psycopg.connect(**known)
        except psycopg.OperationalError as fault:
            # A server that lost one of its processes starts anew by itself, in a moment.
            if not _IS_STARTING.search(str(fault)) or time.monotonic() > deadline:
                # The chain is cut: a traceback must not show the parameters.
                raise _connect_fault(fault, known, settings) from None
        time.sleep(0.1)


def _connect_fault(
    fault: psycopg.OperationalError, parameters: dict[str, Any], settings: Config
) -> StoreError:
    said = str(fault)
    host, port = parameters.get("host", "localhost"), parameters.get("port", 5432)
    user, name = parameters.get("user", "?"), parameters.get("dbname", "?")
    place = f"{host}:{port}"
    if "password" in said and settings.is_embedded:
        secrets = settings.home / "secrets.json"
        return StoreError(
            f"{place} 的数据库不接受 secrets.json 里的密码。 "
            f"The private store at {place} refuses the password kept for it.",
            f"移走 move {secrets} away and call landwatch db start: it sets new ones",
        )
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
    if re.search("too many (clients|connections)|remaining connection slots", said):
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
