"""Exports of the national system, laid beside ours."""

from __future__ import annotations

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE landwatch.comparison (
            id text PRIMARY KEY,
            account text NOT NULL,
            is_unscoped boolean NOT NULL,
            regions text[] NOT NULL,
            parks text[] NOT NULL,
            blocks text[] NOT NULL,
            list text NOT NULL,
            name text NOT NULL,
            sha256 text NOT NULL,
            bytes bigint NOT NULL,
            run integer NOT NULL,
            at timestamptz NOT NULL,
            compared text[] NOT NULL,
            mapping jsonb NOT NULL,
            counts jsonb NOT NULL,
            notes text[] NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE landwatch.comparison_row (
            id bigserial PRIMARY KEY,
            comparison text NOT NULL,
            place integer NOT NULL,
            state text NOT NULL,
            why text,
            key text NOT NULL,
            row_no integer,
            name text,
            region_code text,
            outcome text,
            since_on date,
            fields text[] NOT NULL,
            theirs jsonb,
            ours jsonb,
            near text[] NOT NULL,
            same_row integer,
            notes text[] NOT NULL
        )
    """)
    op.execute(
        "CREATE UNIQUE INDEX comparison_row_place ON landwatch.comparison_row (comparison, place)"
    )


def downgrade() -> None:
    op.execute("DROP TABLE landwatch.comparison_row")
    op.execute("DROP TABLE landwatch.comparison")
