"""Nights with what they tell, and the notices that carry it out."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_TABLES = {
    "night": """
    as_of date PRIMARY KEY,
    state text NOT NULL,
    attempts integer NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    run integer,
    delivery integer,
    before_on date,
    before_run integer,
    reason text,
    audit_number bigint""",
    "night_line": """
    id bigserial PRIMARY KEY,
    night date NOT NULL,
    place integer NOT NULL,
    section text NOT NULL,
    subject text,
    name text,
    region_code text,
    block_code text,
    "on" date,
    area_m2 double precision,
    zh text NOT NULL,
    en text NOT NULL,
    link text,
    file text,
    delivery integer,
    upload text,
    is_for_all boolean NOT NULL,
    regions text[],
    parks text[],
    blocks text[]""",
    "notice": """
    id bigserial PRIMARY KEY,
    night date NOT NULL,
    kind text NOT NULL,
    recipient text NOT NULL,
    target text NOT NULL,
    content jsonb NOT NULL,
    state text NOT NULL,
    attempts integer NOT NULL,
    created_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    tried_at timestamptz,
    sent_at timestamptz,
    fault text""",
}
_INDEXES = (
    "INDEX night_line_night ON landwatch.night_line (night, place)",
    # Whoever is told of a night is told once.
    "UNIQUE INDEX notice_once ON landwatch.notice (night, kind, recipient)",
    "INDEX notice_waiting ON landwatch.notice (next_at) WHERE state = 'waiting'",
    "INDEX notice_tried ON landwatch.notice (target, tried_at)",
)


def upgrade() -> None:
    for name, columns in _TABLES.items():
        op.execute(f"CREATE TABLE landwatch.{name} ({columns})")
    for index in _INDEXES:
        op.execute(f"CREATE {index}")


def downgrade() -> None:
    for name in reversed(_TABLES):
        op.execute(f"DROP TABLE landwatch.{name}")
