"""What somebody looked at and decided: a lead, a candidate is nothing; a row that waits.

Of a lead or a candidate the decision may be taken back.
"""

from __future__ import annotations

from typing import Any

from gis.errors import UsageError
from gis.store.cluster import faults
from gis.store.database import Connection

LEAD, CANDIDATE = "lead", "candidate"
# Of a row that waits: the subject is the number of its issue, the rule what was decided.
HELD = "held"
ACCEPTED, REFUSED = "accepted", "refused"


class DismissedError(UsageError):
    """It is dismissed already."""


def add(
    connection: Connection,
    number: str,
    kind: str,
    subject: str,
    rule: str,
    reason: str,
    account: str,
) -> None:
    """Write one down; DismissedError where the same is dismissed already."""
    with faults.explained(), connection.transaction():
        connection.execute("LOCK TABLE landwatch.dismissal IN SHARE ROW EXCLUSIVE MODE")
        known = connection.execute(
            "SELECT id FROM landwatch.dismissal WHERE kind = %s AND subject = %s"
            " AND (rule = %s OR kind = %s) AND taken_back_at IS NULL",
            (kind, subject, rule, HELD),
        ).fetchone()
        if known is not None:
            raise DismissedError(
                f"已处理过（{known[0]}）。 It is decided already.", "先撤回 take that back first"
            )
        connection.execute(
            "INSERT INTO landwatch.dismissal (id, kind, subject, rule, reason, account, at)"
            " VALUES (%s, %s, %s, %s, %s, %s, clock_timestamp())",
            (number, kind, subject, rule, reason, account),
        )


def read(connection: Connection) -> list[dict[str, Any]]:
    """Return what is dismissed, the oldest first."""
    with faults.explained():
        rows = connection.execute(
            "SELECT id, kind, subject, rule, reason, account, at FROM landwatch.dismissal"
            " WHERE taken_back_at IS NULL AND kind <> %s ORDER BY at, id",
            (HELD,),
        ).fetchall()
    names = ("id", "kind", "subject", "rule", "reason", "account")
    return [{**dict(zip(names, row, strict=False)), "at": row[6].isoformat()} for row in rows]


def take_back(connection: Connection, number: str, account: str) -> None:
    """Take one back."""
    with faults.explained():
        connection.execute(
            "UPDATE landwatch.dismissal SET taken_back_by = %s, taken_back_at = clock_timestamp()"
            " WHERE id = %s AND taken_back_at IS NULL",
            (account, number),
        )
