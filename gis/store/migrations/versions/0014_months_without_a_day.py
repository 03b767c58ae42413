"""Days of which a paper wrote but the month, so that what they decide can be told from days."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# kind -> its days
_DAYS = {
    "supplies": "handover_agreed start_agreed completion_agreed started completed signed",
    "extensions": "signed start_due completion_due handover_agreed",
    "handovers": "handed",
    "right_endings": "ended",
    "causes": "starts ends",
    "progress": "observed started stopped resumed completed",
    "decisions": "served",
    "agreements": "signed start_due completion_due production_due capacity_due",
}
# What was read of a record until now is written in the issues of the delivery it came with.
_FILL = """
UPDATE landwatch.{kind} AS own SET {day}_by_month = true
FROM landwatch.issue AS told
WHERE told.code = 'month_without_day' AND told.field = '{day}_on'
    AND told.delivery = own.from_delivery AND told.file = own.file AND told.row_no = own.row_no
    AND own.{day}_on IS NOT NULL
"""
# A run made before read such a signing as a day: none can be built on it.
_FORGET = "UPDATE landwatch.run SET built_on = NULL"


def upgrade() -> None:
    for kind, days in _DAYS.items():
        added = ", ".join(f"ADD COLUMN {day}_by_month bool" for day in days.split())
        op.execute(f"ALTER TABLE landwatch.{kind} {added}")
        for day in days.split():
            op.execute(_FILL.format(kind=kind, day=day))
    op.execute(_FORGET)


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去“仅到月”的标记。 "
        "revision 0014 cannot be taken back: that would delete every mark of a month without a day",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
