"""Runs built on earlier ones: what approvals have in places; look-ups by the names of papers."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# A run of before this revision kept no lines of places: nothing can be built on it.
_RUN = "ALTER TABLE landwatch.run ADD COLUMN built_on integer;"
_PLACE_LINE = """
CREATE TABLE landwatch.place_line (
    row_id bigserial PRIMARY KEY, lane text NOT NULL, first_run integer NOT NULL,
    last_run integer NOT NULL, content text NOT NULL, place_kind text NOT NULL,
    place_code text, approval text NOT NULL, approved_m2 double precision,
    supplied_m2 double precision, withdrawn_m2 double precision, exempt_m2 double precision,
    unsupplied_m2 double precision, edge_m2 double precision, sliver_m2 double precision,
    unlocated_m2 double precision, residual_m2 double precision, is_dated boolean
);
CREATE UNIQUE INDEX place_line_open ON landwatch.place_line (lane, content)
    WHERE last_run = 2147483647;
CREATE INDEX place_line_runs ON landwatch.place_line (lane, first_run, last_run);
"""
_CITED = (
    ("parcels", "supply_no"),
    ("approvals", "approval_no"),
    ("approval_status", "approval_no"),
    ("withdrawals", "approval_no"),
    ("supplies", "supply_no"),
    ("supplies", "contract_no"),
    ("extensions", "supply_no"),
    ("handovers", "supply_no"),
    ("right_endings", "supply_no"),
    ("causes", "supply_no"),
    ("progress", "supply_no"),
    ("decisions", "supply_no"),
)
_LISTED = (("supplies", "approval_nos"), ("approvals", "replaces"))


def upgrade() -> None:
    op.execute(_RUN)
    op.execute(_PLACE_LINE)
    for kind, column in _CITED:
        op.execute(
            f"CREATE INDEX {kind}_{column} ON landwatch.{kind} ({column})"
            f" WHERE {column} IS NOT NULL"
        )
    for kind, column in _LISTED:
        op.execute(f"CREATE INDEX {kind}_{column} ON landwatch.{kind} USING gin ({column})")


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "the table of revision 0005 cannot be taken back: that would delete every line of places",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
