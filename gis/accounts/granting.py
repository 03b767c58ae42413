"""What one account may give to another, and whose account it may change: never beyond its own."""

from __future__ import annotations

from collections.abc import Sequence

from gis.accounts import land
from gis.accounts.caller import Caller
from gis.accounts.settings import ROLES
from gis.accounts.users import Account, BeyondError
from gis.store.results import Scope


def may_change(caller: Caller, account: Account) -> bool:
    """Return whether an account is the caller's to change: another's, of no more than it gives."""
    return (
        account.name != caller.name
        and {*account.roles} <= given_by(caller)
        and is_within(account.scope, caller.scope)
    )


def must_change(caller: Caller, account: Account) -> None:
    """Raise BeyondError where an account is not the caller's to change."""
    if account.name == caller.name:
        raise BeyondError(
            "自己的账号不能由自己改。 Nobody changes the account they have.",
            "由另一名管理员改 let another administrator do it",
        )
    if not may_change(caller, account):
        raise BeyondError(
            f"账号“{account.name}”的角色或范围超出本账号。 It has more than yours may give.",
            "由范围更大的管理员改 let another administrator do it, or: landwatch user",
        )


def must_give(caller: Caller, roles: Sequence[str], scope: Scope | None) -> None:
    """Raise BeyondError for a role the caller may not give, or land beyond its own."""
    beyond = [role for role in roles if role not in given_by(caller)]
    if beyond:
        raise BeyondError(
            f"不能给予角色 {beyond[0]}。 The caller may not give this role.",
            f"可给 it may give: {'、'.join(sorted(given_by(caller))) or '—'}",
        )
    _must_be_within(scope, caller)


def must_hand_out(
    caller: Caller, owner: Account, roles: Sequence[str], scope: Scope | None
) -> None:
    """Raise BeyondError where a key or a token of an account would pass what the caller has."""
    if owner.name != caller.name:
        must_change(caller, owner)
    elif not {*roles} <= {*caller.roles}:
        raise BeyondError(
            "密钥的角色超出本次登录的角色。 It would have more roles than its maker.",
            "只给已有的角色 give it those you have",
        )
    _must_be_within(scope, caller)


def is_own(caller: Caller, owner: Account) -> bool:
    """Return whether what belongs to an account is the caller's to see and to end."""
    return owner.name == caller.name or may_change(caller, owner)


def given_by(caller: Caller) -> frozenset[str]:
    """Return the roles a caller may give."""
    return frozenset(role for own in caller.roles for role in ROLES[own].get("gives", ()))


def is_within(inner: Scope | None, outer: Scope | None) -> bool:
    """Return whether land lies in other land, as far as the codes show."""
    return land.within(inner, outer) == inner


def _must_be_within(scope: Scope | None, caller: Caller) -> None:
    if not is_within(scope, caller.scope):
        raise BeyondError(
            "范围超出本账号的范围。 The land reaches beyond your own.",
            f"本账号 yours: {land.words(caller.scope)}",
        )
