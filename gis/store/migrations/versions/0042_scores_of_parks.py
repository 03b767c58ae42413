"""What offices enter for the evaluation of parks: scores, counts, amounts, titles, accidents."""

from __future__ import annotations

from alembic import op

from gis.errors import StoreError

revision = "0042"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE landwatch.park_scores (
            id bigserial PRIMARY KEY, key text NOT NULL, from_delivery integer NOT NULL,
            to_delivery integer, row_no integer NOT NULL, file text NOT NULL, effective_on date,
            as_came jsonb,
            park_code text, year integer, indicator text, score double precision, count integer,
            amount_fen bigint, document text, office text, reason text, person text, from_on date
        )
    """)
    op.execute(
        "CREATE UNIQUE INDEX park_scores_current ON landwatch.park_scores (key)"
        " WHERE to_delivery IS NULL"
    )
    op.execute(
        "CREATE INDEX park_scores_ended ON landwatch.park_scores (to_delivery, key)"
        " WHERE to_delivery IS NOT NULL"
    )
    op.execute("CREATE INDEX park_scores_from ON landwatch.park_scores (from_delivery)")


def downgrade() -> None:
    op.execute("LOCK TABLE landwatch.park_scores")
    held = "SELECT EXISTS (SELECT FROM landwatch.park_scores)"
    if op.get_bind().exec_driver_sql(held).scalar_one():
        raise StoreError(
            "这一步升级不能撤回，会删去已录入的考核分数。 revision 0042 cannot be taken back: that"
            " would delete every score entered",
            "恢复升级前的备份 restore the backup made before the upgrade",
        )
    op.execute("DROP TABLE landwatch.park_scores")
