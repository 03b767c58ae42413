"""Leads: contradictions between shapes, papers and the ground, kept by run."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_LEAD = """
CREATE TABLE landwatch.lead (
    row_id bigserial PRIMARY KEY, lane text NOT NULL, first_run integer NOT NULL,
    last_run integer NOT NULL, content text NOT NULL, kind text NOT NULL, subjects text NOT NULL,
    area_m2 double precision, confidence text NOT NULL, detail text, region_code text,
    block_code text, geom geometry(Geometry, 4490)
);
CREATE UNIQUE INDEX lead_open ON landwatch.lead (lane, content) WHERE last_run = 2147483647;
CREATE INDEX lead_runs ON landwatch.lead (lane, first_run, last_run);
CREATE INDEX lead_geom ON landwatch.lead USING gist (geom);
"""


def upgrade() -> None:
    op.execute(_LEAD)


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "the table of revision 0003 cannot be taken back: that would delete every lead",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
