"""The names a reader of the field knows: disposition, supply_way, evidence_grade, run_series."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_RESULTS = (
    *("finding", "holding", "unsupplied", "piece", "park_piece", "balance", "indicator", "lead"),
    *("set_aside", "place_line", "timeline"),
)
_RENAMED = (
    ("piece", "word", "disposition"),
    ("holding", "way", "supply_way"),
    ("finding", "grade", "evidence_grade"),
    *((name, "lane", "run_series") for name in ("run", *_RESULTS)),
)


def upgrade() -> None:
    for table, old, new in _RENAMED:
        op.execute(f"ALTER TABLE landwatch.{table} RENAME COLUMN {old} TO {new}")
    op.execute("ALTER INDEX landwatch.run_lane RENAME TO run_of_series")


def downgrade() -> None:
    for table, old, new in _RENAMED:
        op.execute(f"ALTER TABLE landwatch.{table} RENAME COLUMN {new} TO {old}")
    op.execute("ALTER INDEX landwatch.run_of_series RENAME TO run_lane")
