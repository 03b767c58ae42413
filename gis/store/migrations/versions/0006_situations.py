"""Unsupplied land told by situation, with its approval and the supplies beside it."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_UNSUPPLIED = """
CREATE TABLE landwatch.unsupplied (
    row_id bigserial PRIMARY KEY, lane text NOT NULL, first_run integer NOT NULL,
    last_run integer NOT NULL, content text NOT NULL, subject text NOT NULL,
    approval text NOT NULL, approved_on date, situation text, missing text, adjoining text
);
CREATE UNIQUE INDEX unsupplied_open ON landwatch.unsupplied (lane, content)
    WHERE last_run = 2147483647;
CREATE INDEX unsupplied_runs ON landwatch.unsupplied (lane, first_run, last_run);
"""
# Runs made before know nothing of it, so none can be built on them.
_FORGET = "UPDATE landwatch.run SET built_on = NULL;"


def upgrade() -> None:
    op.execute(_UNSUPPLIED)
    op.execute(_FORGET)


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "the table of revision 0006 cannot be taken back: that would delete every situation",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
