"""The tables of the store: made by migrations, equal to the model, guarded against drift."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory

from gis import fields
from gis.config import Config
from gis.errors import StoreError
from gis.store import database, tables


def settings(url: str) -> Config:
    return Config(Path("unused"), url)


def alembic() -> AlembicConfig:
    found = AlembicConfig()
    found.set_main_option("script_location", str(Path(database.__file__).parent / "migrations"))
    return found


def test_migrations_make_exactly_the_tables_of_the_model(store_url: str) -> None:
    assert database.differences(settings(store_url)) == []


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE landwatch.supplies DROP COLUMN project_name",
        "ALTER TABLE landwatch.supplies ALTER COLUMN area_m2 TYPE integer",
        "DROP INDEX landwatch.parcels_geom",
        "DROP TABLE landwatch.balance",
    ],
)
def test_a_change_behind_the_migrations_back_is_noticed(
    store_url: str, store: database.Connection, change: str
) -> None:
    store.execute(change)
    assert database.differences(settings(store_url)) != []


def test_every_kind_of_the_dictionary_has_its_table_with_its_columns(
    store: database.Connection,
) -> None:
    for name, kind in fields.KINDS.items():
        row = store.execute(f"SELECT * FROM {name}").description
        columns = [column.name for column in row or []]
        assert columns[1:8] == list(tables.RECORD)
        assert set(kind.columns) <= set(columns)
        assert ("geom" in columns) == kind.has_geometry


def test_the_program_knows_the_same_newest_revision_as_alembic() -> None:
    scripts = ScriptDirectory.from_config(alembic())
    assert scripts.get_current_head() == database.revisions()[-1]
    assert len(list(scripts.walk_revisions())) == len(database.revisions())


def test_an_upgrade_of_a_store_that_is_up_to_date_changes_nothing(store_url: str) -> None:
    assert database.upgrade(settings(store_url)) == database.revisions()[-1]


def test_going_back_before_the_first_tables_is_refused_and_leaves_them(
    store_url: str, store: database.Connection
) -> None:
    engine = sqlalchemy.create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(store_url),
        poolclass=sqlalchemy.NullPool,
    )
    config = alembic()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        with pytest.raises(StoreError, match="would delete every record"):
            command.downgrade(config, "base")
    assert database.revision(store) == database.revisions()[-1]
    assert store.execute("SELECT count(*) FROM supplies").fetchone() == (0,)


def test_a_store_newer_than_the_program_is_left_alone(
    store_url: str, store: database.Connection
) -> None:
    store.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="the program is older than the store"):
        database.connect(settings(store_url))
    with pytest.raises(StoreError, match="the program is older than the store"):
        database.upgrade(settings(store_url))


def test_a_store_older_than_the_program_asks_for_the_upgrade(
    store_url: str, store: database.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "revisions", lambda: ["0001", "0002"])
    assert database.revision(store) == "0001"
    with pytest.raises(StoreError, match="landwatch db upgrade"):
        database.connect(settings(store_url))


def test_a_database_without_tables_asks_for_the_upgrade_or_gets_it_with_make(
    store_url: str, store: database.Connection
) -> None:
    store.execute("DROP SCHEMA landwatch CASCADE")
    with pytest.raises(StoreError, match="no landwatch tables yet"):
        database.connect(settings(store_url))
    with database.connect(settings(store_url), make=True) as connection:
        assert database.revision(connection) == database.revisions()[-1]
