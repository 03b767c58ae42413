"""The document a revocation ends, in the form in which documents are compared."""

from __future__ import annotations

import sqlalchemy
from alembic import op

from gis import identifiers
from gis.errors import StoreError

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_BRING = sqlalchemy.text(
    "UPDATE landwatch.decisions SET revokes = :form, as_came = coalesce(as_came, '{}')"
    " || jsonb_build_object('revokes', CAST(:was AS text)) WHERE revokes = :was"
)


def upgrade() -> None:
    connection = op.get_bind()
    found = connection.execute(
        sqlalchemy.text(
            "SELECT DISTINCT revokes FROM landwatch.decisions WHERE revokes IS NOT NULL"
        )
    )
    changed = {was: identifiers.key(was) for (was,) in found if identifiers.key(was) != was}
    for was, form in changed.items():
        connection.execute(_BRING, {"form": form or None, "was": was})
    if changed:
        # A run made before did not see what these revoked: none can be built on it.
        op.execute("UPDATE landwatch.run SET built_on = NULL")


def downgrade() -> None:
    raise StoreError(
        "这一步升级不能撤回，会删去所撤文书号的原样写法。 "
        "revision 0017 cannot be taken back: that would delete every number of a revocation as it "
        "came",
        "恢复升级前的备份 restore the backup made before the upgrade",
    )
