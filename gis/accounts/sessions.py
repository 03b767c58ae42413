"""Sessions: rows of the store, so that a log-out really ends one, here and everywhere."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gis.accounts import caller, land, secret
from gis.accounts.caller import Caller
from gis.accounts.settings import PASSWORD, SESSION
from gis.store.cluster import faults
from gis.store.database import Connection

# In front of a token of a desktop program (gis.accounts.desktop_tokens), which is a session too.
TOKEN_MARK = "lwt_"  # noqa: S105


@dataclass(frozen=True)
class Begun:
    """A new session: what the browser keeps as cookie, and what it sends with every change."""

    token: str
    csrf: str
    ends_at: datetime


@dataclass(frozen=True)
class Session:
    """A session in force: who it is, its key in the store, the hash of its CSRF token.

    `is_stale`: it was not noted for a while that it is used (`note_use`).
    """

    key: str
    caller: Caller
    csrf_hash: str
    is_stale: bool

    def is_own(self, csrf: str | None) -> bool:
        """Return whether a CSRF token belongs to this session."""
        return csrf is not None and hmac.compare_digest(secret.digest(csrf), self.csrf_hash)


def begin(connection: Connection, account: str, address: str) -> Begun:
    """Begin a session of an account that has shown who it is; always with a token of its own."""
    token = secret.new()
    csrf = secret.csrf_of(token)
    with faults.explained():
        row = connection.execute(
            "INSERT INTO landwatch.session"
            " (token_hash, account, csrf_hash, address, created_at, seen_at, ends_at)"
            " SELECT %s, %s, %s, %s, now, now, now + make_interval(hours => %s)"
            " FROM clock_timestamp() AS now RETURNING ends_at",
            (secret.digest(token), account, secret.digest(csrf), address, SESSION.whole_hours),
        ).fetchone()
    assert row is not None
    return Begun(token, csrf, row[0])


def find(connection: Connection, token: str, address: str) -> Session | None:
    """Return the session a token opens, None when it was ended, is too old, or its account is shut.

    Roles and land are those the account has now. `address`: where the request came from.
    """
    if token.startswith(TOKEN_MARK):
        # What stands in addresses is no cookie: it reads, and changes nothing.
        return None
    with faults.explained():
        row = connection.execute(
            "SELECT token_hash, account, roles, is_unscoped, regions, parks, blocks,"
            " must_change_password"
            " OR (%s > 0 AND password_set_at < now - make_interval(days => %s)),"
            " csrf_hash, seen_at < now - interval '1 minute'"
            " FROM landwatch.session JOIN landwatch.account ON name = account,"
            " clock_timestamp() AS now"
            " WHERE token_hash = %s AND revoked_at IS NULL AND now < ends_at"
            " AND now < seen_at + make_interval(mins => %s) AND NOT is_disabled",
            (*[PASSWORD.lasts_days] * 2, secret.digest(token), SESSION.idle_minutes),
        ).fetchone()
    return None if row is None else _session(row, address)


def note_use(connection: Connection, session: Session) -> None:
    """Note that a session is used, which puts off its idle end."""
    with faults.explained():
        connection.execute(
            "UPDATE landwatch.session SET seen_at = clock_timestamp() WHERE token_hash = %s",
            (session.key,),
        )


def end(connection: Connection, session: Session) -> None:
    """End one session: its cookie opens nothing any more."""
    with faults.explained():
        connection.execute(
            "UPDATE landwatch.session SET revoked_at = clock_timestamp()"
            " WHERE token_hash = %s AND revoked_at IS NULL",
            (session.key,),
        )


def revoke_all(connection: Connection, account: str, *, but: str = "") -> int:
    """End all sessions of an account, but for the one with the key `but`; return how many."""
    with faults.explained():
        return connection.execute(
            "UPDATE landwatch.session SET revoked_at = clock_timestamp()"
            " WHERE account = %s AND revoked_at IS NULL AND token_hash <> %s",
            (account, but),
        ).rowcount


def forget_old(connection: Connection) -> None:
    """Remove sessions that ended more than a day ago; the audit keeps who came in and when."""
    with faults.explained():
        connection.execute(
            "DELETE FROM landwatch.session WHERE ends_at < clock_timestamp() - interval '1 day'"
        )


def _session(row: Sequence[object], address: str) -> Session:
    key, account, given, *rest = row
    assert isinstance(given, list)
    roles = tuple(map(str, given))
    scope, (must_change, csrf_hash, is_stale) = land.read(rest[:4]), rest[4:]
    found = Caller(
        name=str(account),
        roles=roles,
        scope=scope,
        via="session",
        address=address,
        permissions=caller.permissions(roles),
        must_change_password=bool(must_change),
    )
    return Session(str(key), found, str(csrf_hash), bool(is_stale))
