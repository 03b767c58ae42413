"""Records a run could not judge, left out of everything it says and counted beside it."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SET_ASIDE = """
CREATE TABLE landwatch.set_aside (
    row_id bigserial PRIMARY KEY, lane text NOT NULL, first_run integer NOT NULL,
    last_run integer NOT NULL, content text NOT NULL, kind text NOT NULL, key text NOT NULL,
    reason text NOT NULL, area_m2 double precision, file text, row_no integer, delivery integer,
    detail text
);
CREATE UNIQUE INDEX set_aside_open ON landwatch.set_aside (lane, content)
    WHERE last_run = 2147483647;
CREATE INDEX set_aside_runs ON landwatch.set_aside (lane, first_run, last_run);
"""


def upgrade() -> None:
    op.execute(_SET_ASIDE)


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "the table of revision 0013 cannot be taken back: that would delete every record set aside",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
