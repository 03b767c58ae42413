"""The one seam between a request and who makes it: account, key, token, or the person at the desk.

No account in the store   whoever sits at this machine may do everything; a request that came
                          another way (no loopback, or a proxy's header) is refused with 403;
                          with `app.state.require_accounts` everything is answered with 503
an account, whichever     every request shows a key (Authorization: Bearer, or as the password of
                          Basic), a page's pass (Authorization: Embed), the token of a desktop
                          program (below /arcgis alone) or the cookie of a session

Credentials that are shown are never passed over: a wrong key is a 401, whatever cookie came along.
A way by CAS or OIDC would be one more branch of `_found`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

from fastapi import Request

from api import way
from gis import config
from gis.accounts import caller as callers
from gis.accounts import desktop_tokens, embeds, keys, sessions, users
from gis.accounts.caller import Caller, Fixed
from gis.accounts.lockout import LockedError
from gis.accounts.sessions import Session
from gis.errors import UsageError
from gis.store import runs
from gis.store.database import Connection

CSRF_HEADER = "X-CSRF-Token"
# Basic is taken, but not asked for: a browser would put a box of its own over our log-in page.
CHALLENGE = 'Bearer realm="landwatch"'
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
# A list of the API: /api/v1/findings, or as GeoJSON.
_LIST = re.compile(r"/api/v1/([a-z_]+)(\.geojson)?")
# A layer of tiles is named as the list whose rows it draws: what is said of it, or one tile.
_TILES = re.compile(r"/tiles/([a-z_]+)(\.json|(/[0-9]+){3}\.mvt)")
# What an embedded page asks for besides its lists; charts are of a list, which they check.
_OF_PAGES = frozenset({"/embed/map", "/embed/charts"})
_MOST_DIGITS = 10
_LOG_IN = "登录，或带上密钥 log in at /login, or send Authorization: Bearer KEY"


class UnknownCallerError(UsageError):
    """Nobody we know: no credentials, wrong ones, or ended ones (401, with `CHALLENGE`)."""


class ForbiddenError(UsageError):
    """Somebody who may not do this, or a way nobody may come (403)."""


class NoAccountsError(UsageError):
    """Accounts are required and none was made yet (503)."""


class TooManyFailuresError(UsageError):
    """Too many log-ins failed (429, with Retry-After: `wait_seconds`)."""

    def __init__(self, fault: LockedError) -> None:
        """`fault`: what the lock said."""
        super().__init__(fault.found, fault.mend)
        self.wait_seconds = fault.wait_seconds


def caller(request: Request) -> Caller:
    """Return who makes a request, looked up once; UnknownCaller-, Forbidden-, NoAccountsError."""
    known: Caller | None = getattr(request.state, "caller", None)
    if known is None:
        known = request.state.caller = _found(request)
    return known


def looked_up_anew(request: Request) -> Caller:
    """Return who makes a request that lasts, as it is by now: a key may have been revoked."""
    found = _found(request)
    request.state.caller = found
    return found


def requires(permission: str) -> Callable[[Request], Caller]:
    """Return a dependency that lets only callers through whose roles give a permission."""
    if permission not in callers.PERMISSIONS:
        raise ValueError(f"no role gives {permission!r}")

    def allowed(request: Request) -> Caller:
        known = caller(request)
        if known.must_change_password:
            raise ForbiddenError(
                "须先改密码。 The password is to be changed first.", "在 at /login/password"
            )
        if known.fixed is not None:
            _keep_to(request, known.fixed)
        must_be_allowed(known, permission)
        return known

    # A test walks the routes and looks for it.
    allowed.permission = permission  # type: ignore[attr-defined]
    return allowed


def must_be_allowed(known: Caller, permission: str) -> None:
    """Raise ForbiddenError for who lacks a permission: also what only a part of a request needs."""
    if not known.may(permission):
        raise ForbiddenError(
            f"账号无此权限（{permission}）。 The account lacks the permission {permission}.",
            "请管理员给予角色 ask an administrator for a role that has it",
        )


def session(request: Request) -> Session | None:
    """Return the session a request came by, None where it came another way."""
    caller(request)
    found: Session | None = getattr(request.state, "session", None)
    return found


def end_session(request: Request, connection: Connection) -> None:
    """End the session whose cookie a request carries, if any: who logs in anew begins anew."""
    token = request.cookies.get(way.cookie_name(request))
    found = sessions.find(connection, token, way.address(request)) if token else None
    if found is not None:
        sessions.end(connection, found)


def refuse_without_accounts(request: Request, connection: Connection) -> None:
    """Raise what a log-in meets where nobody has an account."""
    if not have_accounts(request, connection):
        _at_the_desk(request)
        raise NoAccountsError(
            "还没有账号，不用登录。 There is no account, so nobody need log in.",
            "建账号 make one: landwatch user add NAME --role administrator",
        )


def lend(request: Request) -> AbstractContextManager[Connection]:
    """Lend a connection that reads who is who.

    Not one of those that requests hold until their answer is made: many requests would each hold
    one and wait for a second.
    """
    state = request.app.state
    lent: AbstractContextManager[Connection] = getattr(state, "knowing", state.connect)()
    return lent


def lend_writing(request: Request) -> AbstractContextManager[Connection]:
    """Lend a connection that writes."""
    lent: AbstractContextManager[Connection] = request.app.state.writing()
    return lent


def have_accounts(request: Request, connection: Connection) -> bool:
    """Return whether accounts hold: once seen they always do, until then the store is asked."""
    state = request.app.state
    if not getattr(state, "has_accounts", False):
        state.has_accounts = users.exists(connection)
    return bool(state.has_accounts)


def _found(request: Request) -> Caller:
    with lend(request) as connection:
        if not have_accounts(request, connection):
            return _at_the_desk(request)
        kind, _, shown = request.headers.get("authorization", "").strip().partition(" ")
        # Only what is asked below /arcgis has one (api.arcgis.asked).
        token: str | None = getattr(request.state, "desktop_token", None)
        if token is not None:
            return _by_token(request, connection, token, is_alone=not kind or shown == token)
        if kind.lower() == "embed":
            return _by_pass(request, connection, shown.strip())
        if kind:
            return _by_key(request, connection, _key_of(kind.lower(), shown.strip()))
        return _by_session(request, connection)


def _at_the_desk(request: Request) -> Caller:
    if getattr(request.app.state, "require_accounts", False):
        raise NoAccountsError(
            "还没有账号，服务暂不开放。 There is no account yet, and this server needs one.",
            "在服务器上 on the server: landwatch user add NAME --role administrator",
        )
    if way.is_proxied(request) or not way.is_loopback(way.peer(request)):
        raise ForbiddenError(
            "没有账号时只供本机的人使用，经代理转来的请求不受理。 Without accounts this server is "
            "for the person at this machine; what a proxy passes on is refused.",
            "建账号 make an account: landwatch user add NAME --role administrator",
        )
    return callers.desk(way.peer(request))


def _key_of(kind: str, shown: str) -> str:
    if kind == "basic":
        try:
            shown = base64.b64decode(shown, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, ValueError):
            shown = ""
    elif kind != "bearer":
        shown = ""
    return shown


def _by_key(request: Request, connection: Connection, shown: str) -> Caller:
    found = keys.find(connection, shown, way.address(request)) if shown else None
    if found is None:
        raise UnknownCallerError(
            "密钥无效、已过期或已吊销。 The key is unknown, expired or revoked.",
            "另建密钥 make another: landwatch key create",
        )
    if found.is_stale:
        with lend_writing(request) as writing:
            keys.note_use(writing, found.name)
    return found.caller


def _by_pass(request: Request, connection: Connection, shown: str) -> Caller:
    found = embeds.find(connection, config.read().home, shown, way.address(request))
    if found is None:
        raise UnknownCallerError(
            "嵌入页已到期或令牌已吊销。 The embedded page has ended, or its token was revoked.",
            "重新打开页面 open the page again",
        )
    return found


def _by_token(request: Request, connection: Connection, shown: str, *, is_alone: bool) -> Caller:
    found = desktop_tokens.find(connection, shown, way.address(request)) if is_alone else None
    if found is None:
        raise UnknownCallerError(
            "令牌无效、已到期，或不是从取它的机器上用。 The token is unknown, has ended, or is "
            "shown from another machine or beside another credential.",
            "重新取令牌 get another: /arcgis/tokens/generateToken",
        )
    return found


def _keep_to(request: Request, fixed: Fixed) -> None:
    """Raise ForbiddenError for what an embedded page was not made to show: another list or day."""
    path = request.url.path
    wanted = _LIST.fullmatch(path) or _TILES.fullmatch(path)
    is_shown = path in _OF_PAGES or (wanted is not None and wanted[1] in fixed.layers)
    if request.method not in SAFE_METHODS or not is_shown:
        raise ForbiddenError(
            "嵌入页不含此内容。 An embedded page shows only what its token names.",
            f"可用 it may show: {'、'.join(fixed.layers)}",
        )
    if fixed.as_of is not None and not _is_of_day(request, fixed.as_of):
        raise ForbiddenError(
            f"嵌入页只供 {fixed.as_of} 的结果。 An embedded page shows one day only.",
            f"写明 write as_of={fixed.as_of}",
        )


def _is_of_day(request: Request, day: date) -> bool:
    """Return whether a request names a day, or runs of it, and no other."""
    days, numbers = (request.query_params.getlist(name) for name in ("as_of", "run"))
    if not all(
        number.isascii() and number.isdecimal() and len(number) < _MOST_DIGITS for number in numbers
    ):
        return False
    with lend(request) as connection:
        of_runs = [runs.get(connection, int(number)).as_of for number in numbers]
    return bool(days or numbers) and {*days, *(one.isoformat() for one in of_runs)} == {
        day.isoformat()
    }


def _by_session(request: Request, connection: Connection) -> Caller:
    token = request.cookies.get(way.cookie_name(request))
    if not token:
        raise UnknownCallerError("须先登录。 This needs an account.", _LOG_IN)
    found = sessions.find(connection, token, way.address(request))
    if found is None:
        raise UnknownCallerError("登录已结束。 The session has ended.", _LOG_IN)
    if request.method not in SAFE_METHODS and not found.is_own(request.headers.get(CSRF_HEADER)):
        raise ForbiddenError(
            f"缺少本次登录的 {CSRF_HEADER}。 The header {CSRF_HEADER} of this session is missing.",
            "重新打开页面再做 open the page again; GET /login/me tells the token",
        )
    if found.is_stale:
        with lend_writing(request) as writing:
            sessions.note_use(writing, found)
    request.state.session = found
    return found.caller
