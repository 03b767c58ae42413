"""Filters of lists that somebody gave a name."""

from __future__ import annotations

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE landwatch.saved_filter (
            id text PRIMARY KEY,
            account text NOT NULL,
            list text NOT NULL,
            name text NOT NULL,
            query text NOT NULL,
            at timestamptz NOT NULL
        )
    """)
    op.execute(
        "CREATE UNIQUE INDEX saved_filter_name ON landwatch.saved_filter (account, list, name)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE landwatch.saved_filter")
