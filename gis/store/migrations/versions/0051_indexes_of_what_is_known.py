"""Indexes of shapes and of lists of numbers hold no rows any more that have none."""

from __future__ import annotations

from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

_SHAPED = (
    *("regions", "parks", "blocks", "parcels", "approvals", "withdrawals", "supplies"),
    *("landclass", "plans", "serviced", "buildings", "projects", "imagery"),
    *("finding", "piece", "park_piece", "lead"),
)
_LISTED = (
    ("approvals", "replaces"),
    ("supplies", "approval_nos"),
    ("projects", "supply_nos"),
    ("projects", "approval_nos"),
    ("enterprises", "supply_nos"),
)


def upgrade() -> None:
    _made(" WHERE {} IS NOT NULL")


def downgrade() -> None:
    _made("")


def _made(where: str) -> None:
    shaped = [(name, "geom", "gist") for name in _SHAPED]
    for name, column, form in (*shaped, *((*one, "gin") for one in _LISTED)):
        op.execute(f"DROP INDEX landwatch.{name}_{column}")
        op.execute(
            f"CREATE INDEX {name}_{column} ON landwatch.{name} USING {form} ({column})"
            + where.format(column)
        )
