"""The tables of the store as SQLAlchemy and GeoAlchemy2 know them.

The kinds of delivery come from `gis.fields`; what the program itself writes (deliveries, issues,
runs and their results) is written out here. Migrations make the tables; a test holds the two
equal.

No foreign key leads from a record or a result to its delivery or run: checking it row by row costs
more than the load, and the numbers are written by one function each, under a lock.
"""

from __future__ import annotations

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
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

from gis import fields

SCHEMA = "landwatch"
EPSG = 4490
OPEN_END = 2**31 - 1  # last_run of a result row that the newest run of its lane still gives

metadata = MetaData(schema=SCHEMA)


def _geometry() -> Geometry:
    # The spatial index is named below: GeoAlchemy2's own would be made a second time by Alembic.
    return Geometry("GEOMETRY", srid=EPSG, spatial_index=False)


# name of a type in the dictionary or below -> (its column type, its name in PostgreSQL)
_TYPES: dict[str, tuple[TypeEngine[Any], str]] = {
    "text": (Text(), "text"),
    "code": (Text(), "text"),
    "texts": (ARRAY(Text()), "text[]"),
    "day": (Date(), "date"),
    "day_end": (Date(), "date"),
    "instant": (DateTime(timezone=True), "timestamptz"),
    "area": (Double(), "float8"),
    "intensity": (Double(), "float8"),
    "number": (Double(), "float8"),
    "areas": (ARRAY(Double()), "float8[]"),
    "money": (BigInteger(), "int8"),
    "integer": (Integer(), "int4"),
    "flag": (Boolean(), "bool"),
    "json": (JSONB(), "jsonb"),
}

# What every kind of record carries besides its own columns.
RECORD: dict[str, str] = {
    "key": "text!",
    "from_delivery": "integer!",
    "to_delivery": "integer",
    "row_no": "integer!",
    "file": "text!",
    "effective_on": "day",
}

DELIVERY: dict[str, str] = {
    "number": "integer!",
    "sha256": "text!",
    "name": "text!",
    "kind": "text!",
    "mode": "text!",
    "scope": "json",
    "received_at": "instant!",
    "loaded_at": "instant!",
    "rows": "integer!",
    "accepted": "integer!",
    "rejected": "integer!",
    "unchanged": "integer!",
    "duplicates": "integer!",
    "fingerprint": "text!",
    "mapping": "json!",
}

ISSUE: dict[str, str] = {
    "delivery": "integer!",
    "file": "text!",
    "row_no": "integer",
    "field": "text",
    "code": "text!",
    "severity": "text!",
    "value": "text",
    "message": "text!",
    "fix": "text",
    "raw": "json",
}

# What people write: corrections, in force until another delivery takes them back; and how each
# sender's headers were mapped.
CORRECTION: dict[str, str] = {
    "delivery": "integer!",
    "kind": "text!",
    "key": "text!",
    "field": "text!",
    "before": "json",
    "after": "json",
    "who": "text!",
    "why": "text!",
    "document": "text",
    "at": "instant!",
    "taken_back_by": "integer",
}
PROFILE: dict[str, str] = {
    "sender": "text!",
    "kind": "text!",
    "headers": "texts!",
    "digest": "text!",
    "mapping": "json!",
    "delivery": "integer!",
    "saved_at": "instant!",
}

RUN: dict[str, str] = {
    "id": "integer!",
    "as_of": "day!",
    "delivery": "integer!",
    "region": "text",
    "lane": "text!",
    "code_version": "text!",
    "law_digest": "text!",
    "input_digest": "text!",
    "counts": "json!",
    "started_at": "instant!",
    "finished_at": "instant!",
}

# The results of a run: their own columns. Which have a shape is said in SHAPED.
RESULTS: dict[str, dict[str, str]] = {
    "finding": {
        "subject": "text!",
        "rule": "text!",
        "outcome": "text!",
        "track": "text",
        "grade": "text",
        "start_state": "text",
        "since_on": "day",
        "next_on": "day",
        "next_event": "text",
        "area_m2": "area",
        "fee_fen": "money",
        "fee_if_confirmed_fen": "money",
        "article": "text",
        "missing": "text",
        "region_code": "text",
        "block_code": "text",
        "name": "text",
    },
    "piece": {
        "id": "text!",
        "approval": "text!",
        "supply": "text",
        "word": "text!",
        "area_planar_m2": "area",
        "area_ellipsoidal_m2": "area",
        "block_code": "text",
    },
    "park_piece": {
        "park_code": "text",
        "block_code": "text",
        "approved": "text!",
        "supplied": "text!",
        "development": "text!",
        "readiness": "text!",
        "account_build": "text!",
        "account_supply": "text!",
        "state": "text!",
        "area_planar_m2": "area",
        "area_ellipsoidal_m2": "area",
    },
    "balance": {
        "approval": "text!",
        "approved_on": "day",
        "base_m2": "area",
        "approved_m2": "area",
        "supplied_m2": "area",
        "withdrawn_m2": "area",
        "exempt_m2": "area",
        "unsupplied_m2": "area",
        "edge_m2": "area",
        "sliver_m2": "area",
        "unlocated_m2": "area",
        "residual_m2": "area",
        "ring_ellipsoidal_m2": "area",
        "noded_ellipsoidal_m2": "area",
        "method": "text",
        "missing": "text",
        "region_code": "text",
        "block_code": "text",
    },
    "indicator": {
        "place_kind": "text!",
        "place_code": "text!",
        "name": "text!",
        "value": "number",
        "unit": "text",
        "numerator": "number",
        "denominator": "number",
        "definition": "text",
    },
    "lead": {
        "kind": "text!",
        "subjects": "text!",
        "area_m2": "area",
        "confidence": "text!",
        "detail": "text",
        "region_code": "text",
        "block_code": "text",
    },
}
SHAPED = frozenset({"finding", "piece", "park_piece", "lead"})
RESULT: dict[str, str] = {
    "lane": "text!",
    "first_run": "integer!",
    "last_run": "integer!",
    "content": "text!",
}


def own_types(name: str) -> dict[str, str]:
    """Return column -> PostgreSQL type of what a kind or result table holds of its own.

    For a kind with shapes these end in `geom` and `source_epsg`, for such a result in `geom`.
    """
    if name in RESULTS:
        kinds = dict(RESULTS[name])
        shape = {"geom": "geometry"} if name in SHAPED else {}
    else:
        kind = fields.KINDS[name]
        kinds = {column.name: column.type for column in kind.columns.values()}
        shape = {"geom": "geometry", "source_epsg": "int4"} if kind.has_geometry else {}
    return postgres_types(kinds) | shape


def postgres_types(kinds: dict[str, str]) -> dict[str, str]:
    """Return column -> PostgreSQL type for columns given as in this module ("text!", "day")."""
    return {name: _TYPES[kind.rstrip("!")][1] for name, kind in kinds.items()}


def _columns(kinds: dict[str, str], primary: str = "") -> list[Column[Any]]:
    return [
        Column(
            name,
            _TYPES[kind.rstrip("!")][0],
            nullable=not kind.endswith("!"),
            primary_key=name == primary,
            autoincrement=False,
        )
        for name, kind in kinds.items()
    ]


def _numbered(name: str, kinds: dict[str, str]) -> Table:
    number = Column("id", BigInteger(), primary_key=True, autoincrement=True)
    return Table(name, metadata, number, *_columns(kinds))


def _record_table(kind: fields.Kind) -> None:
    name = kind.name
    own = {column.name: column.type for column in kind.columns.values()}
    shape: list[Column[Any]] = []
    if kind.has_geometry:
        shape = [Column("geom", _geometry()), Column("source_epsg", Integer())]
    table = Table(
        name,
        metadata,
        Column("id", BigInteger(), primary_key=True, autoincrement=True),
        *_columns(RECORD),
        *_columns(own),
        *shape,
    )
    ended = text("to_delivery IS NOT NULL")
    current = text("to_delivery IS NULL")
    Index(f"{name}_current", table.c.key, unique=True, postgresql_where=current)
    Index(f"{name}_ended", table.c.to_delivery, table.c.key, postgresql_where=ended)
    Index(f"{name}_from", table.c.from_delivery)
    if kind.has_geometry:
        Index(f"{name}_geom", table.c.geom, postgresql_using="gist")


def _result_table(name: str) -> None:
    shape: list[Column[Any]] = [Column("geom", _geometry())] if name in SHAPED else []
    table = Table(
        name,
        metadata,
        Column("row_id", BigInteger(), primary_key=True, autoincrement=True),
        *_columns(RESULT),
        *_columns(RESULTS[name]),
        *shape,
    )
    still = text(f"last_run = {OPEN_END}")
    Index(f"{name}_open", table.c.lane, table.c.content, unique=True, postgresql_where=still)
    Index(f"{name}_runs", table.c.lane, table.c.first_run, table.c.last_run)
    if name in SHAPED:
        Index(f"{name}_geom", table.c.geom, postgresql_using="gist")


def _define() -> None:
    delivery = Table("delivery", metadata, *_columns(DELIVERY, primary="number"))
    Index("delivery_fingerprint", delivery.c.fingerprint)
    issue = _numbered("issue", ISSUE)
    Index("issue_delivery", issue.c.delivery)
    correction = _numbered("correction", CORRECTION)
    Index("correction_delivery", correction.c.delivery)
    in_force = text("taken_back_by IS NULL")
    Index("correction_in_force", correction.c.kind, correction.c.key, postgresql_where=in_force)
    profile = _numbered("profile", PROFILE)
    Index("profile_sender", profile.c.sender, profile.c.kind, profile.c.digest, unique=True)
    run = Table("run", metadata, *_columns(RUN, primary="id"))
    Index("run_lane", run.c.lane, run.c.id)
    for kind in fields.KINDS.values():
        _record_table(kind)
    for name in RESULTS:
        _result_table(name)


_define()
