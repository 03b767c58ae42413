"""The days on which outcome or track of each subject changes, kept with the run."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TIMELINE = """
CREATE TABLE landwatch.timeline (
    row_id bigserial PRIMARY KEY, lane text NOT NULL, first_run integer NOT NULL, last_run integer
    NOT NULL, content text NOT NULL, subject text NOT NULL, rule text NOT NULL, from_on date NOT
    NULL, outcome text NOT NULL, track text
);
CREATE UNIQUE INDEX timeline_open ON landwatch.timeline (lane, content)
    WHERE last_run = 2147483647;
CREATE INDEX timeline_runs ON landwatch.timeline (lane, first_run, last_run);
"""
# Runs made before know nothing of it, so none can be built on them.
_FORGET = "UPDATE landwatch.run SET built_on = NULL;"


def upgrade() -> None:
    op.execute(_TIMELINE)
    op.execute(_FORGET)


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "the table of revision 0018 cannot be taken back: it would delete every timeline",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
