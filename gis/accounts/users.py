"""Accounts: made, listed, given roles and land, disabled; none is removed, the audit names it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gis.accounts import caller, land, sessions
from gis.errors import UsageError
from gis.store.cluster import faults
from gis.store.database import Connection
from gis.store.results import Scope

MOST_LETTERS = 64
# Signs nobody sees, halves of characters, what no table of characters knows.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_MONGOLIAN_VOWEL_SEPARATOR = "\u180e"


class NameTakenError(UsageError):
    """An account, a key or a token is called so already."""


class BeyondError(UsageError):
    """It would reach beyond the account it belongs to, or beyond whoever gives it."""


@dataclass(frozen=True)
class Account:
    """One account; `scope` is the land it may see, None for all of it."""

    name: str
    roles: tuple[str, ...]
    scope: Scope | None
    has_password: bool
    password_set_at: datetime | None
    must_change_password: bool
    is_disabled: bool
    created_at: datetime


def exists(connection: Connection) -> bool:
    """Return whether there is any account, disabled ones too: then accounts hold."""
    with faults.explained():
        row = connection.execute("SELECT EXISTS (SELECT FROM landwatch.account)").fetchone()
    return bool(row and row[0])


def add(connection: Connection, name: str, roles: Sequence[str], scope: Scope | None) -> Account:
    """Make an account without a password; UsageError where the name cannot be had."""
    given, known = caller.checked_roles(roles), named(name)
    with faults.explained():
        row = connection.execute(
            "INSERT INTO landwatch.account (name, roles, is_unscoped, regions, parks, blocks,"
            " must_change_password, is_disabled, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, false, false, clock_timestamp())"
            " ON CONFLICT (name) DO NOTHING RETURNING name",
            (known, [*given], *land.stored(scope)),
        ).fetchone()
    if row is None:
        raise NameTakenError(
            f"账号“{known}”已有。 There is an account of this name.",
            "换一个名字，或 choose another, or: landwatch user list",
        )
    return get(connection, known)


def every(connection: Connection) -> list[Account]:
    """Return all accounts by name."""
    with faults.explained():
        return [_account(row) for row in connection.execute(f"{_SELECT} ORDER BY name")]


def get(connection: Connection, name: str) -> Account:
    """Return one account; UsageError when there is none of this name."""
    with faults.explained():
        row = connection.execute(f"{_SELECT} WHERE name = %s", (askable(name),)).fetchone()
    if row is None:
        raise _unknown(name)
    return _account(row)


def give_scope(connection: Connection, name: str, scope: Scope | None) -> Account:
    """Give an account other land; its sessions and keys see it with their next request."""
    _change(
        connection,
        name,
        "UPDATE landwatch.account SET is_unscoped = %s, regions = %s, parks = %s, blocks = %s"
        " WHERE name = %s RETURNING name",
        land.stored(scope),
    )
    return get(connection, name)


def give_roles(connection: Connection, name: str, roles: Sequence[str]) -> Account:
    """Give an account other roles, in force with its next request."""
    _change(
        connection,
        name,
        "UPDATE landwatch.account SET roles = %s WHERE name = %s RETURNING name",
        ([*caller.checked_roles(roles)],),
    )
    return get(connection, name)


def disable(connection: Connection, name: str, *, is_disabled: bool = True) -> Account:
    """Close an account, its sessions and keys with it, or open it again (without its sessions)."""
    with connection.transaction():
        _change(
            connection,
            name,
            "UPDATE landwatch.account SET is_disabled = %s WHERE name = %s RETURNING name",
            (is_disabled,),
        )
        if is_disabled:
            sessions.revoke_all(connection, askable(name))
    return get(connection, name)


def form(name: str) -> str:
    """Return the one form of a name: Li Wei and ＬＩ　ＷＥＩ are one account, li wei."""
    plain = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(part for part in plain.split(" ") if part)


def is_name(text: str) -> bool:
    """Return whether an account could be called so."""
    seen = text.replace(_MONGOLIAN_VOWEL_SEPARATOR, "")
    return (
        0 < len(text) <= MOST_LETTERS
        and ":" not in text
        and not any(unicodedata.category(sign) in _UNSEEN for sign in seen)
    )


def askable(name: str) -> str:
    """Return the form of a name to look for; empty, which nobody is called, where none can be."""
    known = form(name[: 4 * MOST_LETTERS])
    return known if len(name) <= 4 * MOST_LETTERS and is_name(known) else ""


def named(name: str) -> str:
    """Return the form of a new name; UsageError where an account cannot be called so."""
    known = askable(name)
    if not known:
        raise UsageError(
            f"账号名“{name[:40]}”不能用。 An account cannot be called so.",
            f"1 至 {MOST_LETTERS} 字，不含冒号 1 to {MOST_LETTERS} visible signs, no colon",
        )
    return known


_SELECT = (
    "SELECT name, roles, is_unscoped, regions, parks, blocks, password_hash IS NOT NULL,"
    " password_set_at, must_change_password, is_disabled, created_at FROM landwatch.account"
)


def _account(row: Sequence[object]) -> Account:
    name, roles, *scope = row[:6]
    return Account(str(name), tuple(roles), land.read(scope), *row[6:])  # type: ignore[arg-type]


def _change(connection: Connection, name: str, statement: str, values: tuple[object, ...]) -> None:
    with faults.explained():
        row = connection.execute(statement, (*values, askable(name))).fetchone()
    if row is None:
        raise _unknown(name)


def _unknown(name: str) -> UsageError:
    return UsageError(
        f"没有账号“{name[:40]}”。 There is no account of this name.",
        "landwatch user list 列出账号 lists them",
    )
