"""Every kind of the design; corrections by people; column mappings kept per sender.

Records lose their hash: two versions are compared as they are stored, which is exact and needs no
hash of each row of a load.
"""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_HASHED_KINDS = (
    "regions parks blocks parcels approvals approval_status withdrawals supplies extensions "
    "handovers right_endings causes progress decisions landclass plans serviced buildings tasks"
).split()
_SHAPED_KINDS = frozenset({"projects", "imagery"})

_KINDS = {
    "base": """
        year integer, region_code text, way text, item_no text, supply_no text, approval_no text,
        name text, park_code text, block_code text, area_m2 double precision, from_on date
    """,
    "ledgers": """
        ledger text, item_no text, region_code text, year integer, park_code text,
        block_code text, project_code text, supply_no text, approval_no text,
        enterprise_code text, name text, area_m2 double precision, amount_fen bigint,
        reason text, office text, person text, due_on date, way text, progress text, proof text,
        state text, closed_on date, reported_m2 double precision, system_m2 double precision,
        recognised_m2 double precision, freed_land_m2 double precision,
        freed_energy_tce double precision, freed_water_m3 double precision, from_on date
    """,
    "holders": """
        document text, supply_no text, phase text, parcel_code text, kind text, holder text,
        holder_code text, former_holder text, signed_on date
    """,
    "agreements": """
        document text, supply_no text, phase text, kind text, signed_on date, start_due_on date,
        completion_due_on date, production_due_on date, capacity_due_on date,
        investment_yuan_per_m2 double precision, floor_ratio_min double precision,
        tax_yuan_per_m2 double precision, output_yuan_per_m2 double precision,
        investment_total_fen bigint, penalty_share_per_day double precision
    """,
    "projects": """
        project_code text, name text, kind text, enterprise_code text, enterprise_name text,
        industry text, region_code text, park_code text, block_code text, supply_nos text[],
        approval_nos text[], area_m2 double precision, investment_total_fen bigint,
        invested_fen bigint, state text, started_on date, completed_on date, produced_on date,
        from_on date
    """,
    "formalities": """
        project_code text, formality text, document text, office text, state text,
        applied_on date, accepted_on date, granted_on date, due_on date, obstacle text,
        from_on date
    """,
    "enterprises": """
        enterprise_code text, name text, region_code text, park_code text, block_code text,
        industry text, industry_code text, supply_nos text[], parcel_codes text[],
        land_area_m2 double precision, is_industrial boolean, is_above_scale boolean,
        is_high_tech boolean, state text, from_on date
    """,
    "enterprise_years": """
        enterprise_code text, year integer, name text, output_fen bigint, revenue_fen bigint,
        value_added_fen bigint, tax_fen bigint, investment_fen bigint, invested_total_fen bigint,
        employees_count integer, research_fen bigint, energy_tce double precision,
        water_m3 double precision, land_area_m2 double precision, from_on date
    """,
    "residents": """
        place_code text, year integer, residents_count integer, workers_count integer,
        from_on date
    """,
    "imagery": """
        path text, taken_on date, name text, sensor text, resolution_m double precision,
        bands_count integer, width_px integer, height_px integer, pixel_type text,
        nodata double precision
    """,
}

_WRITTEN_BY_PEOPLE = """
CREATE TABLE landwatch.correction (
    id bigserial PRIMARY KEY, delivery integer NOT NULL, kind text NOT NULL, key text NOT NULL,
    field text NOT NULL, before jsonb, after jsonb, who text NOT NULL, why text NOT NULL,
    document text, at timestamptz NOT NULL, taken_back_by integer
);
CREATE INDEX correction_delivery ON landwatch.correction (delivery);
CREATE INDEX correction_in_force ON landwatch.correction (kind, key)
    WHERE taken_back_by IS NULL;
CREATE TABLE landwatch.profile (
    id bigserial PRIMARY KEY, sender text NOT NULL, kind text NOT NULL, headers text[] NOT NULL,
    digest text NOT NULL, mapping jsonb NOT NULL, delivery integer NOT NULL,
    saved_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX profile_sender ON landwatch.profile (sender, kind, digest);
"""


def _record_statements(name: str, columns: str) -> str:
    shaped = name in _SHAPED_KINDS
    shape = ", geom geometry(Geometry, 4490), source_epsg integer" if shaped else ""
    index = f"CREATE INDEX {name}_geom ON landwatch.{name} USING gist (geom);" if shaped else ""
    return f"""
CREATE TABLE landwatch.{name} (
    id bigserial PRIMARY KEY, key text NOT NULL, from_delivery integer NOT NULL,
    to_delivery integer, row_no integer NOT NULL, file text NOT NULL, effective_on date,
    {columns} {shape}
);
CREATE UNIQUE INDEX {name}_current ON landwatch.{name} (key) WHERE to_delivery IS NULL;
CREATE INDEX {name}_ended ON landwatch.{name} (to_delivery, key) WHERE to_delivery IS NOT NULL;
CREATE INDEX {name}_from ON landwatch.{name} (from_delivery);
{index}
"""


def upgrade() -> None:
    for name in _HASHED_KINDS:
        op.execute(f"ALTER TABLE landwatch.{name} DROP COLUMN content")
    # A task is of its year even where no day was named.
    op.execute(
        "UPDATE landwatch.tasks SET effective_on = make_date(year, 1, 1)"
        " WHERE effective_on IS NULL AND year BETWEEN 1 AND 9999"
    )
    for name, columns in _KINDS.items():
        op.execute(_record_statements(name, columns))
    op.execute(_WRITTEN_BY_PEOPLE)


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "the tables of revision 0002 cannot be taken back: that would delete every correction",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
