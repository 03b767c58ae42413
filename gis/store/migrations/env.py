"""What Alembic runs to bring a store up to date; the connection is handed in by `upgrade`."""

from __future__ import annotations

from alembic import context
from sqlalchemy import inspect, text

from gis.store import model, tables

_LOCK = 7_105_001  # one migration at a time, whoever starts it


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    return name == tables.SCHEMA if kind == "schema" else True


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=model.metadata,
    version_table_schema=tables.SCHEMA,
    include_schemas=True,
    include_name=_is_ours,
    compare_type=True,
)
with context.begin_transaction():
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    # IF NOT EXISTS would ask for the right to make schemas where the administrator made this one.
    if not inspect(connection).has_schema(tables.SCHEMA):
        connection.execute(text(f"CREATE SCHEMA {tables.SCHEMA}"))
    context.run_migrations()
