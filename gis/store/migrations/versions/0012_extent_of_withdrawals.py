"""How much a withdrawal takes of its approval, where it says so: all of it or a part."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE landwatch.withdrawals ADD COLUMN IF NOT EXISTS extent text")


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "revision 0012 cannot be taken back: that would delete every extent of a withdrawal",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
