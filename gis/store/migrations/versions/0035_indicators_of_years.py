"""Of each indicator its year, its kind of area, the facts it lacks and what it is made of."""

# ruff: noqa: S608 - the names in these statements are our own
from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_PLACE = "subject_kind, subject_key, region_code, park_code, block_code, regions, parks, blocks"
_BEFORE = f"place_kind, place_code, name, value, unit, numerator, denominator, definition, {_PLACE}"
_AFTER = (
    "place_kind, place_code, name, year, value, unit, numerator, denominator, area_kind, missing,"
    f" source, definition, {_PLACE}"
)
# Runs until now knew land alone. What a rate without a value lacked is known of its denominator:
# nothing was stored where the fact itself was unknown.
_ZERO = {
    "development_rate": "buildable_m2",
    "supply_rate": "developed_m2",
    "built_rate": "supplied_m2",
    "unsupplied_rate": "approved_m2",
    "development_intensity": "total_m2",
    "unknown_rate": "total_m2",
}
_BY_LETTER = "CASE WHEN definition LIKE '%/A%' THEN 'built_m2' ELSE 'supplied_m2' END"
_FACT = (
    "CASE name "
    + " ".join(f"WHEN '{name}' THEN '{fact}'" for name, fact in _ZERO.items())
    + f" ELSE {_BY_LETTER} END"
)
_IDLE = "name IN ('idle_rate', 'suspected_rate')"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE landwatch.indicator ADD COLUMN year integer, ADD COLUMN area_kind text,"
        " ADD COLUMN missing text[], ADD COLUMN source text[]"
    )
    op.execute(
        "UPDATE landwatch.indicator SET"
        f" area_kind = CASE WHEN {_IDLE} THEN 'mixed' ELSE 'planar' END,"
        f" source = CASE WHEN {_IDLE} THEN ARRAY['finding', 'park_piece']"
        " WHEN name LIKE 'unsupplied%' THEN ARRAY['place_line'] ELSE ARRAY['park_piece'] END,"
        " missing = CASE WHEN coalesce(value, 'NaN') <> 'NaN' THEN NULL"
        f" WHEN denominator = 0 THEN ARRAY['zero:' || {_FACT}] ELSE ARRAY[{_FACT}] END"
    )
    op.execute(f"UPDATE landwatch.indicator SET content = md5(ROW({_AFTER})::text)")


def downgrade() -> None:
    # Figures of years had no place before.
    op.execute("DELETE FROM landwatch.indicator WHERE year IS NOT NULL")
    op.execute(
        "ALTER TABLE landwatch.indicator DROP COLUMN year, DROP COLUMN area_kind,"
        " DROP COLUMN missing, DROP COLUMN source"
    )
    op.execute(f"UPDATE landwatch.indicator SET content = md5(ROW({_BEFORE})::text)")
