"""What the store's server or its address lacks is told with its mend, and no password is shown."""

from __future__ import annotations

import os
import socket
import traceback
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from psycopg import conninfo, sql

from gis.config import Config
from gis.errors import StoreError
from gis.store import database
from gis.store.cluster import faults


def mentions(fault: StoreError, *parts: str) -> bool:
    return all(part in str(fault) for part in parts)


def with_parts(url: str, **parts: object) -> dict[str, object]:
    return {**conninfo.conninfo_to_dict(url), **parts}


def url_of(parts: dict[str, object]) -> str:
    place = urlencode({name: parts[name] for name in ("host", "port") if name in parts})
    return f"postgresql://{parts['user']}:{parts['password']}@/{parts['dbname']}?{place}"


def test_a_wrong_password_is_told_and_shown_nowhere(store_url: str) -> None:
    wrong = url_of(with_parts(store_url, password="s3cret-and-wrong"))
    with pytest.raises(StoreError) as caught:
        database.connect(Config(Path("unused"), wrong))
    assert mentions(caught.value, "refuses the password", "LANDWATCH_DATABASE_URL")
    shown = "".join(traceback.format_exception(caught.value))
    assert "s3cret" not in shown


@pytest.mark.parametrize(
    "url",
    [
        "mysql://me:s3cret@host/db",
        "me:s3cret@host/db",
        "postgresql://me:s3cret@[host/db",
        "postgresql://me:s3cret@host/db?colour=red",
        "postgresql://me:s3%cret@host/db",
        "host=h user=u password=s3cret",
        "postgresql://me:s3cret@host:port/db?connect_timeout",
    ],
)
def test_an_address_of_an_unusable_form_is_told_without_showing_it(url: str) -> None:
    with pytest.raises(StoreError, match="not the address of a PostgreSQL database") as caught:
        database.connect(Config(Path("unused"), url))
    assert "cret" not in "".join(traceback.format_exception(caught.value))


def test_a_server_nobody_runs_is_told_by_its_place() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"postgresql://me:s3cret@127.0.0.1:{port}/db"
    with pytest.raises(StoreError, match="No PostgreSQL server can be reached") as caught:
        database.connect(Config(Path("unused"), url))
    assert mentions(caught.value, f"127.0.0.1:{port}")
    assert "s3cret" not in "".join(traceback.format_exception(caught.value))


def test_a_database_that_is_not_there_is_told_by_its_name(store_url: str) -> None:
    url = url_of(with_parts(store_url, dbname="nowhere"))
    with pytest.raises(StoreError, match="has no database nowhere"):
        database.connect(Config(Path("unused"), url))


def test_a_database_without_postgis_and_without_the_right_to_add_it_is_told(
    server: Any, store_url: str
) -> None:
    role, name = f"plain_{os.getpid()}", f"bare_{os.getpid()}"
    with psycopg.connect(**server.admin, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'plain'").format(sql.Identifier(role)))
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(role)
            )
        )
        try:
            parts = with_parts(store_url, user=role, password="plain", dbname=name)
            with pytest.raises(StoreError) as caught:
                database.connect(Config(Path("unused"), url_of(parts)), make=True)
            assert mentions(caught.value, f"role {role} may not", "CREATE EXTENSION postgis")
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


@pytest.mark.parametrize(
    ("state", "part"),
    [
        ("53100", "disk that holds the store is full"),
        ("53200", "out of memory"),
        ("53300", "no more connections"),
        ("53400", "A limit set on the PostgreSQL server"),
        ("58030", "could not read or write its files"),
        ("25006", "read-only copy"),
        ("42501", "lacks a right"),
        ("57P03", "connection to the PostgreSQL server was lost"),
    ],
)
def test_a_fault_of_the_server_is_told_with_its_mend(
    store: database.Connection, state: str, part: str
) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'so' USING ERRCODE = '{state}'; END $$"
    with pytest.raises(StoreError, match=part) as caught, faults.explained():
        store.execute(raising)
    assert caught.value.mend


def test_a_wrong_statement_of_ours_stays_a_bug(store: database.Connection) -> None:
    with pytest.raises(psycopg.errors.UndefinedTable), faults.explained():
        store.execute("SELECT * FROM no_such_table")


def test_a_full_disk_under_our_own_files_is_told() -> None:
    with (
        pytest.raises(StoreError, match="disk that holds the store is full"),
        faults.explained(),
        Path("/dev/full").open("w", encoding="utf-8") as full,
    ):
        full.write("x" * 100_000)
