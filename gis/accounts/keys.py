"""API keys: what a program shows instead of a password, with roles, land and an end of its own.

A key belongs to an account and never reaches beyond it: it has those of its roles, and that of its
land, which the account has at the moment; with the account it is shut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gis.accounts import caller, land, secret, users
from gis.accounts.caller import Caller
from gis.accounts.settings import KEY
from gis.errors import UsageError
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.results import Scope

MARK = "lwk_"


@dataclass(frozen=True)
class Key:
    """One key as it is kept: without its secret."""

    name: str
    roles: tuple[str, ...]
    scope: Scope | None
    account: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class Shown:
    """Whom a key lets in; `is_stale`: its use was not noted for a while (`note_use`)."""

    name: str
    caller: Caller
    is_stale: bool


def create(
    connection: Connection,
    name: str,
    account: str,
    *,
    roles: Sequence[str] = (),
    scope: Scope | None = None,
    days: int | None = None,
) -> tuple[str, Key]:
    """Make a key of an account; return its secret, which is shown this once, and what is kept.

    Without roles it has the account's; without a scope its land. UsageError where it would reach
    beyond the account, the name is taken, or it would be good for too long.
    """
    owner, known = users.get(connection, account), users.named(name)
    lasting = KEY.default_days if days is None else days
    if not 0 < lasting <= KEY.most_days:
        raise UsageError(
            f"密钥有效期须为 1 至 {KEY.most_days} 天。 A key is good for 1 day up to so many.",
            f"例如 for example: --days {KEY.default_days}",
        )
    given = caller.checked_roles(roles) if roles else owner.roles
    beyond = [role for role in given if role not in owner.roles]
    if beyond or land.within(scope, owner.scope) != (owner.scope if scope is None else scope):
        what = f"角色 role {beyond[0]}" if beyond else "范围 land"
        raise users.BeyondError(
            f"密钥超出账号“{owner.name}”：{what}。 A key cannot reach beyond its account.",
            "只给账号已有的角色和范围 give it what the account has, or part of it",
        )
    shown = secret.new(MARK)
    with faults.explained():
        row = connection.execute(
            "INSERT INTO landwatch.api_key (name, secret_hash, roles, is_unscoped, regions, parks,"
            " blocks, created_by, created_at, expires_at)"
            " SELECT %s, %s, %s, %s, %s, %s, %s, %s, now, now + make_interval(days => %s)"
            " FROM clock_timestamp() AS now ON CONFLICT (name) DO NOTHING RETURNING name",
            (known, secret.digest(shown), [*given], *land.stored(scope), owner.name, lasting),
        ).fetchone()
    if row is None:
        raise users.NameTakenError(
            f"密钥“{known}”已有。 There is a key of this name.",
            "换一个名字，或 choose another, or: landwatch key list",
        )
    return shown, get(connection, known)


def find(connection: Connection, shown: str, address: str) -> Shown | None:
    """Return whom a secret lets in; None when it is unknown, ended, or its account is shut."""
    with faults.explained():
        row = connection.execute(
            "SELECT k.name, a.name, k.roles, a.roles, k.is_unscoped, k.regions, k.parks, k.blocks,"
            " a.is_unscoped, a.regions, a.parks, a.blocks,"
            " used_at IS NULL OR used_at < now - interval '1 minute'"
            " FROM landwatch.api_key AS k JOIN landwatch.account AS a ON a.name = k.created_by,"
            " clock_timestamp() AS now"
            " WHERE secret_hash = %s AND revoked_at IS NULL AND now < expires_at"
            " AND NOT is_disabled",
            (secret.digest(shown),),
        ).fetchone()
    if row is None:
        return None
    name, account, own, of_account = row[:4]
    roles = tuple(role for role in own if role in of_account)
    found = Caller(
        name=str(account),
        roles=roles,
        scope=land.within(land.read(row[4:8]), land.read(row[8:12])),
        via="key",
        address=address,
        permissions=caller.permissions(roles),
    )
    return Shown(str(name), found, bool(row[12]))


def note_use(connection: Connection, name: str) -> None:
    """Note that a key is used."""
    with faults.explained():
        connection.execute(
            "UPDATE landwatch.api_key SET used_at = clock_timestamp() WHERE name = %s", (name,)
        )


def every(connection: Connection) -> list[Key]:
    """Return all keys by name, ended ones too."""
    with faults.explained():
        return [_key(row) for row in connection.execute(_SELECT + " ORDER BY name")]


def get(connection: Connection, name: str) -> Key:
    """Return one key; UsageError when there is none of this name."""
    with faults.explained():
        row = connection.execute(_SELECT + " WHERE name = %s", (users.askable(name),)).fetchone()
    if row is None:
        raise _unknown(name)
    return _key(row)


def revoke(connection: Connection, name: str) -> Key:
    """End a key for good."""
    with faults.explained():
        connection.execute(
            "UPDATE landwatch.api_key SET revoked_at = clock_timestamp()"
            " WHERE name = %s AND revoked_at IS NULL",
            (users.askable(name),),
        )
    return get(connection, name)


_SELECT = (
    "SELECT name, roles, is_unscoped, regions, parks, blocks, created_by, created_at, expires_at,"
    " used_at, revoked_at FROM landwatch.api_key"
)


def _key(row: Sequence[object]) -> Key:
    name, roles, *scope = row[:6]
    return Key(str(name), tuple(roles), land.read(scope), *row[6:])  # type: ignore[arg-type]


def _unknown(name: str) -> UsageError:
    return UsageError(
        f"没有密钥“{name[:40]}”。 There is no key of this name.",
        "landwatch key list 列出密钥 lists them",
    )
