"""A run knows the digest of the code that made it, and what it was made for."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# Which code made the runs of before is not known, so none is ever the same run as a new one.
_UPGRADE = """
ALTER TABLE landwatch.run ADD COLUMN code_digest text;
ALTER TABLE landwatch.run ADD COLUMN purpose text NOT NULL DEFAULT 'routine';
ALTER TABLE landwatch.run ALTER COLUMN purpose DROP DEFAULT;
"""


def upgrade() -> None:
    op.execute(_UPGRADE)


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "the columns of revision 0007 cannot be taken back: that would forget what runs were for",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
