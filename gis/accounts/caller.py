"""Who asks: a name, what it may do, on which land, and by which way it came in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gis.accounts.settings import ROLES, are_administrators_apart
from gis.errors import UsageError
from gis.store.results import Scope

DESK_NAME = "本机 desk"
VIA = ("desk", "session", "key", "embed", "token")
_APART, _WHOLE = "apart", "whole"

PERMISSIONS = frozenset(one for role in ROLES.values() for one in role["permissions"])
READ = "read"


@dataclass(frozen=True)
class Fixed:
    """What a page within another site shows, and nothing else: layers, the day (None: any)."""

    layers: tuple[str, ...]
    as_of: date | None
    language: str


@dataclass(frozen=True)
class Caller:
    """Whoever asks: `scope` is the land it may see, None for all; `via` one of `VIA`.

    `permissions` is what its roles gave when it was looked up, so a changed role holds at once.
    `fixed` is what a token narrows it to, None for who is not embedded.
    """

    name: str
    roles: tuple[str, ...]
    scope: Scope | None
    via: str
    address: str
    permissions: frozenset[str]
    must_change_password: bool = False
    fixed: Fixed | None = None

    def may(self, permission: str) -> bool:
        """Return whether it may; ValueError for a permission nobody knows."""
        if permission not in PERMISSIONS:
            raise ValueError(f"no role of roles.toml gives {permission!r}")
        return permission in self.permissions


def desk(address: str) -> Caller:
    """Return the one person at the desk of a store without accounts, who may do everything."""
    return Caller(DESK_NAME, (), None, "desk", address, PERMISSIONS)


def permissions(roles: Sequence[str]) -> frozenset[str]:
    """Return what the roles give together; one that is not given out at present gives nothing."""
    known = [ROLES[role]["permissions"] for role in given_out() if role in roles]
    return frozenset(one for permissions_ in known for one in permissions_)


def given_out() -> tuple[str, ...]:
    """Return the roles an account can have: one administrator, or by setting three."""
    ways = (None, _APART if are_administrators_apart() else _WHOLE)
    return tuple(role for role, entry in ROLES.items() if entry.get("given") in ways)


def checked_roles(roles: Sequence[str]) -> tuple[str, ...]:
    """Return the roles, each once, in the order of roles.toml; UsageError for what cannot be."""
    known = given_out()
    strange = [role for role in roles if role not in known]
    if strange or not roles:
        raise UsageError(
            f"没有角色“{''.join(strange[:1])[:40]}”。 There is no such role here.",
            f"可用 known: {'、'.join(known)}",
        )
    alone = [role for role in roles if ROLES[role].get("given") == _APART]
    if alone and len({*roles}) > 1:
        raise UsageError(
            f"三员分立：{alone[0]} 不能与其他角色同在一个账号。 Administrators are kept apart: "
            "this role stands alone in its account.",
            "给另一个账号 give the other role to another account",
        )
    return tuple(role for role in known if role in roles)
