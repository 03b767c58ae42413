"""What was known of each supplied subject when it was judged, kept with the run."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_HOLDING = """
CREATE TABLE landwatch.holding (
    row_id bigserial PRIMARY KEY, lane text NOT NULL, first_run integer NOT NULL, last_run integer
    NOT NULL, content text NOT NULL, subject text NOT NULL, supply_no text, contract_no text,
    phase text, parcel_codes text, approval_nos text, holder text, location text, use_text text,
    way text, price_fen bigint, supplement_fen bigint, signed_on date, handover_agreed_on date,
    handover_actual_on date, start_agreed_on date, extension_document text, extension_start_due_on
    date, start_due_on date, year_on date, two_years_on date, started_on date, stopped_on date,
    completion_agreed_on date, completion_extended_on date, completed_on date, developed_area_m2
    double precision, invested_fen bigint, investment_total_fen bigint, causes text, seizures
    text, found_document text, found_on date, found_cause text
);
CREATE UNIQUE INDEX holding_open ON landwatch.holding (lane, content)
    WHERE last_run = 2147483647;
CREATE INDEX holding_runs ON landwatch.holding (lane, first_run, last_run);
"""
# Runs made before know nothing of it, so none can be built on them.
_FORGET = "UPDATE landwatch.run SET built_on = NULL;"


def upgrade() -> None:
    op.execute(_HOLDING)
    op.execute(_FORGET)


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "the table of revision 0011 cannot be taken back: that would delete every holding of a run",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
