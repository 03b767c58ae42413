"""The days on which the land of each approval changes its state, kept with the run."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_LAND_TIMELINE = """
CREATE TABLE landwatch.land_timeline (
    row_id bigserial PRIMARY KEY, run_series text NOT NULL, first_run integer NOT NULL,
    last_run integer NOT NULL, content text NOT NULL, approval text NOT NULL,
    from_on date NOT NULL, state text NOT NULL, area_m2 double precision,
    subject_kind text, subject_key text, region_code text, park_code text,
    block_code text, regions text[], parks text[], blocks text[]
);
CREATE UNIQUE INDEX land_timeline_open ON landwatch.land_timeline (run_series, content)
    WHERE last_run = 2147483647;
CREATE INDEX land_timeline_runs ON landwatch.land_timeline (run_series, first_run, last_run);
CREATE INDEX land_timeline_subject ON landwatch.land_timeline (subject_key);
CREATE INDEX land_timeline_lands ON landwatch.land_timeline USING gin (regions, parks, blocks);
"""
# Runs made before know nothing of it, so none can be built on them.
_FORGET = "UPDATE landwatch.run SET built_on = NULL;"


def upgrade() -> None:
    op.execute(_LAND_TIMELINE)
    op.execute(_FORGET)


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "the table of revision 0027 cannot be taken back: it would delete every land timeline",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
