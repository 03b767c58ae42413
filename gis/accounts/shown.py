"""Accounts, keys and tokens as JSON tells them: without what opens a door."""

from __future__ import annotations

from typing import Any

from gis.accounts.embeds import Embed
from gis.accounts.keys import Key
from gis.accounts.users import Account
from gis.store.results import Scope


def account(one: Account) -> dict[str, Any]:
    """Return an account."""
    return {
        "name": one.name,
        "roles": [*one.roles],
        "land": land(one.scope),
        "has_password": one.has_password,
        "password_set_at": one.password_set_at,
        "must_change_password": one.must_change_password,
        "is_disabled": one.is_disabled,
        "created_at": one.created_at,
    }


def key(one: Key) -> dict[str, Any]:
    """Return a key."""
    return {
        "name": one.name,
        "account": one.account,
        "roles": [*one.roles],
        "land": land(one.scope),
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "used_at": one.used_at,
        "revoked_at": one.revoked_at,
    }


def embed(one: Embed) -> dict[str, Any]:
    """Return a token."""
    return {
        "name": one.name,
        "account": one.account,
        "land": land(one.scope),
        "layers": [*one.layers],
        "as_of": one.as_of,
        "language": one.language,
        "created_at": one.created_at,
        "expires_at": one.expires_at,
        "revoked_at": one.revoked_at,
    }


def land(scope: Scope | None) -> dict[str, list[str]] | None:
    """Return land, None for all of it."""
    if scope is None:
        return None
    return {
        "regions": [*scope.regions], "parks": [*scope.parks], "blocks": [*scope.blocks],
    }  # fmt: skip
