"""Readings of what the law leaves open, recorded by a manager."""

from __future__ import annotations

from alembic import op

revision = "0045"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE landwatch.reading (
            id bigserial PRIMARY KEY,
            key text NOT NULL,
            region text NOT NULL,
            value text,
            from_on date NOT NULL,
            source text NOT NULL,
            who text NOT NULL,
            at timestamptz NOT NULL,
            delivery integer NOT NULL
        )
    """)


def downgrade() -> None:
    op.execute("DROP TABLE landwatch.reading")
