"""The longer SQL statements, read from `sql/*.sql` and filled with names and values."""

from __future__ import annotations

from pathlib import Path

from psycopg import sql

from gis.store.tables import SCHEMA

_FOLDER = Path(__file__).parent / "sql"

# Held until the transaction ends: loads stand in one line, runs in another.
LOADS = 7_105_002
RUNS = 7_105_003
# With the number of a job: held by the session that does it, as long as that lives.
JOBS = 7_105_004
WAIT_FOR_TURN = sql.SQL("SELECT pg_advisory_xact_lock({})")


def statement(name: str, **parts: sql.Composable) -> sql.Composed:
    """Return `sql/<name>.sql` with its {parts} filled in."""
    text = (_FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    return sql.SQL(text).format(**parts)


def table(name: str) -> sql.Identifier:
    """Return the name of a table of the store, schema first."""
    return sql.Identifier(SCHEMA, name)


def listed(names: list[str], prefix: str | None = None) -> sql.Composed:
    """Return column names separated by commas, each `prefix.name` when a prefix is given."""
    parts = [sql.Identifier(prefix, name) if prefix else sql.Identifier(name) for name in names]
    return sql.SQL(", ").join(parts)
