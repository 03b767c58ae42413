"""An index for every column by which the records a run reads are named, or name others."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_COLUMNS = (
    *("parks.park_code", "blocks.park_code", "buildings.supply_no"),
    *("ledgers.park_code", "holders.supply_no", "agreements.supply_no"),
)
_LISTS = ("projects.supply_nos", "projects.approval_nos", "enterprises.supply_nos")


def upgrade() -> None:
    for name in _COLUMNS:
        table, column = name.split(".")
        op.execute(
            f"CREATE INDEX {table}_{column} ON landwatch.{table} ({column})"
            f" WHERE {column} IS NOT NULL"
        )
    for name in _LISTS:
        table, column = name.split(".")
        op.execute(f"CREATE INDEX {table}_{column} ON landwatch.{table} USING gin ({column})")


def downgrade() -> None:
    for name in (*_COLUMNS, *_LISTS):
        table, column = name.split(".")
        op.execute(f"DROP INDEX landwatch.{table}_{column}")
