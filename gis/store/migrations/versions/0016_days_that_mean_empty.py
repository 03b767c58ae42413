"""Days a person named as standing for no date: of each delivery, and of a sender's registers."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("delivery", "profile"):
        op.execute(
            f"ALTER TABLE landwatch.{table} ADD COLUMN empty_days text[] NOT NULL DEFAULT '{{}}'"
        )
        op.execute(f"ALTER TABLE landwatch.{table} ALTER COLUMN empty_days DROP DEFAULT")


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去“哪些日期等于没有日期”的说明。 "
        "revision 0016 cannot be taken back: that would delete every day named as no date",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
