"""Tokens of desktop programs: short sessions that only read, from the address they were given to.

Such a program sends its token in addresses and forms. It is a row of sessions, so whatever ends the
sessions of an account ends it; no cookie is made of it, for it bears a mark that none has.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gis.accounts import caller, land, secret
from gis.accounts.caller import Caller
from gis.accounts.sessions import TOKEN_MARK
from gis.accounts.settings import ARCGIS, PASSWORD
from gis.store.cluster import faults
from gis.store.database import Connection


@dataclass(frozen=True)
class Given:
    """A token as it is handed out, this once, and when it ends."""

    token: str
    ends_at: datetime


def is_one(shown: str) -> bool:
    """Return whether what is shown has the mark of these tokens."""
    return shown.startswith(TOKEN_MARK)


def give(connection: Connection, account: str, address: str, minutes: int) -> Given:
    """Give a token to an account that has shown who it is, for so many minutes or the most."""
    token = secret.new(TOKEN_MARK)
    with faults.explained():
        row = connection.execute(
            "INSERT INTO landwatch.session"
            " (token_hash, account, csrf_hash, address, created_at, seen_at, ends_at)"
            " SELECT %s, %s, %s, %s, now, now, now + make_interval(mins => %s)"
            " FROM clock_timestamp() AS now RETURNING ends_at",
            (
                *(secret.digest(token), account, secret.digest(secret.new()), address),
                min(max(minutes, 1), ARCGIS.most_minutes),
            ),
        ).fetchone()
    assert row is not None
    return Given(token, row[0])


def find(connection: Connection, shown: str, address: str) -> Caller | None:
    """Return whom a token lets read; None when it has ended, or is shown from another address.

    Roles and land are those the account has now.
    """
    if not is_one(shown):
        return None
    with faults.explained():
        row = connection.execute(
            "SELECT account, roles, is_unscoped, regions, parks, blocks, must_change_password"
            " OR (%s > 0 AND password_set_at < now - make_interval(days => %s))"
            " FROM landwatch.session JOIN landwatch.account ON name = account,"
            " clock_timestamp() AS now"
            " WHERE token_hash = %s AND address = %s AND revoked_at IS NULL AND now < ends_at"
            " AND NOT is_disabled",
            (*[PASSWORD.lasts_days] * 2, secret.digest(shown), address),
        ).fetchone()
    if row is None:
        return None
    roles = tuple(map(str, row[1]))
    return Caller(
        name=str(row[0]),
        roles=roles,
        scope=land.read(row[2:6]),
        via="token",
        address=address,
        permissions=caller.permissions(roles) & {caller.READ},
        must_change_password=bool(row[6]),
    )
