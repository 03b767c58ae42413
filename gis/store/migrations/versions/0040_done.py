"""Tasks of parks and of several years, and what was done of them at each stage."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_DONE = """
CREATE TABLE landwatch.done (
    id bigserial PRIMARY KEY, key text NOT NULL, from_delivery integer NOT NULL,
    to_delivery integer, row_no integer NOT NULL, file text NOT NULL, effective_on date,
    as_came jsonb, document text, year integer, region_code text, park_code text, way text,
    stage text, item_no text, supply_no text, approval_no text, name text, area_m2 double precision,
    means text, rate_percent double precision, done_on date
);
CREATE UNIQUE INDEX done_current ON landwatch.done (key) WHERE to_delivery IS NULL;
CREATE INDEX done_ended ON landwatch.done (to_delivery, key) WHERE to_delivery IS NOT NULL;
CREATE INDEX done_from ON landwatch.done (from_delivery);
"""
# What only the tables of this revision can hold.
_IS_HELD = (
    "EXISTS (SELECT FROM landwatch.done) OR EXISTS (SELECT FROM landwatch.tasks"
    " WHERE num_nonnulls(until_year, park_code) > 0)"
)


def upgrade() -> None:
    op.execute("ALTER TABLE landwatch.tasks ADD COLUMN until_year int, ADD COLUMN park_code text")
    op.execute(_DONE)


def downgrade() -> None:
    op.execute("LOCK TABLE landwatch.done, landwatch.tasks")
    if op.get_bind().exec_driver_sql(f"SELECT ({_IS_HELD})").scalar_one():
        raise StoreError(
            "这一步升级不能撤回，会删去已有的记录。 "
            "revision 0040 cannot be taken back: that would delete every result of a task",
            "恢复升级前的备份 restore the backup made before the upgrade",
        )
    op.execute("DROP TABLE landwatch.done")
    op.execute("ALTER TABLE landwatch.tasks DROP COLUMN until_year, DROP COLUMN park_code")
