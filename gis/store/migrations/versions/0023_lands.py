"""Every result row names all regions, parks and blocks it lies in; who asks by subject finds it."""

# ruff: noqa: S608 - the names in these statements are our own
from __future__ import annotations

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_TABLES = (
    *("finding", "holding", "unsupplied", "piece", "park_piece", "balance", "indicator", "lead"),
    *("set_aside", "place_line", "timeline"),
)
# Of the rows of earlier runs the one place they named is known; a region's code less the zeros
# that end it, and what those of the regions above begin with.
_START = "regexp_replace(region_code, '(00)+$', '')"


def upgrade() -> None:
    for name in _TABLES:
        op.execute(
            f"ALTER TABLE landwatch.{name} ADD COLUMN regions text[],"
            " ADD COLUMN parks text[], ADD COLUMN blocks text[]"
        )
        op.execute(
            f"UPDATE landwatch.{name} SET"
            " regions = CASE WHEN region_code IS NULL THEN NULL"
            f" ELSE ARRAY(SELECT DISTINCT left({_START}, n) FROM"
            " unnest(ARRAY[2, 4, 6, 99]) n ORDER BY 1) END,"
            " parks = CASE WHEN park_code IS NULL THEN NULL ELSE ARRAY[park_code] END,"
            " blocks = CASE WHEN block_code IS NULL THEN NULL ELSE ARRAY[block_code] END"
            " WHERE coalesce(region_code, park_code, block_code) IS NOT NULL"
        )
        op.execute(f"CREATE INDEX {name}_subject ON landwatch.{name} (subject_key)")
        op.execute(
            f"CREATE INDEX {name}_lands ON landwatch.{name} USING gin (regions, parks, blocks)"
        )


def downgrade() -> None:
    for name in _TABLES:
        op.execute(
            f"ALTER TABLE landwatch.{name} DROP COLUMN regions, DROP COLUMN parks,"
            " DROP COLUMN blocks"
        )
        op.execute(f"DROP INDEX landwatch.{name}_subject")
