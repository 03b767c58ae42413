"""Of each indicator the units its numerator and its denominator are in."""

# ruff: noqa: S608 - the names in these statements are our own
from __future__ import annotations

from alembic import op

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

_PLACE = "subject_kind, subject_key, region_code, park_code, block_code, regions, parks, blocks"
_BEFORE = (
    "place_kind, place_code, name, year, value, unit, numerator, denominator, area_kind, missing,"
    f" source, definition, {_PLACE}"
)
_AFTER = (
    "place_kind, place_code, name, year, value, unit, numerator, numerator_unit, denominator,"
    f" denominator_unit, area_kind, missing, source, definition, {_PLACE}"
)
# Shares of output are money over money; every other quotient of runs until now is over land.
_OF_OUTPUT = "name IN ('leading_industry_share', 'largest_industry_share')"
_OF = f"""CASE
    WHEN coalesce(numerator, 'NaN') = 'NaN' THEN NULL
    WHEN {_OF_OUTPUT} OR unit LIKE '万元/%' THEN '元'
    WHEN unit LIKE '人/%' THEN '人'
    WHEN unit IN ('%', '') THEN 'm2'
    ELSE unit END"""
_BY = f"""CASE
    WHEN coalesce(denominator, 'NaN') = 'NaN' THEN NULL
    WHEN {_OF_OUTPUT} THEN '元' ELSE 'm2' END"""


def upgrade() -> None:
    op.execute(
        "ALTER TABLE landwatch.indicator"
        " ADD COLUMN numerator_unit text, ADD COLUMN denominator_unit text"
    )
    op.execute(f"UPDATE landwatch.indicator SET numerator_unit = {_OF}, denominator_unit = {_BY}")
    op.execute(f"UPDATE landwatch.indicator SET content = md5(ROW({_AFTER})::text)")


def downgrade() -> None:
    op.execute(
        "ALTER TABLE landwatch.indicator DROP COLUMN numerator_unit, DROP COLUMN denominator_unit"
    )
    op.execute(f"UPDATE landwatch.indicator SET content = md5(ROW({_BEFORE})::text)")
