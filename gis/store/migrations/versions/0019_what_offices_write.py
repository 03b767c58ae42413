"""What offices write beside the law: whose land, which office, what was published and done."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ADDED = {
    "approvals": "ownership text, office text, approved_by_month bool",
    "approval_status": "office text",
    "decisions": "published_on date, plan text, result text, published_by_month bool",
    "ledgers": (
        "use_text text, location text, ownership text, published_on date, result text,"
        " published_by_month bool, due_by_month bool, closed_by_month bool, from_by_month bool"
    ),
    "holding": (
        "published_on date, disposal_plan text, disposal_result text, office text, by_month text"
    ),
    "unsupplied": (
        "batch text, planned_use_text text, ownership text, reason text, office text, by_month text"
    ),
}
_INDEXES = (
    "CREATE INDEX ledgers_supply_no ON landwatch.ledgers (supply_no) WHERE supply_no IS NOT NULL",
    "CREATE INDEX ledgers_approval_no ON landwatch.ledgers (approval_no)"
    " WHERE approval_no IS NOT NULL",
)
# What was read of a record until now is written in the issues of the delivery it came with.
_FILL = """
UPDATE landwatch.{kind} AS own SET {day}_by_month = true
FROM landwatch.issue AS told
WHERE told.code = 'month_without_day' AND told.field = '{day}_on'
    AND told.delivery = own.from_delivery AND told.file = own.file AND told.row_no = own.row_no
    AND own.{day}_on IS NOT NULL
"""
_DAYS = (("approvals", "approved"), *(("ledgers", day) for day in ("due", "closed", "from")))
# Runs made before know nothing of it, so none can be built on them.
_FORGET = "UPDATE landwatch.run SET built_on = NULL"


def upgrade() -> None:
    for name, columns in _ADDED.items():
        added = ", ".join(f"ADD COLUMN {column.strip()}" for column in columns.split(","))
        op.execute(f"ALTER TABLE landwatch.{name} {added}")
    for index in _INDEXES:
        op.execute(index)
    for kind, day in _DAYS:
        op.execute(_FILL.format(kind=kind, day=day))
    op.execute(_FORGET)


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "revision 0019 cannot be taken back: that would delete every word of an office",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
