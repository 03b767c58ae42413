"""Indexes for results looked up by their number or digest, whatever run gave them."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_RESULTS = (
    *("finding", "holding", "timeline", "land_timeline", "unsupplied", "balance", "piece"),
    *("park_piece", "indicator", "place_line", "lead", "set_aside"),
)
_NAMED = ("finding", "unsupplied")


def upgrade() -> None:
    for name in _RESULTS:
        op.create_index(
            f"{name}_ended",
            name,
            ["run_series", "content"],
            schema="landwatch",
            postgresql_where="last_run < 2147483647",
        )
    for name in _NAMED:
        op.create_index(f"{name}_by_subject", name, ["subject"], schema="landwatch")


def downgrade() -> None:
    for name in _NAMED:
        op.drop_index(f"{name}_by_subject", name, schema="landwatch")
    for name in _RESULTS:
        op.drop_index(f"{name}_ended", name, schema="landwatch")
