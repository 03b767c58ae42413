"""Every result row says of whom it speaks and where that lies, in columns; lists are lists."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TABLES = (
    *("finding", "holding", "unsupplied", "piece", "park_piece", "balance", "indicator", "lead"),
    *("set_aside", "place_line", "timeline"),
)
_EVERY_ROW = ("subject_kind", "subject_key", "region_code", "park_code", "block_code")
# Of the rows of earlier runs: who is known stands in their own columns, the park nowhere.
_OF_SUBJECT = {
    "holding": "'supplies', subject",
    "timeline": "'supplies', subject",
    "unsupplied": "'approvals', approval",
    "piece": "'approvals', approval",
    "balance": "'approvals', approval",
    "place_line": "'approvals', approval",
    "park_piece": "'parks', park_code",
    "finding": "CASE WHEN rule = 'unsupplied' THEN 'approvals' ELSE 'supplies' END,"
    " coalesce(approval, subject)",
}
_TELL = "UPDATE landwatch.{table} SET (subject_kind, subject_key) = ROW({subject})"


def upgrade() -> None:
    for name in _TABLES:
        added = ", ".join(f"ADD COLUMN IF NOT EXISTS {column} text" for column in _EVERY_ROW)
        op.execute(f"ALTER TABLE landwatch.{name} {added}")
    op.execute("ALTER TABLE landwatch.finding ADD COLUMN approval text")
    op.execute(
        "UPDATE landwatch.finding SET approval = regexp_replace(subject, '/[0-9]+$', '')"
        " WHERE rule = 'unsupplied'"
    )
    for name, subject in _OF_SUBJECT.items():
        op.execute(_TELL.format(table=name, subject=subject))
    op.execute(
        "ALTER TABLE landwatch.lead ALTER COLUMN subjects"
        " TYPE text[] USING string_to_array(rtrim(subjects, ';'), ';')"
    )
    op.execute(
        "ALTER TABLE landwatch.unsupplied ALTER COLUMN adjoining"
        " TYPE text[] USING string_to_array(adjoining, ';')"
    )


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去各行的判定对象和所在位置。 "
        "revision 0020 cannot be taken back: that would delete every mark of whom a row speaks",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
