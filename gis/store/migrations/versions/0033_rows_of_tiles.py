"""What tiles of a run are counted off, made once after the run and kept beside it."""

from __future__ import annotations

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE landwatch.tile_rows (
            id bigserial PRIMARY KEY,
            run integer NOT NULL,
            source text NOT NULL,
            form integer NOT NULL,
            made_at timestamptz NOT NULL,
            content bytea NOT NULL
        )
    """)
    op.execute("CREATE UNIQUE INDEX tile_rows_of_run ON landwatch.tile_rows (run, source)")
    # Arrays of numbers hardly shrink, and are to be had at once.
    op.execute("ALTER TABLE landwatch.tile_rows ALTER COLUMN content SET STORAGE EXTERNAL")


def downgrade() -> None:
    op.execute("DROP TABLE landwatch.tile_rows")
