"""Logging in and out, who one is, and a new password: the doors nobody needs to be known at.

POST /login            a session begins: a cookie no script reads, and the token of its changes
GET  /login/me         who I am, what I may do, and that token
POST /login/password   a new password; the session begins anew, all others end
POST /login/out        the session ends, in the store too

The page they are used at is GET /login (api.web.login).

Passwords are compared by a few threads of their own, for each takes memory and time; who comes
when too many wait is told so at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api import identity, way
from api.errors import BadParameterError
from api.identity import ForbiddenError, TooManyFailuresError, UnknownCallerError
from api.small import Small
from gis.accounts import login, sessions
from gis.accounts.caller import Caller
from gis.accounts.lockout import LockedError
from gis.accounts.passwords import BadPasswordError
from gis.accounts.sessions import Begun
from gis.accounts.settings import PASSWORD
from gis.store.database import Connection

_Given = TypeVar("_Given")
_MOST_WAITING = 64
# One entry for each that waits or is compared; touched by the server's one loop only.
_WAITING: set[object] = set()
_THREADS = ThreadPoolExecutor(PASSWORD.hashed_at_once, thread_name_prefix="password")


router = APIRouter(tags=["login"], route_class=Small)


class LogIn(BaseModel):
    """A name and its password."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    name: str = Field(examples=["王芳"])
    password: str = Field(examples=["…"])


class NewPassword(BaseModel):
    """The password there is, and the one that is to be."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    old: str = Field(examples=["…"])
    new: str = Field(examples=["…"])


class Me(BaseModel):
    """Who asks: `csrf` goes with every change as X-CSRF-Token, null where there is no session."""

    name: str
    via: str
    roles: list[str]
    permissions: list[str]
    land: dict[str, list[str]] | None = Field(description="null: 全部 everywhere")
    must_change_password: bool
    csrf: str | None


@router.post("/login")
async def log_in(given: LogIn, request: Request, response: Response) -> Me:
    """Begin a session; 401 for a wrong name or password alike, 429 after too many failures."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise ForbiddenError(
            "登录请求来自别的网站。 The log-in came from another site.",
            "从本网站的登录页登录 log in at /login",
        )

    def begin() -> tuple[Begun, Caller]:
        with identity.lend_writing(request) as connection:
            identity.refuse_without_accounts(request, connection)
            identity.end_session(request, connection)
            origin = way.address(request)
            begun = login.log_in(connection, given.name, given.password, origin)
            return begun, _who(request, connection, begun)

    begun, known = await in_turn(begin)
    way.give_cookie(request, response, begun.token)
    return _me(known, begun.csrf)


@router.get("/login/me")
def who_am_i(request: Request) -> Me:
    """Return who the caller is and what it may do."""
    known, found = identity.caller(request), identity.session(request)
    return _me(known, None if found is None else way.csrf_of(request))


@router.post("/login/password")
async def change_password(given: NewPassword, request: Request, response: Response) -> Me:
    """Change the password of the session's account; all its other sessions end."""

    def change() -> tuple[Begun, Caller]:
        found = identity.session(request)
        if found is None:
            raise UnknownCallerError(
                "改密码须先登录。 A password is changed by who has logged in.",
                "在登录页登录 log in at /login",
            )
        with identity.lend_writing(request) as connection:
            try:
                begun = login.change_password(connection, found, given.old, given.new)
            except BadPasswordError as fault:
                raise BadParameterError(fault.found, fault.mend) from fault
            return begun, _who(request, connection, begun)

    begun, known = await in_turn(change)
    way.give_cookie(request, response, begun.token)
    return _me(known, begun.csrf)


@router.post("/login/out", status_code=204)
def log_out(request: Request) -> Response:
    """End the session in the store and take its cookie back; without one nothing happens."""
    response = Response(status_code=204)
    try:
        found = identity.session(request)
    except UnknownCallerError:
        found = None
    if found is not None:
        with identity.lend_writing(request) as connection:
            login.log_out(connection, found)
    way.take_cookie(request, response)
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


def _who(request: Request, connection: Connection, begun: Begun) -> Caller:
    found = sessions.find(connection, begun.token, way.address(request))
    if found is None:
        raise UnknownCallerError(
            "账号已停用。 The account is shut.", "问管理员 ask an administrator"
        )
    return found.caller


def _me(known: Caller, csrf: str | None) -> Me:
    land = known.scope
    return Me(
        name=known.name,
        via=known.via,
        roles=[*known.roles],
        permissions=sorted(known.permissions),
        land=None if land is None else {
            "regions": [*land.regions], "parks": [*land.parks], "blocks": [*land.blocks],
        },
        must_change_password=known.must_change_password,
        csrf=csrf,
    )  # fmt: skip


async def in_turn(work: Callable[[], _Given]) -> _Given:
    """Have a password compared by one of the few threads for it."""
    if len(_WAITING) >= _MOST_WAITING:
        raise HTTPException(503, "登录的人太多，稍后再试 too many log in at once, try again")
    _WAITING.add(place := object())
    try:
        return await asyncio.get_running_loop().run_in_executor(_THREADS, work)
    except LockedError as fault:
        raise TooManyFailuresError(fault) from fault
    except login.RefusedError as fault:
        raise UnknownCallerError(fault.found, fault.mend) from fault
    finally:
        _WAITING.discard(place)
