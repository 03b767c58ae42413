"""What the built land of each use holds; what is no building among the buildings."""

from __future__ import annotations

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

_AREAS = (
    "area_m2 footprint_m2 open_m2 floor_m2 counted_m2 floor_surveyed_m2 floor_computed_m2"
    " floor_difference_m2"
).split()
_COUNTS = (
    "buildings_count open_count surveyed_count computed_count compared_count no_floor_count"
    " no_storeys_count no_height_count"
).split()


def upgrade() -> None:
    op.execute("ALTER TABLE landwatch.buildings ADD COLUMN kind text")
    columns = ", ".join(
        [*(f"{name} double precision" for name in _AREAS), *(f"{name} integer" for name in _COUNTS)]
    )
    op.execute(
        "CREATE TABLE landwatch.built_use (row_id bigserial PRIMARY KEY, run_series text NOT NULL,"
        " first_run integer NOT NULL, last_run integer NOT NULL, content text NOT NULL, use text,"
        f" {columns}, subject_kind text, subject_key text, region_code text, park_code text,"
        " block_code text, regions text[], parks text[], blocks text[])"
    )
    of = "landwatch.built_use"
    series = "(run_series, content) WHERE last_run"
    op.execute(f"CREATE UNIQUE INDEX built_use_open ON {of} {series} = 2147483647")
    op.execute(f"CREATE INDEX built_use_ended ON {of} {series} < 2147483647")
    op.execute(f"CREATE INDEX built_use_runs ON {of} (run_series, first_run, last_run)")
    op.execute(f"CREATE INDEX built_use_subject ON {of} (subject_key)")
    op.execute(f"CREATE INDEX built_use_lands ON {of} USING gin (regions, parks, blocks)")


def downgrade() -> None:
    op.execute("DROP TABLE landwatch.built_use")
    op.execute("ALTER TABLE landwatch.buildings DROP COLUMN kind")
