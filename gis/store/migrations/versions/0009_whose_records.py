"""Whose record a number names, and what became of the rows of every delivery."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# The kinds named by a number of their sender. Who sent the records there are is not known: their
# keys stay, and the first delivery that brings such a number on the same land names its sender.
_BY_SENDER = ("parcels", "landclass", "plans", "serviced", "buildings")
_KINDS = (
    "regions", "parks", "blocks", "approvals", "approval_status", "withdrawals", "supplies",
    "extensions", "handovers", "right_endings", "causes", "progress", "decisions", "tasks", "base",
    "ledgers", "holders", "agreements", "projects", "formalities", "enterprises",
    "enterprise_years", "residents", "imagery", *_BY_SENDER,
)  # fmt: skip
_COUNTS = ("added", "replaced", "ended", "held")
# What came with a delivery is new, or follows a version it ended; what it ended and did not bring
# again, it ended for good.
_COUNTED = """
UPDATE landwatch.delivery SET added = counted.added, replaced = counted.replaced,
    ended = counted.ended
FROM (
    SELECT coalesce(came.number, gone.number) AS number,
        count(*) FILTER (WHERE gone.key IS NULL) AS added,
        count(*) FILTER (WHERE came.key IS NOT NULL AND gone.key IS NOT NULL) AS replaced,
        count(*) FILTER (WHERE came.key IS NULL) AS ended
    FROM (SELECT key, from_delivery AS number FROM landwatch.{kind}) AS came
    FULL JOIN (
        SELECT key, to_delivery AS number FROM landwatch.{kind} WHERE to_delivery IS NOT NULL
    ) AS gone ON gone.key = came.key AND gone.number = came.number
    GROUP BY 1
) AS counted
WHERE delivery.number = counted.number AND delivery.kind = '{kind}'
"""


def upgrade() -> None:
    for name in _BY_SENDER:
        op.execute(f"ALTER TABLE landwatch.{name} ADD COLUMN named_in text")
    for name in _COUNTS:
        op.execute(f"ALTER TABLE landwatch.delivery ADD COLUMN {name} integer NOT NULL DEFAULT 0")
    for kind in _KINDS:
        op.execute(_COUNTED.format(kind=kind))
    for name in _COUNTS:
        op.execute(f"ALTER TABLE landwatch.delivery ALTER COLUMN {name} DROP DEFAULT")


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去已有的记录。 "
        "the columns of revision 0009 cannot be taken back: that would delete every sender",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
