"""The tables of the store as SQLAlchemy and GeoAlchemy2 know them, for migrations and their test.

Loaded only when tables are made or compared: the two libraries take longer to load than a command.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from gis import fields, result_tables
from gis.store import tables
from gis.store.comparison_tables import COMPARISONS
from gis.store.night_tables import NIGHTS
from gis.store.readings import READING

metadata = MetaData(schema=tables.SCHEMA)
_TYPES: dict[str, TypeEngine[Any]] = {
    "text": Text(),
    "text[]": ARRAY(Text()),
    "date": Date(),
    "timestamptz": DateTime(timezone=True),
    "float8": Double(),
    "float8[]": ARRAY(Double()),
    "int8": BigInteger(),
    "int4": Integer(),
    "bool": Boolean(),
    "jsonb": JSONB(),
    "bytea": LargeBinary(),
}


def _geometry() -> Geometry:
    # The spatial index is named below: GeoAlchemy2's own would be made a second time by Alembic.
    return Geometry("GEOMETRY", srid=tables.EPSG, spatial_index=False)


def _columns(
    kinds: dict[str, str], primary: str = "", titles: Mapping[str, str] | None = None
) -> list[Column[Any]]:
    types = tables.postgres_types(kinds)
    return [
        Column(
            name,
            _TYPES[types[name]],
            nullable=not kind.endswith("!"),
            primary_key=name == primary,
            autoincrement=False,
            comment=(titles or {}).get(name),
        )
        for name, kind in kinds.items()
    ]


def _numbered(name: str, kinds: dict[str, str]) -> Table:
    number = Column("id", BigInteger(), primary_key=True, autoincrement=True)
    return Table(name, metadata, number, *_columns(kinds))


def _record_table(kind: fields.Kind) -> None:
    name = kind.name
    own = {column.name: column.type for column in kind.columns.values()}
    titles = {column.name: column.title for column in kind.columns.values()}
    shape: list[Column[Any]] = []
    if kind.has_geometry:
        shape = [Column("geom", _geometry()), Column("source_epsg", Integer())]
    table = Table(
        name,
        metadata,
        Column("id", BigInteger(), primary_key=True, autoincrement=True),
        *_columns(tables.RECORD),
        *_columns(own, titles=titles),
        *shape,
        *(_columns(tables.NAMED) if kind.named_by == "sender" else []),
        comment=kind.title,
    )
    ended = text("to_delivery IS NOT NULL")
    current = text("to_delivery IS NULL")
    Index(f"{name}_current", table.c.key, unique=True, postgresql_where=current)
    Index(f"{name}_ended", table.c.to_delivery, table.c.key, postgresql_where=ended)
    Index(f"{name}_from", table.c.from_delivery)
    for column in tables.CITED.get(name, ()):
        _index_of_known(table, column, "btree")
    for column in tables.LISTED.get(name, ()):
        _index_of_known(table, column, "gin")
    if kind.has_geometry:
        _index_of_known(table, "geom", "gist")


def _index_of_known(table: Table, column: str, form: str) -> None:
    """Rows that have nothing there cost the index nothing."""
    is_known = text(f"{column} IS NOT NULL")
    own = table.c[column]
    Index(f"{table.name}_{column}", own, postgresql_using=form, postgresql_where=is_known)


def _result_table(name: str) -> None:
    shape: list[Column[Any]] = [Column("geom", _geometry())] if name in tables.SHAPED else []
    told = result_tables.STORED[name]
    titles = {one.name: one.zh for one in (*told.stored, *result_tables.EVERY_ROW)}
    table = Table(
        name,
        metadata,
        Column("row_id", BigInteger(), primary_key=True, autoincrement=True),
        *_columns(tables.RESULT),
        *_columns(tables.RESULTS[name], titles=titles),
        *shape,
        comment=f"{told.zh} {told.en}",
    )
    still = text(f"last_run = {tables.OPEN_END}")
    # By the digest first: it is different in every row, so a sort seldom looks any further.
    by = (table.c.content, table.c.run_series)
    Index(f"{name}_open", *by, unique=True, postgresql_where=still)
    ended = text(f"last_run < {tables.OPEN_END}")
    Index(f"{name}_ended", *by, postgresql_where=ended)
    for column in tables.LOOKED_UP.get(name, ()):
        Index(f"{name}_by_{column}", table.c[column])
    Index(f"{name}_runs", table.c.run_series, table.c.first_run, table.c.last_run)
    Index(f"{name}_subject", table.c.subject_key)
    lands = [table.c[column] for column in result_tables.LANDS]
    Index(f"{name}_lands", *lands, postgresql_using="gin")
    if name in tables.SHAPED:
        _index_of_known(table, "geom", "gist")


def _define() -> None:
    delivery = Table("delivery", metadata, *_columns(tables.DELIVERY, primary="number"))
    Index("delivery_fingerprint", delivery.c.fingerprint)
    issue = _numbered("issue", tables.ISSUE)
    Index("issue_delivery", issue.c.delivery)
    correction = _numbered("correction", tables.CORRECTION)
    Index("correction_delivery", correction.c.delivery)
    in_force = text("taken_back_by IS NULL")
    Index("correction_in_force", correction.c.kind, correction.c.key, postgresql_where=in_force)
    profile = _numbered("profile", tables.PROFILE)
    Index("profile_sender", profile.c.sender, profile.c.kind, profile.c.digest, unique=True)
    run = Table("run", metadata, *_columns(tables.RUN, primary="id"))
    Index("run_of_series", run.c.run_series, run.c.id)
    for name, columns in tables.ACCOUNTS.items():
        primary = tables.ACCOUNT_KEYS.get(name)
        if primary is None:
            _numbered(name, columns)
        else:
            Table(name, metadata, *_columns(columns, primary=primary))
    Index("session_account", metadata.tables["landwatch.session"].c.account)
    Index("api_key_secret", metadata.tables["landwatch.api_key"].c.secret_hash)
    failed = metadata.tables["landwatch.login_failure"].c
    Index("login_failure_account", failed.account, failed.failed_at)
    Index("login_failure_address", failed.address, failed.failed_at)
    kept = metadata.tables["landwatch.saved_filter"].c
    Index("saved_filter_name", kept.account, kept.list, kept.name, unique=True)
    Table("comparison", metadata, *_columns(COMPARISONS["comparison"], primary="id"))
    beside = _numbered("comparison_row", COMPARISONS["comparison_row"]).c
    Index("comparison_row_place", beside.comparison, beside.place, unique=True)
    _numbered("reading", READING)
    Table("night", metadata, *_columns(NIGHTS["night"], primary="as_of"))
    line = _numbered("night_line", NIGHTS["night_line"])
    Index("night_line_night", line.c.night, line.c.place)
    notice = _numbered("notice", NIGHTS["notice"])
    Index("notice_once", notice.c.night, notice.c.kind, notice.c.recipient, unique=True)
    waiting = text("state = 'waiting'")
    Index("notice_waiting", notice.c.next_at, postgresql_where=waiting)
    Index("notice_tried", notice.c.target, notice.c.tried_at)
    Index("audit_at", metadata.tables["landwatch.audit"].c.at)
    job = _numbered("job", tables.JOB)
    is_once = text("once_key IS NOT NULL")
    Index("job_once", job.c.once_key, unique=True, postgresql_where=is_once)
    is_unfinished = text("state IN ('queued', 'running')")
    Index("job_unfinished", job.c.id, postgresql_where=is_unfinished)
    has_files = text("files_until IS NOT NULL")
    Index("job_with_files", job.c.files_until, postgresql_where=has_files)
    line = _numbered("job_line", tables.JOB_LINE)
    Index("job_line_job", line.c.job, line.c.id)
    for name in ("tile_rows", "list_rows"):
        rows = _numbered(name, tables.KEPT_ARRAYS)
        Index(f"{name}_of_run", rows.c.run, rows.c.source, unique=True)
    for kind in fields.KINDS.values():
        _record_table(kind)
    for name in tables.RESULTS:
        _result_table(name)


_define()
