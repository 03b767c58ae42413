"""What lists of a run are asked by, made once after the run and kept beside it."""

from __future__ import annotations

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE landwatch.list_rows (
            id bigserial PRIMARY KEY,
            run integer NOT NULL,
            source text NOT NULL,
            form integer NOT NULL,
            made_at timestamptz NOT NULL,
            content bytea NOT NULL
        )
    """)
    op.execute("CREATE UNIQUE INDEX list_rows_of_run ON landwatch.list_rows (run, source)")
    # Arrays of numbers hardly shrink, and are to be had at once.
    op.execute("ALTER TABLE landwatch.list_rows ALTER COLUMN content SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.execute("DROP TABLE landwatch.list_rows")
