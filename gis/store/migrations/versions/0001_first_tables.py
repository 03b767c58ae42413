"""The first tables: deliveries, issues, every kind of record, runs and their results.

Written out, not taken from the present tables: a migration says what was made on that day.
"""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SHAPED_KINDS = frozenset(
    {"regions", "parks", "blocks", "parcels", "approvals", "withdrawals", "supplies"}
    | {"landclass", "plans", "serviced", "buildings"}
)
_SHAPED_RESULTS = frozenset({"finding", "piece", "park_piece"})

_KINDS = {
    "regions": """
        region_code text, name text, parent_code text, from_on date
    """,
    "parks": """
        park_code text, name text, region_code text, grade text, from_on date
    """,
    "blocks": """
        block_code text, name text, park_code text, from_on date
    """,
    "parcels": """
        parcel_code text, unit_no text, supply_no text, phase text, project_name text, holder text,
        use_text text, location text, area_m2 double precision, region_code text,
        registered_on date
    """,
    "approvals": """
        approval_no text, batch text, part text, batch_kind text, approved_on date,
        total_area_m2 double precision, new_area_m2 double precision,
        farmland_m2 double precision, cropland_m2 double precision,
        exempt_area_m2 double precision, replaces text[], use_text text, authority text,
        region_code text
    """,
    "approval_status": """
        approval_no text, observed_on date, compensation text, compensated_on date,
        implementation_plan_on date, is_supply_possible boolean, obstacle text
    """,
    "withdrawals": """
        document text, approval_no text, decided_on date, area_m2 double precision
    """,
    "supplies": """
        supply_no text, contract_no text, phase text, region_name text, region_code text,
        project_name text, location text, area_m2 double precision,
        parcel_total_m2 double precision, source_area_m2 double precision, use_text text,
        supply_way text, term_text text, industry text, grade text, price_fen bigint,
        holder text, floor_ratio_min double precision, floor_ratio_max double precision,
        handover_agreed_on date, start_agreed_on date, completion_agreed_on date,
        started_on date, completed_on date, investment_total_fen bigint, approval_nos text[],
        approval_areas_m2 double precision[], approved_by text, signed_on date
    """,
    "extensions": """
        document text, supply_no text, phase text, signed_on date, kind text, start_due_on date,
        completion_due_on date, approved_by text
    """,
    "handovers": """
        document text, supply_no text, phase text, handed_on date
    """,
    "right_endings": """
        document text, supply_no text, phase text, ended_on date, kind text
    """,
    "causes": """
        document text, supply_no text, phase text, kind text, starts_on date, ends_on date
    """,
    "progress": """
        supply_no text, phase text, observed_on date, source text, milestone text,
        started_on date, stopped_on date, completed_on date, developed_area_m2 double precision,
        invested_fen bigint, investment_total_fen bigint, evidence text
    """,
    "decisions": """
        document text, supply_no text, phase text, kind text, served_on date, cause text,
        amount_fen bigint, approved_by text
    """,
    "landclass": """
        parcel_no text, class_code text, class_name text, from_on date
    """,
    "plans": """
        code text, kind text, from_on date
    """,
    "serviced": """
        code text, services_count integer, is_levelled boolean, is_expropriated boolean,
        from_on date
    """,
    "buildings": """
        code text, supply_no text, storeys_count double precision, height_m double precision,
        floor_area_m2 double precision, from_on date
    """,
    "tasks": """
        year integer, region_code text, way text, target_m2 double precision, from_on date
    """,
}

_RESULTS = {
    "finding": """
        subject text NOT NULL, rule text NOT NULL, outcome text NOT NULL, track text,
        grade text, start_state text, since_on date, next_on date, next_event text,
        area_m2 double precision, fee_fen bigint, fee_if_confirmed_fen bigint, article text,
        missing text, region_code text, block_code text, name text
    """,
    "piece": """
        id text NOT NULL, approval text NOT NULL, supply text, word text NOT NULL,
        area_planar_m2 double precision, area_ellipsoidal_m2 double precision, block_code text
    """,
    "park_piece": """
        park_code text, block_code text, approved text NOT NULL, supplied text NOT NULL,
        development text NOT NULL, readiness text NOT NULL, account_build text NOT NULL,
        account_supply text NOT NULL, state text NOT NULL, area_planar_m2 double precision,
        area_ellipsoidal_m2 double precision
    """,
    "balance": """
        approval text NOT NULL, approved_on date, base_m2 double precision,
        approved_m2 double precision, supplied_m2 double precision,
        withdrawn_m2 double precision, exempt_m2 double precision,
        unsupplied_m2 double precision, edge_m2 double precision, sliver_m2 double precision,
        unlocated_m2 double precision, residual_m2 double precision,
        ring_ellipsoidal_m2 double precision, noded_ellipsoidal_m2 double precision,
        method text, missing text, region_code text, block_code text
    """,
    "indicator": """
        place_kind text NOT NULL, place_code text NOT NULL, name text NOT NULL,
        value double precision, unit text, numerator double precision,
        denominator double precision, definition text
    """,
}

_LEDGERS = """
CREATE TABLE landwatch.delivery (
    number integer PRIMARY KEY, sha256 text NOT NULL, name text NOT NULL, kind text NOT NULL,
    mode text NOT NULL, scope jsonb, received_at timestamptz NOT NULL,
    loaded_at timestamptz NOT NULL, rows integer NOT NULL, accepted integer NOT NULL,
    rejected integer NOT NULL, unchanged integer NOT NULL, duplicates integer NOT NULL,
    fingerprint text NOT NULL, mapping jsonb NOT NULL
);
CREATE INDEX delivery_fingerprint ON landwatch.delivery (fingerprint);
CREATE TABLE landwatch.issue (
    id bigserial PRIMARY KEY, delivery integer NOT NULL, file text NOT NULL, row_no integer,
    field text, code text NOT NULL, severity text NOT NULL, value text, message text NOT NULL,
    fix text, raw jsonb
);
CREATE INDEX issue_delivery ON landwatch.issue (delivery);
CREATE TABLE landwatch.run (
    id integer PRIMARY KEY, as_of date NOT NULL, delivery integer NOT NULL, region text,
    lane text NOT NULL, code_version text NOT NULL, law_digest text NOT NULL,
    input_digest text NOT NULL, counts jsonb NOT NULL, started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL
);
CREATE INDEX run_lane ON landwatch.run (lane, id);
"""


def _record_statements(name: str, columns: str) -> str:
    shaped = name in _SHAPED_KINDS
    shape = ", geom geometry(Geometry, 4490), source_epsg integer" if shaped else ""
    index = f"CREATE INDEX {name}_geom ON landwatch.{name} USING gist (geom);" if shaped else ""
    return f"""
CREATE TABLE landwatch.{name} (
    id bigserial PRIMARY KEY, key text NOT NULL, from_delivery integer NOT NULL,
    to_delivery integer, row_no integer NOT NULL, file text NOT NULL, effective_on date,
    content text NOT NULL, {columns} {shape}
);
CREATE UNIQUE INDEX {name}_current ON landwatch.{name} (key) WHERE to_delivery IS NULL;
CREATE INDEX {name}_ended ON landwatch.{name} (to_delivery, key) WHERE to_delivery IS NOT NULL;
CREATE INDEX {name}_from ON landwatch.{name} (from_delivery);
{index}
"""


def _result_statements(name: str, columns: str) -> str:
    shaped = name in _SHAPED_RESULTS
    shape = ", geom geometry(Geometry, 4490)" if shaped else ""
    index = f"CREATE INDEX {name}_geom ON landwatch.{name} USING gist (geom);" if shaped else ""
    return f"""
CREATE TABLE landwatch.{name} (
    row_id bigserial PRIMARY KEY, lane text NOT NULL, first_run integer NOT NULL,
    last_run integer NOT NULL, content text NOT NULL, {columns} {shape}
);
CREATE UNIQUE INDEX {name}_open ON landwatch.{name} (lane, content) WHERE last_run = 2147483647;
CREATE INDEX {name}_runs ON landwatch.{name} (lane, first_run, last_run);
{index}
"""


def upgrade() -> None:
    op.execute(_LEDGERS)
    for name, columns in _KINDS.items():
        op.execute(_record_statements(name, columns))
    for name, columns in _RESULTS.items():
        op.execute(_result_statements(name, columns))


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "the first tables of the store cannot be taken back: that would delete every record",
        "恢复备份，或删库重来 restore a backup, or drop the database and begin anew",
    )
