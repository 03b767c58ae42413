"""Papers that revoke others, agreed hand-overs of extensions, resumptions; clashes of findings."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COLUMNS = """
ALTER TABLE landwatch.decisions ADD COLUMN revokes text, ADD COLUMN effect text;
ALTER TABLE landwatch.extensions ADD COLUMN handover_agreed_on date;
ALTER TABLE landwatch.progress ADD COLUMN resumed_on date;
ALTER TABLE landwatch.finding ADD COLUMN clashes text;
"""
# Runs made before know nothing of clashes, so none can be built on them.
_FORGET = "UPDATE landwatch.run SET built_on = NULL;"


def upgrade() -> None:
    op.execute(_COLUMNS)
    op.execute(_FORGET)


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "the columns of revision 0010 cannot be taken back: that would delete every revocation",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
