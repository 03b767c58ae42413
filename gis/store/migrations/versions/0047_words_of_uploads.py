"""What is said of a file when it is decided of."""

from __future__ import annotations

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE landwatch.upload ADD COLUMN words text")
    op.execute("ALTER TABLE landwatch.upload ADD COLUMN worded_by text")
    op.execute("ALTER TABLE landwatch.upload ADD COLUMN worded_at timestamptz")


def downgrade() -> None:
    for name in ("words", "worded_by", "worded_at"):
        op.execute(f"ALTER TABLE landwatch.upload DROP COLUMN {name}")
