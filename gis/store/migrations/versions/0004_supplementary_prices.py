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
        "这一步升级不能撤回，会删去已有的记录。 "
        "the column of revision 0004 cannot be taken back: that would delete every amount paid",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
