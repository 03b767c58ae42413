"""What a database must have before tables can stand in it: PostGIS, a schema, and the rights."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from gis.errors import StoreError
from gis.store import tables
from gis.store.cluster import faults

Connection = psycopg.Connection[tuple[Any, ...]]

_POSTGIS = """
SELECT nspname, has_schema_privilege(pg_namespace.oid, 'USAGE')
FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'postgis'
"""
_SCHEMA = """
SELECT has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE')
FROM pg_namespace WHERE nspname = %s
"""


def postgis(connection: Connection) -> str | None:
    """Return the schema PostGIS is in, wherever its administrator put it; None without PostGIS."""
    with faults.explained():
        found = connection.execute(_POSTGIS).fetchone()
    if found is None:
        return None
    schema, is_open = found
    if not is_open:
        user = connection.info.user
        raise StoreError(
            f"PostGIS 在模式 {schema} 里，用户 {user} 无权使用。 "
            f"PostGIS is in schema {schema}, which role {user} may not use.",
            f"请管理员执行 have its administrator run: GRANT USAGE ON SCHEMA {schema} TO {user};",
        )
    return str(schema)


def search_path(first: str, postgis_schema: str | None) -> sql.Composed:
    """Return the statement that makes `first` the schema looked in, PostGIS's own after it."""
    names = dict.fromkeys([first, "public", *([postgis_schema] if postgis_schema else [])])
    path = sql.SQL(", ").join(map(sql.Identifier, names))
    return sql.SQL("SET search_path TO {}").format(path)


def prepare(connection: Connection) -> None:
    """Give the database PostGIS and our schema where it has none; StoreError where we may not.

    Only a superuser may add PostGIS. An administrator may have made the schema beforehand: then
    the right to make tables in it is all that is asked.
    """
    if postgis(connection) is None:
        _make_postgis(connection)
    name, user = connection.info.dbname, connection.info.user
    with faults.explained():
        found = connection.execute(_SCHEMA, (tables.SCHEMA,)).fetchone()
        may = connection.execute(
            "SELECT has_database_privilege(current_database(), 'CREATE')"
        ).fetchone()
    if found is not None and not found[0]:
        raise StoreError(
            f"用户 {user} 不能在模式 {tables.SCHEMA} 里建表。 "
            f"Role {user} may not make tables in schema {tables.SCHEMA} of database {name}.",
            "请管理员执行 have its administrator run: "
            f"GRANT USAGE, CREATE ON SCHEMA {tables.SCHEMA} TO {user};",
        )
    if found is None and may is not None and not may[0]:
        raise StoreError(
            f"用户 {user} 不能在数据库 {name} 里建模式。 "
            f"Role {user} may not make a schema in database {name}.",
            "请管理员执行 have its administrator run: "
            f"CREATE SCHEMA {tables.SCHEMA} AUTHORIZATION {user};",
        )


def _make_postgis(connection: Connection) -> None:
    name = connection.info.dbname
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS postgis SCHEMA public")
    except psycopg.errors.InsufficientPrivilege:
        raise StoreError(
            f"数据库 {name} 没有 PostGIS。 Database {name} has no PostGIS and role "
            f"{connection.info.user} may not add it.",
            "请管理员在其中执行 have its administrator run in it: CREATE EXTENSION postgis;",
        ) from None
    except psycopg.errors.InvalidSchemaName:
        raise StoreError(
            f"数据库 {name} 没有 PostGIS，也没有模式 public。 "
            f"Database {name} has no PostGIS, and no schema public to put it in.",
            "请管理员执行 have its administrator run: "
            "CREATE SCHEMA extensions; CREATE EXTENSION postgis SCHEMA extensions;",
        ) from None
    except (psycopg.errors.FeatureNotSupported, psycopg.errors.UndefinedFile):
        version = connection.info.server_version // 10000
        raise StoreError(
            f"数据库 {name} 的服务器没有装 PostGIS。 "
            f"PostGIS is not installed on the PostgreSQL server of database {name}.",
            f"在那里安装 install it there (Debian: apt-get install postgresql-{version}-postgis-3)",
        ) from None
