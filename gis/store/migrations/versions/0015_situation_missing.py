"""One name for what a situation lacks, in the store and where it is handed out."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE landwatch.unsupplied RENAME COLUMN missing TO situation_missing")


def downgrade() -> None:
    op.execute("ALTER TABLE landwatch.unsupplied RENAME COLUMN situation_missing TO missing")
