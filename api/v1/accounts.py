"""Accounts for administrators: made, listed, given roles, land and passwords, closed.

By the functions of `landwatch user`; nobody gives roles or land beyond their own, changes the
account they have, or touches one that could do more (gis.accounts.granting).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from api import identity, login, store, way
from api.errors import BadParameterError
from api.identity import ForbiddenError, requires
from api.small import Small
from api.v1 import pages
from api.v1.bodies import Sound
from gis.accounts import audit, caller, granting, land, passwords, sessions, shown, users
from gis.accounts.caller import Caller
from gis.accounts.passwords import BadPasswordError
from gis.accounts.settings import PASSWORD, ROLES
from gis.accounts.users import Account
from gis.errors import UsageError
from gis.store.database import Connection
from gis.store.results import Scope

router = APIRouter(tags=["accounts 账号"], route_class=Small)

OneConnection = Annotated[Connection, Depends(store.connection)]
Administrator = Annotated[Caller, Depends(requires("accounts"))]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Code = Annotated[str, Field(min_length=1, max_length=200)]
Roles = Annotated[
    list[Annotated[str, Field(json_schema_extra={"enum": [*ROLES]})]],
    Field(min_length=1, max_length=len(ROLES)),
]
Password = Annotated[str, Field(min_length=1, max_length=PASSWORD.most_letters)]


class Land(Sound):
    """Some land, by codes of regions, parks and blocks."""

    regions: Annotated[list[Code], Field(default_factory=list, max_length=1_000)]
    parks: Annotated[list[Code], Field(default_factory=list, max_length=1_000)]
    blocks: Annotated[list[Code], Field(default_factory=list, max_length=1_000)]

    def scope(self) -> Scope:
        """Return it as a scope; BadParameterError where it says nothing."""
        try:
            found = land.asked(self.regions, self.parks, self.blocks, is_everything=False)
        except UsageError as fault:
            raise BadParameterError(fault.found, fault.mend) from fault
        assert found is not None
        return found


class NewAccount(Sound):
    """An account: what it is called, may do and see, and its first password."""

    name: Annotated[Name, Field(examples=["王芳"])]
    roles: Annotated[Roles, Field(examples=[["officer"]])]
    land: Annotated[Land | None, Field(description="null: 全部 everywhere")]
    password: Annotated[Password, Field(examples=["…"])]


class GivenRoles(Sound):
    """What an account is to be."""

    roles: Roles


class GivenLand(Sound):
    """What an account is to see; null: everything."""

    land: Land | None


class GivenPassword(Sound):
    """A password that is changed at the next log-in."""

    password: Password


class Closed(Sound):
    """Whether an account is closed."""

    is_disabled: bool


@router.get("/accounts", summary="账号 accounts")
def accounts(connection: OneConnection, known: Administrator) -> Response:
    """The accounts the caller may change, and its own."""
    found = [one for one in users.every(connection) if granting.is_own(known, one)]
    return pages.answer({"count": len(found), "rows": [shown.account(one) for one in found]})


@router.post("/accounts", summary="建账号 make an account", status_code=201)
async def add(asked: NewAccount, request: Request, known: Administrator) -> Response:
    """An account with a password that is changed at the first log-in; the first at the server."""
    roles, scope = checked(asked.roles), scope_of(asked.land)

    def make(connection: Connection) -> Account:
        granting.must_give(known, roles, scope)
        made = users.add(connection, asked.name, roles, scope)
        passwords.give(connection, made.name, asked.password, must_change=True)
        return users.get(connection, made.name)

    return await _changed(request, known, "建账号 add account", asked.name, make, 201)


@router.put("/accounts/{name:path}/roles", summary="改角色 change roles")
async def roles(name: str, asked: GivenRoles, request: Request, known: Administrator) -> Response:
    """Other roles in place of an account's own, in force with its next request."""
    wanted = checked(asked.roles)

    def change(connection: Connection) -> Account:
        account = users.get(connection, name)
        granting.must_change(known, account)
        granting.must_give(known, wanted, account.scope)
        return users.give_roles(connection, account.name, wanted)

    return await _changed(request, known, "改角色 change roles", name, change)


@router.put("/accounts/{name:path}/land", summary="改范围 change land")
async def lands(name: str, asked: GivenLand, request: Request, known: Administrator) -> Response:
    """Other land in place of an account's own, in force with its next request."""
    scope = scope_of(asked.land)

    def change(connection: Connection) -> Account:
        account = users.get(connection, name)
        granting.must_change(known, account)
        granting.must_give(known, account.roles, scope)
        return users.give_scope(connection, account.name, scope)

    return await _changed(request, known, "改范围 change land", name, change)


@router.put("/accounts/{name:path}/password", summary="重设密码 set a password")
async def password(
    name: str, asked: GivenPassword, request: Request, known: Administrator
) -> Response:
    """A new password; the account's sessions end, and it changes it at the next log-in."""

    def change(connection: Connection) -> Account:
        account = users.get(connection, name)
        granting.must_change(known, account)
        passwords.give(connection, account.name, asked.password, must_change=True)
        sessions.revoke_all(connection, account.name)
        return users.get(connection, account.name)

    return await _changed(request, known, "重设密码 set password", name, change)


@router.put("/accounts/{name:path}/closed", summary="停用或启用 close or open")
async def closed(name: str, asked: Closed, request: Request, known: Administrator) -> Response:
    """An account closed with its sessions and keys, or opened again; none is ever removed."""
    words = "停用账号 disable account" if asked.is_disabled else "启用账号 open account"

    def change(connection: Connection) -> Account:
        account = users.get(connection, name)
        granting.must_change(known, account)
        return users.disable(connection, account.name, is_disabled=asked.is_disabled)

    return await _changed(request, known, words, name, change)


@contextmanager
def changing(request: Request, known: Caller, action: str, subject: str) -> Iterator[Connection]:
    """Lend a connection for one change, which is kept together with its audit, or not at all."""
    with identity.lend_writing(request) as connection:
        if not identity.have_accounts(request, connection):
            raise ForbiddenError(
                "第一个账号在服务器上建。 The first account is made at the server.",
                "在服务器上 there: landwatch user add NAME --role administrator",
            )
        with connection.transaction():
            yield connection
            told = users.askable(subject)
            audit.record(connection, known.name, way.address(request), action, told, "成功 ok")


def checked(wanted: list[str]) -> tuple[str, ...]:
    """Return the roles asked for; BadParameterError where an account cannot have them."""
    try:
        return caller.checked_roles(wanted)
    except UsageError as fault:
        raise BadParameterError(fault.found, fault.mend) from fault


def scope_of(asked: Land | None) -> Scope | None:
    """Return the land asked for, None for all of it."""
    return None if asked is None else asked.scope()


async def _changed(
    request: Request,
    known: Caller,
    action: str,
    name: str,
    change: Callable[[Connection], Account],
    status: int = 200,
) -> Response:
    """Return the account as it is after a change; few threads hash the passwords of all."""

    def work() -> dict[str, Any]:
        with changing(request, known, action, name) as connection:
            try:
                changed = change(connection)
                unknown = land.unknown(connection, changed.scope)
                return {**shown.account(changed), "unknown_land": unknown}
            except BadPasswordError as fault:
                raise BadParameterError(fault.found, fault.mend) from fault

    if action.startswith(("建账号", "重设密码")):
        must_be_name(name)
    return pages.answer(await login.in_turn(work), status=status)


def must_be_name(name: str) -> None:
    """Raise BadParameterError where nothing can be called so."""
    try:
        users.named(name)
    except UsageError as fault:
        raise BadParameterError(fault.found, fault.mend) from fault
