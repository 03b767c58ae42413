"""A store that is dear to make: one worker makes it, the others take it over from its files."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from tests.conftest import Server
from tests.stores import Store

# What a table is copied by; what is worked out from other columns is worked out again.
_TABLES = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'landwatch'::regnamespace AND c.relkind = 'r'
AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
GROUP BY c.relname ORDER BY c.relname
"""
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'landwatch'"


def made_once(server: Server, store: Store, what: str, make: Callable[[], object]) -> None:
    """Fill a store that has tables alone: by `make`, or with what another worker made by it."""
    if server.between is None:
        make()
        return
    kept = server.between / what
    # Who comes while another makes it waits: it is made sooner than anew beside it.
    with (server.between / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if kept.is_dir():
            _take_over(server, store, kept)
        else:
            make()
            draft = server.between / f"{what}.draft"
            _hand_over(store, draft)
            draft.rename(kept)


def _hand_over(store: Store, folder: Path) -> None:
    shutil.copytree(store.home, folder / "home")
    with store.connect() as connection:
        for table, columns in connection.execute(_TABLES).fetchall():
            with (
                (folder / table).open("wb") as file,
                connection.cursor().copy(_copy(table, columns, "TO STDOUT")) as rows,
            ):
                for part in rows:
                    file.write(part)
        told = connection.execute(_SEQUENCES).fetchall()
    (folder / "sequences.json").write_text(json.dumps(dict(told)), encoding="utf-8")


def _take_over(server: Server, store: Store, folder: Path) -> None:
    shutil.copytree(folder / "home", store.home, dirs_exist_ok=True)
    name = store.url.split("/")[3].split("?")[0]
    with psycopg.connect(**{**server.admin, "dbname": name}) as connection:
        # Rows come table by table: what refers to a row may come before it.
        connection.execute("SET session_replication_role = replica")
        tables = connection.execute(_TABLES).fetchall()
        names = sql.SQL(", ").join(sql.Identifier("landwatch", table) for table, _ in tables)
        connection.execute(sql.SQL("TRUNCATE {}").format(names))
        for table, columns in tables:
            with connection.cursor().copy(_copy(table, columns, "FROM STDIN")) as rows:
                rows.write((folder / table).read_bytes())
        told = json.loads((folder / "sequences.json").read_text(encoding="utf-8"))
        for sequence, last in told.items():
            if last is not None:
                connection.execute(
                    "SELECT setval(format('landwatch.%%I', %s::text)::regclass, %s)",
                    (sequence, last),
                )
    with psycopg.connect(**{**server.admin, "dbname": name}, autocommit=True) as connection:
        connection.execute("ANALYZE")


def _copy(table: str, columns: list[str], way: str) -> sql.Composed:
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) {} (FORMAT BINARY)").format(
        sql.Identifier("landwatch", table), listed, sql.SQL(way)
    )
