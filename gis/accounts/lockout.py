"""Failed log-ins, by account and by address: after so many within a while, one has to wait.

Names nobody has are counted like the others, so nothing tells them apart. Of a name only a hash is
kept: people type their password there.
"""

from __future__ import annotations

import math
from datetime import timedelta

from gis.accounts import secret
from gis.accounts.settings import LOCKOUT
from gis.errors import UsageError
from gis.store import turns
from gis.store.cluster import faults
from gis.store.database import Connection

# How long until the oldest of the last so many failures is out of the window.
_WAIT = {
    "account": (
        "SELECT ceil(extract(epoch FROM failed_at + %(window)s - clock_timestamp()))::int"
        " FROM landwatch.login_failure WHERE account = %(value)s"
        " AND failed_at > clock_timestamp() - %(window)s"
        " ORDER BY failed_at DESC OFFSET %(most)s - 1 LIMIT 1"
    ),
    "address": (
        "SELECT ceil(extract(epoch FROM failed_at + %(window)s - clock_timestamp()))::int"
        " FROM landwatch.login_failure WHERE address = %(value)s"
        " AND failed_at > clock_timestamp() - %(window)s"
        " ORDER BY failed_at DESC OFFSET %(most)s - 1 LIMIT 1"
    ),
}
_WINDOW = timedelta(minutes=LOCKOUT.within_minutes)


class LockedError(UsageError):
    """Too many log-ins failed; `wait_seconds` until another may be tried."""

    def __init__(self, wait_seconds: int) -> None:
        """`wait_seconds`: how long to wait, from now on."""
        minutes = math.ceil(wait_seconds / 60)
        super().__init__(
            f"登录失败次数过多，请 {minutes} 分钟后再试。 Too many log-ins failed: try again in "
            f"{minutes} minutes.",
            "忘了密码请管理员重设 an administrator can set a new password",
        )
        self.wait_seconds = wait_seconds


def count_in(connection: Connection, name: str, address: str) -> int:
    """Count one try as failed, before it is looked at; return its number. LockedError: no more.

    So of many at once only as many are looked at as may fail. Who waits is not counted, else who
    keeps knocking would shut others out for ever.
    """
    with faults.explained(), connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (turns.LOG_INS,))
        for column, value, most in (
            ("account", secret.digest(name), LOCKOUT.failures_count),
            ("address", address, LOCKOUT.address_failures_count),
        ):
            wait = _wait_seconds(connection, column, value, most)
            if wait > 0:
                raise LockedError(wait)
        row = connection.execute(
            "INSERT INTO landwatch.login_failure (account, address, failed_at)"
            " VALUES (%s, %s, clock_timestamp()) RETURNING id",
            (secret.digest(name), address),
        ).fetchone()
        connection.execute(
            "DELETE FROM landwatch.login_failure WHERE failed_at < clock_timestamp() - %s",
            (_WINDOW,),
        )
    assert row is not None
    return int(row[0])


def forget(connection: Connection, name: str) -> None:
    """Forget the failures of an account that has shown who it is."""
    with faults.explained():
        connection.execute(
            "DELETE FROM landwatch.login_failure WHERE account = %s", (secret.digest(name),)
        )


def _wait_seconds(connection: Connection, column: str, value: str, most: int) -> int:
    asked = {"window": _WINDOW, "value": value, "most": most}
    row = connection.execute(_WAIT[column], asked).fetchone()
    return 0 if row is None else max(int(row[0]), 0)
