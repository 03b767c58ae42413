"""Uploads know their sender's land and how they are read; deliveries, which regions they name."""

from __future__ import annotations

from alembic import op

revision = "0026"
down_revision = "0024"
branch_labels = None
depends_on = None

_LAND = ("regions", "parks", "blocks")
_WITH_REGION = (
    *("regions", "parks", "parcels", "approvals", "supplies", "tasks", "base", "ledgers"),
    *("projects", "enterprises"),
)
# Of the deliveries before, the regions of their rows: what they brought, and what was refused or
# waits. Of rows that changed nothing none is known any more: such a delivery names nobody's region.
_FILL = """
UPDATE landwatch.delivery SET regions = said.regions FROM (
    SELECT number, array_agg(DISTINCT coalesce(code, '') ORDER BY coalesce(code, '')) AS regions
    FROM ({parts}) AS rows GROUP BY number
) AS said WHERE delivery.number = said.number AND delivery.unchanged = 0
"""
_REFUSED = """
SELECT issue.delivery AS number, coalesce(
    (SELECT issue.raw ->> named.key FROM jsonb_each_text(CASE jsonb_typeof(told.mapping)
        WHEN 'object' THEN told.mapping ELSE '{}'::jsonb END) AS named
     WHERE named.value = 'region_code' LIMIT 1), issue.raw ->> 'region_code') AS code
FROM landwatch.issue JOIN landwatch.delivery AS told ON told.number = issue.delivery
WHERE issue.severity IN ('error', 'held')
"""


def upgrade() -> None:
    op.execute("ALTER TABLE landwatch.upload ADD COLUMN is_unscoped boolean NOT NULL DEFAULT true")
    op.execute("ALTER TABLE landwatch.upload ALTER COLUMN is_unscoped DROP DEFAULT")
    for name in _LAND:
        op.execute(f"ALTER TABLE landwatch.upload ADD COLUMN {name} text[] NOT NULL DEFAULT '{{}}'")
        op.execute(f"ALTER TABLE landwatch.upload ALTER COLUMN {name} DROP DEFAULT")
    op.execute("ALTER TABLE landwatch.upload ADD COLUMN how jsonb NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE landwatch.upload ALTER COLUMN how DROP DEFAULT")
    op.execute("ALTER TABLE landwatch.delivery ADD COLUMN regions text[]")
    parts = [
        f"SELECT from_delivery AS number, region_code AS code FROM landwatch.{name}"  # noqa: S608
        for name in _WITH_REGION
    ]
    op.execute(_FILL.replace("{parts}", " UNION ALL ".join([*parts, _REFUSED])))


def downgrade() -> None:
    for name in ("is_unscoped", *_LAND, "how"):
        op.execute(f"ALTER TABLE landwatch.upload DROP COLUMN {name}")
    op.execute("ALTER TABLE landwatch.delivery DROP COLUMN regions")
