"""Indexes of results by the digest first, which are built in a quarter of the time."""

from __future__ import annotations

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_RESULTS = (
    *("finding", "holding", "timeline", "land_timeline", "unsupplied", "balance", "piece"),
    *("park_piece", "built_use", "indicator", "place_line", "lead", "set_aside"),
)
_STILL, _ENDED = "last_run = 2147483647", "last_run < 2147483647"


def upgrade() -> None:
    _by("content, run_series")


def downgrade() -> None:
    _by("run_series, content")


def _by(columns: str) -> None:
    for name in _RESULTS:
        for index, form, where in (
            (f"{name}_open", "UNIQUE INDEX", _STILL),
            (f"{name}_ended", "INDEX", _ENDED),
        ):
            op.execute(f"DROP INDEX landwatch.{index}")
            op.execute(f"CREATE {form} {index} ON landwatch.{name} ({columns}) WHERE {where}")
