"""Supplies say what was paid on top of the price: it belongs to the base of the idle fee."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE landwatch.supplies ADD COLUMN supplement_fen bigint")


def downgrade() -> None:
    raise StoreError(
        "the column of revision 0004 cannot be taken back: that would delete every amount paid",
        "restore the backup made before the upgrade",
    )
