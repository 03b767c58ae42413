"""The tables brought up to date, or compared with the model, through Alembic."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.schema import SetColumnComment, SetTableComment

from gis.store import model, tables
from gis.store.cluster import faults

Opener = Callable[[], psycopg.Connection[tuple[Any, ...]]]


def upgrade(opened: Opener, migrations: Path) -> None:
    """Bring the tables up to the newest revision, in one transaction."""
    alembic = Config()
    alembic.set_main_option("script_location", str(migrations).replace("%", "%%"))
    try:
        with _engine(opened).begin() as through:
            alembic.attributes["connection"] = through
            command.upgrade(alembic, "head")
            _comment(through)
    except sqlalchemy.exc.DBAPIError as fault:
        error = faults.as_store_error(fault.orig) if isinstance(fault.orig, psycopg.Error) else None
        if error is None:
            raise
        raise error from fault


def _comment(through: sqlalchemy.Connection) -> None:
    """Write beside every table and column what it is called in the dictionaries."""
    for table in model.metadata.sorted_tables:
        if table.comment is not None:
            through.execute(SetTableComment(table))
        for column in table.columns:
            if column.comment is not None:
                through.execute(SetColumnComment(column))


def differences(opened: Opener) -> list[object]:
    """Return what Alembic would change to make the store equal to the model: nothing if equal."""
    options = {
        "include_schemas": True,
        "version_table_schema": tables.SCHEMA,
        "include_name": lambda name, kind, _: name == tables.SCHEMA if kind == "schema" else True,
        "compare_type": True,
    }
    with _engine(opened).connect() as through:
        found = MigrationContext.configure(through, opts=options)
        return list(compare_metadata(found, model.metadata))


def _engine(opened: Opener) -> sqlalchemy.Engine:
    return sqlalchemy.create_engine(
        "postgresql+psycopg://", creator=opened, poolclass=sqlalchemy.NullPool
    )
